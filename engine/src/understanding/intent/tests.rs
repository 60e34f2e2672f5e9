//! What the invented library's templates are chosen for. The slots' values are the tagger's tests.

use super::super::invented::{library, settings};
use super::{Choice, Intents};

fn chosen(reject: Option<f32>, text: &str) -> Choice {
    Intents::learn(&library(), &settings(reject), None).choose(text)
}

#[test]
fn unseen_sentences_go_to_the_template_they_are_about() {
    let intents = Intents::learn(&library(), &settings(Some(0.9)), None);
    for (text, template) in [
        ("I'd like to borrow The Glass Harbour", "reserve_book"),
        ("please put winter orchards on hold", "reserve_book"),
        (
            "could you reserve Tall Ships for me until tomorrow?",
            "reserve_book",
        ),
        ("I want to give back Quiet Machines", "return_book"),
        ("bringing back my book today", "return_book"),
        ("CLOSE MY CARD", "cancel_card"),
        ("cnacel my crad", "cancel_card"),
        (
            "please cancel the card of ines@larkspur.example",
            "cancel_card",
        ),
        ("when does the riverside branch open?", "opening_hours"),
        ("what are your opening hours on sunday", "opening_hours"),
    ] {
        let choice = intents.choose(text);
        assert_eq!(
            choice.template.as_deref(),
            Some(template),
            "{text}: {choice:?}"
        );
        assert!(!choice.exact && choice.score > 0.3, "{text}: {choice:?}");
        assert!(!choice.why.is_empty());
    }
}

#[test]
fn small_talk_and_other_errands_start_nothing_unless_rejection_is_off() {
    let intents = Intents::learn(&library(), &settings(Some(0.7)), None);
    for text in [
        "hello, how are you today",
        "tell me another joke",
        "qqq zzz",
        "what's the weather like today",
    ] {
        let choice = intents.choose(text);
        assert_eq!(choice.template, None, "{text}: {choice:?}");
        assert!(!choice.tie);
    }
    assert!(chosen(None, "tell me another joke").template.is_some());
    assert_eq!(chosen(None, "  …  ").template, None);
}

#[test]
fn a_text_is_an_example_only_where_every_word_is_known() {
    for (text, exact) in [
        ("Reserve a book!", true),
        ("please return a book, thanks", true),
        ("is Harbour open today?", true),
        ("close the card of nora@larkspur.example", true),
        ("reserve the salt road", true),
        ("reserve the sugar road", false),
        ("is the moon open today", false),
    ] {
        let choice = chosen(Some(0.9), text);
        assert_eq!(choice.exact, exact, "{text}: {choice:?}");
        assert_eq!(choice.score == 1.0, exact, "{text}");
    }
}

#[test]
fn two_templates_that_are_nearly_as_likely_are_a_tie() {
    let choice = chosen(Some(0.9), "a book");
    assert!(choice.tie, "{choice:?}");
    assert_eq!(choice.others.len(), 3);
    assert!(!chosen(Some(0.9), "i would like to borrow winter orchards").tie);
}

#[test]
fn another_object_is_noticed_where_the_template_writes() {
    let intents = Intents::learn(&library(), &settings(Some(0.9)), None);
    for (text, other) in [
        ("delete my playlist", true),
        ("cancel the meeting", true),
        ("delete my card", false),
        ("delete the one of nora@larkspur.example", false),
        ("get rid of it", false),
        ("end my library membership", false),
    ] {
        assert_eq!(intents.other_noun(text, "cancel_card"), other, "{text}");
    }
    assert!(!intents.other_noun("when does my bakery open", "opening_hours"));
}

#[test]
fn learning_twice_gives_the_same_numbers() {
    let text = "keep something about rope for me";
    assert_eq!(chosen(Some(0.9), text), chosen(Some(0.9), text));
}

#[test]
fn a_bot_without_examples_chooses_nothing() {
    let none = indexmap::IndexMap::new();
    assert_eq!(
        Intents::learn(&none, &settings(None), None).choose("hello"),
        Choice::default()
    );
}
