//! The assertion of JWT bearer (RFC 7523): a few claims, signed RS256 with the profile's private key.
//! Sending it is left to `token`.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

/// How long an assertion lives, in seconds: the vendor takes up to five minutes.
const LIFE: i64 = 180;

/// The assertion; `None` where the key is no PKCS#8 or PKCS#1 key in PEM.
///
/// `audience` is the login host, `now` in seconds since 1970.
pub(super) fn assertion(
    client_id: &str,
    username: &str,
    audience: &str,
    key: &str,
    now: i64,
) -> Option<String> {
    let claims = json!({ "iss": client_id, "sub": username, "aud": audience, "exp": now + LIFE });
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let key = pair(key)?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .ok()?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// Whether this is a key that can sign.
pub fn is_private_key(pem: &str) -> bool {
    pair(pem).is_some()
}

fn pair(pem: &str) -> Option<KeyPair> {
    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()))
        .collect();
    let der = zeroize::Zeroizing::new(STANDARD.decode(body).ok()?);
    let pair = KeyPair::from_pkcs8(&der);
    pair.or_else(|_| KeyPair::from_der(&der)).ok()
}
