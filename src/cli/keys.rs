//! `turnwise keys`: the key ring that seals tokens, and the console's password. Rows move to a new key as they are used, or
//! all at once by `rotate`; a key that is dropped too early means signing in again.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use turnwise_connectors::auth::Vault;

use super::integrations::beside;
use super::settings::{Settings, given};
use super::{Answer, Refused};
use crate::bot;
use crate::server::console::password;

/// The key ring and the console's password.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: TURNWISE_VAULT_KEY=$(turnwise keys new),$TURNWISE_VAULT_KEY turnwise keys rotate my-bot"
)]
pub struct Keys {
    #[command(subcommand)]
    step: Step,
    /// The server's store.
    #[arg(
        long,
        global = true,
        default_value = "sqlite://turnwise.db",
        env = "TURNWISE_STORE"
    )]
    store: String,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Step {
    /// Print a new key.
    New,
    /// Say whether the ring of TURNWISE_VAULT_KEY can be used.
    Check,
    /// Seal everything with the first key of the ring, so that the others may go.
    Rotate { bot: Option<PathBuf> },
    /// Set the console's password: read from standard input, or made and printed where that is empty.
    Password { bot: Option<PathBuf> },
}

impl Keys {
    /// Does it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn run(&self) -> Result<Answer, Refused> {
        match &self.step {
            Step::New => {
                say(&Vault::new_key());
                Ok(Answer::Fine)
            }
            Step::Check => {
                match Vault::from_hex(&given("TURNWISE_VAULT_KEY").unwrap_or_default()) {
                    Ok(vault) => {
                        let ids = vault.ids();
                        say(&format!("{} seals.", ids[0]));
                        if ids.len() > 1 {
                            say(&format!("{} still open.", ids[1..].join(", ")));
                        }
                        Ok(Answer::Fine)
                    }
                    Err(error) => {
                        say(&format!("This ring can't be used: {error}."));
                        Ok(Answer::Wrong)
                    }
                }
            }
            Step::Rotate { bot } => self.rotate(bot.as_ref()),
            Step::Password { bot } => self.password(bot.as_ref()),
        }
    }

    fn rotate(&self, bot: Option<&PathBuf>) -> Result<Answer, Refused> {
        let settings = self.settings(bot)?;
        super::serve::runtime()?.block_on(async {
            let auth = beside(&settings)?;
            let resealed = auth.reseal().await;
            let (moved, lost) = resealed.map_err(|error| Refused::new(error.to_string()))?;
            let rows = |n: usize| if n == 1 { "row" } else { "rows" };
            say(&format!("{moved} {} moved to the first key.", rows(moved)));
            if lost > 0 {
                say(&format!(
                    "{lost} {} sealed with a key that is not in the ring: who signed in has to do so again.",
                    if lost == 1 { "row is" } else { "rows are" }
                ));
            }
            Ok(Answer::Fine)
        })
    }

    fn password(&self, bot: Option<&PathBuf>) -> Result<Answer, Refused> {
        let settings = self.settings(bot)?;
        let mut line = String::new();
        if !std::io::stdin().is_terminal() {
            let _ = std::io::stdin().lock().read_line(&mut line);
        }
        let typed = line.trim().to_owned();
        if !typed.is_empty() && typed.chars().count() < password::SHORTEST {
            return Err(Refused::new(format!(
                "a password of the console has {} characters at least",
                password::SHORTEST
            )));
        }
        let made = typed.is_empty();
        let new = if made { password::fresh() } else { typed };
        super::serve::runtime()?.block_on(async {
            let auth = beside(&settings)?;
            let set = password::set(&auth, &new).await;
            set.map_err(|error| Refused::new(error.to_string()))
        })?;
        if made {
            say(&new);
        } else {
            say("The password is set; every session of the console has ended.");
        }
        Ok(Answer::Fine)
    }

    fn settings(&self, bot: Option<&PathBuf>) -> Result<Settings, Refused> {
        let paths: Vec<PathBuf> = bot.into_iter().cloned().collect();
        let templates = bot::loaded(&bot::read(&paths)?)?;
        Settings::from_environment(templates, &self.store, "http://127.0.0.1:8080", None)
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
