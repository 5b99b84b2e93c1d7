//! Verification: every rule on its own, in an order that never trusts what is not yet verified.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{Claims, Error, JwkSet, PartnerId, Scope, ScopeSet, jws::Unverified};

/// The most that is read of a token: a Partner JWT has some hundred bytes, and servers limit a header to 8 KiB.
pub(crate) const TOKEN_LIMIT: usize = 8 * 1024;

/// How far clocks may differ unless said.
const USUAL_SKEW: Duration = Duration::from_secs(30);
/// More would undo a five-minute expiry.
const SKEW_LIMIT: Duration = Duration::from_mins(5);

/// Verifies Partner JWTs against a published set.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    keys: &'a JwkSet,
    scope: Option<Scope>,
    skew: Duration,
}

impl<'a> Verifier<'a> {
    /// Accepts any scope, with a clock skew of 30 s.
    #[must_use]
    pub fn new(keys: &'a JwkSet) -> Self {
        Self {
            keys,
            scope: None,
            skew: USUAL_SKEW,
        }
    }

    /// Demands that the token grants `scope`.
    #[must_use]
    pub fn requiring(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// How far clocks may differ.
    ///
    /// # Errors
    /// [`Error::SkewOutOfRange`] over five minutes.
    pub fn with_skew(mut self, skew: Duration) -> Result<Self, Error> {
        if skew > SKEW_LIMIT {
            return Err(Error::SkewOutOfRange {
                seconds: skew.as_secs(),
                limit: SKEW_LIMIT.as_secs(),
            });
        }
        self.skew = skew;
        Ok(self)
    }

    /// Whose token it claims to be, unverified: tells which partner's set to verify it with.
    ///
    /// # Errors
    /// When the token is malformed or names no partner.
    pub fn claimed_partner(token: &str) -> Result<PartnerId, Error> {
        let claims = Unverified::parse(token, TOKEN_LIMIT)?.dangerous_payload()?;
        partner_id(&claims)
    }

    /// Verifies `token` at `now` (seconds since 1970).
    ///
    /// # Errors
    /// One variant for each rule; the first that is broken, in the order: form, type, header, key, signature, claims, times,
    /// scope.
    pub fn verify(&self, token: &str, now: u64) -> Result<Claims, Error> {
        let token = Unverified::parse(token, TOKEN_LIMIT)?;
        // RFC 7519, 5.1: `JWT` is recommended in capitals, and media types compare without case.
        if !token.typ().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")) {
            return Err(Error::WrongType);
        }
        let claims = read_claims(token.verify(self.keys)?)?;
        self.check_times(&claims, now)?;
        match self.scope {
            Some(scope) if !scope.is_granted_by(&claims.scope) => Err(Error::ScopeNotGranted {
                needed: scope.as_str(),
            }),
            _ => Ok(claims),
        }
    }

    fn check_times(&self, claims: &Claims, now: u64) -> Result<(), Error> {
        let skew = self.skew.as_secs();
        if now >= claims.expires_at.saturating_add(skew) {
            return Err(Error::Expired {
                ago: now - claims.expires_at,
            });
        }
        for name in ["iat", "nbf"] {
            let begins = numeric_date(&claims.all, name)?.unwrap_or(0);
            if begins > now.saturating_add(skew) {
                return Err(Error::NotYetValid { ahead: begins - now });
            }
        }
        Ok(())
    }
}

fn read_claims(all: Map<String, Value>) -> Result<Claims, Error> {
    let partner_id = partner_id(&all)?;
    let scope = text(&all, "scope")?.map(ScopeSet::from).unwrap_or_default();
    let email = text(&all, "email")?.map(ToOwned::to_owned);
    let expires_at = numeric_date(&all, "exp")?.ok_or(Error::MissingClaim { name: "exp" })?;
    Ok(Claims {
        partner_id,
        scope,
        email,
        expires_at,
        all,
    })
}

fn partner_id(claims: &Map<String, Value>) -> Result<PartnerId, Error> {
    text(claims, "partnerId")?
        .ok_or(Error::MissingClaim { name: "partnerId" })?
        .parse()
        .map_err(|_| Error::InvalidClaim {
            name: "partnerId",
            expected: "a partner's id",
        })
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::InvalidClaim {
            name,
            expected: "a string",
        }),
    }
}

/// A NumericDate (RFC 7519, 2), rounded down to the second.
pub(crate) fn numeric_date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, Error> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_u64().or_else(|| value.as_f64().and_then(whole_seconds));
    seconds.map(Some).ok_or(Error::InvalidClaim {
        name,
        expected: "a number of seconds since 1970",
    })
}

fn whole_seconds(seconds: f64) -> Option<u64> {
    /// The last integer below which every one is exact in a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked"
    )]
    (0.0..EXACT).contains(&seconds).then_some(seconds as u64)
}
