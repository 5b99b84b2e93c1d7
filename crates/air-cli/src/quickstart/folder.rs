//! The quickstart's output folder, which appears whole or not at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tempfile::TempDir;

use crate::{
    exit::Failure,
    files::{self, Audience, unwritable},
};

pub(super) const PARTNER_KEY: &str = "partner-key.pem";
pub(super) const WALLET_KEY: &str = "wallet-key.hex";
pub(super) const CREDENTIAL: &str = "credential.sd-jwt";
pub(super) const PLATFORM: &str = "platform";

/// This file marks a folder as that of an earlier run.
const REPORT: &str = "quickstart.json";

pub(super) struct Folder {
    staged: TempDir,
    destination: PathBuf,
}

impl Folder {
    /// Creates a hidden folder beside the destination.
    pub(super) fn stage(destination: &Path) -> Result<Self, Failure> {
        if !may_be_replaced(destination) {
            return Err(Failure::failed(format!(
                "{} exists, and is not the folder of an earlier run",
                destination.display()
            ))
            .with_hint("choose another folder with --out"));
        }
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

    pub(super) fn write_report(&self, report: &impl Serialize) -> Result<(), Failure> {
        self.write_json(REPORT, report)
    }

    /// Publishes the folder, replacing that of an earlier run.
    pub(super) fn publish(self) -> Result<(), Failure> {
        let unwritable = |error: io::Error| unwritable(&self.destination, &error);
        if self.destination.exists() {
            if !may_be_replaced(&self.destination) {
                return Err(Failure::failed(format!(
                    "{} changed while the quickstart ran",
                    self.destination.display()
                )));
            }
            fs::remove_dir_all(&self.destination).map_err(unwritable)?;
        }
        // After the rename there is no staged folder left to remove; on failure it is removed with its content.
        fs::rename(self.staged.path(), &self.destination).map_err(unwritable)?;
        let _ = self.staged.keep();
        Ok(())
    }
}

fn may_be_replaced(destination: &Path) -> bool {
    if fs::symlink_metadata(destination).is_err() {
        return true;
    }
    let is_empty = fs::read_dir(destination).is_ok_and(|mut entries| entries.next().is_none());
    is_empty || (destination.is_dir() && destination.join(REPORT).is_file())
}
