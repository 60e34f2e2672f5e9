//! `turnwise demo`: sandbox org, sales assistant, web chat and API in one process. It makes its own keys and keeps them in
//! its data folder, and the org there too, so that a second start with the same folder finds its users signed in.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;
use serde_json::Value;
use turnwise_connectors::auth::Vault;
use turnwise_sandbox::{Options, Org};

use super::Refused;
use super::serve::{Settings, first_password, listen, runtime, serve, served, start_logging};
use crate::bot;
use crate::server::keys;
use crate::store::Place;

/// The demo.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise demo")]
pub struct Demo {
    /// The port of the chat and the API.
    #[arg(long, default_value_t = 8080, env = "TURNWISE_PORT")]
    port: u16,
    /// The port of the sandbox org.
    #[arg(long, default_value_t = 8081, env = "TURNWISE_SANDBOX_PORT")]
    sandbox_port: u16,
    /// The folder of the store and the keys [default: a temporary one].
    #[arg(long, env = "TURNWISE_DATA")]
    data: Option<PathBuf>,
}

impl Demo {
    /// Runs until it is told to end.
    ///
    /// # Errors
    /// A sentence for whoever started it.
    pub fn run(&self) -> Result<(), Refused> {
        start_logging();
        let templates = bot::loaded(&bot::demo())?;
        let (folder, temporary) = match &self.data {
            Some(folder) => (folder.clone(), false),
            None => (
                std::env::temp_dir().join(format!("turnwise-demo-{}", keys::fresh())),
                true,
            ),
        };
        make_private(&folder)?;
        let key = kept(&folder.join("server.key"), keys::fresh)?;
        let vault_key = kept(&folder.join("vault.key"), hex)?;
        let vault = Vault::from_hex(&vault_key).map_err(|error| {
            Refused::new(format!(
                "the key in {} can't be used: {error}",
                folder.display()
            ))
        })?;
        let ended = runtime()?.block_on(async {
            let sandbox = listen(SocketAddr::new(
                Ipv4Addr::LOCALHOST.into(),
                self.sandbox_port,
            ))
            .await?;
            let chat = listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), self.port)).await?;
            let port = |listener: &tokio::net::TcpListener| {
                listener.local_addr().map_or(0, |at| at.port())
            };
            let org_url = format!("http://127.0.0.1:{}", port(&sandbox));
            let public_url = format!("http://127.0.0.1:{}", port(&chat));
            let kept = Kept::in_folder(&folder);
            let org = Org::new(Options {
                control: true,
                saved: kept.read()?,
                ..Options::default()
            })
            .map_err(|error| Refused::new(format!("{}: {error}", kept.0.display())))?;
            tokio::spawn(kept.keep(org.clone()));
            let router = org
                .router()
                .into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move { axum::serve(sandbox, router).await });
            let settings = Settings {
                templates,
                place: Place::File(folder.join("turnwise.db")),
                public_url: public_url.clone(),
                key: Some(key.clone()),
                vault,
                login_host: org_url.parse().expect("a loopback address parses"),
                client: (
                    "turnwise-demo".into(),
                    Some(SecretString::from("turnwise-demo-secret".to_owned())),
                ),
                now: None,
                open_metrics: false,
            };
            let (served, ending) = served(settings).await?;
            let console = match first_password(&served).await? {
                Some(password) => format!("password {password}"),
                None => "password as it was shown at the first start".to_owned(),
            };
            let _ = write!(
                std::io::stdout(),
                "Chat         {public_url}\n\
                 Sandbox org  {org_url}  (not Salesforce; sign in as rep@example.com / demo)\n\
                 API          {public_url}/v1  server key {key}\n\
                 Console      {public_url}/console  {console}\n\n\
                 Open the chat and type: I just met Jane Doe from Acme, jane at acme.com\n"
            );
            serve(chat, served, ending).await
        });
        if temporary {
            let _ = std::fs::remove_dir_all(&folder);
        }
        ended
    }
}

/// The file of the sandbox org, which itself is in memory.
struct Kept(PathBuf);

impl Kept {
    fn in_folder(folder: &Path) -> Kept {
        Kept(folder.join("org.json"))
    }

    fn read(&self) -> Result<Option<Value>, Refused> {
        let Ok(text) = std::fs::read_to_string(&self.0) else {
            return Ok(None);
        };
        let read = serde_json::from_str(&text).map(Some);
        read.map_err(|error| {
            Refused::new(format!(
                "{} can't be read: {error}. Without the file the org begins anew.",
                self.0.display()
            ))
        })
    }

    /// Writes the org down whenever it changed. It is looked at often enough that a kill costs a moment of play.
    async fn keep(self, org: Org) {
        let mut last = String::new();
        let mut often = tokio::time::interval(std::time::Duration::from_millis(250));
        often.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            often.tick().await;
            let now = org.saved().to_string();
            if now == last {
                continue;
            }
            if let Err(error) = self.write(&now) {
                tracing::warn!(%error, "the sandbox org was not kept");
            }
            last = now;
        }
    }

    fn write(&self, text: &str) -> std::io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt;
        let beside = self.0.with_extension("json.new");
        let mut file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(beside, &self.0)
    }
}

/// A folder that only its owner reads.
fn make_private(folder: &Path) -> Result<(), Refused> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Refused::new(format!("{} can't be made: {error}", folder.display())))
}

/// A secret that is kept in a file, or made and kept now.
fn kept(path: &Path, make: impl Fn() -> String) -> Result<String, Refused> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Ok(text) = std::fs::read_to_string(path) {
        return Ok(text.trim().to_owned());
    }
    let secret = make();
    let file = std::fs::File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| writeln!(file, "{secret}"))
        .map_err(|error| Refused::new(format!("{} can't be written: {error}", path.display())))?;
    Ok(secret)
}

fn hex() -> String {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
