//! Runs of verification programs, with the user's consent.

use air_ids::{
    CoreClaimHash, PartnerId, SchemaId, UnixTime, UserUuid, VerificationId, VerificationProgramId,
};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A run of a verification program.
#[derive(Clone, Debug, FromRow)]
pub struct Verification {
    /// The ID.
    pub verification_id: VerificationId,
    /// The program.
    pub program_id: VerificationProgramId,
    /// The verifier.
    pub partner_id: PartnerId,
    /// The user.
    pub user_uuid: UserUuid,
    /// `pending`, `agreed`, `denied` or `withdrawn`.
    pub consent: String,
    /// A JSON array of names, if the verifier requested other attributes than those of the conditions.
    pub disclosed: Option<String>,
}

/// The result of a run.
pub struct Decision<'a> {
    /// The state of the consent: `agreed` or `denied`.
    pub consent: &'a str,
    /// The result, such as `Compliant`; `None` if the user denied.
    pub status: Option<&'a str>,
    /// The `coreClaimHash` of the presented credential; `None` without one.
    pub core_claim_hash: Option<&'a CoreClaimHash>,
    /// The number of the credential's objects that are released.
    pub objects: u64,
}

/// Inserts a run.
pub async fn insert(tx: &mut WriteTx, verification: &Verification, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO verifications (verification_id, program_id, partner_id, user_uuid, consent, disclosed, started_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&verification.verification_id)
    .bind(&verification.program_id)
    .bind(&verification.partner_id)
    .bind(&verification.user_uuid)
    .bind(&verification.consent)
    .bind(verification.disclosed.as_deref())
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Finds a run.
pub async fn find(tx: &mut ReadTx, verification_id: &str) -> sqlx::Result<Option<Verification>> {
    sql::query_as(
        "SELECT verification_id, program_id, partner_id, user_uuid, consent, disclosed FROM verifications
         WHERE verification_id = $1",
    )
    .bind(verification_id)
    .fetch_optional(tx)
    .await
}

/// Records the result of a run.
pub async fn decide(
    tx: &mut WriteTx,
    verification_id: &str,
    decision: &Decision<'_>,
    now: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "UPDATE verifications SET consent = $1, status = $2, core_claim_hash = $3, decided_at = $4, objects = $5
         WHERE verification_id = $6",
    )
    .bind(decision.consent)
    .bind(decision.status)
    .bind(decision.core_claim_hash)
    .bind(now)
    .bind(decision.objects)
    .bind(verification_id)
    .execute(tx)
    .await
    .map(drop)
}

/// Withdraws the consent. The result of the run stays.
pub async fn withdraw(tx: &mut WriteTx, verification_id: &str) -> sqlx::Result<()> {
    sql::query(
        "UPDATE verifications SET consent = 'withdrawn' WHERE verification_id = $1 AND consent = 'agreed'",
    )
    .bind(verification_id)
    .execute(tx)
    .await
    .map(drop)
}

/// Checks whether the user's consent in a compliant verification permits this verifier to read the
/// object. The object must have been stored with the credential by then, and the program must
/// require the key.
pub async fn permits(tx: &mut ReadTx, partner_id: &str, storage_id: &str) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM verifications
         JOIN objects ON objects.core_claim_hash = verifications.core_claim_hash
         WHERE verifications.partner_id = $1 AND objects.storage_id = $2
             AND consent = 'agreed' AND status = 'Compliant'
             AND verifications.objects > (SELECT COUNT(*) FROM objects AS earlier
                 WHERE earlier.core_claim_hash = objects.core_claim_hash AND earlier.rowid < objects.rowid))",
    )
    .bind(partner_id)
    .bind(storage_id)
    .fetch_one(tx)
    .await
}

/// A verification that accepted a credential.
#[derive(Clone, Debug, FromRow)]
pub struct Accepted {
    /// The ID.
    pub verification_id: VerificationId,
    /// The program.
    pub program_id: VerificationProgramId,
    /// The verifier.
    pub partner_id: PartnerId,
    /// The user.
    pub user_uuid: UserUuid,
    /// The program's schema.
    pub schema_id: SchemaId,
    /// Whether the verifier wants a callback.
    pub is_subscribed: bool,
}

/// Returns the verifications that accepted this credential: for each verification program the
/// newest, if its consent still holds.
pub async fn accepted(tx: &mut ReadTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<Vec<Accepted>> {
    sql::query_as(
        "SELECT verification_id, program_id, newest.partner_id, user_uuid, schema_id,
             COALESCE(status_changes, FALSE) AS is_subscribed
         FROM (SELECT verifications.*, verification_programs.schema_id, ROW_NUMBER() OVER (
                   PARTITION BY verifications.program_id ORDER BY decided_at DESC, verification_id) AS place
               FROM verifications JOIN verification_programs USING (program_id)
               WHERE core_claim_hash = $1 AND status = 'Compliant' AND consent = 'agreed') AS newest
         LEFT JOIN issuer_callbacks ON issuer_callbacks.partner_id = newest.partner_id
         WHERE place = 1 ORDER BY verification_id",
    )
    .bind(core_claim_hash)
    .fetch_all(tx)
    .await
}

/// A verification with its result and the present state of the credential.
#[derive(Clone, Debug, FromRow)]
pub struct Outcome {
    /// The ID.
    pub verification_id: VerificationId,
    /// The program.
    pub program_id: VerificationProgramId,
    /// The state of the consent: `pending`, `agreed`, `denied` or `withdrawn`.
    pub consent: String,
    /// The result, such as `Compliant`; `None` before the decision.
    pub status: Option<String>,
    /// When the run was decided; `None` before.
    pub decided_at: Option<UnixTime>,
    /// Whether the platform has the credential, and therefore knows its status.
    pub is_known: bool,
    /// When the presented credential was revoked; `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// The end of its lifetime; `None` if it never expires.
    pub expires_at: Option<UnixTime>,
}

/// Finds a verification of this verifier.
pub async fn outcome(
    tx: &mut ReadTx,
    partner_id: &str,
    verification_id: &str,
) -> sqlx::Result<Option<Outcome>> {
    sql::query_as(
        "SELECT verification_id, verifications.program_id, consent, verifications.status, decided_at,
             verifications.core_claim_hash IS NOT NULL AS is_known, revoked_at, expires_at FROM verifications
         LEFT JOIN credentials ON credentials.core_claim_hash = verifications.core_claim_hash
         WHERE verifications.partner_id = $1 AND verification_id = $2",
    )
    .bind(partner_id)
    .bind(verification_id)
    .fetch_optional(tx)
    .await
}
