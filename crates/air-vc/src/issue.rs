//! Issuing: one call from a validated subject to a credential.

use air_jwt::{Jwk, SigningKey, jws};
use rand_core::CryptoRng;
use serde_json::{Map, Value, json};
use ssi_sd_jwt::{SdAlg, SdJwtPayload};

use crate::{
    Credential, Error,
    disclosure::{DEPTH_LIMIT, DISCLOSURE_LIMIT, depth, pointers, sort_digests},
    rng::ForSsi,
};

/// Claims that the credential sets, or that SD-JWT gives a meaning (RFC 7519; RFC 9901; SD-JWT VC).
const RESERVED: &[&str] = &[
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "vct", "cnf", "status", "id", "nonce", "_sd", "_sd_alg",
    "...",
];

/// Where a status list says whether the credential still holds (IETF Token Status List).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    /// The list's URI.
    pub uri: String,
    /// The credential's index in it.
    pub index: u64,
}

/// What a credential says beside its subject.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// `vct`: the credential's type.
    pub vct: String,
    /// `sub`: the holder's DID.
    pub holder: Option<String>,
    /// `id`: a `urn:uuid:` of this credential.
    pub id: Option<String>,
    /// `nonce`: the revocation nonce, 63 bits, written in decimal as a string.
    pub revocation_nonce: Option<u64>,
    /// `iat`: seconds since 1970.
    pub issued_at: u64,
    /// `exp`: seconds since 1970; `None` is permanent.
    pub expires_at: Option<u64>,
    /// `cnf.jwk`: the key that a holder proves possession of.
    pub holder_key: Option<Jwk>,
    /// `status.status_list`.
    pub status: Option<StatusReference>,
}

/// Who issues: the `iss` of its credentials and the key that signs them.
#[derive(Debug)]
pub struct Issuer<'k> {
    iss: String,
    key: &'k SigningKey,
}

impl<'k> Issuer<'k> {
    /// An issuer by its identifier (a DID or an https URL).
    #[must_use]
    pub fn new(iss: impl Into<String>, key: &'k SigningKey) -> Self {
        Self { iss: iss.into(), key }
    }

    /// Issues an SD-JWT VC; every claim of the subject is selectively disclosable. Validate the subject before.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`] or [`Error::SubjectTooLarge`].
    pub fn issue(
        &self,
        terms: &Terms,
        subject: &Map<String, Value>,
        rng: &mut impl CryptoRng,
    ) -> Result<Credential, Error> {
        let hidden = pointers(subject);
        check_subject(subject, hidden.len())?;
        let mut claims = self.registered_claims(terms);
        claims.extend(subject.clone());

        let (mut payload, disclosures) =
            SdJwtPayload::conceal_claims(claims, ForSsi(rng), SdAlg::Sha256, &hidden).map_err(|_| {
                Error::NotConcealed {
                    reason: "a claim could not be hidden",
                }
            })?;
        sort_digests(&mut payload.claims);
        payload.claims.insert("_sd_alg".into(), json!("sha-256"));

        let mut compact = jws::sign(self.key, "dc+sd-jwt", &payload.claims);
        compact.push('~');
        for disclosure in disclosures {
            compact.push_str(disclosure.encoded.as_str());
            compact.push('~');
        }
        Ok(Credential::new(compact))
    }

    fn registered_claims(&self, terms: &Terms) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value);
            }
        };
        set("iss", Some(json!(self.iss)));
        set("vct", Some(json!(terms.vct)));
        set("iat", Some(json!(terms.issued_at)));
        set("exp", terms.expires_at.map(|at| json!(at)));
        set("sub", terms.holder.as_ref().map(|holder| json!(holder)));
        set("id", terms.id.as_ref().map(|id| json!(id)));
        set(
            "nonce",
            terms.revocation_nonce.map(|nonce| json!(nonce.to_string())),
        );
        set("cnf", terms.holder_key.as_ref().map(|jwk| json!({ "jwk": jwk })));
        set(
            "status",
            terms
                .status
                .as_ref()
                .map(|status| json!({ "status_list": { "idx": status.index, "uri": status.uri } })),
        );
        claims
    }
}

fn check_subject(subject: &Map<String, Value>, hidden: usize) -> Result<(), Error> {
    if let Some(name) = subject.keys().find(|name| RESERVED.contains(&name.as_str())) {
        return Err(Error::ReservedClaim { name: name.clone() });
    }
    if hidden > DISCLOSURE_LIMIT {
        return Err(Error::SubjectTooLarge {
            what: "claims",
            limit: DISCLOSURE_LIMIT,
        });
    }
    // Half, so that the payload's own levels still fit when it is read.
    if subject.values().map(depth).sum::<usize>() > DEPTH_LIMIT / 2 {
        return Err(Error::SubjectTooLarge {
            what: "levels of nesting",
            limit: DEPTH_LIMIT / 2,
        });
    }
    Ok(())
}
