//! Reading a credential without verifying it, for a holder's own credentials or to list withheld
//! claims.

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

/// The unverified content of a credential or presentation. It is personal data, so `Debug` shows
/// names only.
#[derive(Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// The header of the issuer-signed JWT.
    pub header: Map<String, Value>,
    /// The payload with the disclosed claims.
    pub claims: Map<String, Value>,
    /// The disclosed claims, which the holder can withhold.
    pub disclosed: Vec<ClaimPath>,
    /// The places with withheld claims.
    pub withheld: Vec<Withheld>,
    /// The ID of the holder's key: its `kid`, or the thumbprint without one.
    pub holder_key: Option<String>,
    /// Whether there is a key-binding JWT.
    pub has_key_binding: bool,
}

/// A place with withheld claims.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withheld {
    /// The object or array; `None` for the credential itself.
    pub within: Option<ClaimPath>,
    /// The number of digests without a disclosure; some may be decoys.
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
