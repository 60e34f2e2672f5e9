//! Which of a bot's two taggers reads a text, and when each learns. The plain one goes by words and forms and learns at load; the
//! other also knows what words mean, learns when it is first needed, and reads what leaves the plain one in doubt.

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::locale::Locale;
use crate::template::{ExamplePart, SlotKind, Template};

use super::super::kept::{self, Keep};
use super::super::learned::written;
use super::super::meaning::Meanings;
use super::{Proposal, Tagged, Tagger};

/// Lessons that the encoder reads at most: of a bot with more, the words themselves have to do.
const READ: usize = 4000;

/// A first turn whose every word the plain tagger is at least this sure of is not read again (docs/understanding.md, "Values").
const SURE: f32 = 0.8;

/// A bot's taggers.
#[derive(Debug)]
pub struct Cascade {
    /// None where hardly a value has a form to go by.
    plain: Option<Tagger>,
    sensed: Option<Sensed>,
}

/// The tagger that knows what words mean, and what it is learnt from. It is kept apart from all else that is learnt, so that a
/// start need not read it.
#[derive(Debug)]
struct Sensed {
    learnt: OnceLock<Tagger>,
    source: Arc<dyn Meanings>,
    templates: IndexMap<String, Arc<Template>>,
    locale: Locale,
    key: String,
}

impl Cascade {
    /// Learns the plain tagger now. `key` is that of the bot. Nothing where the templates have no slots.
    pub fn learn(
        templates: &IndexMap<String, Arc<Template>>,
        locale: &Locale,
        meanings: Option<Arc<dyn Meanings>>,
        key: &str,
    ) -> Option<Cascade> {
        let lessons = written(templates, locale);
        if lessons.places.is_empty() {
            return None;
        }
        let sensed = meanings
            .filter(|_| lessons.lessons.len() <= READ)
            .map(|source| Sensed::new(templates, locale, source, key));
        let needs_plain = sensed.is_none() || !is_mostly_free(templates);
        Some(Cascade {
            plain: needs_plain.then(|| Tagger::plain(&lessons)),
            sensed,
        })
    }

    /// The values in a text, in order, none over another. Only `allowed` slots are looked for; `awaited` is the one asked.
    pub fn tag(
        &self,
        text: &str,
        proposals: &[Proposal],
        allowed: &[&str],
        awaited: Option<&str>,
    ) -> Vec<Tagged> {
        let tag = |tagger: &Tagger| tagger.tag(text, proposals, allowed, awaited);
        match (&self.plain, &self.sensed) {
            (Some(plain), Some(sensed)) => {
                let (found, sure) = tag(plain);
                // Which slot an answer is for is known, and that says more than what its words mean.
                if awaited.is_some() || sure >= SURE {
                    found
                } else {
                    tag(sensed.get(Some(plain))).0
                }
            }
            (Some(plain), None) => tag(plain).0,
            (None, Some(sensed)) => tag(sensed.get(None)).0,
            (None, None) => Vec::new(),
        }
    }

    /// Learns what waits for the first turn that needs it.
    pub(crate) fn warm(&self) {
        if let Some(sensed) = &self.sensed {
            sensed.get(self.plain.as_ref());
        }
    }

    /// Writes down the plain tagger.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        self.sensed.is_some().put(out);
        self.plain.is_some().put(out);
        if let Some(plain) = &self.plain {
            plain.put(out);
        }
    }

    /// Takes up what was learnt from the same templates.
    pub(crate) fn take(
        templates: &IndexMap<String, Arc<Template>>,
        locale: &Locale,
        meanings: Option<Arc<dyn Meanings>>,
        key: &str,
        bytes: &mut &[u8],
    ) -> Option<Cascade> {
        let sensed = match bool::take(bytes)? {
            true => Some(Sensed::new(templates, locale, meanings?, key)),
            false => None,
        };
        let plain = match bool::take(bytes)? {
            true => Some(Tagger::take(None, bytes)?),
            false => None,
        };
        Some(Cascade { plain, sensed })
    }
}

impl Sensed {
    fn new(
        templates: &IndexMap<String, Arc<Template>>,
        locale: &Locale,
        source: Arc<dyn Meanings>,
        key: &str,
    ) -> Sensed {
        Sensed {
            learnt: OnceLock::new(),
            source,
            templates: templates.clone(),
            locale: locale.clone(),
            key: kept::key([key, "sensed"]),
        }
    }

    /// The tagger, learnt or taken up by now. Beside a plain one it reads first turns only.
    fn get(&self, plain: Option<&Tagger>) -> &Tagger {
        self.learnt.get_or_init(|| {
            let memory = self.source.memory();
            let kept = memory.and_then(|memory| memory.recall(&self.key));
            let taken = kept.and_then(|bytes| {
                let mut bytes = bytes.as_slice();
                let tagger = Tagger::take(Some(self.source.clone()), &mut bytes)?;
                bytes.is_empty().then_some(tagger)
            });
            taken.unwrap_or_else(|| {
                let mut lessons = written(&self.templates, &self.locale);
                if plain.is_some() {
                    lessons.lessons.retain(|lesson| lesson.awaited.is_none());
                }
                let tagger = Tagger::sensed(&lessons, self.source.clone(), plain);
                if let Some(memory) = memory {
                    let mut out = Vec::new();
                    tagger.put(&mut out);
                    memory.keep(&self.key, &out);
                }
                tagger
            })
        })
    }
}

/// Whether most of the values in the examples are free text: nothing about their form tells where they stand, so only what words
/// mean does.
fn is_mostly_free(templates: &IndexMap<String, Arc<Template>>) -> bool {
    let (mut free, mut all) = (0, 0);
    for template in templates.values() {
        for part in template.examples.iter().flat_map(|example| &example.parts) {
            if let ExamplePart::Slot(id) = part
                && let Some(slot) = template.slots.get(id)
            {
                all += 1;
                free += usize::from(matches!(slot.kind, SlotKind::Text { .. }));
            }
        }
    }
    free * 2 > all
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::super::invented::library;
    use super::super::super::meaning::WordVector;
    use super::*;

    /// Means nothing by any word, and counts the texts that it was asked about.
    #[derive(Debug, Default)]
    struct Asked(Mutex<Vec<String>>);

    impl Asked {
        fn is_empty(&self) -> bool {
            self.0.lock().unwrap().is_empty()
        }

        fn has(&self, text: &str) -> bool {
            self.times(text) > 0
        }

        fn times(&self, text: &str) -> usize {
            let asked = self.0.lock().unwrap();
            asked.iter().filter(|asked| *asked == text).count()
        }

        fn count(&self) -> usize {
            self.0.lock().unwrap().len()
        }
    }

    impl Meanings for Asked {
        fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
            vec![Vec::new(); texts.len()]
        }

        fn words(&self, texts: &[&str]) -> Vec<Vec<WordVector>> {
            let mut asked = self.0.lock().unwrap();
            asked.extend(texts.iter().map(|text| (*text).to_owned()));
            vec![Vec::new(); texts.len()]
        }
    }

    /// The library with books that are taken for names of companies: their form tells something.
    fn with_forms() -> IndexMap<String, Arc<Template>> {
        let mut templates = library();
        for template in templates.values_mut() {
            if let Some(book) = Arc::make_mut(template).slots.get_mut("book") {
                book.kind = SlotKind::Organization;
            }
        }
        templates
    }

    fn cascade(templates: &IndexMap<String, Arc<Template>>) -> (Cascade, Arc<Asked>) {
        let asked = Arc::new(Asked::default());
        let locale = Locale::of("en-US");
        let learnt = Cascade::learn(templates, &locale, Some(asked.clone()), "key");
        (learnt.expect("the library has slots"), asked)
    }

    #[test]
    fn titles_and_shelves_are_free_text_and_nothing_is_none() {
        assert!(is_mostly_free(&library()));
        assert!(!is_mostly_free(&with_forms()));
        assert!(!is_mostly_free(&IndexMap::new()));
    }

    #[test]
    fn free_texts_are_read_by_what_their_words_mean_and_learning_waits_for_the_first() {
        let (cascade, asked) = cascade(&library());
        assert!(asked.is_empty());
        let text = "please put Small Gods of Tin on hold for me";
        let found = cascade.tag(text, &[], &["book", "branch", "day"], None);
        assert_eq!(&text[found[0].span.clone()], "Small Gods of Tin");
        assert!(asked.has(text) && asked.has("reserve a book"));
    }

    #[test]
    fn an_answer_and_a_text_that_leaves_no_doubt_are_never_read_for_their_meaning() {
        let (cascade, asked) = cascade(&with_forms());
        let slots = ["book", "branch", "day"];
        cascade.tag("reserve a book", &[], &slots, None);
        cascade.tag("something of rope or other", &[], &slots, Some("book"));
        assert!(asked.is_empty());
        let text = "keep Blue Ink Old Town";
        cascade.tag(text, &[], &slots, None);
        assert!(asked.has(text));
    }

    #[test]
    fn the_tagger_that_is_learnt_beforehand_is_the_one_that_a_doubtful_turn_would_learn() {
        let templates = with_forms();
        let ((late, asked_late), (warm, asked_warm)) = (cascade(&templates), cascade(&templates));
        let slots = ["book", "branch", "day"];
        let text = "keep Blue Ink Old Town";
        warm.warm();
        let lessons = asked_warm.count();
        assert!(lessons > 0 && !asked_warm.has(text));
        let tagged = |cascade: &Cascade| format!("{:?}", cascade.tag(text, &[], &slots, None));
        assert_eq!(tagged(&warm), tagged(&late));
        // The turn that found it learnt read its own text alone; neither learns it a second time.
        assert_eq!(asked_warm.count(), lessons + 1);
        assert_eq!(asked_late.count(), lessons + 1);
        warm.warm();
        assert_eq!(asked_warm.count(), lessons + 1);
    }

    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "what is tested is that turns may come at once"
    )]
    fn turns_that_come_while_it_is_learnt_wait_for_it_and_learn_nothing_themselves() {
        let (cascade, asked) = cascade(&with_forms());
        let text = "keep Blue Ink Old Town";
        let tag = || format!("{:?}", cascade.tag(text, &[], &["book", "branch"], None));
        let found = std::thread::scope(|scope| {
            scope.spawn(|| cascade.warm());
            [scope.spawn(tag), scope.spawn(tag)].map(|turn| turn.join().unwrap())
        });
        assert_eq!(found[0], found[1]);
        let times = asked.times("reserve a book");
        assert_eq!(times, 1, "the lessons were read {times} times");
    }
}
