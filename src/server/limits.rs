//! How often somebody may ask: a bucket for each conversation token and each address, refilled over a minute. The server
//! key has no limit.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::errors::Refusal;

/// Turns of one conversation's token, a minute.
pub const TURNS: u32 = 120;
/// Requests of one address to our pages, a minute.
pub const PAGES: u32 = 600;
/// Buckets kept; more, and the full ones go.
const BUCKETS: usize = 10_000;

/// The buckets.
#[derive(Default)]
pub struct Limits(Mutex<HashMap<u64, (Instant, f64)>>);

impl Limits {
    /// Takes one from a bucket of `most` a minute.
    ///
    /// # Errors
    /// 429 with the seconds to wait where it is empty.
    pub fn take(&self, kind: &str, who: &str, most: u32) -> Result<(), Refusal> {
        let mut hash = DefaultHasher::new();
        (kind, who).hash(&mut hash);
        let rate = f64::from(most) / 60.0;
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS {
            buckets.retain(|_, (at, _)| at.elapsed().as_secs() < 60);
        }
        let (at, left) = buckets
            .entry(hash.finish())
            .or_insert((now, f64::from(most)));
        *left = (*left + at.elapsed().as_secs_f64() * rate).min(f64::from(most));
        *at = now;
        if *left < 1.0 {
            return Err(Refusal::too_many(
                ((1.0 - *left) / rate).ceil().max(1.0) as u64
            ));
        }
        *left -= 1.0;
        Ok(())
    }
}

/// The address a request comes from; empty where there was no socket.
pub struct Address(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Address, Infallible> {
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Address(
            from.map(|ConnectInfo(address)| address.ip().to_string())
                .unwrap_or_default(),
        ))
    }
}
