//! Names that capitals do not tell: the pieces of a list ("ida blum, fern foods, ida@fern.com"), and words that an e-mail
//! address of the same text bears out. Whose parts they are is told by their place and by the address.

use std::ops::Range;

use super::names::Names;
use super::person::Person;
use crate::understanding::words::{Words, normal};

/// A person and a company that belong together.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) person: Option<Person>,
    pub(super) company: Option<(Range<usize>, f32)>,
}

/// What an e-mail address that holds the same letters makes sure.
const BORNE_OUT: f32 = 0.96;
/// What the place in a list says.
const BY_PLACE: f32 = 0.85;
/// Hosts whose names say nothing of a company.
const FREE_MAIL: [&str; 14] = [
    "gmail",
    "googlemail",
    "yahoo",
    "hotmail",
    "outlook",
    "live",
    "icloud",
    "aol",
    "proton",
    "protonmail",
    "gmx",
    "web",
    "mail",
    "me",
];

struct Word {
    span: Range<usize>,
    /// Lower case, without a closing full stop.
    lower: String,
    /// Letters only, accents stripped.
    letters: String,
}

/// Addresses of a text that may bear out names: each is compared with all of its words.
const ADDRESSES: usize = 3;

/// The person and the company that an e-mail address of the text bears out.
pub(super) fn borne_out(names: &Names<'_>) -> Listed {
    let (text, words) = (names.text, names.words);
    let mut out = Listed::default();
    for found in names.addresses().iter().take(ADDRESSES) {
        let address = found.value.as_str().unwrap_or_default();
        let Some((local, host)) = address.split_once('@') else {
            continue;
        };
        let pieces: Vec<Vec<Word>> = pieces(text)
            .into_iter()
            .map(|piece| {
                let outside = |word: &Word| {
                    word.span.end <= found.span.start || found.span.end <= word.span.start
                };
                words_of(text, piece).into_iter().filter(outside).collect()
            })
            .collect();
        out.person = out.person.or_else(|| person(&pieces, local, words));
        let free = |word: &Word| {
            out.person.as_ref().is_none_or(|p| {
                [&p.first, &p.last]
                    .into_iter()
                    .flatten()
                    .all(|s| word.span.end <= s.start || s.end <= word.span.start)
            })
        };
        if out.company.is_none() {
            let span = pieces
                .iter()
                .find_map(|piece| company(piece, host, &free, words));
            out.company = span.map(|span| (span, BORNE_OUT));
        }
    }
    out
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
    if words.cities.contains(&place)
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
    if let [one] = own
        && out.person.is_none()
        && plain(one)
        && (for_person && words.first_names.contains(&one.lower) || of_company)
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
        let listed = several && (cue.is_none() || for_person);
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

/// The pieces between the signs of a list.
fn pieces(text: &str) -> Vec<Range<usize>> {
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

fn words_of(text: &str, piece: Range<usize>) -> Vec<Word> {
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

/// The name that the part before the @ is made of: both names, the first letter of one, or one of them alone.
fn person(pieces: &[Vec<Word>], local: &str, words: &Words) -> Option<Person> {
    let whole = letters(local);
    let parts: Vec<String> = local
        .split(['.', '_', '-'])
        .map(letters)
        .filter(|part| !part.is_empty())
        .collect();
    let usable = |word: &Word| {
        word.letters.chars().count() > 1
            && word
                .lower
                .chars()
                .all(|c| c.is_alphabetic() || "'’-".contains(c))
            && !is_small(&word.lower, words)
    };
    let mut single: Option<Person> = None;
    for piece in pieces {
        for at in 0..piece.len() {
            if !usable(&piece[at]) {
                continue;
            }
            // Initials alone prove little: the name has to be all of its words.
            let is_all = |at: usize, count: usize| {
                (at == 0 || !usable(&piece[at - 1]))
                    && piece.get(at + count).is_none_or(|word| !usable(word))
            };
            for count in [3, 2] {
                let count = with_particles(piece, at, count, words);
                let Some(name) = piece
                    .get(at..at + count)
                    .filter(|name| name[1..].iter().all(usable))
                else {
                    continue;
                };
                let first = &name[0].letters;
                let last: String = name[1..].iter().map(|w| w.letters.as_str()).collect();
                let initials: String = name
                    .iter()
                    .filter_map(|w| w.letters.chars().next())
                    .collect();
                if makes(&whole, &parts, first, &last)
                    || is_all(at, count) && initialled(&initials, &whole)
                {
                    return Some(two(name, BORNE_OUT, words));
                }
            }
            let count = with_particles(piece, at, 2, words);
            let name = &piece[at..piece.len().min(at + count)];
            let one = &name[0].letters;
            let known = one.len() > 2 && (whole == *one || parts.contains(one));
            if known
                && name.len() == count
                && name[1..].iter().all(usable)
                && !is_title(&name[1].lower, words)
                && single.is_none()
            {
                single = Some(two(name, BORNE_OUT, words));
            }
        }
    }
    single
}

/// How many words make a name of so many, where its last one is but a particle: "Noor ibn" goes on.
fn with_particles(piece: &[Word], at: usize, count: usize, words: &Words) -> usize {
    let particle = |n: usize| {
        let last = piece.get(n - 1);
        last.is_some_and(|word| words.particles.contains(&word.lower))
    };
    (count..count + 3)
        .find(|count| !particle(at + count))
        .unwrap_or(count)
}

/// "ib" of Ida Blum; of three names the first two, or the first and the last.
fn initialled(initials: &str, whole: &str) -> bool {
    let mut letters = initials.chars();
    let (first, second, third) = (letters.next(), letters.next(), letters.next());
    let of = |a: Option<char>, b: Option<char>| a.into_iter().chain(b).collect::<String>() == whole;
    initials == whole || (third.is_some() && (of(first, second) || of(first, third)))
}

fn makes(whole: &str, parts: &[String], first: &str, last: &str) -> bool {
    let initial = |name: &str| name.chars().next().map(String::from).unwrap_or_default();
    let (f, l) = (initial(first), initial(last));
    [
        format!("{first}{last}"),
        format!("{last}{first}"),
        format!("{f}{last}"),
        format!("{first}{l}"),
        format!("{last}{f}"),
    ]
    .iter()
    .any(|made| made == whole)
        || matches!(parts, [a, b] if (a == first || *a == f) && b == last || a == last && (b == first || *b == f))
}

/// The words that the name of a host is made of, up to the end of their piece.
fn company(
    piece: &[Word],
    host: &str,
    free: &dyn Fn(&Word) -> bool,
    words: &Words,
) -> Option<Range<usize>> {
    let mut labels: Vec<&str> = host.split('.').collect();
    labels.pop();
    if labels.len() > 1
        && matches!(
            labels.last(),
            Some(&("co" | "com" | "org" | "net" | "ac" | "gov"))
        )
    {
        labels.pop();
    }
    let name = letters(labels.last()?);
    if name.len() < 2 || FREE_MAIL.contains(&name.as_str()) {
        return None;
    }
    let goes_on = |word: &Word| {
        free(word)
            && (word.lower == "&"
                || (!is_small(&word.lower, words) && !is_title(&word.lower, words)))
    };
    for start in 0..piece.len() {
        let most = piece[start..]
            .iter()
            .take(6)
            .take_while(|word| free(word))
            .count();
        for count in (1..=most).rev() {
            let own = &piece[start..start + count];
            let joined: String = own.iter().map(|w| w.letters.as_str()).collect();
            let initials: String = own
                .iter()
                .filter_map(|w| w.letters.chars().next())
                .collect();
            let small = own
                .iter()
                .any(|w| w.lower != "&" && is_small(&w.lower, words));
            let fits = joined == name
                || (joined.len() > 3 && name.starts_with(&joined))
                || (!small
                    && (name.len() > 3
                        && joined.starts_with(&name)
                        && joined.len() < 2 * name.len()
                        || count > 1 && initials == name));
            if fits {
                // "Ateliers Fern" of fern.example: words beside it that fill the piece belong to the name.
                let whole = start < 3 && piece[..start].iter().all(goes_on);
                let from = if whole { 0 } else { start };
                let more = piece[start + count..]
                    .iter()
                    .take(3)
                    .take_while(|w| goes_on(w))
                    .count();
                return Some(piece[from].span.start..piece[start + count - 1 + more].span.end);
            }
        }
    }
    None
}

/// A person of two names or three; of three the second belongs to the first where it is a first name.
fn two(name: &[Word], certainty: f32, words: &Words) -> Person {
    let double = name.len() > 2 && words.first_names.contains(&name[1].lower);
    let cut = if double { 2 } else { 1 };
    Person {
        first: span(&name[..cut]),
        last: span(&name[cut..]),
        certainty,
    }
}

fn span(of: &[Word]) -> Option<Range<usize>> {
    Some(of.first()?.span.start..of.last()?.span.end)
}

fn is_small(lower: &str, words: &Words) -> bool {
    words.is_function_word(lower) || words.not_names.contains(lower)
}

fn is_title(lower: &str, words: &Words) -> bool {
    words.title_words.contains(lower)
}

/// Letters and figures alone, accents stripped, lower case.
fn letters(text: &str) -> String {
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

    fn names(text: &str, listed: &Listed) -> (String, String, String) {
        let of = |span: Option<Range<usize>>| span.map(|s| text[s].to_owned()).unwrap_or_default();
        let person = listed.person.clone();
        (
            of(person.as_ref().and_then(|p| p.first.clone())),
            of(person.and_then(|p| p.last)),
            of(listed.company.clone().map(|(span, _)| span)),
        )
    }

    #[test]
    fn an_address_bears_out_the_names_that_it_is_made_of() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            (
                "new lead ida blum, fern foods, ida.blum@fernfoods.com",
                ("ida", "blum", "fern foods"),
            ),
            (
                "ADD OTTO STERN. FERN & MOSS. OSTERN@FERNMOSS.CO.UK",
                ("OTTO", "STERN", "FERN & MOSS"),
            ),
            ("otto at fern dot com, otto stern", ("otto", "stern", "")),
            (
                "Kind regards\nOtto Stern\nFern Foods Ltd\notto@fern.de",
                ("Otto", "Stern", "Fern Foods Ltd"),
            ),
            (
                "ida blum of moss & daughters, ib@md.co",
                ("ida", "blum", "moss & daughters"),
            ),
            ("ida blum ida@gmail.com", ("ida", "blum", "")),
            ("sales@fern.com", ("", "", "")),
        ];
        for (text, (first, last, company)) in table {
            let found = names(text, &borne_out(&Names::of(text, words)));
            assert_eq!(found, (first.into(), last.into(), company.into()), "{text}");
        }
    }

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
        ];
        for (text, (first, last, company)) in table {
            let found = names(text, &by_place(text, words));
            assert_eq!(found, (first.into(), last.into(), company.into()), "{text}");
        }
    }
}
