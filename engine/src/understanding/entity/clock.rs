//! Times of day, and a day with a time: "3pm", "half past two", "noon", "tomorrow at 9". A bare hour is a time only where
//! one is asked for.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Reader, Reading, date};
use crate::Value;
use crate::template::When;
use crate::understanding::words::Words;

const HOUR: &str = r"(?P<h>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)";
const HALF: &str =
    r"(?: ?(?P<half>[ap])\.?m\b\.?| (?:in the )?(?P<part>morning|afternoon|evening|tonight))?";

static FORMS: LazyLock<Vec<(Regex, f32)>> = LazyLock::new(|| {
    [
        (format!(r"(?P<h>\d{{1,2}})[:h](?P<m>\d{{2}})(?::\d{{2}})?{HALF}"), 0.97),
        (format!(r"(?P<fraction>half past|quarter past|quarter to|a quarter past|a quarter to) {HOUR}{HALF}"), 0.97),
        (format!(r"{HOUR} ?(?P<half>[ap])\.?m\b\.?"), 0.97),
        (format!(r"{HOUR} (?:in the (?P<part>morning|afternoon|evening)|(?P<night>tonight))"), 0.95),
        (format!(r"{HOUR} o'?clock{HALF}"), 0.97),
        (r"(?P<word>noon|midday|midnight)".to_owned(), 0.95),
        (format!(r"(?:at|around|by) {HOUR}(?P<plain>)"), 0.6),
        (format!(r"{HOUR}(?P<plain>)"), 0.3),
    ]
    .into_iter()
    .map(|(form, certainty)| {
        let form = Regex::new(&format!(r"(?i)\b(?:{form})(?:\b|$)"))
            .or_else(|_| Regex::new(&format!(r"(?i)(?:{form})")))
            .expect("a constant pattern compiles");
        (form, certainty)
    })
    .collect()
});

/// Times of day in a text, `HH:MM`.
pub(super) fn find(text: &str, words: &Words) -> Vec<Reading> {
    let mut found: Vec<Reading> = Vec::new();
    for (form, certainty) in FORMS.iter() {
        for captures in form.captures_iter(text) {
            let Some(all) = captures.get(0) else { continue };
            let free = found
                .iter()
                .all(|r| r.span.end <= all.start() || all.end() <= r.span.start);
            if !free || (captures.name("plain").is_some() && joins(text, all.start(), all.end())) {
                continue;
            }
            if let Some((hour, minute)) = time(&captures, words) {
                found.push(Reading {
                    value: Value::String(format!("{hour:02}:{minute:02}")),
                    span: all.range(),
                    certainty: *certainty,
                });
            }
        }
    }
    found
}

/// Days with a time, `YYYY-MM-DDTHH:MM`; the time may stand on either side of the day.
pub(super) fn find_both(
    text: &str,
    when: &When,
    reader: &Reader<'_>,
    words: &Words,
) -> Vec<Reading> {
    let text = &spaced(text);
    let Some(day) = date::find(text, when, reader, words)
        .into_iter()
        .max_by(|a, b| a.certainty.total_cmp(&b.certainty))
    else {
        // "At 3pm" is the next one.
        return find(text, words)
            .into_iter()
            .filter(|r| r.certainty >= 0.9)
            .map(|reading| {
                let now = reader.now.datetime();
                let time = reading.value.as_str().unwrap_or_default().to_owned();
                let is_over = time < format!("{:02}:{:02}", now.hour(), now.minute());
                let day = if is_over && !when.past {
                    now.date().tomorrow().unwrap_or(now.date())
                } else {
                    now.date()
                };
                Reading {
                    value: Value::String(format!("{day}T{time}")),
                    span: reading.span,
                    certainty: 0.85,
                }
            })
            .collect();
    };
    // The day's own figures are no time; blanks keep the places of the rest.
    let blank = format!(
        "{}{}{}",
        &text[..day.span.start],
        " ".repeat(day.span.len()),
        &text[day.span.end..]
    );
    let Some(time) = find(&blank, words)
        .into_iter()
        .max_by(|a, b| a.certainty.total_cmp(&b.certainty))
    else {
        return Vec::new();
    };
    vec![Reading {
        value: Value::String(format!(
            "{}T{}",
            day.value.as_str().unwrap_or_default(),
            time.value.as_str().unwrap_or_default()
        )),
        span: day.span.start.min(time.span.start)..day.span.end.max(time.span.end),
        certainty: day.certainty.min(time.certainty.max(0.6)),
    }]
}

/// The T between the figures of an ISO text as a blank, so that day and time are words of their own.
fn spaced(text: &str) -> String {
    let bytes = text.as_bytes();
    let between = |at: usize| {
        at > 0
            && bytes[at - 1].is_ascii_digit()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    };
    text.char_indices()
        .map(|(at, c)| if c == 'T' && between(at) { ' ' } else { c })
        .collect()
}

fn time(c: &Captures<'_>, words: &Words) -> Option<(u32, u32)> {
    if let Some(word) = c.name("word") {
        return Some((
            if word.as_str().eq_ignore_ascii_case("midnight") {
                0
            } else {
                12
            },
            0,
        ));
    }
    let said = c.name("h")?.as_str().to_lowercase();
    let mut hour: u32 = said
        .parse()
        .ok()
        .or_else(|| words.numbers.get(&said).map(|n| *n as u32))?;
    let mut minute: u32 = c.name("m").map_or(Some(0), |m| m.as_str().parse().ok())?;
    let half = c.name("half").map(|m| m.as_str().to_lowercase());
    let part = c.name("part").map(|m| m.as_str().to_lowercase());
    let late = half.as_deref() == Some("p")
        || c.name("night").is_some()
        || part.as_deref().is_some_and(|p| p != "morning");
    let early = half.as_deref() == Some("a") || part.as_deref() == Some("morning");
    if (late || early) && !(1..=12).contains(&hour) && half.is_some() {
        return None;
    }
    if late && hour < 12 {
        hour += 12;
    } else if early && hour == 12 {
        hour = 0;
    }
    if let Some(fraction) = c.name("fraction").map(|m| m.as_str().to_lowercase()) {
        if fraction.ends_with("to") {
            hour = (hour + 23) % 24;
            minute = 45;
        } else {
            minute = if fraction.starts_with("half") { 30 } else { 15 };
        }
    }
    // Without a half of the day, one to six is in the afternoon: people meet then.
    if c.name("m").is_none() && !late && !early && (1..7).contains(&hour) {
        hour += 12;
    }
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// A bare hour that belongs to a longer number, a date or an amount.
fn joins(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "$€£%./:-".contains(c));
    part(before) || (part(after) && !(after == Some('.') && text[end..].trim_end() == "."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;
    use jiff::tz::TimeZone;

    #[test]
    fn times_as_people_write_them() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("10:30", Some("10:30")),
            ("3pm", Some("15:00")),
            ("3:15 p.m.", Some("15:15")),
            ("12 am", Some("00:00")),
            ("half past two", Some("14:30")),
            ("quarter to nine", Some("08:45")),
            ("noon", Some("12:00")),
            ("midnight", Some("00:00")),
            ("14h30", Some("14:30")),
            ("at 8", Some("08:00")),
            ("five o'clock", Some("17:00")),
            ("9 in the evening", Some("21:00")),
            ("23:59", Some("23:59")),
            ("25:00", None),
            ("$8.50", None),
            ("whenever", None),
        ];
        for (text, expected) in table {
            let found = find(text, words).into_iter().next().map(|r| r.value);
            assert_eq!(found, expected.map(Value::from), "{text}");
        }
    }

    #[test]
    fn a_day_and_a_time_stand_either_way_round() {
        let locale = Locale::of("en-US");
        let words = Words::of(&locale);
        let now = "2026-03-04T12:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .to_zoned_datetime(TimeZone::UTC);
        let reader = Reader {
            now: &now,
            locale: &locale,
            org: None,
            object: None,
            slots: None,
        };
        let table = [
            ("tomorrow at 9", Some("2026-03-05T09:00")),
            ("3pm on friday", Some("2026-03-06T15:00")),
            ("2026-04-01T10:30", Some("2026-04-01T10:30")),
            ("April 9th, 10:30", Some("2026-04-09T10:30")),
            ("at 11:00", Some("2026-03-05T11:00")),
            ("tomorrow", None),
            ("later", None),
        ];
        for (text, expected) in table {
            let found = find_both(text, &When::default(), &reader, words)
                .into_iter()
                .next()
                .map(|r| r.value);
            assert_eq!(found, expected.map(Value::from), "{text}");
        }
    }
}
