//! Reads tokens into a statement by the grammar of SOQL.
//! Whether names exist and values have the right type is left to `bind.rs`.

use super::lexer::{Kind, Token, tokens, unexpected};
use super::{Clauses, Condition, Literal, Malformed, Name, Op, Order, Query, Select, Span};
use crate::refusal::Refusal;

/// Statements above this are refused.
const MOST_CHARS: usize = 100_000;
/// Brackets and NOTs may be nested this deep.
const MOST_DEPTH: usize = 50;

const KEYWORDS: [&str; 17] = [
    "SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "NOT", "LIKE", "IN",
    "GROUP", "HAVING", "WITH", "USING", "FOR", "ALL",
];

/// Reads a whole statement.
pub(crate) fn parse(text: &str) -> Result<Query, Refusal> {
    if text.chars().count() > MOST_CHARS {
        return Err(Refusal::new(
            400,
            "MALFORMED_QUERY",
            "SOQL statements cannot be longer than 100000 characters.",
        ));
    }
    statement(text).map_err(|wrong| wrong.refusal("MALFORMED_QUERY", text))
}

fn statement(text: &str) -> Result<Query, Malformed> {
    let mut parser = Parser::new(tokens(text, 0)?);
    parser.keyword("SELECT")?;
    let select = if parser.peek_word("COUNT") && matches!(parser.token(1), Kind::Sign("(")) {
        parser.next += 2;
        parser.sign(")")?;
        Select::Count
    } else {
        Select::Fields(parser.names()?)
    };
    parser.keyword("FROM")?;
    let object = parser.name()?;
    let alias = match parser.token(0) {
        Kind::Word(word) if !is_keyword(word) => {
            let word = word.clone();
            parser.next += 1;
            Some(word)
        }
        _ => None,
    };
    let rest = parser.clauses()?;
    parser.end()?;
    Ok(Query {
        select,
        object,
        alias,
        rest,
    })
}

/// A place among tokens.
pub(crate) struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    pub(crate) fn new(tokens: Vec<Token>) -> Parser {
        Parser {
            tokens,
            next: 0,
            depth: 0,
        }
    }

    /// `WHERE … ORDER BY … LIMIT … OFFSET …`, each if it is there.
    pub(crate) fn clauses(&mut self) -> Result<Clauses, Malformed> {
        let mut clauses = Clauses::default();
        if self.take_word("WHERE") {
            clauses.condition = Some(self.condition()?);
        }
        if self.take_word("ORDER") {
            self.keyword("BY")?;
            clauses.order = self.order()?;
        }
        if self.take_word("LIMIT") {
            clauses.limit = Some(self.count()?);
        }
        if self.peek_word("OFFSET") {
            let at = self.at();
            self.next += 1;
            clauses.offset = Some((self.count()?, at));
        }
        Ok(clauses)
    }

    /// Names with commas between them.
    pub(crate) fn names(&mut self) -> Result<Vec<Name>, Malformed> {
        let mut names = vec![self.name()?];
        while self.take_sign(",") {
            names.push(self.name()?);
        }
        Ok(names)
    }

    /// A name that is no keyword.
    pub(crate) fn name(&mut self) -> Result<Name, Malformed> {
        let at = self.at();
        match self.token(0) {
            Kind::Word(word) if !is_keyword(word) && !word.contains(':') => {
                let text = word.clone();
                self.next += 1;
                Ok(Name { text, at })
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&mut self) -> Result<u64, Malformed> {
        match self.token(0) {
            Kind::Number(n) if *n >= 0.0 && n.fract() == 0.0 => {
                let n = *n as u64;
                self.next += 1;
                Ok(n)
            }
            _ => Err(self.unexpected()),
        }
    }

    pub(crate) fn keyword(&mut self, word: &str) -> Result<(), Malformed> {
        if self.take_word(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub(crate) fn sign(&mut self, sign: &str) -> Result<(), Malformed> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek_word(word);
        self.next += usize::from(found);
        found
    }

    pub(crate) fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.token(0), Kind::Sign(s) if *s == sign);
        self.next += usize::from(found);
        found
    }

    pub(crate) fn end(&self) -> Result<(), Malformed> {
        match self.token(0) {
            Kind::End => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    /// Where the next token stands.
    pub(crate) fn at(&self) -> usize {
        self.tokens[self.next.min(self.tokens.len() - 1)].at
    }

    pub(crate) fn unexpected(&self) -> Malformed {
        let token = match self.token(0) {
            Kind::End => {
                return Malformed {
                    at: self.at(),
                    message: "unexpected token: '<EOF>'".into(),
                };
            }
            Kind::Word(word) => word.clone(),
            Kind::Text(letters) => letters.iter().map(|letter| letter.char).collect(),
            Kind::Number(number) => number.to_string(),
            Kind::Date(date) => date.to_string(),
            Kind::DateTime(time) => time.to_string(),
            Kind::Sign(sign) => (*sign).to_owned(),
        };
        unexpected(self.at(), &token)
    }

    fn token(&self, ahead: usize) -> &Kind {
        &self.tokens[(self.next + ahead).min(self.tokens.len() - 1)].kind
    }

    fn peek_word(&self, word: &str) -> bool {
        matches!(self.token(0), Kind::Word(w) if w.eq_ignore_ascii_case(word))
    }

    /// Conditions joined by AND, or by OR; both without brackets is refused, as the real org does.
    fn condition(&mut self) -> Result<Condition, Malformed> {
        let mut parts = vec![self.part()?];
        let joiner = ["AND", "OR"].into_iter().find(|word| self.peek_word(word));
        let Some(joiner) = joiner else {
            return Ok(parts.remove(0));
        };
        while self.take_word(joiner) {
            parts.push(self.part()?);
        }
        if self.peek_word("AND") || self.peek_word("OR") {
            return Err(self.unexpected());
        }
        Ok(if joiner == "AND" {
            Condition::All(parts)
        } else {
            Condition::Any(parts)
        })
    }

    fn part(&mut self) -> Result<Condition, Malformed> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(Malformed {
                at: self.at(),
                message: "conditions are nested too deeply".into(),
            });
        }
        let part = if self.take_word("NOT") {
            Condition::Not(Box::new(self.part()?))
        } else if self.take_sign("(") {
            let inner = self.condition()?;
            self.sign(")")?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(part)
    }

    fn comparison(&mut self) -> Result<Condition, Malformed> {
        let field = self.name()?;
        let op = self.operator()?;
        let values = if matches!(op, Op::In | Op::NotIn) {
            self.sign("(")?;
            let mut values = vec![self.literal()?];
            while self.take_sign(",") {
                values.push(self.literal()?);
            }
            self.sign(")")?;
            values
        } else {
            vec![self.literal()?]
        };
        Ok(Condition::Compare { field, op, values })
    }

    fn operator(&mut self) -> Result<Op, Malformed> {
        for (sign, op) in [
            ("=", Op::Eq),
            ("!=", Op::Ne),
            ("<>", Op::Ne),
            ("<", Op::Lt),
            ("<=", Op::Le),
            (">", Op::Gt),
            (">=", Op::Ge),
        ] {
            if self.take_sign(sign) {
                return Ok(op);
            }
        }
        if self.take_word("LIKE") {
            return Ok(Op::Like);
        }
        if self.take_word("IN") {
            return Ok(Op::In);
        }
        if self.take_word("NOT") {
            self.keyword("IN")?;
            return Ok(Op::NotIn);
        }
        Err(self.unexpected())
    }

    fn literal(&mut self) -> Result<Literal, Malformed> {
        let literal = match self.token(0) {
            Kind::Text(letters) => Literal::Text(letters.clone()),
            Kind::Number(number) => Literal::Number(*number),
            Kind::Date(date) => Literal::Date(*date),
            Kind::DateTime(time) => Literal::DateTime(*time),
            Kind::Word(word) => match word.to_ascii_uppercase().as_str() {
                "NULL" => Literal::Null,
                "TRUE" => Literal::Bool(true),
                "FALSE" => Literal::Bool(false),
                name => Literal::Span(Span::read(name).ok_or_else(|| self.unexpected())?),
            },
            Kind::Sign(_) | Kind::End => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(literal)
    }

    fn order(&mut self) -> Result<Vec<Order>, Malformed> {
        let mut order = Vec::new();
        loop {
            let field = self.name()?;
            let descending = self.take_word("DESC");
            if !descending {
                self.take_word("ASC");
            }
            // Empty values come first going up and last going down, unless it is said.
            let mut nulls_first = !descending;
            if self.take_word("NULLS") {
                nulls_first = self.take_word("FIRST");
                if !nulls_first {
                    self.keyword("LAST")?;
                }
            }
            order.push(Order {
                field,
                descending,
                nulls_first,
            });
            if !self.take_sign(",") {
                return Ok(order);
            }
        }
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|k| k.eq_ignore_ascii_case(word))
}
