//! The one place that performs effects: calls, links, sign-outs. What comes back are events of the conversation; what an
//! effect means for a dialog is the engine's.

use std::sync::Arc;

use jiff::Timestamp;
use turnwise_connectors::Performed;
use turnwise_connectors::auth::{Access, Begun, Binding, State, Who, hash};
use turnwise_engine::conversation::{Awaiting, Conversation};
use turnwise_engine::effect::{Call, CallId, Effect, Failure, FailureKind, Outcome};
use turnwise_engine::event::{EventKind, Message, NotReady, SignInEnd};
use turnwise_engine::facts::OrgFacts;

use super::{Runtime, Trouble};
use crate::store::conversations::Row;

impl Runtime {
    /// Performs one effect, `id` within its conversation.
    pub(super) async fn perform(
        &self,
        who: &Who,
        row: &Row,
        id: &str,
        effect: &Effect,
    ) -> Vec<EventKind> {
        match effect {
            Effect::Call(call) => self.call(who, row, call).await,
            Effect::Authorize {
                integration,
                switch,
                renew,
                ..
            } => {
                let wanted = match (*switch, *renew) {
                    (true, _) => Wanted::OtherAccount,
                    (false, true) => Wanted::NewLink,
                    (false, false) => Wanted::Link,
                };
                vec![self.authorize(who, row, integration, wanted).await]
            }
            Effect::WhoAmI { integration } => vec![self.who_am_i(who, integration).await],
            Effect::VoidLinks { integration } => {
                if let Err(error) = self.connectors.auth.void(who, integration).await {
                    tracing::warn!(%error, "open links were not voided");
                }
                Vec::new()
            }
            Effect::SwitchAccount {
                integration,
                accept,
            } => {
                let event = self.switch_account(who, integration, *accept).await;
                event.into_iter().collect()
            }
            Effect::SignOut { integration } => {
                let signed_out = self.connectors.auth.sign_out(who, integration).await;
                vec![EventKind::SignedOut {
                    integration: integration.clone(),
                    confirmed: signed_out.unwrap_or(false),
                }]
            }
            Effect::ForgetUser => {
                if let Err(error) = self.forget_user_of(&who.channel, &who.user).await {
                    tracing::error!(%error, "not all of a user was forgotten");
                }
                Vec::new()
            }
            Effect::Handoff { desk } => match self.hand_over(who, id, desk).await {
                Ok(()) => Vec::new(),
                Err(error) => {
                    tracing::error!(%error, desk, "a conversation was not handed over");
                    vec![EventKind::HandoffFailed]
                }
            },
        }
    }

    /// The account that is connected already, where that will do; else a link.
    async fn authorize(
        &self,
        who: &Who,
        row: &Row,
        integration: &str,
        wanted: Wanted,
    ) -> EventKind {
        if wanted != Wanted::OtherAccount {
            let auth = &self.connectors.auth;
            let account = auth.account(&who.channel, &who.user, integration).await;
            if let Ok(Some((account, _))) = account {
                return EventKind::Authorized {
                    integration: integration.to_owned(),
                    account,
                };
            }
        }
        self.link(who, row, integration, None, wanted).await
    }

    async fn who_am_i(&self, who: &Who, integration: &str) -> EventKind {
        let auth = &self.connectors.auth;
        let account = auth.account(&who.channel, &who.user, integration).await;
        let account = account.unwrap_or_else(|error| {
            tracing::warn!(%error, "the account of a user is not known");
            None
        });
        EventKind::ConnectedAs {
            integration: integration.to_owned(),
            account: account.map(|(account, _)| account),
        }
    }

    /// What comes of the user's word about the account that just signed in.
    async fn switch_account(
        &self,
        who: &Who,
        integration: &str,
        accept: bool,
    ) -> Option<EventKind> {
        let auth = &self.connectors.auth;
        match auth.switch_account(who, integration, accept).await {
            Ok(Some(note)) => Some(note.event),
            // The other account's tokens have ended meanwhile.
            Ok(None) if accept => Some(EventKind::SignInEnded {
                integration: integration.to_owned(),
                end: SignInEnd::Expired,
                wrong: None,
            }),
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "the account was not switched");
                None
            }
        }
    }

    async fn call(&self, who: &Who, row: &Row, call: &Call) -> Vec<EventKind> {
        let called = |outcome| {
            vec![EventKind::Called {
                call: call.id.clone(),
                outcome,
            }]
        };
        let org = match self.org_for(who, call).await {
            Ok(org) => org,
            Err(failure) => return called(Outcome::Failed(*failure)),
        };
        let mut performed = self.connectors.perform(who, call, &org).await;
        if let Ok(Performed::Called(Outcome::Failed(failure))) = &performed
            && failure.kind == FailureKind::Setup
        {
            // Nothing was done. Where the org has changed since it was described, the call is made for what it is now.
            self.forget_org(who, call).await;
            if let Ok(now) = self.org_for(who, call).await
                && *now != *org
            {
                performed = self.connectors.perform(who, call, &now).await;
            }
        }
        match performed {
            Ok(Performed::Called(outcome)) => called(outcome),
            Ok(Performed::NeedsSignIn { integration, lost }) => {
                let mut events = Vec::new();
                if lost {
                    events.push(EventKind::SignInEnded {
                        integration: integration.clone(),
                        end: SignInEnd::Lost,
                        wrong: None,
                    });
                }
                events.push(
                    self.link(who, row, &integration, Some(call.id.clone()), Wanted::Link)
                        .await,
                );
                events
            }
            Ok(Performed::NotReady { integration, state }) => {
                vec![not_ready(Some(call.id.clone()), integration, state)]
            }
            Err(error) => {
                tracing::error!(%error, "a call was not performed");
                called(Outcome::Failed(Failure::new(FailureKind::Unavailable)))
            }
        }
    }

    /// What is known of the org that a call goes to; the failure where it does not say what it is, so that the call can't
    /// be made.
    async fn org_for(&self, who: &Who, call: &Call) -> Result<Arc<OrgFacts>, Box<Failure>> {
        let (integration, auth) = (call.integration.as_str(), call.auth);
        if self.connectors.services.has(integration) {
            return Ok(Arc::default());
        }
        let mut org = self.org_of(who, integration, auth).await;
        if matches!(org, Ok(None)) {
            // A profile that needs nobody's page comes to its grant with the first call.
            let access = self.connectors.auth.access(who, integration, auth).await;
            if matches!(access, Ok(Access::Open(_))) {
                org = self.org_of(who, integration, auth).await;
            }
        }
        match (org, call.doubt) {
            (Ok(org), _) => Ok(org.unwrap_or_default()),
            // What may have been done already stays in doubt.
            (Err(_), Some(since)) => Err(Box::new(Failure {
                doubt: Some(since),
                ..Failure::new(FailureKind::Unknown)
            })),
            (Err(failure), None) => Err(failure),
        }
    }

    /// The link that the conversation has already, where that will do; else a new one.
    async fn link(
        &self,
        who: &Who,
        row: &Row,
        integration: &str,
        call: Option<CallId>,
        wanted: Wanted,
    ) -> EventKind {
        let binding = serde_json::from_str(&row.binding).unwrap_or(Binding::Code);
        let integration = integration.to_owned();
        match self.connectors.auth.user_state(&integration).await {
            Ok(State::Enabled | State::ProviderDown) => {}
            Ok(state) => return not_ready(call, integration, state),
            Err(error) => tracing::error!(%error, "the state of an integration is not known"),
        }
        let auth = &self.connectors.auth;
        let begun = match auth.standing(who, &integration).await {
            Ok(Some(standing)) if wanted == Wanted::Link => Ok(standing),
            Ok(_) if wanted == Wanted::OtherAccount => {
                auth.begin_switch(who, &integration, binding).await
            }
            Ok(_) => auth.begin(who, &integration, binding).await,
            Err(error) => Err(error),
        };
        match begun {
            Ok(Begun::CodeAwaited) => EventKind::CodeAwaited { integration },
            Ok(Begun::Link {
                attempt,
                expires_at,
                host,
            }) => EventKind::AuthorizationRequired {
                call,
                integration,
                attempt,
                expires_at,
                minutes: minutes_to(expires_at),
                host,
            },
            Ok(Begun::TooMany { minutes }) => EventKind::LinkRefused {
                call,
                integration,
                minutes,
            },
            Err(error) => {
                tracing::error!(%error, "no link was made");
                EventKind::SignInEnded {
                    integration,
                    end: SignInEnd::Unavailable,
                    wrong: None,
                }
            }
        }
    }

    /// What a message is: a code, where one is awaited; it is never kept as it was typed. Else what the user said.
    pub(super) async fn heard(
        &self,
        who: &Who,
        state: &Conversation,
        message: Message,
    ) -> Result<(EventKind, String), Trouble> {
        if matches!(state.awaiting, Awaiting::Code { .. }) {
            let tried = self.connectors.auth.try_code(who, &message.said()).await;
            if let Some(note) = tried.map_err(|error| crate::store::Away(error.0))? {
                return Ok((note.event, "••••••".to_owned()));
            }
        }
        let shown = if message.text.is_empty() {
            message.said().into_owned()
        } else {
            message.text.clone()
        };
        Ok((EventKind::Message(message), shown))
    }
}

/// What kind of link is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Any that works.
    Link,
    /// One that was not sent yet.
    NewLink,
    /// One at whose end the provider asks who signs in.
    OtherAccount,
}

/// Links live by the machine's clock, whatever clock dialogs see.
fn minutes_to(expires_at: Timestamp) -> u32 {
    let seconds = expires_at.as_second() - Timestamp::now().as_second();
    u32::try_from((seconds + 30) / 60).unwrap_or(0)
}

fn not_ready(call: Option<CallId>, integration: String, state: State) -> EventKind {
    EventKind::NotReady {
        call,
        integration,
        why: match state {
            State::Disabled => NotReady::Disabled,
            State::Expired => NotReady::Expired,
            State::NeedsAuthorization => NotReady::NeedsAuthorization,
            _ => NotReady::NotSetUp,
        },
    }
}

/// The hash that binds a link to a browser's cookie.
pub fn browser(cookie: &str) -> Binding {
    Binding::Browser(hash(cookie))
}
