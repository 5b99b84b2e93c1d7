//! Credentials that their issuers signed and sealed to the holder.

use air_api::IsoTime;
use air_ids::{PartnerId, SchemaId, StorageId, UnixTime, UserUuid};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A credential that its issuer signed, and sealed to the holder.
#[derive(Clone, FromRow)]
pub struct SealedCredential {
    /// The ID.
    pub storage_id: StorageId,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The issuer's own ID of the credential.
    pub external_id: String,
    /// The fingerprint of the request that stored it.
    pub fingerprint: Vec<u8>,
    /// The holder.
    pub user_uuid: UserUuid,
    /// The schema.
    pub schema_id: SchemaId,
    /// The type of the issuer's proof.
    pub proof_type: String,
    /// The end of its lifetime.
    #[sqlx(try_from = "sql::Text<IsoTime>")]
    pub expires_at: IsoTime,
    /// The ciphertext.
    pub data: Vec<u8>,
    /// The nonce of the ciphertext.
    pub iv: Vec<u8>,
    /// The authentication tag of the ciphertext.
    pub auth_tag: Vec<u8>,
    /// The key of the ciphertext, encrypted to the holder's key.
    pub encrypted_key: Vec<u8>,
    /// When it was stored.
    pub created_at: UnixTime,
}

/// The summary of a sealed credential, for lists.
#[derive(Clone, Debug, FromRow)]
pub struct Summary {
    /// The ID.
    pub storage_id: StorageId,
    /// The schema.
    pub schema_id: SchemaId,
    /// The type of the issuer's proof.
    pub proof_type: String,
    /// The end of its lifetime.
    #[sqlx(try_from = "sql::Text<IsoTime>")]
    pub expires_at: IsoTime,
}

/// Inserts a sealed credential.
pub async fn insert(tx: &mut WriteTx, stored: &SealedCredential) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO sealed_credentials (storage_id, partner_id, external_id, fingerprint, user_uuid, schema_id,
             proof_type, expires_at, data, iv, auth_tag, encrypted_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&stored.storage_id)
    .bind(&stored.partner_id)
    .bind(&stored.external_id)
    .bind(&stored.fingerprint)
    .bind(&stored.user_uuid)
    .bind(&stored.schema_id)
    .bind(&stored.proof_type)
    .bind(stored.expires_at.to_string())
    .bind(&stored.data)
    .bind(&stored.iv)
    .bind(&stored.auth_tag)
    .bind(&stored.encrypted_key)
    .bind(stored.created_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds a credential by the external ID under which an issuer stored it.
pub async fn find_by_external_id(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    external_id: &str,
) -> sqlx::Result<Option<SealedCredential>> {
    sql::query_as(
        "SELECT storage_id, partner_id, external_id, fingerprint, user_uuid, schema_id, proof_type, expires_at,
             data, iv, auth_tag, encrypted_key, created_at
         FROM sealed_credentials WHERE partner_id = $1 AND external_id = $2",
    )
    .bind(partner_id)
    .bind(external_id)
    .fetch_optional(tx)
    .await
}

/// Finds a credential of this holder from this issuer.
pub async fn find_of_holder(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
    storage_id: &str,
) -> sqlx::Result<Option<SealedCredential>> {
    sql::query_as(
        "SELECT storage_id, partner_id, external_id, fingerprint, user_uuid, schema_id, proof_type, expires_at,
             data, iv, auth_tag, encrypted_key, created_at
         FROM sealed_credentials WHERE user_uuid = $1 AND partner_id = $2 AND storage_id = $3",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(storage_id)
    .fetch_optional(tx)
    .await
}

/// Returns the holder's newest credentials from this issuer, newest first.
pub async fn of_holder(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
    limit: u64,
) -> sqlx::Result<Vec<Summary>> {
    sql::query_as(
        "SELECT storage_id, schema_id, proof_type, expires_at FROM sealed_credentials
         WHERE user_uuid = $1 AND partner_id = $2 ORDER BY created_at DESC, rowid DESC LIMIT $3",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Returns the IDs of the holder's newest credentials of a schema from this issuer, newest first.
pub async fn ids_of_schema(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
    schema_id: &SchemaId,
    limit: u64,
) -> sqlx::Result<Vec<StorageId>> {
    sql::query_scalar(
        "SELECT storage_id FROM sealed_credentials WHERE user_uuid = $1 AND partner_id = $2 AND schema_id = $3
         ORDER BY created_at DESC, rowid DESC LIMIT $4",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(schema_id)
    .bind(limit)
    .fetch_all(tx)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Data, Store};

    const ISSUER: &str = "INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did,
        issuer_key, created_at) VALUES ('p', 'P', 'u', '[]', TRUE, 'did:i', 'did:v', 'k', 1)";
    const SCHEMA: &str = r#"INSERT INTO schemas (schema_id, partner_id, form, created_at) VALUES ('s', 'p', '{"title":"S"}', 1)"#;
    const HOLDER: &str = "INSERT INTO users (user_uuid, email, holder_did, created_at) VALUES ('u', 'a@b.example', 'did:u', 1)";

    fn sealed(storage_id: &str, created_at: u64) -> SealedCredential {
        let created_at = UnixTime::from_secs(created_at);
        SealedCredential {
            storage_id: storage_id.parse().unwrap(),
            partner_id: "p".parse().unwrap(),
            external_id: storage_id.to_owned(),
            fingerprint: vec![1; 32],
            user_uuid: "u".parse().unwrap(),
            schema_id: "s".parse().unwrap(),
            proof_type: "SD_JWT_VC".to_owned(),
            expires_at: IsoTime::from_unix(created_at),
            data: vec![1],
            iv: vec![1; 12],
            auth_tag: vec![1; 16],
            encrypted_key: vec![1; 44],
            created_at,
        }
    }

    #[tokio::test]
    async fn the_last_of_one_second_is_the_newest() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for row in [ISSUER, SCHEMA, HOLDER] {
            tx.run(row).await.unwrap();
        }
        for (storage_id, created_at) in [("late", 20), ("c", 10), ("a", 10), ("d", 10), ("b", 10)] {
            insert(&mut tx, &sealed(storage_id, created_at)).await.unwrap();
        }
        let (user, partner, schema) = ("u".parse().unwrap(), "p".parse().unwrap(), "s".parse().unwrap());
        let ids = ids_of_schema(&mut tx, &user, &partner, &schema, 10)
            .await
            .unwrap();
        let newest_first = ["late", "b", "d", "a", "c"];
        assert_eq!(
            ids.iter().map(StorageId::as_str).collect::<Vec<_>>(),
            newest_first
        );
        let listed = of_holder(&mut tx, &user, &partner, 10).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|one| one.storage_id.as_str()).collect();
        assert_eq!(listed, newest_first);
    }
}
