//! Values of a slot's options and of what fills it: a bound that no value meets, a country that isn't one, a default of
//! another kind. Which options a type has is the slots' rule, names in them the names'.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::Checked;
use crate::locale::Locale;
use crate::template::reader::Problems;
use crate::template::source::{Node, Plain};
use crate::template::{Slot, SlotKind, Template};
use crate::understanding::entity::{self, Reader};
use crate::understanding::words::Words;

pub(super) fn check(checked: &Checked<'_>, slots: &[(Node, Node)], problems: &mut Problems) {
    for (id, body) in slots {
        let Some(slot) = checked.template.slots.get(&id.text()) else {
            continue;
        };
        counts(body, problems);
        bounds(slot, body, problems);
        places(body, problems);
        rules(body, problems);
        if let Some(default) = body.get("default") {
            literal(checked, slot, default, problems);
        }
    }
    for step in super::steps::every(checked.node) {
        handed(checked, step, problems);
    }
}

/// Values that `set` and `with` put into slots.
fn handed(checked: &Checked<'_>, step: &Node, problems: &mut Problems) {
    let other = step
        .get("run")
        .and_then(|run| checked.templates.current.get(&run.text()));
    let own: Option<&Template> = Some(checked.template);
    for (key, template) in [
        ("set", own),
        ("with", other.map(std::convert::AsRef::as_ref)),
    ] {
        for (name, value) in step.get(key).map(Node::entries).unwrap_or_default() {
            if let Some(slot) = template.and_then(|t| t.slots.get(&name.text())) {
                literal(checked, slot, value, problems);
            }
        }
    }
}

/// A value as it is written, without names, must be one of its slot.
fn literal(checked: &Checked<'_>, slot: &Slot, value: &Node, problems: &mut Problems) {
    let text = value.text();
    if !value.is_scalar() || value.value == Plain::Null || text.is_empty() || text.contains('{') {
        return;
    }
    match &slot.kind {
        SlotKind::Choice(choices) => {
            if !choices.org && !slot.list {
                super::slots::among(choices, value, problems);
            }
            return;
        }
        SlotKind::Record { .. } | SlotKind::Field { .. } | SlotKind::Text { .. } => return,
        _ => {}
    }
    let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    let locale = &checked.templates.bot.locale;
    let reader = Reader::new(&now, locale);
    if let Err(refusal) = entity::read(slot, &text, &reader) {
        // Days are counted from the day of the conversation.
        if matches!(refusal.reason, "too_early" | "too_late") {
            return;
        }
        let message = format!(
            "`{}` wants a {}; this is `{text}`.",
            slot.id,
            slot.kind.word()
        );
        let help = entity::reason(&refusal, &Locale::of("en"));
        problems.add("TW004", value.at, message, help.to_owned());
    }
}

/// Lengths and numbers of times.
fn counts(body: &Node, problems: &mut Problems) {
    for (key, least) in [("min_length", 0.0), ("max_length", 1.0), ("retries", 0.0)] {
        if let Some(node) = body.get(key)
            && let Plain::Number(number) = node.value
            && (number < least || number.fract() != 0.0)
        {
            let message =
                format!("`{key}` wants a whole number from {least} on; this is {number}.");
            problems.add("TW004", node.at, message, String::new());
        }
    }
    ordered(body, ("min_length", "max_length"), number, problems);
}

/// `min` and `max` of numbers and days.
fn bounds(slot: &Slot, body: &Node, problems: &mut Problems) {
    let keys = ("min", "max");
    let wants = match &slot.kind {
        SlotKind::Number(_) | SlotKind::Percent(_) | SlotKind::Amount { .. } => {
            return ordered(body, keys, number, problems);
        }
        SlotKind::Date(_) => "a day like `2026-12-31`, or `today`",
        SlotKind::Time(_) => "a time like `17:30`",
        SlotKind::DateTime(_) => "a moment like `2026-12-31T17:30`, a day, or `today`",
        _ => return,
    };
    for key in ["min", "max"] {
        if let Some(node) = body.get(key)
            && node.is_scalar()
            && !is_moment(&slot.kind, &node.text())
        {
            let message = format!("`{key}` wants {wants}; this is `{}`.", node.text());
            problems.add("TW004", node.at, message, String::new());
            return;
        }
    }
    let written = |node: &Node| Some(node.text()).filter(|text| text != "today");
    ordered(body, keys, written, problems);
}

/// Whether a bound is one that values are compared with.
fn is_moment(kind: &SlotKind, text: &str) -> bool {
    let day = text == "today" || (text.len() == 10 && text.parse::<Date>().is_ok());
    match kind {
        SlotKind::Time(_) => text.len() == 5 && text.parse::<Time>().is_ok(),
        SlotKind::DateTime(_) => {
            day || (text.get(10..11) == Some("T") && text.parse::<DateTime>().is_ok())
        }
        _ => day,
    }
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        Plain::Number(number) => Some(number),
        _ => None,
    }
}

/// Between two bounds there must be room for a value.
fn ordered<T: PartialOrd>(
    body: &Node,
    (low, high): (&str, &str),
    of: fn(&Node) -> Option<T>,
    problems: &mut Problems,
) {
    let (Some(least), Some(most)) = (body.get(low), body.get(high)) else {
        return;
    };
    if let (Some(from), Some(to)) = (of(least), of(most))
        && from > to
    {
        let message = format!(
            "No value is both from `{low}` {} on and up to `{high}` {}.",
            least.text(),
            most.text()
        );
        problems.add("TW004", most.at, message, "Swap them.".into());
    }
}

/// The country of phone numbers, the currency of amounts.
fn places(body: &Node, problems: &mut Problems) {
    if let Some(country) = body.get("country") {
        country_code(country, problems);
    }
    if let Some(currency) = body.get("currency") {
        currency_code(currency, problems);
    }
}

/// A country by its two letters.
pub(super) fn country_code(node: &Node, problems: &mut Problems) {
    let words = Words::of(&Locale::of("en"));
    let text = node.text();
    if words.is_country_code(&text) {
        return;
    }
    let help = match words.country_code(&text) {
        Some(code) => format!("Write `{code}`."),
        None => String::new(),
    };
    let message =
        format!("`country` wants the two letters of a country, like `US`; this is `{text}`.");
    problems.add("TW004", node.at, message, help);
}

/// A currency by its three letters.
pub(super) fn currency_code(node: &Node, problems: &mut Problems) {
    let text = node.text();
    if text.len() != 3 || !text.chars().all(|c| c.is_ascii_uppercase()) {
        let message = format!(
            "`currency` wants the three letters of a currency, like `USD`; this is `{text}`."
        );
        problems.add("TW004", node.at, message, String::new());
    }
}

/// A rule says or asks something.
fn rules(body: &Node, problems: &mut Problems) {
    for rule in body.get("validate").map(Node::items).unwrap_or_default() {
        problems.keys(rule, "a rule", &["if", "say", "ask"]);
        if rule.get("say").is_none() && rule.get("ask").is_none() && rule.get("if").is_some() {
            let message = "A rule needs `say` or `ask`.".to_owned();
            problems.add("TW005", rule.at, message, String::new());
        }
    }
}
