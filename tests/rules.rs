//! The table of docs/threat-model.md holds every rule of the sign-in with its tests, and every test that is named after a rule.

use std::collections::BTreeSet;
use std::path::Path;

/// The rules that need a test.
const RULES: [&str; 31] = [
    "A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2", "B3", "B4", "B5", "B6", "C1", "C2", "C3", "C4",
    "C5", "C6", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "E1", "E2", "F", "G",
];

#[test]
fn every_rule_has_its_test_and_every_test_of_a_rule_is_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let mut tests = BTreeSet::new();
    for folder in [
        "tests",
        "src",
        "connectors/src",
        "connectors/tests",
        "engine/src",
    ] {
        tests_in(&root.join(folder), &mut tests);
    }
    let rows: Vec<(String, BTreeSet<String>)> = page.lines().filter_map(row).collect();
    for rule in RULES {
        let named = rows.iter().find(|(known, _)| known == rule);
        let (_, named) = named.unwrap_or_else(|| panic!("{rule} is missing"));
        assert!(!named.is_empty(), "{rule} names no test");
        for test in named {
            assert!(
                tests.contains(test),
                "{rule} names `{test}`, which is no test"
            );
        }
    }
    let all: BTreeSet<&String> = rows.iter().flat_map(|(_, named)| named).collect();
    for test in tests.iter().filter(|test| is_of_a_rule(test)) {
        assert!(all.contains(test), "the table lacks `{test}`");
    }
}

/// `| A1 | what it says | `test`, `test` |`
fn row(line: &str) -> Option<(String, BTreeSet<String>)> {
    let mut cells = line.strip_prefix("| ")?.split(" | ");
    let rule = cells.next()?.to_owned();
    let named = cells.last()?;
    let named = named.split('`').skip(1).step_by(2);
    Some((rule, named.map(str::to_owned).collect()))
}

/// `a3_…`, `g_…`
fn is_of_a_rule(test: &str) -> bool {
    let (begin, rest) = test.split_once('_').unwrap_or((test, ""));
    let upper = begin.to_uppercase();
    RULES.contains(&upper.as_str()) && upper.len() == begin.len() && !rest.is_empty()
}

fn tests_in(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, tests);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some(rest) = line.split("fn ").nth(1)
                    && is_test
                {
                    is_test = false;
                    tests.insert(rest.split('(').next().unwrap().to_owned());
                }
            }
        }
    }
}
