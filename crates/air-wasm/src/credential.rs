//! Credentials: SD-JWT VC.

use std::time::Duration;

use air_jwt::JwkSet;
use air_vc::{Challenge, ClaimPath, UnixTime, VerifiedCredential, Verifier, status::VerifiedStatusList};
use js_sys::{Array, Date};
use serde_json::{Map, Value};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::{
    AirError,
    argument::{self, Members},
    json,
};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Whom a verifier trusts, and what it asks for. Members of other names are refused. */
export interface VerifyOptions {
  /** The `iss` that is trusted. */
  issuer: string;
  /** The issuer's public keys, from your configuration: an object, or its JSON. */
  jwks: { keys: object[] } | string;
  /** Seconds since 1970. Defaults to the current time. */
  now?: number;
  /** The credential's `vct` must be one of these. */
  types?: string[];
  /** Paths of claims that must be disclosed: "isOver18", "address.city". */
  claims?: string[];
  /** The tolerance for clock differences in seconds, at most 300. Defaults to 30. */
  skew?: number;
  /** With `audience`: the holder must have signed for this nonce. */
  nonce?: string;
  audience?: string;
  /** Status list tokens of the issuer, as fetched from where the credential says. */
  statusLists?: string[];
  /** Accepts a credential without asking whether it was revoked. */
  withoutStatus?: boolean;
}

/** A credential that passed every check. */
export interface VerifiedCredential {
  issuer: string;
  /** All that was signed, with what was disclosed. */
  claims: Record<string, unknown>;
  /** What it says of its subject: the claims without those that every credential has. */
  subject: Record<string, unknown>;
  /** Seconds since 1970; absent when it does not expire. */
  expiresAt?: number;
  /** Whether the presenter proved to hold the key that it was issued to. */
  isHolderBound: boolean;
  checks: { check: string; outcome: "passed" | "notNeeded" | "leftOut"; reason?: string }[];
}
"#;

const OPTIONS: [&str; 10] = [
    "issuer",
    "jwks",
    "now",
    "types",
    "claims",
    "skew",
    "nonce",
    "audience",
    "statusLists",
    "withoutStatus",
];
/// The maximum number of entries of a list.
const LIST_LIMIT: u32 = 1_000;

/// Verifies an SD-JWT VC or a presentation, with or without the holder's proof.
///
/// # Errors
/// `CREDENTIAL_REJECTED` with the `check` that failed; `INVALID_ARGUMENT`, `MALFORMED_KEY` or
/// `TOO_LARGE` for the options.
#[wasm_bindgen(unchecked_return_type = "VerifiedCredential")]
pub fn verify(
    #[wasm_bindgen(unchecked_param_type = "string")] credential: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "VerifyOptions")] options: &JsValue,
) -> Result<JsValue, AirError> {
    let credential = argument::text("credential", credential)?;
    let options = Members::of("options", options, &OPTIONS)?;
    let now = match options.get("now")? {
        Some(now) => argument::whole_number("options.now", &now)?,
        None => argument::whole_number("options.now", &(Date::now() / 1000.0).floor().into())?,
    };
    let now = UnixTime::from_secs(now);
    let issuer = options.required_text("issuer")?;
    let jwks = options
        .get("jwks")?
        .ok_or_else(|| AirError::argument("options.jwks", "the issuer's JWK set"))?;
    let keys = JwkSet::from_slice(json::text("options.jwks", &jwks)?.as_bytes())?;
    let (types, tokens) = (list(&options, "types")?, list(&options, "statusLists")?);

    let mut verifier = Verifier::new(&issuer, &keys);
    for vct in &types {
        verifier = verifier.requiring_type(vct);
    }
    let paths: Result<Vec<ClaimPath>, _> = list(&options, "claims")?
        .iter()
        .map(|path| path.parse())
        .collect();
    verifier = verifier.requiring_claims(paths?);
    if let Some(skew) = options.get("skew")? {
        verifier = verifier.with_skew(Duration::from_secs(argument::whole_number(
            "options.skew",
            &skew,
        )?))?;
    }
    if let Some(challenge) = challenge(&options)? {
        verifier = verifier.requiring_key_binding(challenge);
    }
    let lists = verified_lists(&verifier, &credential, &tokens, now)?;
    verifier = verifier.with_status_lists(&lists);
    if is_true(&options, "withoutStatus")? {
        verifier = verifier.without_status();
    }
    json::to_js(&plain(&verifier.verify(&credential, now)?))
}

/// Verifies the tokens as the status list that the credential names, and drops the rejected ones.
/// If all are rejected, the last error is returned, because it is more specific than an unknown
/// status.
fn verified_lists(
    verifier: &Verifier<'_>,
    credential: &str,
    tokens: &[String],
    now: UnixTime,
) -> Result<Vec<VerifiedStatusList>, AirError> {
    if tokens.is_empty() {
        return Ok(Vec::new());
    }
    let Some(list) = verifier.named_lists(credential)?.token else {
        return Ok(Vec::new());
    };
    let mut lists = Vec::new();
    let mut refused = None;
    for token in tokens {
        match list.verify(token, now) {
            Ok(list) => lists.push(list),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if lists.is_empty() => Err(error.into()),
        _ => Ok(lists),
    }
}

fn challenge(options: &Members<'_>) -> Result<Option<Challenge>, AirError> {
    match (options.text("nonce")?, options.text("audience")?) {
        (None, None) => Ok(None),
        (Some(nonce), Some(audience)) => Ok(Some(Challenge { nonce, audience })),
        _ => Err(AirError::argument(
            "options.nonce",
            "given together with `audience`",
        )),
    }
}

fn is_true(options: &Members<'_>, member: &str) -> Result<bool, AirError> {
    let Some(value) = options.get(member)? else {
        return Ok(false);
    };
    value
        .as_bool()
        .ok_or_else(|| AirError::argument(&options.path(member), "true or false"))
}

/// The texts of an array; empty if it is undefined.
fn list(options: &Members<'_>, member: &str) -> Result<Vec<String>, AirError> {
    let Some(value) = options.get(member)? else {
        return Ok(Vec::new());
    };
    let name = options.path(member);
    let array = value
        .dyn_ref::<Array>()
        .ok_or_else(|| AirError::argument(&name, "an array of strings"))?;
    if array.length() > LIST_LIMIT {
        return Err(AirError::too_large(&name, array.length(), LIST_LIMIT));
    }
    array
        .iter()
        .map(|entry| argument::text(&name, &entry).map(|text| text.to_string()))
        .collect()
}

fn plain(credential: &VerifiedCredential) -> Value {
    let checks = credential.report().iter().map(|(check, outcome)| {
        let check = [("check", check.name()), ("outcome", outcome.name())].into_iter();
        let members = check.chain(outcome.reason().map(|reason| ("reason", reason)));
        members
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect::<Map<_, _>>()
    });
    let mut plain = Map::from_iter([
        ("issuer".to_owned(), credential.issuer().into()),
        ("claims".to_owned(), credential.claims().clone().into()),
        ("subject".to_owned(), credential.subject().clone().into()),
        ("isHolderBound".to_owned(), credential.is_holder_bound().into()),
        ("checks".to_owned(), checks.map(Value::Object).collect()),
    ]);
    if let Some(expires_at) = credential.expires_at() {
        plain.insert("expiresAt".to_owned(), expires_at.as_secs().into());
    }
    plain.into()
}
