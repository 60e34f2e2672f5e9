//! `turnwise check`: every problem of a bot's templates at once, on stdout, since they are its result. What a problem is
//! stands in the engine; here the files are read, for `--org` the org is asked, and the answer is printed.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use turnwise_connectors::auth::Who;
use turnwise_engine::diagnostic::Severity;
use turnwise_engine::facts::Facts;
use turnwise_engine::template::Templates;

use super::chat::whoever;
use super::paint::Paint;
use super::serve::runtime;
use super::settings::{Settings, runtime_of};
use super::{Answer, Format, Refused};
use crate::bot;
use crate::runtime::TERMINAL;
use crate::store::Place;

/// Check a bot, or single files.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise check my-bot\n\n\
    With --org the templates are also compared with the org of a user who has signed in: fields, rights and picklists.")]
pub struct Check {
    /// Bot folders or template files [default: the folder you are in].
    paths: Vec<PathBuf>,
    /// Compare with the org of the user who is signed in, too.
    #[arg(long)]
    org: bool,
    /// For --org: the store that has the grant.
    #[arg(
        long,
        default_value = "sqlite://turnwise.db",
        env = "TURNWISE_STORE",
        value_name = "STORE"
    )]
    store: String,
    /// For --org: whose grant, as CHANNEL/USER [default: that of `turnwise chat` in this terminal].
    #[arg(long, value_name = "CHANNEL/USER")]
    user: Option<String>,
    /// How the problems are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

impl Check {
    /// Prints the problems; an error among them makes the answer "wrong".
    ///
    /// # Errors
    /// A file can't be read, or there is no org to compare with.
    pub fn run(&self) -> Result<Answer, Refused> {
        let sources = bot::read(&self.paths)?;
        let (templates, mut diagnostics) = bot::load(&sources);
        // A bot with errors can't ask anybody anything.
        if let (true, Some(templates)) = (self.org, templates) {
            let facts = self.facts(templates)?;
            (_, diagnostics) = bot::load_against(&sources, &facts);
        }
        let wrong = diagnostics.iter().any(|d| d.severity == Severity::Error);
        let mut out = std::io::stdout().lock();
        let text = match self.format {
            Format::Json => {
                serde_json::to_string_pretty(&diagnostics).expect("diagnostics are plain data")
            }
            Format::Human => bot::drawn_for(&diagnostics, &sources, Paint::stdout().colour),
        };
        let _ = writeln!(out, "{text}");
        Ok(if wrong { Answer::Wrong } else { Answer::Fine })
    }

    /// What the user's orgs have.
    fn facts(&self, templates: Arc<Templates>) -> Result<Arc<Facts>, Refused> {
        let given = self.user.as_deref().map(|user| {
            user.split_once('/').ok_or_else(|| {
                Refused::new(format!(
                    "--user `{user}` wants a channel and a user: `web/ann`"
                ))
            })
        });
        let here = whoever();
        let (channel, user) = given.transpose()?.unwrap_or((TERMINAL, &here.id));
        let who = Who {
            channel: channel.to_owned(),
            user: user.to_owned(),
            conversation: String::new(),
            display_name: String::new(),
        };
        // Nobody signs in here, so no page is served at this address.
        let settings =
            Settings::from_environment(templates, &self.store, "http://127.0.0.1", None)?;
        let nobody = || {
            Refused::new(format!(
                "{channel}/{user} is not signed in to any org in {}, or the org does not answer; \
                 `turnwise chat --store {}` signs in, at the words *sign in*",
                self.store, self.store
            ))
        };
        // Opening a store would make it.
        if matches!(&settings.place, Place::File(path) if !path.exists()) {
            return Err(nobody());
        }
        let facts = runtime()?.block_on(async {
            let runtime = runtime_of(settings)?;
            Ok(runtime.facts_of(&who).await)
        })?;
        if facts.is_empty() {
            return Err(nobody());
        }
        Ok(facts)
    }
}
