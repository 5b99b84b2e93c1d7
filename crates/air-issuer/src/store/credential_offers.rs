//! Offers to wallets, with the access token that replaces each code.

use air_ids::UnixTime;
use sqlx::AssertSqlSafe;

use super::{Store, WriteTx, column, number, time, time_column};

/// An offer to record.
#[derive(Debug)]
pub(crate) struct NewOffer<'a> {
    pub(crate) offer_id: &'a str,
    pub(crate) schema_id: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) holder_did: Option<&'a str>,
    pub(crate) reference_hash: &'a str,
    pub(crate) code_hash: &'a str,
    pub(crate) tx_code_hash: Option<&'a str>,
    /// The number of wrong transaction codes after which the offer is void.
    pub(crate) attempts: u64,
    pub(crate) expires_at: UnixTime,
}

/// A recorded offer.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) offer_id: String,
    pub(crate) schema_id: String,
    pub(crate) user_id: String,
    pub(crate) holder_did: Option<String>,
    pub(crate) tx_code_hash: Option<String>,
    pub(crate) attempts_left: u64,
    pub(crate) expires_at: UnixTime,
    pub(crate) token_expires_at: Option<UnixTime>,
    pub(crate) jkt: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) responses: u64,
    pub(crate) issued: u64,
    pub(crate) notification: Option<String>,
}

/// An access token to record.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) hash: &'a str,
    pub(crate) expires_at: UnixTime,
    pub(crate) jkt: Option<&'a str>,
    pub(crate) client_id: Option<&'a str>,
}

/// A column that identifies an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Id,
    Reference,
    Code,
    Token,
}

impl Key {
    const fn column(self) -> &'static str {
        match self {
            Self::Id => "offer_id",
            Self::Reference => "reference_hash",
            Self::Code => "code_hash",
            Self::Token => "token_hash",
        }
    }
}

const COLUMNS: &str = "offer_id, schema_id, user_id, holder_did, tx_code_hash, attempts_left, expires_at, \
    token_expires_at, jkt, client_id, responses, issued, notification";

type Row = (
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<String>,
    i64,
    i64,
    Option<String>,
);

fn offer(row: Row) -> Offer {
    let (
        offer_id,
        schema_id,
        user_id,
        holder_did,
        tx_code_hash,
        attempts_left,
        expires_at,
        token_expires_at,
        jkt,
        client_id,
        responses,
        issued,
        notification,
    ) = row;
    Offer {
        offer_id,
        schema_id,
        user_id,
        holder_did,
        tx_code_hash,
        attempts_left: number(attempts_left),
        expires_at: time(expires_at),
        token_expires_at: token_expires_at.map(time),
        jkt,
        client_id,
        responses: number(responses),
        issued: number(issued),
        notification,
    }
}

pub(crate) async fn find(store: &Store, key: Key, value: &str) -> sqlx::Result<Option<Offer>> {
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM credential_offers WHERE {} = $1",
        key.column()
    )))
    .bind(value)
    .fetch_optional(store.reader())
    .await?;
    Ok(row.map(offer))
}

/// A page of the offers, those that end last first, and the number of all.
pub(crate) async fn list(store: &Store, page: u64, limit: u64) -> sqlx::Result<(Vec<Offer>, u64)> {
    let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM credential_offers")
        .fetch_one(store.reader())
        .await?;
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM credential_offers ORDER BY expires_at DESC, offer_id LIMIT $1 OFFSET $2"
    )))
    .bind(column(limit))
    .bind(column(page.saturating_sub(1).saturating_mul(limit)))
    .fetch_all(store.reader())
    .await?;
    Ok((rows.into_iter().map(offer).collect(), number(total)))
}

/// As [`find`], and locks the row.
pub(crate) async fn lock(tx: &mut WriteTx, key: Key, value: &str) -> sqlx::Result<Option<Offer>> {
    let lock = tx.for_update();
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM credential_offers WHERE {} = $1{lock}",
        key.column()
    )))
    .bind(value)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(offer))
}

/// Counts the offers whose code can be exchanged, up to `limit`.
pub(crate) async fn count_open(tx: &mut WriteTx, now: UnixTime, limit: u64) -> sqlx::Result<u64> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT offer_id FROM credential_offers \
         WHERE token_expires_at IS NULL AND attempts_left > 0 AND expires_at > $1 LIMIT $2) AS open_offers",
    )
    .bind(time_column(now))
    .bind(column(limit))
    .fetch_one(tx.connection())
    .await?;
    Ok(number(count))
}

pub(crate) async fn insert(tx: &mut WriteTx, new: &NewOffer<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO credential_offers (offer_id, schema_id, user_id, holder_did, reference_hash, code_hash, \
         tx_code_hash, attempts_left, expires_at, responses, issued) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0)",
    )
    .bind(new.offer_id)
    .bind(new.schema_id)
    .bind(new.user_id)
    .bind(new.holder_did.map(str::to_owned))
    .bind(new.reference_hash)
    .bind(new.code_hash)
    .bind(new.tx_code_hash.map(str::to_owned))
    .bind(column(new.attempts))
    .bind(time_column(new.expires_at))
    .execute(tx.connection())
    .await
    .map(drop)
}

/// Counts a wrong transaction code.
pub(crate) async fn count_attempt(tx: &mut WriteTx, offer_id: &str) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE credential_offers SET attempts_left = attempts_left - 1 WHERE offer_id = $1 AND attempts_left > 0",
    )
    .bind(offer_id)
    .execute(tx.connection())
    .await
    .map(drop)
}

/// Records the token of an offer. Returns `false` if the offer has one.
pub(crate) async fn redeem(tx: &mut WriteTx, offer_id: &str, token: &Token<'_>) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE credential_offers SET token_hash = $1, token_expires_at = $2, jkt = $3, client_id = $4 \
         WHERE offer_id = $5 AND token_hash IS NULL",
    )
    .bind(token.hash)
    .bind(time_column(token.expires_at))
    .bind(token.jkt.map(str::to_owned))
    .bind(token.client_id.map(str::to_owned))
    .bind(offer_id)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the code and the token of an offer. Returns `false` for an unknown offer.
pub(crate) async fn withdraw(tx: &mut WriteTx, offer_id: &str, now: UnixTime) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE credential_offers SET attempts_left = 0, \
         token_expires_at = CASE WHEN token_expires_at > $1 THEN $1 ELSE token_expires_at END WHERE offer_id = $2",
    )
    .bind(time_column(now))
    .bind(offer_id)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the codes and the tokens of all offers.
pub(crate) async fn withdraw_all(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE credential_offers SET attempts_left = 0, \
         token_expires_at = CASE WHEN token_expires_at > $1 THEN $1 ELSE token_expires_at END",
    )
    .bind(time_column(now))
    .execute(tx.connection())
    .await
    .map(drop)
}

/// Records a credential of an offer.
pub(crate) async fn add_issuance(tx: &mut WriteTx, offer_id: &str, external_id: &str) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO offer_issuances (external_id, offer_id) VALUES ($1, $2)")
        .bind(external_id)
        .bind(offer_id)
        .execute(tx.connection())
        .await
        .map(drop)
}

/// Counts a response with this number of credentials.
pub(crate) async fn count_response(tx: &mut WriteTx, offer_id: &str, credentials: u64) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE credential_offers SET responses = responses + 1, issued = issued + $1 WHERE offer_id = $2",
    )
    .bind(column(credentials))
    .bind(offer_id)
    .execute(tx.connection())
    .await
    .map(drop)
}

/// Counts a request without a credential. The last one up to `limit` ends the token.
pub(crate) async fn count_unissued(
    tx: &mut WriteTx,
    offer_id: &str,
    limit: u64,
    now: UnixTime,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE credential_offers SET refused = refused + 1, token_expires_at = \
         CASE WHEN refused + 1 >= $1 AND token_expires_at > $2 THEN $2 ELSE token_expires_at END WHERE offer_id = $3",
    )
    .bind(column(limit))
    .bind(time_column(now))
    .bind(offer_id)
    .execute(tx.connection())
    .await
    .map(drop)
}

/// Whether a credential of the offer was revoked. Locks the credentials, so that none is revoked until this transaction
/// ends.
pub(crate) async fn has_revoked(tx: &mut WriteTx, offer_id: &str) -> sqlx::Result<bool> {
    let lock = tx.for_update();
    let rows: Vec<(Option<i64>,)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT issuances.revoked_at FROM offer_issuances \
         JOIN issuances ON issuances.external_id = offer_issuances.external_id \
         WHERE offer_issuances.offer_id = $1 ORDER BY issuances.nonce{lock}"
    )))
    .bind(offer_id)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.iter().any(|(revoked_at,)| revoked_at.is_some()))
}

/// Records the event that the wallet reported.
pub(crate) async fn notify(tx: &mut WriteTx, offer_id: &str, event: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE credential_offers SET notification = $1 WHERE offer_id = $2")
        .bind(event)
        .bind(offer_id)
        .execute(tx.connection())
        .await
        .map(drop)
}

/// Deletes the offers that ended before `until`, and returns their number. The issuances remain.
pub(crate) async fn forget_ended(tx: &mut WriteTx, until: UnixTime) -> sqlx::Result<u64> {
    const ENDED: &str = "expires_at <= $1 AND (token_expires_at IS NULL OR token_expires_at <= $1)";
    sqlx::query(AssertSqlSafe(format!(
        "DELETE FROM offer_issuances WHERE offer_id IN (SELECT offer_id FROM credential_offers WHERE {ENDED})"
    )))
    .bind(time_column(until))
    .execute(tx.connection())
    .await?;
    let done = sqlx::query(AssertSqlSafe(format!(
        "DELETE FROM credential_offers WHERE {ENDED}"
    )))
    .bind(time_column(until))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected())
}
