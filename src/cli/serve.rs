//! `turnwise serve`: the server for a bot folder. Its settings are checked before anything opens; what it serves is the
//! server's.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::net::TcpListener;
use turnwise_connectors::Connectors;
use turnwise_connectors::auth::{Authorizer, Profile, SystemClock, Vault};
use turnwise_connectors::salesforce::Client;
use turnwise_engine::template::Templates;

use super::Refused;
use super::sandbox::told_to_end;
use crate::bot;
use crate::runtime::Runtime;
use crate::server::{Served, app};
use crate::store::grants::Grants;
use crate::store::{Place, Store};

/// Version of the Salesforce REST API that is spoken.
const API: &str = "62.0";
/// How long a server that is told to end waits for what is under way.
const GRACE: Duration = Duration::from_secs(4);
/// How often links whose time has passed are looked for.
const SWEEP: Duration = Duration::from_secs(5);

/// The server for a bot folder.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: TURNWISE_VAULT_KEY=$(openssl rand -hex 32) turnwise serve my-bot --port 8080"
)]
pub struct Serve {
    /// The bot's folder [default: the folder you are in].
    bot: Option<PathBuf>,
    /// The port.
    #[arg(long, default_value_t = 8080, env = "TURNWISE_PORT")]
    port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1", env = "TURNWISE_BIND")]
    bind: IpAddr,
    /// sqlite://PATH or memory:.
    #[arg(long, default_value = "sqlite://turnwise.db", env = "TURNWISE_STORE")]
    store: String,
    /// Where users reach this server: https, or http on loopback [default: http://127.0.0.1:PORT].
    #[arg(long, env = "TURNWISE_PUBLIC_URL")]
    public_url: Option<String>,
    /// The clock that dialogs see stands here (tests).
    #[arg(long, value_name = "RFC3339", env = "TURNWISE_NOW")]
    now: Option<Timestamp>,
    /// Serve /metrics without the server key.
    #[arg(long, env = "TURNWISE_OPEN_METRICS")]
    open_metrics: bool,
}

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

impl Serve {
    /// Serves until it is told to end.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn run(&self) -> Result<(), Refused> {
        start_logging();
        let paths: Vec<PathBuf> = self.bot.iter().cloned().collect();
        let templates = bot::loaded(&bot::read(&paths)?)?;
        let place = Place::parse(&self.store).map_err(Refused::new)?;
        let public_url = self
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://127.0.0.1:{}", self.port));
        let login_host = login_host()?;
        let settings = Settings {
            vault: vault(&templates, &place)?,
            templates,
            place,
            public_url: checked(&public_url)?,
            key: std::env::var("TURNWISE_SERVER_KEY")
                .ok()
                .filter(|key| !key.is_empty()),
            client: client(&login_host),
            login_host,
            now: self.now,
            open_metrics: self.open_metrics,
        };
        runtime()?.block_on(async {
            let listener = listen(SocketAddr::new(self.bind, self.port)).await?;
            let address = settings.public_url.clone();
            let (served, ending) = served(settings).await?;
            let _ = writeln!(std::io::stdout(), "Turnwise serves {address}");
            serve(listener, served, ending).await
        })
    }
}

/// A runtime of threads.
///
/// # Errors
/// Where the machine has none to give.
pub fn runtime() -> Result<tokio::runtime::Runtime, Refused> {
    tokio::runtime::Runtime::new()
        .map_err(|error| Refused::new(format!("no runtime could be started: {error}")))
}

/// Logs go to stderr; `RUST_LOG` says which.
pub fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}

/// A port, or the sentence that says why not.
///
/// # Errors
/// A sentence for the operator.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Refused> {
    TcpListener::bind(address).await.map_err(|error| {
        let port = address.port();
        Refused::new(match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("port {port} is in use; give another with --port")
            }
            _ => format!("port {port} can't be opened: {error}"),
        })
    })
}

/// Everything the router needs, with the effects of an earlier run taken up again.
///
/// # Errors
/// A sentence for the operator.
pub async fn served(
    settings: Settings,
) -> Result<(Served, tokio::sync::watch::Sender<bool>), Refused> {
    let store =
        Arc::new(Store::open(&settings.place).map_err(|away| Refused::new(away.to_string()))?);
    let redirect_uri = format!("{}/auth/callback", settings.public_url);
    let profiles = settings
        .templates
        .integrations
        .values()
        .filter(|integration| integration.spec.id == "salesforce")
        .map(|integration| Profile {
            integration: integration.id.clone(),
            login_host: settings.login_host.clone(),
            client_id: settings.client.0.clone(),
            client_secret: settings.client.1.clone(),
            redirect_uri: redirect_uri.clone(),
            scopes: vec!["api".into(), "refresh_token".into()],
            prompt: None,
            orgs: integration.orgs.clone(),
        })
        .collect();
    let tls = |error| Refused::new(format!("TLS can't be set up: {error}"));
    let auth = Authorizer::new(
        Grants(store.clone()),
        settings.vault,
        profiles,
        Arc::new(SystemClock),
    )
    .map_err(tls)?;
    let salesforce =
        Client::new(API).map_err(|error| Refused::new(format!("TLS can't be set up: {error}")))?;
    let connectors = Connectors { auth, salesforce };
    let runtime = Arc::new(Runtime::new(
        settings.templates,
        store,
        connectors,
        settings.public_url,
        settings.now,
    ));
    runtime
        .recover()
        .await
        .map_err(|away| Refused::new(away.to_string()))?;
    let sweeper = Arc::downgrade(&runtime);
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(SWEEP);
        loop {
            tick.tick().await;
            let Some(runtime) = sweeper.upgrade() else {
                return;
            };
            match runtime.connectors.auth.sweep(Timestamp::now()).await {
                Ok(notes) => {
                    for note in notes {
                        runtime.told(note).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "links whose time has passed were not swept"),
            }
        }
    });
    let (ending, told) = tokio::sync::watch::channel(false);
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .install_recorder()
        .ok();
    let served = Served {
        runtime,
        key: settings.key.map(Arc::from),
        open_metrics: settings.open_metrics,
        metrics,
        limits: Arc::default(),
        ended: Arc::default(),
        ending: told,
    };
    Ok((served, ending))
}

/// Serves until the process is told to end; open streams are told too, and nothing waits for longer than the grace.
///
/// # Errors
/// Where the server ends by itself.
pub async fn serve(
    listener: TcpListener,
    served: Served,
    ending: tokio::sync::watch::Sender<bool>,
) -> Result<(), Refused> {
    let told = async move {
        told_to_end().await;
        let _ = ending.send(true);
    };
    let mut over = served.ending.clone();
    let deadline = async move {
        let _ = over.wait_for(|ending| *ending).await;
        tokio::time::sleep(GRACE).await;
    };
    let service = app(served).into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        ended = axum::serve(listener, service).with_graceful_shutdown(told) => {
            ended.map_err(|error| Refused::new(format!("the server ended: {error}")))
        }
        () = deadline => Ok(()),
    }
}

/// https, or http on loopback.
fn checked(public_url: &str) -> Result<String, Refused> {
    let url = url::Url::parse(public_url).map_err(|error| {
        Refused::new(format!(
            "--public-url `{public_url}` is no address: {error}"
        ))
    })?;
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err(Refused::new(format!(
            "--public-url `{public_url}` must be https, or http on loopback"
        )));
    }
    Ok(public_url.trim_end_matches('/').to_owned())
}

fn login_host() -> Result<url::Url, Refused> {
    let text = std::env::var("TURNWISE_SALESFORCE_URL")
        .unwrap_or_else(|_| "https://login.salesforce.com".into());
    let url = url::Url::parse(&text).map_err(|error| {
        Refused::new(format!(
            "TURNWISE_SALESFORCE_URL `{text}` is no address: {error}"
        ))
    })?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(Refused::new(format!(
            "TURNWISE_SALESFORCE_URL `{text}` must be https, or http on loopback"
        )));
    }
    Ok(url)
}

fn is_loopback(url: &url::Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// The System app; on loopback the sandbox's own, unless another is given.
fn client(login_host: &url::Url) -> (String, Option<SecretString>) {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
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
    match std::env::var("TURNWISE_VAULT_KEY") {
        Ok(keys) => Vault::from_hex(&keys).map_err(|error| {
            Refused::new(format!(
                "TURNWISE_VAULT_KEY can't be used: {error}; `openssl rand -hex 32` makes one"
            ))
        }),
        Err(_) if templates.integrations.is_empty() || *place == Place::Memory => {
            Ok(Vault::random())
        }
        Err(_) => Err(Refused::new(
            "this bot has an integration, so its tokens need a key: set TURNWISE_VAULT_KEY to 64 hex digits \
             (`openssl rand -hex 32` makes one)",
        )),
    }
}
