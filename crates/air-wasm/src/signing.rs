//! Signatures of a wallet: of envelopes, acceptances, typed data and messages, never of a given digest.

use air_crypto::CakAcceptance;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{AirError, Root, TypedData, argument, context, envelope, wallet::WalletKey};

/// The maximum length of a message in bytes, so that a person can read it.
const MESSAGE_LIMIT: u32 = 64 * 1024;

#[wasm_bindgen]
impl Root {
    /// Signs the envelope of this wallet, and of no other: `0x` and `r || s || v` in hex.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for the envelope, `NOT_A_WALLET` for a seed, `FOREIGN_ENVELOPE` for
    /// another wallet's.
    #[wasm_bindgen(js_name = signEnvelope)]
    pub fn sign_envelope(
        &self,
        #[wasm_bindgen(unchecked_param_type = "WalletEnvelope")] envelope: &JsValue,
    ) -> Result<String, AirError> {
        let WalletKey { wallet, chain, .. } = self.wallet()?;
        let envelope = envelope::read(envelope)?;
        let signature = wallet.sign_envelope(&envelope.borrow(wallet.address()), *chain)?;
        Ok(signature.to_string())
    }

    /// Signs the user's acceptance that an issuer gets the public half of this wallet's CAK: `0x`
    /// and `r || s || v` in hex. Ask the user first.
    ///
    /// # Errors
    /// `NOT_A_WALLET` for a seed, and those of the context.
    #[wasm_bindgen(js_name = signAcceptance)]
    pub fn sign_acceptance(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
    ) -> Result<String, AirError> {
        let WalletKey { wallet, chain, .. } = self.wallet()?;
        let context = context::read(context)?;
        let key = self.derived(&context)?;
        let acceptance = CakAcceptance {
            context: &context,
            public_key: key.public_key(),
        };
        Ok(wallet.sign_acceptance(&acceptance, *chain)?.to_string())
    }

    /// Signs a page's typed data (`eth_signTypedData_v4`): `0x` and `r || s || v` in hex. Show its
    /// rows to the user first.
    ///
    /// # Errors
    /// `NOT_A_WALLET` for a seed.
    #[wasm_bindgen(js_name = signTypedData)]
    pub fn sign_typed_data(
        &self,
        #[wasm_bindgen(js_name = typedData)] typed_data: &TypedData,
    ) -> Result<String, AirError> {
        let signature = self.wallet()?.wallet.sign_typed_data(typed_data.inner())?;
        Ok(signature.to_string())
    }

    /// Signs a page's message by EIP-191 (`personal_sign`), at most 64 KiB: `0x` and `r || s || v`
    /// in hex. Show it to the user first.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` or `TOO_LARGE` for the message, `NOT_A_WALLET` for a seed.
    #[wasm_bindgen(js_name = signMessage)]
    pub fn sign_message(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] message: &JsValue,
    ) -> Result<String, AirError> {
        let message = argument::bytes("message", message, MESSAGE_LIMIT)?;
        let signature = self.wallet()?.wallet.sign_message(&message)?;
        Ok(signature.to_string())
    }
}
