//! The values that a text gives with the template it starts: what the slot types recognise and what the examples teach,
//! read by the type of their slot.

use std::ops::Range;

use crate::Value;
use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::entity::{self, Reader, Reading};
use super::learned::Learned;
use super::message::{Moment, reader};
use super::words::{Words, normal};

/// Certainty from which a value needs no example to say what it is.
const CERTAIN: f32 = 0.95;
/// Certainty of a choice that is named letter by letter.
const NAMED: f32 = 0.9;
/// Words of an example from which a text that holds them all is worded like it.
const WORDED: usize = 4;
/// Certainty from which a find is taken where the tagger left its words alone.
const LIKELY: f32 = 0.85;
/// Probability of the template from which strange words are taken for what it asks.
const MEANT: f32 = 0.4;
/// Most words of a record's name.
const NAME: usize = 5;

/// The values that a text which starts a template gives with it. `places` says whether the examples may divide it, `score`
/// is the template's probability.
pub(super) fn given_with(
    moment: &Moment<'_>,
    template: &Template,
    text: &str,
    places: bool,
    score: f32,
) -> Vec<Given> {
    let reader = reader(moment, template);
    let learned = &moment.templates.learned;
    let words = Words::of(moment.locale);
    let mut taken = Taken {
        text,
        spans: Vec::new(),
        given: Vec::new(),
    };
    // What names its slot, or has a form that nothing else has, is certain; the rest is for the tagger to tell apart.
    let found = entity::find_each(template.slots.values(), text, &reader);
    for (slot, readings) in &found {
        for reading in readings {
            if reading.certainty >= CERTAIN && !is_the_record(slot, template, text, &reading.span) {
                taken.take(slot, reading.span.clone(), &reading.value);
            }
        }
    }
    taken.choices_at_the_end(&found);
    let tagged = learned
        .values(text, &found, None)
        .into_iter()
        .map(|tagged| (tagged.slot, tagged.span));
    let places = if places {
        learned.places(&template.id, text)
    } else {
        Vec::new()
    };
    // A sentence worded like an example is divided like it; of one that only resembles it the tagger knows better.
    let worded = learned.worded(&template.id, text) >= WORDED;
    let (first, then): (Vec<_>, Vec<_>) = if worded {
        (places, tagged.collect())
    } else {
        (tagged.collect(), places)
    };
    for (id, span) in first.into_iter().chain(then) {
        let Some(slot) = template.slots.get(&id) else {
            continue;
        };
        let piece = &text[span.clone()];
        if !says_something(slot, piece, template, words) {
            continue;
        }
        let found = entity::find(slot, piece, &reader);
        let own = found
            .into_iter()
            .find(|reading| reading.span.len() == span.len());
        let value = own.or_else(|| entity::read(slot, piece, &reader).ok());
        if let Some(reading) = value {
            taken.take(slot, span, &reading.value);
        }
    }
    taken.left_alone(template, &found);
    if score >= MEANT {
        taken.words_left_over(template, learned, &reader, words);
    }
    let mut given = taken.given;
    // "Open it", "change her phone": the record last shown or written, where none is named.
    let mut records = template.slots.values();
    let record = records.find(|slot| matches!(slot.kind, SlotKind::Record { .. }));
    if let Some(slot) = record
        && let SlotKind::Record { object, .. } = &slot.kind
        && !given.iter().any(|g| g.slot == slot.id)
        && let Some(last) = &moment.conversation.record
        && last["object"].as_str() == Some(object.as_str())
        && normal(text)
            .split_whitespace()
            .any(|word| words.points_back(word.trim_end_matches("'s")))
    {
        given.push(Given {
            slot: slot.id.clone(),
            value: Some(last.clone()),
            text: String::new(),
            adds: false,
        });
    }
    for (id, value) in learned.means(&template.id, text) {
        let Some(slot) = template
            .slots
            .get(id)
            .filter(|slot| !given.iter().any(|g| g.slot == slot.id))
        else {
            continue;
        };
        if let Ok(reading) = entity::read(slot, value, &reader) {
            given.push(Given {
                slot: id.clone(),
                value: Some(reading.value),
                text: String::new(),
                adds: false,
            });
        }
    }
    given
}

/// The values taken so far, none over another.
struct Taken<'t> {
    text: &'t str,
    spans: Vec<Range<usize>>,
    given: Vec<Given>,
}

impl Taken<'_> {
    fn is_free(&self, span: &Range<usize>) -> bool {
        let apart = |t: &Range<usize>| span.end <= t.start || t.end <= span.start;
        self.spans.iter().all(apart)
    }

    fn is_open(&self, slot: &Slot) -> bool {
        !self.given.iter().any(|g| g.slot == slot.id)
    }

    fn take(&mut self, slot: &Slot, span: Range<usize>, value: &Value) {
        if self.is_free(&span) && self.is_open(slot) {
            self.given.push(Given {
                slot: slot.id.clone(),
                value: Some(value.clone()),
                text: self.text[span.clone()].to_owned(),
                adds: false,
            });
            self.spans.push(span);
        }
    }

    /// A choice at the end of its clause is meant, whatever the examples say: "make Ida cold, she left".
    fn choices_at_the_end(&mut self, found: &[(&Slot, Vec<Reading>)]) {
        let choices = |(slot, _): &&(&Slot, _)| matches!(slot.kind, SlotKind::Choice(_));
        for (slot, readings) in found.iter().filter(choices) {
            for reading in readings {
                let rest = self.text[reading.span.end..].trim_start_matches([' ', '.', '!']);
                let ends = rest.is_empty() || rest.starts_with([',', ';', '\n', ')']);
                if ends && reading.certainty >= NAMED {
                    self.take(slot, reading.span.clone(), &reading.value);
                }
            }
        }
    }

    /// What is likely a value, and where the tagger saw nothing, is one.
    fn left_alone(&mut self, template: &Template, found: &[(&Slot, Vec<Reading>)]) {
        let choice =
            |slot: &Slot| matches!(slot.kind, SlotKind::Choice(_) | SlotKind::Field { .. });
        for (slot, readings) in found {
            if choice(slot) || !self.is_open(slot) {
                continue;
            }
            for reading in readings {
                if reading.certainty >= LIKELY
                    && !is_the_record(slot, template, self.text, &reading.span)
                {
                    self.take(slot, reading.span.clone(), &reading.value);
                }
            }
        }
    }

    /// Words side by side that no example says and no value holds name the record, or are what is searched for: "gimme ida
    /// blum", "any leads in dairy".
    fn words_left_over(
        &mut self,
        template: &Template,
        learned: &Learned,
        reader: &Reader<'_>,
        words: &Words,
    ) {
        let open = |slot: &&Slot| match &slot.kind {
            SlotKind::Record { object, .. } => Some(object) == template.object.as_ref(),
            SlotKind::Text { .. } => slot.field.is_none() && self.given.is_empty(),
            _ => false,
        };
        let mut slots = template.slots.values().filter(open);
        let (Some(slot), None) = (slots.next(), slots.next()) else {
            return;
        };
        if !self.is_open(slot) {
            return;
        }
        let strange = |word: &str, meant: &str| {
            let bare = |word: &str| normal(word.trim_matches(|c: char| !c.is_alphanumeric()));
            let (bare, meant) = (bare(word), bare(meant));
            let bare = bare.strip_suffix("'s").unwrap_or(&bare);
            let slip = bare.chars().count() > 4 && learned.says(&meant);
            bare.chars().any(char::is_alphabetic)
                && !bare.contains('@')
                && !learned.says(bare)
                && !slip
                && !words.not_names.contains(bare)
                && !words.is_function_word(bare)
                && !words.is_quantity(bare)
        };
        let start = self.text.as_ptr() as usize;
        let mut runs: Vec<Range<usize>> = Vec::new();
        let mut goes_on = false;
        // "updaet" is a slip, not a name.
        let mended = learned.mended(self.text);
        let mut meant = mended.split_whitespace();
        for word in self.text.split_whitespace() {
            let meant = meant.next().unwrap_or(word);
            let at = word.as_ptr() as usize - start;
            let span = at..at + word.len();
            let joins = goes_on && word == "&";
            if !self.is_free(&span) || !(joins || strange(word, meant)) {
                goes_on = false;
                continue;
            }
            match runs.last_mut() {
                Some(last) if goes_on => last.end = span.end,
                _ => runs.push(span),
            }
            goes_on = !word.ends_with([',', ';', ':', '?', '!']);
        }
        let longest = runs
            .into_iter()
            .rev()
            .max_by_key(|run| self.text[run.clone()].split_whitespace().count());
        let Some(run) = longest else { return };
        let piece = self.text[run.clone()].trim_end_matches([',', ';', ':', '?', '!', '.']);
        if piece.split_whitespace().count() > NAME {
            return;
        }
        if let Ok(reading) = entity::read(slot, piece, reader) {
            self.take(slot, run.start..run.start + piece.len(), &reading.value);
        }
    }
}

/// Whether an e-mail address names the record rather than a new value: nothing before it says that it is one.
fn is_the_record(slot: &Slot, template: &Template, text: &str, span: &Range<usize>) -> bool {
    let mut slots = template.slots.values();
    if !matches!(slot.kind, SlotKind::Email)
        || !slots.any(|slot| matches!(slot.kind, SlotKind::Record { .. }))
    {
        return false;
    }
    let before = text[..span.start].trim_end().to_lowercase();
    let says = [
        "to", "is", "be", ":", "=", "now", "email", "e-mail", "mail", "address", "with",
    ];
    !says.iter().any(|word| before.ends_with(word))
}

/// Whether a piece holds more than small words: "for" is no name, and "a lead for me" and "all my leads" name no record.
pub(super) fn says_something(slot: &Slot, text: &str, template: &Template, words: &Words) -> bool {
    let record = matches!(slot.kind, SlotKind::Record { .. });
    if !record && !matches!(slot.kind, SlotKind::Text { .. } | SlotKind::Organization) {
        return true;
    }
    // "my" says something where the designer has it among the values.
    if slot
        .samples
        .iter()
        .any(|sample| sample.eq_ignore_ascii_case(text))
    {
        return true;
    }
    normal(text).split_whitespace().any(|word| {
        let noun = record
            && template.nouns.iter().chain(&template.object).any(|noun| {
                let noun = noun.to_lowercase();
                word == noun
                    || word.strip_suffix('s') == Some(noun.as_str())
                    || noun.strip_suffix('s') == Some(word)
            });
        !noun
            && word.chars().any(char::is_alphanumeric)
            && word != "w/"
            && !words.is_function_word(word)
            && !(record && words.is_quantity(word))
    })
}
