//! A credential as a query sees it.

use serde_json::{Map, Value};

use super::query::W3cFormat;

/// A credential that a wallet holds, or that a verifier received and verified. It borrows what the
/// caller has.
///
/// ```
/// use air_oid4vc::dcql::Credential;
///
/// # let claims = serde_json::json!({ "vct": "https://example.com/id", "given_name": "Ada" });
/// # let claims = claims.as_object().unwrap();
/// let held = Credential::sd_jwt_vc("https://example.com/id", claims).bound_to_holder(true);
/// ```
#[derive(Clone, Debug)]
pub struct Credential<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) authority_key_ids: Vec<&'a [u8]>,
    pub(super) is_bound: bool,
}

/// The format, the type and the claims.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    SdJwtVc {
        types: Vec<&'a str>,
        claims: &'a Map<String, Value>,
    },
    Mdoc {
        doctype: &'a str,
        namespaces: &'a Map<String, Value>,
    },
    W3c {
        format: W3cFormat,
        types: Vec<&'a str>,
        credential: &'a Map<String, Value>,
    },
}

/// The types in the claim `aka_vcts` of an SD-JWT VC: its issuer lets verifiers treat it as a credential of
/// any of them (SD-JWT VC, 2.2.2.2).
pub fn other_types(claims: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let types = claims.get("aka_vcts").and_then(Value::as_array);
    types.into_iter().flatten().filter_map(Value::as_str)
}

impl<'a> Credential<'a> {
    /// An SD-JWT VC: its `vct` and its processed payload, in which the digests are replaced by the
    /// disclosed claims.
    #[must_use]
    pub fn sd_jwt_vc(vct: &'a str, claims: &'a Map<String, Value>) -> Self {
        Self::of(Kind::SdJwtVc {
            types: vec![vct],
            claims,
        })
    }

    /// An mdoc: its document type, and an object that has a member for each namespace, which is an
    /// object of the data elements. The values are converted from CBOR to JSON (RFC 8949, 6.1).
    #[must_use]
    pub fn mdoc(doctype: &'a str, namespaces: &'a Map<String, Value>) -> Self {
        Self::of(Kind::Mdoc { doctype, namespaces })
    }

    /// A W3C credential: its fully expanded types, and the credential itself (not the presentation).
    #[must_use]
    pub fn w3c(
        format: W3cFormat,
        types: impl IntoIterator<Item = &'a str>,
        credential: &'a Map<String, Value>,
    ) -> Self {
        Self::of(Kind::W3c {
            format,
            types: types.into_iter().collect(),
            credential,
        })
    }

    fn of(kind: Kind<'a>) -> Self {
        Self {
            kind,
            authority_key_ids: Vec::new(),
            is_bound: false,
        }
    }

    /// Adds the other types that the SD-JWT VC claims, [`other_types`], so that a query for one of them
    /// matches (OpenID4VP 1.0, B.3.5).
    ///
    /// # Security
    /// A verifier that trusts issuers for certain types only adds the types of this issuer, by
    /// [`Self::with_type`].
    #[must_use]
    pub fn with_other_types(self) -> Self {
        let Kind::SdJwtVc { claims, .. } = self.kind else {
            return self;
        };
        other_types(claims).fold(self, Self::with_type)
    }

    /// Adds a type that the SD-JWT VC's type extends (`extends`) or is also known as (`aka_vcts`).
    /// Other formats have no such types and ignore it.
    #[must_use]
    pub fn with_type(mut self, vct: &'a str) -> Self {
        if let Kind::SdJwtVc { types, .. } = &mut self.kind {
            types.push(vct);
        }
        self
    }

    /// Adds the `keyIdentifier` of the Authority Key Identifier of a certificate in the credential's
    /// chain (RFC 5280, 4.2.1.1).
    #[must_use]
    pub fn with_authority_key_id(mut self, key_id: &'a [u8]) -> Self {
        self.authority_key_ids.push(key_id);
        self
    }

    /// States whether the holder can prove possession of the credential's key, or in a verifier,
    /// whether the holder has proven it. The default is no.
    #[must_use]
    pub fn bound_to_holder(mut self, is_bound: bool) -> Self {
        self.is_bound = is_bound;
        self
    }
}
