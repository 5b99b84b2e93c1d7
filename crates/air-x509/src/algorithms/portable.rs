//! The portable backend: RustCrypto's `p256` and `p384`.

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use sha2::{Digest, Sha256, Sha384};

pub(super) static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    &Ecdsa {
        curve: EcdsaCurve::P256,
        hash: Hash::Sha256,
    },
    &Ecdsa {
        curve: EcdsaCurve::P256,
        hash: Hash::Sha384,
    },
    &Ecdsa {
        curve: EcdsaCurve::P384,
        hash: Hash::Sha256,
    },
    &Ecdsa {
        curve: EcdsaCurve::P384,
        hash: Hash::Sha384,
    },
];

#[derive(Clone, Copy, Debug)]
enum EcdsaCurve {
    P256,
    P384,
}

#[derive(Clone, Copy, Debug)]
enum Hash {
    Sha256,
    Sha384,
}

/// ECDSA with signatures in DER (RFC 5758, 3.2).
#[derive(Debug)]
struct Ecdsa {
    curve: EcdsaCurve,
    hash: Hash,
}

impl SignatureVerificationAlgorithm for Ecdsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let digest = match self.hash {
            Hash::Sha256 => Sha256::digest(message).to_vec(),
            Hash::Sha384 => Sha384::digest(message).to_vec(),
        };
        match self.curve {
            EcdsaCurve::P256 => verify_p256(public_key, &digest, signature),
            EcdsaCurve::P384 => verify_p384(public_key, &digest, signature),
        }
        .ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.curve {
            EcdsaCurve::P256 => alg_id::ECDSA_P256,
            EcdsaCurve::P384 => alg_id::ECDSA_P384,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self.hash {
            Hash::Sha256 => alg_id::ECDSA_SHA256,
            Hash::Sha384 => alg_id::ECDSA_SHA384,
        }
    }
}

fn verify_p256(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}

fn verify_p384(key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(key).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(digest, &signature).ok()
}
