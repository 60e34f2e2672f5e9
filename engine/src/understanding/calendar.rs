//! How a language speaks of days: its names of months and weekdays, and the forms in which people put a date. The words and
//! forms stand in the language's file and are compiled when they are first needed; which day is meant is the date's business.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::counting::{accented, spell};
use super::words::Words;

/// The part of a language's file that is about days.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calendar {
    /// Other names of the months, from January.
    short_months: Vec<Vec<String>>,
    /// Other names of the weekdays, from Monday.
    short_weekdays: Vec<Vec<String>>,
    /// Names of day, week, fortnight, month, quarter and year.
    units: BTreeMap<String, Vec<String>>,
    /// What counts beside the numbers up to twelve: "a couple of".
    counts: BTreeMap<String, i64>,
    /// Days away from today.
    near: BTreeMap<String, i64>,
    /// Periods away from this one: "next".
    periods: BTreeMap<String, i64>,
    /// The same before a weekday: 0 is the next of that name, 1 the one in the week after.
    weekdays_away: BTreeMap<String, i64>,
    quarters: BTreeMap<String, i64>,
    /// A year behind a month, as a pattern.
    year: String,
    /// What may stand before the day itself and is no part of it.
    lead: String,
    /// What may stand between a weekday and its date.
    between: String,
    forms: Vec<Row>,
    #[serde(skip)]
    compiled: OnceLock<Forms>,
}

/// A way to say a day: a pattern in which `{month}`, `{weekday}`, `{unit}`, `{count}`, `{near}` and `{year}` stand for those
/// words, and what a match means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    is: String,
    form: String,
    sure: f32,
    /// Whether it may end with a sign, so that no word need end there.
    #[serde(default)]
    open: bool,
}

/// What a form means. Groups of the pattern say the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// No day, though a name of one stands in it: "may I".
    Nothing,
    /// Year, month, day.
    Iso,
    /// Day and month in the order of the place.
    Numeric,
    /// A day of a named month.
    Named,
    /// This day of a named month.
    On(i64),
    /// This day of this month, the same every year.
    Fixed(i64, i64),
    /// The last day of a named month.
    LastOf,
    /// The last day of a period.
    EndOf,
    /// The last day of the month, the quarter, the year that it is.
    EndOfMonth,
    EndOfQuarter,
    EndOfYear,
    /// The first day of the next period.
    StartOfNext,
    /// A period as a whole.
    Period,
    /// So many units from today.
    Ahead,
    Ago,
    /// So many days from today, by word.
    Near,
    Weekday,
    /// A weekday so many weeks away.
    WeekdayIn,
    /// A weekday of next week.
    WeekdayOfNextWeek,
    /// A week behind a weekday.
    WeekOn,
    Quarter,
    QuarterOfNextYear,
    /// A day of this month or the next that has it.
    OfMonth,
}

/// Forms ready to be looked for.
#[derive(Debug)]
pub(super) struct Forms {
    pub(super) forms: Vec<Form>,
    /// The article before a day.
    pub(super) lead: Regex,
    /// A weekday before a date.
    pub(super) weekday_before: Regex,
    months: BTreeMap<String, i64>,
    weekdays: BTreeMap<String, i64>,
    units: BTreeMap<String, String>,
    counts: BTreeMap<String, i64>,
}

#[derive(Debug)]
pub(super) struct Form {
    pub(super) form: Regex,
    pub(super) meaning: Meaning,
    pub(super) sure: f32,
}

impl Words {
    /// The forms of this language's dates.
    pub(super) fn days(&self) -> &Forms {
        self.calendar
            .compiled
            .get_or_init(|| self.calendar.compile(self))
    }

    /// The month of a name, from 1.
    pub(super) fn month(&self, name: &str) -> Option<i64> {
        self.days().months.get(&key(name)).copied()
    }

    /// The weekday of a name, from Monday, 0.
    pub(super) fn weekday(&self, name: &str) -> Option<i64> {
        self.days().weekdays.get(&key(name)).copied()
    }

    /// `day`, `week`, `fortnight`, `month`, `quarter` or `year`.
    pub(super) fn unit(&self, name: &str) -> Option<&str> {
        self.days().units.get(&key(name)).map(String::as_str)
    }

    /// How many, in figures or words.
    pub(super) fn how_many(&self, words: &str) -> Option<i64> {
        let words = key(words);
        let said = || self.days().counts.get(&words).copied();
        words.parse().ok().or_else(said)
    }

    pub(super) fn days_away(&self, word: &str) -> i64 {
        self.calendar.near.get(&key(word)).copied().unwrap_or(0)
    }

    pub(super) fn periods_away(&self, word: &str) -> i64 {
        self.calendar.periods.get(&key(word)).copied().unwrap_or(0)
    }

    pub(super) fn weekdays_away(&self, word: &str) -> i64 {
        let away = &self.calendar.weekdays_away;
        away.get(&key(word)).copied().unwrap_or(0)
    }

    pub(super) fn quarter(&self, word: &str) -> i64 {
        let said = || self.calendar.quarters.get(&key(word)).copied();
        word.parse().ok().or_else(said).unwrap_or(4)
    }
}

impl Calendar {
    /// Its tables with the words in the other ways that people type them.
    pub(super) fn spell(&mut self) {
        spell(&mut self.counts);
        spell(&mut self.near);
        spell(&mut self.periods);
        spell(&mut self.weekdays_away);
        spell(&mut self.quarters);
    }

    fn compile(&self, words: &Words) -> Forms {
        let months = table(&words.months, &self.short_months);
        let months = months.into_iter().map(|(name, n)| (name, n + 1)).collect();
        let weekdays = table(&words.weekdays, &self.short_weekdays);
        let mut units: BTreeMap<String, String> = BTreeMap::new();
        for (unit, names) in &self.units {
            units.extend(names.iter().map(|name| (key(name), unit.clone())));
        }
        spell(&mut units);
        let small = |(word, n): (&String, &f64)| {
            let whole = n.fract() == 0.0 && *n >= 1.0 && (*n <= 20.0 || n % 10.0 == 0.0);
            (whole && *n < 100.0).then(|| (word.clone(), *n as i64))
        };
        let mut counts: BTreeMap<String, i64> = words.numbers.iter().filter_map(small).collect();
        counts.extend(self.counts.clone());
        let expand = |form: &str| {
            accented(form)
                .replace("{month}", &format!(r"(?P<month>{})\.?", any(&months)))
                .replace("{weekday}", &format!("(?P<day>{})", any(&weekdays)))
                .replace("{unit}", &format!("(?P<unit>{})", any(&units)))
                .replace(
                    "{count}",
                    &format!(r"(?P<count>\d{{1,3}}|{})", any(&counts)),
                )
                .replace("{near}", &format!("(?P<word>{})", any(&self.near)))
                .replace("{year}", &self.year)
        };
        let compiled =
            |form: &str| Regex::new(form).expect("the forms of a data file are patterns");
        let form = |row: &Row| {
            let end = if row.open { "" } else { r"(?:\b|$)" };
            Form {
                form: compiled(&format!(r"(?i)\b(?:{}){end}", expand(&row.form))),
                meaning: meaning(&row.is).expect("the forms of a data file have a meaning"),
                sure: row.sure,
            }
        };
        Forms {
            forms: self.forms.iter().map(form).collect(),
            lead: compiled(&format!("(?i)^{}", expand(&self.lead))),
            weekday_before: compiled(&expand(&format!(r"(?i)\b{{weekday}}{}$", self.between))),
            months,
            weekdays,
            units,
            counts,
        }
    }
}

fn table(names: &[String], short: &[Vec<String>]) -> BTreeMap<String, i64> {
    let mut table = BTreeMap::new();
    for (n, name) in names.iter().enumerate() {
        let others = short.get(n).into_iter().flatten();
        for name in others.chain([name]) {
            table.insert(key(name), n as i64);
        }
    }
    spell(&mut table);
    table
}

/// One of these words as a pattern, the longest first.
fn any<T>(words: &BTreeMap<String, T>) -> String {
    let mut all: Vec<&str> = words.keys().map(String::as_str).collect();
    all.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let all: Vec<String> = all.into_iter().map(regex::escape).collect();
    all.join("|")
}

/// A word as the tables have it.
fn key(word: &str) -> String {
    let lower = word.to_lowercase();
    match lower.is_ascii() {
        true => lower,
        false => lower.nfc().collect(),
    }
}

fn meaning(word: &str) -> Option<Meaning> {
    let (word, day) = word.split_once(' ').unwrap_or((word, ""));
    Some(match word {
        "iso" => Meaning::Iso,
        "numeric" => Meaning::Numeric,
        "named" => Meaning::Named,
        "on" => Meaning::On(day.parse().ok()?),
        "fixed" => {
            let (month, day) = day.split_once('-')?;
            Meaning::Fixed(month.parse().ok()?, day.parse().ok()?)
        }
        "last_of" => Meaning::LastOf,
        "nothing" => Meaning::Nothing,
        "end_of" => Meaning::EndOf,
        "end_of_month" => Meaning::EndOfMonth,
        "end_of_quarter" => Meaning::EndOfQuarter,
        "end_of_year" => Meaning::EndOfYear,
        "start_of_next" => Meaning::StartOfNext,
        "period" => Meaning::Period,
        "ahead" => Meaning::Ahead,
        "ago" => Meaning::Ago,
        "near" => Meaning::Near,
        "weekday" => Meaning::Weekday,
        "weekday_in" => Meaning::WeekdayIn,
        "weekday_of_next_week" => Meaning::WeekdayOfNextWeek,
        "week_on" => Meaning::WeekOn,
        "quarter" => Meaning::Quarter,
        "quarter_of_next_year" => Meaning::QuarterOfNextYear,
        "of_month" => Meaning::OfMonth,
        _ => return None,
    })
}
