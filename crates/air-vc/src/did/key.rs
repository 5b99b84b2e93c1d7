//! `did:key` (W3C CCG, "The did:key Method"): a public key as an identifier, multicodec and key in
//! base58btc.

use std::{fmt, str::FromStr};

use air_jwt::{Jwk, VerifyingKey};

use super::{
    Did, DidDocument, DidUrl,
    multikey::{from_multibase, to_multibase},
};
use crate::Error;

/// A public key as an identifier: `did:key:zDn…` (P-256, compressed) or `did:key:z4MX…`,
/// `did:key:zgg…` (RSA).
///
/// A key has one spelling. Dashboards of the platform show verifiers as `did:key:Xwp…`: base58
/// without multibase's `z`, with the bytes 12 00 00 before the 64 bytes of a point on secp256k1.
/// Such an identifier is not a `did:key` and is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidKey {
    did: Did,
    key: VerifyingKey,
}

impl DidKey {
    /// The identifier of a key.
    #[must_use]
    pub fn new(key: &VerifyingKey) -> Self {
        Self {
            did: Did::from_checked(format!("did:key:{}", to_multibase(key))),
            key: key.clone(),
        }
    }

    /// The identifier.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The key.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The document of the identifier: its only key, for assertions and authentication. The key's
    /// name is the DID, `#` and the encoded key. For RSA that name is too long for a `kid`, so the
    /// key's ID is its thumbprint.
    #[must_use]
    pub fn document(&self) -> DidDocument {
        let id = DidUrl::naming(&self.did, self.did.method_specific_id());
        let jwk = Jwk::new(self.key.clone(), self.key.thumbprint());
        DidDocument::of_one_key(self.did.clone(), id, jwk)
    }
}

impl FromStr for DidKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(Did::of_method(text, "key")?)
    }
}

impl TryFrom<Did> for DidKey {
    type Error = Error;

    fn try_from(did: Did) -> Result<Self, Error> {
        if did.method() != "key" {
            return Err(Error::InvalidDid {
                reason: "it has another method",
            });
        }
        let key = from_multibase(did.method_specific_id())?;
        Ok(Self { did, key })
    }
}

impl From<DidKey> for Did {
    fn from(did: DidKey) -> Self {
        did.did
    }
}

impl fmt::Display for DidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.did.fmt(f)
    }
}
