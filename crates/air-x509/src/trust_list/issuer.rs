//! Finds the issuer that a credential names.

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet};
use serde_json::Value;
use url::Url;

use super::{Identity, Party, TrustList};
use crate::{Certificate, CertificateChain, Error, ValidChain, Validator};

/// The unverified statements of a credential about its issuer.
#[derive(Clone, Copy, Debug)]
pub struct IssuerClaims<'a> {
    /// The issuer identifier, `iss`. A credential with `x5c` may have none.
    pub iss: Option<&'a str>,
    /// The certificate chain in the header, `x5c`.
    pub x5c: Option<&'a Value>,
    /// The id of its key in the header, `kid`.
    pub kid: Option<&'a str>,
    /// The type of the credential, `vct`.
    pub credential_type: &'a str,
}

/// The keys that verify the credentials of an issuer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum IssuerKeys {
    /// The key of the leaf of this chain.
    Certificate(Box<ValidChain>),
    /// The pinned keys that may sign this type.
    Pinned(JwkSet),
    /// The keys of the issuer's DID document, which the caller resolves.
    Did,
}

impl TrustList {
    /// Finds the issuer that an SD-JWT VC names: by its certificates if it has any, otherwise by its
    /// pinned keys, otherwise by its DID. A certificate must name the `iss` of the credential, if there is
    /// one.
    ///
    /// # Errors
    /// [`Error::NotTrusted`], [`Error::TypeNotPermitted`], [`Error::IssuerNotNamed`], [`Error::NoIssuer`],
    /// [`Error::InvalidTrustList`] if two keys of the issuer have one `kid`, or the error of the chain's
    /// validation by [`Validator::haip`].
    ///
    /// # Security
    /// The claims are not verified: a credential is the issuer's only if one of the keys verifies it.
    pub fn named_issuer(
        &self,
        claims: IssuerClaims<'_>,
        now: UnixTime,
    ) -> Result<(&Party, IssuerKeys), Error> {
        let IssuerClaims {
            iss,
            x5c,
            kid,
            credential_type,
        } = claims;
        if let Some(x5c) = x5c {
            let chain = CertificateChain::from_x5c(x5c)?;
            let (party, valid) = self.certified_issuer(chain, credential_type, now)?;
            if iss.is_some_and(|iss| !names(valid.leaf(), iss)) {
                return Err(Error::IssuerNotNamed);
            }
            return Ok((party, IssuerKeys::Certificate(Box::new(valid))));
        }
        let iss = iss.ok_or(Error::NoIssuer)?;
        let pinned = self.pinned_keys(iss, credential_type)?;
        if let Some((_, first)) = pinned.first() {
            let keys = JwkSet::new(pinned.iter().map(|(key, _)| (*key).clone())).map_err(|error| {
                Error::InvalidTrustList {
                    reason: format!("the keys of `{}` are ambiguous: {error}", first.name()),
                }
            })?;
            // The key that the credential names is the only one that can verify it.
            let named = kid.and_then(|kid| keys.select(kid).ok());
            let party = pinned.iter().find(|(key, _)| named == Some(*key));
            let party = party.map_or(*first, |(_, party)| *party);
            return Ok((party, IssuerKeys::Pinned(keys)));
        }
        let party = self.issuer(Identity::Did(iss), credential_type)?;
        Ok((party, IssuerKeys::Did))
    }

    /// Finds the pinned keys of an issuer that may sign this type, each with its party. An issuer may occur
    /// more than once, with other keys for other types. Returns none if the issuer has no pinned keys.
    fn pinned_keys(&self, iss: &str, credential_type: &str) -> Result<Vec<(&Jwk, &Party)>, Error> {
        let mut permitted: Vec<(&Jwk, &Party)> = Vec::new();
        let mut refusal = None;
        for key in self.issuer_keys(iss) {
            match self.issuer(Identity::Key { id: iss, key }, credential_type) {
                Ok(_) if permitted.iter().any(|(known, _)| *known == key) => {}
                Ok(party) => permitted.push((key, party)),
                Err(error) => refusal = Some(error),
            }
        }
        match refusal {
            Some(error) if permitted.is_empty() => Err(error),
            _ => Ok(permitted),
        }
    }

    /// Validates a chain under the anchors of all issuers, with the rules of HAIP, and finds the issuer
    /// to which it belongs.
    ///
    /// # Errors
    /// As [`Self::named_issuer`], except [`Error::IssuerNotNamed`] and [`Error::NoIssuer`].
    pub fn certified_issuer(
        &self,
        chain: CertificateChain,
        credential_type: &str,
        now: UnixTime,
    ) -> Result<(&Party, ValidChain), Error> {
        let anchors = self.issuer_anchors()?;
        let valid = Validator::haip(&anchors).validate(chain, now)?;
        let party = self.issuer(Identity::Certificate(&valid), credential_type)?;
        Ok((party, valid))
    }
}

/// Whether the leaf names the issuer: as a URI, or its host as a DNS name (SD-JWT VC, section 2.5).
fn names(leaf: &Certificate, iss: &str) -> bool {
    let url = Url::parse(iss).ok();
    let host = url.as_ref().and_then(Url::host_str);
    leaf.has_uri(iss) || host.is_some_and(|host| leaf.has_dns_name(host))
}
