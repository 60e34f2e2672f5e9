//! SOSL: searching several objects for words.
//! The search term itself is read by `sosl/term.rs`; fields and conditions in RETURNING are SOQL's.

mod term;

pub(crate) use term::Term;

use crate::org::State;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::schema::{Kind, Object};
use crate::soql::{self, Clauses, Malformed, Name, Parser, Query, Select};
use serde_json::Value;

/// The most rows of a search.
const MOST_ROWS: u64 = 2_000;

/// A search as written.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) term: Term,
    pub(crate) scope: Scope,
    /// What is looked for, object by object; empty: everywhere.
    pub(crate) returning: Vec<Query>,
    pub(crate) limit: u64,
}

/// The kinds of fields that are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Name,
    Email,
    Phone,
    Sidebar,
}

/// What a search found in one object.
#[derive(Debug)]
pub(crate) struct Hits {
    pub(crate) object: &'static str,
    pub(crate) ids: Vec<String>,
    pub(crate) rows: Vec<Value>,
}

impl Scope {
    pub(crate) fn read(word: &str) -> Option<Scope> {
        Some(match word.to_ascii_uppercase().as_str() {
            "ALL" => Scope::All,
            "NAME" => Scope::Name,
            "EMAIL" => Scope::Email,
            "PHONE" => Scope::Phone,
            "SIDEBAR" => Scope::Sidebar,
            _ => return None,
        })
    }

    fn holds(self, kind: Kind, is_name: bool) -> bool {
        match self {
            Scope::All => kind.is_text(),
            Scope::Name => is_name,
            Scope::Email => kind == Kind::Email,
            Scope::Phone => kind == Kind::Phone,
            Scope::Sidebar => is_name || matches!(kind, Kind::Email | Kind::Phone),
        }
    }
}

/// Reads `FIND {…} IN … FIELDS RETURNING … LIMIT …`.
pub(crate) fn parse(text: &str) -> Result<Search, Refusal> {
    let no_term = || {
        Refusal::new(
            400,
            "MALFORMED_SEARCH",
            "No search term found. The search term must be enclosed in braces.",
        )
    };
    let start = text.len() - text.trim_start().len();
    let head = text
        .get(start..start + 4)
        .filter(|word| word.eq_ignore_ascii_case("FIND"));
    head.ok_or_else(no_term)?;
    let open = text[start + 4..].trim_start();
    let inside = open.strip_prefix('{').ok_or_else(no_term)?;
    let length = term::closing_brace(inside).ok_or_else(no_term)?;
    let term = Term::read(&inside[..length])?;
    let from = text.len() - inside.len() + length + 1;
    rest(text, from, term).map_err(|wrong| wrong.refusal("MALFORMED_SEARCH", text))
}

fn rest(text: &str, from: usize, term: Term) -> Result<Search, Malformed> {
    let mut parser = Parser::new(soql::tokens(text, from)?);
    let mut search = Search {
        term,
        scope: Scope::All,
        returning: Vec::new(),
        limit: MOST_ROWS,
    };
    if parser.take_word("IN") {
        let words = ["ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"];
        let word = words.into_iter().find(|word| parser.take_word(word));
        search.scope = word
            .and_then(Scope::read)
            .ok_or_else(|| parser.unexpected())?;
        parser.keyword("FIELDS")?;
    }
    if parser.take_word("RETURNING") {
        loop {
            search.returning.push(returning(&mut parser)?);
            if !parser.take_sign(",") {
                break;
            }
        }
    }
    if parser.take_word("LIMIT") {
        search.limit = parser.count()?.min(MOST_ROWS);
    }
    parser.end()?;
    Ok(search)
}

fn returning(parser: &mut Parser) -> Result<Query, Malformed> {
    let object = parser.name()?;
    let mut query = ids_of(object);
    if parser.take_sign("(") {
        query.select = Select::Fields(parser.names()?);
        query.rest = parser.clauses()?;
        parser.sign(")")?;
    }
    Ok(query)
}

/// A look at the ids of an object alone.
pub(crate) fn ids_of(object: Name) -> Query {
    let at = object.at;
    Query {
        select: Select::Fields(vec![Name {
            text: "Id".into(),
            at,
        }]),
        object,
        alias: None,
        rest: Clauses::default(),
    }
}

/// Searches; `text` is shown where a field in RETURNING is refused.
pub(crate) fn run(
    state: &State,
    search: Search,
    text: &str,
    version: &str,
) -> Result<Vec<Hits>, Refusal> {
    let Search {
        term,
        scope,
        mut returning,
        limit,
    } = search;
    if returning.is_empty() {
        returning = ["Account", "Contact", "Lead", "Opportunity", "User"]
            .map(|name| {
                ids_of(Name {
                    text: name.into(),
                    at: 0,
                })
            })
            .into();
    }
    let mut left = limit as usize;
    let mut all = Vec::new();
    for query in &returning {
        let found = soql::run_where(state, query, text, version, |object, row| {
            fits(&term, scope, object, row)
        })?;
        let object = state
            .schema
            .object(&query.object.text)
            .expect("bound a moment ago");
        let mut hits = Hits {
            object: object.name,
            ids: found.ids,
            rows: found.rows,
        };
        hits.ids.truncate(left);
        hits.rows.truncate(left);
        left -= hits.rows.len();
        all.push(hits);
    }
    Ok(all)
}

fn fits(term: &Term, scope: Scope, object: &Object, row: &Record) -> bool {
    let fields: Vec<Vec<String>> = object
        .fields
        .iter()
        .filter(|field| {
            let is_name =
                field.is_name || matches!(field.name, "FirstName" | "LastName" | "Company");
            scope.holds(field.kind, is_name)
        })
        .filter_map(|field| Some((field.kind, row.get(field.name)?.as_str()?)))
        .map(|(kind, text)| words(kind, text))
        .collect();
    term.fits(&fields)
}

/// The words of a value in small letters; a phone number is also one word of digits, with and without its country.
fn words(kind: Kind, text: &str) -> Vec<String> {
    let mut words = term::split(&text.to_lowercase());
    if kind == Kind::Phone {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if digits.len() > 10 {
            words.push(digits[digits.len() - 10..].to_owned());
        }
        words.push(digits);
    }
    words
}
