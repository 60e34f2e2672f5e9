//! `turnwise serve`: the server for a bot folder. Its settings are checked before anything opens; what it serves is the
//! server's.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use tokio::net::TcpListener;

use super::Refused;
use super::paint::Paint;
use super::reload::bot_of;
use super::sandbox::told_to_end;
pub use super::settings::{Settings, served};
use crate::server::console::password;
use crate::server::{Served, app};

/// How long a server that is told to end waits for what is under way.
const GRACE: Duration = Duration::from_secs(4);

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
    /// Reload the bot when one of its files changes; SIGHUP reloads it at any time.
    #[arg(long, env = "TURNWISE_WATCH")]
    watch: bool,
    /// The clock that dialogs see stands here (tests).
    #[arg(long, value_name = "RFC3339", env = "TURNWISE_NOW")]
    now: Option<Timestamp>,
    /// Serve /metrics without the server key.
    #[arg(long, env = "TURNWISE_OPEN_METRICS")]
    open_metrics: bool,
}

impl Serve {
    /// Serves until it is told to end.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn run(&self) -> Result<(), Refused> {
        start_logging();
        let (templates, reloads) = bot_of(self.bot.as_deref())?;
        runtime()?.block_on(async {
            let listener = listen(SocketAddr::new(self.bind, self.port)).await?;
            let port = listener.local_addr().map_or(self.port, |at| at.port());
            let public_url = self.public_url.clone();
            let public_url = public_url.unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
            let settings = Settings {
                open_metrics: self.open_metrics,
                ..Settings::from_environment(templates, &self.store, &public_url, self.now)?
            };
            let address = settings.public_url.clone();
            let (mut served, ending) = served(settings).await?;
            served.folder = Some(self.bot.clone().unwrap_or_else(|| ".".into()).into());
            reloads.follow(&served.runtime, self.watch)?;
            let mut said = format!("Turnwise serves {address}\n");
            if let Some(password) = first_password(&served).await? {
                said.push_str(&format!(
                    "Console  {address}/console  password {password}  (shown this once; `turnwise keys password` sets another)\n"
                ));
            }
            let _ = std::io::stdout().write_all(said.as_bytes());
            serve(listener, served, ending).await
        })
    }
}

/// The console's first password, where there is none yet.
///
/// # Errors
/// Where the store is away.
pub async fn first_password(served: &Served) -> Result<Option<String>, Refused> {
    let first = password::first(&served.runtime.connectors.auth).await;
    first.map_err(|error| Refused::new(error.to_string()))
}

/// A runtime of threads.
///
/// # Errors
/// Where the machine has none to give.
pub fn runtime() -> Result<tokio::runtime::Runtime, Refused> {
    tokio::runtime::Runtime::new()
        .map_err(|error| Refused::new(format!("no runtime could be started: {error}")))
}

/// Logs go to stderr, in colours where somebody looks at them; `RUST_LOG` says which.
pub fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(Paint::stderr().colour)
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
