//! A checked template: names resolved, texts and conditions compiled, nothing left that could be wrong for a reason the
//! check could have seen. How it is read from YAML and checked is in the files below; how it runs is the dialog's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::connector::ConnectorSpec;
use crate::derived::{Derived, Latest};
use crate::effect::{Auth, FailureKind};
use crate::locale::Locale;

mod bot;
mod check;
mod cover;
mod dialog;
mod example;
pub mod expression;
mod files;
mod filter;
mod kind;
pub mod load;
mod merge;
pub(crate) mod reader;
pub mod schema;
mod slot;
pub mod source;
mod spoken;
mod step;
mod tree;
mod uses;
mod verb;
mod writes;

pub use expression::{Condition, Phrase, Scope, Text};
pub use kind::{Choices, FieldName, FieldNames, Range, SlotKind, When};
pub use verb::{AskAgain, CallStep, ChoiceOption, Confirm, Input, Run, Show, Verb};

/// All that a bot is: its settings, its templates, its words.
#[derive(Debug, Clone)]
pub struct Templates {
    /// The settings of bot.yaml.
    pub bot: Bot,
    /// Templates by id, as they are now.
    pub current: IndexMap<String, Arc<Template>>,
    /// Versions that open dialogs began with, by digest; the shell adds what a conversation needs.
    pub versions: BTreeMap<String, Arc<Template>>,
    /// Standard responses by locale tag (language alone as the fallback), then key; the bot's locale is complete.
    pub wording: BTreeMap<String, BTreeMap<String, Text>>,
    /// Default error branches: bot.yaml's over those of repair.yaml, by vendor code or kind.
    pub on_error: Vec<(ErrorKey, Arc<Vec<Step>>)>,
    /// What the connectors declare, by integration id (not connector id).
    pub integrations: BTreeMap<String, Integration>,
    /// The same bot in other languages, by locale tag.
    pub locales: BTreeMap<String, Arc<Templates>>,
    /// What was learnt from the examples.
    pub learned: Arc<crate::understanding::learned::Learned>,
}

/// What bot.yaml says of the bot itself.
#[derive(Debug, Clone)]
pub struct Bot {
    /// Its name.
    pub name: String,
    /// What it says when a conversation is opened.
    pub greeting: Option<Text>,
    /// Locale of conversations that bring none.
    pub locale: Locale,
    /// IANA time zone of users who bring none.
    pub timezone: String,
    /// After how long a silence the open dialog is offered rather than gone on with, in seconds.
    pub ask_after: i64,
    /// After how long a conversation is forgotten, in seconds.
    pub forget_after: i64,
    /// Settings of understanding.
    pub understanding: UnderstandingSettings,
    /// Handoffs: id to webhook address.
    pub handoff: BTreeMap<String, String>,
    /// Authorization profiles as written, secrets by the names of their environment variables.
    pub profiles: BTreeMap<String, Profile>,
}

impl Bot {
    /// The locale of conversations with this tag; where it is the bot's own, with the bot's country and currency.
    pub fn locale_of(&self, tag: &str) -> Locale {
        match tag == self.locale.tag {
            true => self.locale.clone(),
            // What an org counts in does not hang on the language of who asks.
            false => Locale {
                currency: self.locale.currency.clone(),
                ..Locale::of(tag)
            },
        }
    }
}

/// `understanding:` of bot.yaml.
#[derive(Debug, Clone, PartialEq)]
pub struct UnderstandingSettings {
    /// Probability of the background from which a text is out of scope; `None`: never (`reject: off`).
    pub reject: Option<f32>,
    /// Two best templates nearer than this become a question.
    pub ask_within: f32,
}

/// An integration of a bot.
#[derive(Debug, Clone)]
pub struct Integration {
    /// Its id in bot.yaml.
    pub id: String,
    /// For people, `Salesforce`.
    pub title: String,
    /// What its connector declares.
    pub spec: ConnectorSpec,
    /// `users` (each by a link) or `operator` (once, for everybody).
    pub authorize: Authorize,
    /// `system` or the id of a profile.
    pub profile: String,
    /// Orgs that may be connected, by id, with the name that people know them by; empty where bot.yaml has none. Any, where
    /// the map is empty.
    pub orgs: BTreeMap<String, String>,
    /// Whether the shared grant may write.
    pub shared_writes: bool,
    /// Fixed base address, for `http`.
    pub url: Option<String>,
    /// Whether bot.yaml names it (else it is *not set up* until it does).
    pub declared: bool,
    /// Whether bot.yaml has it enabled.
    pub enabled: bool,
}

/// Who authorizes an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorize {
    /// Each user, by a link.
    Users,
    /// The operator, once.
    Operator,
}

/// An authorization profile of bot.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `authorization_code client_credentials jwt_bearer refresh_token api_key basic`.
    pub mechanism: String,
    /// Plain keys (`scopes` joined by spaces, `login_host`, `header` …).
    pub plain: BTreeMap<String, String>,
    /// Secret keys and the environment variables they come from.
    pub secrets: BTreeMap<String, String>,
}

/// One dialog.
#[derive(Debug, Clone)]
pub struct Template {
    /// The id others use.
    pub id: String,
    /// For people.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Completes "To … I need your Salesforce account".
    pub purpose: String,
    /// The integration its fields and records belong to.
    pub integration: Option<String>,
    /// The kind of record.
    pub object: Option<String>,
    /// Words for the object.
    pub nouns: Vec<String>,
    /// What people say to start it.
    pub examples: Vec<Example>,
    /// Its slots, in order.
    pub slots: IndexMap<String, Slot>,
    /// Its steps.
    pub steps: Arc<Vec<Step>>,
    /// Whose grant its calls use.
    pub auth: Auth,
    /// May others interrupt it?
    pub digressions: Digressions,
    /// Error branches for all its calls.
    pub on_error: Vec<(ErrorKey, Arc<Vec<Step>>)>,
    /// Standard responses while it runs.
    pub wording: BTreeMap<String, Text>,
    /// Its `version`, as the designer wrote it.
    pub version: Option<String>,
    /// SHA-256 (hex, 16 characters) of the template after `include` and `extends`.
    pub digest: String,
    /// The template after `include` and `extends`, as JSON that the check reads again: what the store keeps of a version.
    pub resolved: Arc<str>,
    /// The file it came from, for messages.
    pub file: String,
    /// The words that its examples begin with, in lower case.
    pub(crate) heads: Derived<BTreeSet<String>>,
}

/// A sentence that starts a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Text and `{slot}` places in turn.
    pub parts: Vec<ExamplePart>,
    /// Values that the words imply, normalised where the type can say so at load.
    pub means: Vec<(String, String)>,
    /// Line in its file, from 1.
    pub line: usize,
}

/// A piece of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExamplePart {
    /// Words.
    Text(String),
    /// The place of a slot's value.
    Slot(String),
}

/// May another template interrupt?
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Digressions {
    /// Yes.
    #[default]
    Allow,
    /// After a question.
    Ask,
    /// No.
    Refuse,
}

/// One slot (docs/template-reference.md, "A slot").
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its id.
    pub id: String,
    /// How it is read, checked and shown.
    pub kind: SlotKind,
    /// Its name for people.
    pub label: String,
    /// Other names that users have for it.
    pub called: Vec<String>,
    /// The CRM field it fills.
    pub field: Option<String>,
    /// The question; wording `ask.slot` without it.
    pub ask: Option<Text>,
    /// After an answer that can't be read; wording `reask.<type>` without it.
    pub reask: Option<Text>,
    /// What such values look like.
    pub samples: Vec<String>,
    /// Why it is asked; wording `why.slot` without it.
    pub why: Option<Text>,
    /// May be skipped and emptied.
    pub optional: bool,
    /// Taken in place of asking.
    pub default: Option<Phrase>,
    /// Rules for its value.
    pub validate: Vec<Rule>,
    /// Bad answers before giving up.
    pub retries: u32,
    /// What then.
    pub gives_up: GivesUp,
    /// Masked everywhere.
    pub sensitive: bool,
    /// Several values.
    pub list: bool,
    /// Overrides the template's while this slot is asked.
    pub digressions: Option<Digressions>,
    /// All that people call it.
    pub(crate) names: Derived<Vec<String>>,
    /// Whether it holds jobs, and by the words of which language.
    pub(crate) job: Latest<(usize, bool)>,
}

/// A rule of `validate`.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Holds when the value is bad.
    pub bad: Condition,
    /// What is said.
    pub text: Text,
    /// True for `ask`: the user may keep the value.
    pub ask: bool,
}

/// What happens after too many bad answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivesUp {
    /// The slot is skipped.
    Skip,
    /// The dialog is cancelled.
    Cancel,
    /// A person takes over, by the first handoff of the bot.
    Handoff,
}

/// What an `on_error` branch is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKey {
    /// A vendor's code.
    Code(String),
    /// A kind.
    Kind(FailureKind),
    /// Whatever else.
    Any,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id, unique in the template.
    pub id: String,
    /// What it does.
    pub verb: Verb,
    /// Slots that this step uses by itself, branches left out: a change of one of them brings the dialog back here.
    /// `None`: it uses all (a confirm).
    pub uses: Uses,
    /// Line in its file, from 1.
    pub line: usize,
}

/// Which slots a step uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uses {
    /// All of them.
    All,
    /// These.
    Slots(Vec<String>),
}

impl Uses {
    /// Whether a change of this slot matters here.
    pub fn touches(&self, slot: &str) -> bool {
        match self {
            Uses::All => true,
            Uses::Slots(slots) => slots.iter().any(|s| s == slot),
        }
    }
}

/// How a dialog ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// As it should.
    Done,
    /// At the user's word.
    Cancelled,
    /// It could not be done.
    Failed,
}

impl Templates {
    /// A template by digest: a version kept for a dialog in flight, else the current one if it is that version.
    pub fn version(&self, id: &str, digest: &str) -> Option<&Arc<Template>> {
        self.current
            .get(id)
            .filter(|t| t.digest == digest)
            .or_else(|| self.versions.get(digest))
            .or_else(|| {
                let mut all = self.locales.values();
                all.find_map(|spoken| spoken.current.get(id).filter(|t| t.digest == digest))
            })
    }
}
