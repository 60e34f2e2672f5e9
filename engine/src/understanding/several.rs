//! One request for two records: "show Ida Blum and Tom Reed". The same is done to one after the other; a name with "and" in it
//! stays one.

use crate::effect::Does;
use crate::template::{Slot, Template};

use super::act::Act;
use super::entity;
use super::first::first;
use super::holds::names_it;
use super::interruption::digressing;
use super::message::{Moment, Understood, inform, reader};
use super::words::Words;

/// Most words of a person's name.
const NAME: usize = 3;

/// Two records at an open question: both named where one is asked for, or a request for two of them.
pub(super) fn two_records(
    moment: &Moment<'_>,
    template: &Template,
    slot: &Slot,
    text: &str,
    words: &Words,
) -> Option<Vec<Act>> {
    let (before, behind) = apart(text, words)?;
    if names_it(slot, template) && is_person(before, words) {
        let reader = reader(moment, template);
        let first = entity::read(slot, before, &reader).ok()?;
        let second = entity::read(slot, behind, &reader).ok()?;
        return Some(vec![
            inform(slot, first.value, before),
            Act::Digress {
                template: template.id.clone(),
            },
            inform(slot, second.value, behind),
        ]);
    }
    let others = several(moment, words, text, &mut Understood::default())?;
    // What runs is asked for once more, with both of its records: the first is the answer.
    let same = matches!(others.first(), Some(Act::Start { template: id }) if *id == template.id);
    let own = usize::from(same && names_it(slot, template));
    Some(digressing(others.into_iter().skip(own).collect()).collect())
}

/// What stands before and behind the "and" of a text that ends with a person.
fn apart<'t>(text: &'t str, words: &Words) -> Option<(&'t str, &'t str)> {
    let (at, joint) = text
        .char_indices()
        .map(|(at, _)| (at, words.joint(&text[at..])))
        .filter(|(at, joint)| *at > 0 && *joint > 0)
        .last()
        // A comma may part a name from its address.
        .filter(|(at, joint)| words.inside_names.contains(text[*at..at + joint].trim()))?;
    let behind = text[at + joint..].trim_end_matches(['?', '!', '.', ' ']);
    is_person(behind, words).then_some((&text[..at], behind))
}

/// A request that reads or deletes, made for two records that can't be one.
pub(super) fn several(
    moment: &Moment<'_>,
    words: &Words,
    text: &str,
    understood: &mut Understood,
) -> Option<Vec<Act>> {
    let (head, behind) = apart(text, words)?;
    let mut of_head = Understood::default();
    let mut acts = first(moment, words, head, &mut of_head);
    let Some(Act::Start { template: id }) = acts.first() else {
        return None;
    };
    let template: &Template = moment.templates.current.get(id)?;
    let slot = template
        .slots
        .values()
        .find(|slot| names_it(slot, template))?;
    if !matches!(template.does(), Does::Read | Does::Delete) {
        return None;
    }
    let record = acts.iter().position(|act| {
        matches!(act, Act::Inform(given) if given.slot == slot.id && is_person(&given.text, words))
    })?;
    let reading = entity::read(slot, behind, &reader(moment, template)).ok()?;
    let mut others = acts.clone();
    others[record] = inform(slot, reading.value, behind);
    acts.extend(others);
    *understood = of_head;
    Some(acts)
}

/// Whether a piece is an address, or a name of a person and of nothing else.
fn is_person(piece: &str, words: &Words) -> bool {
    if piece.contains('@') && !piece.contains(' ') {
        return true;
    }
    let parts: Vec<&str> = piece.split(' ').collect();
    let lettered = |part: &&str| {
        part.chars()
            .all(|c| c.is_alphabetic() || "'’-.".contains(c))
    };
    let company = |part: &&str| {
        let lower = part.to_lowercase();
        words.company_words.contains(&lower) || words.things_too.contains(&lower)
    };
    let known = words.first_names.contains(&parts[0].to_lowercase());
    let capitals = parts.len() > 1
        && parts
            .iter()
            .all(|part| part.starts_with(char::is_uppercase));
    parts.len() <= NAME
        && parts.iter().all(lettered)
        && !parts.iter().any(company)
        && (known || capitals)
}
