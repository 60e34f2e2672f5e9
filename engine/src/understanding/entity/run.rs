//! Runs of words that may be a name: words with capitals side by side, with the small words that names contain. Whose name a
//! run is, is told by what stands around it; that is for people, companies and places.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::listed::is_picture;
use crate::understanding::words::Words;

/// Words that may be a name, and what stands around them.
#[derive(Debug, Clone)]
pub(super) struct Run<'t> {
    pub(super) text: &'t str,
    pub(super) span: Range<usize>,
    pub(super) words: Vec<&'t str>,
    /// The words before, lower case, nearest first; up to three and not across the end of a clause.
    pub(super) before: Vec<String>,
    /// The word after, lower case; empty where a sign ends the clause.
    pub(super) after: String,
    /// Whether it fills its piece of a list: nothing but commas, lines and the ends of the text around it.
    pub(super) alone: bool,
    /// Whether a comma, colon or line (or the start of the text) stands before it.
    pub(super) opens: bool,
}

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"&|[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|['’\-.@+][\p{L}\p{N}])*\.?")
        .expect("a constant pattern compiles")
});

struct Word<'t> {
    text: &'t str,
    lower: String,
    span: Range<usize>,
}

/// The runs of a text, in order. A text without small letters, or without capitals, has none: there nothing tells names.
pub(super) fn runs<'t>(text: &'t str, words: &Words) -> Vec<Run<'t>> {
    if !text.chars().any(char::is_lowercase) {
        return Vec::new();
    }
    let all = tokens(text, words);
    let capital = |n: usize| all.get(n).is_some_and(|w| is_capital(w.text));
    let plain = |n: usize| {
        all.get(n).is_some_and(|w| {
            let lower = w.lower.trim_end_matches('.').replace('’', "'");
            !words.not_names.contains(&lower)
        })
    };
    let near = |n: usize| {
        n + 1 < all.len() && {
            let gap = &text[all[n].span.end..all[n + 1].span.start];
            let full_stop = all[n].text.ends_with('.') && !is_short(&all[n].lower, words);
            !gap.is_empty() && gap.chars().all(|c| c == ' ' || c == '\u{a0}') && !full_stop
        }
    };
    let mut out = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let starts = (capital(at)
            && (plain(at) || (near(at) && capital(at + 1) && inside(text, &all, at))))
            || (words.particles.contains(&all[at].lower)
                && all[at].lower.len() > 1
                && near(at)
                && (capital(at + 1)
                    || (near(at + 1)
                        && words.particles.contains(&all[at + 1].lower)
                        && capital(at + 2))));
        if !starts || all[at].text.contains('@') {
            at += 1;
            continue;
        }
        // "From 3 Fern Hills", "at 24/7 Fern": figures behind what leads to a company are part of its name.
        let figures = at > 1
            && near(at - 1)
            && all[at - 1]
                .text
                .chars()
                .all(|c| c.is_ascii_digit() || c == '/')
            && (words.company_cues.contains(&all[at - 2].lower)
                || words.with_party.contains(&all[at - 2].lower));
        let first = if figures { at - 1 } else { at };
        let mut last = at;
        while near(last) {
            let next = last + 1;
            let small = |n: usize| {
                words.particles.contains(&all[n].lower) || matches!(all[n].text, "&" | "of" | "and")
            };
            // "Fern & Co. Industry tea": a label behind a full stop begins another sentence.
            let label = all[last].text.ends_with('.') && !plain(next);
            let goes_on = capital(next) && !label && !all[next].text.contains('@')
                || all[next].text.chars().all(|c| c.is_ascii_digit()) && last > first;
            let form = words.legal_forms.contains(&all[next].lower);
            if goes_on || form {
                last = next;
            } else if small(next)
                && near(next)
                && capital(next + 1)
                && joins(&all, first, last, next, words)
            {
                last = next + 1;
            } else if small(next)
                && near(next)
                && small(next + 1)
                && near(next + 1)
                && capital(next + 2)
                && words.particles.contains(&all[next].lower)
            {
                last = next + 2;
            } else {
                break;
            }
        }
        at = last + 1;
        out.push(run(text, &all, first, last, words));
    }
    out.retain(|run| run.words.iter().any(|w| w.chars().any(char::is_alphabetic)));
    out
}

/// "Bank of Fern" is one name, "Ida of Fern" two: "of" joins behind a company's word, or where a company is what follows.
fn joins(all: &[Word<'_>], first: usize, last: usize, next: usize, words: &Words) -> bool {
    match all[next].lower.as_str() {
        "of" => {
            let own = (first..=last).any(|n| words.company_words.contains(&all[n].lower))
                || words.bodies.contains(&all[last].lower);
            let cue = first.checked_sub(1).map(|n| all[n].lower.as_str());
            own || cue.is_some_and(|cue| words.company_cues.contains(cue))
        }
        "and" => false,
        _ => true,
    }
}

/// A capital word of the stop list begins a name where a small word of the sentence stands before it: "at New Fern".
fn inside(text: &str, all: &[Word<'_>], at: usize) -> bool {
    let before = text[..all[at].span.start].trim_end_matches(' ');
    at > 0
        && before.ends_with(char::is_alphanumeric)
        && all[at - 1].text.starts_with(char::is_lowercase)
        && !matches!(
            all[at - 1].lower.as_str(),
            "please" | "pls" | "plz" | "and" | "or" | "hi" | "hey"
        )
}

/// "Blum", and "d'Orsay" and "al-Sayed" too.
fn is_capital(word: &str) -> bool {
    let mut letters = word.chars();
    let first = letters.next();
    first.is_some_and(char::is_uppercase)
        || (word
            .split(['\'', '’', '-'])
            .nth(1)
            .is_some_and(|rest| rest.starts_with(char::is_uppercase)))
}

fn run<'t>(text: &'t str, all: &[Word<'t>], first: usize, last: usize, words: &Words) -> Run<'t> {
    let mut end = all[last].span.end;
    let closing = all[last].text.strip_suffix('.');
    if closing.is_some() && !is_abbreviated(&all[last].lower, words) {
        end -= 1;
    }
    let start = all[first].span.start;
    let mut before = Vec::new();
    for n in (first.saturating_sub(3)..first).rev() {
        let gap = &text[all[n].span.end..all[n + 1].span.start];
        if gap.contains([',', ';', ':', '\n', '(', ')', '.']) || all[n].text.ends_with('.') {
            break;
        }
        before.push(all[n].lower.clone());
    }
    let head = text[..start].trim_end_matches([' ', '\u{a0}']);
    let tail = text[end..].trim_start_matches([' ', '\u{a0}', '.']);
    let opens = head.is_empty()
        || head.ends_with([
            ',', ';', '\n', ':', '(', '.', '-', '–', '—', '"', '“', '?', '!', '/', '|',
        ])
        || head.ends_with(is_picture);
    let closes = tail.is_empty()
        || tail.starts_with([
            ',', ';', '\n', ')', '(', '-', '–', '—', '!', '"', '”', '?', '/', '|',
        ])
        || tail.starts_with(is_picture);
    let after = all
        .get(last + 1)
        .filter(|w| {
            text[end..w.span.start].trim().is_empty() && !text[end..w.span.start].contains('\n')
        })
        .map(|w| w.lower.clone())
        .unwrap_or_default();
    Run {
        text: &text[start..end],
        span: start..end,
        words: text[start..end]
            .split([' ', '\u{a0}'])
            .filter(|w| !w.is_empty())
            .collect(),
        before,
        after,
        alone: opens && closes,
        opens,
    }
}

fn tokens<'t>(text: &'t str, words: &Words) -> Vec<Word<'t>> {
    WORD.find_iter(text)
        .map(|m| {
            let mut span = m.range();
            let mut token = m.as_str();
            // The full stop of an initial or an abbreviation belongs to it, that of a sentence does not.
            if token.ends_with('.') && !is_short(&token.to_lowercase(), words) {
                token = &token[..token.len() - 1];
                span.end -= 1;
            }
            Word {
                text: token,
                lower: token.to_lowercase(),
                span,
            }
        })
        .collect()
}

/// "J.", "Dr.", "Inc.", "B.V.": a full stop that ends no sentence.
fn is_short(lower: &str, words: &Words) -> bool {
    let bare = lower.trim_end_matches('.');
    bare.chars().count() == 1 || words.honorifics.contains(bare) || is_abbreviated(lower, words)
}

fn is_abbreviated(lower: &str, words: &Words) -> bool {
    let bare = lower.trim_end_matches('.');
    bare.contains('.')
        || words.abbreviations.contains(bare)
        || (words.suffixes.contains(bare) && lower.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn names_are_words_with_capitals_side_by_side() {
        let words = Words::of(&Locale::of("en"));
        let table: [(&str, &[&str]); 19] = [
            (
                "new lead Ida Blum from Fern Hill",
                &["Ida Blum", "Fern Hill"],
            ),
            ("Create a lead for Jan van den Berg", &["Jan van den Berg"]),
            (
                "add O'Malley, Fern & Sons Inc.",
                &["O'Malley", "Fern & Sons Inc."],
            ),
            ("I met J. R. Stone.", &["J. R. Stone"]),
            ("Bank of Fern", &["Bank of Fern"]),
            ("Ida of Fern", &["Ida", "Fern"]),
            ("met Ida. Osei was there", &["Ida", "Osei"]),
            ("Please Add Lê Thị Hoa", &["Lê Thị Hoa"]),
            ("von Stein called", &["von Stein"]),
            ("new lead d'Orsay, Fern", &["d'Orsay", "Fern"]),
            ("lead in: Ida Blum", &["Ida Blum"]),
            ("met Noor al-Sayed", &["Noor al-Sayed"]),
            ("add Nora Ní Dhuill", &["Nora Ní Dhuill"]),
            ("met her e-Fern", &["e-Fern"]),
            ("she is with New Fern Foods", &["New Fern Foods"]),
            ("nothing here", &[]),
            ("ALL CAPITALS", &[]),
            ("", &[]),
            ("😀 ida", &[]),
        ];
        for (text, expected) in table {
            let found: Vec<&str> = runs(text, words).iter().map(|r| r.text).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
