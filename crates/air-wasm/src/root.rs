//! The root of key derivation: a seed or an identity wallet.

use std::fmt;

use air_crypto::{CakContext, CakPrivateKey, ChainId, RootSecret};
use js_sys::Uint8Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{AirError, Cak, argument, context, wallet::WalletKey};

/// The maximum length of a seed that is copied. `air-crypto` accepts less.
const SEED_LIMIT: u32 = 64 * 1024;

/// The secret that all of a user's keys are derived from. It stays in the module's memory; `free()`
/// wipes it.
#[wasm_bindgen]
pub struct Root {
    secret: RootSecret,
    wallet: Option<WalletKey>,
}

#[wasm_bindgen]
impl Root {
    /// A seed of 32 to 1,024 uniformly random bytes.
    ///
    /// # Errors
    /// `FIELD_TOO_SHORT` or `FIELD_TOO_LONG`.
    #[wasm_bindgen(js_name = fromSeed)]
    pub fn from_seed(
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] seed: &JsValue,
    ) -> Result<Self, AirError> {
        let seed = argument::bytes("seed", seed, SEED_LIMIT)?;
        Ok(Self {
            secret: RootSecret::from_seed(&seed)?,
            wallet: None,
        })
    }

    /// An identity wallet's secp256k1 key, 32 bytes: keys are derived from its EIP-712 signatures.
    /// `chainId` is the chain ID of the network. Defaults to 222888, the testnet.
    ///
    /// # Errors
    /// `INVALID_SCALAR`.
    #[wasm_bindgen(js_name = fromWallet)]
    pub fn from_wallet(
        #[wasm_bindgen(js_name = privateKey, unchecked_param_type = "Uint8Array")] private_key: &JsValue,
        #[wasm_bindgen(js_name = chainId, unchecked_optional_param_type = "number")] chain_id: &JsValue,
    ) -> Result<Self, AirError> {
        let key = argument::bytes("privateKey", private_key, SEED_LIMIT)?;
        Self::of_wallet(WalletKey::from_bytes(&key, chain(chain_id)?)?)
    }

    /// Generates the key of a new wallet with `crypto.getRandomValues`.
    ///
    /// # Errors
    /// `NO_RANDOMNESS`.
    #[wasm_bindgen(js_name = generateWallet)]
    pub fn generate_wallet(
        #[wasm_bindgen(js_name = chainId, unchecked_optional_param_type = "number")] chain_id: &JsValue,
    ) -> Result<Self, AirError> {
        Self::of_wallet(WalletKey::generate(chain(chain_id)?)?)
    }

    /// The wallet's address, `0x…` with the EIP-55 checksum; `undefined` for a seed.
    #[wasm_bindgen(getter, js_name = walletAddress)]
    #[must_use]
    pub fn wallet_address(&self) -> Option<String> {
        let wallet = self.wallet.as_ref()?;
        Some(wallet.wallet.address().to_string())
    }

    /// A copy of the wallet's private key, 32 bytes; `undefined` for a seed. Encrypt it, and
    /// overwrite the copy with `fill(0)`.
    #[wasm_bindgen(js_name = exposeWalletKey)]
    #[must_use]
    pub fn expose_wallet_key(&self) -> Option<Uint8Array> {
        let wallet = self.wallet.as_ref()?;
        Some(Uint8Array::from(wallet.expose_secret().as_slice()))
    }

    /// Derives the key of a context. It is the same each time, and unrelated to the keys of other
    /// contexts.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `FIELD_EMPTY`, `FIELD_TOO_LONG` or `UNKNOWN_CURVE` for the context.
    pub fn derive(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
    ) -> Result<Cak, AirError> {
        let context = context::read(context)?;
        let key = self.derived(&context)?;
        Ok(Cak::new(key, context))
    }

    fn of_wallet(wallet: WalletKey) -> Result<Self, AirError> {
        Ok(Self {
            secret: wallet.root()?,
            wallet: Some(wallet),
        })
    }
}

impl Root {
    pub(crate) fn derived(&self, context: &CakContext) -> Result<CakPrivateKey, AirError> {
        Ok(self.secret.derive(context)?)
    }
}

fn chain(chain_id: &JsValue) -> Result<ChainId, AirError> {
    if chain_id.is_undefined() {
        return Ok(ChainId::TESTNET);
    }
    Ok(ChainId::new(argument::whole_number("chainId", chain_id)?))
}

#[cfg(feature = "wallet")]
impl Root {
    pub(crate) fn wallet(&self) -> Result<&WalletKey, AirError> {
        self.wallet.as_ref().ok_or_else(AirError::not_a_wallet)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Root").field(&self.secret).finish()
    }
}
