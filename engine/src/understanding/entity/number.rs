//! Numbers in figures and words, wherever they stand: "12k", "1.234,5", "two and twenty", "half a million". What they count
//! (money, per cent, nothing) is for the types that use them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

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

/// A number in words, from its first.
fn spoken(
    text: &str,
    tokens: &[Token<'_>],
    start: usize,
    words: &Words,
) -> Option<(Number, usize)> {
    if let Some(half) = half(text, tokens, start, words) {
        return Some(half);
    }
    let counting = &words.counting;
    let (mut total, mut current, mut scaled) = (0.0, 0.0_f64, false);
    let mut at = start;
    let mut end = None;
    let mut last = 0.0_f64;
    let first = tokens[start].lower.as_str();
    let follows = |n: usize| tokens.get(n).map(|t| t.lower.as_str());
    let one = |n: usize| follows(n).is_some_and(|w| counting.ones.iter().any(|one| one == w));
    let big = |n: usize| {
        let word = follows(n)?;
        let scale = words.scales.get(word).filter(|scale| **scale >= 12.0)?;
        (word.len() > 2).then_some(*scale)
    };
    if counting.articles.iter().any(|article| article == first) || one(start) {
        // "A hundred" is a number, "a" alone is not; "eins" is one where it is all that is said.
        if big(start + 1).is_none() {
            let alone = one(start) && tokens.len() == 1;
            return alone.then(|| (whole(1.0, tokens[start].span.clone()), start + 1));
        }
        current = 1.0;
        at += 1;
    }
    while let Some(token) = tokens.get(at).filter(|t| !t.figures) {
        if at > start && !is_near(text, tokens, at) {
            break;
        }
        let room = |n: f64| {
            if current == 0.0 && end.is_none() {
                true
            } else if current == 0.0 {
                n > 0.0 && n < 1000.0 && total > 0.0
            } else if current % 100.0 == 0.0 {
                n > 0.0 && n < 100.0
            } else {
                current % 10.0 == 0.0 && current % 100.0 >= 20.0 && n < 10.0 && n > 0.0
            }
        };
        if let Some((n, length)) = listed(text, tokens, at, words) {
            if !room(n) {
                break;
            }
            current += n;
            end = Some(tokens[at + length - 1].span.end);
            at += length;
            continue;
        }
        if one(at) && end.is_some() && (big(at + 1).is_some() || current >= 20.0) && room(1.0) {
            current += 1.0;
        } else if let Some(by) = words.scales.get(&token.lower).filter(|_| {
            end.is_some() || current > 0.0 || counting.bare_scales.contains(&token.lower)
        }) {
            // "Mil" alone is a word of thanks too; with a number before it, it is a quantity.
            scaled |= *by >= 1000.0 && (end.is_some() || current > 0.0);
            if *by < 1000.0 {
                current = current.max(1.0) * by;
            } else if last > 0.0 && *by > last {
                // "Dos mil millones".
                total = (total + current) * by;
                current = 0.0;
                last = *by;
            } else {
                total += current.max(1.0) * by;
                current = 0.0;
                last = *by;
            }
        } else if let Some(length) = end
            .is_some()
            .then(|| sequence(text, tokens, at, &counting.and_a_half))
            .flatten()
        {
            // "Two and a half thousand", "two million and a half".
            if current > 0.0 {
                current += 0.5;
            } else {
                total += last / 2.0;
            }
            end = Some(tokens[at + length - 1].span.end);
            at += length;
            continue;
        } else if counting.and.contains(&token.lower)
            && end.is_some()
            && (current >= 100.0
                || total > 0.0
                || (counting.and_joins_tens && current >= 20.0 && current % 10.0 == 0.0))
            && ((one(at + 1) && counting.and_joins_tens)
                || listed(text, tokens, at + 1, words).is_some_and(|(n, _)| room(n)))
        {
            at += 1;
            continue;
        } else if counting.points.contains(&token.lower) && end.is_some() {
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
            scaled,
            ..whole(total + current, span)
        },
        at,
    ))
}

/// "Half a million".
fn half(text: &str, tokens: &[Token<'_>], start: usize, words: &Words) -> Option<(Number, usize)> {
    let counting = &words.counting;
    let mut at = start + sequence(text, tokens, start, &counting.halves)?;
    if tokens
        .get(at)
        .is_some_and(|token| counting.articles.contains(&token.lower))
    {
        at += 1;
    }
    let scale = tokens.get(at).filter(|_| is_near(text, tokens, at))?;
    let by = words.scales.get(&scale.lower)?;
    let span = tokens[start].span.start..scale.span.end;
    Some((
        Number {
            scaled: true,
            ..whole(by / 2.0, span)
        },
        at + 1,
    ))
}

fn whole(value: f64, span: Range<usize>) -> Number {
    Number {
        value,
        span,
        scaled: false,
        part: false,
    }
}

/// The number that the table has for the words from here, and how many they are; the longest wins.
fn listed(text: &str, tokens: &[Token<'_>], at: usize, words: &Words) -> Option<(f64, usize)> {
    let first = tokens.get(at).filter(|token| !token.figures)?;
    for length in (2..=words.counting.longest).rev() {
        let Some(all) = tokens.get(at..at + length) else {
            continue;
        };
        if (at + 1..at + length).all(|n| !tokens[n].figures && is_near(text, tokens, n)) {
            let joined: Vec<&str> = all.iter().map(|token| token.lower.as_str()).collect();
            if let Some(n) = words.numbers.get(&joined.join(" ")) {
                return Some((*n, length));
            }
        }
    }
    words.numbers.get(&first.lower).map(|n| (*n, 1))
}

/// How many words one of these takes that stands here, the longest; none where none does.
fn sequence(text: &str, tokens: &[Token<'_>], at: usize, all: &[String]) -> Option<usize> {
    all.iter()
        .filter_map(|words| {
            let mut length = 0;
            for word in words.split(' ') {
                let token = tokens.get(at + length)?;
                let joined = length == 0 || is_near(text, tokens, at + length);
                (token.lower == word && joined).then_some(())?;
                length += 1;
            }
            Some(length)
        })
        .max()
}

/// Whether nothing but a blank or a hyphen stands before a word of a number.
fn is_near(text: &str, tokens: &[Token<'_>], at: usize) -> bool {
    at > 0
        && matches!(
            &text[tokens[at - 1].span.end..tokens[at].span.start],
            "" | " " | "-" | "\u{a0}"
        )
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
