//! The signatures of credentials for predicate proofs, and the challenges to which their holders commit.

use air_ids::{CoreClaimHash, PartnerId, ProgramId, UnixTime, UserUuid};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A signature of a credential.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct SignedCredential {
    /// The SHA-256 of the challenge and of the holder's commitment.
    pub commitment_digest: Vec<u8>,
    /// The signature, with the revocation nonce.
    pub signature: Vec<u8>,
    /// The revocation nonce, which the issuer's tokens confirm.
    pub revocation_nonce: Vec<u8>,
}

/// Stores the digest of a credential's challenge instead of an earlier one, and deletes all challenges that have expired by `now`.
pub async fn put_challenge(
    tx: &mut WriteTx,
    core_claim_hash: &CoreClaimHash,
    digest: &[u8],
    expires_at: UnixTime,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query("DELETE FROM predicate_challenges WHERE expires_at <= $1 OR core_claim_hash = $2")
        .bind(now)
        .bind(core_claim_hash)
        .execute(tx)
        .await?;
    sql::query("INSERT INTO predicate_challenges (core_claim_hash, digest, expires_at) VALUES ($1, $2, $3)")
        .bind(core_claim_hash)
        .bind(digest)
        .bind(expires_at)
        .execute(tx)
        .await
        .map(drop)
}

/// Whether the credential has a challenge with this digest that has not expired by `now`.
pub async fn has_challenge(
    tx: &mut ReadTx,
    core_claim_hash: &CoreClaimHash,
    digest: &[u8],
    now: UnixTime,
) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM predicate_challenges WHERE core_claim_hash = $1 AND digest = $2 AND expires_at > $3)",
    )
    .bind(core_claim_hash)
    .bind(digest)
    .bind(now)
    .fetch_one(tx)
    .await
}

/// Deletes the challenge of a credential.
pub async fn delete_challenge(tx: &mut WriteTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<()> {
    sql::query("DELETE FROM predicate_challenges WHERE core_claim_hash = $1")
        .bind(core_claim_hash)
        .execute(tx)
        .await
        .map(drop)
}

/// Stores the signature of a credential.
pub async fn insert(
    tx: &mut WriteTx,
    core_claim_hash: &CoreClaimHash,
    signed: &SignedCredential,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO predicate_credentials (core_claim_hash, commitment_digest, signature, revocation_nonce, signed_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(core_claim_hash)
    .bind(signed.commitment_digest.as_slice())
    .bind(signed.signature.as_slice())
    .bind(signed.revocation_nonce.as_slice())
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds the signature of a credential.
pub async fn find(
    tx: &mut ReadTx,
    core_claim_hash: &CoreClaimHash,
) -> sqlx::Result<Option<SignedCredential>> {
    sql::query_as(
        "SELECT commitment_digest, signature, revocation_nonce FROM predicate_credentials WHERE core_claim_hash = $1",
    )
    .bind(core_claim_hash)
    .fetch_optional(tx)
    .await
}

/// A credential whose holder can get a token.
#[derive(Clone, FromRow)]
pub struct Confirmable {
    /// The credential.
    pub core_claim_hash: CoreClaimHash,
    /// Its `vcId`.
    pub vc_id: String,
    /// Its program.
    pub program_id: ProgramId,
    /// The scheme of the program, as JSON.
    pub document: String,
    /// The revocation nonce.
    pub revocation_nonce: Vec<u8>,
}

/// Returns the newest signed credentials of a user from this issuer that are in the wallet, and valid at `now`.
pub async fn confirmable(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
    now: UnixTime,
    limit: u64,
) -> sqlx::Result<Vec<Confirmable>> {
    sql::query_as(
        "SELECT credentials.core_claim_hash, credentials.vc_id, credentials.program_id, document, revocation_nonce
         FROM predicate_credentials
         JOIN credentials ON credentials.core_claim_hash = predicate_credentials.core_claim_hash
         JOIN predicate_schemes ON predicate_schemes.program_id = credentials.program_id
         WHERE credentials.user_uuid = $1 AND credentials.partner_id = $2 AND credentials.revoked_at IS NULL
             AND (credentials.expires_at IS NULL OR credentials.expires_at > $3)
             AND NOT EXISTS (SELECT 1 FROM wallet_deletions
                 WHERE wallet_deletions.core_claim_hash = credentials.core_claim_hash)
         ORDER BY credentials.issued_at DESC, credentials.core_claim_hash LIMIT $4",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(now)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Returns the newest credential of a program in a user's wallet that is valid at `now`, and no copy.
pub async fn newest_valid(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    program_id: &ProgramId,
    now: UnixTime,
) -> sqlx::Result<Option<CoreClaimHash>> {
    sql::query_scalar(
        "SELECT credentials.core_claim_hash FROM credentials
         WHERE credentials.user_uuid = $1 AND credentials.program_id = $2 AND credentials.revoked_at IS NULL
             AND (credentials.expires_at IS NULL OR credentials.expires_at > $3)
             AND NOT EXISTS (SELECT 1 FROM wallet_deletions
                 WHERE wallet_deletions.core_claim_hash = credentials.core_claim_hash)
             AND NOT EXISTS (SELECT 1 FROM wallet_exports
                 WHERE wallet_exports.copy_hash = credentials.core_claim_hash)
         ORDER BY credentials.issued_at DESC, credentials.core_claim_hash LIMIT 1",
    )
    .bind(user_uuid)
    .bind(program_id)
    .bind(now)
    .fetch_optional(tx)
    .await
}

/// The state of a user's credential, without its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct HeldState {
    /// When it was revoked; `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// The end of its lifetime; `None` if it never expires.
    pub expires_at: Option<UnixTime>,
    /// Whether it is signed for predicate proofs.
    pub is_signed: bool,
}

/// Returns the state of the newest credential of a program in a user's wallet; a credential that is not revoked takes precedence.
pub async fn held_state(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    program_id: &ProgramId,
) -> sqlx::Result<Option<HeldState>> {
    sql::query_as(
        "SELECT revoked_at, expires_at, predicate_credentials.core_claim_hash IS NOT NULL AS is_signed FROM credentials
         LEFT JOIN predicate_credentials ON predicate_credentials.core_claim_hash = credentials.core_claim_hash
         WHERE credentials.user_uuid = $1 AND credentials.program_id = $2
             AND NOT EXISTS (SELECT 1 FROM wallet_deletions
                 WHERE wallet_deletions.core_claim_hash = credentials.core_claim_hash)
             AND NOT EXISTS (SELECT 1 FROM wallet_exports
                 WHERE wallet_exports.copy_hash = credentials.core_claim_hash)
         ORDER BY revoked_at IS NOT NULL, issued_at DESC, credentials.core_claim_hash LIMIT 1",
    )
    .bind(user_uuid)
    .bind(program_id)
    .fetch_optional(tx)
    .await
}
