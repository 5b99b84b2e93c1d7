//! The outbox of the notices that a channel sends to users. The log of events fills it, so no
//! request waits for it.

use air_ids::{CoreClaimHash, EmailAddress, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, events, sql};

/// The moment from which a credential expires soon: the last 30 days of its lifetime, or the last
/// quarter if that is shorter.
pub(super) const EXPIRING_AT: &str = "expires_at - CASE WHEN (expires_at - issued_at) / 4 < 2592000 \
    THEN (expires_at - issued_at) / 4 ELSE 2592000 END";

const ISSUED: &str = "credential.issued";
const REVOKED: &str = "credential.revoked";

/// A notice that is due.
#[derive(Clone, FromRow)]
pub struct DueNotice {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// `issued`, `expiring`, `expired` or `revoked`.
    pub kind: String,
    /// The attempts before this one.
    #[sqlx(try_from = "sql::Unsigned")]
    pub attempts: u64,
    /// The holder's e-mail address.
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    /// The schema's title.
    pub title: String,
    /// The issuer's name.
    pub issuer_name: String,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// The end of its lifetime; `None` if it never expires.
    pub expires_at: Option<UnixTime>,
    /// When it was revoked; `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// Whether the user deleted the credential from the wallet.
    pub is_deleted: bool,
}

/// The times at which a notice is due: at or before `now`, or, after an attempt, later than
/// `latest`. Such a time was set before the clock moved back.
#[derive(Clone, Copy, Debug)]
pub struct DueTime {
    /// The present time.
    pub now: UnixTime,
    /// The latest time that a retry delay can set.
    pub latest: UnixTime,
}

/// The events that have not been read yet.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The position before them.
    pub from: u64,
    /// The position after them.
    pub to: u64,
    /// The number of events.
    pub events: u64,
    /// Whether one of them has a notice.
    pub has_notices: bool,
}

/// Finds at most `limit` events after the outbox's position. Returns `None` if no channel was on before.
pub async fn unread(tx: &mut ReadTx, limit: u64) -> sqlx::Result<Option<Unread>> {
    let position = sql::query_number("SELECT sequence FROM notice_position WHERE id = 1");
    let Some(from) = position.fetch_optional(tx).await? else {
        return Ok(None);
    };
    let events = events::after(tx, from, limit).await?;
    Ok(Some(Unread {
        from,
        to: events.last().map_or(from, |event| event.sequence),
        events: events.len() as u64,
        has_notices: events
            .iter()
            .any(|event| event.kind == ISSUED || event.kind == REVOKED),
    }))
}

/// Checks whether the outbox is on.
pub async fn is_on(tx: &mut ReadTx) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM notice_position)")
        .fetch_one(tx)
        .await
}

/// Turns the outbox on. Earlier changes have no notice, but credentials that expire later do.
pub async fn turn_on(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    let head = events::head(tx).await?.unwrap_or(0);
    let inserted =
        sql::query("INSERT INTO notice_position (id, sequence) VALUES (1, $1) ON CONFLICT (id) DO NOTHING")
            .bind(head)
            .execute(tx)
            .await?;
    if inserted.rows_affected() == 0 {
        return Ok(());
    }
    for (kind, at) in [("expiring", EXPIRING_AT), ("expired", "expires_at")] {
        sql::query(format!(
            "INSERT INTO notice_outbox (core_claim_hash, kind, next_at, attempts)
             SELECT core_claim_hash, '{kind}', {at}, 0 FROM credentials WHERE revoked_at IS NULL AND {at} > $1
             ON CONFLICT (core_claim_hash, kind) DO NOTHING"
        ))
        .bind(now)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Turns the outbox off, and deletes its notices.
pub async fn turn_off(tx: &mut WriteTx) -> sqlx::Result<()> {
    sql::query("DELETE FROM notice_outbox").execute(tx).await?;
    sql::query("DELETE FROM notice_position")
        .execute(tx)
        .await
        .map(drop)
}

/// Moves the position to the end of these events, and stores their notices. Does nothing if another
/// process has already read them.
pub async fn store(tx: &mut WriteTx, unread: &Unread) -> sqlx::Result<()> {
    let moved = sql::query("UPDATE notice_position SET sequence = $1 WHERE id = 1 AND sequence = $2")
        .bind(unread.to)
        .bind(unread.from)
        .execute(tx)
        .await?;
    if moved.rows_affected() == 0 || !unread.has_notices {
        return Ok(());
    }
    let hash = tx.dialect().of(
        "json_extract(data, '$.coreClaimHash')",
        "data::json ->> 'coreClaimHash'",
    );
    for (event, kind, at) in [
        (ISSUED, "issued", "issued_at"),
        (ISSUED, "expiring", EXPIRING_AT),
        (ISSUED, "expired", "expires_at"),
        (REVOKED, "revoked", "revoked_at"),
    ] {
        sql::query(format!(
            "INSERT INTO notice_outbox (core_claim_hash, kind, next_at, attempts)
             SELECT core_claim_hash, '{kind}', {at}, 0 FROM credentials WHERE {at} IS NOT NULL AND core_claim_hash IN (
                 SELECT {hash} FROM events WHERE sequence > $1 AND sequence <= $2 AND type = '{event}')
             ON CONFLICT (core_claim_hash, kind) DO NOTHING"
        ))
        .bind(unread.from)
        .bind(unread.to)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Checks whether any notice is due.
pub async fn is_due(tx: &mut ReadTx, due: DueTime) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM notice_outbox WHERE next_at <= $1)
         OR EXISTS (SELECT 1 FROM notice_outbox WHERE next_at > $2 AND attempts > 0)",
    )
    .bind(due.now)
    .bind(due.latest)
    .fetch_one(tx)
    .await
}

/// Leases some due notices until `lease_ends`, and counts the attempt. If its end is never
/// recorded, they are due again at that time.
pub async fn lease(
    tx: &mut WriteTx,
    due: DueTime,
    lease_ends: UnixTime,
    limit: u64,
) -> sqlx::Result<Vec<DueNotice>> {
    // A notice that another process has locked belongs to that process. (SQLite has no other process.)
    let skipping = tx.dialect().of("", "FOR UPDATE OF notice_outbox SKIP LOCKED");
    let due: Vec<DueNotice> = sql::query_as(format!(
        "SELECT notice_outbox.core_claim_hash, kind, attempts, email, schemas.title, partners.name AS issuer_name, issued_at,
             expires_at, revoked_at, wallet_deletions.core_claim_hash IS NOT NULL AS is_deleted
         FROM notice_outbox JOIN credentials ON credentials.core_claim_hash = notice_outbox.core_claim_hash
         JOIN users ON users.user_uuid = credentials.user_uuid
         JOIN schemas ON schemas.schema_id = credentials.schema_id
         JOIN partners ON partners.partner_id = credentials.partner_id
         LEFT JOIN wallet_deletions ON wallet_deletions.core_claim_hash = notice_outbox.core_claim_hash
         WHERE next_at <= $1 OR (next_at > $2 AND attempts > 0) ORDER BY next_at LIMIT $3 {skipping}"
    ))
    .bind(due.now)
    .bind(due.latest)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    for notice in &due {
        sql::query(
            "UPDATE notice_outbox SET next_at = $1, attempts = attempts + 1 WHERE core_claim_hash = $2 AND kind = $3",
        )
        .bind(lease_ends)
        .bind(&notice.core_claim_hash)
        .bind(&notice.kind)
        .execute(tx)
        .await?;
    }
    Ok(due)
}

/// Sets the time of the next attempt.
pub async fn postpone(tx: &mut WriteTx, notice: &DueNotice, next_at: UnixTime) -> sqlx::Result<()> {
    sql::query("UPDATE notice_outbox SET next_at = $1 WHERE core_claim_hash = $2 AND kind = $3")
        .bind(next_at)
        .bind(&notice.core_claim_hash)
        .bind(&notice.kind)
        .execute(tx)
        .await
        .map(drop)
}

/// Deletes a notice that was sent, that is no longer true, or that nobody accepts.
pub async fn delete(tx: &mut WriteTx, notice: &DueNotice) -> sqlx::Result<()> {
    sql::query("DELETE FROM notice_outbox WHERE core_claim_hash = $1 AND kind = $2")
        .bind(&notice.core_claim_hash)
        .bind(&notice.kind)
        .execute(tx)
        .await
        .map(drop)
}
