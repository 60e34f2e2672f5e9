//! A text as pieces of the vocabulary: lower case, accents off, signs apart, then the longest piece that fits from the left.
//! Where a piece's word stands in the text is kept; what the pieces mean is the layers' business.

use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Pieces of a text that are looked at; with start and end they make 64.
const MOST: usize = 62;
/// Letters of a word beyond which it is no word.
const LONGEST: usize = 100;
/// Characters of a text that can matter: even one piece a letter is over by then, white space aside.
const CHARACTERS: usize = 16_384;

const UNKNOWN: u16 = 1;
const START: u16 = 2;
const END: u16 = 3;

/// One piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) id: u16,
    /// Where its word stands in the text, in bytes; empty for start and end.
    pub(crate) word: Range<usize>,
}

/// The tokens by their text.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    ids: HashMap<&'static str, u16>,
}

impl Vocabulary {
    /// The tokens, one a line; a token's place is its id.
    pub(crate) fn of(lines: &'static str) -> Vocabulary {
        let ids = lines
            .split('\n')
            .enumerate()
            .filter_map(|(id, token)| Some((token, u16::try_from(id).ok()?)))
            .collect();
        Vocabulary { ids }
    }

    /// The id of a word that stands whole in the vocabulary.
    pub(crate) fn id(&self, word: &str) -> Option<u16> {
        self.ids.get(word).copied()
    }

    /// The pieces of a text between start and end.
    pub(crate) fn pieces(&self, text: &str) -> Vec<Piece> {
        let sign = |id| Piece { id, word: 0..0 };
        let mut out = vec![sign(START)];
        let mut word = Word::default();
        for (at, c) in text.char_indices().take(CHARACTERS) {
            if out.len() > MOST {
                break;
            }
            let place = at..at + c.len_utf8();
            for lower in c.to_lowercase() {
                decompose_canonical(lower, |part| self.add(part, &place, &mut word, &mut out));
            }
        }
        self.close(&mut word, &mut out);
        out.truncate(MOST + 1);
        out.push(sign(END));
        out
    }

    fn add(&self, c: char, place: &Range<usize>, word: &mut Word, out: &mut Vec<Piece>) {
        match class(c) {
            Class::Space => self.close(word, out),
            // A mark belongs to the word before it.
            Class::Nothing => word.place.end = place.end,
            Class::Sign => {
                self.close(word, out);
                let mut sign = Word {
                    letters: c.to_string(),
                    place: place.clone(),
                };
                self.close(&mut sign, out);
            }
            Class::Letter => {
                if word.letters.is_empty() {
                    word.place.start = place.start;
                }
                word.place.end = place.end;
                word.letters.push(c);
            }
        }
    }

    /// Splits a word into pieces, the longest first; one that can't be split is one unknown piece.
    fn close(&self, word: &mut Word, out: &mut Vec<Piece>) {
        let letters = std::mem::take(&mut word.letters);
        if letters.is_empty() {
            return;
        }
        let place = word.place.clone();
        let before = out.len();
        let mut from = 0;
        let mut tried = String::new();
        let short = letters.chars().count() <= LONGEST;
        while short && from < letters.len() {
            let ends = letters[from..]
                .char_indices()
                .map(|(n, c)| from + n + c.len_utf8());
            let ends: Vec<usize> = ends.collect();
            let found = ends.iter().rev().find_map(|end| {
                let part = &letters[from..*end];
                let id = if from == 0 {
                    self.id(part)
                } else {
                    tried.clear();
                    tried.push_str("##");
                    tried.push_str(part);
                    self.id(&tried)
                };
                Some((id?, *end))
            });
            let Some((id, end)) = found else {
                break;
            };
            out.push(Piece {
                id,
                word: place.clone(),
            });
            from = end;
        }
        if from < letters.len() {
            out.truncate(before);
            out.push(Piece {
                id: UNKNOWN,
                word: place,
            });
        }
    }
}

/// A word that is being read.
#[derive(Debug, Default)]
struct Word {
    letters: String,
    place: Range<usize>,
}

enum Class {
    Space,
    Sign,
    Letter,
    Nothing,
}

fn class(c: char) -> Class {
    if c.is_ascii_alphanumeric() {
        return Class::Letter;
    }
    if c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c) {
        return Class::Space;
    }
    if c.is_ascii() {
        return if c.is_ascii_control() {
            Class::Nothing
        } else {
            Class::Sign
        };
    }
    match c.general_category() {
        GeneralCategory::NonspacingMark | GeneralCategory::Control | GeneralCategory::Format => {
            Class::Nothing
        }
        _ if c.general_category_group() == GeneralCategoryGroup::Punctuation => Class::Sign,
        _ => Class::Letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nrow\n##ing\nboat\n##s\n!\ne\n-\n##e";

    fn ids(text: &str) -> Vec<u16> {
        let vocabulary = Vocabulary::of(TOKENS);
        vocabulary.pieces(text).iter().map(|p| p.id).collect()
    }

    #[test]
    fn words_are_split_from_the_left_and_signs_stand_alone() {
        assert_eq!(ids("Rowing  BOATS!"), [2, 4, 5, 6, 7, 8, 3]);
        assert_eq!(ids("row-boat"), [2, 4, 10, 6, 3]);
        assert_eq!(ids("rowing oars"), [2, 4, 5, 1, 3]);
        assert_eq!(ids(""), [2, 3]);
        // Accents and marks without width leave their letter.
        assert_eq!(ids("é\u{200b}"), [2, 9, 3]);
        assert_eq!(ids("e\u{301}e"), [2, 9, 11, 3]);
    }

    #[test]
    fn a_long_text_is_cut_and_a_long_word_is_unknown() {
        assert_eq!(ids(&"boat ".repeat(500)).len(), 64);
        assert_eq!(ids(&"e".repeat(101)), [2, 1, 3]);
        assert_eq!(ids(&"e".repeat(100)).len(), 64);
    }

    #[test]
    fn a_piece_knows_where_its_word_stands() {
        let vocabulary = Vocabulary::of(TOKENS);
        let text = "Éé rowing";
        let places: Vec<&str> = vocabulary.pieces(text)[1..]
            .iter()
            .map(|piece| &text[piece.word.clone()])
            .collect();
        assert_eq!(places, ["Éé", "Éé", "rowing", "rowing", ""]);
    }
}
