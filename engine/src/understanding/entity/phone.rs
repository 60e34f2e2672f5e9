//! Phone numbers: found in a text, E.164, an extension as ` x12`. A number without a prefix belongs to the given country.

use std::sync::LazyLock;

use regex::Regex;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use super::Reading;
use crate::Value;

static RUN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\+|\b|\()\d[\d ().\-/]{5,20}\d(?:\s*(?:x|ext\.?|extension)\s*(\d{1,6}))?\b")
        .expect("a constant pattern compiles")
});

pub(super) fn find(text: &str, country: &str) -> Vec<Reading> {
    RUN.captures_iter(text)
        .filter_map(|found| {
            let all = found.get(0)?;
            let extension = found.get(1).map(|m| m.as_str());
            let digits = extension.map_or(all.as_str(), |_| {
                let end = all
                    .as_str()
                    .rfind(['x', 'X', 'e', 'E'])
                    .unwrap_or(all.len());
                &all.as_str()[..end]
            });
            let number = e164(digits, country)?;
            let value = match extension {
                Some(extension) => format!("{number} x{extension}"),
                None => number,
            };
            Some(Reading {
                value: Value::String(value),
                span: all.range(),
                certainty: 0.95,
            })
        })
        .collect()
}

/// A number whose length is possible in its country; whether it is in service nobody can tell.
fn e164(text: &str, country: &str) -> Option<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if !(7..=15).contains(&digits) {
        return None;
    }
    let text = text.trim();
    let text = text
        .strip_prefix("00")
        .map_or_else(|| text.to_owned(), |rest| format!("+{rest}"));
    let number = PHONE_NUMBER_UTIL
        .parse(&text, Region::from_code(country).ok())
        .ok()?;
    PHONE_NUMBER_UTIL.is_possible_number(&number).then(|| {
        PHONE_NUMBER_UTIL
            .format(&number, PhoneNumberFormat::E164)
            .to_string()
    })
}
