//! What is learnt from a bot's examples when it is loaded: which template a text means, and where in it values stand.
//! Learning happens once a load; nothing here changes afterwards.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use crate::fixed::FixedSet;
use crate::template::{ExamplePart, Slot, SlotKind, Template, UnderstandingSettings};

use crate::locale::Locale;

use super::command::{self, Command};
use super::entity::{self, Reader, Reading};
use super::filling;
use super::intent::Intents;
use super::kept::{self, Keep};
use super::meaning::Meanings;
use super::message::Moment;
use super::pattern::Patterns;
use super::tagger::cascade::Cascade;
use super::tagger::lesson::lessons;
use super::tagger::{Lessons, Proposal, Tagged};
use super::words::{Words, normal};

/// A bot's examples, learnt.
#[derive(Debug, Default)]
pub struct Learned {
    intents: Option<Intents>,
    patterns: BTreeMap<String, Patterns>,
    tagger: Option<Cascade>,
    /// Words of the examples themselves, of nouns, names of fields and choices: what people say around values.
    said: FixedSet<String>,
    /// Commands that are examples of a template.
    commands: FixedSet<(String, Command)>,
    place: Option<Place>,
}

/// Where what was learnt is kept.
#[derive(Debug)]
struct Place {
    source: Arc<dyn Meanings>,
    key: String,
    /// How much is kept there; nothing yet where `None`.
    holds: Mutex<Option<Known>>,
}

/// How much of what is learnt late is learnt: what [`Intents::known`] tells.
type Known = (bool, usize);

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
    /// Learns from the examples of these templates, or takes up what was learnt from the same ones before.
    pub fn from(
        templates: &IndexMap<String, Arc<Template>>,
        settings: &UnderstandingSettings,
        locale: &Locale,
        meanings: Option<Arc<dyn Meanings>>,
    ) -> Learned {
        let key = key(templates, settings, locale);
        let place = meanings
            .clone()
            .filter(|source| source.memory().is_some())
            .map(|source| Place {
                source,
                key: key.clone(),
                holds: Mutex::default(),
            });
        let kept = place.as_ref().and_then(Place::recall);
        let taken = kept.and_then(|bytes| {
            let mut bytes = bytes.as_slice();
            let tagger = match bool::take(&mut bytes)? {
                true => Some(Cascade::take(
                    templates,
                    locale,
                    meanings.clone(),
                    &key,
                    &mut bytes,
                )?),
                false => None,
            };
            let intents = Intents::take(templates, settings, meanings.clone(), &mut bytes)?;
            bytes.is_empty().then_some((tagger, intents))
        });
        let is_taken = taken.is_some();
        let (tagger, intents) = taken.unwrap_or_else(|| {
            (
                Cascade::learn(templates, locale, meanings.clone(), &key),
                Intents::learn(templates, settings, meanings),
            )
        });
        if let Some(place) = place.as_ref().filter(|_| is_taken) {
            *place.holds() = Some(intents.known());
        }
        let patterns = templates
            .iter()
            .map(|(id, template)| (id.clone(), Patterns::learn(template, Words::of(locale))))
            .collect();
        Learned {
            intents: Some(intents),
            patterns,
            tagger,
            said: said(templates),
            commands: commands(templates, Words::of(locale)),
            place,
        }
    }

    /// Ends a load: keeps what was learnt in it, where there is a place for it.
    pub(crate) fn close(&self) {
        if let Some(intents) = &self.intents {
            intents.close();
        }
        self.keep();
    }

    /// Keeps what was learnt where more is known than is kept.
    pub fn keep(&self) {
        let (Some(intents), Some(place)) = (&self.intents, &self.place) else {
            return;
        };
        let mut holds = place.holds();
        let known = intents.known();
        if *holds != Some(known) {
            *holds = Some(known);
            let mut out = Vec::new();
            self.tagger.is_some().put(&mut out);
            if let Some(tagger) = &self.tagger {
                tagger.put(&mut out);
            }
            intents.put(&mut out);
            place.keep(&out);
        }
    }

    /// Learns what waits for the first turn that needs it: for a thread that has nothing better to do.
    pub fn warm(&self) {
        if let Some(intents) = &self.intents {
            intents.warm();
        }
        if let Some(tagger) = &self.tagger {
            tagger.warm();
        }
        self.keep();
    }

    /// The values in a text, by what the types of these slots found in it and what the examples teach, in order. `awaited` is
    /// the slot asked for.
    pub fn values(
        &self,
        text: &str,
        found: &[(&Slot, Vec<Reading>)],
        awaited: Option<&str>,
    ) -> Vec<Tagged> {
        let Some(tagger) = &self.tagger else {
            return Vec::new();
        };
        let allowed: Vec<&str> = found.iter().map(|(slot, _)| slot.id.as_str()).collect();
        tagger.tag(text, &proposals(found, awaited), &allowed, awaited)
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

    /// What of a text spoke most for a template rather than for another, and how much.
    pub fn spoke(&self, text: &str, template: &str, other: Option<&str>) -> Vec<(String, f32)> {
        self.intents
            .as_ref()
            .map_or_else(Vec::new, |intents| intents.spoke(text, template, other))
    }

    /// How like two texts are by their words and letters, 0 to 1.
    pub fn likeness(&self, one: &str, other: &str) -> f32 {
        self.intents
            .as_ref()
            .map_or(0.0, |intents| intents.likeness(one, other))
    }

    /// The places of slots in a text, by the examples of a template, and how many words the example has that it is worded
    /// like; words that hold a slip are taken as they were meant. `may_be` says whether a slot may hold a text.
    pub(super) fn places(
        &self,
        template: &str,
        text: &str,
        may_be: &dyn Fn(&str, &str) -> bool,
    ) -> (Vec<(String, Range<usize>)>, usize) {
        let Some(patterns) = self.patterns.get(template) else {
            return (Vec::new(), 0);
        };
        let (places, words) = patterns.fit(text, may_be);
        if !places.is_empty() {
            return (places, words);
        }
        let Some(mended) = self.intents.as_ref().map(|intents| intents.mended(text)) else {
            return (places, words);
        };
        let (typed, meant) = (word_spans(text), word_spans(&mended));
        if mended == text || typed.len() != meant.len() {
            return (places, words);
        }
        // The same words stand at other bytes: a place goes from its first word to its last.
        let back = |place: &Range<usize>| {
            let first = meant.iter().position(|word| word.end > place.start)?;
            let last = meant.iter().rposition(|word| word.start < place.end)?;
            Some(typed.get(first)?.start..typed.get(last)?.end)
        };
        let (places, words) = patterns.fit(&mended, may_be);
        let places = places
            .into_iter()
            .filter_map(|(slot, place)| Some((slot, back(&place)?)))
            .collect();
        (places, words)
    }

    /// Whether by its words alone a text may mean another template than this one.
    pub fn hints(&self, text: &str, of: &str) -> bool {
        self.intents
            .as_ref()
            .is_some_and(|intents| intents.hints(text, of))
    }

    /// Whether a text is an example of a template.
    pub fn is_example(&self, text: &str) -> bool {
        self.intents
            .as_ref()
            .is_some_and(|intents| intents.is_example(text))
    }

    /// Whether a text that was taken for a template names another kind of thing ("delete my playlist").
    pub fn other_noun(&self, template: &str, text: &str) -> bool {
        self.intents
            .as_ref()
            .is_some_and(|intents| intents.other_noun(text, template))
    }

    /// Whether a text lacks every word for a template's object, though nearly all of its examples have one.
    pub fn leaves_object_out(&self, template: &str, text: &str) -> bool {
        self.intents
            .as_ref()
            .is_some_and(|intents| intents.leaves_object_out(text, template))
    }

    /// Whether some word of a text stands in an example; a text without any is about something else.
    pub fn knows(&self, text: &str) -> bool {
        self.intents
            .as_ref()
            .is_some_and(|intents| intents.knows(text))
    }

    /// Whether a command is an example of a template: "yes" to a bot that answers to it.
    pub(super) fn owns(&self, template: &str, command: Command) -> bool {
        self.commands.contains(&(template.to_owned(), command))
    }

    /// A text with its slips mended.
    pub fn mended(&self, text: &str) -> String {
        self.intents
            .as_ref()
            .map_or_else(|| text.to_owned(), |intents| intents.mended(text))
    }

    /// Whether a word is one that the bot's examples say around values, or names a field or choice.
    pub fn says(&self, word: &str) -> bool {
        self.said.contains(word)
    }

    /// What the words of a text imply by the example of a template that fits it.
    pub fn means(&self, template: &str, text: &str) -> &[(String, String)] {
        self.patterns
            .get(template)
            .map_or(&[], |patterns| patterns.means(text))
    }

    /// How many words of an example of a template stand in a text that fits it.
    pub fn worded(&self, template: &str, text: &str) -> usize {
        self.patterns
            .get(template)
            .map_or(0, |patterns| patterns.words_in(text))
    }
}

impl Place {
    fn recall(&self) -> Option<Vec<u8>> {
        self.source.memory()?.recall(&self.key)
    }

    fn keep(&self, bytes: &[u8]) {
        if let Some(memory) = self.source.memory() {
            memory.keep(&self.key, bytes);
        }
    }

    fn holds(&self) -> std::sync::MutexGuard<'_, Option<Known>> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that learning reads: the templates with what their slots' types know of the connectors, the settings, the locale, the
/// encoder.
fn key(
    templates: &IndexMap<String, Arc<Template>>,
    settings: &UnderstandingSettings,
    locale: &Locale,
) -> String {
    let kinds = |template: &Template| {
        let kinds = template.slots.values().map(|slot| &slot.kind);
        format!("{:?}", kinds.collect::<Vec<_>>())
    };
    let of_templates = templates
        .values()
        .flat_map(|template| [template.digest.clone(), kinds(template)]);
    let around = [
        format!("{settings:?} {locale:?}"),
        #[cfg(feature = "encoder")]
        super::meaning::model(),
    ];
    kept::key(around.into_iter().chain(of_templates))
}

/// The examples written out, with what the slot types recognise in them.
pub(super) fn written(templates: &IndexMap<String, Arc<Template>>, locale: &Locale) -> Lessons {
    // What is relative to the day is recognised the same whichever day the lessons are read on.
    let now = "2026-01-01T12:00:00Z"
        .parse::<jiff::Timestamp>()
        .expect("a timestamp as written here is one");
    let now = now.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let reader = Reader::new(&now, locale);
    let propose = |template: &Template, text: &str, awaited: Option<&str>| {
        let slots = Some(&template.slots);
        let reader = Reader { slots, ..reader };
        let found = entity::find_each(template.slots.values(), text, &reader);
        proposals(&found, awaited)
    };
    lessons(templates, &propose)
}

/// The examples that are commands of the language.
fn commands(
    templates: &IndexMap<String, Arc<Template>>,
    words: &Words,
) -> FixedSet<(String, Command)> {
    let examples = templates
        .values()
        .flat_map(|template| template.examples.iter().map(move |e| (&template.id, e)));
    examples
        .filter_map(|(id, example)| match example.parts.as_slice() {
            [ExamplePart::Text(text)] => Some((id.clone(), command::command(text, words)?)),
            _ => None,
        })
        .collect()
}

/// The words of examples, nouns, labels and choices, in normal form.
fn said(templates: &IndexMap<String, Arc<Template>>) -> FixedSet<String> {
    let mut said = FixedSet::default();
    let mut add = |text: &str| {
        let words = normal(text);
        let parts = words
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| !word.is_empty());
        said.extend(parts.map(str::to_owned));
    };
    for template in templates.values() {
        let texts = template.examples.iter().flat_map(|example| &example.parts);
        for part in texts {
            if let ExamplePart::Text(text) = part {
                add(text);
            }
        }
        for noun in template.nouns.iter().chain(&template.object) {
            add(noun);
        }
        for slot in template.slots.values() {
            for name in std::iter::once(&slot.label).chain(&slot.called) {
                add(name);
            }
            if let SlotKind::Choice(_) | SlotKind::Field { .. } = slot.kind {
                for value in filling::own_values(slot) {
                    add(&value);
                }
            }
        }
    }
    said
}

/// What the slot types recognise in a text.
fn proposals(found: &[(&Slot, Vec<Reading>)], awaited: Option<&str>) -> Vec<Proposal> {
    let mut out = Vec::new();
    for (slot, readings) in found {
        let asked = awaited == Some(slot.id.as_str());
        let fit = readings
            .iter()
            .filter(|reading| asked || reading.certainty >= 0.5);
        out.extend(fit.map(|reading| Proposal {
            span: reading.span.clone(),
            slot: slot.id.clone(),
            certainty: reading.certainty,
        }));
    }
    out
}

/// The words of a text, by white space.
fn word_spans(text: &str) -> Vec<Range<usize>> {
    let start = text.as_ptr() as usize;
    let span = |word: &str| {
        let at = word.as_ptr() as usize - start;
        at..at + word.len()
    };
    text.split_whitespace().map(span).collect()
}

#[cfg(test)]
mod tests;
