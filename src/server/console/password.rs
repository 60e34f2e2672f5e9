//! The operator's password: hashed with Argon2id, checked away from the threads that answer. A new one ends every session.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use turnwise_connectors::auth::{Authorizer, GrantStore as _, StoreError};

use super::session::SESSION;
use crate::server::keys;
use crate::store::grants::Grants;

/// Fewest characters of a password.
pub const SHORTEST: usize = 12;
/// Kind and id of what is kept.
const OPERATOR: &str = "operator";

/// A new password that nobody can guess.
pub fn fresh() -> String {
    keys::fresh().chars().take(24).collect()
}

/// Sets the password; every session ends.
///
/// # Errors
/// Where the store fails.
pub async fn set(auth: &Authorizer<Grants>, password: &str) -> Result<(), StoreError> {
    let password = password.to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        let hash = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string())
    });
    let hash = hashed
        .await
        .map_err(|error| StoreError(error.to_string()))?
        .map_err(|error| StoreError(error.to_string()))?;
    auth.put(OPERATOR, OPERATOR, &hash).await?;
    for (id, _) in auth.store().all_kept(SESSION).await? {
        auth.store().keep(SESSION, &id, None).await?;
    }
    Ok(())
}

/// The first password, where there is none yet; it can be read this once only.
///
/// # Errors
/// Where the store fails.
pub async fn first(auth: &Authorizer<Grants>) -> Result<Option<String>, StoreError> {
    if auth.opened::<String>(OPERATOR, OPERATOR).await?.is_some() {
        return Ok(None);
    }
    let password = fresh();
    set(auth, &password).await?;
    Ok(Some(password))
}

/// Whether this is the password.
///
/// # Errors
/// Where the store fails.
pub async fn is_right(auth: &Authorizer<Grants>, password: &str) -> Result<bool, StoreError> {
    let Some(hash) = auth.opened::<String>(OPERATOR, OPERATOR).await? else {
        return Ok(false);
    };
    let password = password.to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        let hash = PasswordHash::new(&hash).ok()?;
        let argon = Argon2::default();
        argon.verify_password(password.as_bytes(), &hash).ok()
    });
    let checked = checked.await;
    Ok(checked.is_ok_and(|right| right.is_some()))
}
