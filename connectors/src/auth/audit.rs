//! The audit trail: what happened to links and grants, to whom, when and why, never with a secret (rule E2).
//! Where it is kept is the store's; showing and filtering it is the binary's.

use jiff::Timestamp;

use super::store::{AttemptRow, GrantStore};
use super::token::Grant;
use super::{Authorizer, Who};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// A link was made for a conversation.
    LinkSent,
    /// Continue was pressed on its page.
    LinkOpened,
    /// A link, a callback or a code was refused; `why` says for what reason.
    Refused,
    /// An account was connected.
    Connected,
    /// Another account took the place of the one connected before.
    AccountSwitched,
    /// The access token was renewed.
    Refreshed,
    /// The provider refused to renew it; `why` says whether the grant is gone.
    RefreshRefused,
    /// The grant was given back.
    SignedOut,
    /// The grant was given back because nobody used it any more.
    LeftIdle,
    /// An operator changed how an integration is set up; `why` says what.
    SetUp,
    /// An operator saved an authorization profile.
    ProfileSaved,
    /// An operator deleted an authorization profile.
    ProfileDeleted,
    /// An operator logged in to the console.
    OperatorIn,
    /// A log-in to the console was refused.
    OperatorRefused,
}

impl Deed {
    /// All deeds, in the order of their life.
    pub const ALL: [Deed; 14] = [
        Deed::LinkSent,
        Deed::LinkOpened,
        Deed::Refused,
        Deed::Connected,
        Deed::AccountSwitched,
        Deed::Refreshed,
        Deed::RefreshRefused,
        Deed::SignedOut,
        Deed::LeftIdle,
        Deed::SetUp,
        Deed::ProfileSaved,
        Deed::ProfileDeleted,
        Deed::OperatorIn,
        Deed::OperatorRefused,
    ];

    /// Its word in the store, in filters and in logs.
    pub fn word(self) -> &'static str {
        match self {
            Deed::LinkSent => "link_sent",
            Deed::LinkOpened => "link_opened",
            Deed::Refused => "refused",
            Deed::Connected => "connected",
            Deed::AccountSwitched => "account_switched",
            Deed::Refreshed => "refreshed",
            Deed::RefreshRefused => "refresh_refused",
            Deed::SignedOut => "signed_out",
            Deed::LeftIdle => "left_idle",
            Deed::SetUp => "set_up",
            Deed::ProfileSaved => "profile_saved",
            Deed::ProfileDeleted => "profile_deleted",
            Deed::OperatorIn => "operator_in",
            Deed::OperatorRefused => "operator_refused",
        }
    }
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
    /// The reason or the detail, in one word where programs read it; empty where there is none.
    pub why: String,
    /// The channel of the user; `operator` for what an operator did.
    pub channel: String,
    /// The user on it.
    pub user: String,
    /// The conversation; empty where none is concerned.
    pub conversation: String,
    /// The integration; empty where none is concerned.
    pub integration: String,
    /// The attempt's id, by which the lines of one link belong together.
    pub attempt: String,
    /// The account's log-in name.
    pub account: String,
    /// Id of the account's org.
    pub org_id: String,
    /// Id of the account's user.
    pub user_id: String,
}

impl Entry {
    /// An entry of a user's conversation, without attempt and account.
    pub fn of(who: &Who, integration: &str, deed: Deed, at: Timestamp) -> Entry {
        Entry {
            at,
            deed,
            why: String::new(),
            channel: who.channel.clone(),
            user: who.user.clone(),
            conversation: who.conversation.clone(),
            integration: integration.to_owned(),
            attempt: String::new(),
            account: String::new(),
            org_id: String::new(),
            user_id: String::new(),
        }
    }

    /// The same with a reason.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Entry {
        self.why = why.into();
        self
    }

    pub(super) fn by(mut self, grant: &Grant) -> Entry {
        self.account.clone_from(&grant.account.name);
        self.org_id.clone_from(&grant.org_id);
        self.user_id.clone_from(&grant.user_id);
        self
    }
}

impl<S: GrantStore> Authorizer<S> {
    /// Writes a line. A trail that can't be written stops nobody's work; the log then has the line.
    pub async fn note_down(&self, entry: Entry) {
        tracing::info!(
            deed = entry.deed.word(),
            why = entry.why,
            integration = entry.integration,
            attempt = entry.attempt,
            conversation = entry.conversation,
            org = entry.org_id,
            "audit"
        );
        if let Err(error) = self.store.record(entry.clone()).await {
            tracing::error!(%error, ?entry, "a line of the audit trail was not kept");
        }
    }

    pub(super) fn entry(&self, row: &AttemptRow, deed: Deed) -> Entry {
        let who = Who {
            channel: row.channel.clone(),
            user: row.user.clone(),
            conversation: row.conversation.clone(),
            display_name: String::new(),
        };
        let mut entry = Entry::of(&who, &row.integration, deed, self.clock.now());
        entry.attempt.clone_from(&row.id);
        entry
    }

    pub(super) async fn refused(&self, row: &AttemptRow, why: &str) {
        let entry = self.entry(row, Deed::Refused).because(why);
        self.note_down(entry).await;
    }
}
