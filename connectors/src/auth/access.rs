//! Whose grant a call uses, and the credential that comes of it: the user's own, the shared one, or what a profile holds.
//! How grants come about is left to `callback`, how they are kept fresh to `grant`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use turnwise_engine::effect::Auth;
use turnwise_engine::event::Account;

use super::fault::{Fault, Refused, What};
use super::grant::Renewed;
use super::lease::Lease;
use super::profile::{Mechanism, Place, Profile};
use super::setup::{By, OPERATOR, SHARED, State, Use, is_shared};
use super::store::{GrantStore, StoreError, Written};
use super::token::Grant;
use super::trouble::Trouble;
use super::{Authorizer, Who};
use crate::salesforce::Session;

/// What a call runs with, or why it can't.
#[derive(Debug, Clone)]
pub enum Access {
    /// It can.
    Open(Box<Opened>),
    /// The user has to sign in first.
    NeedsSignIn,
    /// An operator has to act first.
    NotReady(State),
}

/// A grant in use.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The integration.
    pub integration: String,
    /// Whose grant it is: the user, or [`SHARED`] of [`OPERATOR`].
    pub owner: Who,
    /// The session, as Salesforce's calls want it.
    pub session: Session,
    /// Whether it is the shared grant.
    pub shared: bool,
    /// Whether it may write.
    pub writes: bool,
    /// Whether a session that is not taken can be renewed: a key can't.
    pub renews: bool,
    /// The credential, for services that want it elsewhere than in `Authorization`.
    pub credential: Credential,
    place: Place,
}

impl Opened {
    /// The same with a session in place of the one that was not taken.
    pub(crate) fn with(&self, session: Session) -> Opened {
        Opened {
            credential: bearer(&self.place, &session.access),
            session,
            ..self.clone()
        }
    }
}

/// Where a call's credential goes.
#[derive(Debug, Clone, Default)]
pub struct Credential {
    /// Headers.
    pub headers: Vec<(String, SecretString)>,
    /// Query parameters.
    pub query: Vec<(String, SecretString)>,
    /// Fields of the body.
    pub body: Vec<(String, SecretString)>,
}

impl<S: GrantStore> Authorizer<S> {
    /// What a call of this user runs with. A user's own grant never gives way to the shared one, nor the other way round (B6).
    ///
    /// # Errors
    /// Where the store fails or there is no such integration.
    pub async fn access(
        &self,
        who: &Who,
        integration: &str,
        auth: Auth,
    ) -> Result<Access, StoreError> {
        let used = self.used(integration).await?;
        match self.state_of(&used, auth).await? {
            State::Enabled | State::ProviderDown => {}
            state => return Ok(Access::NotReady(state)),
        }
        let shared = is_shared(&used.setup, auth);
        let owner = if shared {
            shared_owner(who)
        } else {
            who.clone()
        };
        let key = [owner.channel.as_str(), owner.user.as_str(), integration];
        let profile = used.profile()?;
        // The key of a profile is the one that stands there now.
        let fixed = shared && !profile.mechanism.by_page() && !profile.mechanism.by_itself();
        let grant = match self.stored(key).await? {
            _ if fixed => Grant::of_key(profile, &Default::default()),
            Some((grant, _)) => grant,
            None if shared => match self.shared_of_profile(&used, key, false).await? {
                Ok(grant) => grant,
                Err(state) => return Ok(Access::NotReady(state)),
            },
            None => return Ok(Access::NeedsSignIn),
        };
        if let Some(row) = self.store.grant(key[0], key[1], key[2]).await? {
            self.note_use(key, row.used).await?;
        }
        let Some(session) = grant.session() else {
            return Ok(Access::NeedsSignIn);
        };
        Ok(Access::Open(Box::new(Opened {
            integration: integration.to_owned(),
            session,
            shared,
            writes: !shared || used.setup.shared_writes,
            renews: profile.mechanism.by_page() || profile.mechanism.by_itself(),
            credential: credential(profile, &grant),
            place: profile.place.clone(),
            owner,
        })))
    }

    /// The same once more, after its session was not taken; at most one refresh (D7).
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn renewed(&self, opened: &Opened) -> Result<Renewed, StoreError> {
        self.refresh(&opened.owner, &opened.integration, &opened.session.access)
            .await
    }

    /// Whether a call of this user needs no link now.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn is_ready(&self, who: &Who, integration: &str) -> Result<bool, StoreError> {
        let used = self.used(integration).await?;
        let state = self.state_of(&used, Auth::Integration).await?;
        if !matches!(state, State::Enabled | State::ProviderDown) {
            return Ok(false);
        }
        if is_shared(&used.setup, Auth::Integration) {
            return Ok(true);
        }
        let own = self.account(&who.channel, &who.user, integration).await?;
        Ok(own.is_some())
    }

    /// The account behind a user's calls that want this grant, and the id of its org.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn account_for(
        &self,
        who: &Who,
        integration: &str,
        auth: Auth,
    ) -> Result<Option<(Account, String)>, StoreError> {
        let used = self.used(integration).await?;
        let owner = if is_shared(&used.setup, auth) {
            shared_owner(who)
        } else {
            who.clone()
        };
        self.account(&owner.channel, &owner.user, integration).await
    }

    /// Signs the operator in where no page is needed: with what the profile holds. The account, or what has to be changed.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn authorize_by_itself(
        &self,
        integration: &str,
    ) -> Result<Result<Account, Option<Trouble>>, StoreError> {
        let used = self.used(integration).await?;
        let key = [OPERATOR, SHARED, integration];
        Ok(match self.shared_of_profile(&used, key, true).await? {
            Ok(grant) => Ok(grant.account.clone()),
            Err(_) => Err(self.trouble(integration).await?),
        })
    }

    /// The shared grant that a profile comes to by itself, kept from now on; `anew` whether there is one already or not.
    async fn shared_of_profile(
        &self,
        used: &Use,
        key: [&str; 3],
        anew: bool,
    ) -> Result<Result<Grant, State>, StoreError> {
        let profile = used.profile()?;
        if profile.mechanism == Mechanism::AuthorizationCode {
            return Ok(Err(State::NeedsAuthorization));
        }
        if !profile.lacks(By::Operator).is_empty() {
            return Ok(Err(State::NotConfigured));
        }
        let turn = self.turn(key);
        let _turn = turn.lock().await;
        if let Some((grant, _)) = self.stored(key).await?
            // A refresh token that rotates is good for once.
            && !(anew && profile.mechanism != Mechanism::RefreshToken)
        {
            return Ok(Ok(grant));
        }
        let traded = profile.mechanism == Mechanism::RefreshToken;
        if traded && let Lease::Renewed(grant) = self.first_lease(key, profile).await? {
            return Ok(Ok(grant));
        }
        let made = match profile.mechanism {
            Mechanism::ApiKey | Mechanism::Basic => Ok(Grant::of_key(profile, &Default::default())),
            _ => {
                self.provider
                    .mint(profile, self.clock.now().as_second())
                    .await
            }
        };
        let setup = &used.setup;
        if traded && !made.as_ref().is_ok_and(|grant| setup.takes(&grant.org_id)) {
            // Nothing came of it: whoever waits may try.
            self.store.remove_grant(key[0], key[1], key[2]).await?;
        }
        match made {
            Ok(grant) if setup.takes(&grant.org_id) => {
                self.went_well(&setup.integration).await?;
                self.learn_org(setup, &grant).await?;
                let written = Written::Connected(self.clock.now());
                self.write_grant(key, &grant, written).await?;
                Ok(Ok(grant))
            }
            Ok(grant) => {
                self.provider.revoke(profile, &grant).await;
                let fault = Fault::from(What::Org);
                self.went_wrong(&setup.integration, &fault).await?;
                Ok(Err(State::NotConfigured))
            }
            Err(fault) => {
                self.went_wrong(&setup.integration, &fault).await?;
                Ok(Err(match fault.refused() {
                    Refused::Unavailable => State::ProviderDown,
                    _ => State::Expired,
                }))
            }
        }
    }
}

/// The owner of the shared grant, for a call of this conversation.
pub(super) fn shared_owner(who: &Who) -> Who {
    Who {
        channel: OPERATOR.to_owned(),
        user: SHARED.to_owned(),
        conversation: who.conversation.clone(),
        display_name: String::new(),
    }
}

/// Where the credential of a grant goes.
pub(super) fn credential(profile: &Profile, grant: &Grant) -> Credential {
    let bare = SecretString::from(grant.access.clone());
    if profile.mechanism == Mechanism::Basic && profile.place == Place::Authorization {
        let value = format!("Basic {}", STANDARD.encode(bare.expose_secret()));
        return Credential {
            headers: vec![("authorization".to_owned(), value.into())],
            ..Credential::default()
        };
    }
    bearer(&profile.place, &bare)
}

fn bearer(place: &Place, bare: &SecretString) -> Credential {
    let mut credential = Credential::default();
    let bare = bare.clone();
    match place {
        Place::Authorization => {
            let value = SecretString::from(format!("Bearer {}", bare.expose_secret()));
            credential.headers.push(("authorization".to_owned(), value));
        }
        Place::Header(name) => credential.headers.push((name.clone(), bare)),
        Place::Query(name) => credential.query.push((name.clone(), bare)),
        Place::Body(name) => credential.body.push((name.clone(), bare)),
    }
    credential
}
