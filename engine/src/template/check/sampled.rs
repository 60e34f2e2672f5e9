//! Tries what texts and conditions work out on values of the right types: what fails on those fails on all, and would
//! print nothing in a conversation. What is not known before one, the fields of a record say, is left alone.

use minijinja::machinery::ast::Expr;
use serde_json::json;

use super::Checked;
use super::spot::{Spot, Tree};
use crate::Value;
use crate::template::expression::{self, Shown};
use crate::template::reader::Problems;
use crate::template::source::Node;
use crate::template::tree::{children, extent};
use crate::template::{Condition, Phrase, Scope, SlotKind, uses};

/// A value for each name that is known before a conversation.
pub(super) struct Samples {
    scope: Scope,
    known: Vec<String>,
}

impl Samples {
    pub(super) fn of(checked: &Checked<'_>) -> Samples {
        let mut samples = Samples {
            scope: Scope::default(),
            known: Vec::new(),
        };
        for slot in checked.template.slots.values() {
            let one = sample(&slot.kind);
            let Some(one) = one else { continue };
            samples.put(
                &slot.id,
                if slot.list {
                    expression::sequence(vec![one.clone(), one.clone(), one])
                } else {
                    one
                },
            );
        }
        let pairs =
            |names: &[&str]| Shown::from_pairs(names.iter().map(|name| (*name, Shown::from(TEXT))));
        samples.put(
            "filled",
            Shown::from(vec![expression::filled("Label", TEXT.into(), &Value::Null)]),
        );
        samples.put("user", pairs(&["id", "name", "account"]));
        samples.put("bot", pairs(&["name"]));
        samples.put("template", pairs(&["id", "title", "purpose"]));
        samples.put("today", Shown::from(DAY));
        samples.put("now", Shown::from("2026-03-02T10:30:00"));
        samples.put("locale", Shown::from("en-US"));
        samples.put("heard", Shown::from(TEXT));
        samples
    }

    fn put(&mut self, name: &str, value: Shown) {
        self.scope.put(name, value);
        self.known.push(name.to_owned());
    }

    fn knows(&self, used: &uses::Used) -> bool {
        used.names
            .iter()
            .all(|used| self.known.contains(&used.name))
    }

    /// Tells the innermost parts of a text or condition that fail.
    pub(super) fn check(
        &self,
        spot: &Spot<'_>,
        text: &str,
        tree: &Tree<'_>,
        problems: &mut Problems,
    ) {
        let mut told = false;
        for expression in tree.expressions() {
            told |= self.expression(expression, text, spot.node, problems);
        }
        if !told
            && matches!(tree, Tree::Text(_))
            && self.knows(&uses::in_text(text))
            && let Ok(phrase) = Phrase::parse(text)
            && let Some(why) = phrase.failure(&self.scope)
        {
            let message = format!("This text can't be worked out: {why}.");
            problems.add("TW409", spot.node.at, message, String::new());
        }
    }

    fn expression(
        &self,
        tree: &Expr<'_>,
        text: &str,
        node: &Node,
        problems: &mut Problems,
    ) -> bool {
        let mut told = false;
        for part in children(tree) {
            told |= self.expression(part, text, node, problems);
        }
        if told || matches!(tree, Expr::Var(_) | Expr::Const(_) | Expr::GetAttr(_)) {
            return told;
        }
        let span = extent(tree);
        let failure = text.get(span.clone()).and_then(|part| {
            let condition = Condition::parse(part).ok()?;
            self.knows(&uses::in_expression(part)).then_some(())?;
            Some((part, condition.failure(&self.scope)?))
        });
        let Some((part, why)) = failure else {
            return false;
        };
        let message = format!("`{part}` can't be worked out: {why}.");
        problems.add(
            "TW409",
            problems.within(node, &span),
            message,
            String::new(),
        );
        true
    }
}

/// Stands for any text; as figures it can be read as a number too.
const TEXT: &str = "7";
const DAY: &str = "2026-03-02";

/// A value of a type; nothing for a record, whose fields are the org's.
fn sample(kind: &SlotKind) -> Option<Shown> {
    Some(match kind {
        SlotKind::Record { .. } => return None,
        SlotKind::Number(_) | SlotKind::Percent(_) => Shown::from(97),
        SlotKind::Boolean => Shown::from(true),
        SlotKind::Amount { .. } => {
            expression::shown("$97".into(), &json!({ "value": 97, "currency": "USD" }))
        }
        SlotKind::Date(_) => Shown::from(DAY),
        SlotKind::Time(_) => Shown::from("10:30"),
        SlotKind::DateTime(_) => Shown::from("2026-03-02T10:30"),
        SlotKind::Phone { .. } => Shown::from("+12065550102"),
        SlotKind::Field { .. } => {
            Shown::from_pairs([("label", Shown::from(TEXT)), ("value", Shown::from(TEXT))])
        }
        SlotKind::Choice(choices) => {
            let first = choices.values.first();
            Shown::from(first.map_or(TEXT, |(value, _)| value.as_str()))
        }
        SlotKind::Text { .. }
        | SlotKind::FirstName
        | SlotKind::LastName
        | SlotKind::FullName
        | SlotKind::Organization
        | SlotKind::City
        | SlotKind::Country
        | SlotKind::Email
        | SlotKind::Url
        | SlotKind::Pattern { .. } => Shown::from(TEXT),
    })
}
