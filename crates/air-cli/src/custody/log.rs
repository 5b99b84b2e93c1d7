//! The log of openings: a file of JSON lines, each chained to the one before by its SHA-256.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use air_crypto::{
    ContainerHeader,
    custody::{Group, Partial},
};
use air_jwt::{SigningKey, jws};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    exit::Failure,
    files::{FileLock, unwritable},
};

/// The `typ` of a signed record.
const RECORD_TYPE: &str = "air-custody-log+jwt";
/// The value of `previous` in the first record.
const NO_PREVIOUS: [u8; 32] = [0; 32];
/// The longest log that is read: about 100,000 openings.
const LOG_LIMIT: u64 = 64 << 20;

/// One line of the log.
#[derive(Serialize, Deserialize)]
struct Line {
    record: Record,
    /// A compact JWS (RFC 7515) whose payload is the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// One opening.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// 1 in the first line.
    sequence: u64,
    /// SHA-256 over the line before, without its line break, in hex.
    previous: String,
    /// Seconds since 1970.
    opened_at: u64,
    /// The container's fingerprint: SHA-256 over its header.
    container: String,
    /// SHA-256 over the whole sealed file.
    sha256: String,
    /// The group's fingerprint.
    group: String,
    key_fingerprint: String,
    custodians: Vec<Custodian>,
}

/// One custodian's part, with what the custodian stated about it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Custodian {
    index: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
}

/// An opening to record.
pub(super) struct Opening<'a> {
    pub(super) group: &'a Group,
    pub(super) header: &'a ContainerHeader,
    pub(super) partials: &'a [Partial],
    /// SHA-256 over the sealed file.
    pub(super) digest: [u8; 32],
    pub(super) opened_at: u64,
}

/// A log that is locked, and whose chain was checked.
pub(super) struct Log {
    file: File,
    _lock: FileLock,
    sequence: u64,
    previous: [u8; 32],
}

impl Log {
    /// Opens a log, or creates it with mode 0600. Fails if its chain is broken.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let lock = FileLock::of(path)?;
        let mut options = File::options();
        options.create(true).read(true).append(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path).map_err(|error| unwritable(path, &error))?;
        let mut text = String::new();
        let read = (&mut file).take(LOG_LIMIT + 1).read_to_string(&mut text);
        read.map_err(|error| Failure::failed(format!("failed to read {}: {error}", path.display())))?;
        if text.len() as u64 > LOG_LIMIT {
            return Err(
                Failure::failed(format!("{} is longer than 64 MiB", path.display()))
                    .with_hint("keep it, and pass a new file to --log"),
            );
        }
        let (sequence, previous) = check_chain(&text).map_err(|line| {
            Failure::rejected(format!(
                "the chain of {} is broken in line {line}: it was changed, or a write was interrupted",
                path.display()
            ))
            .with_hint("nothing was opened; keep the file as evidence, and pass a new file to --log")
        })?;
        Ok(Self {
            file,
            _lock: lock,
            sequence,
            previous,
        })
    }

    /// Appends a record, signed if there is a key, and waits until it is on disk.
    pub(super) fn append(
        mut self,
        opening: &Opening<'_>,
        key: Option<&SigningKey>,
        path: &Path,
    ) -> Result<(), Failure> {
        let record = Record {
            sequence: self.sequence + 1,
            previous: hex::encode(self.previous),
            opened_at: opening.opened_at,
            container: opening.header.fingerprint(),
            sha256: hex::encode(opening.digest),
            group: opening.group.fingerprint(),
            key_fingerprint: opening.group.key_fingerprint(),
            custodians: opening.partials.iter().map(Custodian::of).collect(),
        };
        let signature = key.map(|key| jws::sign(key, RECORD_TYPE, &record));
        let mut line = serde_json::to_string(&Line { record, signature })
            .map_err(|error| Failure::failed(error.to_string()))?;
        line.push('\n');
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(|error| unwritable(path, &error))
    }
}

impl Custodian {
    fn of(partial: &Partial) -> Self {
        Self {
            index: partial.index().get(),
            made_at: partial.about().map(air_crypto::custody::About::made_at),
            purpose: partial.about().map(|about| about.purpose().to_owned()),
        }
    }
}

/// The last sequence number, and SHA-256 over the last line; or the number of the first wrong line.
fn check_chain(text: &str) -> Result<(u64, [u8; 32]), u64> {
    let (mut sequence, mut previous) = (0, NO_PREVIOUS);
    for line in text.split_inclusive('\n') {
        sequence += 1;
        let line = line.strip_suffix('\n').ok_or(sequence)?;
        let parsed: Line = serde_json::from_str(line).map_err(|_| sequence)?;
        if parsed.record.sequence != sequence || parsed.record.previous != hex::encode(previous) {
            return Err(sequence);
        }
        previous = Sha256::digest(line).into();
    }
    Ok((sequence, previous))
}
