//! The engine inside a program of your own: `cargo run --example embed` plays the bot of `examples/first-bot` line by line from
//! standard input. It keeps the conversation in memory and performs no effects; `turnwise serve` does both.

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use turnwise_engine::conversation::{Conversation, User};
use turnwise_engine::event::{Event, EventKind, Message};
use turnwise_engine::template::Templates;
use turnwise_engine::template::source::{Source, Sources};

fn main() -> Result<(), Box<dyn Error>> {
    let templates = bot(Path::new("examples/first-bot"))?;
    let mut conversation = Conversation::new("embedded", user(), "en-US", "UTC");
    for line in std::io::stdin().lock().lines() {
        let (next, said) = turn(&templates, conversation, Timestamp::now(), &line?);
        for text in said {
            writeln!(std::io::stdout(), "{text}")?;
        }
        // A shell of yours saves it here, before anything leaves: it is plain JSON.
        conversation = serde_json::from_str(&serde_json::to_string(&next)?)?;
    }
    Ok(())
}

/// A bot is its files: what is wrong with them is told at once, and nothing after that can fail.
fn bot(folder: &Path) -> Result<Templates, Box<dyn Error>> {
    let read = |path: &Path| -> Result<Source, Box<dyn Error>> {
        Ok(Source {
            name: path.display().to_string(),
            text: std::fs::read_to_string(path)?,
        })
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.join("templates"))? {
        files.push(read(&entry?.path())?);
    }
    let loaded = Templates::load(
        &Sources {
            bot: Some(read(&folder.join("bot.yaml"))?),
            files,
            library: Vec::new(),
            repair: Source {
                name: "repair.yaml".into(),
                text: turnwise_engine::REPAIR.into(),
            },
        },
        &[],
    );
    loaded
        .templates
        .ok_or_else(|| format!("the bot has mistakes: {:?}", loaded.diagnostics).into())
}

fn user() -> User {
    User {
        id: "ann".into(),
        name: "Ann".into(),
    }
}

/// One turn: the conversation after it and what the bot says. `turn.effects` are what a shell would perform; their outcomes are
/// the next events.
fn turn(
    templates: &Templates,
    conversation: Conversation,
    at: Timestamp,
    text: &str,
) -> (Conversation, Vec<String>) {
    let event = Event {
        at,
        kind: EventKind::Message(Message {
            text: text.into(),
            value: None,
        }),
        facts: Arc::default(),
    };
    let turn = turnwise_engine::turn(templates, conversation, event);
    let said = turn.replies.into_iter().map(|reply| reply.text);
    (turn.conversation, said.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_bot_books_a_room() {
        let templates = bot(Path::new("examples/first-bot")).unwrap();
        let mut conversation = Conversation::new("c1", user(), "en-US", "UTC");
        let mut said = Vec::new();
        let now: Timestamp = "2026-03-04T15:00:00Z".parse().unwrap();
        for text in ["book a room tomorrow at 2pm", "six"] {
            let (next, replies) = turn(&templates, conversation, now, text);
            conversation = next;
            said.extend(replies);
        }
        assert!(said.contains(&"How many people?".to_owned()), "{said:?}");
    }
}
