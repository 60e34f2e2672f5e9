//! `turnwise new DIR`: a bot folder to start from, which passes `check` and `test` as it is. What stands in it is the bot
//! `examples/first-bot`; only its name is made from the folder's.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use rust_embed::RustEmbed;

use super::Refused;

/// A bot folder to start from.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise new my-bot && turnwise chat my-bot")]
pub struct New {
    /// The folder; it is made, or has to be empty.
    dir: PathBuf,
}

#[derive(RustEmbed)]
#[folder = "examples/first-bot/"]
struct FirstBot;

/// The name that stands in its bot.yaml.
const NAME: &str = "name: First Bot\n";

impl New {
    /// Writes the folder and tells what to do with it.
    ///
    /// # Errors
    /// There is something in the folder, or it can't be written.
    pub fn run(&self) -> Result<(), Refused> {
        let dir = &self.dir;
        if dir.exists() && !is_empty(dir) {
            return Err(Refused::new(format!(
                "{} is not an empty folder; name one that is, or a new one",
                dir.display()
            )));
        }
        let mut files: Vec<_> = FirstBot::iter().collect();
        files.sort();
        let mut out = std::io::stdout().lock();
        for file in files {
            let data = FirstBot::get(&file).expect("a file that is listed is there");
            let text = String::from_utf8_lossy(&data.data);
            let text = text.replacen(NAME, &format!("name: {}\n", name(dir)), 1);
            let path = dir.join(&*file);
            write(&path, &text)?;
            let _ = writeln!(out, "  {}", path.display());
        }
        let here = dir.display();
        let _ = writeln!(
            out,
            "\nTalk to it with `turnwise chat {here}`; `turnwise test {here}` plays its transcripts."
        );
        Ok(())
    }
}

fn is_empty(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
}

fn write(path: &Path, text: &str) -> Result<(), Refused> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| Refused::new(format!("{} can't be written: {error}", path.display())))
}

/// "My bot" for `bots/my-bot`, quoted so that YAML reads it as a text whatever it is.
fn name(dir: &Path) -> String {
    let full = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let last = full.file_name().unwrap_or_default().to_string_lossy();
    let words = last.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    let name: String = match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "First bot".to_owned(),
    };
    serde_json::to_string(&name).expect("a text is plain data")
}
