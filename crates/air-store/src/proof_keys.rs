//! The keys of issuers for proof suites that are not on P-256.

use air_api::sandbox::ProofSuite;
use air_ids::{PartnerId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A key with its secret.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct ProofKey {
    /// 32 random bytes.
    pub secret: Vec<u8>,
    /// The public key, as a Multikey.
    pub public_key: String,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PublicProofKey {
    /// The suite.
    #[sqlx(try_from = "sql::Text<ProofSuite>")]
    pub suite: ProofSuite,
    /// The key, as a Multikey.
    pub public_key: String,
}

/// Finds the key of a partner for a suite.
pub async fn find(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    suite: ProofSuite,
) -> sqlx::Result<Option<ProofKey>> {
    sql::query_as("SELECT secret, public_key FROM proof_keys WHERE partner_id = $1 AND suite = $2")
        .bind(partner_id)
        .bind(suite.as_str())
        .fetch_optional(tx)
        .await
}

/// Returns the public keys of a partner.
pub async fn public_of(tx: &mut ReadTx, partner_id: &PartnerId) -> sqlx::Result<Vec<PublicProofKey>> {
    sql::query_as("SELECT suite, public_key FROM proof_keys WHERE partner_id = $1 ORDER BY suite")
        .bind(partner_id)
        .fetch_all(tx)
        .await
}

/// Stores the key of a partner for a suite, unless there is one.
pub async fn insert_if_missing(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    suite: ProofSuite,
    key: &ProofKey,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO proof_keys (partner_id, suite, secret, public_key, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (partner_id, suite) DO NOTHING",
    )
    .bind(partner_id)
    .bind(suite.as_str())
    .bind(key.secret.as_slice())
    .bind(&key.public_key)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use air_api::sandbox::ProofSuite;
    use air_ids::{PartnerId, UnixTime};

    use super::{ProofKey, PublicProofKey};
    use crate::{Data, Store, sql};

    #[tokio::test]
    async fn the_first_key_of_a_suite_stays() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        sql::query("INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did, issuer_key, created_at)
             VALUES ('p', 'n', 'u', '[]', true, 'i', 'v', 'k', 0)")
            .execute(&mut tx)
            .await
            .unwrap();
        let partner: PartnerId = "p".parse().unwrap();
        let suite = ProofSuite::Bbs2023;
        assert!(super::find(&mut tx, &partner, suite).await.unwrap().is_none());
        for number in [1, 2] {
            let key = ProofKey {
                secret: vec![number; 32],
                public_key: format!("z{number}"),
            };
            super::insert_if_missing(&mut tx, &partner, suite, &key, UnixTime::from_secs(1))
                .await
                .unwrap();
        }
        let found = super::find(&mut tx, &partner, suite).await.unwrap().unwrap();
        assert_eq!(found.secret, [1; 32]);
        let public = super::public_of(&mut tx, &partner).await.unwrap();
        let public_key = "z1".to_owned();
        assert_eq!(public, [PublicProofKey { suite, public_key }]);
    }
}
