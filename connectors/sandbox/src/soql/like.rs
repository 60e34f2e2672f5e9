//! LIKE: `%` stands for any run of characters, `_` for one, and case does not count.
//! Escapes have been read by the lexer already.

use super::Letter;

/// A pattern, ready to be compared.
#[derive(Debug, PartialEq)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Run,
    One,
    Char(char),
}

impl Pattern {
    pub(crate) fn new(letters: &[Letter]) -> Pattern {
        let mut parts = Vec::with_capacity(letters.len());
        for letter in letters {
            match letter.char {
                '%' if !letter.escaped => parts.push(Part::Run),
                '_' if !letter.escaped => parts.push(Part::One),
                c => parts.extend(c.to_lowercase().map(Part::Char)),
            }
        }
        Pattern(parts)
    }

    /// Compares the whole text; the run seen last is the only one that is ever tried again, so it takes no more than n × m steps.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let parts = &self.0;
        let (mut at, mut part) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match parts.get(part) {
                Some(Part::Run) => {
                    retry = Some((part + 1, at));
                    part += 1;
                }
                Some(Part::One) => {
                    at += 1;
                    part += 1;
                }
                Some(Part::Char(c)) if *c == text[at] => {
                    at += 1;
                    part += 1;
                }
                _ => {
                    let Some((after_run, from)) = retry else {
                        return false;
                    };
                    retry = Some((after_run, from + 1));
                    (part, at) = (after_run, from + 1);
                }
            }
        }
        parts[part..].iter().all(|p| *p == Part::Run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, text: &str) -> bool {
        let letters: Vec<Letter> = pattern.chars().map(Letter::plain).collect();
        Pattern::new(&letters).fits(text)
    }

    #[test]
    fn compares_patterns_with_whole_texts() {
        for (pattern, text) in [
            ("acme%", "Acme Corp"),
            ("%corp", "Acme CORP"),
            ("a_me", "acme"),
            ("%", ""),
            ("%a%b%", "xxaxbx"),
            ("ß%", "ẞtraße"),
        ] {
            assert!(fits(pattern, text), "{pattern} ~ {text}");
        }
        for (pattern, text) in [
            ("acme", "Acme Corp"),
            ("_", ""),
            ("a_", "a"),
            ("%x", "xy"),
            ("", "a"),
        ] {
            assert!(!fits(pattern, text), "{pattern} ~ {text}");
        }
    }

    #[test]
    fn takes_an_escaped_wildcard_as_itself() {
        let pattern = Pattern::new(&[Letter::plain('1'), Letter::plain('0'), Letter::escaped('%')]);
        assert!(pattern.fits("10%"));
        assert!(!pattern.fits("100"));
    }
}
