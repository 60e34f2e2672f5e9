//! A message becomes acts, in the light of what is awaited: commands, the awaited slot, other slots, another template.
//! Recognisers and the classifier are elsewhere; here is the order in which they are asked.

use jiff::ZonedDateTime;

use crate::Value;
use crate::conversation::{Awaiting, Conversation, SlotState, What};
use crate::event::Message;
use crate::facts::Facts;
use crate::locale::Locale;
use crate::template::{Slot, SlotKind, Template, Templates, Verb};

use super::act::{Act, Given};
use super::command::{self, Command};
use super::entity::{self, Reader};
use super::words::Words;

/// All that understanding may look at.
#[derive(Debug)]
pub struct Moment<'a> {
    /// The bot.
    pub templates: &'a Templates,
    /// The conversation before the message.
    pub conversation: &'a Conversation,
    /// What is awaited: the conversation's, or nothing after a long silence.
    pub awaiting: &'a Awaiting,
    /// The user's clock.
    pub now: ZonedDateTime,
    /// What is known of the orgs.
    pub facts: &'a Facts,
    /// The conversation's locale.
    pub locale: &'a Locale,
}

/// What a message was understood as.
#[derive(Debug, Clone, Default)]
pub struct Understood {
    /// The acts, in order; never empty.
    pub acts: Vec<Act>,
    /// The template that was started, on a first turn.
    pub template: Option<String>,
    /// How sure.
    pub score: f32,
    /// Other templates, with their scores.
    pub others: Vec<(String, f32)>,
    /// Why.
    pub trace: Vec<String>,
}

/// Understands a message.
pub fn understand(moment: &Moment<'_>, message: &Message) -> Understood {
    let mut understood = Understood::default();
    let words = Words::of(moment.locale);
    understood.acts = match moment.awaiting {
        Awaiting::Slot { slot } => answer(moment, words, slot, message, &mut understood),
        Awaiting::Confirm { what } => confirmation(moment, words, what, message, &mut understood),
        Awaiting::Choice { options, .. } => {
            chosen(moment, words, options, message, &mut understood)
        }
        Awaiting::Nothing
        | Awaiting::Authorization { .. }
        | Awaiting::Code { .. }
        | Awaiting::Call => first(moment, words, &message.text, &mut understood),
    };
    if understood.acts.is_empty() {
        understood.acts.push(Act::None);
    }
    understood
}

/// A first turn, or anything said while nothing of the dialog is asked.
fn first(moment: &Moment<'_>, words: &Words, text: &str, understood: &mut Understood) -> Vec<Act> {
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
    let Some(template) = choice
        .template
        .and_then(|id| moment.templates.current.get(&id))
    else {
        return Vec::new();
    };
    understood.template = Some(template.id.clone());
    let mut acts = vec![Act::Start {
        template: template.id.clone(),
    }];
    // A text that is an example has no values but those whose form says so: "find a lead" finds nobody named "a lead".
    let given = given_with(moment, template, text, !choice.exact);
    acts.extend(given.into_iter().map(Act::Inform));
    acts
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
        let mut given = given_with(moment, template, rest, true);
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
fn narrows<'a>(moment: &Moment<'a>, list: &crate::conversation::Listed) -> Option<&'a Template> {
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

/// An answer while a slot is asked.
fn answer(
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
    let text = message
        .value
        .as_ref()
        .map_or_else(|| message.text.clone(), spoken);
    let command = command::command(&text, words);
    match command {
        Some(Command::Affirm) if matches!(slot.kind, SlotKind::Boolean) => {
            return vec![inform(slot, Value::Bool(true), &text)];
        }
        Some(Command::Deny) if matches!(slot.kind, SlotKind::Boolean) => {
            return vec![inform(slot, Value::Bool(false), &text)];
        }
        Some(command) => return vec![control(command)],
        None => {}
    }
    if let Some(named) = left_out(template, &text, words) {
        return vec![Act::Skip {
            slot: Some(named),
            all: false,
        }];
    }
    let reader = reader(moment, template);
    let others = others(moment, template, slot, &text);
    let rest = without(&text, others.iter().map(|(_, span, _)| span.clone()));
    let read = entity::read(slot, if others.is_empty() { &text } else { &rest }, &reader);
    if let Some(digression) = digression(moment, template, slot, &text, read.is_ok(), understood) {
        return digression;
    }
    let mut acts = Vec::new();
    let mut reason = "";
    match read {
        Ok(reading) => acts.push(inform(
            slot,
            reading.value,
            if others.is_empty() { &text } else { &rest },
        )),
        Err(refusal) => reason = refusal.reason,
    }
    for (other, span, value) in others {
        let given = Given {
            slot: other.id.clone(),
            value: Some(value),
            text: text[span].to_owned(),
            adds: false,
        };
        let filled = moment
            .conversation
            .dialogs
            .last()
            .is_some_and(|d| d.value(&other.id).is_some());
        acts.push(if filled {
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

/// An answer to a yes or no: a clear yes, a clear no, a change, or none of them.
fn confirmation(
    moment: &Moment<'_>,
    words: &Words,
    what: &What,
    message: &Message,
    understood: &mut Understood,
) -> Vec<Act> {
    let text = message
        .value
        .as_ref()
        .map_or_else(|| message.text.clone(), spoken);
    if let Some(command) = command::command(&text, words) {
        return vec![control(command)];
    }
    if text == "change" {
        return vec![Act::Change];
    }
    let Some(template) = running(moment) else {
        return first(moment, words, &text, understood);
    };
    let (said, rest) = match command::leading(&text, words) {
        Some((command @ (Command::Affirm | Command::Deny), span)) => {
            (Some(command), text[span.end..].trim().to_owned())
        }
        Some((command, _)) => return vec![control(command)],
        None => (None, text.clone()),
    };
    let mut acts = Vec::new();
    if matches!(what, What::Write { .. }) {
        acts = changes(moment, template, &rest);
        if acts.is_empty() && said.is_none() {
            let choice = moment.templates.learned.choose(moment, &text);
            if let Some(other) = choice
                .template
                .filter(|id| *id != template.id && choice.score >= SURE)
                && let Some(other) = moment.templates.current.get(&other)
            {
                acts.push(Act::Digress {
                    template: other.id.clone(),
                });
                acts.extend(
                    given_with(moment, other, &text, true)
                        .into_iter()
                        .map(Act::Inform),
                );
                return acts;
            }
        }
    }
    match said {
        // A yes with words behind it that were not understood is no clear yes.
        Some(Command::Affirm) if rest.is_empty() || !acts.is_empty() => acts.push(Act::Affirm),
        Some(Command::Deny) if rest.is_empty() || acts.is_empty() => acts.push(Act::Deny),
        _ => {}
    }
    acts
}

/// Values in a text that change slots of the dialog: "the rating is hot", "make it Acme Robotics", "change the phone".
fn changes(moment: &Moment<'_>, template: &Template, text: &str) -> Vec<Act> {
    let reader = reader(moment, template);
    let lower = text.to_lowercase();
    let named = template.slots.values().find_map(|slot| {
        names_of(slot)
            .into_iter()
            .find_map(|name| find_word(&lower, &name).map(|at| (slot, at + name.len())))
    });
    if let Some((slot, end)) = named {
        let rest = after_verb(text.get(end..).unwrap_or_default());
        let value = (!rest.is_empty())
            .then(|| entity::read(slot, rest, &reader).ok())
            .flatten();
        return vec![Act::Correct(Given {
            slot: slot.id.clone(),
            value: value.map(|reading| reading.value),
            text: rest.to_owned(),
            adds: false,
        })];
    }
    let mut acts = Vec::new();
    for slot in template.slots.values() {
        let mut found = entity::find(slot, text, &reader);
        found.retain(|reading| reading.certainty >= STRONG);
        if let Some(reading) = found.into_iter().next() {
            let text = text[reading.span].to_owned();
            acts.push(Act::Correct(Given {
                slot: slot.id.clone(),
                value: Some(reading.value),
                text,
                adds: false,
            }));
        }
    }
    acts
}

/// A choice among options: by value, number, title or a part that fits one only; else as a first turn.
fn chosen(
    moment: &Moment<'_>,
    words: &Words,
    options: &[crate::reply::Choice],
    message: &Message,
    understood: &mut Understood,
) -> Vec<Act> {
    if let Some(value) = &message.value
        && let Some(n) = options.iter().position(|option| option.value == *value)
    {
        return vec![Act::Choose { option: n }];
    }
    let text = message
        .value
        .as_ref()
        .map_or_else(|| message.text.clone(), spoken);
    if let Some(n) = words.ordinal(&text)
        && (1..=options.len()).contains(&n)
    {
        return vec![Act::Choose { option: n - 1 }];
    }
    let lower = text.trim().to_lowercase();
    let exact: Vec<usize> = matches(options, |title| title == lower);
    let spoken: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() > 1 && !words.is_function_word(w))
        .collect();
    let part = matches(options, |title| {
        !spoken.is_empty() && spoken.iter().all(|word| title.contains(word))
    });
    if let [n] = exact.as_slice() {
        return vec![Act::Choose { option: *n }];
    }
    if let Some(command) = command::command(&text, words) {
        return vec![control(command)];
    }
    if let [n] = part.as_slice() {
        return vec![Act::Choose { option: *n }];
    }
    first(moment, words, &text, understood)
        .into_iter()
        .map(|act| match act {
            Act::Start { template } => Act::Digress { template },
            other => other,
        })
        .collect()
}

fn matches(options: &[crate::reply::Choice], fits: impl Fn(&str) -> bool) -> Vec<usize> {
    options
        .iter()
        .enumerate()
        .filter(|(_, option)| fits(&option.title.to_lowercase()))
        .map(|(n, _)| n)
        .collect()
}

/// Certainty from which a value of another slot is taken unasked.
const STRONG: f32 = 0.9;
/// Score from which another template interrupts.
const SURE: f32 = 0.8;

/// Another template asked for in the middle of a dialog.
fn digression(
    moment: &Moment<'_>,
    template: &Template,
    slot: &Slot,
    text: &str,
    readable: bool,
    understood: &mut Understood,
) -> Option<Vec<Act>> {
    let choice = moment.templates.learned.choose(moment, text);
    let id = choice.template.filter(|id| *id != template.id)?;
    let other = moment.templates.current.get(&id)?;
    // A readable answer is an answer, unless the text is nearly an example of the other template.
    let typed = !matches!(
        slot.kind,
        SlotKind::Text { .. }
            | SlotKind::Organization
            | SlotKind::City
            | SlotKind::Record { .. }
            | SlotKind::FirstName
            | SlotKind::LastName
            | SlotKind::FullName
    );
    let needed = if readable && typed {
        1.1
    } else if readable {
        0.9
    } else {
        SURE
    };
    // Words of an example around a value ("show me …") say more than a score.
    let worded = moment.templates.learned.worded(&other.id, text) >= 2 && choice.score >= 0.5;
    let clear = choice.exact || choice.score >= needed || (worded && !(readable && typed));
    if !clear || text.split_whitespace().count() < 2 {
        return None;
    }
    understood
        .trace
        .push(format!("{} interrupts at {:.2}", other.id, choice.score));
    let mut acts = vec![Act::Digress {
        template: other.id.clone(),
    }];
    acts.extend(
        given_with(moment, other, text, !choice.exact)
            .into_iter()
            .map(Act::Inform),
    );
    Some(acts)
}

/// The values that a text which starts a template gives with it.
fn given_with(moment: &Moment<'_>, template: &Template, text: &str, places: bool) -> Vec<Given> {
    let reader = reader(moment, template);
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    let mut given: Vec<Given> = Vec::new();
    let mut take = |slot: &Slot, span: std::ops::Range<usize>, value: Value| {
        let free = taken
            .iter()
            .all(|t| span.end <= t.start || t.end <= span.start);
        if free && !given.iter().any(|g| g.slot == slot.id) {
            given.push(Given {
                slot: slot.id.clone(),
                value: Some(value),
                text: text[span.clone()].to_owned(),
                adds: false,
            });
            taken.push(span);
        }
    };
    let learned = &moment.templates.learned;
    let places = if places {
        learned.places(&template.id, text)
    } else {
        Vec::new()
    };
    let whole: Vec<(String, std::ops::Range<usize>)> = places;
    let tagged = learned
        .values(template, text, None, &reader)
        .into_iter()
        .map(|tagged| (tagged.slot, tagged.span));
    for (id, span) in tagged.chain(whole) {
        let Some(slot) = template.slots.get(&id) else {
            continue;
        };
        let found = entity::find(slot, &text[span.clone()], &reader);
        let own = found
            .into_iter()
            .find(|reading| reading.span.len() == span.len());
        let value = own.or_else(|| entity::read(slot, &text[span.clone()], &reader).ok());
        if let Some(reading) = value {
            take(slot, span, reading.value);
        }
    }
    given
}

/// Values of other slots in an answer, whose form says what they are.
fn others<'t>(
    moment: &Moment<'_>,
    template: &'t Template,
    awaited: &Slot,
    text: &str,
) -> Vec<(&'t Slot, std::ops::Range<usize>, Value)> {
    // An e-mail address that answers "which one?" names the record; it is no new value.
    if matches!(awaited.kind, SlotKind::Record { .. }) {
        return Vec::new();
    }
    let reader = reader(moment, template);
    let mut out: Vec<(&Slot, std::ops::Range<usize>, Value)> = Vec::new();
    let own: Vec<std::ops::Range<usize>> = entity::find(awaited, text, &reader)
        .into_iter()
        .filter(|reading| reading.certainty >= STRONG)
        .map(|reading| reading.span)
        .collect();
    for slot in template.slots.values().filter(|slot| slot.id != awaited.id) {
        if !matches!(
            slot.kind,
            SlotKind::Email | SlotKind::Phone { .. } | SlotKind::Url
        ) {
            continue;
        }
        for reading in entity::find(slot, text, &reader) {
            let clash = |span: &std::ops::Range<usize>| {
                reading.span.start < span.end && span.start < reading.span.end
            };
            if reading.certainty >= STRONG
                && !own.iter().any(clash)
                && !out.iter().any(|(_, span, _)| clash(span))
            {
                out.push((slot, reading.span.clone(), reading.value.clone()));
            }
        }
    }
    out
}

/// The text with these spans, and the joints they leave, taken out.
fn without(text: &str, spans: impl Iterator<Item = std::ops::Range<usize>>) -> String {
    let mut rest = text.to_owned();
    let mut spans: Vec<_> = spans.collect();
    spans.sort_by_key(|span| std::cmp::Reverse(span.start));
    for span in spans {
        rest.replace_range(span, "");
    }
    let rest = rest
        .trim()
        .trim_end_matches(|c: char| c.is_whitespace() || ",;-:".contains(c));
    rest.split(" and ").next().unwrap_or(rest).trim().to_owned()
}

/// "No phone": the slot that is named to be left out.
fn left_out(template: &Template, text: &str, words: &Words) -> Option<String> {
    let lower = text.trim().trim_end_matches('.').to_lowercase();
    let rest = words.negation(&lower)?;
    template
        .slots
        .values()
        .find(|slot| slot.optional && names_of(slot).iter().any(|name| name == rest))
        .map(|slot| slot.id.clone())
}

/// A row of the list last shown, from 0.
fn row(moment: &Moment<'_>, text: &str, words: &Words) -> Option<usize> {
    moment.conversation.list.as_ref()?;
    words.ordinal(text)?.checked_sub(1)
}

fn control(command: Command) -> Act {
    match command {
        Command::Cancel => Act::Cancel { sure: true },
        Command::Help => Act::Help,
        Command::Why => Act::Why,
        Command::Restart => Act::Restart,
        Command::Skip => Act::Skip {
            slot: None,
            all: false,
        },
        Command::SkipAll => Act::Skip {
            slot: None,
            all: true,
        },
        Command::DontKnow => Act::DontKnow,
        Command::GoBack => Act::GoBack,
        Command::Repeat => Act::Repeat,
        Command::More => Act::More,
        Command::Undo => Act::Undo,
        Command::SignIn => Act::SignIn,
        Command::SignOut => Act::SignOut,
        Command::SwitchAccount => Act::SwitchAccount,
        Command::WhoAmI => Act::WhoAmI,
        Command::ForgetMe => Act::ForgetMe,
        Command::Affirm => Act::Affirm,
        Command::Deny => Act::Deny,
        Command::Change => Act::Change,
        Command::Noted => Act::Noted,
    }
}

fn inform(slot: &Slot, value: Value, text: &str) -> Act {
    Act::Inform(Given {
        slot: slot.id.clone(),
        value: Some(value),
        text: text.trim().to_owned(),
        adds: false,
    })
}

fn running<'a>(moment: &Moment<'a>) -> Option<&'a Template> {
    let dialog = moment.conversation.dialogs.last()?;
    moment
        .templates
        .version(&dialog.template, &dialog.digest)
        .map(std::convert::AsRef::as_ref)
}

fn reader<'a>(moment: &'a Moment<'a>, template: &'a Template) -> Reader<'a> {
    let org = template
        .integration
        .as_ref()
        .and_then(|id| moment.facts.get(id));
    Reader {
        now: &moment.now,
        locale: moment.locale,
        org: org.map(std::convert::AsRef::as_ref),
        object: template.object.as_deref(),
    }
}

/// All that people call a slot, lower case, longest first.
fn names_of(slot: &Slot) -> Vec<String> {
    let mut names: Vec<String> = std::iter::once(&slot.label)
        .chain(&slot.called)
        .map(|n| n.to_lowercase())
        .collect();
    names.push(slot.id.replace('_', " "));
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    names
}

fn find_word(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text[..*at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric());
        let after = text[at + word.len()..]
            .chars()
            .next()
            .is_none_or(|c| !c.is_alphanumeric());
        before && after
    })
}

/// What stands after "is", "to", "=" or a colon behind a slot's name.
fn after_verb(text: &str) -> &str {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || ":=".contains(c));
    let lower = text.to_lowercase();
    ["is now ", "should be ", "is ", "to ", "are "]
        .iter()
        .find(|verb| lower.starts_with(**verb))
        .map_or(text, |verb| text[verb.len()..].trim())
        .trim()
}

fn spoken(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
