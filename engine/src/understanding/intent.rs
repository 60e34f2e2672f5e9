//! Which template a text means: the same as an example, else what a classifier learnt from the examples says, and nothing
//! where the text is about something else. Commands come before this, slot values after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::fixed::{FixedMap, FixedSet};
use crate::template::{Example, ExamplePart, Template, UnderstandingSettings};

use super::background::background;
use super::classifier::Classifier;
use super::filling::{self, Fill};
use super::gram::{Grams, Vector};
use super::kept::Keep;
use super::meaning::{Meaning, Meanings};
use super::object::ObjectNoun;
use super::spelling::Spelling;
use super::text::{self, Forms, Kinds, key, kinds_written, prepare, with_kinds};

/// What was learnt from a bot's examples. Nothing changes it afterwards.
#[derive(Debug)]
pub struct Intents {
    /// Templates that have examples; a class's number is its place here, the background comes after them.
    ids: Vec<String>,
    /// Keys of the examples and their template; `None` where two templates have the same.
    same: FixedMap<String, Option<usize>>,
    grams: Grams,
    classifier: Classifier,
    meaning: Option<Meaning>,
    spelling: Spelling,
    background: bool,
    settings: UnderstandingSettings,
    objects: BTreeMap<String, ObjectNoun>,
    /// Words of the examples, prepared.
    vocabulary: FixedSet<String>,
    kinds: Arc<dyn Kinds>,
}

/// What was chosen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// The likeliest template; `None` where nothing fits. With `tie`, ask rather than start it.
    pub template: Option<String>,
    /// Its probability, 0 to 1, the background having its part; 1 for an example.
    pub score: f32,
    /// The likeliest others, best first; also where nothing fits, then from the best on.
    pub others: Vec<(String, f32)>,
    /// Whether the text is an example.
    pub exact: bool,
    /// Whether the first of the others is nearly as likely (`ask_within`).
    pub tie: bool,
    /// The grams that spoke most for the template against the next one.
    pub why: Vec<(String, f32)>,
}

/// Templates from which on a floor takes the background's place.
const MANY: usize = 50;
/// Probability that the best of many templates needs.
const FLOOR: f32 = 0.27;
/// Written-out examples of all templates, in so far as one way of writing each leaves it at that: learning takes as long as
/// texts times templates.
const WRITTEN: usize = 4000;
/// Texts of a template that the encoder reads at least, where it has examples enough.
const READ: usize = 400;
/// Probability from which the encoder is not asked.
const SETTLED: f32 = 0.95;
/// Probability by words alone from which a template may be meant in the middle of another.
const HINT: f32 = 0.15;
/// How many others are told.
const OTHERS: usize = 9;
/// How many grams are told.
const WHY: usize = 5;
/// Ways of writing one example that are compared literally.
const LITERAL: usize = 64;

impl Intents {
    /// Learns from the examples of these templates, with made-up values in the places of slots and kinds by their form.
    pub fn learn(
        templates: &IndexMap<String, Arc<Template>>,
        settings: &UnderstandingSettings,
        meanings: Option<Arc<dyn Meanings>>,
    ) -> Intents {
        let fill = &filling::for_choosing;
        Intents::learn_with(templates, settings, fill, Arc::new(Forms), meanings)
    }

    /// Learns with the caller's fillers and kinds.
    pub fn learn_with(
        templates: &IndexMap<String, Arc<Template>>,
        settings: &UnderstandingSettings,
        fill: &Fill<'_>,
        kinds: Arc<dyn Kinds>,
        meanings: Option<Arc<dyn Meanings>>,
    ) -> Intents {
        let mut ids = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        let mut class: Vec<usize> = Vec::new();
        // Rows that the encoder has to read: of a template with many examples fewer ways of writing each.
        let mut read: Vec<usize> = Vec::new();
        let mut same: FixedMap<String, Option<usize>> = FixedMap::default();
        let examples: usize = templates.values().map(|t| t.examples.len()).sum();
        let most = (WRITTEN / examples.max(1)).clamp(1, filling::FILLINGS);
        for template in templates.values().filter(|t| !t.examples.is_empty()) {
            let n = ids.len();
            ids.push(template.id.clone());
            let mut uses = BTreeMap::new();
            let ways = (READ / template.examples.len()).clamp(1, filling::FILLINGS);
            for example in &template.examples {
                let written = filling::write_out(example, template, fill, &mut uses);
                for (way, written) in written.into_iter().enumerate().take(most) {
                    if way < ways {
                        read.push(texts.len());
                    }
                    texts.push(with_kinds(&written.text, kinds.as_ref()));
                    class.push(n);
                }
                for literal in literals(example, template) {
                    let key = key(&with_kinds(&literal, kinds.as_ref()));
                    same.entry(key)
                        .and_modify(|of| *of = of.filter(|of| *of == n))
                        .or_insert(Some(n));
                }
            }
        }
        same.remove("");
        let own = own_words(templates);
        let vocabulary = texts
            .iter()
            .flat_map(|text| words_of(text))
            .map(str::to_owned)
            .collect();
        let rejects = settings.reject.is_some() && ids.len() < MANY && !ids.is_empty();
        let others = background(&texts);
        let spelling = Spelling::learn(&own, &[texts.as_slice(), others.as_slice()].concat());
        if rejects {
            read.extend(texts.len()..texts.len() + others.len());
            class.extend(std::iter::repeat_n(ids.len(), others.len()));
            texts.extend(others);
        }
        let grams = Grams::learn(&texts, said(templates, &background(&texts)));
        let rows: Vec<Vector> = texts.iter().map(|text| grams.vector(text)).collect();
        let classes = ids.len() + usize::from(rejects);
        let classifier = Classifier::learn(&rows, &class, classes, grams.count());
        let meaning = meanings.map(|source| {
            let texts = read.iter().map(|n| texts[*n].clone()).collect();
            let class = read.iter().map(|n| class[*n]).collect();
            Meaning::new(source, texts, class, classes)
        });
        Intents {
            ids,
            same,
            grams,
            classifier,
            meaning,
            spelling,
            background: rejects,
            settings: settings.clone(),
            objects: objects(templates),
            vocabulary,
            kinds,
        }
    }

    /// Writes down what was learnt. What takes no time to learn is left out.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.ids.put(out);
        self.same.put(out);
        self.grams.put(out);
        self.classifier.put(out);
        self.spelling.put(out);
        self.background.put(out);
        self.vocabulary.put(out);
        self.meaning.is_some().put(out);
        if let Some(meaning) = &self.meaning {
            meaning.put(out);
        }
    }

    /// Takes up what [`Intents::learn`] learnt from the same templates; `None` where the bytes are none of these.
    pub(super) fn take(
        templates: &IndexMap<String, Arc<Template>>,
        settings: &UnderstandingSettings,
        meanings: Option<Arc<dyn Meanings>>,
        bytes: &mut &[u8],
    ) -> Option<Intents> {
        let mut intents = Intents {
            ids: Keep::take(bytes)?,
            same: Keep::take(bytes)?,
            grams: Keep::take(bytes)?,
            classifier: Keep::take(bytes)?,
            spelling: Keep::take(bytes)?,
            background: Keep::take(bytes)?,
            vocabulary: Keep::take(bytes)?,
            meaning: None,
            settings: settings.clone(),
            objects: objects(templates),
            kinds: Arc::new(Forms),
        };
        if bool::take(bytes)? {
            intents.meaning = Some(Meaning::take(meanings?, bytes)?);
        }
        let classes = intents.ids.len() + usize::from(intents.background);
        let templates = intents.ids.len();
        let fits = intents.classifier.classes() == classes
            && intents.meaning.iter().all(|m| m.classes() == classes)
            && intents.same.values().flatten().all(|n| *n < templates);
        fits.then_some(intents)
    }

    /// How much of what is learnt late there is to keep by now.
    pub(super) fn known(&self) -> (bool, usize) {
        self.meaning.as_ref().map_or((true, 0), Meaning::known)
    }

    /// The load is over: what is asked from now on is not remembered.
    pub(super) fn close(&self) {
        self.meaning.iter().for_each(Meaning::close);
    }

    /// Learns what waits for the first turn that needs it.
    pub fn warm(&self) {
        if let Some(meaning) = &self.meaning {
            meaning.warm(&self.grams);
        }
    }

    /// The text with slips mended towards the examples' words.
    pub fn mended(&self, text: &str) -> String {
        self.spelling.mend(text)
    }

    /// Whether some word of a text stands in an example, slips mended.
    pub fn knows(&self, text: &str) -> bool {
        let typed = kinds_written(text, self.kinds.as_ref());
        words_of(&prepare(&self.spelling.mend(&typed))).any(|word| self.vocabulary.contains(word))
    }

    /// Whether a text is an example of one template.
    pub fn is_example(&self, text: &str) -> bool {
        let typed = kinds_written(text, self.kinds.as_ref());
        matches!(self.same.get(&key(&prepare(&typed))), Some(Some(_)))
    }

    /// Whether by its words alone a text may mean another template than this one: where not, the encoder need not look.
    pub fn hints(&self, text: &str, of: &str) -> bool {
        let typed = kinds_written(text, self.kinds.as_ref());
        let prepared = prepare(&typed);
        if self.same.contains_key(&key(&prepared)) {
            return true;
        }
        let row = self.grams.vector(&prepare(&self.spelling.mend(&typed)));
        let probable = self.classifier.probabilities(&row);
        let others = self.ids.iter().zip(&probable).filter(|(id, _)| *id != of);
        !row.is_empty() && others.into_iter().any(|(_, p)| *p >= HINT)
    }

    /// Chooses a template for a text.
    pub fn choose(&self, text: &str) -> Choice {
        if self.ids.is_empty() {
            return Choice::default();
        }
        let typed = kinds_written(text, self.kinds.as_ref());
        let key = key(&prepare(&typed));
        if key.is_empty() {
            return Choice::default();
        }
        if let Some(Some(n)) = self.same.get(&key) {
            return Choice {
                template: Some(self.ids[*n].clone()),
                score: 1.0,
                exact: true,
                ..Choice::default()
            };
        }
        let meant = prepare(&self.spelling.mend(&typed));
        let row = self.grams.vector(&meant);
        if row.is_empty() && self.settings.reject.is_some() {
            return Choice::default();
        }
        let probable = self.classifier.probabilities(&row);
        let probable = match &self.meaning {
            Some(meaning) if !is_settled(&probable) => meaning.probabilities(&self.grams, &meant),
            _ => probable,
        };
        let (of_templates, of_background) = probable.split_at(self.ids.len());
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        order.sort_by(|a, b| of_templates[*b].total_cmp(&of_templates[*a]).then(a.cmp(b)));
        let best = order[0];
        let fits = match self.settings.reject {
            None => true,
            Some(tau) if self.background => of_background[0] <= tau,
            Some(_) => of_templates[best] >= FLOOR,
        };
        // Among themselves the templates are compared with the background left out. Where there are many, each has some of the
        // probability: there the two are compared with each other.
        let tie = order.get(1).is_some_and(|next| {
            let (one, other) = (of_templates[best], of_templates[*next]);
            let among: f32 = if self.ids.len() < MANY {
                of_templates.iter().sum()
            } else {
                one + other
            };
            (one - other) / among < self.settings.ask_within
        });
        let others = order
            .iter()
            .skip(usize::from(fits))
            .take(OTHERS)
            .map(|n| (self.ids[*n].clone(), of_templates[*n]))
            .collect();
        Choice {
            template: fits.then(|| self.ids[best].clone()),
            score: of_templates[best],
            others,
            exact: false,
            // A bot that rejects nothing wants the likeliest, however near the next one is.
            tie: fits && tie && self.settings.reject.is_some(),
            why: self.why(&row, best, order.get(1).copied()),
        }
    }

    /// Whether a text that was chosen for a template which writes is about another kind of thing ("delete my playlist"):
    /// ask, rather than start it, where no slot was found in it either.
    pub fn other_noun(&self, text: &str, template: &str) -> bool {
        self.objects
            .get(template)
            .is_some_and(|object| object.is_other(text, self.kinds.as_ref()))
    }

    /// Whether a text lacks every word for the template's object, though nearly all of its examples have one.
    pub fn leaves_object_out(&self, text: &str, template: &str) -> bool {
        self.objects
            .get(template)
            .is_some_and(|object| !object.is_named(&self.spelling.mend(text)))
    }

    /// What of a text spoke most for a template rather than for another, and how much.
    pub fn spoke(&self, text: &str, template: &str, other: Option<&str>) -> Vec<(String, f32)> {
        let place = |id: &str| self.ids.iter().position(|own| own == id);
        let Some(best) = place(template) else {
            return Vec::new();
        };
        self.why(&self.row(text), best, other.and_then(place))
    }

    /// How like two texts are by their words and letters: the cosine of their vectors.
    pub fn likeness(&self, one: &str, other: &str) -> f32 {
        let (one, other) = (self.row(one), self.row(other));
        let length = |row: &Vector| row.iter().map(|(_, x)| x * x).sum::<f32>().sqrt();
        let both = length(&one) * length(&other);
        let mut shared = 0.0;
        let mut rest = other.iter().peekable();
        for (feature, x) in &one {
            while rest.next_if(|(next, _)| next < feature).is_some() {}
            if let Some((_, y)) = rest.next_if(|(next, _)| next == feature) {
                shared += x * y;
            }
        }
        if both > 0.0 { shared / both } else { 0.0 }
    }

    /// The grams of a text as it is compared.
    fn row(&self, text: &str) -> Vector {
        let typed = kinds_written(text, self.kinds.as_ref());
        self.grams.vector(&prepare(&self.spelling.mend(&typed)))
    }

    fn why(&self, row: &[(u32, f32)], best: usize, next: Option<usize>) -> Vec<(String, f32)> {
        let against = |feature| next.map_or(0.0, |next| self.classifier.weight(feature, next));
        let mut spoke: Vec<(u32, f32)> = row
            .iter()
            .map(|(feature, x)| {
                let more = self.classifier.weight(*feature, best) - against(*feature);
                (*feature, x * more)
            })
            .collect();
        spoke.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        spoke
            .into_iter()
            .take(WHY)
            .map(|(feature, by)| (self.grams.name(feature).to_owned(), by))
            .collect()
    }
}

/// The words that are no part of a name, where a bot's examples hold names: the others say nothing of what is asked for.
pub(super) fn said(
    templates: &IndexMap<String, Arc<Template>>,
    others: &[String],
) -> FixedSet<String> {
    let mut said = FixedSet::default();
    let mut names = false;
    for template in templates.values() {
        for part in template.examples.iter().flat_map(|example| &example.parts) {
            match part {
                ExamplePart::Text(text) => {
                    said.extend(text::words(&prepare(text)).map(str::to_owned))
                }
                ExamplePart::Slot(id) => {
                    let slot = template.slots.get(id);
                    names |= slot.is_some_and(|slot| filling::is_name(&slot.kind));
                }
            }
        }
        for slot in template
            .slots
            .values()
            .filter(|slot| !filling::is_name(&slot.kind))
        {
            for value in (0..filling::own_values(slot).len().max(filling::FILLINGS))
                .map(|k| filling::for_choosing(slot, k))
            {
                said.extend(text::words(&prepare(&value)).map(str::to_owned));
            }
        }
    }
    if !names {
        return FixedSet::default();
    }
    for text in others {
        said.extend(text::words(text).map(str::to_owned));
    }
    said
}

fn objects(templates: &IndexMap<String, Arc<Template>>) -> BTreeMap<String, ObjectNoun> {
    let objects = templates
        .iter()
        .filter_map(|(id, template)| Some((id.clone(), ObjectNoun::learn(template)?)));
    objects.collect()
}

/// Whether grams alone leave no doubt.
fn is_settled(probable: &[f32]) -> bool {
    probable.iter().any(|p| *p >= SETTLED)
}

/// The words of a prepared text, figures left out.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().any(char::is_alphabetic))
}

/// The designer's words in examples and values: those that a slip may be mended to.
fn own_words(templates: &IndexMap<String, Arc<Template>>) -> Vec<String> {
    let mut own = Vec::new();
    for template in templates.values() {
        for part in template.examples.iter().flat_map(|example| &example.parts) {
            if let ExamplePart::Text(text) = part {
                own.push(prepare(text));
            }
        }
        let values = template.slots.values().flat_map(filling::own_values);
        own.extend(values.map(|value| prepare(&value)));
    }
    own
}

/// An example written with kind words and with each of the values that the designer listed; values that can't be known, a
/// name say, make no literal text.
fn literals(example: &Example, template: &Template) -> Vec<String> {
    let mut made = vec![String::new()];
    for part in &example.parts {
        let ways: Vec<String> = match part {
            ExamplePart::Text(text) => vec![text.clone()],
            ExamplePart::Slot(id) => match template.slots.get(id) {
                Some(slot) => match filling::kind_word(&slot.kind) {
                    Some(word) => vec![word.to_owned()],
                    None => filling::own_values(slot),
                },
                None => Vec::new(),
            },
        };
        made = made
            .iter()
            .flat_map(|start| ways.iter().map(move |way| format!("{start}{way}")))
            .take(LITERAL)
            .collect();
    }
    // Values alone are an answer, not a wish.
    let says = |part: &ExamplePart| matches!(part, ExamplePart::Text(text) if text.chars().any(char::is_alphanumeric));
    if example.parts.iter().any(says) {
        made
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
