//! Slips that people set right in the same breath: "change the city to Porto, no sorry, Lisbon". What was said first is taken
//! out, so that everything behind reads the text as it was meant.

use std::borrow::Cow;

use super::command;
use super::words::{Words, normal};

/// Most words that are taken back.
const MOST: usize = 4;

/// A text without what it takes back itself; unchanged where nothing is, or where what follows is a command.
pub(super) fn amended<'t>(text: &'t str, words: &Words) -> Cow<'t, str> {
    let mut text = Cow::Borrowed(text);
    // Somebody may need a third try.
    for _ in 0..2 {
        match once(&text, words) {
            Some(better) => text = Cow::Owned(better),
            None => break,
        }
    }
    text
}

/// What is meant at last, where a text surely takes back what stands before it: "proposal" of "negotiation, no wait, proposal".
pub(super) fn at_last<'t>(text: &'t str, words: &Words) -> Option<&'t str> {
    let all: Vec<(usize, String)> = text
        .split_whitespace()
        .map(|typed| {
            (
                typed.as_ptr() as usize - text.as_ptr() as usize,
                normal(typed),
            )
        })
        .collect();
    (1..all.len()).rev().find_map(|at| {
        let (length, strong) = words.amends(&mut all[at..].iter().map(|(_, w)| w.as_str()))?;
        let behind = words.behind_amends(
            &mut all[(at + length).min(all.len())..]
                .iter()
                .map(|(_, w)| w.as_str()),
        );
        let (meant, _) = all.get(at + length + behind)?;
        strong.then(|| &text[*meant..])
    })
}

struct Word<'t> {
    at: usize,
    typed: &'t str,
    plain: String,
}

fn once(text: &str, words: &Words) -> Option<String> {
    let all: Vec<Word<'_>> = text
        .split_whitespace()
        .map(|typed| Word {
            at: typed.as_ptr() as usize - text.as_ptr() as usize,
            typed,
            plain: normal(typed),
        })
        .collect();
    (1..all.len().saturating_sub(1)).find_map(|at| {
        let (length, strong) = words.amends(&mut all[at..].iter().map(|w| w.plain.as_str()))?;
        let behind = words.behind_amends(&mut all[at + length..].iter().map(|w| w.plain.as_str()));
        let next = at + length + behind;
        let meant = all.get(next)?;
        let rest = &text[meant.at..];
        // "Sorry, I mean Otto" takes back something said before.
        let opens = words.amends(&mut std::iter::once(all[at - 1].plain.as_str()));
        if opens.is_some() {
            return None;
        }
        let parted = all[at - 1].typed.ends_with([',', ';', '-', '–', '…', '.'])
            || matches!(all[at - 1].typed, "-" | "–" | "—");
        let counts = is_count(all.get(at - 1)?, words) && is_count(meant, words);
        let last = parted && at <= 2 && all.len() - next <= 2 && all[at].plain != "no";
        let plain = strong || counts || last || parted && all[at + length - 1].typed.ends_with(',');
        if !plain || command::command(rest, words).is_some() || words.refuses(rest) {
            return None;
        }
        // "Show me Ida, no wait, delete Tom": another request altogether.
        if words.verb(&normal(rest)).is_some() && strong {
            return Some(rest.to_owned());
        }
        // "No wait, the company is Fern": what names its field takes nothing back.
        if all[next..]
            .iter()
            .take(3)
            .any(|w| matches!(w.plain.as_str(), "is" | "=") || w.typed.ends_with(':'))
        {
            return None;
        }
        let mut from = at;
        while from > 0
            && at - from < MOST
            && (from == at || !all[from - 1].typed.ends_with([',', ';', ':', '!', '?']))
            && !is_boundary(&all[from - 1].plain, words, from == at)
            && (!counts || is_count(&all[from - 1], words))
        {
            from -= 1;
        }
        (from < at).then(|| format!("{}{rest}", &text[..all[from].at]))
    })
}

/// Whether a word stands between what is said of something and the value; the last one before the slip says what it was.
fn is_boundary(word: &str, words: &Words, last: bool) -> bool {
    words.is_function_word(word)
        || !last && words.not_names.contains(word)
        || words.leads_to_value(word)
}

/// Whether a word is a figure, or what counts figures.
fn is_count(word: &Word<'_>, words: &Words) -> bool {
    let plain = word.plain.as_str();
    plain.chars().any(|c| c.is_ascii_digit())
        || words.scales.contains_key(plain)
        || words.currencies.contains_key(plain)
        || words.numbers.contains_key(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn what_is_taken_back_is_not_read() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            (
                "change ida's city to bath, no sorry, lisbon",
                "change ida's city to lisbon",
            ),
            (
                "add otto, no wait, oskar blum from fern",
                "add oskar blum from fern",
            ),
            (
                "tea for fern, 30 thousand, no 35 thousand, friday",
                "tea for fern, 35 thousand, friday",
            ),
            (
                "number of ida 555 0100 no sorry use 555 0199",
                "number of ida 555 0199",
            ),
            ("cold, sorry, hot", "hot"),
            ("show ida, no wait, delete otto", "delete otto"),
            ("make it 5k - I mean 6k", "make it 6k"),
            ("delete ida, no wait, don't", "delete ida, no wait, don't"),
            (
                "new lead ida blum, no wait, cancel that",
                "new lead ida blum, no wait, cancel that",
            ),
            ("ida blum, no phone", "ida blum, no phone"),
            ("no, the company is Fern", "no, the company is Fern"),
            (
                "ida, wait, the company is Fern",
                "ida, wait, the company is Fern",
            ),
            ("sorry I mean otto", "sorry I mean otto"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(amended(text, words), expected, "{text}");
        }
    }
}
