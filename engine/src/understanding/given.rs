//! The values that a text gives with the template it starts: what the slot types recognise and what the examples teach,
//! read by the type of their slot.

use std::ops::Range;

use crate::Value;
use crate::effect::Does;
use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::aim::same;
use super::clause::names_of;
use super::entity::{self, Reader, Reading};
use super::learned::Learned;
use super::meant::is_about_records;
use super::message::{Moment, reader};
use super::owned;
use super::tagger::Tagged;
use super::words::{Words, normal};

/// Certainty from which a value needs no example to say what it is.
const CERTAIN: f32 = 0.95;
/// Certainty of a choice that is named letter by letter.
const NAMED: f32 = 0.9;
/// Words of an example from which a text that holds them all is worded like it.
const WORDED: usize = 2;
/// And where its values may be any words.
const WORDED_FREELY: usize = 4;
/// Certainty from which a find is taken where the tagger left its words alone.
const LIKELY: f32 = 0.85;
/// Probability of a tag below which a surer one for the same slot is taken.
const SLIGHT: f32 = 0.6;
/// Probability of the template from which strange words are taken for what it asks.
const MEANT: f32 = 0.4;
/// Most words that the tagger leaves out at the end of a name.
const MORE: usize = 2;
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
    let mut found = entity::find_each(template.slots.values(), text, &reader);
    for (_, readings) in &mut found {
        without_former(text, readings);
    }
    let found = found;
    let may_be = |id: &str, piece: &str| may_be(template, id, piece, words, &reader);
    let (places, worded) = if places {
        learned.places(&template.id, text, &may_be)
    } else {
        (Vec::new(), 0)
    };
    // A sentence worded like an example is divided like it.
    // Where a template is about records, few words are enough: the names in its examples are known for what they are.
    let enough = if is_about_records(template) {
        WORDED
    } else {
        WORDED_FREELY
    };
    if worded >= enough {
        for (id, span) in &places {
            taken.read(id, span.clone(), template, &reader, (learned, words));
        }
    }
    if let Some(span) = owned::owner(template, text, words)
        && let Some(slot) = template
            .slots
            .values()
            .find(|slot| names_it(slot, template))
        && let Ok(reading) = entity::read(slot, &text[span.clone()], &reader)
    {
        taken.take(slot, span, &reading.value);
    }
    // What names its slot, or has a form that nothing else has, is certain; the rest is for the tagger to tell apart.
    for (slot, readings) in &found {
        for reading in readings {
            if reading.certainty >= CERTAIN
                && !is_the_record(slot, template, text, &reading.span)
                && says_something(slot, &text[reading.span.clone()], template, words)
            {
                taken.take(slot, reading.span.clone(), &reading.value);
            }
        }
    }
    taken.choices_at_the_end(&found, words);
    let tagged = surest(learned.values(text, &found, None), &found, template);
    for (id, span) in tagged.into_iter().chain(places) {
        taken.read(&id, span, template, &reader, (learned, words));
    }
    taken.left_alone(template, &found, words);
    taken.other_party(template, &reader, words);
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

/// "From cold to warm": of two values of a slot the one that was is left out.
fn without_former(text: &str, readings: &mut Vec<Reading>) {
    let ends: Vec<usize> = readings.iter().map(|reading| reading.span.start).collect();
    readings.retain(|reading| {
        let from = text[..reading.span.start].trim_end();
        let from = from.len() >= 4
            && from.is_char_boundary(from.len() - 4)
            && from[from.len() - 4..].eq_ignore_ascii_case("from");
        let rest = &text[reading.span.end..];
        let to = [" to ", " -> ", " → "]
            .iter()
            .find_map(|to| rest.strip_prefix(to));
        let next = to.map(|to| text.len() - to.trim_start().len());
        !(from && next.is_some_and(|next| ends.contains(&next)))
    });
}

/// The places that the tagger sees, of several for a slot the surest; not where a form that says more tells another slot.
fn surest(
    tagged: Vec<Tagged>,
    found: &[(&Slot, Vec<Reading>)],
    template: &Template,
) -> Vec<(String, Range<usize>)> {
    let better = |one: &Tagged| {
        let slot = template.slots.get(&one.slot);
        found.iter().any(|(other, readings)| {
            other.id != one.slot
                && matches!(other.kind, SlotKind::Organization)
                && slot.is_some_and(|slot| !matches!(slot.kind, SlotKind::Record { .. }))
                && readings.iter().any(|r| {
                    r.certainty >= NAMED
                        && r.certainty > one.score
                        && r.span.start < one.span.end
                        && one.span.start < r.span.end
                })
        })
    };
    let mut kept: Vec<Tagged> = Vec::new();
    for one in tagged {
        if better(&one) {
            continue;
        }
        match kept.iter_mut().find(|other| other.slot == one.slot) {
            Some(other) if other.score < SLIGHT && one.score > other.score => *other = one,
            _ => kept.push(one),
        }
    }
    kept.into_iter().map(|one| (one.slot, one.span)).collect()
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

    /// Takes what stands at a place, as the slot's type reads it.
    fn read(
        &mut self,
        id: &str,
        span: Range<usize>,
        template: &Template,
        reader: &Reader<'_>,
        (learned, words): (&Learned, &Words),
    ) {
        let Some(slot) = template.slots.get(id) else {
            return;
        };
        // An address that is no new value names the record.
        let slot = if is_the_record(slot, template, self.text, &span) {
            let mut slots = template.slots.values();
            slots.find(|slot| names_it(slot, template)).unwrap_or(slot)
        } else {
            slot
        };
        let piece = &self.text[span.clone()];
        let piece = match slot.kind {
            SlotKind::Text { .. } | SlotKind::Organization | SlotKind::City => {
                words.without_telling(piece)
            }
            SlotKind::Record { .. } => beside_noun(piece, template),
            _ => piece,
        };
        let piece = match slot.kind {
            SlotKind::Record { .. } => without_said(words.without_asking(piece), learned),
            SlotKind::Organization => without_quantity(piece, words),
            _ => piece,
        };
        let slot = meant_slot(slot, piece, template, self, words, reader);
        // Notes are long and may be anything: nobody looks for records by one without saying so, and names are none.
        if is_note(slot)
            && (!template.does().writes()
                || is_company(piece, words)
                || !may_be_note(slot, piece, template, self, reader, words))
        {
            return;
        }
        // "Dr." alone is nobody's name.
        if is_person(slot) && words.honorifics.contains(&normal(piece)) {
            return;
        }
        // A record's new name is told as such.
        if is_person(slot) && template.slots.values().any(|slot| names_it(slot, template)) {
            let said = format!(" {} ", normal(self.text));
            let mut names = names_of(slot).into_iter();
            if !names.any(|name| said.contains(&format!(" {name} "))) {
                return;
            }
        }
        if piece.is_empty() || !says_something(slot, piece, template, words) {
            return;
        }
        let start = piece.as_ptr() as usize - self.text.as_ptr() as usize;
        let mut span = start..start + piece.len();
        if is_title(slot) {
            span.end = self.end_of(span.clone(), words);
            let whole = &self.text[span.clone()];
            let bare = whole.trim_start_matches(['\'', '"', '“', '‘']);
            if bare.len() < whole.len() {
                span.start = span.end - bare.len();
                span.end = span.start + bare.trim_end_matches(['\'', '"', '”', '’']).len();
            }
        }
        let piece = &self.text[span.clone()];
        let found = entity::find(slot, piece, reader);
        let own = found
            .into_iter()
            .find(|reading| reading.span.len() == span.len());
        let value = own.or_else(|| entity::read(slot, piece, reader).ok());
        if let Some(reading) = value {
            self.take(slot, span, &reading.value);
        }
    }

    /// Where a name given to a thing ends: its last words are its own up to a sign or the next value.
    fn end_of(&self, span: Range<usize>, words: &Words) -> usize {
        let rest = &self.text[span.end..];
        let next = self
            .spans
            .iter()
            .map(|s| s.start)
            .filter(|s| *s >= span.end);
        let stop = next.min().unwrap_or(self.text.len()) - span.end;
        let rest = &rest[..rest
            .find([',', ';', ':', '!', '?', '.', '(', '\n'])
            .unwrap_or(stop)
            .min(stop)];
        let mut more = rest.split_whitespace();
        let fits = |word: &str| {
            let word = normal(word);
            !words.leads_to_value(&word)
                && !words.company_cues.contains(&word)
                && !words.ends_owner(&word)
                && word.chars().all(char::is_alphabetic)
        };
        let count = more.clone().count();
        if rest.starts_with(' ') && (1..=MORE).contains(&count) && more.all(fits) {
            span.end + rest.trim_end().len()
        } else {
            span.end
        }
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
    fn choices_at_the_end(&mut self, found: &[(&Slot, Vec<Reading>)], words: &Words) {
        let choices = |(slot, _): &&(&Slot, _)| matches!(slot.kind, SlotKind::Choice(_));
        for (slot, readings) in found.iter().filter(choices) {
            for reading in readings {
                let rest = self.text[reading.span.end..].trim_start_matches([' ', '.', '!']);
                let ends =
                    words.is_polite(&normal(rest)) || rest.starts_with([',', ';', '\n', ')']);
                if ends && reading.certainty >= NAMED {
                    self.take(slot, reading.span.clone(), &reading.value);
                }
            }
        }
    }

    /// What is likely a value, and where the tagger saw nothing, is one.
    fn left_alone(&mut self, template: &Template, found: &[(&Slot, Vec<Reading>)], words: &Words) {
        let choice =
            |slot: &Slot| matches!(slot.kind, SlotKind::Choice(_) | SlotKind::Field { .. });
        for (slot, readings) in found {
            if choice(slot) || !self.is_open(slot) {
                continue;
            }
            for reading in readings {
                if reading.certainty >= LIKELY
                    && !is_the_record(slot, template, self.text, &reading.span)
                    && says_something(slot, &self.text[reading.span.clone()], template, words)
                {
                    self.take(slot, reading.span.clone(), &reading.value);
                }
            }
        }
    }

    /// The record of another kind that a new one belongs to: "a deal with Fern Foods". A name given to a thing does not stand
    /// behind such a word.
    fn other_party(&mut self, template: &Template, reader: &Reader<'_>, words: &Words) {
        let other = |slot: &&Slot| matches!(&slot.kind, SlotKind::Record { object, .. } if Some(object) != template.object.as_ref());
        let mut slots = template.slots.values().filter(other);
        let (Some(slot), None) = (slots.next(), slots.next()) else {
            return;
        };
        if !self.is_open(slot) || template.does() != Does::Create {
            return;
        }
        let named = self.given.iter().position(|given| {
            let own = template.slots.get(&given.slot);
            own.is_some_and(is_title)
        });
        if let Some(n) = named {
            let span = self.spans[n].clone();
            let before = self.text[..span.start].trim_end();
            let before = without_last(before, &["the", "our", "a"]);
            let cue = before
                .rsplit([' ', '\n'])
                .next()
                .unwrap_or_default()
                .to_lowercase();
            let piece = &self.text[span.clone()];
            let called = names_of(slot)
                .iter()
                .any(|name| piece.to_lowercase().ends_with(&format!(" {name}")));
            if words.with_party.contains(&cue) || called {
                let names = names_of(slot);
                let name = names
                    .iter()
                    .find(|name| piece.to_lowercase().ends_with(&format!(" {name}")));
                let end = name.map_or(piece.len(), |name| piece.len() - name.len() - 1);
                let (party, thing) = match piece[..end].split_once(", ") {
                    Some((party, thing)) => (party, Some(thing)),
                    None => (&piece[..end], None),
                };
                if let Ok(reading) = entity::read(slot, party, reader) {
                    let start = span.start;
                    let title = self.given[n].slot.clone();
                    self.spans[n] = start..start + party.len();
                    self.given[n] = Given {
                        slot: slot.id.clone(),
                        value: Some(reading.value),
                        text: party.to_owned(),
                        adds: false,
                    };
                    // "With Fern Foods, green tea": what is left is the name.
                    if let (Some(thing), Some(title)) = (thing, template.slots.get(&title))
                        && let Ok(reading) = entity::read(title, thing, reader)
                    {
                        let start = span.end - thing.len();
                        self.take(title, start..span.end, &reading.value);
                    }
                    return;
                }
            }
        }
        let shouts = !self.text.chars().any(char::is_uppercase);
        let mut at = 0;
        for word in self.text.split_inclusive(char::is_whitespace) {
            let start = at + word.len();
            at = start;
            let cue = word.trim().to_lowercase();
            let cue = cue.trim_end_matches(':');
            let strong = words.with_party.contains(cue);
            if !strong && !words.to_party.contains(cue) && !names_of(slot).iter().any(|n| n == cue)
            {
                continue;
            }
            let span = self.party(start, words);
            let piece = &self.text[span.clone()];
            let capital = piece.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
            let named = (capital || strong && shouts)
                && !piece.is_empty()
                && piece.chars().any(char::is_alphabetic)
                && self.is_free(&span)
                && says_something(slot, piece, template, words)
                && !names_field(template, piece);
            if named && let Ok(reading) = entity::read(slot, piece, reader) {
                self.take(slot, span, &reading.value);
                return;
            }
        }
    }

    /// The words from here on that may be a party's name.
    fn party(&self, start: usize, words: &Words) -> Range<usize> {
        let rest = &self.text[start..];
        let skipped = rest.len() - words.without_article(&rest.to_lowercase()).len();
        let start = if rest.is_char_boundary(skipped) {
            start + skipped
        } else {
            start
        };
        let mut end = start;
        for (n, word) in self.text[start..].split_inclusive(' ').enumerate() {
            let bare = word.trim();
            let plain = normal(bare);
            let at = start + (word.as_ptr() as usize - self.text[start..].as_ptr() as usize);
            let inner = matches!(plain.as_str(), "of" | "&" | "the" | "and" | "by") && n > 0;
            let stops = n >= NAME
                || bare.is_empty()
                || !self.is_free(&(at..at + bare.len()))
                || !inner
                    && (words.is_function_word(&plain)
                        || words.leads_to_value(&plain)
                        || words.not_names.contains(&plain)
                            && !bare.starts_with(char::is_uppercase));
            if stops {
                break;
            }
            if !inner {
                end = at
                    + bare
                        .trim_end_matches([',', ';', ':', '.', '!', '?', ')'])
                        .len();
            }
            if bare.ends_with([',', ';', ':', '!', '?', ')'])
                || bare.ends_with('.') && bare.len() > 5
            {
                break;
            }
        }
        start..end
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
            // "Draft a mail": what a small word follows at once is what shall be done.
            let verb = at == 0
                && word.starts_with(char::is_lowercase)
                && !words.first_names.contains(word)
                && self.text[span.end..]
                    .split_whitespace()
                    .next()
                    .is_some_and(|next| {
                        matches!(
                            normal(next).as_str(),
                            "a" | "an"
                                | "the"
                                | "my"
                                | "our"
                                | "all"
                                | "every"
                                | "this"
                                | "that"
                                | "these"
                                | "some"
                                | "me"
                                | "us"
                        )
                    });
            if verb || !self.is_free(&span) || !(joins || strange(word, meant)) {
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

/// A name in small letters without the words of the examples behind it: "ida blum called".
fn without_said<'t>(piece: &'t str, learned: &Learned) -> &'t str {
    if piece.chars().any(char::is_uppercase) {
        return piece;
    }
    let mut piece = piece;
    while let Some((before, last)) = piece.rsplit_once(' ')
        && before.contains(' ')
        && learned.says(&normal(last))
    {
        piece = before;
    }
    piece
}

/// A text without its last word, where it is one of these.
fn without_last<'t>(text: &'t str, small: &[&str]) -> &'t str {
    match text.rsplit_once(' ') {
        Some((before, last)) if small.iter().any(|word| last.eq_ignore_ascii_case(word)) => before,
        _ => text,
    }
}

/// "Any Fern Foods" is "Fern Foods".
fn without_quantity<'t>(piece: &'t str, words: &Words) -> &'t str {
    match piece.split_once(' ') {
        Some((first, rest)) if words.is_quantity(&first.to_lowercase()) => rest,
        _ => piece,
    }
}

/// The slot that a piece is meant for: what is one of another slot's choices is that choice, and what is no known place, behind
/// the words that lead to a company, is a company.
fn meant_slot<'a>(
    slot: &'a Slot,
    piece: &str,
    template: &'a Template,
    taken: &Taken<'_>,
    words: &Words,
    reader: &Reader<'_>,
) -> &'a Slot {
    let holds = |other: &Slot, least: f32| {
        let found = entity::find(other, piece, reader);
        let mut all = found.into_iter().filter(|r| r.span == (0..piece.len()));
        all.any(|reading| reading.certainty >= least)
    };
    let open = |other: &&Slot| other.id != slot.id && taken.is_open(other);
    match slot.kind {
        SlotKind::Organization | SlotKind::City | SlotKind::Text { .. } => {
            let mut choices = template
                .slots
                .values()
                .filter(open)
                .filter(|other| matches!(other.kind, SlotKind::Choice(_)));
            if let Some(choice) = choices.find(|choice| holds(choice, NAMED)) {
                return choice;
            }
            let at = piece.as_ptr() as usize - taken.text.as_ptr() as usize;
            let before = taken.text[..at].split_whitespace().next_back();
            let cue = before.is_some_and(|word| words.company_cues.contains(&word.to_lowercase()));
            if matches!(slot.kind, SlotKind::City) && cue && !holds(slot, 0.5) {
                let mut companies = template
                    .slots
                    .values()
                    .filter(open)
                    .filter(|other| matches!(other.kind, SlotKind::Organization));
                return companies.next().unwrap_or(slot);
            }
            slot
        }
        _ => slot,
    }
}

/// The name beside the noun: "the duplicate lead Ida Blum", "the Fernhill lead".
fn beside_noun<'t>(piece: &'t str, template: &Template) -> &'t str {
    let is_noun = |word: &str| {
        let word = word.to_lowercase();
        let mut nouns = template.nouns.iter().chain(&template.object);
        nouns.any(|noun| same(&word, &noun.to_lowercase()))
    };
    let Some(noun) = piece.split(' ').find(|word| is_noun(word)) else {
        return piece;
    };
    // A company may be called so: "Lead Belly Records".
    if noun.starts_with(char::is_uppercase) {
        return piece;
    }
    let at = noun.as_ptr() as usize - piece.as_ptr() as usize;
    let (before, behind) = (piece[..at].trim(), piece[at + noun.len()..].trim());
    if behind.is_empty() { before } else { behind }
}

fn is_person(slot: &Slot) -> bool {
    matches!(slot.kind, SlotKind::FirstName | SlotKind::LastName)
}

/// Whether a text is put as a company is: "at Fern Foods", or in capitals all through.
fn is_company(text: &str, words: &Words) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    let mut all = text
        .split(' ')
        .filter(|word| word.starts_with(char::is_alphabetic));
    words.company_cues.contains(&first.to_lowercase())
        || all.clone().count() > 1 && all.all(capital)
}

/// Whether a slot holds notes: long text of a field.
pub(super) fn is_note(slot: &Slot) -> bool {
    let long = |most: Option<usize>| most.is_none_or(|most| most > 255);
    slot.field.is_some()
        && matches!(slot.kind, SlotKind::Text { max_length, .. } if long(max_length))
}

/// Whether a piece that nothing calls a note may be one: not where it holds names that the template still wants ("a guy called
/// kip at fern foods"), nor where a record is changed, whose notes are told as such.
fn may_be_note(
    slot: &Slot,
    piece: &str,
    template: &Template,
    taken: &Taken<'_>,
    reader: &Reader<'_>,
    words: &Words,
) -> bool {
    let said = format!(" {} ", normal(taken.text));
    if names_of(slot)
        .iter()
        .any(|name| said.contains(&format!(" {name} ")))
    {
        return true;
    }
    if template.slots.values().any(|slot| names_it(slot, template)) {
        return false;
    }
    let wanted = |slot: &&Slot| {
        taken.is_open(slot)
            && matches!(
                slot.kind,
                SlotKind::FirstName
                    | SlotKind::LastName
                    | SlotKind::FullName
                    | SlotKind::Organization
            )
    };
    let mut wanted = template.slots.values().filter(wanted);
    let name = wanted.any(|slot| {
        let found = entity::find(slot, taken.text, reader);
        let at = piece.as_ptr() as usize - taken.text.as_ptr() as usize;
        found
            .iter()
            .any(|r| r.certainty >= 0.5 && at <= r.span.start && r.span.end <= at + piece.len())
    });
    let says = |word: &str| !words.is_function_word(word) && !words.not_names.contains(word);
    !name && normal(piece).split(' ').filter(|word| says(word)).count() > 1
}

/// Whether a slot holds a name that somebody gives to a thing.
fn is_title(slot: &Slot) -> bool {
    matches!(slot.kind, SlotKind::Text { .. })
        && names_of(slot)
            .iter()
            .any(|name| name.split(' ').next_back() == Some("name"))
}

/// Whether a slot holds the record that the template is about.
fn names_it(slot: &Slot, template: &Template) -> bool {
    matches!(&slot.kind, SlotKind::Record { object, .. } if Some(object) == template.object.as_ref())
}

/// Whether a slot may hold what an example has it hold: its type reads all of it, and a name is short, made of words that
/// names are made of, and not what another slot surely holds.
fn may_be(template: &Template, id: &str, piece: &str, words: &Words, reader: &Reader<'_>) -> bool {
    let Some(slot) = template.slots.get(id) else {
        return false;
    };
    let is_all = |slot: &Slot, least: f32| {
        let found = entity::find(slot, piece, reader);
        let mut all = found.into_iter().filter(|r| r.span == (0..piece.len()));
        all.any(|reading| reading.certainty >= least)
    };
    let another = |least: f32, kind: fn(&SlotKind) -> bool| {
        let mut others = template.slots.values().filter(|other| other.id != slot.id);
        others.any(|other| kind(&other.kind) && is_all(other, least))
    };
    let says_noun = |part: &str| {
        let mut nouns = template.nouns.iter().chain(&template.object);
        nouns.any(|noun| same(part, &noun.to_lowercase()))
    };
    match slot.kind {
        SlotKind::FirstName
        | SlotKind::LastName
        | SlotKind::FullName
        | SlotKind::Organization
        | SlotKind::City
        | SlotKind::Record { .. } => {
            let inner =
                |word: &str| matches!(word, "the" | "of" | "and" | "&" | "de" | "for" | "in");
            let strange = |word: &str| {
                let bare = normal(word);
                let small = words.is_function_word(&bare) || words.is_quantity(&bare);
                small && !inner(&bare)
            };
            let place = |kind: &SlotKind| matches!(kind, SlotKind::City | SlotKind::Country);
            let is_place = matches!(slot.kind, SlotKind::Organization) && another(NAMED, place);
            let mut parts = piece.split_whitespace();
            piece.split_whitespace().count() <= NAME
                && !parts.any(strange)
                && !piece.contains([',', ';', ':', '?'])
                && says_something(slot, piece, template, words)
                && !names_field(template, piece)
                && !is_place
        }
        SlotKind::Text { .. } => {
            let choice = |kind: &SlotKind| matches!(kind, SlotKind::Choice(_));
            let lower = normal(piece);
            let counts = lower
                .split(' ')
                .next()
                .is_some_and(|w| words.is_quantity(w));
            let is_list = is_title(slot) && piece.contains([',', ';', ':']);
            !(counts || is_list || lower.split(' ').any(says_noun) || another(NAMED, choice))
        }
        // "5k, end of May" is no amount.
        _ => is_all(slot, 0.0),
    }
}

/// Whether a text names a field: "status of Ida" is no name of a record.
fn names_field(template: &Template, text: &str) -> bool {
    let text = format!(" {} ", normal(text));
    let fields = template.slots.values().filter(|slot| slot.field.is_some());
    let mut names = fields.flat_map(names_of);
    names.any(|name| text.contains(&format!(" {name} ")))
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
    let names = matches!(
        slot.kind,
        SlotKind::FirstName | SlotKind::LastName | SlotKind::FullName | SlotKind::City
    );
    let record = names || matches!(slot.kind, SlotKind::Record { .. });
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
    // A number says nothing of what is told in words.
    let told =
        matches!(slot.kind, SlotKind::Text { .. }) && !is_title(slot) && slot.field.is_some();
    let meaning = |c: char| {
        if told {
            c.is_alphabetic()
        } else {
            c.is_alphanumeric()
        }
    };
    normal(text).split_whitespace().any(|word| {
        let noun = (record || matches!(slot.kind, SlotKind::Text { .. }))
            && template.nouns.iter().chain(&template.object).any(|noun| {
                let noun = noun.to_lowercase();
                word == noun
                    || word.strip_suffix('s') == Some(noun.as_str())
                    || noun.strip_suffix('s') == Some(word)
            });
        !noun
            && word.chars().any(meaning)
            && word != "w/"
            && !words.is_function_word(word)
            && !(record && words.is_quantity(word))
    })
}
