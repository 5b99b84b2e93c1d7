//! Who calls: a partner, by a Partner JWT that its published keys verify.

use std::sync::Arc;

use air_jwt::{Claims, Scope, Verifier};

use super::{App, Reason, Refusal};
use crate::{faults, request_log::note_caller, store::partners::Partner, trust::TrustError};

/// A partner whose token was verified, and the token's claims.
pub(crate) struct Authenticated {
    pub(crate) partner: Arc<Partner>,
    pub(crate) claims: Claims,
}

impl App {
    /// Verifies the token with the keys of the partner that it names; `scope` is what the call needs.
    pub(crate) async fn authenticate(
        &self,
        token: Option<&str>,
        scope: Option<Scope>,
    ) -> Result<Authenticated, Refusal> {
        let token = token.ok_or_else(|| {
            Refusal::unauthorized("the header x-partner-auth is missing; send a Partner JWT in it")
        })?;
        let refuse =
            |error: &dyn std::fmt::Display| Refusal::unauthorized(format!("Partner JWT refused: {error}"));
        let partner_id = Verifier::claimed_partner(token)
            .map_err(|error| refuse(&error).because(Reason::TokenMalformed))?;
        // The set is fetched outside of any transaction.
        let partner = self
            .prepared
            .partner(&self.store, partner_id.as_str())
            .await?
            .ok_or_else(|| {
                refuse(&"no such partner here; `partnerId` must be the id that the platform gave")
                    .because(Reason::Token)
            })?;
        let now = self.machine_clock.now();
        let verify = |now| self.trust.verify(&partner.jwks_url, token, scope, now);
        let refused = |error: TrustError| refuse(&error).because(reason(&error));
        let claims = verify(now).await.map_err(refused)?;
        // A clock that is wrong on demand only refuses more: no fault makes a token good.
        let skewed = faults::skewed(now);
        if skewed != now {
            verify(skewed).await.map_err(refused)?;
        }
        note_caller(&partner.partner_id);
        Ok(Authenticated { partner, claims })
    }
}

fn reason(error: &TrustError) -> Reason {
    match error {
        TrustError::Unreachable { .. } => Reason::KeysUnreachable,
        TrustError::Token(air_jwt::Error::Expired { .. }) => Reason::TokenExpired,
        TrustError::Token(air_jwt::Error::ScopeNotGranted { .. }) => Reason::Scope,
        TrustError::Token(_) => Reason::Token,
    }
}
