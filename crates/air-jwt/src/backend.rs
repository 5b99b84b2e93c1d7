//! Who computes signatures: RustCrypto everywhere, or AWS-LC where the feature `native` asks for it. Keys are read and checked by
//! RustCrypto in both, so that both accept the same.

#[cfg(feature = "native")]
mod native;
#[cfg(any(test, not(feature = "native")))]
mod portable;

#[cfg(feature = "native")]
pub(crate) use native::{EcSigner, EcVerifier, RsaSigner, RsaVerifier};
#[cfg(not(feature = "native"))]
pub(crate) use portable::{EcSigner, EcVerifier, RsaSigner, RsaVerifier};

#[cfg(test)]
mod tests;
