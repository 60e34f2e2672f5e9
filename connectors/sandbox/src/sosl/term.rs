//! The term of a search: words, phrases, wildcards, AND, OR, NOT and brackets.
//! Which fields it is compared with is left to `sosl`.

use crate::refusal::Refusal;
use crate::soql::{Letter, Pattern};

/// A term; words match whole words of a field, in any case, unless they carry a wildcard.
#[derive(Debug, PartialEq)]
pub(crate) enum Term {
    /// Words that stand next to each other in one field.
    Phrase(Vec<Pattern>),
    All(Vec<Term>),
    Any(Vec<Term>),
    Not(Box<Term>),
}

impl Term {
    /// Reads a term; reserved characters stand for themselves behind a backslash.
    pub(crate) fn read(text: &str) -> Result<Term, Refusal> {
        let malformed = |message: String| Refusal::new(400, "MALFORMED_SEARCH", message);
        if text.trim().is_empty() {
            return Err(malformed(
                "No search term found. The search term must be enclosed in braces.".into(),
            ));
        }
        let marks = marks(text);
        let letters = marks.iter().map(Mark::size);
        if letters.sum::<usize>() < 2 {
            return Err(malformed(format!(
                "search term must be longer than one character: {}",
                text.trim()
            )));
        }
        let leading = marks.iter().any(|m| match m {
            Mark::Word(word) | Mark::Quoted(word) => word.first().is_some_and(is_wildcard),
            Mark::Open | Mark::Close => false,
        });
        if leading {
            return Err(malformed(
                "a search term can't begin with a wildcard".into(),
            ));
        }
        let mut reader = Reader {
            marks: &marks,
            next: 0,
        };
        let term = reader.any();
        match term {
            Some(term) if reader.next == marks.len() => Ok(term),
            _ => Err(malformed(format!(
                "unexpected token in search term: {}",
                text.trim()
            ))),
        }
    }

    /// Compares with the words of a record's fields.
    pub(super) fn fits(&self, fields: &[Vec<String>]) -> bool {
        match self {
            Term::Phrase(patterns) => fields.iter().any(|words| {
                words.windows(patterns.len()).any(|run| {
                    patterns
                        .iter()
                        .zip(run)
                        .all(|(pattern, word)| pattern.fits(word))
                })
            }),
            Term::All(parts) => parts.iter().all(|part| part.fits(fields)),
            Term::Any(parts) => parts.iter().any(|part| part.fits(fields)),
            Term::Not(part) => !part.fits(fields),
        }
    }
}

/// Where the brace that closes the term stands.
pub(super) fn closing_brace(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices()
        .find(|(_, c)| {
            let closes = *c == '}' && !escaped;
            escaped = *c == '\\' && !escaped;
            closes
        })
        .map(|(at, _)| at)
}

/// The words of a text.
pub(super) fn split(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A piece of a term. Its wildcards `*` and `?` are `%` and `_` in here, as LIKE has them; all other letters are escaped.
#[derive(Debug)]
enum Mark {
    Word(Vec<Letter>),
    Quoted(Vec<Letter>),
    Open,
    Close,
}

impl Mark {
    fn size(&self) -> usize {
        match self {
            Mark::Word(letters) if is_operator(letters) => 0,
            Mark::Word(letters) | Mark::Quoted(letters) => letters
                .iter()
                .filter(|letter| letter.escaped && letter.char.is_alphanumeric())
                .count(),
            Mark::Open | Mark::Close => 0,
        }
    }
}

fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut word: Vec<Letter> = Vec::new();
    let mut quoted = false;
    let mut chars = text.chars();
    let kind = |quoted: bool| -> fn(Vec<Letter>) -> Mark {
        if quoted { Mark::Quoted } else { Mark::Word }
    };
    // The word that has been read, where there is one.
    let ended = |word: &mut Vec<Letter>, mark: fn(Vec<Letter>) -> Mark| {
        (!word.is_empty()).then(|| mark(std::mem::take(word)))
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next().map(Letter::escaped)),
            '"' => {
                marks.extend(ended(&mut word, kind(quoted)));
                quoted = !quoted;
            }
            '*' => word.push(Letter::plain('%')),
            '?' => word.push(Letter::plain('_')),
            '(' | ')' if !quoted => {
                marks.extend(ended(&mut word, Mark::Word));
                marks.push(if c == '(' { Mark::Open } else { Mark::Close });
            }
            c if c.is_whitespace() && !quoted => marks.extend(ended(&mut word, Mark::Word)),
            c => word.push(Letter::escaped(c)),
        }
    }
    marks.extend(ended(&mut word, kind(quoted)));
    marks
}

fn is_wildcard(letter: &Letter) -> bool {
    !letter.escaped && matches!(letter.char, '%' | '_')
}

fn is_operator(letters: &[Letter]) -> bool {
    ["AND", "OR", "NOT"]
        .iter()
        .any(|operator| reads(letters, operator))
}

fn reads(letters: &[Letter], word: &str) -> bool {
    let letters: String = letters.iter().map(|letter| letter.char).collect();
    letters.eq_ignore_ascii_case(word)
}

struct Reader<'a> {
    marks: &'a [Mark],
    next: usize,
}

impl Reader<'_> {
    fn any(&mut self) -> Option<Term> {
        let mut parts = vec![self.all()?];
        while self.take("OR") {
            parts.push(self.all()?);
        }
        Some(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Term::Any(parts)
        })
    }

    /// Words side by side are all wanted, as if AND stood between them.
    fn all(&mut self) -> Option<Term> {
        let mut parts = vec![self.one()?];
        loop {
            let joined = self.take("AND");
            if self.take("NOT") {
                parts.push(Term::Not(Box::new(self.one()?)));
            } else if joined || self.begins_one() {
                parts.push(self.one()?);
            } else {
                break;
            }
        }
        Some(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Term::All(parts)
        })
    }

    fn one(&mut self) -> Option<Term> {
        let mark = self.marks.get(self.next)?;
        self.next += 1;
        match mark {
            Mark::Open => {
                let inner = self.any()?;
                let closed = matches!(self.marks.get(self.next), Some(Mark::Close));
                self.next += 1;
                closed.then_some(inner)
            }
            Mark::Close => None,
            Mark::Word(letters) if is_operator(letters) => None,
            Mark::Word(letters) | Mark::Quoted(letters) => Some(phrase(letters)),
        }
    }

    fn begins_one(&self) -> bool {
        match self.marks.get(self.next) {
            Some(Mark::Word(letters)) => !is_operator(letters),
            Some(Mark::Quoted(_) | Mark::Open) => true,
            Some(Mark::Close) | None => false,
        }
    }

    fn take(&mut self, operator: &str) -> bool {
        let found = matches!(self.marks.get(self.next), Some(Mark::Word(letters)) if reads(letters, operator));
        self.next += usize::from(found);
        found
    }
}

/// A word such as `jane@acme.com` is a phrase of the words in it.
fn phrase(letters: &[Letter]) -> Term {
    let words = letters
        .split(|letter| letter.escaped && !letter.char.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(Pattern::new)
        .collect();
    Term::Phrase(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(term: &str, field: &str) -> bool {
        Term::read(term)
            .expect(term)
            .fits(&[split(&field.to_lowercase())])
    }

    #[test]
    fn matches_whole_words_and_prefixes_with_a_star() {
        for (term, field) in [
            ("acme", "Acme Corp"),
            ("ac*", "Acme Corp"),
            ("a?me", "Acme Corp"),
            ("corp acme", "Acme Corp"),
            ("\"acme corp\"", "The Acme Corp"),
            ("jane@acme.com", "jane@acme.com"),
            ("O\\'Neil", "Pat O'Neil"),
            ("other OR corp", "Acme Corp"),
            ("acme AND NOT other", "Acme Corp"),
            ("(acme OR x) corp", "Acme Corp"),
        ] {
            assert!(finds(term, field), "{term} in {field}");
        }
        for (term, field) in [
            ("acm", "Acme Corp"),
            ("\"corp acme\"", "Acme Corp"),
            ("acme AND NOT corp", "Acme Corp"),
            ("cme", "Acme"),
        ] {
            assert!(!finds(term, field), "{term} in {field}");
        }
    }

    #[test]
    fn refuses_terms_that_say_too_little() {
        for term in ["", "a", "*cme", "AND", "(acme", "acme OR", "*"] {
            assert!(Term::read(term).is_err(), "{term}");
        }
    }
}
