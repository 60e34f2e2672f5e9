//! Fields that follow from others: full names, what a stage stands for, expected revenue, fiscal period.
//! They are kept with the record, so that queries read them like any other.

use serde_json::{Value, json};

use super::{Record, text};
use crate::schema::STAGES;

/// Brings the derived fields up to date after the `touched` ones were set.
pub(crate) fn derive(object: &str, record: &mut Record, touched: &[String]) {
    match object {
        "Lead" | "Contact" => full_name(record),
        "Opportunity" => opportunity(record, touched),
        _ => {}
    }
}

fn full_name(record: &mut Record) {
    let parts: Vec<&str> = ["FirstName", "LastName"]
        .iter()
        .filter_map(|field| text(record, field))
        .collect();
    let name = parts.join(" ");
    record.insert("Name".into(), json!(name));
}

fn opportunity(record: &mut Record, touched: &[String]) {
    let sets = |field: &str| touched.iter().any(|t| t == field);
    let stage = text(record, "StageName")
        .and_then(|name| STAGES.iter().find(|s| s.name.eq_ignore_ascii_case(name)));
    let staged = sets("StageName");
    if (staged && !sets("Probability")) || record.get("Probability").is_none_or(Value::is_null) {
        record.insert(
            "Probability".into(),
            json!(stage.map_or(0.0, |s| s.probability)),
        );
    }
    let forecast = stage.map_or("Pipeline", |s| s.forecast);
    if (staged && !sets("ForecastCategoryName")) || text(record, "ForecastCategoryName").is_none() {
        record.insert("ForecastCategoryName".into(), json!(forecast));
    }
    let category = text(record, "ForecastCategoryName")
        .unwrap_or(forecast)
        .replace(' ', "");
    record.insert("ForecastCategory".into(), json!(category));
    record.insert("IsClosed".into(), json!(stage.is_some_and(|s| s.closed)));
    record.insert("IsWon".into(), json!(stage.is_some_and(|s| s.won)));

    let number = |field: &str| record.get(field).and_then(Value::as_f64);
    let expected = number("Amount")
        .zip(number("Probability"))
        .map(|(amount, percent)| (amount * percent).round() / 100.0);
    record.insert("ExpectedRevenue".into(), json!(expected));

    let day = text(record, "CloseDate").and_then(crate::clock::read_date);
    let (year, quarter) = day.map_or((None, None), |d| {
        (Some(d.year()), Some((d.month() - 1) / 3 + 1))
    });
    let fiscal = year
        .zip(quarter)
        .map(|(year, quarter)| format!("{year} {quarter}"));
    record.insert("Fiscal".into(), json!(fiscal));
    record.insert("FiscalYear".into(), json!(year));
    record.insert("FiscalQuarter".into(), json!(quarter));
}
