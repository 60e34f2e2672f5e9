//! The files of a bot before anything is made of them: read into nodes, told apart by where they are from, and put on the
//! shelf that other files build on. What their nodes mean is told by whoever reads those.

use std::sync::Arc;

use super::load::World;
use super::reader::{Problems, near};
use super::source::{Node, Place, Plain, Source, Sources, parse};
use super::{bot, spoken};

/// A file of the bot or the library, read.
pub(super) struct File<'a> {
    pub(super) source: &'a Source,
    pub(super) node: Node,
    /// Of the library, where it is picked by a pattern of bot.yaml.
    pub(super) library: bool,
    pub(super) listed: bool,
}

/// All files: bot.yaml first, then the bot's own, the library's, and the one with the standard responses.
pub(super) fn table(sources: &Sources) -> Arc<Vec<Source>> {
    let bot = sources.bot.clone().unwrap_or_else(|| Source {
        name: "bot.yaml".into(),
        text: String::new(),
    });
    let all = std::iter::once(bot)
        .chain(sources.files.iter().cloned())
        .chain(sources.library.iter().cloned())
        .chain([sources.repair.clone()]);
    Arc::new(all.collect())
}

/// The responses of another language: its locale, and the file.
pub(super) type Words<'a> = (&'a str, &'a Source, Node);

/// The files of templates and shared slots, and those of other languages' responses.
pub(super) fn of_bot<'a>(
    table: &'a [Source],
    sources: &Sources,
    bot: &Node,
    problems: &mut Problems,
) -> (Vec<File<'a>>, Vec<Words<'a>>) {
    let (mut files, mut words) = (Vec::new(), Vec::new());
    let patterns = bot.get("templates").map(Node::items).unwrap_or_default();
    let last = table.len() - 1;
    for (number, source) in table.iter().enumerate().take(last).skip(1) {
        let library = number > sources.files.len();
        let Some(node) = read(source, number, problems) else {
            continue;
        };
        if let Some(locale) = spoken::locale_of(&source.name).filter(|_| !library) {
            words.push((locale, source, node));
            continue;
        }
        files.push(File {
            source,
            node,
            library,
            listed: !library || patterns.iter().any(|p| fits(&p.text(), &source.name)),
        });
    }
    (files, words)
}

/// Puts templates and shared files where others find them; the bot's own folder comes first.
pub(super) fn shelve(files: &[File<'_>], world: &mut World<'_>, problems: &mut Problems) {
    let builds_on = |name: &str, id: &str| {
        let mut bases = files
            .iter()
            .filter(|file| !file.library)
            .filter_map(|file| file.node.get("extends"));
        bases.any(|base| base.text() == name || base.text() == id)
    };
    for file in files {
        let node = &file.node;
        if let Some(id) = node.get("shared") {
            problems.keys(node, "a shared file", super::schema::SHARED_KEYS);
            world
                .shelf
                .shared
                .entry(id.text())
                .or_insert_with(|| node.clone());
        } else if let Some(id) = node.get("template") {
            if file.library {
                world
                    .shelf
                    .templates
                    .insert(file.source.name.clone(), node.clone());
            }
            if node.get("extends").is_none() && node.get("locale").is_none() {
                world
                    .shelf
                    .templates
                    .entry(id.text())
                    .or_insert_with(|| node.clone());
            }
            if file.listed && node.get("locale").is_none() {
                world.templates.push(id.text());
            }
            // What a library file calls is nothing to a bot that neither has it nor builds on it.
            let wanted = !file.library || file.listed || builds_on(&file.source.name, &id.text());
            if let Some(integration) = node.get("integration").filter(|_| wanted) {
                bot::known_integration(world, &integration.text());
            }
        } else {
            problems.file = file.source.name.clone();
            let known = ["template", "shared"];
            let first = node.entries().first().map(|(key, _)| key);
            let (at, near) = first.map_or((node.at, String::new()), |key| {
                (key.at, near(&key.text(), &known))
            });
            let message = "A file in templates/ needs `template` or `shared`.".to_owned();
            problems.add("TW005", at, message, near);
        }
    }
    // A file that extends another may itself be extended by its id.
    for file in files
        .iter()
        .filter(|file| file.node.get("extends").is_some() && file.node.get("locale").is_none())
    {
        let id = file
            .node
            .get("template")
            .map(Node::text)
            .unwrap_or_default();
        world
            .shelf
            .templates
            .entry(id)
            .or_insert_with(|| file.node.clone());
    }
}

/// Whether a pattern of bot.yaml's `templates:` names this library file: `salesforce/*`, or the name itself.
pub fn fits(pattern: &str, name: &str) -> bool {
    pattern == name
        || pattern
            .strip_suffix('*')
            .is_some_and(|start| name.starts_with(start))
}

/// Reads a file as YAML, and tells what is wrong with it as such.
pub(super) fn read(source: &Source, number: usize, problems: &mut Problems) -> Option<Node> {
    if source.text.trim().is_empty() && source.name.ends_with("bot.yaml") {
        return None;
    }
    if let Some(at) = source.text.find(char::REPLACEMENT_CHARACTER) {
        let end = at + char::REPLACEMENT_CHARACTER.len_utf8();
        let place = Place::of(number, &source.text, at..end);
        let message = "This is not YAML: a sign here is not UTF-8.".to_owned();
        problems.add("TW001", place, message, "Save the file as UTF-8.".into());
        return None;
    }
    match parse(&source.text, number) {
        Ok((node, _)) if node.value == Plain::Null && !source.name.ends_with("bot.yaml") => {
            let place = Place::of(number, &source.text, 0..0);
            let message = "This file is empty: it needs `template` or `shared`.".to_owned();
            problems.add("TW005", place, message, String::new());
            None
        }
        Ok((node, twice)) => {
            for (key, first) in twice {
                let message = format!(
                    "`{}` stands twice; the first is in line {first}.",
                    key.text()
                );
                problems.add("TW003", key.at, message, "Remove one of them.".into());
            }
            Some(node)
        }
        Err((at, _)) if needs_quotes(&source.text, at) => {
            problems.add("TW006", at, QUOTES.into(), String::new());
            None
        }
        Err((at, what)) => {
            problems.add(
                "TW001",
                at,
                format!("This is not YAML: {what}."),
                String::new(),
            );
            None
        }
    }
}

/// What people forget most: YAML reads braces and colons before the template does.
pub(super) const QUOTES: &str =
    "A text that begins with `{{` or holds `: ` needs quotes around it.";

/// Whether the line that is no YAML is such a text.
fn needs_quotes(text: &str, at: Place) -> bool {
    let mut lines = text.lines().skip(at.line.saturating_sub(2)).take(2);
    lines.any(|line| {
        let (key, value) = line.split_once(": ").unwrap_or(("", line));
        let value = value.trim_start();
        let bare = !value.starts_with(['"', '\'', '[', '{']) && !key.contains(['{', '[', '"']);
        value.starts_with("{{")
            || line.trim_start().starts_with("- {{")
            || (bare && value.contains(": "))
    })
}
