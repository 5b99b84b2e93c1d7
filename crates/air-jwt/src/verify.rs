//! Verification of Partner JWTs. Each rule is checked separately, and no unverified content is
//! trusted.

use std::time::Duration;

use air_ids::UnixTime;
use serde_json::{Map, Value};

use crate::{Claims, Error, JwkSet, NumericDate, PartnerId, Scope, ScopeSet, jws::Unverified};

/// The maximum length of a token in bytes. A Partner JWT has some hundred bytes; servers limit a
/// header to 8 KiB.
pub(crate) const TOKEN_LIMIT: usize = 8 * 1024;

/// The default tolerance for clock differences.
const USUAL_SKEW: Duration = Duration::from_secs(30);
/// The maximum tolerance. A larger one would undo an expiry of five minutes.
const SKEW_LIMIT: Duration = Duration::from_mins(5);

/// The `typ` of a Partner JWT.
const TYPE: &str = "JWT";
/// Claims of other objects that a partner's key signs: credentials, presentations, proofs and
/// status lists.
const FOREIGN: [&str; 10] = [
    "cnf",
    "vct",
    "vc",
    "vp",
    "status_list",
    "_sd",
    "_sd_alg",
    "sd_hash",
    "@context",
    "credentialSubject",
];

/// Verifies Partner JWTs against a published JWK set.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    keys: &'a JwkSet,
    scope: Option<Scope>,
    skew: Duration,
    absent_type: AbsentType,
    longest: Option<Duration>,
}

/// Whether a token without `typ` is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AbsentType {
    Refused,
    Allowed,
}

impl<'a> Verifier<'a> {
    /// Accepts any scope and lifetime, with a clock skew of 30 s. The header must contain `typ`.
    #[must_use]
    pub fn new(keys: &'a JwkSet) -> Self {
        Self {
            keys,
            scope: None,
            skew: USUAL_SKEW,
            absent_type: AbsentType::Refused,
            longest: None,
        }
    }

    /// Requires that the token grants `scope`.
    #[must_use]
    pub fn requiring(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Sets the tolerance for clock differences. Defaults to 30 s.
    ///
    /// # Errors
    /// [`Error::SkewOutOfRange`] for more than five minutes.
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

    /// Accepts a token without `typ`, which RFC 7519, 5.1, makes optional and many libraries omit.
    /// A token without `typ` is still refused if it grants `issue on-behalf`, if the call requires
    /// that scope, or if its claims are those of a credential, a proof or a status list, because
    /// the same keys sign those (RFC 8725, 3.11). A `typ` other than `JWT` is always refused.
    #[must_use]
    pub fn allowing_absent_type(mut self) -> Self {
        self.absent_type = AbsentType::Allowed;
        self
    }

    /// Refuses tokens with a lifetime above `lifetime` plus the clock skew. The lifetime counts
    /// from `iat`, or from now if `iat` is absent or in the future.
    #[must_use]
    pub fn at_most(mut self, lifetime: Duration) -> Self {
        self.longest = Some(lifetime);
        self
    }

    /// The partner that the token names, not verified. Use it to choose the partner's JWK set.
    ///
    /// # Errors
    /// [`Error::TokenTooLong`], [`Error::MalformedToken`], [`Error::MissingClaim`] or
    /// [`Error::InvalidClaim`].
    pub fn claimed_partner(token: &str) -> Result<PartnerId, Error> {
        let claims = Unverified::parse(token, TOKEN_LIMIT)?.dangerous_payload()?;
        partner_id(&claims)
    }

    /// Verifies `token` at `now`.
    ///
    /// # Errors
    /// The variant of the first rule that is broken, in this order: form, type, header, key,
    /// signature, absent type, claims, times, scope.
    pub fn verify(&self, token: &str, now: UnixTime) -> Result<Claims, Error> {
        let token = Unverified::parse(token, TOKEN_LIMIT)?;
        let has_type = token.header().contains_key("typ");
        if has_type && !token.is_typed(TYPE) || !has_type && self.absent_type == AbsentType::Refused {
            return Err(Error::WrongType);
        }
        let all = token.verify(self.keys)?;
        if !has_type {
            check_untyped(&all, self.scope)?;
        }
        let claims = read_claims(all)?;
        self.check_times(&claims, now)?;
        match self.scope {
            Some(scope) if !scope.is_granted_by(&claims.scope) => Err(Error::ScopeNotGranted {
                needed: scope.as_str(),
            }),
            _ => Ok(claims),
        }
    }

    fn check_times(&self, claims: &Claims, now: UnixTime) -> Result<(), Error> {
        if now >= claims.expires_at.saturating_add(self.skew) {
            return Err(Error::Expired {
                ago: now.saturating_duration_since(claims.expires_at).as_secs(),
            });
        }
        let begins = |name| {
            numeric_date(&claims.all, name).map(|date| date.map_or(UnixTime::EPOCH, NumericDate::ceil))
        };
        let issued = begins("iat")?;
        for begins in [issued, begins("nbf")?] {
            if begins > now.saturating_add(self.skew) {
                return Err(Error::NotYetValid {
                    ahead: begins.saturating_duration_since(now).as_secs(),
                });
            }
        }
        self.check_lifetime(claims.expires_at, issued.min(now), now)
    }

    /// `issued` is `iat`, but at most `now`, and the epoch when `iat` is absent. The signer chooses `iat`,
    /// so a time in the future must not shorten the lifetime.
    fn check_lifetime(&self, expires_at: UnixTime, issued: UnixTime, now: UnixTime) -> Result<(), Error> {
        let Some(limit) = self.longest.map(|longest| longest.as_secs()) else {
            return Ok(());
        };
        let from = if issued == UnixTime::EPOCH { now } else { issued };
        let seconds = expires_at.saturating_duration_since(from).as_secs();
        if seconds > limit.saturating_add(self.skew.as_secs()) {
            return Err(Error::LivesTooLong { seconds, limit });
        }
        Ok(())
    }
}

/// Refuses a token without `typ` that needs one. The signature must have been verified.
pub(crate) fn check_untyped(claims: &Map<String, Value>, needed: Option<Scope>) -> Result<(), Error> {
    let granted = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
    let on_behalf = Scope::IssueOnBehalf;
    if needed == Some(on_behalf) || on_behalf.is_granted_by(&granted.into()) {
        return Err(Error::AbsentType {
            reason: "`issue on-behalf` requires one",
        });
    }
    if FOREIGN.iter().any(|name| claims.contains_key(*name)) {
        return Err(Error::AbsentType {
            reason: "its claims belong to a credential, a proof or a status list",
        });
    }
    Ok(())
}

fn read_claims(all: Map<String, Value>) -> Result<Claims, Error> {
    let partner_id = partner_id(&all)?;
    let scope = text(&all, "scope")?.map(ScopeSet::from).unwrap_or_default();
    let email = text(&all, "email")?.map(ToOwned::to_owned);
    let expires_at = numeric_date(&all, "exp")?
        .ok_or(Error::MissingClaim { name: "exp" })?
        .floor();
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

/// Reads a claim that is a NumericDate.
pub(crate) fn numeric_date(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<NumericDate>, Error> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    match NumericDate::from_json(value) {
        Some(date) if date.looks_like_milliseconds() => Err(Error::Milliseconds { name }),
        Some(date) => Ok(Some(date)),
        None => Err(Error::InvalidClaim {
            name,
            expected: "a number of seconds since 1970",
        }),
    }
}
