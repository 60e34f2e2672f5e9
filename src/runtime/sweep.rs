//! What is looked for from time to time, for as long as the runtime is there: links whose time has passed, conversations
//! that fell silent, versions of templates that no conversation needs any more.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use turnwise_connectors::auth::State;

use super::Runtime;

/// How often links whose time has passed are looked for.
const LINKS: Duration = Duration::from_secs(5);
/// How often silent conversations are looked for, and versions that they leave unused.
const SILENT: Duration = Duration::from_secs(300);

impl Runtime {
    /// Sweeps until nobody else holds the runtime.
    pub fn sweep(self: &Arc<Self>) {
        let of_links = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(LINKS);
            loop {
                tick.tick().await;
                let Some(runtime) = of_links.upgrade() else {
                    return;
                };
                runtime.sweep_links().await;
            }
        });
        let of_silent = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(SILENT);
            loop {
                tick.tick().await;
                let Some(runtime) = of_silent.upgrade() else {
                    return;
                };
                if let Err(error) = runtime.forget_silent(Timestamp::now()).await {
                    tracing::warn!(%error, "silent conversations were not forgotten");
                }
                runtime.tell_states().await;
                if let Err(error) = runtime.connectors.auth.drop_idle(Timestamp::now()).await {
                    tracing::warn!(%error, "grants that nobody uses were not given back");
                }
                if let Err(error) = runtime.store.sweep_trail(Timestamp::now()).await {
                    tracing::warn!(%error, "old lines of the audit trail were not dropped");
                }
                if let Err(error) = runtime.sweep_versions().await {
                    tracing::warn!(%error, "versions that nobody needs were not swept");
                }
            }
        });
    }

    /// Says for each integration as metrics whether it is ready (1 or 0, with its state as a label), whether an operator has to
    /// change something, and whether its shared grant lies unused and will soon be given back.
    pub async fn tell_states(&self) {
        for setup in self.connectors.auth.setups() {
            let id = setup.integration;
            let Ok(now) = self.connectors.auth.state(&id).await else {
                continue;
            };
            for state in State::ALL {
                let gauge = metrics::gauge!(
                    "turnwise_integration_state",
                    "integration" => id.clone(),
                    "state" => state.word()
                );
                gauge.set(if state == now { 1.0 } else { 0.0 });
            }
            if let Ok(trouble) = self.connectors.auth.trouble(&id).await {
                let gauge =
                    metrics::gauge!("turnwise_integration_trouble", "integration" => id.clone());
                gauge.set(if trouble.is_some() { 1.0 } else { 0.0 });
            }
            if let Ok(left) = self.connectors.auth.shared_days_left(&id).await {
                let gauge = metrics::gauge!("turnwise_shared_grant_left", "integration" => id);
                gauge.set(if left.is_some() { 1.0 } else { 0.0 });
            }
        }
    }

    async fn sweep_links(self: &Arc<Self>) {
        match self.connectors.auth.sweep(Timestamp::now()).await {
            Ok(notes) => {
                for note in notes {
                    self.told(note).await;
                }
            }
            Err(error) => tracing::warn!(%error, "links whose time has passed were not swept"),
        }
    }

    /// Drops the versions of templates that no open dialog needs, and gives how many they were.
    ///
    /// # Errors
    /// [`crate::store::Away`].
    pub async fn sweep_versions(&self) -> Result<usize, crate::store::Away> {
        let templates = self.templates();
        let current = templates.current.values().map(|t| t.digest.clone());
        self.store.sweep_versions(current.collect()).await
    }
}
