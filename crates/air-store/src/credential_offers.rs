//! Credential offers of OpenID4VCI, with the access tokens for which their codes were exchanged.

use std::fmt;

use air_api::sandbox::CredentialFormat;
use air_ids::{CoreClaimHash, EmailAddress, PartnerId, ProgramId, UnixTime};
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    expiring::Expiring,
    refresh_tokens,
    sql::{self, Dialect, Named, PendingQuery},
};

const TABLE: Expiring = Expiring("credential_offers");
/// The condition of an offer that counts as open. With `token_digest`, SQLite would read the open offers of all partners.
const IS_OPEN: &str = "token_expires_at IS NULL AND attempts_left > 0 AND copied_from IS NULL";

/// An offer, and the state of its code and token.
#[derive(Clone, FromRow)]
pub struct Offer {
    /// The ID.
    pub offer_id: String,
    /// The issuer.
    pub partner_id: PartnerId,
    /// The program.
    pub program_id: ProgramId,
    /// The format of the credential.
    #[sqlx(try_from = "String")]
    pub format: CredentialFormat,
    /// The address of the user who gets the credential.
    #[sqlx(try_from = "sql::Text<EmailAddress>")]
    pub email: EmailAddress,
    /// The claims, as JSON.
    pub subject: String,
    /// Whether the holder's earlier credentials of the schema are revoked.
    pub replaces: bool,
    /// The SHA-256 of the reference in the offer's URL.
    pub reference_digest: Vec<u8>,
    /// The SHA-256 of the pre-authorized code, or of the `issuer_state`.
    pub code_digest: Vec<u8>,
    /// The digest of the transaction code, if the offer has one.
    pub tx_code_digest: Option<Vec<u8>>,
    /// The number of transaction codes that may still be tried.
    #[sqlx(try_from = "sql::Unsigned")]
    pub attempts_left: u64,
    /// When it was created.
    pub created_at: UnixTime,
    /// The end of the offer.
    pub expires_at: UnixTime,
    /// The SHA-256 of the access token; `None` until the code is exchanged.
    pub token_digest: Option<Vec<u8>>,
    /// The end of the access token.
    pub token_expires_at: Option<UnixTime>,
    /// The thumbprint of the key that the token is bound to.
    pub jkt: Option<String>,
    /// The number of credential responses.
    #[sqlx(try_from = "sql::Unsigned")]
    pub responses: u64,
    /// The number of credentials.
    #[sqlx(try_from = "sql::Unsigned")]
    pub issued: u64,
    /// The last event that the wallet reported.
    pub notification: Option<String>,
    /// Whether the user signs in and agrees, so that the code is an `issuer_state`.
    pub needs_sign_in: bool,
    /// Whether the token response named the credential by an identifier.
    pub has_identifiers: bool,
    /// The client that redeemed the code; absent for an anonymous one.
    pub client_id: Option<String>,
    /// How long the credentials are deferred, in seconds. They are issued immediately if it is absent.
    #[sqlx(try_from = "sql::OptionalUnsigned")]
    pub defers_for: Option<u64>,
    /// The credential that the offer copies, for another wallet of its holder.
    pub copied_from: Option<CoreClaimHash>,
}

impl Named for Offer {}

/// Shows the ID only: the rest is personal or secret.
impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offer")
            .field("offer_id", &self.offer_id)
            .finish_non_exhaustive()
    }
}

/// Inserts an offer.
pub async fn insert(tx: &mut WriteTx, offer: &Offer) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO credential_offers (offer_id, partner_id, program_id, format, email, subject, replaces, reference_digest,
             code_digest, tx_code_digest, attempts_left, created_at, expires_at, needs_sign_in, defers_for,
             copied_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(&offer.offer_id)
    .bind(&offer.partner_id)
    .bind(&offer.program_id)
    .bind(offer.format.as_str())
    .bind(&offer.email)
    .bind(&offer.subject)
    .bind(offer.replaces)
    .bind(&offer.reference_digest)
    .bind(&offer.code_digest)
    .bind(offer.tx_code_digest.as_deref())
    .bind(offer.attempts_left)
    .bind(offer.created_at)
    .bind(offer.expires_at)
    .bind(offer.needs_sign_in)
    .bind(offer.defers_for)
    .bind(offer.copied_from.as_ref())
    .execute(tx)
    .await
    .map(drop)
}

/// Counts a partner's offers whose code can still be exchanged, up to a limit. Copies that holders offer are
/// not counted.
pub async fn count_open(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    now: UnixTime,
    limit: u64,
) -> sqlx::Result<u64> {
    TABLE.count_open(tx, IS_OPEN, partner_id, now, limit).await
}

/// The statement of [`count_open`].
#[cfg(test)]
pub(super) fn open_counted() -> String {
    TABLE.open_counted(IS_OPEN)
}

/// Finds an offer by its ID.
pub async fn find(tx: &mut ReadTx, offer_id: &str) -> sqlx::Result<Option<Offer>> {
    sql::query_as("SELECT * FROM credential_offers WHERE offer_id = $1")
        .bind(offer_id)
        .fetch_optional(tx)
        .await
}

/// An offer, and what decides whether its token may receive credentials.
#[derive(Debug, FromRow)]
pub struct OfferState {
    /// The offer.
    #[sqlx(flatten)]
    pub offer: Offer,
    /// Whether a credential that a wallet received under it was revoked.
    pub has_revoked: bool,
    /// The number of keys whose credentials are deferred.
    #[sqlx(try_from = "sql::Unsigned")]
    pub deferred_keys: u64,
}

impl Named for OfferState {}

/// Finds an offer and its state by its ID.
pub async fn find_state(tx: &mut ReadTx, offer_id: &str) -> sqlx::Result<Option<OfferState>> {
    let pending = ask_state(tx, offer_id).await?;
    pending.take_row(tx).await
}

/// Queues the query for an offer and its state. PostgreSQL executes it immediately: other queries of the transaction
/// have columns of the same names.
pub async fn ask_state(tx: &mut ReadTx, offer_id: &str) -> sqlx::Result<PendingQuery<OfferState>> {
    let pending = sql::query_as(
        "SELECT credential_offers.*,
             EXISTS (SELECT 1 FROM offer_credentials
                 JOIN credentials ON credentials.core_claim_hash = offer_credentials.core_claim_hash
                 WHERE offer_credentials.offer_id = $1 AND revoked_at IS NOT NULL) AS has_revoked,
             (SELECT CAST(COALESCE(SUM(key_count), 0) AS BIGINT) FROM deferred_issuances
                 WHERE deferred_issuances.offer_id = $1) AS deferred_keys
         FROM credential_offers WHERE offer_id = $1",
    )
    .bind(offer_id)
    .query_later(tx)
    .await?;
    if tx.dialect() == Dialect::Postgres {
        tx.flush().await?;
    }
    Ok(pending)
}

/// Finds an offer of a partner by the digest of its reference.
pub async fn find_by_reference(
    tx: &mut ReadTx,
    partner_id: &str,
    digest: &[u8; 32],
) -> sqlx::Result<Option<Offer>> {
    sql::query_as("SELECT * FROM credential_offers WHERE reference_digest = $1 AND partner_id = $2")
        .bind(digest.as_slice())
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Finds an offer of a partner by the digest of its code.
pub async fn find_by_code(
    tx: &mut ReadTx,
    partner_id: &str,
    digest: &[u8; 32],
) -> sqlx::Result<Option<Offer>> {
    by_code(partner_id, digest).fetch_optional(tx).await
}

/// Queues the query of [`find_by_code`].
pub async fn query_by_code_later(
    tx: &mut ReadTx,
    partner_id: &str,
    digest: &[u8; 32],
) -> sqlx::Result<PendingQuery<Offer>> {
    by_code(partner_id, digest).query_later(tx).await
}

fn by_code<'q>(partner_id: &'q str, digest: &'q [u8; 32]) -> sql::QueryAs<'q, Offer> {
    sql::query_as("SELECT * FROM credential_offers WHERE code_digest = $1 AND partner_id = $2")
        .bind(digest.as_slice())
        .bind(partner_id)
}

/// Finds an offer of a partner by the digest of its access token, if the token is valid at `now`.
pub async fn find_by_token(
    tx: &mut ReadTx,
    partner_id: &str,
    digest: &[u8; 32],
    now: UnixTime,
) -> sqlx::Result<Option<Offer>> {
    sql::query_as(
        "SELECT * FROM credential_offers WHERE token_digest = $1 AND partner_id = $2 AND token_expires_at > $3",
    )
    .bind(digest.as_slice())
    .bind(partner_id)
    .bind(now)
    .fetch_optional(tx)
    .await
}

/// Counts a wrong transaction code.
pub async fn count_attempt(tx: &mut WriteTx, offer_id: &str) -> sqlx::Result<()> {
    sql::query(
        "UPDATE credential_offers SET attempts_left = attempts_left - 1
         WHERE offer_id = $1 AND attempts_left > 0",
    )
    .bind(offer_id)
    .execute(tx)
    .await
    .map(drop)
}

/// A new access token.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    /// The SHA-256 of the token.
    pub digest: &'a [u8; 32],
    /// The end of its lifetime.
    pub expires_at: UnixTime,
    /// The thumbprint of the key that it is bound to.
    pub jkt: Option<&'a str>,
    /// The client; absent for an anonymous one.
    pub client_id: Option<&'a str>,
}

/// Shows no digest.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Exchanges the code of an offer for a token. Returns `false` if it was exchanged before.
pub async fn redeem(tx: &mut WriteTx, offer_id: &str, token: Token<'_>) -> sqlx::Result<bool> {
    let done = redemption(offer_id, token).execute(tx).await?;
    Ok(done.rows_affected() == 1)
}

/// Queues the exchange of the code of an offer for a token. The transaction must have read that the code was not exchanged.
pub async fn redeem_unredeemed(tx: &mut WriteTx, offer_id: &str, token: Token<'_>) -> sqlx::Result<()> {
    redemption(offer_id, token).enqueue(tx).await
}

fn redemption<'q>(offer_id: &'q str, token: Token<'q>) -> sql::Query<'q> {
    sql::query(
        "UPDATE credential_offers SET token_digest = $1, token_expires_at = $2, jkt = $3, client_id = $4
         WHERE offer_id = $5 AND token_digest IS NULL",
    )
    .bind(token.digest.as_slice())
    .bind(token.expires_at)
    .bind(token.jkt)
    .bind(token.client_id)
    .bind(offer_id)
}

/// Replaces the access token of an offer, which stays bound to its key.
pub async fn renew(
    tx: &mut WriteTx,
    offer_id: &str,
    digest: &[u8; 32],
    expires_at: UnixTime,
) -> sqlx::Result<()> {
    sql::query(
        "UPDATE credential_offers SET token_digest = $1, token_expires_at = $2
         WHERE offer_id = $3 AND token_digest IS NOT NULL",
    )
    .bind(digest.as_slice())
    .bind(expires_at)
    .bind(offer_id)
    .execute(tx)
    .await
    .map(drop)
}

/// The user who agreed, and the form of the token response.
#[derive(Clone, Copy)]
pub struct Assignment<'a> {
    /// The address of the user.
    pub email: &'a str,
    /// Whether the token response names the credential by an identifier.
    pub has_identifiers: bool,
}

/// Shows no address.
impl fmt::Debug for Assignment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment")
            .field("has_identifiers", &self.has_identifiers)
            .finish_non_exhaustive()
    }
}

/// Assigns an offer to the user who agreed.
pub async fn assign(tx: &mut WriteTx, offer_id: &str, assignment: Assignment<'_>) -> sqlx::Result<()> {
    sql::query("UPDATE credential_offers SET email = $1, has_identifiers = $2 WHERE offer_id = $3")
        .bind(assignment.email)
        .bind(assignment.has_identifiers)
        .bind(offer_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Ends the access token of an offer, if it has one that is valid after `now`.
pub async fn end_token(tx: &mut WriteTx, offer_id: &str, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "UPDATE credential_offers SET token_expires_at = $1 WHERE offer_id = $2 AND token_expires_at > $1",
    )
    .bind(now)
    .bind(offer_id)
    .execute(tx)
    .await
    .map(drop)
}

/// Counts responses with `credentials` credentials in all.
pub async fn count_responses(
    tx: &mut WriteTx,
    offer_id: &str,
    responses: u64,
    credentials: u64,
) -> sqlx::Result<()> {
    sql::query(
        "UPDATE credential_offers SET responses = responses + $1, issued = issued + $2 WHERE offer_id = $3",
    )
    .bind(responses)
    .bind(credentials)
    .bind(offer_id)
    .enqueue(tx)
    .await
}

/// Records a credential that a wallet received under an offer.
pub async fn record_credential(
    tx: &mut WriteTx,
    offer_id: &str,
    core_claim_hash: &CoreClaimHash,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO offer_credentials (core_claim_hash, offer_id) VALUES ($1, $2)")
        .bind(core_claim_hash)
        .bind(offer_id)
        .enqueue(tx)
        .await
}

/// Ends the refresh tokens of the offer under which a wallet received a credential, if it is one.
pub async fn end_refresh_tokens_of(tx: &mut WriteTx, core_claim_hash: &CoreClaimHash) -> sqlx::Result<()> {
    let offer_id: Option<String> =
        sql::query_scalar("SELECT offer_id FROM offer_credentials WHERE core_claim_hash = $1")
            .bind(core_claim_hash)
            .fetch_optional(tx)
            .await?;
    match offer_id {
        Some(offer_id) => refresh_tokens::end_family(tx, &offer_id).await,
        None => Ok(()),
    }
}

/// Records the event that the wallet reported.
pub async fn notify(tx: &mut WriteTx, offer_id: &str, event: &str) -> sqlx::Result<()> {
    sql::query("UPDATE credential_offers SET notification = $1 WHERE offer_id = $2")
        .bind(event)
        .bind(offer_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether any offer expired before `then`.
pub async fn any_until(tx: &mut ReadTx, then: UnixTime) -> sqlx::Result<bool> {
    TABLE.any(tx, then).await
}

/// Deletes the offers that expired before `then`.
pub async fn forget_until(tx: &mut WriteTx, then: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "DELETE FROM offer_credentials WHERE offer_id IN (SELECT offer_id FROM credential_offers WHERE expires_at <= $1)",
    )
    .bind(then)
    .execute(tx)
    .await?;
    TABLE.delete(tx, then).await
}
