//! One request to an org and its answer: base address, bearer token, time limits, a cap on what is read.
//! What an answer means is left to `failure`, which request to make to `operation`.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{DATE, HeaderMap};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use url::Url;

use crate::wire;

const CAP: usize = 8 * 1024 * 1024;

/// What data calls run with: an address and a token, from the latest token response.
#[derive(Debug, Clone)]
pub struct Session {
    /// Scheme and host of the org.
    pub instance_url: Url,
    /// The access token.
    pub access: SecretString,
}

/// The org does not take the token any more; the last request did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended")]
pub struct SessionEnded {
    /// Since when an earlier try of the same write may have been done.
    pub doubt: Option<Timestamp>,
}

/// Makes data calls of one API version.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    version: String,
}

/// One request.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Behind the version, without a slash in front.
    pub(super) path: String,
    pub(super) body: Option<&'a Value>,
    pub(super) headers: &'a [(&'static str, &'a str)],
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Null where there was no JSON.
    pub(super) body: Value,
    /// How long the org wants to be left alone.
    pub(super) wait: Option<Duration>,
    /// What the org's own clock said.
    pub(super) date: Option<Timestamp>,
}

/// No answer: whether the request may have arrived all the same.
pub(super) struct NoAnswer {
    pub(super) arrived: bool,
}

impl Client {
    /// A client of an API version such as `62.0`. Redirects are not followed, so a token never leaves its host.
    ///
    /// # Errors
    /// Where the TLS back end cannot be set up.
    pub fn new(version: &str) -> Result<Client, reqwest::Error> {
        Ok(Client {
            http: wire::client().build()?,
            version: version.trim_start_matches('v').to_owned(),
        })
    }

    pub(super) async fn send(&self, session: &Session, ask: &Ask<'_>) -> Result<Answer, NoAnswer> {
        let base = session.instance_url.as_str().trim_end_matches('/');
        let url = format!("{base}/services/data/v{}/{}", self.version, ask.path);
        let mut request = self
            .http
            .request(ask.method.clone(), url)
            .bearer_auth(session.access.expose_secret())
            .header("accept", "application/json");
        for (name, value) in ask.headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = ask.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| NoAnswer {
            arrived: !error.is_connect() && !error.is_builder(),
        })?;
        let status = response.status().as_u16();
        let wait = wire::wait(response.headers());
        let date = date(response.headers());
        let bytes = wire::body(response, CAP).await;
        let bytes = bytes.ok_or(NoAnswer { arrived: true })?;
        Ok(Answer {
            status,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            wait,
            date,
        })
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
}
