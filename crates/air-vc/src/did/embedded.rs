//! Keys that a DID contains.

use air_jwt::Jwk;

use super::{DidDocument, DidJwk, DidKey, DidUrl};

impl DidUrl {
    /// The authentication key that this URL names, if the DID contains its key (`did:jwk`, `did:key`).
    /// A [`super::Resolver`] finds the keys of other DIDs.
    #[must_use]
    pub fn embedded_key(&self) -> Option<Jwk> {
        let did = self.did().clone();
        let document: DidDocument = match did.method() {
            "jwk" => DidJwk::try_from(did).ok()?.document(),
            "key" => DidKey::try_from(did).ok()?.document(),
            _ => return None,
        };
        let mut methods = document.methods().iter();
        let method = methods.find(|method| method.id() == self && method.authenticates())?;
        Some(method.jwk().clone())
    }
}
