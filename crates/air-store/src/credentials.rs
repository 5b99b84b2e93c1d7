//! Issued credentials.

use air_ids::{CoreClaimHash, Curve, PartnerId, ProgramId, SchemaId, UnixTime, UserUuid, VcId};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// An issued credential.
#[derive(Clone, FromRow)]
pub struct Credential {
    /// The `coreClaimHash`, which is the primary key.
    pub core_claim_hash: CoreClaimHash,
    /// The credential's ID.
    pub vc_id: VcId,
    /// The program.
    pub program_id: ProgramId,
    /// The schema.
    pub schema_id: SchemaId,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The holder.
    pub user_uuid: UserUuid,
    /// The signed credential: an SD-JWT VC, or an mdoc in base64url.
    pub credential: String,
    /// The curve of the key.
    pub curve: Option<Curve>,
    /// The public half of its CAK, in hex; `None` without compliance encryption, or until the user accepts.
    pub cak_public_key: Option<String>,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// The end of its lifetime; `None` if it never expires.
    pub expires_at: Option<UnixTime>,
    /// When it was revoked; `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// The number of the issuer's status list; `None` if it has no entry in one.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub status_list: Option<u64>,
    /// The index of its entry.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub status_entry: Option<u64>,
}

/// Queues the insertion of a credential.
pub async fn insert(tx: &mut WriteTx, credential: &Credential) -> sqlx::Result<()> {
    sql::query("INSERT INTO credentials (core_claim_hash, vc_id, program_id, schema_id, partner_id, user_uuid, credential, curve,
             cak_public_key, issued_at, expires_at, revoked_at, status_list, status_entry)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
        .bind(&credential.core_claim_hash)
        .bind(&credential.vc_id)
        .bind(&credential.program_id)
        .bind(&credential.schema_id)
        .bind(&credential.partner_id)
        .bind(&credential.user_uuid)
        .bind(&credential.credential)
        .bind(credential.curve)
        .bind(&credential.cak_public_key)
        .bind(credential.issued_at)
        .bind(credential.expires_at)
        .bind(credential.revoked_at)
        .bind(credential.status_list)
        .bind(credential.status_entry)
        .enqueue(tx)
        .await
}

/// Finds a credential.
pub async fn find(tx: &mut ReadTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<Option<Credential>> {
    sql::query_as("SELECT * FROM credentials WHERE core_claim_hash = $1")
        .bind(core_claim_hash)
        .fetch_optional(tx)
        .await
}

/// Finds the credential of a schema in the holder's wallet. A valid credential takes precedence over a revoked one, then one of this wallet
/// over a copy for another wallet, and then the newest.
pub async fn find_held(
    tx: &mut ReadTx,
    user_uuid: &str,
    schema_id: &str,
) -> sqlx::Result<Option<Credential>> {
    sql::query_as(
        "SELECT * FROM credentials WHERE user_uuid = $1 AND schema_id = $2
             AND NOT EXISTS (SELECT 1 FROM wallet_deletions
                 WHERE wallet_deletions.core_claim_hash = credentials.core_claim_hash)
         ORDER BY revoked_at IS NOT NULL,
             (SELECT 1 FROM wallet_exports WHERE copy_hash = credentials.core_claim_hash) IS NOT NULL,
             issued_at DESC, rowid DESC LIMIT 1",
    )
    .bind(user_uuid)
    .bind(schema_id)
    .fetch_optional(tx)
    .await
}

/// Finds the newest credential of a program in the holder's wallet that is valid at `now`, and no copy for another wallet.
pub async fn find_of_program(
    tx: &mut ReadTx,
    user_uuid: &str,
    program_id: &str,
    now: UnixTime,
) -> sqlx::Result<Option<Credential>> {
    sql::query_as(
        "SELECT * FROM credentials WHERE user_uuid = $1 AND program_id = $2
             AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
             AND NOT EXISTS (SELECT 1 FROM wallet_deletions
                 WHERE wallet_deletions.core_claim_hash = credentials.core_claim_hash)
             AND (SELECT 1 FROM wallet_exports WHERE copy_hash = credentials.core_claim_hash) IS NULL
         ORDER BY issued_at DESC, rowid DESC LIMIT 1",
    )
    .bind(user_uuid)
    .bind(program_id)
    .bind(now)
    .fetch_optional(tx)
    .await
}

/// Finds the holder's newest credential of a schema from this partner that is valid at `now`, and no copy for another wallet.
pub async fn find_holding(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    user_uuid: &UserUuid,
    schema_id: &SchemaId,
    now: UnixTime,
) -> sqlx::Result<Option<Credential>> {
    sql::query_as(
        "SELECT * FROM credentials WHERE user_uuid = $1 AND schema_id = $2 AND partner_id = $3
             AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)
             AND (SELECT 1 FROM wallet_exports WHERE copy_hash = credentials.core_claim_hash) IS NULL
         ORDER BY issued_at DESC, rowid DESC LIMIT 1",
    )
    .bind(user_uuid)
    .bind(schema_id)
    .bind(partner_id)
    .bind(now)
    .fetch_optional(tx)
    .await
}

/// Revokes a credential that is not revoked yet.
pub async fn revoke(tx: &mut WriteTx, core_claim_hash: &CoreClaimHash, now: UnixTime) -> sqlx::Result<()> {
    sql::query("UPDATE credentials SET revoked_at = $1 WHERE core_claim_hash = $2 AND revoked_at IS NULL")
        .bind(now)
        .bind(core_claim_hash)
        .execute(tx)
        .await
        .map(drop)
}

/// Revokes the holder's credentials of a schema from this partner, and returns them.
pub async fn revoke_held(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    user_uuid: &UserUuid,
    schema_id: &SchemaId,
    now: UnixTime,
) -> sqlx::Result<Vec<CoreClaimHash>> {
    sql::query_scalar(
        "UPDATE credentials SET revoked_at = $1
         WHERE partner_id = $2 AND user_uuid = $3 AND schema_id = $4 AND revoked_at IS NULL RETURNING core_claim_hash",
    )
    .bind(now)
    .bind(partner_id)
    .bind(user_uuid)
    .bind(schema_id)
    .fetch_all(tx)
    .await
}

/// An expired credential.
#[derive(Clone, Debug, FromRow)]
pub struct Expired {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The credential's ID.
    pub vc_id: VcId,
    /// The issuer.
    pub partner_id: PartnerId,
    /// When it expired.
    pub expires_at: UnixTime,
}

/// Returns the earliest expiry that has not been reported yet.
pub async fn next_to_expire(tx: &mut ReadTx) -> sqlx::Result<Option<UnixTime>> {
    // Without a bound value: PostgreSQL can't estimate how many rows expire before it, and might read all of them.
    let next = sql::query_scalar::<Option<UnixTime>>(format!(
        "SELECT min(expires_at) FROM credentials WHERE {EXPIRES}"
    ));
    next.fetch_one(tx).await
}

/// Marks at most `limit` expired credentials as reported, in the order of their expiry, and returns them.
pub async fn take_expired(tx: &mut WriteTx, now: UnixTime, limit: u64) -> sqlx::Result<Vec<Expired>> {
    let mut expired: Vec<Expired> = sql::query_as(format!(
        "UPDATE credentials SET expiry_told_at = $1 WHERE core_claim_hash IN (
             SELECT core_claim_hash FROM credentials WHERE {EXPIRES} AND expires_at <= $1 ORDER BY expires_at LIMIT $2)
         RETURNING core_claim_hash, vc_id, partner_id, expires_at"
    ))
    .bind(now)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    expired.sort_unstable_by(|a, b| (a.expires_at, &a.vc_id).cmp(&(b.expires_at, &b.vc_id)));
    Ok(expired)
}

/// Selects credentials whose expiry is not reported and that were not revoked before it. An index contains only these.
const EXPIRES: &str =
    "expires_at IS NOT NULL AND expiry_told_at IS NULL AND (revoked_at IS NULL OR revoked_at >= expires_at)";

/// Counts all credentials, including revoked and expired ones.
pub async fn count(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT COUNT(*) FROM credentials")
        .fetch_one(tx)
        .await
}
