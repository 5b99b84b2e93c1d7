//! Whether a credential still holds: status lists, by the IETF and by the W3C, and the indices in them.
//!
//! A list has a few bits for each credential of an issuer. The credential names the list's URI and its own index; a
//! verifier fetches the list, as it is for everyone, and reads the one entry. Two kinds are here:
//!
//! * [`StatusList`] and its signed form [`StatusListToken`]: the Token Status List (draft-ietf-oauth-status-list-21),
//!   which an SD-JWT VC refers to by `status.status_list` ([`StatusReference`]);
//! * [`BitstringStatusList`] and its signed form [`BitstringStatusListCredential`]: the Bitstring Status List v1.0,
//!   which a W3C credential refers to by `credentialStatus` ([`BitstringStatusListEntry`]).
//!
//! ```
//! use air_jwt::{JwkSet, SigningKey};
//! use air_vc::status::{
//!     Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusListVerifier, StatusPartitions,
//! };
//!
//! # fn main() -> Result<(), air_vc::Error> {
//! let (mut rng, now) = (rand::rng(), 1_800_000_000);
//! let key = SigningKey::generate(&mut rng);
//!
//! // The issuer: a place for each credential, at random, which goes into its `IssueOptions::status`; …
//! let mut partitions = StatusPartitions::new("https://issuer.example/statuslist", 100_000)?;
//! let (revoked, untouched) = (partitions.allocate(&mut rng), partitions.allocate(&mut rng));
//!
//! // … and a list that is signed again when an entry changes, and before the list expires.
//! let mut list = StatusList::new(StatusBits::One, partitions.size())?;
//! list.set(revoked.index, Status::Invalid)?;
//! let options = StatusListOptions { issued_at: now, expires_at: Some(now + 86_400), ttl: Some(3_600), ..Default::default() };
//! let token = StatusListToken::sign(&key, &revoked.uri, &list, &options);
//!
//! // The verifier: fetches the list from the credential's URI, and keeps it for as long as it is fresh.
//! let keys = JwkSet::from(key.public_jwk());
//! let list = StatusListVerifier::new("https://issuer.example", &keys, &revoked.uri).verify(token.as_str(), now)?;
//! assert_eq!(list.status(&revoked)?, Status::Invalid);
//! assert_eq!(list.status(&untouched)?, Status::Valid);
//! assert_eq!(list.refetch_after(now), 3_600);
//! # Ok(())
//! # }
//! ```
//!
//! # Privacy
//!
//! *Herd privacy.* Who serves the list learns that somebody asks for it, and nothing of which of its credentials is meant:
//! the more share a list, the less a request says. So lists are long from the start ([`StatusPartitions`] has one size
//! for all; a Bitstring Status List is refused below [131,072 entries](MINIMUM_ENTRIES)), and compression makes the
//! unused rest nearly free.
//!
//! *Random indices.* The URI and the index travel with the credential. If indices were handed out in order, two of them
//! would tell which credential is the older, how many were issued between, and which were issued together. So
//! [`IndexAllocator`] draws each from all that are free. An index is never used again: a later credential would inherit
//! what happened to the earlier one, and the two would be linked.
//!
//! # Security
//!
//! The keys of a list's issuer are the verifier's configuration, as a credential's are. A token is at most 4 MiB long,
//! and at most 16 MiB are inflated from it, whatever it claims. If you cache a list, call
//! [`VerifiedStatusList::is_fresh`] before each use. When a list can't be fetched or is refused, the status of the
//! credential is unknown: treat it as invalid.

mod allocate;
#[cfg(feature = "w3c")]
mod bitstring;
mod compress;
mod freshness;
mod list;
mod named;
mod packed;
mod partition;
mod token;
mod value;
mod verify;

pub use crate::issue::StatusReference;
pub use allocate::IndexAllocator;
#[cfg(feature = "bitstring")]
pub use bitstring::{
    BitstringStatus, BitstringStatusList, BitstringStatusListCredential, BitstringStatusListOptions,
    BitstringStatusListVerifier, MINIMUM_ENTRIES, VerifiedBitstringStatusList,
};
#[cfg(feature = "w3c")]
pub use bitstring::{BitstringStatusListEntry, StatusPurpose};
pub use list::StatusList;
pub use named::NamedLists;
pub use partition::StatusPartitions;
pub use token::{StatusListOptions, StatusListToken};
pub use value::{Status, StatusBits};
pub use verify::{StatusListVerifier, VerifiedStatusList};
