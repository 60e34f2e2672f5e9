//! The bots that are measured: the shipped sales assistant, and one with as many generated templates as wanted.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use turnwise_engine::template::Templates;
use turnwise_engine::template::source::{Source, Sources};

/// The shipped bot, with the seven templates of the library.
pub(crate) static SALES_ASSISTANT: LazyLock<Arc<Templates>> =
    LazyLock::new(|| turnwise::bot::loaded(&sales_assistant()).unwrap());

/// The files of the shipped bot.
pub(crate) fn sales_assistant() -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sales-assistant");
    turnwise::bot::read(&[folder]).unwrap()
}

/// The files of a bot with `n` templates that nobody else has: each with slots, a confirmation and a call.
pub(crate) fn generated(n: usize) -> Sources {
    let mut sources = sales_assistant();
    sources.bot = Some(Source {
        name: "bot.yaml".into(),
        text: "name: Many\nintegrations: { salesforce: {} }\n".into(),
    });
    sources.files = (0..n).map(template).collect();
    sources
}

const VERBS: [&str; 10] = [
    "file", "book", "draft", "archive", "approve", "forward", "renew", "rate", "assign", "weigh",
];
const THINGS: [&str; 10] = [
    "invoice", "visit", "contract", "ticket", "parcel", "permit", "refund", "survey", "route",
    "sample",
];
const PLACES: [&str; 5] = ["plant", "shop", "school", "harbour", "clinic"];

/// One template: "file a plant invoice" and so on, no two the same.
fn template(n: usize) -> Source {
    let verb = VERBS[n % 10];
    let thing = format!("{} {}", PLACES[n / 100 % 5], THINGS[n / 10 % 10]);
    // Past 500 the words come round again; a number keeps the ids apart.
    let id = format!("{verb}_{}_{n}", thing.replace(' ', "_"));
    let text = format!(
        "\
template: {id}
title: {verb} {thing}
integration: salesforce
object: Lead
nouns: [{thing}]
examples:
  - {verb} a {thing}
  - {verb} the {thing} of {{name}}
  - I want to {verb} the {thing}
  - please {verb} this {thing} for {{name}}
  - can you {verb} a {thing}, the mail is {{mail}}
slots:
  name: {{ type: text, ask: 'Whose {thing}?', samples: [Ida Blum, Omar Reyes, Lena Voss] }}
  mail: {{ type: email, ask: 'Which e-mail?' }}
  due: {{ type: date, ask: 'By when?' }}
steps:
  - collect: [name, mail, due]
  - confirm: '{verb} this {thing}?'
  - call: salesforce.create
    fields: {{ LastName: name, Email: mail }}
    as: made
  - say: 'Done.'
"
    );
    Source {
        name: format!("templates/{id}.yaml"),
        text,
    }
}
