//! Sign-in inside the conversation: the link goes out, the dialog parks with its slots, and goes on by itself. The engine
//! never sees a link's address, a code or a token; it knows attempts by name.

use std::sync::Arc;

use jiff::Timestamp;
use minijinja::Value as Shown;

use super::{Done, Flow};
use crate::Value;
use crate::conversation::{Awaiting, ChoicePurpose, Dialog, Link, What};
use crate::effect::{Auth, Effect};
use crate::event::{Account, NotReady, SignInEnd, WrongAccount};
use crate::reply::{Choice, Reply, ReplyKind, SignInTold};
use crate::template::{Step, Template, Verb};
use crate::turn::Play;

impl Play<'_> {
    pub(crate) fn sign_in_step(&mut self, template: &Arc<Template>, integration: &str) -> Done {
        if self.conversation.accounts.contains_key(integration) {
            return Done::Passed(None);
        }
        self.effects.push(Effect::Authorize {
            integration: integration.to_owned(),
            auth: template.auth,
            switch: false,
            renew: false,
        });
        self.conversation.awaiting = Awaiting::Call;
        Done::Flow(Flow::Wait)
    }

    /// The user wants a link, or another account.
    pub(crate) fn ask_for_sign_in(&mut self, integration: &str, auth: Auth, switch: bool) {
        self.conversation.link = None;
        self.effects.push(Effect::Authorize {
            integration: integration.to_owned(),
            auth,
            switch,
            renew: true,
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
        self.park();
        self.conversation.accounts.remove(integration);
        self.conversation.awaiting = Awaiting::Authorization {
            integration: integration.to_owned(),
            attempt: attempt.to_owned(),
            expires_at,
        };
        let template = self.waits_for_sign_in().then(|| self.top()).flatten();
        let template = template.map(|template| template.id.clone());
        let open = self.conversation.link.replace(Link {
            integration: integration.to_owned(),
            attempt: attempt.to_owned(),
            expires_at,
            template: template.clone(),
        });
        let open = open.filter(|link| link.attempt == attempt);
        if open.as_ref().is_some_and(|link| link.template == template) {
            let text = self.sign_in_wording("sign_in.waiting", integration, &[]);
            return self.say(text);
        }
        let key = match open {
            Some(_) => "sign_in.link_again",
            None if template.is_none() => "sign_in.link_asked",
            None => "sign_in.link",
        };
        let text = self.sign_in_wording(key, integration, &[("minutes", Shown::from(minutes))]);
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
    }

    /// Whether the dialog on top can't go on without a sign-in.
    pub(crate) fn waits_for_sign_in(&self) -> bool {
        let top = self.conversation.dialogs.last();
        top.is_some_and(|dialog| self.is_parked(dialog))
    }

    /// Whether a dialog has a call that waits for a sign-in, or comes to a step that asks for one.
    pub(crate) fn is_parked(&self, dialog: &Dialog) -> bool {
        let asks = |step: &Step| {
            matches!(step.verb, Verb::SignIn(_))
                && dialog.trail.iter().all(|passed| passed.step != step.id)
        };
        let template = self.templates.version(&dialog.template, &dialog.digest);
        dialog.out.as_ref().is_some_and(|out| out.parked)
            || template.is_some_and(|template| template.steps.iter().any(asks))
    }

    /// The user gives the sign-in up; a link that only the dialog on top waits for is void.
    pub(crate) fn drop_link(&mut self) {
        let awaited = match &self.conversation.awaiting {
            Awaiting::Authorization { integration, .. } | Awaiting::Code { integration } => {
                Some(integration.clone())
            }
            _ => None,
        };
        let open = self.conversation.link.take();
        let open = open.map(|link| link.integration);
        if let Some(integration) = awaited.or(open) {
            self.effects.push(Effect::VoidLinks { integration });
        }
    }

    pub(crate) fn link_refused(&mut self, integration: &str, minutes: u32) {
        let text = self.sign_in_wording(
            "sign_in.off",
            integration,
            &[("minutes", Shown::from(minutes))],
        );
        self.offer_new_link(text, "button.try_again", integration, None);
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

    /// What is out waits until somebody has signed in.
    fn park(&mut self) {
        let dialog = self.conversation.dialogs.last_mut();
        if let Some(out) = dialog.and_then(|dialog| dialog.out.as_mut()) {
            out.parked = true;
        }
    }

    pub(crate) fn code_awaited(&mut self, integration: &str) {
        let text = self.sign_in_wording("sign_in.code", integration, &[]);
        self.say(text);
        self.park();
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
        let open = self.link_ended(integration);
        let asked = open
            || matches!(
                self.conversation.awaiting,
                Awaiting::Authorization { .. } | Awaiting::Code { .. }
            );
        let known = self
            .conversation
            .accounts
            .insert(integration.to_owned(), account.clone());
        if asked || known.as_ref().is_some_and(|known| *known != account) {
            let text = self.sign_in_wording(
                "sign_in.done",
                integration,
                &[("account", Shown::from(account.to_string()))],
            );
            self.told(text, integration, "granted");
            self.conversation.just_signed_in = true;
        }
        self.go_on_after_sign_in(open);
    }

    /// The link that is open for an integration, if one is, has come to its end.
    fn link_ended(&mut self, integration: &str) -> bool {
        let open = self.conversation.link.as_ref();
        let ends = open.is_some_and(|link| link.integration == integration);
        if ends {
            self.conversation.link = None;
        }
        ends
    }

    /// What waited for the sign-in goes on: the parked call is sent again, under a new id. Where something else is asked
    /// meanwhile, that question stands.
    fn go_on_after_sign_in(&mut self, was_open: bool) {
        let stops = matches!(
            self.conversation.awaiting,
            Awaiting::Confirm { what: What::Cancel }
        );
        let waits = (stops && self.waits_for_sign_in())
            || self.stands_still()
            || matches!(
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
            if was_open {
                self.say_the_question_again();
            }
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

    /// Whether a dialog is open and nothing is asked: the question whether to switch accounts came in its way.
    fn stands_still(&self) -> bool {
        matches!(self.conversation.awaiting, Awaiting::Nothing)
            && !self.conversation.dialogs.is_empty()
    }

    pub(crate) fn account_differs(&mut self, integration: &str, from: &Account, to: &Account) {
        // One person may have the same name in two organisations.
        let named = |account: &Account| match from.org == to.org {
            true => account.name.clone(),
            false => account.to_string(),
        };
        let text = self.sign_in_wording(
            "sign_in.wrong_account",
            integration,
            &[
                ("expected", Shown::from(named(from))),
                ("account", Shown::from(named(to))),
            ],
        );
        self.confirm(
            text,
            What::SwitchAccount {
                integration: integration.to_owned(),
            },
        );
    }

    pub(crate) fn sign_in_ended(&mut self, integration: &str, end: SignInEnd, wrong: WrongAccount) {
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
            SignInEnd::WrongCode => ("sign_in.wrong_code", Some("expired")),
            SignInEnd::WrongAccount => ("sign_in.blocked_account", Some("wrong_account")),
            SignInEnd::NoPermission => ("sign_in.no_permission", Some("blocked")),
            SignInEnd::Unavailable => ("sign_in.provider_down", Some("unavailable")),
            SignInEnd::Blocked => ("sign_in.blocked", Some("blocked")),
            SignInEnd::Lost => ("sign_in.lost", None),
        };
        let Some(outcome) = outcome else {
            let text = self.sign_in_wording(key, integration, &[]);
            return self.say(text);
        };
        let open = self.link_ended(integration);
        let named =
            |account: Option<Account>| Shown::from(account.map(|account| account.to_string()));
        let mut names = vec![
            // A code that ends the sign-in was the last of its tries.
            ("left", Shown::from(0)),
            ("account", named(wrong.account)),
            ("expected", Shown::from(wrong.expected)),
            (
                "before",
                Shown::from(wrong.before.map(|account| account.name)),
            ),
            ("aside", Shown::from(!waits && open)),
        ];
        names.retain(|(name, _)| end == SignInEnd::WrongAccount || *name == "left");
        if waits {
            let text = self.sign_in_wording(key, integration, &names);
            let button = if end == SignInEnd::WrongAccount {
                "button.another_account"
            } else {
                "button.try_again"
            };
            return self.offer_new_link(text, button, integration, Some(outcome));
        }
        // Something else is asked meanwhile: a new link is made when what needs it comes to the top again.
        let key = if open && end != SignInEnd::WrongAccount {
            "sign_in.ended_aside"
        } else {
            key
        };
        let text = self.sign_in_wording(key, integration, &names);
        self.told(text, integration, outcome);
        if self.stands_still() {
            self.advance();
        } else if open {
            self.say_the_question_again();
        }
    }

    fn offer_new_link(
        &mut self,
        text: String,
        button: &str,
        integration: &str,
        outcome: Option<&str>,
    ) {
        let again = self.wording(button, &[]);
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

    /// As whom the user is connected.
    pub(crate) fn connected_as(&mut self, account: Option<Account>) {
        let name = account.map(|account| account.name).unwrap_or_default();
        let text = self.wording("sign_in.who", &[("account", Shown::from(name))]);
        self.say(text);
        self.say_the_question_again();
    }

    pub(crate) fn signed_out(&mut self, integration: &str, confirmed: bool) {
        self.conversation.accounts.remove(integration);
        self.conversation.link = None;
        let key = if confirmed {
            "sign_in.signed_out"
        } else {
            "sign_in.revoke_unsure"
        };
        let text = self.sign_in_wording(key, integration, &[]);
        self.say(text);
        let waits = self.waits_for_sign_in();
        match self.conversation.awaiting {
            // The link went with it.
            Awaiting::Authorization { .. } | Awaiting::Code { .. } if waits => {
                let text = self.sign_in_wording("sign_in.without", integration, &[]);
                self.offer_new_link(text, "button.try_again", integration, None);
            }
            Awaiting::Authorization { .. } | Awaiting::Code { .. } => self.advance(),
            _ => self.say_the_question_again(),
        }
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
