//! Trying a profile out: its check address is asked once with the credential, and shown with every secret masked.
//! The form that asks for it is the binary's.

use secrecy::ExposeSecret as _;
use url::Url;

use super::access::{Credential, credential};
use super::profile::{Mechanism, Profile};
use super::setup::{OPERATOR, SHARED};
use super::store::{GrantStore, StoreError};
use super::token::{Grant, Refused};
use super::{Authorizer, profile};

/// Most of a body that is shown, in characters.
const SHOWN: usize = 4_000;

/// What came of trying a profile out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// An answer came.
    Answer {
        /// Its status.
        status: u16,
        /// Its headers, masked.
        headers: Vec<(String, String)>,
        /// The beginning of its body, masked.
        body: String,
    },
    /// Nothing was tried; the sentence says what has to be done first.
    NotTried(&'static str),
}

impl<S: GrantStore> Authorizer<S> {
    /// Tries a profile: with the shared grant of an integration that uses it, else with what the profile holds.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn check(&self, profile: &Profile) -> Result<Checked, StoreError> {
        let Ok(mut url) = Url::parse(&profile.check_url) else {
            return Ok(Checked::NotTried("Give a check address first."));
        };
        if url.scheme() != "https" && !profile::loopback(&url) {
            return Ok(Checked::NotTried(
                "The check address has to be https, or http on loopback.",
            ));
        }
        let grant = match self.grant_of(profile).await? {
            Ok(grant) => grant,
            Err(why) => return Ok(Checked::NotTried(why)),
        };
        if profile.of_salesforce() {
            // A token goes only to the org's own hosts.
            if !profile.trusts(&url) {
                return Ok(Checked::NotTried(
                    "The check address is no host of this login host's org.",
                ));
            }
            url.set_fragment(None);
        }
        let credential = credential(profile, &grant);
        let Some((status, headers, body)) = self.provider.try_out(url, &credential).await else {
            return Ok(Checked::NotTried(
                "No answer came. Is the address right, and can this server reach it?",
            ));
        };
        let masked = |text: &str| mask(text, &grant, profile, &credential);
        let headers = headers.iter().map(|(name, value)| {
            let secret = matches!(name.as_str(), "set-cookie" | "www-authenticate");
            let value = if secret {
                "•••".to_owned()
            } else {
                masked(value)
            };
            (name.clone(), value)
        });
        let body: String = masked(&body).chars().take(SHOWN).collect();
        Ok(Checked::Answer {
            status,
            headers: headers.collect(),
            body,
        })
    }

    async fn grant_of(&self, profile: &Profile) -> Result<Result<Grant, &'static str>, StoreError> {
        match profile.mechanism {
            Mechanism::ApiKey | Mechanism::Basic if profile.lacks(false).is_empty() => {
                return Ok(Ok(Grant::of_key(profile, &Default::default())));
            }
            _ => {}
        }
        for setup in self.setups() {
            if self.used(&setup.integration).await?.setup.profile != profile.id {
                continue;
            }
            let owner = [OPERATOR, SHARED, setup.integration.as_str()];
            if let Some((grant, _)) = self.stored(owner).await? {
                return Ok(Ok(grant));
            }
        }
        if profile.mechanism.by_itself() {
            let now = self.clock.now().as_second();
            return Ok(match self.provider.mint(profile, now).await {
                Ok(grant) => Ok(grant),
                Err(Refused::Unavailable) => Err("The token address did not answer."),
                Err(_) => Err(
                    "The token address refused this profile. Are client id, secret and login host right?",
                ),
            });
        }
        Ok(Err(
            "Authorize an integration that uses this profile first.",
        ))
    }

    /// Tries a credential that a user typed in, where the profile has a check address.
    pub(super) async fn checked_key(
        &self,
        profile: &Profile,
        grant: &Grant,
    ) -> Result<(), Refused> {
        let Ok(url) = Url::parse(&profile.check_url) else {
            return Ok(());
        };
        let credential = credential(profile, grant);
        match self.provider.try_out(url, &credential).await {
            Some((200..=299, _, _)) => Ok(()),
            Some((401 | 403, _, _)) => Err(Refused::Unfit),
            _ => Err(Refused::Unavailable),
        }
    }
}

/// A text without any secret of this profile.
fn mask(text: &str, grant: &Grant, profile: &Profile, credential: &Credential) -> String {
    let mut secrets: Vec<&str> = vec![&grant.access];
    secrets.extend(grant.refresh.as_deref());
    let own = profile.secrets.values();
    secrets.extend(own.map(|secret| secret.expose_secret()));
    let sent = credential.headers.iter().chain(&credential.query);
    let sent = sent.chain(&credential.body);
    secrets.extend(sent.map(|(_, secret)| secret.expose_secret()));
    // The longest first, so that no part of one is left over.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut text = text.to_owned();
    for secret in secrets.into_iter().filter(|secret| secret.len() >= 4) {
        text = text.replace(secret, "•••");
    }
    text
}
