//! Numbers in words: "two and twenty", "half a million", "point two five". The words and how they join are the language's.

use std::ops::Range;

use super::{Number, Token};
use crate::understanding::words::Words;

/// A number in words, from its first.
pub(super) fn spoken(
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
