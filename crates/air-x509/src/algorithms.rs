//! The signature algorithms of certificates: ECDSA on P-256 and P-384 with SHA-256 and SHA-384. The
//! curves' own libraries verify by default, AWS-LC with the feature `native`.

use rustls_pki_types::SignatureVerificationAlgorithm;

#[cfg(any(test, not(feature = "native")))]
mod portable;

/// The accepted algorithms. Other ones (RSA, P-521, EdDSA) are refused by both backends.
#[cfg(feature = "native")]
pub(crate) static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::aws_lc_rs::ECDSA_P256_SHA256,
    webpki::aws_lc_rs::ECDSA_P256_SHA384,
    webpki::aws_lc_rs::ECDSA_P384_SHA256,
    webpki::aws_lc_rs::ECDSA_P384_SHA384,
];

/// The accepted algorithms. Other ones (RSA, P-521, EdDSA) are refused by both backends.
#[cfg(not(feature = "native"))]
pub(crate) static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = portable::ALGORITHMS;

#[cfg(test)]
mod tests {
    use super::{ALGORITHMS, portable};

    /// The backends accept the same algorithms, so that a chain does not depend on the build.
    #[test]
    fn both_backends_have_the_same_algorithms() {
        let ids = |list: &[&dyn super::SignatureVerificationAlgorithm]| {
            list.iter()
                .map(|algorithm| (algorithm.public_key_alg_id(), algorithm.signature_alg_id()))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(ALGORITHMS), ids(portable::ALGORITHMS));
    }
}
