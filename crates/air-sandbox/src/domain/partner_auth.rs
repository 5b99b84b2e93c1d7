//! Who calls: a partner, by a Partner JWT that its published keys verify.

use std::sync::Arc;

use air_fetch::FetchError;
use air_jwt::{Claims, Scope, Verifier};

use super::{App, Reason, Refusal};
use crate::{faults::TokenFault, request_log::note_caller, trust::TrustError};
use air_store::partners::Partner;

/// A partner whose token was verified, and the token's claims.
pub(crate) struct Authenticated {
    pub(crate) partner: Arc<Partner>,
    pub(crate) claims: Claims,
}

impl App {
    /// Verifies the token with the keys of the partner that it names. It must grant the scope that the call needs; a call that needs none in
    /// particular needs a known one, `issue` or `verify`.
    pub(crate) async fn authenticate(
        &self,
        token: Option<&str>,
        scope: Option<Scope>,
        fault: TokenFault,
    ) -> Result<Authenticated, Refusal> {
        let caller = self.identify(token, scope, fault).await?;
        let granted = caller.claims.scope();
        let is_known = [Scope::Issue, Scope::Verify]
            .iter()
            .any(|known| known.is_granted_by(granted));
        if is_known {
            return Ok(caller);
        }
        Err(Refusal::unauthorized(
            "Partner JWT refused: the token's scope grants neither `issue` nor `verify`; sign one that does",
        )
        .because(Reason::Scope))
    }

    /// Verifies the token with the keys of the partner that it names, and its scope only where one is given. Few calls are for a token
    /// without a known scope: use [`App::authenticate`].
    pub(crate) async fn identify(
        &self,
        token: Option<&str>,
        scope: Option<Scope>,
        fault: TokenFault,
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
            .cache
            .partner(&self.store, partner_id.as_str())
            .await?
            .ok_or_else(|| {
                refuse(&"no such partner here; `partnerId` must be an id that this platform issued")
                    .because(Reason::Token)
            })?;
        let now = self.machine_clock.now();
        let verify = |now| self.trust.verify(&partner.jwks_url, token, scope, now);
        let refused = |error: TrustError| refuse(&error).because(reason(&error));
        if fault.is_jwks_outage() {
            let outage = TrustError::unreachable(&partner.jwks_url, FetchError::Connect);
            return Err(refused(outage));
        }
        let claims = verify(now).await.map_err(refused)?;
        // A clock that is wrong on demand only refuses more: no fault makes a token good.
        let skewed = fault.skewed(now);
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
