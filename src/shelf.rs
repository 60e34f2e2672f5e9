//! The library's templates as a list, and what a bot makes of each: takes it as it is, extends it, has a copy of it or one
//! of its own in its place. Writing copies is left to `copy`.

use turnwise_engine::template::load::fits;
use turnwise_engine::template::source::{Node, Source, Sources, parse};

use crate::bot;
use crate::refused::Refused;

pub(crate) mod copy;

/// One file of the library.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// `salesforce/update_lead`.
    pub(crate) id: String,
    /// The id that it gives itself, `update_lead`.
    pub(crate) name: String,
    /// Whether it holds slots for several templates.
    pub(crate) shared: bool,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) version: String,
    pub(crate) source: Source,
}

/// What a bot makes of a library file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing.
    Not,
    /// bot.yaml takes it as it is.
    AsItIs,
    /// A file of the bot extends it.
    Extended {
        /// That file.
        file: String,
    },
    /// The bot has a copy.
    Copy {
        /// That file.
        file: String,
        /// Whether it differs from the library's text as it is now.
        differs: bool,
        /// Whether the library has changed since it was copied.
        behind: bool,
    },
    /// A file of the bot has its id, and is not from here.
    Own {
        /// That file.
        file: String,
    },
}

/// The library in order: dialogs first, then what they share.
pub(crate) fn library() -> Vec<Entry> {
    let mut entries: Vec<Entry> = bot::library().into_iter().filter_map(entry).collect();
    entries.sort_by(|a, b| (a.shared, &a.id).cmp(&(b.shared, &b.id)));
    entries
}

/// The library file of this id; the last part of it is enough.
pub(crate) fn find(id: &str) -> Result<Entry, Refused> {
    let all = library();
    let named = all.iter().find(|e| e.id == id || e.name == id);
    named.cloned().ok_or_else(|| {
        let far = |e: &&Entry| strsim::levenshtein(&e.id, id).min(strsim::levenshtein(&e.name, id));
        let near = all.iter().min_by_key(far).filter(|e| far(e) < 4);
        let near = near.map_or(String::new(), |e| format!(". Did you mean `{}`?", e.id));
        Refused::new(format!(
            "the library has no `{id}`{near}\n`turnwise templates list` names them all"
        ))
    })
}

/// What the bot of these files makes of it.
pub(crate) fn used(entry: &Entry, sources: &Sources) -> Use {
    let key = if entry.shared { "shared" } else { "template" };
    let mut own = None;
    for source in &sources.files {
        let Ok((node, _)) = parse(&source.text, 0) else {
            continue;
        };
        let text = |key: &str| node.get(key).map(Node::text).unwrap_or_default();
        let file = source.name.clone();
        if let Some(based_on) = node.get("based_on").map(Node::text)
            && based_on.split_whitespace().next() == Some(&entry.id)
        {
            let copied = based_on.split_whitespace().last();
            return Use::Copy {
                file,
                differs: without_based_on(&source.text) != entry.source.text,
                behind: copied != Some(&entry.source.digest()),
            };
        }
        if !entry.shared && text("extends") == entry.id && text("locale").is_empty() {
            return Use::Extended { file };
        }
        if text(key) == entry.name {
            own = Some(Use::Own { file });
        }
    }
    own.unwrap_or_else(|| {
        if listed(entry, sources) {
            Use::AsItIs
        } else {
            Use::Not
        }
    })
}

/// A copy's text as the library would have it.
pub(crate) fn without_based_on(text: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !line.starts_with("based_on:"))
        .collect()
}

fn entry(source: Source) -> Option<Entry> {
    let (node, _) = parse(&source.text, 0).ok()?;
    let text = |key: &str| node.get(key).map(Node::text).unwrap_or_default();
    let shared = node.get("shared").is_some();
    let name = text(if shared { "shared" } else { "template" });
    Some(Entry {
        id: source.name.clone(),
        title: if shared {
            "shared slots".to_owned()
        } else {
            text("title")
        },
        summary: text("summary"),
        version: text("version"),
        shared,
        name,
        source,
    })
}

/// Whether bot.yaml names it; what templates share comes with them.
fn listed(entry: &Entry, sources: &Sources) -> bool {
    let bot = sources
        .bot
        .as_ref()
        .and_then(|bot| parse(&bot.text, 0).ok());
    bot.is_some_and(|(node, _)| {
        let patterns = node.get("templates").map(Node::items).unwrap_or_default();
        patterns.iter().any(|p| fits(&p.text(), &entry.id))
    })
}
