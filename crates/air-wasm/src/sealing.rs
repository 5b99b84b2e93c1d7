//! Functions for pages that have keys as text.

use air_crypto::{CakContext, CakPrivateKey, CakPublicKey};
use js_sys::Uint8Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    AirError, Cak, Root,
    argument::{self, CONTAINER_LIMIT, DOCUMENT_LIMIT},
    context,
    random::random,
};

/// Derives the key of a context, as `root.derive(context)` does.
///
/// # Errors
/// The errors of an invalid context.
#[wasm_bindgen]
pub fn derive(
    root: &Root,
    #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
) -> Result<Cak, AirError> {
    root.derive(context)
}

/// Reads a public key, which has the formats of `seal`, and returns its uncompressed form: `0x04…`.
///
/// # Errors
/// `NOT_HEX`, `MALFORMED_KEY`, `INVALID_POINT`, `CURVE_MISMATCH`, `INVALID_ARGUMENT`, and those of the
/// context.
#[wasm_bindgen(js_name = readPublicKey)]
pub fn read_public_key(
    #[wasm_bindgen(js_name = publicKey, unchecked_param_type = "string")] public_key: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
) -> Result<String, AirError> {
    let (key, _) = recipient(public_key, context)?;
    Ok(key.to_string())
}

/// Seals a document of at most 64 MiB to a public key: hex (compressed or not), base64url, JWK,
/// SPKI PEM or `did:key`. The label, a text or bytes, is authenticated but not stored.
///
/// # Errors
/// `NOT_HEX`, `MALFORMED_KEY`, `INVALID_POINT`, `CURVE_MISMATCH`, `TOO_LARGE`, `FIELD_TOO_LONG`,
/// `INVALID_ARGUMENT`, `NO_RANDOMNESS`, and those of the context.
#[wasm_bindgen]
pub fn seal(
    #[wasm_bindgen(js_name = publicKey, unchecked_param_type = "string")] public_key: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Uint8Array")] document: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "string | Uint8Array")] label: &JsValue,
) -> Result<Uint8Array, AirError> {
    let (key, context) = recipient(public_key, context)?;
    seal_to(&key, &context, document, label)
}

/// Opens a container with a private key: hex (with or without `0x`), base64url, JWK or PEM.
///
/// # Errors
/// `NOT_A_CONTAINER`, `WRONG_KEY`, `CHUNK_REJECTED`, `TOO_LARGE`, and those of
/// `Cak.fromPrivateKey`.
#[wasm_bindgen]
pub fn open(
    #[wasm_bindgen(js_name = privateKey, unchecked_param_type = "string")] private_key: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Uint8Array")] sealed: &JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "string | Uint8Array")] label: &JsValue,
) -> Result<Uint8Array, AirError> {
    Cak::from_private_key(private_key, context)?.open(sealed, label)
}

/// Reads a public key and its context.
pub(crate) fn recipient(
    public_key: &JsValue,
    context: &JsValue,
) -> Result<(CakPublicKey, CakContext), AirError> {
    let text = argument::text("publicKey", public_key)?;
    let context = context::read(context)?;
    let key = CakPublicKey::from_text(Some(context.curve()), &text)?;
    Ok((key, context))
}

pub(crate) fn seal_to(
    key: &CakPublicKey,
    context: &CakContext,
    document: &JsValue,
    label: &JsValue,
) -> Result<Uint8Array, AirError> {
    let label = argument::label(label)?;
    let document = argument::bytes("document", document, DOCUMENT_LIMIT)?;
    let sealed = key.seal(context, &label, &document, &mut random()?)?;
    Ok(Uint8Array::from(sealed.as_slice()))
}

pub(crate) fn open_with(
    key: &CakPrivateKey,
    context: &CakContext,
    sealed: &JsValue,
    label: &JsValue,
) -> Result<Uint8Array, AirError> {
    let label = argument::label(label)?;
    let sealed = argument::bytes("sealed", sealed, CONTAINER_LIMIT)?;
    let document = key.open(context, &label, &sealed)?;
    Ok(Uint8Array::from(document.as_slice()))
}
