//! The file in which an issuer keeps a list.

use std::path::Path;

use air_vc::status::{IndexAllocator, StatusList};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    exit::Failure,
    files::{self, Audience, FileLock},
};

/// A list, its URI, and the entries in use.
pub(super) struct Ledger {
    pub(super) uri: String,
    pub(super) list: StatusList,
    pub(super) taken: IndexAllocator,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    uri: String,
    status_list: Map<String, Value>,
    /// Hex.
    taken: String,
}

impl Ledger {
    /// Changes the list in the file under a lock; concurrent changes wait, and then see this one.
    pub(super) fn update<T>(
        path: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<(Self, T), Failure> {
        // Check first, so that a mistyped name creates no lock file.
        Self::read(path)?;
        let _lock = FileLock::of(path)?;
        let mut ledger = Self::read(path)?;
        let done = change(&mut ledger)?;
        ledger.write(path)?;
        Ok((ledger, done))
    }

    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let spoiled = |reason: String| {
            Failure::rejected(format!("{} is not a status list: {reason}", path.display()))
                .with_hint("run `air status list new` to create one")
        };
        let json = files::read(path)?;
        files::require_known_version(path, &json)?;
        let file: Stored = serde_json::from_slice(&json).map_err(|error| spoiled(error.to_string()))?;
        let list = StatusList::from_claim(&file.status_list).map_err(|error| spoiled(error.to_string()))?;
        let taken = hex::decode(&file.taken).map_err(|_| spoiled("`taken` is not hex".into()))?;
        let taken = IndexAllocator::from_bytes(&taken).map_err(|error| spoiled(error.to_string()))?;
        Ok(Self {
            uri: file.uri,
            list,
            taken,
        })
    }

    /// Replaces the file of the list.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        files::write(path, &self.to_json()?, Audience::Owner)
    }

    /// Writes the file of a new list; fails if it exists.
    pub(super) fn write_new(&self, path: &Path, hint: &str) -> Result<(), Failure> {
        files::write_new(path, &self.to_json()?, Audience::Owner, hint)
    }

    fn to_json(&self) -> Result<Vec<u8>, Failure> {
        let file = Stored {
            uri: self.uri.clone(),
            status_list: self.list.to_claim(),
            taken: hex::encode(self.taken.to_bytes()),
        };
        let json = serde_json::to_vec(&file).map_err(|error| Failure::failed(error.to_string()))?;
        if json.len() as u64 > files::TEXT_LIMIT {
            return Err(Failure::rejected(
                "the list's file would exceed 4 MiB, the most that can be read again",
            )
            .with_hint("use several lists with fewer entries"));
        }
        Ok(json)
    }
}
