//! Presentation requests of OpenID4VP, with their results.

use std::fmt;

use air_api::WebUrl;
use air_ids::{PartnerId, UnixTime, VerificationProgramId};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, expiring::Expiring, sql};

const TABLE: Expiring = Expiring("presentation_requests");

/// A request to present a credential (OpenID4VP).
#[derive(Clone, FromRow)]
pub struct PresentationRequest {
    /// The ID.
    pub request_id: String,
    /// The verifier.
    pub partner_id: PartnerId,
    /// The verification program.
    pub program_id: VerificationProgramId,
    /// The accepted Credential Format Identifiers, separated by spaces: `dc+sd-jwt`, `mso_mdoc`.
    pub formats: String,
    /// The random bytes of which nonce and state are made.
    pub random: Vec<u8>,
    /// The key of this request alone, as a JWK; `None` for an unencrypted response and after the response.
    pub decryption_key: Option<String>,
    /// When it was created.
    pub created_at: UnixTime,
    /// The end of the request.
    pub expires_at: UnixTime,
    /// `presented` or `refused`; `None` without response.
    pub outcome: Option<String>,
    /// The result, as JSON.
    pub result: Option<String>,
    /// Where the wallet sends the browser after the response.
    #[sqlx(try_from = "sql::OptionalText<WebUrl>")]
    pub redirect_uri: Option<WebUrl>,
    /// The SHA-256 of the code that the browser brings there; `None` without response.
    pub response_code_hash: Option<Vec<u8>>,
    /// The transactions that the presentation authorises, as a JSON array of texts.
    pub transaction_data: Option<String>,
}

/// Shows the ID only: the rest is personal or secret.
impl fmt::Debug for PresentationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentationRequest")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Inserts a request.
pub async fn insert(tx: &mut WriteTx, request: &PresentationRequest) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO presentation_requests (request_id, partner_id, program_id, formats, random, decryption_key, created_at,
             expires_at, redirect_uri, transaction_data)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&request.request_id)
    .bind(&request.partner_id)
    .bind(&request.program_id)
    .bind(&request.formats)
    .bind(&request.random)
    .bind(request.decryption_key.as_deref())
    .bind(request.created_at)
    .bind(request.expires_at)
    .bind(request.redirect_uri.as_ref().map(WebUrl::as_str))
    .bind(request.transaction_data.as_deref())
    .execute(tx)
    .await
    .map(drop)
}

/// Counts a partner's requests that can still be answered, up to a limit.
pub async fn count_open(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    now: UnixTime,
    limit: u64,
) -> sqlx::Result<u64> {
    let is_open = "outcome IS NULL";
    TABLE.count_open(tx, is_open, partner_id, now, limit).await
}

/// Finds a partner's request by its ID.
pub async fn find(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    request_id: &str,
) -> sqlx::Result<Option<PresentationRequest>> {
    sql::query_as("SELECT * FROM presentation_requests WHERE request_id = $1 AND partner_id = $2")
        .bind(request_id)
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Finds a request of any partner by its ID.
pub async fn find_any(tx: &mut ReadTx, request_id: &str) -> sqlx::Result<Option<PresentationRequest>> {
    sql::query_as("SELECT * FROM presentation_requests WHERE request_id = $1")
        .bind(request_id)
        .fetch_optional(tx)
        .await
}

/// The outcome of a request.
#[derive(Clone, Copy)]
pub struct Outcome<'a> {
    /// `presented` or `refused`.
    pub name: &'a str,
    /// The result, as JSON.
    pub result: Option<&'a str>,
    /// The SHA-256 of the response code.
    pub response_code_hash: Option<&'a [u8]>,
}

/// Stores the outcome of a request that has none at `now`, and deletes its key. Returns `false` if
/// it has one, or has ended.
pub async fn finish(
    tx: &mut WriteTx,
    request_id: &str,
    outcome: Outcome<'_>,
    now: UnixTime,
) -> sqlx::Result<bool> {
    let done = sql::query(
        "UPDATE presentation_requests SET outcome = $1, result = $2, response_code_hash = $3, decryption_key = NULL
         WHERE request_id = $4 AND outcome IS NULL AND expires_at > $5",
    )
    .bind(outcome.name)
    .bind(outcome.result)
    .bind(outcome.response_code_hash)
    .bind(request_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Checks whether any request that has expired at `now` still has its key.
pub async fn any_expired_key(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM presentation_requests WHERE decryption_key IS NOT NULL AND expires_at <= $1)",
    )
    .bind(now)
    .fetch_one(tx)
    .await
}

/// Deletes the keys of the requests that have expired at `now`. Nothing can be sent to them any more.
pub async fn forget_expired_keys(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "UPDATE presentation_requests SET decryption_key = NULL WHERE decryption_key IS NOT NULL AND expires_at <= $1",
    )
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Checks whether any request expired before `then`.
pub async fn any_until(tx: &mut ReadTx, then: UnixTime) -> sqlx::Result<bool> {
    TABLE.any(tx, then).await
}

/// Deletes the requests that expired before `then`, with their results.
pub async fn forget_until(tx: &mut WriteTx, then: UnixTime) -> sqlx::Result<()> {
    TABLE.delete(tx, then).await
}
