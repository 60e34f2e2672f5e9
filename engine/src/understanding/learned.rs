//! What is learnt from a bot's examples when it is loaded: which template a text means, and where in it values stand.
//! Learning happens once a load; nothing here changes afterwards.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::template::{Template, UnderstandingSettings};

use super::intent::Intents;
use super::message::Moment;
use super::pattern::Patterns;

/// A bot's examples, learnt.
#[derive(Debug, Default)]
pub struct Learned {
    intents: Option<Intents>,
    patterns: BTreeMap<String, Patterns>,
}

/// Which template a text means.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// The template; `None` where nothing fits, or two are nearly tied.
    pub template: Option<String>,
    /// Its probability.
    pub score: f32,
    /// The others, best first.
    pub others: Vec<(String, f32)>,
    /// Whether the text is one of its examples.
    pub exact: bool,
    /// Whether two were nearly tied.
    pub tie: bool,
    /// Why, one line each.
    pub why: Vec<String>,
}

impl Learned {
    /// Learns from the examples of these templates.
    pub fn from(
        templates: &IndexMap<String, Arc<Template>>,
        settings: &UnderstandingSettings,
    ) -> Learned {
        let patterns = templates
            .iter()
            .map(|(id, template)| (id.clone(), Patterns::learn(template)))
            .collect();
        Learned {
            intents: Some(Intents::learn(templates, settings)),
            patterns,
        }
    }

    /// Chooses a template for a text.
    pub fn choose(&self, _moment: &Moment<'_>, text: &str) -> Chosen {
        let Some(intents) = &self.intents else {
            return Chosen::default();
        };
        let choice = intents.choose(text);
        Chosen {
            template: choice.template,
            score: choice.score,
            others: choice.others,
            exact: choice.exact,
            tie: choice.tie,
            why: choice
                .why
                .iter()
                .map(|(feature, weight)| format!("{feature} {weight:+.2}"))
                .collect(),
        }
    }

    /// The places of slots in a text, by the examples of a template.
    pub fn places(&self, template: &str, text: &str) -> Vec<(String, Range<usize>)> {
        self.patterns
            .get(template)
            .map(|patterns| patterns.fit(text))
            .unwrap_or_default()
    }

    /// How many words of an example of a template stand in a text that fits it.
    pub fn worded(&self, template: &str, text: &str) -> usize {
        self.patterns
            .get(template)
            .map_or(0, |patterns| patterns.words_in(text))
    }
}
