//! How people put things in a hurry: once more, another one, second thoughts, any of a kind. The words stand in the language's
//! file.

use super::starts;
use crate::understanding::words::{Words, normal};

impl Words {
    /// A name without the small words before any of a kind: "ceramics" of "any ceramics". With a capital such a word is the name's.
    pub(in crate::understanding) fn without_any<'t>(&self, name: &'t str) -> &'t str {
        let mut name = name;
        while let Some((first, rest)) = name.split_once(' ')
            && self.phrasing.of_any.iter().any(|word| word == first)
        {
            name = rest.trim_start();
        }
        name
    }

    /// Whether a request is to be done after what stands before it: "then delete Ida".
    pub(in crate::understanding) fn comes_after(&self, text: &str) -> bool {
        self.phrasing
            .sequences
            .iter()
            .any(|head| starts(text, head))
    }

    /// Whether a text asks whether there is something: "anything from last week?". No write and no name is put so.
    pub(in crate::understanding) fn asks_for_any(&self, text: &str) -> bool {
        let said = normal(text);
        let opens = said.split(' ').next().unwrap_or_default();
        text.trim_end().ends_with('?')
            && said.contains(' ')
            && (self.is_quantity(opens)
                || self.phrasing.asking.iter().any(|head| starts(&said, head)))
    }

    /// Whether a word asks: "what's".
    pub(in crate::understanding) fn is_question_word(&self, word: &str) -> bool {
        self.phrasing.asking.iter().any(|head| head.trim() == word)
    }

    /// Whether a word stands for the thing last spoken of where it is to be changed: "make that hot".
    pub(in crate::understanding) fn points_at_last(&self, word: &str) -> bool {
        let word = normal(word);
        self.points_back(&word) || self.points_back(&format!("{word} one"))
    }

    /// Whether a text asks for the same attempt once more: "check again".
    pub(in crate::understanding) fn tries_again(&self, text: &str) -> bool {
        let text = normal(text);
        let tries = &self.phrasing.tries;
        tries.contains(&text) || tries.contains(&self.without_politeness(&text))
    }

    /// What stands behind the words with which somebody thinks again: "city is Bath" of "wait, sorry city is Bath".
    pub(in crate::understanding) fn beyond_second_thoughts<'t>(&self, text: &'t str) -> &'t str {
        let mut rest = text.trim_start_matches([',', '.', ' ']);
        let heads = || {
            self.phrasing
                .corrections
                .iter()
                .chain(&self.phrasing.retakes)
        };
        let bare = |head: &String| head.trim_end_matches([',', ' ']).to_owned();
        while let Some(head) = heads()
            .map(bare)
            // "No the city", "change the city": words of the field's own clause stay.
            .filter(|head| !head.starts_with("no") && head != "change")
            .find(|head| starts(rest, head) && rest[head.len()..].starts_with([' ', ',', '.']))
        {
            rest = rest[head.len()..].trim_start_matches([',', '.', ' ']);
        }
        rest
    }

    /// What a text that asks for one more of what was just made tells of it: "for Ida Blum" of "and another one for Ida Blum".
    pub(in crate::understanding) fn once_more<'t>(&self, text: &'t str) -> Option<&'t str> {
        let heads = || self.phrasing.once_more.iter();
        let bare = self.follow_up(text).unwrap_or(text).trim();
        let head = heads()
            .filter(|head| starts(bare, head))
            .max_by_key(|head| head.len())?;
        let rest = &bare[head.len()..];
        (!rest.starts_with(char::is_alphanumeric))
            .then(|| rest.trim_start_matches([' ', ',', ':', '-']))
    }
}
