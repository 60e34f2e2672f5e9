//! A service: where it is, and which paths are its own. The calls are made in `http`; who may be reached at all is the
//! guard's.

use std::collections::{BTreeMap, BTreeSet};

use url::{Host, Url};

use super::guard::{Guard, is_public};
use crate::auth::{is_loopback, is_private};
use crate::wire;

/// Where an integration of this connector leads.
#[derive(Debug, Clone)]
pub struct Service {
    /// Scheme, host and leading path; calls never leave it.
    pub base: Url,
}

/// The services of a bot, by integration.
#[derive(Debug, Clone)]
pub struct Services {
    all: BTreeMap<String, Service>,
    http: reqwest::Client,
}

/// Why a service can't be used at all.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It would be spoken to in clear.
    #[error("`{0}` must be https, or http on loopback")]
    Clear(String),
    /// It is inside the network, and nobody said that it may be reached.
    #[error("`{0}` is an internal address; name it in TURNWISE_INTERNAL_HOSTS if it is meant")]
    Internal(String),
    /// The TLS back end cannot be set up.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] reqwest::Error),
}

impl Services {
    /// These services; `internal` are the hosts inside the network that may be reached, besides loopback where a service
    /// itself stands on it.
    ///
    /// # Errors
    /// [`Unfit`], where one of them must not be called.
    pub fn new(all: BTreeMap<String, Service>, internal: &[String]) -> Result<Services, Unfit> {
        let mut named: BTreeSet<String> = internal.iter().map(|host| host.to_lowercase()).collect();
        for service in all.values() {
            let host = service.base.host_str().unwrap_or("").to_owned();
            let loopback = is_loopback(&service.base);
            if !is_private(&service.base) {
                return Err(Unfit::Clear(service.base.to_string()));
            }
            let literal = match service.base.host() {
                Some(Host::Ipv4(address)) => Some(address.into()),
                Some(Host::Ipv6(address)) => Some(address.into()),
                _ => None,
            };
            if literal.is_some_and(|ip| !is_public(ip)) && !loopback && !named.contains(&host) {
                return Err(Unfit::Internal(host));
            }
            if loopback {
                named.insert(host);
            }
        }
        let http = wire::client().dns_resolver(std::sync::Arc::new(Guard { named }));
        Ok(Services {
            all,
            http: http.build()?,
        })
    }

    /// None at all.
    ///
    /// # Errors
    /// Where the TLS back end cannot be set up.
    pub fn none() -> Result<Services, Unfit> {
        Services::new(BTreeMap::new(), &[])
    }

    /// Whether an integration is one of them.
    pub fn has(&self, integration: &str) -> bool {
        self.all.contains_key(integration)
    }

    /// The service of an integration, and the client that reaches it.
    pub(crate) fn get(&self, integration: &str) -> Option<(&reqwest::Client, &Service)> {
        Some((&self.http, self.all.get(integration)?))
    }
}

impl Service {
    /// The address of a path under the base; `None` where it would lead elsewhere.
    pub(super) fn address(&self, path: &str) -> Option<Url> {
        let root = self.base.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{root}/{}", path.trim_start_matches('/'))).ok()?;
        let own = format!("{root}/");
        let inside = url.origin() == self.base.origin() && url.as_str().starts_with(&own);
        let plain = path.split(['?', '#']).next().unwrap_or("");
        // A part of dots alone, however it is written, would name another place than the template does.
        let climbs = plain.split(['/', '\\']).any(|part| {
            let part = part.to_lowercase().replace("%2e", ".");
            part == "." || part == ".."
        });
        (inside && !climbs).then_some(url)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn at(base: &str) -> Service {
        Service {
            base: base.parse().unwrap(),
        }
    }

    #[test]
    fn no_path_leaves_the_service() {
        let shop = at("https://shop.example/api");
        for (path, address) in [
            ("/orders/7", Some("https://shop.example/api/orders/7")),
            (
                "orders?open=1",
                Some("https://shop.example/api/orders?open=1"),
            ),
            (
                "/orders/a%2F..%2Fb",
                Some("https://shop.example/api/orders/a%2F..%2Fb"),
            ),
            (
                "//evil.example/x",
                Some("https://shop.example/api/evil.example/x"),
            ),
            ("orders/../../admin", None),
            ("orders/%2e%2e/%2e%2e/admin", None),
            ("orders/%2E%2e", None),
            ("orders/.", None),
            ("\\..\\admin", None),
            (
                "https://evil.example/",
                Some("https://shop.example/api/https://evil.example/"),
            ),
        ] {
            let found = shop.address(path).map(String::from);
            assert_eq!(found.as_deref(), address, "{path}");
        }
        assert!(at("https://shop.example/api").address("").is_some());
    }

    #[test]
    fn a_service_in_clear_or_inside_is_refused() {
        let fits = |base: &str, internal: &[&str]| {
            let all = BTreeMap::from([("shop".to_owned(), at(base))]);
            let internal: Vec<String> = internal.iter().map(|host| (*host).to_owned()).collect();
            Services::new(all, &internal).is_ok()
        };
        for (base, fine) in [
            ("https://shop.example/api", true),
            ("http://shop.example/api", false),
            ("http://127.0.0.1:8090", true),
            ("http://localhost:8090", true),
            ("https://10.0.0.7", false),
            ("https://169.254.169.254", false),
            ("https://[fd00::1]", false),
        ] {
            assert_eq!(fits(base, &[]), fine, "{base}");
        }
        assert!(fits("https://10.0.0.7", &["10.0.0.7"]));
    }
}
