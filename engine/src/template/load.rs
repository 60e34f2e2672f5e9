//! From files to a bot: every file read, every problem collected, and a bot only if there is no error among them. How a
//! slot or a step is read stands in its own file.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

pub use super::files::fits;
use super::files::{self, File, QUOTES};
use super::merge::{self, Shelf};
use super::reader::{Problems, near};
use super::source::{Node, Place, Plain, Source, Sources, parse};
use super::spoken::Spoken;
use super::{ErrorKey, Integration, Step, Template, Templates, Text, bot, check, dialog, step};
use crate::connector::ConnectorSpec;
use crate::diagnostic::{Diagnostic, Severity};
use crate::effect::FailureKind;
use crate::facts::Facts;
use crate::understanding::learned::Learned;
use crate::understanding::meaning::{self, Meanings};

/// What loading came to.
#[derive(Debug)]
pub struct Loaded {
    /// The bot; `None` where a problem is an error.
    pub templates: Option<Templates>,
    /// Every problem of every file.
    pub diagnostics: Vec<Diagnostic>,
}

/// The names that all templates may use.
pub(super) struct World<'a> {
    pub(super) connectors: &'a [ConnectorSpec],
    pub(super) integrations: BTreeMap<String, Integration>,
    pub(super) shelf: Shelf,
    pub(super) templates: Vec<String>,
    pub(super) handoffs: Vec<String>,
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Everything.
    Thorough,
    /// All errors, and the warnings that cost nothing.
    Quick,
}

impl Templates {
    /// Loads a bot from its files: every problem of every file, and the bot where none of them is an error.
    pub fn load(sources: &Sources, connectors: &[ConnectorSpec]) -> Loaded {
        Templates::load_against(sources, connectors, &Facts::new(), meaning::built_in())
    }

    /// As [`Templates::load`], compared with what these orgs are known to have, and with the caller's source of what texts
    /// mean: one that remembers, say, or none.
    pub fn load_against(
        sources: &Sources,
        connectors: &[ConnectorSpec],
        facts: &Facts,
        meanings: Option<Arc<dyn Meanings>>,
    ) -> Loaded {
        Templates::load_with(sources, connectors, facts, meanings, Care::Thorough)
    }

    /// As [`Templates::load_against`] for a bot that is to run, not to be looked over: without the warnings that take
    /// learning what only doubtful texts need.
    pub fn load_to_run(
        sources: &Sources,
        connectors: &[ConnectorSpec],
        meanings: Option<Arc<dyn Meanings>>,
    ) -> Loaded {
        Templates::load_with(sources, connectors, &Facts::new(), meanings, Care::Quick)
    }

    fn load_with(
        sources: &Sources,
        connectors: &[ConnectorSpec],
        facts: &Facts,
        meanings: Option<Arc<dyn Meanings>>,
        care: Care,
    ) -> Loaded {
        let table = files::table(sources);
        let mut problems = Problems {
            file: table[0].name.clone(),
            sources: table.clone(),
            ..Problems::default()
        };
        let bot_node = files::read(&table[0], 0, &mut problems).unwrap_or_else(|| Node {
            value: Plain::Map(Vec::new()),
            at: Place::default(),
            written: None,
        });
        let (files, words) = files::of_bot(&table, sources, &bot_node, &mut problems);
        let mut world = World {
            connectors,
            integrations: BTreeMap::new(),
            shelf: Shelf::default(),
            templates: Vec::new(),
            handoffs: Vec::new(),
        };
        let bot = bot::read(&bot_node, &mut world, &mut problems);
        check::bot::check(&bot_node, &sources.library, connectors, &mut problems);
        world.handoffs = bot.handoff.keys().cloned().collect();
        files::shelve(&files, &mut world, &mut problems);
        for file in files.iter().filter(|file| !file.library) {
            check::based_on::check(&file.node, &sources.library, &mut problems);
        }
        let (wording, on_error) = standard(&table, &bot_node, &world, &mut problems);
        let mut spoken = Spoken::default();
        for (locale, source, node) in &words {
            problems.file = source.name.clone();
            spoken.words(locale, node, &wording, &mut problems);
        }
        let (current, nodes) = dialogs(&files, &world, &mut spoken, &mut problems);
        let learned = Arc::new(Learned::from(
            &current,
            &bot.understanding,
            &bot.locale,
            meanings.clone(),
        ));
        let mut templates = Templates {
            wording: BTreeMap::from([(bot.locale.tag.clone(), wording)]),
            bot,
            current,
            versions: BTreeMap::new(),
            locales: BTreeMap::new(),
            on_error,
            integrations: world.integrations,
            learned,
        };
        let shelves = (&world.shelf, sources.library.as_slice());
        check::all(&templates, &nodes, shelves, facts, care, &mut problems);
        templates.learned.close();
        templates.locales = spoken.bots(&templates, meanings.as_ref());
        let mut diagnostics = problems.found;
        diagnostics.sort_by(|a, b| {
            (&a.file, a.line, a.column, a.code).cmp(&(&b.file, b.line, b.column, b.code))
        });
        // Of templates that do nothing none can do the wrong thing: sets of texts are measured so, whatever they share.
        let idle = templates.current.values().all(|t| t.steps.is_empty());
        let refused = diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error && !(idle && d.code == "TW503"));
        Loaded {
            templates: (!refused).then_some(templates),
            diagnostics,
        }
    }

    /// Reads a version that the store kept ([`Template::resolved`]), for a dialog that began with it. `None` where it does
    /// not hold any more: it names a template, an integration or an operation that is gone.
    pub fn restore(&self, resolved: &str) -> Option<Arc<Template>> {
        let (node, _) = parse(resolved, 0).ok()?;
        let connectors: Vec<ConnectorSpec> =
            self.integrations.values().map(|i| i.spec.clone()).collect();
        let world = World {
            connectors: &connectors,
            integrations: self.integrations.clone(),
            shelf: Shelf::default(),
            templates: self.current.keys().cloned().collect(),
            handoffs: self.bot.handoff.keys().cloned().collect(),
        };
        let mut problems = Problems::default();
        let template = dialog::read(&node, &world, &mut problems)?;
        let refused = problems.found.iter().any(|d| d.severity == Severity::Error);
        (!refused).then(|| Arc::new(template))
    }
}

/// The templates that the bot has, and what each was read from; files of other languages go to what is spoken.
fn dialogs(
    files: &[File<'_>],
    world: &World<'_>,
    spoken: &mut Spoken,
    problems: &mut Problems,
) -> (IndexMap<String, Arc<Template>>, Vec<Node>) {
    let mut current: IndexMap<String, Arc<Template>> = IndexMap::new();
    let mut nodes = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.listed && file.node.get("shared").is_none())
    {
        problems.file = file.source.name.clone();
        if file.node.get("locale").is_some() {
            check::translation::check(&file.node, &world.shelf, problems);
            spoken.template(&file.node, world, problems);
            continue;
        }
        let id = file
            .node
            .get("template")
            .map(Node::text)
            .unwrap_or_default();
        if let Some(first) = current.get(&id) {
            // The bot's own folder comes first: a library template of the same id stands behind it.
            if !file.library {
                let message = format!("The id `{id}` is already that of {}.", first.file);
                let at = file.node.get("template").map_or(file.node.at, |id| id.at);
                problems.add("TW101", at, message, "Give one of them another.".into());
            }
            continue;
        }
        let Some(node) = merge::whole(&file.node, &world.shelf, problems) else {
            continue;
        };
        if let Some(template) = dialog::read(&node, world, problems) {
            nodes.push(node);
            current.insert(template.id.clone(), Arc::new(template));
        }
    }
    (current, nodes)
}

type Branches = Vec<(ErrorKey, Arc<Vec<Step>>)>;

/// The standard responses and error branches: bot.yaml's over those of the repair file.
fn standard(
    table: &[Source],
    bot: &Node,
    world: &World<'_>,
    problems: &mut Problems,
) -> (BTreeMap<String, Text>, Branches) {
    let mut wording = BTreeMap::new();
    let number = table.len() - 1;
    let repair = files::read(&table[number], number, problems);
    let repair = repair.as_ref();
    for (key, value) in repair
        .and_then(|r| r.get("wording"))
        .map(Node::entries)
        .unwrap_or_default()
    {
        if let Some(text) = text_of(value, problems) {
            wording.insert(key.text(), text);
        }
    }
    if let Some(own) = bot.get("wording") {
        let all = BTreeMap::from([(String::new(), wording.clone())]);
        check::wording::check(own, &all, &[], problems);
    }
    for (key, value) in bot.get("wording").map(Node::entries).unwrap_or_default() {
        if let Some(text) = text_of(value, problems)
            && let Some(standard) = wording.get_mut(&key.text())
        {
            *standard = text;
        }
    }
    let mut on_error = read_on_error(bot.get("on_error"), None, world, problems);
    on_error.append(&mut read_on_error(
        repair.and_then(|r| r.get("on_error")),
        None,
        world,
        problems,
    ));
    (wording, on_error)
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
            problems.add("TW006", item.at, QUOTES.into(), String::new());
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
