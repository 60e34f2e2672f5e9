//! What each language has of its own is what the docs say.

use std::collections::BTreeSet;

use crate::docs::page;

const LANGUAGES: [&str; 4] = ["de", "es", "fr", "pt"];

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
