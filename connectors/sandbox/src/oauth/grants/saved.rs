//! What has been granted, as JSON that an org comes back with after a restart: approvals and tokens.
//! Log-ins under way, browsers' sessions and codes end with the process.

use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Access, Approval, Grants, Refresh, SESSION_LIFE};

impl Grants {
    /// Users, approvals and tokens.
    pub(crate) fn saved(&self) -> Value {
        let approval =
            |(number, it): (&u64, &Approval)| json!([number, it.user, it.scope, it.issued]);
        let refresh = |(token, it): (&String, &Refresh)| json!([token, it.approval, it.live]);
        let now = Instant::now();
        let live = self.access.iter().filter(|(_, it)| it.ends > now);
        let mut access: Vec<(&String, &Access)> = live.collect();
        access.sort_by_key(|(token, _)| *token);
        let access = access
            .into_iter()
            .map(|(token, it)| json!([token, it.user, it.scope, it.issued, it.approval]));
        let mut refreshes: Vec<(&String, &Refresh)> = self.refresh.iter().collect();
        refreshes.sort_by_key(|(token, _)| *token);
        json!({
            "users": self.logins.iter().map(|it| json!([it.username, it.user])).collect::<Vec<_>>(),
            "made": self.made,
            "approvals": self.approvals.iter().map(approval).collect::<Vec<_>>(),
            "refresh": refreshes.into_iter().map(refresh).collect::<Vec<_>>(),
            "access": access.collect::<Vec<_>>(),
        })
    }

    /// Takes up what was saved; `None` where it is none of ours. A session counts as used now.
    pub(crate) fn restore(&mut self, saved: &Value) -> Option<()> {
        for row in saved["users"].as_array()? {
            let (name, user) = (row[0].as_str()?, row[1].as_str()?);
            // Log-ins that were added while it ran have their passwords in no file: they are added again.
            if let Some(login) = self.logins.iter_mut().find(|login| login.is(name)) {
                user.clone_into(&mut login.user);
            }
        }
        self.made = saved["made"].as_u64()?;
        for row in saved["approvals"].as_array()? {
            let approval = Approval {
                user: row[1].as_str()?.to_owned(),
                scope: scope(&row[2])?,
                issued: issued(&row[3])?,
            };
            self.approvals.insert(row[0].as_u64()?, approval);
        }
        for row in saved["refresh"].as_array()? {
            let refresh = Refresh {
                approval: row[1].as_u64()?,
                live: row[2].as_bool()?,
            };
            self.refresh.insert(row[0].as_str()?.to_owned(), refresh);
        }
        for row in saved["access"].as_array()? {
            let access = Access {
                user: row[1].as_str()?.to_owned(),
                scope: scope(&row[2])?,
                issued: issued(&row[3])?,
                approval: row[4].as_u64(),
                ends: Instant::now() + SESSION_LIFE,
            };
            self.access.insert(row[0].as_str()?.to_owned(), access);
        }
        Some(())
    }
}

fn scope(value: &Value) -> Option<Vec<String>> {
    let all = value.as_array()?.iter();
    all.map(|it| Some(it.as_str()?.to_owned())).collect()
}

fn issued(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}
