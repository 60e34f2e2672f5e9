//! A message becomes acts, in the light of what is awaited: commands, the awaited slot, other slots, another template.
//! Recognisers and the classifier are elsewhere; here is the order in which they are asked.

use std::borrow::Cow;

use jiff::ZonedDateTime;

use crate::Value;
use crate::conversation::{Awaiting, Conversation};
use crate::event::Message;
use crate::facts::Facts;
use crate::locale::Locale;
use crate::template::{Slot, SlotKind, Template, Templates};

use super::act::{Act, Given};
use super::amended::amended;
use super::answer::answer;
use super::choosing::chosen;
use super::command::Command;
use super::confirmation::confirmation;
use super::dropped::dropped;
use super::entity::{self, Reader};
use super::first::first;
use super::parked::parked;
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
    /// How sure the decision is: with a template never less than any of the others.
    pub score: f32,
    /// Other templates, with their scores; the one that was decided for is none of them.
    pub others: Vec<(String, f32)>,
    /// Why.
    pub trace: Vec<String>,
}

/// What of a text is looked at, in bytes: a page. Whoever pastes a book does not give commands in it, and shall not keep
/// the machine busy.
const PAGE: usize = 2_000;

/// Understands a message. Of one that is longer than a page the first page is, unless all of it answers an open question.
pub fn understand(moment: &Moment<'_>, message: &Message) -> Understood {
    // Where neither a value nor a button is asked for, a value is what it says.
    let asks = matches!(
        moment.awaiting,
        Awaiting::Slot { .. } | Awaiting::Choice { .. } | Awaiting::Confirm { .. }
    );
    if message.value.is_some() && !asks {
        let text = Message {
            text: message.said().into_owned(),
            value: None,
        };
        return understand(moment, &text);
    }
    if message.value.is_none() && message.text.len() > PAGE {
        if let Some(act) = whole_answer(moment, &message.text) {
            return Understood {
                acts: vec![act],
                ..Understood::default()
            };
        }
        let end = (0..=PAGE)
            .rev()
            .find(|at| message.text.is_char_boundary(*at))
            .unwrap_or_default();
        let page = &message.text[..end];
        let page = page
            .rsplit_once(char::is_whitespace)
            .map_or(page, |(page, _)| page);
        let page = Message {
            text: page.to_owned(),
            value: None,
        };
        return understand(moment, &page);
    }
    let mut understood = Understood::default();
    let words = Words::of(moment.locale);
    if message.value.is_none()
        && let Some(acts) = dropped(moment, words, &message.text, &mut understood)
    {
        understood.acts = acts;
        return understood;
    }
    understood.acts = match moment.awaiting {
        Awaiting::Slot { slot } => answer(moment, words, slot, message, &mut understood),
        Awaiting::Confirm { what } => confirmation(moment, words, what, message, &mut understood),
        Awaiting::Choice { options, purpose } => {
            chosen(moment, words, options, purpose, message, &mut understood)
        }
        Awaiting::Authorization { .. } | Awaiting::Code { .. } => {
            let meant = as_meant(&message.text, words);
            let text = unshouted(&meant);
            let acts = parked(moment, words, &text, &mut understood);
            as_typed(acts, &text, &meant)
        }
        Awaiting::Nothing | Awaiting::Call => {
            let meant = as_meant(&message.text, words);
            let text = unshouted(&meant);
            let acts = first(moment, words, &text, &mut understood);
            as_typed(acts, &text, &meant)
        }
    };
    if understood.acts.is_empty() {
        understood.acts.push(Act::None);
    }
    understood.scored();
    understood
}

impl Understood {
    /// Where words decided against the likeliest template, its score is the decision's, and it has that of the one it gave way to.
    fn scored(&mut self) {
        let Some(decided) = &self.template else {
            return;
        };
        if let Some(own) = self.others.iter().position(|(id, _)| id == decided) {
            self.score = self.others.remove(own).1;
        }
        if let Some(likeliest) = (self.others.iter_mut()).max_by(|a, b| a.1.total_cmp(&b.1))
            && likeliest.1 > self.score
        {
            std::mem::swap(&mut likeliest.1, &mut self.score);
        }
        self.others.sort_by(|a, b| b.1.total_cmp(&a.1));
    }
}

/// Words of a shouted text from which on its capitals say nothing of names.
const SHOUTED: usize = 3;

/// A text without what it takes back itself and the sounds of thinking.
fn as_meant<'t>(text: &'t str, words: &Words) -> Cow<'t, str> {
    let text = words.without_closing(text);
    match amended(text, words) {
        Cow::Borrowed(text) => words.without_hesitation(text),
        Cow::Owned(text) => Cow::Owned(words.without_hesitation(&text).into_owned()),
    }
}

/// A text as it is read: capitals that are all there is made small.
fn unshouted(text: &str) -> Cow<'_, str> {
    let wordy = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() > 1;
    let shouted = !text.chars().any(char::is_lowercase)
        && text.split_whitespace().filter(wordy).count() >= SHOUTED;
    if shouted {
        Cow::Owned(text.to_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// The acts of a text that was read in small letters, with the words of their values as they were typed.
fn as_typed(mut acts: Vec<Act>, read: &str, typed: &str) -> Vec<Act> {
    // Places in one must be places in the other.
    if read.len() != typed.len() || read == typed {
        return acts;
    }
    for act in &mut acts {
        if let Act::Inform(given) | Act::Correct(given) = act
            && let Some(at) = read.find(&given.text)
            && let Some(words) = typed.get(at..at + given.text.len())
        {
            words.clone_into(&mut given.text);
        }
    }
    acts
}

/// A long text where a text of any kind is asked for.
fn whole_answer(moment: &Moment<'_>, text: &str) -> Option<Act> {
    let Awaiting::Slot { slot } = moment.awaiting else {
        return None;
    };
    let template = running(moment)?;
    let slot = template.slots.get(slot)?;
    if !matches!(slot.kind, SlotKind::Text { .. }) {
        return None;
    }
    Some(match entity::read(slot, text, &reader(moment, template)) {
        Ok(reading) => inform(slot, reading.value, text),
        Err(refusal) => Act::Invalid {
            slot: slot.id.clone(),
            reason: refusal.reason.to_owned(),
        },
    })
}

pub(super) fn control(command: Command) -> Act {
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
        Command::Hello => Act::Hello,
        Command::Noted => Act::Noted,
    }
}

pub(super) fn inform(slot: &Slot, value: Value, text: &str) -> Act {
    Act::Inform(Given {
        slot: slot.id.clone(),
        value: Some(value),
        text: text.trim().to_owned(),
        adds: false,
    })
}

pub(super) fn running<'a>(moment: &Moment<'a>) -> Option<&'a Template> {
    let dialog = moment.conversation.dialogs.last()?;
    moment
        .templates
        .version(&dialog.template, &dialog.digest)
        .map(std::convert::AsRef::as_ref)
}

pub(super) fn reader<'a>(moment: &'a Moment<'a>, template: &'a Template) -> Reader<'a> {
    let org = template
        .integration
        .as_ref()
        .and_then(|id| moment.facts.get(id));
    Reader {
        now: &moment.now,
        locale: moment.locale,
        org: org.map(std::convert::AsRef::as_ref),
        object: template.object.as_deref(),
        nouns: &template.nouns,
        slots: Some(&template.slots),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who was decided for with which score, and the others with theirs, best first.
    fn scored(decided: &str, score: f32, others: &[(&str, f32)]) -> (f32, Vec<(String, f32)>) {
        let named = |(id, score): &(&str, f32)| ((*id).to_owned(), *score);
        let mut understood = Understood {
            template: Some(decided.to_owned()),
            score,
            others: others.iter().map(named).collect(),
            ..Understood::default()
        };
        understood.scored();
        (understood.score, understood.others)
    }

    fn all(others: &[(&str, f32)]) -> Vec<(String, f32)> {
        let named = |(id, score): &(&str, f32)| ((*id).to_owned(), *score);
        others.iter().map(named).collect()
    }

    #[test]
    fn the_likeliest_template_keeps_its_score() {
        let others = [("find", 0.3), ("drop", 0.1)];
        assert_eq!(scored("make", 0.6, &others), (0.6, all(&others)));
    }

    #[test]
    fn what_words_decided_for_takes_the_score_of_the_one_that_gave_way() {
        let others = [("find", 0.6), ("make", 0.3), ("drop", 0.1)];
        let given_way = [("find", 0.3), ("drop", 0.1)];
        assert_eq!(scored("make", 0.6, &others), (0.6, all(&given_way)));
        // The same where it was not among the others any more.
        let others = [("drop", 0.1), ("find", 0.6)];
        assert_eq!(scored("make", 0.3, &others), (0.6, all(&given_way)));
    }

    #[test]
    fn without_a_decision_the_scores_are_as_they_were() {
        let mut understood = Understood {
            score: 0.2,
            others: all(&[("find", 0.6)]),
            ..Understood::default()
        };
        understood.scored();
        assert_eq!(
            (understood.score, understood.others),
            (0.2, all(&[("find", 0.6)]))
        );
    }
}
