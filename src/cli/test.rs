//! `turnwise test`: plays a bot's transcripts and shows where they differ, and what of the bot no transcript came to. A
//! transcript is text: what comes out has to be what is there; `--accept` takes the new text.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};
use turnwise_engine::coverage::{Coverage, Part, Reached, coverage};
use turnwise_engine::facts::Facts;
use turnwise_engine::template::Templates;
use turnwise_engine::transcript;

use super::paint::Paint;
use super::{Answer, Format, Refused};
use crate::bot;

mod junit;

/// Play the transcripts of a bot.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise test my-bot --accept")]
pub struct Test {
    /// The bot's folder [default: the folder you are in].
    bot: Option<PathBuf>,
    /// Take the new text where it differs.
    #[arg(long)]
    accept: bool,
    /// Write the results as a JUnit report too.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// How the results are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// What became of one transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    /// The file's name without its ending.
    name: String,
    path: PathBuf,
    how: How,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    /// As it was written.
    Same,
    /// Other lines came out.
    Differs(Vec<String>),
    /// Other lines came out and were taken.
    Taken,
    /// It can't be played.
    Unplayable { line: usize, message: String },
}

impl Test {
    /// Plays each transcript; any difference makes the answer "wrong".
    ///
    /// # Errors
    /// A file can't be read or written.
    pub fn run(&self) -> Result<Answer, Refused> {
        let folder = self.bot.clone().unwrap_or_else(|| PathBuf::from("."));
        let sources = bot::read(std::slice::from_ref(&folder))?;
        let (templates, diagnostics) = bot::load(&sources);
        let Some(templates) = templates else {
            // The bot is the thing asked about, and it is wrong.
            let drawn = bot::drawn_for(&diagnostics, &sources, Paint::stdout().colour);
            let _ = writeln!(std::io::stderr(), "{drawn}");
            return Ok(Answer::Wrong);
        };
        let facts = bot::facts(&folder)?;
        let mut reached = BTreeSet::new();
        let mut outcomes = Vec::new();
        for path in transcripts(&folder) {
            outcomes.push(self.play(&templates, &facts, &path, &mut reached)?);
        }
        let covered = coverage(&templates, &reached);
        if let Some(file) = &self.junit {
            std::fs::write(file, junit::report(&outcomes)).map_err(|error| {
                Refused::new(format!("{} can't be written: {error}", file.display()))
            })?;
        }
        let text = match self.format {
            Format::Human => human(&outcomes, &covered, Paint::stdout()),
            Format::Json => {
                let value = as_json(&outcomes, &covered);
                serde_json::to_string_pretty(&value).expect("results are plain data") + "\n"
            }
        };
        // A closed pipe is nobody reading, not an error of ours.
        let _ = std::io::stdout().write_all(text.as_bytes());
        Ok(if outcomes.iter().any(Outcome::wrong) {
            Answer::Wrong
        } else {
            Answer::Fine
        })
    }

    fn play(
        &self,
        templates: &Templates,
        facts: &Arc<Facts>,
        path: &Path,
        reached: &mut BTreeSet<Reached>,
    ) -> Result<Outcome, Refused> {
        let script = std::fs::read_to_string(path)
            .map_err(|error| Refused::new(format!("{} can't be read: {error}", path.display())))?;
        let how = match transcript::played(templates, facts, &script) {
            Err(error) => How::Unplayable {
                line: error.line,
                message: error.message,
            },
            Ok(played) => {
                reached.extend(played.reached);
                if played.text == script {
                    How::Same
                } else if self.accept {
                    std::fs::write(path, &played.text).map_err(|error| {
                        Refused::new(format!("{} can't be written: {error}", path.display()))
                    })?;
                    How::Taken
                } else {
                    How::Differs(transcript::difference(&script, &played.text))
                }
            }
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Outcome {
            name: name.into_owned(),
            path: path.to_owned(),
            how,
        })
    }
}

impl Outcome {
    fn wrong(&self) -> bool {
        matches!(self.how, How::Differs(_) | How::Unplayable { .. })
    }
}

/// The transcripts of a bot, by name.
fn transcripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("transcripts"));
    let entries = entries.into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    files.sort();
    files
}

fn human(outcomes: &[Outcome], covered: &[Coverage], paint: Paint) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        let name = paint.bold(&outcome.name);
        match &outcome.how {
            How::Same => {}
            How::Taken => out.push_str(&format!("{name}: taken as it is now\n")),
            How::Unplayable { line, message } => {
                out.push_str(&format!("{name}: line {line}: {message}\n"));
            }
            How::Differs(lines) => {
                out.push_str(&format!("{name}: differs\n"));
                for line in lines {
                    out.push_str(&format!("  {}\n", paint.difference(line)));
                }
            }
        }
    }
    for template in covered {
        out.push_str(&covering(template, paint));
    }
    let wrong = outcomes.iter().filter(|outcome| outcome.wrong()).count();
    let s = if outcomes.len() == 1 { "" } else { "s" };
    out.push_str(&format!(
        "{} transcript{s}, {wrong} wrong\n",
        outcomes.len()
    ));
    out
}

/// How much of a template the transcripts reach, and what they don't.
fn covering(template: &Coverage, paint: Paint) -> String {
    let all = template.all.len();
    let missing = template.missing().count();
    let mut out = format!(
        "{}: {} of {all} slots, steps and branches reached\n",
        paint.bold(&template.template),
        all - missing
    );
    if missing == all {
        // Nothing of it: a list of all its parts would say no more.
        return out;
    }
    for entry in template.missing() {
        let place = match entry.line {
            0 => String::new(),
            line => format!(" line {line}"),
        };
        out.push_str(&format!("  not {}{}\n", entry.shown, paint.dim(&place)));
    }
    out
}

fn as_json(outcomes: &[Outcome], covered: &[Coverage]) -> Value {
    let transcripts: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            let mut value = json!({ "name": outcome.name, "file": outcome.path });
            match &outcome.how {
                How::Same => value["outcome"] = json!("same"),
                How::Taken => value["outcome"] = json!("taken"),
                How::Differs(lines) => {
                    value["outcome"] = json!("differs");
                    value["difference"] = json!(lines);
                }
                How::Unplayable { line, message } => {
                    value["outcome"] = json!("unplayable");
                    value["line"] = json!(line);
                    value["message"] = json!(message);
                }
            }
            value
        })
        .collect();
    let coverage: Vec<Value> = covered
        .iter()
        .map(|template| {
            let missing: Vec<Value> = template
                .missing()
                .map(|entry| match &entry.part {
                    Part::Slot(slot) => json!({ "slot": slot }),
                    Part::Step(step) => json!({ "step": step, "line": entry.line }),
                    Part::Branch(step, branch) => {
                        json!({ "step": step, "branch": branch, "line": entry.line })
                    }
                })
                .collect();
            let all = template.all.len();
            json!({
                "template": template.template, "file": template.file,
                "parts": all, "reached": all - missing.len(), "missing": missing,
            })
        })
        .collect();
    json!({ "transcripts": transcripts, "coverage": coverage })
}
