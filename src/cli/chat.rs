//! `turnwise chat`: the same conversation in the terminal, on the same runtime. How lines come in and how messages look
//! stands in the files below; what they mean is the runtime's.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use turnwise_connectors::auth::Binding;
use turnwise_engine::conversation::User;
use turnwise_engine::event::Message;

use super::Refused;
use super::reload::bot_of;
use super::serve::{listen, runtime, start_logging};
use super::settings::{Settings, served};
use crate::runtime::live::Listener;
use crate::runtime::trace::Traced;
use crate::runtime::{Opening, Pushed, Runtime, TERMINAL, Trouble};
use crate::server::{app, keys};
use screen::Screen;
use terminal::Terminal;

mod marks;
mod screen;
mod table;
mod terminal;

/// The same conversation in the terminal.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise chat my-bot --trace\n\n/quit or Ctrl+D ends it.")]
pub struct Chat {
    /// The bot's folder [default: the folder you are in].
    bot: Option<PathBuf>,
    /// The port of the sign-in pages, on 127.0.0.1; opened only for a bot that has an integration.
    #[arg(long, default_value_t = 8080, env = "TURNWISE_PORT")]
    port: u16,
    /// memory: or sqlite://PATH.
    #[arg(long, default_value = "memory:", env = "TURNWISE_STORE")]
    store: String,
    /// Show acts, slots and states after each turn.
    #[arg(long, env = "TURNWISE_TRACE")]
    trace: bool,
    /// The clock that dialogs see stands here (tests).
    #[arg(long, value_name = "RFC3339", env = "TURNWISE_NOW")]
    now: Option<Timestamp>,
}

impl Chat {
    /// Talks until the lines end, or one of them is `/quit`.
    ///
    /// # Errors
    /// A sentence for whoever started it.
    pub fn run(&self) -> Result<(), Refused> {
        start_logging();
        let (templates, _) = bot_of(self.bot.as_deref())?;
        runtime()?.block_on(async {
            let pages = if templates.integrations.is_empty() {
                None
            } else {
                Some(listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), self.port)).await?)
            };
            let at = pages.as_ref().and_then(|pages| pages.local_addr().ok());
            let public_url = format!("http://127.0.0.1:{}", at.map_or(self.port, |at| at.port()));
            let settings =
                Settings::from_environment(templates, &self.store, &public_url, self.now)?;
            // The end of the pages is the end of the process.
            let (served, _ending) = served(settings).await?;
            if let Some(pages) = pages {
                let router =
                    app(served.clone()).into_make_service_with_connect_info::<SocketAddr>();
                tokio::spawn(async move { axum::serve(pages, router).await });
            }
            let terminal = Terminal::open()?;
            let mut talk = Talk::open(served.runtime, terminal, self.trace).await?;
            while let Some(line) = talk.line().await {
                talk.say(&line).await?;
            }
            talk.end().await;
            Ok(())
        })
    }
}

/// Whoever may use this terminal is the user, so a grant is found again in the same store.
pub(super) fn whoever() -> User {
    let name = std::env::var("USER").unwrap_or_default();
    User {
        id: if name.is_empty() {
            TERMINAL.into()
        } else {
            name.clone()
        },
        name,
    }
}

/// One conversation with the terminal.
struct Talk {
    runtime: Arc<Runtime>,
    id: String,
    heard: Listener,
    traces: Option<Receiver<Arc<Traced>>>,
    terminal: Terminal,
    screen: Screen,
    /// The choices that stand numbered on the screen, by title and value.
    offered: Vec<(String, Value)>,
    /// Set while what is typed next may be the code of a sign-in.
    secret: bool,
}

impl Talk {
    async fn open(runtime: Arc<Runtime>, terminal: Terminal, trace: bool) -> Result<Talk, Refused> {
        let id = keys::fresh_id();
        let user = whoever();
        let mut talk = Talk {
            heard: runtime.live.listen(&id),
            traces: trace.then(|| runtime.traces.follow()),
            screen: Screen {
                width: terminal.width(),
                colour: terminal.colour(),
            },
            terminal,
            runtime,
            id: id.clone(),
            offered: Vec::new(),
            secret: false,
        };
        let opening = Opening {
            id,
            channel: TERMINAL,
            user,
            binding: Binding::Code,
            token: keys::hashed(&keys::fresh()),
            locale: None,
            timezone: None,
        };
        talk.runtime.open(opening).await.map_err(refused)?;
        talk.catch_up();
        Ok(talk)
    }

    /// The next line that says something; what is pushed meanwhile appears by itself.
    async fn line(&mut self) -> Option<String> {
        loop {
            self.terminal.ask(self.secret);
            let line = loop {
                tokio::select! {
                    line = self.terminal.line() => break line?,
                    Ok(pushed) = self.heard.next() => self.show(&pushed),
                }
            };
            match line.trim() {
                "" => {}
                "/quit" => return None,
                said => return Some(said.to_owned()),
            }
        }
    }

    async fn say(&mut self, line: &str) -> Result<(), Refused> {
        let message = self.message_of(line);
        self.offered.clear();
        let (runtime, id) = (self.runtime.clone(), self.id.clone());
        let turn = runtime.message(&id, message, None);
        tokio::pin!(turn);
        let done = loop {
            tokio::select! {
                done = &mut turn => break done,
                Ok(pushed) = self.heard.next() => self.show(&pushed),
            }
        };
        self.catch_up();
        done.map(|_| ()).map_err(refused)
    }

    /// A number chooses what stands beside it.
    fn message_of(&self, line: &str) -> Message {
        let chosen = line.parse::<usize>().ok();
        let chosen = chosen.and_then(|n| self.offered.get(n.checked_sub(1)?));
        match chosen {
            Some((title, value)) => Message {
                text: title.clone(),
                value: Some(value.clone()),
            },
            None => Message {
                text: line.to_owned(),
                value: None,
            },
        }
    }

    /// What is under way is let come to its end, and shown.
    async fn end(&mut self) {
        self.runtime.settled(&self.id).await;
        self.catch_up();
    }

    fn catch_up(&mut self) {
        while let Some(pushed) = self.heard.waiting() {
            self.show(&pushed);
        }
    }

    fn show(&mut self, pushed: &Pushed) {
        match pushed {
            Pushed::Message(message) if message["from"] == "user" => {
                // On a terminal it stands there as it was typed.
                if !self.terminal.is_terminal() {
                    let text = message["text"].as_str().unwrap_or_default();
                    self.terminal.print(self.screen.of_user(text));
                }
            }
            Pushed::Message(message) => {
                let choices = screen::numbered(message);
                if !choices.is_empty() {
                    self.offered = choices;
                }
                self.terminal.print(self.screen.message(message));
            }
            Pushed::State(state) => {
                self.secret = state["awaiting"]["kind"] == "code";
                let traces = self.traces.as_mut();
                let traced = traces.map(|traces| std::iter::from_fn(|| traces.try_recv().ok()));
                let traced: Vec<Arc<Traced>> = traced.into_iter().flatten().collect();
                for traced in traced
                    .iter()
                    .filter(|traced| traced.conversation == self.id)
                {
                    self.terminal.print(self.screen.trace(traced));
                }
            }
        }
        let _ = std::io::stdout().flush();
    }
}

fn refused(trouble: Trouble) -> Refused {
    Refused::new(match trouble {
        Trouble::NotFound => "this conversation has been forgotten; start another".to_owned(),
        Trouble::Away(away) => away.to_string(),
    })
}
