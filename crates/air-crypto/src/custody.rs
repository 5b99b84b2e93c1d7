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
//! # Security
//! A dealer sees the key while it deals. Fewer than `t` custodians learn nothing of it. A partial is bound to its container:
//! it opens no other. A wrong one is found by its proof, and its sender is named. A partial tells nothing of the share, but `t`
//! of them open the container for whoever has them: send them like secrets.

mod deal;
mod group;
mod hash;
mod open;
mod partial;
mod polynomial;
mod proof;
mod share;

#[cfg(test)]
mod tests;

pub use deal::{deal, generate};
pub use group::Group;
pub use partial::Partial;
pub use share::{Share, ShareIndex};
