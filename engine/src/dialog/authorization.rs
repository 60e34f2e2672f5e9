//! Sign-in inside the conversation: the link goes out, the dialog parks with its slots, and goes on by itself. The engine
//! never sees a link's address, a code or a token; it knows attempts by name.

use std::sync::Arc;

use jiff::Timestamp;
use minijinja::Value as Shown;

use super::{Done, Flow};
use crate::Value;
use crate::conversation::{Awaiting, ChoicePurpose, What};
use crate::effect::{Auth, Effect};
use crate::event::{Account, NotReady, SignInEnd};
use crate::reply::{Choice, Reply, ReplyKind, SignInTold};
use crate::template::Template;
use crate::turn::Play;

impl Play<'_> {
    pub(crate) fn sign_in_step(&mut self, template: &Arc<Template>, integration: &str) -> Done {
        if self.conversation.accounts.contains_key(integration) {
            return Done::Passed(None);
        }
        self.ask_for_sign_in(integration, template.auth, false);
        Done::Flow(Flow::Wait)
    }

    pub(crate) fn ask_for_sign_in(&mut self, integration: &str, auth: Auth, switch: bool) {
        self.effects.push(Effect::Authorize {
            integration: integration.to_owned(),
            auth,
            switch,
        });
        self.conversation.awaiting = Awaiting::Call;
    }

    pub(crate) fn link_is_out(
        &mut self,
        integration: &str,
        attempt: &str,
        expires_at: Timestamp,
        minutes: u32,
        host: &str,
    ) {
        if let Some(out) = self
            .conversation
            .dialogs
            .last_mut()
            .and_then(|d| d.out.as_mut())
        {
            out.parked = true;
        }
        self.conversation.accounts.remove(integration);
        let text = self.sign_in_wording(
            "sign_in.link",
            integration,
            &[("minutes", Shown::from(minutes))],
        );
        let title = self.wording(
            "button.sign_in",
            &[(
                "integration",
                Shown::from(self.integration_title(integration)),
            )],
        );
        let kind = ReplyKind::SignIn {
            integration: integration.to_owned(),
            attempt: attempt.to_owned(),
            expires_at,
            host: host.to_owned(),
        };
        let choices = vec![Choice {
            title,
            value: Value::Null,
        }];
        self.replies.push(Reply {
            text,
            kind,
            choices,
            ended: None,
        });
        self.conversation.awaiting = Awaiting::Authorization {
            integration: integration.to_owned(),
            attempt: attempt.to_owned(),
            expires_at,
        };
    }

    pub(crate) fn link_refused(&mut self, integration: &str, minutes: u32) {
        let text = self.sign_in_wording(
            "sign_in.off",
            integration,
            &[("minutes", Shown::from(minutes))],
        );
        self.offer_new_link(text, integration, None);
    }

    /// Nobody but an operator can help: that is said, and what needed it ends.
    pub(crate) fn not_ready(&mut self, integration: &str, why: NotReady) {
        let key = match why {
            NotReady::NotSetUp => "sign_in.not_set_up",
            NotReady::NeedsAuthorization => "sign_in.not_authorized",
            NotReady::Expired => "sign_in.shared_ended",
            NotReady::Disabled => "sign_in.disabled",
        };
        let text = self.sign_in_wording(key, integration, &[]);
        self.say(text);
        let waits = matches!(
            self.conversation.awaiting,
            Awaiting::Call | Awaiting::Authorization { .. } | Awaiting::Code { .. }
        );
        if !waits {
            return self.say_the_question_again();
        }
        self.conversation.awaiting = Awaiting::Nothing;
        if !self.conversation.dialogs.is_empty() {
            self.end(crate::template::End::Failed);
            self.settle();
        }
    }

    pub(crate) fn code_awaited(&mut self, integration: &str) {
        let text = self.sign_in_wording("sign_in.code", integration, &[]);
        self.say(text);
        self.conversation.awaiting = Awaiting::Code {
            integration: integration.to_owned(),
        };
    }

    pub(crate) fn code_wrong(&mut self, integration: &str, left: u8) {
        let text = self.sign_in_wording(
            "sign_in.wrong_code",
            integration,
            &[("left", Shown::from(left))],
        );
        self.say(text);
    }

    pub(crate) fn authorized(&mut self, integration: &str, account: Account) {
        let asked = matches!(
            self.conversation.awaiting,
            Awaiting::Authorization { .. } | Awaiting::Code { .. }
        );
        let known = self
            .conversation
            .accounts
            .insert(integration.to_owned(), account.clone());
        if asked || known.as_ref().is_some_and(|known| *known != account) {
            let mut name = account.name.clone();
            if !account.org.is_empty() {
                name = format!("{name} ({})", account.org);
            }
            let text = self.sign_in_wording(
                "sign_in.done",
                integration,
                &[("account", Shown::from(name))],
            );
            self.told(text, integration, "granted");
            self.conversation.just_signed_in = true;
        }
        self.go_on_after_sign_in();
    }

    /// What waited for the sign-in goes on: the parked call is sent again, under a new id.
    fn go_on_after_sign_in(&mut self) {
        let waits = matches!(
            self.conversation.awaiting,
            Awaiting::Authorization { .. }
                | Awaiting::Code { .. }
                | Awaiting::Call
                | Awaiting::Choice {
                    purpose: ChoicePurpose::SignIn { .. },
                    ..
                }
        );
        if !waits {
            return;
        }
        self.conversation.awaiting = Awaiting::Nothing;
        let parked = self
            .conversation
            .dialogs
            .last_mut()
            .and_then(|d| d.out.take());
        match parked {
            Some(out)
                if matches!(
                    out.purpose,
                    crate::conversation::Purpose::Page | crate::conversation::Purpose::Undo
                ) =>
            {
                let call = out.call;
                self.send(
                    &call.integration,
                    &call.operation,
                    call.does,
                    call.auth,
                    call.input,
                    out.purpose,
                );
            }
            _ => self.advance(),
        }
    }

    pub(crate) fn account_differs(&mut self, integration: &str, from: &Account, to: &Account) {
        let text = self.sign_in_wording(
            "sign_in.wrong_account",
            integration,
            &[
                ("expected", Shown::from(from.name.clone())),
                ("account", Shown::from(to.name.clone())),
            ],
        );
        self.confirm(
            text,
            What::SwitchAccount {
                integration: integration.to_owned(),
            },
        );
    }

    pub(crate) fn sign_in_ended(&mut self, integration: &str, end: SignInEnd) {
        let waits = matches!(
            self.conversation.awaiting,
            Awaiting::Authorization { .. } | Awaiting::Code { .. }
        );
        if end == SignInEnd::Lost && waits && !self.conversation.accounts.contains_key(integration)
        {
            // The user knows already: the new link is out.
            return self
                .trace
                .push(format!("{integration} is known to be lost"));
        }
        let (key, outcome) = match end {
            SignInEnd::Refused => ("sign_in.denied", Some("refused")),
            SignInEnd::Expired => ("sign_in.expired", Some("expired")),
            SignInEnd::Abandoned => ("sign_in.expired", Some("abandoned")),
            SignInEnd::WrongBrowser => ("sign_in.wrong_browser", None),
            SignInEnd::WrongCode => ("sign_in.expired", Some("expired")),
            SignInEnd::WrongAccount => ("sign_in.blocked_account", Some("wrong_account")),
            SignInEnd::NoPermission => ("sign_in.no_permission", Some("blocked")),
            SignInEnd::Unavailable => ("sign_in.provider_down", Some("unavailable")),
            SignInEnd::Blocked => ("sign_in.blocked", Some("blocked")),
            SignInEnd::Lost => ("sign_in.lost", None),
        };
        let text = self.sign_in_wording(key, integration, &[]);
        let waits = matches!(
            self.conversation.awaiting,
            Awaiting::Authorization { .. } | Awaiting::Code { .. }
        );
        match outcome {
            Some(outcome) if waits => self.offer_new_link(text, integration, Some(outcome)),
            Some(outcome) => self.told(text, integration, outcome),
            None => self.say(text),
        }
    }

    fn offer_new_link(&mut self, text: String, integration: &str, outcome: Option<&str>) {
        let again = self.wording("button.try_again", &[]);
        let cancel = self.wording("button.cancel", &[]);
        let options = vec![
            Choice {
                title: again,
                value: Value::from("new_link"),
            },
            Choice {
                title: cancel,
                value: Value::from("cancel"),
            },
        ];
        self.choices(
            text,
            options,
            ChoicePurpose::SignIn {
                integration: integration.to_owned(),
            },
        );
        if let Some(reply) = self.replies.last_mut() {
            reply.ended = outcome.map(|o| SignInTold {
                integration: integration.to_owned(),
                outcome: o.to_owned(),
            });
        }
    }

    fn told(&mut self, text: String, integration: &str, outcome: &str) {
        let ended = Some(SignInTold {
            integration: integration.to_owned(),
            outcome: outcome.to_owned(),
        });
        self.replies.push(Reply {
            text,
            kind: ReplyKind::Text,
            choices: Vec::new(),
            ended,
        });
    }

    pub(crate) fn signed_out(&mut self, integration: &str, confirmed: bool) {
        self.conversation.accounts.remove(integration);
        let key = if confirmed {
            "sign_in.signed_out"
        } else {
            "sign_in.revoke_unsure"
        };
        let text = self.sign_in_wording(key, integration, &[]);
        self.say(text);
        self.say_the_question_again();
    }

    /// Wording of a sign-in: who is asked for, and what for.
    pub(crate) fn sign_in_wording(
        &mut self,
        key: &str,
        integration: &str,
        more: &[(&str, Shown)],
    ) -> String {
        let mut names = vec![(
            "integration",
            Shown::from(self.integration_title(integration)),
        )];
        names.extend(more.iter().cloned());
        self.wording(key, &names)
    }
}
