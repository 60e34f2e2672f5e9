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

/// The files of a bot with `n` templates that nobody else has: each with ten examples, four slots (one of forty that some
/// share), a confirmation and a call.
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
const PLACES: [&str; 10] = [
    "plant", "shop", "school", "harbour", "clinic", "garden", "bridge", "museum", "tower", "depot",
];

/// One template: "file a plant invoice" and so on, no two the same.
fn template(n: usize) -> Source {
    let verb = VERBS[n % 10];
    let thing = format!("{} {}", PLACES[n / 100 % 10], THINGS[n / 10 % 10]);
    // Past 1,000 the words come round again; a number keeps the ids apart.
    let id = format!("{verb}_{}_{n}", thing.replace(' ', "_"));
    let own = format!("reference_{}", n % 40);
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
  - {verb} {thing} {{{own}}}
  - we have to {verb} the {thing} by {{due}}
  - {thing} to {verb} for {{name}} until {{due}}
  - let us {verb} {{{own}}}, the {thing}
  - the {thing} must be {verb} now
slots:
  name: {{ type: text, ask: 'Whose {thing}?', samples: [Ida Blum, Omar Reyes, Lena Voss] }}
  mail: {{ type: email, ask: 'Which e-mail?' }}
  due: {{ type: date, ask: 'By when?' }}
  {own}: {{ type: text, ask: 'Which?', samples: [north gate {n}, blue file, item seven] }}
steps:
  - collect: [name, mail, due, {own}]
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
