//! Partners, with their issuers and verifiers.

use sqlx::FromRow;

use super::{Change, to_db};

#[derive(Clone, FromRow)]
pub(crate) struct Partner {
    pub(crate) partner_id: String,
    pub(crate) name: String,
    pub(crate) jwks_url: String,
    pub(crate) allowed_origins: String,
    pub(crate) issue_on_behalf: bool,
    pub(crate) issuer_did: String,
    pub(crate) verifier_did: String,
    pub(crate) issuer_key: String,
}

pub(crate) async fn insert(change: &mut Change, partner: &Partner, now: u64) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO partners VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(&partner.partner_id)
        .bind(&partner.name)
        .bind(&partner.jwks_url)
        .bind(&partner.allowed_origins)
        .bind(partner.issue_on_behalf)
        .bind(&partner.issuer_did)
        .bind(&partner.verifier_did)
        .bind(&partner.issuer_key)
        .bind(to_db(now))
        .execute(&mut **change)
        .await
        .map(drop)
}

pub(crate) async fn find(change: &mut Change, partner_id: &str) -> sqlx::Result<Option<Partner>> {
    sqlx::query_as("SELECT * FROM partners WHERE partner_id = ?")
        .bind(partner_id)
        .fetch_optional(&mut **change)
        .await
}

pub(crate) async fn find_by_issuer(change: &mut Change, issuer_did: &str) -> sqlx::Result<Option<Partner>> {
    sqlx::query_as("SELECT * FROM partners WHERE issuer_did = ?")
        .bind(issuer_did)
        .fetch_optional(&mut **change)
        .await
}

/// Whether any partner has registered this origin, which has neither quotes nor backslashes.
pub(crate) async fn is_origin_of_any(change: &mut Change, origin: &str) -> sqlx::Result<bool> {
    // The column is a JSON array of strings that need no escapes.
    let pattern = format!("%\"{}\"%", origin.replace('%', "!%").replace('_', "!_"));
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM partners WHERE allowed_origins LIKE $1 ESCAPE '!')")
        .bind(pattern)
        .fetch_one(&mut **change)
        .await
}
