//! The public halves of users' CAKs, and users' refusals of credentials on their behalf.

use air_ids::{Curve, EmailAddress, IssuerDid, PartnerId, SchemaId, UnixTime, UserUuid};
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    sql::{self, Named, PendingQuery},
};

/// The primary key of a CAK.
#[derive(Clone, Copy, Debug)]
pub struct CakId<'a> {
    /// The user.
    pub user_uuid: &'a UserUuid,
    /// The issuer.
    pub partner_id: &'a PartnerId,
    /// The schema.
    pub schema_id: &'a SchemaId,
    /// The curve of the key.
    pub curve: Curve,
}

/// The public half of a CAK.
#[derive(Clone, Debug, FromRow)]
pub struct Cak {
    /// The curve of the key.
    pub curve: Curve,
    /// The key in hex.
    pub public_key: String,
    /// When the user gave it.
    pub recorded_at: UnixTime,
}

/// Records a key, in place of an earlier one of the same context. `signature` is the wallet's
/// signature of the acceptance. A key without a signature does not replace one that has a
/// signature.
pub async fn record(
    tx: &mut WriteTx,
    context: CakId<'_>,
    public_key: &str,
    signature: Option<&str>,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO caks (user_uuid, partner_id, schema_id, curve, public_key, signature, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (user_uuid, partner_id, schema_id, curve) DO UPDATE SET public_key = excluded.public_key,
             signature = excluded.signature, recorded_at = excluded.recorded_at
         WHERE caks.signature IS NULL OR excluded.signature IS NOT NULL",
    )
    .bind(context.user_uuid)
    .bind(context.partner_id)
    .bind(context.schema_id)
    .bind(context.curve)
    .bind(public_key)
    .bind(signature)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds the key of a context.
pub async fn find(tx: &mut ReadTx, context: CakId<'_>) -> sqlx::Result<Option<Cak>> {
    sql::query_as(
        "SELECT curve, public_key, recorded_at FROM caks
         WHERE user_uuid = $1 AND partner_id = $2 AND schema_id = $3 AND curve = $4",
    )
    .bind(context.user_uuid)
    .bind(context.partner_id)
    .bind(context.schema_id)
    .bind(context.curve)
    .fetch_optional(tx)
    .await
}

/// Finds the newest key of a user, an issuer and a schema, on any curve.
pub async fn find_newest(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
    schema_id: &SchemaId,
) -> sqlx::Result<Option<Cak>> {
    sql::query_as(
        "SELECT curve, public_key, recorded_at FROM caks WHERE user_uuid = $1 AND partner_id = $2 AND schema_id = $3
         ORDER BY recorded_at DESC, curve DESC LIMIT 1",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(schema_id)
    .fetch_optional(tx)
    .await
}

/// Gives the key to the user's credentials of this issuer and schema that have none, if their
/// program has compliance encryption on.
pub async fn give_to_credentials(tx: &mut WriteTx, context: CakId<'_>, public_key: &str) -> sqlx::Result<()> {
    sql::query(
        "UPDATE credentials SET curve = $1, cak_public_key = $2
         WHERE user_uuid = $3 AND schema_id = $4 AND partner_id = $5 AND cak_public_key IS NULL
             AND program_id IN (SELECT program_id FROM programs WHERE partner_id = $5 AND cak)",
    )
    .bind(context.curve)
    .bind(public_key)
    .bind(context.user_uuid)
    .bind(context.schema_id)
    .bind(context.partner_id)
    .execute(tx)
    .await
    .map(drop)
}

/// Deletes the keys of a user's earlier wallet, so that later credentials don't get them. Existing
/// credentials keep theirs.
pub async fn forget(tx: &mut WriteTx, user_uuid: &UserUuid) -> sqlx::Result<()> {
    sql::query("DELETE FROM caks WHERE user_uuid = $1")
        .bind(user_uuid)
        .execute(tx)
        .await
        .map(drop)
}

/// A credential that was issued on behalf of a user who has not decided about its CAK.
#[derive(Clone, FromRow)]
pub struct UndecidedCredential {
    /// The issuer.
    pub partner_id: PartnerId,
    /// The issuer's name.
    pub partner_name: String,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// The schema.
    pub schema_id: SchemaId,
    /// The signed credential.
    pub credential: String,
}

/// Returns the valid credentials of a user whose program has compliance encryption on and that have
/// no CAK, without those of refused issuers, by issuer and oldest first. `partner_id` selects one
/// issuer.
pub async fn undecided(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: Option<&PartnerId>,
    now: UnixTime,
    limit: u64,
) -> sqlx::Result<Vec<UndecidedCredential>> {
    sql::query_as(
        "SELECT credentials.partner_id, partners.name AS partner_name, partners.issuer_did, credentials.schema_id, credential
         FROM credentials JOIN programs ON programs.program_id = credentials.program_id
         JOIN partners ON partners.partner_id = credentials.partner_id
         WHERE credentials.user_uuid = $1 AND cak AND cak_public_key IS NULL AND revoked_at IS NULL
             AND (expires_at IS NULL OR expires_at > $2) AND ($3 IS NULL OR credentials.partner_id = $3)
             AND NOT EXISTS (SELECT 1 FROM wallet_deletions
                 WHERE wallet_deletions.core_claim_hash = credentials.core_claim_hash)
             AND NOT EXISTS (SELECT 1 FROM on_behalf_refusals
                 WHERE on_behalf_refusals.user_uuid = $1 AND on_behalf_refusals.partner_id = credentials.partner_id)
         ORDER BY credentials.partner_id, issued_at LIMIT $4",
    )
    .bind(user_uuid)
    .bind(now)
    .bind(partner_id)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Deletes a user's refusal of a partner's credentials on the user's behalf, if there is one.
pub async fn allow(tx: &mut WriteTx, user_uuid: &UserUuid, partner_id: &PartnerId) -> sqlx::Result<()> {
    sql::query("DELETE FROM on_behalf_refusals WHERE user_uuid = $1 AND partner_id = $2")
        .bind(user_uuid)
        .bind(partner_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Records that a user refused a partner's credentials on the user's behalf. A repeated refusal
/// changes nothing.
pub async fn refuse(
    tx: &mut WriteTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO on_behalf_refusals (user_uuid, partner_id, refused_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_uuid, partner_id) DO NOTHING",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Checks whether a user refused a partner's credentials on the user's behalf.
pub async fn has_refused(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM on_behalf_refusals WHERE user_uuid = $1 AND partner_id = $2)",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .fetch_one(tx)
    .await
}

/// A refusal of a partner's credentials on a user's behalf.
#[derive(Debug, FromRow)]
pub struct OnBehalfRefusal {
    /// Whether there is one.
    pub has_refused: bool,
}

impl Named for OnBehalfRefusal {}

/// Queues the same query for the user of an address.
pub async fn ask_has_refused(
    tx: &mut ReadTx,
    email: &EmailAddress,
    partner_id: &PartnerId,
) -> sqlx::Result<PendingQuery<OnBehalfRefusal>> {
    sql::query_as(
        "SELECT EXISTS (SELECT 1 FROM on_behalf_refusals
             JOIN users ON users.user_uuid = on_behalf_refusals.user_uuid
             WHERE users.email = $1 AND on_behalf_refusals.partner_id = $2) AS has_refused",
    )
    .bind(email)
    .bind(partner_id)
    .query_later(tx)
    .await
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use sqlx::{
        ConnectOptions, Connection as _, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions,
    };

    use super::*;
    use crate::{Data, Store};

    /// The version before keys had a table.
    const BEFORE: i64 = 28;

    /// A data folder of that version: a user with two credentials of one schema, and a callback
    /// with two attempts.
    async fn folder_of_before(folder: &std::path::Path) {
        let all = sqlx::migrate!("./migrations/sqlite");
        let migrations = all
            .migrations
            .iter()
            .filter(|migration| migration.version <= BEFORE);
        let before = Migrator {
            migrations: Cow::Owned(migrations.cloned().collect()),
            ..Migrator::DEFAULT
        };
        let options = SqliteConnectOptions::new().filename(folder.join("platform.sqlite"));
        let mut connection = options.create_if_missing(true).connect().await.unwrap();
        before.run(&mut connection).await.unwrap();
        let rows = r#"
            INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did, issuer_key,
                created_at) VALUES ('p', 'P', 'u', '[]', TRUE, 'did:i', 'did:v', 'k', 1);
            INSERT INTO schemas (schema_id, partner_id, form, created_at) VALUES ('s', 'p', '{"title":"S"}', 1);
            INSERT INTO programs (program_id, partner_id, schema_id, cak, expiration, published, created_at)
                VALUES ('g', 'p', 's', TRUE, '90d', TRUE, 1);
            INSERT INTO users (user_uuid, email, holder_did, created_at) VALUES ('u', 'a@b.example', 'did:u', 1);
            INSERT INTO credentials (core_claim_hash, vc_id, program_id, schema_id, partner_id, user_uuid, credential, curve,
                cak_public_key, issued_at) VALUES
                ('1', '1', 'g', 's', 'p', 'u', 'c', 'secp256r1', 'old', 10), ('2', '2', 'g', 's', 'p', 'u', 'c', 'secp256r1', 'new', 20);
            INSERT INTO credentials (core_claim_hash, vc_id, program_id, schema_id, partner_id, user_uuid, credential, issued_at)
                VALUES ('3', '3', 'g', 's', 'p', 'u', 'on behalf', 30);
            INSERT INTO callbacks (record_id, issuer_id, verifier_id, user_uuid, schema_id, status, created_at, attempts, next_attempt_at)
                VALUES ('r', 'p', 'p', 'u', 's', 0, 5, 2, 9);
            INSERT INTO callback_attempts (record_id, number, at, http_status) VALUES ('r', 1, 6, 500), ('r', 2, 7, 503);"#;
        run(&mut connection, rows).await;
        connection.close().await.unwrap();
    }

    async fn run(connection: &mut SqliteConnection, statements: &'static str) {
        sqlx::raw_sql(statements).execute(connection).await.unwrap();
    }

    #[tokio::test]
    async fn a_data_folder_of_an_earlier_version_keeps_its_keys_and_callbacks() {
        let folder = tempfile::tempdir().unwrap();
        folder_of_before(folder.path()).await;
        let store = Store::open(&Data::Folder(folder.path().to_owned()))
            .await
            .unwrap();
        let mut tx = store.write().await.unwrap();
        let (user, partner, schema) = ("u".parse().unwrap(), "p".parse().unwrap(), "s".parse().unwrap());
        let key = find_newest(&mut tx, &user, &partner, &schema)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (key.public_key.as_str(), key.recorded_at),
            ("new", UnixTime::from_secs(20))
        );
        let undecided = undecided(&mut tx, &user, None, UnixTime::from_secs(40), 10)
            .await
            .unwrap();
        assert_eq!(undecided.len(), 1);
        assert_eq!(undecided[0].credential, "on behalf");
        let window = crate::schema_index::Window { offset: 0, limit: 10 };
        let records = crate::callbacks::of_issuer(&mut tx, &partner, window)
            .await
            .unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].event, crate::callbacks::RELEASED);
        assert_eq!(records[0].verifier_did.as_deref(), Some("did:v"));
        let attempts = crate::callbacks::attempts(&mut tx, &["r", "none"]).await.unwrap();
        assert_eq!((attempts.len(), attempts["r"].len()), (1, 2));
        let broken = sql::query_number("SELECT COUNT(*) FROM pragma_foreign_key_check()");
        assert_eq!(broken.fetch_one(&mut tx).await.unwrap(), 0);
        // An attempt still needs its record.
        let orphan =
            sql::query("INSERT INTO callback_attempts (record_id, number, at) VALUES ('none', 1, 1)");
        assert!(orphan.execute(&mut tx).await.is_err());
    }
}
