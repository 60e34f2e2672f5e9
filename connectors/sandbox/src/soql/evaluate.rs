//! Goes through the rows: filters, sorts, cuts and shows them.
//! The names and types of the statement have been settled by `bind.rs`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::bind::{Column, Filter, Operand, Plan, Sort};
use super::{Found, Op, Rows};
use crate::org::State;
use crate::record::{Record, is_live, render, text};
use crate::schema::Object;

/// Finds the rows of a plan that also pass `fits`.
pub(super) fn run(
    state: &State,
    plan: &Plan<'_>,
    version: &str,
    rows: Rows,
    fits: impl Fn(&Object, &Record) -> bool,
) -> Found {
    let mut rows: Vec<&Record> = state
        .table(plan.object.name)
        .values()
        .filter(|row| rows == Rows::Deleted || is_live(row))
        .filter(|row| {
            plan.filter
                .as_ref()
                .is_none_or(|filter| passes(state, filter, row))
        })
        .filter(|row| fits(plan.object, row))
        .collect();
    sort(state, &plan.order, &mut rows);
    let skipped = rows.into_iter().skip(plan.offset as usize);
    let rows: Vec<&Record> = match plan.limit {
        Some(limit) => skipped.take(limit as usize).collect(),
        None => skipped.collect(),
    };
    let Some(columns) = &plan.columns else {
        return Found {
            total: rows.len() as u64,
            ..Found::default()
        };
    };
    Found {
        total: rows.len() as u64,
        ids: rows
            .iter()
            .filter_map(|row| text(row, "Id"))
            .map(str::to_owned)
            .collect(),
        rows: rows
            .iter()
            .map(|row| show(state, plan.object, columns, row, version))
            .collect(),
    }
}

/// Rows that are equal in every key keep the order in which they were made, turned round when the first key goes down.
fn sort(state: &State, order: &[Sort<'_>], rows: &mut [&Record]) {
    let Some(first) = order.first() else { return };
    if first.descending {
        rows.reverse();
    }
    rows.sort_by(|a, b| {
        order
            .iter()
            .map(|key| compare_rows(state, key, a, b))
            .find(|o| *o != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
}

fn compare_rows(state: &State, key: &Sort<'_>, a: &Record, b: &Record) -> Ordering {
    let (a, b) = (read(state, &key.column, a), read(state, &key.column, b));
    match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) if key.nulls_first => Ordering::Less,
        (true, false) => Ordering::Greater,
        (false, true) if key.nulls_first => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let order = compare_values(&key.column, a, b);
            if key.descending {
                order.reverse()
            } else {
                order
            }
        }
    }
}

fn compare_values(column: &Column<'_>, a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) if column.field.kind.is_text() => {
            a.to_lowercase().cmp(&b.to_lowercase())
        }
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => {
            let number = |v: &Value| v.as_f64().unwrap_or(0.0);
            number(a).total_cmp(&number(b))
        }
    }
}

fn passes(state: &State, filter: &Filter<'_>, row: &Record) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(|part| passes(state, part, row)),
        Filter::Any(parts) => parts.iter().any(|part| passes(state, part, row)),
        Filter::Not(part) => !passes(state, part, row),
        Filter::Test {
            column,
            op,
            operands,
        } => {
            let value = read(state, column, row);
            match op {
                Op::In => operands.iter().any(|operand| holds(value, Op::Eq, operand)),
                Op::NotIn => operands.iter().all(|operand| holds(value, Op::Ne, operand)),
                op => operands.iter().all(|operand| holds(value, *op, operand)),
            }
        }
    }
}

/// Whether the value stands so to the operand; an empty value differs from everything and is neither above nor below.
fn holds(value: &Value, op: Op, operand: &Operand) -> bool {
    if let Operand::Null = operand {
        return match op {
            Op::Eq => value.is_null(),
            Op::Ne => !value.is_null(),
            _ => false,
        };
    }
    if value.is_null() {
        return op == Op::Ne;
    }
    let order = match operand {
        Operand::Like(pattern) => return value.as_str().is_some_and(|text| pattern.fits(text)),
        Operand::Span(first, behind) => {
            let text = value.as_str().unwrap_or_default();
            if text < first.as_str() {
                Ordering::Less
            } else if text >= behind.as_str() {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        }
        Operand::Text(wanted) => value
            .as_str()
            .unwrap_or_default()
            .to_lowercase()
            .cmp(wanted),
        Operand::Exact(wanted) => value.as_str().unwrap_or_default().cmp(wanted),
        Operand::Number(wanted) => value.as_f64().unwrap_or_default().total_cmp(wanted),
        Operand::Bool(wanted) => (value == &Value::Bool(true)).cmp(wanted),
        Operand::Null => unreachable!("handled above"),
    };
    match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Like | Op::In | Op::NotIn => false,
    }
}

fn read<'a>(state: &'a State, column: &Column<'_>, row: &'a Record) -> &'a Value {
    let row = match column.reference {
        None => Some(row),
        Some(reference) => parent(state, column.object, text(row, reference.name)),
    };
    row.and_then(|row| row.get(column.field.name))
        .unwrap_or(&Value::Null)
}

fn parent<'a>(state: &'a State, object: &Object, id: Option<&str>) -> Option<&'a Record> {
    state.table(object.name).get(id?)
}

fn show(
    state: &State,
    object: &Object,
    columns: &[Column<'_>],
    row: &Record,
    version: &str,
) -> Value {
    let mut map = Map::new();
    let id = text(row, "Id").unwrap_or_default();
    map.insert(
        "attributes".into(),
        render::attributes(object.name, id, version),
    );
    for column in columns {
        let Some(reference) = column.reference else {
            map.insert(column.field.name.into(), render::value(row, column.field));
            continue;
        };
        let relation = reference
            .relationship
            .expect("bound through its relationship");
        let above = parent(state, column.object, text(row, reference.name));
        let Some(above) = above else {
            map.insert(relation.into(), Value::Null);
            continue;
        };
        let shown = map.entry(relation).or_insert_with(|| {
            let id = text(above, "Id").unwrap_or_default();
            let mut attributes = render::attributes(column.object.name, id, version);
            // What may be a user or a queue is shown as a name.
            if reference.refers_to.len() > 1 {
                attributes["type"] = Value::from("Name");
            }
            Value::Object(Map::from_iter([("attributes".to_owned(), attributes)]))
        });
        shown[column.field.name] = render::value(above, column.field);
    }
    Value::Object(map)
}
