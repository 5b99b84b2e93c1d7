//! Issuers that the trust list of a verification program names.

use std::fmt::Display;

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, Kid};
use air_mdoc::IssuerSigned;
use air_oid4vc::dcql;
use air_vc::{Inspection, did::Resolver};
use air_x509::{
    CertificateChain, Purpose, TrustList, ValidChain,
    trust_list::{IssuerClaims, IssuerKeys, Party},
};
use serde_json::{Map, Value};

use super::{NotVerified, trusted_issuer};
use crate::App;

/// The maximum number of other types of a credential that are looked up in the list.
const OTHER_TYPES_LIMIT: usize = 16;

/// A trusted issuer and the keys that verify its credentials.
pub(super) struct Issuer {
    /// The issuer identifier, as the credential or its certificate names it.
    pub(super) name: String,
    pub(super) keys: JwkSet,
    /// The authority key identifiers of its certificates.
    pub(super) authority_key_ids: Vec<Vec<u8>>,
    /// The name of the party in the trust list; `None` for a partner of this platform, whose credentials are in the store.
    pub(super) party: Option<String>,
    /// Whether it was found by its certificates.
    pub(super) is_certified: bool,
    /// The types in the credential's `aka_vcts` that the issuer may issue; none for an mdoc.
    pub(super) other_types: Vec<String>,
}

/// Finds the issuer that an SD-JWT VC names. The credential is unverified: the returned keys must verify it.
pub(super) async fn of_sd_jwt_vc(
    app: &App,
    list: &TrustList,
    inspection: &Inspection,
) -> Result<Issuer, NotVerified> {
    let text = |name: &str| inspection.claims.get(name).and_then(Value::as_str);
    let iss = text("iss");
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
    let others = dcql::other_types(&inspection.claims).take(OTHER_TYPES_LIMIT);
    let other_types = others
        .filter(|other| {
            may_issue(
                list,
                IssuerClaims {
                    credential_type: other,
                    ..claims
                },
                &keys,
                now,
            )
        })
        .map(str::to_owned)
        .collect();
    let (keys, chain) = match keys {
        IssuerKeys::Certificate(chain) => (leaf_keys(&chain, &inspection.header)?, Some(chain)),
        IssuerKeys::Pinned(keys) => (keys, None),
        IssuerKeys::Did => (resolved(app, iss.unwrap_or_default()).await?, None),
        _ => return Err(untrusted(&"its kind of keys is not supported")),
    };
    let is_partner = match (iss, &chain) {
        (Some(iss), _) => trusted_issuer(app, iss).await?.is_some(),
        (None, Some(chain)) => is_partners(app, chain).await?,
        (None, None) => false,
    };
    let name = match (iss, &chain) {
        (None, Some(chain)) => name_of(chain, party),
        (iss, _) => iss.unwrap_or_default().to_owned(),
    };
    Ok(Issuer {
        name,
        keys,
        authority_key_ids: chain.as_deref().map(authority_key_ids).unwrap_or_default(),
        party: (!is_partner).then(|| party.name().to_owned()),
        is_certified: chain.is_some(),
        other_types,
    })
}

/// Returns whether the issuer of a credential may issue another type: the keys that verify the credential must be for this type too.
fn may_issue(list: &TrustList, claims: IssuerClaims<'_>, keys: &IssuerKeys, now: UnixTime) -> bool {
    match (list.named_issuer(claims, now), keys) {
        (Ok((_, IssuerKeys::Certificate(_))), IssuerKeys::Certificate(_))
        | (Ok((_, IssuerKeys::Did)), IssuerKeys::Did) => true,
        (Ok((_, IssuerKeys::Pinned(permitted))), IssuerKeys::Pinned(keys)) => {
            let is_permitted = |key: &Jwk| permitted.iter().any(|one| one == key);
            keys.iter().all(is_permitted)
        }
        _ => false,
    }
}

/// Finds the issuer of an mdoc by its certificates, which must be valid now and when it signed (ISO/IEC 18013-5, 9.3.1), and for signers of
/// mdocs (B.1.4).
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
    let is_partner = is_partners(app, &valid).await?;
    // The platform's own mdocs are in the store, and its earlier versions certified their signers without a purpose.
    if !is_partner && !valid.leaf().is_for(Purpose::MdocSigner) {
        let required = Purpose::MdocSigner;
        return Err(untrusted(&air_x509::Error::WrongPurpose { required }));
    }
    Ok(Issuer {
        name: name_of(&valid, party),
        keys: JwkSet::from(valid.jwk().map_err(|error| untrusted(&error))?),
        authority_key_ids: authority_key_ids(&valid),
        party: (!is_partner).then(|| party.name().to_owned()),
        is_certified: true,
        other_types: Vec::new(),
    })
}

/// Returns whether a certificate names a partner of this platform.
async fn is_partners(app: &App, valid: &ValidChain) -> Result<bool, NotVerified> {
    for uri in valid.leaf().uris() {
        if trusted_issuer(app, uri).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
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
    let resolver = Resolver::new(app.issuer_documents.of_dids());
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

/// Returns the identifier of an issuer whose identity is its certificate: a name of the certificate, otherwise the party's name.
fn name_of(valid: &ValidChain, party: &Party) -> String {
    let name = valid.leaf().alternative_name();
    name.unwrap_or_else(|| party.name()).to_owned()
}
