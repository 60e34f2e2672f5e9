//! What a template is about: the words for its kind of record, and which of its slots hold one. What a text says of it is
//! left to who reads the text.

use crate::template::{Slot, SlotKind, Template};

/// The words for what a template is about, in lower case: its nouns, and the name of its object.
pub(super) fn nouns(template: &Template) -> impl Iterator<Item = String> {
    let all = template.nouns.iter().chain(&template.object);
    all.map(|noun| noun.to_lowercase())
}

/// Whether a word in lower case is one of them, be it one or many: "leads".
pub(super) fn is_noun(word: &str, template: &Template) -> bool {
    nouns(template).any(|noun| same(word, &noun))
}

/// Whether a slot holds a record of the kind that the template is about.
pub(super) fn is_own_record(slot: &Slot, template: &Template) -> bool {
    matches!(&slot.kind, SlotKind::Record { object, .. } if Some(object) == template.object.as_ref())
}

/// Whether a slot holds a record of another kind: an account, beside its deal.
pub(super) fn is_party(slot: &Slot, template: &Template) -> bool {
    matches!(&slot.kind, SlotKind::Record { object, .. } if Some(object) != template.object.as_ref())
}

/// The same word, one or many.
pub(super) fn same(word: &str, of: &str) -> bool {
    word == of
        || word.strip_suffix('s') == Some(of)
        || of.strip_suffix('s') == Some(word)
        || word
            .strip_suffix("ies")
            .is_some_and(|stem| of.strip_suffix('y') == Some(stem))
}
