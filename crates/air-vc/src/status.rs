//! Status lists of the IETF and the W3C, and the allocation of their indices. They tell whether a
//! credential is still valid.
//!
//! A list has a few bits for each credential of an issuer. The credential contains the list's URI
//! and its index. A verifier fetches the list, which is the same for everyone, and reads the entry.
//! Two kinds are implemented:
//!
//! * [`StatusList`] and its signed form [`StatusListToken`]: the Token Status List
//!   (draft-ietf-oauth-status-list-21), which an SD-JWT VC refers to by `status.status_list`
//!   ([`StatusReference`]);
//! * [`BitstringStatusList`] and its signed form [`BitstringStatusListCredential`]: the Bitstring
//!   Status List v1.0, which a W3C credential refers to by `credentialStatus`
//!   ([`BitstringStatusListEntry`]).
//!
//! ```
//! use std::time::Duration;
//!
//! use air_jwt::{JwkSet, SigningKey, UnixTime};
//! use air_vc::status::{
//!     Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusListVerifier, StatusPartitions,
//! };
//!
//! # fn main() -> Result<(), air_vc::Error> {
//! let (mut rng, now) = (rand::rng(), UnixTime::from_secs(1_800_000_000));
//! let key = SigningKey::generate(&mut rng);
//!
//! // The issuer allocates a random index for each credential, for its `IssueOptions::status`.
//! let mut partitions = StatusPartitions::new("https://issuer.example/statuslist", 100_000)?;
//! let (revoked, untouched) = (partitions.allocate(&mut rng), partitions.allocate(&mut rng));
//!
//! // It signs the list again when an entry changes, and before the list expires.
//! let mut list = StatusList::new(StatusBits::One, partitions.size())?;
//! list.set(revoked.index, Status::Invalid)?;
//! let expires_at = Some(now.saturating_add(Duration::from_hours(24)));
//! let options = StatusListOptions { issued_at: now, expires_at, ttl: Some(3_600), ..Default::default() };
//! let token = StatusListToken::sign(&key, &revoked.uri, &list, &options);
//!
//! // The verifier fetches the list from the credential's URI, and caches it while it is fresh.
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
//! *Herd privacy.* The host of a list learns that someone requests it, but not for which
//! credential. The more credentials share a list, the less a request reveals. Lists are therefore
//! long from the start ([`StatusPartitions`] has one size for all; a Bitstring Status List is
//! rejected below [131,072 entries](MINIMUM_ENTRIES)), and compression makes unused entries nearly
//! free.
//!
//! *Random indices.* The URI and the index are part of the credential. If indices were sequential,
//! two of them would reveal which credential is older, how many were issued between them, and which
//! were issued together. [`IndexAllocator`] therefore draws each index at random from all free
//! ones. An index is never reused: a later credential would inherit the status of the earlier one,
//! and the two would be linked.
//!
//! # Security
//!
//! The keys of a list's issuer come from the verifier's configuration, like those of a credential's
//! issuer. A token has at most 4 MiB, and is inflated to at most 16 MiB. If you cache a list, call
//! [`VerifiedStatusList::is_fresh`] before each use. If a list can't be fetched or is rejected, the
//! status of the credential is unknown: treat it as invalid.

mod allocate;
#[cfg(feature = "w3c")]
mod bitstring;
mod claims;
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
pub use claims::StatusListClaims;
pub use list::StatusList;
pub use named::NamedLists;
pub use partition::StatusPartitions;
pub use token::{StatusListOptions, StatusListToken};
pub use value::{Status, StatusBits};
pub use verify::{StatusListVerifier, VerifiedStatusList};
