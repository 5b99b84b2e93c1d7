//! The erasure: rows, free pages, the write-ahead log, and copies in the data folder.

use std::path::PathBuf;

use air_ids::UnixTime;

use super::{
    Opened, Person, UserDataError, UserKey,
    files::{self, Purged},
    tables::{Change, RULES, Rule, WITH},
};
use crate::{
    Data, WriteTx, clock,
    database::{BEGIN, BEGIN_ON_POSTGRES},
    sql::{self, Dialect},
};

/// The outcome of an erasure.
#[derive(Debug)]
#[non_exhaustive]
pub struct Erasure {
    /// The number of rows that were deleted or blanked, by table. Tables without such rows are not listed.
    pub rows: Vec<(&'static str, u64)>,
    /// The number of credentials whose entries in status lists say that they are revoked.
    pub revoked: u64,
    /// The snapshots and copies in the data folder that had values of the person. They were deleted.
    pub deleted_files: Vec<PathBuf>,
    /// The other files in the data folder that have values of the person. Delete them yourself.
    pub remaining_files: Vec<PathBuf>,
}

/// Erases everything that the database of a stopped platform has of a person, and deletes the snapshots
/// and copies in the data folder that have the user's ID or address. An older database is migrated first.
///
/// The person's credentials are revoked in their status lists, because nobody can revoke them later.
/// Entries of the ledger stay: they are hashes, and other entries are proved by them.
///
/// A repetition is safe, and finishes an erasure that was interrupted.
///
/// # Errors
/// [`UserDataError`], whose message has the remedy.
pub async fn erase(data: &Data, key: &UserKey, machine_now: UnixTime) -> Result<Erasure, UserDataError> {
    let Opened {
        mut connection,
        _lock,
    } = Opened::of(data).await?;
    let erased = erase_from(&mut connection, key, machine_now).await;
    // SQLite deletes its log when the last connection is closed.
    connection.close().await?;
    let (person, rows, revoked) = erased?;
    let Purged { deleted, remaining } = match data {
        Data::Folder(folder) => files::purge(folder, &[&person.user_uuid, &person.email])?,
        Data::Memory | Data::Postgres(_) => Purged::default(),
    };
    Ok(Erasure {
        rows,
        revoked,
        deleted_files: deleted,
        remaining_files: remaining,
    })
}

type Erased = (Person, Vec<(&'static str, u64)>, u64);

async fn erase_from(
    connection: &mut WriteTx,
    key: &UserKey,
    machine_now: UnixTime,
) -> Result<Erased, UserDataError> {
    let dialect = connection.dialect();
    if dialect == Dialect::Sqlite {
        // Deleted content is overwritten with zeros, also in pages that stay in use.
        connection.run("PRAGMA secure_delete = ON").await?;
    }
    connection
        .enqueue_all(dialect.of(&[BEGIN][..], &BEGIN_ON_POSTGRES))
        .await?;
    let person = Person::find(connection, key).await?;
    let revoked = keep_entries(connection, &person, machine_now).await?;
    free_quotas(connection, &person).await?;
    let mut rows = Vec::new();
    for rule in RULES {
        let changed = apply(connection, rule, &person).await?;
        if changed > 0 {
            rows.push((rule.table, changed));
        }
    }
    connection.run("COMMIT").await?;
    match dialect {
        Dialect::Sqlite => compact_sqlite(connection).await?,
        Dialect::Postgres => compact_postgres(connection).await?,
    }
    Ok((person, rows, revoked))
}

async fn apply(connection: &mut WriteTx, rule: &Rule, person: &Person) -> sqlx::Result<u64> {
    let Rule { table, condition, .. } = rule;
    let text = match rule.change {
        Change::Delete => format!("{WITH} DELETE FROM {table} WHERE {condition}"),
        Change::Blank(column) => format!("{WITH} UPDATE {table} SET {column} = NULL WHERE {condition}"),
    };
    let executed = person.bind(sql::query(text)).execute(connection).await?;
    Ok(executed.rows_affected())
}

/// Keeps the status-list entries of the person's credentials, as revoked. Returns their number.
async fn keep_entries(connection: &mut WriteTx, person: &Person, machine_now: UnixTime) -> sqlx::Result<u64> {
    let offset = clock::offset(connection).await?;
    let text = format!(
        "{WITH} INSERT INTO erased_credentials (status_list, status_entry, erased_at)
         SELECT status_list, status_entry, CAST($3 AS BIGINT) FROM credentials
         WHERE user_uuid = (SELECT user_uuid FROM person)
             AND status_list IS NOT NULL AND status_entry IS NOT NULL"
    );
    let query = person.bind(sql::query(text));
    let now = machine_now.as_secs().saturating_add(offset);
    Ok(query.bind(now).execute(connection).await?.rows_affected())
}

/// Subtracts the person's objects, sealed credentials and packages from the usage of their partners.
async fn free_quotas(connection: &mut WriteTx, person: &Person) -> sqlx::Result<()> {
    let text = format!(
        "{WITH}, freed (partner_id, bytes) AS (
             SELECT partner_id, size FROM objects WHERE core_claim_hash IN (SELECT core_claim_hash FROM held)
             UNION ALL
             SELECT partner_id, length(data) FROM sealed_credentials
             WHERE user_uuid = (SELECT user_uuid FROM person)
             UNION ALL
             SELECT issuer_id, size FROM packages
             WHERE bytes IS NOT NULL AND verification_id IN (SELECT verification_id FROM runs))
         UPDATE stored_bytes SET total = total - (
             SELECT SUM(bytes) FROM freed WHERE freed.partner_id = stored_bytes.partner_id)
         WHERE partner_id IN (SELECT partner_id FROM freed)"
    );
    let query = person.bind(sql::query(text));
    query.execute(connection).await.map(drop)
}

/// Writes the database file again without free pages, and truncates the log to no bytes.
async fn compact_sqlite(connection: &mut WriteTx) -> Result<(), UserDataError> {
    // The copy of the whole database may be larger than the memory. The person is no longer in it.
    connection.run("PRAGMA temp_store = FILE").await?;
    connection.run("VACUUM").await?;
    let checkpoint = sql::query_as::<(i64, i64, i64)>("PRAGMA wal_checkpoint(TRUNCATE)");
    match checkpoint.fetch_one(connection).await? {
        (0, _, _) => Ok(()),
        _ => Err(UserDataError::LogInUse),
    }
}

/// Writes the tables again without dead rows. Each is locked meanwhile.
async fn compact_postgres(connection: &mut WriteTx) -> Result<(), UserDataError> {
    for rule in RULES {
        let text = format!("VACUUM FULL {}", rule.table);
        sql::query(text).execute(connection).await?;
    }
    Ok(())
}
