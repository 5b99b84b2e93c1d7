//! SD-JWT VCs with key binding.

use air_ids::CoreClaimHash;
use air_jwt::JwkSet;
use air_oid4vc::dcql;
use air_vc::{Challenge, Inspection, Verifier};
use air_x509::TrustList;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Content, NotVerified, Session, Verified,
    listed::{self, Issuer},
    outside::{NamedStatus, Outside},
    trusted_issuer,
};
use crate::App;

/// Verifies a presentation as [`super::verify`] says. The credential's `iss` names the partner whose key signed it, or an issuer of the
/// trust list. A credential without `iss` has a certificate under an anchor of the list.
pub(super) async fn verify(
    app: &App,
    trust_list: Option<&TrustList>,
    presentation: &str,
    session: Session<'_>,
) -> Result<Verified, NotVerified> {
    let inspection = Inspection::of(presentation).map_err(NotVerified::invalid)?;
    let issuer = match trust_list {
        None => partner(app, &inspection).await?,
        Some(list) => listed::of_sd_jwt_vc(app, list, &inspection).await?,
    };
    let challenge = Challenge {
        nonce: session.nonce.to_owned(),
        audience: session.audience.to_owned(),
    };
    let verifier = Verifier::new(&issuer.name, &issuer.keys);
    let verifier = if issuer.is_certified {
        verifier.trusting_certificate(&issuer.name, &issuer.keys)
    } else {
        verifier
    };
    let verified = verifier
        .requiring_key_binding(challenge)
        // The store has the status of the platform's credentials. That of others is checked below.
        .without_status()
        .verify(presentation, app.machine_clock.now())
        .map_err(NotVerified::invalid)?;
    let issuer_jwt = presentation.split('~').next().unwrap_or_default();
    let claims = verified.claims().clone();
    let vct = claims.get("vct").and_then(Value::as_str).unwrap_or_default();
    let mut outside = issuer
        .party
        .as_deref()
        .map(|party| Outside::of_sd_jwt_vc(party, &issuer.name, &claims));
    if let (Some(outside), Some(list), Some(reference)) =
        (&mut outside, trust_list, verified.status_reference())
    {
        let status = NamedStatus {
            list,
            issuer: &issuer,
            party: &outside.party,
            credential_type: vct,
            reference,
        };
        outside.is_revoked = status.is_revoked(app).await?;
    }
    Ok(Verified {
        is_holder_bound: verified.is_holder_bound(),
        core_claim_hash: CoreClaimHash::from_bytes(Sha256::digest(issuer_jwt).into()),
        key_binding_claims: verified.key_binding_claims().cloned().unwrap_or_default(),
        authority_key_ids: issuer.authority_key_ids,
        outside,
        content: Content::SdJwtVc {
            vct: vct.to_owned(),
            other_types: issuer.other_types,
            claims,
        },
    })
}

/// Returns the partner of this platform that the credential names.
async fn partner(app: &App, inspection: &Inspection) -> Result<Issuer, NotVerified> {
    let named = inspection.claims.get("iss").and_then(Value::as_str);
    let named = named.unwrap_or_default();
    let partner = trusted_issuer(app, named).await?;
    let partner = partner.ok_or_else(|| NotVerified::invalid("the credential's issuer is not trusted"))?;
    Ok(Issuer {
        name: named.to_owned(),
        keys: JwkSet::from(app.cache.issuer_key(&partner)?.public_jwk()),
        authority_key_ids: Vec::new(),
        party: None,
        is_certified: false,
        other_types: dcql::other_types(&inspection.claims).map(str::to_owned).collect(),
    })
}
