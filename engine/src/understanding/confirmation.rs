//! An answer to a yes or no: a clear yes, a clear no, a change, another request, or none of them. Only a clear yes counts.

use crate::Value;
use crate::conversation::What;
use crate::effect::Does;
use crate::event::Message;
use crate::template::{Scope, Slot, SlotKind, Template};

use super::about_last::about_last;
use super::act::{Act, Given};
use super::aim::Aim;
use super::clause::{clauses, gives, left_out, named, read};
use super::command::{self, Command};
use super::entity;
use super::first::{clear_request, first};
use super::given::given_with;
use super::holds::{names_it, says_something};
use super::interruption::digressing;
use super::listing::listing;
use super::message::{Moment, Understood, control, reader, running};
use super::parked::parked;
use super::questioned::{about_the_record, asks_of_this};
use super::repeated::another;
use super::replaced::replaced;
use super::words::{Words, normal};

/// Score from which another template interrupts.
const SURE: f32 = 0.8;
/// Certainty of the one value that a clause holds, and most words of the clause.
const FORMED: f32 = 0.9;
const LONG: usize = 9;
/// And where its verb says the same.
const SAID: f32 = 0.4;
/// And where it is a question that something can be read for.
const ASKED: f32 = 0.4;

pub(super) fn confirmation(
    moment: &Moment<'_>,
    words: &Words,
    what: &What,
    message: &Message,
    understood: &mut Understood,
) -> Vec<Act> {
    let text = message.said().into_owned();
    if text == "change" || says_button(moment, &text) {
        return vec![Act::Change];
    }
    match (command::command(&text, words), what) {
        // "Save it" is no yes to a deletion, nor "delete it" to anything else.
        (Some(Command::Affirm), What::Write { does, .. }) if says_other(words, &text, *does) => {
            return Vec::new();
        }
        // "Just save it" skips nothing here: it is the yes.
        (Some(Command::SkipAll), What::Write { does, .. })
            if *does != Does::Delete && words.does(&text) == Some(*does) =>
        {
            return vec![Act::Affirm];
        }
        (Some(command), _) => return vec![control(command)],
        (None, _) => {}
    }
    if let Some(command @ (Command::Why | Command::Cancel)) = words.sentence(&text) {
        return vec![control(command)];
    }
    let Some(template) = running(moment) else {
        return first(moment, words, &text, understood);
    };
    // "No window" takes it off a list.
    if matches!(what, What::Write { .. })
        && let Some(given) = listing(moment, template, None, &text, words)
    {
        return vec![Act::Correct(given)];
    }
    // "No phone, and make it hot": the no belongs to the phone.
    let opening = clauses(&text, words).into_iter().next();
    let without = opening.is_some_and(|span| left_out(template, &text[span], words).is_some());
    let lead = if without {
        None
    } else {
        command::opening(&text, words).or_else(|| command::leading(&text, words))
    };
    let (said, rest) = match lead {
        Some((command @ (Command::Affirm | Command::Deny), span)) => {
            (Some(command), text[span.end..].trim())
        }
        Some((command, _)) => return vec![control(command)],
        None => (None, text.trim()),
    };
    // "No wait, the city is Leeds".
    let rest = match said {
        Some(Command::Deny) => match words.beyond_second_thoughts(rest) {
            "" => rest,
            meant => meant,
        },
        _ => rest,
    };
    let What::Write { does, .. } = what else {
        return match said {
            Some(command) if rest.is_empty() => vec![control(command)],
            // "Actually the company is Fernhill" is about what runs, whatever is asked of it.
            _ => parked(moment, words, &text, understood),
        };
    };
    // "Yes, delete": the write said again is the yes; so is a second yes.
    if said == Some(Command::Affirm)
        && (words.does(rest) == Some(*does)
            || says_again(words, rest, *does)
            || command::command(rest, words) == Some(Command::Affirm))
    {
        return vec![Act::Affirm];
    }
    if said.is_none()
        && let Some(acts) = another(moment, template, rest, words)
            .or_else(|| about_the_record(moment, template, rest, words))
    {
        return acts;
    }
    // "What's his title" is asked of what is to be made, not of a record that there is.
    if said.is_none() && *does == Does::Create && asks_of_this(template, rest, words) {
        return Vec::new();
    }
    // "Yes, and show me all leads": the yes, and what comes after it. What changes the same kind of thing may be a correction.
    if said == Some(Command::Affirm)
        && let request = words.without_opening(rest)
        && clear_request(moment, words, request)
            .is_some_and(|other| !other.does().writes() || other.object != template.object)
    {
        return std::iter::once(Act::Affirm)
            .chain(digressing(first(moment, words, request, understood)))
            .collect();
    }
    // "No, just make him cold" at a deletion: the no, and a change of the same record.
    if *does == Does::Delete
        && said == Some(Command::Deny)
        && let dialog = moment.conversation.dialogs.last()
        && let record = template
            .slots
            .values()
            .find(|slot| names_it(slot, template))
        && let found = record.and_then(|slot| dialog?.results.get(&slot.id))
        && let Some(acts) = about_last(
            moment,
            words,
            found,
            words.without_opening(without_small(rest, words)),
        )
    {
        return std::iter::once(Act::Deny).chain(digressing(acts)).collect();
    }
    let mut acts = if *does == Does::Delete {
        match said {
            // "No, just make him cold" names no other record.
            Some(Command::Deny) if Aim::of(rest, words).is_some_and(|aim| aim.does != *does) => {
                Vec::new()
            }
            Some(Command::Deny) => {
                other_record(moment, template, words.retaken(rest).unwrap_or(rest))
            }
            // "Not Ida, Otto".
            _ => replaced(moment, template, None, rest, &reader(moment, template))
                .map(|replaced| Act::Correct(replaced.given))
                .into_iter()
                .collect(),
        }
    } else {
        changes(moment, template, words, rest)
    };
    if acts.is_empty() && said != Some(Command::Affirm) {
        let choice = moment.templates.learned.choose(moment, rest);
        let other = choice.template.filter(|id| {
            let reads = |id: &String| {
                let other = moment.templates.current.get(id);
                other.is_some_and(|other| !other.does().writes())
            };
            // A question is no answer, and reading something costs nothing.
            let asked = words.asks(rest) && choice.score >= ASKED && reads(id);
            let says = |id: &String| {
                let other = moment.templates.current.get(id);
                let aim = Aim::of(rest, words);
                other.is_some_and(|other| aim.is_some_and(|aim| aim.does == other.does()))
            };
            let said = choice.score >= SAID && says(id);
            *id != template.id && (choice.exact || asked || said || choice.score >= SURE)
        });
        if let Some(other) = other.and_then(|id| moment.templates.current.get(&id)) {
            let mut acts = Vec::new();
            // "No, show me Ida": the no stands.
            acts.extend((said == Some(Command::Deny)).then_some(Act::Deny));
            acts.push(Act::Digress {
                template: other.id.clone(),
            });
            acts.extend(
                given_with(moment, other, rest, true, 1.0)
                    .into_iter()
                    .map(Act::Inform),
            );
            return acts;
        }
    }
    if acts.is_empty() && said == Some(Command::Deny) && *does == Does::Update {
        acts.extend(only_change(moment, template, rest, words).map(Act::Correct));
    }
    match said {
        // A yes with words behind it that were not understood is no clear yes.
        Some(Command::Affirm)
            if rest.is_empty() || acts.iter().any(|act| matches!(act, Act::Correct(_))) =>
        {
            acts.push(Act::Affirm)
        }
        // "No, I meant Fernhill": something else is meant, and nothing says what it is. It is asked.
        Some(Command::Deny)
            if acts.is_empty() && *does != Does::Delete && means_other(rest, words) =>
        {
            acts.push(Act::Change)
        }
        Some(Command::Deny) if acts.is_empty() => acts.push(Act::Deny),
        _ => {}
    }
    acts
}

/// A request without the small words that open it: "just make him cold".
fn without_small<'t>(rest: &'t str, words: &Words) -> &'t str {
    let mut rest = rest.trim_start_matches([',', '.', ' ']);
    while let Some((first, behind)) = rest.split_once(' ')
        && words.is_polite(&normal(first))
    {
        rest = behind.trim_start();
    }
    rest
}

/// Whether a text is what stands on the button for a change.
fn says_button(moment: &Moment<'_>, text: &str) -> bool {
    let said = normal(text);
    let mut texts = moment.templates.wording.values().flat_map(|words| {
        let keys = ["button.change", "button.another"];
        keys.into_iter().filter_map(|key| words.get(key))
    });
    texts.any(|text| {
        let mut variants = text.variants.iter().filter(|variant| variant.is_plain());
        variants.any(|variant| normal(&variant.render(&Scope::default())) == said)
    })
}

/// Whether a text begins with the verb of another write than the one that a yes is asked for.
fn says_other(words: &Words, text: &str, does: Does) -> bool {
    let text = words.without_politeness(&normal(text));
    let verb = words.verb(&text).map(|(verb, ..)| verb);
    match verb {
        Some(Does::Delete) => does != Does::Delete,
        Some(Does::Create | Does::Update) => does == Does::Delete,
        _ => false,
    }
}

/// "No wait, Denver" where one field is to be changed: its value is meant.
fn only_change(
    moment: &Moment<'_>,
    template: &Template,
    rest: &str,
    words: &Words,
) -> Option<Given> {
    let dialog = moment.conversation.dialogs.last()?;
    let mut changed = template.slots.values().filter(|slot| {
        let record = matches!(slot.kind, SlotKind::Record { .. });
        slot.field.is_some() && !record && dialog.value(&slot.id).is_some()
    });
    let (Some(slot), None) = (changed.next(), changed.next()) else {
        return None;
    };
    let rest = words.without_change(words.retaken(rest).unwrap_or(rest));
    is_content(rest, words).then(|| read(slot, rest, &reader(moment, template)))?
}

/// Whether a few words say something, and no command, verb or denial.
fn is_content(rest: &str, words: &Words) -> bool {
    let says = |word: &str| !words.is_function_word(word) && !words.is_verb(word);
    command::command(rest, words).is_none()
        && !words.refuses(rest)
        && words.sentence(rest).is_none()
        && !normal(rest).starts_with("not ")
        && rest.split(' ').count() <= 4
        && normal(rest).split(' ').any(says)
}

/// Whether what stands behind a no says what is meant instead: "I meant Fernhill", "it's Fernhill", a name.
fn means_other(rest: &str, words: &Words) -> bool {
    let bare = words.without_change(words.retaken(rest).unwrap_or(rest));
    let named = bare
        .split(' ')
        .all(|word| word.starts_with(char::is_uppercase));
    // "No, not Ida": not that, and nothing says what else.
    let denied = rest
        .strip_prefix("not ")
        .is_some_and(|what| is_content(what, words));
    denied
        || (bare.len() < rest.len() || named) && is_content(rest, words) && is_content(bare, words)
}

/// "Nuke it": the verb of the write again, and nothing but what it is done to.
fn says_again(words: &Words, text: &str, does: Does) -> bool {
    let text = words.without_politeness(&normal(text));
    words.verb(&text).is_some_and(|(verb, end, _)| {
        let behind = text[end..].trim();
        verb == does && (behind.is_empty() || words.points_back(behind))
    })
}

/// Values in a text that change slots of the dialog: "the rating is hot", "make it Acme Robotics", "change the phone".
pub(super) fn changes(
    moment: &Moment<'_>,
    template: &Template,
    words: &Words,
    text: &str,
) -> Vec<Act> {
    if text.is_empty() {
        return Vec::new();
    }
    let reader = reader(moment, template);
    if let Some(replaced) = replaced(moment, template, None, text, &reader) {
        return vec![Act::Correct(replaced.given)];
    }
    let mut acts = Vec::new();
    let pieces = clauses(text, words);
    let mut passed = 0;
    for (n, piece) in pieces.iter().cloned().enumerate() {
        if piece.start < passed {
            continue;
        }
        if let Some(slot) = left_out(template, &text[piece.clone()], words) {
            acts.push(Act::Correct(Given {
                slot,
                value: Some(Value::Null),
                text: String::new(),
                adds: false,
            }));
            continue;
        }
        if let Some(given) = listing(moment, template, None, &text[piece.clone()], words) {
            acts.push(Act::Correct(given));
            continue;
        }
        // "Not Ida" says what is not meant.
        if text[piece.clone()].starts_with("not ") {
            continue;
        }
        let clause = words.without_change(&text[piece]);
        // "Wrong company, it's Fernhill": what follows is what it should be.
        let wrong = words.behind_wrong(clause);
        let open = match acts.last_mut() {
            Some(Act::Correct(given)) if given.value.is_none() => Some(given),
            _ => None,
        };
        let slots = template.slots.values();
        if let Some((slot, "")) = wrong.and_then(|field| named(field, slots, words)) {
            acts.push(Act::Correct(Given {
                slot: slot.id.clone(),
                value: None,
                text: String::new(),
                adds: false,
            }));
        } else if let Some((slot, rest)) = named(clause, template.slots.values(), words) {
            let empty = Given {
                slot: slot.id.clone(),
                value: None,
                text: String::new(),
                adds: false,
            };
            let given = if rest.is_empty() || words.is_wrong(rest) {
                Some(empty)
            } else {
                // "Company is Kelp and Sons": the name goes on where what follows is nothing by itself.
                let at = rest.as_ptr() as usize - text.as_ptr() as usize;
                let next = pieces.get(n + 1).filter(|next| {
                    let between = &text[at + rest.len()..next.start];
                    let clause = &text[(*next).clone()];
                    matches!(slot.kind, SlotKind::Organization)
                        && !between.contains([',', ';', '.', '\n'])
                        && named(clause, template.slots.values(), words).is_none()
                        && gives(clause, template, Some(&slot.id), words, &reader).is_none()
                        && left_out(template, clause, words).is_none()
                });
                let longer = next.and_then(|next| read(slot, &text[at..next.end], &reader));
                passed = longer.as_ref().and(next).map_or(0, |next| next.end);
                longer.or_else(|| read(slot, rest, &reader))
            };
            acts.push(match given {
                Some(given) => Act::Correct(given),
                None => Act::Invalid {
                    slot: slot.id.clone(),
                    reason: String::new(),
                },
            });
        } else if let Some(open) = open
            && let Some(slot) = template.slots.get(&open.slot)
            && let Some(given) = read(slot, clause, &reader)
        {
            *open = given;
        } else if let Some(given) = gives(clause, template, None, words, &reader)
            .or_else(|| only_value(template, clause, &reader))
            .or_else(|| like(moment, template, clause, &reader))
        {
            acts.push(Act::Correct(given));
        }
    }
    acts
}

/// "We're in negotiation already": the one value of its form that a clause holds.
fn only_value(template: &Template, clause: &str, reader: &entity::Reader<'_>) -> Option<Given> {
    let formed = |slot: &&Slot| {
        matches!(
            slot.kind,
            SlotKind::Choice(_)
                | SlotKind::Amount { .. }
                | SlotKind::Date(_)
                | SlotKind::Email
                | SlotKind::Phone { .. }
                | SlotKind::City
        )
    };
    let mut found = template.slots.values().filter(formed).filter_map(|slot| {
        let all = entity::find(slot, clause, reader);
        let surest = all
            .into_iter()
            .find(|reading| reading.certainty >= FORMED)?;
        // "Denver" alone is a city; in a longer clause it may be part of a name.
        let whole =
            !matches!(slot.kind, SlotKind::City) || surest.span.len() == clause.trim().len();
        whole.then_some((slot, surest))
    });
    let (Some((slot, reading)), None) = (found.next(), found.next()) else {
        return None;
    };
    (clause.split_whitespace().count() <= LONG).then(|| Given {
        slot: slot.id.clone(),
        value: Some(reading.value),
        text: clause[reading.span].to_owned(),
        adds: false,
    })
}

/// "No, Tom Reed": the record that is meant instead of the one shown.
pub(super) fn other_record(moment: &Moment<'_>, template: &Template, rest: &str) -> Vec<Act> {
    let slot = template
        .slots
        .values()
        .find(|slot| matches!(slot.kind, SlotKind::Record { .. }));
    let Some(slot) = slot.filter(|_| !rest.is_empty()) else {
        return Vec::new();
    };
    let words = Words::of(moment.locale);
    if words.refuses(rest) || !says_something(slot, rest, template, words) {
        return Vec::new();
    }
    let given = read(slot, rest, &reader(moment, template));
    given.map(Act::Correct).into_iter().collect()
}

/// "Acme Robotics" where "Acme" stands: the slot whose value shares a word, or sounds alike.
fn like(
    moment: &Moment<'_>,
    template: &Template,
    clause: &str,
    reader: &entity::Reader<'_>,
) -> Option<Given> {
    let clause_words: Vec<String> = normal(clause)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let dialog = moment.conversation.dialogs.last()?;
    template
        .slots
        .values()
        .filter(|slot| !matches!(slot.kind, SlotKind::Record { .. } | SlotKind::Field { .. }))
        .find_map(|slot| {
            let old = normal(dialog.value(&slot.id)?.as_str()?);
            let near = old.split_whitespace().any(|word| {
                clause_words.iter().any(|new| {
                    new == word || (new.len() > 2 && strsim::damerau_levenshtein(new, word) == 1)
                })
            });
            let long = clause_words.len() > 6;
            (near && !long)
                .then(|| read(slot, clause, reader))
                .flatten()
        })
}
