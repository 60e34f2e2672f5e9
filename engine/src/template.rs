//! A checked template: names resolved, texts and conditions compiled, nothing left that could be wrong for a reason the
//! check could have seen. How it is read from YAML and checked is in the files below; how it runs is the dialog's.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use regex::Regex;

use crate::Value;
use crate::connector::ConnectorSpec;
use crate::effect::{Auth, Does, FailureKind};
use crate::locale::Locale;

mod bot;
mod check;
mod cover;
mod dialog;
mod example;
pub mod expression;
mod filter;
pub mod load;
mod merge;
mod reader;
pub mod schema;
mod slot;
pub mod source;
mod step;
mod uses;
mod writes;

pub use expression::{Condition, Phrase, Scope, Text};

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
    /// Orgs that may be connected; empty: any.
    pub orgs: Vec<String>,
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
    /// Locale of a translation's texts -> key path -> text; empty for now.
    pub version: Option<String>,
    /// SHA-256 (hex, 16 characters) of the template after `include` and `extends`.
    pub digest: String,
    /// The template after `include` and `extends`, as JSON that the check reads again: what the store keeps of a version.
    pub resolved: String,
    /// The file it came from, for messages.
    pub file: String,
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

/// One slot (template-language.md, section 3).
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

/// A slot's type with its options.
#[derive(Debug, Clone)]
pub enum SlotKind {
    /// Free text.
    Text {
        /// Shortest, in characters.
        min_length: usize,
        /// Longest; the field's where `None`, else 255.
        max_length: Option<usize>,
    },
    /// A given name.
    FirstName,
    /// A family name.
    LastName,
    /// Both.
    FullName,
    /// A company.
    Organization,
    /// A city.
    City,
    /// A country, by its English name.
    Country,
    /// An e-mail address, lower case.
    Email,
    /// A phone number, E.164 and ` x12`.
    Phone {
        /// Country of numbers without a prefix; the locale's where `None`.
        country: Option<String>,
    },
    /// A web address.
    Url,
    /// A number.
    Number(Range),
    /// A percentage; 10 is 10 %.
    Percent(Range),
    /// Money: `{"value","currency"}`.
    Amount {
        /// Bounds.
        range: Range,
        /// Currency of amounts that name none; the locale's where `None`.
        currency: Option<String>,
    },
    /// A day, `YYYY-MM-DD`.
    Date(When),
    /// A time of day, `HH:MM`.
    Time(When),
    /// Both, `YYYY-MM-DDTHH:MM`.
    DateTime(When),
    /// Yes or no.
    Boolean,
    /// One of a list.
    Choice(Choices),
    /// A text of a given form.
    Pattern {
        /// Matches the whole text.
        pattern: Regex,
        /// Shown when re-asking.
        example: String,
    },
    /// A record named by the user.
    Record {
        /// The kind of record.
        object: String,
        /// Fields to read; the connector's default where empty.
        fields: Vec<String>,
        /// Narrows the look-up: CRM field and value.
        narrow: Vec<(String, Value)>,
        /// Whether the words are kept where nothing matches.
        keep: bool,
    },
    /// A field named by the user; its value is the id of a slot, or a CRM field's name.
    Field {
        /// Slots of this template it may name, with all names people have for each: (slot id or CRM field, label, names).
        names: Vec<FieldName>,
        /// Whether naming it asks for a value (some slot of this template fills it).
        fills: bool,
    },
}

/// One thing that a `field` slot may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldName {
    /// Slot id where a slot fills it, else the id it has in the `names` file.
    pub id: String,
    /// The CRM field.
    pub field: String,
    /// For people.
    pub label: String,
    /// Label and other names, lower case.
    pub names: Vec<String>,
}

impl SlotKind {
    /// Its name in templates, also the key of `reask.<type>`.
    pub fn word(&self) -> &'static str {
        match self {
            SlotKind::Text { .. } => "text",
            SlotKind::FirstName => "person.first_name",
            SlotKind::LastName => "person.last_name",
            SlotKind::FullName => "person.full_name",
            SlotKind::Organization => "organization",
            SlotKind::City => "city",
            SlotKind::Country => "country",
            SlotKind::Email => "email",
            SlotKind::Phone { .. } => "phone",
            SlotKind::Url => "url",
            SlotKind::Number(_) => "number",
            SlotKind::Percent(_) => "percent",
            SlotKind::Amount { .. } => "amount",
            SlotKind::Date(_) => "date",
            SlotKind::Time(_) => "time",
            SlotKind::DateTime(_) => "datetime",
            SlotKind::Boolean => "boolean",
            SlotKind::Choice(_) => "choice",
            SlotKind::Pattern { .. } => "pattern",
            SlotKind::Record { .. } => "record",
            SlotKind::Field { .. } => "field",
        }
    }
}

/// Bounds of a number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Range {
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// Whole numbers only.
    pub whole: bool,
}

/// Bounds and leaning of a date or time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct When {
    /// True: "March" is the last one (`prefer: past`).
    pub past: bool,
    /// Earliest, as written: an ISO date or `today`.
    pub min: Option<String>,
    /// Latest.
    pub max: Option<String>,
}

/// The values of a choice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choices {
    /// True: the picklist of the slot's field in the user's org, once it is known.
    pub org: bool,
    /// Value and label, in order; for `org` the values that the template itself names in `synonyms`.
    pub values: Vec<(String, String)>,
    /// What people say for a value.
    pub synonyms: Vec<(String, Vec<String>)>,
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

/// What a step does (template-language.md, section 4).
#[derive(Debug, Clone)]
pub enum Verb {
    /// Asks for what is empty.
    Collect(Vec<String>),
    /// Asks yes or no about the write below it.
    Confirm(Confirm),
    /// Performs an operation.
    Call(CallStep),
    /// Says something.
    Say {
        /// What.
        text: Text,
        /// Buttons that send their text.
        buttons: Vec<Phrase>,
    },
    /// Shows records.
    Show(Show),
    /// Waits for one of several.
    Choose {
        /// The question.
        text: Text,
        /// Label, the condition it is offered under, and its steps.
        options: Vec<ChoiceOption>,
    },
    /// Branches.
    If {
        /// The condition.
        condition: Condition,
        /// Steps where it holds.
        then: Arc<Vec<Step>>,
        /// Steps where it does not.
        otherwise: Arc<Vec<Step>>,
    },
    /// Fills slots; `None` skips.
    Set(Vec<(String, Option<Phrase>)>),
    /// Empties slots and goes back to where they are collected. The slots are named, or come from `error.slots`.
    AskAgain {
        /// The slots, or `error.slots`.
        slots: AskAgain,
        /// Said first.
        say: Option<Text>,
    },
    /// Runs another template.
    Run(Run),
    /// The failed call again, with these inputs on top.
    Retry(Vec<(String, Phrase)>),
    /// Asks for a sign-in here.
    SignIn(String),
    /// Hands over to a person.
    Handoff {
        /// Its id in bot.yaml.
        desk: String,
        /// Said first.
        say: Option<Text>,
    },
    /// Ends the dialog.
    End {
        /// How.
        how: End,
        /// Said first.
        say: Option<Text>,
    },
}

/// `ask_again:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskAgain {
    /// These slots.
    Slots(Vec<String>),
    /// Whatever slots (or fields without a slot) the failure names; only under `on_error`.
    Error,
}

/// One option of a `choose`.
#[derive(Debug, Clone)]
pub struct ChoiceOption {
    /// Its label.
    pub label: Phrase,
    /// Offered only when this holds.
    pub offered: Option<Condition>,
    /// Its steps.
    pub steps: Arc<Vec<Step>>,
}

/// `confirm:`.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// The question.
    pub text: Text,
    /// Steps of a no; none: end, cancelled.
    pub no: Option<Arc<Vec<Step>>>,
    /// Slots shown on the card; `None`: what the write below writes.
    pub show: Option<Vec<String>>,
    /// What the write below does: `awaiting.what` and the card follow it. `Read` where there is none.
    pub does: Does,
    /// The id of the call step it covers first.
    pub covers: Option<String>,
}

/// `call:`.
#[derive(Debug, Clone)]
pub struct CallStep {
    /// The integration.
    pub integration: String,
    /// The operation.
    pub operation: String,
    /// What it does to the world.
    pub does: Does,
    /// The object, where the operation is about one.
    pub object: Option<String>,
    /// Inputs as written (`record`, `fields`, `where`, `query` …).
    pub inputs: IndexMap<String, Input>,
    /// Whether `fields` (for a find: `where`) is every filled slot that has a `field`.
    pub all_fields: bool,
    /// The name of the result, or the record slot it fills.
    pub result: Option<String>,
    /// Error branches.
    pub on_error: Vec<(ErrorKey, Arc<Vec<Step>>)>,
    /// A failed read leaves the result empty.
    pub optional: bool,
    /// Whose grant; the template's where `None`.
    pub auth: Option<Auth>,
    /// Whether it can be undone on request.
    pub undo: bool,
}

/// An input of a call.
#[derive(Debug, Clone)]
pub enum Input {
    /// A text or a value that is one expression.
    Phrase(Phrase),
    /// An expression without braces (`record: lead`).
    Expression(Condition),
    /// A map of names to inputs.
    Map(IndexMap<String, Input>),
    /// A list of inputs.
    List(Vec<Input>),
    /// A constant.
    Constant(Value),
}

/// `show:`.
#[derive(Debug, Clone)]
pub struct Show {
    /// The record or list.
    pub what: Condition,
    /// Heading.
    pub say: Option<Text>,
    /// CRM fields shown.
    pub fields: Vec<String>,
    /// Said where there is nothing.
    pub none: Option<Text>,
    /// Template that a row starts.
    pub pick: Option<String>,
    /// Template that "only the hot ones" starts.
    pub narrow: Option<String>,
    /// Buttons.
    pub buttons: Vec<Phrase>,
}

/// `run:`.
#[derive(Debug, Clone)]
pub struct Run {
    /// The template.
    pub template: String,
    /// Slots handed in.
    pub with: Vec<(String, Input)>,
    /// Hands over every filled slot that it has too.
    pub share: bool,
    /// The name of its results.
    pub result: Option<String>,
    /// Goes on if it is cancelled.
    pub optional: bool,
    /// The last step: it takes this dialog's place.
    pub last: bool,
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
    }
}
