//! A folder of rotating keys: `timetable.json` schedules them, and `<thumbprint>.pem` has each private key.

use std::{
    collections::HashSet,
    fs,
    path::{Component, Path, PathBuf},
};

use air_ids::UnixTime;
use air_jwt::{JwkSet, KeyRing, Kid, RotationSchedule, SigningKey};
use serde::{Deserialize, Serialize};

use super::read_signing_key;
use crate::{
    exit::Failure,
    files::{self, Audience, FileLock},
    output::Output,
};

const TIMETABLE: &str = "timetable.json";

/// A folder and its timetable.
pub(crate) struct KeyFolder {
    path: PathBuf,
    index: Index,
}

/// The content of `timetable.json`. An id may have any characters, so a key's file is named after
/// its thumbprint.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Index {
    keys: RotationSchedule,
    files: Vec<KeyFile>,
}

impl Index {
    /// Checks that each file name is a plain name in the folder and used once, since files are read
    /// and removed by these names.
    fn check_names(&self) -> Result<(), String> {
        let mut seen = HashSet::new();
        for KeyFile { file, .. } in &self.files {
            let mut parts = Path::new(file).components();
            let is_plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if name == file.as_str());
            if !is_plain || file.starts_with(TIMETABLE) {
                return Err(format!(
                    "`{}` is not the name of a key's file in the folder",
                    file.escape_debug()
                ));
            }
            if !seen.insert(file.as_str()) {
                return Err(format!("`{}` is named by two keys", file.escape_debug()));
            }
        }
        Ok(())
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct KeyFile {
    kid: Kid,
    file: String,
}

impl KeyFolder {
    /// Opens an existing folder.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = path.join(TIMETABLE);
        if !file.exists() {
            return Err(Failure::failed(format!(
                "{} is not a key folder: it has no {TIMETABLE}",
                path.display()
            ))
            .with_hint(format!(
                "run `air keys generate --dir {}` to create the first key",
                path.display()
            )));
        }
        let refused = |reason: String| Failure::rejected(format!("{}: {reason}", file.display()));
        let json = files::read(&file)?;
        files::require_known_version(&file, &json)?;
        let index: Index = serde_json::from_slice(&json).map_err(|error| refused(error.to_string()))?;
        index.check_names().map_err(refused)?;
        Ok(Self {
            path: path.to_owned(),
            index,
        })
    }

    /// Opens an existing folder to change it. Other processes that change it wait until the lock is dropped.
    pub(super) fn open_to_change(path: &Path) -> Result<(Self, FileLock), Failure> {
        // Check first, so that a mistyped name creates no lock file.
        Self::open(path)?;
        let lock = FileLock::of(&path.join(TIMETABLE))?;
        Ok((Self::open(path)?, lock))
    }

    /// Creates a folder with its first key.
    pub(super) fn create(path: &Path, key: &SigningKey, now: UnixTime) -> Result<Self, Failure> {
        let rotate = format!(
            "{folder} has keys already; run `air keys rotate --dir {folder}` to replace the signing key",
            folder = path.display()
        );
        files::require_free(&path.join(TIMETABLE), &rotate)?;
        files::make_private_folder(path)?;
        let mut folder = Self {
            path: path.to_owned(),
            index: Index {
                keys: RotationSchedule::starting(key.kid().clone(), now),
                files: Vec::new(),
            },
        };
        folder.add(key)?;
        files::write_new(
            &path.join(TIMETABLE),
            &folder.to_json()?,
            Audience::Everyone,
            &rotate,
        )?;
        Ok(folder)
    }

    /// Writes a key's file, which takes effect once the timetable is saved.
    pub(super) fn add(&mut self, key: &SigningKey) -> Result<(), Failure> {
        let file = format!("{}.pem", key.verifying_key().thumbprint());
        files::write_new(
            &self.path.join(&file),
            key.expose_pkcs8_pem().as_bytes(),
            Audience::Owner,
            "a key is never overwritten",
        )?;
        self.index.files.push(KeyFile {
            kid: key.kid().clone(),
            file,
        });
        Ok(())
    }

    /// Writes the timetable, then deletes the private keys that it no longer has.
    pub(super) fn save(&mut self) -> Result<Vec<Kid>, Failure> {
        let planned = |kid: &Kid| self.index.keys.keys().iter().any(|key| key.kid == *kid);
        let (kept, gone): (Vec<KeyFile>, Vec<KeyFile>) = self
            .index
            .files
            .iter()
            .cloned()
            .partition(|file| planned(&file.kid));
        self.index.files = kept;
        files::write(&self.path.join(TIMETABLE), &self.to_json()?, Audience::Everyone)?;
        for file in &gone {
            let path = self.path.join(&file.file);
            fs::remove_file(&path).map_err(|error| files::unwritable(&path, &error))?;
        }
        Ok(gone.into_iter().map(|file| file.kid).collect())
    }

    fn to_json(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec_pretty(&self.index).map_err(|error| Failure::failed(error.to_string()))
    }

    pub(super) fn timetable(&mut self) -> &mut RotationSchedule {
        &mut self.index.keys
    }

    /// The keys with their timetable.
    pub(super) fn ring(&self, output: Output) -> Result<KeyRing, Failure> {
        let keys = self
            .index
            .files
            .iter()
            .map(|file| self.read(file, output))
            .collect::<Result<Vec<_>, _>>()?;
        KeyRing::new(self.index.keys.clone(), keys).map_err(|error| self.refused(&error))
    }

    /// The set to publish at `now`.
    pub(crate) fn jwk_set(&self, now: UnixTime, output: Output) -> Result<JwkSet, Failure> {
        Ok(self.ring(output)?.jwk_set(now))
    }

    /// The key that signs at `now`.
    pub(crate) fn into_signing_key(self, now: UnixTime, output: Output) -> Result<SigningKey, Failure> {
        let kid = self
            .index
            .keys
            .signing_kid(now)
            .map_err(|error| self.refused(&error))?;
        let file = self
            .index
            .files
            .iter()
            .find(|file| file.kid == *kid)
            .ok_or_else(|| Failure::rejected(format!("{}: key {kid} has no file", self.path.display())))?;
        self.read(file, output)
    }

    fn read(&self, file: &KeyFile, output: Output) -> Result<SigningKey, Failure> {
        Ok(read_signing_key(&self.path.join(&file.file), output)?.with_kid(file.kid.clone()))
    }

    fn refused(&self, error: &air_jwt::Error) -> Failure {
        Failure::rejected(format!("{}: {error}", self.path.display()))
    }
}
