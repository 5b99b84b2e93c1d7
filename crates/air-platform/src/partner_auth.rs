//! Authenticates partners by a Partner JWT that verifies with the partner's published keys.

use std::sync::Arc;

use air_api::WebUrl;
use air_fetch::FetchError;
use air_ids::{PartnerId, UnixTime};
use air_jwt::{Claims, Scope, Verifier, jws};

use super::{App, Reason, Refusal, registered_keys::registered};
use crate::{
    request_log::RequestContext,
    trust::{PartnerKeys, TrustError},
};
use air_store::partners::Partner;

/// A partner whose token was verified, and the token's claims.
#[expect(missing_debug_implementations, reason = "the partner has a private key")]
pub struct Authenticated {
    /// The partner.
    pub partner: Arc<Partner>,
    /// The token's claims.
    pub claims: Claims,
}

impl App {
    /// Verifies the token with the keys of its partner. The token must grant the scope that the
    /// call requires. If the call requires no specific scope, the token must grant `issue` or
    /// `verify`.
    pub async fn authenticate(
        &self,
        token: Option<&str>,
        scope: Option<Scope>,
        context: &RequestContext,
    ) -> Result<Authenticated, Refusal> {
        let caller = self.identify(token, scope, context).await?;
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

    /// Verifies the token with the keys of its partner, and checks its scope only if one is given.
    /// Only a few calls allow a token without a known scope; other calls must use
    /// [`App::authenticate`].
    pub async fn identify(
        &self,
        token: Option<&str>,
        scope: Option<Scope>,
        context: &RequestContext,
    ) -> Result<Authenticated, Refusal> {
        let token = token.ok_or_else(|| {
            Refusal::unauthorized("the header x-partner-auth is missing; send a Partner JWT in it")
        })?;
        let refuse =
            |error: &dyn std::fmt::Display| Refusal::unauthorized(format!("Partner JWT refused: {error}"));
        let partner_id = Verifier::claimed_partner(token)
            .map_err(|error| refuse(&error).because(Reason::TokenMalformed))?;
        // The set is fetched outside a transaction.
        let find = async || {
            let found = self.cache.partner(&self.store, partner_id.as_str()).await?;
            found.ok_or_else(|| {
                refuse(&"no such partner here; `partnerId` must be an id that this platform issued")
                    .because(Reason::Token)
            })
        };
        let mut partner = find().await?;
        let now = self.machine_clock.now();
        if self.store.is_shared() && self.verify(&partner, token, scope, now).await?.is_err() {
            // Another process may have registered a key.
            self.cache.forget_partner(partner_id.as_str());
            partner = find().await?;
        }
        let refused = |error: TrustError| refuse(&error).because(reason(&error));
        if context.fault.is_jwks_outage() {
            let jwks_url = partner.jwks_url.as_ref().map(WebUrl::as_str);
            let outage = TrustError::unreachable(jwks_url.unwrap_or_default(), FetchError::Connect);
            return Err(refused(outage));
        }
        let claims = self.verify(&partner, token, scope, now).await?.map_err(refused)?;
        // A skewed clock can only reject more tokens. No fault makes an invalid token valid.
        let skewed = context.fault.skewed(now);
        if skewed != now {
            self.verify(&partner, token, scope, skewed)
                .await?
                .map_err(refused)?;
        }
        context.caller.record(&partner.partner_id);
        Ok(Authenticated { partner, claims })
    }

    /// Whether this platform has a partner with this ID.
    pub async fn knows_partner(&self, partner_id: &PartnerId) -> Result<bool, Refusal> {
        let found = self.cache.partner(&self.store, partner_id.as_str()).await?;
        Ok(found.is_some())
    }

    /// Identifies a partner like [`App::identify`], without a scope, for the calls of an issuer's
    /// own backend. The vendor's issuer service signs tokens without `typ` and without a scope,
    /// although the documentation asks for `typ`. The request log notes what the token lacks.
    pub async fn identify_backend(
        &self,
        token: Option<&str>,
        context: &RequestContext,
    ) -> Result<Authenticated, Refusal> {
        let caller = self.identify(token, None, context).await?;
        let has_type = token.is_some_and(has_type);
        let has_scope = Scope::Issue.is_granted_by(caller.claims.scope());
        let missing = match (has_type, has_scope) {
            (true, true) => return Ok(caller),
            (false, true) => "`typ`",
            (true, false) => "the scope `issue`",
            (false, false) => "`typ` and the scope `issue`",
        };
        context.caller.note(format!(
            "accepted a Partner JWT without {missing}, as the vendor's issuer service signs it; other calls require `typ` to issue on \
             behalf, and a scope"
        ));
        Ok(caller)
    }

    async fn verify(
        &self,
        partner: &Partner,
        token: &str,
        scope: Option<Scope>,
        now: UnixTime,
    ) -> Result<Result<Claims, TrustError>, Refusal> {
        let keys = PartnerKeys {
            registered: &registered(partner)?,
            jwks_url: partner.jwks_url.as_ref().map(WebUrl::as_str),
        };
        Ok(self.trust.verify(keys, token, scope, now).await)
    }
}

/// Whether the header of a verified token has a `typ`.
fn has_type(token: &str) -> bool {
    jws::Unverified::parse(token, token.len()).is_ok_and(|token| token.header().contains_key("typ"))
}

fn reason(error: &TrustError) -> Reason {
    match error {
        TrustError::Unreachable { .. } | TrustError::NoKeys => Reason::KeysUnreachable,
        TrustError::Token(air_jwt::Error::Expired { .. }) => Reason::TokenExpired,
        TrustError::Token(air_jwt::Error::ScopeNotGranted { .. }) => Reason::Scope,
        TrustError::Token(_) => Reason::Token,
    }
}
