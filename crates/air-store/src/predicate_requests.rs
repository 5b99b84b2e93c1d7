//! The open requests of runs for predicate proofs.

use air_ids::{PartnerId, UnixTime, UserUuid, VerificationId};
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    sql::{self, query_number},
};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PredicateRequest {
    /// The request, as JSON.
    pub request: String,
    /// The end of its lifetime.
    pub expires_at: UnixTime,
}

/// Stores the request of a run instead of an earlier one.
pub async fn put(
    tx: &mut WriteTx,
    verification_id: &VerificationId,
    request: &PredicateRequest,
) -> sqlx::Result<()> {
    delete(tx, verification_id).await?;
    sql::query("INSERT INTO predicate_requests (verification_id, request, expires_at) VALUES ($1, $2, $3)")
        .bind(verification_id)
        .bind(&request.request)
        .bind(request.expires_at)
        .execute(tx)
        .await
        .map(drop)
}

/// Finds the request of a run.
pub async fn find(
    tx: &mut ReadTx,
    verification_id: &VerificationId,
) -> sqlx::Result<Option<PredicateRequest>> {
    sql::query_as("SELECT request, expires_at FROM predicate_requests WHERE verification_id = $1")
        .bind(verification_id)
        .fetch_optional(tx)
        .await
}

/// Deletes the request of a run.
pub async fn delete(tx: &mut WriteTx, verification_id: &VerificationId) -> sqlx::Result<()> {
    sql::query("DELETE FROM predicate_requests WHERE verification_id = $1")
        .bind(verification_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Counts the runs of a verifier with a user for predicate proofs that began after `since`.
pub async fn count_runs(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    user_uuid: &UserUuid,
    since: UnixTime,
) -> sqlx::Result<u64> {
    query_number(
        "SELECT count(*) FROM verifications
         JOIN verification_programs ON verification_programs.program_id = verifications.program_id
         WHERE verifications.user_uuid = $1 AND verifications.partner_id = $2 AND started_at > $3
             AND predicate_proofs_of IS NOT NULL",
    )
    .bind(user_uuid)
    .bind(partner_id)
    .bind(since)
    .fetch_one(tx)
    .await
}
