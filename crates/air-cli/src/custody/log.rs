//! The log of openings: a file of JSON lines, each chained to the one before by its SHA-256.

mod verify;

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
use air_ids::UnixTime;
use air_jwt::{Jwk, SigningKey, jws};
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    exit::Failure,
    files::{FileLock, unwritable, version_of},
    output::Output,
};

#[derive(Subcommand)]
pub(crate) enum LogCommand {
    /// Check the chain and the signatures of a log of openings.
    Verify(verify::VerifyLog),
}

impl LogCommand {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Verify(arguments) => arguments.run(output),
        }
    }
}

/// The `typ` of a signed record.
const RECORD_TYPE: &str = "air-custody-log+jwt";
/// The value of `previous` in the first record.
const NO_PREVIOUS: [u8; 32] = [0; 32];
/// The longest log that is read: about 100,000 openings.
const LOG_LIMIT: u64 = 64 << 20;

/// The longest signature that is read, in characters: a record names at most 255 custodians, each
/// with a purpose.
const SIGNATURE_LIMIT: usize = 1 << 20;

/// One line of the log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    record: Record,
    /// A compact JWS (RFC 7515) whose payload is the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

/// One opening.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Record {
    /// 1 in the first line.
    sequence: u64,
    /// SHA-256 over the line before, without its line break, in hex.
    previous: String,
    opened_at: UnixTime,
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
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Custodian {
    index: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_at: Option<UnixTime>,
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
    pub(super) opened_at: UnixTime,
}

/// A record on disk.
#[derive(Serialize)]
pub(super) struct Recorded {
    /// 1 for the first one of the log.
    pub(super) sequence: u64,
    /// SHA-256 over the line, without its line break, in hex: a later record that follows it has
    /// this digest as `previous`.
    pub(super) sha256: String,
}

/// The first line that shows that the log was changed.
#[derive(Debug, PartialEq, Eq)]
enum Broken {
    /// It is no record: it was changed, or its write was interrupted.
    Record(u64),
    /// It is a record of a later version of the format.
    Version(u64),
    /// It does not follow the line before.
    Order(u64),
    /// Its signature is not over its record, or not by the key that it names.
    Signature(u64),
    /// It has no signature, and one is required.
    Unsigned(u64),
    /// It has no signature, but a line before it has one.
    UnsignedAfterSigned(u64),
    /// Its signature names none of the keys, and one of them is required.
    OtherKey(u64),
}

/// The keys that may have signed records.
struct Signers<'a> {
    keys: &'a [Jwk],
    /// Whether each record must be signed by one of the keys. Otherwise, an absent signature and
    /// one that names another key are accepted; the latter must be over its record.
    are_required: bool,
}

/// A whole chain.
struct Chain {
    /// The last sequence number, which is the number of records.
    sequence: u64,
    /// SHA-256 over the last line.
    last: [u8; 32],
    /// The number of records with a signature.
    signed: u64,
}

/// A log that is locked, and whose chain was checked.
pub(super) struct Log {
    file: File,
    _lock: FileLock,
    sequence: u64,
    previous: [u8; 32],
}

impl Log {
    /// Opens a log, or creates it with mode 0600. Fails if its chain is broken, if a signed record
    /// differs from what was signed, or if the log has signed records and there is no `key` to sign
    /// the next one. Signatures by `key` are verified.
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
        let text = read_log(&mut file, path)?.ok_or_else(|| {
            Failure::failed(format!("{} is longer than 64 MiB", path.display()))
                .with_hint("keep it, and pass a new file to --log")
        })?;
        let keys: Vec<Jwk> = key.map(SigningKey::public_jwk).into_iter().collect();
        let signers = Signers {
            keys: &keys,
            are_required: false,
        };
        let chain = check_chain(&text, &signers).map_err(|broken| {
            Failure::rejected(format!("{}: {broken}", path.display()))
                .with_hint("nothing was opened; keep the file as evidence, and pass a new file to --log")
        })?;
        if chain.signed > 0 && key.is_none() {
            return Err(Failure::usage(format!(
                "{} has signed records, and a record without a signature can't follow them",
                path.display()
            ))
            .with_hint("nothing was opened; pass --sign-key, or a new file to --log"));
        }
        Ok(Self {
            file,
            _lock: lock,
            sequence: chain.sequence,
            previous: chain.last,
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
            Self::Version(line) => write!(
                f,
                "line {line} is of a later version of the format; use the version of air that wrote it"
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
            Self::Unsigned(line) => write!(f, "line {line} is not signed"),
            Self::UnsignedAfterSigned(line) => write!(
                f,
                "line {line} is not signed, but a line before it is: its signature was removed, or the line was added without the key"
            ),
            Self::OtherKey(line) => write!(f, "line {line} is signed by none of the keys that were passed"),
        }
    }
}

/// Reads a whole log. Returns `None` if it is too long.
fn read_log(file: &mut impl Read, path: &Path) -> Result<Option<String>, Failure> {
    let mut text = String::new();
    let read = file.take(LOG_LIMIT + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::failed(format!("failed to read {}: {error}", path.display())))?;
    Ok((text.len() as u64 <= LOG_LIMIT).then_some(text))
}

impl Broken {
    /// The line, from 1.
    fn line(&self) -> u64 {
        match self {
            Self::Record(line)
            | Self::Version(line)
            | Self::Order(line)
            | Self::Signature(line)
            | Self::Unsigned(line)
            | Self::UnsignedAfterSigned(line)
            | Self::OtherKey(line) => *line,
        }
    }
}

/// Checks a log from its first line to its last.
fn check_chain(text: &str, signers: &Signers<'_>) -> Result<Chain, Broken> {
    let (mut sequence, mut previous, mut signed) = (0, NO_PREVIOUS, 0);
    for line in text.split_inclusive('\n') {
        sequence += 1;
        let line = line.strip_suffix('\n').ok_or(Broken::Record(sequence))?;
        let parsed: Line = serde_json::from_str(line).map_err(|_| match version_of(line.as_bytes()) {
            Some(version) if version > 1 => Broken::Version(sequence),
            _ => Broken::Record(sequence),
        })?;
        if parsed.record.sequence != sequence || parsed.record.previous != hex::encode(previous) {
            return Err(Broken::Order(sequence));
        }
        parsed.check_signature(signers)?;
        match &parsed.signature {
            Some(_) => signed += 1,
            None if signed > 0 => return Err(Broken::UnsignedAfterSigned(sequence)),
            None => {}
        }
        previous = Sha256::digest(line).into();
    }
    Ok(Chain {
        sequence,
        last: previous,
        signed,
    })
}

impl Line {
    /// Checks that the record is the one in the signature. A signature that names one of the keys
    /// is verified.
    fn check_signature(&self, signers: &Signers<'_>) -> Result<(), Broken> {
        let line = self.record.sequence;
        let Some(signature) = &self.signature else {
            return if signers.are_required {
                Err(Broken::Unsigned(line))
            } else {
                Ok(())
            };
        };
        let changed = |_| Broken::Signature(line);
        let jws = jws::Unverified::parse(signature, SIGNATURE_LIMIT).map_err(changed)?;
        let named = jws.header().get("kid").and_then(Value::as_str);
        // A key from a PEM file signs under its thumbprint, whatever its id in a set is.
        let is_named = |key: &&Jwk| {
            named.is_some_and(|named| named == key.kid().as_str() || named == key.thumbprint().as_str())
        };
        let key = signers.keys.iter().find(is_named);
        let payload = match key {
            Some(key) => jws.verify_with(key),
            None if signers.are_required => return Err(Broken::OtherKey(line)),
            None => jws.dangerous_payload(),
        };
        let record = serde_json::to_value(&self.record).ok();
        if jws.is_typed(RECORD_TYPE) && Some(Value::Object(payload.map_err(changed)?)) == record {
            Ok(())
        } else {
            Err(Broken::Signature(line))
        }
    }
}
