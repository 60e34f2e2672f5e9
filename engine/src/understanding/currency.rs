//! Which currency a sign, a word or a code stands for. Codes are those of ISO 4217 in every language; signs and words are the
//! language's, and of several currencies that share one the bot's own is meant.

use serde::Deserialize;

use super::words::Words;
use crate::locale::is_currency;

/// Signs and words that several currencies share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shared {
    said: Vec<String>,
    by: Vec<String>,
}

impl Words {
    /// The currency that a sign or word behind a figure stands for. `own` is the bot's.
    pub(super) fn currency_behind(&self, typed: &str, own: &str) -> Option<String> {
        if is_currency(typed) {
            return Some(typed.to_owned());
        }
        let word = typed.to_lowercase();
        let code = self.currencies.get(&word)?;
        let owns = |shared: &Shared| {
            shared.said.contains(&word) && shared.by.iter().any(|code| code == own)
        };
        let is_own = self.currencies_shared.iter().any(owns);
        Some(if is_own { own } else { code }.to_owned())
    }

    /// The currency that a sign or word before a figure stands for.
    pub(super) fn currency_before(&self, typed: &str, own: &str) -> Option<String> {
        // "We won 500" is no amount of Korea's money.
        if self.currencies_behind.contains(&typed.to_lowercase()) {
            return None;
        }
        self.currency_behind(typed, own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn a_code_is_in_capitals_and_a_word_is_the_languages() {
        let words = Words::of(&Locale::of("en"));
        for (typed, own, expected) in [
            ("CZK", "USD", Some("CZK")),
            ("ALL", "USD", Some("ALL")),
            ("all", "USD", None),
            ("usd", "CAD", Some("USD")),
            ("$", "USD", Some("USD")),
            ("$", "CAD", Some("CAD")),
            ("dollars", "EUR", Some("USD")),
            ("Kroner", "DKK", Some("DKK")),
            ("kroner", "USD", Some("NOK")),
            ("rs", "PKR", Some("PKR")),
            ("lamps", "USD", None),
        ] {
            let found = words.currency_behind(typed, own);
            assert_eq!(found.as_deref(), expected, "{typed} in {own}");
        }
        assert_eq!(words.currency_before("won", "USD"), None);
        assert_eq!(words.currency_before("EUR", "USD").as_deref(), Some("EUR"));
    }
}
