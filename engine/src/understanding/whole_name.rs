//! A whole name where one part of it is asked for: "Phyllis Selzer" fills the first and the last name. What particles lead
//! stays together.

use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::entity::{self, Reader};
use super::message::{Moment, reader};
use super::words::Words;

/// "Phyllis Selzer" where one of the two names is asked and the other is missing too.
pub(super) fn whole_name(
    moment: &Moment<'_>,
    template: &Template,
    slot: &Slot,
    text: &str,
    words: &Words,
) -> Option<Vec<Given>> {
    let kind = |slot: &&Slot| matches!(slot.kind, SlotKind::FirstName);
    let of_first = template.slots.values().find(kind)?;
    let kind = |slot: &&Slot| matches!(slot.kind, SlotKind::LastName);
    let last = template.slots.values().find(kind)?;
    let other = match slot.kind {
        SlotKind::FirstName => last,
        SlotKind::LastName => of_first,
        _ => return None,
    };
    let dialog = moment.conversation.dialogs.last()?;
    if dialog.value(&other.id).is_some() {
        return None;
    }
    let asked_last = slot.id == last.id;
    let (first, rest) = text.trim_end_matches(['.', '!']).split_once(' ')?;
    if !is_whole_name(first, rest, asked_last, words) {
        return None;
    }
    let reader = reader(moment, template);
    let names = [(of_first, first), (last, rest)];
    names
        .map(|(slot, piece)| part(slot, piece, &reader))
        .into_iter()
        .collect()
}

/// The first and the last name of a whole one, where a template keeps them apart.
pub(super) fn parts(
    template: &Template,
    name: &str,
    reader: &Reader<'_>,
    words: &Words,
) -> Option<[Given; 2]> {
    let mut slots = template.slots.values();
    let first = slots.find(|slot| matches!(slot.kind, SlotKind::FirstName))?;
    let mut slots = template.slots.values();
    let last = slots.find(|slot| matches!(slot.kind, SlotKind::LastName))?;
    let end = entity::first_name_of(name, words)?;
    Some([
        part(first, &name[..end], reader)?,
        part(last, &name[end + 1..], reader)?,
    ])
}

fn part(slot: &Slot, piece: &str, reader: &Reader<'_>) -> Option<Given> {
    let reading = entity::read(slot, piece, reader).ok()?;
    Some(Given {
        slot: slot.id.clone(),
        value: Some(reading.value),
        text: piece.to_owned(),
        adds: false,
    })
}

/// Whether a first and a last name stand side by side: two words, or more where particles lead the last one.
fn is_whole_name(first: &str, rest: &str, asked_last: bool, words: &Words) -> bool {
    let plain = |word: &str| word.chars().all(|c| c.is_alphabetic() || "'’-".contains(c));
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    let particle = |word: &str| words.particles.contains(&word.to_lowercase());
    let (before, last) = rest.rsplit_once(' ').map_or(("", rest), |(b, l)| (b, l));
    let known = words.first_names.contains(&first.to_lowercase());
    // Small letters tell no name but that of a first name that is known.
    let written = (capital(first) && capital(last))
        || (asked_last && known && !capital(first) && before.is_empty());
    [first, last].into_iter().all(plain)
        && written
        && before.split_whitespace().all(particle)
        && first.chars().count() > 1
        // "Van Berg" is a last name, "Blum Jr" and "Dr. Blum" too.
        && !particle(first)
        && !particle(last)
        && !words.suffixes.contains(&last.to_lowercase())
        && !words.honorifics.contains(&first.to_lowercase())
        // "Mary Ann" is one first name.
        && (asked_last || !words.first_names.contains(&rest.to_lowercase()))
}
