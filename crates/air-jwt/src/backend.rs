//! The backends for signatures and encryption: RustCrypto by default, AWS-LC with the feature
//! `native`. RustCrypto reads and checks the keys in both, so that both accept the same keys.

#[cfg(feature = "native")]
mod native;
#[cfg(any(test, not(feature = "native")))]
mod portable;

#[cfg(feature = "native")]
pub(crate) use native::{EcSigner, EcVerifier, RsaSigner, RsaVerifier};
#[cfg(not(feature = "native"))]
pub(crate) use portable::{EcSigner, EcVerifier, RsaSigner, RsaVerifier};

#[cfg(all(feature = "jwe", feature = "native"))]
pub(crate) use native::{EcdhKey, Gcm};
#[cfg(all(feature = "jwe", not(feature = "native")))]
pub(crate) use portable::{EcdhKey, Gcm};

#[cfg(test)]
mod tests;
