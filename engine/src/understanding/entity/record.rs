//! The words that name a record: "the lead from Fern Hill", "Ida Blum's", an id, an e-mail address. What they name is looked
//! up elsewhere; "all" never names one.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::answer::bare;
use super::names::Names;
use super::{Reader, Reading, Refusal};
use crate::Value;
use crate::template::{Slot, SlotKind};
use crate::understanding::words::{Words, normal};

static ID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:[a-zA-Z0-9]{18}|[a-zA-Z0-9]{15})\b").expect("a constant pattern compiles")
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#""([^"\n]{2,80})"|“([^”\n]{2,80})”"#).expect("a constant pattern compiles")
});

static OWNER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"((?:[\p{L}\p{M}-]+ ){0,2}[\p{L}\p{M}-]+)(?:['’]s|s['’]) ")
        .expect("a constant pattern compiles")
});

/// What a slot's record is called, in lower case: its object, its names, the words for what its template is about.
fn nouns(slot: &Slot, reader: &Reader<'_>, words: &Words) -> Vec<String> {
    let SlotKind::Record { object, .. } = &slot.kind else {
        return Vec::new();
    };
    let own = reader
        .nouns
        .iter()
        .filter(|_| reader.object == Some(object));
    let all = own.chain(&slot.called).chain([object]);
    let mut nouns: Vec<String> = all.map(|noun| noun.to_lowercase()).collect();
    nouns.extend(words.around.record_nouns.iter().cloned());
    nouns
}

/// What may name a record of a slot in a text.
pub(super) fn find(slot: &Slot, names: &Names<'_>, reader: &Reader<'_>) -> Vec<Reading> {
    let (text, words) = (names.text, names.words);
    let nouns = nouns(slot, reader, words);
    let reading = |span: std::ops::Range<usize>, certainty| Reading {
        value: json!({ "text": &text[span.clone()] }),
        span,
        certainty,
    };
    let mut out: Vec<Reading> = ID
        .find_iter(text)
        .filter(|m| is_id(m.as_str()))
        .map(|m| reading(m.range(), 0.95))
        .collect();
    out.extend(
        QUOTED
            .captures_iter(text)
            .filter_map(|c| Some(reading(c.get(1).or(c.get(2))?.range(), 0.45))),
    );
    // An address may be a new value as well as the name of its owner.
    out.extend(
        names
            .addresses()
            .iter()
            .map(|found| reading(found.span.clone(), 0.7)),
    );
    let capitals = names.runs();
    if capitals.is_empty() {
        out.extend(
            without_capitals(names)
                .into_iter()
                .map(|(span, certainty)| reading(span, certainty)),
        );
    }
    for run in capitals {
        let mut span = run.span.clone();
        let owner = run.text.strip_suffix("'s").or(run.text.strip_suffix("’s"));
        let owner = owner.or_else(|| {
            let plural = text[run.span.end..].starts_with(['\'', '’']) && run.text.ends_with('s');
            plural.then_some(run.text)
        });
        if let Some(owner) = owner {
            span.end = span.start + owner.len();
        }
        let near = run.before.first().map(String::as_str).unwrap_or_default();
        let certainty = if owner.is_some() {
            0.85
        } else if words.around.record_cues.contains(near) || nouns.iter().any(|noun| noun == near) {
            0.8
        } else {
            0.6
        };
        out.push(reading(span, certainty));
    }
    out
}

/// Names in a text without capitals: owners ("ida blum's phone"), people and companies by their place.
fn without_capitals(names: &Names<'_>) -> Vec<(std::ops::Range<usize>, f32)> {
    let (text, words) = (names.text, names.words);
    let mut out = Vec::new();
    for owner in OWNER.captures_iter(text) {
        let Some(name) = owner.get(1) else { continue };
        // Only the words next to the sign that may be a name.
        let mut start = name.end();
        for word in name.as_str().rsplit(' ') {
            let lower = word.to_lowercase();
            if words.is_function_word(&lower)
                || words.not_names.contains(&lower)
                || start < name.end() && words.is_verb(&lower)
            {
                break;
            }
            start = start.min(word.as_ptr() as usize - text.as_ptr() as usize);
        }
        if start < name.end() {
            out.push((start..name.end(), 0.85));
        }
    }
    if !out.is_empty() {
        return out;
    }
    for person in names.people() {
        let spans = [person.first.clone(), person.last.clone()]
            .into_iter()
            .flatten();
        let (start, end) = spans.fold((usize::MAX, 0), |(start, end), span| {
            (start.min(span.start), end.max(span.end))
        });
        if start < end {
            out.push((start..end, person.certainty.min(0.75)));
        }
    }
    if out.is_empty() {
        out.extend(names.by_place().company.clone());
    }
    out
}

/// A whole answer as the words that name a record of a slot.
pub(super) fn read(
    slot: &Slot,
    answer: &str,
    reader: &Reader<'_>,
    words: &Words,
) -> Result<(Value, String), Refusal> {
    let nouns = nouns(slot, reader, words);
    let mut text = bare(answer, words);
    if words.everything.contains(&normal(text)) {
        return Err(Refusal { reason: "all" });
    }
    for _ in 0..2 {
        let mut before = words.around.before_record(&nouns);
        let before = before.find(|before| {
            text.get(..before.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(before))
                && text.len() > before.len()
        });
        // "Lead Belly Records" is a name, "lead Ida" is not: a capital keeps the word where two more stand behind it.
        let Some(before) = before.filter(|before| {
            let noun = nouns
                .iter()
                .any(|noun| before.strip_prefix(noun.as_str()) == Some(" "));
            !(noun && text.starts_with(char::is_uppercase) && text.split(' ').count() > 2)
        }) else {
            break;
        };
        text = bare(text[before.len()..].trim(), words);
    }
    for behind in words.around.behind_record(&nouns) {
        if let Some(rest) = text.strip_suffix(&behind) {
            text = rest.trim();
        }
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Err(Refusal { reason: "empty" });
    }
    if words.everything.contains(&normal(text)) {
        return Err(Refusal { reason: "all" });
    }
    if text.chars().count() > 255 {
        return Err(Refusal { reason: "too_long" });
    }
    Ok((json!({ "text": text }), text.to_owned()))
}

/// An id of 15 or 18 characters has figures and letters and begins with a figure.
fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && text.chars().filter(char::is_ascii_digit).count() > 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::entity::tests::with_reader;
    use crate::understanding::invented;

    /// A record of the kind "Book", which is called a volume too.
    fn with_slot<T>(ask: impl Fn(&Slot, &Reader<'_>, &Words) -> T) -> T {
        let kind = SlotKind::Record {
            object: "Book".into(),
            fields: Vec::new(),
            narrow: Vec::new(),
            keep: false,
        };
        with_reader(|reader| {
            let nouns = ["book".to_owned(), "volume".to_owned()];
            let reader = Reader {
                object: Some("Book"),
                nouns: &nouns,
                ..*reader
            };
            ask(
                &invented::slot("book", kind.clone()),
                &reader,
                Words::of(reader.locale),
            )
        })
    }

    #[test]
    fn the_words_that_name_a_record_are_kept() {
        let table = [
            ("Ida Blum", Ok("Ida Blum")),
            ("the one from Fern Hill", Ok("Fern Hill")),
            ("book ida blum", Ok("ida blum")),
            ("the volume called Ida", Ok("Ida")),
            ("the record of Ida", Ok("Ida")),
            ("the lead Ida", Ok("lead Ida")),
            ("Book Blum Hill", Ok("Book Blum Hill")),
            ("the book from Fern Hill", Ok("Fern Hill")),
            ("Ida Blum's", Ok("Ida Blum")),
            ("Ida Blum's book", Ok("Ida Blum")),
            ("\"Ida Blum\"", Ok("Ida Blum")),
            ("ida@fern.com", Ok("ida@fern.com")),
            ("00QFERN00000001", Ok("00QFERN00000001")),
            ("the Fern one", Ok("Fern")),
            ("all", Err("all")),
            ("everyone", Err("all")),
            ("all of them", Err("all")),
            ("?", Err("empty")),
        ];
        for (text, expected) in table {
            let read = with_slot(|slot, reader, words| read(slot, text, reader, words));
            let read = read.map(|(_, text)| text).map_err(|r| r.reason);
            assert_eq!(read.as_deref().map_err(|r| *r), expected, "{text}");
        }
    }

    #[test]
    fn an_id_in_a_text_names_a_record() {
        let found = |text| {
            with_slot(|slot, reader, words| find(slot, &Names::of(text, words), reader))[0].clone()
        };
        let id = found("open 00Q5f000001ABCDEAQ please");
        assert_eq!(id.value["text"], "00Q5f000001ABCDEAQ");
        let owner = found("what is Ida Blum's phone");
        assert_eq!(owner.value["text"], "Ida Blum");
        assert!(found("return the volume Ida").certainty > found("return Ida").certainty);
    }
}
