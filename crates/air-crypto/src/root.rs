//! The secrets that keys are derived from (CAK specification, section 2).

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    CakContext, CakPrivateKey, ChainId, Error, Field, IdentityWallet, derive::derive_scalar, scalar::Scalar,
};

/// The minimum length of a seed in bytes.
const SEED_MINIMUM: usize = 32;
/// The maximum length of a seed in bytes. Longer input is a mistake, such as a whole file.
const SEED_LIMIT: usize = 1024;

/// The secret that all of a user's keys are derived from: a seed, or an identity wallet that signs.
pub struct RootSecret(Root);

enum Root {
    Seed(Zeroizing<Vec<u8>>),
    Wallet {
        wallet: Box<dyn IdentityWallet + Send + Sync>,
        chain_id: ChainId,
    },
}

impl RootSecret {
    /// Uses a seed of 32 to 1,024 uniformly random bytes.
    ///
    /// # Errors
    /// [`Error::FieldTooShort`] or [`Error::FieldTooLong`] for another length.
    pub fn from_seed(seed: &[u8]) -> Result<Self, Error> {
        let (field, length) = (Field::Seed, seed.len());
        if length < SEED_MINIMUM {
            return Err(Error::FieldTooShort {
                field,
                length,
                minimum: SEED_MINIMUM,
            });
        }
        if length > SEED_LIMIT {
            return Err(Error::FieldTooLong {
                field,
                length,
                limit: SEED_LIMIT,
            });
        }
        Ok(Self(Root::Seed(Zeroizing::new(seed.to_vec()))))
    }

    /// Uses an identity wallet, which signs EIP-712 typed data for the network `chain_id`.
    #[must_use]
    pub fn from_wallet(wallet: impl IdentityWallet + Send + Sync + 'static, chain_id: ChainId) -> Self {
        Self(Root::Wallet {
            wallet: Box::new(wallet),
            chain_id,
        })
    }

    /// Derives the private key of `context`. The key is the same each time and unrelated to the key
    /// of any other context (CAK specification, section 3).
    ///
    /// # Errors
    /// [`Error::WalletRefused`] when a wallet does not sign. Derivation from a seed cannot fail.
    pub fn derive(&self, context: &CakContext) -> Result<CakPrivateKey, Error> {
        let scalar = self.derive_scalar(context)?;
        Ok(CakPrivateKey::from_scalar(context.curve(), scalar))
    }

    pub(crate) fn derive_scalar(&self, context: &CakContext) -> Result<Scalar, Error> {
        Ok(match &self.0 {
            Root::Seed(seed) => derive_scalar(seed, context),
            Root::Wallet { wallet, chain_id } => {
                wallet.sign_context(context, *chain_id)?.derive_scalar(context)
            }
        })
    }
}

impl fmt::Debug for RootSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Root::Seed(_) => "Seed",
            Root::Wallet { .. } => "Wallet",
        };
        f.debug_tuple("RootSecret")
            .field(&format_args!("{kind}"))
            .finish_non_exhaustive()
    }
}
