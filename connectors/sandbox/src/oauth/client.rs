//! The one registered client: its secret, its callback addresses, its scopes.
//! What it asks for is left to the addresses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::org::Options;
use crate::request::{Request, find};
use crate::secret;

/// The scopes that the client is registered with.
const SCOPES: [&str; 11] = [
    "api",
    "refresh_token",
    "offline_access",
    "openid",
    "id",
    "profile",
    "email",
    "address",
    "phone",
    "full",
    "web",
];

/// Checks the client's key and secret, in the form or as Basic.
pub(super) fn check(
    options: &Options,
    request: &Request,
    form: &[(String, String)],
) -> Result<(), (&'static str, &'static str)> {
    let basic = request.header("authorization").and_then(basic);
    let (id, secret) = match &basic {
        Some((id, secret)) => (id.as_str(), secret.as_str()),
        None => (
            find(form, "client_id").unwrap_or_default(),
            find(form, "client_secret").unwrap_or_default(),
        ),
    };
    if id != options.client_id {
        return Err(("invalid_client_id", "client identifier invalid"));
    }
    if !secret::same(secret, &options.client_secret) {
        return Err(("invalid_client", "invalid client credentials"));
    }
    Ok(())
}

/// Whether a callback address is registered, byte for byte.
pub(super) fn is_callback(options: &Options, uri: &str) -> bool {
    if !options.callbacks.is_empty() {
        return options.callbacks.iter().any(|callback| callback == uri);
    }
    let rest = ["http://127.0.0.1", "http://localhost"]
        .iter()
        .find_map(|host| uri.strip_prefix(host))
        .and_then(|rest| rest.strip_suffix("/auth/callback"));
    match rest {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
        }),
        None => false,
    }
}

/// The scopes asked for, each once; all of the client's when none is named, `None` when one is not the client's.
pub(super) fn scopes(asked: Option<&str>) -> Option<Vec<String>> {
    let asked = asked.unwrap_or_default();
    let words: Vec<&str> = if asked.trim().is_empty() {
        SCOPES.to_vec()
    } else {
        asked.split_whitespace().collect()
    };
    let mut scopes: Vec<String> = Vec::new();
    for word in words {
        if !SCOPES.contains(&word) {
            return None;
        }
        let word = if word == "offline_access" {
            "refresh_token"
        } else {
            word
        };
        if !scopes.iter().any(|scope| scope == word) {
            scopes.push(word.to_owned());
        }
    }
    Some(scopes)
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    Some((decoded(id), decoded(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_callback_on_any_loopback_port_and_nothing_like_it() {
        let options = Options::default();
        for good in [
            "http://127.0.0.1:8080/auth/callback",
            "http://localhost:49152/auth/callback",
            "http://localhost/auth/callback",
        ] {
            assert!(is_callback(&options, good), "{good}");
        }
        for bad in [
            "https://127.0.0.1:8080/auth/callback",
            "http://127.0.0.1:8080/auth/callback/",
            "http://127.0.0.1:8080/auth/callback?x=1",
            "http://127.0.0.1:8080@evil.example/auth/callback",
            "http://127.0.0.1.evil.example/auth/callback",
            "http://localhost:/auth/callback",
            "http://localhost:99999/auth/callback",
            "http://[::1]:8080/auth/callback",
            "",
        ] {
            assert!(!is_callback(&options, bad), "{bad}");
        }
    }

    #[test]
    fn a_registered_callback_replaces_the_default() {
        let options = Options {
            callbacks: vec!["http://127.0.0.1:9/cb".into()],
            ..Options::default()
        };
        assert!(is_callback(&options, "http://127.0.0.1:9/cb"));
        assert!(!is_callback(&options, "http://127.0.0.1:9/auth/callback"));
    }

    #[test]
    fn reads_scopes_once_each_and_refuses_strange_ones() {
        assert_eq!(
            scopes(Some("api offline_access refresh_token")),
            Some(vec!["api".to_owned(), "refresh_token".to_owned()])
        );
        assert_eq!(scopes(Some("api admin")), None);
        assert!(scopes(None).is_some_and(|s| s.len() > 5));
    }
}
