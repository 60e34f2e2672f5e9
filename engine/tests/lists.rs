//! A list slot in a dialog: what is added to its values and taken from them, what texts make of them, and a choice that
//! is shown by its label and sent as its value.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Arc;

use turnwise_engine::connector::{ConnectorSpec, InputKind, InputSpec, OperationSpec, ResultSpec};
use turnwise_engine::effect::Does;
use turnwise_engine::facts::Facts;
use turnwise_engine::template::Templates;
use turnwise_engine::template::source::{Source, Sources};
use turnwise_engine::transcript;

static OPERATIONS: &[OperationSpec] = &[OperationSpec {
    name: "post",
    does: Does::Create,
    inputs: &[
        InputSpec {
            name: "path",
            required: true,
            kind: InputKind::Text,
        },
        InputSpec {
            name: "json",
            required: false,
            kind: InputKind::Json,
        },
    ],
    result: ResultSpec::Taken,
}];

const BOT: &str = "\
name: Tables
integrations: { shop: { connector: http, url: \"https://shop.example.com\" } }
";
const BOOK: &str = "\
template: book_table
title: Book a table
integration: shop
examples: [book a table, reserve a table, a table please]
slots:
  size: { type: choice, choices: { s: Small, l: Large }, ask: Which size? }
  extras: { type: choice, list: true, choices: [Terrace, Window, Cake, Flowers], ask: Which extras? }
  guests: { list: true, ask: Who comes? }
steps:
  - collect: [size, extras, guests]
  - confirm: \"Book it for {{ guests | listed }}{{ ', on the terrace' if 'Terrace' in extras }}?\"
  - call: shop.post
    path: /tables
    json: { size: \"{{ size }}\", extras: \"{{ extras }}\", guests: \"{{ guests }}\" }
  - say: \"A {{ size }} one for {{ guests | length }}: {% for guest in guests %}{{ loop.index }} {{ guest }} {% endfor %}\"
";

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.into(),
        text: text.into(),
    }
}

fn played(script: &str) -> String {
    let sources = Sources {
        bot: Some(source("bot.yaml", BOT)),
        files: vec![source("book_table.yaml", BOOK)],
        library: Vec::new(),
        repair: source("repair.yaml", turnwise_engine::REPAIR),
    };
    let http = ConnectorSpec {
        id: "http",
        name: "HTTP",
        operations: OPERATIONS,
        codes: &[],
    };
    let loaded = Templates::load(&sources, &[http]);
    let templates = loaded.templates.expect("the template is right");
    transcript::play(&templates, &Arc::new(Facts::new()), script).unwrap()
}

#[test]
fn values_are_added_to_a_list_and_taken_from_it() {
    insta::assert_snapshot!(played(
        "\
now: 2026-03-04T15:00:00Z
user: book a table
user: large
user: terrace and window
user: Ann and Bob
user: and a cake
user: without the window
user: also flowers
user: no cake
user: guests: also Carl
user: add Dora to the guests
user: without Bob
user: remove Ann from the guests
user: add Terrace
"
    ));
}
