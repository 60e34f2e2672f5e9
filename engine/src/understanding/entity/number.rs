//! Numbers in figures and words, wherever they stand: "12k", "1.234,5", "two and twenty", "half a million". What they count
//! (money, per cent, nothing) is for the types that use them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::Value;
use crate::understanding::words::Words;

/// A number in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) span: Range<usize>,
    /// Whether a "k" or "million" says that it is a quantity.
    pub(super) scaled: bool,
    /// Whether it is part of a date, a time, a range or a word, and so no quantity.
    pub(super) part: bool,
}

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<figures>\d{1,3}(?:[ \u{a0}\u{202f}]\d{3})+(?:[.,]\d{1,2})?\b|\d+(?:[.,'’]\d+)*)|(?P<word>\p{L}+)")
        .expect("a constant pattern compiles")
});

struct Token<'t> {
    text: &'t str,
    lower: String,
    span: Range<usize>,
    figures: bool,
}

/// All numbers of a text, in order.
pub(super) fn numbers(text: &str, words: &Words) -> Vec<Number> {
    let tokens: Vec<Token<'_>> = TOKEN
        .captures_iter(text)
        .filter_map(|found| {
            let all = found.get(0)?;
            Some(Token {
                text: all.as_str(),
                lower: all.as_str().to_lowercase(),
                span: all.range(),
                figures: found.name("figures").is_some(),
            })
        })
        .collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let read = if tokens[at].figures {
            figures(text, &tokens, at, words)
        } else {
            spoken(text, &tokens, at, words)
        };
        match read {
            Some((number, next)) => {
                out.push(number);
                at = next;
            }
            None => at += 1,
        }
    }
    out
}

/// A whole number as an integer, so that 12000 is not 12000.0.
pub(super) fn tidy(value: f64) -> Value {
    // Hundredths of money come out of a multiplication with a tail: 2.3 million is no 2299999.9999999995.
    let value = (value * 1e6).round() / 1e6;
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

/// Digits with thousands and decimals either way round: the last sign that stands alone and not before three digits is decimal.
fn plain(text: &str) -> Option<f64> {
    let last = text.rfind(['.', ',']);
    let both = text.contains('.') && text.contains(',');
    let alone = last.is_some_and(|at| !text[..at].contains(&text[at..=at]));
    let (whole, part) = match last {
        Some(at) if alone && (text.len() - at - 1 != 3 || both || &text[..at] == "0") => {
            (&text[..at], &text[at + 1..])
        }
        _ => (text, ""),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > 18 {
        return None;
    }
    format!("{digits}.{part}0").parse().ok()
}

fn figures(text: &str, tokens: &[Token<'_>], at: usize, words: &Words) -> Option<(Number, usize)> {
    let token = &tokens[at];
    let mut value = plain(token.text)?;
    let mut span = token.span.clone();
    let before = text[..span.start].chars().next_back();
    if before == Some('-') || before == Some('−') {
        let sign = text[..span.start].len() - before.map_or(0, char::len_utf8);
        let free = text[..sign]
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || "($€£".contains(c));
        if free {
            value = -value;
            span.start = sign;
        }
    }
    // "Minus 500".
    let head = text[..span.start].trim_end_matches([' ', '$', '€', '£']);
    if value > 0.0
        && let Some((minus, _)) = ["minus", "negative"]
            .into_iter()
            .filter_map(|minus| Some((head.len().checked_sub(minus.len())?, minus)))
            .find(|(at, minus)| {
                head.get(*at..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(minus))
            })
    {
        value = -value;
        span.start = minus;
    }
    let mut next = at + 1;
    let mut scaled = false;
    while let Some(scale) = tokens.get(next).filter(|t| !t.figures) {
        let between = &text[span.end..scale.span.start];
        let near = between.is_empty()
            || (matches!(between, " " | "-" | "\u{a0}")
                && (scale.lower.len() > 1 || scale.lower == "k"));
        let Some(by) = words.scales.get(&scale.lower).filter(|_| near) else {
            break;
        };
        value *= by;
        span.end = scale.span.end;
        scaled = true;
        next += 1;
    }
    let part = !scaled && is_part(text, &span);
    Some((
        Number {
            value,
            span,
            scaled,
            part,
        },
        next,
    ))
}

/// Figures that belong to a date, a time, an ordinal, a version or a word.
fn is_part(text: &str, span: &Range<usize>) -> bool {
    let mut before = text[..span.start].chars().rev();
    let mut after = text[span.end..].chars();
    let (b, b2) = (before.next(), before.next());
    let (a, a2) = (after.next(), after.next());
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    b.is_some_and(|c| c.is_alphanumeric() || c == '@' || c == '#')
        || a.is_some_and(|c| c.is_alphabetic() || c == '@')
        || (b.is_some_and(|c| "/:-.".contains(c)) && digit(b2))
        || (a.is_some_and(|c| "/:-.".contains(c)) && digit(a2))
}

/// A number in words, from its first.
fn spoken(
    text: &str,
    tokens: &[Token<'_>],
    start: usize,
    words: &Words,
) -> Option<(Number, usize)> {
    let (mut total, mut current, mut scaled) = (0.0, 0.0_f64, false);
    let mut at = start;
    let mut end = None;
    let mut last = 0.0_f64;
    let first = tokens[start].lower.as_str();
    let follows = |n: usize| tokens.get(n).map(|t| t.lower.as_str());
    if first == "half" || (matches!(first, "a" | "an") && follows(start + 1) == Some("half")) {
        at = if first == "half" {
            start + 1
        } else {
            start + 2
        };
        if matches!(follows(at), Some("a" | "an")) {
            at += 1;
        }
        let by = words.scales.get(follows(at)?)?;
        let number = Number {
            value: by / 2.0,
            span: tokens[start].span.start..tokens[at].span.end,
            scaled: true,
            part: false,
        };
        return Some((number, at + 1));
    }
    if first == "a" {
        // "A hundred" is a number, "a" alone is not.
        words
            .scales
            .get(follows(start + 1)?)
            .filter(|n| **n >= 12.0 && follows(start + 1).is_some_and(|w| w.len() > 2))?;
        current = 1.0;
        at += 1;
    }
    while let Some(token) = tokens.get(at).filter(|t| !t.figures) {
        if at > start
            && !matches!(
                &text[tokens[at - 1].span.end..token.span.start],
                " " | "-" | "\u{a0}"
            )
        {
            break;
        }
        if let Some(n) = words.numbers.get(&token.lower) {
            let room = if current == 0.0 && end.is_none() {
                true
            } else if current % 100.0 == 0.0 {
                *n > 0.0 && *n < 100.0 && (current > 0.0 || total > 0.0)
            } else {
                current % 10.0 == 0.0 && current % 100.0 >= 20.0 && *n < 10.0 && *n > 0.0
            };
            if !room {
                break;
            }
            current += n;
        } else if let Some(by) = words
            .scales
            .get(&token.lower)
            .filter(|_| end.is_some() || current > 0.0)
        {
            if *by < 1000.0 {
                current = current.max(1.0) * by;
            } else {
                total += current.max(1.0) * by;
                current = 0.0;
                last = *by;
                scaled = true;
            }
        } else if token.lower == "and"
            && end.is_some()
            && matches!(follows(at + 1), Some("a" | "an"))
            && follows(at + 2) == Some("half")
        {
            // "Two and a half thousand", "two million and a half".
            if current > 0.0 {
                current += 0.5;
            } else {
                total += last / 2.0;
            }
            end = Some(tokens[at + 2].span.end);
            at += 3;
            continue;
        } else if token.lower == "and"
            && end.is_some()
            && follows(at + 1).is_some_and(|w| words.numbers.contains_key(w))
            && (current >= 100.0 || total > 0.0)
        {
            at += 1;
            continue;
        } else if token.lower == "point" && end.is_some() {
            let Some((tail, after)) = decimals(tokens, at + 1, words) else {
                break;
            };
            current += tail;
            at = after;
            end = Some(tokens[at - 1].span.end);
            continue;
        } else {
            break;
        }
        end = Some(token.span.end);
        at += 1;
    }
    let span = tokens[start].span.start..end?;
    Some((
        Number {
            value: total + current,
            span,
            scaled,
            part: false,
        },
        at,
    ))
}

/// "point two five".
fn decimals(tokens: &[Token<'_>], start: usize, words: &Words) -> Option<(f64, usize)> {
    let mut at = start;
    let mut digits = String::from("0.");
    while let Some(n) = tokens
        .get(at)
        .and_then(|t| words.digits.get(&t.lower))
        .filter(|_| digits.len() < 12)
    {
        digits.push_str(n);
        at += 1;
    }
    (at > start).then_some(())?;
    Some((digits.parse().ok()?, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn numbers_are_read_in_figures_and_words() {
        let words = Words::of(&Locale::of("en"));
        let table: [(&str, &[f64]); 25] = [
            ("12", &[12.0]),
            ("12k", &[12_000.0]),
            ("8,300.50", &[8_300.5]),
            ("8.300,50", &[8_300.5]),
            ("1 200 000", &[1_200_000.0]),
            ("0.125", &[0.125]),
            ("1.5 million", &[1_500_000.0]),
            ("2.3 million", &[2_300_000.0]),
            ("-4", &[-4.0]),
            ("twenty-five", &[25.0]),
            ("a hundred and five", &[105.0]),
            ("one hundred twenty thousand", &[120_000.0]),
            ("three thousand two hundred", &[3_200.0]),
            ("twelve and a half thousand", &[12_500.0]),
            ("two million and a half", &[2_500_000.0]),
            ("three and a half", &[3.5]),
            ("two point five million", &[2_500_000.0]),
            ("half a million", &[500_000.0]),
            ("a dozen", &[12.0]),
            ("five five five", &[5.0, 5.0, 5.0]),
            ("between 3 and 4", &[3.0, 4.0]),
            ("zero", &[0.0]),
            ("a cat", &[]),
            ("thousand", &[]),
            ("99999999999999999999999", &[]),
        ];
        for (text, expected) in table {
            let found: Vec<f64> = numbers(text, words).iter().map(|n| n.value).collect();
            let close = found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(close, "{text}: {found:?}");
        }
    }
}
