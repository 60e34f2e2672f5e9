//! Reads bot.yaml: the bot's name, places and times, its integrations and their authorization profiles. Secrets are only
//! named there; the shell reads them from the environment.

use std::collections::BTreeMap;

use super::load::{World, text_of};
use super::reader::{Problems, near};
use super::source::{Node, Plain};
use super::{Authorize, Bot, Integration, Profile, UnderstandingSettings};
use crate::connector::ConnectorSpec;
use crate::locale::Locale;

/// The keys of bot.yaml.
pub(super) const BOT_KEYS: &[&str] = &[
    "name",
    "greeting",
    "locale",
    "country",
    "currency",
    "timezone",
    "templates",
    "integrations",
    "profiles",
    "handoff",
    "idle",
    "understanding",
    "wording",
    "on_error",
];
/// The connector for any service, whose integrations say where it is.
const HTTP: &str = "http";
pub(super) const INTEGRATION_KEYS: &[&str] = &[
    "connector",
    "authorize",
    "profile",
    "orgs",
    "shared_writes",
    "url",
    "enabled",
];

/// A mechanism: its name, the keys it needs, the keys it may have.
pub(super) type Mechanism = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// Mechanisms of profiles (docs/template-reference.md, "bot.yaml"). `header` or `query` of `api_key` is told apart below.
pub(super) const MECHANISMS: [Mechanism; 6] = [
    (
        "authorization_code",
        &["client_id"],
        &["client_secret", "scopes", "login_host", "prompt"],
    ),
    (
        "client_credentials",
        &["client_id", "client_secret"],
        &["scopes", "login_host"],
    ),
    (
        "jwt_bearer",
        &["client_id", "private_key", "username"],
        &["login_host"],
    ),
    (
        "refresh_token",
        &["client_id", "refresh_token"],
        &["client_secret", "login_host"],
    ),
    ("api_key", &["key"], &["header", "query"]),
    ("basic", &["username", "password"], &[]),
];
pub(super) const SECRETS: [&str; 5] = [
    "client_secret",
    "private_key",
    "refresh_token",
    "key",
    "password",
];

/// Reads it; the integrations go into the world.
pub(super) fn read(node: &Node, world: &mut World<'_>, problems: &mut Problems) -> Bot {
    problems.keys(node, "bot.yaml", BOT_KEYS);
    let name = problems
        .text(node, "name")
        .unwrap_or_else(|| "Turnwise".to_owned());
    let tag = problems
        .text(node, "locale")
        .unwrap_or_else(|| "en-US".to_owned());
    let mut locale = Locale::of(&tag);
    let country = problems.text(node, "country");
    let currency = problems.text(node, "currency");
    locale.country = country.unwrap_or(locale.country);
    locale.currency = currency.unwrap_or(locale.currency);
    let profiles: BTreeMap<String, Profile> = entries(node, "profiles")
        .iter()
        .filter_map(|(id, body)| Some((id.text(), profile(body, problems)?)))
        .collect();
    for (id, settings) in entries(node, "integrations") {
        if let Some(integration) = integration(id, settings, node, world, problems) {
            world.integrations.insert(id.text(), integration);
        }
    }
    let idle = node.get("idle");
    if let Some(idle) = idle {
        problems.keys(idle, "`idle`", &["ask_after", "forget_after"]);
    }
    let mut seconds = |key: &str, otherwise: i64| {
        let Some(value) = idle.and_then(|idle| idle.get(key)) else {
            return otherwise;
        };
        duration(&value.text()).unwrap_or_else(|| {
            let message = format!("`{key}` wants a time like `30m`, `1h` or `2d`.");
            problems.add("TW004", value.at, message, String::new());
            otherwise
        })
    };
    let (ask_after, forget_after) = (seconds("ask_after", 3_600), seconds("forget_after", 86_400));
    let mut handoff = BTreeMap::new();
    for (id, desk) in entries(node, "handoff") {
        problems.keys(desk, "a handoff", &["webhook"]);
        let webhook = problems
            .need(desk, "webhook", "A handoff")
            .unwrap_or_default();
        if let Some(node) = desk.get("webhook") {
            address("webhook", "https://desk.example.com/hook", node, problems);
        }
        handoff.insert(id.text(), webhook);
    }
    Bot {
        name,
        greeting: node
            .get("greeting")
            .and_then(|value| text_of(value, problems)),
        locale,
        timezone: timezone(node, problems),
        ask_after,
        forget_after,
        understanding: understanding(node, problems),
        handoff,
        profiles,
    }
}

/// An integration named by a template and equal to a connector exists, and is not set up. One of `http` is nothing without
/// its address.
pub(super) fn known_integration(world: &mut World<'_>, id: &str) {
    if !world.integrations.contains_key(id)
        && id != HTTP
        && let Some(spec) = world.connectors.iter().find(|spec| spec.id == id)
    {
        world
            .integrations
            .insert(id.to_owned(), plain(id, spec, false));
    }
}

fn entries<'n>(node: &'n Node, key: &str) -> &'n [(Node, Node)] {
    node.get(key).map(Node::entries).unwrap_or_default()
}

fn integration(
    id: &Node,
    settings: &Node,
    bot: &Node,
    world: &World<'_>,
    problems: &mut Problems,
) -> Option<Integration> {
    if settings.value != Plain::Null {
        problems.keys(settings, "an integration", INTEGRATION_KEYS);
    }
    let named = settings.get("connector").unwrap_or(id);
    let connector = named.text();
    let Some(spec) = world.connectors.iter().find(|spec| spec.id == connector) else {
        let known: Vec<&str> = world.connectors.iter().map(|spec| spec.id).collect();
        let message = format!("There is no connector `{connector}`.");
        problems.add("TW601", named.at, message, near(&connector, &known));
        return None;
    };
    let mut integration = plain(&id.text(), spec, true);
    if problems.one_of(settings, "authorize", &["users", "operator"]) == "operator" {
        integration.authorize = Authorize::Operator;
    }
    if let Some(profile) = settings.get("profile") {
        integration.profile = profile.text();
        let known: Vec<String> = entries(bot, "profiles")
            .iter()
            .map(|(id, _)| id.text())
            .collect();
        if profile.text() != "system" && !known.contains(&profile.text()) {
            let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
            known.push("system");
            let message = format!("There is no profile `{}`.", profile.text());
            problems.add("TW601", profile.at, message, near(&profile.text(), &known));
        }
    }
    integration.orgs = match settings.get("orgs").map(|orgs| (orgs, orgs.entries())) {
        Some((_, named)) if !named.is_empty() => named
            .iter()
            .map(|(id, name)| (id.text(), name.text()))
            .collect(),
        Some(_) => {
            let ids = problems.texts(settings, "orgs").into_iter();
            ids.map(|id| (id, String::new())).collect()
        }
        None => BTreeMap::new(),
    };
    if settings.get("shared_writes").is_some() {
        integration.shared_writes = problems.flag(settings, "shared_writes");
    }
    if settings.get("enabled").is_some() {
        integration.enabled = problems.flag(settings, "enabled");
    }
    integration.url = problems.text(settings, "url");
    if spec.id == HTTP {
        integration.title = titled(&id.text());
        service(id, settings, problems);
    }
    Some(integration)
}

/// The address of a service: there is one, and what is said to it is said to it alone.
fn service(id: &Node, settings: &Node, problems: &mut Problems) {
    let Some(url) = settings.get("url") else {
        let message = "An integration of connector `http` needs `url`.".to_owned();
        return problems.add("TW005", id.at, message, String::new());
    };
    address("url", "https://shop.example.com/api", url, problems);
}

/// An address that gets secrets: https, or http on loopback, and no name or password in it.
fn address(key: &str, example: &str, node: &Node, problems: &mut Problems) {
    let text = node.text();
    if !is_address(&text) {
        let message = format!("`{key}` wants an address like `{example}`; this is `{text}`.");
        let help = "Plain http is for loopback only: `http://127.0.0.1:8090`.".to_owned();
        problems.add("TW004", node.at, message, help);
    }
}

/// Whether a text is an address that may be called.
fn is_address(text: &str) -> bool {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let loopback = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        let port = host.strip_prefix(name);
        port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
    });
    let safe = scheme == "https" || (scheme == "http" && loopback);
    safe && host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        && !host.contains(['@', ' '])
}

/// `parts_shop` as people read it, "Parts shop".
fn titled(id: &str) -> String {
    let words = id.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

fn plain(id: &str, spec: &ConnectorSpec, declared: bool) -> Integration {
    Integration {
        id: id.to_owned(),
        title: spec.name.to_owned(),
        spec: spec.clone(),
        authorize: Authorize::Users,
        profile: "system".to_owned(),
        orgs: BTreeMap::new(),
        shared_writes: true,
        url: None,
        declared,
        enabled: true,
    }
}

fn profile(node: &Node, problems: &mut Problems) -> Option<Profile> {
    let mechanism = problems.need(node, "mechanism", "A profile")?;
    let Some((_, needed, may)) = MECHANISMS.iter().find(|(name, ..)| *name == mechanism) else {
        let known = MECHANISMS.map(|(name, ..)| name);
        let at = node.get("mechanism").map_or(node.at, |n| n.at);
        let message = format!("There is no mechanism `{mechanism}`.");
        problems.add("TW601", at, message, near(&mechanism, &known));
        return None;
    };
    let known: Vec<&str> = ["mechanism"]
        .iter()
        .chain(*needed)
        .chain(*may)
        .copied()
        .collect();
    problems.keys(
        node,
        &format!("a profile of mechanism `{mechanism}`"),
        &known,
    );
    let at = node.get("mechanism").map_or(node.at, |n| n.at);
    for key in needed.iter().filter(|key| node.get(key).is_none()) {
        problems.add(
            "TW601",
            at,
            format!("`{mechanism}` needs `{key}`."),
            String::new(),
        );
    }
    if mechanism == "api_key" && node.get("header").is_none() && node.get("query").is_none() {
        problems.add(
            "TW601",
            at,
            "`api_key` needs `header` or `query`.".into(),
            String::new(),
        );
    }
    let mut profile = Profile {
        mechanism,
        plain: BTreeMap::new(),
        secrets: BTreeMap::new(),
    };
    for (key, value) in node.entries() {
        let name = key.text();
        if name == "mechanism" || !known.contains(&name.as_str()) {
            continue;
        }
        if name == "login_host" && value.get("env").is_none() {
            address(
                "login_host",
                "https://login.salesforce.com",
                value,
                problems,
            );
        }
        if let Some(variable) = value.get("env") {
            profile.secrets.insert(name, variable.text());
        } else if SECRETS.contains(&name.as_str()) {
            let message = "A secret must not stand in a file.".to_owned();
            problems.add("TW602", value.at, message, "Write `{ env: NAME }`.".into());
        } else {
            let texts: Vec<String> = value.items().iter().map(|item| item.text()).collect();
            profile.plain.insert(name, texts.join(" "));
        }
    }
    Some(profile)
}

fn timezone(node: &Node, problems: &mut Problems) -> String {
    let Some(zone) = problems.text(node, "timezone") else {
        return "UTC".to_owned();
    };
    if jiff::tz::TimeZone::get(&zone).is_err() {
        let at = node.get("timezone").map_or(node.at, |n| n.at);
        let message =
            format!("`timezone` wants a name like `America/New_York`; there is no `{zone}`.");
        problems.add("TW004", at, message, String::new());
    }
    zone
}

fn understanding(node: &Node, problems: &mut Problems) -> UnderstandingSettings {
    let mut settings = UnderstandingSettings {
        reject: Some(0.9),
        ask_within: 0.15,
    };
    let Some(node) = node.get("understanding") else {
        return settings;
    };
    problems.keys(node, "`understanding`", &["reject", "ask_within"]);
    match node.get("reject") {
        Some(off) if off.text() == "off" => settings.reject = None,
        Some(_) => {
            settings.reject = problems
                .number(node, "reject")
                .map(|n| n as f32)
                .or(settings.reject)
        }
        None => {}
    }
    if let Some(within) = problems.number(node, "ask_within") {
        settings.ask_within = within as f32;
    }
    settings
}

/// `90s`, `30m`, `1h`, `2d`, in seconds.
fn duration(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number = text.strip_suffix(unit)?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(factor)
}
