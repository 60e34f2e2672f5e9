//! How often somebody may ask: a bucket for each conversation's token, each address and each link, refilled over a minute.
//! The server key has no limit.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::errors::Refusal;

/// Turns of one conversation's token, a minute.
pub const TURNS: u32 = 120;
/// Requests of one address to our pages, a minute.
pub const PAGES: u32 = 600;
/// Requests for one link, a minute.
pub const LINK: u32 = 20;
/// Notes to one chat that its link was opened elsewhere, a minute.
pub const NOTES: u32 = 3;
/// Buckets kept.
const BUCKETS: usize = 10_000;

/// The buckets.
#[derive(Default)]
pub struct Limits(Mutex<HashMap<u64, Bucket>>);

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
    /// Takes one from a bucket of `most` a minute.
    ///
    /// # Errors
    /// 429 with the seconds to wait where it is empty.
    pub fn take(&self, kind: &str, who: &str, most: u32) -> Result<(), Refusal> {
        let mut hash = DefaultHasher::new();
        (kind, who).hash(&mut hash);
        let now = Instant::now();
        let most = f64::from(most);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Address, Infallible> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let named = from.map(|ConnectInfo(address)| match address.ip().to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("{:x?}", &address.segments()[..4]),
        });
        Ok(Address(named.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_empty_after_as_many_as_it_holds_and_others_are_not() {
        let limits = Limits::default();
        for _ in 0..LINK {
            assert!(limits.take("link", "one", LINK).is_ok());
        }
        assert!(limits.take("link", "one", LINK).is_err());
        assert!(limits.take("link", "another", LINK).is_ok());
        assert!(limits.take("page", "one", LINK).is_ok());
    }

    #[test]
    fn a_flood_from_everywhere_takes_no_more_memory_and_frees_nobody_who_is_out() {
        let limits = Limits::default();
        while limits.take("link", "busy", LINK).is_ok() {}
        for n in 0..5 * BUCKETS {
            let _ = limits.take("callback", &n.to_string(), PAGES);
            assert!(limits.0.lock().unwrap().len() <= BUCKETS);
        }
        assert!(limits.take("link", "busy", LINK).is_err());
    }
}
