//! E-mail and web addresses in a text, also as people speak them: "jane at acme dot com". An e-mail address is lower case,
//! a web address as typed.

use std::sync::LazyLock;

use regex::Regex;

use super::Reading;
use super::names::Names;
use crate::Value;

static TYPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[a-z0-9][a-z0-9._%+'-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
        .expect("a constant pattern compiles")
});
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let dot = r"(?:\.| dot | ?\(dot\) ?| ?\[dot\] ?)";
    let at = r"(?: at | ?\(at\) ?| ?\[at\] ?| @ ?|@ )";
    let sign = r"(?: (?:underscore|dash|hyphen|minus|plus) )";
    let part = format!(r"[a-z0-9]+(?:(?:[._+-]|{dot}|{sign})[a-z0-9]+)*");
    let host = format!(r"[a-z0-9-]+(?:(?:{dot}| dash | hyphen )[a-z0-9-]+)*");
    Regex::new(&format!(r"(?i)\b{part}{at}{host}{dot}[a-z]{{2,}}\b"))
        .expect("a constant pattern compiles")
});
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:(?P<scheme>https?://)[^\s<>\x22]+|(?:[\p{L}0-9-]+\.)+(?P<end>\p{L}{2,})\b(?::\d+)?(?P<path>/[^\s,;<>\x22]*)?)")
        .expect("a constant pattern compiles")
});
static SPOKEN_URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:(?:www|double u double u double u) dot )?[a-z0-9-]+(?:(?: dash | hyphen |-)[a-z0-9]+)*(?: dot [a-z0-9-]+)* dot (?P<end>[a-z]{2,})\b")
        .expect("a constant pattern compiles")
});

/// Endings longer than two letters that are told from the end of a sentence without more.
const ENDINGS: [&str; 26] = [
    "com",
    "org",
    "net",
    "edu",
    "gov",
    "int",
    "info",
    "biz",
    "shop",
    "store",
    "app",
    "dev",
    "tech",
    "online",
    "site",
    "cloud",
    "agency",
    "studio",
    "company",
    "solutions",
    "world",
    "global",
    "example",
    "group",
    "email",
    "design",
];

/// E-mail addresses.
pub(super) fn find(text: &str) -> Vec<Reading> {
    let mut found: Vec<Reading> = TYPED
        .find_iter(text)
        .filter(|m| {
            alone(text, m.start(), m.end()) && email_address::EmailAddress::is_valid(m.as_str())
        })
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
pub(super) fn find_urls(names: &Names<'_>) -> Vec<Reading> {
    let (text, addresses) = (names.text, names.addresses());
    let free = |start: usize, end: usize| {
        addresses
            .iter()
            .all(|r| r.span.end <= start || end <= r.span.start)
            && !text[..start].ends_with('@')
            && !text[end..].starts_with('@')
            // The host behind another scheme, `ftp://` for one, is no web address.
            && !text[..start].ends_with("://")
    };
    let mut found: Vec<Reading> = URL
        .captures_iter(text)
        .filter_map(|found| {
            let all = found.get(0)?;
            if !free(all.start(), all.end()) {
                return None;
            }
            let typed = all
                .as_str()
                .trim_end_matches(['.', ',', ';', ')', '!', '?', '\'']);
            let lower = typed.to_lowercase();
            let certainty = if found.name("scheme").is_some() {
                let host = typed.split("://").nth(1).unwrap_or_default();
                host.contains('.').then_some(1.0)?
            } else {
                let end = found.name("end")?.as_str().to_lowercase();
                let first = lower.split('.').next().unwrap_or_default();
                if first == "www" || found.name("path").is_some() {
                    0.95
                } else if ENDINGS.contains(&end.as_str()) || (end.len() == 2 && first.len() > 2) {
                    0.9
                } else {
                    0.6
                }
            };
            Some(Reading {
                value: Value::String(whole(typed)),
                span: all.start()..all.start() + typed.len(),
                certainty,
            })
        })
        .collect();
    for captures in SPOKEN_URL.captures_iter(text) {
        let Some(m) = captures.get(0) else { continue };
        let clash = found
            .iter()
            .any(|r| r.span.start < m.end() && m.start() < r.span.end);
        if free(m.start(), m.end()) && !clash {
            found.push(Reading {
                value: Value::String(whole(
                    &written(m.as_str()).replace("double u double u double u", "www"),
                )),
                span: m.range(),
                certainty: 0.9,
            });
        }
    }
    found
}

/// A web address that opens by a click: as it was typed, with `https://` where no scheme was.
fn whole(typed: &str) -> String {
    if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    }
}

/// Whether an address is not cut out of something longer that is none.
fn alone(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    before.is_none_or(|c| !c.is_alphanumeric() && !".@+".contains(c))
        && !text[end..].starts_with('@')
}

/// Signs for the words that stand for them.
fn written(spoken: &str) -> String {
    let mut text = spoken.to_lowercase();
    for (word, sign) in [
        ("(at)", "@"),
        ("[at]", "@"),
        ("(dot)", "."),
        ("[dot]", "."),
        (" underscore ", "_"),
        (" hyphen ", "-"),
        (" minus ", "-"),
        (" dash ", "-"),
        (" plus ", "+"),
        (" dot ", "."),
        (" at ", "@"),
    ] {
        text = text.replace(word, sign);
    }
    text.replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;
    use crate::understanding::words::Words;

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
                "ida dot b at fernhill dot co dot nz",
                Some("ida.b@fernhill.co.nz"),
            ),
            (
                "ida underscore b at fern dash hill dot com",
                Some("ida_b@fern-hill.com"),
            ),
            ("ida (at) fernhill (dot) com", Some("ida@fernhill.com")),
            ("ida @ fernhill.com", Some("ida@fernhill.com")),
            ("<ida+list@fernhill.co.uk>", Some("ida+list@fernhill.co.uk")),
            ("mail: ida@fernhill.se.", Some("ida@fernhill.se")),
            ("ida@", None),
            ("ida@fern", None),
            ("ida.blum", None),
            ("ida@fern@hill.com", None),
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
    fn web_addresses_are_kept_as_typed_and_completed_to_https() {
        let words = Words::of(&Locale::of("en"));
        let table = [
            ("see fernhill.com/shop.", Some("https://fernhill.com/shop")),
            ("https://www.fernhill.com", Some("https://www.fernhill.com")),
            ("WWW.Fernhill.com", Some("https://WWW.Fernhill.com")),
            ("fernhill dot ch", Some("https://fernhill.ch")),
            ("it's fern-hill.co.uk", Some("https://fern-hill.co.uk")),
            ("http://fernhill.com", Some("http://fernhill.com")),
            ("ftp://fernhill.com", None),
            ("ida@fernhill.com", None),
            ("ida at fernhill dot com", None),
            ("none of that", None),
            ("https://", None),
            ("Fern Inc.", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = find_urls(&Names::of(text, words));
            let found = found.into_iter().next().map(|r| r.value);
            assert_eq!(found, expected.map(Value::from), "{text}");
        }
    }
}
