//! The validated claims of a user for a schema.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::{
    claims::{ClaimError, ClaimRequest, Purpose, Validity},
    config::SchemaConfig,
};

/// `Retry-After` of a request whose source is unavailable.
const RETRY_AFTER: u64 = 10;

/// Validated claims.
pub(super) struct Subject {
    pub(super) claims: Map<String, Value>,
    pub(super) validity: Option<Validity>,
}

/// The reason why there are no claims.
pub(super) enum NoSubject {
    /// The user is not eligible, or the schema has no source.
    NotEligible,
    /// The source is unavailable now.
    Unavailable(ClaimError),
    /// The source's response is malformed, or breaks the schema.
    Unusable(Box<dyn std::error::Error + Send + Sync>),
}

/// Requests claims from the schema's source, and validates them.
pub(super) async fn find(
    schema: &SchemaConfig,
    user_id: &str,
    holder_did: &str,
    purpose: Purpose,
) -> Result<Subject, NoSubject> {
    let source = schema.source.as_ref().ok_or(NoSubject::NotEligible)?;
    let request = ClaimRequest {
        user_id,
        holder_did,
        schema_id: &schema.id,
        purpose,
    };
    let claims = source.claims(request).await.map_err(|error| match error {
        ClaimError::Unavailable { .. } => NoSubject::Unavailable(error),
        ClaimError::Malformed { .. } => NoSubject::Unusable(error.into()),
    })?;
    let claims = claims.ok_or(NoSubject::NotEligible)?;
    schema
        .validator
        .validate(&claims.subject)
        .map_err(|violations| NoSubject::Unusable(violations.into()))?;
    Ok(Subject {
        claims: claims.subject,
        validity: claims.validity,
    })
}

impl NoSubject {
    /// The response of `issue-vc`.
    pub(super) fn into_refusal(self, schema_id: &str) -> Refusal {
        match self {
            Self::NotEligible => invalid_schema(schema_id),
            Self::Unavailable(error) => {
                tracing::warn!(%error, schema_id, "no claims");
                unavailable()
            }
            Self::Unusable(error) => Refusal::internal("claims_unusable", error.as_ref()),
        }
    }

    /// Logs the failure of a source. Returns whether the source failed.
    pub(super) fn log(&self, schema_id: &str) -> bool {
        match self {
            Self::NotEligible => return false,
            Self::Unavailable(error) => tracing::warn!(%error, schema_id, "no preview"),
            Self::Unusable(error) => tracing::error!(%error, schema_id, "no preview"),
        }
        true
    }
}

pub(super) fn unavailable() -> Refusal {
    Refusal::unavailable(
        "claims_unavailable",
        "the source of claims is unavailable; try again",
        RETRY_AFTER,
    )
}

/// 404 with the vendor's text.
pub(super) fn invalid_schema(schema_id: &str) -> Refusal {
    Refusal::not_found(format!("Invalid Schema: {schema_id}"))
}
