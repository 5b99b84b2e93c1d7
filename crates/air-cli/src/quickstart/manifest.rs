//! The list of the files that a run wrote, so that a later run deletes no others.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::files::digest_of_file;

/// The folder of the platform's database.
pub(super) const PLATFORM: &str = "platform";
/// This file marks a folder as that of an earlier run, and lists the run's files.
pub(super) const REPORT: &str = "quickstart.json";
use serde::{Deserialize, Serialize};

/// Files that SQLite creates beside a database, and removes when the database is closed.
const BESIDE_DATABASE: [&str; 2] = ["-wal", "-shm"];

/// The relative path of each file with `/` between its parts, and SHA-256 over its content in hex.
/// The platform's database has no digest, because every start of the platform changes it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Manifest(BTreeMap<String, Option<String>>);

impl Manifest {
    /// Lists a folder.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for path in Tree::of(folder)?.files {
            let digest = if is_database(&path) {
                None
            } else {
                Some(digest_of_file(&folder.join(&path))?)
            };
            files.insert(name(&path), digest);
        }
        Ok(Self(files))
    }

    /// Reads the list from a run's report; `None` if it has none.
    pub(super) fn from_report(report: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Report {
            files: Manifest,
        }
        serde_json::from_slice::<Report>(report)
            .ok()
            .map(|report| report.files)
    }

    /// The files of a folder that are not of this list, or whose content has changed.
    pub(super) fn foreign_in(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut foreign = Vec::new();
        for path in Tree::of(folder)?.files {
            if !self.has(folder, &path)? {
                foreign.push(path);
            }
        }
        Ok(foreign)
    }

    /// Deletes the files of this list, and the folders that are then empty.
    pub(super) fn remove_from(&self, folder: &Path) -> io::Result<()> {
        let tree = Tree::of(folder)?;
        for path in &tree.files {
            if self.has(folder, path)? {
                fs::remove_file(folder.join(path))?;
            }
        }
        for path in tree.folders.iter().rev() {
            fs::remove_dir(folder.join(path))?;
        }
        Ok(())
    }

    fn has(&self, folder: &Path, path: &Path) -> io::Result<bool> {
        let (full, name) = (folder.join(path), name(path));
        if !fs::symlink_metadata(&full)?.is_file() {
            return Ok(false);
        }
        // The report lists the other files, not itself.
        if name == REPORT {
            return Ok(true);
        }
        let of_database = |suffix: &&str| {
            name.strip_suffix(*suffix)
                .is_some_and(|database| matches!(self.0.get(database), Some(None)))
        };
        match self.0.get(&name) {
            None => Ok(BESIDE_DATABASE.iter().any(of_database)),
            Some(None) => Ok(true),
            Some(Some(expected)) => Ok(digest_of_file(&full)? == *expected),
        }
    }
}

/// The entries of a folder, relative to it. A folder comes before its entries.
#[derive(Default)]
struct Tree {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Tree {
    fn of(folder: &Path) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.visit(folder, Path::new(""))?;
        tree.files.sort();
        Ok(tree)
    }

    fn visit(&mut self, root: &Path, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(root.join(folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            // A link is a file here, whatever it leads to.
            if entry.file_type()?.is_dir() {
                self.folders.push(path.clone());
                self.visit(root, &path)?;
            } else {
                self.files.push(path);
            }
        }
        Ok(())
    }
}

fn is_database(path: &Path) -> bool {
    path.starts_with(PLATFORM)
}

fn name(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
