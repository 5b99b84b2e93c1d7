//! The lines of a backup: the header, the begin of each table, its rows, and the manifest.

use std::collections::BTreeMap;

use air_ids::UnixTime;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BackupError;
use crate::clock::rfc3339;

/// The name of the format.
const FORMAT: &str = "air-issuer-backup";
/// The version of the format that this program writes and reads.
const VERSION: u64 = 1;
/// The maximum length of a short text of the header.
const SHORT: usize = 64;

/// The first line. Every version of the format has `format` and `version`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    format: String,
    version: u64,
    /// The version of this crate that made the backup.
    pub(super) program: String,
    /// `sqlite` or `postgres`.
    pub(super) database: String,
    /// The time of the state, RFC 3339.
    pub(super) created_at: String,
    /// The newest migration of the tables.
    pub(super) migration: i64,
    /// The issuer's origin.
    pub(super) origin: String,
}

/// The members that each version of the format has.
#[derive(Deserialize)]
struct AnyHeader {
    format: String,
    version: u64,
}

impl Header {
    pub(super) fn new(database: &str, now: UnixTime, migration: i64, origin: &str) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            database: database.to_owned(),
            created_at: rfc3339(now),
            migration,
            origin: origin.to_owned(),
        }
    }

    pub(super) fn parse(line: &[u8]) -> Result<Self, BackupError> {
        let any: AnyHeader = serde_json::from_slice(line).map_err(|_| BackupError::NotABackup)?;
        if any.format != FORMAT {
            return Err(BackupError::NotABackup);
        }
        if any.version != VERSION {
            return Err(BackupError::Version {
                version: any.version,
                supported: VERSION,
            });
        }
        let damaged = BackupError::damaged("its header");
        let Ok(header) = serde_json::from_slice::<Self>(line) else {
            return Err(damaged);
        };
        let is_short = |text: &str| text.len() <= SHORT && text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_time = header.created_at.parse::<Timestamp>().is_ok();
        if is_time && is_short(&header.created_at) && is_short(&header.program) && is_short(&header.database)
        {
            Ok(header)
        } else {
            Err(damaged)
        }
    }
}

/// The begin of a table that has rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) tables: BTreeMap<String, TableSum>,
    /// SHA-256 over all lines before this one, in hex.
    pub(super) sha256: String,
}

/// A line that is an object, behind the header.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Object {
    Section(Section),
    Manifest(Manifest),
}

/// The rows of a table, whatever their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableSum {
    pub(super) rows: u64,
    /// The exclusive or of SHA-256 over each row's line, in hex. Rows are distinct, because each table has a primary key.
    #[serde(with = "hex_text")]
    digest: [u8; 32],
}

impl TableSum {
    /// Adds a row by its line.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.rows += 1;
        let row: [u8; 32] = Sha256::digest(line).into();
        for (sum, byte) in self.digest.iter_mut().zip(row) {
            *sum ^= byte;
        }
    }
}

mod hex_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(digest: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(digest))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let mut digest = [0; 32];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut digest).map_err(D::Error::custom)?;
        Ok(digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(change: impl FnOnce(&mut serde_json::Value)) -> Result<Header, BackupError> {
        let header = Header::new(
            "sqlite",
            UnixTime::from_secs(1_800_000_000),
            7,
            "https://issuer.example",
        );
        let mut value = serde_json::to_value(header).unwrap();
        change(&mut value);
        Header::parse(value.to_string().as_bytes())
    }

    #[test]
    fn another_format_or_version_is_named_and_a_damaged_header_is_refused() {
        let header = parse(|_| {}).unwrap();
        assert_eq!(
            (header.created_at.as_str(), header.migration),
            ("2027-01-15T08:00:00Z", 7)
        );
        let other = parse(|header| header["format"] = "tar".into());
        assert!(matches!(other, Err(BackupError::NotABackup)));
        assert!(matches!(Header::parse(b"{}"), Err(BackupError::NotABackup)));
        for version in [0, 2] {
            let other = parse(|header| *header = serde_json::json!({ "format": FORMAT, "version": version }));
            assert!(
                matches!(other, Err(BackupError::Version { version: found, .. }) if found == version),
                "{version}"
            );
        }
        for (name, value) in [
            ("createdAt", "today"),
            ("program", "\u{1b}[2J"),
            ("database", "a b"),
        ] {
            let damaged = parse(|header| header[name] = value.into());
            assert!(matches!(damaged, Err(BackupError::Damaged { .. })), "{name}");
        }
    }

    #[test]
    fn a_sum_depends_on_each_row_and_not_on_their_order() {
        let sum = |rows: &[&str]| {
            let mut sum = TableSum::default();
            for row in rows {
                sum.add(row.as_bytes());
            }
            sum
        };
        assert_eq!(sum(&["[1]", "[2]"]), sum(&["[2]", "[1]"]));
        assert_ne!(sum(&["[1]", "[2]"]), sum(&["[1]", "[3]"]));
        assert_ne!(sum(&["[1]", "[1]"]), sum(&[]));
    }
}
