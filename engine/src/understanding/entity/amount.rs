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
            let before = sign_before(text, number.span.start, currency, words);
            let after = sign_after(text, number.span.end, number.scaled, currency, words);
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
            certainty: match words.is_counted(&text[span.end..]) {
                true => 0.7,
                false => 0.5,
            },
            span,
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

/// "$", "A$", "USD", "Rs." or "EUR " before a number: the code and where it begins.
fn sign_before(text: &str, start: usize, own: &str, words: &Words) -> Option<(String, usize)> {
    let head = text[..start].trim_end_matches([' ', '\u{a0}']);
    let sign = head.chars().next_back()?;
    let letters = |head: &str| {
        let letters = head.chars().rev().take_while(|c| c.is_alphabetic());
        head.len() - letters.map(char::len_utf8).sum::<usize>()
    };
    if !sign.is_alphanumeric() && sign != '.' {
        let at = head.len() - sign.len_utf8();
        // "A$" is another one than "$".
        let starts = [letters(&head[..at]), at];
        return starts.into_iter().find_map(|at| {
            let code = words.currency_before(&head[at..], own)?;
            Some((code, at))
        });
    }
    let head = head.strip_suffix('.').unwrap_or(head);
    let at = letters(head);
    let is_short = (2..=4).contains(&head[at..].chars().count());
    let code = words
        .currency_before(&head[at..], own)
        .filter(|_| is_short)?;
    Some((code, at))
}

/// "€" or "euros" behind a number: the code and where it ends.
fn sign_after(
    text: &str,
    end: usize,
    scaled: bool,
    own: &str,
    words: &Words,
) -> Option<(String, usize)> {
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
    let length = match first.is_alphanumeric() {
        true => tail
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(tail.len()),
        false => first.len_utf8(),
    };
    let code = words.currency_behind(&tail[..length], own)?;
    Some((code, from + length))
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
            ("Rs. 12 lakh", 1_200_000.0, "INR"),
            ("CZK 750,000", 750_000.0, "CZK"),
            ("A$ 90k", 90_000.0, "AUD"),
            ("R$ 4 mil", 4_000_000.0, "BRL"),
            ("2 million naira", 2_000_000.0, "NGN"),
            ("15 000 zł", 15_000.0, "PLN"),
            ("we won 500", 500.0, "USD"),
            ("20k THB", 20_000.0, "THB"),
            ("pay 700 all in", 700.0, "USD"),
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
