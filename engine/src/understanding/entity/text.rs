//! Free text, yes and no, and texts of a given form: what was typed, within its bounds. Nothing here guesses what the words
//! mean.

use regex::Regex;

use super::Refusal;
use super::answer::bare;
use crate::Value;
use crate::understanding::command::{self, Command};
use crate::understanding::words::{Words, normal};

/// What was typed, if it has a letter or a figure and a length within the bounds, in characters.
pub(super) fn read(whole: &str, shortest: usize, longest: usize) -> Result<Value, Refusal> {
    let count = whole.chars().count();
    if !whole.chars().any(char::is_alphanumeric) {
        return Err(Refusal { reason: "empty" });
    }
    if count < shortest {
        return Err(Refusal {
            reason: "too_short",
        });
    }
    if count > longest {
        return Err(Refusal { reason: "too_long" });
    }
    Ok(Value::String(whole.to_owned()))
}

/// A text without quotation marks that hold all of it.
pub(super) fn unquoted(text: &str) -> &str {
    [('"', '"'), ('“', '”'), ('\'', '\''), ('«', '»')]
        .iter()
        .find_map(|(open, close)| {
            let inner = text.strip_prefix(*open)?.strip_suffix(*close)?;
            (!inner.is_empty() && !inner.contains([*open, *close])).then_some(inner)
        })
        .unwrap_or(text)
}

/// Yes or no, also as "true", "on", "1", and at the start of a longer answer.
pub(super) fn yes_or_no(whole: &str, words: &Words) -> Result<Value, Refusal> {
    let text = normal(whole);
    let said = words.yes_or_no(&text).or_else(|| {
        let command = command::command(whole, words)
            .or_else(|| command::leading(whole, words).map(|(command, _)| command));
        match command {
            Some(Command::Affirm) => Some(true),
            Some(Command::Deny) => Some(false),
            _ => None,
        }
    });
    said.map(Value::Bool).ok_or(Refusal {
        reason: "not_yes_or_no",
    })
}

/// A text that a pattern matches: as typed, bare of what leads in, without blanks, or in capitals.
pub(super) fn of_form(whole: &str, pattern: &Regex, words: &Words) -> Result<Value, Refusal> {
    let plain = bare(whole, words);
    let close: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
    let forms = [
        whole.to_owned(),
        plain.to_owned(),
        plain.to_uppercase(),
        plain.to_lowercase(),
        close.to_uppercase(),
        close,
    ];
    forms
        .into_iter()
        .find(|text| matches_all(pattern, text))
        .map(Value::String)
        .ok_or(Refusal {
            reason: "not_of_this_form",
        })
}

fn matches_all(pattern: &Regex, text: &str) -> bool {
    pattern
        .find(text)
        .is_some_and(|m| m.start() == 0 && m.end() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn texts_have_bounds_and_something_to_read() {
        let table = [
            ("Head of Tea", Ok("Head of Tea")),
            ("ab", Err("too_short")),
            ("a rather long answer that goes on", Err("too_long")),
            ("…", Err("empty")),
            ("日本語です", Ok("日本語です")),
        ];
        for (text, expected) in table {
            let read = read(text, 3, 20);
            assert_eq!(
                read.as_ref()
                    .map(|v| v.as_str().unwrap_or_default())
                    .map_err(|r| r.reason),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn yes_and_no_in_many_words() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("yes", Some(true)),
            ("yep", Some(true)),
            ("on", Some(true)),
            ("true", Some(true)),
            ("yes, since May", Some(true)),
            ("👍", Some(true)),
            ("no", Some(false)),
            ("nope", Some(false)),
            ("off", Some(false)),
            ("no, not yet", Some(false)),
            ("perhaps", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                yes_or_no(text, words).ok(),
                expected.map(Value::Bool),
                "{text}"
            );
        }
    }

    #[test]
    fn a_pattern_matches_the_whole_text_in_some_case() {
        let words = Words::of(&Locale::of("en"));
        let pattern = Regex::new("[A-Z]{2}-[0-9]{4}").unwrap();
        let table = [
            ("FH-1234", Some("FH-1234")),
            ("fh-1234", Some("FH-1234")),
            ("it's FH-1234.", Some("FH-1234")),
            ("FH - 1234", Some("FH-1234")),
            ("FH-12345", None),
            ("1234", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                of_form(text, &pattern, words).ok(),
                expected.map(Value::from),
                "{text}"
            );
        }
    }
}
