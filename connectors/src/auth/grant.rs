//! Grants in use: the session they give, one refresh at a time, and giving them back.
//! How they came about is left to `callback`.

use std::sync::{Arc, PoisonError};

use secrecy::SecretString;
use turnwise_engine::event::Account;

use super::audit::{Deed, Entry};
use super::fault::{Fault, Refused};
use super::lease::Lease;
use super::profile::Profile;
use super::setup::OPERATOR;
use super::store::{GrantStore, StoreError, Written};
use super::token::Grant;
use super::{Authorizer, Who};
use crate::salesforce::Session;

/// What came of a refresh.
#[derive(Debug, Clone)]
pub enum Renewed {
    /// There is a session to go on with.
    Session(Session),
    /// The grant has ended and is forgotten; a new sign-in is needed.
    Lost,
    /// The provider did not answer as it should; the grant stays.
    Unavailable,
}

impl<S: GrantStore> Authorizer<S> {
    /// The session of the user's grant, if there is one.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn session(
        &self,
        channel: &str,
        user: &str,
        integration: &str,
    ) -> Result<Option<Session>, StoreError> {
        let owner = [channel, user, integration];
        let Some((grant, _)) = self.stored(owner).await? else {
            return Ok(None);
        };
        if let Some(row) = self.store.grant(channel, user, integration).await? {
            self.note_use(owner, row.used).await?;
        }
        Ok(grant.session())
    }

    /// The account of the user's grant, and the id of its org.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn account(
        &self,
        channel: &str,
        user: &str,
        integration: &str,
    ) -> Result<Option<(Account, String)>, StoreError> {
        let stored = self.stored([channel, user, integration]).await?;
        Ok(stored.map(|(grant, _)| (grant.account.clone(), grant.org_id.clone())))
    }

    /// A session in place of one whose token was not taken; those who come together share one refresh (D4).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn refresh(
        &self,
        who: &Who,
        integration: &str,
        failed: &SecretString,
    ) -> Result<Renewed, StoreError> {
        let (channel, user) = (who.channel.as_str(), who.user.as_str());
        let owner = [channel, user, integration];
        let entry =
            |deed, grant: &Grant| Entry::of(who, integration, deed, self.clock.now()).by(grant);
        let turn = self.turn(owner);
        let _turn = turn.lock().await;
        let (mut old, mut version) = match self.lease(owner, failed).await? {
            Lease::Ours(grant, version) => (grant, version),
            Lease::Renewed(grant) => return Ok(renewed(&grant)),
            Lease::Gone => return Ok(Renewed::Lost),
        };
        let used = self.used(integration).await?;
        let profile = used.profile()?;
        let mut answer = self.renew(profile, &old).await;
        if matches!(&answer, Err(fault) if fault.refused() == Refused::Unavailable) {
            // Whether a rotating refresh ran is unknown, so the same one is tried once more (contract 1.4).
            self.release(owner, old, version).await?;
            (old, version) = match self.lease(owner, failed).await? {
                Lease::Ours(grant, version) => (grant, version),
                Lease::Renewed(grant) => return Ok(renewed(&grant)),
                Lease::Gone => return Ok(Renewed::Lost),
            };
            answer = self.renew(profile, &old).await;
        }
        match &answer {
            Ok(_) => self.went_well(integration).await?,
            Err(fault) if channel == OPERATOR || !fault.of_one_account() => {
                self.went_wrong(integration, fault).await?;
            }
            Err(_) => {}
        }
        match answer.map_err(|fault| fault.refused()) {
            Ok(new) => {
                if self.put_over(owner, &new, version).await? {
                    self.note_down(entry(Deed::Refreshed, &new)).await;
                    return Ok(renewed(&new));
                }
                let now = self.stored(owner).await?;
                Ok(now.map_or(Renewed::Lost, |(grant, _)| renewed(&grant)))
            }
            Err(Refused::Invalid) => match self.stored(owner).await? {
                // Another process refreshed meanwhile: its tokens are good (D6).
                Some((grant, newer)) if newer != version => Ok(renewed(&grant)),
                _ => {
                    if channel == OPERATOR {
                        self.store.remove_grant(channel, user, integration).await?;
                    } else if !self.put_over(owner, &old.as_ended(), version).await? {
                        let now = self.stored(owner).await?;
                        return Ok(now.map_or(Renewed::Lost, |(grant, _)| renewed(&grant)));
                    }
                    let refused = entry(Deed::RefreshRefused, &old);
                    self.note_down(refused.because("grant_ended")).await;
                    if channel == OPERATOR {
                        self.shared_ended(integration, true).await?;
                    }
                    Ok(Renewed::Lost)
                }
            },
            Err(other) => {
                let why = match other {
                    Refused::Blocked => "blocked",
                    Refused::Unfit => "unfit_answer",
                    Refused::Setup => "client_refused",
                    _ => "unavailable",
                };
                let refused = entry(Deed::RefreshRefused, &old);
                self.note_down(refused.because(why)).await;
                self.release(owner, old, version).await?;
                Ok(Renewed::Unavailable)
            }
        }
    }

    async fn renew(&self, profile: &Profile, old: &Grant) -> Result<Grant, Fault> {
        if profile.mechanism.by_itself() && old.refresh.is_none() {
            let now = self.clock.now().as_second();
            return self.provider.mint(profile, now).await;
        }
        self.provider.refresh(profile, old).await
    }

    /// Gives the grant back and forgets it whatever the provider says; true where the provider confirmed.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sign_out(&self, who: &Who, integration: &str) -> Result<bool, StoreError> {
        self.give_back(who, integration, Deed::SignedOut).await
    }

    pub(super) async fn give_back(
        &self,
        who: &Who,
        integration: &str,
        deed: Deed,
    ) -> Result<bool, StoreError> {
        self.void(who, integration).await?;
        let owner = [who.channel.as_str(), who.user.as_str(), integration];
        let turn = self.turn(owner);
        let _turn = turn.lock().await;
        let stored = self.kept_grant(owner).await?;
        self.store
            .remove_grant(&who.channel, &who.user, integration)
            .await?;
        match stored.filter(|(grant, _)| grant.is_there()) {
            Some((grant, _)) => {
                let confirmed = self.revoked(integration, &grant).await?;
                let entry = Entry::of(who, integration, deed, self.clock.now()).by(&grant);
                let why = if confirmed {
                    "revoked"
                } else {
                    "not_confirmed"
                };
                self.note_down(entry.because(why)).await;
                Ok(confirmed)
            }
            None => Ok(true),
        }
    }

    /// Gives tokens back to the provider that they are from; false where it did not confirm, or is not known here any more.
    pub(super) async fn revoked(
        &self,
        integration: &str,
        grant: &Grant,
    ) -> Result<bool, StoreError> {
        let mut known: Vec<Profile> = self.used(integration).await?.profile.into_iter().collect();
        known.extend(
            self.profiles()
                .await?
                .into_iter()
                .map(|(profile, _)| profile),
        );
        match known.iter().find(|profile| grant.is_of(profile)) {
            Some(profile) => Ok(self.provider.revoke(profile, grant).await),
            None => Ok(false),
        }
    }

    /// The grant and its version; one that does not open, has ended, is another provider's than is chosen now, or of an org
    /// that may not be used any more counts as signed out (D1, D2, C4, B4).
    pub(super) async fn stored(
        &self,
        owner: [&str; 3],
    ) -> Result<Option<(Grant, u64)>, StoreError> {
        let Some((grant, version)) = self.kept_grant(owner).await? else {
            return Ok(None);
        };
        let used = self.used(owner[2]).await?;
        let fits = used.profile.is_none_or(|profile| grant.is_of(&profile));
        let fits = fits && used.setup.takes(&grant.org_id) && grant.is_there();
        Ok(fits.then_some((grant, version)))
    }

    /// The user's last grant from the provider that is chosen now, though it may have ended: who signs in next is compared with
    /// its account (B4).
    pub(super) async fn last_of(&self, owner: [&str; 3]) -> Result<Option<Grant>, StoreError> {
        let used = self.used(owner[2]).await?;
        let fits = |grant: &Grant| {
            let profile = used.profile.as_ref();
            let known = grant.is_there() || grant.ended;
            known
                && profile.is_none_or(|profile| grant.is_of(profile))
                && used.setup.takes(&grant.org_id)
        };
        let kept = self.kept_grant(owner).await?;
        Ok(kept.map(|(grant, _)| grant).filter(fits))
    }

    /// The same, whatever is chosen now.
    pub(super) async fn kept_grant(
        &self,
        owner: [&str; 3],
    ) -> Result<Option<(Grant, u64)>, StoreError> {
        let [channel, user, integration] = owner;
        let Some(row) = self.store.grant(channel, user, integration).await? else {
            return Ok(None);
        };
        let Some(clear) = self.vault.open(owner, &row.sealed) else {
            return Ok(None);
        };
        let mut version = row.version;
        if !self.vault.seals_like(&row.sealed) {
            // Sealed with an old key of the ring: what is used is sealed anew (D2).
            let sealed = self.vault.seal(owner, &clear);
            let put = self
                .store
                .put_grant(owner, sealed, version, Written::Resealed);
            version += u64::from(put.await?);
        }
        Ok(serde_json::from_slice(&clear)
            .ok()
            .map(|grant| (grant, version)))
    }

    /// Writes a grant over whatever is there.
    pub(super) async fn write_grant(
        &self,
        owner: [&str; 3],
        grant: &Grant,
        written: Written,
    ) -> Result<(), StoreError> {
        let [channel, user, integration] = owner;
        for _ in 0..8 {
            let row = self.store.grant(channel, user, integration).await?;
            let version = row.map_or(0, |row| row.version);
            let sealed = self.sealed(owner, grant);
            let put = self.store.put_grant(owner, sealed, version, written);
            if put.await? {
                return Ok(());
            }
        }
        Err(StoreError(
            "a grant kept changing while it was written".to_owned(),
        ))
    }

    /// Writes a grant over the one of this version; false where somebody else has written meanwhile.
    pub(super) async fn put_over(
        &self,
        owner: [&str; 3],
        grant: &Grant,
        version: u64,
    ) -> Result<bool, StoreError> {
        let sealed = self.sealed(owner, grant);
        let written = Written::Renewed(self.clock.now());
        let put = self.store.put_grant(owner, sealed, version, written);
        put.await
    }

    fn sealed(&self, owner: [&str; 3], grant: &Grant) -> Vec<u8> {
        let clear = serde_json::to_vec(grant).expect("a grant is texts only");
        self.vault.seal(owner, &zeroize::Zeroizing::new(clear))
    }

    pub(super) fn turn(&self, owner: [&str; 3]) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // A turn that nobody holds is forgotten, so the map stays as small as what runs.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(owner.map(str::to_owned)).or_default().clone()
    }
}

impl Grant {
    /// Whether there is something to call with: it has not ended, and its first trade is over.
    pub(super) fn is_there(&self) -> bool {
        !self.ended && !self.access.is_empty()
    }

    /// Whose account it was, without any token.
    pub(super) fn as_ended(&self) -> Grant {
        let mut left = self.clone();
        left.access.clear();
        left.refresh = None;
        left.given.clear();
        left.ended = true;
        left.leased = 0;
        left
    }
}

fn renewed(grant: &Grant) -> Renewed {
    grant.session().map_or(Renewed::Lost, Renewed::Session)
}
