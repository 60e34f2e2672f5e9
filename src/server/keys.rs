//! Who asks: the server key, a conversation's token, or our own page by its cookie. Tokens are kept hashed and compared in
//! constant time.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Served;
use super::errors::Refusal;
use super::limits::TURNS;
use crate::store::conversations::Row;

/// A fresh random text of 256 bits.
pub fn fresh() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A fresh id that nobody can guess, 208 of its 256 bits random. It begins with the time, so that what is made at about the
/// same time stands together in the store: a commit of many young conversations changes few pages.
pub fn fresh_id() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    let time = Timestamp::now().as_millisecond().to_be_bytes();
    bytes[..6].copy_from_slice(&time[2..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the store keeps of a token.
pub fn hashed(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// What stands behind `Bearer`, whose case does not matter (RFC 9110, 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(rest.trim())
}

fn unauthorized(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
}

impl Served {
    fn is_key(&self, given: &str) -> bool {
        self.key
            .as_ref()
            .is_some_and(|key| hashed(key).ct_eq(&hashed(given)).into())
    }

    /// Whether the request holds the server key.
    ///
    /// # Errors
    /// 401 where it holds anything else.
    pub fn server_key(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match bearer(headers) {
            Some(given) if self.is_key(given) => Ok(()),
            _ => Err(unauthorized(
                "This needs the server key: `Authorization: Bearer KEY`.",
            )),
        }
    }

    /// The conversation of a request, where its key or token may see it.
    ///
    /// # Errors
    /// 401 without a key or with a token that ended, 403 with another conversation's, 404, 429, 503.
    pub fn conversation(
        &self,
        id: &str,
        headers: &HeaderMap,
        query: Option<&str>,
    ) -> Result<Row, Refusal> {
        let header = bearer(headers);
        let Some(given) = header.or(query) else {
            return Err(unauthorized(
                "This needs a key or the conversation's token: `Authorization: Bearer …`.",
            ));
        };
        let by_key = header.is_some() && self.is_key(given);
        let row = self.runtime.store.conversation(id)?;
        if by_key {
            return row.ok_or_else(Refusal::no_conversation);
        }
        // A token says which conversation is its own; whether another one exists is none of its business.
        let own = row.filter(|row| row.token.ct_eq(&hashed(given)).into());
        let Some(row) = own else {
            let known = self.runtime.store.is_token(&hashed(given))?;
            return Err(if known {
                Refusal::new(
                    StatusCode::FORBIDDEN,
                    "other_conversation",
                    "This token is another conversation's.",
                )
            } else {
                unauthorized("This key or token is not known here, or has ended.")
            });
        };
        if row.token_ends < Timestamp::now().as_second() {
            return Err(unauthorized(
                "This conversation's token has ended. Open a new conversation.",
            ));
        }
        self.limits.take("token", id, TURNS * 4)?;
        Ok(row)
    }
}
