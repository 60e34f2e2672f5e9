//! The filters that the template language adds to MiniJinja's own: dates, money, counts, lists, masks. They show values;
//! reading what people type is the understanding's.

use jiff::ToSpan;
use jiff::civil::Date;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, State, Value};

use crate::display::{self, DayForm};
use crate::locale::Locale;
use crate::understanding::words::Words;

/// Adds them.
pub(super) fn add(env: &mut Environment<'static>) {
    env.add_filter("date", date);
    env.add_filter("money", money);
    env.add_filter("phone", phone);
    env.add_filter("listed", listed);
    env.add_filter("count", count);
    env.add_filter("plus", plus);
    env.add_filter("of", of);
    env.add_filter("mask", |_: Value| crate::display::MASK);
}

/// `| date`, `| date('short')`, `| date('weekday')`: an ISO date as people read it where the conversation is held.
fn date(state: &State<'_, '_>, value: Value, form: Option<String>) -> String {
    let text = value.to_string();
    let Ok(day) = text.get(..10).unwrap_or(&text).parse::<Date>() else {
        return text;
    };
    let form = match form.as_deref() {
        Some("short") => DayForm::Short,
        Some("weekday") => DayForm::Weekday,
        _ => DayForm::Long,
    };
    display::day(day, form, &locale(state))
}

fn locale(state: &State<'_, '_>) -> Locale {
    let tag = state.lookup("locale").map(|tag| tag.to_string());
    let mut locale = Locale::of(tag.as_deref().unwrap_or("en-US"));
    if let Some(currency) = state.lookup("_currency") {
        locale.currency = currency.to_string();
    }
    locale
}

/// `| money`, of an amount or of a number in the locale's currency.
fn money(state: &State<'_, '_>, value: Value) -> String {
    match serde_json::to_value(&value) {
        Ok(number) if number.is_number() => display::money(&number, &locale(state)),
        _ => value.to_string(),
    }
}

/// `| phone`: a number in the international form.
fn phone(value: Value) -> String {
    display::phone(&value.to_string())
}

/// "a, b and c".
fn listed(state: &State<'_, '_>, value: Value) -> Result<String, Error> {
    let items: Vec<String> = value
        .try_iter()?
        .map(|item| item.to_string())
        .filter(|item| !item.is_empty())
        .collect();
    Ok(match items.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => {
            let locale = locale(state);
            let and = &Words::of(&locale).writing.and;
            format!("{}{and}{last}", all.join(", "))
        }
    })
}

/// `error.records | of('Lead')`: the records of this object.
fn of(records: Value, object: String) -> Result<Vec<Value>, Error> {
    let is = |record: &Value| {
        let its = record.get_attr("object").ok()?;
        Some(its.as_str()?.eq_ignore_ascii_case(&object))
    };
    let records = records.try_iter()?;
    Ok(records.filter(|one| is(one) == Some(true)).collect())
}

/// "1 lead", "3 leads".
fn count(value: Value, noun: String) -> String {
    let number = value.to_string();
    if number == "1" {
        return format!("1 {noun}");
    }
    let plural = match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if noun.ends_with(['s', 'x']) || noun.ends_with("ch") => format!("{noun}es"),
        _ => format!("{noun}s"),
    };
    format!("{number} {plural}")
}

/// `today | plus(days=14)`.
fn plus(value: Value, by: Kwargs) -> Result<String, Error> {
    let days: Option<i64> = by.get("days")?;
    let months: Option<i64> = by.get("months")?;
    by.assert_all_used()?;
    let text = value.to_string();
    let wrong = |what: &str| Error::new(ErrorKind::InvalidOperation, what.to_owned());
    let day: Date = text
        .get(..10)
        .unwrap_or(&text)
        .parse()
        .map_err(|_| wrong("plus wants a date"))?;
    let span = days.unwrap_or(0).days().months(months.unwrap_or(0));
    day.checked_add(span)
        .map(|day| day.to_string())
        .map_err(|_| wrong("that date is out of range"))
}
