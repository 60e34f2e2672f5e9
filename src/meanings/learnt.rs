//! What was learnt from bots, a file for each, so that the next start need not learn it again. A file that is broken, foreign
//! or of another layout is as good as none; the folder holds the latest few.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use turnwise_engine::understanding::meaning::Memory;

/// A folder of such files.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
}

/// The first line of a file: its layout.
const HEAD: &[u8] = b"turnwise learnt 1\n";
/// Bytes of the digest that follows it.
const DIGEST: usize = 32;
/// Bots that are kept; of more, those that were learnt last.
const MOST: usize = 24;

impl Shelf {
    pub(super) fn new(folder: PathBuf) -> Shelf {
        Shelf { folder }
    }

    fn file(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.bin"))
    }

    fn write(&self, key: &str, bytes: &[u8]) -> std::io::Result<()> {
        super::put_in_place(&self.file(key), |out| {
            out.write_all(HEAD)?;
            out.write_all(&Sha256::digest(bytes))?;
            out.write_all(bytes)
        })?;
        self.tidy();
        Ok(())
    }

    /// Removes the files that were written first, where there are too many.
    fn tidy(&self) {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
            })
            .collect();
        files.sort();
        let over = files.len().saturating_sub(MOST);
        for (_, file) in files.iter().take(over) {
            if let Err(error) = std::fs::remove_file(file) {
                tracing::debug!(%error, "an old file of what was learnt stays");
            }
        }
    }
}

impl Memory for Shelf {
    fn recall(&self, key: &str) -> Option<Vec<u8>> {
        read(&self.file(key))
    }

    fn keep(&self, key: &str, bytes: &[u8]) {
        if let Err(error) = self.write(key, bytes) {
            tracing::debug!(%error, "what was learnt is not remembered");
        }
    }
}

/// What a file holds, where it is whole.
fn read(file: &Path) -> Option<Vec<u8>> {
    let mut all = std::fs::read(file).ok()?;
    let (digest, bytes) = all.strip_prefix(HEAD)?.split_at_checked(DIGEST)?;
    if Sha256::digest(bytes).as_slice() != digest {
        return None;
    }
    all.drain(..HEAD.len() + DIGEST);
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn what_is_kept_is_recalled_unless_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().join("deep"));
        assert_eq!(shelf.recall(KEY), None);
        shelf.keep(KEY, b"weights");
        assert_eq!(shelf.recall(KEY).as_deref(), Some(&b"weights"[..]));
        shelf.keep(KEY, b"better ones");
        assert_eq!(shelf.recall(KEY).as_deref(), Some(&b"better ones"[..]));
        let whole = std::fs::read(shelf.file(KEY)).unwrap();
        let mut bent = whole.clone();
        *bent.last_mut().unwrap() ^= 1;
        for broken in [&whole[..whole.len() - 1], &bent, b"", b"something else"] {
            std::fs::write(shelf.file(KEY), broken).unwrap();
            assert_eq!(shelf.recall(KEY), None);
        }
    }

    #[test]
    fn the_folder_holds_a_few_bots_and_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(folder.path().to_owned());
        for n in 0..MOST + 3 {
            shelf.keep(&format!("{n:032x}"), &[0]);
        }
        let names = std::fs::read_dir(folder.path()).unwrap();
        let names: Vec<PathBuf> = names.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names.len(), MOST);
        assert!(names.iter().all(|name| name.extension().unwrap() == "bin"));
    }

    #[test]
    fn a_place_that_cannot_be_written_costs_nothing_but_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file");
        std::fs::write(&file, "").unwrap();
        let shelf = Shelf::new(file);
        shelf.keep(KEY, b"weights");
        assert_eq!(shelf.recall(KEY), None);
    }
}
