//! One problem of a template: code, severity, place, message, what to do. This is the only code that draws one; the
//! rules that find problems live beside what they check.

use serde::Serialize;

/// A problem found at check time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// `TW001` …, template-language.md section 13.
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
