//! The keys that were published, each with the time of the first start that published it.

use std::collections::HashMap;

use air_ids::UnixTime;

use super::{WriteTx, time, time_column};

/// A key that was published.
#[derive(Debug)]
pub(crate) struct PublishedKey {
    pub(crate) thumbprint: String,
    pub(crate) published_at: UnixTime,
}

pub(crate) async fn find(tx: &mut WriteTx, kid: &str) -> sqlx::Result<Option<PublishedKey>> {
    let row: Option<(String, i64)> =
        sqlx::query_as("SELECT thumbprint, published_at FROM published_keys WHERE kid = $1")
            .bind(kid)
            .fetch_optional(tx.connection())
            .await?;
    Ok(row.map(|(thumbprint, published_at)| PublishedKey {
        thumbprint,
        published_at: time(published_at),
    }))
}

/// The keys by their ids. A key is recorded by a start whose configuration publishes it, so they are few.
pub(crate) async fn all(tx: &mut WriteTx) -> sqlx::Result<HashMap<String, PublishedKey>> {
    let rows: Vec<(String, String, i64)> =
        sqlx::query_as("SELECT kid, thumbprint, published_at FROM published_keys")
            .fetch_all(tx.connection())
            .await?;
    let keys = rows.into_iter().map(|(kid, thumbprint, published_at)| {
        let key = PublishedKey {
            thumbprint,
            published_at: time(published_at),
        };
        (kid, key)
    });
    Ok(keys.collect())
}

/// Records a key. One that was recorded keeps its time.
pub(crate) async fn set(tx: &mut WriteTx, kid: &str, thumbprint: &str, now: UnixTime) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO published_keys (kid, thumbprint, published_at) VALUES ($1, $2, $3) \
         ON CONFLICT (kid) DO UPDATE SET thumbprint = excluded.thumbprint, published_at = excluded.published_at \
         WHERE published_keys.thumbprint <> excluded.thumbprint",
    )
    .bind(kid)
    .bind(thumbprint)
    .bind(time_column(now))
    .execute(tx.connection())
    .await
    .map(drop)
}

/// The time of the first start that recorded keys.
pub(crate) async fn first(tx: &mut WriteTx) -> sqlx::Result<Option<UnixTime>> {
    let first: Option<i64> =
        sqlx::query_scalar("SELECT published_at FROM published_keys ORDER BY published_at LIMIT 1")
            .fetch_optional(tx.connection())
            .await?;
    Ok(first.map(time))
}
