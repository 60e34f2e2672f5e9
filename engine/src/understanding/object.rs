//! Whether a text is about another kind of thing than a template's: "delete my playlist" to a bot that deletes leads. Only
//! words and their places are looked at; what is then asked is the dialog's.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::template::{ExamplePart, SlotKind, Step, Template, Verb};

use super::about::is_own_record;
use super::language::ENGLISH;
use super::text::{Kinds, is_function_word, prepare, spans, words};

/// What a template's examples call its object, and every word that the template itself uses.
#[derive(Debug)]
pub struct ObjectNoun {
    nouns: BTreeSet<String>,
    own: BTreeSet<String>,
}

/// Share of the examples that must name the object.
const NEARLY_ALL: f32 = 0.75;

impl ObjectNoun {
    /// Learns a template's object. `None` where it writes nothing or its examples often leave the object out.
    pub fn learn(template: &Template) -> Option<ObjectNoun> {
        let mut nouns: BTreeSet<String> = BTreeSet::new();
        for noun in template.nouns.iter().chain(&template.object) {
            for word in words(&prepare(noun)) {
                nouns.insert(word.to_owned());
                nouns.insert(format!("{word}s"));
                if let Some(stem) = word.strip_suffix('y') {
                    nouns.insert(format!("{stem}ies"));
                }
            }
        }
        // A place of a record of this kind names the object too: "delete {lead}".
        let of_object = |part: &ExamplePart| match part {
            ExamplePart::Slot(id) => {
                let slot = template.slots.get(id);
                slot.is_some_and(|slot| is_own_record(slot, template))
            }
            ExamplePart::Text(_) => false,
        };
        let examples: Vec<String> = template
            .examples
            .iter()
            .map(|example| {
                let texts = example.parts.iter().map(|part| match part {
                    ExamplePart::Text(text) => text.as_str(),
                    ExamplePart::Slot(_) => " ",
                });
                prepare(&texts.collect::<String>())
            })
            .collect();
        let naming = examples
            .iter()
            .zip(&template.examples)
            .filter(|(text, example)| {
                words(text).any(|word| nouns.contains(word)) || example.parts.iter().any(of_object)
            })
            .count();
        let enough = !examples.is_empty() && naming as f32 >= NEARLY_ALL * examples.len() as f32;
        (enough && writes(&template.steps)).then(|| ObjectNoun {
            nouns,
            own: own_words(template, &examples),
        })
    }

    /// Whether a text names the object.
    pub fn is_named(&self, text: &str) -> bool {
        words(&prepare(text)).any(|word| self.nouns.contains(word))
    }

    /// Whether the text points at a thing ("my playlist", "the meeting") that is not this object, and holds no value.
    pub fn is_other(&self, text: &str, kinds: &dyn Kinds) -> bool {
        if !kinds.kinds(text).is_empty() {
            return false;
        }
        let typed: Vec<&str> = spans(text).map(|span| &text[span]).collect();
        let prepared: Vec<String> = typed.iter().map(|word| prepare(word)).collect();
        if prepared.iter().any(|word| self.nouns.contains(word)) {
            return false;
        }
        (0..prepared.len()).any(|at| {
            if !ENGLISH.determiners.contains(&prepared[at]) {
                return false;
            }
            let group: Vec<usize> = (at + 1..prepared.len())
                .take_while(|n| !is_function_word(&prepared[*n]))
                .collect();
            let Some(head) = group.last() else {
                return false;
            };
            let known = group.iter().any(|n| {
                self.own.contains(&prepared[*n]) || ENGLISH.any_nouns.contains(&prepared[*n])
            });
            // A capital in the middle is a name, and a name is of our object as likely as not.
            let name = group.iter().any(|n| {
                typed[*n].starts_with(char::is_uppercase)
                    && !typed.iter().all(|w| w.to_uppercase() == *w)
            });
            !known && !name && prepared[*head].chars().count() > 2
        })
    }
}

/// The words of the examples and the names of slots and their choices: none of them is another object.
fn own_words(template: &Template, examples: &[String]) -> BTreeSet<String> {
    let mut all: Vec<String> = examples.to_vec();
    for slot in template.slots.values() {
        all.push(slot.label.clone());
        all.push(slot.id.replace('_', " "));
        all.extend(slot.called.iter().cloned());
        all.extend(slot.samples.iter().cloned());
        match &slot.kind {
            SlotKind::Choice(choices) => {
                all.extend(choices.values.iter().map(|(_, label)| label.clone()));
                all.extend(choices.synonyms.iter().flat_map(|(_, said)| said.clone()));
            }
            SlotKind::Field { names, .. } => {
                all.extend(names.iter().flat_map(|name| name.names.clone()))
            }
            _ => {}
        }
    }
    all.iter()
        .flat_map(|text| {
            let text = prepare(text);
            words(&text).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether some step changes a record.
fn writes(steps: &Arc<Vec<Step>>) -> bool {
    steps.iter().any(|step| match &step.verb {
        Verb::Call(call) => call.does.writes(),
        Verb::If {
            then, otherwise, ..
        } => writes(then) || writes(otherwise),
        Verb::Choose { options, .. } => options.iter().any(|option| writes(&option.steps)),
        Verb::Confirm(confirm) => confirm.does.writes() || confirm.no.as_ref().is_some_and(writes),
        _ => false,
    })
}
