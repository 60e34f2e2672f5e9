//! Amounts in the currencies of an org: one that the org does not keep is asked back, and where it keeps several the
//! currency goes out with the amount.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use turnwise_engine::connector::{ConnectorSpec, InputKind, InputSpec, OperationSpec, ResultSpec};
use turnwise_engine::effect::Does;
use turnwise_engine::facts::{FieldFacts, ObjectFacts, OrgFacts};
use turnwise_engine::template::Templates;
use turnwise_engine::template::source::{Source, Sources};
use turnwise_engine::transcript;

static OPERATIONS: &[OperationSpec] = &[OperationSpec {
    name: "create",
    does: Does::Create,
    inputs: &[InputSpec {
        name: "fields",
        required: false,
        kind: InputKind::Fields,
    }],
    result: ResultSpec::Record,
}];
const BOT: &str =
    "{ name: Offers, locale: LOCALE, integrations: { salesforce: { authorize: users } } }";
const OFFER: &str = "\
template: make_offer
title: Make an offer
integration: salesforce
object: Opportunity
examples: [make an offer, an offer of {amount}, new offer]
slots:
  name: { field: Name, ask: What is it called? }
  amount: { type: amount, field: Amount, ask: What is it worth? }
steps:
  - sign_in: salesforce
  - collect: [name, amount]
  - confirm: Make this offer?
  - call: salesforce.create
  - say: Made.
";

fn field(name: &str, values: &[&str]) -> (String, FieldFacts) {
    let field = FieldFacts {
        name: name.into(),
        picklist: values.iter().map(|v| ((*v).into(), (*v).into())).collect(),
        ..FieldFacts::default()
    };
    (name.to_lowercase(), field)
}

/// The play of a script with a bot of this locale, in an org that has a field of these currencies, or none.
fn played(locale: &str, currencies: &[&str], script: &str) -> String {
    let source = |name: &str, text: &str| Source {
        name: name.into(),
        text: text.into(),
    };
    let sources = Sources {
        bot: Some(source("bot.yaml", &BOT.replace("LOCALE", locale))),
        files: vec![source("make_offer.yaml", OFFER)],
        library: Vec::new(),
        repair: source("repair.yaml", turnwise_engine::REPAIR),
    };
    let salesforce = ConnectorSpec {
        id: "salesforce",
        name: "Salesforce",
        operations: OPERATIONS,
        codes: &[],
    };
    let mut fields = vec![field("Name", &[]), field("Amount", &[])];
    if !currencies.is_empty() {
        fields.push(field("CurrencyIsoCode", currencies));
    }
    let opportunity = ObjectFacts {
        name: "Opportunity".into(),
        fields: fields.into_iter().collect(),
        ..ObjectFacts::default()
    };
    let org = OrgFacts {
        objects: BTreeMap::from([("opportunity".into(), opportunity)]),
    };
    let facts = BTreeMap::from([("salesforce".to_owned(), Arc::new(org))]);
    let loaded = Templates::load(&sources, &[salesforce]);
    let templates = loaded.templates.expect("the template is right");
    transcript::play(&templates, &Arc::new(facts), script).unwrap()
}

const SCRIPT: &str = "\
user: an offer of 12,000 euros
no grant:
signed in: rep@example.com (Example Org)
user: Blue Door
user: 13k
user: make it £9,500
user: 14,000 dollars
user: yes
";

#[test]
fn an_org_of_one_currency_takes_no_other() {
    insta::assert_snapshot!(played("en-US", &[], SCRIPT));
}

#[test]
fn an_org_of_several_currencies_is_sent_the_one_that_was_said() {
    insta::assert_snapshot!(played("en-US", &["USD", "EUR"], SCRIPT));
}

#[test]
fn a_bare_figure_is_in_the_currency_of_the_bot_whatever_language_is_spoken() {
    let script = SCRIPT.replace("13k", "13.000");
    insta::assert_snapshot!(played("en-GB", &[], &format!("locale: de-DE\n{script}")));
}
