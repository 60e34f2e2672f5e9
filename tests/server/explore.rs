//! Explore templates: the library with its conversations and diagrams, and what of it is taken into the bot's folder.

use turnwise::store::Place;

use super::console::Desk;
use super::world::World;

#[tokio::test]
async fn the_library_is_shown_and_taken_into_the_bots_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bot.yaml"), "name: Shelf\n").unwrap();
    let mut world = World::on(Place::Memory, super::console::bot_with("name: Shelf\n")).await;
    world.served.folder = Some(folder.path().into());
    world.app = turnwise::server::app(world.served.clone());
    let desk = Desk::at(world).await;
    let list = desk.get("/console/templates").await.text;
    assert!(
        list.contains("Create Lead") && list.contains("Not in this bot"),
        "{list}"
    );
    let page = desk.get("/console/templates/create_lead").await.text;
    for part in [
        "LastName",
        "How it sounds",
        "diagram.svg",
        "Add to this bot",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let drawn = desk.get("/console/templates/create_lead/diagram.svg").await;
    assert!(drawn.text.contains("<svg"), "{}", drawn.text);
    let added = desk.post("/console/templates/create_lead/add", &[]).await;
    assert_eq!(added.status, 303, "{}", added.text);
    assert!(folder.path().join("templates/create_lead.yaml").exists());
    let page = desk.get("/console/templates/create_lead").await.text;
    assert!(page.contains("the same as the library"), "{page}");
    assert!(page.contains("is not loaded yet"), "{page}");
    let file = folder.path().join("templates/create_lead.yaml");
    let copy = std::fs::read_to_string(&file).unwrap();
    assert!(copy.contains("title: Create Lead\n"), "{copy}");
    std::fs::write(&file, copy.replace("Create Lead\n", "Make a lead\n")).unwrap();
    let list = desk.get("/console/templates").await.text;
    assert!(
        list.contains("Copied to create_lead.yaml: changed here"),
        "{list}"
    );
    let mut forged = desk;
    forged.csrf = "made up".into();
    let refused = forged.post("/console/templates/get_lead/add", &[]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(!folder.path().join("templates/get_lead.yaml").exists());
}

#[tokio::test]
async fn every_dialog_of_the_library_is_shown_with_a_conversation_that_comes_to_its_end() {
    let desk = Desk::at(World::start().await).await;
    let list = desk.get("/console/templates").await.text;
    let ids = list.split("href=\"/console/templates/").skip(1);
    let ids: Vec<&str> = ids.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), 7, "{ids:?}");
    for id in ids {
        let page = desk.get(&format!("/console/templates/{id}")).await.text;
        let sample = page.split("<pre>").nth(1).unwrap_or_default();
        let sample = sample.split("</pre>").next().unwrap();
        let lines: Vec<&str> = sample.lines().collect();
        assert!(lines[0].starts_with("bot: "), "{id}: {sample}");
        assert!(
            !lines.last().unwrap().starts_with("user:"),
            "{id}: {sample}"
        );
        assert!(!sample.contains("nothing was saved"), "{id}: {sample}");
        assert!(sample.contains("signed in:"), "{id}: {sample}");
        for inner in ["call:", "done:", "effect:", "sandbox"] {
            assert!(!sample.contains(inner), "{id}: {sample}");
        }
    }
}
