//! `turnwise check --org`: the templates of a bot against the org of a user who has signed in, and what is said where there
//! is no such org.

use crate::chat::{Chat, turnwise};

const TEMPLATE: &str = "\
template: note_lead
title: Note a lead
integration: salesforce
object: Lead
examples:
  - note a lead
  - { text: note a freezing lead, means: { rating: Freezing } }
slots:
  name: { type: text, field: Name }
  company: { type: organization, field: Compny }
  source: { type: choice, field: LeadSource, choices: [Web, Pigeon] }
  rating: { type: choice, field: Rating, choices: org, synonyms: { Hot: [burning], Tepid: [lukewarm] } }
  boss: { type: record, object: Contact, fields: [Name, Shoe], where: { Department: Sales, Hat: tall } }
steps:
  - collect: [name, company, source, rating, boss]
  - confirm: Save it?
  - call: salesforce.create
    as: lead
  - call: salesforce.find
    where: { Status: Snoozing, Owner.Name: Ann }
    order: LastModifiedDat desc
    as: found
  - show: found
    fields: [Name, Citty]
";
/// Opens the store of this test.
const KEY: &str = "6f70656e20736573616d6520666f7220746865207465737473206f6620746869";

fn bot() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    std::fs::write(
        folder.path().join("bot.yaml"),
        "name: Notes\nintegrations: { salesforce: {} }\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("templates/note_lead.yaml"), TEMPLATE).unwrap();
    folder
}

#[tokio::test]
async fn templates_are_compared_with_the_org_of_whoever_signed_in() {
    let folder = bot();
    let path = folder.path().to_str().unwrap();
    let store = format!("sqlite://{path}/turnwise.db");
    let org = {
        let mut chat = Chat::of(path, &["--store", &store], KEY);
        chat.type_line("sign in");
        let link = chat.line_with("/auth/start/");
        let code = chat.sign_in(&link).await;
        chat.line_with("Type the code that the page shows you");
        chat.type_line(&code);
        chat.line_with("Connected as rep@example.com");
        chat.type_line("/quit");
        chat.chat.wait().unwrap();
        let checked = turnwise(&["check", path, "--org", "--store", &store])
            .env("TURNWISE_VAULT_KEY", KEY)
            .env("TURNWISE_SALESFORCE_URL", &chat.org)
            .output()
            .unwrap();
        let told = String::from_utf8(checked.stdout).unwrap();
        let error = String::from_utf8(checked.stderr).unwrap();
        assert_eq!(checked.status.code(), Some(0), "{told}{error}");
        insta::assert_snapshot!(told.replace(path, "my-bot"));
        chat.org.clone()
    };
    // The org is gone by now.
    let checked = turnwise(&["check", path, "--org", "--store", &store])
        .env("TURNWISE_VAULT_KEY", KEY)
        .env("TURNWISE_SALESFORCE_URL", org)
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(2));
}

#[test]
fn without_a_sign_in_there_is_no_org_to_compare_with() {
    let folder = bot();
    let path = folder.path().to_str().unwrap();
    let store = format!("sqlite://{path}/turnwise.db");
    for (user, said) in [
        ("web/ann", "web/ann is not signed in to any org"),
        ("ann", "--user `ann` wants a channel and a user"),
    ] {
        let args = ["check", path, "--org", "--store", &store, "--user", user];
        let checked = turnwise(&args)
            .env("TURNWISE_VAULT_KEY", KEY)
            .output()
            .unwrap();
        let error = String::from_utf8(checked.stderr).unwrap();
        assert_eq!(checked.status.code(), Some(2), "{error}");
        assert!(error.contains(said), "{error}");
        assert!(!folder.path().join("turnwise.db").exists());
    }
}

#[test]
fn a_bot_with_errors_is_told_them_and_asks_no_org() {
    let folder = bot();
    let path = folder.path().to_str().unwrap();
    let broken = TEMPLATE.replace("type: organization", "type: organisation");
    std::fs::write(folder.path().join("templates/note_lead.yaml"), broken).unwrap();
    let checked = turnwise(&["check", path, "--org"]).output().unwrap();
    let told = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1));
    assert!(told.contains("error[TW201]"), "{told}");
}
