//! The answer to a turn of the user: what the bot said in it and the state it left, as it was then. A later turn does not
//! change it, so a message that comes twice is answered the same; links get their addresses at delivery only.

use std::sync::Arc;

use serde_json::{Value, json};
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
}

impl Answer {
    /// The answer of a turn that has begun to say something.
    pub(super) fn new(who: Arc<Who>, turn: u64) -> Answer {
        Answer {
            who,
            turn,
            messages: Vec::new(),
            state: Value::Null,
        }
    }

    /// The same turn, further on: what else was said, and the state now.
    pub(super) fn goes_on(mut self, said: &[Value], state: Value) -> Answer {
        let of_bot = said.iter().filter(|message| message["from"] == "bot");
        self.messages.extend(of_bot.cloned());
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
        Ok(Answer::new(who.clone(), turn).goes_on(&said, state))
    }

    /// An answer as the front end gets it.
    pub(super) async fn delivered(&self, answer: Answer) -> Value {
        let who = &answer.who;
        let mut messages = Vec::new();
        for message in answer.messages {
            messages.push(self.with_link(who, message).await);
        }
        let awaiting = self.with_link(who, answer.state["awaiting"].clone()).await;
        json!({
            "turn": answer.turn,
            "messages": messages,
            "awaiting": awaiting,
            "slots": answer.state["slots"],
        })
    }
}
