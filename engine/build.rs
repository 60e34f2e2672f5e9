//! The recipe of learning, as a number: a digest of all that the engine was built from. What an engine built from other
//! sources learnt may differ, so it is not taken up again.

#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script reads the sources; the engine it builds does not"
)]

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(".");
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files)?;
    // Versions of the crates that values are read with; there is no such file where the engine is built alone.
    let locked = root.join("../Cargo.lock");
    files.extend(locked.exists().then_some(locked));
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        hasher.write(file.to_string_lossy().as_bytes());
        hasher.write(&fs::read(file)?);
        println!("cargo::rerun-if-changed={}", file.display());
    }
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rustc-env=TURNWISE_RECIPE={:016x}", hasher.finish());
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
