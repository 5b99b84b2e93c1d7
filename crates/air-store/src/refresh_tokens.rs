//! Refresh tokens of OpenID4VCI. All tokens of an offer are one family: each is the successor of another.

use std::fmt;

use air_ids::UnixTime;
use sqlx::FromRow;

use super::{ReadTx, WriteTx, expiring::Expiring, sql};

const TABLE: Expiring = Expiring("refresh_tokens");

/// A refresh token.
#[derive(Clone, FromRow)]
pub struct RefreshToken {
    /// The digest of the token.
    pub token_digest: Vec<u8>,
    /// The offer of its family.
    pub offer_id: String,
    /// The end of the family.
    pub expires_at: UnixTime,
    /// When it was exchanged; `None` if it was not.
    pub used_at: Option<UnixTime>,
}

/// Shows no digest.
impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("offer_id", &self.offer_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Queues the insertion of a refresh token.
pub async fn insert(
    tx: &mut WriteTx,
    digest: &[u8; 32],
    offer_id: &str,
    expires_at: UnixTime,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO refresh_tokens (token_digest, offer_id, expires_at) VALUES ($1, $2, $3)")
        .bind(digest.as_slice())
        .bind(offer_id)
        .bind(expires_at)
        .enqueue(tx)
        .await
}

/// Finds a token by its digest, also a used one.
pub async fn find(tx: &mut ReadTx, digest: &[u8; 32]) -> sqlx::Result<Option<RefreshToken>> {
    sql::query_as("SELECT * FROM refresh_tokens WHERE token_digest = $1")
        .bind(digest.as_slice())
        .fetch_optional(tx)
        .await
}

/// Uses a token. Returns `false` if it was used before.
pub async fn spend(tx: &mut WriteTx, digest: &[u8; 32], now: UnixTime) -> sqlx::Result<bool> {
    let done =
        sql::query("UPDATE refresh_tokens SET used_at = $1 WHERE token_digest = $2 AND used_at IS NULL")
            .bind(now)
            .bind(digest.as_slice())
            .execute(tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Counts the tokens of an offer.
pub async fn count(tx: &mut ReadTx, offer_id: &str) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM refresh_tokens WHERE offer_id = $1")
        .bind(offer_id)
        .fetch_one(tx)
        .await
}

/// Deletes all tokens of an offer.
pub async fn end_family(tx: &mut WriteTx, offer_id: &str) -> sqlx::Result<()> {
    sql::query("DELETE FROM refresh_tokens WHERE offer_id = $1")
        .bind(offer_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether any token has expired at `now`.
pub async fn any_expired(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    TABLE.any(tx, now).await
}

/// Deletes the tokens that have expired.
pub async fn forget_expired(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    TABLE.delete(tx, now).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Store};

    #[tokio::test]
    async fn a_token_is_used_once_and_a_family_ends_as_a_whole() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        insert(&mut tx, &[1; 32], "a", UnixTime::from_secs(100))
            .await
            .unwrap();
        insert(&mut tx, &[2; 32], "a", UnixTime::from_secs(100))
            .await
            .unwrap();
        insert(&mut tx, &[3; 32], "b", UnixTime::from_secs(200))
            .await
            .unwrap();
        assert!(spend(&mut tx, &[1; 32], UnixTime::from_secs(10)).await.unwrap());
        assert!(!spend(&mut tx, &[1; 32], UnixTime::from_secs(11)).await.unwrap());
        assert_eq!(
            find(&mut tx, &[1; 32]).await.unwrap().unwrap().used_at,
            Some(UnixTime::from_secs(10))
        );
        assert_eq!(count(&mut tx, "a").await.unwrap(), 2);
        end_family(&mut tx, "a").await.unwrap();
        assert!(find(&mut tx, &[2; 32]).await.unwrap().is_none());
        assert!(!any_expired(&mut tx, UnixTime::from_secs(199)).await.unwrap());
        forget_expired(&mut tx, UnixTime::from_secs(200)).await.unwrap();
        assert_eq!(count(&mut tx, "b").await.unwrap(), 0);
    }
}
