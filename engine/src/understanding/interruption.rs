//! Another template asked for in the middle of a dialog: when an answer is one, and when it is a request that interrupts.
//! How sure that has to be depends on what was asked.

use crate::template::{Slot, SlotKind, Template};

use super::act::Act;
use super::first::{begins_so, chosen};
use super::given::given_with;
use super::holds::is_note;
use super::message::{Moment, Understood};
use super::words::{Words, normal};

/// Score from which another template interrupts where the answer can't be read.
const SURE: f32 = 0.8;
/// Score from which it interrupts where the text asks something.
const ASKED: f32 = 0.5;
/// Score from which it interrupts where the answer could be one.
const SURER: f32 = 0.9;

/// What is started in the middle of a dialog interrupts it.
pub(super) fn digressing(acts: Vec<Act>) -> impl Iterator<Item = Act> {
    acts.into_iter().map(|act| match act {
        Act::Start { template } => Act::Digress { template },
        other => other,
    })
}

/// Another template asked for in the middle of a dialog.
pub(super) fn digression(
    moment: &Moment<'_>,
    template: &Template,
    slot: &Slot,
    text: &str,
    readable: bool,
    understood: &mut Understood,
) -> Option<Vec<Act>> {
    let learned = &moment.templates.learned;
    let words = Words::of(moment.locale);
    if text.split_whitespace().count() < 2
        || words.refuses(text)
        || !learned.hints(text, &template.id)
    {
        return None;
    }
    // What the designer has among the slot's own values is one of them.
    let bare = words.without_politeness(&normal(text));
    if readable && slot.samples.iter().any(|sample| normal(sample) == bare) {
        return None;
    }
    // A readable answer is an answer, unless the text is nearly an example of the other template.
    let typed = !matches!(
        slot.kind,
        SlotKind::Text { .. }
            | SlotKind::Organization
            | SlotKind::City
            | SlotKind::Record { .. }
            | SlotKind::Field { .. }
            | SlotKind::FirstName
            | SlotKind::LastName
            | SlotKind::FullName
    );
    // "Delete number 2" where a name is asked: a row can't be called that.
    let row = words
        .retaken(text)
        .unwrap_or(text)
        .split_once(' ')
        .map(|(verb, rest)| (verb, words.without_telling(rest)))
        .filter(|(_, rest)| words.ordinal(rest).is_some() || words.points_back(rest));
    if readable && typed && row.is_none() && !learned.is_example(text) {
        return None;
    }
    // "Mark Rich" is a name where one is asked for.
    let capitals = |text: &str| {
        text.split(' ').count() < 4
            && text
                .split(' ')
                .all(|word| word.starts_with(char::is_uppercase))
    };
    if readable
        && !typed
        && capitals(text)
        && text.chars().any(char::is_lowercase)
        && !learned.is_example(text)
    {
        return None;
    }
    // "The guy from Fernhill" names a record where one is asked for.
    let first = text.split(' ').next().unwrap_or_default().to_lowercase();
    if readable
        && matches!(slot.kind, SlotKind::Record { .. })
        && words.determines(&first)
        && !learned.is_example(text)
    {
        return None;
    }
    let choice = chosen(moment, text);
    let id = choice.template.filter(|id| *id != template.id)?;
    let other = moment.templates.current.get(&id)?;
    let needed = match (readable, typed) {
        (true, true) => f32::INFINITY,
        (true, false) => SURER,
        // A question is no answer.
        (false, _) if words.asks(text) => ASKED,
        (false, _) => SURE,
    };
    // Notes may say anything; a request begins like one.
    if readable && is_note(slot) && !choice.exact && !begins_so(other, text) {
        return None;
    }
    // Words of an example around a value ("show me …") say more than a score.
    let worded = learned.worded(&other.id, text) >= 2 && choice.score >= 0.4 && !choice.tie;
    let points = row.is_some_and(|(verb, _)| begins_so(other, verb));
    // "make her cold": what begins in lower case like a request is one rather than a name.
    let begins = matches!(slot.kind, SlotKind::Record { .. })
        && choice.score >= SURE
        && text.starts_with(char::is_lowercase)
        && begins_so(other, text);
    let clear = choice.exact
        || choice.score >= needed
        || (worded && !(readable && typed))
        || points
        || begins;
    if !clear {
        return None;
    }
    understood
        .trace
        .push(format!("{} interrupts at {:.2}", other.id, choice.score));
    let mut acts = vec![Act::Digress {
        template: other.id.clone(),
    }];
    acts.extend(
        given_with(moment, other, text, !choice.exact, choice.score)
            .into_iter()
            .map(Act::Inform),
    );
    Some(acts)
}
