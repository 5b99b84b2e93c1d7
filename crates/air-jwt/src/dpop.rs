//! DPoP: access tokens that only the holder of a key can use (RFC 9449). A client signs a proof for
//! each request, and a server verifies it.
//!
//! ```
//! use air_jwt::{SigningKey, UnixTime, dpop::{Proof, ProofVerifier}};
//!
//! # fn main() -> Result<(), air_jwt::Error> {
//! let (key, now) = (SigningKey::generate(&mut rand::rng()), UnixTime::from_secs(1_800_000_000));
//! let url = "https://issuer.example/token";
//!
//! let header = Proof::new("POST", url)?.sign(&key, now, &mut rand::rng());
//!
//! let proof = ProofVerifier::new("POST", url)?.verify([header.as_str()], now)?;
//! assert_eq!(proof.thumbprint(), &key.public_jwk().thumbprint());    // bind the token to it: `cnf.jkt`
//! let unseen = proof.replay_key();                                   // refuse it a second time
//! # let _ = unseen;
//! # Ok(())
//! # }
//! ```
//!
//! The caller keeps the cache that detects replays ([`crate::ReplayKey`]), and creates the nonces.

mod error;
mod proof;
mod target;
mod verify;

pub use error::{DpopError, error_code};
pub use proof::Proof;
pub use verify::{ProofVerifier, VerifiedProof};

/// The `typ` of a proof.
const TYPE: &str = "dpop+jwt";

/// The value of `ath`: the SHA-256 digest of the access token in base64url.
fn access_token_hash(token: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use sha2::{Digest, Sha256};

    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}
