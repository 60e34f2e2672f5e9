//! The check from outside: a wrong file for each code with what is drawn for it, and good files that come out as templates.
//! How a dialog runs them is tested by transcripts.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test files are read from disk, which the engine itself never does"
)]

use std::path::Path;

use turnwise_engine::connector::{ConnectorSpec, InputKind, InputSpec, OperationSpec, ResultSpec};
use turnwise_engine::diagnostic::{Diagnostic, Severity, draw};
use turnwise_engine::effect::{Does, FailureKind};
use turnwise_engine::template::load::Loaded;
use turnwise_engine::template::source::{Source, Sources};
use turnwise_engine::template::{ErrorKey, Templates, Uses, Verb};

const fn input(name: &'static str, required: bool, kind: InputKind) -> InputSpec {
    InputSpec {
        name,
        required,
        kind,
    }
}

const OBJECT: InputSpec = input("object", false, InputKind::Object);
const FIELDS: InputSpec = input("fields", false, InputKind::Fields);
const RECORD: InputSpec = input("record", true, InputKind::Record);

static SALESFORCE: &[OperationSpec] = &[
    OperationSpec {
        name: "create",
        does: Does::Create,
        inputs: &[
            OBJECT,
            FIELDS,
            input("allow_duplicates", false, InputKind::Boolean),
        ],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "update",
        does: Does::Update,
        inputs: &[RECORD, FIELDS],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "delete",
        does: Does::Delete,
        inputs: &[RECORD],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "get",
        does: Does::Read,
        inputs: &[RECORD, input("fields", false, InputKind::Names)],
        result: ResultSpec::Record,
    },
    OperationSpec {
        name: "find",
        does: Does::Read,
        inputs: &[
            OBJECT,
            input("query", false, InputKind::Text),
            input("where", false, InputKind::Json),
            input("order", false, InputKind::Text),
            input("page", false, InputKind::Number),
        ],
        result: ResultSpec::List,
    },
];
static HTTP: &[OperationSpec] = &[OperationSpec {
    name: "get",
    does: Does::Read,
    inputs: &[
        input("path", true, InputKind::Text),
        input("take", false, InputKind::Take),
    ],
    result: ResultSpec::Taken,
}];
const REPAIR: &str = "\
wording:
  cancelled: All right, nothing was saved.
  reask.email: \"“{{ heard }}” is no e-mail address.\"
on_error:
  invalid: { ask_again: error, say: \"{{ error.message }}\" }
  setup: { end: failed, say: Something is set up wrongly. }
";

fn connectors() -> Vec<ConnectorSpec> {
    vec![
        ConnectorSpec {
            id: "salesforce",
            name: "Salesforce",
            operations: SALESFORCE,
            codes: &[("CANNOT_UPDATE_CONVERTED_LEAD", FailureKind::ReadOnly)],
        },
        ConnectorSpec {
            id: "http",
            name: "HTTP",
            operations: HTTP,
            codes: &[],
        },
    ]
}

fn folder(name: &str) -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name);
    let mut files: Vec<Source> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            source(
                path.file_name().unwrap().to_str().unwrap(),
                &std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.into(),
        text: text.into(),
    }
}

/// A bot of these files, with the good ones as the library; further files stand below a `#---- name` line.
fn bot_of(file: &Source) -> Sources {
    let mut sources = Sources {
        bot: Some(source(
            "bot.yaml",
            "name: Test\nintegrations: { salesforce: {} }\n",
        )),
        files: Vec::new(),
        library: library(),
        repair: source("repair.yaml", REPAIR),
    };
    let mut name = file.name.as_str();
    let mut text = String::new();
    let mut put = |name: &str, text: &str| {
        if name.ends_with("bot.yaml") {
            sources.bot = Some(source(name, text));
        } else {
            sources.files.push(source(name, text));
        }
    };
    for line in file.text.split_inclusive('\n') {
        match line.strip_prefix("#---- ") {
            Some(next) => {
                put(name, &text);
                (name, text) = (next.trim(), String::new());
            }
            None => text.push_str(line),
        }
    }
    put(name, &text);
    sources
}

fn library() -> Vec<Source> {
    let mut files = folder("check_good");
    for file in &mut files {
        file.name = format!("salesforce/{}", file.name.trim_end_matches(".yaml"));
    }
    files
}

fn good(files: &[(&str, &str)]) -> Loaded {
    let sources = Sources {
        bot: Some(source(
            "bot.yaml",
            "name: Test\ntemplates: [salesforce/*]\nintegrations:\n  salesforce: {}\n  shop: { connector: http, url: \"https://shop.example.com\" }\n",
        )),
        files: files
            .iter()
            .map(|(name, text)| source(name, text))
            .collect(),
        library: library(),
        repair: source("repair.yaml", REPAIR),
    };
    Templates::load(&sources, &connectors())
}

fn errors(loaded: &Loaded) -> Vec<&Diagnostic> {
    loaded
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect()
}

#[test]
fn each_problem_is_told_in_its_place_with_what_to_do() {
    let mut all = String::new();
    for file in folder("check") {
        let code = &file.name[..5];
        let sources = bot_of(&file);
        let loaded = Templates::load(&sources, &connectors());
        let found: Vec<&Diagnostic> = loaded
            .diagnostics
            .iter()
            .filter(|d| d.code == code)
            .collect();
        assert!(
            !found.is_empty(),
            "{code} is not told: {:#?}",
            loaded.diagnostics
        );
        // Besides, these small files say too little to be started or to do much; that is not what they are about.
        let about = loaded.diagnostics.into_iter().filter(|d| {
            d.code == code || !matches!(d.code, "TW207" | "TW309" | "TW501" | "TW504" | "TW507")
        });
        let about: Vec<Diagnostic> = about.collect();
        all.push_str(&format!(
            "## {}\n{}\n\n",
            file.name,
            draw(&about, &sources, false)
        ));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_templates_of_the_reference_are_right() {
    let loaded = good(&[]);
    assert_eq!(errors(&loaded), Vec::<&Diagnostic>::new());
    let templates = loaded.templates.unwrap();
    let ids: Vec<&str> = templates.current.keys().map(String::as_str).collect();
    assert_eq!(
        ids,
        ["get_lead", "order_status", "search_leads", "update_lead"]
    );
    let update = &templates.current["update_lead"];
    assert_eq!(update.slots.keys().next().unwrap(), "first_name");
    let [_, confirm, call, done] = update.steps.as_slice() else {
        panic!("four steps: {:?}", update.steps);
    };
    let (Verb::Confirm(confirm), Verb::Call(write)) = (&confirm.verb, &call.verb) else {
        panic!("a confirm and a call");
    };
    assert_eq!(
        (confirm.does, confirm.covers.as_deref()),
        (Does::Update, Some("call"))
    );
    assert!(write.all_fields);
    assert!(call.uses.touches("phone") && call.uses.touches("lead") && !call.uses.touches("field"));
    assert_eq!(
        write.on_error[0].0,
        ErrorKey::Code("CANNOT_UPDATE_CONVERTED_LEAD".into())
    );
    assert_eq!(
        (done.id.as_str(), &done.uses),
        ("done", &Uses::Slots(vec!["lead".into()]))
    );
}

#[test]
fn a_template_of_three_keys_loads_with_warnings() {
    let loaded = good(&[(
        "small.yaml",
        "template: small\ntitle: Small\nexamples: [do the small thing]\n",
    )]);
    assert!(loaded.templates.is_some());
    let told: Vec<&str> = loaded
        .diagnostics
        .iter()
        .filter(|d| d.file == "small.yaml")
        .map(|d| d.code)
        .collect();
    assert_eq!(told, ["TW309", "TW504"]);
}

#[test]
fn an_extending_file_changes_words_and_adds_steps() {
    let text = "\
template: update_lead
extends: salesforce/update_lead
examples: [touch up a lead]
slots:
  lead: { ask: \"Whose record is it?\" }
adjust:
  done: { say: \"Saved, {{ user.name }}.\" }
before:
  confirm: { if: rating == 'Hot', then: { collect: phone } }
";
    let loaded = good(&[("own.yaml", text)]);
    assert_eq!(errors(&loaded), Vec::<&Diagnostic>::new());
    let templates = loaded.templates.unwrap();
    let update = &templates.current["update_lead"];
    assert_eq!(update.title, "Update Lead");
    let ids: Vec<&str> = update.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["collect", "if", "confirm", "call", "done"]);
    assert_eq!(
        update.slots["lead"].ask.as_ref().unwrap().variants[0].source(),
        "Whose record is it?"
    );
    assert!(matches!(&update.steps[4].verb, Verb::Say { buttons, .. } if buttons.len() == 1));
    assert_eq!(update.examples.len(), 9);
}

#[test]
fn own_keys_win_over_a_shared_slot_key_by_key() {
    let text = "\
template: note
title: Note
integration: salesforce
object: Lead
include: lead_fields
slots:
  phone: { ask: \"Which number?\" }
steps:
  - collect: phone
";
    let templates = good(&[("note.yaml", text)]).templates.unwrap();
    let phone = &templates.current["note"].slots["phone"];
    assert_eq!(phone.field.as_deref(), Some("Phone"));
    assert_eq!(
        phone.ask.as_ref().unwrap().variants[0].source(),
        "Which number?"
    );
}

#[test]
fn a_confirm_in_a_branch_knows_what_it_covers() {
    let text = "\
template: add
title: Add
integration: salesforce
object: Lead
slots:
  company: { field: Company }
  sure: { type: boolean }
steps:
  - collect: [company, sure]
  - if: sure
    then: { confirm: Save it at once? }
    else: { confirm: Save it all the same? }
  - call: salesforce.create
";
    let templates = good(&[("add.yaml", text)]).templates.unwrap();
    let Verb::If {
        then, otherwise, ..
    } = &templates.current["add"].steps[1].verb
    else {
        panic!("the second step is an if");
    };
    for branch in [then, otherwise] {
        assert!(matches!(&branch[0].verb, Verb::Confirm(confirm) if confirm.does == Does::Create));
    }
}

#[test]
fn only_a_run_that_nothing_follows_takes_the_place_of_its_dialog() {
    let text = "\
template: two
title: Two
slots:
  sure: { type: boolean }
steps:
  - collect: sure
  - if: sure
    then: { run: order_status }
    else:
      - choose: Which?
        options:
          One: { run: order_status }
          Two: { say: Two. }
  - say: That was it.
  - if: sure
    then: { run: order_status }
";
    let templates = good(&[("two.yaml", text)]).templates.unwrap();
    let resolved = format!("{:?}", templates.current["two"].steps);
    let places: Vec<&str> = resolved
        .match_indices("last: ")
        .map(|(at, _)| &resolved[at + 6..at + 10])
        .collect();
    assert_eq!(places, ["fals", "fals", "true"]);
}

#[test]
fn a_kept_version_is_the_template_it_was() {
    let templates = good(&[]).templates.unwrap();
    for template in templates.current.values() {
        let again = templates.restore(&template.resolved).unwrap();
        assert_eq!(again.digest, template.digest, "{}", template.id);
        assert_eq!(again.steps.len(), template.steps.len());
    }
}

#[test]
fn profiles_name_the_variables_of_their_secrets() {
    let sources = bot_of(&source(
        "bot.yaml",
        "name: Test\nprofiles:\n  app: { mechanism: authorization_code, client_id: { env: ID }, scopes: [api, refresh_token] }\n",
    ));
    let loaded = Templates::load(&sources, &connectors());
    let profile = &loaded.templates.unwrap().bot.profiles["app"];
    assert_eq!(profile.secrets["client_id"], "ID");
    assert_eq!(profile.plain["scopes"], "api refresh_token");
}
