//! From files to a bot: every file read, every problem collected, and a bot only if there is no error among them. How a
//! slot or a step is read stands in its own file.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use super::reader::{Problems, near};
use super::source::{Node, Source, Sources, parse};
use super::{
    Authorize, Bot, Digressions, ErrorKey, Example, ExamplePart, Integration, Slot, Step, Template,
    Templates, Text, UnderstandingSettings, slot, step,
};
use crate::connector::ConnectorSpec;
use crate::diagnostic::{Diagnostic, Severity};
use crate::effect::{Auth, FailureKind};
use crate::locale::Locale;
use crate::understanding::learned::Learned;

/// What loading came to.
#[derive(Debug)]
pub struct Loaded {
    /// The bot; `None` where a problem is an error.
    pub templates: Option<Templates>,
    /// Every problem of every file.
    pub diagnostics: Vec<Diagnostic>,
}

const TEMPLATE_KEYS: &[&str] = &[
    "template",
    "title",
    "summary",
    "version",
    "purpose",
    "integration",
    "object",
    "nouns",
    "include",
    "examples",
    "slots",
    "steps",
    "auth",
    "digressions",
    "on_error",
    "wording",
    "based_on",
];
const BOT_KEYS: &[&str] = &[
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

/// A template file and the names that all of them may use.
pub(super) struct World<'a> {
    pub(super) connectors: &'a [ConnectorSpec],
    pub(super) integrations: BTreeMap<String, Integration>,
    pub(super) shared: BTreeMap<String, (Node, String)>,
    pub(super) templates: Vec<String>,
}

impl Templates {
    /// Loads a bot from its files.
    pub fn load(sources: &Sources, connectors: &[ConnectorSpec]) -> Loaded {
        let mut all = Vec::new();
        let mut files = Vec::new();
        let bot_node = sources
            .bot
            .as_ref()
            .and_then(|source| read(source, &mut all));
        let wanted = bot_node
            .as_ref()
            .and_then(|n| n.get("templates"))
            .map(|n| n.items())
            .unwrap_or_default();
        for source in &sources.files {
            if let Some(node) = read(source, &mut all) {
                files.push((source, node));
            }
        }
        for source in &sources.library {
            let shared = source.text.contains("\nshared:") || source.text.starts_with("shared:");
            let listed = wanted
                .iter()
                .any(|pattern| fits(&pattern.text(), &source.name));
            if (shared || listed)
                && let Some(node) = read(source, &mut all)
            {
                files.push((source, node));
            }
        }
        let mut world = World {
            connectors,
            integrations: BTreeMap::new(),
            shared: BTreeMap::new(),
            templates: Vec::new(),
        };
        let mut problems = Problems {
            file: name_of(sources.bot.as_ref()),
            ..Problems::default()
        };
        let bot = read_bot(bot_node.as_ref(), &mut world, &mut problems);
        for (source, node) in &files {
            if node.get("shared").is_some() {
                let id = node.get("shared").map(Node::text).unwrap_or_default();
                world
                    .shared
                    .entry(id)
                    .or_insert_with(|| (node.clone(), source.name.clone()));
            } else if let Some(id) = node.get("template") {
                world.templates.push(id.text());
                if let Some(integration) = node.get("integration") {
                    known_integration(&mut world, &integration.text());
                }
            }
        }
        let repair = read(&sources.repair, &mut all);
        let mut wording = BTreeMap::new();
        let mut on_error = Vec::new();
        if let Some(repair) = &repair {
            let mut own = Problems {
                file: sources.repair.name.clone(),
                ..Problems::default()
            };
            for (key, value) in repair.get("wording").map(Node::entries).unwrap_or_default() {
                if let Some(text) = text_of(value, &mut own) {
                    wording.insert(key.text(), text);
                }
            }
            on_error = read_on_error(repair.get("on_error"), None, &world, &mut own);
            all.append(&mut own.found);
        }
        if let Some(node) = &bot_node {
            for (key, value) in node.get("wording").map(Node::entries).unwrap_or_default() {
                match wording.get_mut(&key.text()) {
                    None => {
                        let message = format!("`{}` is no standard response.", key.text());
                        problems.add("TW603", key.at, message, String::new());
                    }
                    Some(standard) => {
                        if let Some(text) = text_of(value, &mut problems) {
                            *standard = text;
                        }
                    }
                }
            }
            let mut own = read_on_error(node.get("on_error"), None, &world, &mut problems);
            own.append(&mut on_error);
            on_error = own;
        }
        all.append(&mut problems.found);
        let mut current: IndexMap<String, Arc<Template>> = IndexMap::new();
        for (source, node) in &files {
            if node.get("template").is_none() {
                continue;
            }
            let mut problems = Problems {
                file: source.name.clone(),
                ..Problems::default()
            };
            if let Some(template) = read_template(node, &world, &mut problems) {
                match current.get(&template.id) {
                    // The bot's own folder comes first: a library template of the same id stands behind it.
                    Some(_) if sources.library.contains(source) => {}
                    Some(first) => {
                        let message = format!(
                            "The id `{}` is already that of {}.",
                            template.id, first.file
                        );
                        problems.add(
                            "TW101",
                            node.at,
                            message,
                            "Give one of them another.".into(),
                        );
                    }
                    None => {
                        current.insert(template.id.clone(), Arc::new(template));
                    }
                }
            }
            all.append(&mut problems.found);
        }
        all.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        let refused = all.iter().any(|d| d.severity == Severity::Error);
        let learned = Arc::new(Learned::from(&current, &bot.understanding));
        let templates = Templates {
            wording: BTreeMap::from([(bot.locale.tag.clone(), wording)]),
            bot,
            current,
            versions: BTreeMap::new(),
            on_error,
            integrations: world.integrations,
            learned,
        };
        Loaded {
            templates: (!refused).then_some(templates),
            diagnostics: all,
        }
    }
}

fn read(source: &Source, all: &mut Vec<Diagnostic>) -> Option<Node> {
    match parse(&source.text) {
        Ok(node) => Some(node),
        Err((at, what)) => {
            let mut problems = Problems {
                file: source.name.clone(),
                ..Problems::default()
            };
            problems.add(
                "TW001",
                at,
                format!("This is not YAML: {what}."),
                String::new(),
            );
            all.append(&mut problems.found);
            None
        }
    }
}

fn name_of(source: Option<&Source>) -> String {
    source.map_or_else(|| "bot.yaml".to_owned(), |source| source.name.clone())
}

fn fits(pattern: &str, name: &str) -> bool {
    pattern == name
        || pattern
            .strip_suffix('*')
            .is_some_and(|start| name.starts_with(start))
}

fn read_bot(node: Option<&Node>, world: &mut World<'_>, problems: &mut Problems) -> Bot {
    let empty = Node {
        value: super::source::Plain::Map(Vec::new()),
        at: (1, 1),
    };
    let node = node.unwrap_or(&empty);
    problems.keys(node, "bot.yaml", BOT_KEYS);
    let name = problems
        .text(node, "name")
        .unwrap_or_else(|| "Turnwise".to_owned());
    let mut locale = Locale::of(
        &problems
            .text(node, "locale")
            .unwrap_or_else(|| "en-US".to_owned()),
    );
    if let Some(country) = problems.text(node, "country") {
        locale.country = country;
    }
    if let Some(currency) = problems.text(node, "currency") {
        locale.currency = currency;
    }
    for (id, settings) in node
        .get("integrations")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let connector = settings
            .get("connector")
            .map_or_else(|| id.text(), Node::text);
        let Some(spec) = world.connectors.iter().find(|spec| spec.id == connector) else {
            let known: Vec<&str> = world.connectors.iter().map(|spec| spec.id).collect();
            problems.add(
                "TW601",
                id.at,
                format!("There is no connector `{connector}`."),
                near(&connector, &known),
            );
            continue;
        };
        let mut integration = plain_integration(&id.text(), spec, true);
        if settings.get("authorize").map(Node::text).as_deref() == Some("operator") {
            integration.authorize = Authorize::Operator;
        }
        integration.profile = settings
            .get("profile")
            .map_or_else(|| "system".to_owned(), Node::text);
        integration.orgs = problems.texts(settings, "orgs");
        integration.shared_writes = settings
            .get("shared_writes")
            .is_none_or(|_| problems.flag(settings, "shared_writes"));
        integration.url = problems.text(settings, "url");
        world.integrations.insert(id.text(), integration);
    }
    let idle = node.get("idle");
    let seconds = |key: &str, otherwise: i64| {
        idle.and_then(|idle| idle.get(key))
            .and_then(|value| duration(&value.text()))
            .unwrap_or(otherwise)
    };
    let understanding = node.get("understanding");
    let reject = match understanding.and_then(|u| u.get("reject")).map(Node::text) {
        Some(off) if off == "off" => None,
        Some(number) => number.parse().ok().or(Some(0.9)),
        None => Some(0.9),
    };
    Bot {
        name,
        greeting: node
            .get("greeting")
            .and_then(|value| text_of(value, problems)),
        locale,
        timezone: problems
            .text(node, "timezone")
            .unwrap_or_else(|| "UTC".to_owned()),
        ask_after: seconds("ask_after", 3_600),
        forget_after: seconds("forget_after", 86_400),
        understanding: UnderstandingSettings {
            reject,
            ask_within: 0.15,
        },
        handoff: node
            .get("handoff")
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .map(|(id, desk)| {
                (
                    id.text(),
                    desk.get("webhook").map(Node::text).unwrap_or_default(),
                )
            })
            .collect(),
        profiles: BTreeMap::new(),
    }
}

fn duration(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.len().checked_sub(1)?);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(factor)
}

/// An integration named by a template and equal to a connector exists, and is not set up.
fn known_integration(world: &mut World<'_>, id: &str) {
    if !world.integrations.contains_key(id)
        && let Some(spec) = world.connectors.iter().find(|spec| spec.id == id)
    {
        world
            .integrations
            .insert(id.to_owned(), plain_integration(id, spec, false));
    }
}

fn plain_integration(id: &str, spec: &ConnectorSpec, declared: bool) -> Integration {
    Integration {
        id: id.to_owned(),
        title: spec.name.to_owned(),
        spec: spec.clone(),
        authorize: Authorize::Users,
        profile: "system".to_owned(),
        orgs: Vec::new(),
        shared_writes: true,
        url: None,
        declared,
        enabled: true,
    }
}

fn read_template(node: &Node, world: &World<'_>, problems: &mut Problems) -> Option<Template> {
    problems.keys(node, "a template", TEMPLATE_KEYS);
    let id = problems.need(node, "template", "A template")?;
    if !is_id(&id) {
        problems.add(
            "TW107",
            node.at,
            format!("`{id}` can't be a name: lower case letters, digits and _."),
            String::new(),
        );
    }
    let title = problems
        .need(node, "title", "A template")
        .unwrap_or_default();
    let integration = problems.text(node, "integration");
    if let Some(name) = &integration
        && !world.integrations.contains_key(name)
    {
        let known: Vec<&str> = world.integrations.keys().map(String::as_str).collect();
        let at = node.get("integration").map_or(node.at, |n| n.at);
        problems.add(
            "TW306",
            at,
            format!("There is no integration `{name}`."),
            near(name, &known),
        );
    }
    let object = problems.text(node, "object");
    let mut slots: IndexMap<String, Slot> = IndexMap::new();
    for shared in problems.texts(node, "include") {
        let Some((file, _)) = world.shared.get(&shared) else {
            let at = node.get("include").map_or(node.at, |n| n.at);
            problems.add(
                "TW102",
                at,
                format!("There is no shared file `{shared}` here or in the library."),
                String::new(),
            );
            continue;
        };
        for (name, body) in file.get("slots").map(Node::entries).unwrap_or_default() {
            slots.insert(
                name.text(),
                slot::read(&name.text(), body, object.as_deref(), problems),
            );
        }
    }
    for (name, body) in node.get("slots").map(Node::entries).unwrap_or_default() {
        slots.insert(
            name.text(),
            slot::read(&name.text(), body, object.as_deref(), problems),
        );
    }
    slot::name_fields(&mut slots, node, world, problems);
    let examples = node.get("examples").map(Node::items).unwrap_or_default();
    let examples: Vec<Example> = examples
        .iter()
        .filter_map(|e| read_example(e, &slots, problems))
        .collect();
    let mut template = Template {
        purpose: problems
            .text(node, "purpose")
            .unwrap_or_else(|| title.to_lowercase()),
        summary: problems.text(node, "summary").unwrap_or_default(),
        nouns: problems.texts(node, "nouns"),
        version: problems.text(node, "version"),
        examples,
        steps: Arc::default(),
        auth: auth(node),
        digressions: digressions(node),
        on_error: Vec::new(),
        wording: BTreeMap::new(),
        digest: String::new(),
        resolved: node.json().to_string(),
        file: problems.file.clone(),
        id,
        title,
        integration,
        object,
        slots,
    };
    for (key, value) in node.get("wording").map(Node::entries).unwrap_or_default() {
        if let Some(text) = text_of(value, problems) {
            template.wording.insert(key.text(), text);
        }
    }
    match node.get("steps") {
        Some(steps) => template.steps = Arc::new(step::read_all(steps, &template, world, problems)),
        None => problems.warn(
            "TW309",
            node.at,
            "Without steps it is understood and does nothing.".into(),
            String::new(),
        ),
    }
    template.on_error = read_on_error(node.get("on_error"), Some(&template), world, problems);
    let mut hash = Sha256::new();
    hash.update(template.resolved.as_bytes());
    for slot in template.slots.values() {
        hash.update(format!("{slot:?}").as_bytes());
    }
    template.digest = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(template)
}

fn read_example(
    node: &Node,
    slots: &IndexMap<String, Slot>,
    problems: &mut Problems,
) -> Option<Example> {
    let text = match node.get("text") {
        Some(text) => text.text(),
        None if node.is_scalar() => node.text(),
        None => {
            problems.add(
                "TW004",
                node.at,
                "An example wants a text.".into(),
                "Put quotes around it.".into(),
            );
            return None;
        }
    };
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['{', '\\']) {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('\\') {
            let mut letters = after.chars();
            words.extend(letters.next());
            rest = letters.as_str();
            continue;
        }
        let end = rest.find('}').unwrap_or(rest.len());
        let name = rest[1..end].trim().to_owned();
        rest = rest.get(end + 1..).unwrap_or_default();
        if !slots.contains_key(&name) {
            let known: Vec<&str> = slots.keys().map(String::as_str).collect();
            problems.add(
                "TW502",
                node.at,
                format!("`{name}` in an example is no slot."),
                near(&name, &known),
            );
            continue;
        }
        if !words.is_empty() {
            parts.push(ExamplePart::Text(std::mem::take(&mut words)));
        }
        parts.push(ExamplePart::Slot(name));
    }
    words.push_str(rest);
    if !words.is_empty() {
        parts.push(ExamplePart::Text(words));
    }
    let means = node.get("means").map(Node::entries).unwrap_or_default();
    let means = means
        .iter()
        .map(|(slot, value)| (slot.text(), value.text()))
        .collect();
    Some(Example {
        parts,
        means,
        line: node.at.0,
    })
}

/// `on_error:`: branches by kind, by a code of the connector, or `any`.
pub(super) fn read_on_error(
    node: Option<&Node>,
    template: Option<&Template>,
    world: &World<'_>,
    problems: &mut Problems,
) -> Vec<(ErrorKey, Arc<Vec<Step>>)> {
    let mut branches = Vec::new();
    for (key, steps) in node.map(Node::entries).unwrap_or_default() {
        let name = key.text();
        let codes = || {
            world
                .connectors
                .iter()
                .flat_map(|c| c.codes.iter())
                .any(|(code, _)| *code == name)
        };
        let kind = FailureKind::ALL
            .into_iter()
            .find(|kind| kind.word() == name);
        let error_key = match kind {
            _ if name == "any" => ErrorKey::Any,
            Some(kind) => ErrorKey::Kind(kind),
            None if codes() => ErrorKey::Code(name),
            None => {
                let kinds: Vec<&str> = FailureKind::ALL.iter().map(|k| k.word()).collect();
                let message =
                    format!("`{name}` is neither a kind of failure nor a code of the connector.");
                problems.add("TW311", key.at, message, near(&name, &kinds));
                continue;
            }
        };
        branches.push((
            error_key,
            Arc::new(step::read_branch(
                steps,
                &key.text(),
                template,
                world,
                problems,
            )),
        ));
    }
    branches
}

/// A text with its variants.
pub(super) fn text_of(node: &Node, problems: &mut Problems) -> Option<Text> {
    let items = node.items();
    let mut variants = Vec::new();
    for item in items {
        if !item.is_scalar() {
            let help = "A text that begins with `{{` or holds `: ` needs quotes around it.";
            problems.add("TW006", item.at, "This wants a text.".into(), help.into());
            continue;
        }
        match super::Phrase::parse(&item.text()) {
            Ok(phrase) => variants.push(phrase),
            Err(error) => problems.add(
                "TW401",
                item.at,
                format!("This text does not parse: {}.", error.message),
                String::new(),
            ),
        }
    }
    (!variants.is_empty()).then_some(Text { variants })
}

pub(super) fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn auth(node: &Node) -> Auth {
    match node.get("auth").map(Node::text).as_deref() {
        Some("user") => Auth::User,
        Some("shared") => Auth::Shared,
        _ => Auth::Integration,
    }
}

pub(super) fn digressions(node: &Node) -> Digressions {
    match node.get("digressions").map(Node::text).as_deref() {
        Some("ask") => Digressions::Ask,
        Some("refuse") => Digressions::Refuse,
        _ => Digressions::Allow,
    }
}
