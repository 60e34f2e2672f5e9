//! What every client of ours has in common on the wire: time limits, no redirects, a cap on what is read, and when something
//! is tried again. Whom it asks, and what an answer means, is left to the connectors.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Tries of one request, the first one among them.
const TRIES: u32 = 3;
/// The time within which new tries begin, so that a call fits a turn of the chat.
const BEGINS: Duration = Duration::from_secs(8);
/// The longest pause that somebody else may ask for; who wants more is told as busy.
const PAUSE: Duration = Duration::from_secs(3);

/// A client that connects within 5 seconds, has its answer within 10, and follows no redirect, so that what is meant for
/// one host is said to no other.
pub(crate) fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(10))
}

/// The body; `None` where it breaks off or is longer than this.
pub(crate) async fn body(mut response: reqwest::Response, cap: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > cap {
            return None;
        }
    }
    Some(bytes)
}

/// `Retry-After` in seconds; a date there is not looked at.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    seconds.ok().map(Duration::from_secs)
}

/// The tries of one request.
pub(crate) struct Tries {
    begun: Instant,
    made: u32,
}

impl Tries {
    /// Before the first one.
    pub(crate) fn new() -> Tries {
        Tries {
            begun: Instant::now(),
            made: 0,
        }
    }

    /// Waits before the next try, as long as was asked for; false where there shall be none. `settles`: the next answer
    /// says whether a write was done, so it is worth the user's time.
    pub(crate) async fn again(&mut self, asked: Option<Duration>, settles: bool) -> bool {
        self.made += 1;
        let late = self.begun.elapsed() > BEGINS && !settles;
        let pause = asked.unwrap_or_else(|| backoff(self.made));
        if late || self.made == TRIES || pause > PAUSE {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}

/// 200 ms, 400 ms, and up to 100 ms more, so that those who were refused together do not come back together.
fn backoff(tries: u32) -> Duration {
    let jitter = getrandom::u32().unwrap_or(0) % 100;
    Duration::from_millis(100 * (1_u64 << tries) + u64::from(jitter))
}
