//! Days: as figures in the locale's order, with month names, and relative to the user's clock. A bare month is its last day;
//! what lies behind or ahead is chosen by the slot.

use jiff::ToSpan;
use jiff::civil::Date;
use regex::Captures;

use super::{Reader, Reading, Refusal};
use crate::Value;
use crate::template::When;
use crate::understanding::calendar::{Forms, Meaning};
use crate::understanding::words::Words;

/// What the day of a match depends on.
struct Day<'a> {
    today: Date,
    month_first: bool,
    past: bool,
    words: &'a Words,
}

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
    let forms = words.days();
    for form in &forms.forms {
        for captures in form.form.captures_iter(text) {
            let Some(all) = captures.get(0) else { continue };
            let free = taken
                .iter()
                .all(|r| r.end <= all.start() || all.end() <= r.start);
            if !free || !is_alone(text, all.start(), all.end()) {
                continue;
            }
            // What has the form of a date and is none, 31/31/2026, is not read as a shorter one either.
            taken.push(all.range());
            if let Some(date) = date(form.meaning, &captures, &day) {
                found.push(Reading {
                    value: Value::String(date.to_string()),
                    span: all.range(),
                    certainty: form.sure,
                });
            }
        }
    }
    with_weekdays(text, forms, &mut found);
    found
}

fn date(meaning: Meaning, c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    match meaning {
        Meaning::Nothing => None,
        Meaning::Iso => civil(num(c, "y")?, num(c, "m")?, num(c, "d")?),
        Meaning::Numeric => numeric(c, d),
        Meaning::Named => on(month(c, d)?, num(c, "d")?, year(c), d),
        Meaning::On(day) => on(month(c, d)?, day, year(c), d),
        Meaning::Fixed(month, day) => on(month, day, None, d),
        Meaning::LastOf => last_of(month(c, d)?, year(c), d),
        Meaning::EndOf => end_of(c, d),
        Meaning::EndOfMonth => Some(d.today.last_of_month()),
        Meaning::EndOfQuarter => quarter_end(d.today, 0),
        Meaning::EndOfYear => civil(d.today.year().into(), 12, 31),
        Meaning::StartOfNext => start_of_next(c, d),
        Meaning::Period => period(c, d),
        Meaning::Ahead => shifted(c, d, 1),
        Meaning::Ago => shifted(c, d, -1),
        Meaning::Near => near(c, d),
        Meaning::Weekday => weekday(c, d),
        Meaning::WeekdayIn => {
            let weeks = count(c, d)?.checked_sub(1)?;
            weekday(c, d)?.checked_add(weeks.weeks()).ok()
        }
        Meaning::WeekdayOfNextWeek => in_week(c, d, 1),
        Meaning::WeekOn => weekday(c, d)?.checked_add(7.days()).ok(),
        Meaning::Quarter => quarter(c, d),
        Meaning::QuarterOfNextYear => quarter_of_next_year(c, d),
        Meaning::OfMonth => of_month(c, d),
    }
}

/// "Friday 21st December" is one day: the weekday before a date belongs to it.
fn with_weekdays(text: &str, forms: &Forms, found: &mut Vec<Reading>) {
    let mut belongs: Vec<std::ops::Range<usize>> = Vec::new();
    for reading in found.iter_mut() {
        let says_day = text[reading.span.clone()].contains(|c: char| c.is_ascii_digit());
        if let Some(before) = forms.weekday_before.find(&text[..reading.span.start])
            && says_day
        {
            belongs.push(before.start()..reading.span.end);
            reading.span.start = before.start();
        }
        // No article, no "on": the day itself.
        let said = &text[reading.span.clone()];
        let lead = forms.lead.find(said).map_or(0, |lead| lead.end());
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
    d.words.month(c.name("month")?.as_str())
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
    let days = d.words.days_away(c.name("word")?.as_str());
    d.today.checked_add(days.days()).ok()
}

fn count(c: &Captures<'_>, d: &Day<'_>) -> Option<i64> {
    d.words.how_many(c.name("count")?.as_str())
}

fn shifted(c: &Captures<'_>, d: &Day<'_>, way: i64) -> Option<Date> {
    let count = count(c, d)? * way;
    let span = match unit(c, d)? {
        "day" => count.days(),
        "week" => count.weeks(),
        "fortnight" => (count * 2).weeks(),
        "month" => count.months(),
        "quarter" => (count * 3).months(),
        _ => count.years(),
    };
    d.today.checked_add(span).ok()
}

fn unit<'w>(c: &Captures<'_>, d: &Day<'w>) -> Option<&'w str> {
    d.words.unit(c.name("unit")?.as_str())
}

/// How many periods away.
fn which(c: &Captures<'_>, d: &Day<'_>) -> i64 {
    c.name("which")
        .map_or(0, |which| d.words.periods_away(which.as_str()))
}

/// The last day of the quarter so many quarters away.
fn quarter_end(today: Date, away: i64) -> Option<Date> {
    let first = (i64::from(today.month()) - 1) / 3 * 3 + 1;
    let start = civil(today.year().into(), first, 1)?;
    let month = start.checked_add((away * 3 + 2).months()).ok()?;
    Some(month.last_of_month())
}

fn end_of(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let away = which(c, d);
    match unit(c, d)? {
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
    match unit(c, d)? {
        "week" => monday(d.today)?.checked_add(7.days()).ok(),
        "month" => d.today.first_of_month().checked_add(1.month()).ok(),
        "quarter" => quarter_end(d.today, 0)?.tomorrow().ok(),
        _ => civil(i64::from(d.today.year()) + 1, 1, 1),
    }
}

/// "Next week" is this day of it, "next month" its last day, as for a bare month.
fn period(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    match unit(c, d)? {
        "week" => d.today.checked_add(which(c, d).weeks()).ok(),
        _ => end_of(c, d),
    }
}

fn quarter_of_next_year(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let n = d.words.quarter(c.name("q")?.as_str());
    last_of(n * 3, Some(i64::from(d.today.year()) + 1), d)
}

fn quarter(c: &Captures<'_>, d: &Day<'_>) -> Option<Date> {
    let n = d.words.quarter(c.name("q")?.as_str());
    last_of(n * 3, num(c, "y"), d)
}

fn monday(today: Date) -> Option<Date> {
    let gone = i64::from(today.weekday().to_monday_zero_offset());
    today.checked_add((-gone).days()).ok()
}

fn wanted(c: &Captures<'_>, d: &Day<'_>) -> Option<i64> {
    d.words.weekday(c.name("day")?.as_str())
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
    let which = c.name("which");
    let which = which.map_or(0, |which| d.words.weekdays_away(which.as_str()));
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
