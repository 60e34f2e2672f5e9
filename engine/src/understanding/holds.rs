//! What a slot may hold, whatever the text: notes, names of things, the record that the template is about; and whether words
//! say anything at all for it.

use std::ops::Range;

use crate::template::{Slot, SlotKind, Template};

use super::about::{is_noun, is_party};
use super::clause::names_of;

use super::words::{Words, normal};

pub(super) fn is_person(slot: &Slot) -> bool {
    matches!(slot.kind, SlotKind::FirstName | SlotKind::LastName)
}

/// Whether a slot holds notes: long text of a field.
pub(super) fn is_note(slot: &Slot) -> bool {
    let long = |most: Option<usize>| most.is_none_or(|most| most > 255);
    slot.field.is_some()
        && matches!(slot.kind, SlotKind::Text { max_length, .. } if long(max_length))
}

/// Whether a slot holds a name that somebody gives to a thing.
pub(crate) fn is_title(slot: &Slot) -> bool {
    matches!(slot.kind, SlotKind::Text { .. })
        && names_of(slot)
            .iter()
            .any(|name| name.split(' ').next_back() == Some("name"))
}

/// Whether a slot holds the record that the template is about.
pub(super) fn names_it(slot: &Slot, template: &Template) -> bool {
    matches!(&slot.kind, SlotKind::Record { object, .. } if Some(object) == template.object.as_ref())
}

/// Whether a text names a field: "status of Ida" is no name of a record.
pub(super) fn names_field(template: &Template, text: &str) -> bool {
    let text = format!(" {} ", normal(text));
    let fields = template.slots.values().filter(|slot| slot.field.is_some());
    let mut names = fields.flat_map(names_of);
    names.any(|name| text.contains(&format!(" {name} ")))
}

/// Whether an e-mail address names the record rather than a new value: nothing before it says that it is one.
pub(super) fn is_the_record(
    slot: &Slot,
    template: &Template,
    text: &str,
    span: &Range<usize>,
    words: &Words,
) -> bool {
    let mut slots = template.slots.values();
    if !matches!(slot.kind, SlotKind::Email)
        || !slots.any(|slot| matches!(slot.kind, SlotKind::Record { .. }))
    {
        return false;
    }
    let before = text[..span.start].trim_end().to_lowercase();
    // "For the lead with e-mail …" names it, "… as the new address for Ida" does not.
    if words.names_by_address(&before) {
        return true;
    }
    let behind = text[span.end..].to_lowercase();
    if words.is_new_address(&behind) {
        return false;
    }
    let says = [
        "→", "->", "=>", "use", "to", "is", "be", ":", "=", "now", "email", "e-mail", "mail",
        "address", "with",
    ];
    !says.iter().any(|word| before.ends_with(word))
}

/// Whether a piece holds more than small words: "for" is no name, and "a lead for me" and "all my leads" name no record.
pub(super) fn says_something(slot: &Slot, text: &str, template: &Template, words: &Words) -> bool {
    let names = matches!(
        slot.kind,
        SlotKind::FirstName | SlotKind::LastName | SlotKind::FullName | SlotKind::City
    );
    let record = names || matches!(slot.kind, SlotKind::Record { .. });
    if !record && !matches!(slot.kind, SlotKind::Text { .. } | SlotKind::Organization) {
        return true;
    }
    // "my" says something where the designer has it among the values.
    if slot
        .samples
        .iter()
        .any(|sample| sample.eq_ignore_ascii_case(text))
    {
        return true;
    }
    // "Scott Will": a name may be a small word with a capital.
    if is_person(slot)
        && text.starts_with(char::is_uppercase)
        && !words.not_names.contains(&normal(text))
    {
        return true;
    }
    // A number says nothing of what is told in words.
    let told =
        matches!(slot.kind, SlotKind::Text { .. }) && !is_title(slot) && slot.field.is_some();
    // "Search for someone" looks for nothing.
    let sought = matches!(slot.kind, SlotKind::Text { .. }) && slot.field.is_none();
    let other = is_party(slot, template);
    let meaning = |c: char| {
        if told || other {
            c.is_alphabetic()
        } else {
            c.is_alphanumeric()
        }
    };
    normal(text).split_whitespace().any(|word| {
        let noun =
            (record || matches!(slot.kind, SlotKind::Text { .. })) && is_noun(word, template);
        !noun
            && word.chars().any(meaning)
            && !(record && !names && words.anybody.contains(word))
            && word != "w/"
            && !words.is_function_word(word)
            && !((record || sought) && words.is_quantity(word))
    })
}

/// Whether a slot holds a name of a person, or a part of one.
pub(super) fn is_name(slot: &Slot) -> bool {
    matches!(
        slot.kind,
        SlotKind::FirstName | SlotKind::LastName | SlotKind::FullName
    )
}
