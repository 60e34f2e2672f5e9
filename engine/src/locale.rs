//! A conversation's locale: its language, country, currency and the order of numeric dates. The words of a language stand
//! in data files, and so does what follows from the tag (`regions.yaml`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

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
            let own = REGIONS.countries.get(&language);
            own.map_or("US", String::as_str).to_owned()
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
        REGIONS.month_first.contains(&self.country)
    }

    /// Whether 1.234,5 is how numbers are written here.
    pub fn decimal_comma(&self) -> bool {
        REGIONS.decimal_comma.contains(&self.language)
            && !REGIONS.decimal_point.contains(&self.country)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Regions {
    countries: BTreeMap<String, String>,
    month_first: BTreeSet<String>,
    decimal_comma: BTreeSet<String>,
    decimal_point: BTreeSet<String>,
    currencies: BTreeMap<String, Vec<String>>,
}

static REGIONS: LazyLock<Regions> = LazyLock::new(|| {
    serde_yaml::from_str(include_str!("locale/regions.yaml"))
        .expect("the regions' data file is of this shape")
});

/// Whether three capitals are a currency's code (ISO 4217).
pub(crate) fn is_currency(code: &str) -> bool {
    REGIONS.currencies.contains_key(code)
}

fn currency_of(country: &str) -> &'static str {
    let has = |countries: &Vec<String>| countries.iter().any(|one| one == country);
    let mut all = REGIONS.currencies.iter();
    all.find(|(_, countries)| has(countries))
        .map_or("USD", |(currency, _)| currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_tag() {
        let table = [
            ("en", "US", "USD", true, false),
            ("en-GB", "GB", "GBP", false, false),
            ("de", "DE", "EUR", false, true),
            ("de-CH", "CH", "CHF", false, false),
            ("es-MX", "MX", "MXN", false, false),
            ("pt_BR", "BR", "BRL", false, true),
            ("fr-Latn-FR", "FR", "EUR", false, true),
            ("nb-NO", "NO", "NOK", false, false),
            ("en-NG", "NG", "NGN", false, false),
            ("en-XX", "XX", "USD", false, false),
            ("xx", "US", "USD", true, false),
            ("", "US", "USD", true, false),
        ];
        for (tag, country, currency, month_first, comma) in table {
            let locale = Locale::of(tag);
            assert_eq!(
                (locale.country.as_str(), locale.currency.as_str()),
                (country, currency),
                "{tag}"
            );
            assert_eq!(
                (locale.month_first(), locale.decimal_comma()),
                (month_first, comma),
                "{tag}"
            );
        }
    }
}
