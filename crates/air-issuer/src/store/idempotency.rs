//! The responses of calls with an `Idempotency-Key`. A row without a status is a call in progress.

use std::time::Duration;

use air_ids::UnixTime;

use super::{Store, WriteTx, column, number, time, time_column};

/// The time for which a response is stored.
pub(crate) const LIFETIME: Duration = Duration::from_hours(24);
/// The maximum number of stored responses. The oldest are deleted first.
const LIMIT: u64 = 1_000_000;
/// The rows that are deleted in one transaction.
const BATCH: i64 = 1_000;

/// The keyed hashes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallRef {
    /// The caller and its key.
    pub(crate) key: String,
    /// The path and the body.
    pub(crate) call: String,
}

/// A stored response, whose body is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredResponse {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
}

/// The state of a key when a call arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This call is the first, or the earlier one ended without a response.
    New,
    /// The same call is in progress.
    InProgress,
    /// The key belongs to another call.
    OtherCall,
    /// The same call has this response.
    Complete(StoredResponse),
}

/// Claims a key until `lease_ends`. Responses from before `since` are ignored.
pub(crate) async fn claim(
    store: &Store,
    of: &CallRef,
    now: UnixTime,
    since: UnixTime,
    lease_ends: UnixTime,
) -> sqlx::Result<Claim> {
    type Row = (String, i64, Option<i64>, Option<String>);
    let mut tx = store.write().await?;
    tx.lock(&format!("idempotency {}", of.key)).await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT call_ref, lease_ends, status, location FROM idempotency_keys \
         WHERE key_ref = $1 AND created_at > $2",
    )
    .bind(of.key.as_str())
    .bind(time_column(since))
    .fetch_optional(tx.connection())
    .await?;
    match row {
        Some((call, ..)) if call != of.call => return Ok(Claim::OtherCall),
        Some((_, _, Some(status), location)) => {
            return Ok(Claim::Complete(StoredResponse {
                status: u16::try_from(status).unwrap_or(500),
                location,
            }));
        }
        Some((_, lease, None, _)) if time(lease) > now => return Ok(Claim::InProgress),
        _ => {}
    }
    sqlx::query(
        "INSERT INTO idempotency_keys (key_ref, call_ref, created_at, lease_ends) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (key_ref) DO UPDATE SET call_ref = excluded.call_ref, created_at = excluded.created_at, \
         lease_ends = excluded.lease_ends, status = NULL, location = NULL",
    )
    .bind(of.key.as_str())
    .bind(of.call.as_str())
    .bind(time_column(now))
    .bind(time_column(lease_ends))
    .execute(tx.connection())
    .await?;
    tx.commit().await?;
    Ok(Claim::New)
}

/// Stores the response of a claimed call, unless its lease ended and another call has the key.
pub(crate) async fn complete(
    store: &Store,
    key: &str,
    lease_ends: UnixTime,
    response: &StoredResponse,
) -> sqlx::Result<()> {
    let mut tx = store.write().await?;
    sqlx::query(
        "UPDATE idempotency_keys SET status = $1, location = $2 \
         WHERE key_ref = $3 AND lease_ends = $4 AND status IS NULL",
    )
    .bind(i64::from(response.status))
    .bind(response.location.clone())
    .bind(key)
    .bind(time_column(lease_ends))
    .execute(tx.connection())
    .await?;
    tx.commit().await
}

/// Releases the key of a claimed call without a response to store.
pub(crate) async fn release(store: &Store, key: &str, lease_ends: UnixTime) -> sqlx::Result<()> {
    let mut tx = store.write().await?;
    sqlx::query("DELETE FROM idempotency_keys WHERE key_ref = $1 AND lease_ends = $2 AND status IS NULL")
        .bind(key)
        .bind(time_column(lease_ends))
        .execute(tx.connection())
        .await?;
    tx.commit().await
}

/// Deletes the responses from `until` or before, and the oldest of those beyond the limit. Returns their number.
pub(crate) async fn forget(store: &Store, until: UnixTime) -> sqlx::Result<u64> {
    forget_beyond(store, until, LIMIT).await
}

async fn forget_beyond(store: &Store, until: UnixTime, limit: u64) -> sqlx::Result<u64> {
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT created_at FROM idempotency_keys ORDER BY created_at DESC LIMIT 1 OFFSET $1",
    )
    .bind(column(limit))
    .fetch_optional(store.reader())
    .await?;
    let until = last.map_or(until, |last| time(last).max(until));
    let mut deleted = 0;
    loop {
        let mut tx = store.write().await?;
        let done = sqlx::query(
            "DELETE FROM idempotency_keys WHERE key_ref IN \
             (SELECT key_ref FROM idempotency_keys WHERE created_at <= $1 ORDER BY created_at LIMIT $2)",
        )
        .bind(time_column(until))
        .bind(BATCH)
        .execute(tx.connection())
        .await?;
        tx.commit().await?;
        let batch = done.rows_affected();
        deleted += batch;
        if batch < number(BATCH) {
            return Ok(deleted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DatabaseConfig;

    const ZERO: UnixTime = UnixTime::EPOCH;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    fn call(key: &str, call: &str) -> CallRef {
        CallRef {
            key: key.to_owned(),
            call: call.to_owned(),
        }
    }

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        (folder, store)
    }

    fn created() -> StoredResponse {
        StoredResponse {
            status: 201,
            location: Some("/x".to_owned()),
        }
    }

    #[tokio::test]
    async fn a_key_belongs_to_one_call_until_its_lease_or_its_day_ends() {
        let (_folder, store) = store().await;
        let first = call("k", "a");
        let claim_at = async |now, since, of: &CallRef| {
            claim(&store, of, at(now), at(since), at(now + 10)).await.unwrap()
        };
        assert_eq!(claim_at(100, 0, &first).await, Claim::New);
        assert_eq!(claim_at(109, 0, &first).await, Claim::InProgress);
        assert_eq!(claim_at(109, 0, &call("k", "b")).await, Claim::OtherCall);
        assert_eq!(claim_at(110, 0, &first).await, Claim::New, "its lease ended");

        // The first call is late: the key is the second one's.
        complete(&store, "k", at(110), &created()).await.unwrap();
        release(&store, "k", at(110)).await.unwrap();
        assert_eq!(claim_at(111, 0, &first).await, Claim::InProgress);
        complete(&store, "k", at(120), &created()).await.unwrap();
        assert_eq!(claim_at(200, 0, &first).await, Claim::Complete(created()));
        assert_eq!(
            claim_at(200, 110, &call("k", "b")).await,
            Claim::New,
            "it is too old"
        );
    }

    #[tokio::test]
    async fn a_released_key_is_new() {
        let (_folder, store) = store().await;
        let first = call("k", "a");
        assert_eq!(
            claim(&store, &first, at(1), ZERO, at(11)).await.unwrap(),
            Claim::New
        );
        release(&store, "k", at(11)).await.unwrap();
        let other = call("k", "b");
        assert_eq!(
            claim(&store, &other, at(1), ZERO, at(11)).await.unwrap(),
            Claim::New
        );
    }

    #[tokio::test]
    async fn old_responses_and_the_oldest_beyond_the_limit_are_deleted() {
        let (_folder, store) = store().await;
        for second in 1..=6 {
            let of = call(&format!("k{second}"), "a");
            claim(&store, &of, at(second), ZERO, at(100)).await.unwrap();
        }
        assert_eq!(forget_beyond(&store, at(2), 10).await.unwrap(), 2);
        assert_eq!(forget_beyond(&store, at(2), 3).await.unwrap(), 1);
        let left: Vec<String> = sqlx::query_scalar("SELECT key_ref FROM idempotency_keys ORDER BY key_ref")
            .fetch_all(store.reader())
            .await
            .unwrap();
        assert_eq!(left, ["k4", "k5", "k6"]);
    }
}
