//! mdocs with a device signature (ISO/IEC 18013-5).

use std::sync::Arc;

use air_ids::{CoreClaimHash, UnixTime};
use air_jwt::{JwkSet, VerifyingKey};
use air_mdoc::{
    DcApiHandover, DeviceResponse, IssuerSigned, PinnedIssuer, RedirectHandover, SessionTranscript,
    VerifiedDocument, Verifier, to_json,
};
use air_store::partners::Partner;
use air_x509::{Anchors, CertificateChain, TrustList, Validator};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    Channel, Content, NotVerified, Session, Verified,
    listed::{self, Issuer, check_signing_time, untrusted},
    outside::{self, NamedStatus, Outside},
    trusted_issuer,
};
use crate::{App, Refusal, openid4vc::certificates};

/// Verifies a presentation as [`super::verify`] says. The certificate of the signer leads to the platform's authority and names the partner
/// whose key signed the credential, or leads to an anchor of the trust list.
pub(super) async fn verify(
    app: &App,
    trust_list: Option<&TrustList>,
    presentation: &str,
    session: Session<'_>,
) -> Result<Verified, NotVerified> {
    let response = DeviceResponse::from_base64url(presentation).map_err(NotVerified::invalid)?;
    let document = response
        .documents()
        .first()
        .ok_or_else(|| NotVerified::invalid("the response has no document"))?;
    let signed = document.issuer_signed();
    let issuer = match trust_list {
        None => partner(app, signed).await?,
        Some(list) => listed::of_mdoc(app, list, signed).await?,
    };
    let trusted = PinnedIssuer::new(only_key(&issuer)?);
    let transcript = transcript(session);
    // HAIP 1.0, 5.3.1: a response has one document.
    let verified = Verifier::new(&trusted)
        .verify(&response, &transcript, app.machine_clock.now())
        .map_err(NotVerified::invalid)?;
    let verified = verified
        .first()
        .ok_or_else(|| NotVerified::invalid("the response has no document"))?;
    let doctype = verified.doc_type().as_str();
    let mut outside = issuer
        .party
        .as_deref()
        .map(|party| Outside::of_mdoc(party, &issuer.name, verified.mso().validity()));
    if let (Some(outside), Some(list)) = (&mut outside, trust_list)
        && let Some(reference) = outside::reference(verified.status())?
    {
        let status = NamedStatus {
            list,
            issuer: &issuer,
            party: &outside.party,
            credential_type: doctype,
            reference: &reference,
        };
        outside.is_revoked = status.is_revoked(app).await?;
    }
    Ok(Verified {
        content: Content::Mdoc {
            doctype: doctype.to_owned(),
            namespaces: namespaces(verified),
        },
        is_holder_bound: verified.is_holder_bound(),
        core_claim_hash: CoreClaimHash::from_bytes(Sha256::digest(signed.mso_bytes()).into()),
        key_binding_claims: Map::new(),
        authority_key_ids: issuer.authority_key_ids,
        outside,
    })
}

fn only_key(issuer: &Issuer) -> Result<VerifyingKey, NotVerified> {
    let key = issuer.keys.iter().next();
    let key = key.ok_or_else(|| Refusal::internal("an issuer of mdocs without key"))?;
    Ok(key.verifying_key().clone())
}

/// Returns the session that the device must have signed (OpenID4VP 1.0, B.2.6).
fn transcript(session: Session<'_>) -> SessionTranscript {
    let (nonce, jwk_thumbprint) = (session.nonce, session.encryption_key);
    match session.channel {
        Channel::ResponseUri(response_uri) => SessionTranscript::from(&RedirectHandover {
            client_id: session.audience,
            nonce,
            jwk_thumbprint,
            response_uri,
        }),
        Channel::DcApi(origin) => SessionTranscript::from(&DcApiHandover {
            origin,
            nonce,
            jwk_thumbprint,
        }),
    }
}

/// Returns the partner of this platform whose certificate the credential has.
async fn partner(app: &App, signed: &IssuerSigned) -> Result<Issuer, NotVerified> {
    let ders = signed.certificates().iter();
    let chain = CertificateChain::from_ders(ders).map_err(NotVerified::invalid)?;
    let partner = signer(app, chain, signed.mso().validity().signed).await?;
    Ok(Issuer {
        name: partner.issuer_did.to_string(),
        keys: JwkSet::from(app.cache.issuer_key(&partner)?.public_jwk()),
        authority_key_ids: Vec::new(),
        party: None,
        is_certified: true,
        other_types: Vec::new(),
    })
}

/// Returns the partner whose certificate the platform's authority issued, valid now and when the partner signed (ISO/IEC 18013-5, 9.3.1).
async fn signer(
    app: &App,
    chain: CertificateChain,
    signed_at: UnixTime,
) -> Result<Arc<Partner>, NotVerified> {
    let authority = certificates::authority_certificate(app).await?;
    let anchors = Anchors::from_pem(authority.as_bytes()).map_err(Refusal::internal)?;
    let valid = Validator::haip(&anchors)
        .validate(chain, app.machine_clock.now())
        .map_err(|error| untrusted(&error))?;
    check_signing_time(&valid, signed_at)?;
    for uri in valid.leaf().uris() {
        if let Some(partner) = trusted_issuer(app, uri).await? {
            return Ok(partner);
        }
    }
    Err(untrusted(&"its certificate names no partner of this platform"))
}

/// Returns the elements of a document by namespace, as a query reads them.
fn namespaces(document: &VerifiedDocument) -> Map<String, Value> {
    let namespaces = document.elements().iter().map(|(namespace, elements)| {
        let elements = elements
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), to_json(value)));
        (namespace.as_str().to_owned(), Value::Object(elements.collect()))
    });
    namespaces.collect()
}
