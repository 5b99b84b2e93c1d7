//! `did:key` (W3C CCG, "The did:key Method"): a public key as an identifier, multicodec and key in base58btc.

use std::{fmt, str::FromStr};

use air_jwt::{Jwk, VerifyingKey};

use super::{Did, DidDocument, DidUrl};
use crate::Error;

/// Codes of the multicodec table as varints.
const P256_PUB: [u8; 2] = [0x80, 0x24];
const RSA_PUB: [u8; 2] = [0x85, 0x24];
/// Codes of keys that are not for ES256 and RS256.
const OTHERS: [([u8; 2], &str); 7] = [
    ([0xed, 0x01], "Ed25519"),
    ([0xec, 0x01], "X25519"),
    ([0xe7, 0x01], "secp256k1"),
    ([0xeb, 0x01], "BLS12-381"),
    ([0x81, 0x24], "P-384"),
    ([0x82, 0x24], "P-521"),
    ([0xd1, 0xd6], "a JWK (jwk_jcs-pub)"),
];

/// A public key as an identifier: `did:key:zDn…` (P-256, compressed) or `did:key:z4MX…`, `did:key:zgg…` (RSA).
///
/// A key has one spelling. Dashboards of the platform show verifiers as `did:key:Xwp…`: base58 without multibase's `z`, and in it the
/// bytes 12 00 00 before 64 of a point of secp256k1. That is no `did:key` and is refused.
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

    /// The document that the identifier stands for: its one key, for assertions and authentication. The key's name is the DID, `#`
    /// and the encoded key once more; for RSA that is too long for a `kid`, and the thumbprint names it.
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

/// A key as the Multikey and `did:key` formats write it.
fn to_multibase(key: &VerifyingKey) -> String {
    let bytes = match (key.to_p256_point(), key.to_rsa_der()) {
        (Some(point), _) => [&P256_PUB[..], &point].concat(),
        (None, der) => [&RSA_PUB[..], &der.expect("a key is of P-256 or RSA")].concat(),
    };
    format!("z{}", bs58::encode(bytes).into_string())
}

/// Reads a key as the Multikey and `did:key` formats write it.
pub(super) fn from_multibase(text: &str) -> Result<VerifyingKey, Error> {
    /// Base58 takes time in the square of its length; an RSA key of 4,096 bits has 721 characters.
    const LIMIT: usize = 1024;
    let encoded = text.strip_prefix('z').ok_or(Error::InvalidDid {
        reason: "the key does not start with `z` for base58btc (multibase)",
    })?;
    if encoded.len() > LIMIT {
        return Err(Error::InvalidDid {
            reason: "the key is longer than any supported key",
        });
    }
    let bytes = bs58::decode(encoded).into_vec().map_err(|_| Error::InvalidDid {
        reason: "the key has characters that base58 does not allow",
    })?;
    let (code, bytes) = bytes.split_first_chunk::<2>().ok_or(Error::InvalidDid {
        reason: "the key is too short",
    })?;
    let key = match *code {
        // The compressed form only: a key has one spelling.
        P256_PUB if bytes.len() != 33 => Err(air_jwt::Error::InvalidPublicKey),
        P256_PUB => VerifyingKey::from_p256_point(bytes),
        RSA_PUB => VerifyingKey::from_rsa_der(bytes),
        other => {
            let named = OTHERS.iter().find(|(code, _)| *code == other);
            return Err(Error::UnsupportedKey {
                kind: named.map_or("a type that is unknown here", |(_, name)| name),
            });
        }
    }
    .map_err(Error::InvalidKey)?;
    if to_multibase(&key) != text {
        return Err(Error::InvalidDid {
            reason: "the key is not in its canonical form",
        });
    }
    Ok(key)
}
