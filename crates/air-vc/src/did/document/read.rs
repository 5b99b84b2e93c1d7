//! Reading documents of others: strict about their subject, lenient about keys of unsupported
//! kinds.

use air_jwt::Jwk;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{DidDocument, SkippedMethod, VerificationMethod};
use crate::{
    Error,
    did::{Did, DidUrl, multikey::from_multibase, public_jwk::read_jwk},
};

/// The maximum size of a document in bytes.
pub(in crate::did) const LIMIT: usize = 64 * 1024;
/// The maximum number of keys, and of references to them in each relationship.
const MOST: usize = 64;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Foreign {
    id: String,
    #[serde(default)]
    verification_method: Vec<Value>,
    #[serde(default)]
    assertion_method: Vec<Value>,
    #[serde(default)]
    authentication: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForeignMethod {
    #[serde(rename = "type")]
    kind: String,
    controller: String,
    public_key_jwk: Option<Value>,
    public_key_multibase: Option<String>,
    /// Only its presence is used.
    #[serde(
        alias = "privateKeyMultibase",
        alias = "secretKeyJwk",
        alias = "privateKeyJwk"
    )]
    secret_key_multibase: Option<IgnoredAny>,
    revoked: Option<IgnoredAny>,
    expires: Option<IgnoredAny>,
}

/// The relationship of a key to the subject.
#[derive(Clone, Copy)]
enum Use {
    Assertion,
    Authentication,
}

pub(super) fn document(json: &[u8], did: &Did) -> Result<DidDocument, Error> {
    let malformed = |reason| Error::DidDocument { reason };
    if json.len() > LIMIT {
        return Err(Error::DocumentTooLarge { limit: LIMIT });
    }
    let foreign: Foreign = serde_json::from_slice(json).map_err(|_| {
        malformed("it is not a JSON object with `id` and arrays of verification methods and relationships")
    })?;
    if foreign.id != did.as_str() {
        return Err(Error::WrongDocument);
    }
    let lists = [
        &foreign.verification_method,
        &foreign.assertion_method,
        &foreign.authentication,
    ];
    if lists.into_iter().any(|list| list.len() > MOST) {
        return Err(malformed("it has more than 64 keys, or references to them"));
    }
    let mut reader = Reader::new(did);
    for method in foreign.verification_method {
        reader.take(method, None)?;
    }
    // References name keys in `verificationMethod`. An embedded key belongs to its relationship
    // only (DID Core, 5.3).
    let referable = reader.document.methods.len();
    for (list, purpose) in [
        (foreign.assertion_method, Use::Assertion),
        (foreign.authentication, Use::Authentication),
    ] {
        for entry in list {
            match entry {
                Value::String(reference) => reader.refer(&reference, referable, purpose),
                embedded => reader.take(embedded, Some(purpose))?,
            }
        }
    }
    Ok(reader.document)
}

struct Reader {
    document: DidDocument,
    /// Every name so far, including those of skipped methods.
    names: Vec<DidUrl>,
}

impl Reader {
    fn new(did: &Did) -> Self {
        let document = DidDocument {
            id: did.clone(),
            methods: Vec::new(),
            skipped: Vec::new(),
        };
        Self {
            document,
            names: Vec::new(),
        }
    }

    /// Adds a method, or records why it is skipped.
    fn take(&mut self, method: Value, purpose: Option<Use>) -> Result<(), Error> {
        let id = method
            .get("id")
            .and_then(Value::as_str)
            .and_then(|id| DidUrl::within(&self.document.id, id).ok());
        let Some(id) = id else {
            let reason = "it has no name of the form <DID>#<fragment>";
            self.document.skipped.push(SkippedMethod { id, reason });
            return Ok(());
        };
        let known = self.names.contains(&id);
        match read_key(method, &id, &self.document.id) {
            Ok(jwk) if known => return self.again(&id, &jwk, purpose),
            Err(_) if known => return Err(two_keys()),
            Ok(jwk) => {
                self.names.push(id.clone());
                let mut method = VerificationMethod {
                    id,
                    jwk,
                    assertion: false,
                    authentication: false,
                };
                method.allow(purpose);
                self.document.methods.push(method);
            }
            Err(reason) => {
                self.names.push(id.clone());
                let id = Some(id);
                self.document.skipped.push(SkippedMethod { id, reason });
            }
        }
        Ok(())
    }

    /// The same key may be embedded in both relationships. Another key with its name may not.
    fn again(&mut self, id: &DidUrl, jwk: &Jwk, purpose: Option<Use>) -> Result<(), Error> {
        let same = |method: &&mut VerificationMethod| &method.id == id && &method.jwk == jwk;
        let method = self.document.methods.iter_mut().find(same);
        match (method, purpose) {
            (Some(method), Some(_)) => {
                method.allow(purpose);
                Ok(())
            }
            _ => Err(two_keys()),
        }
    }

    fn refer(&mut self, reference: &str, referable: usize, purpose: Use) {
        let Ok(id) = DidUrl::within(&self.document.id, reference) else {
            return;
        };
        let methods = self.document.methods.iter_mut().take(referable);
        for method in methods.filter(|method| method.id == id) {
            method.allow(Some(purpose));
        }
    }
}

impl VerificationMethod {
    fn allow(&mut self, purpose: Option<Use>) {
        match purpose {
            Some(Use::Assertion) => self.assertion = true,
            Some(Use::Authentication) => self.authentication = true,
            None => {}
        }
    }
}

fn two_keys() -> Error {
    Error::DidDocument {
        reason: "two verification methods have the same id",
    }
}

fn read_key(method: Value, id: &DidUrl, subject: &Did) -> Result<Jwk, &'static str> {
    if id.did() != subject {
        return Err("its name is of another DID");
    }
    let method: ForeignMethod = serde_json::from_value(method)
        .map_err(|_| "it lacks `type` or `controller`, or a member has another type")?;
    if method.secret_key_multibase.is_some() {
        return Err(PRIVATE);
    }
    if method.controller != subject.as_str() {
        return Err("its controller is another than the document's subject");
    }
    if method.revoked.is_some() || method.expires.is_some() {
        return Err("it is revoked or expires");
    }
    let refused = |error: Error| match error {
        Error::PrivateKeyPublished => PRIVATE,
        Error::UnsupportedKey { .. } => "its key is neither of P-256 nor of RSA",
        _ => "its key can't be read, or is not for signatures with ES256 or RS256",
    };
    match (
        method.kind.as_str(),
        method.public_key_jwk,
        method.public_key_multibase,
    ) {
        // Sidetree (`did:ion`) names a JWK by its suite.
        ("JsonWebKey" | "JsonWebKey2020" | "JsonWebSignature2020", Some(jwk), None) => {
            let json = serde_json::to_vec(&jwk).expect("it was JSON");
            read_jwk(&json).map_err(refused)
        }
        ("Multikey", None, Some(text)) => {
            let key = from_multibase(&text).map_err(refused)?;
            let kid = key.thumbprint();
            Ok(Jwk::new(key, kid))
        }
        _ => Err("it is neither a JsonWebKey with `publicKeyJwk` nor a Multikey with `publicKeyMultibase`"),
    }
}

const PRIVATE: &str =
    "it has a private member: anyone can sign with it; replace the key and publish its public half only";
