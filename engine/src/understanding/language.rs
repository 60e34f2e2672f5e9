//! The languages that have a file: each is read once, when it is first needed. What the file of a language lacks is
//! English's, and so are commands, which people of every language give in English too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::command::entries;
use super::counting::spellings;
use super::words::{Words, normal};

const ENGLISH_FILE: &str = include_str!("../locale/en.yaml");

pub(super) static ENGLISH: LazyLock<Words> = LazyLock::new(|| {
    let words = serde_yaml::from_str(ENGLISH_FILE).expect("the English data file is of this shape");
    ready(words)
});

/// The languages beside English.
pub(super) static LANGUAGES: [(&str, LazyLock<Words>); 4] = [
    (
        "de",
        LazyLock::new(|| over_english(include_str!("../locale/de.yaml"))),
    ),
    (
        "es",
        LazyLock::new(|| over_english(include_str!("../locale/es.yaml"))),
    ),
    (
        "fr",
        LazyLock::new(|| over_english(include_str!("../locale/fr.yaml"))),
    ),
    (
        "pt",
        LazyLock::new(|| over_english(include_str!("../locale/pt.yaml"))),
    ),
];

/// Tables of which a language's file need only hold what is its own.
const JOINED: [&str; 5] = ["phrasing", "around", "sentences", "reasons", "currencies"];

fn over_english(file: &str) -> Words {
    let read = |file| -> Map<String, Value> {
        let options = serde_yaml::options! {
            // "No" is a word here.
            strict_booleans: true,
        };
        serde_yaml::from_str_with_options(file, options)
            .expect("a data file of a language is a map")
    };
    let mut all = read(ENGLISH_FILE);
    let own = read(file);
    let english = all.get("commands").cloned().unwrap_or_default();
    put_over(&mut all, own);
    join_commands(&mut all, &english);
    let words = serde_json::from_value(Value::Object(all))
        .expect("the data file of a language has the keys and shapes of the English one");
    ready(words)
}

fn put_over(all: &mut Map<String, Value>, own: Map<String, Value>) {
    for (key, value) in own {
        match (all.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) if JOINED.contains(&key.as_str()) => {
                put_over(old, new);
            }
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
}

/// The commands of English behind the language's own, but for those that mean something else there.
fn join_commands(all: &mut Map<String, Value>, english: &Value) {
    let Some(Value::Object(own)) = all.get_mut("commands") else {
        return;
    };
    let said = |list: &Value| -> Vec<String> {
        let entries = list.as_array().into_iter().flatten();
        entries
            .filter_map(|entry| Some(normal(entry.as_str()?)))
            .collect()
    };
    let taken: BTreeSet<String> = own.values().flat_map(said).collect();
    for (list, entries) in english.as_object().into_iter().flatten() {
        let free = entries.as_array().into_iter().flatten().filter(|entry| {
            entry
                .as_str()
                .is_none_or(|entry| !taken.contains(&normal(entry)))
        });
        let free: Vec<Value> = free.cloned().collect();
        match own
            .entry(list.clone())
            .or_insert_with(|| Value::Array(Vec::new()))
        {
            Value::Array(own) => own.extend(free),
            _ => unreachable!("a list of commands is a list"),
        }
    }
}

/// Words in the forms in which they are looked up.
fn ready(mut words: Words) -> Words {
    for list in words.commands.values_mut() {
        let mut all: Vec<String> = list.iter().map(|entry| normal(entry)).collect();
        // People leave apostrophes and accents out.
        let bare = all.iter().filter(|entry| entry.contains('\''));
        let bare: Vec<String> = bare.map(|entry| entry.replace('\'', "")).collect();
        all.extend(bare);
        let plain: Vec<String> = all.iter().flat_map(|entry| spellings(entry)).collect();
        all.extend(plain);
        *list = all;
    }
    words.entries = entries(&words.commands);
    for leads in [&mut words.lead_ins, &mut words.text_lead_ins] {
        leads.sort_by_key(|lead| std::cmp::Reverse(lead.len()));
    }
    let names = words.months.iter().chain(&words.weekdays);
    words.day_names = names.map(|name| name.to_lowercase()).collect();
    words.count();
    words.calendar.spell();
    words.clock.spell();
    let countries: BTreeMap<String, Vec<String>> =
        serde_yaml::from_str(include_str!("../locale/countries.yaml"))
            .expect("the countries' data file is of this shape");
    for (country, others) in countries {
        if let Some(code) = others.first() {
            words.codes.insert(country.clone(), code.clone());
        }
        for name in others.iter().chain([&country]) {
            words.countries.insert(name.to_lowercase(), country.clone());
        }
    }
    words
}

#[cfg(test)]
mod tests;
