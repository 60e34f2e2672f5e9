//! Date literals such as `TODAY` and `LAST_N_DAYS:7`: each is a span of whole days in the org's time zone, UTC.
//! Comparing with one is left to `evaluate.rs`.

use jiff::ToSpan;
use jiff::civil::Date;

/// A literal: a unit of time, and how far from today's it begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    unit: Unit,
    /// The first unit, counted from the one that holds today.
    first: i64,
    /// The unit behind the last.
    behind: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// More units than this leave the calendar.
const MOST: i64 = 9_999;

impl Span {
    /// Reads a literal in capitals; `None` when there is no such one.
    pub(crate) fn read(word: &str) -> Option<Span> {
        let (name, number) = match word.split_once(':') {
            Some((name, number)) => (
                name,
                Some(number.parse().ok().filter(|n: &i64| *n <= MOST)?),
            ),
            None => (word, None),
        };
        let span = |unit, first, behind| {
            Some(Span {
                unit,
                first,
                behind,
            })
        };
        match (name, number) {
            ("TODAY", None) => return span(Unit::Day, 0, 1),
            ("YESTERDAY", None) => return span(Unit::Day, -1, 0),
            ("TOMORROW", None) => return span(Unit::Day, 1, 2),
            ("LAST_90_DAYS", None) => return span(Unit::Day, -90, 1),
            ("NEXT_90_DAYS", None) => return span(Unit::Day, 1, 91),
            _ => {}
        }
        if let Some(number) = number {
            if let Some(unit) = name.strip_prefix("LAST_N_").and_then(Unit::read_many) {
                // The last days hold today, the last weeks, months and years do not hold the running one.
                return span(unit, -number, i64::from(unit == Unit::Day));
            }
            if let Some(unit) = name.strip_prefix("NEXT_N_").and_then(Unit::read_many) {
                return span(unit, 1, number + 1);
            }
            let unit = Unit::read_many(name.strip_prefix("N_")?.strip_suffix("_AGO")?)?;
            return span(unit, -number, 1 - number);
        }
        let (which, unit) = name.split_once('_')?;
        let unit = Unit::read(unit).filter(|unit| *unit != Unit::Day)?;
        match which {
            "LAST" => span(unit, -1, 0),
            "THIS" => span(unit, 0, 1),
            "NEXT" => span(unit, 1, 2),
            _ => None,
        }
    }

    /// The first day of the span and the day after its last.
    pub(crate) fn days(self, today: Date) -> (Date, Date) {
        let start = self.unit.start(today);
        (
            self.unit.add(start, self.first),
            self.unit.add(start, self.behind),
        )
    }
}

impl Unit {
    fn read(word: &str) -> Option<Unit> {
        Some(match word {
            "DAY" => Unit::Day,
            "WEEK" => Unit::Week,
            "MONTH" => Unit::Month,
            "QUARTER" => Unit::Quarter,
            "YEAR" => Unit::Year,
            _ => return None,
        })
    }

    fn read_many(word: &str) -> Option<Unit> {
        Unit::read(word.strip_suffix('S')?)
    }

    /// The day on which the unit that holds this day begins; weeks begin on Sunday, as in the US.
    fn start(self, day: Date) -> Date {
        match self {
            Unit::Day => day,
            Unit::Week => {
                day.saturating_sub(i64::from(day.weekday().to_sunday_zero_offset()).days())
            }
            Unit::Month => day.first_of_month(),
            Unit::Quarter => {
                let first = day.first_of_month();
                first.saturating_sub(i64::from((first.month() - 1) % 3).months())
            }
            Unit::Year => day.first_of_year(),
        }
    }

    fn add(self, day: Date, n: i64) -> Date {
        match self {
            Unit::Day => day.saturating_add(n.days()),
            Unit::Week => day.saturating_add((n * 7).days()),
            Unit::Month => day.saturating_add(n.months()),
            Unit::Quarter => day.saturating_add((n * 3).months()),
            Unit::Year => day.saturating_add(n.years()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_whole_days_around_today() {
        let today: Date = "2026-11-24".parse().expect("a date");
        for (word, first, behind) in [
            ("TODAY", "2026-11-24", "2026-11-25"),
            ("YESTERDAY", "2026-11-23", "2026-11-24"),
            ("LAST_N_DAYS:7", "2026-11-17", "2026-11-25"),
            ("NEXT_N_DAYS:2", "2026-11-25", "2026-11-27"),
            ("N_DAYS_AGO:3", "2026-11-21", "2026-11-22"),
            ("THIS_WEEK", "2026-11-22", "2026-11-29"),
            ("LAST_MONTH", "2026-10-01", "2026-11-01"),
            ("LAST_N_MONTHS:2", "2026-09-01", "2026-11-01"),
            ("THIS_QUARTER", "2026-10-01", "2027-01-01"),
            ("NEXT_YEAR", "2027-01-01", "2028-01-01"),
        ] {
            let (a, b) = Span::read(word).expect(word).days(today);
            assert_eq!(
                (a.to_string().as_str(), b.to_string().as_str()),
                (first, behind),
                "{word}"
            );
        }
    }

    #[test]
    fn other_words_are_no_date_literal() {
        for word in [
            "LAST_DAY",
            "LAST_N_DAYS",
            "TODAY:1",
            "SOMEDAY",
            "N_DAYS:3",
            "LAST_N_DAYS:99999",
        ] {
            assert_eq!(Span::read(word), None, "{word}");
        }
    }
}
