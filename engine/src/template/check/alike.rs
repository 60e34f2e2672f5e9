//! Examples that are nearer to another template's than to their own: the ones that will be misunderstood, told before
//! anybody types them. Only words are compared, so that a thousand templates are no matter.

use std::collections::HashMap;

use crate::template::reader::Problems;
use crate::template::source::{Node, Place};
use crate::template::{Example, ExamplePart, SlotKind, Template, Templates};
use crate::understanding::text::{prepare, words};

/// An example with its words and pairs of words, of length 1.
struct Said {
    template: usize,
    at: Place,
    text: String,
    features: Vec<(u32, f32)>,
}

/// By how much the other template's nearest example has to be nearer.
const MARGIN: f32 = 0.2;
/// How near it has to be at all.
const NEAR: f32 = 0.55;
/// From here on two examples say the same.
const SAME: f32 = 0.999;
/// Words that stand in more examples than this tell nothing apart.
const COMMON: usize = 400;
/// Misunderstood examples told of one template.
const TOLD: usize = 3;

pub(super) fn check(templates: &Templates, nodes: &[Node], problems: &mut Problems) {
    let all: Vec<&Template> = templates.current.values().map(AsRef::as_ref).collect();
    let said = said(&all, nodes);
    let mut holders: HashMap<u32, Vec<(usize, f32)>> = HashMap::new();
    for (n, example) in said.iter().enumerate() {
        for (feature, x) in &example.features {
            holders.entry(*feature).or_default().push((n, *x));
        }
    }
    let mut told = vec![0_usize; all.len()];
    let mut likeness = vec![0.0_f32; said.len()];
    for (n, example) in said.iter().enumerate() {
        likeness.fill(0.0);
        for (feature, x) in &example.features {
            let others = &holders[feature];
            if others.len() <= COMMON {
                others.iter().for_each(|(m, y)| likeness[*m] += x * y);
            }
        }
        let nearest = |own: bool| {
            let fits = |m: &usize| *m != n && (said[*m].template == example.template) == own;
            let mut best = (0.0_f32, None);
            for m in (0..said.len()).filter(fits) {
                if likeness[m] > best.0 {
                    best = (likeness[m], Some(m));
                }
            }
            best
        };
        let (own, _) = nearest(true);
        let (theirs, Some(other)) = nearest(false) else {
            continue;
        };
        let other = &said[other];
        let same = theirs >= SAME;
        if told[example.template] >= TOLD
            || !(same || (theirs >= NEAR && theirs >= own + MARGIN))
            || (same && other.text.eq_ignore_ascii_case(&example.text))
        {
            continue;
        }
        told[example.template] += 1;
        problems.file = all[example.template].file.clone();
        let id = &all[other.template].id;
        if same {
            let message = format!("Nothing tells this from “{}” of `{id}`.", other.text);
            let help = "Leave it to one of them, or say in both what is meant.";
            problems.warn("TW508", example.at, message, help.into());
        } else {
            let message = format!(
                "This will be understood as `{id}`: it is most like “{}” there.",
                other.text
            );
            let help = "Give its own template more examples in these words, or word it otherwise.";
            problems.warn("TW509", example.at, message, help.into());
        }
    }
}

/// The examples of all templates, their words weighed by how rare they are.
fn said(all: &[&Template], nodes: &[Node]) -> Vec<Said> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut said = Vec::new();
    for (template, (own, node)) in all.iter().zip(nodes).enumerate() {
        let places = node.get("examples").map(Node::items).unwrap_or_default();
        // Where one could not be read, the rest are checked when it can.
        if places.len() != own.examples.len() {
            continue;
        }
        for (example, place) in own.examples.iter().zip(&places) {
            let mut features: Vec<u32> = grams(example, own)
                .into_iter()
                .map(|gram| {
                    let next = numbers.len() as u32;
                    *numbers.entry(gram).or_insert(next)
                })
                .collect();
            features.sort_unstable();
            features.dedup();
            said.push(Said {
                template,
                at: place.get("text").unwrap_or(place).at,
                text: place.get("text").unwrap_or(place).text(),
                features: features.into_iter().map(|feature| (feature, 0.0)).collect(),
            });
        }
    }
    let mut count = vec![0_u32; numbers.len()];
    for (feature, _) in said.iter().flat_map(|example| &example.features) {
        count[*feature as usize] += 1;
    }
    let total = said.len() as f64 + 1.0;
    for example in &mut said {
        let mut square = 0.0;
        for (feature, x) in &mut example.features {
            *x = (total / f64::from(count[*feature as usize])).ln() as f32 + 0.1;
            square += *x * *x;
        }
        let length = square.sqrt();
        example.features.iter_mut().for_each(|(_, x)| *x /= length);
    }
    said
}

/// Words and pairs of words; a value is what its type is called, one of a list its slot.
fn grams(example: &Example, template: &Template) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for part in &example.parts {
        match part {
            ExamplePart::Text(text) => all.extend(words(&prepare(text)).map(str::to_owned)),
            ExamplePart::Slot(id) => {
                let slot = template.slots.get(id);
                all.push(match slot.map(|slot| &slot.kind) {
                    Some(SlotKind::Choice(_) | SlotKind::Pattern { .. }) | None => {
                        format!("{{{id}}}")
                    }
                    Some(kind) => format!("{{{}}}", kind.word()),
                });
            }
        }
    }
    let pairs: Vec<String> = all.windows(2).map(|pair| pair.join(" ")).collect();
    all.extend(pairs);
    all
}
