//! Reading a credential without trusting it: what a holder keeps, what is hidden in what was received.

use std::fmt;

use air_jwt::jws::Unverified;
use serde_json::{Map, Value};

use crate::{
    ClaimPath, Error,
    claim_path::path_to,
    key_binding::HolderKey,
    payload::payload_of,
    sd_jwt::{LENGTH_LIMIT, Parts, reveal},
};

/// What a credential or presentation says, verified by nobody. Personal data, so `Debug` shows names alone.
#[derive(Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// The header of the issuer-signed JWT.
    pub header: Map<String, Value>,
    /// The payload with what is disclosed.
    pub claims: Map<String, Value>,
    /// The claims that came by disclosures, and so can be withheld.
    pub disclosed: Vec<ClaimPath>,
    /// Where claims are withheld.
    pub withheld: Vec<Withheld>,
    /// The id (the thumbprint, unless it says another) of the key that it is bound to.
    pub holder_key: Option<String>,
    /// Whether a key-binding JWT follows.
    pub has_key_binding: bool,
}

/// A place at which claims are withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withheld {
    /// The object or array; `None` is the credential itself.
    pub within: Option<ClaimPath>,
    /// How many digests have no disclosure; some may be decoys.
    pub digests: usize,
}

impl Inspection {
    /// Reads a compact SD-JWT VC.
    ///
    /// # Errors
    /// [`Error::Format`] or [`Error::Disclosure`].
    pub fn of(compact: &str) -> Result<Self, Error> {
        let parts = Parts::parse(compact)?;
        let not_a_jwt = || Error::Format {
            reason: "its first part is not a signed JWT",
        };
        let token = Unverified::parse(parts.issuer_jwt, LENGTH_LIMIT).map_err(|_| not_a_jwt())?;
        let payload = payload_of(parts.issuer_jwt, not_a_jwt())?;
        let revealed = reveal(&payload, &parts.disclosures)?;
        let withheld = revealed.withheld.iter().map(|(place, digests)| Withheld {
            within: (!place.is_empty()).then(|| path_to(place)),
            digests: *digests,
        });
        Ok(Self {
            header: token.header().clone(),
            withheld: withheld.collect(),
            disclosed: revealed.places.iter().map(|place| path_to(place)).collect(),
            claims: revealed.claims,
            holder_key: match HolderKey::of(&payload) {
                HolderKey::Jwk(key) => Some(key.kid().to_string()),
                HolderKey::Unknown | HolderKey::Absent => None,
            },
            has_key_binding: parts.key_binding.is_some(),
        })
    }
}

impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.claims.keys()).finish()
    }
}
