//! `turnwise sandbox`: the look-alike org alone, for other people's clients and for tests. What the org does is the
//! sandbox crate's; here its options are read and its port is opened.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use turnwise_sandbox::{Options, Org};

use super::Refused;

/// The look-alike org.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise sandbox --port 8081 --control --auto-approve")]
pub struct Sandbox {
    /// The port on 127.0.0.1.
    #[arg(long, default_value_t = 8081, env = "TURNWISE_SANDBOX_PORT")]
    port: u16,
    /// Start with the records of this file, a body of /sandbox/reset [default: 25 invented leads].
    #[arg(long, value_name = "FILE", env = "TURNWISE_SANDBOX_SEED")]
    seed: Option<PathBuf>,
    /// No pages: the authorize address redirects at once, as rep@example.com.
    #[arg(long, env = "TURNWISE_SANDBOX_AUTO_APPROVE")]
    auto_approve: bool,
    /// The clock that records show stands here.
    #[arg(long, value_name = "RFC3339", env = "TURNWISE_SANDBOX_NOW")]
    now: Option<Timestamp>,
    /// The same ids at each run.
    #[arg(long, value_name = "N", env = "TURNWISE_SANDBOX_ID_SEED")]
    id_seed: Option<u64>,
    /// Open /sandbox/*: reset, calls, faults, users.
    #[arg(long, env = "TURNWISE_SANDBOX_CONTROL")]
    control: bool,
    /// The registered client's id.
    #[arg(
        long,
        default_value = "turnwise-demo",
        env = "TURNWISE_SANDBOX_CLIENT_ID"
    )]
    client_id: String,
    /// The registered client's secret.
    #[arg(
        long,
        default_value = "turnwise-demo-secret",
        env = "TURNWISE_SANDBOX_CLIENT_SECRET",
        hide_env_values = true
    )]
    client_secret: String,
    /// A callback address of the client, instead of /auth/callback on loopback; may be repeated.
    #[arg(
        long = "callback",
        value_name = "URL",
        env = "TURNWISE_SANDBOX_CALLBACK"
    )]
    callbacks: Vec<String>,
    /// The certificate, or public key, in PEM that signs the client's JWT assertions.
    #[arg(long, value_name = "FILE", env = "TURNWISE_SANDBOX_JWT_CERTIFICATE")]
    jwt_certificate: Option<PathBuf>,
    /// Do not demand PKCE.
    #[arg(long, env = "TURNWISE_SANDBOX_NO_PKCE")]
    no_pkce: bool,
    /// Do not rotate refresh tokens.
    #[arg(long, env = "TURNWISE_SANDBOX_NO_ROTATION")]
    no_rotation: bool,
}

impl Sandbox {
    /// Serves until it is told to end.
    pub fn run(self) -> Result<(), Refused> {
        let port = self.port;
        let org = Org::new(self.options()?).map_err(|error| Refused::new(error.to_string()))?;
        let runtime = tokio::runtime::Runtime::new()
            .map_err(|error| Refused::new(format!("no runtime could be started: {error}")))?;
        runtime.block_on(serve(&org, port))
    }

    fn options(self) -> Result<Options, Refused> {
        let seed = self.seed.as_deref().map(read_seed).transpose()?;
        Ok(Options {
            client_id: self.client_id,
            client_secret: self.client_secret,
            callbacks: self.callbacks,
            auto_approve: self.auto_approve,
            now: self.now,
            id_seed: self.id_seed,
            control: self.control,
            pkce: !self.no_pkce,
            rotation: !self.no_rotation,
            jwt_certificate: self.jwt_certificate.as_deref().map(read).transpose()?,
            seed,
            saved: None,
        })
    }
}

fn read_seed(path: &std::path::Path) -> Result<serde_json::Value, Refused> {
    serde_json::from_str(&read(path)?)
        .map_err(|error| Refused::new(format!("{} is not JSON: {error}", path.display())))
}

fn read(path: &std::path::Path) -> Result<String, Refused> {
    std::fs::read_to_string(path)
        .map_err(|error| Refused::new(format!("{} can't be read: {error}", path.display())))
}

async fn serve(org: &Org, port: u16) -> Result<(), Refused> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| {
            let what = match error.kind() {
                std::io::ErrorKind::AddrInUse => "is in use; give another with --port".to_owned(),
                _ => format!("can't be opened: {error}"),
            };
            Refused::new(format!("port {port} {what}"))
        })?;
    let address = listener
        .local_addr()
        .map_err(|error| Refused::new(error.to_string()))?;
    let _ = writeln!(
        std::io::stdout(),
        "Sandbox org, not Salesforce: http://{address} (rep@example.com / demo)"
    );
    let service = org
        .router()
        .into_make_service_with_connect_info::<SocketAddr>();
    // A silent client must not hold the end up: the server is dropped when the signal comes.
    tokio::select! {
        served = axum::serve(listener, service) => {
            served.map_err(|error| Refused::new(format!("the server ended: {error}")))
        }
        () = told_to_end() => Ok(()),
    }
}

/// SIGTERM, or Ctrl-C.
pub async fn told_to_end() {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a runtime with signals can listen for SIGTERM");
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
