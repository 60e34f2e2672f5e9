//! Names that capitals do not tell: the pieces of a list ("ida blum, fern foods, ida@fern.com"). Whose parts they are is told
//! by their place.

use std::ops::Range;

use super::person::Person;
use crate::understanding::meaning::rank;
use crate::understanding::words::{Words, normal};

/// A person and a company that belong together.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) person: Option<Person>,
    pub(super) company: Option<(Range<usize>, f32)>,
}

#[cfg(test)]
impl Listed {
    /// First name, last name and company, as typed; empty where there is none.
    pub(super) fn told(&self, text: &str) -> (String, String, String) {
        let of = |span: Option<Range<usize>>| span.map(|s| text[s].to_owned()).unwrap_or_default();
        let person = self.person.clone();
        (
            of(person.as_ref().and_then(|p| p.first.clone())),
            of(person.and_then(|p| p.last)),
            of(self.company.clone().map(|(span, _)| span)),
        )
    }
}

/// What the place in a list says.
const BY_PLACE: f32 = 0.85;

/// A word of a text as names are compared.
pub(super) struct Word {
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// Lower case, without a closing full stop.
    pub(super) lower: String,
    /// Letters only, accents stripped.
    pub(super) letters: String,
}

/// In a text without capitals (or of nothing else): two or three plain words are a person where they are a piece of a list
/// or stand behind a cue, the piece behind them is a company, and a legal form ends one.
pub(super) fn by_place(text: &str, words: &Words) -> Listed {
    let pieces = pieces(text);
    let several = pieces.len() > 1;
    let mut out = Listed::default();
    for piece in pieces {
        let all = words_of(text, piece);
        let mut start = 0;
        while start < all.len() {
            let small = |n: usize| {
                is_small(&all[n].lower, words) || words.honorifics.contains(&all[n].lower)
            };
            if small(start) {
                start += 1;
                continue;
            }
            let end = (start..all.len()).find(|n| small(*n)).unwrap_or(all.len());
            let cue = start.checked_sub(1).map(|n| all[n].lower.as_str());
            let next = all.get(end).map(|word| word.lower.as_str());
            segment(
                &all[start..end],
                (cue, next),
                several,
                text,
                words,
                &mut out,
            );
            start = end;
        }
    }
    out
}

/// Plain words side by side, and the small words before and behind them.
fn segment(
    own: &[Word],
    (cue, next): (Option<&str>, Option<&str>),
    several: bool,
    text: &str,
    words: &Words,
    out: &mut Listed,
) {
    let plain = |word: &Word| {
        word.lower
            .chars()
            .all(|c| c.is_alphabetic() || "'’-".contains(c))
    };
    let place = normal(&text[span(own).unwrap_or(0..0)]);
    let both = (1..own.len()).any(|n| {
        let part = |own: &[Word]| normal(&text[span(own).unwrap_or(0..0)]);
        words.cities.contains(&part(&own[..n])) && words.countries.contains_key(&part(&own[n..]))
    });
    if both
        || words.cities.contains(&place)
        || words.countries.contains_key(&place)
        || own.iter().any(|w| is_title(&w.lower, words))
    {
        return;
    }
    if let Some(sign) = own.iter().position(|w| w.lower == "&")
        && out.company.is_none()
        && sign > 0
        && sign + 1 < own.len()
        && own.len() < 6
    {
        out.company = span(own).map(|span| (span, BY_PLACE));
        return;
    }
    // "ida blum fern foods inc": the legal form ends the company, two words before it are the person.
    let form = (1..own.len()).find(|n| words.company_words.contains(&own[*n].lower));
    if let Some(form) = form {
        let person = form > 2 && out.person.is_none() && own[..2].iter().all(plain);
        let from = if person { 2 } else { 0 };
        if out.company.is_none() && form - from < 4 {
            if person {
                out.person = Some(two(&own[..2], BY_PLACE, words));
            }
            out.company = span(&own[from..=form]).map(|span| (span, BY_PLACE));
        }
        return;
    }
    let to_company = |word: &str| matches!(word, "from" | "at" | "of" | "with");
    // "Coffee with ida blum from fern": with whom, not at what.
    let of_one = |word: &str| matches!(word, "from" | "at");
    let for_company =
        cue.is_some_and(|cue| to_company(cue) && !(cue == "with" && next.is_some_and(of_one)));
    let for_person = cue.is_some_and(|cue| words.person_cues.contains(cue) || cue == "for");
    // "A guy called kip at fern foods": one word that a company stands behind.
    let of_company = (for_person || cue.is_none() && several) && next.is_some_and(of_one);
    // "New lead kip, company fern foods": a word that no language has, right behind the noun and alone in its piece.
    let strange = |word: &str| rank(word).is_none() && word.chars().count() > 3;
    let alone = for_person && cue != Some("for") && next.is_none() && several;
    let by_particle = own.len() > 1
        && words.particles.contains(&own[0].lower)
        && own
            .iter()
            .filter(|w| !words.particles.contains(&w.lower))
            .count()
            == 1;
    if by_particle && out.person.is_none() && own.iter().all(plain) && (for_person || of_company) {
        out.person = Some(Person {
            first: None,
            last: span(own),
            certainty: BY_PLACE,
        });
    } else if let [one] = own
        && out.person.is_none()
        && plain(one)
        && (for_person && words.first_names.contains(&one.lower)
            || of_company && !are_ordinary(own, words)
            || alone && strange(&one.lower))
    {
        out.person = Some(Person {
            first: Some(one.span.clone()),
            last: None,
            certainty: BY_PLACE,
        });
    } else if out.person.is_none()
        && matches!(
            own.iter()
                .filter(|w| !words.particles.contains(&w.lower))
                .count(),
            2 | 3
        )
        && own.iter().all(plain)
        && !for_company
    {
        let listed = several && (cue.is_none() || for_person) && !are_ordinary(own, words);
        if listed || for_person {
            out.person = Some(two(own, if listed { BY_PLACE } else { 0.7 }, words));
        }
    } else if out.person.is_some()
        && out.company.is_none()
        && own.len() <= 5
        && own.iter().any(plain)
    {
        if for_company {
            out.company = span(own).map(|span| (span, BY_PLACE));
        } else if cue.is_none() && several {
            out.company = span(own).map(|span| (span, 0.8));
        }
    }
}

/// Rank from which on a word is rare enough to be a name where nothing else says so.
const ORDINARY: u16 = 7_000;

/// "Go ahead", "staying home": words of every day, and nothing of a name among them.
fn are_ordinary(own: &[Word], words: &Words) -> bool {
    own.iter().all(|word| {
        let word = word.lower.as_str();
        let of_names = words.first_names.contains(word) || words.particles.contains(word);
        !of_names && rank(word).is_some_and(|rank| rank < ORDINARY)
    })
}

/// The pieces between the signs of a list.
pub(super) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut cut = |from: usize, to: usize| {
        if text[from..to].chars().any(char::is_alphanumeric) {
            out.push(from..to);
        }
    };
    for (at, c) in text.char_indices() {
        let after = text[at + c.len_utf8()..].chars().next();
        let spaced = after.is_none_or(char::is_whitespace);
        let alone = spaced && text[..at].ends_with(' ');
        let ends_word = c == '.'
            && text[..at]
                .rsplit(|c: char| !c.is_alphanumeric())
                .next()
                .is_some_and(|word| word.chars().count() > 3);
        if matches!(
            c,
            '\n' | ';' | '(' | ')' | '|' | '!' | '?' | '"' | '“' | '”' | '…'
        ) || is_picture(c)
            || (matches!(c, ',' | ':') && spaced)
            || (matches!(c, '-' | '–' | '—' | '/') && alone)
            || (ends_word && spaced)
        {
            cut(start, at);
            start = at + c.len_utf8();
        }
    }
    cut(start, text.len());
    out
}

/// Pictures and arrows part the pieces of a list.
pub(super) fn is_picture(c: char) -> bool {
    c > '\u{2190}' && !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c)
}

pub(super) fn words_of(text: &str, piece: Range<usize>) -> Vec<Word> {
    let start = piece.start;
    text[piece]
        .split_inclusive(char::is_whitespace)
        .scan(start, |at, piece| {
            let word = piece.trim_end();
            // An owner's sign is no part of the name.
            let word = ["'s", "’s"]
                .iter()
                .find_map(|sign| word.strip_suffix(*sign))
                .unwrap_or(word);
            let span = *at..*at + word.len();
            *at += piece.len();
            Some((span, word))
        })
        .filter(|(_, word)| word.chars().any(char::is_alphanumeric) || matches!(*word, "&" | "@"))
        .map(|(span, word)| Word {
            span,
            lower: match word {
                "@" => "at".to_owned(),
                "w/" => "with".to_owned(),
                word => word.to_lowercase().trim_end_matches('.').to_owned(),
            },
            letters: letters(word),
        })
        .collect()
}

/// A person of two names or three; of three the second belongs to the first where it is a first name.
pub(super) fn two(name: &[Word], certainty: f32, words: &Words) -> Person {
    let double = name.len() > 2 && words.first_names.contains(&name[1].lower);
    let cut = if double { 2 } else { 1 };
    Person {
        first: span(&name[..cut]),
        last: span(&name[cut..]),
        certainty,
    }
}

pub(super) fn span(of: &[Word]) -> Option<Range<usize>> {
    Some(of.first()?.span.start..of.last()?.span.end)
}

pub(super) fn is_small(lower: &str, words: &Words) -> bool {
    words.is_function_word(lower) || words.not_names.contains(lower)
}

pub(super) fn is_title(lower: &str, words: &Words) -> bool {
    words.title_words.contains(lower)
}

/// Letters and figures alone, accents stripped, lower case.
pub(super) fn letters(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfd()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn in_a_list_the_person_comes_first_and_then_the_company() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            (
                "new lead ida blum, fern foods, lisbon",
                ("ida", "blum", "fern foods"),
            ),
            (
                "please add, otto van stern, buyer, fernhill",
                ("otto", "van stern", "fernhill"),
            ),
            ("lead ida blum fern foods", ("ida", "blum", "fern foods")),
            ("ida blum", ("", "", "")),
            ("lead for ida blum at fern", ("ida", "blum", "fern")),
            ("show me all, please", ("", "", "")),
            ("yes, go ahead, and book it", ("", "", "")),
        ];
        for (text, (first, last, company)) in table {
            let found = by_place(text, words).told(text);
            assert_eq!(found, (first.into(), last.into(), company.into()), "{text}");
        }
    }
}
