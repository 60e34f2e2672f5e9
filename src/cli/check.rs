//! `turnwise check`: every problem of a bot's templates at once, on stdout, since they are its result. What a problem is
//! stands in the engine; here the files are read and the answer printed.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use turnwise_engine::diagnostic::Severity;

use super::paint::Paint;
use super::{Answer, Format, Refused};
use crate::bot;

/// Check a bot, or single files.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise check my-bot")]
pub struct Check {
    /// Bot folders or template files [default: the folder you are in].
    paths: Vec<PathBuf>,
    /// How the problems are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

impl Check {
    /// Prints the problems; an error among them makes the answer "wrong".
    pub fn run(&self) -> Result<Answer, Refused> {
        let sources = bot::read(&self.paths)?;
        let (_, diagnostics) = bot::load(&sources);
        let wrong = diagnostics.iter().any(|d| d.severity == Severity::Error);
        let mut out = std::io::stdout().lock();
        let text = match self.format {
            Format::Json => {
                serde_json::to_string_pretty(&diagnostics).expect("diagnostics are plain data")
            }
            Format::Human => bot::drawn(&diagnostics, &sources, Paint::stdout().colour),
        };
        let _ = writeln!(out, "{text}");
        Ok(if wrong { Answer::Wrong } else { Answer::Fine })
    }
}
