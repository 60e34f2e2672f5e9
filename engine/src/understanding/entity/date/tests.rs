//! Days as people write them, in both orders of figures, looking ahead and back. The bounds of a slot are at the end.

use super::*;
use crate::locale::Locale;
use crate::understanding::invented::wednesday;

fn best(text: &str, tag: &str, past: bool) -> Option<String> {
    let locale = Locale::of(tag);
    let now = wednesday();
    let reader = Reader::new(&now, &locale);
    let when = When {
        past,
        ..When::default()
    };
    let found = find(text, &when, &reader, Words::of(&locale));
    let first = found.into_iter().next()?;
    first.value.as_str().map(str::to_owned)
}

#[test]
fn a_weekday_belongs_to_its_date_and_an_article_to_none() {
    let locale = Locale::of("en-US");
    let now = wednesday();
    let reader = Reader::new(&now, &locale);
    let table = [
        ("free on Friday 12th June", "Friday 12th June"),
        ("Tue, 07 Apr 2026 or so", "Tue, 07 Apr 2026"),
        ("Saturday the 25th", "Saturday the 25th"),
        ("the 2nd of August", "2nd of August"),
        ("on Monday", "on Monday"),
    ];
    for (text, expected) in table {
        let found = find(text, &When::default(), &reader, Words::of(&locale));
        let spans: Vec<&str> = found.iter().map(|r| &text[r.span.clone()]).collect();
        assert_eq!(spans, [expected], "{text}");
    }
}

#[test]
fn days_as_people_write_them() {
    let table = [
        ("2026-07-01", "2026-07-01"),
        ("7/1/2026", "2026-07-01"),
        ("25.12.2026", "2026-12-25"),
        ("2/1", "2027-02-01"),
        ("April 9th", "2026-04-09"),
        ("apr 9, 2028", "2028-04-09"),
        ("9 Jan", "2027-01-09"),
        ("the 9th of June 2026", "2026-06-09"),
        ("end of february", "2027-02-28"),
        ("end of next month", "2026-04-30"),
        ("end of the month", "2026-03-31"),
        ("end of the quarter", "2026-03-31"),
        ("end of next year", "2027-12-31"),
        ("eom", "2026-03-31"),
        ("mid-may", "2026-05-15"),
        ("in three weeks", "2026-03-25"),
        ("ten days from now", "2026-03-14"),
        ("tomorrow", "2026-03-05"),
        ("this evening", "2026-03-04"),
        ("Friday 31, July 2026", "2026-07-31"),
        ("the day after tomorrow", "2026-03-06"),
        ("friday", "2026-03-06"),
        ("next Monday", "2026-03-09"),
        ("next friday", "2026-03-13"),
        ("the 2nd", "2026-04-02"),
        ("Q3", "2026-09-30"),
        ("Q1 2027", "2027-03-31"),
        ("next quarter", "2026-06-30"),
        ("June", "2026-06-30"),
        ("by June 2027", "2027-06-30"),
        ("29 feb", "2028-02-29"),
    ];
    for (text, expected) in table {
        assert_eq!(
            best(text, "en-US", false).as_deref(),
            Some(expected),
            "{text}"
        );
    }
    for text in [
        "never",
        "31/31/2026",
        "2026-02-30",
        "may I",
        "May we sit outside",
        "soon",
        "",
        "12",
        "10.000",
    ] {
        assert_eq!(best(text, "en-US", false), None, "{text}");
    }
}

#[test]
fn the_locale_orders_figures_and_the_slot_looks_back_or_ahead() {
    assert_eq!(
        best("3/4/2026", "en-GB", false).as_deref(),
        Some("2026-04-03")
    );
    assert_eq!(best("june", "en-US", true).as_deref(), Some("2025-06-30"));
    assert_eq!(best("friday", "en-US", true).as_deref(), Some("2026-02-27"));
}

#[test]
fn bounds_are_days_or_today() {
    let when = When {
        past: false,
        min: Some("today".into()),
        max: Some("2026-12-31".into()),
    };
    let today = Date::new(2026, 3, 4).unwrap();
    assert!(within("2026-03-04", &when, today).is_ok());
    assert_eq!(
        within("2026-03-03", &when, today).unwrap_err().reason,
        "too_early"
    );
    assert_eq!(
        within("2027-01-01T10:00", &when, today).unwrap_err().reason,
        "too_late"
    );
}
