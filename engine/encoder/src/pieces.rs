//! A text in WordPieces: lower case, accents stripped, signs apart, the longest known piece first. The rules are the model's
//! own; another cut would give it other words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::PIECES;
use crate::vocabulary::Vocabulary;

const UNKNOWN: u32 = 1;
const CLS: u32 = 2;
const SEP: u32 = 3;
/// Letters from which on a word is not looked up.
const LONGEST: usize = 100;

/// The ids of a text, between [CLS] and [SEP].
pub(crate) fn ids(text: &str, vocabulary: &Vocabulary<'_>) -> Vec<u32> {
    let mut ids = vec![CLS];
    let mut word = String::new();
    let letters = text.chars().flat_map(char::to_lowercase).nfd();
    for letter in letters.filter(|c| !is_combining_mark(*c)) {
        if ids.len() > PIECES {
            break;
        }
        if letter.is_whitespace() {
            take(&mut word, vocabulary, &mut ids);
        } else if is_sign(letter) {
            take(&mut word, vocabulary, &mut ids);
            word.push(letter);
            take(&mut word, vocabulary, &mut ids);
        } else if !is_unseen(letter) {
            word.push(letter);
        }
    }
    take(&mut word, vocabulary, &mut ids);
    ids.truncate(PIECES - 1);
    ids.push(SEP);
    ids
}

/// Cuts a word, the longest piece first; a word that can't be cut to its end is unknown as a whole.
fn take(word: &mut String, vocabulary: &Vocabulary<'_>, ids: &mut Vec<u32>) {
    if word.is_empty() {
        return;
    }
    let first = ids.len();
    let mut at = 0;
    let short = word.chars().count() <= LONGEST;
    while at < word.len() && short {
        let ends = word[at..]
            .char_indices()
            .map(|(n, c)| at + n + c.len_utf8());
        let piece = ends
            .rev()
            .find_map(|end| Some((end, vocabulary.id(&word.as_bytes()[at..end], at > 0)?)));
        let Some((end, id)) = piece else {
            break;
        };
        ids.push(id);
        at = end;
    }
    if at < word.len() {
        ids.truncate(first);
        ids.push(UNKNOWN);
    }
    word.clear();
}

/// ASCII signs, and punctuation of other scripts.
fn is_sign(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2308}'..='\u{230b}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}'
            | '\u{ff01}'..='\u{ff03}' | '\u{ff05}'..='\u{ff0a}' | '\u{ff0c}'..='\u{ff0f}' | '\u{ff1a}' | '\u{ff1b}'
            | '\u{ff1f}' | '\u{ff20}')
            && !matches!(c, '\u{2044}' | '\u{2052}')
}

/// Controls and format characters, which are no part of a word.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}
