//! What each language covers is what the docs say, and a bot in another language plays as it is written.

use std::collections::BTreeSet;

use turnwise::bot;
use turnwise_engine::transcript;

use crate::docs::{page, root};

const LANGUAGES: [&str; 4] = ["de", "es", "fr", "pt"];

#[test]
fn the_german_example_has_nothing_to_complain_about_and_plays_as_it_is_written() {
    let example = root().join("examples/german");
    let sources = bot::read(std::slice::from_ref(&example)).unwrap();
    let (templates, diagnostics) = bot::load(&sources);
    assert_eq!(diagnostics, Vec::new());
    let script = page("examples/german/transcripts/raum_buchen.txt");
    let facts = bot::facts(&example).unwrap();
    let now = transcript::play(&templates.unwrap(), &facts, &script).unwrap();
    assert_eq!(transcript::difference(&script, &now), Vec::<String>::new());
}

#[test]
fn the_docs_list_what_each_language_has_of_its_own() {
    let page = page("docs/locales.md");
    let mut told: BTreeSet<String> = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let keys: Vec<&str> = cells[0]
            .split(", ")
            .map(|key| key.trim_matches('`'))
            .collect();
        for key in keys {
            told.insert(key.to_owned());
            for (n, language) in LANGUAGES.iter().enumerate() {
                let own = keys_of(language).contains(key);
                assert_eq!(cells[2 + n] == "own", own, "{key} of {language}");
            }
        }
    }
    assert_eq!(told, keys_of("en"));
}

/// The keys of a language's file.
fn keys_of(language: &str) -> BTreeSet<String> {
    let file = page(&format!("engine/src/locale/{language}.yaml"));
    file.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect()
}
