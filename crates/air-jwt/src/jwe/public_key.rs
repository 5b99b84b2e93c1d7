//! Public encryption keys.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, Serializer};

use super::{ALGORITHM, JweError};
use crate::{Error, Kid, jwk::ForeignJwk, public_key::KeyMembers};

/// The maximum length of a key in bytes.
const LIMIT: usize = 16 * 1024;
/// The maximum length of a set in bytes.
const SET_LIMIT: usize = 256 * 1024;

/// A point of P-256, uncompressed (SEC 1, 2.3.3).
pub(crate) type Point = [u8; 65];

/// A public key on P-256 that others encrypt to with ECDH-ES. It serialises as a JWK with `use` and
/// `alg`, and cannot hold a private member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKey {
    point: Point,
    kid: Option<Kid>,
}

impl EncryptionKey {
    pub(super) fn new(point: Point, kid: Option<Kid>) -> Self {
        Self { point, kid }
    }

    /// Reads a public JWK. `use`, if present, must be `enc`, and `alg` must be `ECDH-ES`.
    ///
    /// # Errors
    /// [`JweError::UnfitKey`] with the reason.
    pub fn from_slice(json: &[u8]) -> Result<Self, Error> {
        let unfit = || JweError::UnfitKey {
            reason: "it is not a JWK",
        };
        if json.len() > LIMIT {
            return Err(unfit().into());
        }
        let foreign: ForeignJwk = serde_json::from_slice(json).map_err(|_| unfit())?;
        Ok(Self::from_foreign(&foreign)?)
    }

    /// Reads the keys of a JWK set that can be used, in the set's order, as the `jwks` in the
    /// metadata of an OpenID4VP verifier or an OpenID4VCI issuer. Other keys are skipped.
    ///
    /// # Errors
    /// [`Error::InvalidJwkSet`] when the input is not a JWK set; [`Error::JwkSetTooLarge`] above
    /// 256 KiB.
    pub fn all_in_set(json: &[u8]) -> Result<Vec<Self>, Error> {
        #[derive(Deserialize)]
        struct Foreign {
            keys: Vec<ForeignJwk>,
        }
        if json.len() > SET_LIMIT {
            return Err(Error::JwkSetTooLarge { limit: SET_LIMIT });
        }
        let set: Foreign = serde_json::from_slice(json).map_err(|_| Error::InvalidJwkSet)?;
        Ok(set
            .keys
            .iter()
            .filter_map(|key| Self::from_foreign(key).ok())
            .collect())
    }

    /// The key's id, if it was published with one.
    #[must_use]
    pub fn kid(&self) -> Option<&Kid> {
        self.kid.as_ref()
    }

    /// The SHA-256 thumbprint (RFC 7638) as a key id.
    #[must_use]
    pub fn thumbprint(&self) -> Kid {
        self.members().thumbprint()
    }

    /// The bytes of the SHA-256 thumbprint (RFC 7638), as OpenID4VP puts them in the session
    /// transcript of an mdoc.
    #[must_use]
    pub fn thumbprint_bytes(&self) -> [u8; 32] {
        self.members().digest()
    }

    fn members(&self) -> KeyMembers {
        let PointMembers { x, y, .. } = PointMembers::new(&self.point);
        KeyMembers::P256 { x, y }
    }

    pub(super) fn point(&self) -> &Point {
        &self.point
    }

    fn from_foreign(key: &ForeignJwk) -> Result<Self, JweError> {
        let (point, kid) = key
            .encryption_point()
            .map_err(|reason| JweError::UnfitKey { reason })?;
        Ok(Self { point, kid })
    }
}

impl Serialize for EncryptionKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            #[serde(flatten)]
            point: PointMembers,
            #[serde(skip_serializing_if = "Option::is_none")]
            kid: Option<&'a Kid>,
            #[serde(rename = "use")]
            key_use: &'static str,
            alg: &'static str,
        }
        Members {
            point: PointMembers::new(&self.point),
            kid: self.kid.as_ref(),
            key_use: "enc",
            alg: ALGORITHM,
        }
        .serialize(serializer)
    }
}

/// The members of a JWK that hold its point (RFC 7518, 6.2.1).
#[derive(Serialize)]
pub(super) struct PointMembers {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
}

impl PointMembers {
    pub(super) fn new(point: &Point) -> Self {
        let [_, coordinates @ ..] = point;
        let (x, y) = coordinates.split_at(32);
        Self {
            kty: "EC",
            crv: "P-256",
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }

    /// Whether these are the coordinates, in base64url.
    pub(super) fn has_coordinates(&self, x: &str, y: &str) -> bool {
        self.x == x && self.y == y
    }
}
