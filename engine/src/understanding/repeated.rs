//! The request that runs, made again in the middle of it: with its record, where one is asked for ("delete number 3"), or
//! for another one ("new lead Ann Lee"). Requests of other templates are left to the interruption.

use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::about::is_noun;
use super::act::Act;
use super::aim::Aim;
use super::first::chosen;
use super::given::given_with;
use super::going_on::request_for;
use super::holds::is_name;
use super::message::Moment;
use super::words::{Words, normal};

/// Score from which a text asks for what runs once more.
const SURE: f32 = 0.5;
/// Words among which a request names its thing.
const NEAR: usize = 4;

/// A text where a record is asked for that is no name of one: the request again, a question, or a word that points at
/// nothing.
pub(super) fn for_the_record(
    moment: &Moment<'_>,
    template: &Template,
    slot: &Slot,
    text: &str,
    words: &Words,
) -> Option<Vec<Act>> {
    let SlotKind::Record { object, .. } = &slot.kind else {
        return None;
    };
    let bare = words.without_politeness(&normal(text));
    let first = bare.split(' ').next().unwrap_or_default();
    // "Mark Reid" is a name, though "mark" may be a verb.
    let person = words.first_names.contains(first);
    let verb = words
        .verb(&bare)
        .filter(|(does, _, _)| *does == template.does() && !person)
        .filter(|_| text.starts_with(char::is_lowercase));
    // "Acme?" names a company; "what's her company" does not.
    let asks = words.asks(text.trim_end_matches(['?', ' ']));
    if verb.is_some() || asks {
        let given = given_with(moment, template, text, true, 1.0);
        if given.iter().any(|given| given.slot == slot.id) {
            return Some(given.into_iter().map(Act::Inform).collect());
        }
    }
    let behind = verb.map_or(bare.as_str(), |(_, end, _)| bare[end..].trim());
    let known = moment.conversation.record.as_ref();
    let known = known.is_some_and(|record| record["object"].as_str() == Some(object.as_str()));
    let nobody = words.points_back(words.without_telling(behind)) && !known;
    (asks || nobody).then(|| {
        vec![Act::Invalid {
            slot: slot.id.clone(),
            reason: String::new(),
        }]
    })
}

/// "New lead Ann Lee" while a lead is made: another one, with what is told of it.
pub(super) fn another(
    moment: &Moment<'_>,
    template: &Template,
    text: &str,
    words: &Words,
) -> Option<Vec<Act>> {
    if template.does() != Does::Create {
        return None;
    }
    // "And another one for Ann Lee".
    let more = words.once_more(text).filter(|rest| {
        let behind = text[..text.len() - rest.len()].trim_end();
        behind.ends_with([':', ','])
            || words
                .to_party
                .contains(rest.split(' ').next().unwrap_or_default())
    });
    let full = more.map(|rest| request_for(template, rest, words));
    let text = full.as_deref().unwrap_or(text);
    let lower = words.without_politeness(&normal(text));
    let noun = |word: &str| is_noun(word, template);
    let begins = lower
        .split(' ')
        .next()
        .is_some_and(|word| words.is_quantity(word))
        && lower.split(' ').nth(1).is_some_and(noun);
    let aims =
        Aim::of(text, words).is_some_and(|aim| aim.does == Does::Create && aim.is_at(template));
    if !(begins || aims && lower.split(' ').take(NEAR).any(noun)) {
        return None;
    }
    let choice = chosen(moment, text);
    if choice.template.as_deref() != Some(template.id.as_str()) || choice.score < SURE {
        return None;
    }
    let dialog = moment.conversation.dialogs.last()?;
    let given = given_with(moment, template, text, true, 1.0);
    let anew = given.iter().any(|given| {
        template.slots.get(&given.slot).is_some_and(is_name)
            && given.value.as_ref() != dialog.value(&given.slot)
    });
    let start = Act::Digress {
        template: template.id.clone(),
    };
    anew.then(|| {
        std::iter::once(start)
            .chain(given.into_iter().map(Act::Inform))
            .collect()
    })
}
