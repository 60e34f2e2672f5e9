//! Times of day, and a day with a time: "3pm", "half past two", "noon", "tomorrow at 9". A bare hour is a time only where
//! one is asked for.

use regex::Captures;

use super::{Reader, Reading, date};
use crate::Value;
use crate::template::When;
use crate::understanding::clock::Part;
use crate::understanding::words::Words;

/// Times of day in a text, `HH:MM`.
pub(super) fn find(text: &str, words: &Words) -> Vec<Reading> {
    let mut found: Vec<Reading> = Vec::new();
    for (form, certainty) in words.times() {
        for captures in form.captures_iter(text) {
            let Some(all) = captures.get(0) else { continue };
            let free = found
                .iter()
                .all(|r| r.span.end <= all.start() || all.end() <= r.span.start);
            let is_other =
                || joins(text, all.start(), all.end()) || words.is_counted(&text[all.end()..]);
            if !free || (captures.name("plain").is_some() && is_other()) {
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
    if let Some(name) = c.name("name") {
        let minutes = words.named_time(name.as_str())?;
        return Some((minutes / 60, minutes % 60));
    }
    let mut hour = words.hour(c.name("h")?.as_str())?;
    let mut minute = c.name("m").map_or(Some(0), |m| words.minute(m.as_str()))?;
    let part = ["half", "part", "night"]
        .iter()
        .find_map(|group| words.part_of_day(c.name(group)?.as_str()));
    // "13 pm" is no time, "13:00 pm" says the half twice.
    let full = c.name("m").is_some() && hour > 12;
    if c.name("half").is_some() && !full && !(1..=12).contains(&hour) {
        return None;
    }
    match part {
        Some(Part::Late) if hour < 12 => hour += 12,
        Some(Part::Night) if (6..12).contains(&hour) => hour += 12,
        Some(Part::Early | Part::Night) if hour == 12 => hour = 0,
        _ => {}
    }
    if let Some(fraction) = c.name("fraction") {
        let minutes = words.fraction(fraction.as_str())?;
        if minutes < 0 {
            hour = (hour + 23) % 24;
        }
        minute = u32::try_from(minutes.rem_euclid(60)).ok()?;
    }
    // Without a half of the day, one to six is in the afternoon: people meet then.
    let half_past_noon = hour == 0 && c.name("fraction").is_some();
    if c.name("m").is_none() && part.is_none() && ((1..7).contains(&hour) || half_past_noon) {
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
    use crate::understanding::invented::wednesday;

    #[test]
    fn times_as_people_write_them() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("10:30", Some("10:30")),
            ("3pm", Some("15:00")),
            ("3:15 p.m.", Some("15:15")),
            ("5.30pm", Some("17:30")),
            ("six thirty pm", Some("18:30")),
            ("13:00pm", Some("13:00")),
            ("6ish", Some("18:00")),
            ("7:30ish", Some("07:30")),
            ("quarter after 9", Some("09:15")),
            ("a quarter before six", Some("17:45")),
            ("ten past eight", Some("08:10")),
            ("10 at night", Some("22:00")),
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
            ("table for 5 people", None),
            ("3 of us", None),
            ("at 7 thanks", Some("07:00")),
            ("whenever", None),
        ];
        for (text, expected) in table {
            let found = find(text, words).into_iter().next().map(|r| r.value);
            assert_eq!(found, expected.map(Value::from), "{text}");
        }
    }

    #[test]
    fn the_full_stops_of_a_half_of_the_day_are_its_own() {
        let words = Words::of(&Locale::of("en"));
        for (text, expected) in [
            ("at 7 p.m. today", "7 p.m."),
            ("at 7pm. Thanks", "7pm."),
            ("is 7 p.m.?", "7 p.m."),
            ("7pm, please", "7pm"),
        ] {
            let found = find(text, words);
            let first = found.first().map(|r| &text[r.span.clone()]);
            assert_eq!(first, Some(expected), "{text}");
        }
    }

    #[test]
    fn a_day_and_a_time_stand_either_way_round() {
        let locale = Locale::of("en-US");
        let words = Words::of(&locale);
        let now = wednesday();
        let reader = Reader::new(&now, &locale);
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
