//! How integrations are set up: what bot.yaml says, what operators switched since, and the state that comes of both.
//! Whose grant a call then uses is left to `access`.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};
use turnwise_engine::effect::Auth;

use super::audit::{Deed, Entry};
use super::org::ORG;
use super::profile::{Mechanism, Profile};
use super::store::{GrantStore, StoreError};
use super::trouble::TROUBLE;
use super::{Authorizer, Who};

/// Kinds of what operators keep.
pub(super) const INTEGRATION: &str = "integration";
pub(super) const PROFILE: &str = "profile";
const ENDED: &str = "ended";

/// The channel and the user under which shared grants lie.
pub const OPERATOR: &str = "operator";
/// See [`OPERATOR`].
pub const SHARED: &str = "shared";

/// Who authorizes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Each user, by a link.
    #[default]
    Users,
    /// An operator, once for everybody.
    Operator,
}

/// An integration as bot.yaml sets it up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its id.
    pub integration: String,
    /// For people, `Salesforce`.
    pub title: String,
    /// Who authorizes.
    pub by: By,
    /// The profile's id, `system` for the operator's app.
    pub profile: String,
    /// On or off.
    pub enabled: bool,
    /// Whether bot.yaml names it; else it is there because a template does, and not set up.
    pub declared: bool,
    /// Orgs that may be used, by id, 18 long, with the name that people know them by, where one is set; any, where empty.
    pub orgs: BTreeMap<String, String>,
    /// Whether the shared grant may write.
    pub shared_writes: bool,
}

/// What operators switched; `None`: as bot.yaml says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switched {
    /// On or off.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Who authorizes.
    #[serde(default)]
    pub by: Option<By>,
    /// The profile's id.
    #[serde(default)]
    pub profile: Option<String>,
}

/// All that comes from bot.yaml and the environment.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The one callback address, sent as it stands.
    pub redirect_uri: String,
    /// The integrations.
    pub setups: Vec<Setup>,
    /// The profiles of bot.yaml, and `system`.
    pub profiles: Vec<Profile>,
}

/// The state of an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// There is no profile, or it lacks something.
    NotConfigured,
    /// An operator has to sign in once.
    NeedsAuthorization,
    /// Ready.
    Enabled,
    /// The shared grant has ended.
    Expired,
    /// Switched off.
    Disabled,
    /// The provider did not answer the last time.
    ProviderDown,
}

impl State {
    /// All states.
    pub const ALL: [State; 6] = [
        State::NotConfigured,
        State::NeedsAuthorization,
        State::Enabled,
        State::Expired,
        State::Disabled,
        State::ProviderDown,
    ];

    /// Its word for programs.
    pub fn word(self) -> &'static str {
        match self {
            State::NotConfigured => "not_configured",
            State::NeedsAuthorization => "needs_authorization",
            State::Enabled => "enabled",
            State::Expired => "expired",
            State::Disabled => "disabled",
            State::ProviderDown => "provider_down",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            State::NotConfigured => "Not configured",
            State::NeedsAuthorization => "Needs authorization",
            State::Enabled => "Enabled",
            State::Expired => "Expired",
            State::Disabled => "Disabled",
            State::ProviderDown => "Provider down",
        }
    }
}

/// An integration as it is set up now.
#[derive(Debug, Clone)]
pub struct Use {
    /// How.
    pub setup: Setup,
    /// With which profile; `None` where there is none of that id.
    pub profile: Option<Profile>,
}

impl Use {
    pub(super) fn profile(&self) -> Result<&Profile, StoreError> {
        let id = &self.setup.profile;
        let found = self.profile.as_ref();
        found.ok_or_else(|| StoreError(format!("there is no authorization profile {id}")))
    }
}

/// Why a profile can't be deleted or saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// An integration uses it.
    #[error("{0} uses this profile; choose another there first")]
    InUse(String),
    /// It stands in bot.yaml.
    #[error("this profile stands in bot.yaml; change it there")]
    OfBot,
    /// The store failed.
    #[error("{0}")]
    Store(String),
}

impl From<StoreError> for ProfileError {
    fn from(error: StoreError) -> ProfileError {
        ProfileError::Store(error.to_string())
    }
}

impl<S: GrantStore> Authorizer<S> {
    /// Puts another bot's integrations and profiles in the place of these.
    pub fn configure(&self, config: Config) {
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    /// The one callback address.
    pub fn redirect_uri(&self) -> String {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        config.redirect_uri.clone()
    }

    /// The integrations, as bot.yaml sets them up.
    pub fn setups(&self) -> Vec<Setup> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        config.setups.clone()
    }

    /// An integration as it is set up now.
    ///
    /// # Errors
    /// Where the store fails or there is no such integration.
    pub async fn used(&self, integration: &str) -> Result<Use, StoreError> {
        let found = self.setups().into_iter();
        let mut setup = found
            .clone()
            .find(|one| one.integration == integration)
            .ok_or_else(|| StoreError(format!("there is no integration {integration}")))?;
        let switched = self.switched(integration).await?;
        if switched != Switched::default() {
            setup.declared = true;
        }
        setup.enabled = switched.enabled.unwrap_or(setup.enabled);
        setup.by = switched.by.unwrap_or(setup.by);
        setup.profile = switched.profile.unwrap_or(setup.profile);
        let profile = self.profile(&setup.profile).await?;
        Ok(Use { setup, profile })
    }

    /// What operators switched of an integration.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn switched(&self, integration: &str) -> Result<Switched, StoreError> {
        let found = self.opened(INTEGRATION, integration).await?;
        Ok(found.unwrap_or_default())
    }

    /// Switches an integration; `by` names the operator in the trail.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn switch(
        &self,
        integration: &str,
        switched: &Switched,
        by: &str,
        why: &str,
    ) -> Result<(), StoreError> {
        self.put(INTEGRATION, integration, switched).await?;
        self.forget_trouble(integration).await?;
        self.tell_of_operator(by, integration, Deed::SetUp, why)
            .await;
        Ok(())
    }

    /// A profile by id: of bot.yaml and the environment, else of the store.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn profile(&self, id: &str) -> Result<Option<Profile>, StoreError> {
        let of_bot = {
            let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
            config.profiles.iter().find(|one| one.id == id).cloned()
        };
        match of_bot {
            Some(profile) => Ok(Some(profile)),
            None => self.opened(PROFILE, id).await,
        }
    }

    /// All profiles; true with those that stand in bot.yaml or the environment and are shown, not edited.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn profiles(&self) -> Result<Vec<(Profile, bool)>, StoreError> {
        let mut all: Vec<(Profile, bool)> = {
            let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
            config.profiles.iter().cloned().map(|p| (p, true)).collect()
        };
        for (id, _) in self.store.all_kept(PROFILE).await? {
            if let Some(profile) = self.opened::<Profile>(PROFILE, &id).await? {
                all.push((profile, false));
            }
        }
        Ok(all)
    }

    /// Keeps a profile, its secrets sealed.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub async fn save_profile(&self, profile: &Profile, by: &str) -> Result<(), ProfileError> {
        if self.is_of_bot(&profile.id) {
            return Err(ProfileError::OfBot);
        }
        self.put(PROFILE, &profile.id, profile).await?;
        for setup in self.setups() {
            if self.used(&setup.integration).await?.setup.profile == profile.id {
                self.forget_trouble(&setup.integration).await?;
            }
        }
        self.tell_of_operator(by, "", Deed::ProfileSaved, &profile.id)
            .await;
        Ok(())
    }

    /// Deletes a profile that nothing uses.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub async fn delete_profile(&self, id: &str, by: &str) -> Result<(), ProfileError> {
        if self.is_of_bot(id) {
            return Err(ProfileError::OfBot);
        }
        for setup in self.setups() {
            if self.used(&setup.integration).await?.setup.profile == id {
                return Err(ProfileError::InUse(setup.title));
            }
        }
        self.store.keep(PROFILE, id, None).await?;
        self.tell_of_operator(by, "", Deed::ProfileDeleted, id)
            .await;
        Ok(())
    }

    fn is_of_bot(&self, id: &str) -> bool {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        config.profiles.iter().any(|profile| profile.id == id)
    }

    /// The state of an integration.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn state(&self, integration: &str) -> Result<State, StoreError> {
        let used = self.used(integration).await?;
        self.state_of(&used, Auth::Integration).await
    }

    /// The state of an integration for users who want to sign in themselves.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn user_state(&self, integration: &str) -> Result<State, StoreError> {
        let used = self.used(integration).await?;
        self.state_of(&used, Auth::User).await
    }

    /// The state of an integration for calls that want this grant.
    pub(super) async fn state_of(&self, used: &Use, auth: Auth) -> Result<State, StoreError> {
        let setup = &used.setup;
        if !setup.enabled {
            return Ok(State::Disabled);
        }
        let shared = is_shared(setup, auth);
        let Some(profile) = used.profile.as_ref().filter(|_| setup.declared) else {
            return Ok(State::NotConfigured);
        };
        let by = if shared { By::Operator } else { By::Users };
        if !profile.lacks(by).is_empty() || (!shared && profile.mechanism.by_itself()) {
            return Ok(State::NotConfigured);
        }
        if shared && profile.mechanism == Mechanism::AuthorizationCode {
            let owner = [OPERATOR, SHARED, setup.integration.as_str()];
            if self.stored(owner).await?.is_none() {
                let ended = self.store.kept(ENDED, &setup.integration).await?;
                return Ok(match ended {
                    Some(_) => State::Expired,
                    None => State::NeedsAuthorization,
                });
            }
        }
        let down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(if down.contains(&setup.integration) {
            State::ProviderDown
        } else {
            State::Enabled
        })
    }

    /// Notes that the shared grant has ended, or that there is a new one.
    pub(super) async fn shared_ended(
        &self,
        integration: &str,
        ended: bool,
    ) -> Result<(), StoreError> {
        if ended {
            tracing::error!(
                integration,
                "the shared grant has ended; an operator has to authorize again"
            );
        }
        let mark = ended.then(|| vec![1]);
        self.store.keep(ENDED, integration, mark).await
    }

    async fn tell_of_operator(&self, by: &str, integration: &str, deed: Deed, why: &str) {
        let who = Who {
            channel: OPERATOR.to_owned(),
            user: by.to_owned(),
            conversation: String::new(),
            display_name: String::new(),
        };
        let entry = Entry::of(&who, integration, deed, self.clock.now());
        self.note_down(entry.because(why)).await;
    }

    /// Opens something that operators keep; what does not open counts as not there.
    pub async fn opened<T: serde::de::DeserializeOwned>(
        &self,
        kind: &str,
        id: &str,
    ) -> Result<Option<T>, StoreError> {
        let Some(sealed) = self.store.kept(kind, id).await? else {
            return Ok(None);
        };
        let clear = self.vault.open([OPERATOR, kind, id], &sealed);
        Ok(clear.and_then(|clear| serde_json::from_slice(&clear).ok()))
    }

    /// Keeps something sealed.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn put<T: Serialize>(
        &self,
        kind: &str,
        id: &str,
        what: &T,
    ) -> Result<(), StoreError> {
        let clear = serde_json::to_vec(what).map(zeroize::Zeroizing::new);
        let clear = clear.map_err(|error| StoreError(error.to_string()))?;
        let sealed = self.vault.seal([OPERATOR, kind, id], &clear);
        self.store.keep(kind, id, Some(sealed)).await
    }

    /// Seals all rows with the key that seals now, and gives how many were not and how many can't be opened.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn reseal(&self) -> Result<(usize, usize), StoreError> {
        let (mut moved, mut lost) = (0, 0);
        for grant in self.store.grants().await? {
            if self.vault.seals_like(&grant.row.sealed) {
                continue;
            }
            let owner = [&*grant.owner[0], &*grant.owner[1], &*grant.owner[2]];
            match self.kept_grant(owner).await? {
                Some(_) => moved += 1,
                None => lost += 1,
            }
        }
        for kind in SEALED {
            for (id, sealed) in self.store.all_kept(kind).await? {
                if self.vault.seals_like(&sealed) {
                    continue;
                }
                let owner = [OPERATOR, kind, id.as_str()];
                match self.vault.open(owner, &sealed) {
                    Some(clear) => {
                        let anew = self.vault.seal(owner, &clear);
                        self.store.keep(kind, &id, Some(anew)).await?;
                        moved += 1;
                    }
                    None => lost += 1,
                }
            }
        }
        Ok((moved, lost))
    }
}

/// Kinds whose rows are sealed.
const SEALED: [&str; 6] = [INTEGRATION, PROFILE, TROUBLE, ORG, "operator", "session"];

/// Whether a call uses the shared grant.
pub(super) fn is_shared(setup: &Setup, auth: Auth) -> bool {
    match auth {
        Auth::User => false,
        Auth::Shared => true,
        Auth::Integration => setup.by == By::Operator,
    }
}

/// The fields that a start page asks for.
pub(super) fn given_well(
    profile: &Profile,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut taken = BTreeMap::new();
    for field in &profile.fields {
        let value = given.get(&field.key).map_or("", |value| value.trim());
        let credential = matches!(field.key.as_str(), "username" | "password" | "key");
        let fine = credential && value.len() <= 4_096 || super::address::harmless(value);
        if (value.is_empty() && !field.optional) || !fine {
            return Err(field.title.clone());
        }
        taken.insert(field.key.clone(), value.to_owned());
    }
    Ok(taken)
}
