//! The claims of a stored credential for a query, and its presentation.

use air_jwt::SigningKey;
use air_mdoc::{IssuerSigned, RedirectHandover, SessionTranscript, to_json};
use air_oid4vc::{
    dcql::{self, ClaimsPath, Planned, Step},
    vp::{Presentation, TransactionData},
};
use air_vc::{Challenge, ClaimPath, Credential, Inspection};
use air_x509::CertificateChain;
use serde_json::{Map, Value};

use super::folder::{Entry, PrivateKey};
use crate::{exit::Failure, time};

/// A stored credential whose claims were read.
pub(super) struct Held {
    pub(super) entry: Entry,
    kind: Kind,
    /// The authority key identifiers of the issuer's certificates.
    authority_key_ids: Vec<Vec<u8>>,
}

enum Kind {
    SdJwtVc {
        vct: String,
        claims: Map<String, Value>,
    },
    Mdoc {
        doctype: String,
        namespaces: Map<String, Value>,
    },
    /// A format that this wallet stores, but cannot present.
    Other,
}

/// The transaction to which a presentation is bound.
pub(super) struct Session<'a> {
    pub(super) audience: &'a str,
    pub(super) nonce: &'a str,
    pub(super) response_uri: &'a str,
    /// The thumbprint of the key that the response is encrypted to.
    pub(super) encryption: Option<[u8; 32]>,
}

impl Held {
    pub(super) fn read(entry: Entry) -> Result<Self, Failure> {
        let unreadable = |error: String| Failure::rejected(format!("{}: {error}", entry.path.display()));
        let mut authority_key_ids = Vec::new();
        let kind = match entry.stored.format.as_str() {
            "dc+sd-jwt" => {
                let inspection = Inspection::of(&entry.stored.credential)
                    .map_err(|error| unreadable(error.to_string()))?;
                let vct = inspection
                    .claims
                    .get("vct")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                let x5c = inspection.header.get("x5c");
                let chain = x5c.and_then(|x5c| CertificateChain::from_x5c(x5c).ok());
                authority_key_ids = chain.as_ref().map(key_ids).unwrap_or_default();
                Kind::SdJwtVc {
                    vct,
                    claims: inspection.claims,
                }
            }
            "mso_mdoc" => {
                let mdoc = IssuerSigned::from_base64url(&entry.stored.credential)
                    .map_err(|error| unreadable(error.to_string()))?;
                let chain = CertificateChain::from_ders(mdoc.certificates().iter()).ok();
                authority_key_ids = chain.as_ref().map(key_ids).unwrap_or_default();
                Kind::Mdoc {
                    doctype: mdoc.mso().doc_type().as_str().to_owned(),
                    namespaces: namespaces(&mdoc),
                }
            }
            _ => Kind::Other,
        };
        Ok(Self {
            entry,
            kind,
            authority_key_ids,
        })
    }

    /// The credential for a query; absent if the wallet cannot present its format.
    pub(super) fn for_query(&self) -> Option<dcql::Credential<'_>> {
        let credential = match &self.kind {
            Kind::SdJwtVc { vct, claims } => dcql::Credential::sd_jwt_vc(vct, claims).with_other_types(),
            Kind::Mdoc { doctype, namespaces } => dcql::Credential::mdoc(doctype, namespaces),
            Kind::Other => return None,
        };
        let credential = self
            .authority_key_ids
            .iter()
            .fold(credential, |credential, id| credential.with_authority_key_id(id));
        Some(credential.bound_to_holder(self.entry.stored.key.is_some()))
    }

    /// The credential's type.
    pub(super) fn type_name(&self) -> &str {
        match &self.kind {
            Kind::SdJwtVc { vct, .. } => vct,
            Kind::Mdoc { doctype, .. } => doctype,
            Kind::Other => &self.entry.stored.format,
        }
    }

    /// The claims of an SD-JWT VC, which name its type.
    pub(super) fn typed_claims(&self) -> Option<&Map<String, Value>> {
        match &self.kind {
            Kind::SdJwtVc { claims, .. } => Some(claims),
            Kind::Mdoc { .. } | Kind::Other => None,
        }
    }

    /// The value of a claim, for the user who decides about its disclosure.
    pub(super) fn value(&self, path: &ClaimsPath) -> Option<&Value> {
        let claims = match &self.kind {
            Kind::SdJwtVc { claims, .. } => claims,
            Kind::Mdoc { namespaces, .. } => namespaces,
            Kind::Other => return None,
        };
        path.select(claims).ok()?.first().map(|selected| selected.value)
    }

    /// Whether its presentation can have the hashes of transactions: an mdoc has no general form for them.
    pub(super) fn can_sign_transactions(&self) -> bool {
        matches!(self.kind, Kind::SdJwtVc { .. }) && self.entry.stored.key.is_some()
    }

    /// Presents the planned claims, and authorises the transactions.
    pub(super) fn present(
        &self,
        planned: &Planned,
        session: &Session<'_>,
        transactions: &[TransactionData],
    ) -> Result<Presentation, Failure> {
        let key = self.entry.stored.key.as_ref().map(PrivateKey::read).transpose()?;
        let text = match &self.kind {
            Kind::SdJwtVc { .. } => self.present_sd_jwt(planned, session, key.as_ref(), transactions)?,
            Kind::Mdoc { .. } => self.present_mdoc(planned, session, key.as_ref())?,
            Kind::Other => return Err(Failure::rejected("the wallet cannot present this format")),
        };
        Ok(Presentation::Text(text))
    }

    fn present_sd_jwt(
        &self,
        planned: &Planned,
        session: &Session<'_>,
        key: Option<&SigningKey>,
        transactions: &[TransactionData],
    ) -> Result<String, Failure> {
        let refused = |error: air_vc::Error| Failure::rejected(error.to_string());
        let credential: Credential = self.entry.stored.credential.parse().map_err(refused)?;
        let paths: Vec<ClaimPath> = planned
            .selection
            .disclosures
            .iter()
            .filter_map(claim_path)
            .collect();
        let mut presentation = credential.present(&paths).map_err(refused)?;
        if let Some(key) = key.filter(|_| planned.holder_binding) {
            let challenge = Challenge {
                nonce: session.nonce.to_owned(),
                audience: session.audience.to_owned(),
            };
            let hashes = TransactionData::key_binding_claims(transactions);
            presentation = presentation
                .bind_claims(key, &challenge, &hashes, time::now())
                .map_err(refused)?;
        }
        Ok(presentation.as_str().to_owned())
    }

    fn present_mdoc(
        &self,
        planned: &Planned,
        session: &Session<'_>,
        key: Option<&SigningKey>,
    ) -> Result<String, Failure> {
        let refused = |error: air_mdoc::Error| Failure::rejected(error.to_string());
        let key = key.ok_or_else(|| Failure::rejected("the wallet has no key for this mdoc"))?;
        let elements: Vec<(&str, &str)> = planned
            .selection
            .disclosures
            .iter()
            .filter_map(ClaimsPath::mdoc_element)
            .collect();
        let transcript = SessionTranscript::from(&RedirectHandover {
            client_id: session.audience,
            nonce: session.nonce,
            jwk_thumbprint: session.encryption,
            response_uri: session.response_uri,
        });
        let mdoc = IssuerSigned::from_base64url(&self.entry.stored.credential).map_err(refused)?;
        let signed = mdoc
            .present(&elements)
            .map_err(refused)?
            .sign(key, &transcript)
            .map_err(refused)?;
        Ok(signed.to_base64url())
    }
}

/// The path as `air-vc` writes it; absent if it is empty.
pub(super) fn claim_path(path: &ClaimsPath) -> Option<ClaimPath> {
    let mut steps = path.steps().iter();
    let Step::Name(first) = steps.next()? else {
        return None;
    };
    steps.try_fold(ClaimPath::named(first.clone()), |path, step| match step {
        Step::Name(name) => Some(path.member(name.clone())),
        Step::Index(index) => Some(path.item(*index)),
        Step::Every => None,
    })
}

/// The authority key identifiers of a chain. The wallet received it from the issuer and does not validate it: it only selects the
/// credential to present.
fn key_ids(chain: &CertificateChain) -> Vec<Vec<u8>> {
    let ids = chain.iter().filter_map(air_x509::Certificate::authority_key_id);
    ids.map(<[u8]>::to_vec).collect()
}

/// The elements of an mdoc as JSON (RFC 8949, 6.1).
fn namespaces(mdoc: &IssuerSigned) -> Map<String, Value> {
    let elements = mdoc.namespaces().map(|(namespace, items)| {
        let items = items
            .iter()
            .map(|item| (item.identifier().as_str().to_owned(), to_json(item.value())));
        (namespace.as_str().to_owned(), Value::Object(items.collect()))
    });
    elements.collect()
}
