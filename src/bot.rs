//! A bot folder as the engine wants it: its files and the library's, by name and text. What they mean is the engine's;
//! where they lie is told here only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rust_embed::RustEmbed;
use turnwise_engine::connector::ConnectorSpec;
use turnwise_engine::diagnostic::{Diagnostic, Severity, draw};
use turnwise_engine::facts::{Facts, OrgFacts};
use turnwise_engine::template::Templates;
use turnwise_engine::template::source::{Source, Sources};
use turnwise_engine::understanding::meaning::Meanings;

use crate::meanings::Remembered;
use crate::refused::Refused;

/// The library inside the binary.
#[derive(RustEmbed)]
#[folder = "templates/"]
struct Library;

/// The bot that the demo runs.
#[derive(RustEmbed)]
#[folder = "examples/sales-assistant/"]
#[include = "bot.yaml"]
#[include = "transcripts/*"]
struct Demo;

/// The demo's bot.
pub fn demo() -> Sources {
    let text = Demo::get("bot.yaml")
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
        .unwrap_or_default();
    let bot = Source {
        name: "bot.yaml".into(),
        text,
    };
    Sources {
        bot: Some(bot),
        files: Vec::new(),
        library: library(),
        repair: repair(),
    }
}

/// Sample conversations of the demo's bot, by name.
pub fn samples() -> Vec<(String, String)> {
    let all = Demo::iter().filter(|path| path.starts_with("transcripts/"));
    all.filter_map(|path| {
        let text = String::from_utf8(Demo::get(&path)?.data.into_owned()).ok()?;
        Some((path.into_owned(), text))
    })
    .collect()
}

/// The library's templates and shared files, `salesforce/create_lead` by name.
pub fn library() -> Vec<Source> {
    Library::iter()
        .filter_map(|path| {
            let file = Library::get(&path)?;
            let text = String::from_utf8(file.data.into_owned()).ok()?;
            Some(Source {
                name: path.trim_end_matches(".yaml").to_owned(),
                text,
            })
        })
        .collect()
}

/// What a bot's transcripts know of the org from their sign-in on: `transcripts/org.json`, by integration as a describe
/// tells it. Nothing is known where there is no such file.
pub fn facts(folder: &Path) -> Result<Arc<Facts>, Refused> {
    let path = folder.join("transcripts/org.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(Arc::default());
    };
    let known: BTreeMap<String, OrgFacts> = serde_json::from_str(&text)
        .map_err(|error| Refused::new(format!("{} can't be read: {error}", path.display())))?;
    let shared = known.into_iter().map(|(id, org)| (id, Arc::new(org)));
    Ok(Arc::new(shared.collect()))
}

/// The files of a bot folder, or of single files (checked as a bot of their own).
pub fn read(paths: &[PathBuf]) -> Result<Sources, Refused> {
    let mut sources = Sources {
        bot: None,
        files: Vec::new(),
        library: library(),
        repair: repair(),
    };
    let here = [PathBuf::from(".")];
    for path in if paths.is_empty() { &here[..] } else { paths } {
        if path.is_dir() {
            read_folder(path, &mut sources)?;
        } else {
            sources.files.push(file(path)?);
        }
    }
    Ok(sources)
}

/// Loads a bot; what is wrong with it comes as diagnostics.
pub fn load(sources: &Sources) -> (Option<Arc<Templates>>, Vec<Diagnostic>) {
    load_against(sources, &Facts::new())
}

/// As [`load`], and compared with what these orgs have.
pub fn load_against(sources: &Sources, facts: &Facts) -> (Option<Arc<Templates>>, Vec<Diagnostic>) {
    let loaded =
        Templates::load_against(sources, &connectors(), facts, Some(Remembered::of_user()));
    (loaded.templates.map(Arc::new), loaded.diagnostics)
}

/// What the connectors declare.
pub fn connectors() -> [ConnectorSpec; 2] {
    [
        turnwise_connectors::salesforce::spec(),
        turnwise_connectors::http::spec(),
    ]
}

/// A bot that can run, or the first reason why not.
pub fn loaded(sources: &Sources) -> Result<Arc<Templates>, Refused> {
    loaded_by(sources, Remembered::of_user())
}

/// As [`loaded`], with a source of what texts mean other than the user's.
pub fn loaded_by(
    sources: &Sources,
    meanings: Arc<dyn Meanings>,
) -> Result<Arc<Templates>, Refused> {
    let loaded = Templates::load_to_run(sources, &connectors(), Some(meanings));
    loaded.templates.map(Arc::new).ok_or_else(|| {
        let errors: Vec<Diagnostic> = loaded
            .diagnostics
            .into_iter()
            .filter(|d| d.severity == Severity::Error)
            .collect();
        Refused::wrong(format!(
            "this bot has errors; `turnwise check` shows them in place\n{}",
            drawn(&errors, sources)
        ))
    })
}

/// Diagnostics as a person reads them, drawn in place, and how many there are.
pub fn drawn(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    drawn_for(diagnostics, sources, false)
}

/// As [`drawn`], for a place that may show colours.
pub fn drawn_for(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let mut out = draw(diagnostics, sources, colour);
    if !out.is_empty() {
        out.push_str("\n\n");
    }
    let count = |severity: Severity, word: &str| {
        let n = diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count();
        let s = if n == 1 { "" } else { "s" };
        format!("{n} {word}{s}")
    };
    out.push_str(&count(Severity::Error, "error"));
    out.push_str(", ");
    out.push_str(&count(Severity::Warning, "warning"));
    out
}

fn repair() -> Source {
    Source {
        name: "repair.yaml".into(),
        text: turnwise_engine::REPAIR.into(),
    }
}

fn read_folder(folder: &Path, sources: &mut Sources) -> Result<(), Refused> {
    let bot = folder.join("bot.yaml");
    if !bot.is_file() {
        return Err(Refused::new(format!(
            "{} is no bot: it has no bot.yaml; `turnwise new DIR` makes one",
            folder.display()
        )));
    }
    sources.bot = Some(file(&bot)?);
    // Standard responses of other languages stand beside the templates.
    let folders = [folder.join("templates"), folder.join("wording")];
    let entries = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok());
    let entries = entries.flatten();
    let mut names: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    names.retain(|path| !path.is_dir());
    names.retain(|path| path.extension().is_some_and(|e| e == "yaml" || e == "yml"));
    names.sort();
    for name in names {
        sources.files.push(file(&name)?);
    }
    Ok(())
}

/// A file as text; what is no UTF-8 in it the check tells with its place.
fn file(path: &Path) -> Result<Source, Refused> {
    let bytes = std::fs::read(path)
        .map_err(|error| Refused::new(format!("{} can't be read: {error}", path.display())))?;
    Ok(Source {
        name: path.display().to_string(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}
