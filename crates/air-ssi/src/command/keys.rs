//! Keys in commands.

use std::collections::BTreeMap;

use air_jwt::{JwkSet, SigningKey};
use air_vc::did::{Did, DidDocument, DidKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Failure, usage};
use crate::{Error, IssuerKey, IssuerKeys, PublicKey, Suite};

/// The public keys of an issuer: of its DID document, Multikeys by their URLs, and the key of a `did:key`.
pub(super) fn issuer_keys(
    issuer: &str,
    document: Option<&Map<String, Value>>,
    named: &BTreeMap<String, String>,
) -> Result<IssuerKeys, Failure> {
    let keys = match document {
        Some(document) => {
            let did: Did = issuer.parse()?;
            let json = Value::Object(document.clone()).to_string();
            IssuerKeys::of_document_text(json.as_bytes(), &did)?
        }
        None if issuer.starts_with("did:key:") => IssuerKeys::of_did_key(issuer)?,
        None => IssuerKeys::new(),
    };
    named.iter().try_fold(keys, |keys, (method, key)| {
        Ok(keys.with(method, PublicKey::from_multibase(key)?))
    })
}

/// The keys that sign the issuer's status lists: those of its JWK set, or else those on P-256 of its DID
/// document or its `did:key`.
pub(super) fn list_keys(
    issuer: &str,
    set: Option<&Map<String, Value>>,
    document: Option<&Map<String, Value>>,
) -> Result<JwkSet, Failure> {
    let bytes = |members: &Map<String, Value>| Value::Object(members.clone()).to_string().into_bytes();
    if let Some(set) = set {
        return JwkSet::from_slice(&bytes(set)).map_err(|_| usage("`issuerJwks` must be a JWK set"));
    }
    if let Some(document) = document {
        let did: Did = issuer.parse()?;
        return Ok(DidDocument::from_slice(&bytes(document), &did)?.assertion_keys());
    }
    // A `did:key` on another curve signs no list.
    let own = issuer
        .parse()
        .ok()
        .and_then(|did: Did| DidKey::try_from(did).ok());
    Ok(own.map_or_else(JwkSet::default, |key| key.document().assertion_keys()))
}

/// A secret key: PEM for a key on P-256, and 64 hex digits for the others, of 32 random bytes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The key for a suite.
    pub(super) fn key(&self, suite: Suite) -> Result<IssuerKey, Failure> {
        match suite {
            Suite::EcdsaRdfc2019 | Suite::EcdsaSd2023 => {
                let key = SigningKey::from_pem(&self.0).map_err(|_| Error::InvalidKey)?;
                Ok(IssuerKey::try_from(key)?)
            }
            Suite::EddsaRdfc2022 => Ok(IssuerKey::ed25519(&*self.bytes()?)),
            Suite::Bbs2023 => Ok(IssuerKey::bbs_from_material(&*self.bytes()?)?),
        }
    }

    fn bytes(&self) -> Result<Zeroizing<[u8; 32]>, Failure> {
        let mut bytes = Zeroizing::new([0; 32]);
        let text = self.0.trim().as_bytes();
        let text = text.strip_prefix(b"0x").unwrap_or(text);
        if text.len() != 64 {
            return Err(usage("`key` must be 64 hex digits"));
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |value, digit| {
                let digit = char::from(*digit).to_digit(16);
                let digit = digit.and_then(|digit| u8::try_from(digit).ok());
                digit
                    .map(|digit| value << 4 | digit)
                    .ok_or_else(|| usage("`key` must be 64 hex digits"))
            })?;
        }
        Ok(bytes)
    }
}
