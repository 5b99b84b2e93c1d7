//! DIDs of both worlds: our resolver for the library, and methods of the library for us.
//!
//! | who resolves | methods |
//! |---|---|
//! | [`DidResolver`], for programs that use `ssi` | `did:key`, `did:jwk` and `did:web` by [`air_vc::did::Resolver`]; `did:air` from its configuration; `did:ion` by an [`IonNode`] |
//! | [`account_document`], for programs that use `air-vc` | `did:pkh` and `did:ethr` by `ssi`, offline |
//! | [`IonNode`], for programs that use `air-vc` | `did:ion`, by the caller's [`DocumentLoader`] |
//!
//! `ssi`'s own `did:ion` and `did:tz` send requests without limits and to any address, so they are not
//! offered.

mod ion;

use std::{collections::BTreeMap, fmt};

use air_jwt::JwkSet;
use air_vc::did::{AirDid, Did, DidDocument, DocumentLoader, Resolver};
use ssi::dids::{
    DID, DIDEthr, DIDMethod, DIDMethodResolver, DIDPKH, DIDResolver,
    document::{Metadata as DocumentMetadata, representation::MediaType},
    resolution::{Error as Unresolved, Metadata, Options, Output},
};

pub use self::ion::IonNode;
use crate::{Error, contained::run};

/// Identifiers of the platform (`did:air`), whose documents the caller configures: there is no public
/// resolver for them.
#[derive(Clone, Debug, Default)]
pub struct AirMethod(BTreeMap<String, DidDocument>);

impl AirMethod {
    /// No identifiers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an identifier with its keys.
    ///
    /// # Errors
    /// [`Error::Credential`] with the reason if the text is not a `did:air`, or its checksum is wrong.
    pub fn with(mut self, did: &str, keys: &JwkSet) -> Result<Self, Error> {
        did.parse::<AirDid>()?;
        let document = DidDocument::for_issuer(&did.parse()?, keys);
        self.0.insert(did.to_owned(), document);
        Ok(self)
    }

    fn document(&self, did: &str) -> Result<&DidDocument, Unresolved> {
        // A typing error is more useful to report than an unknown identifier.
        did.parse::<AirDid>()
            .map_err(|error| Unresolved::InvalidMethodSpecificId(error.to_string()))?;
        self.0.get(did).ok_or(Unresolved::NotFound)
    }
}

impl DIDMethod for AirMethod {
    const DID_METHOD_NAME: &'static str = "air";
}

impl DIDMethodResolver for AirMethod {
    async fn resolve_method_representation<'a>(
        &'a self,
        method_specific_id: &'a str,
        _: Options,
    ) -> Result<Output<Vec<u8>>, Unresolved> {
        self.document(&format!("did:air:{method_specific_id}"))
            .map(output)
    }
}

/// [`air_vc::did::Resolver`] as a DID resolver of the library, with the limits of its document loader:
/// `air_fetch::Fetcher` limits size and time, and rejects addresses of private networks.
pub struct DidResolver<D> {
    documents: Resolver<D>,
    air: AirMethod,
    ion: Option<IonNode<D>>,
}

impl<D: DocumentLoader> DidResolver<D> {
    /// Resolves with `documents`, and `did:air` from `air`.
    #[must_use]
    pub fn new(documents: Resolver<D>, air: AirMethod) -> Self {
        Self {
            documents,
            air,
            ion: None,
        }
    }

    /// Also resolves `did:ion`, by this node.
    #[must_use]
    pub fn with_ion(mut self, node: IonNode<D>) -> Self {
        self.ion = Some(node);
        self
    }
}

impl<D> fmt::Debug for DidResolver<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DidResolver")
            .field("air", &self.air)
            .field("ion", &self.ion)
            .finish_non_exhaustive()
    }
}

impl<D: DocumentLoader> DIDResolver for DidResolver<D> {
    async fn resolve_representation<'a>(
        &'a self,
        did: &'a DID,
        _: Options,
    ) -> Result<Output<Vec<u8>>, Unresolved> {
        if did.method_name() == AirMethod::DID_METHOD_NAME {
            return self.air.document(did.as_str()).map(output);
        }
        let ours: Did = did.as_str().parse().map_err(|error| refused(&error))?;
        if let ("ion", Some(node)) = (ours.method(), &self.ion) {
            let resolved = node.resolve(&ours).await;
            return resolved
                .map(|document| output(&document))
                .map_err(|error| Unresolved::Internal(error.to_string()));
        }
        self.documents
            .resolve(&ours)
            .await
            .map(|document| output(&document))
            .map_err(|error| match error {
                air_vc::Error::UnresolvableDid { method } => Unresolved::MethodNotSupported(method),
                other => refused(&other),
            })
    }
}

/// The library keeps errors as texts. Ours show no document and no address.
fn refused(error: &air_vc::Error) -> Unresolved {
    Unresolved::Internal(error.to_string())
}

fn output(document: &DidDocument) -> Output<Vec<u8>> {
    Output::new(
        document.to_json().into_bytes(),
        DocumentMetadata::default(),
        Metadata::from_content_type(Some(MediaType::Json.to_string())),
    )
}

/// The document of an account on a chain: a `did:pkh` or a `did:ethr`. Nothing is fetched. Its keys are
/// on secp256k1, which no credential of `air-vc` is signed with, so the document lists them as skipped.
///
/// # Errors
/// [`Error::Credential`] if the DID or its document is refused, or has another method.
pub fn account_document(did: &Did) -> Result<DidDocument, Error> {
    let id = did.method_specific_id();
    let options = || Options {
        accept: Some(MediaType::Json),
        ..Options::default()
    };
    let resolved = match did.method() {
        "pkh" => run("resolve", DIDPKH.resolve_method_representation(id, options()))?,
        "ethr" => run("resolve", DIDEthr.resolve_method_representation(id, options()))?,
        other => {
            return Err(Error::Credential(air_vc::Error::UnresolvableDid {
                method: other.to_owned(),
            }));
        }
    };
    let resolved = resolved.map_err(|_| {
        Error::Credential(air_vc::Error::InvalidDid {
            reason: "it is not an account of a known chain",
        })
    })?;
    Ok(DidDocument::from_slice(&resolved.document, did)?)
}
