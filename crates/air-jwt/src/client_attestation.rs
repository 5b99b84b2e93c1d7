//! Attestation-based client authentication (draft-ietf-oauth-attestation-based-client-auth,
//! version 10): a client attester, such as a wallet's provider, attests that a key belongs to an
//! instance of a client, and the instance proves that it holds the key.
//!
//! ```
//! use std::time::Duration;
//!
//! use air_jwt::{
//!     JwkSet, SigningKey, UnixTime, jws,
//!     client_attestation::{Attestation, AttesterKeys, Pop, PopRules},
//! };
//!
//! # fn main() -> Result<(), air_jwt::Error> {
//! # let mut rng = rand::rng();
//! let now = UnixTime::from_secs(1_800_000_000);
//! let (attester, instance) = (SigningKey::generate(&mut rng), SigningKey::generate(&mut rng));
//! let end = now.saturating_add(Duration::from_hours(1));
//! let attestation = jws::sign(&attester, "oauth-client-attestation+jwt", &serde_json::json!({
//!     "sub": "https://wallet.example", "exp": end, "cnf": { "jwk": instance.public_jwk() },
//! }));
//! let pop = Pop::new("https://issuer.example").sign(&instance, now, &mut rng);
//!
//! // The server, which trusts the attester's keys:
//! let trusted = JwkSet::from(attester.public_jwk());
//! let attestation = Attestation::verify([attestation.as_str()], AttesterKeys::Set(&trusted), now)?;
//! let client = attestation.with_pop([pop.as_str()], &PopRules::new("https://issuer.example"), now)?;
//! assert_eq!(client.client_id(), "https://wallet.example");
//! # Ok(())
//! # }
//! ```
//!
//! The caller keeps the cache that detects replays ([`crate::ReplayKey`]), creates the challenges,
//! compares the request's `client_id` with [`AttestedClient::client_id`], and validates a chain in
//! `x5c` before it passes the leaf's key as [`AttesterKeys::Key`]. A server that trusts several
//! attesters checks by [`AttestedClient::attester_key`] that the attester may name this client.

mod attestation;
mod error;
mod pop;

pub use attestation::{Attestation, AttestedClient, AttesterKeys};
pub use error::{AttestationError, Token, error_code};
pub use pop::{Pop, PopRules};

/// The `typ` of an attestation.
const TYPE: &str = "oauth-client-attestation+jwt";
/// The `typ` of a proof of possession.
const POP_TYPE: &str = "oauth-client-attestation-pop+jwt";
