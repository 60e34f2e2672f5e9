//! People's names as they are read and found, in tables.

use super::*;
use crate::locale::Locale;

#[test]
fn names_are_kept_as_typed_without_what_leads_in() {
    let words = Words::of(&Locale::of("en"));
    let table = [
        ("Will", Some("Will")),
        ("it's ida may", Some("Ida May")),
        ("her name is Ida", Some("Ida")),
        ("you can call me Ida", Some("Ida")),
        ("Dr. Osei", Some("Osei")),
        ("Prof. Dr. Stein", Some("Stein")),
        ("van der Meer", Some("van der Meer")),
        ("O'Malley.", Some("O'Malley")),
        ("BLUM-FISCHER", Some("Blum-Fischer")),
        ("jan van der meer", Some("Jan van der Meer")),
        ("o'malley", Some("O'Malley")),
        ("Reed. yes really.", Some("Reed")),
        ("Lê Thị Hoa", Some("Lê Thị Hoa")),
        ("Ida, from Fern Hill", Some("Ida")),
        ("May", Some("May")),
        ("Price", Some("Price")),
        ("李", Some("李")),
        ("Null", Some("Null")),
        ("a\u{316}\u{317}\u{318}\u{319}\u{31a}", None),
        ("000", None),
        ("???", None),
        ("ida@fern.com", None),
        ("503 555 0172", None),
    ];
    for (text, expected) in table {
        let read = read(text, words).ok().map(|(value, _)| value);
        assert_eq!(read, expected.map(Value::from), "{text}");
    }
}

#[test]
fn without_capitals_a_known_first_name_is_a_guess() {
    let words = Words::of(&Locale::of("en"));
    let table = [
        ("add martha stein please", Some(("martha", "stein"))),
        ("ADD MARTHA STEIN. FERN", Some(("MARTHA", "STEIN"))),
        ("add martha at fern", Some(("martha", ""))),
        ("add fern", None),
    ];
    for (text, expected) in table {
        let found = people(&Names::of(text, words)).into_iter().next();
        let of = |span: Option<Range<usize>>| span.map_or("", |span| &text[span]);
        assert!(found.as_ref().is_none_or(|p| p.certainty < 0.9), "{text}");
        assert_eq!(found.map(|p| (of(p.first), of(p.last))), expected, "{text}");
    }
}

#[test]
fn people_are_found_by_capitals_and_what_stands_around() {
    let words = Words::of(&Locale::of("en"));
    let table = [
        ("new lead Ida Blum from Fern Hill", Some(("Ida", "Blum"))),
        (
            "I met Jan van den Berg of Fern",
            Some(("Jan", "van den Berg")),
        ),
        ("add Dr. Kofi Osei", Some(("Kofi", "Osei"))),
        (
            "lead for Ida Maria Blum at Fern",
            Some(("Ida Maria", "Blum")),
        ),
        ("Stein, Martha; Fern Hill", Some(("Martha", "Stein"))),
        ("first name Ida", Some(("Ida", ""))),
        ("her surname is Blum", Some(("", "Blum"))),
        ("talked to Mr Blum today", Some(("", "Blum"))),
        ("new lead from Fern Hill Inc.", None),
        ("close it in March", None),
        ("call 503 555 0172", None),
        ("", None),
    ];
    for (text, expected) in table {
        let found = people(&Names::of(text, words));
        let found = found.into_iter().find(|p| p.certainty >= 0.9);
        let of = |span: Option<Range<usize>>| span.map_or("", |span| &text[span]);
        let found = found.map(|p| (of(p.first), of(p.last)));
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn what_a_thing_is_called_is_no_person() {
    let words = Words::of(&Locale::of("en"));
    let table = [
        ("find a place called Fern Corner", false),
        ("I like the film named Ida Rising", false),
        ("I met a woman called Noor Blum", true),
        ("she is called Noor Blum", true),
    ];
    for (text, expected) in table {
        let sure = people(&Names::of(text, words))
            .into_iter()
            .any(|person| person.certainty > 0.9);
        assert_eq!(sure, expected, "{text}");
    }
}
