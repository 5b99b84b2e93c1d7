//! The certificate chain of a token or an mdoc: under trust anchors, or as far as it can be checked
//! without them.

use air_ids::UnixTime;
use air_jwt::Jwk;
use air_oid4vc::explain::CertificateKey;
use air_x509::{Certificate, CertificateChain, Error, Purpose, Validator};
use serde_json::{Map, Value};

use super::{Broken, Explained, Reader};

/// The check that needs trust anchors.
const TRUST: &str = "whether the certificate is trusted, which needs trust anchors (--anchors)";

/// The chain of a header's `x5c`.
pub(super) struct Chain {
    chain: Result<CertificateChain, Error>,
    names: Vec<String>,
    key: Option<Jwk>,
}

impl Chain {
    pub(super) fn of(header: &Map<String, Value>) -> Option<Self> {
        Some(Self::read(CertificateChain::from_x5c(header.get("x5c")?)))
    }

    pub(super) fn of_ders<'a>(ders: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::read(CertificateChain::from_ders(ders))
    }

    fn read(chain: Result<CertificateChain, Error>) -> Self {
        let leaf = chain.as_ref().ok().map(CertificateChain::leaf);
        Self {
            names: leaf.map(|leaf| leaf.dns_names().to_vec()).unwrap_or_default(),
            key: leaf.and_then(|leaf| leaf.jwk().ok()),
            chain,
        }
    }

    pub(super) fn leaf(&self) -> Option<&Certificate> {
        self.chain.as_ref().ok().map(CertificateChain::leaf)
    }

    pub(super) fn jwk(&self) -> Option<&Jwk> {
        self.key.as_ref()
    }

    /// The signer's certificate, whose key may be used to verify the token, but not to trust it.
    pub(super) fn key(&self) -> Option<OwnedKey<'_>> {
        Some(OwnedKey {
            leaf: self.leaf()?,
            names: self.names.iter().map(String::as_str).collect(),
            key: self.key.as_ref()?,
        })
    }

    /// Checks the chain, and adds the result. Without anchors, the trust remains to be checked.
    pub(super) fn check(&self, explained: &mut Explained, reader: &Reader, purpose: Option<Purpose>) {
        self.check_known(explained, reader, purpose);
        if reader.anchors.is_none() {
            explained.unchecked.push(TRUST.to_owned());
        }
    }

    /// As [`Self::check`], for an explanation that says itself that the trust is not checked.
    pub(super) fn check_known(&self, explained: &mut Explained, reader: &Reader, purpose: Option<Purpose>) {
        let (Ok(chain), Some(anchors)) = (&self.chain, &reader.anchors) else {
            explained.broken.extend(self.broken(reader.now));
            return;
        };
        let mut validator = Validator::haip(anchors);
        if let Some(purpose) = purpose {
            validator = validator.for_purpose(purpose);
        }
        match validator.validate(chain.clone(), reader.now) {
            Ok(valid) => explained.part("trusted by", valid.anchor().subject().to_owned()),
            Err(error) => explained.broken.push(Broken {
                specification: Some("RFC 5280"),
                section: Some("6.1"),
                message: error.to_string(),
            }),
        }
    }

    /// The rules of HAIP and RFC 5280 that need no anchor.
    fn broken(&self, now: UnixTime) -> Vec<Broken> {
        let haip = |error: &Error| Broken {
            specification: Some("HAIP 1.0"),
            section: Some("6.1.1"),
            message: error.to_string(),
        };
        let chain = match &self.chain {
            Ok(chain) => chain,
            Err(error) => {
                return vec![Broken {
                    specification: Some("RFC 7515"),
                    section: Some("4.1.6"),
                    message: error.to_string(),
                }];
            }
        };
        let mut broken = Vec::new();
        if let Some(key) = &self.key
            && let Err(error) = chain.signing_x5c(key)
        {
            broken.push(haip(&error));
        }
        for (index, certificate) in chain.iter().enumerate() {
            if now > certificate.not_after() || now < certificate.not_before() {
                broken.push(Broken {
                    specification: Some("RFC 5280"),
                    section: Some("4.1.2.5"),
                    message: format!("certificate {index} of the chain is not valid at this time; renew it"),
                });
            }
        }
        broken
    }
}

/// The parts of a [`CertificateKey`].
pub(super) struct OwnedKey<'a> {
    leaf: &'a Certificate,
    names: Vec<&'a str>,
    key: &'a Jwk,
}

impl OwnedKey<'_> {
    /// `is_chain_checked`: whether anchors are known, so that [`Chain::check_known`] checks the chain.
    pub(super) fn borrow(&self, is_chain_checked: bool) -> CertificateKey<'_> {
        CertificateKey {
            is_chain_checked,
            der: self.leaf.der(),
            dns_names: &self.names,
            key: self.key,
        }
    }
}
