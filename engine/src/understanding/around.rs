//! What stands around values in a sentence, from the language's file: what leads to a company, what labels a town, what lies
//! between a label and its value. What is made of it is told by the files of the kinds of values (`entity/`).

use std::collections::BTreeSet;

use serde::Deserialize;

/// What stands around values, by what it is for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Around {
    /// Before and behind the name of a record, and no part of it; `{noun}` is what its kind is called.
    before_record: Vec<String>,
    behind_record: Vec<String>,
    /// Right before the name of a record.
    pub(super) record_cues: BTreeSet<String>,
    /// What any kind of record is called.
    pub(super) record_nouns: Vec<String>,
    /// Between a label and its value, and how sure it is then; the first that fits counts.
    pub(super) signs: Vec<(String, f32)>,
    /// Between a label and whose it is, and what then leads to the value.
    pub(super) whose: Vec<String>,
    pub(super) whose_value: Vec<String>,
    /// What it was before: "from Chile to Peru".
    pub(super) changed_from: String,
    pub(super) changed_to: String,
    /// Behind a value, where another clause begins.
    pub(super) next_clauses: Vec<String>,
    /// At the end of a value, where another one was to follow.
    pub(super) hanging: String,
    /// Before a label that opens a clause.
    pub(super) before_labels: Vec<String>,
    /// Before a value that takes the place of a wrong one.
    pub(super) corrected: Vec<String>,
    /// Before the name of a thing, and what ends such a name.
    pub(super) called: Vec<String>,
    pub(super) called_ends: Vec<String>,
    /// Last word of a slot's name that holds what a thing is called.
    pub(super) name_noun: String,
    /// Before somebody something is done with: no name of a thing.
    pub(super) parties: BTreeSet<String>,
    /// Words whose full stop ends no value.
    pub(super) stopped: BTreeSet<String>,
    /// Near a company's name: labels, and what says that somebody works there.
    pub(super) company_labels: BTreeSet<String>,
    pub(super) company_signs: Vec<String>,
    pub(super) works_before: BTreeSet<String>,
    pub(super) works: BTreeSet<String>,
    /// What a company's name in small letters surely follows.
    pub(super) company_leads: Vec<String>,
    /// Behind a person's name, where the company or more follows, and what ends an answer that is one.
    pub(super) behind_person: BTreeSet<String>,
    pub(super) person_ends: Vec<String>,
    /// Labels of the parts of a name; and what says that the name is somebody else's.
    pub(super) first_labels: BTreeSet<String>,
    pub(super) last_labels: BTreeSet<String>,
    pub(super) of_another: BTreeSet<String>,
    /// Months that are names too.
    pub(super) named_months: BTreeSet<String>,
    /// Near the name of a town.
    pub(super) city_labels: BTreeSet<String>,
    pub(super) city_signs: Vec<String>,
    pub(super) city_cues: BTreeSet<String>,
    pub(super) lives: BTreeSet<String>,
    /// Before a town in an answer, and before one in small letters.
    pub(super) city_heads: Vec<String>,
    pub(super) city_leads: Vec<String>,
    /// Before the name of a country.
    pub(super) country_labels: Vec<String>,
    pub(super) country_leads: Vec<String>,
    /// Short names of countries that are used in sentences, and names that are as often something else's.
    pub(super) country_codes: BTreeSet<String>,
    pub(super) doubtful_countries: BTreeSet<String>,
    /// Jobs that are jobs only where they are a piece of their own; ranks that have a field of work behind "of", and those
    /// of a company.
    pub(super) doubtful_jobs: BTreeSet<String>,
    pub(super) ranks: BTreeSet<String>,
    pub(super) ranks_of_work: BTreeSet<String>,
    pub(super) rank_joints: BTreeSet<String>,
    pub(super) behind_job: BTreeSet<String>,
}

impl Around {
    /// What may stand before the name of a record that is called by one of these nouns.
    pub(super) fn before_record<'a>(&'a self, nouns: &'a [String]) -> impl Iterator<Item = String> {
        with_nouns(&self.before_record, nouns)
    }

    /// And behind it.
    pub(super) fn behind_record<'a>(&'a self, nouns: &'a [String]) -> impl Iterator<Item = String> {
        with_nouns(&self.behind_record, nouns)
    }
}

/// Each phrase, once for each noun where it has one.
fn with_nouns<'a>(phrases: &'a [String], nouns: &'a [String]) -> impl Iterator<Item = String> {
    phrases.iter().flat_map(move |phrase| {
        let times = if phrase.contains("{noun}") {
            nouns.len()
        } else {
            1
        };
        let noun = |n: usize| nouns.get(n).map_or("", String::as_str);
        (0..times).map(move |n| phrase.replace("{noun}", noun(n)))
    })
}
