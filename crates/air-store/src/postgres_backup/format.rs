//! The lines of a backup that are JSON: the header, the begin and the end of each table, and the end.

use serde::{Deserialize, Serialize};

use super::{PostgresBackupError, rows::RowSum};

/// The name of the format.
const FORMAT: &str = "air-sandbox-postgres-backup";
/// The version of the format that this program writes and reads.
const VERSION: u64 = 1;

/// The line behind a table's rows, as in the files of `psql`. `COPY` writes no row like this: it escapes a backslash.
pub(super) const END_OF_ROWS: &[u8] = b"\\.";

/// The first line. Every version of the format has `format` and `version`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header {
    format: String,
    version: u64,
    /// The version of this crate that made the backup.
    program: String,
    /// The time of the state, in seconds since 1970.
    pub(super) created_at: u64,
    /// The newest migration of the tables.
    pub(super) migration: i64,
}

/// The members that each version of the format has.
#[derive(Deserialize)]
struct AnyHeader {
    format: String,
    version: u64,
}

impl Header {
    pub(super) fn new(created_at: u64, migration: i64) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            migration,
        }
    }

    pub(super) fn parse(line: &[u8]) -> Result<Self, PostgresBackupError> {
        let any: AnyHeader = serde_json::from_slice(line).map_err(|_| PostgresBackupError::NotABackup)?;
        if any.format != FORMAT {
            return Err(PostgresBackupError::NotABackup);
        }
        if any.version != VERSION {
            return Err(PostgresBackupError::Version {
                version: any.version,
                supported: VERSION,
            });
        }
        serde_json::from_slice(line).map_err(|_| PostgresBackupError::damaged("its header"))
    }
}

/// The begin of a table. Its rows follow, and [`END_OF_ROWS`].
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableBegin {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// The last number of the identity column; 0 for a column that has numbered no row, and for tables without one.
    pub(super) numbered: i64,
}

/// The end of a table.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableEnd {
    pub(super) sum: RowSum,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    /// SHA-256 over all lines before this one, in hex.
    pub(super) sha256: String,
}

/// A line of JSON behind the header, outside of rows.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    Begin(TableBegin),
    End(End),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_format_or_version_is_named_and_a_damaged_header_is_refused() {
        let parse = |change: fn(&mut serde_json::Value)| {
            let mut header = serde_json::to_value(Header::new(1_800_000_000, 86)).unwrap();
            change(&mut header);
            Header::parse(header.to_string().as_bytes())
        };
        let header = parse(|_| {}).unwrap();
        assert_eq!((header.created_at, header.migration), (1_800_000_000, 86));
        let other = parse(|header| header["format"] = "air-sandbox-backup".into());
        assert!(matches!(other, Err(PostgresBackupError::NotABackup)));
        assert!(matches!(
            Header::parse(b"x"),
            Err(PostgresBackupError::NotABackup)
        ));
        let later = parse(|header| *header = serde_json::json!({ "format": FORMAT, "version": 2 }));
        assert!(matches!(
            later,
            Err(PostgresBackupError::Version { version: 2, .. })
        ));
        let damaged = parse(|header| header["migration"] = "newest".into());
        assert!(matches!(damaged, Err(PostgresBackupError::Damaged { .. })));
    }
}
