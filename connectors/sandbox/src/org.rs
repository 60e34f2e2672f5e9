//! The org and all it holds: records, log-ins, tokens, rules, faults, in memory behind one lock.
//! What happens to them is left to the other files; this one starts an org and lends its parts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::calls::Calls;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::id::Ids;
use crate::oauth::{Grants, Rights, is_certificate};
use crate::record::{self, DuplicateRule, Record, ValidationRule};
use crate::rest::Cursors;
use crate::schema::Schema;
use crate::seed;

/// How an org is set up; the default is what `turnwise sandbox` starts without flags.
#[derive(Clone)]
pub struct Options {
    /// The key of the one registered client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Its callback addresses, compared byte for byte; empty: `http`, `/auth/callback`, `127.0.0.1` or `localhost`, any port.
    pub callbacks: Vec<String>,
    /// No sign-in page: the authorize address redirects at once, as the first user.
    pub auto_approve: bool,
    /// Where the org's clock stands; `None`: the machine's. Lifetimes of tokens always run on the machine's.
    pub now: Option<Timestamp>,
    /// Makes ids the same at each run.
    pub id_seed: Option<u64>,
    /// Whether `/sandbox/…` is there: reset, calls, faults, more users. Loopback only.
    pub control: bool,
    /// Whether a sign-in without a code challenge is refused.
    pub pkce: bool,
    /// Whether each refresh gives a new refresh token and an old one, shown again, ends the grant.
    pub rotation: bool,
    /// The certificate, or public key, in PEM that signs the client's JWT assertions; `None`: there is no JWT flow.
    pub jwt_certificate: Option<String>,
    /// What the org holds at start, as a body of `/sandbox/reset`; `None`: 25 leads with accounts, contacts, opportunities.
    pub seed: Option<Value>,
    /// What [`Org::saved`] gave before a restart: the org goes on from there, and has no seed.
    pub saved: Option<Value>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            client_id: "turnwise-demo".into(),
            client_secret: "turnwise-demo-secret".into(),
            callbacks: Vec::new(),
            auto_approve: false,
            now: None,
            id_seed: None,
            control: false,
            pkce: true,
            rotation: true,
            jwt_certificate: None,
            seed: None,
            saved: None,
        }
    }
}

/// Why an org can't start with what it was given.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SeedError(pub(crate) String);

/// A running org; clones are the same org.
#[derive(Clone)]
pub struct Org {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    state: Mutex<State>,
}

impl Org {
    /// Starts an org.
    ///
    /// # Errors
    /// When the seed has records or fields that the org does not know, or the certificate is none.
    pub fn new(options: Options) -> Result<Org, SeedError> {
        let certificate = options.jwt_certificate.as_deref();
        if certificate.is_some_and(|pem| !is_certificate(pem)) {
            return Err(SeedError(
                "the certificate of JWT assertions is none".into(),
            ));
        }
        let mut state = State::new(&options);
        if let Some(saved) = &options.saved {
            crate::saved::restore(&mut state, saved)?;
            return Ok(Org::of(options, state));
        }
        match &options.seed {
            Some(body) => seed::load(&mut state, body),
            None => {
                let today = state.clock.today();
                seed::load(&mut state, &seed::invented(today))
            }
        }
        .map_err(|wrong| SeedError(format!("the seed can't be loaded: {wrong}")))?;
        Ok(Org::of(options, state))
    }

    fn of(options: Options, state: State) -> Org {
        Org {
            inner: Arc::new(Inner {
                options,
                state: Mutex::new(state),
            }),
        }
    }

    /// Everything the org answers: pages, OAuth, the data API and, where switched on, the control addresses.
    ///
    /// Serve it with connect info, so that the control addresses can refuse who is not on loopback.
    pub fn router(&self) -> axum::Router {
        crate::router::router(self.clone())
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// The state, locked; a panic elsewhere while it was locked does not stop a sandbox.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records by object and id, in the order in which they were made.
pub(crate) type Tables = BTreeMap<&'static str, IndexMap<String, Record>>;

/// All that an org holds.
pub(crate) struct State {
    pub(crate) schema: Arc<Schema>,
    /// When the schema last changed.
    pub(crate) described: Timestamp,
    pub(crate) clock: Clock,
    pub(crate) org_id: String,
    pub(crate) duplicate_rule: DuplicateRule,
    pub(crate) validation_rule: Option<ValidationRule>,
    pub(crate) grants: Grants,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    pub(crate) cursors: Cursors,
    /// Data calls answered so far, for `Sforce-Limit-Info`.
    pub(crate) api_calls: u64,
    tables: Tables,
    ids: Ids,
}

impl State {
    fn new(options: &Options) -> State {
        let schema = Schema::new(true);
        let clock = Clock(options.now);
        let mut ids = Ids::new(options.id_seed);
        let mut state = State {
            tables: schema
                .objects
                .iter()
                .map(|o| (o.name, IndexMap::new()))
                .collect(),
            org_id: ids.next("00D"),
            schema: Arc::new(schema),
            described: clock.now(),
            clock,
            duplicate_rule: DuplicateRule::Off,
            validation_rule: None,
            grants: Grants::default(),
            faults: Faults::default(),
            calls: Calls::new(options.control),
            cursors: Cursors::default(),
            api_calls: 0,
            ids,
        };
        let all = Rights::ALL;
        let first = state.add_user("rep@example.com", "demo", "Robin Reyes", all);
        let no_delete = Rights {
            delete: false,
            ..all
        };
        state.add_user("assistant@example.com", "demo", "Ash Simmonds", no_delete);
        state.add_organization(&first);
        state
    }

    /// The records of an object, oldest first.
    pub(crate) fn table(&self, object: &str) -> &IndexMap<String, Record> {
        self.tables
            .get(object)
            .expect("every object of the schema has a table")
    }

    pub(crate) fn table_mut(&mut self, object: &str) -> &mut IndexMap<String, Record> {
        self.tables
            .get_mut(object)
            .expect("every object of the schema has a table")
    }

    /// A new id, taken by no record.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        loop {
            let id = self.ids.next(prefix);
            if self.tables.values().all(|table| !table.contains_key(&id)) {
                return id;
            }
        }
    }

    /// All records as they are, to come back to.
    pub(crate) fn snapshot(&self) -> Tables {
        self.tables.clone()
    }

    pub(crate) fn restore(&mut self, tables: Tables) {
        self.tables = tables;
    }

    /// Adds a log-in, or changes the one with this name; gives the user's id.
    pub(crate) fn add_user(
        &mut self,
        username: &str,
        password: &str,
        name: &str,
        rights: Rights,
    ) -> String {
        let id = match self.grants.user_of(username) {
            Some(id) => id.to_owned(),
            None => self.next_id("005"),
        };
        self.grants.set_login(username, password, &id, rights);
        let (first, last) = match name.trim().rsplit_once(' ') {
            Some((first, last)) => (Some(first), last),
            None => (None, name.trim()),
        };
        let alias: String = username.chars().take_while(|c| *c != '@').take(8).collect();
        let row = json!({
            "Username": username,
            "FirstName": first,
            "LastName": last,
            "Name": name.trim(),
            "Email": username,
            "Alias": alias,
            "IsActive": true,
            "UserType": "Standard",
            "TimeZoneSidKey": "GMT",
            "LocaleSidKey": "en_US",
            "LanguageLocaleKey": "en_US",
        });
        self.insert_system("User", &id, row, &id);
        id
    }

    fn add_organization(&mut self, by: &str) {
        let id = self.org_id.clone();
        let row = json!({
            "Name": "Example Org",
            "Country": "US",
            "DefaultLocaleSidKey": "en_US",
            "LanguageLocaleKey": "en_US",
            "TimeZoneSidKey": "GMT",
            "OrganizationType": "Developer Edition",
            "InstanceName": "SBX0",
            "IsSandbox": true,
        });
        self.insert_system("Organization", &id, row, by);
    }

    fn insert_system(&mut self, object: &str, id: &str, row: Value, by: &str) {
        let schema = self.schema.clone();
        let object = schema
            .object(object)
            .expect("the org always has this object");
        let Value::Object(mut row) = row else { return };
        record::stamp(self, object, &mut row, id, by);
        self.table_mut(object.name).insert(id.to_owned(), row);
    }
}
