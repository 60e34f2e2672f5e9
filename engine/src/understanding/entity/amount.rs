//! Money and per cents: a number with what stands beside it, "$7,300", "30 grand", "1.2 million euros", "12 %". A currency
//! that is not named is the given one.

use serde_json::json;

use super::number::{Number, Style, numbers, tidy};
use super::{Reading, Refusal};
use crate::Value;
use crate::template::Range;
use crate::understanding::words::Words;

/// Amounts of money in a text.
pub(super) fn find(text: &str, currency: &str, comma: bool, words: &Words) -> Vec<Reading> {
    let style = Style { comma, money: true };
    numbers(text, style, words)
        .into_iter()
        .filter_map(|number| {
            let before = sign_before(text, number.span.start, words);
            let after = sign_after(text, number.span.end, number.scaled, words);
            let named = before
                .as_ref()
                .or(after.as_ref())
                .map(|(code, _)| code.clone());
            if named.is_none()
                && (number.part || words.percent_after(text, number.span.end).is_some())
            {
                return None;
            }
            let start = before.map_or(number.span.start, |(_, at)| at);
            let end = after.map_or(number.span.end, |(_, at)| at);
            let certainty = match (&named, number.scaled) {
                (Some(_), _) => 1.0,
                (None, true) => 0.9,
                (None, false) if number.value >= 1000.0 => 0.5,
                (None, false) => 0.4,
            };
            Some(Reading {
                value: json!({
                    "value": tidy(number.value),
                    "currency": named.unwrap_or_else(|| currency.to_owned()),
                }),
                span: start..end,
                certainty,
            })
        })
        .collect()
}

/// Per cents in a text; a bare number is one where it is asked for.
pub(super) fn percents(text: &str, comma: bool, words: &Words) -> Vec<Reading> {
    let style = Style {
        comma,
        money: false,
    };
    numbers(text, style, words)
        .into_iter()
        .filter_map(|number| {
            let sign = words.percent_after(text, number.span.end);
            if sign.is_none() && number.part {
                return None;
            }
            Some(Reading {
                value: tidy(number.value),
                span: number.span.start..sign.unwrap_or(number.span.end),
                certainty: if sign.is_some() { 1.0 } else { 0.4 },
            })
        })
        .collect()
}

/// Bare numbers in a text.
pub(super) fn plain(text: &str, comma: bool, words: &Words) -> Vec<Reading> {
    let style = Style {
        comma,
        money: false,
    };
    numbers(text, style, words)
        .into_iter()
        .filter(|number| !number.part)
        .map(|Number { value, span, .. }| Reading {
            value: tidy(value),
            span,
            certainty: 0.5,
        })
        .collect()
}

/// Whether a number is within its bounds.
pub(super) fn within(value: &Value, range: &Range) -> Result<(), Refusal> {
    let number = value
        .get("value")
        .unwrap_or(value)
        .as_f64()
        .unwrap_or_default();
    let reason = if range.min.is_some_and(|min| number < min) {
        "too_small"
    } else if range.max.is_some_and(|max| number > max) {
        "too_large"
    } else if range.whole && number.fract() != 0.0 {
        "not_whole"
    } else {
        return Ok(());
    };
    Err(Refusal { reason })
}

/// "$", "USD" or "EUR " before a number: the code and where it begins.
fn sign_before(text: &str, start: usize, words: &Words) -> Option<(String, usize)> {
    let head = text[..start].trim_end_matches([' ', '\u{a0}']);
    let sign = head.chars().next_back()?;
    if let Some(code) = words
        .currencies
        .get(&sign.to_string())
        .filter(|_| !sign.is_alphanumeric())
    {
        let at = head.len() - sign.len_utf8();
        let lower = head.to_lowercase();
        if lower.ends_with("us$") || lower.ends_with("r$") {
            let long = if lower.ends_with("us$") { "us$" } else { "r$" };
            let whole = head
                .len()
                .checked_sub(long.len())
                .filter(|at| head.is_char_boundary(*at));
            if let (Some(whole), Some(code)) = (whole, words.currencies.get(long)) {
                return Some((code.clone(), whole));
            }
        }
        return Some((code.clone(), at));
    }
    let word_at = head
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphabetic())
        .last()
        .map(|(at, _)| at)?;
    let word = &head[word_at..];
    (word.chars().count() == 3 && !matches!(word, "try" | "won"))
        .then(|| words.currencies.get(&word.to_lowercase()))
        .flatten()
        .map(|code| (code.clone(), word_at))
}

/// "€" or "euros" behind a number: the code and where it ends.
fn sign_after(text: &str, end: usize, scaled: bool, words: &Words) -> Option<(String, usize)> {
    let rest = &text[end..];
    // "1,2 Mio. Euro": the full stop of an abbreviation.
    let rest = rest.strip_prefix('.').filter(|_| scaled).unwrap_or(rest);
    let tail = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}', '-']);
    let joint = words.counting.amount_joints.iter().find(|joint| {
        tail.get(..joint.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(joint))
    });
    let tail = joint.map_or(tail, |joint| &tail[joint.len()..]);
    let from = text.len() - tail.len();
    let first = tail.chars().next()?;
    if !first.is_alphanumeric() {
        let code = words.currencies.get(&first.to_string())?;
        return Some((code.clone(), from + first.len_utf8()));
    }
    let length = tail
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(tail.len());
    let code = words.currencies.get(&tail[..length].to_lowercase())?;
    Some((code.clone(), from + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn amounts_in_figures_and_words() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("12k", 12_000.0, "USD"),
            ("$8,300.50", 8_300.5, "USD"),
            ("€40.000", 40_000.0, "EUR"),
            ("1.5 million euros", 1_500_000.0, "EUR"),
            ("fifty grand", 50_000.0, "USD"),
            ("about 70 thousand", 70_000.0, "USD"),
            ("900", 900.0, "USD"),
            ("1.234,56 euros", 1_234.56, "EUR"),
            ("half a million", 500_000.0, "USD"),
            ("sixty thousand pounds", 60_000.0, "GBP"),
            ("CHF 2'500", 2_500.0, "CHF"),
            ("US$ 1.2m", 1_200_000.0, "USD"),
            ("Q3 fern order for 45k", 45_000.0, "USD"),
            ("3 million yen", 3_000_000.0, "JPY"),
        ];
        for (text, value, currency) in table {
            let found = find(text, "USD", false, words);
            let best = found
                .first()
                .map(|r| (r.value["value"].as_f64(), r.value["currency"].as_str()));
            assert_eq!(best, Some((Some(value), Some(currency))), "{text}");
        }
        for text in ["nothing yet", "12 %", "3/4/2026", "10:30", "", "plenty"] {
            assert!(find(text, "USD", false, words).is_empty(), "{text}");
        }
    }

    #[test]
    fn per_cents_carry_their_sign_or_are_bare() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("12 %", 12.0),
            ("12.5%", 12.5),
            ("twenty percent", 20.0),
            ("40", 40.0),
        ];
        for (text, value) in table {
            assert_eq!(
                percents(text, false, words)[0].value.as_f64(),
                Some(value),
                "{text}"
            );
        }
    }
}
