//! A slot's type with its options: what a value of it is, and what bounds it. How such a value is read from a text is the
//! understanding's.

use std::ops::Deref;

use regex::Regex;

use crate::Value;
use crate::derived::{Derived, Latest};
use crate::understanding::entity::Named;

/// A slot's type with its options.
#[derive(Debug, Clone)]
pub enum SlotKind {
    /// Free text.
    Text {
        /// Shortest, in characters.
        min_length: usize,
        /// Longest; the field's where `None`, else 255.
        max_length: Option<usize>,
    },
    /// A given name.
    FirstName,
    /// A family name.
    LastName,
    /// Both.
    FullName,
    /// A company.
    Organization,
    /// A city.
    City,
    /// A country, by its English name.
    Country,
    /// An e-mail address, lower case.
    Email,
    /// A phone number, E.164 and ` x12`.
    Phone {
        /// Country of numbers without a prefix; the locale's where `None`.
        country: Option<String>,
    },
    /// A web address.
    Url,
    /// A number.
    Number(Range),
    /// A percentage; 10 is 10 %.
    Percent(Range),
    /// Money: `{"value","currency"}`.
    Amount {
        /// Bounds.
        range: Range,
        /// Currency of amounts that name none; the locale's where `None`.
        currency: Option<String>,
    },
    /// A day, `YYYY-MM-DD`.
    Date(When),
    /// A time of day, `HH:MM`.
    Time(When),
    /// Both, `YYYY-MM-DDTHH:MM`.
    DateTime(When),
    /// Yes or no.
    Boolean,
    /// One of a list.
    Choice(Choices),
    /// A text of a given form.
    Pattern {
        /// Matches the whole text.
        pattern: Regex,
        /// Shown when re-asking.
        example: String,
    },
    /// A record named by the user.
    Record {
        /// The kind of record.
        object: String,
        /// Fields to read; the connector's default where empty.
        fields: Vec<String>,
        /// Narrows the look-up: CRM field and value.
        narrow: Vec<(String, Value)>,
        /// Whether the words are kept where nothing matches.
        keep: bool,
    },
    /// A field named by the user; its value is the id of a slot, or a CRM field's name.
    Field {
        /// Slots of this template it may name, with all names people have for each: (slot id or CRM field, label, names).
        names: FieldNames,
        /// Whether naming it asks for a value (some slot of this template fills it).
        fills: bool,
    },
}

/// All that a `field` slot may name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldNames {
    all: Vec<FieldName>,
    /// Made once of them all.
    pub(crate) named: Derived<Named>,
}

impl From<Vec<FieldName>> for FieldNames {
    fn from(all: Vec<FieldName>) -> FieldNames {
        let named = Derived::default();
        FieldNames { all, named }
    }
}

impl Deref for FieldNames {
    type Target = [FieldName];

    fn deref(&self) -> &[FieldName] {
        &self.all
    }
}

/// One thing that a `field` slot may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldName {
    /// Slot id where a slot fills it, else the id it has in the `names` file.
    pub id: String,
    /// The CRM field.
    pub field: String,
    /// For people.
    pub label: String,
    /// Label and other names, lower case.
    pub names: Vec<String>,
}

impl SlotKind {
    /// Its name in templates, also the key of `reask.<type>`.
    pub fn word(&self) -> &'static str {
        match self {
            SlotKind::Text { .. } => "text",
            SlotKind::FirstName => "person.first_name",
            SlotKind::LastName => "person.last_name",
            SlotKind::FullName => "person.full_name",
            SlotKind::Organization => "organization",
            SlotKind::City => "city",
            SlotKind::Country => "country",
            SlotKind::Email => "email",
            SlotKind::Phone { .. } => "phone",
            SlotKind::Url => "url",
            SlotKind::Number(_) => "number",
            SlotKind::Percent(_) => "percent",
            SlotKind::Amount { .. } => "amount",
            SlotKind::Date(_) => "date",
            SlotKind::Time(_) => "time",
            SlotKind::DateTime(_) => "datetime",
            SlotKind::Boolean => "boolean",
            SlotKind::Choice(_) => "choice",
            SlotKind::Pattern { .. } => "pattern",
            SlotKind::Record { .. } => "record",
            SlotKind::Field { .. } => "field",
        }
    }
}

/// Bounds of a number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Range {
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// Whole numbers only.
    pub whole: bool,
}

/// Bounds and leaning of a date or time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct When {
    /// True: "March" is the last one (`prefer: past`).
    pub past: bool,
    /// Earliest, as written: an ISO date or `today`.
    pub min: Option<String>,
    /// Latest.
    pub max: Option<String>,
}

/// The values of a choice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choices {
    /// True: the picklist of the slot's field in the user's org, once it is known.
    pub org: bool,
    /// Value and label, in order; for `org` the values that the template itself names in `synonyms`.
    pub values: Vec<(String, String)>,
    /// What people say for a value.
    pub synonyms: Vec<(String, Vec<String>)>,
    /// The values as people name them.
    pub(crate) named: Latest<Named>,
}

impl Choices {
    /// What people see for a value: its label, else the value itself.
    pub fn label<'a>(&'a self, value: &'a str) -> &'a str {
        let known = self.values.iter().find(|(known, _)| known == value);
        known.map_or(value, |(_, label)| label)
    }
}
