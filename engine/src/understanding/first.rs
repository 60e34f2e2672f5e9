//! A first turn, or anything said while nothing of a dialog is asked: commands, rows of the list shown, templates, and texts
//! that go on with what was before.

use crate::conversation::{Listed, SlotState};
use crate::template::{SlotKind, Template, Verb};

use super::act::{Act, Given};
use super::command;
use super::entity;
use super::given::given_with;
use super::message::{Moment, Understood, control, inform, reader};
use super::words::Words;

/// A first turn, or anything said while nothing of the dialog is asked.
pub(super) fn first(
    moment: &Moment<'_>,
    words: &Words,
    text: &str,
    understood: &mut Understood,
) -> Vec<Act> {
    let learned = &moment.templates.learned;
    let choice = learned.choose(moment, text);
    understood.score = choice.score;
    understood.others.clone_from(&choice.others);
    understood.trace.extend(choice.why);
    if !choice.exact {
        if let Some(command) = command::command(text, words) {
            return vec![control(command)];
        }
        if let Some(n) = row(moment, text, words) {
            return vec![Act::Choose { option: n }];
        }
    }
    if !choice.exact
        && let Some(acts) = goes_on(moment, words, text)
    {
        return acts;
    }
    // A bare number, or words that no example has, start nothing.
    if !choice.exact && !learned.knows(text) {
        return Vec::new();
    }
    let Some(template) = choice
        .template
        .and_then(|id| moment.templates.current.get(&id))
    else {
        return Vec::new();
    };
    // A text that is an example has no values but those whose form says so: "find a lead" finds nobody named "a lead".
    let given = given_with(moment, template, text, !choice.exact, choice.score);
    if !choice.exact && template.does().writes() {
        // A write is never started by a guess: not one that is refused, nor one about another kind of thing.
        if words.refuses(text) {
            understood
                .trace
                .push(format!("{} is refused by the words", template.id));
            return Vec::new();
        }
        if given.is_empty() && learned.other_noun(&template.id, text) {
            understood
                .trace
                .push(format!("{} is about another thing", template.id));
            return Vec::new();
        }
    }
    understood.template = Some(template.id.clone());
    let start = Act::Start {
        template: template.id.clone(),
    };
    std::iter::once(start)
        .chain(given.into_iter().map(Act::Inform))
        .collect()
}

/// A text that goes on with what was before: "and Ida?" asks the last thing of another, "only the hot ones" narrows the
/// list last shown.
fn goes_on(moment: &Moment<'_>, words: &Words, text: &str) -> Option<Vec<Act>> {
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
    let rest = words
        .follow_up(text)?
        .trim_end_matches(['?', '.', '!', ' ']);
    let template = moment
        .templates
        .current
        .get(moment.conversation.last.as_ref()?)?;
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
fn row(moment: &Moment<'_>, text: &str, words: &Words) -> Option<usize> {
    moment.conversation.list.as_ref()?;
    words.ordinal(text)?.checked_sub(1)
}
