//! A mistyped word becomes the bot's own word that it is one slip away from, so that a template is still recognised. Only for
//! choosing; slots keep what was typed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::kept::Keep;
use super::language::ENGLISH;
use super::meaning::rank;
use super::text::{is_function_word, prepare, spans, words};
use crate::fixed::FixedSet;

/// The words of a bot.
#[derive(Debug, Default)]
pub struct Spelling {
    /// Words that may be meant, the most frequent first.
    meant: Vec<String>,
    /// Words that are right as they are.
    right: FixedSet<String>,
}

/// Shorter words are too near to too many others.
const SHORTEST: usize = 4;
/// Longer ones are no words, and take as long to compare as there are letters, squared.
const LONGEST: usize = 24;

impl Spelling {
    /// Knows the words of the bot (prepared texts); those of `others` are right too, but never put in a word's place.
    pub fn learn<T: AsRef<str>, U: AsRef<str>>(texts: &[T], others: &[U]) -> Spelling {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for word in texts.iter().flat_map(|text| words(text.as_ref())) {
            *count.entry(word).or_insert(0) += 1;
        }
        let right = count
            .keys()
            .copied()
            .chain(others.iter().flat_map(|text| words(text.as_ref())))
            .map(str::to_owned)
            .collect();
        let mut meant: Vec<(&str, usize)> = count
            .into_iter()
            .filter(|(word, _)| is_plain(word))
            .collect();
        meant.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        Spelling {
            meant: meant.into_iter().map(|(word, _)| word.to_owned()).collect(),
            right,
        }
    }

    /// The text with its slips mended. Names (a capital inside a sentence), addresses and words with other signs or
    /// letters than ASCII ones stay.
    pub fn mend(&self, text: &str) -> String {
        let shouted = !text.contains(|c: char| c.is_lowercase());
        let mut out = String::with_capacity(text.len() + 8);
        let mut at = 0;
        let mut first = true;
        for span in spans(text) {
            let typed = &text[span.clone()];
            let name = typed.starts_with(|c: char| c.is_uppercase()) && !first && !shouted;
            first = false;
            let joined = [
                text[..span.start].chars().next_back(),
                text[span.end..].chars().next(),
            ]
            .into_iter()
            .flatten()
            .any(|c| "@/_&#".contains(c));
            let dotted = text[span.end..].starts_with('.')
                && text[span.end + 1..].starts_with(|c: char| c.is_alphanumeric());
            if name || joined || dotted || !typed.is_ascii() {
                continue;
            }
            if let Some(word) = self.mended(&prepare(typed)) {
                out.push_str(&text[at..span.start]);
                out.push_str(&word);
                at = span.end;
            }
        }
        out.push_str(&text[at..]);
        out
    }

    /// The word that was meant; `None` where the word is right, or nothing of the bot's is near.
    fn mended(&self, word: &str) -> Option<Cow<'_, str>> {
        if !is_plain(word)
            || self.right.contains(word)
            || is_function_word(word)
            || rank(word).is_some()
            || ENGLISH.contractions.contains(word)
        {
            return None;
        }
        // Without a vocabulary of the language, a word that is only another form of one of the bot's must stand.
        let other_form = |meant: &str| {
            word.strip_suffix('s') == Some(meant) || meant.strip_suffix('s') == Some(word)
        };
        if self.meant.iter().any(|meant| other_form(meant)) {
            return None;
        }
        self.meant
            .iter()
            .map(String::as_str)
            .find(|meant| is_one_slip(word.as_bytes(), meant.as_bytes()))
            .map(Cow::Borrowed)
            .or_else(|| commonest(word).map(Cow::Owned))
    }
}

impl Keep for Spelling {
    fn put(&self, out: &mut Vec<u8>) {
        self.meant.put(out);
        self.right.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Spelling {
            meant: Keep::take(bytes)?,
            right: Keep::take(bytes)?,
        })
    }
}

/// The commonest word of the encoder's vocabulary that is one slip away: a letter left out, added or changed, two swapped.
fn commonest(word: &str) -> Option<String> {
    let letters = word.as_bytes();
    let mut best: Option<(u16, String)> = None;
    let mut consider = |variant: Vec<u8>| {
        let Ok(variant) = String::from_utf8(variant) else {
            return;
        };
        if let Some(rank) = rank(&variant).filter(|_| variant.len() >= SHORTEST)
            && best.as_ref().is_none_or(|(least, _)| rank < *least)
        {
            best = Some((rank, variant));
        }
    };
    for at in 1..=letters.len() {
        let (head, tail) = letters.split_at(at);
        for letter in b'a'..=b'z' {
            // A final s makes another form, not a slip.
            if !(tail.is_empty() && letter == b's') {
                consider([head, &[letter], tail].concat());
            }
            if let Some((_, rest)) = tail.split_first() {
                consider([head, &[letter], rest].concat());
            }
        }
        match tail {
            [first, second, rest @ ..] => {
                consider([head, &[*second, *first], rest].concat());
                consider([head, &tail[1..]].concat());
            }
            [last] if *last != b's' => consider(head.to_vec()),
            _ => {}
        }
    }
    best.map(|(_, word)| word)
}

fn is_plain(word: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// One letter too many, too few or another, or two swapped. The first letter is rarely mistyped, and where it differs the word
/// is mostly another ("read", "lead"); only its swap with the second counts.
fn is_one_slip(typed: &[u8], meant: &[u8]) -> bool {
    let (long, short) = if typed.len() >= meant.len() {
        (typed, meant)
    } else {
        (meant, typed)
    };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = long.iter().zip(short).take_while(|(a, b)| a == b).count();
    if long.len() > short.len() {
        return same > 0 && long[same + 1..] == short[same..];
    }
    if same == long.len() {
        return false;
    }
    let swapped = same + 1 < long.len()
        && long[same] == short[same + 1]
        && long[same + 1] == short[same]
        && long[same + 2..] == short[same + 2..];
    // In words of four letters another letter makes another word too often.
    let changed = same > 0 && long.len() > SHORTEST && long[same + 1..] == short[same + 1..];
    swapped || changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_mended_and_all_else_is_left() {
        let bot = [
            "reserve the book",
            "reserve a book",
            "library card",
            "opening hours",
            "return it",
            "move",
        ];
        let spelling = Spelling::learn(&bot, &["hello there"]);
        for (typed, mended) in [
            // One letter too few, too many, another, two swapped.
            ("resrve the bookk", "reserve the book"),
            ("librery card", "library card"),
            ("opneing hours", "opening hours"),
            ("ruturn it", "return it"),
            ("ERSERVE IT", "reserve IT"),
            // Two slips, another first letter, four letters with another one: another word.
            ("rsrve", "rsrve"),
            ("took hook", "took hook"),
            ("boot", "boot"),
            // Names, addresses, contractions, plurals, known words.
            ("reserve Librery", "reserve Librery"),
            ("resrve@larkspur.example", "resrve@larkspur.example"),
            ("resrve.example", "resrve.example"),
            ("i dont", "i dont"),
            ("books cards", "books cards"),
            ("hello", "hello"),
            ("réserver", "réserver"),
        ] {
            assert_eq!(spelling.mend(typed), mended, "{typed}");
        }
    }

    #[test]
    fn the_more_frequent_of_two_near_words_is_meant() {
        let spelling = Spelling::learn(&["stake stake", "state", "other"], &[""; 0]);
        assert_eq!(spelling.mend("stahe"), "stake");
    }
}
