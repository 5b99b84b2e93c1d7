//! The responses of calls without claims.

use super::refusal::Refusal;
use crate::subjects::NoSubject;

/// `Retry-After` of a request whose source is unavailable.
const RETRY_AFTER: u64 = 10;

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

    /// Logs the failure of a source.
    pub(super) fn log(&self, schema_id: &str) {
        match self {
            Self::NotEligible => {}
            Self::Unavailable(error) => tracing::warn!(%error, schema_id, "no preview"),
            Self::Unusable(error) => tracing::error!(%error, schema_id, "no preview"),
        }
    }
}

/// The response of `available-vc` without a preview. `None` if no source failed. If one is unavailable, a retry may
/// succeed; if claims are unusable, it can't.
pub(super) fn without_previews(reasons: &[NoSubject]) -> Option<Refusal> {
    let is_unavailable = |reason: &NoSubject| matches!(reason, NoSubject::Unavailable(_));
    if reasons.iter().any(is_unavailable) {
        return Some(unavailable());
    }
    reasons.iter().find_map(|reason| match reason {
        NoSubject::Unusable(error) => Some(Refusal::internal("claims_unusable", error.as_ref())),
        NoSubject::NotEligible | NoSubject::Unavailable(_) => None,
    })
}

fn unavailable() -> Refusal {
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

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::claims::ClaimError;

    #[test]
    fn a_retry_is_recommended_only_if_a_source_is_unavailable() {
        let reason = String::new;
        let unusable = || NoSubject::Unusable(ClaimError::Malformed { reason: reason() }.into());
        let away = || NoSubject::Unavailable(ClaimError::Unavailable { reason: reason() });
        for (reasons, status) in [
            (vec![], None),
            (vec![NoSubject::NotEligible], None),
            (vec![NoSubject::NotEligible, unusable()], Some(500)),
            (vec![unusable(), away()], Some(503)),
        ] {
            let refusal = without_previews(&reasons);
            let found = refusal.map(|refusal| refusal.into_response().status().as_u16());
            assert_eq!(found, status, "{} reasons", reasons.len());
        }
    }
}
