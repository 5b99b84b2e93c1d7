//! Deferred credential requests of OpenID4VCI.

use std::fmt;

use air_ids::UnixTime;
use sqlx::FromRow;

use super::{ReadTx, WriteTx, expiring::Expiring, sql};

const TABLE: Expiring = Expiring("deferred_issuances");

/// A checked request whose credentials are issued later.
#[derive(Clone, FromRow)]
pub struct DeferredIssuance {
    /// The digest of the transaction ID.
    pub transaction_digest: Vec<u8>,
    /// The offer.
    pub offer_id: String,
    /// The proved public keys, as an array of JWKs.
    pub keys: String,
    /// The number of the keys, which is the number of credentials.
    #[sqlx(try_from = "sql::Unsigned")]
    pub key_count: u64,
    /// The time from which the credentials can be issued.
    pub ready_at: UnixTime,
    /// The time until which the row is kept.
    pub expires_at: UnixTime,
}

/// Shows the offer and the times only.
impl fmt::Debug for DeferredIssuance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredIssuance")
            .field("offer_id", &self.offer_id)
            .field("ready_at", &self.ready_at)
            .finish_non_exhaustive()
    }
}

/// Inserts a deferred request.
pub async fn insert(tx: &mut WriteTx, issuance: &DeferredIssuance) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO deferred_issuances (transaction_digest, offer_id, keys, key_count, ready_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&issuance.transaction_digest)
    .bind(&issuance.offer_id)
    .bind(&issuance.keys)
    .bind(issuance.key_count)
    .bind(issuance.ready_at)
    .bind(issuance.expires_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds the request of an offer by the digest of its transaction ID.
pub async fn find(
    tx: &mut ReadTx,
    offer_id: &str,
    digest: &[u8; 32],
) -> sqlx::Result<Option<DeferredIssuance>> {
    sql::query_as("SELECT * FROM deferred_issuances WHERE transaction_digest = $1 AND offer_id = $2")
        .bind(digest.as_slice())
        .bind(offer_id)
        .fetch_optional(tx)
        .await
}

/// Deletes a request whose credentials are issued.
pub async fn delete(tx: &mut WriteTx, digest: &[u8]) -> sqlx::Result<()> {
    sql::query("DELETE FROM deferred_issuances WHERE transaction_digest = $1")
        .bind(digest)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether any request has expired at `now`.
pub async fn any_expired(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    TABLE.any(tx, now).await
}

/// Deletes the requests that have expired.
pub async fn forget_expired(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    TABLE.delete(tx, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Store};

    #[tokio::test]
    async fn a_request_belongs_to_its_offer_until_it_is_issued_or_expires() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let waiting = |digest: u8, expires_at| DeferredIssuance {
            transaction_digest: vec![digest; 32],
            offer_id: "offer".into(),
            keys: "[]".into(),
            key_count: 2,
            ready_at: UnixTime::from_secs(50),
            expires_at: UnixTime::from_secs(expires_at),
        };
        insert(&mut tx, &waiting(1, 100)).await.unwrap();
        insert(&mut tx, &waiting(2, 200)).await.unwrap();
        assert!(find(&mut tx, "other", &[1; 32]).await.unwrap().is_none());
        let found = find(&mut tx, "offer", &[1; 32]).await.unwrap().unwrap();
        assert_eq!((found.ready_at.as_secs(), found.key_count), (50, 2));
        delete(&mut tx, &found.transaction_digest).await.unwrap();
        assert!(find(&mut tx, "offer", &[1; 32]).await.unwrap().is_none());
        assert!(any_expired(&mut tx, UnixTime::from_secs(200)).await.unwrap());
        forget_expired(&mut tx, UnixTime::from_secs(200)).await.unwrap();
        let found = find(&mut tx, "offer", &[2; 32]).await.unwrap();
        assert!(found.is_none());
    }
}
