//! What texts mean, kept between runs: the encoder's vectors are spread over the machine's cores and remembered in a file of
//! the user's cache folder, by the digest of their text. Where the file can't be read or written all goes on without it.
//! What was learnt from a whole bot lies beside them.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use turnwise_engine::template::Templates;
use turnwise_engine::understanding::meaning::{self, InProcess, Meanings, Memory, WordVector};

mod learnt;

use learnt::Shelf;

/// Numbers of a vector.
const WIDTH: usize = 384;
/// Bytes of a digest that tell texts apart.
const KEY: usize = 16;
/// Vectors of a file; a larger one is begun anew.
const MOST: usize = 100_000;

type Known = HashMap<[u8; KEY], Arc<[f32]>>;

/// Vectors that are computed once.
#[derive(Debug)]
pub struct Remembered {
    file: Option<PathBuf>,
    learnt: Option<Shelf>,
}

impl Remembered {
    /// Those of the user's cache folder (`TURNWISE_CACHE`, else `XDG_CACHE_HOME`, else `~/.cache`).
    pub fn of_user() -> Arc<dyn Meanings> {
        match folder() {
            Some(folder) => Remembered::of(&folder),
            None => Arc::new(Remembered {
                file: None,
                learnt: None,
            }),
        }
    }

    /// Those of a folder, which need not be there yet.
    pub fn of(folder: &Path) -> Arc<dyn Meanings> {
        Arc::new(Remembered {
            file: Some(folder.join("meanings.bin")),
            learnt: Some(Shelf::new(folder.join("learnt"))),
        })
    }

    /// What the file holds now; a bot learns rarely, so nothing stays in memory in between.
    fn known(&self) -> Known {
        let bytes = self.file.as_ref().and_then(|file| std::fs::read(file).ok());
        bytes.and_then(|bytes| read(&bytes)).unwrap_or_default()
    }

    /// Writes the file anew.
    fn keep(&self, known: &Known) -> std::io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        put_in_place(file, |out| {
            out.write_all(head().as_bytes())?;
            for (key, vector) in known {
                out.write_all(key)?;
                for x in vector.iter() {
                    out.write_all(&x.to_le_bytes())?;
                }
            }
            Ok(())
        })
    }
}

/// Writes a file beside its place and then puts it there, so that nobody reads half of one.
fn put_in_place(
    file: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Threads of one process may write the same file too.
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let new = file.with_extension(format!("{}-{number}.new", std::process::id()));
    let written = std::fs::File::create(&new).and_then(|created| {
        let mut out = std::io::BufWriter::new(created);
        write(&mut out)?;
        out.flush()
    });
    let placed = written.and_then(|()| std::fs::rename(&new, file));
    if placed.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    placed
}

impl Meanings for Remembered {
    fn vectors(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        // One text is a turn's; only what a bot learns from is worth remembering.
        if let [_] = texts {
            return InProcess.vectors(texts);
        }
        let mut known = self.known();
        let keys: Vec<[u8; KEY]> = texts.iter().map(|text| key(text)).collect();
        let mut missing: Vec<usize> = (0..texts.len())
            .filter(|n| !known.contains_key(&keys[*n]))
            .collect();
        missing.sort_by_key(|n| keys[*n]);
        missing.dedup_by_key(|n| keys[*n]);
        if !missing.is_empty() {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let share = missing.len().div_ceil(threads);
            let encoded: Vec<(usize, Vec<f32>)> = std::thread::scope(|scope| {
                let work = |part: Vec<usize>| {
                    scope.spawn(move || {
                        let own: Vec<&str> = part.iter().map(|n| texts[*n]).collect();
                        part.into_iter()
                            .zip(InProcess.vectors(&own))
                            .collect::<Vec<_>>()
                    })
                };
                let workers: Vec<_> = missing
                    .chunks(share)
                    .map(|part| work(part.to_vec()))
                    .collect();
                workers
                    .into_iter()
                    .flat_map(|worker| worker.join().unwrap_or_default())
                    .collect()
            });
            if known.len() + encoded.len() > MOST {
                known.clear();
            }
            known.extend(
                encoded
                    .into_iter()
                    .map(|(n, vector)| (keys[n], vector.into())),
            );
            if let Err(error) = self.keep(&known) {
                tracing::debug!(%error, "what texts mean is not remembered");
            }
        }
        let vectors = keys
            .iter()
            .zip(texts)
            .map(|(key, text)| match known.get(key) {
                Some(vector) => vector.to_vec(),
                None => InProcess.vectors(&[text]).pop().unwrap_or_default(),
            });
        vectors.collect()
    }

    fn words(&self, texts: &[&str]) -> Vec<Vec<WordVector>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if texts.len() < threads {
            return InProcess.words(texts);
        }
        std::thread::scope(|scope| {
            let workers: Vec<_> = texts
                .chunks(texts.len().div_ceil(threads))
                .map(|part| (part, scope.spawn(|| InProcess.words(part))))
                .collect();
            let done = workers.into_iter().flat_map(|(part, worker)| {
                worker
                    .join()
                    .unwrap_or_else(|_| vec![Vec::new(); part.len()])
            });
            done.collect()
        })
    }

    fn memory(&self) -> Option<&dyn Memory> {
        self.learnt.as_ref().map(|shelf| shelf as &dyn Memory)
    }
}

/// Learns in the background what the first doubtful turn would wait for.
pub fn warm(templates: &Arc<Templates>) {
    let templates = templates.clone();
    let work = move || templates.learned.warm();
    if let Err(error) = std::thread::Builder::new().name("learn".into()).spawn(work) {
        tracing::warn!(%error, "a doubtful turn will wait for what has to be learnt");
    }
}

fn folder() -> Option<PathBuf> {
    let of = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    of("TURNWISE_CACHE").or_else(|| {
        let cache = of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
        cache.map(|cache| cache.join("turnwise"))
    })
}

/// The first line of the file: its layout, and the model that the vectors are of.
fn head() -> String {
    format!("turnwise meanings 1 {}\n", meaning::model())
}

fn key(text: &str) -> [u8; KEY] {
    let digest = Sha256::digest(text.as_bytes());
    let mut key = [0; KEY];
    key.copy_from_slice(&digest[..KEY]);
    key
}

/// The vectors of a file; `None` where it is another layout's or cut off.
fn read(bytes: &[u8]) -> Option<Known> {
    let records = bytes
        .strip_prefix(head().as_bytes())?
        .chunks_exact(KEY + 4 * WIDTH);
    if !records.remainder().is_empty() {
        return None;
    }
    records
        .map(|record| {
            let (key, numbers) = record.split_at(KEY);
            let numbers = numbers
                .chunks_exact(4)
                .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            Some((key.try_into().ok()?, numbers.collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_the_encoders_whether_remembered_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/meanings.bin");
        let texts = ["new lead", "find a lead", "new lead", ""];
        let expected = InProcess.vectors(&texts);
        let remembered = Remembered {
            file: Some(file),
            learnt: None,
        };
        assert_eq!(remembered.vectors(&texts), expected);
        assert_eq!(remembered.known().len(), 3);
        assert_eq!(remembered.vectors(&texts), expected);
    }

    #[test]
    fn a_file_that_is_none_is_as_good_as_no_file() {
        let cut_off = format!("{}cut off", head());
        for text in ["", "something else", cut_off.as_str()] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
