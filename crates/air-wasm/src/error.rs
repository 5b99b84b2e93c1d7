//! The thrown error: a JavaScript `Error` with a stable `code`.

use std::fmt;

use js_sys::Reflect;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What went wrong, for programs. More may come. */
export type AirErrorCode =
  | "INVALID_ARGUMENT" | "TOO_LARGE" | "NO_RANDOMNESS"
  | "FIELD_EMPTY" | "FIELD_TOO_LONG" | "FIELD_TOO_SHORT" | "UNKNOWN_CURVE" | "CURVE_MISMATCH"
  | "NOT_HEX" | "MALFORMED_KEY" | "KEY_HALVES_DIFFER" | "INVALID_SCALAR" | "INVALID_POINT" | "WALLET_REFUSED"
  | "NOT_A_WALLET" | "FOREIGN_ENVELOPE" | "TYPED_DATA_RESERVED" | "TYPED_DATA_REJECTED"
  | "NOT_A_CONTAINER" | "WRONG_KEY" | "CHUNK_REJECTED"
  | "SCHEMA_REJECTED" | "CREDENTIAL_REJECTED" | "ANCHOR_REJECTED" | "INTERNAL";

/** Everything that is thrown: `name` is "AirError", and the message shows no secret, token or personal value. */
export interface AirError extends Error {
  name: "AirError";
  code: AirErrorCode;
  /** Of "CREDENTIAL_REJECTED" and "ANCHOR_REJECTED": the check that failed, such as "signature", "validity" or "root". */
  check?: string;
}
"#;

/// An error to throw in JavaScript.
#[derive(Debug)]
pub struct AirError {
    code: &'static str,
    message: String,
    check: Option<&'static str>,
}

impl AirError {
    fn new(code: &'static str, error: &dyn fmt::Display) -> Self {
        Self {
            code,
            message: error.to_string(),
            check: None,
        }
    }

    /// An argument has the wrong type.
    pub(crate) fn argument(name: &str, needed: &str) -> Self {
        Self::new("INVALID_ARGUMENT", &format_args!("`{name}` must be {needed}"))
    }

    pub(crate) fn too_large(name: &str, length: u32, limit: u32) -> Self {
        Self::new(
            "TOO_LARGE",
            &format_args!("`{name}` has a length of {length}; at most {limit} are taken"),
        )
    }

    #[cfg(feature = "wallet")]
    pub(crate) fn not_a_wallet() -> Self {
        Self::new(
            "NOT_A_WALLET",
            &"this root is a seed, which signs nothing; take a wallet's",
        )
    }

    /// A check of a proof failed.
    #[cfg(feature = "anchor")]
    pub(crate) fn anchor(check: air_ledger::evm::Check, error: &air_ledger::evm::Error) -> Self {
        Self {
            check: Some(check.name()),
            ..Self::new("ANCHOR_REJECTED", error)
        }
    }

    #[cfg(feature = "cak")]
    pub(crate) fn no_randomness() -> Self {
        Self::new(
            "NO_RANDOMNESS",
            &"there is no crypto.getRandomValues; use a browser or Node 20 and newer",
        )
    }
}

#[cfg(feature = "cak")]
impl From<air_crypto::Error> for AirError {
    fn from(error: air_crypto::Error) -> Self {
        use air_crypto::Error;
        let code = match &error {
            Error::FieldEmpty { .. } => "FIELD_EMPTY",
            Error::FieldTooLong { .. } => "FIELD_TOO_LONG",
            Error::FieldTooShort { .. } => "FIELD_TOO_SHORT",
            Error::NotHex { .. } => "NOT_HEX",
            Error::MalformedKey { .. } => "MALFORMED_KEY",
            Error::KeyHalvesDiffer => "KEY_HALVES_DIFFER",
            Error::InvalidScalar { .. } => "INVALID_SCALAR",
            Error::InvalidPoint { .. } => "INVALID_POINT",
            Error::UnknownCurve => "UNKNOWN_CURVE",
            Error::CurveMismatch { .. } => "CURVE_MISMATCH",
            Error::WalletRefused { .. } => "WALLET_REFUSED",
            Error::ForeignEnvelope => "FOREIGN_ENVELOPE",
            Error::TypedDataReserved { .. } => "TYPED_DATA_RESERVED",
            Error::TypedDataRejected { .. } => "TYPED_DATA_REJECTED",
            Error::NotAContainer { .. } => "NOT_A_CONTAINER",
            Error::WrongKey => "WRONG_KEY",
            Error::ChunkRejected { .. } => "CHUNK_REJECTED",
            // The errors of custody, holders' envelopes and streams, which this module does not
            // include.
            _ => "INTERNAL",
        };
        Self::new(code, &error)
    }
}

#[cfg(feature = "verify")]
impl From<air_vc::Error> for AirError {
    fn from(error: air_vc::Error) -> Self {
        let check = error.check();
        let code = match check {
            Some(_) => "CREDENTIAL_REJECTED",
            None => "INVALID_ARGUMENT",
        };
        Self {
            check: check.map(air_vc::Check::name),
            ..Self::new(code, &error)
        }
    }
}

/// A proof file that can't be read.
#[cfg(feature = "anchor")]
impl From<air_ledger::evm::Error> for AirError {
    fn from(error: air_ledger::evm::Error) -> Self {
        use air_ledger::evm::Error;
        let code = match &error {
            Error::FileTooLong { .. } => "TOO_LARGE",
            _ => "INVALID_ARGUMENT",
        };
        Self::new(code, &error)
    }
}

#[cfg(feature = "verify")]
impl From<air_jwt::Error> for AirError {
    fn from(error: air_jwt::Error) -> Self {
        Self::new("MALFORMED_KEY", &error)
    }
}

#[cfg(feature = "validate")]
impl From<air_schema::Error> for AirError {
    fn from(error: air_schema::Error) -> Self {
        Self::new("SCHEMA_REJECTED", &error)
    }
}

impl From<AirError> for JsValue {
    fn from(error: AirError) -> Self {
        let thrown = js_sys::Error::new(&error.message);
        thrown.set_name("AirError");
        let members = [("code", Some(error.code)), ("check", error.check)];
        for (name, value) in members {
            if let Some(value) = value {
                // Setting a member of a new error can't fail.
                let _ = Reflect::set(&thrown, &Self::from_str(name), &Self::from_str(value));
            }
        }
        thrown.into()
    }
}
