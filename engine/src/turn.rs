//! One turn: a conversation and an event go in, the next conversation, replies and effects come out. It is total: what
//! can be wrong was found at load, and what remains is a reply and a line of the trace.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::conversation::{Awaiting, Conversation};
use crate::coverage::Reached;
use crate::dialog::scope::Named;
use crate::effect::Effect;
use crate::event::{Event, EventKind};
use crate::facts::Facts;
use crate::locale::Locale;
use crate::reply::{Reply, ReplyKind};
use crate::template::{Template, Templates, Text, expression};

/// What one event brought about.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The conversation afterwards; to be saved before anything leaves.
    pub conversation: Conversation,
    /// What is said, in order.
    pub replies: Vec<Reply>,
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// Acts, states and why, for the log; one line each, no secrets.
    pub trace: Vec<String>,
    /// Steps, branches and slots of templates that it came to.
    pub reached: BTreeSet<Reached>,
    /// The message as it may be kept among what was said, where some of it was for a slot that is sensitive.
    pub heard: Option<String>,
}

/// Plays one event, in the language of the conversation where the bot has it. The same arguments always give the same turn.
pub fn turn(templates: &Templates, conversation: Conversation, event: Event) -> Turn {
    match templates.spoken_in(&conversation.locale) {
        Some(spoken) => played(&spoken, conversation, event),
        None => played(templates, conversation, event),
    }
}

fn played(templates: &Templates, conversation: Conversation, event: Event) -> Turn {
    let mut play = Play::new(templates, conversation, &event);
    match event.kind {
        EventKind::Opened => play.greet(),
        EventKind::Message(message) => play.hear(&message),
        EventKind::Called { call, outcome } => play.came_back(&call, outcome),
        EventKind::AuthorizationRequired {
            integration,
            attempt,
            expires_at,
            minutes,
            host,
            ..
        } => {
            play.link_is_out(&integration, &attempt, expires_at, minutes, &host);
        }
        EventKind::LinkRefused {
            integration,
            minutes,
            ..
        } => play.link_refused(&integration, minutes),
        EventKind::CodeAwaited { integration } => play.code_awaited(&integration),
        EventKind::CodeWrong { integration, left } => play.code_wrong(&integration, left),
        EventKind::Authorized {
            integration,
            account,
        } => play.authorized(&integration, account),
        EventKind::ConnectedAs { account, .. } => play.connected_as(account),
        EventKind::AccountDiffers {
            integration,
            from,
            to,
        } => play.account_differs(&integration, &from, &to),
        EventKind::NotReady {
            integration, why, ..
        } => play.not_ready(&integration, why),
        EventKind::SignInEnded {
            integration,
            end,
            wrong,
        } => play.sign_in_ended(&integration, end, wrong.unwrap_or_default()),
        EventKind::SignedOut {
            integration,
            confirmed,
        } => play.signed_out(&integration, confirmed),
        EventKind::HandedBack => play.handed_back(),
        EventKind::HandoffFailed => play.handoff_failed(),
    }
    Turn {
        conversation: play.conversation,
        replies: play.replies,
        effects: play.effects,
        trace: play.trace,
        reached: play.reached,
        heard: play.heard,
    }
}

/// A turn being played: the conversation as it changes, and what came out so far.
pub(crate) struct Play<'a> {
    pub(crate) templates: &'a Templates,
    pub(crate) conversation: Conversation,
    pub(crate) at: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) locale: Locale,
    pub(crate) facts: Arc<Facts>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) trace: Vec<String>,
    pub(crate) reached: BTreeSet<Reached>,
    pub(crate) heard: Option<String>,
    pub(crate) named: RefCell<Option<Named>>,
}

impl<'a> Play<'a> {
    fn new(templates: &'a Templates, mut conversation: Conversation, event: &Event) -> Play<'a> {
        conversation.turn += 1;
        let zone = TimeZone::get(&conversation.timezone).unwrap_or(TimeZone::UTC);
        let locale = templates.bot.locale_of(&conversation.locale);
        Play {
            templates,
            conversation,
            at: event.at,
            zone,
            locale,
            facts: event.facts.clone(),
            replies: Vec::new(),
            effects: Vec::new(),
            trace: Vec::new(),
            reached: BTreeSet::new(),
            heard: None,
            named: RefCell::default(),
        }
    }

    fn greet(&mut self) {
        let text = match &self.templates.bot.greeting {
            Some(greeting) => self.phrase(greeting, "greeting", &self.scope_of_nothing()),
            None => self.what_it_can("help"),
        };
        self.say(text);
    }

    /// The template of the dialog on top, in the version it began with. A version that is lost ends the dialog.
    pub(crate) fn top(&mut self) -> Option<Arc<Template>> {
        loop {
            let dialog = self.conversation.dialogs.last()?;
            if let Some(template) = self.templates.version(&dialog.template, &dialog.digest) {
                return Some(template.clone());
            }
            // The shell keeps versions as long as a dialog needs them; a lost one is a repair, not a crash.
            self.trace.push(format!(
                "version {} of {} is lost",
                dialog.digest, dialog.template
            ));
            self.conversation.dialogs.pop();
            self.conversation.awaiting = Awaiting::Nothing;
            let sorry = self.wording("error.setup", &[("error", expression::empty())]);
            self.say(sorry);
        }
    }

    /// Says a text by itself; nothing where it is empty.
    pub(crate) fn say(&mut self, text: String) {
        if !text.trim().is_empty() {
            self.replies.push(Reply {
                text,
                kind: ReplyKind::Text,
                choices: Vec::new(),
                ended: None,
            });
        }
    }

    /// The variant of a text that is due: the n-th time it is said takes the n-th.
    pub(crate) fn phrase(
        &mut self,
        text: &Text,
        place: &str,
        scope: &crate::template::Scope,
    ) -> String {
        let count = text.variants.len().max(1);
        if count == 1 {
            let only = text.variants.first();
            return only.map(|v| v.render(scope)).unwrap_or_default();
        }
        let said = self.conversation.said.entry(place.to_owned()).or_insert(0);
        let stays = place.starts_with("reask") || place.starts_with("fallback");
        let n = if stays {
            (*said as usize).min(count - 1)
        } else {
            *said as usize % count
        };
        *said = said.saturating_add(1);
        text.variants[n].render(scope)
    }
}
