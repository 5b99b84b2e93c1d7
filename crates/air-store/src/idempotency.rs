//! Stored responses of idempotent operations.

use air_ids::UnixTime;
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    sql::{self, Named, PendingQuery, Query},
};

/// The stored response of an idempotent operation.
#[derive(FromRow)]
pub struct StoredResponse {
    /// The fingerprint of the request: 32 bytes.
    pub fingerprint: Vec<u8>,
    /// JSON.
    pub answer: String,
}

impl Named for StoredResponse {}

/// Queues a query for the stored response of a caller's key. It ignores responses from before `since`.
pub async fn query_later(
    tx: &mut ReadTx,
    caller: &str,
    key: &str,
    since: UnixTime,
) -> sqlx::Result<PendingQuery<StoredResponse>> {
    sql::query_as(
        "SELECT fingerprint, answer FROM idempotency_keys WHERE caller = $1 AND key = $2 AND created_at > $3",
    )
    .bind(caller)
    .bind(key)
    .bind(since)
    .query_later(tx)
    .await
}

const INSERT: &str =
    "INSERT INTO idempotency_keys (caller, key, fingerprint, answer, created_at) VALUES ($1, $2, $3, $4, $5)";

/// Stores a response and replaces one that is too old.
pub async fn keep(
    tx: &mut WriteTx,
    caller: &str,
    key: &str,
    stored: &StoredResponse,
    now: UnixTime,
) -> sqlx::Result<()> {
    let replace = format!(
        "{INSERT} ON CONFLICT (caller, key) DO UPDATE SET fingerprint = excluded.fingerprint,
             answer = excluded.answer, created_at = excluded.created_at, verification_id = NULL"
    );
    put(tx, sql::query(replace), (caller, key), stored, now).await
}

/// Stores a response under a key without a stored response, not even an expired one.
pub async fn keep_first(
    tx: &mut WriteTx,
    caller: &str,
    key: &str,
    stored: &StoredResponse,
    now: UnixTime,
) -> sqlx::Result<()> {
    put(tx, sql::query(INSERT), (caller, key), stored, now).await
}

async fn put(
    tx: &mut WriteTx,
    insert: Query<'_>,
    (caller, key): (&str, &str),
    stored: &StoredResponse,
    now: UnixTime,
) -> sqlx::Result<()> {
    let insert = insert.bind(caller).bind(key).bind(&stored.fingerprint);
    insert.bind(&stored.answer).bind(now).enqueue(tx).await
}

/// Links a response to the verification whose result it contains.
pub async fn tie(tx: &mut WriteTx, caller: &str, key: &str, verification_id: &str) -> sqlx::Result<()> {
    sql::query("UPDATE idempotency_keys SET verification_id = $1 WHERE caller = $2 AND key = $3")
        .bind(verification_id)
        .bind(caller)
        .bind(key)
        .enqueue(tx)
        .await
}

/// Deletes the responses that contain a verification's result.
pub async fn forget_verification(tx: &mut WriteTx, verification_id: &str) -> sqlx::Result<()> {
    sql::query("DELETE FROM idempotency_keys WHERE verification_id = $1")
        .bind(verification_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether any response is dated later than `now`.
pub async fn any_after(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM idempotency_keys WHERE created_at > $1)")
        .bind(now)
        .fetch_one(tx)
        .await
}

/// Dates the responses that are later than `now` to `now`, after the clock was moved back.
pub async fn date_back(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    sql::query("UPDATE idempotency_keys SET created_at = $1 WHERE created_at > $1")
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether any response is dated at or before `until`.
pub async fn any_until(tx: &mut ReadTx, until: UnixTime) -> sqlx::Result<bool> {
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM idempotency_keys WHERE created_at <= $1)")
        .bind(until)
        .fetch_one(tx)
        .await
}

/// Deletes some of the responses that are dated at or before `until`.
pub async fn forget_until(tx: &mut WriteTx, until: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "DELETE FROM idempotency_keys WHERE (caller, key) IN \
         (SELECT caller, key FROM idempotency_keys WHERE created_at <= $1 LIMIT 5000)",
    )
    .bind(until)
    .execute(tx)
    .await
    .map(drop)
}
