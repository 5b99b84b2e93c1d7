//! Partners, with their issuers and verifiers.

use std::str::FromStr;

use air_api::WebUrl;
use air_ids::{IssuerDid, PartnerId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A partner: an account with its issuer and its verifier.
#[derive(Clone, FromRow)]
pub struct Partner {
    /// The account's ID.
    pub partner_id: PartnerId,
    /// The name.
    pub name: String,
    /// `None` if the partner publishes no keys.
    #[sqlx(try_from = "sql::Text<StoredUrl>")]
    pub jwks_url: Option<WebUrl>,
    /// The web origins that may use the AIR Kit, as a JSON array.
    pub allowed_origins: String,
    /// Whether it may issue without the user.
    pub issue_on_behalf: bool,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// The verifier's DID.
    pub verifier_did: String,
    /// The issuer's private key, as PEM.
    pub issuer_key: String,
    /// A JWK set with public keys that the operator registered, as JSON.
    pub registered_keys: Option<String>,
}

/// A URL, or an empty text for none, in a column that is never `NULL`.
pub(crate) struct StoredUrl(Option<WebUrl>);

impl FromStr for StoredUrl {
    type Err = air_api::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        text.parse().map(|url| Self(Some(url)))
    }
}

impl From<sql::Text<StoredUrl>> for Option<WebUrl> {
    fn from(text: sql::Text<StoredUrl>) -> Self {
        text.0.0
    }
}

/// Inserts a partner.
pub async fn insert(tx: &mut WriteTx, partner: &Partner, now: UnixTime) -> sqlx::Result<()> {
    sql::query("INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did,
             issuer_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(&partner.partner_id)
        .bind(&partner.name)
        .bind(partner.jwks_url.as_ref().map_or("", WebUrl::as_str))
        .bind(&partner.allowed_origins)
        .bind(partner.issue_on_behalf)
        .bind(&partner.issuer_did)
        .bind(&partner.verifier_did)
        .bind(&partner.issuer_key)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// Finds a partner.
pub async fn find(tx: &mut ReadTx, partner_id: &str) -> sqlx::Result<Option<Partner>> {
    sql::query_as("SELECT * FROM partners WHERE partner_id = $1")
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Returns the partners with these ids, in no particular order. Unknown ids are missing.
pub async fn find_all(tx: &mut ReadTx, partner_ids: &[&str]) -> sqlx::Result<Vec<Partner>> {
    if partner_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = sql::places(1, partner_ids.len());
    let mut query = sql::query_as(format!("SELECT * FROM partners WHERE partner_id IN {places}"));
    for partner_id in partner_ids {
        query = query.bind(*partner_id);
    }
    query.fetch_all(tx).await
}

/// Finds a partner by its issuer's DID.
pub async fn find_by_issuer(tx: &mut ReadTx, issuer_did: &str) -> sqlx::Result<Option<Partner>> {
    sql::query_as("SELECT * FROM partners WHERE issuer_did = $1")
        .bind(issuer_did)
        .fetch_optional(tx)
        .await
}

/// Returns partners with this name, oldest first, and at most `limit` of them. Names are not unique.
pub async fn named(tx: &mut ReadTx, name: &str, limit: u64) -> sqlx::Result<Vec<Partner>> {
    sql::query_as("SELECT * FROM partners WHERE name = $1 ORDER BY created_at, partner_id LIMIT $2")
        .bind(name)
        .bind(limit)
        .fetch_all(tx)
        .await
}

/// Replaces the registered keys: a JWK set as JSON. Returns `false` for an unknown partner.
pub async fn register_keys(tx: &mut WriteTx, partner_id: &PartnerId, keys: &str) -> sqlx::Result<bool> {
    let done = sql::query("UPDATE partners SET registered_keys = $1 WHERE partner_id = $2")
        .bind(keys)
        .bind(partner_id)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Checks whether any partner has registered this origin, which must contain neither quotes nor backslashes.
pub async fn is_origin_of_any(tx: &mut ReadTx, origin: &str) -> sqlx::Result<bool> {
    // The column is a JSON array of strings that need no escapes.
    let pattern = sql::containing(&format!("\"{origin}\""));
    sql::query_scalar("SELECT EXISTS (SELECT 1 FROM partners WHERE allowed_origins LIKE $1 ESCAPE '!')")
        .bind(pattern)
        .fetch_one(tx)
        .await
}
