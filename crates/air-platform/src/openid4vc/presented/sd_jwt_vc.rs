//! SD-JWT VCs with key binding.

use air_ids::CoreClaimHash;
use air_jwt::JwkSet;
use air_vc::{Challenge, Inspection, Verifier};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Content, NotVerified, Session, Verified, trusted_issuer};
use crate::App;

/// Verifies a presentation as [`super::verify`] says. The credential's `iss` names the partner whose key signed it.
pub(super) async fn verify(
    app: &App,
    presentation: &str,
    session: Session<'_>,
) -> Result<Verified, NotVerified> {
    let claims = Inspection::of(presentation).map_err(NotVerified::invalid)?.claims;
    let named = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let partner = trusted_issuer(app, named).await?;
    let partner = partner.ok_or_else(|| NotVerified::invalid("the credential's issuer is not trusted"))?;
    let keys = JwkSet::from(app.cache.issuer_key(&partner)?.public_jwk());
    let challenge = Challenge {
        nonce: session.nonce.to_owned(),
        audience: session.audience.to_owned(),
    };
    let verified = Verifier::new(named, &keys)
        .requiring_key_binding(challenge)
        // The store has the status.
        .without_status()
        .verify(presentation, app.machine_clock.now())
        .map_err(NotVerified::invalid)?;
    let issuer_jwt = presentation.split('~').next().unwrap_or_default();
    let claims = verified.claims().clone();
    let vct = claims.get("vct").and_then(Value::as_str).unwrap_or_default();
    Ok(Verified {
        content: Content::SdJwtVc {
            vct: vct.to_owned(),
            claims,
        },
        is_holder_bound: verified.is_holder_bound(),
        core_claim_hash: CoreClaimHash::from_bytes(Sha256::digest(issuer_jwt).into()),
    })
}
