//! What went wrong last with an integration, kept for the console and the terminal until something goes well or the set-up
//! is changed. What the provider's refusal means is told by `fault`.

use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Authorizer;
use super::fault::{Fault, Refused};
use super::profile::Profile;
use super::store::{GrantStore, StoreError};

/// Kind of what is kept.
pub(super) const TROUBLE: &str = "trouble";
/// The same trouble is written anew so many seconds later, and not with each turn of an outage.
const AGAIN: i64 = 60;

/// What an operator has to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Since when it is known, or when it was seen again.
    pub at: Timestamp,
    /// Its word, `wrong_secret`.
    pub word: &'static str,
    /// What is wrong, what to change, and where.
    pub sentence: String,
    /// The provider's own words, to be escaped; empty where it said nothing.
    pub said: String,
}

impl Trouble {
    pub(super) fn of(
        fault: &Fault,
        profile: &Profile,
        redirect_uri: &str,
        at: Timestamp,
    ) -> Trouble {
        Trouble {
            at,
            word: fault.word(),
            sentence: fault.sentence(profile, redirect_uri),
            said: fault.said.clone(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    at: Timestamp,
    fault: Fault,
}

impl<S: GrantStore> Authorizer<S> {
    /// What went wrong last with an integration; `None` since something went well, or was changed.
    ///
    /// # Errors
    /// Where the store fails or there is no such integration.
    pub async fn trouble(&self, integration: &str) -> Result<Option<Trouble>, StoreError> {
        let Some(kept) = self.opened::<Kept>(TROUBLE, integration).await? else {
            return Ok(None);
        };
        let (used, redirect_uri) = (self.used(integration).await?, self.redirect_uri());
        let profile = used.profile.as_ref();
        Ok(profile.map(|profile| Trouble::of(&kept.fault, profile, &redirect_uri, kept.at)))
    }

    /// The provider answered as it should.
    pub(super) async fn went_well(&self, integration: &str) -> Result<(), StoreError> {
        self.is_down(integration, false);
        self.forget_trouble(integration).await
    }

    /// The provider refused, or did not answer as it should.
    pub(super) async fn went_wrong(
        &self,
        integration: &str,
        fault: &Fault,
    ) -> Result<(), StoreError> {
        self.is_down(integration, fault.refused() == Refused::Unavailable);
        let (fault, at) = (fault.clone(), self.clock.now());
        let known = self.opened::<Kept>(TROUBLE, integration).await?;
        let known = known.filter(|kept| at.duration_since(kept.at).as_secs() < AGAIN);
        if known.is_some_and(|kept| kept.fault.what == fault.what) {
            return Ok(());
        }
        tracing::warn!(
            integration,
            fault = fault.word(),
            "an integration has trouble"
        );
        self.put(TROUBLE, integration, &Kept { at, fault }).await
    }

    pub(super) async fn forget_trouble(&self, integration: &str) -> Result<(), StoreError> {
        if self.store.kept(TROUBLE, integration).await?.is_some() {
            self.store.keep(TROUBLE, integration, None).await?;
        }
        Ok(())
    }

    fn is_down(&self, integration: &str, is: bool) {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        if is {
            down.insert(integration.to_owned());
        } else {
            down.remove(integration);
        }
    }
}
