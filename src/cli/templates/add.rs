//! `turnwise templates add ID`: a copy of a library template in a bot's folder, the short form that extends it, or what the
//! library changed since the copy was made. The text a copy was made from is kept in the folder's `.library/`.

use std::path::{Path, PathBuf};

use clap::Args;
use turnwise_engine::template::source::{Node, Source, parse};

use super::merge::merge;
use super::print;
use crate::bot;
use crate::cli::{Answer, Refused};
use crate::shelf::copy::{copied, free, kept, text, write};
use crate::shelf::{self, Entry, Use};

#[derive(Debug, Args)]
#[command(
    after_help = "Example: turnwise templates add salesforce/update_lead my-bot\n\n\
    A copy is yours to change; with --extend only the differences are written, and the rest follows the library."
)]
pub(super) struct Add {
    /// The template's id.
    id: String,
    /// The bot's folder [default: the folder you are in].
    bot: Option<PathBuf>,
    /// Write the short form, which follows the library by itself.
    #[arg(long)]
    extend: bool,
    /// Bring what the library changed since into the copy that is there.
    #[arg(long, conflicts_with = "extend")]
    merge: bool,
}

impl Add {
    pub(super) fn run(&self) -> Result<Answer, Refused> {
        let entry = shelf::find(&self.id)?;
        let folder = self.bot.clone().unwrap_or_else(|| PathBuf::from("."));
        let used = shelf::used(&entry, &bot::read(std::slice::from_ref(&folder))?);
        if self.merge {
            return merged(&entry, &folder, used);
        }
        if let Use::Extended { file } | Use::Copy { file, .. } | Use::Own { file } = &used {
            return Err(Refused::new(format!(
                "{} is in this bot already: {file}; `--merge` brings in what the library changed since",
                entry.name
            )));
        }
        if self.extend && entry.shared {
            return Err(Refused::new(format!(
                "{} holds slots that templates include; it can be copied, not extended",
                entry.id
            )));
        }
        let path = if self.extend {
            let path = free(&entry, &folder)?;
            write(&path, &short(&entry))?;
            path
        } else {
            copied(&entry, &folder)?
        };
        print(&format!("{} is yours to change now\n", path.display()));
        Ok(Answer::Fine)
    }
}

/// The short form, with what it may change named in comments.
fn short(entry: &Entry) -> String {
    let node = parse(&entry.source.text, 0).ok().map(|(node, _)| node);
    let slots = node.as_ref().and_then(|node| node.get("slots"));
    let slot = slots
        .map(Node::entries)
        .and_then(|all| all.first())
        .map_or_else(|| "a_slot".to_owned(), |(id, _)| id.text());
    format!(
        "template: {}\nextends: {}\n\
         # Its own keys win over the library's, key by key; examples are added to the library's.\n\
         # slots:\n#   {slot}: {{ ask: \"…\" }}\n\
         # adjust:                # keys of a step, by its id; `before:`, `after:` and `remove:` name steps too\n\
         #   done: {{ say: \"…\" }}\n",
        entry.name, entry.id
    )
}

fn merged(entry: &Entry, folder: &Path, used: Use) -> Result<Answer, Refused> {
    let Use::Copy { file, behind, .. } = used else {
        return Err(Refused::new(format!(
            "this bot has no copy of {} to merge into; without `--merge` one is made",
            entry.id
        )));
    };
    if !behind {
        print(&format!("{file} has all that the library has\n"));
        return Ok(Answer::Fine);
    }
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|error| Refused::new(format!("{} can't be read: {error}", path.display())))
    };
    let ours = read(Path::new(&file))?;
    let path = kept(folder, &entry.id);
    let base = Source {
        name: path.display().to_string(),
        text: std::fs::read_to_string(&path).unwrap_or_default(),
    };
    if !ours.contains(&base.digest()) {
        return Err(Refused::new(format!(
            "{} is not the text that {file} was copied from; `turnwise templates show {} --diff` shows how they differ",
            path.display(),
            entry.id
        )));
    }
    let merged = merge(
        &base.text,
        &shelf::without_based_on(&ours),
        &entry.source.text,
    );
    write(Path::new(&file), &text(entry, &merged.text))?;
    write(&path, &entry.source.text)?;
    if merged.conflicts == 0 {
        print(&format!("{file} has what the library changed\n"));
        return Ok(Answer::Fine);
    }
    print(&format!(
        "{file} has what the library changed; both changed the same lines in {} place{}: look for <<<<<<< there\n",
        merged.conflicts,
        if merged.conflicts == 1 { "" } else { "s" }
    ));
    Ok(Answer::Wrong)
}
