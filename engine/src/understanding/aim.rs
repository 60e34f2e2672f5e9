//! What a request aims at: its verb and the thing it is done to, by words and their places. It keeps a template from being
//! started by a text about another kind of thing, and tells a field that is to be emptied from a record that is to go.

use crate::effect::Does;
use crate::template::{ExamplePart, SlotKind, Template};

use super::about::{is_noun, same};
use super::act::Given;
use super::clause::names_of;
use super::meaning::rank;
use super::words::{Words, normal};

/// A verb and the words that it is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aim {
    pub(super) does: Does,
    /// Whether the verb can mean nothing else.
    pub(super) sure: bool,
    /// The words behind the verb up to a small word or a sign, lower case; small words before them left out.
    group: Vec<String>,
    /// All that stands behind the verb, in normal form.
    behind: String,
    /// Whether a small word ("my", "the") or "new" stands before the group.
    pointed: bool,
    /// Whether "a", "an" or "my" does: no name stands behind those.
    indefinite: bool,
    /// Whether a capital begins one of its words, where not all are capitals.
    named: bool,
}

/// Words behind the verb that are looked at.
const NEAR: usize = 6;

impl Aim {
    /// The aim of a text that begins with a verb of the language, politeness aside.
    pub(super) fn of(text: &str, words: &Words) -> Option<Aim> {
        let lower = normal(text);
        let bare = words.without_politeness(&lower);
        let (does, verb, sure) = words.verb(&bare).or_else(|| taken_off(&bare))?;
        let shouted = !text.chars().any(char::is_lowercase);
        // The words as typed stand at the same places, counted from the end.
        let count = bare[verb..].split_whitespace().count();
        let typed: Vec<&str> = text.split_whitespace().collect();
        let typed = &typed[typed.len().saturating_sub(count)..];
        let mut aim = Aim {
            does,
            sure,
            group: Vec::new(),
            behind: bare[verb..].trim().to_owned(),
            pointed: false,
            indefinite: false,
            named: false,
        };
        for word in typed.iter().take(NEAR) {
            let plain = normal(word);
            let plain = plain.strip_suffix("'s").unwrap_or(&plain);
            // "Kill the Fern Foods record": a record is what is meant.
            let record = matches!(plain, "record" | "records" | "entry")
                || !aim.group.is_empty() && words.anybody.contains(plain);
            let small = !record
                && (words.is_function_word(plain)
                    || words.is_quantity(plain)
                    || matches!(plain, "new" | "open"));
            if small && aim.group.is_empty() && !is_preposition(plain) {
                aim.pointed = true;
                aim.indefinite |= matches!(plain, "a" | "an" | "my" | "some");
                continue;
            }
            if small || plain.is_empty() {
                break;
            }
            aim.named |= word.starts_with(char::is_uppercase) && !shouted;
            aim.group.push(plain.to_owned());
            if word.ends_with([',', ';', ':', '.', '?', '!']) || word.ends_with("'s") {
                break;
            }
        }
        Some(aim)
    }

    /// Whether what stands behind the verb is a name rather than a thing: a capital, two words that are no things, or "it" and
    /// its like.
    pub(super) fn names_one(&self, words: &Words) -> bool {
        if words.points_back(&self.behind) {
            return true;
        }
        let thing = |word: &String| {
            words.other_things.iter().any(|thing| same(word, thing)) || words.anybody.contains(word)
        };
        let small = |word: &String| words.not_names.contains(word);
        !self.pointed
            && !self.group.iter().any(|word| thing(word) || small(word))
            && (self.named || self.group.len() == 2 || self.is_first_name(words))
    }

    /// Whether the thing right behind the verb is a template's own, by its noun: "make a new lead", not "make Ida a lead".
    pub(super) fn is_at(&self, template: &Template) -> bool {
        let own =
            |word: &str| matches!(word, "record" | "records" | "entry") || is_noun(word, template);
        let one_of = self.behind.strip_prefix("one of ");
        let of_many = one_of.is_some_and(|of| of.split(' ').take(2).any(own));
        self.group.first().is_some_and(|word| own(word)) || of_many
    }

    fn is_first_name(&self, words: &Words) -> bool {
        matches!(self.group.as_slice(), [word] if words.first_names.contains(word) || rank(word).is_none())
    }

    /// The slot of an updating template that is to be emptied: "delete the phone of Ida".
    pub(super) fn emptied<'t>(&self, template: &'t Template) -> Option<&'t str> {
        if self.does != Does::Delete || !matches!(template.does(), Does::Update) {
            return None;
        }
        let said = self.group.join(" ");
        template
            .slots
            .values()
            .filter(|slot| slot.field.is_some())
            .find(|slot| names_of(slot).contains(&said))
            .map(|slot| slot.id.as_str())
    }

    /// Why the text is about another kind of thing than a template's; `None` where it may well be about it.
    pub(super) fn elsewhere(
        &self,
        text: &str,
        template: &Template,
        others: &[String],
        given: &[Given],
        words: &Words,
    ) -> Option<&'static str> {
        let head = self.group.last()?;
        let names_it = normal(text)
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| is_noun(word, template));
        if names_it {
            return None;
        }
        // The group may begin with the thing and go on with its name: "add contact ida blum".
        let said = self.group.join(" ");
        let mut slots = template.slots.values();
        // "Amend the job title": a field of its own.
        if slots.any(|slot| {
            names_of(slot)
                .iter()
                .any(|name| name.contains(' ') && said.starts_with(name.as_str()))
        }) {
            return None;
        }
        let thing = self.group.iter().find(|word| {
            let mut all = words.other_things.iter().chain(others);
            all.any(|thing| same(word, thing)) && !asks_for(template, word, words)
        });
        if thing.is_some_and(|thing| !self.named || !is_own(template, thing)) {
            return Some("another kind of thing");
        }
        let weak = given.iter().all(|given| {
            template.slots.get(&given.slot).is_some_and(|slot| {
                matches!(slot.kind, SlotKind::Record { .. } | SlotKind::Text { .. })
            })
        });
        let told = is_own(template, head) || says(template, head);
        if !weak || self.named || told || words.anybody.contains(head) {
            return None;
        }
        let common = |word: &str| rank(word).is_some() && !words.first_names.contains(word);
        let plural = head
            .strip_suffix('s')
            .is_some_and(|one| one.len() > 3 && common(one) && common(head));
        let pointed = if template.does().writes() {
            self.pointed
        } else {
            self.indefinite
        };
        if pointed && common(head) || template.does().writes() && plural {
            return Some("a thing of another kind");
        }
        None
    }
}

/// "Take the website off Fernhill".
fn taken_off(text: &str) -> Option<(Does, usize, bool)> {
    let rest = text.strip_prefix("take ")?;
    let off = [" off ", " away from ", " out of "]
        .iter()
        .any(|off| rest.contains(off));
    off.then_some((Does::Delete, "take".len(), false))
}

/// Small words that lead to a name rather than stand before a thing.
pub(super) fn is_preposition(word: &str) -> bool {
    matches!(
        word,
        "for" | "of" | "from" | "at" | "with" | "to" | "in" | "on" | "by"
    )
}

/// Whether an example of a template asks for a thing by name: "book a room".
fn asks_for(template: &Template, thing: &str, words: &Words) -> bool {
    template.examples.iter().any(|example| {
        let Some(ExamplePart::Text(text)) = example.parts.first() else {
            return false;
        };
        let aim = Aim::of(text, words);
        aim.is_some_and(|aim| aim.group.iter().any(|word| same(word, thing)))
    })
}

/// Whether an example of a template says a word itself.
fn says(template: &Template, word: &str) -> bool {
    let texts = template.examples.iter().flat_map(|example| &example.parts);
    texts
        .filter_map(|part| match part {
            ExamplePart::Text(text) => Some(normal(text)),
            ExamplePart::Slot(_) => None,
        })
        .any(|text| {
            let mut said = text.split(|c: char| !c.is_alphanumeric());
            said.any(|said| same(said, word))
        })
}

/// Whether a word is one of a template's own: what it is about, or part of the name of a slot.
pub(super) fn is_own(template: &Template, word: &str) -> bool {
    let mut nouns = template.nouns.iter().chain(&template.object);
    nouns.any(|noun| same(word, &noun.to_lowercase()))
        || template.slots.values().any(|slot| {
            let names = names_of(slot);
            let mut parts = names.iter().flat_map(|name| name.split(' '));
            parts.any(|part| same(word, part))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_request_is_a_verb_and_what_it_is_done_to() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("delete my playlist", Some((Does::Delete, "playlist", true))),
            (
                "please add a meeting for Ida",
                Some((Does::Create, "meeting", true)),
            ),
            (
                "remove the phone of Ida Blum",
                Some((Does::Delete, "phone", true)),
            ),
            ("update Fernhill", Some((Does::Update, "fernhill", false))),
            ("what a day", None),
        ];
        for (text, expected) in table {
            let aim = Aim::of(text, words);
            let aim = aim.map(|aim| (aim.does, aim.group.join(" "), aim.pointed));
            let expected = expected.map(|(does, group, pointed)| (does, group.to_owned(), pointed));
            assert_eq!(aim, expected, "{text}");
        }
    }
}
