//! Credentials that their issuers signed and sealed to the holder.

use air_api::IsoTime;
use air_ids::{PartnerId, SchemaId, StorageId, UnixTime, UserUuid};
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    schema_index::Window,
    sql::{self, query_number},
};

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

/// A sealed credential with the names that its holder reads.
#[derive(Clone, FromRow)]
pub struct Envelope {
    /// The sealed credential.
    #[sqlx(flatten)]
    pub sealed: SealedCredential,
    /// The issuer's name.
    pub issuer_name: String,
    /// The schema, as JSON.
    pub form: String,
    /// The private key that the platform keeps for the holder and this issuer, as PKCS#8 DER.
    pub custodial_key: Option<Vec<u8>>,
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
         FROM sealed_credentials
         WHERE user_uuid = $1 AND partner_id = $2 AND storage_id = $3 AND deleted_at IS NULL",
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
         WHERE user_uuid = $1 AND partner_id = $2 AND deleted_at IS NULL
         ORDER BY created_at DESC, rowid DESC LIMIT $3",
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
        "SELECT storage_id FROM sealed_credentials
         WHERE user_uuid = $1 AND partner_id = $2 AND schema_id = $3 AND deleted_at IS NULL
         ORDER BY created_at DESC, rowid DESC LIMIT $4",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(schema_id)
    .bind(limit)
    .fetch_all(tx)
    .await
}

const ENVELOPES: &str = "SELECT storage_id, sealed_credentials.partner_id, external_id, fingerprint, sealed_credentials.user_uuid, \
    sealed_credentials.schema_id, proof_type, expires_at, data, iv, auth_tag, encrypted_key, sealed_credentials.created_at, \
    partners.name AS issuer_name, form, custodial_key \
    FROM sealed_credentials JOIN partners ON partners.partner_id = sealed_credentials.partner_id \
    JOIN schemas ON schemas.schema_id = sealed_credentials.schema_id \
    LEFT JOIN holder_keys ON holder_keys.user_uuid = sealed_credentials.user_uuid \
        AND holder_keys.partner_id = sealed_credentials.partner_id \
    WHERE sealed_credentials.user_uuid = $1 AND sealed_credentials.deleted_at IS NULL";

/// Returns the holder's credentials from all issuers, newest first.
pub async fn envelopes(tx: &mut ReadTx, user_uuid: &UserUuid, window: Window) -> sqlx::Result<Vec<Envelope>> {
    sql::query_as(format!(
        "{ENVELOPES} ORDER BY sealed_credentials.created_at DESC, sealed_credentials.rowid DESC LIMIT $2 OFFSET $3"
    ))
    .bind(user_uuid)
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Counts the holder's credentials from all issuers.
pub async fn count_envelopes(tx: &mut ReadTx, user_uuid: &UserUuid) -> sqlx::Result<u64> {
    query_number("SELECT count(*) FROM sealed_credentials WHERE user_uuid = $1 AND deleted_at IS NULL")
        .bind(user_uuid)
        .fetch_one(tx)
        .await
}

/// Finds a credential of this holder from any issuer.
pub async fn find_envelope(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    storage_id: &str,
) -> sqlx::Result<Option<Envelope>> {
    sql::query_as(format!("{ENVELOPES} AND storage_id = $2"))
        .bind(user_uuid)
        .bind(storage_id)
        .fetch_optional(tx)
        .await
}

/// Deletes a credential from its holder's wallet. Returns `false` if the wallet does not have it.
pub async fn delete(
    tx: &mut WriteTx,
    user_uuid: &UserUuid,
    storage_id: &str,
    now: UnixTime,
) -> sqlx::Result<bool> {
    let deleted = sql::query(
        "UPDATE sealed_credentials SET deleted_at = $3
         WHERE user_uuid = $1 AND storage_id = $2 AND deleted_at IS NULL",
    )
    .bind(user_uuid)
    .bind(storage_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Returns the newest credential of a schema from this issuer that the holder deleted.
pub async fn newest_deleted(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
    schema_id: &SchemaId,
) -> sqlx::Result<Option<Summary>> {
    sql::query_as(
        "SELECT storage_id, schema_id, proof_type, expires_at FROM sealed_credentials
         WHERE user_uuid = $1 AND partner_id = $2 AND schema_id = $3 AND deleted_at IS NOT NULL
         ORDER BY created_at DESC, rowid DESC LIMIT 1",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(schema_id)
    .fetch_optional(tx)
    .await
}

/// Returns a credential to its holder's wallet, if it was deleted from there.
pub async fn undelete(tx: &mut WriteTx, storage_id: &StorageId) -> sqlx::Result<()> {
    sql::query("UPDATE sealed_credentials SET deleted_at = NULL WHERE storage_id = $1")
        .bind(storage_id)
        .execute(tx)
        .await
        .map(drop)
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
        let window = Window { offset: 1, limit: 3 };
        let envelopes = envelopes(&mut tx, &user, window).await.unwrap();
        let listed: Vec<_> = envelopes
            .iter()
            .map(|one| one.sealed.storage_id.as_str())
            .collect();
        assert_eq!(listed, newest_first[1..4]);
        assert_eq!(count_envelopes(&mut tx, &user).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn a_deleted_envelope_is_the_issuers_alone_until_it_is_returned() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for row in [ISSUER, SCHEMA, HOLDER] {
            tx.run(row).await.unwrap();
        }
        for (storage_id, created_at) in [("a", 10), ("b", 20)] {
            insert(&mut tx, &sealed(storage_id, created_at)).await.unwrap();
        }
        let user: UserUuid = "u".parse().unwrap();
        let other: UserUuid = "v".parse().unwrap();
        let partner: PartnerId = "p".parse().unwrap();
        let schema: SchemaId = "s".parse().unwrap();
        let now = UnixTime::from_secs(30);
        assert!(!delete(&mut tx, &other, "b", now).await.unwrap());
        assert!(delete(&mut tx, &user, "b", now).await.unwrap());
        assert!(!delete(&mut tx, &user, "b", now).await.unwrap());

        let window = Window { offset: 0, limit: 9 };
        let ids = ids_of_schema(&mut tx, &user, &partner, &schema, 9).await.unwrap();
        assert_eq!(ids.iter().map(StorageId::as_str).collect::<Vec<_>>(), ["a"]);
        assert_eq!(of_holder(&mut tx, &user, &partner, 9).await.unwrap().len(), 1);
        assert_eq!(envelopes(&mut tx, &user, window).await.unwrap().len(), 1);
        assert_eq!(count_envelopes(&mut tx, &user).await.unwrap(), 1);
        assert!(find_envelope(&mut tx, &user, "b").await.unwrap().is_none());
        assert!(
            find_of_holder(&mut tx, &user, &partner, "b")
                .await
                .unwrap()
                .is_none()
        );
        let kept = find_by_external_id(&mut tx, &partner, "b").await.unwrap();
        assert!(kept.is_some(), "the issuer's record stays");

        let deleted = newest_deleted(&mut tx, &user, &partner, &schema).await.unwrap();
        undelete(&mut tx, &deleted.unwrap().storage_id).await.unwrap();
        assert_eq!(count_envelopes(&mut tx, &user).await.unwrap(), 2);
        let deleted = newest_deleted(&mut tx, &user, &partner, &schema).await.unwrap();
        assert!(deleted.is_none());
    }

    #[tokio::test]
    async fn an_envelope_has_its_issuers_name_and_the_key_that_the_platform_keeps() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for row in [ISSUER, SCHEMA, HOLDER] {
            tx.run(row).await.unwrap();
        }
        insert(&mut tx, &sealed("a", 10)).await.unwrap();
        let user: UserUuid = "u".parse().unwrap();
        let found = find_envelope(&mut tx, &user, "a").await.unwrap().unwrap();
        assert_eq!((found.issuer_name.as_str(), found.custodial_key), ("P", None));
        tx.run("INSERT INTO holder_keys (user_uuid, partner_id, public_key, custodial_key, changed_at) VALUES ('u', 'p', 'k', X'07', 1)")
            .await
            .unwrap();
        let found = find_envelope(&mut tx, &user, "a").await.unwrap().unwrap();
        assert_eq!(found.custodial_key, Some(vec![7]));
        let other: UserUuid = "v".parse().unwrap();
        assert!(find_envelope(&mut tx, &other, "a").await.unwrap().is_none());
        assert_eq!(count_envelopes(&mut tx, &other).await.unwrap(), 0);
    }
}
