//! The clock that the org shows in its records, and the forms in which dates and times cross the wire.
//! Lifetimes of tokens, codes and log-ins are left to the machine's own clock.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// Stands still where a time was given at start, else runs with the machine's.
#[derive(Clone, Copy)]
pub(crate) struct Clock(pub(crate) Option<Timestamp>);

impl Clock {
    pub(crate) fn now(self) -> Timestamp {
        self.0.unwrap_or_else(Timestamp::now)
    }

    /// Today in UTC, the org's time zone.
    pub(crate) fn today(self) -> Date {
        civil(self.now()).date()
    }
}

/// `2026-11-24T14:23:24.000+0000`: milliseconds, an offset without colon.
pub(crate) fn datetime(at: Timestamp) -> String {
    let at = civil(at);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+0000",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

/// Midnight UTC at the start of a day.
pub(crate) fn midnight(day: Date) -> Timestamp {
    Offset::UTC
        .to_timestamp(day.at(0, 0, 0, 0))
        .expect("days of these centuries are within range")
}

/// Reads `YYYY-MM-DD`, nothing else.
pub(crate) fn read_date(text: &str) -> Option<Date> {
    let shape: Vec<bool> = text.bytes().map(|b| b.is_ascii_digit()).collect();
    let right = shape.len() == 10
        && shape
            .iter()
            .enumerate()
            .all(|(i, digit)| *digit != (i == 4 || i == 7))
        && text.as_bytes()[4] == b'-'
        && text.as_bytes()[7] == b'-';
    if right { text.parse().ok() } else { None }
}

/// Reads an ISO 8601 time with `Z` or an offset, with or without colon; without one it is UTC.
pub(crate) fn read_datetime(text: &str) -> Option<Timestamp> {
    if !text.contains('T') {
        return None;
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Offset::UTC.to_timestamp(local).ok()
    })
}

/// Reads an HTTP date such as `Tue, 24 Nov 2026 14:23:24 GMT`.
pub(crate) fn read_http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
}

/// Writes an HTTP date.
pub(crate) fn http_date(at: Timestamp) -> String {
    civil(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn civil(at: Timestamp) -> DateTime {
    Offset::UTC.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_with_milliseconds_and_an_offset_without_colon() {
        let at = read_datetime("2026-11-24T15:23:24.5+01:00").expect("a time");
        assert_eq!(datetime(at), "2026-11-24T14:23:24.500+0000");
        assert_eq!(read_datetime("2026-11-24T14:23:24.500+0000"), Some(at));
        assert_eq!(http_date(at), "Tue, 24 Nov 2026 14:23:24 GMT");
        assert_eq!(
            read_http_date("Tue, 24 Nov 2026 14:23:24 GMT"),
            read_datetime("2026-11-24T14:23:24Z")
        );
    }

    #[test]
    fn reads_only_whole_dates() {
        assert!(read_date("2026-02-28").is_some());
        for text in [
            "2026-02-30",
            "20260228",
            "tomorrow",
            "2026-2-3",
            "2026/02/28",
            "2026-02-28T00:00:00Z",
        ] {
            assert!(read_date(text).is_none(), "{text}");
        }
    }
}
