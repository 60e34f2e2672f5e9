//! Days: as figures in the locale's order, with month names, and relative to the user's clock. A bare month is its last day.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;
use regex::{Captures, Regex};

use super::{Reader, Reading};
use crate::Value;
use crate::template::When;
use crate::understanding::words::Words;

/// The day that a match means: of today, whether months come first, and the language's words.
type Day = fn(&Captures<'_>, Date, bool, &Words) -> Option<Date>;

struct Form {
    form: Regex,
    day: Day,
}

const MONTH: &str = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
const COUNT: &str = r"(?P<count>\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten)";

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms: [(String, Day); 12] = [
        (r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})".into(), |c, _, _, _| civil(num(c, "y")?, num(c, "m")?, num(c, "d")?)),
        (r"(?P<a>\d{1,2})[/.](?P<b>\d{1,2})(?:[/.](?P<y>\d{4}|\d{2}))?".into(), numeric),
        (format!(r"end of {MONTH}(?: (?P<y>\d{{4}}))?"), |c, now, _, w| last_of(month(c, w)?, num(c, "y"), now)),
        (format!(r"{MONTH} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y>\d{{4}}))?"), named),
        (format!(r"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {MONTH}(?:,? (?P<y>\d{{4}}))?"), named),
        (r"end of next month".into(), |_, now, _, _| Some(now.first_of_month().checked_add(1.month()).ok()?.last_of_month())),
        (r"(?:end of (?:the |this )?month|eom)".into(), |_, now, _, _| Some(now.last_of_month())),
        (r"(?:end of (?:the |this )?year|eoy|year end)".into(), |_, now, _, _| civil(now.year().into(), 12, 31)),
        (format!(r"in {COUNT} (?P<unit>day|week|month|year)s?"), ahead),
        (r"(?P<word>today|tomorrow|yesterday)".into(), |c, now, _, _| {
            let days = match c.name("word")?.as_str() { "tomorrow" => 1, "yesterday" => -1, _ => 0 };
            now.checked_add(days.days()).ok()
        }),
        (r"(?P<next>next |this |on )?(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday)".into(), weekday),
        (format!(r"(?:in |by )?{MONTH}(?: (?P<y>\d{{4}}))?"), |c, now, _, w| last_of(month(c, w)?, num(c, "y"), now)),
    ];
    forms
        .into_iter()
        .map(|(form, day)| {
            let form =
                Regex::new(&format!(r"(?i)\b(?:{form})\b")).expect("a constant pattern compiles");
            Form { form, day }
        })
        .collect()
});

pub(super) fn find(text: &str, _when: &When, reader: &Reader<'_>, words: &Words) -> Vec<Reading> {
    let now = reader.now.date();
    let mut found: Vec<Reading> = Vec::new();
    for (n, form) in FORMS.iter().enumerate() {
        for captures in form.form.captures_iter(text) {
            let Some(all) = captures.get(0) else { continue };
            let free = found
                .iter()
                .all(|r| r.span.end <= all.start() || all.end() <= r.span.start);
            if free
                && let Some(day) = (form.day)(&captures, now, reader.locale.month_first(), words)
            {
                // A bare month may be a name or a verb: it is a date only where one is asked for.
                let certainty = if n + 1 == FORMS.len() { 0.5 } else { 0.95 };
                found.push(Reading {
                    value: Value::String(day.to_string()),
                    span: all.range(),
                    certainty,
                });
            }
        }
    }
    found
}

fn num(c: &Captures<'_>, name: &str) -> Option<i64> {
    c.name(name)?.as_str().parse().ok()
}

fn civil(year: i64, month: i64, day: i64) -> Option<Date> {
    let year = if year < 100 { year + 2000 } else { year };
    Date::new(
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
    )
    .ok()
}

/// 3/4: by the locale, unless only the other order is a date.
fn numeric(c: &Captures<'_>, now: Date, month_first: bool, _: &Words) -> Option<Date> {
    let (a, b) = (num(c, "a")?, num(c, "b")?);
    let day = |year: i64| {
        let (first, second) = if month_first {
            ((a, b), (b, a))
        } else {
            ((b, a), (a, b))
        };
        civil(year, first.0, first.1).or_else(|| civil(year, second.0, second.1))
    };
    match num(c, "y") {
        Some(year) => day(year),
        None => day(now.year().into())
            .filter(|d| *d >= now)
            .or_else(|| day(i64::from(now.year()) + 1)),
    }
}

fn month(c: &Captures<'_>, words: &Words) -> Option<i64> {
    let name = c.name("month")?.as_str().to_lowercase();
    let n = words
        .months
        .iter()
        .position(|month| month.starts_with(name.get(..3).unwrap_or(&name)))?;
    Some(n as i64 + 1)
}

fn named(c: &Captures<'_>, now: Date, _: bool, words: &Words) -> Option<Date> {
    let (month, day) = (month(c, words)?, num(c, "d")?);
    match num(c, "y") {
        Some(year) => civil(year, month, day),
        None => civil(now.year().into(), month, day)
            .filter(|d| *d >= now)
            .or_else(|| civil(i64::from(now.year()) + 1, month, day)),
    }
}

fn last_of(month: i64, year: Option<i64>, now: Date) -> Option<Date> {
    let last = |year: i64| civil(year, month, 1).map(Date::last_of_month);
    match year {
        Some(year) => last(year),
        None => last(now.year().into())
            .filter(|d| *d >= now)
            .or_else(|| last(i64::from(now.year()) + 1)),
    }
}

fn ahead(c: &Captures<'_>, now: Date, _: bool, words: &Words) -> Option<Date> {
    let count = c.name("count")?.as_str().to_lowercase();
    let count = count
        .parse::<i64>()
        .ok()
        .or_else(|| words.numbers.get(&count).map(|n| *n as i64))
        .unwrap_or(1);
    let span = match c.name("unit")?.as_str().to_lowercase().as_str() {
        "day" => count.days(),
        "week" => count.weeks(),
        "month" => count.months(),
        _ => count.years(),
    };
    now.checked_add(span).ok()
}

/// "Friday" is the next one; "next Friday" the one of the week after where that is still this week.
fn weekday(c: &Captures<'_>, now: Date, _: bool, words: &Words) -> Option<Date> {
    let name = c.name("day")?.as_str().to_lowercase();
    let wanted = words.weekdays.iter().position(|day| *day == name)? as i64;
    let today = i64::from(now.weekday().to_monday_zero_offset());
    let mut days = (wanted - today).rem_euclid(7);
    if days == 0 {
        days = 7;
    }
    let next = c
        .name("next")
        .is_some_and(|m| m.as_str().eq_ignore_ascii_case("next "));
    if next && wanted > today {
        days += 7;
    }
    now.checked_add(days.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;
    use jiff::tz::TimeZone;

    #[test]
    fn days_as_people_write_them() {
        let locale = Locale::of("en-US");
        // A Wednesday.
        let now = "2026-03-04T12:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .to_zoned_datetime(TimeZone::UTC);
        let reader = Reader {
            now: &now,
            locale: &locale,
            org: None,
            object: None,
        };
        let table = [
            ("2026-07-01", "2026-07-01"),
            ("7/1/2026", "2026-07-01"),
            ("25.12.2026", "2026-12-25"),
            ("2/1", "2027-02-01"),
            ("April 9th", "2026-04-09"),
            ("9 Jan", "2027-01-09"),
            ("end of february", "2027-02-28"),
            ("end of next month", "2026-04-30"),
            ("end of the month", "2026-03-31"),
            ("in three weeks", "2026-03-25"),
            ("tomorrow", "2026-03-05"),
            ("friday", "2026-03-06"),
            ("next Monday", "2026-03-09"),
            ("June", "2026-06-30"),
        ];
        for (text, expected) in table {
            let found = find(text, &When::default(), &reader, Words::of(&locale));
            assert_eq!(
                found.first().map(|r| r.value.clone()),
                Some(Value::from(expected)),
                "{text}"
            );
        }
    }
}
