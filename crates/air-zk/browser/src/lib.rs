#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod error;

use air_ids::UnixTime;
use air_zk::command;
use getrandom::SysRng;
use js_sys::{Date, JSON, JsString};
use rand_core::UnwrapErr;
use serde_json::{Map, Value};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

pub use self::error::AirZkError;

/// The maximum number of UTF-16 units of the arguments as JSON.
const LIMIT: u32 = 4 << 20;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The public key with its scheme: what issuer, holder and verifier know alike. */
export interface Scheme {
  issuer: string;
  publicKey: string;
  schemaId: string;
  epochSeconds: number;
  scales?: Record<string, number>;
  schema: object;
}

/** The record of an issued credential, for the holder. */
export interface Credential { id: string; subject: Record<string, unknown>; signature: string; }

/** A verifier's request. */
export interface Request {
  verifier: string;
  program: string;
  nonce: string;
  /** Seconds since 1970. */
  expiresAt: number;
  conditions?: { attribute: string; operator: "equals" | "not equals" | "greater" | "less" | "between" | "in" | "not in"; value: unknown }[];
  disclose?: string[];
}

/** Whether a presentation answers a request. */
export type Verified =
  | { valid: true; disclosed: Record<string, unknown>; epoch: number }
  | { valid: false; failed: "expiry" | "epoch" | "format" | "condition" | "proof"; reason: string };
"#;

/// Commits to a secret of the holder for an issuer's challenge (hex digits). Without `secret`, 32 bytes little-endian below the
/// order of the group in hex digits, it makes a new one.
///
/// # Errors
/// `INVALID_ARGUMENT`, `REJECTED` or `NO_RANDOMNESS`.
#[wasm_bindgen(unchecked_return_type = "{ secret: string; commitment: string }")]
pub fn commit(
    #[wasm_bindgen(unchecked_param_type = "{ scheme: Scheme; challenge: string; secret?: string }")]
    arguments: &JsValue,
) -> Result<JsValue, AirZkError> {
    run("commit", arguments)
}

/// Answers a request. Returns the presentation as hex digits.
///
/// # Errors
/// `INVALID_ARGUMENT`; `REJECTED` if a condition does not hold or can't be proved, or if the token, the secret or the
/// scheme does not belong to the credential; or `NO_RANDOMNESS`.
#[wasm_bindgen(unchecked_return_type = "string")]
pub fn prove(
    #[wasm_bindgen(
        unchecked_param_type = "{ scheme: Scheme; credential: Credential; token: string; secret: string; request: Request }"
    )]
    arguments: &JsValue,
) -> Result<JsValue, AirZkError> {
    let answer = run("present", arguments)?;
    js_sys::Reflect::get(&answer, &JsValue::from_str("presentation")).map_err(|_| AirZkError::internal())
}

/// Verifies that a presentation answers a request, now or `at` seconds since 1970.
///
/// # Errors
/// `INVALID_ARGUMENT` or `REJECTED`, if the scheme or the request is wrong.
#[wasm_bindgen(unchecked_return_type = "Verified")]
pub fn verify(
    #[wasm_bindgen(
        unchecked_param_type = "{ scheme: Scheme; request: Request; presentation: string; at?: number }"
    )]
    arguments: &JsValue,
) -> Result<JsValue, AirZkError> {
    run("verify", arguments)
}

/// Runs a command of `air-zk`. Returns its answer without the protocol's version.
fn run(name: &str, arguments: &JsValue) -> Result<JsValue, AirZkError> {
    // A test call: once the source works, it does not fail later.
    getrandom::fill(&mut [0; 1]).map_err(|_| AirZkError::no_randomness())?;
    let command = encode(name, arguments)?;
    let answer = command::run(command.as_bytes(), now(), &mut UnwrapErr(SysRng));
    let members: Map<String, Value> =
        serde_json::from_str(&answer.text).map_err(|_| AirZkError::internal())?;
    if let Some(error) = members.get("error") {
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        return Err(match answer.exit_code {
            2 => AirZkError::argument(message),
            _ => AirZkError::rejected(message),
        });
    }
    let mut members = members;
    members.remove("protocol");
    let text = Zeroizing::new(Value::Object(members).to_string());
    JSON::parse(&text).map_err(|_| AirZkError::internal())
}

/// The arguments as a command.
fn encode(name: &str, arguments: &JsValue) -> Result<Zeroizing<String>, AirZkError> {
    let refused = || AirZkError::argument("the argument must be an object that JSON can hold");
    // Fails for cyclic values. The result is undefined for undefined and functions.
    let json = JSON::stringify(arguments).map_err(|_| refused())?;
    let json = JsValue::from(json)
        .dyn_into::<JsString>()
        .map_err(|_| refused())?;
    if json.length() > LIMIT {
        return Err(AirZkError::argument(
            "the argument is longer than 4 Mi characters of JSON",
        ));
    }
    let text = Zeroizing::new(String::from(json));
    let mut members: Map<String, Value> = serde_json::from_str(&text).map_err(|_| refused())?;
    members.insert("command".to_owned(), name.into());
    Ok(Zeroizing::new(Value::Object(members).to_string()))
}

/// The browser's time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion of floating-point numbers saturates"
)]
fn now() -> UnixTime {
    UnixTime::from_secs((Date::now() / 1000.0) as u64)
}
