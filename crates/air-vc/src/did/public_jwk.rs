//! Reading public JWKs of DIDs and their documents.

use air_jwt::Jwk;
use serde_json::{Map, Value};

use crate::Error;

/// The members that only private and symmetric keys have (RFC 7518, 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// Curves of keys that are not for ES256.
const OTHERS: [&str; 7] = [
    "Ed25519",
    "X25519",
    "Ed448",
    "X448",
    "secp256k1",
    "P-384",
    "P-521",
];

/// Reads a public JWK. A `kid` that is invalid in a token's header is replaced by the thumbprint.
pub(super) fn read_jwk(json: &[u8]) -> Result<Jwk, Error> {
    let mut members: Map<String, Value> =
        serde_json::from_slice(json).map_err(|_| Error::InvalidKey(air_jwt::Error::InvalidPublicKey))?;
    if PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(Error::PrivateKeyPublished);
    }
    let text = |name| members.get(name).and_then(Value::as_str);
    match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) | (Some("RSA") | None, _) => {}
        (_, curve) => {
            let named = OTHERS.iter().find(|name| Some(**name) == curve);
            return Err(Error::UnsupportedKey {
                kind: named.unwrap_or(&"a type that is unknown here"),
            });
        }
    }
    if text("kid").is_none_or(|kid| kid.parse::<air_jwt::Kid>().is_err()) {
        members.remove("kid");
    }
    let json = serde_json::to_vec(&members).expect("it was JSON");
    Jwk::from_slice(&json).map_err(Error::InvalidKey)
}
