//! Shares a managed private key among `n` custodians, so that any `t` of them can use it and fewer
//! cannot (CAK specification, section 5).
//!
//! A dealer splits the key into shares. To open a container, each custodian computes a partial for
//! it, with a proof that the partial is correct. Any `t` partials open the container. The key is
//! never reconstructed. A container that is sealed to the group's public key has the ordinary
//! format.
//!
//! ```rust
//! use air_crypto::{ContainerHeader, Curve, ManagedContext, custody};
//!
//! # fn main() -> Result<(), air_crypto::Error> {
//! let mut rng = rand::rng();
//! let context = ManagedContext::new("did:x:issuer".parse()?, "custody-2026".parse()?, Curve::Secp256r1);
//! let (group, shares) = custody::generate(&context, 2, 3, &mut rng)?;
//! let container = group.public_key().seal(&context, b"", b"the scan", &mut rng)?;
//!
//! let header = ContainerHeader::read(&mut container.as_slice())?;
//! let partials = [
//!     shares[0].partial(&group, &header, &mut rng)?,
//!     shares[2].partial(&group, &header, &mut rng)?,
//! ];
//! assert_eq!(group.open(&partials, b"", &container)?.as_slice(), b"the scan");
//! # Ok(())
//! # }
//! ```
//!
//! The custodians can also generate the key without a dealer. Each custodian has a key pair of
//! their own. All agree on a [`Ceremony`], each sends one [`Dealing`] to all others, and each
//! computes the group and their own share from the dealings. Nobody ever holds the whole key. A
//! ceremony can also move a group's key: [`Ceremony::refresh`] makes new shares, and
//! [`Ceremony::reshare`] changes the custodians or the threshold.
//!
//! ```rust
//! use air_crypto::{CakPrivateKey, Curve, ManagedContext, custody::Ceremony};
//!
//! # fn main() -> Result<(), air_crypto::Error> {
//! let mut rng = rand::rng();
//! let context = ManagedContext::new("did:x:issuer".parse()?, "vault".parse()?, Curve::Secp256k1);
//! let keys = [(); 3].map(|()| CakPrivateKey::generate(Curve::Secp256k1, &mut rng));
//! let custodians = keys.iter().map(|key| key.public_key().clone()).collect();
//! let ceremony = Ceremony::generation(context, 2, custodians, &mut rng)?;
//!
//! let dealings = keys.iter().map(|key| ceremony.deal(key, &mut rng)).collect::<Result<Vec<_>, _>>()?;
//! let (group, share) = ceremony.finish(&keys[0], &dealings)?;
//! let (same_group, _) = ceremony.finish(&keys[1], &dealings)?;
//! assert_eq!(group.fingerprint(), same_group.fingerprint());
//! # group.verify_share(&share)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Security
//! A dealer sees the key while it deals. Fewer than `t` custodians learn nothing about the key. A
//! partial opens only the container that it was computed for. An incorrect partial is detected by
//! its proof, and the error names its sender. A partial reveals nothing about the share, but anyone
//! with `t` partials can open the container: send partials like secrets.
//!
//! A ceremony without a dealer needs no private channel, because each value is sealed to its
//! custodian's key. All custodians must see the same dealings; they compare fingerprints to check
//! this. The custodian who sends the last dealing can influence the public key, as in every
//! one-round distributed key generation, but learns nothing about the private key. Old shares keep
//! working until they are destroyed: a refresh protects only against attackers who come after that.

mod about;
mod ceremony;
mod deal;
mod dealing;
#[cfg_attr(not(feature = "passphrase"), path = "custody/no_encrypted_share.rs")]
mod encrypted_share;
mod files;
mod finish;
mod group;
mod hash;
mod nonce;
mod open;
mod partial;
mod polynomial;
mod proof;
mod share;
mod signature;

#[cfg(test)]
mod ceremony_tests;
#[cfg(test)]
mod tests;

pub use about::About;
pub use ceremony::Ceremony;
pub use deal::{deal, generate};
pub use dealing::Dealing;
pub use group::Group;
pub use partial::Partial;
pub use share::{Share, ShareIndex};
