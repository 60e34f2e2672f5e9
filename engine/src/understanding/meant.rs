//! Which template a text is meant for, beyond what it is most like: by its verb, by what it holds, by the thing that it is
//! about. A write is never started by a guess.

use crate::Value;
use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::act::{Act, Given};
use super::aim::Aim;
use super::given::given_with;
use super::learned::Chosen;
use super::message::Moment;
use super::words::Words;

/// Probability that a template needs where a verb and a name speak for it.
const NAMED: f32 = 0.02;
/// And where the verb speaks against a likelier one.
const UNLIKELY: f32 = 0.01;
/// Values that make a whole new record: a name of two parts, a company, a way to reach somebody.
const WHOLE: usize = 4;
/// Probability from which a write needs no noun and no value to be meant.
const PLAIN: f32 = 0.85;

/// The template that a text is meant for: the likeliest, unless its verb says something else ("show me …" writes nothing), or
/// it holds a whole new record and asks for nothing.
pub(super) fn aimed(
    moment: &Moment<'_>,
    choice: &Chosen,
    aim: Option<&Aim>,
    text: &str,
) -> Option<String> {
    let words = Words::of(moment.locale);
    let of = |id: &str| moment.templates.current.get(id);
    let likely = |does: Does, least: f32| {
        let mut all = choice.others.iter().filter(|(_, score)| *score >= least);
        all.find(|(id, _)| of(id).is_some_and(|template| template.does() == does))
            .map(|(id, _)| id.clone())
    };
    if choice.exact || moment.templates.bot.understanding.reject.is_none() {
        return choice.template.clone();
    }
    let Some(id) = &choice.template else {
        // "Trash Fernhill": a verb of the language and a name are enough.
        return aim
            .filter(|aim| aim.names_one(words))
            .and_then(|aim| likely(aim.does, NAMED));
    };
    let does = of(id)?.does();
    if let Some(aim) = aim.filter(|aim| aim.sure && aim.does != does) {
        // A field that is to be emptied is an update, whatever its verb.
        let field = moment
            .templates
            .current
            .values()
            .any(|t| aim.emptied(t).is_some());
        if !field && (does.writes() || aim.does.writes()) {
            return likely(aim.does, UNLIKELY).or_else(|| {
                let both_write = does.writes() && aim.does.writes();
                (!both_write && !does.writes()).then(|| id.clone())
            });
        }
    }
    if does == Does::Read && aim.is_none() && !words.asks(text) {
        let create = likely(Does::Create, UNLIKELY).and_then(|id| of(&id).cloned());
        if let Some(create) = create {
            let given = given_with(moment, &create, text, false, 0.0);
            if is_whole(&create, &given) {
                return Some(create.id.clone());
            }
        }
    }
    Some(id.clone())
}

/// Whether values make a whole new record of a template that creates: who it is, of what, and a way to reach them.
pub(super) fn is_whole(template: &Template, given: &[Given]) -> bool {
    let reaches = given.iter().any(|given| {
        template
            .slots
            .get(&given.slot)
            .is_some_and(|slot| matches!(slot.kind, SlotKind::Email | SlotKind::Phone { .. }))
    });
    template.does() == Does::Create && reaches && given.len() >= WHOLE
}

/// Why a text does not start the template that it is most like. A write is never started by a guess: not one that is
/// refused, nor one that is only asked about, nor one about another kind of thing.
pub(super) fn unmeant(
    moment: &Moment<'_>,
    template: &Template,
    aim: Option<&Aim>,
    text: &str,
    given: &[Given],
    score: f32,
) -> Option<&'static str> {
    let words = Words::of(moment.locale);
    let learned = &moment.templates.learned;
    let rejects = moment.templates.bot.understanding.reject.is_some();
    if template.does().writes() {
        if words.refuses(text) {
            return Some("it is refused");
        }
        if !rejects {
            return None;
        }
        if words.wants_to_know(text) {
            return Some("a question changes nothing");
        }
        if given.is_empty() && learned.other_noun(&template.id, text) {
            return Some("it is about another thing");
        }
        if given.is_empty() && score < PLAIN && learned.leaves_object_out(&template.id, text) {
            return Some("it names neither the object nor a value");
        }
    }
    if !rejects {
        return None;
    }
    aim?.elsewhere(text, template, given, words)
}

/// "Delete the phone of Ida": what is to go is a field, so the record is changed, whatever the words are most like.
pub(super) fn emptied(
    moment: &Moment<'_>,
    aim: &Aim,
    chosen: &Template,
    text: &str,
) -> Option<Vec<Act>> {
    let mut updating = moment.templates.current.values().filter_map(|template| {
        let same = template.object == chosen.object;
        Some((template, aim.emptied(template).filter(|_| same)?))
    });
    let (template, id) = updating.next()?;
    let mut given = given_with(moment, template, text, true, 1.0);
    let is_field = |slot: &Slot| matches!(slot.kind, SlotKind::Field { .. });
    given
        .retain(|given| given.slot != id && !template.slots.get(&given.slot).is_some_and(is_field));
    // Whose it is has to be said: "delete the phone" alone may mean anything.
    if given.is_empty() {
        return None;
    }
    let nothing = Given {
        slot: id.to_owned(),
        value: Some(Value::String(String::new())),
        text: String::new(),
        adds: false,
    };
    let start = Act::Start {
        template: template.id.clone(),
    };
    let informs = given.into_iter().chain([nothing]).map(Act::Inform);
    Some(std::iter::once(start).chain(informs).collect())
}

pub(super) fn started(act: &Act) -> Option<String> {
    match act {
        Act::Start { template } => Some(template.clone()),
        _ => None,
    }
}
