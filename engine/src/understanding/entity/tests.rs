//! What all slot types have in common: bounds, lists, spans, labels, and that no text whatever brings them down.

use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::template::{Choices, Range as Bounds, When};
use crate::understanding::invented::{self, wednesday};

fn slot(kind: SlotKind) -> Slot {
    Slot {
        label: "Job title".into(),
        called: vec!["title".into()],
        ..invented::slot("job", kind)
    }
}

fn note() -> SlotKind {
    SlotKind::Text {
        min_length: 0,
        max_length: Some(40),
    }
}

pub(super) fn with_reader<T>(ask: impl Fn(&Reader<'_>) -> T) -> T {
    let locale = Locale::of("en-US");
    let now = wednesday();
    ask(&Reader::new(&now, &locale))
}

fn kinds() -> Vec<SlotKind> {
    let colours = Choices {
        org: false,
        values: vec![
            ("Red".into(), "Red".into()),
            ("Deep Blue".into(), "Deep Blue".into()),
        ],
        synonyms: vec![("Red".into(), vec!["crimson".into()])],
        ..Choices::default()
    };
    vec![
        note(),
        SlotKind::FirstName,
        SlotKind::LastName,
        SlotKind::FullName,
        SlotKind::Organization,
        SlotKind::City,
        SlotKind::Country,
        SlotKind::Email,
        SlotKind::Phone { country: None },
        SlotKind::Url,
        SlotKind::Number(Bounds::default()),
        SlotKind::Percent(Bounds::default()),
        SlotKind::Amount {
            range: Bounds::default(),
            currency: None,
        },
        SlotKind::Date(When::default()),
        SlotKind::Time(When::default()),
        SlotKind::DateTime(When::default()),
        SlotKind::Boolean,
        SlotKind::Choice(colours),
        SlotKind::Pattern {
            pattern: Regex::new("[A-Z]{2}[0-9]{3}").expect("a pattern"),
            example: "AB123".into(),
        },
        SlotKind::Record {
            object: "Lead".into(),
            fields: Vec::new(),
            narrow: Vec::new(),
            keep: false,
        },
        SlotKind::Field {
            names: vec![FieldName {
                id: "phone".into(),
                field: "Phone".into(),
                label: "Phone".into(),
                names: vec!["phone".into(), "number".into()],
            }],
            fills: true,
        },
    ]
}

#[test]
fn bounds_are_told_apart() {
    let bounds = Bounds {
        min: Some(1.0),
        max: Some(10.0),
        whole: true,
    };
    let table = [
        ("seven", Ok(7)),
        ("it's 7", Ok(7)),
        ("0", Err("too_small")),
        ("11", Err("too_large")),
        ("2.5", Err("not_whole")),
        ("many", Err("not_a_number")),
        (" \u{200b} ", Err("empty")),
    ];
    for (text, expected) in table {
        let read = with_reader(|r| read(&slot(SlotKind::Number(bounds.clone())), text, r));
        let read = read
            .map(|r| r.value.as_i64().unwrap_or_default())
            .map_err(|r| r.reason);
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn a_list_is_parted_by_commas_and_and() {
    let mut colours = slot(kinds().remove(17));
    colours.list = true;
    let read = with_reader(|r| read(&colours, "crimson, deep blue and red", r)).unwrap();
    assert_eq!(read.value, serde_json::json!(["Red", "Deep Blue"]));
    assert!(with_reader(|r| super::read(&colours, "red and green", r)).is_err());
}

#[test]
fn a_label_says_which_slot_a_text_is_for() {
    let table = [
        ("Ida, title: head of tea, Fern", Some("head of tea")),
        ("her job title is buyer and the city is Bath", Some("buyer")),
        ("change the title to Owner / Buyer", Some("Owner / Buyer")),
        ("add her with title buyer", Some("buyer")),
        ("what is the title", None),
        ("untitled: x", None),
        ("a buyer", None),
        ("", None),
    ];
    for (text, expected) in table {
        let found = with_reader(|r| find(&slot(note()), text, r));
        let found = found
            .into_iter()
            .find(|f| f.certainty >= 0.9)
            .map(|f| f.value);
        assert_eq!(found, expected.map(Value::from), "{text}");
    }
}

#[test]
fn a_text_is_kept_as_typed_but_for_what_surely_leads_in() {
    let table = [
        ("  Owner / Buyer ", "Owner / Buyer"),
        ("she's the buyer", "buyer"),
        ("look for fern", "fern"),
        ("Stop, drop & roll", "Stop, drop & roll"),
        ("'; drop table x", "'; drop table x"),
        ("a\u{202e}b\u{0007}", "ab"),
    ];
    for (text, expected) in table {
        let read = with_reader(|r| read(&slot(note()), text, r)).unwrap();
        assert_eq!(read.value, expected, "{text}");
    }
}

#[test]
fn no_value_cuts_a_character_in_any_script() {
    use unicode_segmentation::UnicodeSegmentation;
    let texts = [
        "新しいリード 田中太郎、株式会社ホワイト 03-1234-5678",
        "创建线索 王小明，北京，预算 12000 元",
        "เพิ่มลีด สมชาย ใจดี พรุ่งนี้ 15:30",
        "عميل جديد ليلى حداد 12 %",
        "Новый лид Анна Каренина, ООО Ромашка, 500 €",
        "E\u{301}milie du Cha\u{302}telet, Ide\u{301}es SA, 3pm",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦 Ida 👍🏽 Blum 🇩🇪 30 € 👩🏾\u{200d}💻",
        "नया लीड प्रिया शर्मा",
        "می\u{200c}خواهم لیلا رضایی",
        "새 리드 김민준, 서울",
        "\u{200f}שלום נועה לוי tomorrow",
        "Ida\u{200b}Blum Z\u{353}\u{31a}a\u{356}lgo\u{322} Fern",
    ];
    for text in texts {
        let mut edges: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
        edges.push(text.len());
        for kind in kinds() {
            let slot = slot(kind);
            let mut found = with_reader(|r| find(&slot, text, r));
            found.extend(with_reader(|r| read(&slot, text, r)).ok());
            for reading in found {
                let (start, end) = (reading.span.start, reading.span.end);
                assert!(
                    edges.contains(&start) && edges.contains(&end),
                    "{text} {start} {end}"
                );
            }
        }
    }
}

#[test]
fn names_of_any_script_are_kept_as_typed() {
    let names = [
        "田中太郎",
        "王小明",
        "김민준",
        "ليلى حداد",
        "Анна Каренина",
        "สมชาย ใจดี",
        "प्रिया शर्मा",
        "נועה לוי",
        "Lê Thị Hoa",
        "Émilie du Châtelet",
        "Ñusta Quispe",
        "Şule Öztürk",
    ];
    for name in names {
        for kind in [SlotKind::FullName, SlotKind::Organization] {
            let read = with_reader(|r| read(&slot(kind.clone()), name, r));
            assert_eq!(read.map(|r| r.value), Ok(name.into()), "{kind:?}");
        }
    }
}

#[test]
fn every_reason_has_its_sentence() {
    let locale = Locale::of("en");
    let odd = [
        "",
        "zzz zzz zzz zzz zzz zzz zzz zzz zzz zzz zzz zzz zzz",
        "???",
        "all",
        "0",
    ];
    for kind in kinds() {
        for text in odd {
            if let Err(refusal) = with_reader(|r| read(&slot(kind.clone()), text, r)) {
                assert!(
                    Words::of(&locale).reason(refusal.reason).is_some(),
                    "{}",
                    refusal.reason
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_brings_a_type_down_and_spans_are_of_the_text(text in "(\\PC|[A-Za-z0-9 .,@'/:$-]|\u{202e}|İ|ß|👍){0,60}") {
        with_reader(|reader| {
            for kind in kinds() {
                let slot = slot(kind);
                for reading in find(&slot, &text, reader) {
                    assert!(text.get(reading.span.clone()).is_some_and(|t| !t.is_empty()), "{text:?} {:?}", reading.span);
                }
                if let Ok(reading) = read(&slot, &text, reader) {
                    assert!(text.get(reading.span).is_some(), "{text:?}");
                }
            }
            let words = Words::of(reader.locale);
            let _ = crate::understanding::command::command(&text, words);
            if let Some((_, span)) = crate::understanding::command::leading(&text, words) {
                assert!(text.get(span).is_some());
            }
        });
    }
}
