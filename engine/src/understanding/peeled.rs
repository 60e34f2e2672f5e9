//! Clauses of an answer that belong to other slots, taken off it: "Blum from Fernhill, ida@fernhill.com". What is left is for the
//! slot that was asked.

use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::clause::{at_the_end, clauses, gives, named};
use super::entity;
use super::holds::is_name;
use super::words::Words;

/// Whether a slot's values are told from names by their form.
fn has_own_form(template: &Template, slot: &str) -> bool {
    template
        .slots
        .get(slot)
        .is_some_and(|slot| matches!(slot.kind, SlotKind::Email | SlotKind::Phone { .. }))
}

/// Takes clauses that belong to other slots off the text; what is left is for the awaited slot.
pub(super) fn peeled(
    text: &str,
    template: &Template,
    slot: &Slot,
    words: &Words,
    reader: &entity::Reader<'_>,
) -> (String, Vec<Given>) {
    let pieces = clauses(text, words);
    let mut others: Vec<Given> = Vec::new();
    let mut end = text.len();
    // From the end: the answer itself stands first, and may hold commas of its own.
    for (n, piece) in pieces.iter().enumerate().rev() {
        let clause = &text[piece.start..end.min(piece.end)];
        let own = named(clause, std::iter::once(slot), words).is_some();
        let given = if own {
            None
        } else {
            gives(clause, template, Some(&slot.id), words, reader)
        };
        // What is alone and can be the answer is the answer.
        // A field that is named with its value is given, not only named: "phone to 206 555 0177".
        let field = matches!(slot.kind, SlotKind::Field { .. });
        let name = matches!(
            slot.kind,
            SlotKind::Organization | SlotKind::FirstName | SlotKind::LastName | SlotKind::City
        );
        let Some(given) = given.filter(|given| {
            let own = n == 0 && !field && entity::read(slot, clause, reader).is_ok();
            // A number alone is no name, though a company might be called so.
            !own || (name && has_own_form(template, &given.slot))
        }) else {
            break;
        };
        if others.iter().any(|other| other.slot == given.slot) {
            break;
        }
        end = if n == 0 { 0 } else { pieces[n - 1].end };
        others.insert(0, given);
    }
    let mut rest = text[..end].trim();
    // "Reykjavik Iceland": the country behind a city.
    if matches!(slot.kind, SlotKind::City) {
        let mut lands = template.slots.values().filter(|other| {
            matches!(other.kind, SlotKind::Country)
                && others.iter().all(|given| given.slot != other.id)
        });
        let land = lands.next().and_then(|other| {
            let found = entity::find(other, rest, reader);
            let last = found
                .into_iter()
                .find(|r| r.span.end == rest.len() && r.span.start > 1)?;
            Some((other, last))
        });
        if let Some((other, last)) = land {
            others.insert(
                0,
                Given {
                    slot: other.id.clone(),
                    value: Some(last.value),
                    text: rest[last.span.clone()].to_owned(),
                    adds: false,
                },
            );
            rest = rest[..last.span.start].trim_end_matches([' ', ',']);
        }
    }
    if is_name(slot) {
        // "Blum from Fernhill"
        let cut = rest
            .match_indices(' ')
            .map(|(at, _)| at)
            .find(|at| words.behind_company_cue(&rest[at + 1..]).is_some());
        if let Some(at) = cut
            && let Some(given) = gives(&rest[at + 1..], template, Some(&slot.id), words, reader)
            && others.iter().all(|other| other.slot != given.slot)
        {
            others.insert(0, given);
            rest = rest[..at].trim_end();
        }
    }
    if matches!(slot.kind, SlotKind::Text { .. } | SlotKind::Organization)
        && let Some((at, given)) = at_the_end(rest, template, &slot.id, words, reader)
        && others.iter().all(|other| other.slot != given.slot)
    {
        others.insert(0, given);
        rest = rest[..at].trim_end();
    }
    if matches!(slot.kind, SlotKind::Field { .. })
        && others.is_empty()
        && let Some(given) = gives(rest, template, Some(&slot.id), words, reader)
    {
        // "Phone to 555 …": the field and its value.
        others.push(given);
    }
    if let Some((_, behind)) = named(rest, std::iter::once(slot), words)
        && !behind.is_empty()
    {
        rest = behind;
    }
    (rest.to_owned(), others)
}
