//! What texts of each language are read as, from a table a language: engine/tests/locales. Every row that is read otherwise
//! is told, not the first only.

use indexmap::IndexMap;

use crate::locale::Locale;
use crate::template::{Range, SlotKind, When};
use crate::understanding::command::command;
use crate::understanding::entity::{Reader, read};
use crate::understanding::invented::{slot, wednesday};
use crate::understanding::words::Words;

type Table = IndexMap<String, IndexMap<String, serde_json::Value>>;

const TABLES: [(&str, &str); 4] = [
    ("de", include_str!("../../../tests/locales/de.yaml")),
    ("es", include_str!("../../../tests/locales/es.yaml")),
    ("fr", include_str!("../../../tests/locales/fr.yaml")),
    ("pt", include_str!("../../../tests/locales/pt.yaml")),
];

#[test]
fn texts_of_each_language_are_read_as_its_table_says() {
    let mut wrong = Vec::new();
    for (language, table) in TABLES {
        let table: Table = serde_yaml::from_str(table).unwrap();
        for (group, rows) in &table {
            for (text, expected) in rows {
                let found = value(group, text, &Locale::of(language));
                if found != *expected {
                    wrong.push(format!(
                        "{language} {group} {text:?}: {found}, not {expected}"
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn value(group: &str, text: &str, locale: &Locale) -> serde_json::Value {
    let when = When::default();
    let kind = match group {
        "commands" => {
            let found = command(text, Words::of(locale));
            return found.map_or(serde_json::Value::Null, |found| format!("{found:?}").into());
        }
        "numbers" => SlotKind::Number(Range::default()),
        "amounts" => SlotKind::Amount {
            currency: None,
            range: Range::default(),
        },
        "percents" => SlotKind::Percent(Range::default()),
        "dates" => SlotKind::Date(when),
        "times" => SlotKind::Time(when),
        "moments" => SlotKind::DateTime(when),
        "phones" => SlotKind::Phone { country: None },
        "booleans" => SlotKind::Boolean,
        other => panic!("no group {other}"),
    };
    let now = wednesday();
    let reader = Reader::new(&now, locale);
    match read(&slot("value", kind), text, &reader) {
        Ok(reading) if group == "amounts" => {
            let amount = &reading.value;
            format!(
                "{} {}",
                amount["value"],
                amount["currency"].as_str().unwrap()
            )
            .into()
        }
        Ok(reading) => reading.value,
        Err(_) => serde_json::Value::Null,
    }
}
