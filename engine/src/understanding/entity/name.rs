//! Names of people, companies and records, as answers: lead-ins and titles stripped, spelling kept as typed, title case only
//! where all was lower or upper case.

use serde_json::json;

use super::Refusal;
use crate::Value;
use crate::understanding::words::{Words, normal};

/// A person's name.
pub(super) fn person(answer: &str, words: &Words) -> Result<Value, Refusal> {
    let mut text = bare(answer, words);
    let first = normal(text.split_whitespace().next().unwrap_or_default());
    if words.honorifics.contains(&first) && text.contains(' ') {
        text = text
            .split_once(char::is_whitespace)
            .map_or(text.clone(), |(_, rest)| rest.trim().to_owned());
    }
    // Only the first sentence is the name: "Reed. yes really."
    let text = text
        .split(". ")
        .next()
        .unwrap_or_default()
        .split(',')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters == 0
        || text.chars().any(|c| c.is_ascii_digit())
        || text.split_whitespace().count() > 6
    {
        return Err(Refusal {
            reason: "not_a_name",
        });
    }
    Ok(Value::String(cased(&text)))
}

/// A company or a place.
pub(super) fn thing(answer: &str, words: &Words) -> Result<Value, Refusal> {
    let text = bare(answer, words);
    if !text.chars().any(char::is_alphanumeric) || text.chars().count() > 255 {
        return Err(Refusal {
            reason: "not_a_name",
        });
    }
    Ok(Value::String(cased(&text)))
}

/// The words that name a record; "all" is never one.
pub(super) fn record(answer: &str, words: &Words) -> Result<Value, Refusal> {
    let text = bare(answer, words);
    let text = text.strip_suffix("'s").unwrap_or(&text).trim();
    if matches!(
        normal(text).as_str(),
        "all" | "everyone" | "everybody" | "all of them" | "everything"
    ) {
        return Err(Refusal { reason: "all" });
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Err(Refusal { reason: "empty" });
    }
    Ok(json!({ "text": text }))
}

/// An answer without its lead-in, quotes and closing punctuation.
fn bare(answer: &str, words: &Words) -> String {
    let mut text = answer
        .trim()
        .trim_matches(|c: char| "\"“”<>".contains(c))
        .trim()
        .to_owned();
    for _ in 0..2 {
        let lower = text.to_lowercase().replace('’', "'");
        if lower.len() != text.len() {
            break;
        }
        let lead = words.lead_ins.iter().find(|lead| {
            let rest = lower.strip_prefix(lead.as_str());
            rest.is_some_and(|rest| {
                rest.starts_with([' ', ':', '=']) && rest.trim_matches([' ', ':', '=']).len() > 1
            })
        });
        let Some(lead) = lead else { break };
        text = text[lead.len()..].trim_matches([' ', ':', '=']).to_owned();
    }
    let inc = ["inc.", "co.", "ltd.", "corp.", "llc.", "jr.", "sr.", "b.v."];
    let lower = text.to_lowercase();
    if !inc.iter().any(|end| lower.ends_with(end)) {
        text = text
            .trim_end_matches(['.', '!', ',', ';'])
            .trim()
            .to_owned();
    }
    text
}

/// Title case for a name that is all lower or all upper case; any other is as typed.
fn cased(text: &str) -> String {
    let lower = text.chars().all(|c| !c.is_uppercase());
    let upper = text.chars().all(|c| !c.is_lowercase());
    if !(lower || (upper && text.chars().count() > 4)) {
        return text.to_owned();
    }
    let mut start = true;
    text.to_lowercase()
        .chars()
        .flat_map(|c| {
            let out: Vec<char> = if start {
                c.to_uppercase().collect()
            } else {
                vec![c]
            };
            start = !(c.is_alphanumeric() || c == '\'');
            out
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn names_are_kept_as_typed_without_what_leads_in() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("Will", Some("Will")),
            ("it's ida may", Some("Ida May")),
            ("her name is Ida", Some("Ida")),
            ("Dr. Osei", Some("Osei")),
            ("van der Meer", Some("van der Meer")),
            ("O'Malley.", Some("O'Malley")),
            ("BLUM-FISCHER", Some("Blum-Fischer")),
            ("Reed. yes really.", Some("Reed")),
            ("000", None),
            ("???", None),
            ("Lê Thị Hoa", Some("Lê Thị Hoa")),
        ];
        for (text, expected) in table {
            assert_eq!(
                person(text, words).ok(),
                expected.map(Value::from),
                "{text}"
            );
        }
    }
}
