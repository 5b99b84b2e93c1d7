//! A database in PostgreSQL.

use std::io::{self, Write};

use air_sandbox::{
    DatabaseUrl, UnixTime,
    postgres_backup::{self, RestoredDatabase},
};

use super::Read;
use crate::exit::Failure;

/// Writes a backup, and returns the number of credentials.
pub(super) async fn back_up(
    database: &DatabaseUrl,
    now: UnixTime,
    writer: &mut impl Write,
) -> Result<u64, Failure> {
    Ok(postgres_backup::backup(database, now, writer).await?.credentials)
}

/// Restores a backup.
pub(super) async fn restore(database: &DatabaseUrl, reader: impl io::Read) -> Result<Read, Failure> {
    Ok(read(postgres_backup::restore(database, reader).await?))
}

/// Reads and checks a backup.
pub(super) fn check(reader: impl io::Read) -> Result<Read, Failure> {
    Ok(read(postgres_backup::check(reader)?))
}

const fn read(backup: RestoredDatabase) -> Read {
    Read {
        created_at: backup.created_at,
        migration: backup.migration,
        credentials: Some(backup.credentials),
    }
}
