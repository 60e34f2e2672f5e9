//! Values as people read them: money, dates, phone numbers, records. The other way round is the slot types' business.

use jiff::civil::Date;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};
use serde::Deserialize;

use crate::Value;
use crate::locale::Locale;
use crate::template::SlotKind;
use crate::understanding::words::Words;

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
        (SlotKind::Percent(_), Value::Number(_)) => percent(value, locale),
        (_, Value::Bool(yes)) => yes_or_no(*yes, locale),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Object(_)) => value["name"]
            .as_str()
            .or(value["text"].as_str())
            .unwrap_or_default()
            .to_owned(),
        (_, Value::Number(_)) => number(value, locale),
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
        ("percent", Value::Number(_)) => percent(value, locale),
        (_, Value::Bool(yes)) => yes_or_no(*yes, locale),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(_)) => number(value, locale),
    }
}

/// How a language writes values: the part of its file that is about showing them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Writing {
    yes: String,
    no: String,
    /// Between the last two of a list.
    pub(crate) and: String,
    /// A day, long and short, in both orders: `{day}`, `{month}`, `{year}`.
    long: String,
    long_month_first: String,
    short: String,
    short_month_first: String,
    short_months: Vec<String>,
    /// `{number}` with the sign of per cent.
    percent: String,
    /// Whether the sign of a currency stands behind the number.
    sign_behind: bool,
    /// Between thousands, where the decimal sign is a comma.
    thousands: String,
}

/// Forms of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DayForm {
    Long,
    Short,
    Weekday,
}

/// A day in the words of a locale: "December 8, 2026", "8. Dezember 2026", "Tuesday".
pub(crate) fn day(day: Date, form: DayForm, locale: &Locale) -> String {
    let words = Words::of(locale);
    let writing = &words.writing;
    let month = usize::try_from(day.month() - 1).unwrap_or_default();
    let (text, months) = match (form, locale.month_first()) {
        (DayForm::Weekday, _) => {
            let n = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
            return words.weekdays.get(n).cloned().unwrap_or_default();
        }
        (DayForm::Long, true) => (&writing.long_month_first, &words.months),
        (DayForm::Long, false) => (&writing.long, &words.months),
        (DayForm::Short, true) => (&writing.short_month_first, &writing.short_months),
        (DayForm::Short, false) => (&writing.short, &writing.short_months),
    };
    text.replace("{day}", &day.day().to_string())
        .replace("{month}", months.get(month).map_or("", String::as_str))
        .replace("{year}", &day.year().to_string())
}

fn yes_or_no(yes: bool, locale: &Locale) -> String {
    let writing = &Words::of(locale).writing;
    let word = if yes { &writing.yes } else { &writing.no };
    word.clone()
}

fn number(value: &Value, locale: &Locale) -> String {
    let text = value.to_string();
    match locale.decimal_comma() {
        true => text.replace('.', ","),
        false => text,
    }
}

fn percent(value: &Value, locale: &Locale) -> String {
    let writing = &Words::of(locale).writing;
    writing.percent.replace("{number}", &number(value, locale))
}

/// "$12,000", "7.250,75 €".
pub(crate) fn money(value: &Value, locale: &Locale) -> String {
    let number = value["value"]
        .as_f64()
        .or(value.as_f64())
        .unwrap_or_default();
    let currency = value["currency"].as_str().unwrap_or(&locale.currency);
    let writing = &Words::of(locale).writing;
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
            grouped.push_str(if locale.decimal_comma() {
                &writing.thousands
            } else {
                ","
            });
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
    } else if writing.sign_behind {
        format!("{minus}{grouped} {sign}")
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

fn date(text: &str, locale: &Locale) -> String {
    text.parse::<Date>()
        .map_or_else(|_| text.to_owned(), |date| day(date, DayForm::Long, locale))
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
            "7.250,75 €"
        );
        assert_eq!(
            money(&json!({ "value": 5, "currency": "SEK" }), &us),
            "5 SEK"
        );
    }

    #[test]
    fn values_are_written_in_the_words_of_the_locale() {
        let table = [
            (
                "en-US",
                "December 8, 2026",
                "Dec 8, 2026",
                "Tuesday",
                "12.5%",
                "yes",
                "$12,000.50",
            ),
            (
                "en-GB",
                "8 December 2026",
                "8 Dec 2026",
                "Tuesday",
                "12.5%",
                "yes",
                "£12,000.50",
            ),
            (
                "de-DE",
                "8. Dezember 2026",
                "8. Dez. 2026",
                "Dienstag",
                "12,5 %",
                "ja",
                "12.000,50 €",
            ),
            (
                "es-ES",
                "8 de diciembre de 2026",
                "8 dic 2026",
                "martes",
                "12,5 %",
                "sí",
                "12.000,50 €",
            ),
            (
                "fr-FR",
                "8 décembre 2026",
                "8 déc. 2026",
                "mardi",
                "12,5 %",
                "oui",
                "12\u{202f}000,50 €",
            ),
            (
                "pt-PT",
                "8 de dezembro de 2026",
                "8 dez. 2026",
                "terça-feira",
                "12,5 %",
                "sim",
                "12.000,50 €",
            ),
        ];
        let date: Date = "2026-12-08".parse().unwrap();
        for (tag, long, short, weekday, per, yes, amount) in table {
            let locale = Locale::of(tag);
            assert_eq!(day(date, DayForm::Long, &locale), long);
            assert_eq!(day(date, DayForm::Short, &locale), short);
            assert_eq!(day(date, DayForm::Weekday, &locale), weekday);
            assert_eq!(percent(&json!(12.5), &locale), per);
            assert_eq!(yes_or_no(true, &locale), yes);
            assert_eq!(money(&json!(12000.5), &locale), amount);
        }
    }

    #[test]
    fn a_phone_number_in_the_international_form() {
        assert_eq!(phone("+12065550102 x33"), "+1 206-555-0102 x33");
    }
}
