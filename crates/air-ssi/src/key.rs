//! Public keys of issuers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use air_jwt::{Jwk, JwkSet, VerifyingKey};
use air_vc::did::{Did, DidDocument, DidKey};
use serde_json::{Map, Value};
use ssi::{
    json_ld::iref::{IriBuf, UriBuf},
    security::MultibaseBuf,
    verification_methods::{
        Multikey,
        multikey::{DecodedMultikey, PublicKey as Encoded},
    },
};

use crate::{Error, Suite};

/// A key on BLS12-381 has 138 characters. Decoding base58 takes quadratic time.
const LIMIT: usize = 256;

/// A public key on P-256, Ed25519 or BLS12-381 (G2), as a Multikey.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Encoded);

impl PublicKey {
    /// Reads the text of a Multikey: `zDn…` (P-256), `z6Mk…` (Ed25519), `zUC7…` (BLS12-381).
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn from_multibase(text: &str) -> Result<Self, Error> {
        if !text.starts_with('z') || text.len() > LIMIT {
            return Err(Error::InvalidKey);
        }
        let key = Self(Encoded::from_multibase(MultibaseBuf::new(text.to_owned())));
        key.0.decode().map_err(|_| Error::InvalidKey)?;
        Ok(key)
    }

    /// The text of the Multikey.
    #[must_use]
    pub fn as_multibase(&self) -> &str {
        self.0.encoded.as_str()
    }

    /// The key as a `did:key`.
    #[must_use]
    pub fn to_did_key(&self) -> String {
        format!("did:key:{}", self.as_multibase())
    }

    /// Whether proofs of the suite verify with this key.
    #[must_use]
    pub fn fits(&self, suite: Suite) -> bool {
        matches!(
            (suite, self.0.decode()),
            (
                Suite::EcdsaRdfc2019 | Suite::EcdsaSd2023,
                Ok(DecodedMultikey::P256(_))
            ) | (Suite::EddsaRdfc2022, Ok(DecodedMultikey::Ed25519(_)))
                | (Suite::Bbs2023, Ok(DecodedMultikey::Bls12_381(_)))
        )
    }

    pub(crate) fn encoded(key: &impl ssi::multicodec::MultiCodec) -> Self {
        Self(Encoded::new(key))
    }

    /// The key as the verification method `method`.
    pub(crate) fn named(&self, method: &str) -> Result<(IriBuf, Multikey), Error> {
        let id = IriBuf::new(method.to_owned()).map_err(|_| Error::InvalidMethod)?;
        let controller = method.split('#').next().unwrap_or_default();
        let controller = UriBuf::new(controller.as_bytes().to_vec()).map_err(|_| Error::InvalidMethod)?;
        let key = Multikey {
            id: id.clone(),
            controller,
            public_key: self.0.clone(),
        };
        Ok((id, key))
    }
}

impl TryFrom<&VerifyingKey> for PublicKey {
    type Error = Error;

    /// Converts a key on P-256. RSA keys sign no proofs.
    fn try_from(key: &VerifyingKey) -> Result<Self, Error> {
        let did = DidKey::new(key);
        Self::from_multibase(did.did().method_specific_id())
    }
}

impl TryFrom<&Jwk> for PublicKey {
    type Error = Error;

    fn try_from(jwk: &Jwk) -> Result<Self, Error> {
        Self::try_from(jwk.verifying_key())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.as_multibase()).finish()
    }
}

/// The public keys of an issuer, by the URL with which its proofs name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuerKeys(BTreeMap<String, PublicKey>);

impl IssuerKeys {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key with its URL, such as `did:web:issuer.example#key-1`.
    #[must_use]
    pub fn with(mut self, method: impl Into<String>, key: PublicKey) -> Self {
        self.0.insert(method.into(), key);
        self
    }

    /// The key of a `did:key`, under the only URL that it can have.
    ///
    /// # Errors
    /// [`Error::InvalidKey`].
    pub fn of_did_key(did: &str) -> Result<Self, Error> {
        let text = did.strip_prefix("did:key:").ok_or(Error::InvalidKey)?;
        let key = PublicKey::from_multibase(text)?;
        Ok(Self::new().with(format!("{did}#{text}"), key))
    }

    /// The keys on P-256 of a set of the issuer. A key's URL is its ID, or the issuer's name, `#` and
    /// its ID.
    #[must_use]
    pub fn of_set(issuer: &str, keys: &JwkSet) -> Self {
        let named = keys.iter().filter_map(|jwk| {
            let kid = jwk.kid().as_str();
            let method = if kid.contains(':') {
                kid.to_owned()
            } else {
                format!("{issuer}#{}", kid.trim_start_matches('#'))
            };
            Some((method, PublicKey::try_from(jwk).ok()?))
        });
        Self(named.collect())
    }

    /// The keys on P-256 with which the subject of a DID document signs credentials.
    #[must_use]
    pub fn of_document(document: &DidDocument) -> Self {
        let methods = document
            .methods()
            .iter()
            .filter(|method| method.makes_assertions());
        let named = methods.filter_map(|method| {
            let key = PublicKey::try_from(method.jwk()).ok()?;
            Some((method.id().to_string(), key))
        });
        Self(named.collect())
    }

    /// The keys with which the subject of a DID document signs credentials, from the document as it was
    /// fetched: those of [`Self::of_document`], and Multikeys on the other curves.
    ///
    /// # Errors
    /// [`Error::Credential`] if the document is refused, or is that of another DID.
    pub fn of_document_text(json: &[u8], did: &Did) -> Result<Self, Error> {
        let mut keys = Self::of_document(&DidDocument::from_slice(json, did)?);
        let document = air_json::read_object(json).map_err(|_| Error::InvalidKey)?;
        keys.0.extend(multikeys(&document, did.as_str()));
        Ok(keys)
    }

    pub(crate) fn get(&self, method: &str) -> Option<&PublicKey> {
        self.0.get(method)
    }
}

/// The Multikeys of a document for assertions, which the subject controls itself.
fn multikeys(document: &Map<String, Value>, did: &str) -> Vec<(String, PublicKey)> {
    let items = |name: &str| document.get(name).and_then(Value::as_array).into_iter().flatten();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let full = |id: &str| {
        if id.starts_with('#') {
            format!("{did}{id}")
        } else {
            id.to_owned()
        }
    };
    let named: BTreeSet<String> = items("assertionMethod")
        .filter_map(Value::as_str)
        .map(full)
        .collect();
    let embedded = items("assertionMethod").filter(|method| method.is_object());
    let listed = items("verificationMethod")
        .filter(|method| text(method, "id").is_some_and(|id| named.contains(&full(&id))));
    embedded
        .chain(listed)
        .filter(|method| text(method, "type").as_deref() == Some("Multikey"))
        .filter(|method| text(method, "controller").as_deref() == Some(did))
        .filter_map(|method| {
            let id = full(&text(method, "id")?);
            let key = PublicKey::from_multibase(&text(method, "publicKeyMultibase")?).ok()?;
            id.starts_with(&format!("{did}#")).then_some((id, key))
        })
        .collect()
}
