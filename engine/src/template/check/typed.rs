//! What texts and conditions do with values of the wrong type: compare an amount with a number, look for a word in a
//! date, print a list's length of what is no list. What fails outright is found by trying it; here is what only decides
//! wrongly.

use minijinja::machinery::ast::{BinOpKind, CompareOpKind, Expr};

use super::Checked;
use super::sampled::Samples;
use super::spot::Spot;
use crate::template::reader::{Problems, listed};
use crate::template::tree::{children, extent};
use crate::template::{Choices, SlotKind};

pub(super) fn check(checked: &Checked<'_>, spots: &[Spot<'_>], problems: &mut Problems) {
    let samples = Samples::of(checked);
    for spot in spots {
        let text = spot.node.text();
        let Some(tree) = spot.tree(&text) else {
            continue;
        };
        let mut found = Found {
            checked,
            text: &text,
            spot,
            told: false,
            problems,
        };
        for expression in tree.expressions() {
            found.look(expression);
        }
        if !found.told {
            samples.check(spot, &text, &tree, problems);
        }
    }
}

/// What an expression is, as far as it is known before a conversation.
#[derive(Debug, Clone, PartialEq)]
enum Is<'a> {
    Number,
    Text,
    Written(String),
    Day,
    Time,
    Flag,
    Amount,
    List,
    Choice(&'a Choices),
    Unknown,
}

impl Is<'_> {
    fn word(&self) -> &'static str {
        match self {
            Is::Number => "a number",
            Is::Text | Is::Written(_) | Is::Choice(_) => "a text",
            Is::Day => "a date",
            Is::Time => "a time",
            Is::Flag => "true or false",
            Is::Amount => "an amount",
            Is::List => "a list",
            Is::Unknown => "anything",
        }
    }
}

struct Found<'c, 'p> {
    checked: &'c Checked<'c>,
    text: &'c str,
    spot: &'c Spot<'c>,
    told: bool,
    problems: &'p mut Problems,
}

impl<'c> Found<'c, '_> {
    fn look(&mut self, expression: &Expr<'_>) {
        for part in children(expression) {
            self.look(part);
        }
        match expression {
            Expr::BinOp(both) => {
                let op = match both.op {
                    BinOpKind::Eq | BinOpKind::Ne => CompareOpKind::Eq,
                    BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => {
                        CompareOpKind::Lt
                    }
                    BinOpKind::In => CompareOpKind::In,
                    _ => return,
                };
                self.compared(&both.left, op, &both.right);
            }
            Expr::Compare(chain) => {
                let mut left = &chain.expr;
                for op in &chain.ops {
                    self.compared(left, op.op, &op.expr);
                    left = &op.expr;
                }
            }
            Expr::Filter(filter) => {
                if let Some(of) = &filter.expr {
                    self.filtered(of, filter.name, expression);
                }
            }
            _ => {}
        }
    }

    fn compared(&mut self, left: &Expr<'_>, op: CompareOpKind, right: &Expr<'_>) {
        let (one, other) = (self.is(left), self.is(right));
        let ordered = matches!(
            op,
            CompareOpKind::Lt | CompareOpKind::Lte | CompareOpKind::Gt | CompareOpKind::Gte
        );
        let within = matches!(op, CompareOpKind::In | CompareOpKind::NotIn);
        if within {
            if let (Is::Choice(choices), Expr::List(list)) = (&one, right) {
                list.items.iter().for_each(|item| self.among(choices, item));
            }
            let choices = match right {
                Expr::Var(name) => self.checked.template.slots.get(name.id),
                _ => None,
            };
            if let Some(SlotKind::Choice(choices)) = choices.map(|slot| &slot.kind)
                && other == Is::List
            {
                self.among(choices, left);
            }
            if matches!(
                other,
                Is::Number | Is::Flag | Is::Amount | Is::Day | Is::Time
            ) {
                let message = format!(
                    "`{}` is {}: nothing is in it.",
                    self.source(right),
                    other.word()
                );
                self.tell("TW409", right, message, String::new());
            }
            return;
        }
        if !ordered {
            match (&one, &other) {
                (Is::Choice(choices), Is::Written(_)) => return self.among(choices, right),
                (Is::Written(_), Is::Choice(choices)) => return self.among(choices, left),
                _ => {}
            }
        }
        if fit(&one, &other, ordered) {
            return;
        }
        let message = format!(
            "`{}` is {} and `{}` is {}: {}.",
            self.source(left),
            one.word(),
            self.source(right),
            other.word(),
            if ordered {
                "neither is the greater"
            } else {
                "they are never equal"
            }
        );
        let amount = match (&one, &other) {
            (Is::Amount, _) => Some(left),
            (_, Is::Amount) => Some(right),
            _ => None,
        };
        let help = amount.map(|amount| format!("Write `{}.value`.", self.source(amount)));
        self.tell("TW409", left, message, help.unwrap_or_default());
    }

    /// A text that a choice is compared with must be one of its values.
    fn among(&mut self, choices: &Choices, value: &Expr<'_>) {
        let Is::Written(text) = self.is(value) else {
            return;
        };
        if choices.org || choices.values.iter().any(|(known, _)| *known == text) {
            return;
        }
        let known: Vec<&str> = choices
            .values
            .iter()
            .map(|(known, _)| known.as_str())
            .collect();
        let message = format!("`{text}` is not among the choices.");
        let help = format!("They are {}.", listed(&known, "and"));
        self.tell("TW204", value, message, help);
    }

    fn filtered(&mut self, of: &Expr<'_>, filter: &str, whole: &Expr<'_>) {
        let is = self.is(of);
        let fits = match (&is, filter) {
            (Is::Unknown, _) => true,
            (Is::Amount, _) => matches!(filter, "money" | "default" | "d" | "mask" | "string"),
            (_, "money") => is == Is::Number,
            (_, "date") => !matches!(is, Is::Number | Is::Flag | Is::List | Is::Time),
            (_, "phone") => !matches!(is, Is::Number | Is::Flag | Is::List | Is::Day | Is::Time),
            (_, "count") => matches!(is, Is::Number | Is::List),
            _ => true,
        };
        if fits {
            return;
        }
        let source = self.source(of);
        let message = format!("`{source}` is {}, which `{filter}` is not for.", is.word());
        let help = match is {
            Is::Amount => format!("Its number is `{source}.value`."),
            _ => String::new(),
        };
        self.tell("TW409", whole, message, help);
    }

    fn is(&self, expression: &Expr<'_>) -> Is<'c> {
        match expression {
            Expr::Const(constant) => match constant.value.kind() {
                minijinja::value::ValueKind::Number => Is::Number,
                minijinja::value::ValueKind::Bool => Is::Flag,
                minijinja::value::ValueKind::String => {
                    Is::Written(constant.value.as_str().unwrap_or_default().to_owned())
                }
                _ => Is::Unknown,
            },
            Expr::Var(name) => self.named(name.id),
            Expr::GetAttr(part) => match (self.is(&part.expr), part.name) {
                (Is::Amount, "value") => Is::Number,
                (Is::Amount, "currency") => Is::Text,
                _ => Is::Unknown,
            },
            Expr::Filter(filter) => match filter.name {
                "length" | "int" | "float" | "round" | "abs" => Is::Number,
                "money" | "phone" | "listed" | "mask" | "join" | "lower" | "upper" | "title" => {
                    Is::Text
                }
                "plus" => Is::Day,
                _ => Is::Unknown,
            },
            Expr::List(_) | Expr::Tuple(_) => Is::List,
            _ => Is::Unknown,
        }
    }

    fn named(&self, name: &str) -> Is<'c> {
        let Some(slot) = self.checked.template.slots.get(name) else {
            return match name {
                "today" | "now" => Is::Day,
                "locale" | "heard" => Is::Text,
                "filled" => Is::List,
                _ => Is::Unknown,
            };
        };
        if slot.list {
            return Is::List;
        }
        match &slot.kind {
            SlotKind::Number(_) | SlotKind::Percent(_) => Is::Number,
            SlotKind::Amount { .. } => Is::Amount,
            SlotKind::Date(_) | SlotKind::DateTime(_) => Is::Day,
            SlotKind::Time(_) => Is::Time,
            SlotKind::Boolean => Is::Flag,
            SlotKind::Choice(choices) => Is::Choice(choices),
            SlotKind::Record { .. } | SlotKind::Field { .. } => Is::Unknown,
            SlotKind::Text { .. }
            | SlotKind::FirstName
            | SlotKind::LastName
            | SlotKind::FullName
            | SlotKind::Organization
            | SlotKind::City
            | SlotKind::Country
            | SlotKind::Email
            | SlotKind::Phone { .. }
            | SlotKind::Url
            | SlotKind::Pattern { .. } => Is::Text,
        }
    }

    fn source(&self, expression: &Expr<'_>) -> &'c str {
        self.text.get(extent(expression)).unwrap_or_default()
    }

    fn tell(&mut self, code: &'static str, at: &Expr<'_>, message: String, help: String) {
        self.told = true;
        let place = self.problems.within(self.spot.node, &extent(at));
        self.problems.add(code, place, message, help);
    }
}

/// Whether two values can be compared so.
fn fit(one: &Is<'_>, other: &Is<'_>, ordered: bool) -> bool {
    let text = |is: &Is<'_>| matches!(is, Is::Text | Is::Written(_) | Is::Choice(_));
    match (one, other) {
        (Is::Unknown, _) | (_, Is::Unknown) => true,
        (Is::Amount, _) | (_, Is::Amount) => false,
        (Is::List, Is::List) => !ordered,
        (Is::Day, Is::Written(text)) | (Is::Written(text), Is::Day) => {
            let day = text.get(..10).unwrap_or(text);
            day.parse::<jiff::civil::Date>().is_ok()
        }
        (Is::Time, Is::Written(text)) | (Is::Written(text), Is::Time) => {
            text.parse::<jiff::civil::Time>().is_ok()
        }
        (Is::Day | Is::Time, Is::Text) | (Is::Text, Is::Day | Is::Time) => true,
        (one, other) if text(one) && text(other) => true,
        (Is::Flag, Is::Flag) => !ordered,
        (one, other) => one == other,
    }
}
