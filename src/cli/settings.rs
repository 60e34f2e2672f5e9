//! What a server needs besides its bot, read from the environment and checked before anything opens: the org, the keys,
//! the store. What is served with it is the server's.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use turnwise_connectors::Connectors;
use turnwise_connectors::auth::{Authorizer, Config, SystemClock, Vault, is_loopback, is_private};
use turnwise_connectors::salesforce::Client;
use turnwise_engine::template::Templates;

use super::services::services;
use super::{Refused, setups};
use crate::runtime::Runtime;
use crate::server::Served;
use crate::store::grants::Grants;
use crate::store::{Place, Store};

/// Version of the Salesforce REST API that is spoken.
const API: &str = "62.0";

/// What a server needs, wherever it comes from.
pub struct Settings {
    /// The bot.
    pub templates: Arc<Templates>,
    /// The store.
    pub place: Place,
    /// Where users reach the server.
    pub public_url: String,
    /// The API's key.
    pub key: Option<String>,
    /// Keys for what is sealed.
    pub vault: Vault,
    /// The login host, and on loopback the org.
    pub login_host: url::Url,
    /// The System app.
    pub client: (String, Option<SecretString>),
    /// The clock that dialogs see.
    pub now: Option<Timestamp>,
    /// Metrics without the key.
    pub open_metrics: bool,
}

impl Settings {
    /// The settings of a bot that is served at this address, the rest from the environment.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn from_environment(
        templates: Arc<Templates>,
        store: &str,
        public_url: &str,
        now: Option<Timestamp>,
    ) -> Result<Settings, Refused> {
        let place = Place::parse(store).map_err(Refused::new)?;
        let login_host = login_host()?;
        Ok(Settings {
            vault: vault(&templates, &place)?,
            templates,
            place,
            public_url: checked(public_url)?,
            key: given("TURNWISE_SERVER_KEY"),
            client: client(&login_host),
            login_host,
            now,
            open_metrics: false,
        })
    }
}

/// Integrations and profiles of a bot that is read again, with the environment as it is.
///
/// # Errors
/// A sentence for the operator.
pub fn configured(templates: &Templates, public_url: &str) -> Result<Config, Refused> {
    let host = login_host()?;
    Ok(setups::config(templates, public_url, &host, &client(&host)))
}

/// The runtime of these settings, with nothing of an earlier run taken up.
///
/// # Errors
/// A sentence for the operator.
pub fn runtime_of(settings: Settings) -> Result<Arc<Runtime>, Refused> {
    let store =
        Arc::new(Store::open(&settings.place).map_err(|away| Refused::new(away.to_string()))?);
    // A file and a store in memory are served by one process.
    let auth = authorizer(&settings, &store)?.alone();
    let salesforce =
        Client::new(API).map_err(|error| Refused::new(format!("TLS can't be set up: {error}")))?;
    let services = services(&settings.templates)?;
    let connectors = Connectors {
        auth,
        salesforce,
        services,
    };
    Ok(Arc::new(Runtime::new(
        settings.templates,
        store,
        connectors,
        settings.public_url,
        settings.now,
    )))
}

/// Everything the router needs, with the effects of an earlier run taken up again.
///
/// # Errors
/// A sentence for the operator.
pub async fn served(
    settings: Settings,
) -> Result<(Served, tokio::sync::watch::Sender<bool>), Refused> {
    let (key, open_metrics) = (settings.key.clone(), settings.open_metrics);
    let runtime = runtime_of(settings)?;
    runtime
        .recover()
        .await
        .map_err(|away| Refused::new(away.to_string()))?;
    runtime.sweep();
    let (ending, told) = tokio::sync::watch::channel(false);
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .ok();
    if let Some(metrics) = metrics.clone() {
        tokio::spawn(upkeep(UPKEEP, move || metrics.run_upkeep()));
    }
    let served = Served {
        runtime,
        key: key.map(Arc::from),
        open_metrics,
        metrics,
        limits: Arc::new(setups::limits()?),
        ended: Arc::default(),
        folder: None,
        ending: told,
    };
    Ok((served, ending))
}

/// How often times that were measured are put into their summary.
const UPKEEP: Duration = Duration::from_secs(5);

/// Does this for as long as the server is there. Until times that were measured are put into their summary each is held by
/// itself, and every turn would leave some bytes behind where nobody reads the metrics.
async fn upkeep(every: Duration, mut work: impl FnMut()) {
    let mut often = tokio::time::interval(every);
    loop {
        often.tick().await;
        work();
    }
}

/// The sign-ins and grants of these settings, in this store.
///
/// # Errors
/// A sentence for the operator.
pub fn authorizer(settings: &Settings, store: &Arc<Store>) -> Result<Authorizer<Grants>, Refused> {
    let config = setups::config(
        &settings.templates,
        &settings.public_url,
        &settings.login_host,
        &settings.client,
    );
    let (grants, clock) = (Grants(store.clone()), Arc::new(SystemClock));
    let auth = Authorizer::new(grants, settings.vault.clone(), config, clock);
    let auth = auth.map_err(|error| Refused::new(format!("TLS can't be set up: {error}")))?;
    Ok(auth.bounded(setups::bounds()?))
}

/// https, or http on loopback.
fn checked(public_url: &str) -> Result<String, Refused> {
    let url = url::Url::parse(public_url).map_err(|error| {
        Refused::new(format!(
            "--public-url `{public_url}` is no address: {error}"
        ))
    })?;
    if !is_private(&url) {
        return Err(Refused::new(format!(
            "--public-url `{public_url}` must be https, or http on loopback"
        )));
    }
    Ok(public_url.trim_end_matches('/').to_owned())
}

fn login_host() -> Result<url::Url, Refused> {
    let text =
        given("TURNWISE_SALESFORCE_URL").unwrap_or_else(|| "https://login.salesforce.com".into());
    let url = url::Url::parse(&text).map_err(|error| {
        Refused::new(format!(
            "TURNWISE_SALESFORCE_URL `{text}` is no address: {error}"
        ))
    })?;
    if !is_private(&url) {
        return Err(Refused::new(format!(
            "TURNWISE_SALESFORCE_URL `{text}` must be https, or http on loopback"
        )));
    }
    Ok(url)
}

/// The System app; on loopback the sandbox's own, unless another is given.
fn client(login_host: &url::Url) -> (String, Option<SecretString>) {
    let id = given("TURNWISE_SALESFORCE_CLIENT_ID");
    let secret = given("TURNWISE_SALESFORCE_CLIENT_SECRET");
    match id {
        Some(id) => (id, secret.map(SecretString::from)),
        None if is_loopback(login_host) => (
            "turnwise-demo".into(),
            Some(SecretString::from("turnwise-demo-secret".to_owned())),
        ),
        None => (String::new(), None),
    }
}

/// The vault's keys. A store on disk needs them from outside when the bot has an integration.
fn vault(templates: &Templates, place: &Place) -> Result<Vault, Refused> {
    match given("TURNWISE_VAULT_KEY") {
        Some(keys) => Vault::from_hex(&keys).map_err(|error| {
            Refused::new(format!(
                "TURNWISE_VAULT_KEY can't be used: {error}; `openssl rand -hex 32` makes one"
            ))
        }),
        None if templates.integrations.is_empty() || *place == Place::Memory => Ok(Vault::random()),
        None => Err(Refused::new(
            "this bot has an integration, so its tokens need a key: set TURNWISE_VAULT_KEY to 64 hex digits \
             (`openssl rand -hex 32` makes one)",
        )),
    }
}

pub(super) fn given(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_reach_the_server_over_https_or_on_the_machine_itself() {
        for (url, kept) in [
            (
                "https://chat.example.com/",
                Some("https://chat.example.com"),
            ),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://chat.example.com", None),
            ("http://localhost.example.com", None),
            ("ftp://localhost", None),
            ("chat.example.com", None),
        ] {
            assert_eq!(checked(url).ok().as_deref(), kept, "{url}");
        }
    }

    #[tokio::test]
    async fn what_was_measured_is_summed_up_again_and_again() {
        let (done, mut told) = tokio::sync::mpsc::unbounded_channel();
        let work = move || done.send(()).unwrap();
        let kept_up = tokio::spawn(upkeep(Duration::from_millis(1), work));
        for _ in 0..3 {
            told.recv().await.unwrap();
        }
        kept_up.abort();
    }
}
