//! Why a message was understood as it was, for the designer: what spoke for the likeliest templates, what each slot type and
//! the examples found in the text, what of it was taken, and why the rest was not. It decides nothing itself.

use std::ops::Range;

use serde::Serialize;

use crate::event::Message;
use crate::template::{Example, ExamplePart, Slot, Template};

use super::act::{Act, Given};
use super::entity;
use super::message::{Moment, Understood, reader, running};

/// The reasons for what was understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Reasons {
    /// The likeliest template and the next, where the text was held against the examples.
    pub templates: Vec<Candidate>,
    /// What was found in the text, in its order.
    pub values: Vec<Found>,
    /// What was decided on the way, one line each.
    pub notes: Vec<String>,
}

/// A template that the text may mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Its id.
    pub template: String,
    /// Its probability, 0 to 1.
    pub score: f32,
    /// What of the text spoke most for it rather than for the other, and how much: words, and runs of letters with `_` at
    /// the ends of words. Less than 0 spoke against it.
    pub spoke: Vec<(String, f32)>,
    /// The example of it that is most like the text.
    pub example: String,
    /// How like it is, 0 to 1.
    pub likeness: f32,
}

/// A piece of the text that may be a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The slot.
    pub slot: String,
    /// The piece.
    pub text: String,
    /// What found it: the slot's type, by its word in a template; the `examples`; or the `clauses` of the text, which also
    /// take the words that nothing else explains.
    pub by: String,
    /// How sure that was, 0 to 1.
    pub certainty: f32,
    /// Whether it was taken.
    pub taken: bool,
    /// Why it was not; empty where it was.
    pub why: String,
}

/// Most pieces that are told.
const MOST: usize = 40;

/// The reasons for what [`super::message::understand`] made of a message.
pub fn explain(moment: &Moment<'_>, message: &Message, understood: &Understood) -> Reasons {
    let text = message.text.as_str();
    let template = started(&understood.acts)
        .and_then(|id| moment.templates.current.get(id))
        .map(AsRef::as_ref)
        .or_else(|| running(moment));
    Reasons {
        templates: candidates(moment, text),
        values: template.map_or_else(Vec::new, |t| found(moment, t, text, &understood.acts)),
        notes: understood.trace.clone(),
    }
}

/// To two places, for people.
fn rounded(x: f32) -> f32 {
    (x * 100.0).round() / 100.0
}

fn started(acts: &[Act]) -> Option<&String> {
    acts.iter().find_map(|act| match act {
        Act::Start { template } | Act::Digress { template } => Some(template),
        _ => None,
    })
}

fn candidates(moment: &Moment<'_>, text: &str) -> Vec<Candidate> {
    let learned = &moment.templates.learned;
    let choice = learned.choose(moment, text);
    let best = choice.template.iter().map(|id| (id.clone(), choice.score));
    let two: Vec<(String, f32)> = best.chain(choice.others).take(2).collect();
    let named = |id: &str| moment.templates.current.get(id);
    two.iter()
        .enumerate()
        .filter_map(|(n, (id, score))| {
            let other = two.get(1 - n).map(|(id, _)| id.as_str());
            let template = named(id)?;
            let (example, likeness) = nearest(moment, template, text);
            let spoke = learned.spoke(text, id, other).into_iter();
            let spoke = spoke.map(|(gram, by)| (gram, rounded(by)));
            Some(Candidate {
                template: id.clone(),
                score: rounded(*score),
                spoke: spoke.collect(),
                example,
                likeness: rounded(likeness),
            })
        })
        .collect()
}

/// The example that is most like a text; of equals the first.
fn nearest(moment: &Moment<'_>, template: &Template, text: &str) -> (String, f32) {
    let learned = &moment.templates.learned;
    let mut best = (String::new(), 0.0);
    for example in &template.examples {
        let likeness = learned.likeness(text, &words_of(example));
        if likeness > best.1 || best.0.is_empty() {
            best = (written(example), likeness);
        }
    }
    best
}

fn words_of(example: &Example) -> String {
    let words = example.parts.iter().map(|part| match part {
        ExamplePart::Text(text) => text.as_str(),
        ExamplePart::Slot(_) => " ",
    });
    words.collect()
}

/// An example as the designer wrote it.
fn written(example: &Example) -> String {
    let parts = example.parts.iter().map(|part| match part {
        ExamplePart::Text(text) => text.clone(),
        ExamplePart::Slot(id) => format!("{{{id}}}"),
    });
    parts.collect()
}

fn found(moment: &Moment<'_>, template: &Template, text: &str, acts: &[Act]) -> Vec<Found> {
    let reader = reader(moment, template);
    let by_type = entity::find_each(template.slots.values(), text, &reader);
    let tagged = moment.templates.learned.values(text, &by_type, None);
    let mut out: Vec<(Range<usize>, Found)> = Vec::new();
    for (slot, readings) in &by_type {
        for reading in readings {
            let said = &text[reading.span.clone()];
            let why = refused(slot, said, acts).or_else(|| {
                let weak = !is_taken(&slot.id, said, acts);
                weak.then(|| {
                    let certainty = reading.certainty;
                    format!("its form alone says too little ({certainty:.2}), and the examples have no value there")
                })
            });
            out.push((
                reading.span.clone(),
                told(slot, said, slot.kind.word(), reading.certainty, why),
            ));
        }
    }
    for tagged in tagged {
        let Some(slot) = template.slots.get(&tagged.slot) else {
            continue;
        };
        let said = &text[tagged.span.clone()];
        let unread = || {
            let refusal = entity::read(slot, said, &reader).err()?;
            Some(format!("its type can't read it: {}", refusal.reason))
        };
        let why = refused(slot, said, acts).or_else(unread).or_else(|| {
            (!is_taken(&slot.id, said, acts))
                .then(|| "it says nothing by itself, or its form says something else".to_owned())
        });
        out.push((
            tagged.span.clone(),
            told(slot, said, "examples", tagged.score, why),
        ));
    }
    // Words that no example says, and what was read clause by clause.
    for given in given(acts).filter(|given| !given.text.is_empty()) {
        let known = |(_, found): &(Range<usize>, Found)| found.taken && found.slot == given.slot;
        if let (Some(slot), Some(at), false) = (
            template.slots.get(&given.slot),
            text.find(&given.text),
            out.iter().any(known),
        ) {
            let found = told(slot, &given.text, "clauses", 1.0, None);
            out.push((at..at + given.text.len(), found));
        }
    }
    out.sort_by_key(|(span, _)| (span.start, span.end));
    out.into_iter().map(|(_, found)| found).take(MOST).collect()
}

fn told(slot: &Slot, said: &str, by: &str, certainty: f32, why: Option<String>) -> Found {
    Found {
        slot: slot.id.clone(),
        text: said.to_owned(),
        by: by.to_owned(),
        certainty: rounded(certainty),
        taken: why.is_none(),
        why: why.unwrap_or_default(),
    }
}

fn given(acts: &[Act]) -> impl Iterator<Item = &Given> {
    acts.iter().filter_map(|act| match act {
        Act::Inform(given) | Act::Correct(given) => Some(given),
        _ => None,
    })
}

fn is_taken(slot: &str, said: &str, acts: &[Act]) -> bool {
    given(acts).any(|given| given.slot == slot && given.text == said)
}

/// Why a piece was not taken, as far as what was taken says it.
fn refused(slot: &Slot, said: &str, acts: &[Act]) -> Option<String> {
    if is_taken(&slot.id, said, acts) {
        return None;
    }
    if let Some(own) = given(acts).find(|given| given.slot == slot.id) {
        return Some(format!("`{}` has “{}” already", slot.id, own.text));
    }
    let holds = |given: &&Given| given.text.contains(said) || said.contains(&given.text);
    given(acts)
        .filter(|given| !given.text.is_empty())
        .find(holds)
        .map(|other| format!("“{}” is `{}`'s", other.text, other.slot))
}
