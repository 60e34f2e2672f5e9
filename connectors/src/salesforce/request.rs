//! One request of an operation until its answer is final: what is tried again, how often, and after which pause (contract
//! 2.6). What the request is for is left to the operations.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;
use turnwise_engine::effect::{Failure, FailureKind};

use super::client::{Answer, Ask, NoAnswer};
use super::failure::{Stop, judge};
use super::operation::Org;

/// Tries of one request, the first one among them.
const TRIES: u32 = 3;
/// The time within which new tries begin, so that a call fits a turn of the chat.
const BEGINS: Duration = Duration::from_secs(8);
/// The longest pause that an org may ask for; it is told as busy where it wants more.
const PAUSE: Duration = Duration::from_secs(3);

impl Org<'_> {
    /// Reads, which may be repeated at will.
    pub(super) async fn read(&self, path: String) -> Result<Answer, Stop> {
        let ask = Ask {
            method: Method::GET,
            path,
            body: None,
            headers: &[],
        };
        self.ask(&ask, true).await
    }

    /// Makes a request. Tried again is what did not run, and, where it is `repeatable`, what may have run.
    pub(super) async fn ask(&self, ask: &Ask<'_>, repeatable: bool) -> Result<Answer, Stop> {
        let writes = ask.method != Method::GET;
        let begun = Instant::now();
        let mut unsure = false;
        let mut tries = 0_u32;
        loop {
            tries += 1;
            let sent = self.client.send(self.session, ask).await;
            let wait = sent.as_ref().ok().and_then(|answer| answer.wait);
            let stop = match sent {
                Ok(answer) if is_success(&answer) => return Ok(answer),
                Ok(answer) => judge(&answer, writes, self.session.instance_url.as_str()),
                Err(none) => silence(&none, writes),
            };
            let lost = matches!(&stop, Stop::Failed(f) if f.kind == FailureKind::Unknown);
            // A write in doubt is tried once more at any time: its answer is what settles it.
            let late = begun.elapsed() > BEGINS && (!lost || unsure);
            unsure |= lost;
            let again = match &stop {
                Stop::Session { .. } => false,
                Stop::Busy(_) => true,
                Stop::Failed(failure) => {
                    repeatable
                        && failure.code != "QUERY_TIMEOUT"
                        && matches!(
                            failure.kind,
                            FailureKind::Unknown | FailureKind::Unavailable
                        )
                }
            };
            let pause = wait.unwrap_or_else(|| backoff(tries));
            if !again || late || tries == TRIES || pause > PAUSE {
                return Err(told(stop, unsure));
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// Once a try may have saved, a later "did not run" does not make it undone; a refusal of its content does.
fn told(stop: Stop, unsure: bool) -> Stop {
    let open = |kind| {
        matches!(
            kind,
            FailureKind::Unknown | FailureKind::Unavailable | FailureKind::Limit
        )
    };
    match stop {
        Stop::Session { .. } => Stop::Session { unsure },
        Stop::Failed(failure) | Stop::Busy(failure) if unsure && open(failure.kind) => Failure {
            kind: FailureKind::Unknown,
            ..*failure
        }
        .into(),
        stop => stop,
    }
}

/// A 2xx with the JSON that belongs to it: a proxy's page is no answer of the org.
fn is_success(answer: &Answer) -> bool {
    match answer.status {
        204 => true,
        200..=299 => answer.body != Value::Null,
        _ => false,
    }
}

fn silence(none: &NoAnswer, writes: bool) -> Stop {
    let kind = if writes && none.arrived {
        FailureKind::Unknown
    } else {
        FailureKind::Unavailable
    };
    Failure::new(kind).into()
}

/// 200 ms, 400 ms, and up to 100 ms more, so that those who were refused together do not come back together.
fn backoff(tries: u32) -> Duration {
    let jitter = getrandom::u32().unwrap_or(0) % 100;
    Duration::from_millis(100 * (1_u64 << tries) + u64::from(jitter))
}
