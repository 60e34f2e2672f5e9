//! Values as people read them: money, dates, phone numbers, records. The other way round is the slot types' business.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use crate::Value;
use crate::locale::Locale;
use crate::template::SlotKind;

/// What stands in place of a value that is sensitive.
pub const MASK: &str = "•••";

/// A value of a slot as text.
pub fn show(kind: &SlotKind, value: &Value, locale: &Locale) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (_, Value::Array(all)) => all
            .iter()
            .map(|one| show(kind, one, locale))
            .collect::<Vec<_>>()
            .join(", "),
        (SlotKind::Amount { .. }, _) => money(value, locale),
        (SlotKind::Phone { .. }, Value::String(number)) => phone(number),
        (SlotKind::Date(_), Value::String(day)) => date(day, locale),
        (SlotKind::Percent(_), Value::Number(number)) => format!("{number}%"),
        (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Object(_)) => value["name"]
            .as_str()
            .or(value["text"].as_str())
            .unwrap_or_default()
            .to_owned(),
        (_, Value::Number(number)) => number.to_string(),
    }
}

/// A value of a field of the CRM, by the CRM's type of it.
pub(crate) fn of_field(kind: &str, value: &Value, locale: &Locale) -> String {
    match (kind, value) {
        (_, Value::Null | Value::Object(_) | Value::Array(_)) => String::new(),
        ("phone", Value::String(number)) => phone(number),
        ("date", Value::String(day)) => date(day, locale),
        ("datetime", Value::String(time)) => date(time.get(..10).unwrap_or(time), locale),
        ("currency", Value::Number(_)) => money(value, locale),
        ("percent", Value::Number(number)) => format!("{number}%"),
        (_, Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(number)) => number.to_string(),
    }
}

/// "$12,000", "€7,250.75".
pub(crate) fn money(value: &Value, locale: &Locale) -> String {
    let number = value["value"]
        .as_f64()
        .or(value.as_f64())
        .unwrap_or_default();
    let currency = value["currency"].as_str().unwrap_or(&locale.currency);
    let sign = match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        _ => "",
    };
    let cents = (number * 100.0).round() as i128;
    let (whole, part) = (cents / 100, cents % 100);
    let digits = whole.abs().to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(if locale.decimal_comma() { '.' } else { ',' });
        }
        grouped.push(digit);
    }
    if part != 0 {
        grouped.push_str(&format!(
            "{}{:02}",
            if locale.decimal_comma() { ',' } else { '.' },
            part.abs()
        ));
    }
    let minus = if number < 0.0 { "-" } else { "" };
    if sign.is_empty() {
        format!("{minus}{grouped} {currency}")
    } else {
        format!("{minus}{sign}{grouped}")
    }
}

/// "+1 206-555-0102 x33".
pub(crate) fn phone(number: &str) -> String {
    let (main, extension) = number.split_once(" x").unwrap_or((number, ""));
    let Ok(parsed) = PHONE_NUMBER_UTIL.parse(main, None) else {
        return number.to_owned();
    };
    let shown = PHONE_NUMBER_UTIL
        .format(&parsed, PhoneNumberFormat::International)
        .to_string();
    if extension.is_empty() {
        shown
    } else {
        format!("{shown} x{extension}")
    }
}

/// "December 8, 2026" where months come first, else "8 December 2026".
fn date(day: &str, locale: &Locale) -> String {
    let Ok(parsed) = day.parse::<jiff::civil::Date>() else {
        return day.to_owned();
    };
    parsed
        .strftime(if locale.month_first() {
            "%B %-d, %Y"
        } else {
            "%-d %B %Y"
        })
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_by_currency_and_locale() {
        let us = Locale::of("en-US");
        assert_eq!(
            money(&json!({ "value": 12000, "currency": "USD" }), &us),
            "$12,000"
        );
        assert_eq!(
            money(&json!({ "value": 7250.75, "currency": "EUR" }), &us),
            "€7,250.75"
        );
        assert_eq!(
            money(
                &json!({ "value": 7250.75, "currency": "EUR" }),
                &Locale::of("de-DE")
            ),
            "€7.250,75"
        );
        assert_eq!(
            money(&json!({ "value": 5, "currency": "SEK" }), &us),
            "5 SEK"
        );
    }

    #[test]
    fn a_phone_number_in_the_international_form() {
        assert_eq!(phone("+12065550102 x33"), "+1 206-555-0102 x33");
    }
}
