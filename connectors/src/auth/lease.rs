//! One refresh of a grant at a time, also among processes that share a store: whoever refreshes says so in the grant's row
//! first, and the others wait for what comes of it (D4). Asking the provider is left to `grant`.

use std::time::Duration;

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};

use super::Authorizer;
use super::profile::Profile;
use super::store::{GrantStore, StoreError};
use super::token::Grant;

/// How often it is looked whether another process is done.
const LOOK: Duration = Duration::from_millis(100);
/// How much longer than the provider's call a lease lasts: a process that died in the middle holds up nobody for long.
const MARGIN: Duration = Duration::from_secs(2);

/// What came of wanting to refresh.
pub(super) enum Lease {
    /// It is ours: the grant, and its version.
    Ours(Grant, u64),
    /// Somebody else has refreshed.
    Renewed(Grant),
    /// There is no grant any more.
    Gone,
}

impl<S: GrantStore> Authorizer<S> {
    /// Takes the right to refresh a grant whose token was not taken, or waits for the one who has it.
    pub(super) async fn lease(
        &self,
        owner: [&str; 3],
        failed: &SecretString,
    ) -> Result<Lease, StoreError> {
        let life = self.provider.time + MARGIN;
        let mut waited = Duration::ZERO;
        loop {
            let Some((grant, version)) = self.stored(owner).await? else {
                return Ok(Lease::Gone);
            };
            if grant.access != failed.expose_secret() {
                return Ok(Lease::Renewed(grant));
            }
            let now = self.clock.now();
            if grant.leased > now.as_millisecond() && !self.is_left_over(&grant) && waited < life {
                tokio::time::sleep(LOOK).await;
                waited += LOOK;
                continue;
            }
            let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
            let mut ours = grant.clone();
            ours.leased = now.saturating_add(life).map_or(0, |at| at.as_millisecond());
            if self.put_over(owner, &ours, version).await? {
                return Ok(Lease::Ours(ours, version + 1));
            }
        }
    }

    /// Takes the right to make the first trade of a refresh token that a profile brings along, or gives what the process that
    /// has it came to: a token that rotates is good for one trade, whoever makes it.
    pub(super) async fn first_lease(
        &self,
        owner: [&str; 3],
        profile: &Profile,
    ) -> Result<Lease, StoreError> {
        let life = self.provider.time + MARGIN;
        let mut waited = Duration::ZERO;
        loop {
            let kept = self.kept_grant(owner).await?;
            let row = self.store.grant(owner[0], owner[1], owner[2]).await?;
            let version = row.map_or(0, |row| row.version);
            let now = self.clock.now();
            match kept.filter(|(grant, _)| grant.is_of(profile)) {
                Some((grant, _)) if grant.is_there() => return Ok(Lease::Renewed(grant)),
                Some((grant, _))
                    if grant.leased > now.as_millisecond()
                        && !self.is_left_over(&grant)
                        && waited < life =>
                {
                    tokio::time::sleep(LOOK).await;
                    waited += LOOK;
                    continue;
                }
                _ => {}
            }
            let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
            let mut ours = Grant::of_key(profile, &Default::default());
            ours.leased = now.saturating_add(life).map_or(0, |at| at.as_millisecond());
            if self.put_over(owner, &ours, version).await? {
                return Ok(Lease::Ours(ours, version + 1));
            }
        }
    }

    /// Whether the process that took a lease is gone: it served this store before this one, which serves it alone.
    fn is_left_over(&self, grant: &Grant) -> bool {
        let life = (self.provider.time + MARGIN).as_millis();
        let taken = i128::from(grant.leased) - i128::try_from(life).unwrap_or(i128::MAX);
        self.alone_since
            .is_some_and(|since| taken < i128::from(since.as_millisecond()))
    }

    /// The refresh came to nothing: the others may try.
    pub(super) async fn release(
        &self,
        owner: [&str; 3],
        mut grant: Grant,
        version: u64,
    ) -> Result<(), StoreError> {
        grant.leased = 0;
        // Whoever has written meanwhile has no lease of ours.
        self.put_over(owner, &grant, version).await.map(|_| ())
    }
}
