//! A file that extends a template for another locale: it may say everything in other words, and change nothing of what
//! the dialog does. What it leaves unsaid is said in the bot's own language.

use crate::template::merge::{self, Shelf};
use crate::template::reader::{Problems, near};
use crate::template::source::Node;

const TEMPLATE: [&str; 11] = [
    "template", "extends", "locale", "title", "summary", "purpose", "nouns", "examples", "slots",
    "adjust", "wording",
];
const SLOT: [&str; 9] = [
    "label", "called", "ask", "reask", "samples", "why", "synonyms", "choices", "validate",
];
const STEP: [&str; 8] = [
    "say", "confirm", "choose", "none", "buttons", "options", "if", "then",
];
/// Texts that are told where they are missing.
const SAID: [&str; 4] = ["title", "summary", "purpose", "examples"];
const ASKED: [&str; 4] = ["label", "ask", "reask", "why"];
const SPOKEN: [&str; 5] = ["say", "confirm", "choose", "none", "buttons"];
/// Missing texts that are named; the rest is counted.
const NAMED: usize = 6;

/// Checks a translation: keys that are more than texts, slots that are not there, texts that it lacks.
pub(in crate::template) fn check(node: &Node, shelf: &Shelf, problems: &mut Problems) {
    only(node, &TEMPLATE, problems);
    for (_, slot) in entries(node, "slots") {
        only(slot, &SLOT, problems);
    }
    for (_, step) in entries(node, "adjust") {
        only(step, &STEP, problems);
    }
    let extended = node
        .get("extends")
        .and_then(|id| shelf.templates.get(&id.text()));
    // With the translation over it; where that can't be, it is told there.
    let Some(whole) = merge::whole(node, shelf, problems) else {
        return;
    };
    let Some(base) = extended.and_then(|base| merge::whole(base, shelf, &mut Problems::default()))
    else {
        return;
    };
    strangers(node, &base, problems);
    lacking(node, &base, &whole, problems);
}

fn entries<'n>(node: &'n Node, key: &str) -> &'n [(Node, Node)] {
    node.get(key).map(Node::entries).unwrap_or_default()
}

fn only(node: &Node, texts: &[&str], problems: &mut Problems) {
    for (key, _) in node.entries() {
        let name = key.text();
        if !texts.contains(&name.as_str()) {
            let message =
                format!("A translation holds texts only; `{name}` changes what the dialog does.");
            problems.add("TW105", key.at, message, String::new());
        }
    }
}

/// Slots that only the translation has.
fn strangers(node: &Node, base: &Node, problems: &mut Problems) {
    let known: Vec<String> = entries(base, "slots")
        .iter()
        .map(|(id, _)| id.text())
        .collect();
    for (id, _) in entries(node, "slots") {
        let name = id.text();
        if !known.contains(&name) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("`{name}` is not a slot of this template.");
            problems.add("TW302", id.at, message, near(&name, &known));
        }
    }
}

/// Texts of the template that the translation leaves as they are.
fn lacking(node: &Node, base: &Node, whole: &Node, problems: &mut Problems) {
    let there =
        |place: Option<&Node>, key: &str| place.is_some_and(|place| place.get(key).is_some());
    let mut lacking: Vec<String> = SAID
        .iter()
        .filter(|key| there(Some(base), key) && !there(Some(node), key))
        .map(|key| (*key).to_owned())
        .collect();
    for (id, slot) in entries(base, "slots") {
        let own = node.get("slots").and_then(|slots| slots.get(&id.text()));
        let missing = ASKED
            .iter()
            .filter(|key| there(Some(slot), key) && !there(own, key));
        lacking.extend(missing.map(|key| format!("slots.{}.{key}", id.text())));
    }
    for step in super::steps::every(whole) {
        let Some(id) = step.get("id").map(Node::text) else {
            continue;
        };
        let own = node.get("adjust").and_then(|adjust| adjust.get(&id));
        let missing = SPOKEN
            .iter()
            .filter(|key| there(Some(step), key) && !there(own, key));
        lacking.extend(missing.map(|key| format!("adjust.{id}.{key}")));
    }
    if lacking.is_empty() {
        return;
    }
    let locale = node.get("locale").map_or(node.at, |locale| locale.at);
    let mut named = lacking[..lacking.len().min(NAMED)].join(", ");
    if lacking.len() > NAMED {
        named.push_str(&format!(" and {} more", lacking.len() - NAMED));
    }
    let message = format!(
        "{} texts of {} have no {} version: {named}.",
        lacking.len(),
        base.get("template").map(Node::text).unwrap_or_default(),
        node.get("locale").map(Node::text).unwrap_or_default(),
    );
    problems.warn("TW604", locale, message, String::new());
}
