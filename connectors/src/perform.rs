//! A call from beginning to end: the user's session, the operation, and one refresh where the session has ended.
//! Parking the dialog and sending the link are left to the engine and the binary.

use jiff::Timestamp;
use turnwise_engine::effect::{Auth, Call, Failure, FailureKind, Outcome};
use turnwise_engine::facts::OrgFacts;

use crate::auth::{
    Access, Authorizer, Credential, GrantStore, Opened, Renewed, SYSTEM, State, StoreError, Who,
};
use crate::http::{self, Services};
use crate::salesforce::{self, Client, SessionEnded};

/// What came of performing a call.
#[derive(Debug, Clone)]
pub enum Performed {
    /// It ran, or failed for good.
    Called(Outcome),
    /// There is no grant; the same call goes on after a sign-in.
    NeedsSignIn {
        /// The integration to connect.
        integration: String,
        /// True where there was a grant and it has ended.
        lost: bool,
    },
    /// An operator has to act first.
    NotReady {
        /// The integration.
        integration: String,
        /// Its state.
        state: State,
    },
}

/// The connectors with the grants that they run on.
pub struct Connectors<S: GrantStore> {
    /// Sign-in and grants.
    pub auth: Authorizer<S>,
    /// The Salesforce client.
    pub salesforce: Client,
    /// The services that bots name.
    pub services: Services,
}

impl<S: GrantStore> Connectors<S> {
    /// Performs a call with the grant that it wants: at most one refresh and one repeat (D7).
    ///
    /// # Errors
    /// Where the store of grants fails; nothing is known of the call then.
    pub async fn perform(
        &self,
        who: &Who,
        call: &Call,
        facts: &OrgFacts,
    ) -> Result<Performed, StoreError> {
        let integration = call.integration.as_str();
        if self.is_open(integration).await? {
            return self.without_key(call).await;
        }
        let opened = match self.auth.access(who, integration, call.auth).await? {
            Access::Open(opened) => opened,
            Access::NeedsSignIn => return Ok(needs_sign_in(integration)),
            Access::NotReady(state) => return Ok(not_ready(integration, state)),
        };
        if call.does.writes() && !opened.writes {
            return Ok(not_ready(integration, State::Disabled));
        }
        // A shared grant that has ended is no user's to renew.
        let ended = || match opened.shared {
            true => not_ready(integration, State::Expired),
            false => grant_lost(integration),
        };
        let doubt = match self.run(&opened, call, facts).await {
            Ok(outcome) => return Ok(Performed::Called(outcome)),
            // A key that is not taken is set up wrongly, whoever asks again.
            Err(_) if !opened.renews => return Ok(Performed::Called(http::refused())),
            Err(ended) => ended.doubt,
        };
        let renewed = self.auth.renewed(&opened).await?;
        let again = match (renewed, doubt) {
            (Renewed::Session(session), _) => opened.with(session),
            (_, Some(since)) => return Ok(Performed::Called(unknown(since))),
            (Renewed::Lost, None) => return Ok(ended()),
            (Renewed::Unavailable, None) => {
                let failure = Failure::new(FailureKind::Unavailable);
                return Ok(Performed::Called(Outcome::Failed(failure)));
            }
        };
        let in_doubt = Call {
            doubt,
            ..call.clone()
        };
        match self.run(&again, &in_doubt, facts).await {
            Ok(outcome) => Ok(Performed::Called(outcome)),
            Err(SessionEnded { doubt: Some(since) }) => Ok(Performed::Called(unknown(since))),
            Err(SessionEnded { doubt: None }) => Ok(ended()),
        }
    }

    /// What the org behind this grant knows of these objects; `None` without a grant, and for a service; the inner failure
    /// where the org did not answer as it should.
    ///
    /// # Errors
    /// Where the store of grants fails.
    pub async fn facts(
        &self,
        who: &Who,
        integration: &str,
        auth: Auth,
        objects: &[&str],
    ) -> Result<Result<Option<OrgFacts>, Failure>, StoreError> {
        // A service has nothing to describe, and its key goes nowhere else.
        if self.services.has(integration) {
            return Ok(Ok(None));
        }
        let Access::Open(opened) = self.auth.access(who, integration, auth).await? else {
            return Ok(Ok(None));
        };
        let session = opened.session.clone();
        if let Ok(facts) = salesforce::describe(&self.salesforce, &session, objects).await {
            return Ok(facts.map(Some));
        }
        let session = match self.auth.renewed(&opened).await? {
            Renewed::Session(session) => session,
            Renewed::Lost => return Ok(Ok(None)),
            Renewed::Unavailable => return Ok(Err(Failure::new(FailureKind::Unavailable))),
        };
        let facts = salesforce::describe(&self.salesforce, &session, objects).await;
        Ok(match facts {
            Ok(facts) => facts.map(Some),
            Err(_) => Ok(None),
        })
    }

    /// Whether a call of this user needs no link now.
    ///
    /// # Errors
    /// Where the store of grants fails.
    pub async fn is_ready(&self, who: &Who, integration: &str) -> Result<bool, StoreError> {
        Ok(self.is_open(integration).await? || self.auth.is_ready(who, integration).await?)
    }

    /// Whether it is a service that wants no key: none but the operator's app stands for it, which is not for services.
    async fn is_open(&self, integration: &str) -> Result<bool, StoreError> {
        if !self.services.has(integration) {
            return Ok(false);
        }
        Ok(self.auth.used(integration).await?.setup.profile == SYSTEM)
    }

    async fn without_key(&self, call: &Call) -> Result<Performed, StoreError> {
        let integration = call.integration.as_str();
        if !self.auth.used(integration).await?.setup.enabled {
            return Ok(not_ready(integration, State::Disabled));
        }
        let Some((client, service)) = self.services.get(integration) else {
            return Ok(not_ready(integration, State::NotConfigured));
        };
        let ran = http::perform(client, service, &Credential::default(), call).await;
        Ok(Performed::Called(ran.unwrap_or_else(|_| http::refused())))
    }

    async fn run(
        &self,
        opened: &Opened,
        call: &Call,
        facts: &OrgFacts,
    ) -> Result<Outcome, SessionEnded> {
        match self.services.get(&call.integration) {
            Some((client, service)) => {
                http::perform(client, service, &opened.credential, call).await
            }
            None => {
                let ran = salesforce::perform(&self.salesforce, &opened.session, call, facts).await;
                if let Ok(Outcome::Failed(failure)) = &ran {
                    note(call, failure);
                }
                ran
            }
        }
    }
}

/// The chat says what to do; why, stands in the log. An org's own sentence may hold what a user typed, so only what has to
/// be set up is told in full.
fn note(call: &Call, failure: &Failure) {
    let setup = failure.kind == FailureKind::Setup;
    tracing::warn!(
        integration = call.integration,
        operation = call.operation,
        kind = failure.kind.word(),
        code = failure.code,
        message = if setup { failure.message.as_str() } else { "" },
        "the org did not do what it was asked"
    );
}

fn needs_sign_in(integration: &str) -> Performed {
    Performed::NeedsSignIn {
        integration: integration.to_owned(),
        lost: false,
    }
}

fn grant_lost(integration: &str) -> Performed {
    Performed::NeedsSignIn {
        integration: integration.to_owned(),
        lost: true,
    }
}

fn not_ready(integration: &str, state: State) -> Performed {
    Performed::NotReady {
        integration: integration.to_owned(),
        state,
    }
}

/// The session ended before it was found out whether an earlier try was done. A parked call would be made anew after the
/// sign-in, so it is not parked.
fn unknown(since: Timestamp) -> Outcome {
    Outcome::Failed(Failure {
        doubt: Some(since),
        ..Failure::new(FailureKind::Unknown)
    })
}
