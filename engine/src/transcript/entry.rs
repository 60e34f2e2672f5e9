//! The entries of a transcript: how they are read from its text, and how what happened and what was asked is written as one.
//! What an entry does when it is played is the player's.

use crate::Value;
use crate::effect::{Effect, Outcome};
use crate::event::{Account, EventKind, Message, WrongAccount};

/// What an entry can begin with; docs/transcripts.md explains each.
pub const KEYS: [&str; 27] = [
    "#",
    "now",
    "timezone",
    "locale",
    "engine only",
    "user",
    "value",
    "bot",
    "buttons",
    "link",
    "call",
    "effect",
    "done",
    "failed",
    "no grant",
    "signed in",
    "sign-in ended",
    "connected as",
    "signed out",
    "not ready",
    "event",
    "wait",
    "sandbox reset",
    "sandbox fault",
    "sandbox org",
    "sandbox expire",
    "sandbox users",
];

/// One entry of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The line it begins on, from 1.
    pub line: usize,
    /// What stands before the colon; `#` for a comment.
    pub key: String,
    /// What stands behind it, further lines without their indentation; a comment whole.
    pub text: String,
}

impl Entry {
    /// Whether the bot's side says it, so that it is written anew by each play.
    pub fn is_written_anew(&self) -> bool {
        matches!(
            self.key.as_str(),
            "bot" | "call" | "link" | "effect" | "buttons"
        )
    }
}

/// The entries of a transcript, in order.
pub fn entries(script: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (n, line) in script.lines().enumerate() {
        if let Some(more) = line.strip_prefix("  ") {
            if let Some(entry) = entries.last_mut() {
                entry.text.push('\n');
                entry.text.push_str(more);
            }
            continue;
        }
        let (key, text) = match line.split_once(':') {
            _ if line.starts_with('#') => ("#", line),
            Some((key, text)) => (key, text.trim_start()),
            None => (line, ""),
        };
        if !line.trim().is_empty() {
            entries.push(Entry {
                line: n + 1,
                key: key.trim().to_owned(),
                text: text.to_owned(),
            });
        }
    }
    entries
}

/// An entry as it stands in a file.
pub fn written(key: &str, text: &str) -> String {
    if key == "#" {
        return format!("{text}\n");
    }
    let text = text.replace('\n', "\n  ");
    if text.is_empty() {
        format!("{key}:\n")
    } else {
        format!("{key}: {text}\n")
    }
}

/// The entry of something that happened: its key and text. `None` for what no transcript tells.
pub fn told(kind: &EventKind) -> Option<(&'static str, String)> {
    let json = |value: serde_json::Result<Value>| value.unwrap_or_default().to_string();
    Some(match kind {
        EventKind::Message(Message {
            value: Some(value), ..
        }) => ("value", value.to_string()),
        EventKind::Message(message) => ("user", message.text.clone()),
        EventKind::Called { outcome, .. } => match outcome {
            Outcome::Done(result) => ("done", result.to_string()),
            Outcome::Failed(failure) => ("failed", json(serde_json::to_value(failure))),
        },
        EventKind::AuthorizationRequired { .. } => ("no grant", String::new()),
        EventKind::Authorized { account, .. } => ("signed in", account.to_string()),
        EventKind::ConnectedAs { account, .. } => (
            "connected as",
            account.as_ref().map(Account::to_string).unwrap_or_default(),
        ),
        EventKind::SignInEnded { end, wrong, .. } => {
            let end = serde_json::to_value(end).unwrap_or_default();
            let mut text = end.as_str().unwrap_or_default().to_owned();
            if let Some(wrong) = wrong {
                text.push_str(&mismatch(wrong));
            }
            ("sign-in ended", text)
        }
        EventKind::NotReady { why, .. } => {
            let why = serde_json::to_value(why).unwrap_or_default();
            ("not ready", why.as_str().unwrap_or_default().to_owned())
        }
        EventKind::SignedOut { confirmed, .. } => {
            let unsure = if *confirmed { "" } else { "unsure" };
            ("signed out", unsure.to_owned())
        }
        EventKind::Opened
        | EventKind::LinkRefused { .. }
        | EventKind::CodeAwaited { .. }
        | EventKind::CodeWrong { .. }
        | EventKind::AccountDiffers { .. }
        | EventKind::HandedBack
        | EventKind::HandoffFailed => return None,
    })
}

/// What stands behind `wrong_account`: `, as rep@example.com (Example Org), expected Acme or Initech, before ann@acme.com`.
fn mismatch(wrong: &WrongAccount) -> String {
    let mut text = String::new();
    if let Some(account) = &wrong.account {
        text.push_str(&format!("{AS}{account}"));
    }
    if !wrong.expected.is_empty() {
        text.push_str(&format!("{EXPECTED}{}", wrong.expected.join(OR)));
    }
    if let Some(before) = &wrong.before {
        text.push_str(&format!("{BEFORE}{before}"));
    }
    text
}

const AS: &str = ", as ";
const EXPECTED: &str = ", expected ";
const BEFORE: &str = ", before ";
const OR: &str = " or ";

/// How a sign-in ended, and what is said of a wrong account behind it.
pub(super) fn ended(text: &str) -> (&str, Option<WrongAccount>) {
    let (rest, before) = text.split_once(BEFORE).unwrap_or((text, ""));
    let (rest, expected) = rest.split_once(EXPECTED).unwrap_or((rest, ""));
    let (end, who) = rest.split_once(AS).unwrap_or((rest, ""));
    let some = |text: &str| (!text.is_empty()).then(|| account(text));
    let wrong = WrongAccount {
        account: some(who),
        expected: expected
            .split(OR)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        before: some(before),
    };
    (end, (wrong != WrongAccount::default()).then_some(wrong))
}

/// An account as transcripts name it.
pub(super) fn account(text: &str) -> Account {
    let (name, org) = text.split_once(" (").unwrap_or((text, ""));
    Account {
        name: name.into(),
        org: org.trim_end_matches(')').into(),
    }
}

/// The entry of something that is asked of the world: its key and text.
pub fn asked(effect: &Effect) -> (&'static str, String) {
    match effect {
        Effect::Call(call) => (
            "call",
            format!("{}.{} {}", call.integration, call.operation, call.input),
        ),
        Effect::Authorize { integration, .. } => ("effect", format!("authorize {integration}")),
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            let word = value["effect"].as_str().unwrap_or_default();
            ("effect", word.to_owned())
        }
    }
}

/// The choices below a message, by their titles.
pub fn buttons<'t>(titles: impl Iterator<Item = &'t str>) -> String {
    let titles: Vec<String> = titles.map(|title| format!("[{title}]")).collect();
    titles.join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn how_a_sign_in_ended_reads_as_it_is_written_and_as_it_was_before_accounts_were_named() {
        for text in [
            "wrong_account",
            "wrong_account, expected 00D000000000001EAA",
            "wrong_account, as rep@example.com (Example Org), expected Acme or Initech, before ann@acme.com (Acme)",
            "denied",
        ] {
            let (end, wrong) = ended(text);
            let more = wrong.as_ref().map(mismatch).unwrap_or_default();
            assert_eq!(format!("{end}{more}"), text);
        }
        let old = r#"{"event":"sign_in_ended","integration":"salesforce","end":"wrong_account"}"#;
        let kind: EventKind = serde_json::from_str(old).unwrap();
        assert!(matches!(kind, EventKind::SignInEnded { wrong: None, .. }));
        assert_eq!(serde_json::to_string(&kind).unwrap(), old);
    }
}
