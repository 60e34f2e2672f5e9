//! The words of a language, from its data file: commands, small words, numbers, months. What is done with them is left to
//! the commands and the slot types.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::display::Writing;
use crate::effect::Does;
use crate::fixed::FixedMap;
use crate::locale::Locale;

use super::around::Around;
use super::calendar::Calendar;
use super::clock::Clock;
use super::command::Command;
use super::counting::Counting;
use super::currency::Shared;
use super::language::{ENGLISH, LANGUAGES};
use super::listing::ListWords;
use super::phrasing::Phrasing;

/// The words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    politeness: Vec<String>,
    pub(super) commands: BTreeMap<String, Vec<String>>,
    /// The entries of those lists, and which command each is.
    #[serde(skip)]
    pub(super) entries: FixedMap<String, Command>,
    /// What joins a yes or no to what follows it: "but ".
    pub(super) lead_joints: Vec<String>,
    /// Other ways to say yes and no where one of them is asked for.
    yes_words: BTreeSet<String>,
    no_words: BTreeSet<String>,
    pub(super) lead_ins: Vec<String>,
    pub(super) text_lead_ins: Vec<String>,
    acknowledgements: Vec<String>,
    follow_ups: Vec<String>,
    narrowings: Vec<String>,
    function_words: BTreeSet<String>,
    /// Words that say little by themselves when a template is chosen, without accents.
    pub(super) little_words: BTreeSet<String>,
    /// What politeness may stand at the ends of an example.
    pub(super) polite_words: BTreeSet<String>,
    /// Contractions typed without their apostrophe: no slips.
    pub(super) contractions: BTreeSet<String>,
    /// What points at a thing before it: "the", "my"; and nouns that stand for any.
    pub(super) determiners: BTreeSet<String>,
    pub(super) any_nouns: BTreeSet<String>,
    /// Politeness that may close an answer.
    pub(super) closings: Vec<String>,
    /// Words that stay small inside a name.
    pub(super) inside_names: BTreeSet<String>,
    /// What ends with a full stop that ends no sentence.
    pub(super) abbreviations: BTreeSet<String>,
    pub(super) not_names: BTreeSet<String>,
    pub(super) honorifics: BTreeSet<String>,
    pub(super) particles: BTreeSet<String>,
    pub(super) suffixes: BTreeSet<String>,
    pub(super) company_words: BTreeSet<String>,
    /// Words that companies and things are called by.
    pub(super) things_too: BTreeSet<String>,
    /// Legal forms that stand behind a company's name in small letters too, and are no word of the language.
    pub(super) legal_forms: BTreeSet<String>,
    /// What is said of somebody who works elsewhere now.
    pub(super) joining: Vec<String>,
    /// Bodies that have what they are of in their names: "City of Duluth".
    pub(super) bodies: BTreeSet<String>,
    pub(super) title_words: BTreeSet<String>,
    /// Words of jobs that are cut short, without their full stop: "sr", "dir".
    #[serde(default)]
    pub(super) job_abbreviations: BTreeSet<String>,
    /// Fields of work that make a job of a word like "lead" or "partner".
    pub(super) job_fields: BTreeSet<String>,
    pub(super) person_cues: BTreeSet<String>,
    pub(super) company_cues: BTreeSet<String>,
    pub(super) place_cues: BTreeSet<String>,
    /// What stands before whom something is done with, and what may.
    pub(super) with_party: BTreeSet<String>,
    pub(super) to_party: BTreeSet<String>,
    pub(super) ordinals: BTreeMap<String, usize>,
    /// What stands beside an ordinal: "number".
    ordinal_words: BTreeSet<String>,
    pointing_back: BTreeSet<String>,
    last_ones: BTreeSet<String>,
    negations: Vec<String>,
    pub(super) lists: ListWords,
    pub(super) numbers: BTreeMap<String, f64>,
    pub(super) scales: BTreeMap<String, f64>,
    pub(super) digits: BTreeMap<String, String>,
    pub(super) repeats: BTreeMap<String, usize>,
    pub(super) currencies: BTreeMap<String, String>,
    /// Words for currencies that stand behind their figure only.
    pub(super) currencies_behind: BTreeSet<String>,
    /// What several currencies are called.
    pub(super) currencies_shared: Vec<Shared>,
    /// Months and weekdays as they are written.
    pub(crate) months: Vec<String>,
    pub(crate) weekdays: Vec<String>,
    pub(crate) writing: Writing,
    pub(super) counting: Counting,
    pub(super) calendar: Calendar,
    pub(super) clock: Clock,
    pub(super) phrasing: Phrasing,
    pub(super) around: Around,
    pub(super) everything: BTreeSet<String>,
    pub(super) first_names: BTreeSet<String>,
    /// Things that other systems, or other templates, keep.
    pub(super) other_things: BTreeSet<String>,
    /// Words for a person or company that has not been named, and for any record.
    pub(super) anybody: BTreeSet<String>,
    /// Verbs by what they do; several words may be one.
    pub(super) verbs_of: BTreeMap<String, Vec<String>>,
    /// Verbs of what no record is asked for or changed by.
    other_verbs: Vec<String>,
    /// Those that can mean nothing else.
    sure_verbs: BTreeSet<String>,
    pub(super) cities: BTreeSet<String>,
    reasons: BTreeMap<String, String>,
    /// Months and weekdays in lower case.
    #[serde(skip)]
    pub(super) day_names: BTreeSet<String>,
    /// Name of a country in lower case to its English name; filled from its own file.
    #[serde(skip)]
    pub(super) countries: BTreeMap<String, String>,
    /// English name of a country to its two-letter code.
    #[serde(skip)]
    pub(super) codes: BTreeMap<String, String>,
}

impl Words {
    /// The words of a locale's language; English stands in for a language that has no file.
    pub fn of(locale: &Locale) -> &'static Words {
        let own = LANGUAGES.iter().find(|(tag, _)| *tag == locale.language);
        own.map_or(&*ENGLISH, |(_, words)| &**words)
    }

    /// Whether a language has a file.
    pub(crate) fn spoken(language: &str) -> bool {
        let language = language.to_lowercase();
        language == "en" || LANGUAGES.iter().any(|(tag, _)| *tag == language)
    }

    /// The sentence for a reason why an answer was not taken (`Refusal::reason`), for people.
    pub fn reason(&self, key: &str) -> Option<&str> {
        self.reasons.get(key).map(String::as_str)
    }

    /// Whether a text is the two letters of a country.
    pub(crate) fn is_country_code(&self, text: &str) -> bool {
        self.codes.values().any(|code| code == text)
    }

    /// The two letters of a country that is named, or written in small ones.
    pub(crate) fn country_code(&self, text: &str) -> Option<&str> {
        let named = self.countries.get(&normal(text));
        let code = named.and_then(|name| self.codes.get(name));
        let small = || {
            self.codes
                .values()
                .find(|code| code.eq_ignore_ascii_case(text))
        };
        code.or_else(small).map(String::as_str)
    }

    /// "2", "#2", "the second one", "number two": which one, from 1.
    pub fn ordinal(&self, text: &str) -> Option<usize> {
        let text = normal(text);
        if let Some(n) = self.ordinals.get(&text) {
            return Some(*n);
        }
        let words: Vec<&str> = text
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .filter(|word| {
                !(word.is_empty() || self.ordinal_words.contains(*word)) || text == *word
            })
            .collect();
        let [word] = words.as_slice() else {
            return None;
        };
        word.parse()
            .ok()
            .or_else(|| self.ordinals.get(*word).copied())
    }

    /// Whether words of a text in normal form point at a row: "number 2", "the second one", "the last one".
    pub(super) fn points_at_row(&self, gram: &[&str]) -> bool {
        let text = gram.join(" ");
        let first = gram.first().copied().unwrap_or_default();
        let leads = (self.ordinal_words.contains(first) || self.ordinals.contains_key(first))
            && !self.numbers.contains_key(first)
            && !self.negations.iter().any(|no| no.trim() == first)
            && !self.politeness.iter().any(|polite| polite == first);
        let row = self.ordinal(&text).is_some() || self.last_ones.contains(&text);
        leads && row
    }

    /// "One" of "the second one".
    pub(super) fn stands_for_one(&self, word: &str) -> bool {
        self.ordinal_words.contains(word) && !self.determines(word)
    }

    /// Whether a row is told by its rank among those on the screen: "the second one", not "number 2".
    pub(crate) fn ranks(&self, text: &str) -> bool {
        let text = normal(text);
        let mut said = text.split(' ');
        said.any(|word| self.ordinals.contains_key(word) && !self.numbers.contains_key(word))
    }

    /// Yes or no, by a word that is one only where it is asked for: "true", "off".
    pub(super) fn yes_or_no(&self, text: &str) -> Option<bool> {
        match (self.yes_words.contains(text), self.no_words.contains(text)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    /// What the verb does that a text in normal form begins with, where it ends, and whether it can mean nothing else.
    pub(super) fn verb(&self, text: &str) -> Option<(Does, usize, bool)> {
        let found = self.verbs_of.iter().filter_map(|(does, verbs)| {
            let longest = verbs
                .iter()
                .filter(|verb| {
                    text.strip_prefix(verb.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                })
                .map(String::len)
                .max()?;
            Some((does, longest))
        });
        let (does, end) = found.max_by_key(|(_, end)| *end)?;
        let does = match does.as_str() {
            "create" => Does::Create,
            "update" => Does::Update,
            "delete" => Does::Delete,
            _ => Does::Read,
        };
        Some((does, end, self.sure_verbs.contains(&text[..end])))
    }

    /// The verb that a text begins with, politeness aside, where no record is asked for or changed by it: "email Ida", not
    /// "email of Ida" or "email: …".
    pub(super) fn other_verb(&self, text: &str) -> Option<&str> {
        let text = self.without_politeness(&normal(text));
        let behind = |verb: &str| text.strip_prefix(verb)?.strip_prefix(' ').map(str::trim);
        let fits = |verb: &&String| {
            behind(verb).is_some_and(|rest| {
                let next = rest.split(' ').next().unwrap_or_default();
                !next.is_empty()
                    && !matches!(next, "of" | "for" | "is" | "was" | "to" | "=" | "-")
                    && next.chars().next().is_some_and(char::is_alphabetic)
            })
        };
        self.other_verbs.iter().find(fits).map(String::as_str)
    }

    /// "Her", "it", "the one I just made": the record last spoken of.
    pub(crate) fn points_back(&self, text: &str) -> bool {
        self.pointing_back.contains(&normal(text))
    }

    /// "The last one": of a list, its last row.
    pub(crate) fn is_last(&self, text: &str) -> bool {
        self.last_ones.contains(&normal(text))
    }

    /// Whether a word says nothing by itself.
    pub fn is_function_word(&self, word: &str) -> bool {
        self.function_words.contains(word)
    }

    /// Whether a text only says that something was done ("done", "ok"), which answers no question.
    pub fn is_acknowledgement(&self, text: &str) -> bool {
        let text = normal(text);
        self.acknowledgements.contains(&text)
            || self
                .acknowledgements
                .contains(&self.without_politeness(&text))
    }

    /// "and Ida?", "what about Ida": what follows, where a text goes on with the last request.
    pub fn follow_up<'t>(&self, text: &'t str) -> Option<&'t str> {
        after_words(text, &self.follow_ups)
    }

    /// "only the hot ones": what follows, where a text narrows what was shown.
    pub fn narrowing<'t>(&self, text: &'t str) -> Option<&'t str> {
        after_words(text, &self.narrowings)
    }

    /// What a negation is about: "phone" of "no phone".
    pub fn negation<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.negations
            .iter()
            .find_map(|negation| text.strip_prefix(negation.as_str()))
            .map(str::trim)
    }

    /// Whether a word is a verb of a request.
    pub(super) fn is_verb(&self, word: &str) -> bool {
        self.verbs_of.values().flatten().any(|verb| verb == word)
    }

    /// A name without the words of a request before it: "whats kip", "fix ida".
    pub(super) fn without_asking<'t>(&self, piece: &'t str) -> &'t str {
        let mut piece = piece;
        while let Some((first, rest)) = piece.split_once(' ')
            && first.starts_with(char::is_lowercase)
            && (self.not_names.contains(first)
                || self.function_words.contains(first)
                || self.verbs_of.values().flatten().any(|verb| verb == first)
                || self.politeness.iter().any(|polite| polite == first))
        {
            piece = rest.trim_start();
        }
        piece
    }

    /// Whether a word stands before a thing: "the", "my", "every".
    pub(super) fn determines(&self, word: &str) -> bool {
        self.determiners.contains(word)
    }

    /// Whether a text in normal form is nothing but politeness.
    pub(super) fn is_polite(&self, text: &str) -> bool {
        let mut rest = text.trim();
        while let Some(polite) = self
            .politeness
            .iter()
            .filter(|polite| {
                rest.strip_prefix(polite.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            })
            .max_by_key(|polite| polite.len())
        {
            rest = rest[polite.len()..].trim_start();
            rest = rest.strip_prefix("and ").unwrap_or(rest);
        }
        rest.is_empty()
    }

    /// A text without the words of politeness at its ends.
    pub(super) fn without_politeness(&self, text: &str) -> String {
        let mut text = text.trim().to_owned();
        loop {
            let before = text.len();
            for polite in &self.politeness {
                if let Some(rest) = text
                    .strip_prefix(polite.as_str())
                    .and_then(|r| r.strip_prefix(' '))
                {
                    text = rest.trim().to_owned();
                }
                if let Some(rest) = text
                    .strip_suffix(polite.as_str())
                    .and_then(|r| r.strip_suffix(' '))
                {
                    text = rest.trim().to_owned();
                }
            }
            if text.len() == before {
                return text;
            }
        }
    }
}

/// What stands behind one of these, whole words, in any case; the longest counts.
fn after_words<'t>(text: &'t str, words: &[String]) -> Option<&'t str> {
    let text = text.trim();
    let fits = |words: &String| {
        let head = text.get(..words.len())?;
        let rest = text.get(words.len()..)?;
        (head.eq_ignore_ascii_case(words) && rest.starts_with([' ', ',']))
            .then(|| rest.trim_start_matches([' ', ',']))
    };
    words
        .iter()
        .filter_map(fits)
        .min_by_key(|rest| rest.len())
        .filter(|rest| !rest.is_empty())
}

/// Lower case, NFKC, one kind of apostrophe, single spaces, no punctuation at word ends.
pub(super) fn normal(text: &str) -> String {
    if text.is_ascii() {
        return in_words(&text.to_ascii_lowercase().replace('`', "'"));
    }
    let text = text.nfkc().collect::<String>().to_lowercase();
    in_words(&text.replace(['’', '‘', '`'], "'"))
}

/// Single spaces, no punctuation at word ends.
fn in_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| ".,;:!…\"()".contains(c));
        if !word.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    if out.len() > 1 {
        out.truncate(out.trim_end_matches('?').len());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_the_data_file_can_be_met() {
        let words = Words::of(&Locale::of("en-US"));
        for (list, entries) in &words.commands {
            for entry in entries {
                assert!(
                    !entry.is_empty(),
                    "an entry of {list} is nothing in normal form"
                );
            }
        }
        assert_eq!(
            words.countries.get("holland").map(String::as_str),
            Some("Netherlands")
        );
        assert!(words.reason("not_an_email").is_some());
    }
}
