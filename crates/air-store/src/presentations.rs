//! Credentials that wallets presented to verifiers by OpenID4VP, for their holders: names of
//! claims, and no values.

use air_ids::{CoreClaimHash, PartnerId, UnixTime, UserUuid, VerificationProgramId};

use super::{WriteTx, sql};

/// A presented credential.
#[derive(Clone, Copy, Debug)]
pub struct Presentation<'a> {
    /// The ID of the presentation.
    pub presentation_id: &'a str,
    /// The presentation request.
    pub request_id: &'a str,
    /// The verifier.
    pub partner_id: &'a PartnerId,
    /// The verification program.
    pub program_id: &'a VerificationProgramId,
    /// The holder.
    pub user_uuid: &'a UserUuid,
    /// The `coreClaimHash` of the presented credential.
    pub core_claim_hash: &'a CoreClaimHash,
    /// The names of the disclosed claims, as a JSON array.
    pub disclosed: &'a str,
    /// The result.
    pub status: &'a str,
    /// When it was presented.
    pub presented_at: UnixTime,
}

/// Records a presentation.
pub async fn insert(tx: &mut WriteTx, presentation: &Presentation<'_>) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO presentations (presentation_id, request_id, partner_id, program_id, user_uuid, core_claim_hash, disclosed,
             status, presented_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(presentation.presentation_id)
    .bind(presentation.request_id)
    .bind(presentation.partner_id)
    .bind(presentation.program_id)
    .bind(presentation.user_uuid)
    .bind(presentation.core_claim_hash)
    .bind(presentation.disclosed)
    .bind(presentation.status)
    .bind(presentation.presented_at)
    .execute(tx)
    .await
    .map(drop)
}
