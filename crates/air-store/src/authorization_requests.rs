//! Pushed authorization requests of OpenID4VCI, from the request to the redeemed code.

use std::fmt;

use air_api::sandbox::CredentialFormat;
use air_ids::{EmailAddress, PartnerId, ProgramId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, expiring::Expiring, sql};

const TABLE: Expiring = Expiring("authorization_requests");

/// A request, and the state of its code.
#[derive(Clone, FromRow)]
pub struct AuthorizationRequest {
    /// The ID.
    pub request_id: String,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The program.
    pub program_id: ProgramId,
    /// The format of the credential.
    #[sqlx(try_from = "String")]
    pub format: CredentialFormat,
    /// The wallet's client ID.
    pub client_id: String,
    /// The parameters of the request.
    pub form: String,
    /// The SHA-256 of the `request_uri`.
    pub request_digest: Vec<u8>,
    /// The offer of the request's `issuer_state`, or the one that was made when the user agreed.
    pub offer_id: Option<String>,
    /// The time at which the wallet pushed it.
    pub created_at: UnixTime,
    /// The time until which the row is kept.
    pub expires_at: UnixTime,
    /// The time at which the user's browser arrived first.
    pub begun_at: Option<UnixTime>,
    /// When the user agreed or refused; `None` before.
    pub decided_at: Option<UnixTime>,
    /// The address of the user who agreed.
    #[sqlx(try_from = "sql::OptionalText<EmailAddress>")]
    pub email: Option<EmailAddress>,
    /// The digest of the code, if the user agreed.
    pub code_digest: Option<Vec<u8>>,
    /// When the code was exchanged for a token; `None` before.
    pub redeemed_at: Option<UnixTime>,
    /// Whether the code was exchanged for tokens: those that the offer has.
    pub has_tokens: bool,
}

/// Shows the ID only: the rest is personal or secret.
impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// The agreement of a user.
#[derive(Clone, Copy)]
pub struct Agreement<'a> {
    /// The address of the user who agreed.
    pub email: &'a str,
    /// The offer whose credential the wallet gets.
    pub offer_id: &'a str,
    /// The SHA-256 of the authorization code.
    pub code_digest: &'a [u8; 32],
}

/// Shows nothing of the user.
impl fmt::Debug for Agreement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreement")
            .field("offer_id", &self.offer_id)
            .finish_non_exhaustive()
    }
}

/// Inserts a pushed request.
pub async fn insert(tx: &mut WriteTx, request: &AuthorizationRequest) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO authorization_requests (request_id, partner_id, program_id, format, client_id, form, request_digest,
             offer_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&request.request_id)
    .bind(&request.partner_id)
    .bind(&request.program_id)
    .bind(request.format.as_str())
    .bind(&request.client_id)
    .bind(&request.form)
    .bind(&request.request_digest)
    .bind(request.offer_id.as_deref())
    .bind(request.created_at)
    .bind(request.expires_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Counts a partner's requests that no user has decided about, up to a limit.
pub async fn count_open(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    now: UnixTime,
    limit: u64,
) -> sqlx::Result<u64> {
    TABLE
        .count_open(tx, "decided_at IS NULL", partner_id, now, limit)
        .await
}

/// Finds a request of a partner by the digest of its request URI.
pub async fn find(
    tx: &mut ReadTx,
    partner_id: &str,
    digest: &[u8; 32],
) -> sqlx::Result<Option<AuthorizationRequest>> {
    sql::query_as("SELECT * FROM authorization_requests WHERE request_digest = $1 AND partner_id = $2")
        .bind(digest.as_slice())
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Finds a request of a partner by the digest of its code.
pub async fn find_by_code(
    tx: &mut ReadTx,
    partner_id: &str,
    digest: &[u8; 32],
) -> sqlx::Result<Option<AuthorizationRequest>> {
    sql::query_as("SELECT * FROM authorization_requests WHERE code_digest = $1 AND partner_id = $2")
        .bind(digest.as_slice())
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Records that the user's browser arrived at `now`, unless it did before. The row is kept until
/// `expires_at`.
pub async fn begin(
    tx: &mut WriteTx,
    request_id: &str,
    now: UnixTime,
    expires_at: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "UPDATE authorization_requests SET begun_at = $1, expires_at = $2 WHERE request_id = $3 AND begun_at IS NULL",
    )
    .bind(now)
    .bind(expires_at)
    .bind(request_id)
    .execute(tx)
    .await
    .map(drop)
}

/// Records the user's decision: an agreement, or a refusal. Returns `false` if there is one already.
pub async fn decide(
    tx: &mut WriteTx,
    request_id: &str,
    agreement: Option<Agreement<'_>>,
    now: UnixTime,
    expires_at: UnixTime,
) -> sqlx::Result<bool> {
    let done = sql::query(
        "UPDATE authorization_requests SET decided_at = $1, expires_at = $2, email = $3, offer_id = $4, code_digest = $5
         WHERE request_id = $6 AND decided_at IS NULL",
    )
    .bind(now)
    .bind(expires_at)
    .bind(agreement.map(|agreement| agreement.email))
    .bind(agreement.map(|agreement| agreement.offer_id))
    .bind(agreement.map(|agreement| agreement.code_digest.as_slice()))
    .bind(request_id)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks the code of a request as redeemed. Returns `false` if it was redeemed before.
pub async fn redeem(tx: &mut WriteTx, request_id: &str, now: UnixTime) -> sqlx::Result<bool> {
    let done = sql::query(
        "UPDATE authorization_requests SET redeemed_at = $1 WHERE request_id = $2 AND redeemed_at IS NULL",
    )
    .bind(now)
    .bind(request_id)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records that the code of a request was exchanged for tokens.
pub async fn record_tokens(tx: &mut WriteTx, request_id: &str) -> sqlx::Result<()> {
    sql::query("UPDATE authorization_requests SET has_tokens = TRUE WHERE request_id = $1")
        .bind(request_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether any row is kept no longer than `now`.
pub async fn any_expired(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    TABLE.any(tx, now).await
}

/// Deletes the rows that are kept no longer than `now`.
pub async fn forget_expired(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    TABLE.delete(tx, now).await
}
