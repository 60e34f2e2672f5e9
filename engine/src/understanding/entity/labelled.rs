//! Values behind the name of their slot: "title: head of tea", "her last name is Blum", "industry tea". Only the place of the
//! value is found here; the slot's type reads it.

use std::ops::Range;

use crate::template::{Slot, SlotKind};
use crate::understanding::words::Words;

/// Where values stand that a text labels with one of the slot's names, and how sure that is.
pub(super) fn places(slot: &Slot, text: &str, words: &Words) -> Vec<(Range<usize>, f32)> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return Vec::new();
    }
    let mut names: Vec<String> = std::iter::once(&slot.label)
        .chain(&slot.called)
        .map(|name| name.to_lowercase())
        .chain([slot.id.replace('_', " ")])
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    let mut out: Vec<(Range<usize>, f32)> = Vec::new();
    let mut seen: Vec<Range<usize>> = Vec::new();
    for name in &names {
        for (at, _) in lower.match_indices(name.as_str()) {
            let end = at + name.len();
            let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            if word(lower[..at].chars().next_back())
                || word(lower[end..].chars().next())
                || seen.iter().any(|s| s.start < end && at < s.end)
            {
                continue;
            }
            seen.push(at..end);
            if let Some((start, certainty)) = value_start(text, &lower, at, end, words) {
                let length = value_length(slot, &text[start..]);
                if length > 0 {
                    out.push((start..start + length, certainty));
                }
            }
        }
    }
    out
}

/// Where the value begins behind a name, by the sign or word between.
fn value_start(
    text: &str,
    lower: &str,
    at: usize,
    end: usize,
    words: &Words,
) -> Option<(usize, f32)> {
    let rest = &lower[end..];
    let trimmed = rest.trim_start();
    let signs = [
        (":", 0.97),
        ("=", 0.97),
        ("is now ", 0.95),
        ("is ", 0.93),
        ("'s ", 0.9),
        ("should be ", 0.95),
        ("will be ", 0.93),
        ("would be ", 0.93),
        ("to ", 0.92),
        ("- ", 0.9),
        ("– ", 0.9),
        ("changed to ", 0.92),
    ];
    for (sign, certainty) in signs {
        if let Some(value) = trimmed.strip_prefix(sign) {
            let start = text.len() - value.trim_start().len();
            return (start < text.len()).then_some((start, certainty));
        }
    }
    // Without a sign, only where the name opens a clause: ", industry tea" and "with title buyer", not "the title buyer has".
    let head = lower[..at].trim_end();
    let opens = head.is_empty()
        || head.ends_with([',', ';', '.', '\n', '('])
        || head.ends_with(" with")
        || head.ends_with(" and");
    let next: String = trimmed
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '\'')
        .collect();
    let starts_value = rest.starts_with(' ') && !next.is_empty() && !words.is_function_word(&next);
    (opens && !head.is_empty() && starts_value).then_some((text.len() - trimmed.len(), 0.9))
}

/// How far the value goes: to the end of its clause, for a long text to the end of all.
fn value_length(slot: &Slot, text: &str) -> usize {
    if let SlotKind::Text {
        max_length: Some(max),
        ..
    } = slot.kind
        && max > 1000
    {
        return text.trim_end().len();
    }
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        let after = text[at + c.len_utf8()..].chars().next();
        let spaced = after.is_none_or(char::is_whitespace);
        let abbreviated = c == '.'
            && text[..at].rsplit([' ', '.']).next().is_some_and(|w| {
                w.chars().count() < 3
                    || matches!(w.to_lowercase().as_str(), "inc" | "ltd" | "corp" | "bros")
            });
        if matches!(c, '\n' | ';' | '(')
            || (c == ',' && spaced)
            || (matches!(c, '.' | '!' | '?') && spaced && !abbreviated)
        {
            end = at;
            break;
        }
    }
    let clause = &text[..end];
    let lower = clause.to_lowercase();
    if lower.len() == clause.len() {
        // "title buyer and the city is …", "first name ida last name blum".
        for (at, _) in lower.match_indices(' ') {
            let rest = lower[at..].trim_start();
            let joins = [
                "and the ",
                "and his ",
                "and her ",
                "and their ",
                "and my ",
                "and it",
                "but ",
                "because ",
                "instead of ",
                "please",
            ]
            .iter()
            .any(|j| rest.starts_with(j));
            let labels = [
                "first name ",
                "last name ",
                "company is ",
                "company ",
                "title is ",
                "phone is ",
                "phone ",
                "email is ",
                "email ",
                "mail is ",
                "rating ",
                "city is ",
                "status ",
            ]
            .iter()
            .any(|j| rest.starts_with(j));
            if at > 0 && (joins || labels) {
                end = at;
                break;
            }
        }
    }
    text[..end]
        .trim_end_matches([' ', '.', '!', '?', '"', '”', ')'])
        .len()
}
