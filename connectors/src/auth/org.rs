//! The organisations that may be used, by the names that people know them by. Which ones those are is the set-up's.

use super::Authorizer;
use super::setup::{OPERATOR, SHARED, Setup, Use};
use super::store::{GrantStore, StoreError};
use super::token::Grant;
use crate::salesforce::to_18;

/// Kind of the names that sign-ins have told.
pub(super) const ORG: &str = "org";

impl Setup {
    /// Whether a grant of this org may be used.
    pub(super) fn takes(&self, org: &str) -> bool {
        self.orgs.is_empty() || self.orgs.contains_key(&long(org))
    }
}

impl<S: GrantStore> Authorizer<S> {
    /// What people call the orgs that may be used: as bot.yaml has it, else as a sign-in told, else by id.
    pub(super) async fn expected(&self, used: &Use) -> Result<Vec<String>, StoreError> {
        let shared = [OPERATOR, SHARED, &used.setup.integration];
        let shared = self.kept_grant(shared).await?;
        let mut names = Vec::new();
        for (id, name) in &used.setup.orgs {
            let of_shared = shared
                .as_ref()
                .filter(|(grant, _)| long(&grant.org_id) == *id)
                .map(|(grant, _)| grant.account.org.clone());
            let told = match name.as_str() {
                "" => self.opened(ORG, id).await?.or(of_shared),
                name => Some(name.to_owned()),
            };
            let told = told.filter(|name| !name.is_empty());
            names.push(told.unwrap_or_else(|| id.clone()));
        }
        Ok(names)
    }

    /// Remembers how the org of a grant calls itself, where people may have to be told.
    pub(super) async fn learn_org(&self, setup: &Setup, grant: &Grant) -> Result<(), StoreError> {
        let (id, name) = (long(&grant.org_id), &grant.account.org);
        let wanted = setup.orgs.get(&id).is_some_and(String::is_empty);
        if !wanted || name.is_empty() {
            return Ok(());
        }
        match self.opened::<String>(ORG, &id).await? {
            Some(known) if known == *name => Ok(()),
            _ => self.put(ORG, &id, name).await,
        }
    }
}

fn long(org: &str) -> String {
    to_18(org).unwrap_or_else(|| org.to_owned())
}
