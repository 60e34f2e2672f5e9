//! Text as it is compared and learnt from: one writing of each letter, no accents, words apart, values as the name of their
//! kind. Only for choosing and tagging; what a slot keeps is the text as typed.

use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::language::ENGLISH;

/// Finds the values whose kind alone matters when a template is chosen.
pub trait Kinds: Debug + Send + Sync {
    /// Spans (bytes of the text) and their kind words: `emailvalue`, `phonevalue`, `amountvalue`, `datevalue`, `recordid`.
    /// Spans that overlap an earlier one are ignored.
    fn kinds(&self, text: &str) -> Vec<(Range<usize>, &'static str)>;
}

/// Kinds by the outer form of a value alone: no locale, no clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct Forms;

impl Kinds for Forms {
    fn kinds(&self, text: &str) -> Vec<(Range<usize>, &'static str)> {
        let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
        let digits = text.bytes().any(|b| b.is_ascii_digit());
        for (form, kind, needs) in FORMS.iter() {
            let possible = match needs {
                Needs::At => text.contains('@'),
                Needs::Digit => digits,
                Needs::Nothing => true,
            };
            if !possible {
                continue;
            }
            for hit in form.find_iter(text) {
                let span = hit.range();
                let digits = || hit.as_str().bytes().filter(u8::is_ascii_digit).count();
                if *kind == PHONE && !(7..=15).contains(&digits()) {
                    continue;
                }
                if found
                    .iter()
                    .all(|(f, _)| f.end <= span.start || span.end <= f.start)
                {
                    found.push((span, kind));
                }
            }
        }
        found
    }
}

/// Kind word of an e-mail address.
pub const EMAIL: &str = "emailvalue";
/// Kind word of a phone number.
pub const PHONE: &str = "phonevalue";
/// Kind word of money.
pub const AMOUNT: &str = "amountvalue";
/// Kind word of a day.
pub const DATE: &str = "datevalue";
/// Kind word of a record's id.
pub const RECORD: &str = "recordid";

/// Characters of a text that are looked at: a pasted page costs no more than a long sentence.
const LONGEST: usize = 600;

/// NFKC, one kind of apostrophe, lower case, no accents, single spaces.
pub fn prepare(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST) + 8);
    let mut space = false;
    let mut push = |c: char| {
        if c.is_whitespace() {
            space = true;
            return;
        }
        if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        out.push(match c {
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '`' | '\u{b4}' => '\'',
            other => other,
        });
    };
    if text.is_ascii() {
        text.chars()
            .take(LONGEST)
            .for_each(|c| push(c.to_ascii_lowercase()));
    } else {
        text.chars()
            .take(LONGEST)
            .map(|c| {
                if matches!(c, '\u{2032}' | '\u{b4}') {
                    '\''
                } else {
                    c
                }
            })
            .nfkc()
            .flat_map(char::to_lowercase)
            .nfd()
            .filter(|c| !is_accent(*c))
            .for_each(push);
    }
    out
}

/// A text with its values as kind words, then prepared.
pub fn with_kinds(text: &str, kinds: &dyn Kinds) -> String {
    prepare(&kinds_written(text, kinds))
}

/// A text with its values as kind words, else as typed.
pub fn kinds_written<'t>(text: &'t str, kinds: &dyn Kinds) -> Cow<'t, str> {
    let mut found = kinds.kinds(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_by_key(|(span, _)| span.start);
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    for (span, kind) in found {
        if span.start < at || text.get(span.clone()).is_none() {
            continue;
        }
        out.push_str(&text[at..span.start]);
        out.push(' ');
        out.push_str(kind);
        out.push(' ');
        at = span.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// The words of a prepared text: runs of letters and digits, an apostrophe inside kept.
pub fn words(prepared: &str) -> impl Iterator<Item = &str> {
    spans(prepared).map(|span| &prepared[span])
}

/// Where the words of a text stand, in bytes.
pub fn spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        let mut end = start;
        let mut rest = text[start..].char_indices().peekable();
        let alone = text[start..].starts_with(is_unspaced);
        while let Some((n, c)) = rest.next() {
            let letter = c.is_alphanumeric() && (n == 0 || !(alone || is_unspaced(c)));
            let inside = letter
                || is_mark(c)
                || (matches!(c, '\'' | '\u{2019}' | '\u{200c}' | '\u{200d}')
                    && rest.peek().is_some_and(|(_, next)| next.is_alphanumeric())
                    && !alone);
            if !inside {
                break;
            }
            end = start + n + c.len_utf8();
        }
        at = end;
        Some(start..end)
    })
}

/// Whether a letter is of a script that is written without spaces, so that it is a word by itself: Chinese, Japanese but for
/// Katakana, Thai, Lao, Khmer, Burmese.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{309f}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// The words of a prepared text with the words of politeness at its ends left out, one space apart: equal keys, equal texts.
pub fn key(prepared: &str) -> String {
    let mut all: Vec<&str> = words(prepared).collect();
    let is_polite = |word: &&str| ENGLISH.polite_words.contains(*word);
    while all.len() > 1 && all.last().is_some_and(is_polite) {
        all.pop();
    }
    let polite = all.iter().take_while(|word| is_polite(word)).count();
    let from = polite.min(all.len().saturating_sub(1));
    all[from..].join(" ")
}

/// Whether a prepared word says little by itself, so that sharing it means nothing.
pub fn is_function_word(word: &str) -> bool {
    ENGLISH.little_words.contains(word)
}

#[derive(Debug, Clone, Copy)]
enum Needs {
    At,
    Digit,
    Nothing,
}

/// In order of precedence.
static FORMS: LazyLock<Vec<(Regex, &'static str, Needs)>> = LazyLock::new(|| {
    let made = |form: &str| Regex::new(form).expect("the forms of kinds are valid patterns");
    vec![
        (made(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), EMAIL, Needs::At),
        (
            made(r"\b[a-zA-Z0-9]{3}[0-9][a-zA-Z0-9]{11}(?:[a-zA-Z0-9]{3})?\b"),
            RECORD,
            Needs::Digit,
        ),
        (
            made(
                r"(?i)(?:[$€£¥]|\b(?:usd|eur|gbp|chf) )\s?\d[\d.,]*\s?(?:k|m|mio|million|thousand|bn)?\b|\b\d[\d.,]*\s?(?:k|m|mio|million|thousand|bn)?\s?(?:[€£$]|(?:usd|eur|gbp|chf|dollars?|euros?|pounds?|bucks|francs)\b)|\b\d[\d.,]*(?:k|m|bn|mio)\b",
            ),
            AMOUNT,
            Needs::Digit,
        ),
        (
            made(
                r"(?i)\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?\b|\b\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b(?:,? \d{4})?|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}(?:st|nd|rd|th)?\b(?:,? \d{4})?|\bq[1-4]\b",
            ),
            DATE,
            Needs::Digit,
        ),
        (
            made(
                r"(?i)\b(?:today|tomorrow|yesterday|(?:next|this|last|end of(?: the| this| next)?) (?:week|month|quarter|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december))\b",
            ),
            DATE,
            Needs::Nothing,
        ),
        (made(r"[+(]?\d[\d ()./-]{5,20}\d\b"), PHONE, Needs::Digit),
    ]
});

static ACCENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\p{Mn}$").expect("a class of Unicode is a valid pattern"));

/// A combining mark that takes no room of its own (Mn).
fn is_accent(c: char) -> bool {
    is_mark(c) && ACCENT.is_match(c.encode_utf8(&mut [0; 4]))
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writing_for_every_way_to_type_a_text() {
        for (typed, prepared) in [
            ("  Créate   a\tLEAD ", "create a lead"),
            ("don’t ﬁnd Ｘ", "don't find x"),
            ("Größe", "große"),
            ("Привет Мир", "привет мир"),
        ] {
            assert_eq!(prepare(typed), prepared);
        }
    }

    #[test]
    fn words_are_found_in_any_script() {
        let table: [(&str, &[&str]); 13] = [
            (
                "don't stop, 'now' — ok? 42",
                &["don't", "stop", "now", "ok", "42"],
            ),
            ("创建线索，北京", &["创", "建", "线", "索", "北", "京"]),
            ("リードを追加", &["リード", "を", "追", "加"]),
            ("lead王小明 new", &["lead", "王", "小", "明", "new"]),
            ("สวัสดี", &["ส", "วั", "ส", "ดี"]),
            ("عميل جديد", &["عميل", "جديد"]),
            ("Привет, мир", &["Привет", "мир"]),
            ("नया लीड", &["नया", "लीड"]),
            ("새 리드 김민준", &["새", "리드", "김민준"]),
            ("می\u{200c}خواهم", &["می\u{200c}خواهم"]),
            ("e\u{301}milie", &["e\u{301}milie"]),
            ("👩‍👩‍👧 family 🇩🇪 1", &["family", "1"]),
            ("", &[]),
        ];
        for (text, expected) in table {
            let found: Vec<&str> = words(text).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn values_become_the_names_of_their_kinds() {
        for (typed, prepared) in [
            ("mail nora@larkspur.example now", "mail emailvalue now"),
            ("call +44 20 7946 0018", "call phonevalue"),
            (
                "a $12,500 deal by 2031-05-04",
                "a amountvalue deal by datevalue",
            ),
            (
                "worth 40k, closing next Friday",
                "worth amountvalue , closing datevalue",
            ),
            ("delete 00Q5e00000AbCdEFGH", "delete recordid"),
            ("5 pears in May", "5 pears in may"),
        ] {
            assert_eq!(with_kinds(typed, &Forms), prepared);
        }
    }

    #[test]
    fn small_words_are_told_from_others() {
        assert!(is_function_word("the") && !is_function_word("lead"));
        assert_eq!(key("please, show my leads! thanks"), "show my leads");
    }
}
