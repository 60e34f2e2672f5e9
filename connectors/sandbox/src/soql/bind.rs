//! Gives the names of a statement their fields and its values their types, or says what does not fit.
//! Going through the rows is left to `evaluate.rs`.

use jiff::civil::Date;

use super::like::Pattern;
use super::{Clauses, Condition, Letter, Literal, Name, Op, Query, Select, refusal};
use crate::clock;
use crate::id;
use crate::refusal::Refusal;
use crate::schema::{Field, Kind, Object, Schema};

/// Rows further than this cannot be skipped to.
const MOST_OFFSET: u64 = 2_000;

/// A statement over the schema.
pub(super) struct Plan<'s> {
    pub(super) object: &'s Object,
    /// `None`: only the number of rows is wanted.
    pub(super) columns: Option<Vec<Column<'s>>>,
    pub(super) filter: Option<Filter<'s>>,
    pub(super) order: Vec<Sort<'s>>,
    pub(super) limit: Option<u64>,
    pub(super) offset: u64,
}

/// A field of the object, or of the parent that one of its references leads to.
#[derive(Clone, Copy)]
pub(super) struct Column<'s> {
    pub(super) reference: Option<&'s Field>,
    /// The object that `field` belongs to.
    pub(super) object: &'s Object,
    pub(super) field: &'s Field,
}

pub(super) struct Sort<'s> {
    pub(super) column: Column<'s>,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

pub(super) enum Filter<'s> {
    All(Vec<Filter<'s>>),
    Any(Vec<Filter<'s>>),
    Not(Box<Filter<'s>>),
    Test {
        column: Column<'s>,
        op: Op,
        operands: Vec<Operand>,
    },
}

/// A value to compare with, in the form in which the field keeps its own.
pub(super) enum Operand {
    Null,
    /// In small letters.
    Text(String),
    Like(Pattern),
    Number(f64),
    Bool(bool),
    /// A date, a time or an id, whose texts sort as they should.
    Exact(String),
    /// From the first up to, but without, the second.
    Span(String, String),
}

/// Binds a statement; `text` is shown in what is refused.
pub(super) fn bind<'s>(
    schema: &'s Schema,
    query: &Query,
    text: &str,
    today: Date,
) -> Result<Plan<'s>, Refusal> {
    let Some(object) = schema.object(&query.object.text) else {
        let name = &query.object.text;
        return Err(refusal(
            "INVALID_TYPE",
            text,
            query.object.at,
            &format!(
                "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
            ),
        ));
    };
    let binder = Binder {
        schema,
        object,
        alias: query.alias.as_deref(),
        text,
        today,
    };
    let columns = match &query.select {
        Select::Count => None,
        Select::Fields(names) => Some(binder.columns(names)?),
    };
    let Clauses {
        condition,
        order,
        limit,
        offset,
    } = &query.rest;
    let filter = condition.as_ref().map(|c| binder.filter(c)).transpose()?;
    let mut sorts = Vec::new();
    for item in order {
        let column = binder.column(&item.field)?;
        binder.usable(&item.field, column.field, "sorted")?;
        sorts.push(Sort {
            column,
            descending: item.descending,
            nulls_first: item.nulls_first,
        });
    }
    if let Some((_, at)) = offset.filter(|(n, _)| *n > MOST_OFFSET) {
        return Err(refusal(
            "NUMBER_OUTSIDE_VALID_RANGE",
            text,
            at,
            &format!("Maximum SOQL offset allowed is {MOST_OFFSET}"),
        ));
    }
    Ok(Plan {
        object,
        columns,
        filter,
        order: sorts,
        limit: *limit,
        offset: offset.map_or(0, |(n, _)| n),
    })
}

struct Binder<'s, 'q> {
    schema: &'s Schema,
    object: &'s Object,
    alias: Option<&'q str>,
    text: &'q str,
    today: Date,
}

impl<'s> Binder<'s, '_> {
    fn columns(&self, names: &[Name]) -> Result<Vec<Column<'s>>, Refusal> {
        let mut columns: Vec<Column<'s>> = Vec::new();
        for name in names {
            let column = self.column(name)?;
            let twice = columns.iter().any(|c| {
                c.field.name == column.field.name
                    && c.reference.map(|r| r.name) == column.reference.map(|r| r.name)
            });
            if twice {
                return Err(refusal(
                    "MALFORMED_QUERY",
                    self.text,
                    name.at,
                    &format!("duplicate field selected: {}", name.text),
                ));
            }
            columns.push(column);
        }
        Ok(columns)
    }

    fn column(&self, name: &Name) -> Result<Column<'s>, Refusal> {
        let mut parts: Vec<&str> = name.text.split('.').collect();
        let own = |part: &str| {
            part.eq_ignore_ascii_case(self.object.name)
                || self
                    .alias
                    .is_some_and(|alias| part.eq_ignore_ascii_case(alias))
        };
        // `Account` before a field of Contact is its parent; before one of Account, the object itself.
        if parts.len() > 1 && own(parts[0]) && self.object.relation(parts[0]).is_none() {
            parts.remove(0);
        }
        match parts.as_slice() {
            [field] => Ok(Column {
                reference: None,
                object: self.object,
                field: self.field(self.object, field, name)?,
            }),
            [relation, field] => {
                let found = self
                    .object
                    .relation(relation)
                    .and_then(|reference| Some((reference, self.schema.parent(reference)?)));
                let Some((reference, parent)) = found else {
                    return Err(refusal(
                        "INVALID_FIELD",
                        self.text,
                        name.at,
                        &format!(
                            "Didn't understand relationship '{relation}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
                        ),
                    ));
                };
                Ok(Column {
                    reference: Some(reference),
                    object: parent,
                    field: self.field(parent, field, name)?,
                })
            }
            _ => Err(refusal(
                "MALFORMED_QUERY",
                self.text,
                name.at,
                &format!("unexpected token: '{}'", name.text),
            )),
        }
    }

    fn field(&self, object: &'s Object, field: &str, name: &Name) -> Result<&'s Field, Refusal> {
        object.field(field).ok_or_else(|| {
            refusal(
                "INVALID_FIELD",
                self.text,
                name.at,
                &format!(
                    "No such column '{field}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
                    object.name
                ),
            )
        })
    }

    fn usable(&self, name: &Name, field: &Field, done: &str) -> Result<(), Refusal> {
        if field.is_filterable() {
            return Ok(());
        }
        Err(refusal(
            "INVALID_FIELD",
            self.text,
            name.at,
            &format!("field '{}' can not be {done} in a query call", field.name),
        ))
    }

    fn filter(&self, condition: &Condition) -> Result<Filter<'s>, Refusal> {
        let all = |parts: &[Condition]| {
            parts
                .iter()
                .map(|p| self.filter(p))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            Condition::All(parts) => Filter::All(all(parts)?),
            Condition::Any(parts) => Filter::Any(all(parts)?),
            Condition::Not(part) => Filter::Not(Box::new(self.filter(part)?)),
            Condition::Compare { field, op, values } => {
                let column = self.column(field)?;
                self.usable(field, column.field, "filtered")?;
                let operands = values
                    .iter()
                    .map(|value| self.operand(field, column.field, *op, value))
                    .collect::<Result<_, _>>()?;
                Filter::Test {
                    column,
                    op: *op,
                    operands,
                }
            }
        })
    }

    fn operand(
        &self,
        name: &Name,
        field: &Field,
        op: Op,
        value: &Literal,
    ) -> Result<Operand, Refusal> {
        let invalid = |message: String| refusal("INVALID_FIELD", self.text, name.at, &message);
        if !may_compare(field.kind, op, value) {
            let kind = field.kind.name();
            return Err(invalid(format!("invalid operator on {kind} field")));
        }
        Ok(match (field.kind, value) {
            (_, Literal::Null) => Operand::Null,
            (kind, Literal::Text(letters)) if kind.is_text() => self.text(name, op, letters)?,
            (Kind::Id | Kind::Reference, Literal::Text(letters)) => self.id(name, letters)?,
            (kind, Literal::Number(number)) if kind.is_number() => Operand::Number(*number),
            (Kind::Boolean, Literal::Bool(yes)) => Operand::Bool(*yes),
            (Kind::Date, Literal::Date(date)) => Operand::Exact(date.to_string()),
            (Kind::DateTime, Literal::DateTime(time)) => Operand::Exact(clock::datetime(*time)),
            (Kind::Date, Literal::Span(span)) => {
                let (first, behind) = span.days(self.today);
                Operand::Span(first.to_string(), behind.to_string())
            }
            (Kind::DateTime, Literal::Span(span)) => {
                let (first, behind) = span.days(self.today);
                let at = |day| clock::datetime(clock::midnight(day));
                Operand::Span(at(first), at(behind))
            }
            _ => {
                return Err(invalid(format!(
                    "value of filter criterion for field '{}' must be of {}",
                    field.name,
                    wanted(field.kind)
                )));
            }
        })
    }

    /// An id to compare with; an empty one stands for an empty field.
    fn id(&self, name: &Name, letters: &[Letter]) -> Result<Operand, Refusal> {
        let text: String = letters.iter().map(|letter| letter.char).collect();
        if text.is_empty() {
            return Ok(Operand::Null);
        }
        let code = "INVALID_QUERY_FILTER_OPERATOR";
        let message = format!("invalid ID field: {text}");
        let id = id::read(&text);
        Ok(Operand::Exact(id.ok_or_else(|| {
            refusal(code, self.text, name.at, &message)
        })?))
    }

    /// Text to compare with; an empty one stands for an empty field.
    fn text(&self, name: &Name, op: Op, letters: &[Letter]) -> Result<Operand, Refusal> {
        if op == Op::Like {
            return Ok(Operand::Like(Pattern::new(letters)));
        }
        if letters.iter().any(|letter| letter.escaped) {
            return Err(refusal(
                "MALFORMED_QUERY",
                self.text,
                name.at,
                "Illegal escape character in string literal: \\% and \\_ belong to LIKE",
            ));
        }
        if letters.is_empty() {
            return Ok(Operand::Null);
        }
        let text: String = letters.iter().map(|letter| letter.char).collect();
        Ok(Operand::Text(text.to_lowercase()))
    }
}

/// Whether fields of a kind may be compared with a value in this way.
fn may_compare(kind: Kind, op: Op, value: &Literal) -> bool {
    match op {
        Op::Like => kind.is_text(),
        Op::Lt | Op::Le | Op::Gt | Op::Ge => kind != Kind::Boolean,
        Op::In | Op::NotIn => !matches!(value, Literal::Span(_)),
        Op::Eq | Op::Ne => true,
    }
}

/// How a value for a field of this kind is written, in the words of the real org.
fn wanted(kind: Kind) -> String {
    let name = match kind {
        Kind::DateTime => "dateTime",
        kind if kind.is_text() => "string",
        kind => kind.name(),
    };
    if kind.is_text() || matches!(kind, Kind::Id | Kind::Reference) {
        format!("type {name} and should be enclosed in quotes")
    } else {
        format!("type {name} and should not be enclosed in quotes")
    }
}
