//! `turnwise test`: plays a bot's transcripts and shows where they differ. A transcript is text: what comes out has to be
//! what is there; `--accept` takes the new text.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use turnwise_engine::transcript;

use super::{Answer, Refused};
use crate::bot;

/// Play the transcripts of a bot.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise test my-bot --accept")]
pub struct Test {
    /// The bot's folder [default: the folder you are in].
    bot: Option<PathBuf>,
    /// Take the new text where it differs.
    #[arg(long)]
    accept: bool,
}

impl Test {
    /// Plays each transcript; any difference makes the answer "wrong".
    pub fn run(&self) -> Result<Answer, Refused> {
        let folder = self.bot.clone().unwrap_or_else(|| PathBuf::from("."));
        let templates = bot::loaded(&bot::read(std::slice::from_ref(&folder))?)?;
        let facts = bot::facts(&folder)?;
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("transcripts"))
            .map(|entries| {
                entries
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .collect()
            })
            .unwrap_or_default();
        files.retain(|path| path.extension().is_some_and(|e| e == "txt"));
        files.sort();
        let mut out = std::io::stdout().lock();
        let mut wrong = 0;
        for path in &files {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let script = std::fs::read_to_string(path).map_err(|error| {
                Refused::new(format!("{} can't be read: {error}", path.display()))
            })?;
            let played = match transcript::play(&templates, &facts, &script) {
                Ok(played) => played,
                Err(error) => {
                    wrong += 1;
                    let _ = writeln!(out, "{name}: line {}: {}", error.line, error.message);
                    continue;
                }
            };
            if played == script {
                continue;
            }
            if self.accept {
                std::fs::write(path, &played).map_err(|error| {
                    Refused::new(format!("{} can't be written: {error}", path.display()))
                })?;
                let _ = writeln!(out, "{name}: taken as it is now");
                continue;
            }
            wrong += 1;
            let _ = writeln!(out, "{name}: differs");
            for line in transcript::difference(&script, &played) {
                let _ = writeln!(out, "  {line}");
            }
        }
        let _ = writeln!(out, "{} transcripts, {} wrong", files.len(), wrong);
        Ok(if wrong == 0 {
            Answer::Fine
        } else {
            Answer::Wrong
        })
    }
}
