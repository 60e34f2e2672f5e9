//! Names that an e-mail address of the same text bears out: "ida.blum@fernfoods.com" beside "ida blum" and "fern foods". Whose
//! parts they are is told by the address.

use std::ops::Range;

use super::listed::{Listed, Word, is_small, is_title, letters, pieces, two, words_of};
use super::names::Names;
use super::person::Person;
use crate::understanding::words::Words;

/// What an e-mail address that holds the same letters makes sure.
const BORNE_OUT: f32 = 0.96;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

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
            let found = borne_out(&Names::of(text, words)).told(text);
            assert_eq!(found, (first.into(), last.into(), company.into()), "{text}");
        }
    }
}
