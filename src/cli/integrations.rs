//! `turnwise integrations`: the set-up steps from the terminal, beside a server that runs or without one. What an
//! integration's state is, and what authorizing means, is the connectors'.

mod authorize;
mod profile;
mod row;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use turnwise_connectors::auth::{Authorizer, By, OPERATOR, SHARED, Switched, Trouble, Use, Who};
use turnwise_engine::template::Templates;

use super::settings::{Settings, authorizer, given};
use super::{Answer, Format, Refused};
use crate::bot;
use crate::store::grants::Grants;
use crate::store::{Place as Lies, Store};
use profile::SaveProfile;

/// Whom the audit trail names for what is done here.
const TERMINAL: &str = "terminal";

/// The set-up steps of integrations.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: turnwise integrations set salesforce --by operator my-bot && turnwise integrations authorize salesforce my-bot\n\n\
                  The keys, the store and the System app are taken from the same environment as `turnwise serve` does."
)]
pub struct Integrations {
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
    /// Where users reach the server; the callback address is made of it.
    #[arg(
        long,
        global = true,
        default_value = "http://127.0.0.1:8080",
        env = "TURNWISE_PUBLIC_URL"
    )]
    public_url: String,
    /// How the result is printed.
    #[arg(long, global = true, value_enum, default_value = "human")]
    format: Format,
}

/// One step.
#[derive(Debug, Subcommand)]
enum Step {
    /// Every integration of the bot: who authorizes, with which profile, and its state.
    List { bot: Option<PathBuf> },
    /// Choose who authorizes and with which profile; `system` is the operator's app.
    Set {
        id: String,
        /// users: each by a link · operator: once for everybody.
        #[arg(long)]
        by: Option<Whose>,
        /// `system`, or the id of a profile.
        #[arg(long)]
        profile: Option<String>,
        bot: Option<PathBuf>,
    },
    /// Sign in once for everybody: opens the sign-in page and waits for the callback.
    Authorize { id: String, bot: Option<PathBuf> },
    /// Switch it on.
    Enable { id: String, bot: Option<PathBuf> },
    /// Switch it off; the chat says so where it is needed.
    Disable { id: String, bot: Option<PathBuf> },
    /// Give the shared grant back.
    SignOut { id: String, bot: Option<PathBuf> },
    /// The authorization profiles.
    Profiles { bot: Option<PathBuf> },
    /// Make or change an authorization profile; what is not given stays as it is.
    SaveProfile(Box<SaveProfile>),
    /// Delete an authorization profile that nothing uses.
    DeleteProfile { id: String, bot: Option<PathBuf> },
}

/// Who authorizes.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Whose {
    /// Each user.
    Users,
    /// An operator.
    Operator,
}

impl Integrations {
    /// Does the step.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn run(&self) -> Result<Answer, Refused> {
        super::serve::runtime()?.block_on(self.done())
    }

    fn folder(&self) -> &Option<PathBuf> {
        match &self.step {
            Step::List { bot }
            | Step::Set { bot, .. }
            | Step::Authorize { bot, .. }
            | Step::Enable { bot, .. }
            | Step::Disable { bot, .. }
            | Step::SignOut { bot, .. }
            | Step::Profiles { bot }
            | Step::DeleteProfile { bot, .. } => bot,
            Step::SaveProfile(save) => &save.bot,
        }
    }

    /// A step to do next, with the bot of this call where it is a command.
    fn whole(&self, next: &str) -> String {
        match self.folder() {
            Some(folder) if next.starts_with("turnwise") => format!("{next} {}", folder.display()),
            _ => next.to_owned(),
        }
    }

    async fn done(&self) -> Result<Answer, Refused> {
        let paths: Vec<PathBuf> = self.folder().iter().cloned().collect();
        let templates = bot::loaded(&bot::read(&paths)?)?;
        let settings =
            Settings::from_environment(templates.clone(), &self.store, &self.public_url, None)?;
        if settings.place == Lies::Memory {
            return Err(Refused::new(
                "a store in memory ends with its process; give the server's with --store",
            ));
        }
        if let Step::Authorize { id, .. } = &self.step {
            return self.authorize(id, settings).await;
        }
        let auth = beside(&settings)?;
        match &self.step {
            Step::List { .. } => self.list(&auth, &templates).await,
            Step::Profiles { .. } => self.profiles(&auth).await,
            Step::Set {
                id, by, profile, ..
            } => self.set(&auth, id, *by, profile.as_deref()).await,
            Step::Enable { id, .. } => self.enable(&auth, id).await,
            Step::Disable { id, .. } => self.disable(&auth, id).await,
            Step::SignOut { id, .. } => self.sign_out(&auth, id).await,
            Step::SaveProfile(save) => self.save_profile(&auth, save, &settings).await,
            Step::DeleteProfile { id, .. } => self.delete_profile(&auth, id).await,
            Step::Authorize { .. } => Ok(Answer::Fine),
        }
    }

    async fn set(
        &self,
        auth: &Authorizer<Grants>,
        id: &str,
        by: Option<Whose>,
        profile: Option<&str>,
    ) -> Result<Answer, Refused> {
        let mut switched = switched(auth, id).await?;
        if let Some(profile) = profile {
            if auth.profile(profile).await.map_err(away)?.is_none() {
                return Err(no_profile(profile));
            }
            switched.profile = Some(profile.to_owned());
        }
        if let Some(by) = by {
            switched.by = Some(match by {
                Whose::Users => By::Users,
                Whose::Operator => By::Operator,
            });
        }
        self.keep(auth, id, &switched, "set").await
    }

    async fn enable(&self, auth: &Authorizer<Grants>, id: &str) -> Result<Answer, Refused> {
        let enabled = Some(true);
        let switched = Switched {
            enabled,
            ..switched(auth, id).await?
        };
        self.keep(auth, id, &switched, "enabled").await
    }

    async fn disable(&self, auth: &Authorizer<Grants>, id: &str) -> Result<Answer, Refused> {
        let enabled = Some(false);
        let switched = Switched {
            enabled,
            ..switched(auth, id).await?
        };
        self.keep(auth, id, &switched, "disabled").await
    }

    /// Keeps what was switched and shows the integration as it is then.
    async fn keep(
        &self,
        auth: &Authorizer<Grants>,
        id: &str,
        switched: &Switched,
        why: &str,
    ) -> Result<Answer, Refused> {
        let kept = auth.switch(id, switched, TERMINAL, why).await;
        kept.map_err(away)?;
        self.state(auth, id).await
    }

    async fn sign_out(&self, auth: &Authorizer<Grants>, id: &str) -> Result<Answer, Refused> {
        used(auth, id).await?;
        let shared = auth.account(OPERATOR, SHARED, id).await.map_err(away)?;
        if shared.is_none() {
            let text = format!("{id} has no shared grant, so there is nothing to give back.");
            self.print(&json!({ "id": id, "confirmed": true }), &text);
            return Ok(Answer::Fine);
        }
        let confirmed = auth.sign_out(&operator(), id).await.map_err(away)?;
        let text = if confirmed {
            format!("The shared grant of {id} is given back.")
        } else {
            format!(
                "The shared grant of {id} is forgotten here, but its provider did not confirm that it ended."
            )
        };
        self.print(&json!({ "id": id, "confirmed": confirmed }), &text);
        Ok(Answer::Fine)
    }

    async fn save_profile(
        &self,
        auth: &Authorizer<Grants>,
        save: &SaveProfile,
        settings: &Settings,
    ) -> Result<Answer, Refused> {
        let profile = save.profile(auth, settings).await?;
        let saved = auth.save_profile(&profile, TERMINAL).await;
        saved.map_err(|error| Refused::new(error.to_string()))?;
        let id = &profile.id;
        let lacks = profile.lacks(By::Operator);
        let text = if lacks.is_empty() {
            format!("Profile {id} is saved.")
        } else {
            let lacks = lacks.join(", ");
            format!("Profile {id} is saved. It still lacks {lacks}.")
        };
        self.print(&json!({ "id": id, "lacks": lacks }), &text);
        Ok(Answer::Fine)
    }

    async fn delete_profile(&self, auth: &Authorizer<Grants>, id: &str) -> Result<Answer, Refused> {
        if auth.profile(id).await.map_err(away)?.is_none() {
            return Err(no_profile(id));
        }
        let deleted = auth.delete_profile(id, TERMINAL).await;
        deleted.map_err(|error| Refused::new(error.to_string()))?;
        self.print(&json!({ "id": id }), &format!("Profile {id} is deleted."));
        Ok(Answer::Fine)
    }

    async fn list(&self, auth: &Authorizer<Grants>, bot: &Templates) -> Result<Answer, Refused> {
        let mut rows = Vec::new();
        for id in bot.integrations.keys() {
            let used = used(auth, id).await?;
            let state = auth.state(id).await.map_err(away)?;
            let account = auth.account(OPERATOR, SHARED, id).await.map_err(away)?;
            let account = account.map(|(account, _)| account.name).unwrap_or_default();
            let mut row = self.row(&used, state, &account);
            if let Some(trouble) = auth.trouble(id).await.map_err(away)? {
                row["trouble"] = json!({ "word": trouble.word, "sentence": told(&trouble) });
            }
            rows.push(row);
        }
        let mut text = String::new();
        for row in &rows {
            let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let by = match row["by"].as_str() {
                Some("operator") => "an operator authorizes",
                _ => "each user authorizes",
            };
            let account = match field("account") {
                name if name.is_empty() => String::new(),
                name => format!("  as {name}"),
            };
            text.push_str(&format!(
                "{:<16} {:<20} {by} with {}{account}\n",
                field("id"),
                field("title"),
                field("profile"),
            ));
            if let Some(next) = row["next"].as_str() {
                text.push_str(&format!("{:<16} next: {next}\n", ""));
            }
            if let Some(trouble) = row["trouble"]["sentence"].as_str() {
                text.push_str(&format!("{:<16} trouble: {trouble}\n", ""));
            }
        }
        if rows.is_empty() {
            text.push_str("This bot has no integration. `integrations: { salesforce: {} }` in bot.yaml names one.\n");
        }
        self.print(&Value::Array(rows), text.trim_end());
        Ok(Answer::Fine)
    }

    async fn profiles(&self, auth: &Authorizer<Grants>) -> Result<Answer, Refused> {
        let all = auth.profiles().await.map_err(away)?;
        let rows = all.iter().map(|(profile, of_bot)| {
            json!({
                "id": profile.id,
                "title": profile.title,
                "mechanism": profile.mechanism.word(),
                "login_host": profile.login_host,
                "from": if *of_bot { "configuration" } else { "store" },
                "lacks": profile.lacks(By::Operator),
            })
        });
        let rows: Vec<Value> = rows.collect();
        let lines = all.iter().map(|(profile, of_bot)| {
            let from = if *of_bot { "configuration" } else { "store" };
            let mechanism = profile.mechanism.title();
            format!(
                "{:<16} {mechanism:<32} {from}  {}",
                profile.id, profile.login_host
            )
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        self.print(&Value::Array(rows), &text);
        Ok(Answer::Fine)
    }

    async fn state(&self, auth: &Authorizer<Grants>, id: &str) -> Result<Answer, Refused> {
        let used = used(auth, id).await?;
        let state = auth.state(id).await.map_err(away)?;
        let row = self.row(&used, state, "");
        let mut text = format!("{id}: {}", state.title().to_lowercase());
        if let Some(next) = row["next"].as_str() {
            text.push_str(&format!("\nnext: {next}"));
        }
        self.print(&row, &text);
        Ok(Answer::Fine)
    }

    fn print(&self, value: &Value, text: &str) {
        let _ = match self.format {
            Format::Json => writeln!(std::io::stdout(), "{value}"),
            Format::Human => writeln!(std::io::stdout(), "{text}"),
        };
    }
}

/// What has to be changed, in a line or two.
fn told(trouble: &Trouble) -> String {
    match trouble.said.as_str() {
        "" => trouble.sentence.clone(),
        said => format!("{} The provider says: \"{said}\".", trouble.sentence),
    }
}

/// The operator as the owner of the shared grant.
pub fn operator() -> Who {
    Who {
        channel: OPERATOR.to_owned(),
        user: SHARED.to_owned(),
        conversation: String::new(),
        display_name: String::new(),
    }
}

fn no_profile(id: &str) -> Refused {
    Refused::new(format!(
        "there is no profile `{id}`; `turnwise integrations profiles` lists them"
    ))
}

async fn used(auth: &Authorizer<Grants>, id: &str) -> Result<Use, Refused> {
    if !auth.setups().iter().any(|setup| setup.integration == id) {
        return Err(Refused::new(format!(
            "this bot has no integration `{id}`; `turnwise integrations list` names them"
        )));
    }
    auth.used(id).await.map_err(away)
}

async fn switched(auth: &Authorizer<Grants>, id: &str) -> Result<Switched, Refused> {
    used(auth, id).await?;
    auth.switched(id).await.map_err(away)
}

/// The store beside a server that may have it open, too.
pub fn beside(settings: &Settings) -> Result<Authorizer<Grants>, Refused> {
    let store = Store::beside(&settings.place).map_err(|away| Refused::new(away.to_string()))?;
    authorizer(settings, &Arc::new(store))
}

fn away(error: turnwise_connectors::auth::StoreError) -> Refused {
    Refused::new(error.to_string())
}
