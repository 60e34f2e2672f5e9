//! SOQL: the statements that the org understands, as data; whatever else is said is refused, never half-read.
//! Reading text is left to `soql/parser.rs`, names and types to `soql/bind.rs`, finding rows to `soql/evaluate.rs`.

mod bind;
mod evaluate;
mod lexer;
mod like;
mod parser;
mod span;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

pub(crate) use lexer::{Letter, tokens};
pub(crate) use like::Pattern;
pub(crate) use parser::{Parser, parse};
pub(crate) use span::Span;

use crate::org::State;
use crate::refusal::Refusal;

/// A statement as written; whether its names exist is not known yet.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) select: Select,
    pub(crate) object: Name,
    pub(crate) alias: Option<String>,
    pub(crate) rest: Clauses,
}

/// What follows the object: also what stands in the brackets of a search's RETURNING.
#[derive(Debug, Default)]
pub(crate) struct Clauses {
    pub(crate) condition: Option<Condition>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<(u64, usize)>,
}

#[derive(Debug)]
pub(crate) enum Select {
    Count,
    Fields(Vec<Name>),
}

/// A name, perhaps dotted, and where it stands, in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) at: usize,
}

#[derive(Debug)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        field: Name,
        op: Op,
        values: Vec<Literal>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Like,
    In,
    NotIn,
}

#[derive(Debug, Clone)]
pub(crate) enum Literal {
    Text(Vec<Letter>),
    Number(f64),
    Bool(bool),
    Null,
    Date(Date),
    DateTime(Timestamp),
    Span(Span),
}

#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) field: Name,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

/// Something that cannot be read, and where, in bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// What a statement found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The size of the whole result.
    pub(crate) total: u64,
    /// Its rows as the wire shows them; none for a count.
    pub(crate) rows: Vec<Value>,
    /// Their ids.
    pub(crate) ids: Vec<String>,
}

/// Which rows a statement goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Live,
    /// Those of the recycle bin, too.
    Deleted,
}

/// Runs a statement.
pub(crate) fn run(
    state: &State,
    query: &Query,
    text: &str,
    version: &str,
    rows: Rows,
) -> Result<Found, Refusal> {
    let plan = bind::bind(&state.schema, query, text, state.clock.today())?;
    Ok(evaluate::run(state, &plan, version, rows, |_, _| true))
}

/// Runs the bracket of a search's RETURNING over the rows that the search term fits.
pub(crate) fn run_where(
    state: &State,
    query: &Query,
    text: &str,
    version: &str,
    fits: impl Fn(&crate::schema::Object, &crate::record::Record) -> bool,
) -> Result<Found, Refusal> {
    let plan = bind::bind(&state.schema, query, text, state.clock.today())?;
    Ok(evaluate::run(state, &plan, version, Rows::Live, fits))
}

/// A refusal that shows the statement and points into it, as the real org does.
pub(crate) fn refusal(code: &'static str, text: &str, at: usize, message: &str) -> Refusal {
    if text.is_empty() {
        // What was asked came in pieces, not as a statement.
        return Refusal::new(400, code, message);
    }
    let at = at.min(text.len());
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    let row = before.matches('\n').count() + 1;
    let column = text[line_start..at].chars().count();
    // A long line is cut around the place.
    let skip = column.saturating_sub(60);
    let excerpt: String = text[line_start..line_end]
        .chars()
        .skip(skip)
        .take(100)
        .collect();
    let caret = " ".repeat(column - skip);
    Refusal::new(
        400,
        code,
        format!(
            "\n{excerpt}\n{caret}^\nERROR at Row:{row}:Column:{}\n{message}",
            column + 1
        ),
    )
}

impl Malformed {
    pub(crate) fn refusal(&self, code: &'static str, text: &str) -> Refusal {
        refusal(code, text, self.at, &self.message)
    }
}
