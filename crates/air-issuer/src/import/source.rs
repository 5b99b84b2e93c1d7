//! The vendor's database, in one read-only snapshot.

mod layout;
mod rows;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use air_ids::UnixTime;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use zeroize::Zeroizing;

use self::layout::{Columns, Layout, TABLES};
use super::ImportError;

pub(super) use self::{
    layout::{ISSUANCES, SD_JWTS},
    rows::{Batch, IssuanceRow, SdJwtRow, nonce},
};

/// The rows that are read at once.
const BATCH: i64 = 500;
/// The time to connect.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The server must not end the snapshot between two queries.
const SETUP: &str = "SET statement_timeout = '120s'; SET idle_in_transaction_session_timeout = 0";
/// All queries see one state, and none of them can write.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// The maximum length of a published list.
const LIST_LIMIT: i64 = 24 * 1024 * 1024;

/// The place of the vendor's database. `Debug` does not show it, because it may contain a password.
#[derive(Clone)]
pub struct VendorDatabase(Zeroizing<String>);

impl VendorDatabase {
    /// Reads a URL such as `postgres://user@host:5432/database`. A password may come from `PGPASSWORD` or `~/.pgpass`.
    ///
    /// # Errors
    /// [`ImportError::SourceUrl`].
    pub fn from_url(url: &str) -> Result<Self, ImportError> {
        let database = Self(Zeroizing::new(url.trim().to_owned()));
        database.options()?;
        Ok(database)
    }

    fn options(&self) -> Result<PgConnectOptions, ImportError> {
        let url = self.0.as_str();
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(ImportError::SourceUrl);
        }
        let options: PgConnectOptions = url.parse().map_err(|_| ImportError::SourceUrl)?;
        Ok(options.application_name("air import"))
    }
}

impl fmt::Debug for VendorDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VendorDatabase").finish_non_exhaustive()
    }
}

/// Whether the signed parts of credentials are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tokens {
    Read,
    Omitted,
}

/// A published list.
#[derive(Debug)]
pub(super) struct PublishedList {
    /// The row's id.
    pub(super) id: u64,
    pub(super) bits: i64,
    /// `None` if it is too long or not base64url.
    pub(super) compressed: Option<Vec<u8>>,
}

/// The indices that the vendor's service has taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Their number: the last id.
    pub(super) indices: u64,
    /// The statement that lets the role read the sequence of the ids. Without it, the id of an open transaction is
    /// unknown.
    pub(super) missing_grant: Option<String>,
}

/// A snapshot of the vendor's database.
pub(super) struct Source {
    connection: PgConnection,
    layout: Layout,
}

type SdJwtColumns = (
    i64,
    String,
    String,
    bool,
    Option<i64>,
    Option<i64>,
    Option<String>,
);
type IssuanceColumns = (i64, String, String, String, Option<i64>, Option<i64>, Option<i64>);

impl Source {
    /// Opens the snapshot, and finds out which tables and columns there are.
    pub(super) async fn open(vendor: &VendorDatabase) -> Result<Self, ImportError> {
        let options = vendor.options()?;
        let mut connection = tokio::time::timeout(TIMEOUT, options.connect())
            .await
            .map_err(|_| ImportError::ConnectTimedOut {
                seconds: TIMEOUT.as_secs(),
            })?
            .map_err(ImportError::Connect)?;
        for statement in [SETUP, SNAPSHOT] {
            sqlx::raw_sql(statement)
                .execute(&mut connection)
                .await
                .map_err(ImportError::Connect)?;
        }
        let tables: Vec<String> = TABLES.map(str::to_owned).into();
        let columns: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_name::text = ANY($1) AND table_schema::text = ANY(current_schemas(false)::text[])",
        )
        .bind(tables)
        .fetch_all(&mut connection)
        .await
        .map_err(ImportError::Read)?;
        Ok(Self {
            layout: Layout::of(&Columns::new(columns))?,
            connection,
        })
    }

    /// The indices that may be taken, also by an id that a rollback left without a row.
    pub(super) async fn taken(&mut self) -> Result<Taken, ImportError> {
        if self.layout.sd_jwts.is_none() {
            return Ok(Taken::default());
        }
        // `last_value` is NULL if the role can't read the sequence.
        let (last, missing_grant): (i64, Option<String>) = sqlx::query_as(
            "SELECT greatest(coalesce((SELECT max(id)::bigint FROM sd_jwt_vc), 0), \
             coalesce((SELECT last_value FROM pg_sequences WHERE format('%I.%I', schemaname, sequencename) \
             = ids.sequence), 0)), \
             CASE WHEN NOT has_sequence_privilege(ids.sequence, 'SELECT, USAGE') \
             THEN format('GRANT SELECT ON SEQUENCE %s TO %I', ids.sequence, current_user) END \
             FROM (SELECT pg_get_serial_sequence('sd_jwt_vc', 'id') AS sequence) AS ids",
        )
        .fetch_one(&mut self.connection)
        .await
        .map_err(ImportError::Read)?;
        Ok(Taken {
            indices: number(last),
            missing_grant,
        })
    }

    /// The signed parts of the newest credentials.
    pub(super) async fn newest_tokens(&mut self, limit: i64) -> Result<Vec<String>, ImportError> {
        let Some(query) = self.layout.sd_jwts.clone() else {
            return Ok(Vec::new());
        };
        let newest = query.replace(" LIMIT", " DESC LIMIT");
        let rows = self.sd_jwt_rows(newest, 0, i64::MAX, limit).await?;
        Ok(rows.into_iter().filter_map(|row| row.signed_part).collect())
    }

    /// The next stored credentials whose id is greater than `after` and at most `until`, with what the other tables have about them.
    pub(super) async fn batch(
        &mut self,
        after: u64,
        until: u64,
        tokens: Tokens,
    ) -> Result<Batch, ImportError> {
        let query = match tokens {
            Tokens::Read => self.layout.sd_jwts.clone(),
            Tokens::Omitted => self.layout.sd_jwts_without_tokens.clone(),
        };
        let Some(query) = query else {
            return Ok(Batch::default());
        };
        let rows = self
            .sd_jwt_rows(query, column(after), column(until), BATCH)
            .await?;
        let nonces: Vec<u64> = rows.iter().filter_map(|row| row.nonce).collect();
        let mut issuances: BTreeMap<u64, Vec<IssuanceRow>> = BTreeMap::new();
        if let Some(query) = self.layout.issuances_among.clone() {
            for row in self.issuance_rows_among(query, &nonces).await? {
                if let Some(nonce) = row.nonce {
                    issuances.entry(nonce).or_default().push(row);
                }
            }
        }
        let revocations = self.revocations_among(&nonces).await?;
        Ok(Batch {
            rows,
            issuances,
            revocations,
        })
    }

    /// The next issuances whose id is greater than `after`.
    pub(super) async fn issuances(&mut self, after: u64) -> Result<Vec<IssuanceRow>, ImportError> {
        let Some(query) = self.layout.issuances.clone() else {
            return Ok(Vec::new());
        };
        let rows: Vec<IssuanceColumns> = sqlx::query_as(AssertSqlSafe(query))
            .bind(column(after))
            .bind(BATCH)
            .fetch_all(&mut self.connection)
            .await
            .map_err(ImportError::Read)?;
        Ok(rows.into_iter().map(issuance_row).collect())
    }

    /// The nonces among these that a stored credential has.
    pub(super) async fn sd_jwts_among(&mut self, nonces: &[u64]) -> Result<BTreeSet<u64>, ImportError> {
        let query = self.layout.sd_jwts_among.clone();
        self.nonces_among(query, nonces).await
    }

    /// The nonces among these that are revoked.
    pub(super) async fn revocations_among(&mut self, nonces: &[u64]) -> Result<BTreeSet<u64>, ImportError> {
        let query = self.layout.revocations_among.clone();
        self.nonces_among(query, nonces).await
    }

    /// The next revoked nonces after this one, as texts.
    pub(super) async fn revocations(&mut self, after: Option<&str>) -> Result<Vec<String>, ImportError> {
        let Some(query) = self.layout.revocations.clone() else {
            return Ok(Vec::new());
        };
        sqlx::query_scalar(AssertSqlSafe(query))
            .bind(after.map(str::to_owned))
            .bind(BATCH)
            .fetch_all(&mut self.connection)
            .await
            .map_err(ImportError::Read)
    }

    /// The published list with the next id after `after`, of all from the start for `None`.
    pub(super) async fn list_after(
        &mut self,
        after: Option<u64>,
    ) -> Result<Option<PublishedList>, ImportError> {
        if !self.layout.has_lists {
            return Ok(None);
        }
        let list = if self.layout.are_lists_text {
            "convert_to(list, 'UTF8')"
        } else {
            "list"
        };
        let row: Option<(i64, i64, Option<Vec<u8>>)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT id::bigint, bits::bigint, CASE WHEN octet_length(list) <= {LIST_LIMIT} THEN {list} END \
             FROM tsl_partition WHERE id > $1 ORDER BY tsl_partition.id LIMIT 1"
        )))
        .bind(after.map_or(-1, column))
        .fetch_optional(&mut self.connection)
        .await
        .map_err(ImportError::Read)?;
        let are_text = self.layout.are_lists_text;
        Ok(row.map(|(id, bits, list)| PublishedList {
            id: number(id),
            bits,
            compressed: match list {
                Some(text) if are_text => URL_SAFE_NO_PAD.decode(text).ok(),
                list => list,
            },
        }))
    }

    /// Ends the snapshot.
    pub(super) async fn close(self) {
        // Nothing was written, so an error has no effect.
        let _ = self.connection.close().await;
    }

    async fn sd_jwt_rows(
        &mut self,
        query: String,
        after: i64,
        until: i64,
        limit: i64,
    ) -> Result<Vec<SdJwtRow>, ImportError> {
        let rows: Vec<SdJwtColumns> = sqlx::query_as(AssertSqlSafe(query))
            .bind(after)
            .bind(until)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await
            .map_err(ImportError::Read)?;
        let rows = rows.into_iter();
        Ok(rows
            .map(
                |(id, holder, text, is_revoked, created_at, updated_at, signed_part)| SdJwtRow {
                    id: number(id),
                    holder,
                    nonce: nonce(&text),
                    is_revoked,
                    created_at: created_at.map(time),
                    updated_at: updated_at.map(time),
                    signed_part,
                },
            )
            .collect())
    }

    async fn issuance_rows_among(
        &mut self,
        query: String,
        nonces: &[u64],
    ) -> Result<Vec<IssuanceRow>, ImportError> {
        let rows: Vec<IssuanceColumns> = sqlx::query_as(AssertSqlSafe(query))
            .bind(texts(nonces))
            .fetch_all(&mut self.connection)
            .await
            .map_err(ImportError::Read)?;
        Ok(rows.into_iter().map(issuance_row).collect())
    }

    async fn nonces_among(
        &mut self,
        query: Option<String>,
        nonces: &[u64],
    ) -> Result<BTreeSet<u64>, ImportError> {
        let Some(query) = query.filter(|_| !nonces.is_empty()) else {
            return Ok(BTreeSet::new());
        };
        let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(query))
            .bind(texts(nonces))
            .fetch_all(&mut self.connection)
            .await
            .map_err(ImportError::Read)?;
        Ok(found.iter().filter_map(|text| nonce(text)).collect())
    }
}

fn issuance_row(columns: IssuanceColumns) -> IssuanceRow {
    let (id, text, holder_did, schema_id, created_at, expires_at, revoked_at) = columns;
    IssuanceRow {
        id: number(id),
        nonce: nonce(&text),
        holder_did,
        schema_id,
        created_at: created_at.map(time),
        expires_at: expires_at.map(time),
        revoked_at: revoked_at.map(time),
    }
}

fn texts(nonces: &[u64]) -> Vec<String> {
    nonces.iter().map(u64::to_string).collect()
}

fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

fn time(column: i64) -> UnixTime {
    UnixTime::from_secs(number(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_of_postgresql_are_accepted_and_none_is_shown() {
        let database = VendorDatabase::from_url("postgres://ada:hunter2@localhost/issuer").unwrap();
        assert_eq!(format!("{database:?}"), "VendorDatabase(..)");
        for url in [
            "",
            "issuer",
            "sqlite://issuer",
            "postgres://ada:hunter2@local host/x",
        ] {
            let error = VendorDatabase::from_url(url).unwrap_err().to_string();
            assert!(
                error.starts_with("invalid URL") && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
}
