//! A small invented bot for the tests of what is learnt: a library that lends books. Its templates do nothing but have
//! examples and slots.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::derived::{Derived, Latest};
use crate::effect::{Auth, Does};
use crate::template::{
    CallStep, Choices, Digressions, Example, ExamplePart, GivesUp, Slot, SlotKind, Step, Template,
    UnderstandingSettings, Uses, Verb, When,
};

/// The Wednesday on which values are read.
pub(super) fn wednesday() -> jiff::ZonedDateTime {
    let now: jiff::Timestamp = "2026-03-04T12:00:00Z".parse().expect("a moment");
    now.to_zoned_datetime(jiff::tz::TimeZone::UTC)
}

pub(super) fn settings(reject: Option<f32>) -> UnderstandingSettings {
    UnderstandingSettings {
        reject,
        ask_within: 0.15,
    }
}

pub(super) fn library() -> IndexMap<String, Arc<Template>> {
    let book = || {
        let mut slot = slot(
            "book",
            SlotKind::Text {
                min_length: 1,
                max_length: None,
            },
        );
        slot.samples = [
            "The Salt Road",
            "Winter Orchards",
            "Seven Lanterns",
            "A History of Rope",
            "Quiet Machines",
        ]
        .map(str::to_owned)
        .to_vec();
        slot
    };
    let day = || slot("day", SlotKind::Date(When::default()));
    let branch = || {
        let mut choices = Choices::default();
        for name in ["Harbour", "Old Town", "Riverside"] {
            choices.values.push((name.to_lowercase(), name.to_owned()));
        }
        slot("branch", SlotKind::Choice(choices))
    };
    let templates = [
        template(
            "reserve_book",
            Does::Create,
            &[book(), day(), branch()],
            &[
                "reserve a book",
                "reserve {book}",
                "put {book} on hold for me",
                "i want to borrow {book}",
                "keep {book} for me at {branch}",
                "hold the book {book} until {day}",
                "can i borrow {book} from {day}",
                "reserve the book {book} in {branch}",
            ],
        ),
        template(
            "return_book",
            Does::Update,
            &[book(), day()],
            &[
                "return a book",
                "return {book}",
                "i bring back {book}",
                "give back the book {book}",
                "hand in {book} on {day}",
                "i am done with {book}",
                "bring back a book",
            ],
        ),
        template(
            "cancel_card",
            Does::Delete,
            &[slot("email", SlotKind::Email)],
            &[
                "cancel my library card",
                "close the card of {email}",
                "delete my card",
                "i no longer want a library card",
                "end the card {email}",
                "remove my library card",
                "get rid of my card",
            ],
        ),
        template(
            "opening_hours",
            Does::Read,
            &[branch()],
            &[
                "when are you open",
                "opening hours",
                "is {branch} open today",
                "how late is the library open",
                "when does {branch} close",
                "what are the hours of {branch}",
            ],
        ),
    ];
    templates
        .into_iter()
        .map(|template| (template.id.clone(), Arc::new(template)))
        .collect()
}

pub(super) fn slot(id: &str, kind: SlotKind) -> Slot {
    Slot {
        id: id.to_owned(),
        kind,
        label: id.to_owned(),
        called: Vec::new(),
        field: None,
        ask: None,
        reask: None,
        samples: Vec::new(),
        why: None,
        optional: false,
        default: None,
        validate: Vec::new(),
        retries: 2,
        gives_up: GivesUp::Cancel,
        sensitive: false,
        list: false,
        digressions: None,
        names: Derived::default(),
        job: Latest::default(),
    }
}

pub(super) fn template(id: &str, does: Does, slots: &[Slot], examples: &[&str]) -> Template {
    let call = CallStep {
        integration: "library".to_owned(),
        operation: "do".to_owned(),
        does,
        object: None,
        inputs: IndexMap::new(),
        all_fields: false,
        result: None,
        on_error: Vec::new(),
        optional: false,
        auth: None,
        undo: false,
    };
    let noun = id.rsplit('_').next().unwrap_or_default();
    Template {
        id: id.to_owned(),
        title: id.to_owned(),
        summary: String::new(),
        purpose: String::new(),
        integration: None,
        object: None,
        nouns: vec![noun.to_owned()],
        examples: examples.iter().map(|text| example(text)).collect(),
        slots: slots
            .iter()
            .map(|slot| (slot.id.clone(), slot.clone()))
            .collect(),
        steps: Arc::new(vec![Step {
            id: "do".to_owned(),
            verb: Verb::Call(call),
            uses: Uses::All,
            line: 1,
        }]),
        auth: Auth::User,
        digressions: Digressions::Allow,
        on_error: Vec::new(),
        wording: std::collections::BTreeMap::new(),
        version: None,
        digest: String::new(),
        resolved: "".into(),
        file: String::new(),
    }
}

/// "keep {book} for me" as parts.
pub(super) fn example(text: &str) -> Example {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            parts.push(ExamplePart::Text(before.to_owned()));
        }
        let (slot, after) = after.split_once('}').unwrap_or((after, ""));
        parts.push(ExamplePart::Slot(slot.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(ExamplePart::Text(rest.to_owned()));
    }
    Example {
        parts,
        means: Vec::new(),
        line: 1,
    }
}
