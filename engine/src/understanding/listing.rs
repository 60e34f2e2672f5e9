//! What a text adds to the values of a list, or takes from them: "and a cake", "without the window". A text that gives a
//! list's values anew is any other answer.

use serde::Deserialize;

use crate::Value;
use crate::template::{Slot, SlotKind, Template};

use super::act::Given;
use super::clause::{gives, named, names_of};
use super::entity::{self, Reader};
use super::message::{Moment, reader};
use super::words::Words;

/// The words of a language around what is added or taken away.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListWords {
    add: Vec<String>,
    remove: Vec<String>,
    /// What stands before the name of the list, or closes.
    ends: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Adds,
    Removes,
}

/// The change of a filled list that a text asks for; nothing where it asks for none. `awaited` is the slot that is asked,
/// whose own answer it is not.
pub(super) fn listing(
    moment: &Moment<'_>,
    template: &Template,
    awaited: Option<&Slot>,
    text: &str,
    words: &Words,
) -> Option<Given> {
    let dialog = moment.conversation.dialogs.last()?;
    let values = |slot: &Slot| match dialog.value(&slot.id) {
        Some(Value::Array(all)) if slot.list => Some(all.clone()),
        _ => None,
    };
    let filled: Vec<&Slot> = template
        .slots
        .values()
        .filter(|slot| values(slot).is_some())
        .collect();
    if filled.is_empty() {
        return None;
    }
    let reader = reader(moment, template);
    let text = text.trim().trim_end_matches(['.', '!']);
    // "Guests: also Carl".
    if let Some((slot, rest)) = named(text, filled.iter().copied(), words)
        && let Some((way, piece)) = words.lists.way(rest)
    {
        return change(
            slot,
            way,
            words.lists.bare(piece, None),
            &values(slot)?,
            &reader,
        );
    }
    let (way, piece) = words.lists.way(text)?;
    // "Add Carl to the guests".
    let told = filled.iter().find_map(|slot| {
        let names = names_of(slot);
        let bare = words.lists.bare(piece, Some(names));
        (bare.len() < words.lists.bare(piece, None).len()).then_some((*slot, bare))
    });
    if let Some((slot, bare)) = told {
        return change(slot, way, bare, &values(slot)?, &reader);
    }
    let bare = words.lists.bare(piece, None);
    // A text that is free takes any words: only where nothing else asks for them, or where they stand in the list.
    let free = |slot: &Slot| matches!(slot.kind, SlotKind::Text { .. });
    let elsewhere = named(bare, template.slots.values(), words).is_some()
        || awaited.is_some_and(|slot| entity::read(slot, bare, &reader).is_ok());
    let mut ranked = filled;
    ranked.sort_by_key(|slot| free(slot));
    ranked.into_iter().find_map(|slot| {
        let barred = way == Way::Adds && free(slot) && {
            let given = gives(bare, template, Some(&slot.id), words, &reader);
            elsewhere || given.is_some()
        };
        if barred {
            return None;
        }
        change(slot, way, bare, &values(slot)?, &reader)
    })
}

/// A list with the values of a text added, or without them.
fn change(
    slot: &Slot,
    way: Way,
    piece: &str,
    values: &[Value],
    reader: &Reader<'_>,
) -> Option<Given> {
    let Value::Array(said) = entity::read(slot, piece, reader).ok()?.value else {
        return None;
    };
    let given = |value: Value, adds: bool| Given {
        slot: slot.id.clone(),
        value: Some(value),
        text: piece.to_owned(),
        adds,
    };
    if way == Way::Adds {
        return Some(given(Value::Array(said), true));
    }
    let kept: Vec<Value> = values
        .iter()
        .filter(|value| !said.iter().any(|one| alike(one, value)))
        .cloned()
        .collect();
    let all_there = kept.len() + said.len() == values.len();
    match kept.as_slice() {
        _ if !all_there => None,
        [] => Some(given(Value::Null, false)),
        _ => Some(given(Value::Array(kept), false)),
    }
}

fn alike(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.to_lowercase() == other.to_lowercase(),
        _ => one == other,
    }
}

impl ListWords {
    /// What a text begins with, and what stands behind it.
    fn way<'t>(&self, text: &'t str) -> Option<(Way, &'t str)> {
        let behind = |words: &[String]| {
            let fits = |word: &String| {
                let head = text.get(..word.len())?;
                (head.to_lowercase() == *word).then(|| text[word.len()..].trim())
            };
            words.iter().filter_map(fits).min_by_key(|rest| rest.len())
        };
        let found = behind(&self.add).map(|rest| (Way::Adds, rest));
        found
            .or_else(|| Some((Way::Removes, behind(&self.remove)?)))
            .filter(|(_, rest)| !rest.is_empty())
    }

    /// A piece without what closes it: "too", and the list's name behind "to the".
    fn bare<'t>(&self, piece: &'t str, names: Option<&[String]>) -> &'t str {
        let lower = piece.to_lowercase();
        if lower.len() != piece.len() {
            return piece;
        }
        let closes = |end: &String| match names {
            None if !end.ends_with(' ') => lower.strip_suffix(end.as_str()).map(str::len),
            None => None,
            Some(names) => names
                .iter()
                .find_map(|name| {
                    lower
                        .strip_suffix(name.as_str())?
                        .strip_suffix(end.as_str())
                })
                .map(str::len),
        };
        let cut = self.ends.iter().filter_map(closes).min();
        piece[..cut.unwrap_or(piece.len())].trim()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn what_a_text_adds_and_takes_away_in_every_language() {
        let table = [
            ("en", "and a cake", Some((Way::Adds, "cake"))),
            (
                "en",
                "Also Carl and Dora",
                Some((Way::Adds, "Carl and Dora")),
            ),
            ("en", "without the window", Some((Way::Removes, "window"))),
            ("en", "remove bob", Some((Way::Removes, "bob"))),
            ("en", "a cake", None),
            ("de", "und auch die Terrasse", Some((Way::Adds, "Terrasse"))),
            ("de", "ohne das Fenster", Some((Way::Removes, "Fenster"))),
            ("es", "también la terraza", Some((Way::Adds, "terraza"))),
            ("es", "quita la ventana", Some((Way::Removes, "ventana"))),
            ("fr", "et aussi la terrasse", Some((Way::Adds, "terrasse"))),
            ("fr", "sans la fenêtre", Some((Way::Removes, "fenêtre"))),
            ("pt", "e também a varanda", Some((Way::Adds, "varanda"))),
            ("pt", "tire a janela", Some((Way::Removes, "janela"))),
        ];
        for (tag, text, wanted) in table {
            let words = Words::of(&Locale::of(tag));
            assert_eq!(words.lists.way(text), wanted, "{tag}: {text}");
        }
    }

    #[test]
    fn the_name_of_the_list_and_closing_words_are_no_value() {
        let words = Words::of(&Locale::of("en"));
        let names = ["guests".to_owned()];
        assert_eq!(words.lists.bare("Carl to the guests", Some(&names)), "Carl");
        assert_eq!(words.lists.bare("Bob from guests", Some(&names)), "Bob");
        assert_eq!(words.lists.bare("Carl too", None), "Carl");
        assert_eq!(words.lists.bare("Carl", Some(&names)), "Carl");
    }
}
