//! Cities and countries. A country is one of a list and has its English name as its value; a city is told by the list of
//! well-known ones, by a country beside it, or by "in" before it.

use std::sync::LazyLock;

use regex::Regex;

use super::answer::{bare, cased};
use super::names::Names;
use super::{Reading, Refusal};
use crate::Value;
use crate::understanding::words::Words;

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{M}]+(?:['’\-][\p{L}\p{M}]+)*(?:\.(?:[A-Za-z]\.)+)?")
        .expect("a constant pattern compiles")
});

/// Countries in a text, by any of their names.
pub(super) fn countries(text: &str, words: &Words) -> Vec<Reading> {
    let all: Vec<regex::Match<'_>> = WORD.find_iter(text).collect();
    let mut out: Vec<Reading> = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let longest = (1..=6.min(all.len() - at)).rev().find_map(|count| {
            let span = all[at].start()..all[at + count - 1].end();
            let said = &text[span.clone()];
            let lower = said.to_lowercase();
            let country = words.countries.get(&lower)?;
            let certainty = certainty(text, said, &lower, span.start, words)?;
            Some((
                count,
                Reading {
                    value: Value::from(country.as_str()),
                    span,
                    certainty,
                },
            ))
        });
        match longest {
            Some((count, reading)) => {
                out.push(reading);
                at += count;
            }
            None => at += 1,
        }
    }
    out
}

/// A whole answer as a country.
pub(super) fn read_country(answer: &str, words: &Words) -> Result<(Value, String), Refusal> {
    let text = bare(answer, words);
    let known = |text: &str| {
        words
            .countries
            .get(&text.trim_end_matches('.').to_lowercase())
            .or_else(|| words.countries.get(&text.to_lowercase()))
    };
    let whole = known(text).or_else(|| known(answer.trim()));
    if let Some(country) = whole {
        return Ok((Value::from(country.as_str()), text.to_owned()));
    }
    let found = countries(answer, words);
    if let [one] = found.as_slice() {
        return Ok((one.value.clone(), answer[one.span.clone()].to_owned()));
    }
    let lower = text.to_lowercase();
    let slip = (lower.chars().count() >= 5)
        .then(|| {
            words
                .countries
                .iter()
                .find(|(name, _)| strsim::damerau_levenshtein(name, &lower) == 1 && name.len() >= 5)
        })
        .flatten();
    slip.map(|(_, country)| (Value::from(country.as_str()), text.to_owned()))
        .ok_or(Refusal {
            reason: "not_a_country",
        })
}

/// Cities in a text.
pub(super) fn cities(names: &Names<'_>) -> Vec<Reading> {
    let (text, words, lands, all) = (names.text, names.words, names.countries(), names.runs());
    let around = &words.around;
    let mut out = Vec::new();
    for run in all {
        let lower = run.text.to_lowercase();
        if words.countries.contains_key(&lower) {
            continue;
        }
        let near = run.before.first().map(String::as_str).unwrap_or_default();
        let head = text[..run.span.start].trim_end().to_lowercase();
        let mut before = run.before.iter().take(2);
        let labelled = before.any(|w| around.city_labels.contains(w))
            || around
                .city_signs
                .iter()
                .any(|sign| head.ends_with(sign.as_str()));
        let known = words.cities.contains(&lower);
        let before_country = lands.iter().any(|land| {
            land.certainty >= 0.5
                && land.span.start > run.span.end
                && text[run.span.end..land.span.start].trim() == ","
        });
        let certainty = if labelled {
            0.97
        } else if known && (run.alone || words.place_cues.contains(near)) {
            0.92
        } else if before_country && run.opens {
            0.91
        } else if around.city_cues.contains(near)
            && run.before.iter().any(|w| around.lives.contains(w))
        {
            0.92
        } else if around.city_heads.iter().any(|head| head.trim_end() == near) {
            0.7
        } else if known {
            0.6
        } else {
            continue;
        };
        out.push(Reading {
            value: Value::String(cased(run.text, words)),
            span: run.span.clone(),
            certainty,
        });
    }
    if all.is_empty() {
        out.extend(small(text, words));
    }
    out
}

/// Whether a span is a piece of a list, with something before it.
fn is_piece(text: &str, span: &std::ops::Range<usize>) -> bool {
    let sign = |c: char| ",;/|\n-–—".contains(c);
    let (head, tail) = (
        text[..span.start].trim_end_matches(' '),
        text[span.end..].trim_start_matches([' ', '.', '!']),
    );
    head.ends_with(sign) && (tail.is_empty() || tail.starts_with(sign))
}

/// A whole answer as a city; a country behind a comma is not part of it.
pub(super) fn read_city(answer: &str, words: &Words) -> Result<(Value, String), Refusal> {
    let text = bare(answer, words);
    let mut heads = words.around.city_heads.iter();
    let text = heads
        .find_map(|head| text.strip_prefix(head.as_str()))
        .unwrap_or(text);
    let text = text
        .split([',', ';', '(', '\n'])
        .next()
        .unwrap_or(text)
        .trim();
    if !text.chars().any(char::is_alphabetic)
        || text.contains('@')
        || text.chars().filter(char::is_ascii_digit).count() > 2
    {
        return Err(Refusal {
            reason: "not_a_name",
        });
    }
    if text.chars().count() > 100 {
        return Err(Refusal { reason: "too_long" });
    }
    Ok((Value::String(cased(text, words)), text.to_owned()))
}

/// How sure it is that words which may be a country's name are meant so; `None` where they are not.
fn certainty(text: &str, said: &str, lower: &str, start: usize, words: &Words) -> Option<f32> {
    let around = &words.around;
    let before = text[..start].trim_end().to_lowercase();
    let ends = |leads: &[String]| leads.iter().any(|lead| before.ends_with(lead.as_str()));
    let labelled = ends(&around.country_labels);
    if lower.chars().count() <= 3 {
        // "it", "no" and "is" are codes too: only capitals in a text with small letters, or behind the label, are meant.
        let code = !said.contains(char::is_lowercase);
        let plain = around.country_codes.contains(lower);
        return if labelled {
            Some(0.95)
        } else if code && plain && text.chars().any(char::is_lowercase) {
            Some(0.9)
        } else {
            None
        };
    }
    let place = ends(&around.country_leads);
    Some(if labelled {
        0.97
    } else if around.doubtful_countries.contains(lower) && !place {
        0.5
    } else if said.starts_with(char::is_uppercase) || !lower.is_ascii() {
        0.92
    } else {
        0.8
    })
}

/// Well-known cities in a text without capitals.
fn small(text: &str, words: &Words) -> Vec<Reading> {
    let all: Vec<regex::Match<'_>> = WORD.find_iter(text).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let longest = (1..=4.min(all.len() - at)).rev().find_map(|count| {
            let span = all[at].start()..all[at + count - 1].end();
            words
                .cities
                .contains(&text[span.clone()].to_lowercase())
                .then_some((count, span))
        });
        let Some((count, span)) = longest else {
            at += 1;
            continue;
        };
        let before = text[..span.start].trim_end().to_lowercase();
        let mut leads = words.around.city_leads.iter();
        let sure = leads.any(|lead| before.ends_with(lead.as_str()));
        let piece = is_piece(text, &span);
        out.push(Reading {
            value: Value::String(cased(&text[span.clone()], words)),
            span,
            certainty: if sure {
                0.92
            } else if piece {
                0.9
            } else {
                0.6
            },
        });
        at += count;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_country_has_its_english_name() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("US", Some("United States")),
            ("the u.s.", Some("United States")),
            ("uk", Some("United Kingdom")),
            ("it's holland", Some("Netherlands")),
            ("Österreich", Some("Austria")),
            ("ivory coast", Some("Côte d'Ivoire")),
            ("she is from Norway", Some("Norway")),
            ("Georgia", Some("Georgia")),
            ("Swizerland", Some("Switzerland")),
            ("DE", Some("Germany")),
            ("Trinidad and Tobago", Some("Trinidad and Tobago")),
            ("Atlantis", None),
            ("12", None),
            ("", None),
        ];
        for (text, expected) in table {
            let read = read_country(text, words).ok().map(|(value, _)| value);
            assert_eq!(read, expected.map(Value::from), "{text}");
        }
    }

    #[test]
    fn places_are_found_in_a_text() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            (
                "Ida Blum, Fern Hill, Oslo, Norway",
                Some("Oslo"),
                Some("Norway"),
            ),
            ("she is based in Fernville", Some("Fernville"), None),
            (
                "city is Fernville, country Chile",
                Some("Fernville"),
                Some("Chile"),
            ),
            (
                "Ida Blum, Mossburg, Norway",
                Some("Mossburg"),
                Some("Norway"),
            ),
            ("i met her in san francisco", Some("San Francisco"), None),
            ("give it to Jordan", None, None),
            ("let us see if it is in", None, None),
            ("", None, None),
        ];
        let sure = |found: Vec<Reading>| {
            found
                .into_iter()
                .find(|r| r.certainty >= 0.9)
                .map(|r| r.value)
        };
        for (text, city, country) in table {
            let names = Names::of(text, words);
            assert_eq!(sure(cities(&names)), city.map(Value::from), "{text}");
            assert_eq!(
                sure(countries(text, words)),
                country.map(Value::from),
                "{text}"
            );
        }
    }
}
