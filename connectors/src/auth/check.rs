//! Trying a profile out: its check address is asked once with the credential, and shown with every secret masked.
//! The form that asks for it is the binary's.

use secrecy::ExposeSecret as _;
use url::Url;

use super::access::{Credential, credential};
use super::fault::{Fault, What};
use super::profile::{Mechanism, Profile};
use super::setup::{By, OPERATOR, SHARED};
use super::store::{GrantStore, StoreError};
use super::token::Grant;
use super::trouble::Trouble;
use super::{Authorizer, address};

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
    /// The profile itself is taken, and there is nothing to ask: as this account, where it signs in by itself.
    Taken(String),
    /// The provider does not take the profile.
    Wrong(Trouble),
}

impl<S: GrantStore> Authorizer<S> {
    /// Tries a profile: whether its provider takes it, then its check address, with the shared grant of an integration that
    /// uses it, else with what the profile holds.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn check(&self, profile: &Profile) -> Result<Checked, StoreError> {
        let (now, redirect_uri) = (self.clock.now(), self.redirect_uri());
        let tried = self
            .provider
            .try_to_sign_in(profile, &redirect_uri, now.as_second());
        let minted = match tried.await {
            Ok(minted) => minted,
            Err(fault) => {
                return Ok(Checked::Wrong(Trouble::of(
                    &fault,
                    profile,
                    &redirect_uri,
                    now,
                )));
            }
        };
        let oauth = profile.mechanism.by_page() || profile.mechanism.by_itself();
        if profile.check_url.is_empty() && oauth && profile.mechanism != Mechanism::RefreshToken {
            let name = minted.map(|grant| grant.account.name.clone());
            return Ok(Checked::Taken(name.unwrap_or_default()));
        }
        let Ok(mut url) = Url::parse(&profile.check_url) else {
            return Ok(Checked::NotTried("Give a check address first."));
        };
        if !self.may_be_asked(&url) {
            return Ok(Checked::NotTried(
                "The check address has to be https, or http on loopback while this server is there, too.",
            ));
        }
        let grant = match minted {
            Some(grant) => grant,
            None => match self.grant_of(profile).await? {
                Ok(grant) => grant,
                Err(why) => return Ok(Checked::NotTried(why)),
            },
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

    /// Whether a credential may go to this check address.
    fn may_be_asked(&self, url: &Url) -> bool {
        Url::parse(&self.redirect_uri()).is_ok_and(|here| address::is_private_from(&here, url))
    }

    async fn grant_of(&self, profile: &Profile) -> Result<Result<Grant, &'static str>, StoreError> {
        match profile.mechanism {
            Mechanism::ApiKey | Mechanism::Basic if profile.lacks(By::Operator).is_empty() => {
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
        Ok(Err(
            "Authorize an integration that uses this profile first.",
        ))
    }

    /// Tries a credential that a user typed in, where the profile has a check address.
    pub(super) async fn checked_key(&self, profile: &Profile, grant: &Grant) -> Result<(), Fault> {
        let Ok(url) = Url::parse(&profile.check_url) else {
            return Ok(());
        };
        if !self.may_be_asked(&url) {
            return Err(What::NoProvider.into());
        }
        let credential = credential(profile, grant);
        match self.provider.try_out(url, &credential).await {
            Some((200..=299, _, _)) => Ok(()),
            Some((401 | 403, _, _)) => Err(What::NoApi.into()),
            _ => Err(What::Outage.into()),
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
