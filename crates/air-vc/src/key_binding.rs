//! Key binding: the holder signs the presentation, its audience and its time (RFC 9901, 4.3).

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{Jwk, NumericDate, jws::Unverified};
use serde_json::{Map, Value, json};

use crate::{
    Error,
    payload::payload_of,
    sd_jwt::{LENGTH_LIMIT, Parts, digest},
    validity::{self, Validity},
};

/// The `typ` of a key-binding JWT.
pub(crate) const TYPE: &str = "kb+jwt";

/// The nonce and audience that the holder signs, so that a presentation is valid only once and only
/// for this verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// `nonce`: fresh for each request, and unpredictable.
    pub nonce: String,
    /// `aud`: the verifier. On this platform, the id of the verification program.
    pub audience: String,
}

/// The holder's key in the credential (RFC 7800).
pub(crate) enum HolderKey {
    /// `cnf.jwk`.
    Jwk(Jwk),
    /// `cnf` of an unsupported form or with an unsupported key.
    Unknown,
    /// No `cnf`: anyone who has the credential can present it.
    Absent,
}

impl HolderKey {
    pub(crate) fn of(payload: &Map<String, Value>) -> Self {
        let Some(confirmation) = payload.get("cnf") else {
            return Self::Absent;
        };
        confirmation
            .get("jwk")
            .and_then(|jwk| Jwk::from_slice(jwk.to_string().as_bytes()).ok())
            .map_or(Self::Unknown, Self::Jwk)
    }
}

/// The claims of a key-binding JWT.
pub(crate) fn claims(presented: &str, challenge: &Challenge, now: UnixTime) -> Value {
    json!({
        "iat": now,
        "aud": challenge.audience,
        "nonce": challenge.nonce,
        "sd_hash": digest(presented),
    })
}

/// The requirements for a key-binding JWT.
pub(crate) struct Expected<'a> {
    pub(crate) challenge: &'a Challenge,
    pub(crate) now: UnixTime,
    pub(crate) skew: Duration,
    pub(crate) maximum_age: u64,
}

/// The usual maximum age of a key-binding JWT in seconds.
const USUAL_AGE: u64 = 300;

/// As [`check`], with the nonce and the audience that the proof itself names.
pub(crate) fn check_alone(
    parts: &Parts<'_>,
    payload: &Map<String, Value>,
    now: UnixTime,
) -> Result<(), Error> {
    let refused = |reason| Error::KeyBinding { reason };
    let (Some(jwt), HolderKey::Jwk(holder)) = (parts.key_binding, HolderKey::of(payload)) else {
        return Err(Error::NoHolderKey);
    };
    let claims = payload_of(jwt, refused("its payload is not a JSON object"))?;
    let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let challenge = Challenge {
        nonce: text("nonce").ok_or(refused("it has no `nonce`"))?,
        audience: text("aud").ok_or(refused("it has no `aud`"))?,
    };
    let expected = Expected {
        challenge: &challenge,
        now,
        skew: validity::USUAL_SKEW,
        maximum_age: USUAL_AGE,
    };
    check(jwt, parts, &holder, &expected).map(drop)
}

/// Checks a key-binding JWT: it must be signed by the holder's key in the credential, cover the
/// whole presentation, match this challenge, and be valid now. Returns its claims.
pub(crate) fn check(
    jwt: &str,
    parts: &Parts<'_>,
    holder: &Jwk,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, Error> {
    let refused = |reason| Error::KeyBinding { reason };
    let token = Unverified::parse(jwt, LENGTH_LIMIT).map_err(|_| refused("it is not a signed JWT"))?;
    if !token.is_typed(TYPE) {
        return Err(refused("the header's `typ` is not kb+jwt"));
    }
    token.verify_signature(holder).map_err(Error::HolderSignature)?;
    let claims = payload_of(jwt, refused("its payload is not a JSON object"))?;
    let text = |name| claims.get(name).and_then(Value::as_str);
    if text("nonce") != Some(&expected.challenge.nonce) {
        return Err(refused(
            "its nonce is not the verifier's; a nonce is for one presentation",
        ));
    }
    if text("aud") != Some(&expected.challenge.audience) {
        return Err(refused("it is for another audience"));
    }
    if text("sd_hash") != Some(&digest(parts.presented)) {
        return Err(refused("it is over another credential or other disclosures"));
    }
    let date = |name| match claims.get(name) {
        None => Ok(None),
        Some(date) => NumericDate::from_json(date)
            .map(Some)
            .ok_or(refused("a date is not in seconds since 1970")),
    };
    let made_at = date("iat")?.ok_or(refused("it has no `iat`"))?;
    if made_at.ceil() > expected.now.saturating_add(expected.skew) {
        return Err(refused("its `iat` is in the future; check the clocks"));
    }
    // RFC 9901, 7.3: like any JWT, it may have its own `nbf` and `exp`.
    let own = Validity {
        from: date("nbf")?.map(NumericDate::ceil),
        until: date("exp")?.map(NumericDate::floor),
    };
    own.check(expected.now, expected.skew)
        .map_err(|_| refused("it is not valid now, by its `nbf` or `exp`"))?;
    let ago = expected.now.saturating_duration_since(made_at.floor()).as_secs();
    if ago > expected.maximum_age.saturating_add(expected.skew.as_secs()) {
        return Err(Error::KeyBindingStale {
            ago,
            limit: expected.maximum_age,
        });
    }
    Ok(claims)
}
