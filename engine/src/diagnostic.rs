//! One problem of a template: code, severity, place, message, what to do. This is the only code that draws one; the
//! rules that find problems live beside what they check.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use crate::template::source::{Source, Sources};

/// A problem found at check time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// `TW001` …, docs/diagnostics.md.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file as it was named to the check.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do; empty where the message says it.
    pub help: String,
    /// Bytes of the file that the drawing underlines.
    #[serde(skip)]
    pub span: std::ops::Range<usize>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The template runs all the same.
    Warning,
    /// The template is refused.
    Error,
}

/// Draws problems for people: code, place, the line with its part underlined, what to do. Empty for none of them.
pub fn draw(diagnostics: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let files = sources
        .bot
        .iter()
        .chain(&sources.files)
        .chain(&sources.library);
    let files: Vec<&Source> = files.chain([&sources.repair]).collect();
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| (&d.file, d.line, d.column));
    let drawn = sorted.into_iter().map(|diagnostic| {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
        let source = files.iter().find(|file| file.name == diagnostic.file);
        let mut group =
            match source.and_then(|source| Some((source, underlined(diagnostic, &source.text)?))) {
                Some((source, span)) => title.element(
                    Snippet::source(source.text.as_str())
                        .path(source.name.as_str())
                        .annotation(AnnotationKind::Primary.span(span)),
                ),
                None => title.element(Origin::path(diagnostic.file.as_str()).line(diagnostic.line)),
            };
        if !diagnostic.help.is_empty() {
            group = group.element(Level::HELP.message(&diagnostic.help));
        }
        renderer.render(&[group])
    });
    drawn.collect::<Vec<_>>().join("\n\n")
}

/// The bytes to underline: the place itself, its first line where it has several, or the rest of the line.
fn underlined(diagnostic: &Diagnostic, text: &str) -> Option<Range<usize>> {
    let Range { start, end } = diagnostic.span;
    if text.trim().is_empty() {
        return None;
    }
    let line = text.get(start..)?.lines().next().unwrap_or_default();
    let length = match end.saturating_sub(start) {
        0 => line.trim_end().len(),
        length => length.min(line.len()),
    };
    Some(start..start + length)
}
