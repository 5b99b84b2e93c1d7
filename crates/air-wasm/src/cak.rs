//! A Compliance Access Key.

use std::fmt;

use air_crypto::{CakContext, CakPrivateKey};
use js_sys::Uint8Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{AirError, argument, context, sealing};

/// A key and its context. It stays in the module's memory; `free()` wipes it.
#[wasm_bindgen]
pub struct Cak {
    key: CakPrivateKey,
    context: CakContext,
}

impl Cak {
    pub(crate) fn new(key: CakPrivateKey, context: CakContext) -> Self {
        Self { key, context }
    }

    pub(crate) fn parts(&self) -> (&CakPrivateKey, &CakContext) {
        (&self.key, &self.context)
    }
}

#[wasm_bindgen]
impl Cak {
    /// Imports a private key that a verifier received: hex (with or without `0x`), base64url, JWK
    /// or PEM.
    ///
    /// # Errors
    /// `NOT_HEX`, `MALFORMED_KEY`, `INVALID_SCALAR`, `CURVE_MISMATCH`, and those of the context.
    #[wasm_bindgen(js_name = fromPrivateKey)]
    pub fn from_private_key(
        #[wasm_bindgen(js_name = privateKey, unchecked_param_type = "string")] private_key: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
    ) -> Result<Self, AirError> {
        let text = argument::text("privateKey", private_key)?;
        let context = context::read(context)?;
        let key = CakPrivateKey::from_text(Some(context.curve()), &text, None)?;
        Ok(Self::new(key, context))
    }

    /// The public half, `0x04…`: `cakPublicKey` in the SDK.
    #[wasm_bindgen(getter, js_name = publicKey)]
    #[must_use]
    pub fn public_key(&self) -> String {
        self.key.public_key().to_string()
    }

    /// The curve's name.
    #[wasm_bindgen(getter, unchecked_return_type = "Curve")]
    #[must_use]
    pub fn curve(&self) -> String {
        self.key.curve().name().to_owned()
    }

    /// A copy of the context.
    #[wasm_bindgen(getter, unchecked_return_type = "Required<CakContext>")]
    #[must_use]
    pub fn context(&self) -> JsValue {
        context::write(&self.context)
    }

    /// The private half, 64 hex digits: `cakPrivateKey` in the SDK. It opens every document of this
    /// context.
    #[wasm_bindgen(js_name = exposePrivateKey, unchecked_return_type = "string")]
    #[must_use]
    pub fn expose_private_key(&self) -> JsValue {
        JsValue::from_str(&self.key.expose_hex())
    }

    /// As `exposePrivateKey`, 32 bytes. Unlike a string, the copy can be overwritten with `fill(0)`.
    #[wasm_bindgen(js_name = exposePrivateKeyBytes)]
    #[must_use]
    pub fn expose_private_key_bytes(&self) -> Uint8Array {
        Uint8Array::from(self.key.expose_secret().as_slice())
    }

    /// Seals a document of at most 64 MiB to the public half. The label, a text or bytes, is
    /// authenticated but not stored.
    ///
    /// # Errors
    /// `TOO_LARGE`, `FIELD_TOO_LONG`, `INVALID_ARGUMENT` or `NO_RANDOMNESS`.
    pub fn seal(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] document: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "string | Uint8Array")] label: &JsValue,
    ) -> Result<Uint8Array, AirError> {
        sealing::seal_to(self.key.public_key(), &self.context, document, label)
    }

    /// Opens a container that was sealed to the public half, with the same label.
    ///
    /// # Errors
    /// `NOT_A_CONTAINER`, `WRONG_KEY`, `CHUNK_REJECTED`, `TOO_LARGE` or `INVALID_ARGUMENT`.
    pub fn open(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] sealed: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "string | Uint8Array")] label: &JsValue,
    ) -> Result<Uint8Array, AirError> {
        sealing::open_with(&self.key, &self.context, sealed, label)
    }
}

impl fmt::Debug for Cak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cak").field(&self.key).finish()
    }
}
