//! How often somebody may ask: a bucket for each conversation's token, each address and each link, refilled over a minute.
//! The server key has no limit.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::Served;
use super::errors::Refusal;

/// Turns of one conversation's token, a minute.
pub const TURNS: u32 = 120;
/// Notes to one chat that its link was opened elsewhere, a minute.
pub const NOTES: u32 = 3;
/// Buckets kept.
const BUCKETS: usize = 10_000;

/// The buckets, and what can be configured of them.
pub struct Limits {
    /// Requests of one address to our pages, a minute.
    pub pages: u32,
    /// Requests for one link, a minute.
    pub link: u32,
    /// Proxies whose word for the address counts.
    pub proxies: Vec<IpAddr>,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::new(600, 20, Vec::new())
    }
}

struct Bucket {
    at: Instant,
    left: f64,
    most: f64,
}

impl Bucket {
    /// What is left of it now.
    fn refilled(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        (self.left + passed * self.most / 60.0).min(self.most)
    }
}

impl Limits {
    /// Limits with nothing taken yet.
    pub fn new(pages: u32, link: u32, proxies: Vec<IpAddr>) -> Limits {
        Limits {
            pages,
            link,
            proxies,
            buckets: Mutex::default(),
        }
    }

    /// Takes one from a bucket of `most` a minute.
    ///
    /// # Errors
    /// 429 with the seconds to wait where it is empty.
    pub fn take(&self, kind: &str, who: &str, most: u32) -> Result<(), Refusal> {
        let mut hash = DefaultHasher::new();
        (kind, who).hash(&mut hash);
        let now = Instant::now();
        let most = f64::from(most);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS {
            // One that is full again is as good as none. Under a flood from everywhere those that are hardly used go too.
            buckets.retain(|_, bucket| bucket.refilled(now) < bucket.most);
            if buckets.len() > BUCKETS / 2 {
                buckets.retain(|_, bucket| bucket.refilled(now) < bucket.most / 2.0);
            }
            if buckets.len() >= BUCKETS {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(hash.finish()).or_insert(Bucket {
            at: now,
            left: most,
            most,
        });
        bucket.left = bucket.refilled(now);
        bucket.at = now;
        if bucket.left < 1.0 {
            let wait = (1.0 - bucket.left) * 60.0 / most;
            return Err(Refusal::too_many(wait.ceil().max(1.0) as u64));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// The address a request comes from; empty where there was no socket. Of IPv6 the network, since a host has all of its own.
pub struct Address(pub String);

impl FromRequestParts<Served> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Address, Infallible> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let from = from.map(|ConnectInfo(address)| address.ip().to_canonical());
        let from = from.map(|from| behind(from, &parts.headers, &served.limits.proxies));
        let named = from.map(|from| match from {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("{:x?}", &address.segments()[..4]),
        });
        Ok(Address(named.unwrap_or_default()))
    }
}

/// Who stands behind trusted proxies: the last address of `X-Forwarded-For` that is none of them. Nobody else's word counts.
fn behind(from: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    if !proxies.contains(&from) {
        return from;
    }
    let lines = headers.get_all("x-forwarded-for").iter();
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    let mut named = lines.iter().flat_map(|line| line.split(',')).rev();
    let first = named.find_map(|named| {
        let named: IpAddr = named.trim().parse().ok()?;
        let named = named.to_canonical();
        (!proxies.contains(&named)).then_some(named)
    });
    first.unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: u32 = 20;
    const PAGES: u32 = 600;

    #[test]
    fn g_only_a_trusted_proxy_says_who_asks() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        let given = "203.0.113.9, 198.51.100.7, 10.0.0.2";
        headers.insert("x-forwarded-for", given.parse().unwrap());
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        let seen = behind(ip("10.0.0.1"), &headers, &proxies);
        assert_eq!(seen, ip("198.51.100.7"));
        let stranger = ip("192.0.2.1");
        assert_eq!(behind(stranger, &headers, &proxies), stranger);
        assert_eq!(
            behind(ip("10.0.0.1"), &HeaderMap::new(), &proxies),
            ip("10.0.0.1")
        );
    }

    #[test]
    fn g_a_bucket_is_empty_after_as_many_as_it_holds_and_others_are_not() {
        let limits = Limits::default();
        for _ in 0..LINK {
            assert!(limits.take("link", "one", LINK).is_ok());
        }
        assert!(limits.take("link", "one", LINK).is_err());
        assert!(limits.take("link", "another", LINK).is_ok());
        assert!(limits.take("page", "one", LINK).is_ok());
    }

    #[test]
    fn g_a_flood_from_everywhere_takes_no_more_memory_and_frees_nobody_who_is_out() {
        let limits = Limits::default();
        while limits.take("link", "busy", LINK).is_ok() {}
        for n in 0..5 * BUCKETS {
            let _ = limits.take("callback", &n.to_string(), PAGES);
            assert!(limits.buckets.lock().unwrap().len() <= BUCKETS);
        }
        assert!(limits.take("link", "busy", LINK).is_err());
    }
}
