//! Errors of an import. Each message contains the remedy.

use crate::Error;

/// The reason why an import stopped. No message contains a password, a credential or a claim.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The URL of the vendor's database is invalid. It is not shown, because it may contain a password.
    #[error("invalid URL of the vendor's database; use postgres://user@host:5432/database")]
    SourceUrl,
    /// The vendor's database can't be opened.
    #[error(
        "failed to open the vendor's database; check the host, the user and the password, and that the user may read its tables"
    )]
    Connect(#[source] sqlx::Error),
    /// The server of the vendor's database does not respond.
    #[error("the vendor's database did not respond within {seconds} s; check the host and the port")]
    ConnectTimedOut {
        /// The time limit.
        seconds: u64,
    },
    /// A query failed.
    #[error(
        "failed to read the vendor's database; check that the user may read its tables, then run the import again"
    )]
    Read(#[source] sqlx::Error),
    /// The database has none of the vendor's tables.
    #[error(
        "the database has neither `sd_jwt_vc` nor `credential_issuance` that this user can read; \
         correct the database's name, the search path or the user's rights"
    )]
    NoVendorTables,
    /// A table lacks a column, or the column has another type.
    #[error(
        "`{table}.{column}` is not {expected}; the import does not know this version of the vendor's service"
    )]
    Column {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The expected form.
        expected: &'static str,
    },
    /// Stored credentials are of another issuer.
    #[error(
        "the newest stored credentials have the issuer {stored:?}, which is neither {did} nor {origin}; \
         set ISSUER_ORIGIN to the origin of the vendor's service"
    )]
    ForeignIssuer {
        /// `iss` of a stored credential.
        stored: String,
        /// The DID of the configured origin.
        did: String,
        /// The configured origin.
        origin: String,
    },
    /// Stored credentials have the other form of `iss`.
    #[error(
        "the newest stored credentials have the form {stored} of `iss`, and the configuration has {configured}; \
         set `iss = \"{stored}\"` in issuer.toml"
    )]
    IssForm {
        /// The form of stored credentials.
        stored: &'static str,
        /// The configured form.
        configured: &'static str,
    },
    /// Lists are published, and status lists are off in the configuration.
    #[error(
        "the vendor's service has published status lists of {entries} entries; set SD_JWT_TSL_PARTITION_SIZE to {entries}"
    )]
    ListsOff {
        /// Entries of each list.
        entries: u64,
    },
    /// The lists have another size.
    #[error(
        "status list {list} has {entries} entries, and the configuration has {configured}; \
         set SD_JWT_TSL_PARTITION_SIZE to the value of the vendor's service"
    )]
    ListSize {
        /// The number of the list.
        list: u64,
        /// Its entries.
        entries: u64,
        /// The configured size.
        configured: u64,
    },
    /// A published list can't be decoded.
    #[error(
        "status list {list} in `tsl_partition` is not a compressed list of one bit; publish the lists again"
    )]
    ListUnreadable {
        /// The number of the list.
        list: u64,
    },
    /// A published list shows revocations that no table has.
    #[error(
        "status list {list} shows {count} revocations that no table has, first at index {first}; \
         find out who revoked them, set `revoked` in `sd_jwt_vc` or publish the lists again, then repeat the import"
    )]
    ListDiffers {
        /// The number of the list.
        list: u64,
        /// The number of these revocations.
        count: u64,
        /// The first index.
        first: u64,
    },
    /// There are too many lists.
    #[error(
        "{taken} indices need more than {limit} status lists of {size} entries; check SD_JWT_TSL_PARTITION_SIZE"
    )]
    TooManyLists {
        /// The vendor's last index, plus one.
        taken: u64,
        /// Entries of each list.
        size: u64,
        /// The maximum number of lists.
        limit: u64,
    },
    /// The configured database is the vendor's.
    #[error(
        "the configured database has the vendor's tables; create a database for the issuer, \
         and set DATABASE_URL to it, or `sqlite` in issuer.toml"
    )]
    SameDatabase,
    /// Another version made the tables of the configured database.
    #[error("a newer version made the tables of the configured database; import with that version")]
    NewerTarget,
    /// The configured database failed.
    #[error(transparent)]
    Target(#[from] Error),
}

impl ImportError {
    /// Whether the vendor's database refused the user or the password (`SQLSTATE` class 28).
    #[must_use]
    pub fn is_not_authorised(&self) -> bool {
        let Self::Connect(sqlx::Error::Database(error)) = self else {
            return false;
        };
        error.code().is_some_and(|state| state.starts_with("28"))
    }
}
