//! One of a list: by value, label or synonym, whole or a part that fits one only, with a small typo forgiven. Before the org
//! is known, the values that the template itself names are taken.

use super::{Reader, Reading, Refusal};
use crate::Value;
use crate::template::{Choices, Slot};
use crate::understanding::words::{Words, normal};

/// Value and all that people call it, in normal form.
pub(super) type Values = Vec<(String, Vec<String>)>;

/// The values of a choice: the org's where they are known, with the template's synonyms.
pub(super) fn values(slot: &Slot, choices: &Choices, reader: &Reader<'_>) -> Values {
    let org = choices
        .org
        .then(|| reader.org?.field(reader.object?, slot.field.as_ref()?))
        .flatten();
    let known = match org {
        Some(field) if !field.picklist.is_empty() => field.picklist.clone(),
        _ => choices.values.clone(),
    };
    known
        .into_iter()
        .map(|(value, label)| {
            let synonyms = choices
                .synonyms
                .iter()
                .filter(|(of, _)| *of == value)
                .flat_map(|(_, texts)| texts);
            let mut names: Vec<String> = synonyms.map(|text| normal(text)).collect();
            names.push(normal(&value));
            names.push(normal(&label));
            names.dedup();
            (value, names)
        })
        .collect()
}

/// Values whose whole name stands in a text, longest first.
pub(super) fn find(values: &Values, text: &str) -> Vec<Reading> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return Vec::new();
    }
    let mut found: Vec<Reading> = Vec::new();
    let mut names: Vec<(&str, &str)> = values
        .iter()
        .flat_map(|(value, names)| {
            names
                .iter()
                .map(move |name| (value.as_str(), name.as_str()))
        })
        .collect();
    names.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));
    for (value, name) in names {
        for (at, _) in lower.match_indices(name) {
            let span = at..at + name.len();
            let alone = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            let whole =
                alone(lower[..at].chars().next_back()) && alone(lower[span.end..].chars().next());
            let free = found
                .iter()
                .all(|r| r.span.end <= span.start || span.end <= r.span.start);
            if whole && free && !name.is_empty() {
                found.push(Reading {
                    value: Value::from(value),
                    span,
                    certainty: 0.9,
                });
            }
        }
    }
    found
}

/// The value that a whole answer names.
pub(super) fn read(values: &Values, answer: &str, words: &Words) -> Result<Value, Refusal> {
    let text = words.without_politeness(&normal(answer));
    if let Some((value, _)) = values.iter().find(|(_, names)| names.contains(&text)) {
        return Ok(Value::from(value.as_str()));
    }
    if let [one] = find(values, answer).as_slice() {
        return Ok(one.value.clone());
    }
    let fits = |test: &dyn Fn(&str) -> bool| {
        let mut fitting = values
            .iter()
            .filter(|(_, names)| names.iter().any(|name| test(name)));
        match (fitting.next(), fitting.next()) {
            (Some((value, _)), None) => Some(Value::from(value.as_str())),
            _ => None,
        }
    };
    let part = (text.len() >= 3)
        .then(|| fits(&|name| name.split([' ', '/', '-']).any(|word| word == text)))
        .flatten();
    let typo = || {
        (text.len() >= 5)
            .then(|| fits(&|name| strsim::damerau_levenshtein(name, &text) == 1))
            .flatten()
    };
    part.or_else(typo).ok_or(Refusal {
        reason: "not_in_list",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_value_is_named_by_itself_a_synonym_a_part_or_with_a_typo() {
        let values: Values = vec![
            (
                "Trade Show".into(),
                vec!["fair".into(), "trade show".into()],
            ),
            ("Web".into(), vec!["website".into(), "web".into()]),
            ("Word of Mouth".into(), vec!["word of mouth".into()]),
        ];
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("trade show", Some("Trade Show")),
            ("the FAIR", Some("Trade Show")),
            ("Website please", Some("Web")),
            ("it came from the web", Some("Web")),
            ("webstie", Some("Web")),
            ("mouth", Some("Word of Mouth")),
            ("nearly", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                read(&values, text, words).ok(),
                expected.map(Value::from),
                "{text}"
            );
        }
    }
}
