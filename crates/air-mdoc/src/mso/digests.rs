//! The digests of the elements (ISO/IEC 18013-5, 9.1.2.5).

use std::{collections::BTreeMap, fmt, str::FromStr};

use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    Error, IssuerSignedItem, NameSpace,
    cbor::{Raw, Writer},
    issuer_signed::{ELEMENT_LIMIT, NAMESPACE_LIMIT},
};

const PART: &str = "valueDigests";

/// A hash function of the mobile security object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-256, which OpenID4VC HAIP requires. Issuers use it.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// The name in `digestAlgorithm`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    pub(crate) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

impl FromStr for DigestAlgorithm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or(Error::Malformed {
                part: "MobileSecurityObject",
                rule: "`digestAlgorithm` must be SHA-256, SHA-384 or SHA-512 (ISO/IEC 18013-5, 9.1.2.5)",
            })
    }
}

/// The digests of each namespace, by their IDs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ValueDigests {
    algorithm: DigestAlgorithm,
    digests: BTreeMap<NameSpace, BTreeMap<u64, Vec<u8>>>,
}

impl ValueDigests {
    pub(crate) fn new(algorithm: DigestAlgorithm) -> Self {
        Self {
            algorithm,
            digests: BTreeMap::new(),
        }
    }

    pub(crate) fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    pub(crate) fn add(&mut self, namespace: &NameSpace, item: &IssuerSignedItem) {
        let digest = self.algorithm.digest(item.as_bytes());
        self.digests
            .entry(namespace.clone())
            .or_default()
            .insert(item.digest_id(), digest);
    }

    /// Checks that the issuer signed the digest of an element.
    pub(crate) fn check(&self, namespace: &NameSpace, item: &IssuerSignedItem) -> Result<(), Error> {
        let digest_id = item.digest_id();
        let signed = self
            .digests
            .get(namespace)
            .and_then(|digests| digests.get(&digest_id))
            .ok_or_else(|| Error::DigestMissing {
                namespace: namespace.to_string(),
                digest_id,
            })?;
        if *signed == self.algorithm.digest(item.as_bytes()) {
            Ok(())
        } else {
            Err(Error::DigestMismatch {
                namespace: namespace.to_string(),
                digest_id,
            })
        }
    }

    pub(super) fn parse(raw: Raw<'_>, algorithm: DigestAlgorithm) -> Result<Self, Error> {
        let namespaces = raw.map().ok_or(Error::Malformed {
            part: PART,
            rule: "must be a map of namespaces (ISO/IEC 18013-5, 9.1.2.4)",
        })?;
        let too_large = |what, limit| Error::TooLarge {
            part: PART,
            what,
            limit,
        };
        if namespaces.len() > NAMESPACE_LIMIT {
            return Err(too_large("namespaces", NAMESPACE_LIMIT));
        }
        let mut digests = BTreeMap::new();
        let mut count = 0;
        for (namespace, entries) in namespaces {
            let namespace: NameSpace = namespace.text().unwrap_or_default().parse()?;
            let entries = entries.map().unwrap_or_default();
            count += entries.len();
            if count > ELEMENT_LIMIT {
                return Err(too_large("digests", ELEMENT_LIMIT));
            }
            let entries = entries.into_iter().map(|(id, digest)| {
                let digest = digest.byte_string()?;
                (digest.len() == algorithm.length()).then_some((id.unsigned()?, digest.to_vec()))
            });
            let entries: Option<BTreeMap<_, _>> = entries.collect();
            let entries = entries.ok_or(Error::Malformed {
                part: PART,
                rule: "must map digest IDs to digests of `digestAlgorithm` (ISO/IEC 18013-5, 9.1.2.4)",
            })?;
            digests.insert(namespace, entries);
        }
        Ok(Self { algorithm, digests })
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        writer.map(self.digests.len());
        for (namespace, digests) in &self.digests {
            writer.text(namespace.as_str()).map(digests.len());
            for (id, digest) in digests {
                writer.unsigned(*id).bytes(digest);
            }
        }
    }
}

impl fmt::Debug for ValueDigests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.digests.iter().map(|(name, digests)| (name, digests.len()));
        f.debug_map().entries(counts).finish()
    }
}
