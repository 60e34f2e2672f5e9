//! A first turn, or anything said while nothing of a dialog is asked: commands, rows of the list shown, templates, and texts
//! that go on with what was before.

use crate::Value;
use crate::conversation::{Listed, SlotState};
use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template, Verb};

use super::act::{Act, Given};
use super::aim::Aim;
use super::command;
use super::entity;
use super::given::given_with;
use super::learned::Chosen;
use super::message::{Moment, Understood, control, inform, reader};
use super::words::Words;

/// Probability that a template needs where a verb and a name speak for it.
const NAMED: f32 = 0.02;
/// And where the verb speaks against a likelier one.
const UNLIKELY: f32 = 0.01;
/// Values that make a whole new record: a name of two parts, a company, a way to reach somebody.
const WHOLE: usize = 4;
/// Probability from which a write needs no noun and no value to be meant.
const PLAIN: f32 = 0.85;

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
    understood.trace.extend(choice.why.iter().cloned());
    if !choice.exact {
        // Where an example of the likeliest template is such a command itself, the designer means it.
        if let Some(command) = command::command(text, words)
            && !choice
                .template
                .as_ref()
                .is_some_and(|id| learned.owns(id, command))
        {
            return vec![control(command)];
        }
        if choice.template.is_none() && words.asks_for_help(text) {
            return vec![Act::Help];
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
    if !choice.exact && moment.templates.bot.understanding.reject.is_some() && !learned.knows(text)
    {
        return Vec::new();
    }
    let aim = Aim::of(text, words).filter(|_| !choice.exact);
    let Some(template) =
        aimed(moment, &choice, aim.as_ref(), text).and_then(|id| moment.templates.current.get(&id))
    else {
        return Vec::new();
    };
    if let Some(acts) = aim
        .as_ref()
        .and_then(|aim| emptied(moment, aim, template, text))
    {
        understood.template = acts.first().and_then(started);
        return acts;
    }
    // A text that is an example has no values but those whose form says so: "find a lead" finds nobody named "a lead".
    let given = given_with(moment, template, text, !choice.exact, choice.score);
    if !choice.exact
        && let Some(why) = unmeant(moment, template, aim.as_ref(), text, &given, choice.score)
    {
        understood.trace.push(format!("not {}: {why}", template.id));
        return Vec::new();
    }
    understood.template = Some(template.id.clone());
    let start = Act::Start {
        template: template.id.clone(),
    };
    std::iter::once(start)
        .chain(given.into_iter().map(Act::Inform))
        .collect()
}

/// The template that a text is meant for: the likeliest, unless its verb says something else ("show me …" writes nothing), or
/// it holds a whole new record and asks for nothing.
fn aimed(moment: &Moment<'_>, choice: &Chosen, aim: Option<&Aim>, text: &str) -> Option<String> {
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
            let reaches = given.iter().any(|given| {
                create.slots.get(&given.slot).is_some_and(|slot| {
                    matches!(slot.kind, SlotKind::Email | SlotKind::Phone { .. })
                })
            });
            if reaches && given.len() >= WHOLE {
                return Some(create.id.clone());
            }
        }
    }
    Some(id.clone())
}

/// Why a text does not start the template that it is most like. A write is never started by a guess: not one that is
/// refused, nor one that is only asked about, nor one about another kind of thing.
fn unmeant(
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
fn emptied(moment: &Moment<'_>, aim: &Aim, chosen: &Template, text: &str) -> Option<Vec<Act>> {
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

fn started(act: &Act) -> Option<String> {
    match act {
        Act::Start { template } => Some(template.clone()),
        _ => None,
    }
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
