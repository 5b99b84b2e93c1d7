//! The results of presentations: the status of the credential, and the conditions of the verification program.

use air_api::{
    PlatformTime,
    sandbox::{Condition, DisclosedData, PresentationResult, VerificationStatus},
};
use air_ids::{IssuerDid, UnixTime};
use serde_json::{Map, Value};

use super::presented::{Content, Outside, Verified};
use crate::{App, Refusal, anchoring::is_anchored, conditions, revocation};
use air_store::{
    ReadTx,
    credentials::{self, Credential},
    partners,
};

/// Tests the conditions on a verified presentation, in the same order as the platform's own verification.
pub(super) async fn of(
    app: &App,
    tx: &mut ReadTx,
    rules: &[Condition],
    presented: &Verified,
    now: UnixTime,
) -> Result<PresentationResult, Refusal> {
    let ended = |status| PresentationResult {
        status,
        trusted_as: None,
        transaction_data: Vec::new(),
        disclosed_data: None,
    };
    if let Some(outside) = &presented.outside {
        return Ok(of_outside(rules, &presented.content, outside, now));
    }
    let Some(held) = credentials::find(tx, &presented.core_claim_hash).await? else {
        return Ok(ended(VerificationStatus::NotFound));
    };
    if let Some(at) = held.revoked_at {
        let is_under_way = revocation::is_under_way(app, tx, &held, at).await?;
        return Ok(ended(if is_under_way {
            VerificationStatus::Revoking
        } else {
            VerificationStatus::Revoked
        }));
    }
    if !is_anchored(app, tx, &held.core_claim_hash).await? {
        return Ok(ended(VerificationStatus::Pending));
    }
    if held.expires_at.is_some_and(|at| at <= now) {
        return Ok(ended(VerificationStatus::Expired));
    }
    let claims = presented.content.claims().cloned().unwrap_or_default();
    if !conditions::all_hold(rules, &claims) {
        return Ok(ended(VerificationStatus::NonCompliant));
    }
    Ok(PresentationResult {
        status: VerificationStatus::Compliant,
        trusted_as: None,
        transaction_data: Vec::new(),
        disclosed_data: Some(disclosed(tx, rules, &presented.content, claims, &held).await?),
    })
}

/// Tests the conditions on a verified presentation of a credential that an issuer outside this platform issued.
fn of_outside(
    rules: &[Condition],
    content: &Content,
    outside: &Outside,
    now: UnixTime,
) -> PresentationResult {
    let claims = content.claims().cloned().unwrap_or_default();
    let status = if outside.is_revoked {
        VerificationStatus::Revoked
    } else if outside.expires_at.is_some_and(|at| at <= now) {
        VerificationStatus::Expired
    } else if conditions::all_hold(rules, &claims) {
        VerificationStatus::Compliant
    } else {
        VerificationStatus::NonCompliant
    };
    // An identifier has a text, since a trust list has no empty names.
    let issuer = IssuerDid::new(outside.issuer.as_str()).ok();
    let disclosed = issuer.map(|issuer_did| DisclosedData {
        credential_subject: tested(rules, claims),
        credential_type: content.type_name().to_owned(),
        issuer_did,
        issuance_date: PlatformTime::from_unix(outside.issued_at.unwrap_or(now)),
        expiration_date: outside.expires_at.map(PlatformTime::from_unix),
    });
    PresentationResult {
        status,
        trusted_as: Some(outside.party.clone()),
        transaction_data: Vec::new(),
        disclosed_data: disclosed.filter(|_| status == VerificationStatus::Compliant),
    }
}

/// Returns the claims that the conditions test.
fn tested(rules: &[Condition], claims: Map<String, Value>) -> Map<String, Value> {
    let is_tested = |name: &str| rules.iter().any(|rule| rule.attribute == name);
    claims.into_iter().filter(|(name, _)| is_tested(name)).collect()
}

async fn disclosed(
    tx: &mut ReadTx,
    rules: &[Condition],
    content: &Content,
    claims: Map<String, Value>,
    held: &Credential,
) -> Result<DisclosedData, Refusal> {
    let issuer = partners::find(tx, held.partner_id.as_str())
        .await?
        .ok_or_else(|| Refusal::internal("a credential without its issuer"))?;
    Ok(DisclosedData {
        credential_subject: tested(rules, claims),
        credential_type: content.type_name().to_owned(),
        issuer_did: issuer.issuer_did,
        issuance_date: PlatformTime::from_unix(held.issued_at),
        expiration_date: held.expires_at.map(PlatformTime::from_unix),
    })
}
