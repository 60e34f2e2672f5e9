//! Numbers in words: "two and twenty", "half a million", "point two five". The words and how they join are the language's.

use std::ops::Range;

use super::{Number, Token};
use crate::understanding::words::Words;

/// A number in words, from its first word, and the token behind it.
pub(super) fn spoken(
    text: &str,
    tokens: &[Token<'_>],
    start: usize,
    words: &Words,
) -> Option<(Number, usize)> {
    if let Some(half) = half(text, tokens, start, words) {
        return Some(half);
    }
    let mut sum = Sum {
        text,
        tokens,
        words,
        at: start,
        total: 0.0,
        current: 0.0,
        scale: 0.0,
        scaled: false,
        end: None,
    };
    let is_article = words.counting.articles.contains(&tokens[start].lower);
    if is_article || sum.is_one(start) {
        // "A hundred" is a number, "a" alone is not; "eins" is one where it is all that is said.
        if !sum.is_scale(start + 1) {
            let alone = sum.is_one(start) && tokens.len() == 1;
            return alone.then(|| (whole(1.0, tokens[start].span.clone()), start + 1));
        }
        sum.current = 1.0;
        sum.at += 1;
    }
    while sum.goes_on(start) && sum.take() {}
    let span = tokens[start].span.start..sum.end?;
    let number = Number {
        scaled: sum.scaled,
        ..whole(sum.total + sum.current, span)
    };
    Some((number, sum.at))
}

/// A number that is being read, word by word.
struct Sum<'a> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    words: &'a Words,
    /// The next token.
    at: usize,
    /// What is complete: thousands, millions.
    total: f64,
    /// What the next scale multiplies.
    current: f64,
    /// The last scale from a thousand on.
    scale: f64,
    /// Whether a scale multiplied a number that was said.
    scaled: bool,
    /// Where the number ends in the text so far; nothing of it has been read before that.
    end: Option<usize>,
}

impl Sum<'_> {
    /// Whether a word stands next, with nothing between it and the number.
    fn goes_on(&self, start: usize) -> bool {
        let next = self.tokens.get(self.at).filter(|token| !token.figures);
        next.is_some() && (self.at == start || is_near(self.text, self.tokens, self.at))
    }

    /// Takes the next words; `false` where they are not of the number.
    fn take(&mut self) -> bool {
        if let Some((n, length)) = self.listed(self.at) {
            return self.has_room(n) && self.add(n, length);
        }
        let token = &self.tokens[self.at];
        let counting = &self.words.counting;
        if self.adds_one() {
            self.add(1.0, 1)
        } else if let Some(by) = self.words.scales.get(&token.lower).copied()
            && (self.is_begun() || counting.bare_scales.contains(&token.lower))
        {
            self.multiply(by)
        } else if self.end.is_none() {
            false
        } else if let Some(length) = sequence(self.text, self.tokens, self.at, &counting.and_a_half)
        {
            self.add_half(length)
        } else if counting.and.contains(&token.lower) && self.joins() {
            self.at += 1;
            true
        } else {
            counting.points.contains(&token.lower) && self.add_decimals()
        }
    }

    fn is_begun(&self) -> bool {
        self.end.is_some() || self.current > 0.0
    }

    /// The number was said up to here, `length` tokens on.
    fn took(&mut self, length: usize) -> bool {
        self.end = Some(self.tokens[self.at + length - 1].span.end);
        self.at += length;
        true
    }

    fn add(&mut self, n: f64, length: usize) -> bool {
        self.current += n;
        self.took(length)
    }

    fn multiply(&mut self, by: f64) -> bool {
        // "Mil" alone is a word of thanks too; with a number before it, it is a quantity.
        self.scaled |= by >= 1000.0 && self.is_begun();
        if by < 1000.0 {
            self.current = self.current.max(1.0) * by;
            return self.took(1);
        }
        if self.scale > 0.0 && by > self.scale {
            // "Dos mil millones".
            self.total = (self.total + self.current) * by;
        } else {
            self.total += self.current.max(1.0) * by;
        }
        self.current = 0.0;
        self.scale = by;
        self.took(1)
    }

    /// "Two and a half thousand", "two million and a half".
    fn add_half(&mut self, length: usize) -> bool {
        if self.current > 0.0 {
            self.current += 0.5;
        } else {
            self.total += self.scale / 2.0;
        }
        self.took(length)
    }

    fn add_decimals(&mut self) -> bool {
        let Some((tail, after)) = decimals(self.tokens, self.at + 1, self.words) else {
            return false;
        };
        self.add(tail, after - self.at)
    }

    /// Whether "one" stands next and counts: before a scale ("and one thousand") or behind tens ("twenty-one").
    fn adds_one(&self) -> bool {
        self.is_one(self.at)
            && self.end.is_some()
            && (self.is_scale(self.at + 1) || self.current >= 20.0)
            && self.has_room(1.0)
    }

    /// Whether an "and" that stands next joins what is behind it to the number.
    fn joins(&self) -> bool {
        let tens = self.words.counting.and_joins_tens;
        let can = self.current >= 100.0
            || self.total > 0.0
            || (tens && self.current >= 20.0 && self.current % 10.0 == 0.0);
        let behind = self.at + 1;
        let is_number = || self.listed(behind).is_some_and(|(n, _)| self.has_room(n));
        can && ((tens && self.is_one(behind)) || is_number())
    }

    /// Whether a number can follow what was said, as units follow tens and tens hundreds.
    fn has_room(&self, n: f64) -> bool {
        if self.current == 0.0 && self.end.is_none() {
            true
        } else if self.current == 0.0 {
            n > 0.0 && n < 1000.0 && self.total > 0.0
        } else if self.current % 100.0 == 0.0 {
            n > 0.0 && n < 100.0
        } else {
            self.current % 10.0 == 0.0 && self.current % 100.0 >= 20.0 && n < 10.0 && n > 0.0
        }
    }

    fn listed(&self, at: usize) -> Option<(f64, usize)> {
        listed(self.text, self.tokens, at, self.words)
    }

    fn is_one(&self, at: usize) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| self.words.counting.ones.contains(&token.lower))
    }

    /// Whether a word stands there that multiplies, from a dozen on; "k" and "m" do so behind figures only.
    fn is_scale(&self, at: usize) -> bool {
        let word = self.tokens.get(at).map(|token| token.lower.as_str());
        word.is_some_and(|word| {
            let scale = self.words.scales.get(word);
            word.len() > 2 && scale.is_some_and(|scale| *scale >= 12.0)
        })
    }
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
