//! The wallet's folder: a file (0600) for each credential, with the private key that it is bound to.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use air_ids::UnixTime;
use air_jwt::SigningKey;
use clap::Args;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    files::{self, Audience},
};

/// The maximum number of credentials that a command reads.
const LIMIT: usize = 1_000;

#[derive(Args)]
pub(super) struct FolderArgs {
    /// The wallet's folder: a file (0600) for each credential and its private key.
    #[arg(long, value_name = "DIR", default_value = "wallet")]
    dir: PathBuf,
}

/// The content of a credential's file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Stored {
    /// The format's identifier in `OpenID4VCI`.
    pub(super) format: String,
    /// The Credential Issuer Identifier.
    pub(super) issuer: String,
    /// The id of the credential configuration.
    pub(super) configuration: String,
    /// The credential as it was received.
    pub(super) credential: String,
    /// The private key that the credential is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<PrivateKey>,
    /// The time at which the wallet received it.
    pub(super) received_at: UnixTime,
    /// How often the credential was presented. The wallet presents the copy that was presented least.
    #[serde(default)]
    pub(super) presented: u64,
}

/// A private key in PEM (PKCS#8).
pub(super) struct PrivateKey(Zeroizing<String>);

impl PrivateKey {
    pub(super) fn of(key: &SigningKey) -> Self {
        Self(key.expose_pkcs8_pem())
    }

    pub(super) fn read(&self) -> Result<SigningKey, Failure> {
        SigningKey::from_text(&self.0)
            .map_err(|error| Failure::rejected(format!("a key of the wallet: {error}")))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

impl Serialize for PrivateKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PrivateKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// A credential and the path of its file.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) stored: Stored,
}

impl FolderArgs {
    pub(super) fn path(&self) -> &Path {
        &self.dir
    }

    /// Creates the folder with mode 0700, unless it exists.
    pub(super) fn create(&self) -> Result<(), Failure> {
        files::make_private_folder(&self.dir)
    }

    /// Stores a credential under a name that its hash determines, and returns the path. A stored
    /// credential is not replaced, because its key would be lost.
    pub(super) fn add(&self, stored: &Stored) -> Result<PathBuf, Failure> {
        let name = hex::encode(&Sha256::digest(&stored.credential)[..8]);
        let path = self.dir.join(format!("{name}.json"));
        let hint = "the wallet has this credential already";
        files::write_new(&path, &json(stored)?, Audience::Owner, hint)?;
        Ok(path)
    }

    /// All credentials: those that were presented least first, then the newest.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::failed(format!("failed to read {}: {error}", self.dir.display()))
        };
        let folder = fs::read_dir(&self.dir).map_err(|error| {
            unreadable(error).with_hint("`air wallet receive` creates the folder; name it with --dir")
        })?;
        let mut paths = Vec::new();
        for file in folder {
            let path = file.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        if paths.len() > LIMIT {
            return Err(Failure::rejected(format!(
                "{} has more than {LIMIT} credentials; use several folders",
                self.dir.display()
            )));
        }
        let mut entries = paths
            .into_iter()
            .map(|path| read(&path).map(|stored| Entry { path, stored }))
            .collect::<Result<Vec<_>, _>>()?;
        entries.sort_by(|one, other| {
            let order = |entry: &Entry| {
                (
                    entry.stored.presented,
                    std::cmp::Reverse(entry.stored.received_at),
                )
            };
            order(one)
                .cmp(&order(other))
                .then_with(|| one.path.cmp(&other.path))
        });
        Ok(entries)
    }
}

impl Entry {
    /// Counts a presentation.
    pub(super) fn count_presentation(&mut self) -> Result<(), Failure> {
        self.stored.presented = self.stored.presented.saturating_add(1);
        write(&self.path, &self.stored)
    }
}

fn read(path: &Path) -> Result<Stored, Failure> {
    let json = files::read(path)?;
    files::require_known_version(path, &json)?;
    serde_json::from_slice(&json).map_err(|error| {
        Failure::rejected(format!(
            "{} is not a credential of a wallet: {error}",
            path.display()
        ))
    })
}

fn write(path: &Path, stored: &Stored) -> Result<(), Failure> {
    files::write(path, &json(stored)?, Audience::Owner)
}

fn json(stored: &Stored) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let json = serde_json::to_vec_pretty(stored).map(Zeroizing::new);
    json.map_err(|error| Failure::failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_credential_and_its_key_are_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = FolderArgs {
            dir: folder.path().to_owned(),
        };
        let stored = |key: &SigningKey| Stored {
            format: "dc+sd-jwt".to_owned(),
            issuer: "https://issuer.example".to_owned(),
            configuration: "pid".to_owned(),
            credential: "the same credential".to_owned(),
            key: Some(PrivateKey::of(key)),
            received_at: UnixTime::from_secs(1),
            presented: 0,
        };
        let keys = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
        let path = arguments.add(&stored(&keys[0])).unwrap();
        let before = fs::read(&path).unwrap();
        let failure = arguments.add(&stored(&keys[1])).err().unwrap();
        assert!(
            failure.message().contains("already exists"),
            "{}",
            failure.message()
        );
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(arguments.entries().unwrap().len(), 1);
    }
}
