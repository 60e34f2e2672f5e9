//! Numbers in figures and words, wherever they stand: "12k", "1.234,5", "two and twenty", "half a million". What they count
//! (money, per cent, nothing) is for the types that use them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::Value;
use crate::understanding::words::Words;

mod spoken;

use spoken::spoken;

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
    Regex::new(r"(?P<figures>\d{1,3}(?:[ \u{a0}\u{202f}]\d{3})+(?:[.,]\d{1,2})?\b|\d+(?:[.,'’]\d+)*)|(?P<word>\p{L}[\p{L}\p{M}]*)")
        .expect("a constant pattern compiles")
});

struct Token<'t> {
    text: &'t str,
    lower: String,
    span: Range<usize>,
    figures: bool,
}

/// How the figures of a text are to be read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    /// Whether "1,234" is little more than one.
    pub(super) comma: bool,
    /// Whether they are money, which has no thousandths.
    pub(super) money: bool,
}

/// All numbers of a text, in order.
pub(super) fn numbers(text: &str, style: Style, words: &Words) -> Vec<Number> {
    let tokens = tokens(text, words);
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let read = if tokens[at].figures {
            figures(text, &tokens, at, style, words)
        } else {
            spoken(text, &tokens, at, words)
        };
        match read {
            Some((number, next)) => {
                at = next;
                // "Pour cent" holds no hundred.
                if let Some(end) = words.percent_after(text, number.span.end) {
                    while tokens.get(at).is_some_and(|token| token.span.start < end) {
                        at += 1;
                    }
                }
                out.push(number);
            }
            None => at += 1,
        }
    }
    out
}

/// Figures and words; a number of one word, "zweihundertfünf", in its parts.
fn tokens<'t>(text: &'t str, words: &Words) -> Vec<Token<'t>> {
    let mut tokens = Vec::new();
    for found in TOKEN.captures_iter(text) {
        let Some(all) = found.get(0) else { continue };
        let mut lower = all.as_str().to_lowercase();
        let figures = found.name("figures").is_some();
        if !lower.is_ascii() {
            lower = lower.nfc().collect();
        }
        let parts = match figures {
            true => Vec::new(),
            false => parts(&lower, words),
        };
        // Letters that change their length with their case would put the parts elsewhere.
        if parts.len() > 1 && lower.len() == all.len() {
            tokens.extend(parts.into_iter().map(|part| Token {
                text: &all.as_str()[part.clone()],
                lower: lower[part.clone()].to_owned(),
                span: all.start() + part.start..all.start() + part.end,
                figures: false,
            }));
            continue;
        }
        tokens.push(Token {
            text: all.as_str(),
            lower,
            span: all.range(),
            figures,
        });
    }
    tokens
}

/// Where the numbers stand that a word is made of, if it is made of nothing else.
fn parts(word: &str, words: &Words) -> Vec<Range<usize>> {
    let counting = &words.counting;
    if counting.glue.is_none() || words.numbers.contains_key(word) || word.len() > 80 {
        return Vec::new();
    }
    let known = |part: &str| {
        part.len() > 2
            && (words.numbers.contains_key(part)
                || words.scales.contains_key(part)
                || counting.ones.first().is_some_and(|one| one == part)
                || counting.and.iter().any(|and| and == part))
    };
    // For each place that can be reached, where the part began that ends there; the longest last part wins.
    let mut begins: Vec<Option<usize>> = vec![None; word.len() + 1];
    for end in (1..=word.len()).filter(|end| word.is_char_boundary(*end)) {
        begins[end] = (0..end)
            .filter(|start| word.is_char_boundary(*start))
            .find(|start| (*start == 0 || begins[*start].is_some()) && known(&word[*start..end]));
    }
    let mut parts = Vec::new();
    let mut end = word.len();
    while let Some(start) = begins[end] {
        parts.push(start..end);
        end = start;
    }
    if end > 0 {
        return Vec::new();
    }
    parts.reverse();
    parts
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
fn plain(text: &str, comma: bool) -> Option<f64> {
    let last = text.rfind(['.', ',']);
    let both = text.contains('.') && text.contains(',');
    let alone = last.is_some_and(|at| !text[..at].contains(&text[at..=at]));
    let (whole, part) = match last {
        Some(at)
            if alone
                && (text.len() - at - 1 != 3
                    || both
                    || &text[..at] == "0"
                    || (comma && text[at..].starts_with(','))) =>
        {
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

fn figures(
    text: &str,
    tokens: &[Token<'_>],
    at: usize,
    style: Style,
    words: &Words,
) -> Option<(Number, usize)> {
    let token = &tokens[at];
    let mut span = token.span.clone();
    let scale = scale(text, tokens, at + 1, span.end, words);
    let mut value = plain(token.text, style.comma && (!style.money || scale.is_some()))?;
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
        && let Some((minus, _)) = words
            .counting
            .minus
            .iter()
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
    let mut scale = scale;
    while let Some(by) = scale {
        value *= by;
        span.end = tokens[next].span.end;
        scaled = true;
        next += 1;
        scale = self::scale(text, tokens, next, span.end, words);
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

/// What a number in figures that ends here is multiplied by, if the next word says so.
fn scale(text: &str, tokens: &[Token<'_>], next: usize, end: usize, words: &Words) -> Option<f64> {
    let scale = tokens.get(next).filter(|token| !token.figures)?;
    let between = &text[end..scale.span.start];
    let signed = text[scale.span.end..].starts_with(['€', '$', '£']);
    let near = between.is_empty()
        || (matches!(between, " " | "-" | "\u{a0}" | "\u{202f}")
            && (scale.lower.len() > 1 || scale.lower == "k" || signed));
    words.scales.get(&scale.lower).copied().filter(|_| near)
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
            let found: Vec<f64> = numbers(text, Style::default(), words)
                .iter()
                .map(|n| n.value)
                .collect();
            let close = found.len() == expected.len()
                && found
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(close, "{text}: {found:?}");
        }
    }
}
