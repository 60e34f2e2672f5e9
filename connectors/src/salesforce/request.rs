//! One request of an operation until its answer is final: what is tried again, how often, and after which pause (contract
//! 2.6). What the request is for is left to the operations.

use reqwest::Method;
use serde_json::Value;
use turnwise_engine::effect::{Failure, FailureKind};

use super::client::{Answer, Ask, NoAnswer};
use super::failure::{Stop, judge};
use super::operation::Org;
use crate::wire::Tries;

/// What comes of making a request again that may have run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Nothing new: the org ends up as after the first.
    Harmless,
    /// A second record.
    Doubles,
}

impl Org<'_> {
    /// Reads, which may be repeated at will.
    pub(super) async fn read(&self, path: String) -> Result<Answer, Stop> {
        let ask = Ask {
            method: Method::GET,
            path,
            body: None,
            headers: &[],
        };
        self.ask(&ask, Repeat::Harmless).await
    }

    /// Makes a request. Tried again is what did not run, and, where a repeat is harmless, what may have run.
    pub(super) async fn ask(&self, ask: &Ask<'_>, repeat: Repeat) -> Result<Answer, Stop> {
        let writes = ask.method != Method::GET;
        let mut tries = Tries::new();
        let mut unsure = false;
        loop {
            let sent = self.client.send(self.session, ask).await;
            let wait = sent.as_ref().ok().and_then(|answer| answer.wait);
            let stop = match sent {
                Ok(answer) if is_success(&answer) => return Ok(answer),
                Ok(answer) => judge(&answer, writes, self.session.instance_url.as_str()),
                Err(none) => silence(&none, writes),
            };
            let lost = matches!(&stop, Stop::Failed(f) if f.kind == FailureKind::Unknown);
            let settles = lost && !unsure;
            unsure |= lost;
            let again = match &stop {
                Stop::Session { .. } => false,
                Stop::Busy(_) => true,
                Stop::Failed(failure) => {
                    repeat == Repeat::Harmless
                        && failure.code != "QUERY_TIMEOUT"
                        && matches!(
                            failure.kind,
                            FailureKind::Unknown | FailureKind::Unavailable
                        )
                }
            };
            if !again || !tries.again(wait, settles).await {
                return Err(told(stop, unsure));
            }
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
