//! Which template a text is meant for, beyond what it is most like: by its verb, by what it holds, by the thing that it is
//! about. A write is never started by a guess.

use crate::Value;
use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::about::{is_noun, nouns, same};
use super::act::{Act, Given};
use super::aim::{Aim, is_own, is_preposition};
use super::clause::names_of;
use super::given::given_with;
use super::learned::Chosen;
use super::message::Moment;
use super::owned;
use super::words::{Words, normal};

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
        // "Trash Fernhill": a verb of the language and a name are enough, or the verb and the thing.
        return aim.and_then(|aim| {
            let at = || likely(aim.does, 0.0).filter(|id| of(id).is_some_and(|t| aim.is_at(t)));
            let named = aim
                .names_one(words)
                .then(|| likely(aim.does, NAMED))
                .flatten();
            named.or_else(|| at().filter(|_| aim.sure))
        });
    };
    let does = of(id)?.does();
    // "Make a new lead called …": the verb and the thing itself leave no choice.
    if let Some(aim) = aim.filter(|aim| aim.does != does && (aim.does.writes() || does.writes()))
        && let Some(said) = likely(aim.does, 0.0)
        && of(&said).is_some_and(|template| aim.is_at(template))
    {
        return Some(said);
    }
    // "Make Ida's first name …": a field of somebody is changed, not made.
    if does == Does::Create
        && let Some(change) = likely(Does::Update, 0.0)
        && let Some(update) = of(&change)
        && of(id)
            .is_some_and(|template| template.object == update.object && !says_noun(template, text))
        && owned::owner(update, text, words).is_some()
    {
        return Some(change);
    }
    // "Log a deal for …": what is made is said, whatever the rest is like.
    if let Some(aim) = aim.filter(|aim| aim.does == does && does == Does::Create)
        && of(id).is_some_and(|template| !aim.is_at(template))
        && let Some((said, _)) = choice.others.iter().find(|(id, _)| {
            of(id).is_some_and(|template| template.does() == does && aim.is_at(template))
        })
    {
        return Some(said.clone());
    }
    // "Fix a typo in a lead": a verb that changes, and the thing.
    if let Some(aim) = aim.filter(|aim| aim.does == Does::Update && does == Does::Create)
        && let Some(change) = likely(aim.does, 0.0)
        && of(&change).is_some_and(|update| {
            says_noun(update, text)
                && of(id).is_some_and(|t| t.object == update.object && !becomes(t, text))
        })
    {
        return Some(change);
    }
    // "Update the deal", where deals are only made: the thing is right, and nothing does that to it.
    let changes = |does: Does| matches!(does, Does::Update | Does::Delete);
    if let Some(aim) = aim.filter(|aim| aim.does != does && changes(aim.does))
        && of(id).is_some_and(|template| {
            aim.is_at(template) || template.does() == Does::Create && says_noun(template, text)
        })
    {
        return None;
    }
    // "Find me the phone of Ida": of what reads, what tells a field.
    let asks = does == Does::Read || (aim.is_none() && words.asks(text));
    if asks && let Some(teller) = tells_field(moment, id, text, words) {
        return Some(teller);
    }
    // "Ida's title pls": a field of somebody, and nothing that it shall be.
    if does == Does::Update
        && aim.is_none_or(|aim| aim.does == Does::Read)
        && !words.says_verb(text, "update")
        && !words.says_verb(text, "delete")
        && let Some(teller) = of(id).and_then(|update| asks_only(moment, update, text, words))
    {
        return Some(teller);
    }
    // "… make her a lead": what it ends with is what it shall become.
    let at_once = aim.is_some_and(|aim| of(id).is_some_and(|template| aim.is_at(template)));
    if does == Does::Update
        && !at_once
        && let Some(create) = likely(Does::Create, UNLIKELY)
        && of(&create).is_some_and(|template| becomes(template, text))
    {
        return Some(create);
    }
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

/// A template that tells a field, where the chosen one does not and the text names a field and its owner.
fn tells_field(moment: &Moment<'_>, chosen: &str, text: &str, words: &Words) -> Option<String> {
    let has_field = |template: &Template| {
        let mut slots = template.slots.values();
        slots.any(|slot| matches!(slot.kind, SlotKind::Field { .. }))
    };
    let chosen = moment.templates.current.get(chosen)?;
    if has_field(chosen) && chosen.does() == Does::Read {
        return None;
    }
    let mut tellers = moment.templates.current.values().filter(|template| {
        template.does() == Does::Read && template.object == chosen.object && has_field(template)
    });
    let teller = tellers.next()?;
    let told = || {
        let given = given_with(moment, teller, text, true, 0.0);
        let of = |kind: fn(&SlotKind) -> bool| {
            given.iter().any(|given| {
                let slot = teller.slots.get(&given.slot);
                slot.is_some_and(|slot| kind(&slot.kind)) && !given.text.is_empty()
            })
        };
        // "Which company was Ida with": a question that names a field and somebody.
        words.wants_to_know(text)
            && of(|kind| matches!(kind, SlotKind::Field { .. }))
            && of(|kind| matches!(kind, SlotKind::Record { .. }))
    };
    (owned::owner(teller, text, words).is_some() || told()).then(|| teller.id.clone())
}

/// A template that tells a field, where a text that seems to change one has nothing to put there.
fn asks_only(moment: &Moment<'_>, update: &Template, text: &str, words: &Words) -> Option<String> {
    let given = given_with(moment, update, text, true, 1.0);
    let kind = |given: &Given| update.slots.get(&given.slot).map(|slot| &slot.kind);
    let record = |kind: &SlotKind| matches!(kind, SlotKind::Record { .. });
    let field = |kind: &SlotKind| matches!(kind, SlotKind::Field { .. });
    let only = given.iter().filter_map(kind).all(|k| record(k) || field(k));
    let both =
        given.iter().filter_map(kind).any(record) && given.iter().filter_map(kind).any(field);
    let owned = tells_field(moment, &update.id, text, words);
    if owned.is_some() || !both {
        return owned.filter(|_| only);
    }
    let mut tellers = moment.templates.current.values().filter(|template| {
        template.does() == Does::Read
            && template.object == update.object
            && template.slots.values().any(|slot| field(&slot.kind))
    });
    tellers
        .next()
        .filter(|_| only)
        .map(|teller| teller.id.clone())
}

/// Whether a text names what a template is about.
pub(super) fn says_noun(template: &Template, text: &str) -> bool {
    let said = normal(text);
    said.split(' ').any(|word| is_noun(word, template))
}

/// Whether a text ends with what a template makes: "… as a lead", "make her a new lead".
fn becomes(template: &Template, text: &str) -> bool {
    let said = normal(text);
    let mut words = said.split(' ').rev();
    let last = words.next().unwrap_or_default();
    let mut before = words.skip_while(|word| *word == "new");
    let becomes = match before.next() {
        Some("as") => true,
        // "Fix a typo in a lead": what stands there is in one already.
        Some("a" | "an") => before
            .next()
            .is_none_or(|word| word == "as" || !is_preposition(word)),
        _ => false,
    };
    becomes && nouns(template).any(|noun| last == noun)
}

/// Whether values make a whole new record of a template that creates: who it is, of what, and a way to reach them.
pub(super) fn is_whole(template: &Template, given: &[Given]) -> bool {
    let reaches = given.iter().any(|given| {
        template
            .slots
            .get(&given.slot)
            .is_some_and(|slot| matches!(slot.kind, SlotKind::Email | SlotKind::Phone { .. }))
    });
    // Or who it is and of what, and something more.
    let has = |kind: fn(&SlotKind) -> bool| {
        given.iter().any(|given| {
            template
                .slots
                .get(&given.slot)
                .is_some_and(|slot| kind(&slot.kind))
        })
    };
    let known = has(|kind| matches!(kind, SlotKind::LastName | SlotKind::FullName))
        && has(|kind| matches!(kind, SlotKind::Organization));
    template.does() == Does::Create && (reaches || known) && given.len() >= WHOLE
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
        let at = aim.is_some_and(|aim| aim.does == template.does() && aim.is_at(template));
        if given.is_empty() && !at && score < PLAIN && learned.leaves_object_out(&template.id, text)
        {
            return Some("it names neither the object nor a value");
        }
    }
    if !rejects {
        return None;
    }
    // What is not about a kind of record can't be told from another kind.
    if !is_about_records(template) {
        return None;
    }
    if template.does() == Does::Update && own_field(template, text, given) {
        return Some("it is about the user, not a record");
    }
    // What other templates are about is not what this one is about.
    let others: Vec<String> = moment
        .templates
        .current
        .values()
        .filter(|other| other.object != template.object)
        .flat_map(|other| nouns(other))
        .collect();
    if let Some(why) = put_elsewhere(text, template, &others, words) {
        return Some(why);
    }
    match aim {
        Some(aim) => aim.elsewhere(&learned.mended(text), template, &others, given, words),
        None => about_others(text, template, &others, given, words),
    }
}

/// "Add Ida to my contacts": what a text ends with is where something shall go, and it is no place of the template's.
fn put_elsewhere(
    text: &str,
    template: &Template,
    others: &[String],
    words: &Words,
) -> Option<&'static str> {
    let said = words.without_politeness(&normal(text));
    let mut back = said.split(' ').rev();
    let last = back.next()?;
    let (owner, to) = (back.next()?, back.next()?);
    let owned = words.determines(owner);
    let placed = matches!(to, "to" | "into" | "in" | "on" | "onto");
    let mut things = words.other_things.iter().chain(others);
    (template.does().writes()
        && owned
        && placed
        && !is_own(template, last)
        && things.any(|t| same(last, t)))
    .then_some("it goes to another kind of thing")
}

/// Whether a template says what kind of record it is about.
pub(super) fn is_about_records(template: &Template) -> bool {
    template.object.is_some() || !template.nouns.is_empty()
}

/// "Update my phone number": a field of whoever speaks, and no record.
fn own_field(template: &Template, text: &str, given: &[Given]) -> bool {
    let is_record = |given: &Given| {
        let slot = template.slots.get(&given.slot);
        slot.is_some_and(|slot| matches!(slot.kind, SlotKind::Record { .. }))
    };
    let text = format!(" {} ", normal(text));
    !given.iter().any(is_record)
        && template.slots.values().any(|slot| {
            let mut names = names_of(slot).iter();
            slot.field.is_some() && names.any(|name| text.contains(&format!(" my {name} ")))
        })
}

/// Whether a text without a verb that says what to do names another kind of thing, nothing of the template's own and no
/// value: "how many accounts do we have".
fn about_others(
    text: &str,
    template: &Template,
    others: &[String],
    given: &[Given],
    words: &Words,
) -> Option<&'static str> {
    let lower = normal(text);
    let mut said = lower
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty());
    let is_record = |given: &Given| {
        let slot = template.slots.get(&given.slot);
        slot.is_some_and(|slot| matches!(slot.kind, SlotKind::Record { .. }))
    };
    // "Who's our contact at Fernhill": a record that is named may well be read.
    let named = given.iter().any(is_record);
    let thing = |word: &str| {
        let foreign = words.other_things.iter().filter(|_| !named);
        let mut all = foreign.chain(others);
        all.any(|thing| same(word, thing))
    };
    let weak = given.iter().all(|given| {
        let slot = template.slots.get(&given.slot);
        slot.is_some_and(|slot| {
            matches!(slot.kind, SlotKind::Text { .. } | SlotKind::Record { .. })
        })
    });
    let names_own = said.clone().any(|word| is_own(template, word));
    let elsewhere = words.wants_to_know(text) || words.other_verb(text).is_some();
    (weak && !names_own && elsewhere && said.any(thing)).then_some("another kind of thing")
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
    let is_record = |slot: &Slot| matches!(slot.kind, SlotKind::Record { .. });
    given.retain(|given| template.slots.get(&given.slot).is_some_and(is_record));
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
