//! What the tagger finds in sentences about the invented library that no example shows.

use super::super::invented::library;
use super::super::text::{DATE, EMAIL, Forms, Kinds};
use super::{Proposal, Tagger, lessons};
use crate::template::{SlotKind, Template};

/// What the forms of values alone can propose.
fn propose(template: &Template, text: &str) -> Vec<Proposal> {
    let found = Forms.kinds(text);
    template
        .slots
        .values()
        .flat_map(|slot| {
            let word = match slot.kind {
                SlotKind::Date(_) => DATE,
                SlotKind::Email => EMAIL,
                _ => "",
            };
            let mut spans: Vec<_> = found
                .iter()
                .filter(|(_, kind)| *kind == word)
                .map(|(span, _)| span.clone())
                .collect();
            if let SlotKind::Choice(choices) = &slot.kind {
                let lower = text.to_ascii_lowercase();
                spans.extend(choices.values.iter().filter_map(|(value, _)| {
                    lower.find(value.as_str()).map(|at| at..at + value.len())
                }));
            }
            spans.into_iter().map(|span| Proposal {
                span,
                slot: slot.id.clone(),
                certainty: 1.0,
            })
        })
        .collect()
}

fn learnt() -> Tagger {
    let lessons = lessons(&library(), &|template, text, _| propose(template, text));
    Tagger::plain(&lessons)
}

fn found(tagger: &Tagger, template: &str, text: &str, awaited: Option<&str>) -> String {
    let library = library();
    let template = &library[template];
    let allowed: Vec<&str> = template.slots.keys().map(String::as_str).collect();
    let (tagged, sure) = tagger.tag(text, &propose(template, text), &allowed, awaited);
    assert!(sure > 0.0 && sure <= 1.001, "{sure}");
    assert!(
        tagged.iter().all(|t| t.score > 0.0 && t.score <= 1.001),
        "{tagged:?}"
    );
    let told: Vec<String> = tagged
        .iter()
        .map(|t| format!("{}={}", t.slot, &text[t.span.clone()]))
        .collect();
    told.join(" ")
}

#[test]
fn values_are_found_in_unseen_sentences() {
    let tagger = learnt();
    for (template, text, expected) in [
        (
            "reserve_book",
            "reserve The Glass Harbourmaster",
            "book=The Glass Harbourmaster",
        ),
        (
            "reserve_book",
            "please put Small Gods of Tin on hold for me",
            "book=Small Gods of Tin",
        ),
        (
            "reserve_book",
            "can i borrow Tidal Maps from tomorrow",
            "book=Tidal Maps day=tomorrow",
        ),
        (
            "reserve_book",
            "keep Blue Ink for me at riverside",
            "book=Blue Ink branch=riverside",
        ),
        ("reserve_book", "reserve a book", ""),
        (
            "return_book",
            "i am done with Paper Moons!",
            "book=Paper Moons",
        ),
        (
            "cancel_card",
            "close the card of ines@larkspur.example",
            "email=ines@larkspur.example",
        ),
        (
            "opening_hours",
            "when does Old Town close",
            "branch=Old Town",
        ),
    ] {
        assert_eq!(found(&tagger, template, text, None), expected, "{text}");
    }
}

#[test]
fn an_answer_is_the_value_that_was_asked_for() {
    let tagger = learnt();
    for (text, awaited, expected) in [
        ("Nine Quiet Rivers", "book", "book=Nine Quiet Rivers"),
        ("tomorrow", "day", "day=tomorrow"),
        ("Harbour", "branch", "branch=Harbour"),
    ] {
        assert_eq!(
            found(&tagger, "reserve_book", text, Some(awaited)),
            expected
        );
    }
}

#[test]
fn only_allowed_slots_are_looked_for() {
    let tagger = learnt();
    assert!(
        tagger
            .tag("reserve Tidal Maps", &[], &[], None)
            .0
            .is_empty()
    );
    let (day, _) = tagger.tag("reserve Tidal Maps", &[], &["day"], None);
    assert!(day.is_empty(), "{day:?}");
    assert!(tagger.tag("", &[], &["book"], None).0.is_empty());
}

#[test]
fn learning_twice_finds_the_same_with_the_same_scores() {
    let (a, b) = (learnt(), learnt());
    let text = "hold the book Amber and Ash until tomorrow";
    let tag = |tagger: &Tagger| tagger.tag(text, &[], &["book", "day"], None);
    assert_eq!(tag(&a), tag(&b));
}
