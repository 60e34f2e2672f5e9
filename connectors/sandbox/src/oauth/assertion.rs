//! Assertions of JWT bearer: signed by the certificate that was given at start, for this org, by
//! this client, and not for long. The token that comes of one is left to `token`.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// How far ahead an assertion may end, in seconds, with a minute for clocks that differ.
const LONGEST: i64 = 5 * 60 + 60;
const HOSTS: [&str; 2] = [
    "https://login.salesforce.com",
    "https://test.salesforce.com",
];

/// Whether a text is a certificate or a public key in PEM, of which assertions can be checked.
pub(crate) fn is_certificate(pem: &str) -> bool {
    key_of(pem).is_some()
}

/// The username that an assertion speaks for; the error is what the token address answers.
pub(super) fn subject(
    assertion: &str,
    certificate: Option<&str>,
    client_id: &str,
    base: &str,
    now: i64,
) -> Result<String, (&'static str, &'static str)> {
    let invalid = ("invalid_grant", "invalid assertion");
    let key = certificate.and_then(key_of).ok_or(invalid)?;
    let claims = claims(assertion, &key).ok_or(invalid)?;
    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    if text("iss") != client_id {
        return Err(("invalid_client_id", "client identifier invalid"));
    }
    let audience = text("aud").trim_end_matches('/');
    if audience != base && !HOSTS.contains(&audience) {
        return Err(("invalid_grant", "audience is invalid"));
    }
    let ends = claims["exp"].as_i64().unwrap_or_default();
    if ends <= now || ends > now + LONGEST {
        return Err(invalid);
    }
    Ok(text("sub").to_owned())
}

/// What an assertion says, if this key has signed it.
fn claims(assertion: &str, key: &[u8]) -> Option<Value> {
    let (signed, signature) = assertion.rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let json = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    };
    if json(head)?["alg"] != "RS256" {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(signed.as_bytes(), &signature).ok()?;
    json(claims)
}

/// The public key of a certificate or of a key alone, as DER of its SubjectPublicKeyInfo (RFC 5280, 4.1).
fn key_of(pem: &str) -> Option<Vec<u8>> {
    let begins = pem.lines().find(|line| line.starts_with("-----BEGIN "))?;
    let body = pem.lines().skip_while(|line| *line != begins).skip(1);
    let body: String = body.take_while(|line| !line.starts_with("-----")).collect();
    let der = STANDARD
        .decode(body.replace(char::is_whitespace, ""))
        .ok()?;
    if begins.contains("PUBLIC KEY") {
        return Some(der);
    }
    let (_, certificate) = inside(&der)?;
    let (_, mut fields) = inside(certificate)?;
    // Version (where it is told), serial number, algorithm, issuer, validity, subject; then comes the key.
    let version = usize::from(fields.first() == Some(&0xa0));
    for _ in 0..5 + version {
        fields = behind(fields)?;
    }
    let length = fields.len() - behind(fields)?.len();
    Some(fields[..length].to_vec())
}

/// The tag of a DER element and what is in it.
fn inside(der: &[u8]) -> Option<(u8, &[u8])> {
    let (head, length) = measure(der)?;
    Some((der[0], der.get(head..head + length)?))
}

/// What follows a DER element.
fn behind(der: &[u8]) -> Option<&[u8]> {
    let (head, length) = measure(der)?;
    der.get(head + length..)
}

/// The lengths of a DER element's head and of what is in it.
fn measure(der: &[u8]) -> Option<(usize, usize)> {
    let first = usize::from(*der.get(1)?);
    if first < 0x80 {
        return Some((2, first));
    }
    let count = first & 0x7f;
    if count == 0 || count > 4 {
        return None;
    }
    let bytes = der.get(2..2 + count)?;
    let length = bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    Some((2 + count, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for this test; its private key is gone.
    const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIDBzCCAe+gAwIBAgIUAMlFhuT21blozsB75AAX3841CVwwDQYJKoZIhvcNAQEL
BQAwEjEQMA4GA1UEAwwHRXhhbXBsZTAgFw0yNjExMjgwNDA2MzdaGA8yMTI2MTEw
NDA0MDYzN1owEjEQMA4GA1UEAwwHRXhhbXBsZTCCASIwDQYJKoZIhvcNAQEBBQAD
ggEPADCCAQoCggEBAJnRTYt+lv3xd4t/uYMSgrDgOWpIvsH2B9/LxIgF5qmeE9PY
zUIf8uofRpEBOqbvrMU4z8toeynddF9SWkuW2wYIqS+JlDzCmYvovvqII/zQakN5
295ssLdqEHsOzleThfKEAxTXEqL18RwaWeXiA0uyp6dQpKdG+3vSz0j/6RjAFW7J
kIvcQlkF3Q5En7RAqThXq+JsDkOhOGRi6AsZhbR3cVgRZNnHRFx6IitMqYm3Hftf
nTqYiMJC6HG7nPPt0bV3Vh/KZ6lADsnLVk6vow3vfSi78JAw6ZvcZgwpBkVDqkDp
W6/Qsceceuq4Rhsak336wwQv16Ext4nP0DExHIsCAwEAAaNTMFEwHQYDVR0OBBYE
FMcno1f5XmhHMV/Yzbw2pPP27HHAMB8GA1UdIwQYMBaAFMcno1f5XmhHMV/Yzbw2
pPP27HHAMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBACuvDEzT
z9xmtb5QxIfYoKhvrO7B+CArfs/S8CE+VerscBWkW/HIXOkxYa/l6aQKtVgbAJVj
quz84sEOL/CF2pNbXP0cGmLWgvuJCPMkBZRI3WQwv9J9m1b8XY8wOFc4NkBD60jr
i39ut2qKoaZ8KcZSPMS4YbK/mG4W9SzDQCMhVEy9HjhOtCaMnvZ1kSOuKVOqfctA
PhBle8koaXxk8zIiYT3vK7A8RQ2yIf/IX2ybIz3890cJJUcLkeuhE8SGnenVpNSd
ULyPvHkUK1wvTiq4UOcT7VvejXpNpLE1UZONN5q5SBLUgWsrgJy0YjUKM/JfCt5z
fG9xwwhRlo1N4GA=
-----END CERTIFICATE-----";
    const ASSERTION: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrZXkiLCJzdWIiOiJyZXBAZXhhbXBsZS5jb20iLCJhdWQiOiJodHRwczovL2xvZ2luLnNhbGVzZm9yY2UuY29tIiwiZXhwIjo0MTAyNDQ0ODAwfQ.GF0tTNGZVcX9BKNht_6pApV-EyCK0VuvNcRoVOYKYx2XD9g7w3DfC7ih3QepGAbbQSq6Ac7I8hK5nUmB6fY-UsDPrfAn5T-mU5uJ-X6s89yE6gYagiXTJaDTB2WENjUYb3ciWbmTJzEaDkgjOfgyflCfotX94EaorSA9Pc0uvc4Wkm1gmFyt4zV2a0QoFXtKfHID6fwWW1ZUGnn76nKaZ4wvVN6hHLnN8eyP4NAcQFf6KnqeXi__xAsh5_zipGawegeRULVrrIT04cDxC-1jYasl4btosgOz0otYXsXSzDmUz12v_li5p6W1wv5wbspsOI_gCMiRWc_WLcoC5bnUzA";
    const NOW: i64 = 4_102_444_620;

    #[test]
    fn an_assertion_holds_for_its_client_its_org_and_its_time() {
        let (base, key) = ("http://127.0.0.1:8081", "key");
        let with = |assertion: &str, certificate, client, now| {
            subject(assertion, certificate, client, base, now).map_err(|(_, why)| why)
        };
        let good = Some(CERTIFICATE);
        assert_eq!(
            with(ASSERTION, good, key, NOW),
            Ok("rep@example.com".into())
        );
        let (head, rest) = ASSERTION.split_once('.').expect("three parts");
        let (_, signature) = rest.split_once('.').expect("three parts");
        let other = URL_SAFE_NO_PAD.encode(r#"{"iss":"key","sub":"boss@example.com"}"#);
        let forged = format!("{head}.{other}.{signature}");
        for (assertion, certificate, client, now, why) in [
            (ASSERTION, None, key, NOW, "invalid assertion"),
            (&*forged, good, key, NOW, "invalid assertion"),
            ("a.b.c", good, key, NOW, "invalid assertion"),
            ("", good, key, NOW, "invalid assertion"),
            (ASSERTION, good, "other", NOW, "client identifier invalid"),
            (ASSERTION, good, key, NOW + 180, "invalid assertion"),
            (ASSERTION, good, key, NOW - 600, "invalid assertion"),
        ] {
            assert_eq!(
                with(assertion, certificate, client, now),
                Err(why.to_owned()).map_err(|_| why)
            );
        }
    }

    #[test]
    fn what_is_no_certificate_is_told_from_one() {
        assert!(is_certificate(CERTIFICATE));
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----",
        ] {
            assert!(!is_certificate(text), "{text}");
        }
    }
}
