//! The log of openings: a file of JSON lines, each chained to the one before by its SHA-256.

use std::{
    fmt,
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
use serde_json::Value;
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

/// The longest signature that is read, in characters: a record names at most 255 custodians, each with a purpose.
const SIGNATURE_LIMIT: usize = 1 << 20;

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

/// A record on disk.
#[derive(Serialize)]
pub(super) struct Recorded {
    /// 1 for the first one of the log.
    pub(super) sequence: u64,
    /// SHA-256 over the line, without its line break, in hex: a later record that follows it has this digest as `previous`.
    pub(super) sha256: String,
}

/// The first line that shows that the log was changed.
#[derive(Debug, PartialEq, Eq)]
enum Broken {
    /// It is no record: it was changed, or its write was interrupted.
    Record(u64),
    /// It does not follow the line before.
    Order(u64),
    /// Its signature is not over its record, or not by the key that it names.
    Signature(u64),
}

/// A log that is locked, and whose chain was checked.
pub(super) struct Log {
    file: File,
    _lock: FileLock,
    sequence: u64,
    previous: [u8; 32],
}

impl Log {
    /// Opens a log, or creates it with mode 0600. Fails if its chain is broken, or if a signed record differs from what was signed.
    /// Signatures by `key` are verified.
    pub(super) fn open(path: &Path, key: Option<&SigningKey>) -> Result<Self, Failure> {
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
        let (sequence, previous) = check_chain(&text, key).map_err(|broken| {
            Failure::rejected(format!("{}: {broken}", path.display()))
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
    ) -> Result<Recorded, Failure> {
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
        let recorded = Recorded {
            sequence: self.sequence + 1,
            sha256: hex::encode(Sha256::digest(&line)),
        };
        line.push('\n');
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(|error| unwritable(path, &error))?;
        Ok(recorded)
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

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(line) => write!(
                f,
                "line {line} is not a record: it was changed, or its write was interrupted"
            ),
            Self::Order(line) => write!(
                f,
                "line {line} does not follow the line before it: that line was changed, or a line was removed, inserted or moved"
            ),
            Self::Signature(line) => {
                write!(
                    f,
                    "the record in line {line} is not the one that was signed: it was changed"
                )
            }
        }
    }
}

/// The last sequence number, and SHA-256 over the last line.
fn check_chain(text: &str, key: Option<&SigningKey>) -> Result<(u64, [u8; 32]), Broken> {
    let (mut sequence, mut previous) = (0, NO_PREVIOUS);
    for line in text.split_inclusive('\n') {
        sequence += 1;
        let line = line.strip_suffix('\n').ok_or(Broken::Record(sequence))?;
        let parsed: Line = serde_json::from_str(line).map_err(|_| Broken::Record(sequence))?;
        if parsed.record.sequence != sequence || parsed.record.previous != hex::encode(previous) {
            return Err(Broken::Order(sequence));
        }
        if !parsed.is_as_signed(key) {
            return Err(Broken::Signature(sequence));
        }
        previous = Sha256::digest(line).into();
    }
    Ok((sequence, previous))
}

impl Line {
    /// Whether the record is the one in the signature, if there is a signature. A signature that names `key` is verified.
    fn is_as_signed(&self, key: Option<&SigningKey>) -> bool {
        let Some(signature) = &self.signature else {
            return true;
        };
        let Ok(jws) = jws::Unverified::parse(signature, SIGNATURE_LIMIT) else {
            return false;
        };
        let named = jws.header().get("kid").and_then(Value::as_str);
        let key = key.filter(|key| named == Some(key.kid().as_str()));
        let payload = match key {
            Some(key) => jws.verify_with(&key.public_jwk()),
            None => jws.dangerous_payload(),
        };
        let record = serde_json::to_value(&self.record).ok();
        jws.is_typed(RECORD_TYPE) && payload.ok().map(Value::Object) == record
    }
}
