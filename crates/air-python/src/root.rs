//! The root of key derivation: a seed or an identity wallet.

use air_crypto::{CakPrivateKey as Key, ChainId, Curve, LocalWallet};
use pyo3::{Py, Python, pyclass, pymethods};

use crate::{argument::Secret, context::CakContext, error::Failure, key::CakPrivateKey};

/// The secret that all of a user's keys are derived from. It stays in the module's memory and is
/// wiped when the object is deleted.
#[pyclass(frozen, module = "air_python")]
pub(crate) struct RootSecret {
    inner: air_crypto::RootSecret,
}

#[pymethods]
impl RootSecret {
    /// Use a seed of 32 to 1,024 uniformly random bytes.
    #[staticmethod]
    fn from_seed(seed: Secret) -> Result<Self, Failure> {
        let inner = air_crypto::RootSecret::from_seed(&seed)?;
        Ok(Self { inner })
    }

    /// Use an identity wallet's secp256k1 key, 32 bytes. Keys are derived from its EIP-712
    /// signatures. `chain_id` defaults to 222888, the testnet.
    #[staticmethod]
    #[pyo3(signature = (private_key, *, chain_id = 222_888))]
    fn from_wallet(private_key: Secret, chain_id: u64) -> Result<Self, Failure> {
        let key =
            <&[u8; 32]>::try_from(&*private_key).map_err(|_| Failure::argument("private_key", "32 bytes"))?;
        // Checks the scalar before the wallet is made.
        let key = Key::from_bytes(Curve::Secp256k1, key)?;
        let wallet = LocalWallet::from_bytes(key.expose_secret())?;
        let inner = air_crypto::RootSecret::from_wallet(wallet, ChainId::new(chain_id));
        Ok(Self { inner })
    }

    /// Derive the key of a context. It is the same each time, and unrelated to the keys of other
    /// contexts.
    fn derive(&self, py: Python<'_>, context: Py<CakContext>) -> Result<CakPrivateKey, Failure> {
        let context = &context.get().inner;
        let inner = py.detach(|| self.inner.derive(context))?;
        Ok(CakPrivateKey { inner })
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.inner)
    }
}
