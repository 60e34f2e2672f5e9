//! Texts that go on with what was before: "and Ida?", "only the hot ones", "another one for Tom Reed", a row of the list last
//! shown. Requests of their own are the first turn's.

use crate::conversation::{Listed, SlotState};
use crate::effect::Does;
use crate::template::{SlotKind, Template, Verb};

use super::act::{Act, Given};
use super::clause::named;
use super::entity;
use super::first::first;
use super::given::given_with;
use super::message::{Moment, Understood, inform, reader};
use super::words::Words;

/// A text that goes on with what was before: "and Ida?" asks the last thing of another, "only the hot ones" narrows the
/// list last shown.
pub(super) fn goes_on(moment: &Moment<'_>, words: &Words, text: &str) -> Option<Vec<Act>> {
    let start = |template: &Template| Act::Start {
        template: template.id.clone(),
    };
    if let Some(rest) = words.narrowing(text)
        && let Some(list) = &moment.conversation.list
    {
        let template = narrows(moment, list)?;
        let mut given = given_with(moment, template, rest, true, 1.0);
        if given.is_empty() {
            return None;
        }
        // What the list was found by still holds, unless it is said anew.
        for (slot, state) in &list.slots {
            if let SlotState::Filled { value, text } = state
                && template.slots.contains_key(slot)
                && !given.iter().any(|new| new.slot == *slot)
            {
                given.push(Given {
                    slot: slot.clone(),
                    value: Some(value.clone()),
                    text: text.clone(),
                    adds: false,
                });
            }
        }
        return Some(
            std::iter::once(start(template))
                .chain(given.into_iter().map(Act::Inform))
                .collect(),
        );
    }
    if let Some(rest) = words.once_more(text)
        && let Some(last) = &moment.conversation.last
        && let Some(template) = moment.templates.current.get(last)
        && template.does() == Does::Create
    {
        let acts = first(
            moment,
            words,
            &request_for(template, rest, words),
            &mut Understood::default(),
        );
        let same = matches!(acts.first(), Some(Act::Start { template: id }) if *id == template.id);
        return same.then_some(acts);
    }
    let rest = words
        .follow_up(text)
        .or_else(|| words.retaken(text))?
        .trim_end_matches(['?', '.', '!', ' ']);
    let template = moment
        .templates
        .current
        .get(moment.conversation.last.as_ref()?)?;
    // "And his phone is …" is about the same record, not about another.
    let opens = rest.split_whitespace().next().unwrap_or_default();
    if words.points_back(opens) || named(rest, template.slots.values(), words).is_some() {
        return None;
    }
    // "Actually make him warm" names nobody, "and another one for Ida" asks for what was made last.
    let mut said = rest.split_whitespace().skip(1);
    if words.is_verb(&opens.to_lowercase()) && said.any(|word| words.points_back(word)) {
        return None;
    }
    let mut open = template.slots.values().filter(|slot| {
        matches!(slot.kind, SlotKind::Record { .. })
            || (slot.field.is_none() && matches!(slot.kind, SlotKind::Text { .. }))
    });
    let (Some(slot), None) = (open.next(), open.next()) else {
        return None;
    };
    let reading = entity::read(slot, rest, &reader(moment, template)).ok()?;
    Some(vec![start(template), inform(slot, reading.value, rest)])
}

/// A request for a template in full, of the words behind "another one".
pub(super) fn request_for(template: &Template, rest: &str, words: &Words) -> String {
    let starter = crate::dialog::stack::starter(template);
    let opens = rest.split(' ').next().unwrap_or_default();
    let joined =
        rest.is_empty() || words.is_function_word(opens) || words.company_cues.contains(opens);
    let sign = if joined { "" } else { ":" };
    format!("{starter}{sign} {rest}").trim_end().to_owned()
}

/// The template that narrows a list.
fn narrows<'a>(moment: &Moment<'a>, list: &Listed) -> Option<&'a Template> {
    let shown_by = moment.templates.current.get(&list.template)?;
    let step = crate::dialog::find(shown_by, moment.templates, &list.step)?;
    let Verb::Show(show) = &step.verb else {
        return None;
    };
    moment
        .templates
        .current
        .get(show.narrow.as_ref()?)
        .map(std::convert::AsRef::as_ref)
}

/// A row of the list last shown, from 0.
pub(super) fn row(moment: &Moment<'_>, text: &str, words: &Words) -> Option<usize> {
    let list = moment.conversation.list.as_ref()?;
    if words.is_last(text) {
        return (usize::try_from(list.offset).ok()? + list.rows.len()).checked_sub(1);
    }
    words.ordinal(text)?.checked_sub(1)
}
