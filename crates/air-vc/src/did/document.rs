//! DID documents (DID Core 1.0, 5): the keys of an identifier.

mod read;

use air_jwt::{Jwk, JwkSet, Kid};
use serde::{Serialize, Serializer};

pub(super) use self::read::LIMIT;
use super::{Did, DidUrl};
use crate::Error;

/// The P-256 and RSA keys in a document that its subject controls. Other members of a document are
/// not kept.
#[derive(Clone, Debug)]
pub struct DidDocument {
    id: Did,
    methods: Vec<VerificationMethod>,
    skipped: Vec<SkippedMethod>,
}

/// A key of a document and its purposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationMethod {
    id: DidUrl,
    jwk: Jwk,
    assertion: bool,
    authentication: bool,
}

/// A verification method that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedMethod {
    /// Its name, if it is valid.
    pub id: Option<DidUrl>,
    /// The reason, without text from the document.
    pub reason: &'static str,
}

impl DidDocument {
    /// The document of an issuer, to serve at the URL of its DID. Each key makes assertions (signs
    /// credentials). Its name is the DID, `#` and its `kid`.
    #[must_use]
    pub fn for_issuer(did: &Did, keys: &JwkSet) -> Self {
        let method = |jwk: &Jwk| VerificationMethod {
            id: DidUrl::naming(did, jwk.kid().as_str()),
            jwk: jwk.clone(),
            assertion: true,
            authentication: false,
        };
        Self {
            id: did.clone(),
            methods: keys.iter().map(method).collect(),
            skipped: Vec::new(),
        }
    }

    /// The document of a DID that contains its key.
    pub(super) fn of_one_key(did: Did, id: DidUrl, jwk: Jwk) -> Self {
        Self {
            id: did,
            methods: vec![VerificationMethod {
                id,
                jwk,
                assertion: true,
                authentication: true,
            }],
            skipped: Vec::new(),
        }
    }

    /// Reads a document of at most 64 KiB and 64 keys, as JSON. `@context` is not fetched; names
    /// have the meaning that DID Core defines.
    ///
    /// Three kinds of keys are skipped and listed in [`Self::skipped`]: keys that are neither P-256
    /// nor RSA, keys with a controller other than the document's subject, and keys with an end
    /// (`expires`, `revoked`), because there is no clock here.
    ///
    /// # Errors
    /// [`Error::WrongDocument`] when its `id` is not `did`; [`Error::DidDocument`] when it is
    /// invalid, or two keys have the same name.
    pub fn from_slice(json: &[u8], did: &Did) -> Result<Self, Error> {
        read::document(json, did)
    }

    /// The document's subject.
    #[must_use]
    pub fn id(&self) -> &Did {
        &self.id
    }

    /// The keys, in the document's order.
    #[must_use]
    pub fn methods(&self) -> &[VerificationMethod] {
        &self.methods
    }

    /// The verification methods that were skipped when the document was read.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedMethod] {
        &self.skipped
    }

    /// The keys that sign credentials, each under every name that a token may use for it: its full
    /// name (`did:web:h#key-1`), the fragment (`key-1`), and the JWK's `kid` or, without one, its
    /// thumbprint. A short name that two keys share is omitted, and so is a name that is too long
    /// for a `kid`.
    #[must_use]
    pub fn assertion_keys(&self) -> JwkSet {
        self.keys(VerificationMethod::makes_assertions)
    }

    /// The keys for authentication, named as in [`Self::assertion_keys`].
    #[must_use]
    pub fn authentication_keys(&self) -> JwkSet {
        self.keys(VerificationMethod::authenticates)
    }

    fn keys(&self, wanted: fn(&VerificationMethod) -> bool) -> JwkSet {
        let methods: Vec<_> = self.methods.iter().filter(|method| wanted(method)).collect();
        let full: Vec<String> = methods.iter().map(|method| method.id.to_string()).collect();
        let is_free = |name: &str, owner: usize| {
            let others = methods.iter().enumerate().filter(|(at, _)| *at != owner);
            !full.iter().any(|full| full == name)
                && others
                    .into_iter()
                    .all(|(_, other)| !other.short_names().contains(&name))
        };
        let mut keys: Vec<Jwk> = Vec::new();
        for (at, (method, full)) in methods.iter().zip(&full).enumerate() {
            let mut names = vec![full.as_str()];
            for name in method.short_names() {
                if is_free(name, at) && !names.contains(&name) {
                    names.push(name);
                }
            }
            let kids = names.into_iter().filter_map(|name| name.parse::<Kid>().ok());
            keys.extend(kids.map(|kid| Jwk::new(method.jwk.verifying_key().clone(), kid)));
        }
        JwkSet::new(keys).expect("no name was given twice")
    }

    /// The document as JSON with `@context`, to serve as `application/did+ld+json` or
    /// `application/json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings serialise")
    }
}

impl VerificationMethod {
    /// Its full name.
    #[must_use]
    pub fn id(&self) -> &DidUrl {
        &self.id
    }

    /// The key. Its `kid` is the JWK's, or the thumbprint.
    #[must_use]
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Whether credentials may be signed with it (`assertionMethod`).
    #[must_use]
    pub fn makes_assertions(&self) -> bool {
        self.assertion
    }

    /// Whether the subject authenticates with it (`authentication`).
    #[must_use]
    pub fn authenticates(&self) -> bool {
        self.authentication
    }

    fn short_names(&self) -> [&str; 2] {
        [self.id.fragment(), self.jwk.kid().as_str()]
    }
}

/// Skipped methods are not compared.
impl PartialEq for DidDocument {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, &self.methods) == (&other.id, &other.methods)
    }
}

impl Eq for DidDocument {}

impl Serialize for DidDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// DID Core's, and that of `JsonWebKey2020`.
        const CONTEXTS: [&str; 2] = [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/suites/jws-2020/v1",
        ];
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Document<'a> {
            #[serde(rename = "@context")]
            context: [&'static str; 2],
            id: &'a Did,
            verification_method: Vec<Method<'a>>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            assertion_method: Vec<&'a DidUrl>,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            authentication: Vec<&'a DidUrl>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Method<'a> {
            id: &'a DidUrl,
            #[serde(rename = "type")]
            kind: &'static str,
            controller: &'a Did,
            public_key_jwk: &'a Jwk,
        }
        let methods = self.methods.iter().map(|method| Method {
            id: &method.id,
            kind: "JsonWebKey2020",
            controller: &self.id,
            public_key_jwk: &method.jwk,
        });
        let ids = |wanted: fn(&VerificationMethod) -> bool| {
            let wanted = self.methods.iter().filter(move |method| wanted(method));
            wanted.map(VerificationMethod::id).collect()
        };
        Document {
            context: CONTEXTS,
            id: &self.id,
            verification_method: methods.collect(),
            assertion_method: ids(VerificationMethod::makes_assertions),
            authentication: ids(VerificationMethod::authenticates),
        }
        .serialize(serializer)
    }
}
