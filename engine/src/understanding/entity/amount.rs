//! Money and numbers: "12k", "1.2 million euros", "$7,250.75", "30 grand". A currency that is not named is the given one.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::Reading;
use crate::Value;
use crate::understanding::words::Words;

static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?P<before>[$€£¥]|\b(?:usd|eur|gbp|chf)\b)?\s?(?P<number>\d[\d.,']*\d|\d|\b(?:half a|ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one|two|three|four|five|six|seven|eight|nine)\b)\s?(?P<scale>k|grand|thousand|mio|million|mn|m|bn|billion|hundred)?\b\s?(?P<after>[$€£¥]|dollars?|bucks|euros?|eur|usd|gbp|pounds?|chf|francs)?",
    )
    .expect("a constant pattern compiles")
});

pub(super) fn find(text: &str, currency: &str, words: &Words) -> Vec<Reading> {
    MONEY
        .captures_iter(text)
        .filter_map(|found| {
            let all = found.get(0)?;
            let sign = found.name("before").or(found.name("after")).map(|m| m.as_str().to_lowercase());
            let scale = found.name("scale").map(|m| m.as_str().to_lowercase());
            let value = plain(found.name("number")?.as_str(), words)? * scale.as_ref().map_or(Some(1.0), |s| words.scales.get(s).copied())?;
            let named = sign.as_ref().and_then(|sign| words.currencies.get(sign)).cloned();
            let certainty = if named.is_some() { 1.0 } else if scale.is_some() { 0.9 } else { 0.4 };
            let value = json!({ "value": tidy(value), "currency": named.unwrap_or_else(|| currency.to_owned()) });
            let trimmed = all.as_str().trim();
            let start = all.start() + (all.as_str().len() - all.as_str().trim_start().len());
            Some(Reading { value, span: start..start + trimmed.len(), certainty })
        })
        .collect()
}

/// A number by itself.
pub(super) fn number(text: &str, words: &Words) -> Option<f64> {
    let found = MONEY.captures(text)?;
    let scale = found.name("scale").map_or(Some(1.0), |m| {
        words.scales.get(&m.as_str().to_lowercase()).copied()
    })?;
    Some(plain(found.name("number")?.as_str(), words)? * scale)
}

/// Digits with thousands and decimals either way round: the last sign that stands alone before one or two digits is decimal.
fn plain(text: &str, words: &Words) -> Option<f64> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return words.numbers.get(&text.to_lowercase()).copied();
    }
    let last = text.rfind(['.', ',']);
    let decimals = last.map(|at| text.len() - at - 1);
    let both = text.contains('.') && text.contains(',');
    let alone = last.is_some_and(|at| !text[..at].contains(&text[at..=at]));
    let (whole, part) = match (last, decimals) {
        (Some(at), Some(n)) if alone && (n != 3 || both) => (&text[..at], &text[at + 1..]),
        _ => (text, ""),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{digits}.{part}0").parse().ok()
}

/// A whole number as an integer, so that 12000 is not 12000.0.
fn tidy(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
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
        ];
        for (text, value, currency) in table {
            let found = find(text, "USD", words).into_iter().next().unwrap();
            assert_eq!(
                (
                    found.value["value"].as_f64(),
                    found.value["currency"].as_str()
                ),
                (Some(value), Some(currency)),
                "{text}"
            );
        }
        assert!(find("nothing yet", "USD", words).is_empty());
    }
}
