//! What people say around a value and is no part of it, taken off: hedges, sounds of thinking, who it is said of, when, and
//! what is not meant. The words stand in the language's file.

use std::borrow::Cow;

use crate::understanding::words::Words;

use super::starts;

impl Words {
    /// An answer without what people add who are not sure: ", I think", "or so".
    pub(in crate::understanding) fn without_hedge<'t>(&self, answer: &'t str) -> &'t str {
        let mut answer = without_end(answer);
        let whole = answer;
        while let Some(at) = self.phrasing.hedges.iter().find_map(|hedge| {
            let at = answer.len().checked_sub(hedge.len() + 1)?;
            let tail = answer.get(at..)?;
            (tail.starts_with([' ', ',']) && tail[1..].eq_ignore_ascii_case(hedge) && at > 0)
                .then_some(at)
        }) {
            answer = answer[..at].trim_end_matches([' ', ',', '-']);
        }
        if answer.is_empty() { whole } else { answer }
    }

    /// A value without one behind it that is not meant: "Blum not Bloom".
    pub(in crate::understanding) fn without_rejected<'t>(&self, value: &'t str) -> &'t str {
        let cuts = self.phrasing.rejects.iter();
        let cut = cuts.filter_map(|lead| value.find(lead.as_str())).min();
        match cut {
            Some(at) if at > 0 => value[..at].trim_end_matches([' ', ',']),
            _ => value,
        }
    }

    /// A value without who it is said of before it and when or where behind it: "he's VP now" is "VP".
    pub(in crate::understanding) fn without_telling<'t>(&self, value: &'t str) -> &'t str {
        let mut value = value.trim();
        if let Some(head) = self
            .phrasing
            .subjects
            .iter()
            .find(|head| starts(value, head))
        {
            value = value[head.len()..].trim_start();
        }
        self.without_trailing(value)
    }

    /// A value without when or where it is said of behind it: "VP now too" is "VP".
    pub(in crate::understanding) fn without_trailing<'t>(&self, value: &'t str) -> &'t str {
        let mut value = value;
        while let Some(at) = self.phrasing.trailing.iter().find_map(|end| {
            let at = value.len().checked_sub(end.len() + 1)?;
            let tail = value.get(at..)?;
            (at > 0 && tail.starts_with(' ') && tail[1..].eq_ignore_ascii_case(end)).then_some(at)
        }) {
            value = value[..at].trim_end();
        }
        value
    }

    /// A text without the sounds of thinking, wherever they stand: they are no part of what is dictated.
    pub(in crate::understanding) fn without_hesitation<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let hesitates = |piece: &&str| {
            let word = piece.trim_end().trim_end_matches([',', '.', '…']);
            self.phrasing.hesitations.iter().any(|sound| sound == word)
        };
        let pieces = || text.split_inclusive(char::is_whitespace);
        if !pieces().any(|piece| hesitates(&piece)) || pieces().all(|piece| hesitates(&piece)) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(pieces().filter(|piece| !hesitates(piece)).collect())
    }

    /// A value without the sounds of thinking at its ends.
    pub(in crate::understanding) fn without_fillers<'t>(&self, value: &'t str) -> &'t str {
        let fills = |word: &str| {
            let word = word.trim_matches([',', '.', '…']);
            let mut all = self.phrasing.fillers.iter();
            all.any(|filler| word.eq_ignore_ascii_case(filler))
        };
        let mut value = value.trim();
        while let Some((first, rest)) = value.split_once(' ')
            && fills(first)
        {
            value = rest.trim_start();
        }
        while let Some((rest, last)) = value.rsplit_once(' ')
            && fills(last)
        {
            value = rest.trim_end_matches([' ', ',']);
        }
        value
    }

    /// A text without the thanks that close it: "…, thank you in advance". A single word of politeness stays.
    pub(in crate::understanding) fn without_closing<'t>(&self, text: &'t str) -> &'t str {
        let trimmed = text.trim_end_matches(['.', '!', ' ']);
        let lower = trimmed.to_lowercase();
        let closing = (self.closings.iter())
            .filter(|closing| closing.contains(' ') && lower.len() == trimmed.len())
            .filter(|closing| lower.ends_with(closing.as_str()))
            .max_by_key(|closing| closing.len());
        let Some(closing) = closing else { return text };
        let rest = &trimmed[..trimmed.len() - closing.len()];
        let bare = rest.trim_end_matches([' ', ',', '.', ';', '-', '\n', '!']);
        if bare.is_empty() || bare.len() == rest.len() {
            text
        } else {
            bare
        }
    }

    /// What shall stay empty: "title" of "leave the title empty" and of "title not needed".
    pub(in crate::understanding) fn left_empty<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut ends = self.phrasing.unneeded.iter();
        let rest = ends.find_map(|end| text.strip_suffix(end.as_str()))?;
        let rest = rest.strip_prefix("leave ").unwrap_or(rest);
        Some(
            ["the ", "his ", "her ", "their "]
                .iter()
                .find_map(|a| rest.strip_prefix(a))
                .unwrap_or(rest),
        )
    }
}

/// An answer without the sign that ends it; the full stop of "9 p.m." is its own.
fn without_end(answer: &str) -> &str {
    let bare = answer.trim_end_matches([' ', '.', '!']);
    let last = bare.rsplit(' ').next().unwrap_or_default();
    match last.contains('.') && answer[bare.len()..].starts_with('.') && last.len() < 6 {
        true => &answer[..=bare.len()],
        false => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn sounds_of_thinking_are_left_out_wherever_they_stand() {
        let words = Words::of(&Locale::of("en"));
        for (text, expected) in [
            (
                "um add Orla Finch uh from Fernhill",
                "add Orla Finch from Fernhill",
            ),
            ("phone is, umm, 555 0123", "phone is, 555 0123"),
            (
                "add Umm Kulthum of UM Systems",
                "add Umm Kulthum of UM Systems",
            ),
            ("um", "um"),
            (
                "Name: Orla\nuh, Company: Fernhill",
                "Name: Orla\nCompany: Fernhill",
            ),
        ] {
            assert_eq!(words.without_hesitation(text), expected);
        }
    }

    #[test]
    fn the_sign_that_ends_an_answer_is_no_part_of_it() {
        let words = Words::of(&Locale::of("en"));
        for (text, expected) in [
            ("2 a.m.", "2 a.m."),
            ("Fern Street.", "Fern Street"),
            ("Fern Street, I think", "Fern Street"),
        ] {
            assert_eq!(words.without_hedge(text), expected);
        }
    }
}
