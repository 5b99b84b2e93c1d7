//! Compares the backends on random inputs: both must return the same bytes.

use proptest::prelude::*;

use super::{Group, Point, native, portable};

const CURVES: [(&dyn Group, &dyn Group); 2] =
    [(&native::P256, &portable::P256), (&native::K256, &portable::K256)];

proptest! {
    #[test]
    fn points_and_secrets_are_the_same(secret: [u8; 32], other: [u8; 32]) {
        for (native, portable) in CURVES {
            prop_assert_eq!(native.is_scalar(&secret), portable.is_scalar(&secret));
            if !(portable.is_scalar(&secret) && portable.is_scalar(&other)) {
                continue;
            }
            let point = portable.public_point(&secret);
            prop_assert_eq!(native.public_point(&secret), point);
            let shared = portable.diffie_hellman(&other, &point);
            prop_assert_eq!(native.diffie_hellman(&other, &point), shared.clone());
            let expected = shared.map(|shared| (portable.public_point(&other), shared));
            prop_assert_eq!(native.encapsulate(&other, &point), expected.clone());
            prop_assert_eq!(portable.encapsulate(&other, &point), expected);
        }
    }

    #[test]
    fn what_is_no_point_is_refused_by_both(x: [u8; 32], y: [u8; 32]) {
        let mut bytes: Point = [4; 65];
        bytes[1..33].copy_from_slice(&x);
        bytes[33..].copy_from_slice(&y);
        let secret = [1; 32];
        for (native, portable) in CURVES {
            prop_assert!(portable.diffie_hellman(&secret, &bytes).is_none());
            prop_assert!(native.diffie_hellman(&secret, &bytes).is_none());
        }
    }

    #[test]
    fn signatures_are_the_same(secret: [u8; 32], digest: [u8; 32]) {
        let native = native::WalletKey::from_bytes(&secret).map(|key| key.sign(&digest));
        let portable = portable::WalletKey::from_bytes(&secret).map(|key| key.sign(&digest));
        prop_assert_eq!(&native, &portable);
        let recoverable = native::WalletKey::from_bytes(&secret).map(|key| key.sign_recoverable(&digest).unwrap());
        let scalars = recoverable.as_ref().map(|signed| signed.scalars);
        prop_assert_eq!(scalars, native.map(|signature| *signature.unwrap()));
        if let Some(signed) = recoverable {
            prop_assert_eq!(portable::recover(&digest, &signed), Some(portable::K256.public_point(&secret)));
        }
    }

    #[test]
    fn hkdf_is_the_same(salt: Vec<u8>, ikm: [Vec<u8>; 2], info: [Vec<u8>; 3], length in 0_usize..=48) {
        let ikm = [ikm[0].as_slice(), &ikm[1]];
        let info = [info[0].as_slice(), &info[1], &info[2]];
        let native_prk = native::Hkdf::extract_only(&salt, &ikm);
        prop_assert_eq!(&native_prk, &portable::Hkdf::extract_only(&salt, &ikm));
        let (mut one, mut two) = (vec![0; length], vec![0; length]);
        native::Hkdf::extract(&salt, &ikm).expand(&info, &mut one);
        portable::Hkdf::extract(&salt, &ikm).expand(&info, &mut two);
        prop_assert_eq!(&one, &two);
        native::Hkdf::from_prk(&native_prk).expand(&info, &mut two);
        prop_assert_eq!(one, two);
    }

    #[test]
    fn aes_gcm_is_the_same(key: [u8; 32], nonce: [u8; 12], aad: Vec<u8>, text: Vec<u8>, flip: u8) {
        let (native, portable) = (native::Aead::aes_256_gcm(&key), portable::Aead::aes_256_gcm(&key));
        let (mut one, mut two) = (text.clone(), text.clone());
        let tag = native.seal_in_place(&nonce, &aad, &mut one);
        prop_assert_eq!(tag, portable.seal_in_place(&nonce, &aad, &mut two));
        prop_assert_eq!(&one, &two);
        let mut tag = tag.unwrap();
        prop_assert!(native.open_in_place(&nonce, &aad, &mut two, &tag).is_some());
        prop_assert_eq!(&two, &text);
        tag[usize::from(flip % 16)] ^= 1 << (flip % 8);
        prop_assert!(native.open_in_place(&nonce, &aad, &mut one.clone(), &tag).is_none());
        prop_assert!(portable.open_in_place(&nonce, &aad, &mut one, &tag).is_none());
    }
}

#[test]
fn the_edges_of_the_scalars_are_the_same() {
    for (native, portable) in CURVES {
        let mut minus_one = [0xff; 32];
        let mut one = [0; 32];
        one[31] = 1;
        // The scalars end at n − 1: larger values and zero are not scalars.
        assert!(!native.is_scalar(&minus_one) && !native.is_scalar(&[0; 32]));
        minus_one.copy_from_slice(&portable_order_minus_one(portable));
        for secret in [one, minus_one] {
            assert_eq!(native.public_point(&secret), portable.public_point(&secret));
            let point = portable.public_point(&one);
            assert_eq!(
                native.diffie_hellman(&secret, &point),
                portable.diffie_hellman(&secret, &point)
            );
        }
    }
}

/// Finds n − 1 by bisection, since the trait does not expose the order.
fn portable_order_minus_one(group: &dyn Group) -> [u8; 32] {
    let mut known = [0; 32];
    for bit in 0..256 {
        let mut tried = known;
        tried[bit / 8] |= 0x80 >> (bit % 8);
        if group.is_scalar(&tried) {
            known = tried;
        }
    }
    known
}
