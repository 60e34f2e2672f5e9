//! Sign-in inside a conversation: links, callbacks, codes, grants and their refresh.
//! Pages, cookies and messages are the binary's; what a sign-in means for a dialog is the engine's.

mod access;
mod address;
mod attempt;
mod audit;
mod bounds;
mod callback;
mod check;
mod fault;
mod grant;
mod granted;
mod jwt;
mod lease;
mod look;
mod org;
mod pkce;
mod profile;
mod setup;
mod store;
mod token;
mod trouble;
mod vault;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, RwLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use turnwise_engine::event::{Account, EventKind};
use zeroize::Zeroize as _;

pub use access::{Access, Credential, Opened};
pub use address::{is_loopback, is_private, is_private_from, is_safe_address};
pub use audit::{Deed, Entry};
pub use bounds::Bounds;
pub use check::Checked;
pub use fault::{Fault, What};
pub use grant::Renewed;
pub use granted::{Ended, Granted};
pub use jwt::is_private_key;
pub use pkce::hash;
pub use profile::{Addresses, ClientAuth, Field, Mechanism, Place, Profile, SYSTEM};
pub use setup::{By, Config, OPERATOR, ProfileError, SHARED, Setup, State, Switched, Use};
pub use store::{
    AttemptRow, GrantRow, GrantStore, MemoryGrants, OwnedGrant, Status, StoreError, Written,
};
pub use trouble::Trouble;
pub use vault::{KeyError, Vault};

use store::AttemptRow as Row;
use token::{Grant, Provider};

/// The user in front of the bot, and the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The channel, `web`.
    pub channel: String,
    /// The user on it, as its proof says.
    pub user: String,
    /// The conversation.
    pub conversation: String,
    /// As the start page names the user.
    pub display_name: String,
}

/// How it is shown that browser and chat are the same person (docs/threat-model.md, rules B1 and B2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binding {
    /// The browser's cookie, as [`hash`] of its value.
    Browser([u8; 32]),
    /// A code that the page shows and the user types into the chat.
    Code,
    /// The front end has proven its user itself.
    Vouched,
}

/// What came of asking for a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// A link was made.
    Link {
        /// The attempt's id.
        attempt: String,
        /// When it ends.
        expires_at: Timestamp,
        /// Where it leads in the end.
        host: String,
    },
    /// The browser has finished already; the code that it shows is awaited in the conversation.
    CodeAwaited,
    /// Too many of late.
    TooMany {
        /// Minutes until the next one.
        minutes: u32,
    },
}

/// What the start page tells before going on (B3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartPage {
    /// The integration.
    pub integration: String,
    /// The channel.
    pub channel: String,
    /// The user; to be escaped.
    pub display_name: String,
    /// Where Continue leads.
    pub host: String,
    /// What the user is asked for before going on.
    pub fields: Vec<Field>,
}

/// What became of Continue.
#[derive(Clone)]
pub enum Proceeded {
    /// The browser goes on to this address.
    To(url::Url),
    /// No page of the provider is needed: it has ended here.
    Ended(Box<CallbackEnd>),
    /// This field was not filled as it has to be.
    Lacks(String),
}

/// Why a page can't go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No such link, or a callback that can't be read.
    Unknown,
    /// Its time has passed.
    Expired,
    /// It was used.
    Used,
    /// A newer link was sent, or the sign-in was cancelled.
    Newer,
    /// Another browser than the chat's.
    WrongBrowser,
    /// The user declined.
    Denied,
    /// An administrator has to act.
    Blocked,
    /// The provider did not answer as it should.
    Unavailable,
    /// The sign-in gave less than what was asked for, or an answer that can't be trusted.
    NoPermission,
}

/// The page at the end of a sign-in.
#[derive(Clone, PartialEq, Eq)]
pub enum Page {
    /// It worked.
    Connected {
        /// As whom.
        account: Account,
        /// The code to be typed into the chat, where one is.
        code: Option<String>,
        /// To whose chat, as the start page named the user; to be escaped (B3).
        user: String,
    },
    /// It did, as an account that may not be used here.
    WrongAccount {
        /// Which.
        account: Account,
        /// The orgs that may be used, by name where it is known.
        expected: Vec<String>,
    },
    /// It did not.
    Problem(Problem),
}

/// What a conversation has to be told.
#[derive(Debug, Clone)]
pub struct Note {
    /// Whose attempt it was.
    pub channel: String,
    /// The user.
    pub user: String,
    /// The conversation that asked for the link; `Authorized` also wakes the user's other ones.
    pub conversation: String,
    /// What happened.
    pub event: EventKind,
}

/// The end of a callback.
#[derive(Clone)]
pub struct CallbackEnd {
    /// What the browser shows.
    pub page: Page,
    /// What the chat is told.
    pub note: Option<Note>,
    /// What an operator who signed in has to change; nobody else is told.
    pub fault: Option<Trouble>,
}

/// Tells the time; tests set it.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Makes links, takes callbacks, and keeps grants fresh.
pub struct Authorizer<S: GrantStore> {
    store: S,
    vault: Vault,
    config: RwLock<Config>,
    /// Integrations whose provider did not answer the last time.
    down: Mutex<BTreeSet<String>>,
    clock: Arc<dyn Clock>,
    provider: Provider,
    bounds: Bounds,
    /// Since when this process alone refreshes what is in the store; `None` where others may, too.
    alone_since: Option<Timestamp>,
    turns: Mutex<HashMap<[String; 3], Arc<tokio::sync::Mutex<()>>>>,
}

impl<S: GrantStore> Authorizer<S> {
    /// The store, for those who look after it.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// An authorizer of these integrations and profiles.
    ///
    /// # Errors
    /// Where the TLS back end cannot be set up.
    pub fn new(
        store: S,
        vault: Vault,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Authorizer<S>, reqwest::Error> {
        Ok(Authorizer {
            store,
            vault,
            config: RwLock::new(config),
            down: Mutex::default(),
            clock,
            provider: Provider::new()?,
            bounds: Bounds::default(),
            alone_since: None,
            turns: Mutex::default(),
        })
    }

    /// The same in a process that alone serves its store: what one before it was refreshing when it died is free at once.
    #[must_use]
    pub fn alone(mut self) -> Authorizer<S> {
        self.alone_since = Some(self.clock.now());
        self
    }

    fn secrets(&self, row: &Row) -> Option<Secrets> {
        serde_json::from_slice(&self.vault.open(row.owner(), &row.sealed)?).ok()
    }

    fn pending(&self, row: &Row) -> Option<Pending> {
        serde_json::from_slice(&self.vault.open(row.owner(), row.pending.as_ref()?)?).ok()
    }

    fn seal<T: Serialize>(&self, row: &Row, secret: &T) -> Vec<u8> {
        let clear = serde_json::to_vec(secret).map(zeroize::Zeroizing::new);
        let clear = clear.expect("plain structs of texts serialize");
        self.vault.seal(row.owner(), &clear)
    }

    fn note(row: &Row, event: EventKind) -> Note {
        Note {
            channel: row.channel.clone(),
            user: row.user.clone(),
            conversation: row.conversation.clone(),
            event,
        }
    }
}

impl Row {
    fn owner(&self) -> [&str; 3] {
        [&self.channel, &self.user, &self.integration]
    }

    fn live(&self) -> bool {
        !matches!(
            self.status,
            Status::Done | Status::Failed | Status::Void | Status::OtherAccount
        )
    }
}

/// What only the attempt's own pages need.
#[derive(Serialize, Deserialize)]
struct Secrets {
    handle: String,
    state: String,
    verifier: String,
    display_name: String,
    binding: Binding,
    /// What the user gave on the start page.
    #[serde(default)]
    given: BTreeMap<String, String>,
    /// The mark of the profile that the link was made for.
    #[serde(default)]
    profile: String,
    /// Whether the provider has to ask who signs in, though somebody is signed in there.
    #[serde(default)]
    anew: bool,
}

impl Secrets {
    /// Whether what comes back may go to this profile's provider (C4).
    fn is_for(&self, profile: &Profile) -> bool {
        self.profile.is_empty() || self.profile == profile.mark()
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.handle.zeroize();
        self.state.zeroize();
        self.verifier.zeroize();
        self.given.values_mut().for_each(|given| given.zeroize());
    }
}

/// Tokens that are not a grant yet.
#[derive(Serialize, Deserialize)]
struct Pending {
    grant: Grant,
    code_hash: Option<[u8; 32]>,
    expires: Timestamp,
    wrong: u8,
}
