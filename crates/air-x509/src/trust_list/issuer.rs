//! Finds the issuer that a credential names.

use air_jwt::JwkSet;
use serde_json::Value;
use url::Url;

use super::{Identity, Party, TrustList};
use crate::{Certificate, CertificateChain, Error, ValidChain, Validator};

/// What a credential says about its issuer. None of it is verified yet.
#[derive(Clone, Copy, Debug)]
pub struct IssuerClaims<'a> {
    /// The issuer identifier, `iss`.
    pub iss: &'a str,
    /// The certificate chain in the header, `x5c`.
    pub x5c: Option<&'a Value>,
    /// The type of the credential, `vct`.
    pub credential_type: &'a str,
}

/// The keys that verify the credentials of an issuer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum IssuerKeys<'a> {
    /// The key of the leaf of this chain.
    Certificate(Box<ValidChain>),
    /// Pinned keys.
    Pinned(&'a JwkSet),
    /// The keys of the issuer's DID document, which the caller resolves.
    Did,
}

impl TrustList {
    /// Finds the issuer that an SD-JWT VC names: by its certificates if it has any, otherwise by its
    /// pinned keys, otherwise by its DID.
    ///
    /// # Errors
    /// [`Error::NotTrusted`], [`Error::TypeNotPermitted`], [`Error::IssuerNotNamed`], or the error of
    /// the chain's validation by [`Validator::haip`].
    ///
    /// # Security
    /// The claims are not verified: a credential is the issuer's only if one of the keys verifies it.
    pub fn named_issuer(
        &self,
        claims: IssuerClaims<'_>,
        now: u64,
    ) -> Result<(&Party, IssuerKeys<'_>), Error> {
        let IssuerClaims {
            iss,
            x5c,
            credential_type,
        } = claims;
        if let Some(x5c) = x5c {
            let chain = CertificateChain::from_x5c(x5c)?;
            let (party, valid) = self.certified_issuer(chain, credential_type, now)?;
            if !names(valid.leaf(), iss) {
                return Err(Error::IssuerNotNamed);
            }
            return Ok((party, IssuerKeys::Certificate(Box::new(valid))));
        }
        if let Some(keys) = self.issuer_keys(iss) {
            // Each pinned key of the identifier belongs to the same party.
            let key = keys.iter().next().ok_or(Error::NotTrusted)?;
            let party = self.issuer(Identity::Key { id: iss, key }, credential_type)?;
            return Ok((party, IssuerKeys::Pinned(keys)));
        }
        let party = self.issuer(Identity::Did(iss), credential_type)?;
        Ok((party, IssuerKeys::Did))
    }

    /// Validates a chain under the anchors of all issuers, with the rules of HAIP, and finds the issuer
    /// to which it belongs.
    ///
    /// # Errors
    /// As [`Self::named_issuer`], except [`Error::IssuerNotNamed`].
    pub fn certified_issuer(
        &self,
        chain: CertificateChain,
        credential_type: &str,
        now: u64,
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
