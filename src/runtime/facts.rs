//! What is known of the users' orgs: described once for an org and shared by its users, read again after a while. It is
//! asked only for users who are signed in; before that nothing is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use turnwise_connectors::auth::Who;
use turnwise_engine::effect::{Auth, Failure, FailureKind};
use turnwise_engine::facts::{Facts, OrgFacts};
use turnwise_engine::template::SlotKind;

use super::Runtime;

/// How long a describe is believed.
const FRESH: Duration = Duration::from_secs(600);

/// Orgs by integration and org id.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<(String, String), Described>>);

/// When an org was described, and as what.
type Described = (Instant, Arc<OrgFacts>);

impl Runtime {
    /// What is known for a user, by integration.
    pub async fn facts_of(&self, who: &Who) -> Arc<Facts> {
        let mut facts = Facts::new();
        for integration in self.templates().integrations.keys() {
            let known = self.org_of(who, integration, Auth::Integration).await;
            if let Ok(Some(known)) = known {
                facts.insert(integration.clone(), known);
            }
        }
        Arc::new(facts)
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
        let found = self
            .facts
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
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
        let mut all = self.facts.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Orgs that nobody came from for a while are read again when somebody does.
        all.retain(|_, (at, _)| at.elapsed() < FRESH);
        all.insert(key, (Instant::now(), described.clone()));
        Ok(Some(described))
    }

    /// Forgets what is known: templates that were reloaded may be about other objects.
    pub(super) fn forget_facts(&self) {
        let mut all = self.facts.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.clear();
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
