//! Copies of the library's templates in a bot's folder: where a copy lies, what it says of where it comes from, and the text
//! that it was made from, which stays in `.library/`. What of it has changed since is told by the shelf.

use std::path::{Path, PathBuf};

use super::Entry;
use crate::refused::Refused;

/// Copies an entry into a bot's folder, and gives the file.
pub(crate) fn copied(entry: &Entry, folder: &Path) -> Result<PathBuf, Refused> {
    let path = free(entry, folder)?;
    write(&path, &text(entry, &entry.source.text))?;
    write(&kept(folder, &entry.id), &entry.source.text)?;
    Ok(path)
}

/// Where a file of this entry will lie, which nothing lies at yet.
pub(crate) fn free(entry: &Entry, folder: &Path) -> Result<PathBuf, Refused> {
    let name = format!("{}.yaml", entry.name);
    let path = folder.join("templates").join(name);
    if path.exists() {
        return Err(Refused::new(format!("{} is there already", path.display())));
    }
    Ok(path)
}

/// The library's text with where it comes from below its first key.
pub(crate) fn text(entry: &Entry, library: &str) -> String {
    let digest = entry.source.digest();
    let words = [entry.id.as_str(), &entry.version, &digest];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let based_on = format!("based_on: {}\n", words.join(" "));
    let key = if entry.shared { "shared:" } else { "template:" };
    let mut out = String::new();
    let mut written = false;
    for line in library.split_inclusive('\n') {
        out.push_str(line);
        if !written && line.starts_with(key) {
            written = true;
            out.push_str(&based_on);
        }
    }
    out
}

/// Where the text stays that a copy was made from.
pub(crate) fn kept(folder: &Path, id: &str) -> PathBuf {
    folder.join(".library").join(format!("{id}.yaml"))
}

/// Writes a file, and the folder that it lies in.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Refused> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| Refused::new(format!("{} can't be written: {error}", path.display())))
}
