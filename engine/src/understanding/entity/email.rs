//! E-mail and web addresses in a text, also as people speak them: "jane at acme dot com". What is found is lower case.

use std::sync::LazyLock;

use regex::Regex;

use super::Reading;
use crate::Value;

static TYPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[a-z0-9][a-z0-9._%+'-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
        .expect("a constant pattern compiles")
});
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let part = r"[a-z0-9]+(?:(?:[._+-]| (?:dot|underscore|dash|hyphen|plus) )[a-z0-9]+)*";
    let host = r"[a-z0-9-]+(?:(?:\.| dot | dash )[a-z0-9-]+)*";
    Regex::new(&format!(r"(?i)\b{part} at {host}(?:\.| dot )[a-z]{{2,}}\b"))
        .expect("a constant pattern compiles")
});
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s,;]*)?")
        .expect("a constant pattern compiles")
});

pub(super) fn find(text: &str) -> Vec<Reading> {
    let mut found: Vec<Reading> = TYPED
        .find_iter(text)
        .filter(|m| email_address::EmailAddress::is_valid(m.as_str()))
        .map(|m| Reading {
            value: Value::String(m.as_str().to_lowercase()),
            span: m.range(),
            certainty: 1.0,
        })
        .collect();
    for m in SPOKEN.find_iter(text) {
        let address = written(m.as_str());
        if found
            .iter()
            .all(|r| r.span.end <= m.start() || m.end() <= r.span.start)
            && email_address::EmailAddress::is_valid(&address)
        {
            found.push(Reading {
                value: Value::String(address),
                span: m.range(),
                certainty: 1.0,
            });
        }
    }
    found
}

/// Web addresses; the host of an e-mail address is none.
pub(super) fn find_urls(text: &str) -> Vec<Reading> {
    URL.find_iter(text)
        .filter(|m| !text[..m.start()].ends_with('@') && !text[m.end()..].starts_with('@'))
        .map(|m| {
            let typed = m.as_str().trim_end_matches('.');
            Reading {
                value: Value::String(typed.to_owned()),
                span: m.start()..m.start() + typed.len(),
                certainty: 0.9,
            }
        })
        .collect()
}

/// Signs for the words that stand for them.
fn written(spoken: &str) -> String {
    let mut text = spoken.to_lowercase();
    for (word, sign) in [
        (" underscore ", "_"),
        (" hyphen ", "-"),
        (" dash ", "-"),
        (" plus ", "+"),
        (" dot ", "."),
        (" at ", "@"),
    ] {
        text = text.replace(word, sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_as_typed_and_as_spoken() {
        let table = [
            ("ida@fernhill.example", Some("ida@fernhill.example")),
            ("IDA@FERNHILL.EXAMPLE", Some("ida@fernhill.example")),
            (
                "it is ida at fernhill dot example",
                Some("ida@fernhill.example"),
            ),
            (
                "ida.b at mail.fernhill.com thanks",
                Some("ida.b@mail.fernhill.com"),
            ),
            (
                "ida underscore b at fern dash hill dot com",
                Some("ida_b@fern-hill.com"),
            ),
            ("<ida+list@fernhill.co.uk>", Some("ida+list@fernhill.co.uk")),
            ("mail: ida@fernhill.se.", Some("ida@fernhill.se")),
            ("ida@", None),
            ("ida.blum", None),
            ("at the office", None),
            ("ask at reception", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = find(text).into_iter().next().map(|r| r.value);
            assert_eq!(found, expected.map(Value::from), "{text}");
        }
    }

    #[test]
    fn the_host_of_an_address_is_no_website() {
        assert!(find_urls("ida@fernhill.com").is_empty());
        assert_eq!(
            find_urls("see fernhill.com/shop.")[0].value,
            "fernhill.com/shop"
        );
    }
}
