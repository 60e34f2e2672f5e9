//! Whose field a text is about: "the phone of Ida Blum", "website for Fern Foods is …", "ida's title". The name that stands
//! so beside the name of a field names the record, whatever else the words are like.

use std::ops::Range;

use crate::effect::Does;
use crate::template::{SlotKind, Template};

use super::about::{is_noun, is_own_record};
use super::clause::names_of;
use super::words::Words;

/// Most words of a record's name.
const NAME: usize = 5;

/// Where the name of the record stands; `None` where no field is named with its owner, or the template has no record.
pub(super) fn owner(template: &Template, text: &str, words: &Words) -> Option<Range<usize>> {
    let mut slots = template.slots.values();
    if !slots.any(|slot| is_own_record(slot, template)) {
        return None;
    }
    let lower = text.to_lowercase();
    // Places in one must be places in the other.
    if lower.len() != text.len() {
        return None;
    }
    // "From Ida" tells whose it is where something is taken away, else where something comes from.
    let takes = words
        .verb(&words.without_politeness(&lower))
        .is_some_and(|(does, ..)| does == Does::Delete);
    for name in field_names(template) {
        for (at, _) in lower.match_indices(name.as_str()) {
            let span = at..at + name.len();
            if !is_word(&lower, &span) {
                continue;
            }
            if let Some(owner) = behind(text, &lower, span.end, takes, words)
                .or_else(|| before(&lower, span.start, words))
            {
                // "The number of leads" is nobody's phone.
                let said = &lower[owner.clone()];
                return (!is_noun(said, template)).then_some(owner);
            }
        }
    }
    None
}

/// Names of the fields that a template may read or change, the longest first.
fn field_names(template: &Template) -> Vec<String> {
    let mut names = Vec::new();
    for slot in template.slots.values() {
        if let SlotKind::Field { names: fields, .. } = &slot.kind {
            let all = fields.iter().flat_map(|field| &field.names);
            names.extend(all.map(|name| name.to_lowercase()));
        } else if slot.field.is_some() {
            names.extend_from_slice(names_of(slot));
        }
    }
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    names
}

/// "… of Ida Blum": the name behind, up to what leads to a value.
fn behind(text: &str, lower: &str, end: usize, takes: bool, words: &Words) -> Option<Range<usize>> {
    let rest = &lower[end..];
    let lead = words.owning(rest, takes)?;
    let mut start = end + lead;
    let article = words.without_article(&lower[start..]);
    start = lower.len() - article.len();
    let stop = lower[start..]
        .find([',', ';', ':', '?', '!', '=', '\n', '('])
        .unwrap_or(lower.len() - start);
    let piece = &lower[start..start + stop];
    let mut length = 0;
    let mut count = 0;
    for word in piece.split_inclusive(' ') {
        let bare = word.trim().trim_end_matches('.');
        let figures =
            bare.starts_with(['+', '(']) || bare.starts_with(|c: char| c.is_ascii_digit());
        let ends = count > 0 && (words.ends_owner(bare) || figures);
        if ends || bare == "-" || bare == "->" {
            break;
        }
        length += word.len();
        count += 1;
    }
    let name = text[start..start + length].trim_end_matches([' ', '.', '-']);
    let name = ["'s", "’s", "'", "’"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name);
    let fits = (1..=NAME).contains(&count) && is_name(name, words);
    fits.then(|| start..start + name.len())
}

/// "ida blum's …": the words before the sign that may be a name.
fn before(lower: &str, start: usize, words: &Words) -> Option<Range<usize>> {
    let head = lower[..start].trim_end();
    // "Ida's new phone".
    let head = head.strip_suffix(" new").unwrap_or(head);
    let owner = head
        .strip_suffix("'s")
        .or_else(|| head.strip_suffix("’s"))?;
    let mut from = owner.len();
    for (n, word) in owner.rsplit(' ').enumerate() {
        let at = word.as_ptr() as usize - owner.as_ptr() as usize;
        let sign = word.contains([',', ';', ':', '.']);
        if n >= 3 || sign || words.is_function_word(word) || words.not_names.contains(word) {
            break;
        }
        from = at;
    }
    let name = &owner[from.min(owner.len())..];
    is_name(name, words).then_some(from..owner.len())
}

/// Whether some word says something, and "it" or "her" is not all there is.
fn is_name(name: &str, words: &Words) -> bool {
    let lower = name.to_lowercase();
    !words.points_back(&lower)
        && lower.split(' ').any(|word| {
            word.chars().any(char::is_alphanumeric)
                && !words.is_function_word(word)
                && !words.anybody.contains(word)
        })
}

fn is_word(text: &str, span: &Range<usize>) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !word(text[..span.start].chars().next_back()) && !word(text[span.end..].chars().next())
}
