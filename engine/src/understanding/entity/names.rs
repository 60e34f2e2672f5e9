//! A text with the names it holds: the runs of its words, addresses, people, companies and countries, each looked for once
//! and only when some slot's type asks for it. How they are found is told by the files of their kinds.

use std::cell::OnceCell;

use super::listed::{self, Listed};
use super::person::{self, Person};
use super::run::{self, Run};
use super::{Reader, Reading, borne_out, email, labelled, organization, place};
use crate::understanding::words::Words;

/// A text that several slots look for their values in.
pub(in crate::understanding) struct Names<'t> {
    /// The text.
    pub(in crate::understanding) text: &'t str,
    /// The words of its language.
    pub(in crate::understanding) words: &'t Words,
    lower: OnceCell<String>,
    letters: OnceCell<u64>,
    form: OnceCell<bool>,
    runs: OnceCell<Vec<Run<'t>>>,
    addresses: OnceCell<Vec<Reading>>,
    borne_out: OnceCell<Listed>,
    by_place: OnceCell<Listed>,
    people: OnceCell<Vec<Person>>,
    companies: OnceCell<Vec<Reading>>,
    countries: OnceCell<Vec<Reading>>,
}

impl<'t> Names<'t> {
    /// Of this text; nothing is looked for yet.
    pub(in crate::understanding) fn of(text: &'t str, words: &'t Words) -> Names<'t> {
        Names {
            text,
            words,
            lower: OnceCell::new(),
            letters: OnceCell::new(),
            form: OnceCell::new(),
            runs: OnceCell::new(),
            addresses: OnceCell::new(),
            borne_out: OnceCell::new(),
            by_place: OnceCell::new(),
            people: OnceCell::new(),
            companies: OnceCell::new(),
            countries: OnceCell::new(),
        }
    }

    /// The text in lower case.
    pub(super) fn lower(&self) -> &str {
        self.lower.get_or_init(|| self.text.to_lowercase())
    }

    /// Whether a name in lower case may stand in the text: all its letters do.
    pub(super) fn may_hold(&self, name: &str) -> bool {
        let known = *self.letters.get_or_init(|| letters(self.lower()));
        letters(name) & !known == 0
    }

    /// Whether it is a form of the reader's template, which is the same for all that is asked of these names.
    pub(super) fn is_form(&self, reader: &Reader<'_>) -> bool {
        *self
            .form
            .get_or_init(|| labelled::is_form(self.lower(), reader, self.words))
    }

    /// Runs of words that may be names, in order.
    pub(super) fn runs(&self) -> &[Run<'t>] {
        self.runs.get_or_init(|| run::runs(self.text, self.words))
    }

    /// Whether no capital can be a person's or a company's: there are none, or towns and countries alone have them.
    pub(super) fn hide_people(&self) -> bool {
        self.runs().iter().all(|run| {
            let whole = run.text.to_lowercase();
            self.words.cities.contains(&whole) || self.words.countries.contains_key(&whole)
        })
    }

    /// E-mail addresses.
    pub(super) fn addresses(&self) -> &[Reading] {
        self.addresses.get_or_init(|| email::find(self.text))
    }

    /// The person and the company that an address bears out.
    pub(super) fn borne_out(&self) -> &Listed {
        self.borne_out.get_or_init(|| borne_out::borne_out(self))
    }

    /// The person and the company that their place in a list tells.
    pub(super) fn by_place(&self) -> &Listed {
        self.by_place
            .get_or_init(|| listed::by_place(self.text, self.words))
    }

    /// People; the first that is surely one comes first.
    pub(super) fn people(&self) -> &[Person] {
        self.people.get_or_init(|| person::people(self))
    }

    /// Companies, in order.
    pub(super) fn companies(&self) -> &[Reading] {
        self.companies.get_or_init(|| organization::find(self))
    }

    /// Countries, by any of their names.
    pub(super) fn countries(&self) -> &[Reading] {
        self.countries
            .get_or_init(|| place::countries(self.text, self.words))
    }
}

/// The letters of a text, a bit for each that may be there.
fn letters(text: &str) -> u64 {
    text.bytes()
        .fold(0, |known, byte| known | (1 << (byte & 63)))
}
