//! Days: as figures in the locale's order, with month names, and relative to the user's clock. A bare month is its last day;
//! what lies behind or ahead is chosen by the slot.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;
use regex::{Captures, Regex};

use super::{Reader, Reading, Refusal};
use crate::Value;
use crate::template::When;
use crate::understanding::words::Words;

/// What the day of a match depends on.
struct Day<'a> {
    today: Date,
    month_first: bool,
    past: bool,
    words: &'a Words,
}

type Meaning = fn(&Captures<'_>, &Day<'_>) -> Option<Date>;

struct Form {
    form: Regex,
    meaning: Meaning,
    certainty: f32,
}

const MONTH: &str = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?";
const COUNT: &str = r"(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a couple of|a few)";
const UNIT: &str = r"(?P<unit>day|week|fortnight|month|quarter|year)s?";
const WEEKDAY: &str = r"(?P<day>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)";
const YEAR: &str = r"(?:,? ?(?P<y>(?:19|20)\d{2})|,? ?'(?P<yy>\d{2}))?";

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms: Vec<(String, Meaning, f32)> = vec![
        (r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})".into(), |c, _| civil(num(c, "y")?, num(c, "m")?, num(c, "d")?), 1.0),
        (r"(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<y>\d{4}|\d{2})".into(), numeric, 1.0),
        (r"(?P<a>\d{1,2})/(?P<b>\d{1,2})".into(), numeric, 0.9),
        (r"(?P<a>\d{1,2})\.(?P<b>\d{1,2})\.".into(), numeric, 0.9),
        (format!(r"(?:by |at )?(?:the )?(?:end of|late) {MONTH}{YEAR}"), |c, d| last_of(month(c, d)?, year(c), d), 0.97),
        (format!(r"(?:by |at )?(?:the )?(?:start|beginning|first) of {MONTH}{YEAR}"), |c, d| on(month(c, d)?, 1, year(c), d), 0.97),
        (format!(r"(?:in |by )?(?:mid|middle of|mid of|the middle of)[ -]{MONTH}{YEAR}"), |c, d| on(month(c, d)?, 15, year(c), d), 0.95),
        (format!(r"{MONTH} (?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b{YEAR}"), named, 0.97),
        (format!(r"(?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]{MONTH}-?{YEAR}"), named, 0.97),
        (r"(?:the )?(?:end|last day) of (?:the )?(?P<which>this|next|last)?(?:the|current)? ?(?P<unit>week|month|quarter|year)".into(), end_of, 0.97),
        (r"(?:eom|month[ -]end)".into(), |_, d| Some(d.today.last_of_month()), 0.95),
        (r"(?:eoq|quarter[ -]end)".into(), |_, d| quarter_end(d.today, 0), 0.95),
        (r"(?:eoy|year[ -]end)".into(), |_, d| civil(d.today.year().into(), 12, 31), 0.95),
        (r"(?:start|beginning) of next (?P<unit>week|month|quarter|year)".into(), start_of_next, 0.95),
        (format!(r"(?:in|within) {COUNT} {UNIT}(?:'s? time)?"), |c, d| shifted(c, d, 1), 0.97),
        (format!(r"{COUNT} {UNIT} (?:from (?:now|today)|hence|later)"), |c, d| shifted(c, d, 1), 0.97),
        (format!(r"{COUNT} {UNIT} ago"), |c, d| shifted(c, d, -1), 0.97),
        (r"(?:the )?day after tomorrow".into(), |_, d| d.today.checked_add(2.days()).ok(), 0.98),
        (r"(?:the )?day before yesterday".into(), |_, d| d.today.checked_add((-2).days()).ok(), 0.98),
        (r"(?P<word>today|tonight|tomorrow|tmrw|tmr|yesterday)".into(), near, 0.95),
        (format!(r"{WEEKDAY} in {COUNT} weeks?"), |c, d| weekday(c, d)?.checked_add(count(c, d)?.checked_sub(1)?.weeks()).ok(), 0.95),
        (format!(r"{WEEKDAY} (?:next week|week)"), |c, d| in_week(c, d, 1), 0.95),
        (format!(r"(?:on )?next week,? (?:on )?{WEEKDAY}"), |c, d| in_week(c, d, 1), 0.96),
        (format!(r"(?:a week (?:from|on)|week on) {WEEKDAY}"), |c, d| weekday(c, d)?.checked_add(7.days()).ok(), 0.95),
        (format!(r"(?P<which>next|this|last|coming|on|by)(?: coming)? {WEEKDAY}"), weekday, 0.95),
        (r"(?P<which>next|this|last) (?P<unit>week|month|quarter|year)".into(), whole_unit, 0.9),
        (r"(?:end of )?q(?P<q>[1-4])(?:[ /-]?(?:of )?(?P<y>20\d{2}))?".into(), quarter, 0.85),
        (r"(?:end of |in )?q(?P<q>[1-4]) (?:of )?next year".into(), quarter_next_year, 0.95),
        (r"(?P<q>first|second|third|fourth) quarter(?: of)?(?: (?P<y>20\d{2}))?".into(), quarter, 0.9),
        (r"(?:on |by )?the (?P<d>\d{1,2})(?:st|nd|rd|th)".into(), of_month, 0.9),
        (r"(?P<d>\d{1,2})(?:st|nd|rd|th)".into(), of_month, 0.6),
        (r"(?:on )?christmas(?: day)?".into(), |_, d| on(12, 25, None, d), 0.9),
        (r"christmas eve".into(), |_, d| on(12, 24, None, d), 0.9),
        (r"new year'?s eve".into(), |_, d| on(12, 31, None, d), 0.9),
        (r"new year(?:'?s)?(?: day)?".into(), |_, d| on(1, 1, None, d), 0.85),
        (r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)".into(), weekday, 0.9),
        (format!(r"\b{WEEKDAY}"), weekday, 0.4),
        (format!(r"{MONTH},? (?P<y>(?:19|20)\d{{2}})"), |c, d| last_of(month(c, d)?, num(c, "y"), d), 0.97),
        (format!(r"(?:in|by|next|this) {MONTH}"), |c, d| last_of(month(c, d)?, None, d), 0.6),
        // A bare month may be a name or a verb: it is a date only where one is asked for.
        (MONTH.into(), |c, d| last_of(month(c, d)?, None, d), 0.5),
    ];
    forms
        .into_iter()
        .map(|(form, meaning, certainty)| {
            let form = Regex::new(&format!(r"(?i)\b(?:{form})(?:\b|$)"))
                .or_else(|_| Regex::new(&format!(r"(?i)(?:{form})")))
                .expect("a constant pattern compiles");
            Form {
                form,
                meaning,
                certainty,
            }
        })
        .collect()
});

/// Days in a text.
pub(super) fn find(text: &str, when: &When, reader: &Reader<'_>, words: &Words) -> Vec<Reading> {
    let day = Day {
        today: reader.now.date(),
        month_first: reader.locale.month_first(),
        past: when.past,
        words,
    };
    let mut found: Vec<Reading> = Vec::new();
    let mut taken: Vec<std::ops::Range<usize>> = Vec::new();
    for Form {
        form,
        meaning,
        certainty,
    } in FORMS.iter()
    {
        for captures in form.captures_iter(text) {
            let Some(all) = captures.get(0) else { continue };
            let free = taken
                .iter()
                .all(|r| r.end <= all.start() || all.end() <= r.start);
            if !free || !is_alone(text, all.start(), all.end()) {
                continue;
            }
            // What has the form of a date and is none, 31/31/2026, is not read as a shorter one either.
            taken.push(all.range());
            if let Some(date) = meaning(&captures, &day) {
                found.push(Reading {
                    value: Value::String(date.to_string()),
                    span: all.range(),
                    certainty: *certainty,
                });
            }
        }
    }
    with_weekdays(text, &mut found);
    found
}

static NO_DAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:on |by )?(?:the )?").expect("a constant pattern compiles")
});

static NAMED_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"(?i)\b{WEEKDAY}[.,]* *(?:the )?$")).expect("a constant pattern compiles")
});

/// "Friday 21st December" is one day: the weekday before a date belongs to it.
fn with_weekdays(text: &str, found: &mut Vec<Reading>) {
    let mut belongs: Vec<std::ops::Range<usize>> = Vec::new();
    for reading in found.iter_mut() {
        let says_day = text[reading.span.clone()].contains(|c: char| c.is_ascii_digit());
        if let Some(before) = NAMED_BEFORE.find(&text[..reading.span.start])
            && says_day
        {
            belongs.push(before.start()..reading.span.end);
            reading.span.start = before.start();
        }
        // No article, no "on": the day itself.
        let said = &text[reading.span.clone()];
        let lead = NO_DAY.find(said).map_or(0, |lead| lead.end());
        if said[lead..].starts_with(|c: char| c.is_ascii_digit()) {
            reading.span.start += lead;
        }
    }
    found.retain(|reading| {
        belongs.iter().all(|day| {
            reading.span == *day || reading.span.end <= day.start || day.end <= reading.span.start
        })
    });
}

/// Whether a day is within the slot's bounds.
pub(super) fn within(value: &str, when: &When, today: Date) -> Result<(), Refusal> {
    let bound = |text: &Option<String>| {
        let text = text.as_deref()?;
        if text == "today" {
            return Some(today.to_string());
        }
        Some(text.to_owned())
    };
    // ISO texts compare as the moments do; a bound that is only a day is compared as one.
    let before = |a: &str, b: &str| a.get(..b.len().min(a.len())) < b.get(..a.len().min(b.len()));
    if bound(&when.min).is_some_and(|min| before(value, &min)) {
        return Err(Refusal {
            reason: "too_early",
        });
    }
    if bound(&when.max).is_some_and(|max| before(&max, value)) {
        return Err(Refusal { reason: "too_late" });
    }
    Ok(())
}

/// "1/2" of "1/2/3/4" or of a longer number is no date.
fn is_alone(text: &str, start: usize, end: usize) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut before = text[..start].chars().rev();
    let mut after = text[end..].chars();
    let (b, b2) = (before.next(), before.next());
    let (a, a2) = (after.next(), after.next());
    let joins = |sign: Option<char>, beyond: Option<char>| {
        sign.is_some_and(|c| "/.-".contains(c)) && digit(beyond)
    };
    !joins(b, b2)
        && !joins(a, a2)
        && !b.is_some_and(|c| "@$€£".contains(c))
        && a != Some('@')
        && a != Some('%')
}

fn num(c: &Captures<'_>, name: &str) -> Option<i64> {
    c.name(name)?.as_str().parse().ok()
}

fn year(c: &Captures<'_>) -> Option<i64> {
    num(c, "y").or_else(|| num(c, "yy").map(|y| y + 2000))
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

/// A day of a year; without one the next, or the last where the slot looks back.
fn on(month: i64, day: i64, year: Option<i64>, d: &Day<'_>) -> Option<Date> {
    if let Some(year) = year {
        return civil(year, month, day);
    }
    let this = i64::from(d.today.year());
    // 29 February may be four years away.
    let mut years: Vec<i64> = (this..=this + 8).collect();
    if d.past {
        years = (this - 8..=this).rev().collect();
    }
    years
        .into_iter()
        .filter_map(|year| civil(year, month, day))
        .find(|date| {
            if d.past {
                *date <= d.today
            } else {
                *date >= d.today
            }
        })
}

fn last_of(month: i64, year: Option<i64>, d: &Day<'_>) -> Option<Date> {
    let last = |year: i64| civil(year, month, 1).map(Date::last_of_month);
    let this = i64::from(d.today.year());
    match year {
        Some(year) => last(year),
        None if d.past => last(this)
            .filter(|date| *date <= d.today)
            .or_else(|| last(this - 1)),
        None => last(this)
            .filter(|date| *date >= d.today)
            .or_else(|| last(this + 1)),
    }
}

/// 3/4: by the locale, unless only the other order is a date.
fn numeric(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let (a, b) = (num(c, "a")?, num(c, "b")?);
    let y = num(c, "y");
    let (first, second) = if d.month_first {
        ((a, b), (b, a))
    } else {
        ((b, a), (a, b))
    };
    on(first.0, first.1, y, d).or_else(|| on(second.0, second.1, y, d))
}

fn month(c: &Captures<'_>, d: &Day<'_>) -> Option<i64> {
    let name = c.name("month")?.as_str().to_lowercase();
    let short = name.get(..3).unwrap_or(&name);
    let n = d
        .words
        .months
        .iter()
        .position(|month| month.starts_with(short))?;
    Some(n as i64 + 1)
}

fn named(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    on(month(c, d)?, num(c, "d")?, year(c), d)
}

/// The next 15th, or the last.
fn of_month(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let day = i8::try_from(num(c, "d")?).ok()?;
    let first = d.today.first_of_month();
    (0..6)
        .filter_map(|n| {
            let months = if d.past { -n } else { n };
            let month = first.checked_add(months.months()).ok()?;
            month.with().day(day).build().ok()
        })
        .find(|date| {
            if d.past {
                *date <= d.today
            } else {
                *date >= d.today
            }
        })
}

fn near(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let days = match c.name("word")?.as_str().to_lowercase().as_str() {
        "tomorrow" | "tmrw" | "tmr" => 1,
        "yesterday" => -1,
        _ => 0,
    };
    d.today.checked_add(days.days()).ok()
}

fn count(c: &Captures<'_>, d: &Day<'_>) -> Option<i64> {
    let count = c.name("count")?.as_str().to_lowercase();
    match count.as_str() {
        "a" | "an" => Some(1),
        "a couple of" => Some(2),
        "a few" => Some(3),
        _ => count
            .parse::<i64>()
            .ok()
            .or_else(|| d.words.numbers.get(&count).map(|n| *n as i64)),
    }
}

fn shifted(c: &Captures<'_>, d: &Day<'_>, way: i64) -> Option<Date> {
    let count = count(c, d)? * way;
    let span = match unit(c)?.as_str() {
        "day" => count.days(),
        "week" => count.weeks(),
        "fortnight" => (count * 2).weeks(),
        "month" => count.months(),
        "quarter" => (count * 3).months(),
        _ => count.years(),
    };
    d.today.checked_add(span).ok()
}

fn unit(c: &Captures<'_>) -> Option<String> {
    Some(c.name("unit")?.as_str().to_lowercase())
}

fn which(c: &Captures<'_>) -> i64 {
    match c
        .name("which")
        .map(|m| m.as_str().to_lowercase())
        .as_deref()
    {
        Some("next") => 1,
        Some("last") => -1,
        _ => 0,
    }
}

/// The last day of the quarter so many quarters away.
fn quarter_end(today: Date, away: i64) -> Option<Date> {
    let first = (i64::from(today.month()) - 1) / 3 * 3 + 1;
    let start = civil(today.year().into(), first, 1)?;
    let month = start.checked_add((away * 3 + 2).months()).ok()?;
    Some(month.last_of_month())
}

fn end_of(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let away = which(c);
    match unit(c)?.as_str() {
        // The working week ends on Friday.
        "week" => monday(d.today)?.checked_add((away * 7 + 4).days()).ok(),
        "month" => Some(
            d.today
                .first_of_month()
                .checked_add(away.months())
                .ok()?
                .last_of_month(),
        ),
        "quarter" => quarter_end(d.today, away),
        _ => civil(i64::from(d.today.year()) + away, 12, 31),
    }
}

fn start_of_next(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    match unit(c)?.as_str() {
        "week" => monday(d.today)?.checked_add(7.days()).ok(),
        "month" => d.today.first_of_month().checked_add(1.month()).ok(),
        "quarter" => quarter_end(d.today, 0)?.tomorrow().ok(),
        _ => civil(i64::from(d.today.year()) + 1, 1, 1),
    }
}

/// "Next week" is this day of it, "next month" its last day, as for a bare month.
fn whole_unit(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    match unit(c)?.as_str() {
        "week" => d.today.checked_add(which(c).weeks()).ok(),
        _ => end_of(c, d),
    }
}

fn quarter_next_year(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let n: i64 = c.name("q")?.as_str().parse().ok()?;
    last_of(n * 3, Some(i64::from(d.today.year()) + 1), d)
}
fn quarter(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let n = match c.name("q")?.as_str().to_lowercase().as_str() {
        "1" | "first" => 1,
        "2" | "second" => 2,
        "3" | "third" => 3,
        _ => 4,
    };
    last_of(n * 3, num(c, "y"), d)
}

fn monday(today: Date) -> Option<Date> {
    let gone = i64::from(today.weekday().to_monday_zero_offset());
    today.checked_add((-gone).days()).ok()
}

fn wanted(c: &Captures<'_>, d: &Day<'_>) -> Option<i64> {
    let name = match c.name("day") {
        Some(day) => day.as_str(),
        None => c.get(0)?.as_str(),
    }
    .to_lowercase();
    let short = name.get(..3).unwrap_or(&name);
    let n = d
        .words
        .weekdays
        .iter()
        .position(|day| day.starts_with(short))?;
    Some(n as i64)
}

fn in_week(c: &Captures<'_>, d: &Day<'_>, weeks: i64) -> Option<Date> {
    monday(d.today)?
        .checked_add((wanted(c, d)? + weeks * 7).days())
        .ok()
}

/// "Friday" is the next one; "next Friday" the one of the week after where that is still this week.
fn weekday(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let today = i64::from(d.today.weekday().to_monday_zero_offset());
    let wanted = wanted(c, d)?;
    let which = which(c);
    if which < 0 || (which == 0 && d.past && c.name("which").is_none()) {
        let back = match (today - wanted).rem_euclid(7) {
            0 => 7,
            days => days,
        };
        return d.today.checked_add((-back).days()).ok();
    }
    let mut days = match (wanted - today).rem_euclid(7) {
        0 => 7,
        days => days,
    };
    if which > 0 && wanted > today {
        days += 7;
    }
    d.today.checked_add(days.days()).ok()
}

#[cfg(test)]
mod tests;
