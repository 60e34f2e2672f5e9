//! What is kept: conversations, messages, effects, attempts and grants, each turn in one transaction. One writer thread
//! gathers what waits into one commit; readers are other connections. What the rows mean is told by who writes them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

pub mod conversations;
pub mod grants;
pub mod played;
#[cfg(test)]
mod tests;
pub mod trail;
pub mod versions;

/// The store did not do what it was asked; nothing of the job was kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store is away: {0}")]
pub struct Away(pub String);

impl From<rusqlite::Error> for Away {
    fn from(error: rusqlite::Error) -> Away {
        Away(error.to_string())
    }
}

/// Where the store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// Nowhere: it ends with the process.
    Memory,
}

impl Place {
    /// `sqlite://PATH` or `memory:`.
    ///
    /// # Errors
    /// A sentence for the operator where it is neither.
    pub fn parse(text: &str) -> Result<Place, String> {
        if text == "memory:" {
            return Ok(Place::Memory);
        }
        match text.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() => Ok(Place::File(PathBuf::from(path))),
            _ => Err(format!(
                "`{text}` is no store; give sqlite://PATH or memory:"
            )),
        }
    }
}

/// Something to write, with others in one commit.
trait Job: Send {
    /// Does it; where another job of the commit fails, it is undone and done again.
    fn run(&mut self, transaction: &Transaction<'_>) -> Result<(), Away>;
    /// Tells who asked for it how it ended.
    fn answer(self: Box<Self>, committed: Result<(), Away>);
}

/// The embedded store.
pub struct Store {
    jobs: Sender<Box<dyn Job>>,
    readers: Mutex<Vec<Connection>>,
    address: String,
    expected: Arc<AtomicU32>,
    rights: Arc<AtomicU64>,
    // Held as long as the store is open: a second server on the same file is told.
    _lock: Option<std::fs::File>,
}

/// A job that will come soon: a commit that holds others waits a little for it.
pub(crate) struct Expected(Arc<AtomicU32>);

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Jobs that one commit may hold.
const BATCH: usize = 256;
/// How long a commit waits for each job beside its first that is expected, and at most.
const EACH: Duration = Duration::from_micros(100);
const MOST: Duration = Duration::from_millis(5);
/// Pages of the log from which it is written back: those that many turns changed are written back once.
const LOG: u32 = 4_000;

impl Store {
    /// Opens a store, and makes its tables where they are missing.
    ///
    /// # Errors
    /// Where the file can't be opened, is not ours, or another server holds it.
    pub fn open(place: &Place) -> Result<Store, Away> {
        let lock = match place {
            Place::File(path) => Some(lock(path)?),
            Place::Memory => None,
        };
        Store::opened(place, lock)
    }

    /// Opens a store beside a server that may have it open, too: for what operators set up, one row at a time.
    ///
    /// # Errors
    /// [`Away`] where it can't be opened.
    pub fn beside(place: &Place) -> Result<Store, Away> {
        Store::opened(place, None)
    }

    fn opened(place: &Place, lock: Option<std::fs::File>) -> Result<Store, Away> {
        let address = match place {
            Place::File(path) => path.display().to_string(),
            Place::Memory => {
                let mut name = [0_u8; 8];
                getrandom::fill(&mut name).map_err(|error| Away(error.to_string()))?;
                // Not a shared cache, whose table locks no busy timeout waits for.
                format!("file:/{:x}?vfs=memdb", u64::from_le_bytes(name))
            }
        };
        let mut writer = connect(&address).map_err(|away| not_ours(away, place))?;
        migrate(&mut writer).map_err(|away| not_ours(away, place))?;
        let (jobs, waiting) = mpsc::channel();
        let expected = Arc::<AtomicU32>::default();
        let rights = Arc::<AtomicU64>::default();
        let mut writer = Writer {
            connection: writer,
            expected: expected.clone(),
            rights: rights.clone(),
            seen: 0,
        };
        std::thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.write(&waiting))
            .map_err(|error| Away(error.to_string()))?;
        Ok(Store {
            jobs,
            readers: Mutex::new(Vec::new()),
            address,
            expected,
            rights,
            _lock: lock,
        })
    }

    /// Says that a job will come soon, or that what waits for it may wait no longer once this is dropped.
    pub(crate) fn expects(&self) -> Expected {
        self.expected.fetch_add(1, Ordering::Relaxed);
        Expected(self.expected.clone())
    }

    /// A number that changes when grants or what operators set up may have changed. What another process changed is seen
    /// with the next commit.
    pub(crate) fn rights(&self) -> u64 {
        self.rights.load(Ordering::Acquire)
    }

    /// Notes that grants or what operators set up have changed.
    pub(crate) fn rights_changed(&self) {
        self.rights.fetch_add(1, Ordering::Release);
    }

    /// Runs a job in the next commit; what it gives is durable when this returns. It may run twice, the first time for nothing.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Away> {
        let (answer, answered) = oneshot::channel();
        let asked = Asked {
            job,
            done: None,
            answer,
        };
        self.jobs
            .send(Box::new(asked))
            .map_err(|_| Away("its writer has ended".into()))?;
        answered
            .await
            .map_err(|_| Away("its writer has ended".into()))?
    }

    /// Reads what is committed. Look-ups by key take microseconds, so they run where they are asked.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Away> {
        let idle = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.address)?,
        };
        let result = read(&connection).map_err(Away::from);
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        result
    }
}

/// A job, what it gave, and who waits for that.
struct Asked<T, F> {
    job: F,
    done: Option<T>,
    answer: oneshot::Sender<Result<T, Away>>,
}

impl<T: Send, F: FnMut(&Transaction<'_>) -> rusqlite::Result<T> + Send> Job for Asked<T, F> {
    fn run(&mut self, transaction: &Transaction<'_>) -> Result<(), Away> {
        self.done = Some((self.job)(transaction)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), Away>) {
        let done = self.done.ok_or_else(|| Away("it was not done".into()));
        // Who has gone meanwhile needs no answer.
        let _ = self.answer.send(committed.and(done));
    }
}

/// The writer's thread: takes what waits, commits it, answers all.
struct Writer {
    connection: Connection,
    expected: Arc<AtomicU32>,
    rights: Arc<AtomicU64>,
    /// SQLite's number for what other connections have committed.
    seen: i64,
}

impl Writer {
    fn write(&mut self, waiting: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = waiting.recv() {
            // A commit costs as much as several turns: while others are thought, one is made for many.
            let others = self.expected.load(Ordering::Relaxed).saturating_sub(1);
            if others > 0 {
                std::thread::sleep(MOST.min(EACH * others));
            }
            let mut jobs = vec![first];
            jobs.extend(waiting.try_iter().take(BATCH - 1));
            match self.commit(&mut jobs) {
                // A job that fails takes no other with it: they are done again, each by itself.
                Ok(Err(_)) if jobs.len() > 1 => {
                    for mut job in jobs {
                        let committed = self.commit(std::slice::from_mut(&mut job));
                        job.answer(told(committed));
                    }
                }
                committed => {
                    let committed = told(committed);
                    for job in jobs {
                        job.answer(committed.clone());
                    }
                }
            }
        }
    }

    /// All of these jobs or, where one of them fails, none.
    fn commit(&mut self, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<Result<(), Away>> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let others: i64 = transaction
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if others != std::mem::replace(&mut self.seen, others) {
            self.rights.fetch_add(1, Ordering::Release);
        }
        for job in jobs {
            if let Err(away) = job.run(&transaction) {
                // Rolled back, where a full disk has not ended it already.
                transaction.finish()?;
                return Ok(Err(away));
            }
        }
        transaction.commit()?;
        Ok(Ok(()))
    }
}

/// How a commit ended, for who asked for it; that the store did not do it is the operator's to know.
fn told(committed: rusqlite::Result<Result<(), Away>>) -> Result<(), Away> {
    committed.unwrap_or_else(|error| {
        tracing::error!(%error, "the store did not commit");
        Err(error.into())
    })
}

fn connect(address: &str) -> Result<Connection, Away> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(address, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;
         PRAGMA wal_autocheckpoint={LOG};"
    ))?;
    // A plan does not depend on what is bound: else a statement is prepared anew at each use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// What is wrong with a file, by its name.
fn not_ours(away: Away, place: &Place) -> Away {
    match place {
        Place::Memory => away,
        Place::File(path) if away.0.contains("not a database") => {
            Away(format!("{} is no store of Turnwise", path.display()))
        }
        Place::File(path) => Away(format!("{} can't be used: {}", path.display(), away.0)),
    }
}

/// The tables, by the version that brought them.
const MIGRATIONS: [&str; 5] = [
    include_str!("store/0001.sql"),
    include_str!("store/0002.sql"),
    include_str!("store/0003.sql"),
    include_str!("store/0004.sql"),
    include_str!("store/0005.sql"),
];

fn migrate(connection: &mut Connection) -> Result<(), Away> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let version = version as usize;
    if version > MIGRATIONS.len() {
        return Err(Away("it was made by a newer Turnwise".into()));
    }
    for sql in &MIGRATIONS[version..] {
        transaction.execute_batch(sql)?;
    }
    transaction.execute_batch(&format!("PRAGMA user_version={}", MIGRATIONS.len()))?;
    transaction.commit()?;
    Ok(())
}

/// One server at a time on a file.
fn lock(path: &std::path::Path) -> Result<std::fs::File, Away> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| Away(format!("{} can't be opened: {error}", path.display())))?;
    file.try_lock().map_err(|_| {
        Away(format!(
            "another turnwise serves {} already",
            path.display()
        ))
    })?;
    Ok(file)
}
