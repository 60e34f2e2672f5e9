//! What is known of the users' orgs: described once for an org and shared by its users, read again after a while. It is
//! asked only for users who are signed in; before that nothing is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use turnwise_connectors::auth::Who;
use turnwise_engine::effect::{Auth, Call, Failure, FailureKind};
use turnwise_engine::facts::{Facts, OrgFacts};
use turnwise_engine::template::SlotKind;

use super::Runtime;

/// How long a describe is believed.
const FRESH: Duration = Duration::from_secs(600);

/// How long it is believed which org a user's calls go to, though nothing was heard of a change.
const BELIEVED: Duration = Duration::from_secs(10);
/// Users of whom it is known.
const USERS: usize = 1_000;

/// Orgs by integration and org id, and what is known of users.
#[derive(Default)]
pub(super) struct Known {
    orgs: Mutex<HashMap<(String, String), Described>>,
    users: Mutex<HashMap<(String, String), User>>,
}

/// When an org was described, and as what.
type Described = (Instant, Arc<OrgFacts>);

/// The facts of a user, when they were put together, and the number of the rights that they were read by.
struct User {
    at: Instant,
    rights: u64,
    facts: Arc<Facts>,
}

impl Runtime {
    /// What is known for a user, by integration.
    pub async fn facts_of(&self, who: &Who) -> Arc<Facts> {
        let key = (who.channel.clone(), who.user.clone());
        let rights = self.store.rights();
        let believed = |user: &User| user.rights == rights && user.at.elapsed() < BELIEVED;
        if let Some(user) = locked(&self.facts.users).get(&key).filter(|u| believed(u)) {
            return user.facts.clone();
        }
        let at = Instant::now();
        let (facts, whole) = self.facts_read(who).await;
        let facts = Arc::new(facts);
        if !whole {
            return facts;
        }
        let user = User {
            at,
            rights,
            facts: facts.clone(),
        };
        let mut users = locked(&self.facts.users);
        if users.len() >= USERS {
            users.retain(|_, user| believed(user));
        }
        if users.len() < USERS {
            users.insert(key, user);
        }
        facts
    }

    /// The facts, and whether each org could be asked.
    async fn facts_read(&self, who: &Who) -> (Facts, bool) {
        let (mut facts, mut whole) = (Facts::new(), true);
        for integration in self.templates().integrations.keys() {
            match self.org_of(who, integration, Auth::Integration).await {
                Ok(Some(known)) => {
                    facts.insert(integration.clone(), known);
                }
                Ok(None) => {}
                Err(_) => whole = false,
            }
        }
        (facts, whole)
    }

    /// The org behind the grant that a user's calls want; the failure where it does not say what it is.
    pub(super) async fn org_of(
        &self,
        who: &Who,
        integration: &str,
        auth: Auth,
    ) -> Result<Option<Arc<OrgFacts>>, Box<Failure>> {
        let away = |_| Box::new(Failure::new(FailureKind::Unavailable));
        let account = self.connectors.auth.account_for(who, integration, auth);
        let Some(account) = account.await.map_err(away)? else {
            return Ok(None);
        };
        let key = (integration.to_owned(), account.1);
        let found = locked(&self.facts.orgs).get(&key).cloned();
        if let Some((at, known)) = found
            && at.elapsed() < FRESH
        {
            return Ok(Some(known));
        }
        let objects = self.objects(integration);
        let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
        let described = self.connectors.facts(who, integration, auth, &objects);
        let described = described.await.map_err(away)?.map_err(Box::new)?;
        let Some(described) = described.map(Arc::new) else {
            return Ok(None);
        };
        let mut all = locked(&self.facts.orgs);
        // Orgs that nobody came from for a while are read again when somebody does.
        all.retain(|_, (at, _)| at.elapsed() < FRESH);
        all.insert(key, (Instant::now(), described.clone()));
        Ok(Some(described))
    }

    /// Forgets what is known of the org that a call went to.
    pub(super) async fn forget_org(&self, who: &Who, call: &Call) {
        let auth = &self.connectors.auth;
        let account = auth.account_for(who, &call.integration, call.auth).await;
        if let Ok(Some((_, org))) = account {
            locked(&self.facts.orgs).remove(&(call.integration.clone(), org));
        }
        // What users' turns are thought with holds it, too.
        locked(&self.facts.users).clear();
    }

    /// Forgets what is known: templates that were reloaded may be about other objects.
    pub(super) fn forget_facts(&self) {
        locked(&self.facts.orgs).clear();
        locked(&self.facts.users).clear();
    }

    /// The objects that this bot's templates are about.
    fn objects(&self, integration: &str) -> BTreeSet<String> {
        let templates = self.templates();
        let all = templates
            .current
            .values()
            .chain(templates.versions.values());
        let own = all.filter(|t| t.integration.as_deref() == Some(integration));
        let mut objects = BTreeSet::new();
        for template in own {
            objects.extend(template.object.clone());
            for slot in template.slots.values() {
                if let SlotKind::Record { object, .. } = &slot.kind {
                    objects.insert(object.clone());
                }
            }
        }
        objects
    }

    /// Whether a call to each integration needs no link now.
    ///
    /// # Errors
    /// Where the store is away.
    pub async fn signed_in(&self, who: &Who) -> BTreeMap<String, bool> {
        let mut all = BTreeMap::new();
        for integration in self.templates().integrations.keys() {
            let ready = self.connectors.is_ready(who, integration).await;
            all.insert(integration.clone(), ready.unwrap_or(false));
        }
        all
    }
}

fn locked<T>(known: &Mutex<T>) -> MutexGuard<'_, T> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
