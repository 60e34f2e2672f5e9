//! Where the addresses of a profile may lead: over https or to loopback, and with a user's own value in them to no other
//! domain than the operator wrote. What is sent there is left to `token`.

use std::collections::BTreeMap;

use url::{Host, Url};

/// Whether an operator may write this address: https, or http on loopback; a `{field}` stands behind the host, or before a
/// domain of at least two parts, so that what a user gives never decides who gets a code or a secret.
pub fn is_safe_address(text: &str) -> bool {
    let plain = text.replace(['{', '}'], "");
    let Ok(url) = Url::parse(&plain) else {
        return false;
    };
    if !is_private(&url) {
        return false;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let fixed = match authority.rsplit_once('}') {
        None => !authority.contains('@'),
        Some((_, domain)) => {
            let mut labels = domain.strip_prefix('.').unwrap_or_default().split('.');
            let whole = labels.clone().count() >= 2 && labels.all(|label| !label.is_empty());
            whole && !authority.contains(['@', ':'])
        }
    };
    fixed && !scheme.contains('{')
}

/// An address with what the user gave put in; `None` where it may not be asked.
pub(super) fn filled(address: &str, given: &BTreeMap<String, String>) -> Option<Url> {
    if !is_safe_address(address) {
        return None;
    }
    let mut text = address.to_owned();
    for (key, value) in given {
        text = text.replace(&format!("{{{key}}}"), value);
    }
    let url = Url::parse(&text).ok()?;
    is_private(&url).then_some(url)
}

/// What the user gave may stand in the name of a host or in a path, and must not lead out of it.
pub(super) fn harmless(value: &str) -> bool {
    let ends = |c: char| value.starts_with(c) || value.ends_with(c);
    value.len() <= 100
        && !ends('.')
        && !value.contains("..")
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}

/// Whether what is sent there is read by nobody on its way: https, or http that does not leave the machine.
pub fn is_private(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether operators of a server at `here` may have it send a secret there. What listens on the server's own machine is not
/// theirs to reach, unless the server is only tried out there.
pub fn is_private_from(here: &Url, url: &Url) -> bool {
    is_private(url) && (!is_loopback(url) || is_loopback(here))
}

/// Whether an address leads to the machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_never_decides_whose_host_it_is() {
        for (address, safe) in [
            ("https://login.example.com/authorize", true),
            (
                "https://{domain}.my.salesforce.com/services/oauth2/token",
                true,
            ),
            ("https://acme--{sandbox}.sandbox.my.salesforce.com/", true),
            ("https://login.example.com/{tenant}/oauth2/token", true),
            ("http://127.0.0.1:8081/{tenant}", true),
            ("https://{domain}/token", false),
            ("https://{domain}.com/token", false),
            ("https://login.{domain}/token", false),
            ("https://{domain}.:443/token", false),
            ("https://{user}@login.example.com/", false),
            ("https://login.example.com:{port}/", false),
            ("https://{domain}.example.com:8443@evil.example/", false),
            ("{scheme}://login.example.com/", false),
            ("http://{domain}/", false),
            ("http://login.example.com/", false),
            ("https://user:password@login.example.com/", false),
            ("file:///etc/passwd", false),
            ("login.example.com", false),
            ("", false),
        ] {
            assert_eq!(is_safe_address(address), safe, "{address}");
        }
    }

    #[test]
    fn a_secret_travels_over_https_or_stays_on_the_machine() {
        let public = Url::parse("https://chat.example.com").unwrap();
        let local = Url::parse("http://localhost:8080").unwrap();
        for (address, private, from_public) in [
            ("https://login.example.com", true, true),
            ("http://login.example.com", false, false),
            ("http://127.0.0.1:8090", true, false),
            ("http://127.9.9.9", true, false),
            ("http://[::1]:8090", true, false),
            ("http://localhost", true, false),
            ("https://localhost", true, false),
            ("http://localhost.example.com", false, false),
            ("ftp://localhost", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(is_private(&url), private, "{address}");
            assert_eq!(is_private_from(&local, &url), private, "{address}");
            assert_eq!(is_private_from(&public, &url), from_public, "{address}");
        }
    }

    #[test]
    fn what_the_user_gives_stands_in_the_address_and_leads_nowhere_else() {
        let address = "https://{domain}.my.salesforce.com/authorize";
        let given = BTreeMap::from([("domain".to_owned(), "acme--dev".to_owned())]);
        let url = filled(address, &given).unwrap();
        assert_eq!(url.host_str(), Some("acme--dev.my.salesforce.com"));
        assert!(filled("http://login.example.com/token", &given).is_none());
        for (value, fine) in [
            ("acme", true),
            ("a.b-c_d", true),
            ("evil.example/", false),
            ("evil#", false),
            ("a@b", false),
            ("a:8", false),
            ("..", false),
            ("a..b", false),
            (".a", false),
            ("a.", false),
        ] {
            assert_eq!(harmless(value), fine, "{value}");
        }
    }
}
