//! A conversation's locale: its language, country, currency and the order of numeric dates. The words of a language stand
//! in data files; this is only what follows from the tag.

use serde::{Deserialize, Serialize};

/// A locale, made from a BCP 47 tag and the bot's overrides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locale {
    /// The tag as given, `en-US`.
    pub tag: String,
    /// The language, lower case, `en`.
    pub language: String,
    /// The country, upper case, `US`; phone numbers without a prefix belong to it.
    pub country: String,
    /// The currency of amounts that name none, `USD`.
    pub currency: String,
}

impl Locale {
    /// The locale of a tag. Without a region the language's largest country stands in (`en` is `US`).
    pub fn of(tag: &str) -> Locale {
        let mut parts = tag.split(['-', '_']);
        let language = parts.next().unwrap_or("en").to_lowercase();
        let region = parts
            .find(|p| p.len() == 2 && p.chars().all(|c| c.is_ascii_alphabetic()))
            .map(str::to_uppercase);
        let country = region.unwrap_or_else(|| {
            match language.as_str() {
                "de" => "DE",
                "fr" => "FR",
                "es" => "ES",
                "pt" => "PT",
                _ => "US",
            }
            .to_owned()
        });
        let currency = currency_of(&country).to_owned();
        Locale {
            tag: tag.to_owned(),
            language,
            country,
            currency,
        }
    }

    /// Whether 3/4 is March 4th (the United States and a few others) rather than 3 April.
    pub fn month_first(&self) -> bool {
        matches!(self.country.as_str(), "US" | "PH" | "PR" | "GU" | "VI")
    }

    /// Whether 1.234,5 is how numbers are written here.
    pub fn decimal_comma(&self) -> bool {
        matches!(
            self.language.as_str(),
            "de" | "es" | "fr" | "pt" | "it" | "nl" | "pl" | "sv" | "da" | "fi"
        )
    }
}

fn currency_of(country: &str) -> &'static str {
    match country {
        "GB" => "GBP",
        "CH" | "LI" => "CHF",
        "CA" => "CAD",
        "AU" => "AUD",
        "NZ" => "NZD",
        "JP" => "JPY",
        "IN" => "INR",
        "BR" => "BRL",
        "MX" => "MXN",
        "SE" => "SEK",
        "NO" => "NOK",
        "DK" => "DKK",
        "PL" => "PLN",
        "AT" | "BE" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IE" | "IT"
        | "LT" | "LU" | "LV" | "MT" | "NL" | "PT" | "SI" | "SK" => "EUR",
        _ => "USD",
    }
}
