//! A call from beginning to end: the user's session, the operation, and one refresh where the session has ended.
//! Parking the dialog and sending the link are left to the engine and the binary.

use jiff::Timestamp;
use turnwise_engine::effect::{Auth, Call, Failure, FailureKind, Outcome};
use turnwise_engine::facts::OrgFacts;

use crate::auth::{Access, Authorizer, GrantStore, Renewed, State, StoreError, Who};
use crate::salesforce::{self, Client, Session, SessionEnded};

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
        let needs = |lost| Performed::NeedsSignIn {
            integration: integration.to_owned(),
            lost,
        };
        let opened = match self.auth.access(who, integration, call.auth).await? {
            Access::Open(opened) => opened,
            Access::NeedsSignIn => return Ok(needs(false)),
            Access::NotReady(state) => return Ok(not_ready(integration, state)),
        };
        if call.does.writes() && !opened.writes {
            return Ok(not_ready(integration, State::Disabled));
        }
        let session = opened.session.clone();
        // A shared grant that has ended is no user's to renew.
        let ended = || match opened.shared {
            true => not_ready(integration, State::Expired),
            false => needs(true),
        };
        let doubt = match self.run(&session, call, facts).await {
            Ok(outcome) => return Ok(Performed::Called(outcome)),
            Err(ended) => ended.doubt,
        };
        let renewed = self.auth.renewed(&opened).await?;
        let session = match (renewed, doubt) {
            (Renewed::Session(session), _) => session,
            (_, Some(since)) => return Ok(Performed::Called(unknown(since))),
            (Renewed::Lost, None) => return Ok(ended()),
            (Renewed::Unavailable, None) => {
                let failure = Failure::new(FailureKind::Unavailable);
                return Ok(Performed::Called(Outcome::Failed(failure)));
            }
        };
        let again = Call {
            doubt,
            ..call.clone()
        };
        match self.run(&session, &again, facts).await {
            Ok(outcome) => Ok(Performed::Called(outcome)),
            Err(SessionEnded { doubt: Some(since) }) => Ok(Performed::Called(unknown(since))),
            Err(SessionEnded { doubt: None }) => Ok(ended()),
        }
    }

    /// What the user's org knows of these objects; `None` without a grant or an answer.
    ///
    /// # Errors
    /// Where the store of grants fails.
    pub async fn facts(
        &self,
        who: &Who,
        integration: &str,
        objects: &[&str],
    ) -> Result<Option<OrgFacts>, StoreError> {
        let Access::Open(opened) = self
            .auth
            .access(who, integration, Auth::Integration)
            .await?
        else {
            return Ok(None);
        };
        let session = opened.session.clone();
        if let Ok(facts) = salesforce::describe(&self.salesforce, &session, objects).await {
            return Ok(facts.ok());
        }
        let renewed = self.auth.renewed(&opened).await?;
        let Renewed::Session(session) = renewed else {
            return Ok(None);
        };
        let facts = salesforce::describe(&self.salesforce, &session, objects).await;
        Ok(facts.ok().and_then(Result::ok))
    }

    async fn run(
        &self,
        session: &Session,
        call: &Call,
        facts: &OrgFacts,
    ) -> Result<Outcome, SessionEnded> {
        salesforce::perform(&self.salesforce, session, call, facts).await
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
