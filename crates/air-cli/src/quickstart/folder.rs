//! The quickstart's output folder, which appears whole or not at all. It takes the place of an earlier
//! run's folder only if every file there is one that the quickstart wrote.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

use super::manifest::{Manifest, REPORT};
use crate::{
    exit::Failure,
    files::{self, Audience, unwritable},
};

pub(super) const PARTNER_KEY: &str = "partner-key.pem";
pub(super) const WALLET_KEY: &str = "wallet-key.hex";
pub(super) const CREDENTIAL: &str = "credential.sd-jwt";

pub(super) struct Folder {
    staged: TempDir,
    destination: PathBuf,
}

impl Folder {
    /// Creates a hidden folder beside the destination.
    pub(super) fn stage(destination: &Path) -> Result<Self, Failure> {
        Earlier::read(destination)?;
        let parent = match destination.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let staged = tempfile::Builder::new()
            .prefix(".air-quickstart-")
            .tempdir_in(parent)
            .map_err(|error| unwritable(destination, &error))?;
        Ok(Self {
            staged,
            destination: destination.to_owned(),
        })
    }

    /// The path of a file in the staged folder.
    pub(super) fn place(&self, name: &str) -> PathBuf {
        self.staged.path().join(name)
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8], audience: Audience) -> Result<(), Failure> {
        let path = self.place(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| unwritable(&path, &error))?;
        }
        files::write(&path, bytes, audience)
    }

    pub(super) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), Failure> {
        let mut text =
            serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
        text.push('\n');
        self.write(name, text.as_bytes(), Audience::Everyone)
    }

    pub(super) fn write_guide(&self, text: &str) -> Result<(), Failure> {
        self.write("README.txt", text.as_bytes(), Audience::Everyone)
    }

    /// Writes the report, with a list of all files. It must be the last file.
    pub(super) fn write_report(&self, report: &impl Serialize) -> Result<(), Failure> {
        let failed = |error: serde_json::Error| Failure::failed(error.to_string());
        let manifest =
            Manifest::of(self.staged.path()).map_err(|error| unwritable(&self.destination, &error))?;
        let mut report = serde_json::to_value(report).map_err(failed)?;
        if let Value::Object(members) = &mut report {
            members.insert("files".into(), serde_json::to_value(&manifest).map_err(failed)?);
        }
        self.write_json(REPORT, &report)
    }

    /// Publishes the folder in place of that of an earlier run.
    pub(super) fn publish(self) -> Result<(), Failure> {
        let unwritable = |error: io::Error| unwritable(&self.destination, &error);
        if let Earlier::Run(manifest) = Earlier::read(&self.destination)? {
            manifest.remove_from(&self.destination).map_err(unwritable)?;
        }
        if self.destination.exists() {
            // Fails unless the folder is empty.
            fs::remove_dir(&self.destination).map_err(unwritable)?;
        }
        // After the rename there is no staged folder left to remove; on failure it is removed with its
        // content.
        fs::rename(self.staged.path(), &self.destination).map_err(unwritable)?;
        let _ = self.staged.keep();
        Ok(())
    }
}

/// The content of the destination.
enum Earlier {
    /// There is no such folder, or it is empty.
    Nothing,
    /// The files of an earlier run, and no others.
    Run(Manifest),
}

impl Earlier {
    /// Fails if the folder has a file that the quickstart did not write.
    fn read(destination: &Path) -> Result<Self, Failure> {
        let Ok(existing) = fs::symlink_metadata(destination) else {
            return Ok(Self::Nothing);
        };
        if !existing.is_dir() {
            return Err(not_a_run(destination));
        }
        let mut entries = fs::read_dir(destination).map_err(|error| unwritable(destination, &error))?;
        if entries.next().is_none() {
            return Ok(Self::Nothing);
        }
        let report = fs::read(destination.join(REPORT)).map_err(|_| not_a_run(destination))?;
        let manifest = Manifest::from_report(&report).ok_or_else(|| not_a_run(destination))?;
        let foreign = manifest
            .foreign_in(destination)
            .map_err(|error| unwritable(destination, &error))?;
        if foreign.is_empty() {
            return Ok(Self::Run(manifest));
        }
        Err(Failure::failed(format!(
            "{} has files that the quickstart did not write, or that were changed since; nothing was deleted",
            destination.display()
        ))
        .with_details(foreign.iter().map(|path| files::shown(path)).collect())
        .with_hint("move them to another place, or choose another folder with --out"))
    }
}

fn not_a_run(destination: &Path) -> Failure {
    Failure::failed(format!(
        "{} exists, and is not the folder of an earlier run",
        destination.display()
    ))
    .with_hint("choose another folder with --out")
}
