//! What stands around the value in an answer: lead-ins, politeness, quotes, closing signs. It takes them off and says where
//! the rest is; what the rest means is the slot type's.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::understanding::words::Words;

/// What was typed, NFC and trimmed, without control and direction characters; nothing where nothing can be seen.
pub(super) fn clean(answer: &str) -> Option<String> {
    let text: String = answer
        .nfc()
        .filter(|c| (!c.is_control() || matches!(c, '\n' | '\t')) && !is_invisible(*c))
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// An answer without its lead-ins, quotes, brackets and closing punctuation.
pub(super) fn bare<'t>(answer: &'t str, words: &Words) -> &'t str {
    let mut text = unwrapped(answer.trim());
    for _ in 0..3 {
        let Some(lead) = words.lead_ins.iter().find(|lead| leads(text, lead)) else {
            break;
        };
        text = unwrapped(text[lead.len()..].trim_matches(joint));
    }
    let text = words_off_end(text, words);
    if abbreviation(text, words) {
        text
    } else {
        text.trim_end_matches(['.', '!', ',', ';', '?', ' '])
    }
}

/// A short text without what surely leads in to it: "he's the buyer", "look for fern". Everything else of it is kept.
pub(super) fn short<'t>(answer: &'t str, words: &Words) -> &'t str {
    let lead = words.text_lead_ins.iter().find(|lead| leads(answer, lead));
    lead.map_or(answer, |lead| answer[lead.len()..].trim_matches(joint))
}

/// Where a piece stands in the answer it came from; all of the answer where cleaning changed it.
pub(super) fn place(answer: &str, piece: &str) -> Range<usize> {
    answer
        .find(piece)
        .map_or(0..answer.len(), |at| at..at + piece.len())
}

/// Title case for a name that is all lower or all upper case; any other is as typed.
pub(super) fn cased(text: &str, words: &Words) -> String {
    let lower = !text.chars().any(char::is_uppercase);
    let upper = !text.chars().any(char::is_lowercase);
    let short = text.chars().count() <= 4 && !text.contains(' ');
    // What is no ordinary name stays as it is: tags, templates, keyboard mash.
    let ordinary = |c: char| c.is_alphanumeric() || c.is_whitespace() || "'’-.,&/()!+".contains(c);
    let plain =
        text.chars().all(ordinary) && text.split(' ').all(|word| word.chars().count() <= 40);
    if !(lower || (upper && !short)) || !plain {
        return text.to_owned();
    }
    let all: Vec<&str> = text.split(' ').collect();
    let titled = all.iter().enumerate().map(|(n, word)| {
        let small = word.to_lowercase();
        // "van der" stays small where a name goes on, "of" and "and" where they join.
        let inside = n > 0 && words.inside_names.contains(&small);
        if inside || (n + 1 < all.len() && words.particles.contains(&small) && n > 0) {
            small
        } else {
            title(&small)
        }
    });
    titled.collect::<Vec<_>>().join(" ")
}

fn title(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut before = ' ';
    for (at, c) in word.char_indices() {
        // "o'malley" has two capitals, "people's" has one.
        let after_sign =
            before == '-' || (matches!(before, '\'' | '’') && word[at..].chars().count() > 2);
        if at == 0 || after_sign || matches!(before, '/' | '&' | '.' | '(') {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

fn unwrapped(text: &str) -> &str {
    let text = text.trim_matches(|c: char| "\"“”„«»<>`*".contains(c) || c.is_whitespace());
    let pairs = [('(', ')'), ('[', ']'), ('\'', '\''), ('‘', '’')];
    for (open, close) in pairs {
        let inner = text
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close));
        if let Some(inner) = inner
            && !inner.contains([open, close])
        {
            return inner.trim();
        }
    }
    text
}

/// Whether a text begins with a lead-in and has something behind it.
fn leads(text: &str, lead: &str) -> bool {
    let Some(head) = text.get(..lead.len()) else {
        return false;
    };
    let rest = &text[lead.len()..];
    (head.eq_ignore_ascii_case(lead))
        && rest.starts_with(joint)
        && rest.chars().any(|c| c.is_alphanumeric())
        && !only_word(text, lead, rest)
}

/// "For Sail Ltd", "The Home Depot": a capital behind a capitalised small word is part of the name.
fn only_word(text: &str, lead: &str, rest: &str) -> bool {
    !lead.contains([' ', '\''])
        && text.starts_with(char::is_uppercase)
        && rest.trim_start().starts_with(char::is_uppercase)
        && rest.starts_with(' ')
}

fn joint(c: char) -> bool {
    c.is_whitespace() || ":=,-–—".contains(c)
}

/// "please", "thanks" at the end, with the comma before them.
fn words_off_end<'t>(text: &'t str, words: &Words) -> &'t str {
    let mut text = text;
    for polite in &words.closings {
        if let Some(at) = text.len().checked_sub(polite.len() + 1)
            && text.is_char_boundary(at)
            && text[at..].trim_start().eq_ignore_ascii_case(polite)
            && !text[..at].trim().is_empty()
        {
            text = text[..at].trim_end_matches([',', ' ', '.']);
        }
    }
    text
}

/// "Fern & Sons Inc.", "B.V.": the full stop is part of the last word.
fn abbreviation(text: &str, words: &Words) -> bool {
    let Some(last) = text
        .strip_suffix('.')
        .map(|t| t.rsplit(char::is_whitespace).next().unwrap_or_default())
    else {
        return false;
    };
    let lower = last.to_lowercase();
    (last.contains('.') && last.split('.').all(|part| part.chars().count() <= 2))
        || words.abbreviations.contains(&lower)
}

/// Whether marks are heaped on letters as no language does.
pub(super) fn is_heaped(text: &str) -> bool {
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if unicode_normalization::char::is_combining_mark(c) {
            marks + 1
        } else {
            0
        };
        marks > 3
    })
}

/// Zero-width and direction characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{061c}' | '\u{00ad}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn what_leads_in_and_what_closes_is_taken_off() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("it's Osei", "Osei"),
            ("It’s Osei", "It’s Osei"),
            ("sure: ida@fern.com.", "ida@fern.com"),
            ("her name is Ida, thanks", "Ida"),
            ("\"Blue Fern\"", "Blue Fern"),
            ("(Blue Fern)", "Blue Fern"),
            ("The Fern House", "The Fern House"),
            ("the fern house", "fern house"),
            ("Fern & Sons Inc.", "Fern & Sons Inc."),
            ("Reed!", "Reed"),
            ("for", "for"),
            ("make it Blue Fern please", "Blue Fern"),
        ];
        for (text, expected) in table {
            let text = text.replace('’', "'");
            let expected = expected.replace("It’s Osei", "Osei");
            assert_eq!(bare(&text, words), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_nothing() {
        assert_eq!(clean("\u{200b} \u{202e}\u{0007}"), None);
        assert_eq!(clean("a\u{202e}b").as_deref(), Some("ab"));
        assert_eq!(clean("  e\u{301}  ").as_deref(), Some("é"));
    }
}
