//! The backends of issuers that sign themselves.

use air_ids::{IssuerDid, PartnerId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A partner's backend. It has a secret: the API key.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct IssuerBackend {
    /// The partner.
    pub partner_id: PartnerId,
    /// The DID under which the backend issues.
    pub did: IssuerDid,
    /// The URL of `available-vc`.
    pub available_vc_url: String,
    /// The URL of `issue-vc`.
    pub issue_vc_url: String,
    /// The URL of the revocation status; `None` without one.
    pub revocation_status_url: Option<String>,
    /// The key that the backend expects in `x-api-key`.
    pub api_key: String,
}

/// Finds the backend of a partner.
pub async fn find(tx: &mut ReadTx, partner_id: &str) -> sqlx::Result<Option<IssuerBackend>> {
    sql::query_as(
        "SELECT partner_id, did, available_vc_url, issue_vc_url, revocation_status_url, api_key
         FROM issuer_backends WHERE partner_id = $1",
    )
    .bind(partner_id)
    .fetch_optional(tx)
    .await
}

/// Stores a partner's backend and replaces an earlier one.
pub async fn set(tx: &mut WriteTx, backend: &IssuerBackend, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO issuer_backends
             (partner_id, did, available_vc_url, issue_vc_url, revocation_status_url, api_key, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (partner_id) DO UPDATE SET did = excluded.did, available_vc_url = excluded.available_vc_url,
             issue_vc_url = excluded.issue_vc_url, revocation_status_url = excluded.revocation_status_url,
             api_key = excluded.api_key, changed_at = excluded.changed_at",
    )
    .bind(&backend.partner_id)
    .bind(&backend.did)
    .bind(&backend.available_vc_url)
    .bind(&backend.issue_vc_url)
    .bind(backend.revocation_status_url.as_deref())
    .bind(&backend.api_key)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Removes a partner's backend. Returns `false` if there is none.
pub async fn remove(tx: &mut WriteTx, partner_id: &str) -> sqlx::Result<bool> {
    let done = sql::query("DELETE FROM issuer_backends WHERE partner_id = $1")
        .bind(partner_id)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}
