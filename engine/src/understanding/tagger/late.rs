//! When a bot's tagger learns: at once, or, where it also reads what words mean, when it is first needed. Which bots gain by
//! that is decided here.

use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::locale::Locale;
use crate::template::{ExamplePart, SlotKind, Template};

use super::super::kept::Keep;
use super::super::learned::written;
use super::super::meaning::Meanings;
use super::{Lessons, Tagger};

/// Lessons that the encoder reads at most: of a bot with more, the words themselves have to do.
const READ: usize = 4000;

/// A bot's tagger.
#[derive(Debug)]
pub struct Late {
    learnt: OnceLock<Tagger>,
    /// What it learns from, where it has not yet.
    from: Option<From>,
}

#[derive(Debug)]
struct From {
    lessons: Lessons,
    meanings: Arc<dyn Meanings>,
}

impl Late {
    /// Learns now without meanings; with them, when it is first asked.
    pub fn new(lessons: Lessons, meanings: Option<Arc<dyn Meanings>>) -> Late {
        match meanings.filter(|_| lessons.lessons.len() <= READ) {
            None => Late {
                learnt: Tagger::learn(&lessons, None).into(),
                from: None,
            },
            Some(meanings) => Late {
                learnt: OnceLock::new(),
                from: Some(From { lessons, meanings }),
            },
        }
    }

    /// Writes down what was learnt, and that nothing was where nothing was yet.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        self.is_learnt().put(out);
        if let Some(tagger) = self.learnt.get() {
            tagger.put(out);
        }
    }

    /// Takes up what was learnt from the same templates.
    pub(crate) fn take(
        templates: &IndexMap<String, Arc<Template>>,
        locale: &Locale,
        meanings: Option<Arc<dyn Meanings>>,
        bytes: &mut &[u8],
    ) -> Option<Late> {
        if bool::take(bytes)? {
            return Some(Late {
                learnt: Tagger::take(meanings, bytes)?.into(),
                from: None,
            });
        }
        Some(Late::new(written(templates, locale), Some(meanings?)))
    }

    /// Whether it has learnt.
    pub(crate) fn is_learnt(&self) -> bool {
        self.learnt.get().is_some()
    }

    /// The tagger, learnt by now.
    pub fn get(&self) -> &Tagger {
        self.learnt.get_or_init(|| match &self.from {
            Some(from) => {
                let meanings = Some(from.meanings.clone());
                Tagger::learn(&from.lessons, meanings)
            }
            None => Tagger::learn(&Lessons::default(), None),
        })
    }
}

/// Whether most of the values in the examples are free text: nothing about their form tells where they stand, so what words
/// mean does. Elsewhere the vectors cost a second of learning and bring little.
pub fn is_mostly_free(templates: &IndexMap<String, Arc<Template>>) -> bool {
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
    use super::super::super::invented::library;
    use super::super::{Lesson, Place};
    use super::*;

    /// Knows nothing, and so must never be asked before the tagger is.
    #[derive(Debug)]
    struct Nothing;

    impl Meanings for Nothing {
        fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
            vec![Vec::new(); texts.len()]
        }
    }

    #[test]
    fn a_tagger_with_meanings_learns_when_it_is_first_asked() {
        let lesson = Lesson {
            text: "renew Walden".into(),
            places: vec![("title".into(), 6..12)],
            weight: 1.0,
            ..Lesson::default()
        };
        let place = Place {
            slot: "title".into(),
            typed: false,
        };
        let lessons = Lessons {
            places: vec![place],
            groups: vec![vec![0]],
            lessons: vec![lesson],
        };
        let late = Late::new(lessons, Some(Arc::new(Nothing)));
        assert!(late.learnt.get().is_none());
        let found = late.get().tag("renew Dune", &[], &["title"], None);
        assert_eq!(found[0].span, 6..10);
    }

    #[test]
    fn titles_and_shelves_are_free_text_and_nothing_is_none() {
        assert!(is_mostly_free(&library()));
        assert!(!is_mostly_free(&IndexMap::new()));
    }
}
