//! A link's life up to the provider: made, opened, sent on, voided, swept.
//! What comes back from the provider is left to `callback`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;
use turnwise_engine::event::{EventKind, SignInEnd};

use super::audit::Deed;
use super::setup::given_well;
use super::store::{AttemptRow, GrantStore, Status, StoreError};
use super::token::Grant;
use super::{Authorizer, Begun, Binding, Note, Problem, Proceeded, Secrets, StartPage, Who, pkce};

/// How long an ended attempt is remembered, so that its pages can say how it ended.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(20);

impl<S: GrantStore> Authorizer<S> {
    /// Makes a link, and voids the user's older ones for this integration.
    ///
    /// # Errors
    /// Where the store fails or the integration has no profile.
    pub async fn begin(
        &self,
        who: &Who,
        integration: &str,
        binding: Binding,
    ) -> Result<Begun, StoreError> {
        self.begun(who, integration, binding, false).await
    }

    /// The same for another account than the one whom the provider may still know: it has to ask who signs in.
    ///
    /// # Errors
    /// As [`Authorizer::begin`].
    pub async fn begin_switch(
        &self,
        who: &Who,
        integration: &str,
        binding: Binding,
    ) -> Result<Begun, StoreError> {
        self.begun(who, integration, binding, true).await
    }

    /// The provider has to ask who signs in, too, where an account was refused just now.
    async fn begun(
        &self,
        who: &Who,
        integration: &str,
        binding: Binding,
        switch: bool,
    ) -> Result<Begun, StoreError> {
        // One after the other, so that many that ask at once are counted, and void each other, as if they had come apart.
        let turn = self.turn([&who.channel, &who.user, ""]);
        let _turn = turn.lock().await;
        let used = self.used(integration).await?;
        let now = self.clock.now();
        let life = self.bounds.link_life;
        let own = self.store.attempts_of(&who.channel, &who.user).await?;
        let refused =
            |row: &AttemptRow| row.integration == integration && row.status == Status::OtherAccount;
        let anew = switch || own.iter().any(refused);
        let recent = own.iter().map(|row| row.created);
        let recent = recent.filter(|created| now.duration_since(*created) < life);
        if recent.count() >= self.bounds.links {
            return self.too_many(who, integration, &own).await;
        }
        self.void(who, integration).await?;
        self.make_room(&who.channel).await?;
        let secrets = Secrets {
            handle: pkce::token(),
            state: pkce::token(),
            verifier: pkce::token(),
            display_name: who.display_name.clone(),
            binding,
            given: BTreeMap::new(),
            profile: used.profile()?.mark(),
            anew,
        };
        let mut row = AttemptRow {
            id: pkce::token(),
            channel: who.channel.clone(),
            user: who.user.clone(),
            conversation: who.conversation.clone(),
            integration: integration.to_owned(),
            state_hash: pkce::hash(&secrets.state),
            handle_hash: pkce::hash(&secrets.handle),
            status: Status::Issued,
            created: now,
            expires: now + life,
            sealed: Vec::new(),
            pending: None,
            version: 1,
        };
        row.sealed = self.seal(&row, &secrets);
        let begun = Begun::Link {
            attempt: row.id.clone(),
            expires_at: row.expires,
            host: used.profile()?.host(),
        };
        let sent = self.entry(&row, Deed::LinkSent);
        self.store.put_attempt(row).await?;
        self.note_down(sent).await;
        self.leave_the_newest(who, integration).await?;
        Ok(begun)
    }

    /// The link that this conversation has for an integration and that can still be used: nothing is sent or voided.
    ///
    /// # Errors
    /// Where the store fails or the integration has no profile.
    pub async fn standing(
        &self,
        who: &Who,
        integration: &str,
    ) -> Result<Option<Begun>, StoreError> {
        let now = self.clock.now();
        let own = self.store.attempts_of(&who.channel, &who.user).await?;
        let usable = own.into_iter().find(|row| {
            row.conversation == who.conversation
                && row.integration == integration
                && now < row.expires
                && matches!(
                    row.status,
                    Status::Issued | Status::Opened | Status::CodeAwaited
                )
        });
        let Some(row) = usable else { return Ok(None) };
        let used = self.used(integration).await?;
        let profile = used.profile()?;
        if row.status == Status::CodeAwaited {
            let waits = self.pending(&row);
            let waits = waits.filter(|pending| pending.grant.is_of(profile));
            return Ok(waits.map(|_| Begun::CodeAwaited));
        }
        let leads = self.secrets(&row);
        let leads = leads.filter(|secrets| secrets.is_for(profile));
        Ok(leads.map(|_| Begun::Link {
            attempt: row.id,
            expires_at: row.expires,
            host: profile.host(),
        }))
    }

    /// The handle of an attempt's link, for the message that delivers it; `None` once it has ended.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn link(&self, who: &Who, attempt: &str) -> Result<Option<String>, StoreError> {
        let own = self.store.attempts_of(&who.channel, &who.user).await?;
        let row = own.iter().find(|row| row.id == attempt && row.live());
        Ok(row
            .and_then(|row| self.secrets(row))
            .map(|secrets| secrets.handle.clone()))
    }

    /// The page of a link. It changes nothing, so that previews may open it (C5); `cookie` is the browser's value.
    ///
    /// # Errors
    /// Where the store fails; the inner one is what the page says instead.
    pub async fn open(
        &self,
        handle: &str,
        cookie: Option<&str>,
    ) -> Result<Result<StartPage, Problem>, StoreError> {
        let (row, secrets) = match self.checked(handle, cookie).await? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        let used = self.used(&row.integration).await?;
        let profile = used.profile()?;
        if !secrets.is_for(profile) {
            return Ok(Err(Problem::Newer));
        }
        Ok(Ok(StartPage {
            host: profile.host(),
            fields: profile.fields.clone(),
            integration: row.integration,
            channel: row.channel,
            display_name: secrets.display_name.clone(),
        }))
    }

    /// Continue was pressed, with what the page asked for: where the browser goes.
    ///
    /// # Errors
    /// Where the store fails; the inner one is what the page says instead.
    pub async fn proceed(
        &self,
        handle: &str,
        cookie: Option<&str>,
        given: &BTreeMap<String, String>,
    ) -> Result<Result<Proceeded, Problem>, StoreError> {
        let (mut row, mut secrets) = match self.checked(handle, cookie).await? {
            Ok(found) => found,
            Err(problem) => return Ok(Err(problem)),
        };
        let used = self.used(&row.integration).await?;
        let profile = used.profile()?;
        if !secrets.is_for(profile) {
            self.refused(&row, "other_provider").await;
            return Ok(Err(Problem::Newer));
        }
        match given_well(profile, given) {
            Ok(given) => secrets.given = given,
            Err(field) => return Ok(Ok(Proceeded::Lacks(field))),
        }
        let first = row.status == Status::Issued;
        if first || !secrets.given.is_empty() {
            row.status = Status::Opened;
            row.sealed = self.seal(&row, &secrets);
            if !self.store.swap_attempt(row.clone()).await? {
                // Continue was pressed twice, or something ended the link: what stands now decides.
                return Box::pin(self.proceed(handle, cookie, given)).await;
            }
            row.version += 1;
            if first {
                self.note_down(self.entry(&row, Deed::LinkOpened)).await;
            }
        }
        if profile.mechanism.by_page() {
            let redirect_uri = self.redirect_uri();
            let url = profile.authorize(
                &redirect_uri,
                &secrets.state,
                &secrets.verifier,
                &secrets.given,
                secrets.anew,
            );
            let url = url.ok_or_else(|| StoreError("the login host is no address".to_owned()))?;
            return Ok(Ok(Proceeded::To(url)));
        }
        row.status = Status::Exchanging;
        if !self.store.swap_attempt(row.clone()).await? {
            return Ok(Err(Problem::Used));
        }
        row.version += 1;
        let grant = Grant::of_key(profile, &secrets.given);
        let end = match self.checked_key(profile, &grant).await {
            Ok(()) => self.received(row, &secrets, &used, grant).await?,
            Err(fault) => self.not_received(row, fault).await?,
        };
        Ok(Ok(Proceeded::Ended(Box::new(end))))
    }

    /// Voids the user's open links for an integration, revoking tokens that still waited.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn void(&self, who: &Who, integration: &str) -> Result<(), StoreError> {
        for row in self.store.attempts_of(&who.channel, &who.user).await? {
            if row.integration == integration && row.live() {
                self.end(row, Status::Void).await?;
            }
        }
        Ok(())
    }

    /// Voids the open links of one conversation, whatever for; those of the user's others go on.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn void_of(&self, who: &Who) -> Result<(), StoreError> {
        for row in self.store.attempts_of(&who.channel, &who.user).await? {
            if row.conversation == who.conversation && row.live() {
                self.end(row, Status::Void).await?;
            }
        }
        Ok(())
    }

    /// Ends what is past its time; each attempt is told once, as abandoned, or expired where a code was awaited.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn sweep(&self, now: Timestamp) -> Result<Vec<Note>, StoreError> {
        let mut notes = Vec::new();
        for row in self.store.ended_by(now).await? {
            if row.live() {
                let end = match row.status {
                    Status::CodeAwaited => SignInEnd::Expired,
                    // Whoever traded its code has ended without a word.
                    Status::Exchanging => SignInEnd::Unavailable,
                    _ => SignInEnd::Abandoned,
                };
                let integration = row.integration.clone();
                let wrong = None;
                let event = EventKind::SignInEnded {
                    integration,
                    end,
                    wrong,
                };
                let note = Self::note(&row, event);
                let entry = self.entry(&row, Deed::Refused).because(word(end));
                if self.end(row, Status::Failed).await? {
                    self.note_down(entry).await;
                    notes.push(note);
                }
            } else if now.duration_since(row.created) > REMEMBERED {
                self.store.remove_attempt(&row.id).await?;
            }
        }
        Ok(notes)
    }

    /// What became of a sign-in, for a conversation that still waits for it and may have missed the note: of this attempt,
    /// or of a code that was to be typed in. `None`: nothing yet.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn missed(
        &self,
        who: &Who,
        integration: &str,
        attempt: Option<&str>,
    ) -> Result<Option<EventKind>, StoreError> {
        let own = self.store.attempts_of(&who.channel, &who.user).await?;
        let row = own.iter().rfind(|row| match attempt {
            Some(attempt) => row.id == attempt,
            None => row.integration == integration && row.conversation == who.conversation,
        });
        let integration = integration.to_owned();
        let status = row.map(|row| row.status);
        match (status, attempt) {
            (Some(Status::Issued | Status::Opened | Status::Exchanging), _)
            | (Some(Status::CodeAwaited), None) => return Ok(None),
            (Some(Status::CodeAwaited), Some(_)) => {
                return Ok(Some(EventKind::CodeAwaited { integration }));
            }
            _ => {}
        }
        let granted = self
            .account(&who.channel, &who.user, &integration)
            .await?
            .map(|(account, _)| account);
        if let (Some(Status::Differs), Some(row)) = (status, row)
            && let Some(old) = self.last_of(row.owner()).await?
            && let Some(pending) = self.pending(row)
        {
            return Ok(Some(EventKind::AccountDiffers {
                integration,
                from: old.account.clone(),
                to: pending.grant.account.clone(),
            }));
        }
        Ok(match (granted, status) {
            (Some(account), _) => Some(EventKind::Authorized {
                integration,
                account,
            }),
            // A newer link of another conversation: this one waits for that.
            (None, Some(Status::Void)) => None,
            (None, _) => Some(EventKind::SignInEnded {
                integration,
                end: SignInEnd::Unavailable,
                wrong: None,
            }),
        })
    }

    /// Ends an attempt and erases its secrets; false where somebody else changed it first.
    pub(super) async fn end(
        &self,
        mut row: AttemptRow,
        status: Status,
    ) -> Result<bool, StoreError> {
        let pending = self.pending(&row);
        let integration = row.integration.clone();
        row.status = status;
        row.sealed = Vec::new();
        row.pending = None;
        let ended = self.store.swap_attempt(row).await?;
        if let (true, Some(pending)) = (ended, pending) {
            self.revoked(&integration, &pending.grant).await?;
        }
        Ok(ended)
    }

    async fn checked(
        &self,
        handle: &str,
        cookie: Option<&str>,
    ) -> Result<Result<(AttemptRow, Secrets), Problem>, StoreError> {
        let hash = pkce::hash(handle);
        let row = self.store.attempt(hash).await?;
        let Some(row) = row.filter(|row| bool::from(row.handle_hash.ct_eq(&hash))) else {
            return Ok(Err(Problem::Unknown));
        };
        if let Some(problem) = self.over(&row) {
            self.refused(&row, problem.word()).await;
            return Ok(Err(problem));
        }
        let Some(secrets) = self.secrets(&row) else {
            return Ok(Err(Problem::Unknown));
        };
        if !fits(secrets.binding, cookie) {
            self.refused(&row, Problem::WrongBrowser.word()).await;
            return Ok(Err(Problem::WrongBrowser));
        }
        Ok(Ok((row, secrets)))
    }

    /// Why this attempt can't be opened or finished any more.
    pub(super) fn over(&self, row: &AttemptRow) -> Option<Problem> {
        match row.status {
            Status::Void => Some(Problem::Newer),
            Status::Issued | Status::Opened if self.clock.now() >= row.expires => {
                Some(Problem::Expired)
            }
            Status::Failed | Status::OtherAccount if self.clock.now() >= row.expires => {
                Some(Problem::Expired)
            }
            Status::Issued | Status::Opened => None,
            _ => Some(Problem::Used),
        }
    }
}

/// The word that the audit trail has for how a sign-in ended.
pub(super) fn word(end: SignInEnd) -> &'static str {
    match end {
        SignInEnd::Refused => "declined",
        SignInEnd::Expired => "expired",
        SignInEnd::Abandoned => "abandoned",
        SignInEnd::WrongBrowser => "wrong_browser",
        SignInEnd::WrongCode => "wrong_code",
        SignInEnd::WrongAccount => "wrong_account",
        SignInEnd::NoPermission => "no_permission",
        SignInEnd::Unavailable => "unavailable",
        SignInEnd::Blocked => "blocked",
        SignInEnd::Lost => "lost",
    }
}

impl Problem {
    /// The word that the audit trail has for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Problem::Unknown => "unknown",
            Problem::Expired => "expired",
            Problem::Used => "used",
            Problem::Newer => "newer_link",
            Problem::WrongBrowser => "wrong_browser",
            Problem::Denied => "declined",
            Problem::Blocked => "blocked",
            Problem::Unavailable => "unavailable",
            Problem::NoPermission => "no_permission",
        }
    }
}

/// Whether this browser may go on (B1).
pub(super) fn fits(binding: Binding, cookie: Option<&str>) -> bool {
    match binding {
        Binding::Code | Binding::Vouched => true,
        Binding::Browser(wanted) => {
            cookie.is_some_and(|value| bool::from(pkce::hash(value).ct_eq(&wanted)))
        }
    }
}
