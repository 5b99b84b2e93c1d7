//! Issuers that the trust list of a verification program names.

use std::fmt::Display;

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, Kid};
use air_mdoc::IssuerSigned;
use air_vc::{Inspection, did::Resolver};
use air_x509::{
    CertificateChain, TrustList, ValidChain,
    trust_list::{IssuerClaims, IssuerKeys, Party},
};
use serde_json::{Map, Value};

use super::{NotVerified, trusted_issuer};
use crate::App;

/// A trusted issuer and the keys that verify its credentials.
pub(super) struct Issuer {
    /// The issuer identifier, as the credential names it.
    pub(super) name: String,
    pub(super) keys: JwkSet,
    /// The authority key identifiers of its certificates.
    pub(super) authority_key_ids: Vec<Vec<u8>>,
    /// The name of the party in the trust list; `None` for a partner of this platform, whose credentials are in the store.
    pub(super) party: Option<String>,
    /// Whether it was found by its certificates.
    pub(super) is_certified: bool,
}

/// Finds the issuer that an SD-JWT VC names. The credential is unverified: the returned keys must verify it.
pub(super) async fn of_sd_jwt_vc(
    app: &App,
    list: &TrustList,
    inspection: &Inspection,
) -> Result<Issuer, NotVerified> {
    let text = |name: &str| inspection.claims.get(name).and_then(Value::as_str);
    let iss = text("iss").ok_or_else(|| untrusted(&"the credential names no issuer: it has no `iss`"))?;
    let claims = IssuerClaims {
        iss,
        x5c: inspection.header.get("x5c"),
        kid: inspection.header.get("kid").and_then(Value::as_str),
        credential_type: text("vct").unwrap_or_default(),
    };
    let now = app.machine_clock.now();
    let (party, keys) = list
        .named_issuer(claims, now)
        .map_err(|error| untrusted(&error))?;
    let (keys, chain) = match keys {
        IssuerKeys::Certificate(chain) => (leaf_keys(&chain, &inspection.header)?, Some(chain)),
        IssuerKeys::Pinned(keys) => (keys, None),
        IssuerKeys::Did => (resolved(app, iss).await?, None),
        _ => return Err(untrusted(&"its kind of keys is not supported")),
    };
    let is_partner = trusted_issuer(app, iss).await?.is_some();
    Ok(Issuer {
        name: iss.to_owned(),
        keys,
        authority_key_ids: chain.as_deref().map(authority_key_ids).unwrap_or_default(),
        party: (!is_partner).then(|| party.name().to_owned()),
        is_certified: chain.is_some(),
    })
}

/// Finds the issuer of an mdoc by its certificates, which must be valid now and when it signed (ISO/IEC 18013-5, 9.3.1).
pub(super) async fn of_mdoc(
    app: &App,
    list: &TrustList,
    signed: &IssuerSigned,
) -> Result<Issuer, NotVerified> {
    let chain =
        CertificateChain::from_ders(signed.certificates().iter()).map_err(|error| untrusted(&error))?;
    let doc_type = signed.mso().doc_type().as_str();
    let now = app.machine_clock.now();
    let (party, valid) = list
        .certified_issuer(chain, doc_type, now)
        .map_err(|error| untrusted(&error))?;
    check_signing_time(&valid, signed.mso().validity().signed)?;
    let mut is_partner = false;
    for uri in valid.leaf().uris() {
        is_partner = is_partner || trusted_issuer(app, uri).await?.is_some();
    }
    Ok(Issuer {
        name: name_of(&valid, party),
        keys: JwkSet::from(valid.jwk().map_err(|error| untrusted(&error))?),
        authority_key_ids: authority_key_ids(&valid),
        party: (!is_partner).then(|| party.name().to_owned()),
        is_certified: true,
    })
}

/// Checks that the certificate of the signer of an mdoc was valid when it signed.
pub(super) fn check_signing_time(valid: &ValidChain, signed_at: UnixTime) -> Result<(), NotVerified> {
    let leaf = valid.leaf();
    if (leaf.not_before()..=leaf.not_after()).contains(&signed_at) {
        return Ok(());
    }
    Err(untrusted(&"it signed when its certificate was not valid"))
}

/// Returns the key of the leaf under the name that a token's header has for it.
pub(super) fn leaf_keys(chain: &ValidChain, header: &Map<String, Value>) -> Result<JwkSet, NotVerified> {
    let key = chain.jwk().map_err(|error| untrusted(&error))?;
    let kid = header.get("kid").and_then(Value::as_str);
    Ok(JwkSet::from(match kid.and_then(|kid| kid.parse::<Kid>().ok()) {
        Some(kid) => Jwk::new(key.verifying_key().clone(), kid),
        None => key,
    }))
}

/// Returns the error for an issuer that is not trusted.
pub(super) fn untrusted(reason: &dyn Display) -> NotVerified {
    NotVerified::Invalid(format!("the credential's issuer is not trusted: {reason}"))
}

/// Returns the keys of a DID of the list.
async fn resolved(app: &App, did: &str) -> Result<JwkSet, NotVerified> {
    let resolver = Resolver::new(app.fetcher.clone());
    let resolver = if app.is_local {
        resolver.in_development()
    } else {
        resolver
    };
    resolver
        .issuer_keys(did)
        .await
        .map_err(|error| NotVerified::Invalid(format!("the credential's issuer can't be resolved: {error}")))
}

fn authority_key_ids(valid: &ValidChain) -> Vec<Vec<u8>> {
    let ids = valid
        .chain()
        .iter()
        .filter_map(air_x509::Certificate::authority_key_id);
    ids.map(<[u8]>::to_vec).collect()
}

/// Returns the identifier of the signer of an mdoc: a URI or a DNS name of its certificate, otherwise the party's name.
fn name_of(valid: &ValidChain, party: &Party) -> String {
    let leaf = valid.leaf();
    let mut names = leaf.uris().iter().chain(leaf.dns_names());
    names.next().cloned().unwrap_or_else(|| party.name().to_owned())
}
