//! What starts a template: its examples, and other templates. Rules over all templates of a bot: examples that two share,
//! commands of every bot, templates that nothing starts or that run each other for ever.

use std::collections::BTreeMap;

use crate::template::Templates;
use crate::template::reader::{Problems, listed};
use crate::template::source::Node;
use crate::understanding::command;
use crate::understanding::words::Words;

pub(super) fn check(templates: &Templates, nodes: &[Node], problems: &mut Problems) {
    let mut seen: BTreeMap<String, (String, String, usize)> = BTreeMap::new();
    let words = Words::of(&templates.bot.locale);
    for (template, node) in templates.current.values().zip(nodes) {
        problems.file = template.file.clone();
        let examples = node.get("examples").map(Node::items).unwrap_or_default();
        for example in &examples {
            let text = example.get("text").unwrap_or(example);
            let said = text.text();
            if command::command(&said, words).is_some() {
                let message =
                    format!("“{said}” is a command of every bot and would never start this.");
                problems.warn("TW505", text.at, message, String::new());
            }
            let key = folded(&said);
            match seen.get(&key) {
                Some((other, file, line)) if *other != template.id => {
                    let message = format!("The same example starts `{other}` too ({file}:{line}).");
                    let help = "Until it is left to one of them, the bot asks which is meant.";
                    problems.warn("TW503", text.at, message, help.into());
                }
                Some(_) => {}
                None => {
                    seen.insert(
                        key,
                        (template.id.clone(), template.file.clone(), text.at.line),
                    );
                }
            }
        }
        let at = node.get("template").map_or(node.at, |id| id.at);
        match examples.len() {
            0 if !named(&template.id, nodes) => {
                let message = "Nothing starts this template: it has no examples and no other template runs it.";
                problems.warn("TW501", at, message.into(), String::new());
            }
            0 | 8.. => {}
            few => {
                let at = node.get("examples").map_or(at, |examples| examples.at);
                let message = format!("{few} examples are few; from 8 on it is understood well.");
                problems.warn("TW504", at, message, String::new());
            }
        }
    }
    circles(templates, nodes, problems);
}

/// A text as it is compared with others for being the same.
pub(super) fn folded(said: &str) -> String {
    let words: Vec<&str> = said.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn named(id: &str, nodes: &[Node]) -> bool {
    nodes.iter().any(|node| {
        super::steps::every(node).iter().any(|step| {
            ["run", "pick", "narrow"]
                .iter()
                .any(|key| step.get(key).is_some_and(|name| name.text() == id))
        })
    })
}

/// Templates that run each other without a question in any of them.
fn circles(templates: &Templates, nodes: &[Node], problems: &mut Problems) {
    let mut runs: BTreeMap<String, Vec<(String, &Node)>> = BTreeMap::new();
    for (template, node) in templates.current.values().zip(nodes) {
        let all = super::steps::every(node);
        let asks = ["collect", "confirm", "choose"];
        if all
            .iter()
            .any(|step| asks.iter().any(|verb| step.get(verb).is_some()))
        {
            continue;
        }
        let run = all
            .iter()
            .filter_map(|step| step.get("run"))
            .map(|run| (run.text(), run));
        runs.insert(template.id.clone(), run.collect());
    }
    let mut told: Vec<String> = Vec::new();
    for start in runs.keys() {
        let mut way = vec![start.clone()];
        let mut at = None;
        while let Some((next, node)) = way
            .last()
            .and_then(|last| runs.get(last))
            .and_then(|all| all.first())
        {
            if way.contains(next) {
                at = (next == start).then_some(*node);
                break;
            }
            way.push(next.clone());
        }
        if let Some(node) = at
            && !told.contains(start)
        {
            let ids: Vec<&str> = way.iter().map(String::as_str).collect();
            let message = match ids.as_slice() {
                [one] => format!("`{one}` runs itself without ever asking anything."),
                many => format!(
                    "These templates run each other without ever asking anything: {}.",
                    listed(many, "and")
                ),
            };
            problems.add(
                "TW309",
                node.at,
                message,
                "Put a `collect` or `confirm` in one of them.".into(),
            );
            told.extend(way);
        }
    }
}
