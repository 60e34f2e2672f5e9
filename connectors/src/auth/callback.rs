//! The provider's answer: the callback, the code typed into the chat, and the question whether to switch accounts.
//! Keeping the grant afterwards is left to `grant`.

use jiff::SignedDuration;
use subtle::ConstantTimeEq as _;
use turnwise_engine::event::{EventKind, SignInEnd, WrongAccount};

use super::attempt::{fits, word};
use super::audit::Deed;
use super::fault::{Fault, Refused, What};
use super::setup::{OPERATOR, Use};
use super::store::{AttemptRow, GrantStore, Status, StoreError, Written};
use super::token::Grant;
use super::trouble::Trouble;
use super::{Authorizer, Binding, CallbackEnd, Note, Page, Pending, Problem, Secrets, Who, pkce};

/// How long a code lives, and how often it may be wrong (B2).
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(5);
const TRIES: u8 = 5;
/// How long trading a code for tokens may take at most: three calls of ten seconds, and some.
const EXCHANGE: SignedDuration = SignedDuration::from_secs(60);

impl<S: GrantStore> Authorizer<S> {
    /// Takes a callback: its query as decoded pairs, and the browser's cookie.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn callback(
        &self,
        params: &[(String, String)],
        cookie: Option<&str>,
    ) -> Result<CallbackEnd, StoreError> {
        let one = |name: &str| {
            let mut all = params.iter().filter(|(known, _)| known == name);
            let first = all.next().map(|(_, value)| value.as_str());
            (first, all.next().is_some())
        };
        let ((state, s2), (code, c2), (error, e2)) = (one("state"), one("code"), one("error"));
        let (issuer, i2) = one("iss");
        let size: usize = params
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let Some(state) = state.filter(|_| !s2 && !c2 && !e2 && !i2 && size <= 8192) else {
            return Ok(problem(Problem::Unknown));
        };
        let hash = pkce::hash(state);
        let row = self.store.attempt(hash).await?;
        let Some(mut row) = row.filter(|row| bool::from(row.state_hash.ct_eq(&hash))) else {
            return Ok(problem(Problem::Unknown));
        };
        if let Some(over) = self.over(&row) {
            self.refused(&row, over.word()).await;
            return Ok(problem(over));
        }
        let Some(secrets) = self.secrets(&row) else {
            return Ok(problem(Problem::Unknown));
        };
        if !fits(secrets.binding, cookie) {
            self.refused(&row, Problem::WrongBrowser.word()).await;
            let note = ended(&row, SignInEnd::WrongBrowser);
            return Ok(told(Problem::WrongBrowser, note));
        }
        let used = self.used(&row.integration).await?;
        let profile = used.profile()?;
        if let Some(issuer) = issuer
            && issuer.trim_end_matches('/') != profile.login_host.as_str().trim_end_matches('/')
        {
            self.refused(&row, "wrong_issuer").await;
            return Ok(problem(Problem::Unknown));
        }
        if !secrets.is_for(profile) {
            self.refused(&row, "other_provider").await;
            return Ok(problem(Problem::Newer));
        }
        row.status = Status::Exchanging;
        // Should this process end meanwhile, the sweep tells the chat soon.
        row.expires = row.expires.min(self.clock.now() + EXCHANGE);
        if !self.store.swap_attempt(row.clone()).await? {
            return Ok(problem(Problem::Used));
        }
        row.version += 1;
        let (Some(code), None) = (code, error) else {
            let (shown, end) = match error.unwrap_or("") {
                "access_denied" | "access-denied" => (Problem::Denied, SignInEnd::Refused),
                "OAUTH_APP_BLOCKED" | "invalid_app_access" => {
                    (Problem::Blocked, SignInEnd::Blocked)
                }
                _ => (Problem::Unavailable, SignInEnd::Unavailable),
            };
            let declined = shown == Problem::Denied;
            // What comes by a browser is believed of an operator's own only.
            let fault = error.filter(|_| row.channel == OPERATOR && !declined);
            let fault =
                fault.map(|error| Fault::of(error, one("error_description").0.unwrap_or("")));
            return self.failed(row, shown, end, fault).await;
        };
        let redirect_uri = self.redirect_uri();
        let traded = self
            .provider
            .exchange(
                profile,
                &redirect_uri,
                code,
                &secrets.verifier,
                &secrets.given,
            )
            .await;
        match traded {
            Ok(grant) => {
                self.went_well(&row.integration).await?;
                self.received(row, &secrets, &used, grant).await
            }
            Err(fault) => self.not_received(row, fault).await,
        }
    }

    /// There are no tokens: the page and the chat are told why.
    pub(super) async fn not_received(
        &self,
        row: AttemptRow,
        fault: Fault,
    ) -> Result<CallbackEnd, StoreError> {
        let (shown, end) = match fault.refused() {
            Refused::Blocked => (Problem::Blocked, SignInEnd::Blocked),
            Refused::Unfit => (Problem::NoPermission, SignInEnd::NoPermission),
            Refused::Invalid | Refused::Unavailable | Refused::Setup => {
                (Problem::Unavailable, SignInEnd::Unavailable)
            }
        };
        if row.channel != OPERATOR && !fault.of_one_account() {
            self.went_wrong(&row.integration, &fault).await?;
        }
        self.failed(row, shown, end, Some(fault)).await
    }

    /// There are tokens: they wait for a code, or are bound.
    pub(super) async fn received(
        &self,
        mut row: AttemptRow,
        secrets: &Secrets,
        used: &Use,
        grant: Grant,
    ) -> Result<CallbackEnd, StoreError> {
        let profile = used.profile()?;
        if !used.setup.takes(&grant.org_id) {
            return self.wrong_account(row, secrets, used, grant).await;
        }
        let account = grant.account.clone();
        let user = secrets.display_name.clone();
        let expires = self.clock.now() + CODE_LIFE;
        let mut pending = Pending {
            grant,
            code_hash: None,
            expires,
            wrong: 0,
        };
        if secrets.binding == Binding::Code {
            let code = pkce::code();
            pending.code_hash = Some(pkce::hash(&code));
            row.status = Status::CodeAwaited;
            row.expires = expires;
            row.pending = Some(self.seal(&row, &pending));
            row.sealed = Vec::new();
            let integration = row.integration.clone();
            let note = Self::note(&row, EventKind::CodeAwaited { integration });
            let refused = self.entry(&row, Deed::Refused).by(&pending.grant);
            if !self.store.swap_attempt(row).await? {
                self.note_down(refused.because(Problem::Newer.word())).await;
                self.provider.revoke(profile, &pending.grant).await;
                return Ok(problem(Problem::Newer));
            }
            let code = Some(code);
            return Ok(CallbackEnd {
                page: Page::Connected {
                    account,
                    code,
                    user,
                },
                note: Some(note),
                fault: None,
            });
        }
        let (attempt, given) = (row.clone(), pending.grant.clone());
        let Some(note) = self.bind(row, pending).await? else {
            // A newer link, a cancel or a sign-out ended this one while its code was traded.
            let refused = self.entry(&attempt, Deed::Refused).by(&given);
            self.note_down(refused.because(Problem::Newer.word())).await;
            self.revoked(&attempt.integration, &given).await?;
            return Ok(problem(Problem::Newer));
        };
        let code = None;
        Ok(CallbackEnd {
            page: Page::Connected {
                account,
                code,
                user,
            },
            note: Some(note),
            fault: None,
        })
    }

    /// The account may not be used here: its tokens go back, and page and chat say which one is expected.
    async fn wrong_account(
        &self,
        mut row: AttemptRow,
        secrets: &Secrets,
        used: &Use,
        grant: Grant,
    ) -> Result<CallbackEnd, StoreError> {
        self.provider.revoke(used.profile()?, &grant).await;
        let before = self.last_of(row.owner()).await?;
        let account = grant.account.clone();
        let expected = self.expected(used).await?;
        // Nobody has typed a code that shows that this browser is the chat's, so the chat is not told whose it is (B2).
        let known = secrets.binding != Binding::Code;
        let wrong = WrongAccount {
            account: known.then(|| account.clone()),
            expected: expected.clone(),
            before: before.map(|old| old.account.clone()),
        };
        row.expires = row.created + self.bounds.link_life;
        let refused = self.entry(&row, Deed::Refused).by(&grant);
        self.note_down(refused.because(word(SignInEnd::WrongAccount)))
            .await;
        let mut note = ended(&row, SignInEnd::WrongAccount);
        if let EventKind::SignInEnded { wrong: told, .. } = &mut note.event {
            *told = Some(wrong);
        }
        let fault = self.fault_of(&row, Some(Fault::from(What::Org))).await?;
        // Where something ended the attempt meanwhile, the chat waits for something else by now.
        let note = self.end(row, Status::OtherAccount).await?.then_some(note);
        Ok(CallbackEnd {
            page: Page::WrongAccount { account, expected },
            note,
            fault,
        })
    }

    /// Tries a message as the code of its conversation; `None`: it is ordinary text.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn try_code(&self, who: &Who, text: &str) -> Result<Option<Note>, StoreError> {
        let typed: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        if typed.len() != 6 || !typed.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(None);
        }
        let own = self.store.attempts_of(&who.channel, &who.user).await?;
        let awaited = own
            .into_iter()
            .find(|row| row.status == Status::CodeAwaited && row.conversation == who.conversation);
        let Some(mut row) = awaited else {
            return Ok(None);
        };
        let Some(mut pending) = self.pending(&row) else {
            return Ok(None);
        };
        if self.clock.now() >= pending.expires {
            self.refused(&row, word(SignInEnd::Expired)).await;
            let note = ended(&row, SignInEnd::Expired);
            return Ok(self.end(row, Status::Failed).await?.then_some(note));
        }
        let wanted = pending.code_hash.unwrap_or([0; 32]);
        if bool::from(pkce::hash(&typed).ct_eq(&wanted)) {
            return self.bind(row, pending).await;
        }
        pending.wrong += 1;
        self.refused(&row, word(SignInEnd::WrongCode)).await;
        if pending.wrong >= TRIES {
            let note = ended(&row, SignInEnd::WrongCode);
            return Ok(self.end(row, Status::Failed).await?.then_some(note));
        }
        let left = TRIES - pending.wrong;
        row.pending = Some(self.seal(&row, &pending));
        let integration = row.integration.clone();
        let note = Self::note(&row, EventKind::CodeWrong { integration, left });
        if self.store.swap_attempt(row).await? {
            return Ok(Some(note));
        }
        // A try that lost the race against another one is judged again, so that none is free.
        Box::pin(self.try_code(who, text)).await
    }

    /// The user's answer to `AccountDiffers`; `None` where nothing waits for one, or the old account stays.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn switch_account(
        &self,
        who: &Who,
        integration: &str,
        accept: bool,
    ) -> Result<Option<Note>, StoreError> {
        let own = self.store.attempts_of(&who.channel, &who.user).await?;
        let waits = own
            .into_iter()
            .find(|row| row.status == Status::Differs && row.integration == integration);
        let Some(row) = waits else { return Ok(None) };
        let pending = self.pending(&row);
        let Some(pending) = pending.filter(|_| accept) else {
            let mut kept = self.entry(&row, Deed::Refused).because("account_kept");
            if let Some(pending) = self.pending(&row) {
                kept = kept.by(&pending.grant);
            }
            if self.end(row, Status::OtherAccount).await? {
                self.note_down(kept).await;
            }
            return Ok(None);
        };
        self.keep(row, pending).await
    }

    /// Makes the tokens the user's grant, or asks first where they are of another account (B4).
    async fn bind(
        &self,
        mut row: AttemptRow,
        pending: Pending,
    ) -> Result<Option<Note>, StoreError> {
        // An operator who authorizes anew says so by doing it.
        if row.channel != OPERATOR
            && let Some(old) = self.last_of(row.owner()).await?
            && (&old.org_id, &old.user_id) != (&pending.grant.org_id, &pending.grant.user_id)
        {
            row.status = Status::Differs;
            row.expires = self.clock.now() + SignedDuration::from_mins(10);
            row.pending = Some(self.seal(&row, &pending));
            row.sealed = Vec::new();
            let event = EventKind::AccountDiffers {
                integration: row.integration.clone(),
                from: old.account.clone(),
                to: pending.grant.account.clone(),
            };
            let note = Self::note(&row, event);
            return Ok(self.store.swap_attempt(row).await?.then_some(note));
        }
        self.keep(row, pending).await
    }

    async fn keep(
        &self,
        mut row: AttemptRow,
        pending: Pending,
    ) -> Result<Option<Note>, StoreError> {
        let used = self.used(&row.integration).await?;
        let profile = used.profile()?;
        if !pending.grant.is_of(profile) {
            // Ending it gives them back.
            row.pending = Some(self.seal(&row, &pending));
            self.end(row, Status::Void).await?;
            return Ok(None);
        }
        let account = pending.grant.account.clone();
        let integration = row.integration.clone();
        let note = Self::note(
            &row,
            EventKind::Authorized {
                integration,
                account,
            },
        );
        row.status = Status::Done;
        row.sealed = Vec::new();
        row.pending = None;
        // The attempt is taken first: whoever loses this race has nothing to bind.
        if !self.store.swap_attempt(row.clone()).await? {
            return Ok(None);
        }
        let old = self.kept_grant(row.owner()).await?;
        let same = |old: &Grant| {
            (&old.org_id, &old.user_id) == (&pending.grant.org_id, &pending.grant.user_id)
        };
        let now = self.clock.now();
        let written = match &old {
            Some((old, _)) if same(old) && old.is_there() => Written::Renewed(now),
            _ => Written::Connected(now),
        };
        self.write_grant(row.owner(), &pending.grant, written)
            .await?;
        self.learn_org(&used.setup, &pending.grant).await?;
        let switched = old.as_ref().is_some_and(|(old, _)| !same(old));
        let deed = if switched {
            Deed::AccountSwitched
        } else {
            Deed::Connected
        };
        let entry = self.entry(&row, deed).by(&pending.grant);
        self.note_down(entry).await;
        if row.channel == OPERATOR {
            self.shared_ended(&row.integration, false).await?;
        }
        // A server may end all of an account's tokens with any of them (RFC 7009, 2.1), the new ones too; the vendor does not.
        if let Some((old, _)) = old
            && old.refresh != pending.grant.refresh
            && (switched || profile.of_salesforce())
            && old.is_there()
        {
            self.revoked(&row.integration, &old).await?;
        }
        Ok(Some(note))
    }

    async fn failed(
        &self,
        mut row: AttemptRow,
        shown: Problem,
        end: SignInEnd,
        fault: Option<Fault>,
    ) -> Result<CallbackEnd, StoreError> {
        row.expires = row.created + self.bounds.link_life;
        self.refused(&row, word(end)).await;
        let note = ended(&row, end);
        let fault = self.fault_of(&row, fault).await?;
        if !self.end(row, Status::Failed).await? {
            // Something ended it meanwhile, and the chat waits for something else by now.
            return Ok(problem(Problem::Newer));
        }
        Ok(CallbackEnd {
            fault,
            ..told(shown, note)
        })
    }

    /// What an operator has to change, where it is one who signed in.
    async fn fault_of(
        &self,
        row: &AttemptRow,
        fault: Option<Fault>,
    ) -> Result<Option<Trouble>, StoreError> {
        let Some(fault) = fault.filter(|_| row.channel == OPERATOR) else {
            return Ok(None);
        };
        self.went_wrong(&row.integration, &fault).await?;
        self.trouble(&row.integration).await
    }
}

fn ended(row: &AttemptRow, end: SignInEnd) -> Note {
    Note {
        channel: row.channel.clone(),
        user: row.user.clone(),
        conversation: row.conversation.clone(),
        event: EventKind::SignInEnded {
            integration: row.integration.clone(),
            end,
            wrong: None,
        },
    }
}

fn problem(problem: Problem) -> CallbackEnd {
    CallbackEnd {
        page: Page::Problem(problem),
        note: None,
        fault: None,
    }
}

fn told(shown: Problem, note: Note) -> CallbackEnd {
    CallbackEnd {
        note: Some(note),
        ..problem(shown)
    }
}
