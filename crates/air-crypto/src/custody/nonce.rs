//! Hedged nonces for the proofs: random bytes mixed with the secret and the statement.
//!
//! Two proofs with the same nonce and different challenges reveal the secret. A generator whose
//! state repeats (in a virtual machine that was restored from a snapshot, or in a forked process)
//! returns the same bytes twice. The nonces still differ, because the statement is an input. With
//! good random bytes the nonce is as good as a random one, because HKDF extracts from them.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::polynomial::ZERO;
use crate::{CakPrivateKey, backend::Hkdf, scalar};

const DOMAIN: &[u8] = b"AIR-NONCE-v1";

/// `HKDF-SHA-256(salt = DOMAIN, ikm = secret || 32 random bytes, info = tag || statement)`, 48
/// bytes, reduced modulo the order. Zero has negligible probability and is drawn again.
///
/// `tag` is the proof's domain separation tag. `statement` is the input of the proof's challenge
/// without the nonce's points. No tag is a prefix of another, so `tag || statement` is unambiguous.
pub(super) fn hedged(
    secret: &CakPrivateKey,
    tag: &[u8],
    statement: &[u8],
    rng: &mut impl CryptoRng,
) -> scalar::Scalar {
    let mut random = Zeroizing::new([0; 32]);
    let mut wide = Zeroizing::new([0; 48]);
    loop {
        rng.fill_bytes(random.as_mut_slice());
        Hkdf::extract(DOMAIN, &[secret.expose_secret(), random.as_slice()])
            .expand(&[tag, statement], wide.as_mut_slice());
        let nonce = scalar::reduce_modulo_order(secret.curve(), &wide);
        if *nonce != ZERO {
            return nonce;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use crate::{
        CakPrivateKey, ContainerHeader, Curve, ManagedContext,
        backend::{Sharing, sharing},
        custody::{
            Ceremony, Dealing, generate,
            polynomial::{ONE, ZERO},
            proof::Proof,
            signature,
        },
    };

    const CURVES: [Curve; 2] = [Curve::Secp256r1, Curve::Secp256k1];

    /// A generator that repeats its state, as on a machine that was restored from a snapshot.
    fn repeated() -> StdRng {
        StdRng::seed_from_u64(20)
    }

    fn context(curve: Curve) -> ManagedContext {
        ManagedContext::new("did:x:i".parse().unwrap(), "k".parse().unwrap(), curve)
    }

    fn halves(proof: &Proof) -> ([u8; 32], [u8; 32]) {
        (*proof.first_chunk().unwrap(), *proof.last_chunk().unwrap())
    }

    /// `(z₁ − z₂) / (c₁ − c₂)`: the secret, when both proofs have the same nonce.
    fn secret_behind(curve: Curve, first: &Proof, second: &Proof) -> [u8; 32] {
        let sharing: &dyn Sharing = sharing(curve);
        let minus = |a: &[u8; 32], b: &[u8; 32]| *sharing.multiply_add(a, &ONE, &sharing.negate(b));
        let ((c1, z1), (c2, z2)) = (halves(first), halves(second));
        let inverse = sharing.invert(&minus(&c1, &c2)).unwrap();
        *sharing.multiply_add(&minus(&z1, &z2), &inverse, &ZERO)
    }

    /// `z − c·x`: the nonce of a proof by this key.
    fn nonce_of(key: &CakPrivateKey, proof: &Proof) -> [u8; 32] {
        let sharing = sharing(key.curve());
        let (c, z) = halves(proof);
        *sharing.multiply_add(&sharing.negate(&c), key.expose_secret(), &z)
    }

    #[test]
    fn a_repeated_generator_gives_two_partials_two_nonces() {
        for curve in CURVES {
            let (group, shares) = generate(&context(curve), 2, 2, &mut rand::rng()).unwrap();
            let share = &shares[0];
            let proofs = [b"one", b"two"].map(|document| {
                let seal = group
                    .public_key()
                    .seal(group.context(), b"", document, &mut rand::rng());
                let header = ContainerHeader::read(&mut seal.unwrap().as_slice()).unwrap();
                let partial = share.partial(&group, &header, &mut repeated()).unwrap();
                group.verify_partial(&header, &partial).unwrap();
                Proof::try_from(hex::decode(partial.proof_hex()).unwrap()).unwrap()
            });
            let [first, second] = &proofs;
            assert_ne!(nonce_of(share.key(), first), nonce_of(share.key(), second));
            assert_ne!(secret_behind(curve, first, second), *share.key().expose_secret());
        }
    }

    #[test]
    fn a_repeated_generator_gives_two_signatures_two_nonces() {
        for curve in CURVES {
            let key = CakPrivateKey::generate(curve, &mut rand::rng());
            let other = CakPrivateKey::generate(curve, &mut rand::rng());
            let sign = |key: &CakPrivateKey, message: u8| {
                signature::sign(key, signature::DEALING, &[message; 32], &mut repeated())
            };
            let (first, second) = (sign(&key, 1), sign(&key, 2));
            assert_ne!(nonce_of(&key, &first), nonce_of(&key, &second), "statement");
            assert_ne!(secret_behind(curve, &first, &second), *key.expose_secret());
            assert_ne!(
                nonce_of(&key, &first),
                nonce_of(&other, &sign(&other, 1)),
                "secret"
            );
            assert_eq!(first, sign(&key, 1), "the same statement gives the same proof");
            assert_ne!(
                nonce_of(&key, &first),
                nonce_of(
                    &key,
                    &signature::sign(&key, signature::DEALING, &[1; 32], &mut rand::rng())
                ),
                "random bytes"
            );
        }
    }

    #[test]
    fn a_repeated_generator_gives_two_ceremonies_two_polynomials() {
        for curve in CURVES {
            let mut rng = rand::rng();
            let (group, shares) = generate(&context(curve), 2, 2, &mut rng).unwrap();
            let dealings = [(); 2].map(|()| -> Dealing {
                let custodians = [(); 3].map(|()| CakPrivateKey::generate(curve, &mut rand::rng()));
                let custodians = custodians.iter().map(|key| key.public_key().clone()).collect();
                let ceremony = Ceremony::reshare(group.clone(), 2, custodians, &mut rand::rng()).unwrap();
                ceremony.hand_on(&shares[0], &mut repeated()).unwrap()
            });
            let [first, second] = &dealings;
            assert_eq!(first.commitments[0], second.commitments[0], "the share itself");
            assert_ne!(first.commitments[1], second.commitments[1]);
            assert_ne!(
                secret_behind(curve, &first.proof, &second.proof),
                *shares[0].key().expose_secret()
            );
        }
    }
}
