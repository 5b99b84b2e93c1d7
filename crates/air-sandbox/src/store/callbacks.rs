//! Issuers' callbacks and the attempts to deliver them.

use sqlx::FromRow;

use super::{Change, to_db};

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Record {
    pub(crate) record_id: String,
    pub(crate) verifier_did: String,
    pub(crate) status: i64,
    pub(crate) created_at: i64,
    pub(crate) next_attempt_at: Option<i64>,
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Attempt {
    pub(crate) at: i64,
    pub(crate) http_status: Option<i64>,
    pub(crate) failure: Option<String>,
}

/// One that is to be delivered now.
#[derive(Clone, FromRow)]
pub(crate) struct Due {
    pub(crate) record_id: String,
    pub(crate) issuer_id: String,
    pub(crate) user_uuid: String,
    pub(crate) schema_id: String,
    pub(crate) verifier_did: String,
    pub(crate) url: String,
    pub(crate) secret: String,
    pub(crate) attempts: i64,
}

/// Who tells whom of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Release<'a> {
    pub(crate) issuer_id: &'a str,
    pub(crate) verifier_id: &'a str,
    pub(crate) user_uuid: &'a str,
    pub(crate) schema_id: &'a str,
}

pub(crate) async fn set_url(
    change: &mut Change,
    partner_id: &str,
    url: &str,
    new_secret: &str,
) -> sqlx::Result<String> {
    sqlx::query_scalar(
        "INSERT INTO issuer_callbacks VALUES (?, ?, ?)
         ON CONFLICT (partner_id) DO UPDATE SET url = excluded.url RETURNING secret",
    )
    .bind(partner_id)
    .bind(url)
    .bind(new_secret)
    .fetch_one(&mut **change)
    .await
}

/// Opens a record that has nothing to tell yet.
pub(crate) async fn open(
    change: &mut Change,
    record_id: &str,
    issuer_id: &str,
    verifier_id: &str,
    now: u64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO callbacks (record_id, issuer_id, verifier_id, status, created_at, attempts)
         VALUES (?, ?, ?, -1, ?, 0)",
    )
    .bind(record_id)
    .bind(issuer_id)
    .bind(verifier_id)
    .bind(to_db(now))
    .execute(&mut **change)
    .await
    .map(drop)
}

/// Gives the oldest open record of these two something to tell; false when there is none.
pub(crate) async fn fill(change: &mut Change, release: Release<'_>, now: u64) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE callbacks SET user_uuid = ?, schema_id = ?, status = 0, next_attempt_at = ? WHERE record_id = (
             SELECT record_id FROM callbacks WHERE issuer_id = ? AND verifier_id = ? AND status = -1
             ORDER BY created_at LIMIT 1)",
    )
    .bind(release.user_uuid)
    .bind(release.schema_id)
    .bind(to_db(now))
    .bind(release.issuer_id)
    .bind(release.verifier_id)
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether anything is to be delivered.
pub(crate) async fn is_due(change: &mut Change, now: u64) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM callbacks JOIN issuer_callbacks ON partner_id = issuer_id
         WHERE status = 0 AND next_attempt_at <= ?)",
    )
    .bind(to_db(now))
    .fetch_one(&mut **change)
    .await
}

/// Takes some that are due, until `lease_ends`: should their delivery never be recorded, they are due again then.
pub(crate) async fn lease(change: &mut Change, now: u64, lease_ends: u64) -> sqlx::Result<Vec<Due>> {
    let due: Vec<Due> = sqlx::query_as(
        "SELECT record_id, issuer_id, user_uuid, schema_id, verifier_did, url, secret, attempts FROM callbacks
         JOIN issuer_callbacks ON issuer_callbacks.partner_id = issuer_id
         JOIN partners ON partners.partner_id = verifier_id
         WHERE status = 0 AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT 16",
    )
    .bind(to_db(now))
    .fetch_all(&mut **change)
    .await?;
    for one in &due {
        sqlx::query("UPDATE callbacks SET next_attempt_at = ? WHERE record_id = ?")
            .bind(to_db(lease_ends))
            .bind(&one.record_id)
            .execute(&mut **change)
            .await?;
    }
    Ok(due)
}

/// Records an attempt, and when the next one is; none once it was delivered.
pub(crate) async fn record(
    change: &mut Change,
    record_id: &str,
    attempt: &Attempt,
    next_attempt_at: Option<u64>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE callbacks SET attempts = attempts + 1, next_attempt_at = ?, status = ? WHERE record_id = ?",
    )
    .bind(next_attempt_at.map(to_db))
    .bind(i64::from(next_attempt_at.is_none()))
    .bind(record_id)
    .execute(&mut **change)
    .await?;
    sqlx::query(
        "INSERT INTO callback_attempts
         SELECT record_id, attempts, ?, ?, ? FROM callbacks WHERE record_id = ?",
    )
    .bind(attempt.at)
    .bind(attempt.http_status)
    .bind(&attempt.failure)
    .bind(record_id)
    .execute(&mut **change)
    .await
    .map(drop)
}

/// An issuer's records, newest first, a hundred at most.
pub(crate) async fn of_issuer(change: &mut Change, issuer_id: &str) -> sqlx::Result<Vec<Record>> {
    sqlx::query_as(
        "SELECT record_id, verifier_did, status, callbacks.created_at, next_attempt_at FROM callbacks
         JOIN partners ON partners.partner_id = verifier_id WHERE issuer_id = ?
         ORDER BY callbacks.created_at DESC, record_id LIMIT 100",
    )
    .bind(issuer_id)
    .fetch_all(&mut **change)
    .await
}

/// A record's attempts, oldest first; the last hundred.
pub(crate) async fn attempts(change: &mut Change, record_id: &str) -> sqlx::Result<Vec<Attempt>> {
    sqlx::query_as(
        "SELECT at, http_status, failure FROM (
             SELECT * FROM callback_attempts WHERE record_id = ? ORDER BY number DESC LIMIT 100
         ) ORDER BY number",
    )
    .bind(record_id)
    .fetch_all(&mut **change)
    .await
}

/// Has a record delivered again; false when the issuer has no such record with something to tell.
pub(crate) async fn replay(
    change: &mut Change,
    record_id: &str,
    issuer_id: &str,
    now: u64,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE callbacks SET status = 0, next_attempt_at = ? WHERE record_id = ? AND issuer_id = ? AND status >= 0",
    )
    .bind(to_db(now))
    .bind(record_id)
    .bind(issuer_id)
    .execute(&mut **change)
    .await?;
    Ok(done.rows_affected() == 1)
}
