//! An org as JSON, to come back with after a restart: its records, its ids, and what has been granted in it.
//! Where the JSON lies is left to whoever starts the org. It holds live tokens: only its owner may read it.

use serde_json::{Value, json};

use crate::org::{Org, SeedError, State, Tables};

impl Org {
    /// The org as it is now.
    #[must_use]
    pub fn saved(&self) -> Value {
        let state = self.state();
        json!({
            "org": state.org_id,
            "tables": state.snapshot(),
            "grants": state.grants.saved(),
        })
    }
}

/// Makes a new org the one that was saved.
pub(crate) fn restore(state: &mut State, saved: &Value) -> Result<(), SeedError> {
    taken_up(state, saved).ok_or_else(|| SeedError("what was kept of the org can't be read".into()))
}

fn taken_up(state: &mut State, saved: &Value) -> Option<()> {
    saved["org"].as_str()?.clone_into(&mut state.org_id);
    let mut tables = Tables::new();
    for name in state.snapshot().into_keys() {
        let rows = saved["tables"].get(name)?;
        tables.insert(name, serde_json::from_value(rows.clone()).ok()?);
    }
    state.restore(tables);
    state.grants.restore(&saved["grants"])
}
