//! One of a list: by value, label or synonym, whole or a part that fits one only, with a small typo forgiven. Before the org
//! is known, the values that the template itself names are taken.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::{Reader, Reading, Refusal};
use crate::Value;
use crate::template::{Choices, FieldName, Slot, SlotKind};
use crate::understanding::text::is_function_word;
use crate::understanding::words::{Words, normal};

/// Values and all that people call them.
#[derive(Debug)]
pub(crate) struct Named {
    /// The values and labels that it was made of.
    known: Vec<(String, String)>,
    /// Value and names, in normal form.
    values: Vec<(String, Vec<String>)>,
    /// The words of each name and which value it is of, longest first.
    words: Vec<(Vec<String>, usize)>,
}

impl Named {
    fn of(known: Vec<(String, String)>, values: Vec<(String, Vec<String>)>) -> Named {
        let names = values.iter().enumerate();
        let mut words: Vec<(Vec<String>, usize)> = names
            .flat_map(|(n, (_, names))| names.iter().map(move |name| (name, n)))
            .map(|(name, n)| (split(name).into_iter().map(|w| w.text).collect(), n))
            .filter(|(words, _): &(Vec<String>, usize)| !words.is_empty())
            .collect();
        words.sort_by_key(|(words, _)| {
            std::cmp::Reverse(words.iter().map(String::len).sum::<usize>())
        });
        Named {
            known,
            values,
            words,
        }
    }
}

static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}]+").expect("a constant pattern compiles"));

/// The values of a choice: the org's where they are known, with the template's synonyms.
pub(super) fn values(slot: &Slot, choices: &Choices, reader: &Reader<'_>) -> Arc<Named> {
    let org = choices
        .org
        .then(|| reader.org?.field(reader.object?, slot.field.as_ref()?))
        .flatten();
    let known = match org {
        Some(field) if !field.picklist.is_empty() => &field.picklist,
        _ => &choices.values,
    };
    let names = |(value, label): &(String, String)| {
        let synonyms = choices
            .synonyms
            .iter()
            .filter(|(of, _)| of == value)
            .flat_map(|(_, texts)| texts);
        let mut names: Vec<String> = synonyms.map(|text| normal(text)).collect();
        names.push(normal(value));
        names.push(normal(label));
        names.dedup();
        (value.clone(), names)
    };
    choices.named.get(
        |named| named.known == *known,
        || Named::of(known.clone(), known.iter().map(names).collect()),
    )
}

/// Most words of a value that is kept until the org is known.
const KEPT: usize = 3;

/// "Source TikTok", "status: In Review": what the template does not know, behind the name of its slot, where the org that
/// may know it is not known yet. The words are kept as they are.
pub(super) fn kept(
    slot: &Slot,
    text: &str,
    span: Range<usize>,
    reader: &Reader<'_>,
    words: &Words,
) -> Option<Reading> {
    let SlotKind::Choice(choices) = &slot.kind else {
        return None;
    };
    let said = &text[span.clone()];
    let mut parts = said.split(' ');
    let signed = text[..span.start].trim_end().ends_with([':', '=']);
    let name = |word: &str| {
        let bare = normal(word);
        let begins = word.starts_with(|c: char| c.is_alphabetic() && (signed || c.is_uppercase()));
        begins && !words.is_function_word(&bare) && !words.not_names.contains(&bare)
    };
    let named = parts.clone().count() <= KEPT && parts.all(name);
    let unknown = choices.org && reader.org.is_none() && reader.object.is_some();
    (unknown && named && !words.asks(text)).then(|| Reading {
        value: Value::from(said),
        span,
        certainty: 0.95,
    })
}

/// The fields that a `field` slot may name, as a list of values.
pub(super) fn fields(names: &[FieldName]) -> Named {
    let names = names.iter().map(|field| {
        let mut all = field.names.clone();
        all.push(field.label.to_lowercase());
        all.push(field.id.replace('_', " ").to_lowercase());
        all.push(field.field.to_lowercase());
        (field.id.clone(), all)
    });
    Named::of(Vec::new(), names.collect())
}

struct Word {
    text: String,
    span: Range<usize>,
}

/// Values whose whole name stands in a text, longest first; a typo costs certainty.
pub(super) fn find(named: &Named, text: &str) -> Vec<Reading> {
    let spoken = split(text);
    let mut found: Vec<Reading> = Vec::new();
    for exactly in [true, false] {
        for (name, of) in &named.words {
            for window in spoken.windows(name.len()) {
                let fits = window
                    .iter()
                    .zip(name)
                    .all(|(word, of)| word.text == *of || (!exactly && is_typo(&word.text, of)));
                let (Some(first), Some(last)) = (window.first(), window.last()) else {
                    continue;
                };
                let span = first.span.start..last.span.end;
                let free = found
                    .iter()
                    .all(|r| r.span.end <= span.start || span.end <= r.span.start);
                if fits && free && !is_denied(text, span.start) {
                    found.push(Reading {
                        value: Value::from(named.values[*of].0.as_str()),
                        span,
                        certainty: match (exactly, name.len()) {
                            // A name of several words, or one that stands alone between signs, is meant.
                            (true, 2..) => 0.95,
                            (true, _) if stands_alone(text, first.span.start..last.span.end) => {
                                0.95
                            }
                            (true, _) => 0.9,
                            _ => 0.8,
                        },
                    });
                }
            }
        }
    }
    found
}

/// Whether a piece of a list is all there is between two signs: ", web, hot".
fn stands_alone(text: &str, span: Range<usize>) -> bool {
    const SIGNS: [char; 8] = [',', ';', '\n', '(', ')', '-', '–', '|'];
    let before = text[..span.start].trim_end_matches(' ');
    let after = text[span.end..].trim_start_matches([' ', '.', '!']);
    before.ends_with(SIGNS) && (after.is_empty() || after.starts_with(SIGNS))
}

/// The value that a whole answer names.
pub(super) fn read(named: &Named, answer: &str, words: &Words) -> Result<Value, Refusal> {
    let text = words.without_politeness(&normal(answer));
    if text.is_empty() {
        return Err(Refusal { reason: "empty" });
    }
    let values = &named.values;
    if let Some((value, _)) = values.iter().find(|(_, names)| names.contains(&text)) {
        return Ok(Value::from(value.as_str()));
    }
    let found = find(named, answer);
    let mut said: Vec<&Value> = found.iter().map(|reading| &reading.value).collect();
    said.dedup();
    match said.as_slice() {
        [one] => return Ok((*one).clone()),
        [] => {}
        _ => {
            return Err(Refusal {
                reason: "several_in_list",
            });
        }
    }
    let mut fitting = values
        .iter()
        .filter(|(_, names)| text.len() >= 3 && names.iter().any(|name| is_part(name, &text)));
    match (fitting.next(), fitting.next()) {
        (Some((value, _)), None) => Ok(Value::from(value.as_str())),
        (Some(_), Some(_)) => Err(Refusal {
            reason: "several_in_list",
        }),
        // "The second one": the choices are shown in this order.
        (None, _) => words
            .ordinal(&text)
            .and_then(|n| values.get(n.checked_sub(1)?))
            .map(|(value, _)| Value::from(value.as_str()))
            .ok_or(Refusal {
                reason: "not_in_list",
            }),
    }
}

/// Letters from which the beginning of a name may stand for it.
const BEGINNING: usize = 4;

/// Whether a text is one word of a name, the beginning of the name, or the name with a slip.
fn is_part(name: &str, text: &str) -> bool {
    let first_words = name
        .strip_prefix(text)
        .is_some_and(|rest| rest.starts_with([' ', '/', '-']));
    // "Qualif": a beginning that is long enough to be meant; that no other name begins so is seen by the caller.
    let beginning = text.chars().count() >= BEGINNING && name.starts_with(text);
    first_words
        || beginning
        || split(name)
            .iter()
            .any(|word| word.text == text || is_typo(text, &word.text))
        || (text.len() >= 5 && strsim::damerau_levenshtein(name, text) == 1)
}

/// One slip in a word of five letters or more, or a letter typed twice.
fn is_typo(word: &str, of: &str) -> bool {
    // People seldom miss the first letter; "nearly" is not "early".
    if word.chars().next() != of.chars().next() || word == of {
        return false;
    }
    let (a, b) = (word.chars().count(), of.chars().count());
    if a.abs_diff(b) > 1 {
        return false;
    }
    let once = |text: &str| {
        let mut out: Vec<char> = text.chars().collect();
        out.dedup();
        out
    };
    let slips = (b >= 3 && a == b + 1 && once(word) == once(of))
        || (a.min(b) >= 4 && a.max(b) >= 5 && strsim::damerau_levenshtein(word, of) == 1)
        || (a == 4 && b == 4 && is_turned(word, of));
    slips && !is_function_word(word)
}

/// Two letters side by side that changed places: "wram".
fn is_turned(word: &str, of: &str) -> bool {
    strsim::damerau_levenshtein(word, of) == 1 && strsim::levenshtein(word, of) == 2
}

/// "Not hot": what is denied is not named.
fn is_denied(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end().to_lowercase();
    let before = before.strip_suffix(" the").unwrap_or(&before);
    before.ends_with(" not") || before == "not" || before.ends_with("n't")
}

/// The runs of letters and figures of a text, in lower case.
fn split(text: &str) -> Vec<Word> {
    let word = |span: Range<usize>| Word {
        text: text[span.clone()].to_lowercase(),
        span,
    };
    if !text.is_ascii() {
        return WORD.find_iter(text).map(|m| word(m.range())).collect();
    }
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let letters = bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric());
        match letters.count() {
            0 => at += 1,
            count => {
                words.push(word(at..at + count));
                at += count;
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_value_is_named_by_itself_a_synonym_a_part_or_with_a_typo() {
        let values = vec![
            (
                "Trade Show".into(),
                vec!["fair".into(), "trade show".into()],
            ),
            ("Web".into(), vec!["website".into(), "web".into()]),
            ("Word of Mouth".into(), vec!["word of mouth".into()]),
            (
                "New - Unread".into(),
                vec!["new".into(), "unread".into(), "new - unread".into()],
            ),
        ];
        let values = Named::of(Vec::new(), values);
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("trade show", Ok("Trade Show")),
            ("the FAIR", Ok("Trade Show")),
            ("Website please", Ok("Web")),
            ("it came from the web", Ok("Web")),
            ("webstie", Ok("Web")),
            ("webb", Ok("Web")),
            ("trdae show", Ok("Trade Show")),
            ("mouth", Ok("Word of Mouth")),
            ("new, unread", Ok("New - Unread")),
            ("trade", Ok("Trade Show")),
            ("not the fair but word of mouth", Ok("Word of Mouth")),
            ("web or fair", Err("several_in_list")),
            ("nearly", Err("not_in_list")),
            ("unre", Ok("New - Unread")),
            ("the second one", Ok("Web")),
            ("2nd", Ok("Web")),
            ("7", Err("not_in_list")),
            ("", Err("empty")),
        ];
        for (text, expected) in table {
            let read = read(&values, text, words);
            let read = read
                .as_ref()
                .map(|v| v.as_str().unwrap_or_default())
                .map_err(|r| r.reason);
            assert_eq!(read, expected, "{text}");
        }
    }
}
