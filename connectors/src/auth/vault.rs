//! Seals what is secret at rest: XChaCha20-Poly1305, a ring of keys, and the owner as associated data.
//! Where the keys come from and where the bytes go is left to others.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Keys that can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is none.
    #[error("TURNWISE_VAULT_KEY is not set; `openssl rand -hex 32` makes a key")]
    Missing,
    /// One is not 64 hexadecimal digits.
    #[error("a key of TURNWISE_VAULT_KEY is not 64 hexadecimal digits")]
    Form,
    /// One is an example, not random.
    #[error("a key of TURNWISE_VAULT_KEY is an example, not a random one")]
    Example,
}

/// The key ring: the first key seals, all of them open.
#[derive(Clone)]
pub struct Vault {
    keys: Vec<([u8; 4], Zeroizing<[u8; 32]>)>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} keys)", self.keys.len())
    }
}

impl Vault {
    /// A ring from a list of keys in hex, the active one first, separated by commas or spaces.
    ///
    /// # Errors
    /// [`KeyError`] for a missing, short or example key.
    pub fn from_hex(list: &str) -> Result<Vault, KeyError> {
        let mut keys = Vec::new();
        for word in list.split([',', ' ', '\n']).filter(|word| !word.is_empty()) {
            if word.len() != 64 || !word.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(KeyError::Form);
            }
            let mut key = Zeroizing::new([0_u8; 32]);
            for (i, byte) in key.iter_mut().enumerate() {
                *byte = u8::from_str_radix(&word[2 * i..2 * i + 2], 16)
                    .expect("all digits are hexadecimal");
            }
            // Thirty-two random bytes have some twenty-nine different ones; fewer than twelve is a pattern.
            let mut seen: Vec<u8> = key.to_vec();
            seen.sort_unstable();
            seen.dedup();
            let rising = key
                .windows(2)
                .all(|pair| pair[1] == pair[0].wrapping_add(1));
            if seen.len() < 12 || rising {
                return Err(KeyError::Example);
            }
            keys.push((key_id(&key), key));
        }
        if keys.is_empty() {
            return Err(KeyError::Missing);
        }
        Ok(Vault { keys })
    }

    /// A new key, as the ring takes it.
    pub fn new_key() -> String {
        let key = Zeroizing::new(super::pkce::random::<32>());
        key.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The keys' ids in order, the one that seals first; a key can't be told from its id.
    pub fn ids(&self) -> Vec<String> {
        let hex = |id: &[u8; 4]| id.iter().map(|byte| format!("{byte:02x}")).collect();
        self.keys.iter().map(|(id, _)| hex(id)).collect()
    }

    /// A ring of one new key, for a store that ends with the process.
    pub fn random() -> Vault {
        let key = Zeroizing::new(super::pkce::random::<32>());
        Vault {
            keys: vec![(key_id(&key), key)],
        }
    }

    /// Seals for this owner.
    pub fn seal(&self, owner: [&str; 3], clear: &[u8]) -> Vec<u8> {
        let (id, key) = &self.keys[0];
        let nonce = super::pkce::random::<24>();
        let aad = aad(owner, *id);
        let payload = Payload {
            msg: clear,
            aad: &aad,
        };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a short text is within the cipher's limit");
        [&id[..], &nonce[..], &sealed[..]].concat()
    }

    /// Whether this was sealed with the key that seals now.
    pub fn seals_like(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.keys[0].0)
    }

    /// Opens what was sealed for this owner; `None` for another owner, a dropped key, or changed bytes.
    pub fn open(&self, owner: [&str; 3], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (id, rest) = sealed.split_first_chunk::<4>()?;
        let (nonce, body) = rest.split_first_chunk::<24>()?;
        let (_, key) = self.keys.iter().find(|(known, _)| known == id)?;
        let aad = aad(owner, *id);
        let payload = Payload {
            msg: body,
            aad: &aad,
        };
        let clear = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(Zeroizing::new(clear))
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}

fn key_id(key: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::digest(key);
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Each part with its length in front, so that no two owners share one spelling.
fn aad(owner: [&str; 3], key: [u8; 4]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in owner {
        all.extend((part.len() as u64).to_be_bytes());
        all.extend(part.as_bytes());
    }
    all.extend(key);
    all
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const K1: &str = "8f1c0d5e7a92b3464d0be2f1906c5d7738a1e4fb02c96d5083f7a1bc2e64d905";
    const K2: &str = "13a7c5e90f2b4d68e1735c9a0b8f6d24c3e5a7190d4f2b6c8e0a1735f9bd6c42";

    #[test]
    fn d1_a_row_opens_only_for_its_owner_and_with_its_key() {
        let old = Vault::from_hex(K1).unwrap();
        let sealed = old.seal(["web", "ann", "crm"], b"token");
        let both = Vault::from_hex(&format!("{K2},{K1}")).unwrap();
        assert_eq!(
            &**both.open(["web", "ann", "crm"], &sealed).unwrap(),
            b"token"
        );
        assert!(both.open(["web", "ben", "crm"], &sealed).is_none());
        let new = Vault::from_hex(K2).unwrap();
        assert!(new.open(["web", "ann", "crm"], &sealed).is_none());
    }

    #[test]
    fn d1_refuses_keys_that_are_no_keys() {
        for (key, error) in [
            ("", KeyError::Missing),
            ("changeme", KeyError::Form),
            (&"0".repeat(64), KeyError::Example),
        ] {
            assert_eq!(Vault::from_hex(key).err(), Some(error));
        }
    }
}
