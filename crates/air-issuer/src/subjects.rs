//! The validated claims of a user for a schema.

use air_ids::UnixTime;
use air_vc::ClaimPath;
use serde_json::{Map, Value};

use crate::{
    claims::{ClaimError, ClaimRequest, Purpose, Validity},
    config::SchemaConfig,
    metrics::Metrics,
};

/// Validated claims.
pub(crate) struct Subject {
    pub(crate) claims: Map<String, Value>,
    pub(crate) validity: Option<Validity>,
}

/// The reason why there are no claims.
pub(crate) enum NoSubject {
    /// The user is not eligible, or the schema has no source.
    NotEligible,
    /// The source is unavailable now.
    Unavailable(ClaimError),
    /// The source's response is malformed, or breaks the schema.
    Unusable(Box<dyn std::error::Error + Send + Sync>),
}

/// Requests claims from the schema's source, validates them, and counts the outcome.
pub(crate) async fn find(
    metrics: &Metrics,
    schema: &SchemaConfig,
    user_id: &str,
    holder_did: &str,
    purpose: Purpose,
) -> Result<Subject, NoSubject> {
    let found = request(schema, user_id, holder_did, purpose).await;
    let outcome = match &found {
        Ok(_) => "found",
        Err(NoSubject::NotEligible) => "not_eligible",
        Err(NoSubject::Unavailable(_)) => "unavailable",
        Err(NoSubject::Unusable(_)) => "unusable",
    };
    metrics.requested_claims(&schema.id, outcome);
    found
}

async fn request(
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

impl Subject {
    /// The end of a credential that is issued now. `None` if the validity of the claims is over.
    pub(crate) fn expires_at(&self, schema: &SchemaConfig, now: UnixTime) -> Option<UnixTime> {
        let expires_at = match self.validity {
            None => now.saturating_add(schema.valid_for),
            Some(Validity::For(time)) => now.saturating_add(time),
            Some(Validity::Until(time)) => time,
        };
        (expires_at > now).then_some(expires_at)
    }

    /// The visible claims of the schema that this subject has: optional ones may be missing.
    pub(crate) fn visible(&self, schema: &SchemaConfig) -> Vec<ClaimPath> {
        let present = |path: &&ClaimPath| {
            self.claims
                .keys()
                .any(|name| **path == ClaimPath::named(name.as_str()))
        };
        schema.always_visible.iter().filter(present).cloned().collect()
    }
}
