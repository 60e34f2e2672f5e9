//! `turnwise templates`: explore the library, read one of its templates, take one into a bot. What a bot makes of the library
//! is told by the shelf; here it is printed.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use turnwise_engine::template::source::Sources;
use turnwise_engine::transcript::difference;

use super::paint::Paint;
use super::{Answer, Format, Refused};
use crate::bot;
use crate::shelf::{self, Entry, Use};

mod add;
mod merge;

/// Explore the library.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise templates list my-bot")]
pub struct Templates {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All templates of the library, and what a bot makes of each.
    List(List),
    /// One template as it is written; `repair` shows the standard responses.
    Show(Show),
    /// Take a template into a bot, to change it there.
    Add(add::Add),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise templates list my-bot --format json")]
struct List {
    /// The bot's folder [default: the folder you are in, where it is a bot].
    bot: Option<PathBuf>,
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise templates show salesforce/update_lead my-bot --diff")]
struct Show {
    /// The template's id, or `repair`.
    id: String,
    /// The bot's folder [default: the folder you are in, where it is a bot].
    bot: Option<PathBuf>,
    /// What the bot's copy has changed, instead of the text.
    #[arg(long)]
    diff: bool,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = Format::Human, conflicts_with = "diff")]
    format: Format,
}

impl Templates {
    /// Prints what is asked for.
    ///
    /// # Errors
    /// There is no such template, or a file can't be read or written.
    pub fn run(&self) -> Result<Answer, Refused> {
        match &self.what {
            What::List(list) => list.run(),
            What::Show(show) => show.run(),
            What::Add(add) => add.run(),
        }
    }
}

impl List {
    fn run(&self) -> Result<Answer, Refused> {
        let sources = sources(self.bot.as_deref())?;
        let entries: Vec<(Entry, Use)> = shelf::library()
            .into_iter()
            .map(|entry| {
                let used = sources
                    .as_ref()
                    .map_or(Use::Not, |s| shelf::used(&entry, s));
                (entry, used)
            })
            .collect();
        match self.format {
            Format::Human => print(&table(&entries, sources.is_some())),
            Format::Json => {
                let all: Vec<Value> = entries.iter().map(|(e, used)| as_json(e, used)).collect();
                print(&pretty(&Value::Array(all)));
            }
        }
        Ok(Answer::Fine)
    }
}

impl Show {
    fn run(&self) -> Result<Answer, Refused> {
        if self.id == "repair" {
            print(turnwise_engine::REPAIR);
            return Ok(Answer::Fine);
        }
        let entry = shelf::find(&self.id)?;
        let sources = sources(self.bot.as_deref())?;
        let used = sources
            .as_ref()
            .map_or(Use::Not, |s| shelf::used(&entry, s));
        if self.diff {
            let copy = match (&used, &sources) {
                (Use::Copy { file, .. } | Use::Own { file }, Some(sources)) => {
                    sources.files.iter().find(|source| source.name == *file)
                }
                _ => None,
            };
            let copy = copy.ok_or_else(|| {
                Refused::new(format!(
                    "this bot has no copy of {}; `turnwise templates add {}` makes one",
                    entry.id, entry.id
                ))
            })?;
            let paint = Paint::stdout();
            let copied = shelf::without_based_on(&copy.text);
            for line in difference(&entry.source.text, &copied) {
                print(&(paint.difference(&line) + "\n"));
            }
            return Ok(Answer::Fine);
        }
        match self.format {
            Format::Human => print(&entry.source.text),
            Format::Json => {
                let mut value = as_json(&entry, &used);
                value["text"] = json!(entry.source.text);
                print(&pretty(&value));
            }
        }
        Ok(Answer::Fine)
    }
}

/// The bot that is meant, if one is.
fn sources(bot: Option<&Path>) -> Result<Option<Sources>, Refused> {
    match bot {
        Some(folder) => Ok(Some(bot::read(&[folder.to_owned()])?)),
        None if Path::new("bot.yaml").is_file() => Ok(Some(bot::read(&[])?)),
        None => Ok(None),
    }
}

fn table(entries: &[(Entry, Use)], bot: bool) -> String {
    let paint = Paint::stdout();
    let width = |of: fn(&Entry) -> &str| {
        let widths = entries.iter().map(|(entry, _)| of(entry).chars().count());
        widths.max().unwrap_or_default()
    };
    let (id, title) = (width(|e| &e.id), width(|e| &e.title));
    let mut out = String::new();
    for (entry, used) in entries {
        let last = if bot {
            words(used)
        } else {
            entry.summary.clone()
        };
        let line = format!(
            "{}{}  {:5}  {:title$}  {}",
            paint.bold(&entry.id),
            " ".repeat(id - entry.id.chars().count()),
            entry.version,
            entry.title,
            paint.dim(&last)
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn words(used: &Use) -> String {
    match used {
        Use::Not => "not installed".into(),
        Use::AsItIs => "installed as it is".into(),
        Use::Extended { file } => format!("extended by {file}"),
        Use::Copy {
            file,
            differs,
            behind,
        } => match (differs, behind) {
            (_, true) => format!("copied to {file}; the library has changed since, `add --merge`"),
            (true, false) => format!("copied to {file}, changed there"),
            (false, false) => format!("copied to {file}, the same"),
        },
        Use::Own { file } => format!("{file} stands in its place"),
    }
}

fn as_json(entry: &Entry, used: &Use) -> Value {
    let (state, file, differs, behind) = match used {
        Use::Not => ("not_installed", None, false, false),
        Use::AsItIs => ("as_it_is", None, false, false),
        Use::Extended { file } => ("extended", Some(file), true, false),
        Use::Copy {
            file,
            differs,
            behind,
        } => ("copied", Some(file), *differs, *behind),
        Use::Own { file } => ("own", Some(file), true, false),
    };
    json!({
        "id": entry.id, "kind": if entry.shared { "shared" } else { "template" }, "title": entry.title,
        "summary": entry.summary, "version": entry.version, "digest": entry.source.digest(),
        "installed": state, "file": file, "differs": differs, "behind": behind,
    })
}

fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("what is printed is plain data");
    text + "\n"
}

/// Prints; a closed pipe is nobody reading, not an error of ours.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
