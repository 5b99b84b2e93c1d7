//! Custodians (CAK specification, section 5): a managed private key that no one of `n` holds, and any `t` can use.
//!
//! A dealer shares the key; each custodian answers a partial for a container, with a proof that it is right; any `t` of them
//! open it. The key is never put together again, and a container sealed to the group's public key is an ordinary one.
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
//! Without a dealer, the custodians make the key themselves: each has a key pair of their own, all agree on a [`Ceremony`], each
//! sends one [`Dealing`] to all, and each finishes with the group and their share. Nobody ever holds the key. A ceremony also moves
//! a group's key: to fresh shares ([`Ceremony::refresh`]), or to other custodians and another threshold ([`Ceremony::reshare`]).
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
//! A dealer sees the key while it deals. Fewer than `t` custodians learn nothing of it. A partial is bound to its container:
//! it opens no other. A wrong one is found by its proof, and its sender is named. A partial reveals nothing about the share, but anyone
//! with `t` partials can open the container: send them like secrets.
//!
//! A ceremony without a dealer needs no private channel: values travel sealed to their custodian's key. It does need that all see
//! the same dealings; comparing fingerprints shows whether they did. The last dealer can choose among public keys, as in every
//! distributed generation of one round, and learns nothing of the private key by it. Old shares still open until they are
//! destroyed: a refresh protects from those who come later.

mod ceremony;
mod deal;
mod dealing;
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

pub use ceremony::Ceremony;
pub use deal::{deal, generate};
pub use dealing::Dealing;
pub use group::Group;
pub use partial::Partial;
pub use share::{Share, ShareIndex};
