//! Values of bot.yaml that are well formed and can't be right: a library template that isn't there, a locale that isn't
//! one, an address that leads nowhere, a greeting with names it doesn't have.

use super::{names, options};
use crate::connector::ConnectorSpec;
use crate::locale::Locale;
use crate::template::load::fits;
use crate::template::reader::{Problems, near};
use crate::template::source::{Node, Plain, Source};
use crate::understanding::words::Words;

/// Checks the bot's file against the library's files.
pub(in crate::template) fn check(
    bot: &Node,
    library: &[Source],
    connectors: &[ConnectorSpec],
    problems: &mut Problems,
) {
    templates(bot, library, problems);
    if let Some(greeting) = bot.get("greeting") {
        names::greeting(greeting, problems);
    }
    if let Some(tag) = bot.get("locale") {
        locale(tag, problems);
    }
    if let Some(country) = bot.get("country") {
        options::country_code(country, problems);
    }
    if let Some(currency) = bot.get("currency") {
        options::currency_code(currency, problems);
    }
    if let Some(understanding) = bot.get("understanding") {
        shares(understanding, problems);
    }
    for (id, settings) in entries(bot, "integrations") {
        let connector = settings.get("connector").unwrap_or(id).text();
        if connectors.iter().any(|spec| spec.id == connector) && connector == "salesforce" {
            orgs(settings, problems);
        }
    }
    for (key, value) in entries(bot, "idle") {
        let text = value.text();
        let number: String = text.chars().take_while(char::is_ascii_digit).collect();
        if !number.is_empty() && number.chars().all(|c| c == '0') {
            let message = format!(
                "`{}` wants a time that passes; this is `{text}`.",
                key.text()
            );
            problems.add("TW004", value.at, message, String::new());
        }
    }
}

fn entries<'n>(node: &'n Node, key: &str) -> &'n [(Node, Node)] {
    node.get(key).map(Node::entries).unwrap_or_default()
}

/// Every pattern of `templates:` names something of the library.
fn templates(bot: &Node, library: &[Source], problems: &mut Problems) {
    for pattern in bot.get("templates").map(Node::items).unwrap_or_default() {
        let text = pattern.text();
        if library.iter().any(|file| fits(&text, &file.name)) {
            continue;
        }
        let known: Vec<&str> = library.iter().map(|file| file.name.as_str()).collect();
        let message = format!("There is no template `{text}` in the library.");
        problems.add("TW308", pattern.at, message, near(&text, &known));
    }
}

/// A tag of a language, and of a country where it names one.
fn locale(tag: &Node, problems: &mut Problems) {
    let text = tag.text();
    let mut parts = text.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    let is_tag = matches!(language.len(), 2 | 3)
        && language.chars().all(|c| c.is_ascii_alphabetic())
        && text.split(['-', '_']).all(|part| {
            (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        });
    let words = Words::of(&Locale::of("en"));
    let unknown = parts
        .filter(|part| part.len() == 2)
        .find(|part| !words.is_country_code(&part.to_uppercase()));
    if !is_tag || unknown.is_some() {
        let message = format!("`locale` wants a tag like `en-US` or `de`; this is `{text}`.");
        let help = unknown.filter(|_| is_tag);
        let help = help.map(|part| format!("There is no country `{part}`."));
        problems.add("TW004", tag.at, message, help.unwrap_or_default());
    } else if !Words::spoken(language) {
        let message =
            format!("There are no words of the language `{language}`; English ones stand in.");
        problems.warn("TW004", tag.at, message, String::new());
    }
}

/// Probabilities of `understanding:`.
fn shares(node: &Node, problems: &mut Problems) {
    for key in ["reject", "ask_within"] {
        if let Some(value) = node.get(key)
            && let Plain::Number(number) = value.value
            && !(0.0..=1.0).contains(&number)
        {
            let message = format!("`{key}` wants a number from 0 to 1; this is {number}.");
            problems.add("TW004", value.at, message, String::new());
        }
    }
}

/// Ids of orgs: a list of them, or each with the name that people know it by.
fn orgs(settings: &Node, problems: &mut Problems) {
    let Some(orgs) = settings.get("orgs") else {
        return;
    };
    let named = orgs.entries();
    for (_, name) in named.iter().filter(|(_, name)| !name.is_scalar()) {
        let message = "The name of an org is a text.".to_owned();
        problems.add("TW004", name.at, message, String::new());
    }
    let ids: Vec<&Node> = if named.is_empty() {
        orgs.items()
    } else {
        named.iter().map(|(id, _)| id).collect()
    };
    for org in ids {
        let text = org.text();
        let is_id = matches!(text.len(), 15 | 18)
            && text.starts_with("00D")
            && text.chars().all(|c| c.is_ascii_alphanumeric());
        if !is_id {
            let message = format!("`orgs` wants ids like `00D000000000001EAA`; this is `{text}`.");
            problems.add("TW004", org.at, message, String::new());
        }
    }
}
