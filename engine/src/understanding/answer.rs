//! An answer while a slot is asked: a command, the value, values of other slots beside it, a correction, or another request.

use std::borrow::Cow;

use crate::Value;
use crate::effect::Does;
use crate::event::Message;
use crate::template::{Slot, SlotKind, Template};

use super::act::{Act, Given};
use super::amended::{amended, at_last};
use super::clause::{STRONG, clauses, left_out, named, read};
use super::command::{self, Command};
use super::confirmation::changes;
use super::entity::{self, Refusal};
use super::first::{also_asked, first};
use super::holds::{is_name, is_note};
use super::interruption::{digressing, digression};
use super::listing::listing;
use super::message::{Moment, Understood, control, inform, reader, running};
use super::parked::{refusal, refused};
use super::peeled::peeled;
use super::questioned::asks_of_this;
use super::repeated::{another, for_the_record};
use super::replaced::replaced;
use super::retaken::retaken;
use super::several::two_records;
use super::whole_name::{parts, whole_name};
use super::words::{Words, normal};

/// Probability from which a tag in an answer is a value.
const TAGGED: f32 = 0.6;
/// Probability from which a tag in small letters is a name.
const NAMED: f32 = 0.9;
/// Most words of a question about what is being made.
const SHORT: usize = 7;
/// Certainty of a value behind the name of its slot.
const LABELLED: f32 = 0.95;

pub(super) fn answer(
    moment: &Moment<'_>,
    words: &Words,
    id: &str,
    message: &Message,
    understood: &mut Understood,
) -> Vec<Act> {
    let Some(template) = running(moment) else {
        return Vec::new();
    };
    let Some(slot) = template.slots.get(id) else {
        return Vec::new();
    };
    let text = message.said().into_owned();
    match command::command(&text, words) {
        Some(Command::Affirm) if matches!(slot.kind, SlotKind::Boolean) => {
            return vec![inform(slot, Value::Bool(true), &text)];
        }
        Some(Command::Deny) if matches!(slot.kind, SlotKind::Boolean) => {
            return vec![inform(slot, Value::Bool(false), &text)];
        }
        // A yes is no answer to an open question; the type may want the word.
        Some(Command::Affirm | Command::Noted)
            if !text.trim().contains(' ')
                && !words.is_polite(&normal(&text))
                && entity::read(slot, &text, &reader(moment, template)).is_ok()
                && is_word(slot) => {}
        // "Save it" where more is asked that may be left out.
        Some(Command::Affirm) if slot.optional && words.does(&text) == Some(template.does()) => {
            return vec![control(Command::SkipAll)];
        }
        Some(command) => return vec![control(command)],
        None => {}
    }
    if let Some(given) = listing(moment, template, Some(slot), &text, words) {
        return vec![Act::Correct(given)];
    }
    if let Some(named) = left_out(template, &text, words) {
        return vec![Act::Skip {
            slot: (named != id).then_some(named),
            all: false,
        }];
    }
    if let Some(command) = words.sentence(&text) {
        return vec![control(command)];
    }
    // "What's his title?" while a lead is made asks of that lead.
    let short = text.split_whitespace().count() <= SHORT;
    if template.does() == Does::Create && short && asks_of_this(template, &text, words) {
        return vec![Act::Invalid {
            slot: slot.id.clone(),
            reason: String::new(),
        }];
    }
    // "Don't delete Jane" names nobody.
    if matches!(slot.kind, SlotKind::Record { .. }) && words.refuses(&text) {
        return vec![refusal(template, &text, words)];
    }
    // Nor is "don't delete Ida" anybody's name, or an address that was mistyped.
    if !matches!(slot.kind, SlotKind::Text { .. })
        && words.refuses(&text)
        && refused(&text, words).is_some()
    {
        return vec![refusal(template, &text, words)];
    }
    if !is_note(slot)
        && let Some(acts) = two_records(moment, template, slot, &text, words)
    {
        return acts;
    }
    if let Some(acts) = another(moment, template, &text, words) {
        return acts;
    }
    // Notes may say anything.
    if !is_note(slot)
        && let Some((own, request)) = also_asked(moment, words, template, &text)
    {
        let own = Message {
            text: own.to_owned(),
            value: None,
        };
        let mut acts = answer(moment, words, id, &own, understood);
        acts.extend(digressing(first(moment, words, request, understood)));
        return acts;
    }
    if let Some(acts) = corrected(moment, template, slot, &text, words) {
        return acts;
    }
    let reader = reader(moment, template);
    if let Some(acts) = all_named(template, &text, &reader) {
        return acts;
    }
    if let Some(replaced) = replaced(moment, template, Some(id), &text, &reader) {
        let own = replaced.given.slot == id;
        let mut acts = vec![if own {
            Act::Inform(replaced.given)
        } else {
            Act::Correct(replaced.given)
        }];
        if !own && is_found(slot) {
            let rest = entity::read(slot, &replaced.rest, &reader);
            acts.extend(rest.map(|reading| inform(slot, reading.value, &replaced.rest)));
        }
        return acts;
    }
    if let Some(given) = retaken(moment, template, slot, &text, words) {
        return given.into_iter().map(Act::Correct).collect();
    }
    // "No, Tom Reed": what stands behind the correction is the answer.
    let text = match words.retaken(&text) {
        Some(rest) if entity::read(slot, rest, &reader).is_ok() => rest.to_owned(),
        _ => text,
    };
    let text = match slot.kind {
        SlotKind::Text { .. } if is_note(slot) => text,
        SlotKind::Text { .. } => words.without_hedge(&text).to_owned(),
        _ => {
            let last =
                at_last(&text, words).filter(|last| entity::read(slot, last, &reader).is_ok());
            let meant = last.map_or_else(|| amended(&text, words), Cow::Borrowed);
            words.without_hedge(&meant).to_owned()
        }
    };
    if let Some(given) = time_instead(template, slot, &text, &reader) {
        return vec![Act::Correct(given)];
    }
    let (rest, others) = peeled(&text, template, slot, words, &reader);
    let read = entity::read(slot, &rest, &reader);
    // "Anything from last week?" is no name of a deal.
    let asked = words.asks_for_any(&text)
        && matches!(
            slot.kind,
            SlotKind::Text { .. } | SlotKind::Organization | SlotKind::City
        );
    let read = if asked && !is_note(slot) {
        Err(Refusal { reason: "" })
    } else {
        read
    };
    // "No phone, but her e-mail is …": the one is left out, the other told.
    if !others.is_empty()
        && let Some(named) = left_out(template, &rest, words)
    {
        let skip = Act::Skip {
            slot: (named != id).then_some(named),
            all: false,
        };
        return std::iter::once(skip)
            .chain(others.into_iter().map(Act::Inform))
            .collect();
    }
    if let Some(digression) = digression(moment, template, slot, &text, read.is_ok(), understood) {
        return digression;
    }
    if let Some(acts) = for_the_record(moment, template, slot, &text, words) {
        return acts;
    }
    let mut acts = Vec::new();
    let mut reason = "";
    // "None, but call 555 …": what is left of the answer may be a command.
    let left = (!others.is_empty())
        .then(|| command::command(&rest, words))
        .flatten()
        .filter(|command| matches!(command, Command::Skip | Command::DontKnow | Command::Deny));
    match read {
        _ if left.is_some() => acts.extend(left.map(control)),
        Ok(reading) => match whole_name(moment, template, slot, &rest[reading.span.clone()], words)
        {
            Some(parts) => acts.extend(parts.into_iter().map(Act::Inform)),
            None if is_found(slot) => acts.push(inform(slot, reading.value, &rest[reading.span])),
            None => acts.push(inform(slot, reading.value, &rest)),
        },
        Err(refusal) => reason = refusal.reason,
    }
    let told: Vec<&str> = others.iter().map(|given| given.slot.as_str()).collect();
    beside(moment, template, slot, &rest, &told, &mut acts);
    for given in others {
        let filled = moment
            .conversation
            .dialogs
            .last()
            .and_then(|d| d.value(&given.slot));
        let changes = filled.is_some_and(|old| given.value.as_ref() != Some(old));
        acts.push(if changes {
            Act::Correct(given)
        } else {
            Act::Inform(given)
        });
    }
    if acts.is_empty() {
        acts.push(Act::Invalid {
            slot: slot.id.clone(),
            reason: reason.to_owned(),
        });
    }
    acts
}

/// "Make it 3 pm" where a number is asked: the only number in it is that of a time or a day.
fn time_instead(
    template: &Template,
    slot: &Slot,
    text: &str,
    reader: &entity::Reader<'_>,
) -> Option<Given> {
    if !matches!(slot.kind, SlotKind::Number(_) | SlotKind::Percent(_)) {
        return None;
    }
    let timed = template.slots.values().filter(|slot| {
        matches!(
            slot.kind,
            SlotKind::Time(_) | SlotKind::Date(_) | SlotKind::DateTime(_)
        )
    });
    timed.into_iter().find_map(|slot| {
        let found = entity::find(slot, text, reader).into_iter().find(|found| {
            let rest = [&text[..found.span.start], &text[found.span.end..]];
            found.certainty >= STRONG
                && text[found.span.clone()].contains(char::is_alphabetic)
                && !rest
                    .iter()
                    .any(|rest| rest.contains(|c: char| c.is_ascii_digit()))
        })?;
        Some(Given {
            slot: slot.id.clone(),
            value: Some(found.value),
            text: text[found.span].to_owned(),
            adds: false,
        })
    })
}

/// "First name Ida last name Blum": values that are all told by the names of their slots.
fn all_named(template: &Template, text: &str, reader: &entity::Reader<'_>) -> Option<Vec<Act>> {
    let named = |slot: &&Slot| is_name(slot) || matches!(slot.kind, SlotKind::Organization);
    let mut given: Vec<Given> = Vec::new();
    for (slot, found) in entity::find_each(template.slots.values().filter(named), text, reader) {
        let surest = found
            .into_iter()
            .find(|reading| reading.certainty >= LABELLED);
        given.extend(surest.map(|reading| Given {
            slot: slot.id.clone(),
            value: Some(reading.value),
            text: text[reading.span].to_owned(),
            adds: false,
        }));
    }
    let names: usize = given
        .iter()
        .map(|given| given.text.split(' ').count())
        .sum();
    // Beside the values there is nothing but the names of their slots.
    let rest = text.split_whitespace().count().saturating_sub(names);
    (given.len() > 1 && rest <= 3 * given.len())
        .then(|| given.into_iter().map(Act::Inform).collect())
}

/// Slots whose value is a piece of the answer that its form tells, whatever stands around it.
fn is_found(slot: &Slot) -> bool {
    let form = matches!(
        slot.kind,
        SlotKind::Email
            | SlotKind::Phone { .. }
            | SlotKind::Url
            | SlotKind::Number(_)
            | SlotKind::Percent(_)
            | SlotKind::Amount { .. }
            | SlotKind::Date(_)
            | SlotKind::Time(_)
            | SlotKind::DateTime(_)
    );
    form && !slot.list
}

/// Values that the examples find in an answer beside what was read of it, where the awaited slot's type could not read the
/// answer, or read only a piece of it; and the words that belong to that piece: "9 guests".
fn beside(
    moment: &Moment<'_>,
    template: &Template,
    slot: &Slot,
    text: &str,
    told: &[&str],
    acts: &mut Vec<Act>,
) {
    let mut read = match acts.as_mut_slice() {
        [] => None,
        [Act::Inform(given)] if is_found(slot) => Some(given),
        _ => return,
    };
    let whole = text.trim().trim_end_matches(['.', '!']);
    if read
        .as_ref()
        .is_some_and(|given| given.text.len() >= whole.len())
    {
        return;
    }
    let words = Words::of(moment.locale);
    let reader = reader(moment, template);
    let found = entity::find_each(template.slots.values(), text, &reader);
    // Behind a piece that was read, the words say whose the others are.
    let awaited = read.is_none().then_some(slot.id.as_str());
    let tagged = moment.templates.learned.values(text, &found, awaited);
    let piece = read.as_ref().and_then(|given| {
        let at = text.find(given.text.as_str())?;
        Some(at..at + given.text.len())
    });
    let mut more: Vec<Given> = Vec::new();
    for tagged in tagged.into_iter().filter(|tagged| tagged.score >= TAGGED) {
        let said = &text[tagged.span.clone()];
        // What fills all of an answer that can't be read was meant as the answer.
        let all = tagged.span.len() >= whole.len() && tagged.slot != slot.id;
        let Some(other) = template.slots.get(&tagged.slot).filter(|_| !all) else {
            continue;
        };
        // A name in small letters is too little where another thing was asked.
        let name = is_name(other) || matches!(other.kind, SlotKind::Organization);
        if name && !said.starts_with(char::is_uppercase) && tagged.score < NAMED {
            continue;
        }
        // So is a word or two for a slot of free text.
        if matches!(other.kind, SlotKind::Text { .. }) && tagged.score < NAMED {
            continue;
        }
        // Notes are told as such.
        if is_note(other) && named(text, std::iter::once(other), words).is_none() {
            continue;
        }
        let Ok(reading) = entity::read(other, said, &reader) else {
            continue;
        };
        match (&mut read, &piece) {
            (Some(given), Some(piece)) if other.id == slot.id => {
                let holds = tagged.span.start <= piece.start && piece.end <= tagged.span.end;
                if holds && given.value.as_ref() == Some(&reading.value) {
                    given.text = said.to_owned();
                }
            }
            (_, piece) => {
                // "Hiroto Mori" is a first name and a last one.
                if matches!(other.kind, SlotKind::LastName)
                    && let Some(names) = parts(template, said, &reader, words)
                {
                    more.extend(names);
                    continue;
                }
                let apart = piece.as_ref().is_none_or(|piece| {
                    tagged.span.end <= piece.start || piece.end <= tagged.span.start
                });
                let new = !told.contains(&other.id.as_str())
                    && more.iter().all(|given| given.slot != other.id);
                if apart && new {
                    more.push(Given {
                        slot: other.id.clone(),
                        value: Some(reading.value),
                        text: said.to_owned(),
                        adds: false,
                    });
                }
            }
        }
    }
    acts.extend(more.into_iter().map(Act::Inform));
}

/// Slots for which a word of assent may be a value: names and companies are called all sorts of things.
fn is_word(slot: &Slot) -> bool {
    matches!(slot.kind, SlotKind::LastName | SlotKind::FirstName)
}

/// "No, the company is Fernhill", "wait, the e-mail was wrong, use …": another slot is set right.
fn corrected(
    moment: &Moment<'_>,
    template: &Template,
    slot: &Slot,
    text: &str,
    words: &Words,
) -> Option<Vec<Act>> {
    let rest = match words.correction(text) {
        Some(rest) => rest,
        None if words.behind_wrong(text).is_some() => text,
        None => return None,
    };
    let wrong = clauses(rest, words).into_iter().next();
    if wrong.is_some_and(|span| words.behind_wrong(&rest[span]).is_some()) {
        let acts = changes(moment, template, words, rest);
        return (!acts.is_empty()).then_some(acts);
    }
    let reader = reader(moment, template);
    let mut acts: Vec<Act> = Vec::new();
    let pieces = clauses(rest, words);
    for (n, piece) in pieces.iter().enumerate() {
        let clause = &rest[piece.clone()];
        let found = named(clause, template.slots.values(), words)
            .or_else(|| named(words.without_change(clause), template.slots.values(), words));
        let Some((other, value)) = found else {
            continue;
        };
        // "Not the title, …": what is asked is not what is meant.
        if other.id == slot.id && value.is_empty() {
            continue;
        }
        let beyond = &rest[piece.start + (value.as_ptr() as usize - clause.as_ptr() as usize)..];
        let beyond = words.after_verb(beyond.trim_start_matches(['.', ',', ';', ' ']));
        let given = read(other, value, &reader).or_else(|| read(other, beyond, &reader));
        let given = given.unwrap_or(Given {
            slot: other.id.clone(),
            value: None,
            text: String::new(),
            adds: false,
        });
        acts.push(if other.id == slot.id {
            Act::Inform(given)
        } else {
            Act::Correct(given)
        });
        if n + 1 < pieces.len() && acts.len() > 2 {
            break;
        }
    }
    (!acts.is_empty()).then_some(acts)
}
