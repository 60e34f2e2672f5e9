//! Where in a text the values of slots stand: a chain of tags over words and signs, learnt from the examples and helped by
//! what the slot types recognise. What a span's words mean as a value is the slot type's business.

use std::ops::Range;
use std::sync::Arc;

use unicode_normalization::char::is_combining_mark;

pub mod cascade;
mod chain;
mod descent;
mod feature;
mod grid;
pub mod lesson;
mod path;
mod plan;
mod sense;
#[cfg(test)]
mod tests;

use super::kept::Keep;
use super::meaning::Meanings;
use chain::{Chain, Values};
use feature::Features;
pub use lesson::{Lesson, Lessons, lessons};
use plan::Sentence;
use sense::Sense;

/// A span that a slot's type can read, or that looks like its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The slot.
    pub slot: String,
    /// 1: has a form of its own (an e-mail address); less for what a form leaves open.
    pub certainty: f32,
}

/// A value's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Tagged {
    /// The slot.
    pub slot: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Mean probability of its words' tags, 0 to 1.
    pub score: f32,
}

/// A slot of the bot, for the tagger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id; a slot of the same id in several templates is one.
    pub slot: String,
    /// Whether its type reads its own values, so that a span outside every proposal is unlikely to be one.
    pub typed: bool,
}

/// What was learnt. Nothing changes it afterwards.
#[derive(Debug)]
pub struct Tagger {
    places: Vec<Place>,
    features: Arc<Features>,
    sense: Option<Sense>,
    chain: Chain,
}

/// What a proposal adds to the tags of its slot, times its certainty.
const HEAD_START: f32 = 6.0;
/// What the tags of typed slots lose outside every proposal.
const OUTSIDE: f32 = 3.0;
/// In every so many-th lesson the rare words of values count as words never seen, so that the tagger also learns what strange
/// words mean (on the public sets: 4 to 5 points with ten examples, 1 to 2 with seventy).
const HIDING: usize = 4;

impl Tagger {
    /// Learns from lessons. Slots without a lesson have tags all the same: their proposals may be taken.
    pub fn plain(all: &Lessons) -> Tagger {
        Tagger::learn(all, None, None)
    }

    /// Learns also from what the words of lessons mean. Beside a plain tagger that learnt from the same lessons or more it goes
    /// on from what that one knows.
    pub fn sensed(all: &Lessons, source: Arc<dyn Meanings>, plain: Option<&Tagger>) -> Tagger {
        Tagger::learn(all, Some(source), plain)
    }

    fn learn(all: &Lessons, meanings: Option<Arc<dyn Meanings>>, plain: Option<&Tagger>) -> Tagger {
        let places = &all.places;
        let mut features = Features::of(&all.lessons);
        let lessons: Vec<(usize, &Lesson, Vec<Range<usize>>)> = all
            .lessons
            .iter()
            .enumerate()
            .filter(|(_, lesson)| lesson.weight > 0.0 && !all.groups[lesson.group].is_empty())
            .map(|(n, lesson)| (n, lesson, feature::tokens(&lesson.text)))
            .filter(|(_, _, tokens)| !tokens.is_empty())
            .collect();
        let (sense, vectors) = match meanings {
            Some(source) => {
                let texts: Vec<(&str, Vec<Range<usize>>)> = lessons
                    .iter()
                    .map(|(_, lesson, tokens)| (lesson.text.as_str(), tokens.clone()))
                    .collect();
                let (sense, vectors) = Sense::learn(source, &texts);
                (Some(sense), vectors)
            }
            None => (None, Vec::new()),
        };
        let mut vectors = vectors.into_iter();
        let mut sentences = Vec::with_capacity(lessons.len());
        for (n, lesson, tokens) in &lessons {
            let open = &all.groups[lesson.group];
            let seen = Seen::new(places, open, &lesson.text, tokens, &lesson.proposals);
            let hides = n % HIDING == 0;
            let inside = inside(tokens, lesson);
            let known: Vec<bool> = tokens
                .iter()
                .zip(&inside)
                .map(|(token, inside)| {
                    !(hides && *inside && features.is_rare(&lesson.text[token.clone()]))
                })
                .collect();
            let awaited = lesson.awaited.as_deref();
            let rows = match plain {
                Some(plain) => {
                    let knows = |n: usize| known[n];
                    let features = &plain.features;
                    features.rows(&lesson.text, tokens, &seen.tags, awaited, knows)
                }
                None => features.learn(&lesson.text, tokens, &seen.tags, awaited, &known),
            };
            sentences.push(Sentence {
                group: lesson.group,
                rows,
                sense: vectors.next().unwrap_or_default(),
                start: seen.start,
                gold: gold(places, open, tokens, lesson),
                weight: lesson.weight,
            });
        }
        let features = match plain {
            Some(plain) => plain.features.clone(),
            None => {
                features.keep_common(&mut sentences);
                Arc::new(features)
            }
        };
        let numbers = sense.as_ref().map_or(0, Sense::width);
        let chain = Chain::learn(
            places.len(),
            (features.count(), numbers),
            &all.groups,
            sentences,
            plain.map(|plain| &plain.chain),
        );
        Tagger {
            places: places.clone(),
            features,
            sense,
            chain,
        }
    }

    /// The values in a text, in order, none over another, and the least probability of any word's tag. Only `allowed` slots are
    /// looked for; `awaited` is the one asked.
    pub fn tag(
        &self,
        text: &str,
        proposals: &[Proposal],
        allowed: &[&str],
        awaited: Option<&str>,
    ) -> (Vec<Tagged>, f32) {
        let tokens = feature::tokens(text);
        let open: Vec<usize> = (0..self.places.len())
            .filter(|n| allowed.contains(&self.places[*n].slot.as_str()))
            .collect();
        if tokens.is_empty() || open.is_empty() {
            return (Vec::new(), 1.0);
        }
        let seen = Seen::new(&self.places, &open, text, &tokens, proposals);
        let rows = self
            .features
            .rows(text, &tokens, &seen.tags, awaited, |_| true);
        let sense = self.sense.as_ref();
        let sense = sense.map_or_else(Vec::new, |sense| sense.rows(text, &tokens));
        // Where forms tell what a value is, the slot's type chooses between two; free texts are told by their places alone.
        let values = match self.sense {
            Some(_) => Values::OneEach,
            None => Values::Any,
        };
        let decoded = self.chain.decode(&rows, &sense, &seen.start, &open, values);
        let (tags, sure) = decoded;
        let mut found: Vec<(usize, Range<usize>, Vec<f32>)> = Vec::new();
        for (n, tag) in tags.iter().enumerate() {
            let Some(place) = plan::slot_of(*tag).map(|n| open[n]) else {
                continue;
            };
            match found.last_mut() {
                Some((last, span, scores)) if plan::is_inside(*tag) && *last == place => {
                    span.end = tokens[n].end;
                    scores.push(sure[n]);
                }
                _ => found.push((place, tokens[n].clone(), vec![sure[n]])),
            }
        }
        let least = sure.iter().copied().fold(1.0, f32::min);
        let found = found
            .into_iter()
            .map(|(place, span, scores)| Tagged {
                slot: self.places[place].slot.clone(),
                span: without_signs(text, span),
                score: scores.iter().sum::<f32>() / scores.len() as f32,
            })
            .filter(|tagged| !tagged.span.is_empty())
            .collect();
        (found, least)
    }
}

impl Tagger {
    /// Writes down what was learnt.
    fn put(&self, out: &mut Vec<u8>) {
        self.places.put(out);
        self.features.put(out);
        self.chain.put(out);
        self.sense.is_some().put(out);
        if let Some(sense) = &self.sense {
            sense.put(out);
        }
    }

    /// Reads what was learnt, with the meanings that it was learnt with.
    fn take(meanings: Option<Arc<dyn Meanings>>, bytes: &mut &[u8]) -> Option<Self> {
        let mut tagger = Tagger {
            places: Keep::take(bytes)?,
            features: Arc::new(Keep::take(bytes)?),
            chain: Keep::take(bytes)?,
            sense: None,
        };
        if bool::take(bytes)? {
            tagger.sense = Some(Sense::take(meanings?, bytes)?);
        }
        let numbers = tagger.sense.as_ref().map_or(0, Sense::width);
        let fits = tagger
            .chain
            .fits(tagger.places.len(), (tagger.features.count(), numbers));
        fits.then_some(tagger)
    }
}

impl Keep for Place {
    fn put(&self, out: &mut Vec<u8>) {
        self.slot.put(out);
        self.typed.put(out);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Place {
            slot: Keep::take(bytes)?,
            typed: Keep::take(bytes)?,
        })
    }
}

/// A value without the signs that end a sentence or part its words from others'. A full stop inside the text stays: it may
/// be an abbreviation's.
fn without_signs(text: &str, span: Range<usize>) -> Range<usize> {
    // "p.m." keeps its last full stop.
    let word = text[span.clone()].rsplit(char::is_whitespace).next();
    let short = word.is_some_and(|word| word.trim_end_matches('.').contains('.'));
    let last = span.end == text.trim_end().len() && !short;
    // Pictures and their variation marks are no part of a value.
    let picture = |c: char| {
        c == '\u{fe0f}'
            || (!c.is_ascii() && !c.is_alphanumeric() && !is_combining_mark(c) && c > '\u{2190}')
    };
    let value = text[span.clone()].trim_end_matches(|c: char| {
        c.is_whitespace() || ",;:!?".contains(c) || picture(c) || (last && c == '.')
    });
    let kept = value.trim_start_matches(|c: char| c.is_whitespace() || ",;:.!?".contains(c));
    let start = span.start + value.len() - kept.len();
    start..start + kept.len()
}

/// What the proposals say of each token.
struct Seen {
    /// For each token the proposals' tags, as names for features.
    tags: Vec<Vec<(String, bool)>>,
    /// For each token what each tag of the open slots starts with.
    start: Vec<Vec<f32>>,
}

impl Seen {
    fn new(
        places: &[Place],
        open: &[usize],
        text: &str,
        tokens: &[Range<usize>],
        proposals: &[Proposal],
    ) -> Seen {
        let outside: Vec<f32> = (0..plan::tags(open.len()))
            .map(|tag| match plan::slot_of(tag) {
                Some(place) if places[open[place]].typed => -OUTSIDE,
                _ => 0.0,
            })
            .collect();
        let mut seen = Seen {
            tags: vec![Vec::new(); tokens.len()],
            start: vec![outside; tokens.len()],
        };
        for proposal in proposals {
            if text.get(proposal.span.clone()).is_none() {
                continue;
            }
            let place = open.iter().position(|n| places[*n].slot == proposal.slot);
            // A part of a word is no value.
            let within = tokens
                .iter()
                .enumerate()
                .filter(|(_, t)| proposal.span.start <= t.start && t.end <= proposal.span.end);
            for (k, (n, _)) in within.enumerate() {
                if let Some(place) = place {
                    let tag = plan::tag_of(place, k > 0);
                    let start = &mut seen.start[n][tag];
                    *start = start.max(0.0) + HEAD_START * proposal.certainty;
                }
                seen.tags[n].push((proposal.slot.clone(), k > 0));
            }
        }
        seen
    }
}

/// Which tokens stand inside a value.
fn inside(tokens: &[Range<usize>], lesson: &Lesson) -> Vec<bool> {
    tokens
        .iter()
        .map(|token| {
            lesson
                .places
                .iter()
                .any(|(_, span)| span.start < token.end && token.start < span.end)
        })
        .collect()
}

/// The right tag of each token.
fn gold(places: &[Place], open: &[usize], tokens: &[Range<usize>], lesson: &Lesson) -> Vec<usize> {
    let mut tags = vec![plan::OUT; tokens.len()];
    for (slot, span) in &lesson.places {
        let Some(place) = open.iter().position(|n| places[*n].slot == *slot) else {
            continue;
        };
        let within = tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| span.start < token.end && token.start < span.end);
        for (k, (n, _)) in within.enumerate() {
            tags[n] = plan::tag_of(place, k > 0);
        }
    }
    tags
}
