//! Verification: who issued it, that nothing was changed, and that it holds now.

use std::{fmt, time::Duration};

use air_jwt::{JwkSet, jws::Unverified};
use serde_json::{Map, Value};

use crate::{Error, disclosure::reveal};

/// The most that is read of a credential.
const CREDENTIAL_LIMIT: usize = 256 * 1024;
const USUAL_SKEW: Duration = Duration::from_secs(30);

/// Verifies credentials of one issuer. Its keys come from the verifier's configuration, never from the credential.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    issuer: &'a str,
    keys: &'a JwkSet,
    vct: Option<&'a str>,
}

impl<'a> Verifier<'a> {
    /// Trusts `issuer` with these keys.
    #[must_use]
    pub fn new(issuer: &'a str, keys: &'a JwkSet) -> Self {
        Self {
            issuer,
            keys,
            vct: None,
        }
    }

    /// Demands a credential type.
    #[must_use]
    pub fn requiring_type(mut self, vct: &'a str) -> Self {
        self.vct = Some(vct);
        self
    }

    /// Verifies a credential at `now` (seconds since 1970), with a clock skew of 30 s. Its status is not looked up.
    ///
    /// # Errors
    /// The first check that fails ([`Error::check`] names it).
    pub fn verify(&self, compact: &str, now: u64) -> Result<VerifiedCredential, Error> {
        if compact.len() > CREDENTIAL_LIMIT {
            return Err(Error::Format {
                reason: "it is longer than 256 KiB",
            });
        }
        let (issuer_jwt, rest) = compact.split_once('~').ok_or(Error::Format {
            reason: "the form is <JWT>~<disclosure>~…~, in base64url",
        })?;
        if !(rest.is_empty() || rest.ends_with('~')) {
            return Err(Error::Format {
                reason: "it carries a key-binding JWT, which was not asked for",
            });
        }
        let token = Unverified::parse(issuer_jwt, CREDENTIAL_LIMIT).map_err(|_| Error::Format {
            reason: "its first part is not a signed JWT",
        })?;
        if !matches!(token.typ(), Some("dc+sd-jwt" | "vc+sd-jwt")) {
            return Err(Error::Format {
                reason: "the header's `typ` is not dc+sd-jwt",
            });
        }
        let payload = token.verify(self.keys).map_err(Error::Signature)?;
        if payload.get("iss").and_then(Value::as_str) != Some(self.issuer) {
            return Err(Error::WrongIssuer);
        }
        let vct = payload
            .get("vct")
            .and_then(Value::as_str)
            .ok_or(Error::WrongType)?;
        if self.vct.is_some_and(|expected| expected != vct) {
            return Err(Error::WrongType);
        }
        let claims = reveal(compact, &payload)?;
        check_validity(&payload, now)?;
        Ok(VerifiedCredential { claims })
    }
}

fn check_validity(payload: &Map<String, Value>, now: u64) -> Result<(), Error> {
    let skew = USUAL_SKEW.as_secs();
    let seconds = |name| match payload.get(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(Error::Format {
            reason: "a date is not in whole seconds",
        }),
    };
    if let Some(expires_at) = seconds("exp")?
        && now >= expires_at.saturating_add(skew)
    {
        return Err(Error::Expired {
            ago: now - expires_at,
        });
    }
    for name in ["nbf", "iat"] {
        let begins = seconds(name)?.unwrap_or(0);
        if begins > now.saturating_add(skew) {
            return Err(Error::NotYetValid { ahead: begins - now });
        }
    }
    Ok(())
}

/// Claims that were verified: only [`Verifier::verify`] makes them. Personal data, so `Debug` shows names alone.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedCredential {
    claims: Map<String, Value>,
}

impl VerifiedCredential {
    /// The payload with what was disclosed.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

impl fmt::Debug for VerifiedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.claims.keys()).finish()
    }
}
