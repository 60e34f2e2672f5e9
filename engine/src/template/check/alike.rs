//! Examples that another template's examples outdo: nothing tells the two apart, or the words are rather the other's. The
//! very same text is told elsewhere, and what the library's files have among themselves is not the designer's to mend.

use super::start::folded;
use crate::fixed::FixedMap;
use crate::template::load::Care;
use crate::template::reader::Problems;
use crate::template::source::{Node, Place, Source};
use crate::template::{Example, ExamplePart, SlotKind, Template, Templates};
use crate::understanding::stray::strays;
use crate::understanding::text::{prepare, words};

pub(super) fn check(
    templates: &Templates,
    nodes: &[Node],
    library: &[Source],
    care: Care,
    problems: &mut Problems,
) {
    let mut first: FixedMap<String, (&Template, String, Place)> = FixedMap::default();
    for (template, node) in templates.current.values().zip(nodes) {
        problems.file = template.file.clone();
        for (example, (said, at)) in template.examples.iter().zip(written(template, node)) {
            let key = key(example, template);
            match first.get(&key) {
                Some((other, same, there))
                    if other.id != template.id
                        && folded(same) != folded(&said)
                        && is_own([at, *there], library, problems) =>
                {
                    let message = format!("Nothing tells this from “{same}” of `{}`.", other.id);
                    let help = "Leave it to one of them, or say in both what is meant.";
                    problems.warn("TW508", at, message, help.into());
                }
                Some(_) => {}
                None => {
                    first.insert(key, (template, said, at));
                }
            }
        }
    }
    if care == Care::Thorough {
        outdone(templates, nodes, library, problems);
    }
}

/// Tells the examples that would be understood as another template if they stood nowhere.
fn outdone(templates: &Templates, nodes: &[Node], library: &[Source], problems: &mut Problems) {
    let find = |id: &str| {
        let (n, _, template) = templates.current.get_full(id)?;
        Some((template, written(template, nodes.get(n)?)))
    };
    for stray in strays(&templates.current) {
        let (Some((own, of_own)), Some((other, of_other))) =
            (find(&stray.template), find(&stray.other))
        else {
            continue;
        };
        if let (Some((_, at)), Some((like, there))) =
            (of_own.get(stray.example), of_other.get(stray.like))
            && is_own([*at, *there], library, problems)
        {
            problems.file = own.file.clone();
            let message = format!("By its words this is `{}`, as is “{like}”.", other.id);
            let help = "Give it company: two more examples of its kind, or move it there.";
            problems.warn("TW509", *at, message, help.into());
        }
    }
}

/// Whether one of two places is in a file of the bot's own.
fn is_own(places: [Place; 2], library: &[Source], problems: &Problems) -> bool {
    places.iter().any(|at| {
        let file = problems.sources.get(at.file).map(|source| &source.name);
        library.iter().all(|source| Some(&source.name) != file)
    })
}

/// The examples of a template as they stand in its file. None where one could not be read: they are looked at when it can.
fn written(template: &Template, node: &Node) -> Vec<(String, Place)> {
    let examples = node.get("examples").map(Node::items).unwrap_or_default();
    if examples.len() != template.examples.len() {
        return Vec::new();
    }
    let texts = examples.iter().map(|example| {
        let text = example.get("text").unwrap_or(example);
        (text.text(), text.at)
    });
    texts.collect()
}

/// The words of an example; a value is what its type is called, one of a list its slot.
fn key(example: &Example, template: &Template) -> String {
    let mut all: Vec<String> = Vec::new();
    for part in &example.parts {
        match part {
            ExamplePart::Text(text) => all.extend(words(&prepare(text)).map(str::to_owned)),
            ExamplePart::Slot(id) => {
                let kind = template.slots.get(id).map(|slot| &slot.kind);
                all.push(match kind {
                    Some(SlotKind::Choice(_) | SlotKind::Pattern { .. }) | None => {
                        format!("{{{id}}}")
                    }
                    Some(kind) => format!("{{{}}}", kind.word()),
                });
            }
        }
    }
    all.join(" ")
}
