//! The values that a text gives with the template it starts: what the slot types recognise and what the examples teach,
//! read by the type of their slot.

use std::ops::Range;

use serde_json::json;

use crate::template::{Slot, SlotKind, Template};

use super::about::same;
use super::act::Given;
use super::entity::{self, Reader, Reading};
use super::holds::{is_note, is_person, is_the_record, names_field, names_it, says_something};
use super::meant::is_about_records;
use super::message::{Moment, reader};
use super::owned;
use super::pointed::row_named;
use super::tagger::Tagged;
use super::taken::Taken;
use super::whole_name::parts;
use super::words::{Words, normal};

/// Certainty from which a value needs no example to say what it is.
const CERTAIN: f32 = 0.95;
/// Certainty of a choice that is named letter by letter.
const NAMED: f32 = 0.9;
/// Words of an example from which a text that holds them all is worded like it.
const WORDED: usize = 2;
/// Probability of a tag below which a surer one for the same slot is taken.
const SLIGHT: f32 = 0.6;
/// Probability of the template from which strange words are taken for what it asks.
const MEANT: f32 = 0.4;
/// Certainty of a company that no note lies over.
const LIKELY: f32 = 0.85;
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
    let (places, worded) = if places && is_about_records(template) {
        learned.places(&template.id, text, &may_be)
    } else {
        (Vec::new(), 0)
    };
    // A sentence worded like an example is divided like it, where a template is about records: the names in its examples are
    // known for what they are. Elsewhere any words may be values, and the tagger, which knows all examples, tells more than
    // one of them.
    if worded >= WORDED {
        for (id, span) in &places {
            taken.read(id, span.clone(), template, &reader, (learned, words));
        }
    }
    if let Some(span) = owned::owner(template, text, words)
        && let Some(slot) = template
            .slots
            .values()
            .find(|slot| names_it(slot, template))
        && says_something(slot, &text[span.clone()], template, words)
        && let Ok(reading) = entity::read(slot, &text[span.clone()], &reader)
    {
        taken.take(slot, span, &reading.value);
    }
    // What names its slot, or has a form that nothing else has, is certain; the rest is for the tagger to tell apart.
    for (slot, readings) in &found {
        for reading in set_right(text, readings, words) {
            if reading.certainty >= CERTAIN
                && !is_the_record(slot, template, text, &reading.span, words)
                && says_something(slot, &text[reading.span.clone()], template, words)
            {
                taken.take(slot, reading.span.clone(), &reading.value);
            }
        }
    }
    taken.choices_at_the_end(&found, words);
    taken.choices_beside_names(&found);
    let tagged = surest(learned.values(text, &found, None), &found, template);
    let (tagged, notes) = apart_from_names(tagged, &found, template);
    for (id, span) in tagged.into_iter().chain(places) {
        let id = taken.thing_beside_party(&id, &span, template, words);
        taken.read(id, span, template, &reader, (learned, words));
    }
    taken.name_is_the_record(template, &reader, words);
    if notes > 0 {
        taken.person_beside_company(&found);
    }
    taken.left_alone(template, &found, words);
    taken.first_name_before_last(&found);
    taken.field_named(template, &found, &reader);
    taken.other_party(template, &reader, words);
    taken.job_behind_person(template, words);
    if score >= MEANT {
        taken.words_left_over(template, learned, &reader, words);
    }
    let mut given = taken.given;
    last_name_too(&mut given, template, &reader, words);
    // "Open it", "change her phone": the record last shown or written, where none is named.
    let mut records = template.slots.values();
    let record = records.find(|slot| matches!(slot.kind, SlotKind::Record { .. }));
    if let Some(slot) = record
        && let SlotKind::Record { object, .. } = &slot.kind
        && !given.iter().any(|g| g.slot == slot.id)
        && let Some(last) = &moment.conversation.record
        && last["object"].as_str() == Some(object.as_str())
        && points_back(text, template, words)
    {
        given.push(Given {
            slot: slot.id.clone(),
            value: Some(last.clone()),
            text: String::new(),
            adds: false,
        });
    }
    // "Update the first one: ...": a row of the list last shown.
    if let Some(slot) = record
        && let SlotKind::Record { object, .. } = &slot.kind
        && !given.iter().any(|g| g.slot == slot.id)
        && let Some(list) = &moment.conversation.list
        && list
            .rows
            .iter()
            .any(|row| row["object"].as_str() == Some(object.as_str()))
        && let Some(row) = row_named(text, template, words)
    {
        given.push(Given {
            slot: slot.id.clone(),
            value: Some(json!({ "text": row })),
            text: row,
            adds: false,
        });
    }
    // "Delete the second one" where no list was shown: no record is called so.
    if moment.conversation.list.is_none() {
        given.retain(|given| {
            let own = record.is_some_and(|slot| slot.id == given.slot);
            !(own && words.ordinal(&given.text).is_some())
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

/// "Add Ida Blum at Fern": a first name of several words holds the last name, where there is none.
fn last_name_too(given: &mut Vec<Given>, template: &Template, reader: &Reader<'_>, words: &Words) {
    let kind = |given: &Given| template.slots.get(&given.slot).map(|slot| &slot.kind);
    let last = |given: &Given| matches!(kind(given), Some(SlotKind::LastName | SlotKind::FullName));
    let first = |given: &Given| matches!(kind(given), Some(SlotKind::FirstName));
    let Some(at) = given.iter().position(first) else {
        return;
    };
    if given.iter().any(last) || !given[at].text.trim().contains(' ') {
        return;
    }
    if let Some(names) = parts(template, &given[at].text, reader, words) {
        given.splice(at..=at, names);
    }
}

/// Whether a text speaks of the record last shown: "her phone", "that lead", or "the status" of nobody else.
fn points_back(text: &str, template: &Template, words: &Words) -> bool {
    let said = normal(text);
    let all: Vec<&str> = said.split(' ').collect();
    let pointed = all
        .iter()
        .any(|word| words.points_back(word.trim_end_matches("'s")))
        || all.windows(2).any(|two| words.points_back(&two.join(" ")));
    let reads = template.does() == crate::effect::Does::Read;
    let plain = || {
        let field = |slot: &&Slot| matches!(slot.kind, SlotKind::Field { .. });
        let SlotKind::Field { names, .. } = &template.slots.values().find(field)?.kind else {
            return None;
        };
        let mut names = names.iter().flat_map(|name| &name.names);
        names
            .any(|name| said.ends_with(&format!("the {}", name.to_lowercase())))
            .then_some(())
    };
    pointed || reads && plain().is_some()
}

/// Readings of a slot in the order in which they count: of two that are certain the last, where the text takes the first one
/// back ("company Fern, sorry, company is Moss").
fn set_right<'r>(text: &str, readings: &'r [Reading], words: &Words) -> Vec<&'r Reading> {
    let mut all: Vec<&Reading> = readings.iter().collect();
    let certain = |r: &&&Reading| r.certainty >= CERTAIN;
    let first = readings
        .iter()
        .filter(|r| certain(&r))
        .min_by_key(|r| r.span.start);
    let last = readings
        .iter()
        .filter(|r| certain(&r))
        .max_by_key(|r| r.span.start);
    if let (Some(first), Some(last)) = (first, last)
        && first.span.end < last.span.start
    {
        let between = normal(&text[first.span.end..last.span.start]);
        let mut said = between.split(' ').peekable();
        let mut takes_back = false;
        while said.peek().is_some() {
            takes_back |= words.amends(&mut said.clone()).is_some();
            said.next();
        }
        if takes_back {
            all.retain(|r| r.span != first.span);
        }
    }
    all
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
                    r.certainty >= LIKELY
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

/// Places without the notes that lie over a name of a company, and how many those are: "ida blum from fern foods" is no note.
fn apart_from_names(
    tagged: Vec<(String, Range<usize>)>,
    found: &[(&Slot, Vec<Reading>)],
    template: &Template,
) -> (Vec<(String, Range<usize>)>, usize) {
    let all = tagged.len();
    let names = |span: &Range<usize>| {
        let companies = found
            .iter()
            .filter(|(slot, _)| matches!(slot.kind, SlotKind::Organization));
        companies
            .flat_map(|(_, readings)| readings)
            .any(|r| r.certainty >= LIKELY && r.span.start < span.end && span.start < r.span.end)
    };
    let kept: Vec<_> = tagged
        .into_iter()
        .filter(|(id, span)| !template.slots.get(id).is_some_and(is_note) || !names(span))
        .collect();
    let notes = all - kept.len();
    (kept, notes)
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
                && !parts.any(|part| strange(part) || is_person(slot) && says_noun(part))
                && !piece.contains([',', ';', ':', '?', '(', ')'])
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
            let is_list = !is_note(slot) && piece.contains([',', ';', ':']);
            !(counts || is_list || lower.split(' ').any(says_noun) || another(NAMED, choice))
        }
        // "5k, end of May" is no amount.
        _ => is_all(slot, 0.0),
    }
}
