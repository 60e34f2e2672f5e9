//! Docs that can't lie: what they show is run, and what they list is what the program has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use turnwise::bot;
use turnwise_engine::diagnostic::Severity;
use turnwise_engine::effect::FailureKind;
use turnwise_engine::event::{NotReady, SignInEnd};
use turnwise_engine::facts::{Facts, FieldFacts, ObjectFacts, OrgFacts};
use turnwise_engine::template::load::Loaded;
use turnwise_engine::template::source::{Source, Sources};
use turnwise_engine::template::{Templates, expression, schema};
use turnwise_engine::transcript;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn page(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A block between fences.
struct Block {
    /// The line it begins in, from 1.
    line: usize,
    /// What stands behind the language.
    about: String,
    text: String,
}

/// The blocks of a page in a language.
fn blocks(text: &str, language: &str) -> Vec<Block> {
    let fence = format!("```{language}");
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (n, line) in text.lines().enumerate() {
        match &mut open {
            None => {
                open = line.strip_prefix(&fence).map(|about| Block {
                    line: n + 1,
                    about: about.trim().to_owned(),
                    text: String::new(),
                });
            }
            Some(_) if line == "```" => blocks.extend(open.take()),
            Some(block) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// A bot of these files, which takes none of the library's as they are; one that begins with `# bot.yaml` is that file.
fn loaded(files: &[String], facts: &Facts) -> Loaded {
    let mut sources = Sources {
        bot: Some(Source {
            name: "bot.yaml".into(),
            text: "name: Example\nintegrations: { salesforce: {} }\n".into(),
        }),
        files: Vec::new(),
        library: bot::library(),
        repair: Source {
            name: "repair.yaml".into(),
            text: turnwise_engine::REPAIR.into(),
        },
    };
    for (n, text) in files.iter().enumerate() {
        let text = text.clone();
        if text.starts_with("# bot.yaml\n") {
            let name = "bot.yaml".into();
            sources.bot = Some(Source { name, text });
        } else {
            let name = format!("templates/{n}.yaml");
            sources.files.push(Source { name, text });
        }
    }
    Templates::load_against(&sources, &bot::connectors(), facts, None)
}

/// What is known of an org with one object, as far as the examples go.
fn org() -> Facts {
    let field = |name: &str, required: bool, createable: bool, picklist: &[&str]| {
        let facts = FieldFacts {
            name: name.into(),
            required,
            createable,
            updateable: createable,
            picklist: picklist
                .iter()
                .map(|v| ((*v).into(), (*v).into()))
                .collect(),
            ..FieldFacts::default()
        };
        (name.to_lowercase(), facts)
    };
    let lead = ObjectFacts {
        name: "Lead".into(),
        fields: BTreeMap::from([
            field("Name", false, false, &[]),
            field("Company", true, true, &[]),
            field("LastName", true, true, &[]),
            field("Rating", false, true, &["Hot", "Warm", "Cold"]),
        ]),
        ..ObjectFacts::default()
    };
    let facts = OrgFacts {
        objects: BTreeMap::from([("lead".into(), lead)]),
    };
    Facts::from([("salesforce".into(), Arc::new(facts))])
}

/// The `## ` sections of a page, by title.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push((title.to_owned(), String::new()));
        } else if let Some((_, body)) = sections.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    sections
}

fn section(text: &str, title: &str) -> String {
    let found = sections(text).into_iter().find(|(name, _)| name == title);
    found
        .unwrap_or_else(|| panic!("there is no section {title}"))
        .1
}

/// The words in backticks.
pub(crate) fn ticked(text: &str) -> Vec<String> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

/// The rows of the tables of a section, cell by cell.
fn rows(section: &str) -> Vec<Vec<String>> {
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| {
            // A bar within a cell is written `\|`.
            let line = line.replace("\\|", "\u{1}");
            let cells = line.trim_matches('|').split('|');
            cells
                .map(|cell| cell.trim().replace('\u{1}', "|"))
                .collect()
        })
        .collect()
}

/// What the first cells of a section's rows name.
fn named(section: &str) -> Vec<String> {
    rows(section)
        .iter()
        .flat_map(|row| ticked(&row[0]))
        .collect()
}

pub(crate) fn set(words: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    words.into_iter().map(Into::into).collect()
}

fn keys(schema: &Value, of: &str) -> BTreeSet<String> {
    set(schema["$defs"][of]["properties"]
        .as_object()
        .unwrap()
        .keys())
}

#[track_caller]
pub(crate) fn same(what: &str, written: BTreeSet<String>, there: BTreeSet<String>) {
    let unknown: Vec<&String> = written.difference(&there).collect();
    let missing: Vec<&String> = there.difference(&written).collect();
    assert!(
        unknown.is_empty() && missing.is_empty(),
        "{what}: the page names {unknown:?}, which are not there, and lacks {missing:?}"
    );
}

/// All codes that stand in the program.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let mut folders = vec![root().join("engine/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for (at, _) in text.match_indices("\"TW") {
                    let code = &text[at + 1..at + 6];
                    if code[2..].bytes().all(|b| b.is_ascii_digit()) {
                        codes.insert(code.to_owned());
                    }
                }
            }
        }
    }
    codes
}

#[test]
fn every_diagnostic_is_explained_and_its_example_brings_it_about() {
    let text = page("docs/diagnostics.md");
    let explained = sections(&text);
    same(
        "docs/diagnostics.md",
        set(explained.iter().map(|(code, _)| code)),
        codes(),
    );
    for (code, body) in explained {
        let files: Vec<String> = blocks(&body, "yaml")
            .into_iter()
            .map(|block| block.text)
            .collect();
        assert!(!files.is_empty(), "{code} has no example");
        let diagnostics = loaded(&files, &org()).diagnostics;
        let Some(found) = diagnostics.iter().find(|d| d.code == code) else {
            panic!("the example of {code} does not bring it about: {diagnostics:#?}");
        };
        let told = match found.severity {
            Severity::Error => "**Error",
            Severity::Warning => "**Warning",
            Severity::Note => "**Note",
        };
        assert!(body.trim_start().starts_with(told), "{code} is {told}**");
        // It is about one mistake: no other error stands in it.
        let others = diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error && d.code != code);
        assert_eq!(
            others.map(|d| (d.code, &d.message)).collect::<Vec<_>>(),
            [],
            "{code}"
        );
    }
}

#[test]
fn every_example_of_the_reference_is_right() {
    let text = page("docs/template-reference.md");
    let all = blocks(&text, "yaml");
    assert!(all.len() > 8, "only {} examples were found", all.len());
    for Block { line, text, .. } in all {
        let loaded = loaded(&[text], &Facts::new());
        let wrong: Vec<String> = loaded
            .diagnostics
            .iter()
            // A translation of a few lines lacks texts, and a short example is short of examples.
            .filter(|d| !matches!(d.code, "TW504" | "TW604"))
            .map(|d| format!("{}:{} {} {}", d.line, d.column, d.code, d.message))
            .collect();
        assert_eq!(
            wrong,
            Vec::<String>::new(),
            "docs/template-reference.md:{line}"
        );
    }
}

#[test]
fn the_reference_lists_the_keys_and_types_that_there_are() {
    let text = page("docs/template-reference.md");
    let schema = schema::schema();
    let of = |title: &str| section(&text, title);
    same(
        "A template",
        set(named(&of("A template"))),
        keys(&schema, "template"),
    );
    same("Files", set(named(&of("Files"))), keys(&schema, "shared"));
    let types = of("Slot types");
    let options = rows(&types).into_iter().flat_map(|row| ticked(&row[2]));
    let slot = set(named(&of("A slot")).into_iter().chain(options));
    same("A slot", slot, keys(&schema, "slot"));
    let known = schema["$defs"]["slot"]["properties"]["type"]["enum"]
        .as_array()
        .unwrap();
    same(
        "Slot types",
        set(named(&types)),
        set(known.iter().map(|t| t.as_str().unwrap())),
    );
    let bot = schema::bot_schema();
    let bot = set(bot["properties"].as_object().unwrap().keys());
    same("bot.yaml", set(named(&of("bot.yaml"))), bot);
    for row in rows(&of("Steps")) {
        let verb = ticked(&row[0]).remove(0);
        let mut written = set(ticked(&row[1]));
        written.insert(verb.clone());
        let steps = schema["$defs"]["step"]["anyOf"].as_array().unwrap();
        let of_verb = steps
            .iter()
            .find(|step| step["required"][0] == verb.as_str());
        let there = of_verb.unwrap_or_else(|| panic!("no step {verb}"))["properties"]
            .as_object()
            .unwrap();
        same(&format!("step {verb}"), written, set(there.keys()));
    }
    let verbs = schema["$defs"]["step"]["anyOf"].as_array().unwrap().len();
    assert_eq!(rows(&of("Steps")).len(), verbs);
}

/// What the last cells of a section's rows say of what the first ones name, as an editor shows it.
fn meanings(section: &str) -> Vec<(String, String)> {
    let link = regex::Regex::new(r"\[([^\]]+)\]\([^)]*\)").unwrap();
    let all = rows(section).into_iter().map(|row| {
        let text = row.last().unwrap().clone();
        let below = text.find(" ([below]").map_or(text.len(), |at| at);
        let rest = text[below..].split_once("))").map_or("", |(_, rest)| rest);
        let text = format!("{}{rest}", &text[..below]);
        let text = link.replace_all(&text, "$1");
        let mut letters = text.chars();
        let first = letters.next().unwrap().to_uppercase();
        let text: String = first.chain(letters).chain(['.']).collect();
        (ticked(&row[0]).remove(0), text)
    });
    all.collect()
}

#[test]
fn editors_and_the_reference_say_the_same() {
    let text = page("docs/template-reference.md");
    let schema = schema::schema();
    let bot = schema::bot_schema();
    let mut said = 0;
    let mut same = |title: &str, properties: &Value| {
        for (key, meaning) in meanings(&section(&text, title)) {
            let Some(property) = properties.get(&key) else {
                continue;
            };
            said += 1;
            assert_eq!(property["description"], meaning, "{title}, `{key}`");
        }
    };
    let properties = |of: &str| schema["$defs"][of]["properties"].clone();
    same("A template", &properties("template"));
    same("Files", &properties("shared"));
    same("A slot", &properties("slot"));
    same("Options of types", &properties("slot"));
    same("bot.yaml", &bot["properties"]);
    for step in schema["$defs"]["step"]["anyOf"].as_array().unwrap() {
        let mut properties = step["properties"].clone();
        let verb = step["required"][0].as_str().unwrap();
        same("Steps", &serde_json::json!({ verb: properties[verb] }));
        properties.as_object_mut().unwrap().remove(verb);
        same("Keys of steps", &properties);
    }
    for of in ["template", "shared", "slot"] {
        for (key, property) in properties(of).as_object().unwrap() {
            assert!(
                property["description"].is_string(),
                "{of} `{key}` is not explained"
            );
        }
    }
    assert!(said > 120, "only {said} keys are explained");
}

#[test]
fn the_reference_lists_the_filters_failures_operations_and_responses_that_there_are() {
    let text = page("docs/template-reference.md");
    let of = |title: &str| section(&text, title);
    let names = of("Names, filters, texts");
    let (_, filters) = names.split_once("Filters of Turnwise:").unwrap();
    let (table, others) = filters.split_once("And MiniJinja's:").unwrap();
    let (others, _) = others.split_once("\n\n").unwrap();
    let written = set(named(table).into_iter().chain(ticked(others)));
    same("filters", written, set(expression::known("filter")));
    let kinds = set(named(&of("When a call fails")));
    same(
        "failures",
        kinds,
        set(FailureKind::ALL.map(FailureKind::word)),
    );
    let operations = of("Operations");
    let written = rows(&operations).into_iter();
    let written = written.map(|row| format!("{} {:?}", ticked(&row[0])[0], set(ticked(&row[2]))));
    let connectors = bot::connectors();
    let there = connectors.iter().flat_map(|spec| {
        let id = if spec.id == "http" { "<id>" } else { spec.id };
        spec.operations.iter().map(move |op| {
            let inputs = set(op.inputs.iter().map(|input| input.name));
            format!("{id}.{} {inputs:?}", op.name)
        })
    });
    same("operations", written.collect(), there.collect());
    let repair: BTreeMap<String, serde_json::Value> =
        serde_yaml::from_str(turnwise_engine::REPAIR).unwrap();
    let groups =
        repair["wording"]
            .as_object()
            .unwrap()
            .keys()
            .map(|key| match key.split_once('.') {
                Some((group, _)) => format!("{group}.…"),
                None => key.clone(),
            });
    let written = set(named(&of("Standard responses")));
    same("standard responses", written, groups.collect());
}

#[test]
fn the_transcripts_of_their_page_play_as_they_stand() {
    let all = blocks(&page("docs/transcripts.md"), "transcript");
    assert!(all.len() >= 3, "only {} transcripts were found", all.len());
    for Block { line, about, text } in all {
        let folder = root().join(about);
        let templates = bot::loaded(&bot::read(std::slice::from_ref(&folder)).unwrap()).unwrap();
        let now = transcript::play(&templates, &bot::facts(&folder).unwrap(), &text).unwrap();
        let differs = transcript::difference(&text, &now);
        assert!(
            differs.is_empty(),
            "docs/transcripts.md:{line}\n{}",
            differs.join("\n")
        );
    }
}

#[test]
fn the_page_of_transcripts_explains_every_entry_and_word() {
    let text = page("docs/transcripts.md");
    let of = |title: &str| section(&text, title);
    same(
        "How it is written",
        set(named(&of("How it is written"))),
        set(transcript::KEYS),
    );
    let words = ticked(&of("What the world answers").replace("```", ""));
    for word in words_of::<SignInEnd>().chain(words_of::<NotReady>()) {
        assert!(words.contains(&word), "`{word}` is not explained");
    }
}

/// The words of an enum, as its reader lists them where it meets another.
fn words_of<T: serde::de::DeserializeOwned + std::fmt::Debug>() -> impl Iterator<Item = String> {
    let error = serde_json::from_value::<T>("no such word".into()).unwrap_err();
    let words = ticked(&error.to_string());
    assert!(words.len() > 2, "{error}");
    words.into_iter().skip(1)
}

/// Those of the sandbox are told by its own `--help`.
#[test]
fn every_variable_that_is_read_is_explained_to_operators() {
    let name = regex::Regex::new(r#""(TURNWISE_[A-Z_]+)""#).unwrap();
    let mut read = BTreeSet::new();
    for file in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        read.extend(name.captures_iter(&text).map(|found| found[1].to_owned()));
    }
    read.retain(|name| !name.starts_with("TURNWISE_SANDBOX"));
    assert!(read.len() > 15, "only {} were found", read.len());
    let text = page("docs/operating.md");
    let tables = ["Settings", "Limits and lifetimes"].map(|title| section(&text, title));
    let told = tables.iter().flat_map(|table| named(table));
    let told = told.filter(|name| name.starts_with("TURNWISE_"));
    same("docs/operating.md", set(told), read);
}

/// Every page.
fn pages() -> Vec<PathBuf> {
    let mut all = vec![root().join("README.md")];
    for folder in ["docs", "docs/decisions"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                all.push(path);
            }
        }
    }
    all
}

#[test]
fn every_link_and_path_of_a_page_leads_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let heading = |text: &str, anchor: &str| {
        text.lines()
            .filter_map(|line| line.strip_prefix("##"))
            .any(|line| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
                title
                    .chars()
                    .filter(kept)
                    .collect::<String>()
                    .replace(' ', "-")
                    == anchor
            })
    };
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            assert!(path.exists(), "{}: {target} is nowhere", page.display());
            if !anchor.is_empty() {
                let there = std::fs::read_to_string(&path).unwrap();
                assert!(
                    heading(&there, anchor),
                    "{}: no section {target}",
                    page.display()
                );
            }
        }
        // A path in backticks is one of the repository.
        for path in ticked(&text.replace("```", "")) {
            let first = path.split('/').next().unwrap_or_default();
            let ours = ["engine", "connectors", "src", "examples", "docs"].contains(&first);
            if ours && path.contains('/') && !path.contains([' ', '*', '<']) {
                assert!(root().join(&path).exists(), "{}: no {path}", page.display());
            }
        }
    }
}

/// A page that a comment sends its reader to is in the repository, and so is the heading that it names.
#[test]
fn pages_that_comments_name_are_there() {
    let named = regex::Regex::new(r#"([\w./-]+\.md)(?:, "([^"]+)")?"#).unwrap();
    let mut missing = Vec::new();
    for folder in ["engine", "connectors", "src", "tests", "benches"] {
        for file in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let comments = text
                .lines()
                .filter(|line| line.trim_start().starts_with("//"));
            for line in comments {
                for found in named.captures_iter(line) {
                    let page = std::fs::read_to_string(root().join(&found[1])).unwrap_or_default();
                    let heading = found.get(2).map_or("", |heading| heading.as_str());
                    if page.is_empty() || !page.contains(&format!("# {heading}")) {
                        missing.push(format!("{}: {line}", file.display()));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => rust_files(&path),
            Some(end) if end == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}
