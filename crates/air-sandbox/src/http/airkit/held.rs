//! The wallet page's calls about the credentials that the user holds.

use air_api::CoreClaimHash;
use air_ids::UnixTime;
use axum::{Json, extract::State};
use serde::Serialize;

use super::{
    names::Answer,
    session::Sent,
    shapes::{Field, Hash},
};
use air_platform::{
    App,
    airkit::{self, ListedCredential, PageOrigin, PageSession},
    holder::CredentialState,
};

/// The credentials that the user holds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Held {
    credentials: Vec<HeldCredential>,
    has_more: bool,
    /// Whether the list has only those of the page's own partner.
    is_of_partner: bool,
}

/// A credential in the list. Times are in Unix seconds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeldCredential {
    core_claim_hash: CoreClaimHash,
    title: String,
    issuer: String,
    /// `valid`, `expired` or `revoked`.
    status: &'static str,
    issued_at: UnixTime,
    expires_at: Option<UnixTime>,
    revoked_at: Option<UnixTime>,
    is_copy: bool,
}

/// The claims of a credential, in the order of its schema.
#[derive(Serialize)]
pub(super) struct HeldClaims {
    fields: Vec<Field>,
}

/// Lists the user's credentials with their states.
pub(super) async fn list(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
) -> Answer<Held> {
    let held = airkit::held(&app, &page_session, origin).await?;
    Ok(Json(Held {
        credentials: held.credentials.into_iter().map(HeldCredential::from).collect(),
        has_more: held.has_more,
        is_of_partner: held.is_of_partner,
    }))
}

/// Returns the claims of a listed credential.
pub(super) async fn claims(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(Hash { core_claim_hash }): Sent<Hash>,
) -> Answer<HeldClaims> {
    let claims = airkit::held_claims(&app, &page_session, origin, &core_claim_hash).await?;
    let fields = claims.into_iter().map(|claim| Field {
        title: claim.title,
        value: claim.value,
    });
    Ok(Json(HeldClaims {
        fields: fields.collect(),
    }))
}

impl From<ListedCredential> for HeldCredential {
    fn from(listed: ListedCredential) -> Self {
        Self {
            core_claim_hash: listed.core_claim_hash,
            title: listed.title,
            issuer: listed.issuer,
            status: match listed.state {
                CredentialState::Valid => "valid",
                CredentialState::Expired => "expired",
                CredentialState::Revoked => "revoked",
            },
            issued_at: listed.issued_at,
            expires_at: listed.expires_at,
            revoked_at: listed.revoked_at,
            is_copy: listed.is_copy,
        }
    }
}
