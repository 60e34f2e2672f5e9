//! A conversation with the shipped bot, played up to the turn that is measured. The world's answers are as short as they
//! can be: a grant that is there, one record that is found.

use std::sync::Arc;

use serde_json::{Value, json};
use turnwise_engine::conversation::{Conversation, User};
use turnwise_engine::effect::{Call, Effect, Outcome};
use turnwise_engine::event::{Account, Event, EventKind, Message};
use turnwise_engine::reply::Reply;
use turnwise_engine::turn;

use crate::bot::SALES_ASSISTANT;

/// A conversation between two turns.
pub(crate) struct Dialog {
    pub(crate) conversation: Conversation,
    /// The call that is out, if the dialog was played up to one.
    pub(crate) call: Option<Call>,
    /// All that was said by the bot.
    pub(crate) replies: Vec<Reply>,
}

impl Dialog {
    /// Opened, and these texts said one after the other; what they ask of the world is answered at once.
    pub(crate) fn after(said: &[&str]) -> Dialog {
        let mut dialog = Dialog::opened();
        for text in said {
            dialog.play(message(text));
            dialog.settle();
        }
        dialog
    }

    /// As [`Dialog::after`], but the call that the last text brings about is left out.
    pub(crate) fn calling(said: &[&str]) -> Dialog {
        let (last, before) = said.split_last().expect("a call needs a text");
        let mut dialog = Dialog::after(before);
        dialog.play(message(last));
        assert!(dialog.call.is_some(), "`{last}` calls nothing");
        dialog
    }

    fn opened() -> Dialog {
        let bot = &SALES_ASSISTANT.bot;
        let user = User {
            id: "user-0001".into(),
            name: String::new(),
        };
        let mut dialog = Dialog {
            conversation: Conversation::new("c0ffee00", user, &bot.locale.tag, &bot.timezone),
            call: None,
            replies: Vec::new(),
        };
        dialog.play(EventKind::Opened);
        dialog
    }

    fn play(&mut self, kind: EventKind) {
        let turn = turn(&SALES_ASSISTANT, self.conversation.clone(), event(kind));
        self.conversation = turn.conversation;
        self.replies.extend(turn.replies);
        for effect in turn.effects {
            match effect {
                Effect::Call(call) => self.call = Some(call),
                Effect::Authorize { integration, .. } => {
                    let account = Account {
                        name: "rep@example.com".into(),
                        org: "Example Org".into(),
                    };
                    self.play(EventKind::Authorized {
                        integration,
                        account,
                    });
                }
                _ => {}
            }
        }
    }

    fn settle(&mut self) {
        while let Some(call) = self.call.take() {
            self.play(came_back(&call));
        }
    }
}

/// What the user says.
pub(crate) fn message(text: &str) -> EventKind {
    EventKind::Message(Message {
        text: text.into(),
        value: None,
    })
}

/// The answer to a call.
pub(crate) fn came_back(call: &Call) -> EventKind {
    let record = json!({
        "object": "Lead", "id": "00Q000000000001EAA", "name": "Ida Blum",
        "url": "https://example.my.salesforce.com/lightning/r/Lead/00Q000000000001EAA/view",
        "fields": { "Company": "Fernhill", "Phone": "+12065550142", "Email": "ida@fernhill.example" },
    });
    let answer: Value = match call.operation.as_str() {
        "lookup" | "find" => json!({ "total": 1, "offset": 0, "rows": [record] }),
        _ => record,
    };
    EventKind::Called {
        call: call.id.clone(),
        outcome: Outcome::Done(answer),
    }
}

/// Something that happens now, at the same time for all.
pub(crate) fn event(kind: EventKind) -> Event {
    Event {
        at: "2026-03-04T15:00:00Z"
            .parse()
            .expect("a timestamp as written here is one"),
        kind,
        facts: Arc::default(),
    }
}
