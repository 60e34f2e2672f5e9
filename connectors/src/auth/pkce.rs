//! Random handles, states and verifiers, and the digests they are kept and sent as.
//! What they protect is left to the callers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Bytes of the system's generator.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).expect("the system has a random generator");
    bytes
}

/// 32 random bytes as 43 base64url characters: a handle, a state, a verifier (RFC 7636, 4.1).
pub(super) fn token() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// The S256 challenge of a verifier (RFC 7636, 4.2).
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(hash(verifier))
}

/// SHA-256, as which secrets are looked up and compared.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Six digits, each as likely as any other.
pub(super) fn code() -> String {
    loop {
        let drawn = u32::from_be_bytes(random());
        // Above the last whole million the low codes would be likelier.
        if drawn < 4_294_000_000 {
            return format!("{:06}", drawn % 1_000_000);
        }
    }
}
