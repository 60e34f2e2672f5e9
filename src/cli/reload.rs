//! A bot folder that is read again while it is served: at SIGHUP, and with `--watch` when one of its files changes. A bot
//! with errors never takes the place of a good one; what goes on with the old one is the runtime's.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use turnwise_engine::diagnostic::Severity;
use turnwise_engine::template::Templates;
use turnwise_engine::template::source::Sources;

use super::Refused;
use crate::bot;
use crate::runtime::Runtime;

/// How long the files have to be quiet: an editor saves in several steps.
const QUIET: Duration = Duration::from_millis(200);

/// A bot that is read again.
#[derive(Debug, Clone)]
pub struct Reloads {
    paths: Vec<PathBuf>,
    read: Sources,
}

/// What a reload came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reloaded {
    /// The new bot is in place.
    Replaced {
        /// Integrations that it has and the old one had not: they are set up at the next start.
        new: Vec<String>,
    },
    /// The files say what they said before.
    Same,
    /// The old bot goes on; here is why, as a person reads it.
    Refused(String),
}

/// A bot that can run, from its folder (the one you are in where there is none), and what reads it again.
///
/// # Errors
/// Its problems, as a person reads them.
pub fn bot_of(path: Option<&Path>) -> Result<(Arc<Templates>, Reloads), Refused> {
    let paths: Vec<PathBuf> = path.iter().map(|path| path.to_path_buf()).collect();
    let read = bot::read(&paths)?;
    let templates = bot::loaded(&read)?;
    Ok((templates, Reloads { paths, read }))
}

impl Reloads {
    /// Reads the bot again, and puts it in place where it has no errors.
    pub fn reload(&mut self, runtime: &Runtime) -> Reloaded {
        let read = match bot::read(&self.paths) {
            Ok(read) => read,
            Err(refused) => return Reloaded::Refused(refused.message),
        };
        if read.bot == self.read.bot && read.files == self.read.files {
            return Reloaded::Same;
        }
        let (templates, mut diagnostics) = bot::load(&read);
        let Some(templates) = templates else {
            diagnostics.retain(|d| d.severity == Severity::Error);
            return Reloaded::Refused(bot::drawn(&diagnostics, &read));
        };
        let before = runtime.templates();
        let known = |id: &&String| !before.integrations.contains_key(*id);
        let new = templates
            .integrations
            .keys()
            .filter(known)
            .cloned()
            .collect();
        let config = super::settings::configured(&templates, &runtime.public_url);
        runtime.replace(templates);
        match config {
            Ok(config) => runtime.connectors.auth.configure(config),
            Err(refused) => tracing::error!(%refused, "integrations stay as they were set up"),
        }
        self.read = read;
        Reloaded::Replaced { new }
    }

    /// Reloads at SIGHUP, and where `watch` says so when a file changes, for as long as the runtime is there.
    ///
    /// # Errors
    /// A sentence for the operator where the folder can't be watched.
    pub fn follow(self, runtime: &Arc<Runtime>, watch: bool) -> Result<(), Refused> {
        let mut hangups = signal(SignalKind::hangup())
            .map_err(|error| Refused::new(format!("SIGHUP can't be listened to: {error}")))?;
        let (changed, mut changes) = mpsc::channel(1);
        let watch = watch.then(|| Watch::new(&self.paths, changed)).transpose();
        let mut watch =
            watch.map_err(|error| Refused::new(format!("the bot can't be watched: {error}")))?;
        let runtime = Arc::downgrade(runtime);
        tokio::spawn(async move {
            let mut reloads = self;
            loop {
                tokio::select! {
                    hangup = hangups.recv() => if hangup.is_none() { return },
                    Some(()) = changes.recv() => {
                        while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
                    }
                }
                let Some(runtime) = runtime.upgrade() else {
                    return;
                };
                if let Some(watch) = &mut watch {
                    watch.look_for_folders();
                }
                // Learning from the examples takes its time, which turns do not wait for.
                let done = tokio::task::spawn_blocking(move || {
                    let done = reloads.reload(&runtime);
                    (reloads, done)
                });
                let Ok((again, done)) = done.await else {
                    tracing::error!("a reload failed; the bot goes on as it was");
                    return;
                };
                reloads = again;
                tell(&done);
            }
        });
        Ok(())
    }
}

fn tell(done: &Reloaded) {
    let mut out = std::io::stderr();
    let _ = match done {
        Reloaded::Same => Ok(()),
        Reloaded::Replaced { new } if new.is_empty() => writeln!(out, "The bot was reloaded."),
        Reloaded::Replaced { new } => writeln!(
            out,
            "The bot was reloaded. Start the server again to set up what is new: {}.",
            new.join(", ")
        ),
        Reloaded::Refused(why) => {
            writeln!(
                out,
                "{why}\nThe bot goes on as it was; mend this and save again."
            )
        }
    };
}

/// Looks at the files of a bot, and at nothing else in its folder: a store may lie there too.
struct Watch {
    watcher: RecommendedWatcher,
    folders: Vec<PathBuf>,
}

/// Folders of a bot that are read with it.
const FOLDERS: [&str; 2] = ["templates", "wording"];

impl Watch {
    fn new(paths: &[PathBuf], changed: mpsc::Sender<()>) -> notify::Result<Watch> {
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &here[..] } else { paths };
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let concerns = |path: &PathBuf| {
                path.extension().is_some_and(|e| e == "yaml" || e == "yml")
                    || path
                        .file_name()
                        .is_some_and(|name| FOLDERS.iter().any(|folder| name == *folder))
            };
            if event.is_ok_and(|e| !e.kind.is_access() && e.paths.iter().any(concerns)) {
                // One change that waits is enough: the whole bot is read again.
                let _ = changed.try_send(());
            }
        })?;
        let folders = paths.iter().map(|path| folder_of(path).to_path_buf());
        let mut watch = Watch {
            watcher,
            folders: folders.collect(),
        };
        for folder in &watch.folders {
            watch.watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        watch.look_for_folders();
        Ok(watch)
    }

    /// Folders of templates may come later, or another in the place of one.
    fn look_for_folders(&mut self) {
        for folder in &self.folders {
            for within in FOLDERS.map(|name| folder.join(name)) {
                if within.is_dir()
                    && let Err(error) = self.watcher.watch(&within, RecursiveMode::NonRecursive)
                {
                    tracing::warn!(%error, folder = %within.display(), "a folder is not watched");
                }
            }
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    if path.is_dir() {
        return path;
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
