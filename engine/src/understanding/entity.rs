//! Slot types read their own values: each type finds its values in a text, and reads a whole answer. Which reading goes to
//! which slot is decided elsewhere; here a text comes in and spans with normalised values come out.

use std::ops::Range;

use jiff::ZonedDateTime;

use crate::Value;
use crate::facts::OrgFacts;
use crate::locale::Locale;

/// What reading a value may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The user's clock, in the user's zone: "tomorrow" is relative to it.
    pub now: &'a ZonedDateTime,
    /// The conversation's locale.
    pub locale: &'a Locale,
    /// The user's org where it is known, for picklists and lengths.
    pub org: Option<&'a OrgFacts>,
    /// The object whose fields the slots fill, for `choices: org`.
    pub object: Option<&'a str>,
}

/// A value found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Normalised.
    pub value: Value,
    /// Bytes of the text it came from.
    pub span: Range<usize>,
    /// How sure its form is: 1 carries its own form (an e-mail, a date), less for a bare number or word.
    pub certainty: f32,
}

/// Why an answer is not a value of its slot: a key of the reasons in the locale file, and for the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A short key, `not_an_email`, `too_long`, `not_in_list` …
    pub reason: &'static str,
}

/// stub
pub fn find(_slot: &crate::template::Slot, _text: &str, _reader: &Reader<'_>) -> Vec<Reading> { Vec::new() }
/// stub
pub fn read(_slot: &crate::template::Slot, _answer: &str, _reader: &Reader<'_>) -> Result<Reading, Refusal> { Err(Refusal { reason: "" }) }
