//! Phone numbers: found in a text, also as people speak them, E.164, an extension as ` x12`. A number without a prefix
//! belongs to the given country.

use std::sync::LazyLock;

use regex::Regex;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use super::Reading;
use crate::Value;
use crate::understanding::words::Words;

static DAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})")
        .expect("a constant pattern compiles")
});
static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{L}+|\d+|\+").expect("a constant pattern compiles"));

/// Phone numbers in a text.
pub(super) fn find(text: &str, country: &str, words: &Words) -> Vec<Reading> {
    let mut found: Vec<Reading> = words
        .phone_numbers()
        .captures_iter(text)
        .filter_map(|found| {
            let all = found.get(0)?;
            let before = text[..all.start()].chars().next_back();
            let alone = before.is_none_or(|c| !c.is_alphanumeric() && !"$€£¥@#_".contains(c));
            if !alone || DAY.is_match(all.as_str()) {
                return None;
            }
            let extension = found.get(1);
            let digits = match extension {
                Some(extension) => {
                    let head = &text[all.start()..extension.start()];
                    head.trim_end_matches(|c: char| !c.is_ascii_digit())
                }
                None => all.as_str(),
            };
            let number = e164(digits, country)?;
            let value = match extension {
                Some(extension) => format!("{number} x{}", extension.as_str()),
                None => number,
            };
            Some(Reading {
                value: Value::String(value),
                span: all.range(),
                certainty: 0.95,
            })
        })
        .collect();
    for reading in spoken(text, country, words) {
        let free = found
            .iter()
            .all(|r| r.span.end <= reading.span.start || reading.span.end <= r.span.start);
        if free {
            found.push(reading);
        }
    }
    found
}

/// Digits spoken one by one: "four one five double five …".
fn spoken(text: &str, country: &str, words: &Words) -> Vec<Reading> {
    let mut out = Vec::new();
    let mut digits = String::new();
    let (mut start, mut end, mut said, mut times) = (0, 0, 0, 1);
    let mut close = |digits: &mut String, start: usize, end: usize, said: &mut usize| {
        if *said >= 5
            && digits.len() >= 7
            && let Some(number) = e164(digits, country)
        {
            out.push(Reading {
                value: Value::String(number),
                span: start..end,
                certainty: 0.95,
            });
        }
        digits.clear();
        *said = 0;
    };
    for token in WORD.find_iter(text) {
        let lower = token.as_str().to_lowercase();
        if !digits.is_empty() && text[end..token.start()].contains(['\n', ';', ':']) {
            close(&mut digits, start, end, &mut said);
        }
        let digit = words.digits.get(&lower).cloned();
        let figures = lower
            .chars()
            .all(|c| c.is_ascii_digit())
            .then(|| lower.clone());
        if let Some(by) = words.repeats.get(&lower) {
            if digits.is_empty() {
                start = token.start();
            }
            times = *by;
            end = token.end();
            continue;
        }
        let plus = digits.is_empty() && (lower == "plus" || lower == "+");
        match digit.or(figures).or(plus.then(|| "+".to_owned())) {
            Some(digit) => {
                if digits.is_empty() && times == 1 {
                    start = token.start();
                }
                digits.push_str(&digit.repeat(times));
                said += usize::from(lower.chars().all(char::is_alphabetic));
                end = token.end();
            }
            None => close(&mut digits, start, end, &mut said),
        }
        times = 1;
    }
    close(&mut digits, start, end, &mut said);
    out
}

/// A number whose length is possible in its country; whether it is in service nobody can tell.
fn e164(text: &str, country: &str) -> Option<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if !(7..=17).contains(&digits) {
        return None;
    }
    let text = text.trim();
    let text = text
        .strip_prefix("00")
        .map_or_else(|| text.to_owned(), |rest| format!("+{rest}"));
    let number = PHONE_NUMBER_UTIL
        .parse(&text, Region::from_code(country).ok())
        .ok()?;
    // A number that can only be dialled in its own town lacks its area code.
    let whole = matches!(
        PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number),
        Ok(rlibphonenumber::NumberLengthType::IsPossible)
    );
    whole.then(|| {
        PHONE_NUMBER_UTIL
            .format(&number, PhoneNumberFormat::E164)
            .to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn numbers_are_found_as_typed_and_as_spoken() {
        let words = Words::of(&Locale::of("en-US"));
        let table = [
            ("503-555-0172", Some("+15035550172")),
            ("(503) 555-0172", Some("+15035550172")),
            ("call 503.555.0172 ext. 41", Some("+15035550172 x41")),
            ("503 555 0172 x7", Some("+15035550172 x7")),
            ("her cell's +44 20 7946 0321", Some("+442079460321")),
            ("0049 30 23125 021", Some("+493023125021")),
            ("011 44 20 7946 0321", Some("+442079460321")),
            ("+41 44 668 18 00", Some("+41446681800")),
            (
                "five oh three five five five oh one seven two",
                Some("+15035550172"),
            ),
            (
                "five zero three double five five oh one seven two",
                Some("+15035550172"),
            ),
            ("1-800-FERNHILL", None),
            ("555-0172", None),
            ("12", None),
            ("by owl", None),
            ("2026-12-20", None),
            ("$1234567890", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = find(text, "US", words).into_iter().next().map(|r| r.value);
            assert_eq!(found, expected.map(Value::from), "{text}");
        }
    }

    #[test]
    fn a_number_without_a_prefix_belongs_to_the_given_country() {
        let words = Words::of(&Locale::of("de-DE"));
        let found = find("030 23125 021", "DE", words);
        assert_eq!(found[0].value, "+493023125021");
    }
}
