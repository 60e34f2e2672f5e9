//! The answer to a turn of the user: what the bot said in it and the state it left, as it was then. A later turn does not
//! change it, so a message that comes twice is answered the same; links get their addresses at delivery only.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use turnwise_connectors::auth::Who;
use turnwise_engine::conversation::Conversation;
use turnwise_engine::template::Templates;

use super::{Runtime, Trouble, shown};

/// An answer as it is kept: in place of a link's address stands the attempt's name.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    who: Arc<Who>,
    turn: u64,
    messages: Vec<Value>,
    state: Value,
    again: bool,
}

/// An answer as the front end gets it.
#[derive(Debug)]
pub struct Delivered {
    /// `{"turn", "messages", "awaiting", "slots"}`.
    pub body: Value,
    /// Whether the message came once more and nothing ran: streams have told it already, and tell nothing new.
    pub again: bool,
}

/// The place of an answer that is being given: whoever asked takes it there when its turns have ended.
#[derive(Debug, Default)]
pub(super) struct Said(Mutex<Option<Answer>>);

impl Said {
    /// Takes what there is of it.
    pub(super) fn take(&self) -> Option<Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Puts it there.
    pub(super) fn is(&self, answer: Answer) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }
}

impl Answer {
    /// The answer of a turn that has begun to say something.
    pub(super) fn new(who: Arc<Who>, turn: u64) -> Answer {
        Answer {
            who,
            turn,
            messages: Vec::new(),
            state: Value::Null,
            again: false,
        }
    }

    /// The same turn, further on: what else was said, and the state now.
    pub(super) fn goes_on(mut self, said: Vec<Value>, state: Value) -> Answer {
        let of_bot = said.into_iter().filter(|message| message["from"] == "bot");
        self.messages.extend(of_bot);
        self.state = state;
        self
    }
}

impl Runtime {
    /// What is kept of the state after a turn.
    pub(super) fn left(&self, templates: &Templates, state: &Conversation) -> Value {
        json!({ "awaiting": self.awaits(state), "slots": shown::slots(templates, state) })
    }

    /// The answer to a message that ran before.
    pub(super) fn answered(
        &self,
        id: &str,
        who: &Arc<Who>,
        turn: u64,
        left: &str,
    ) -> Result<Answer, Trouble> {
        let said = self.store.messages_of_turn(id, turn)?;
        let state = serde_json::from_str(left).unwrap_or_default();
        let answer = Answer::new(who.clone(), turn).goes_on(said, state);
        Ok(Answer {
            again: true,
            ..answer
        })
    }

    /// An answer as the front end gets it.
    pub(super) async fn delivered(&self, answer: Answer) -> Delivered {
        let Answer {
            who,
            turn,
            messages,
            mut state,
            again,
        } = answer;
        let mut told = Vec::with_capacity(messages.len());
        for message in messages {
            told.push(self.with_link(&who, message).await);
        }
        let mut part = |name| state.get_mut(name).map_or(Value::Null, Value::take);
        let (awaiting, slots) = (part("awaiting"), part("slots"));
        let mut answer = Map::new();
        answer.insert("turn".to_owned(), turn.into());
        answer.insert("messages".to_owned(), told.into());
        answer.insert("awaiting".to_owned(), self.with_link(&who, awaiting).await);
        answer.insert("slots".to_owned(), slots);
        let body = Value::Object(answer);
        Delivered { body, again }
    }
}
