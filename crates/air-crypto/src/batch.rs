//! Derives many keys at once, to import users or to rotate keys.
//!
//! With the feature `rayon` the work runs on all threads of the current pool. Without it, one
//! thread does the work.

use crate::{
    CakContext, CakPrivateKey, CakPublicKey, Curve, Error, RootSecret, backend::group, scalar::Scalar,
};

/// The number of keys that share one field inversion. A thread takes this many at a time.
const BATCH: usize = 256;

impl RootSecret {
    /// Derives the private key of each context, in order.
    ///
    /// ```rust
    /// use air_crypto::{CakContext, Curve, RootSecret};
    ///
    /// # fn main() -> Result<(), air_crypto::Error> {
    /// let root = RootSecret::from_seed(&[7; 32])?;
    /// let context = |user: &str| {
    ///     Ok::<_, air_crypto::Error>(CakContext::new(
    ///         user.parse()?, "did:x:i".parse()?, "s".parse()?, Curve::Secp256r1,
    ///     ))
    /// };
    /// let keys = root.derive_many(&[context("ada")?, context("grace")?]);
    /// for (place, key) in keys.iter().enumerate() {
    ///     if let Err(error) = key {
    ///         eprintln!("row {place}: {error}");
    ///     }
    /// }
    /// # assert!(keys.iter().all(Result::is_ok));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The keys equal those of [`RootSecret::derive`], and the batch is faster. An error affects
    /// only its own context. The result at index `i` belongs to `contexts[i]`.
    ///
    /// # Errors
    /// Each element has the errors of [`RootSecret::derive`].
    #[must_use]
    pub fn derive_many(&self, contexts: &[CakContext]) -> Vec<Result<CakPrivateKey, Error>> {
        in_batches(contexts, |contexts| {
            let scalars: Vec<Result<(Curve, Scalar), Error>> = contexts
                .iter()
                .map(|context| Ok((context.curve(), self.derive_scalar(context)?)))
                .collect();
            let mut publics = [Curve::Secp256r1, Curve::Secp256k1].map(|curve| {
                let secrets: Vec<&[u8; 32]> = scalars
                    .iter()
                    .flatten()
                    .filter(|(on, _)| *on == curve)
                    .map(|(_, scalar)| &**scalar)
                    .collect();
                group(curve).public_points(&secrets).into_iter()
            });
            let [r1, k1] = &mut publics;
            scalars
                .into_iter()
                .map(|scalar| {
                    let (curve, scalar) = scalar?;
                    let point = match curve {
                        Curve::Secp256r1 => r1.next(),
                        Curve::Secp256k1 => k1.next(),
                    };
                    Ok(match point {
                        Some(point) => CakPrivateKey::from_halves(curve, scalar, point),
                        None => CakPrivateKey::from_scalar(curve, scalar),
                    })
                })
                .collect()
        })
    }

    /// Derives the public key of each context, in order. The private keys are wiped at once.
    ///
    /// # Errors
    /// Each element has the errors of [`RootSecret::derive`].
    #[must_use]
    pub fn derive_many_public(&self, contexts: &[CakContext]) -> Vec<Result<CakPublicKey, Error>> {
        self.derive_many(contexts)
            .into_iter()
            .map(|key| key.map(|key| key.public_key().clone()))
            .collect()
    }
}

#[cfg(not(feature = "rayon"))]
fn in_batches<T, U>(items: &[T], work: impl Fn(&[T]) -> Vec<U>) -> Vec<U> {
    items.chunks(BATCH).flat_map(work).collect()
}

#[cfg(feature = "rayon")]
fn in_batches<T: Sync, U: Send>(items: &[T], work: impl Fn(&[T]) -> Vec<U> + Sync + Send) -> Vec<U> {
    use rayon::{iter::ParallelIterator, slice::ParallelSlice};
    items.par_chunks(BATCH).flat_map_iter(work).collect()
}

#[cfg(test)]
mod tests {
    use subtle::ConstantTimeEq;

    use super::*;
    use crate::{ChainId, IdentityWallet, LocalWallet, WalletSignature, backend::Point};

    fn contexts(count: usize) -> Vec<CakContext> {
        (0..count)
            .map(|i| {
                let curve = if i % 3 == 0 {
                    Curve::Secp256k1
                } else {
                    Curve::Secp256r1
                };
                CakContext::new(
                    format!("user-{i}").parse().unwrap(),
                    "did:x:i".parse().unwrap(),
                    "s".parse().unwrap(),
                    curve,
                )
            })
            .collect()
    }

    #[test]
    fn a_batch_is_as_many_single_keys_in_order() {
        let wallet = || LocalWallet::from_bytes(&[9; 32]).unwrap();
        for root in [
            RootSecret::from_seed(&[7; 32]).unwrap(),
            RootSecret::from_wallet(wallet(), ChainId::TESTNET),
        ] {
            for count in [0, 1, 2, BATCH, 2 * BATCH + 3] {
                let contexts = contexts(count);
                let keys = root.derive_many(&contexts);
                assert_eq!(keys.len(), count);
                for (context, key) in contexts.iter().zip(keys).step_by(37) {
                    let (key, single) = (key.unwrap(), root.derive(context).unwrap());
                    assert!(bool::from(key.ct_eq(&single)));
                    assert_eq!(key.public_key(), single.public_key());
                }
            }
            let publics = root.derive_many_public(&contexts(5));
            let last = root.derive(&contexts(5)[4]).unwrap();
            assert_eq!(publics[4].as_ref().unwrap(), last.public_key());
        }
    }

    /// Refuses to sign for one of the contexts.
    struct RefusingWallet(LocalWallet);

    impl IdentityWallet for RefusingWallet {
        fn sign_digest(&self, digest: &[u8; 32]) -> Result<WalletSignature, Error> {
            self.0.sign_digest(digest)
        }

        fn sign_context(&self, context: &CakContext, chain_id: ChainId) -> Result<WalletSignature, Error> {
            if *context == contexts(8)[6] {
                return Err(Error::WalletRefused {
                    reason: "not this one".into(),
                });
            }
            self.0.sign_digest(&crate::eip712::cak_digest(context, chain_id))
        }
    }

    #[test]
    fn one_bad_context_is_reported_at_its_place_and_the_rest_is_not_lost() {
        let root = RootSecret::from_wallet(
            RefusingWallet(LocalWallet::from_bytes(&[9; 32]).unwrap()),
            ChainId::TESTNET,
        );
        let keys = root.derive_many(&contexts(8));
        for (i, key) in keys.iter().enumerate() {
            assert_eq!(key.is_err(), i == 6, "{i}");
        }
        assert_eq!(
            keys[7].as_ref().unwrap().public_key(),
            root.derive(&contexts(8)[7]).unwrap().public_key()
        );
    }

    #[test]
    fn batches_of_points_are_as_many_single_ones() {
        for curve in [Curve::Secp256r1, Curve::Secp256k1] {
            let secrets: Vec<[u8; 32]> = (1..=20).map(|i| [i; 32]).collect();
            let references: Vec<&[u8; 32]> = secrets.iter().collect();
            let points: Vec<Point> = group(curve).public_points(&references);
            let single: Vec<Point> = secrets
                .iter()
                .map(|secret| group(curve).public_point(secret))
                .collect();
            assert_eq!(points, single);
        }
    }
}
