//! Inspects a token without any key: decodes it, and reports what the platform would refuse.
//! Nothing here is verified.

use std::time::Duration;

use air_ids::UnixTime;
use serde_json::{Map, Value};

use crate::{
    Algorithm, EmailAddress, Error, NumericDate, Scope, ScopeSet, is_same_media_type,
    jws::{Unverified, printable},
    verify::{TOKEN_LIMIT, check_untyped, numeric_date},
};

/// The tolerance for clock differences: the verifier's default.
const SKEW: Duration = Duration::from_secs(30);
/// The longest lifetime that the platform accepts, without the skew.
const LIFETIME: Duration = Duration::from_mins(15);
/// Header members that contain or name a key of the sender's choice (RFC 8725, 3.10).
const EMBEDDED: &[&str] = &["jwk", "jku", "x5u", "x5c"];

/// A decoded token, not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The header.
    pub header: Map<String, Value>,
    /// The claims. They may contain personal data, and anyone may have written them.
    pub claims: Map<String, Value>,
    /// The problems that were found, in the order of the checks.
    pub findings: Vec<Finding>,
}

/// A problem that the platform refuses, or that its documentation advises against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the platform refuses it.
    pub severity: Severity,
    /// A stable name of the rule.
    pub code: &'static str,
    /// The problem, and how to fix it.
    pub message: String,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The platform accepts it, but it can cause problems.
    Warning,
    /// The platform answers 401.
    Refused,
}

impl Severity {
    /// The name in lower case: `warning` or `refused`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Refused => "refused",
        }
    }
}

impl Inspection {
    /// Decodes a token and checks it as the platform would at `now`. It does not check the
    /// signature.
    ///
    /// # Errors
    /// [`Error::TokenTooLong`] or [`Error::MalformedToken`], when the token cannot be decoded.
    pub fn of(token: &str, now: UnixTime) -> Result<Self, Error> {
        let token = Unverified::parse(token, TOKEN_LIMIT)?;
        let claims = token.dangerous_payload()?;
        let mut findings = Findings(Vec::new());
        findings.header(token.header());
        findings.typ(token.header(), &claims);
        findings.times(&claims, now);
        findings.partner(&claims);
        findings.scope(&claims);
        Ok(Self {
            header: token.header().clone(),
            claims,
            findings: findings.0,
        })
    }

    /// Whether the platform would answer 401 even if the signature is valid.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Refused)
    }
}

struct Findings(Vec<Finding>);

impl Findings {
    fn refused(&mut self, code: &'static str, message: impl Into<String>) {
        self.push(Severity::Refused, code, message.into());
    }

    fn warning(&mut self, code: &'static str, message: impl Into<String>) {
        self.push(Severity::Warning, code, message.into());
    }

    fn push(&mut self, severity: Severity, code: &'static str, message: String) {
        self.0.push(Finding {
            severity,
            code,
            message,
        });
    }

    fn header(&mut self, header: &Map<String, Value>) {
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        match text("alg") {
            None => self.refused("alg-missing", "the header has no `alg`: must be ES256 or RS256"),
            Some(name) if name.parse::<Algorithm>().is_err() => self.refused(
                "alg-unsupported",
                format!("`alg` is {}: must be ES256 or RS256", printable(name)),
            ),
            Some(_) => {}
        }
        match header.get("kid") {
            None => self.warning(
                "kid-missing",
                "the header has no `kid`, which only works if the published set has one key for `alg`; set `kid`",
            ),
            Some(Value::String(kid)) if !kid.is_empty() => {}
            Some(_) => self.refused(
                "kid-missing",
                "`kid` is not a string; set it to the signing key's id in the published set",
            ),
        }
        if header.contains_key("crit") {
            self.refused(
                "crit",
                "`crit` requires an extension, but none are supported; remove it",
            );
        }
        for name in EMBEDDED.iter().filter(|name| header.contains_key(**name)) {
            self.warning(
                "embedded-key",
                format!("`{name}` is ignored, since only keys of the registered set are used; remove it"),
            );
        }
    }

    fn typ(&mut self, header: &Map<String, Value>, claims: &Map<String, Value>) {
        match header.get("typ") {
            None => match check_untyped(claims, None) {
                Ok(()) => self.warning(
                    "typ-missing",
                    "the header has no `typ`; set it to \"JWT\", which issuing on behalf requires",
                ),
                Err(refusal) => self.refused("typ-missing", refusal.to_string()),
            },
            Some(Value::String(typ)) if is_same_media_type(typ, "JWT") => {}
            Some(_) => self.refused("typ-wrong", "`typ` must be \"JWT\""),
        }
    }

    fn times(&mut self, claims: &Map<String, Value>, now: UnixTime) {
        let issued = self.time(claims, "iat").map(NumericDate::ceil);
        let begins = self.time(claims, "nbf").map(NumericDate::ceil);
        if claims.get("iat").is_none() {
            self.warning(
                "iat-missing",
                "`iat` is missing; set it, so that a wrong clock is detected",
            );
        }
        for (name, time) in [("iat", issued), ("nbf", begins)] {
            if let Some(time) = time.filter(|time| *time > now.saturating_add(SKEW)) {
                let ahead = time.saturating_duration_since(now).as_secs();
                self.refused(
                    "not-yet-valid",
                    format!("`{name}` is {ahead} s ahead of this clock; synchronise the clocks"),
                );
            }
        }
        let Some(expires) = self.time(claims, "exp").map(NumericDate::floor) else {
            if claims.get("exp").is_none() {
                self.refused(
                    "exp-missing",
                    "`exp` is missing; set it, usually to five minutes after `iat`",
                );
            }
            return;
        };
        if now >= expires.saturating_add(SKEW) {
            let ago = now.saturating_duration_since(expires).as_secs();
            self.refused("expired", format!("it expired {ago} s ago; sign a new one"));
        }
        let lifetime = expires.saturating_duration_since(issued.unwrap_or(now).min(now));
        let message = format!(
            "its lifetime is {} s: must be at most fifteen minutes; five are recommended",
            lifetime.as_secs()
        );
        if lifetime > LIFETIME + SKEW {
            self.refused("long-lived", message);
        } else if lifetime > LIFETIME {
            self.warning("long-lived", message);
        }
    }

    fn time(&mut self, claims: &Map<String, Value>, name: &'static str) -> Option<NumericDate> {
        numeric_date(claims, name).unwrap_or_else(|error| {
            let message = match error {
                Error::Milliseconds { .. } => error.to_string(),
                _ => format!("`{name}` is not a number of seconds since 1970"),
            };
            self.refused("time-invalid", message);
            None
        })
    }

    fn partner(&mut self, claims: &Map<String, Value>) {
        match claims.get("partnerId") {
            Some(Value::String(id)) if is_uuid(id) => {}
            Some(Value::String(id)) if !id.is_empty() => self.warning(
                "partner-id-form",
                "`partnerId` is not a UUID; the dashboard shows it; it is not the issuer DID or a program id",
            ),
            _ => self.refused(
                "partner-id-missing",
                "`partnerId` is missing; the dashboard shows it",
            ),
        }
    }

    fn scope(&mut self, claims: &Map<String, Value>) {
        let words = match claims.get("scope") {
            Some(Value::String(scope)) => ScopeSet::from(scope.as_str()),
            Some(_) => {
                return self.refused(
                    "scope-invalid",
                    "`scope` must be one string of words separated by spaces",
                );
            }
            None => {
                return self.warning(
                    "scope-missing",
                    "`scope` is missing: the token permits a login, but neither issuing nor verifying",
                );
            }
        };
        if words.is_unknown() {
            self.warning(
                "scope-unknown",
                "`scope` has words other than issue, on-behalf and verify, which permit nothing",
            );
        }
        self.email(claims, Scope::IssueOnBehalf.is_granted_by(&words));
    }

    fn email(&mut self, claims: &Map<String, Value>, on_behalf: bool) {
        match claims.get("email") {
            None if on_behalf => self.refused(
                "email-missing",
                "an on-behalf token must name its recipient: set `email` to the recipient's own address",
            ),
            None => {}
            Some(Value::String(text)) => match text.parse::<EmailAddress>() {
                Err(_) => self.refused("email-invalid", "`email` is not a valid address"),
                Ok(address) if address.is_role() && on_behalf => self.warning(
                    "email-role",
                    "`email` looks like a shared mailbox: all credentials issued to it go to one account",
                ),
                Ok(_) => {}
            },
            Some(_) => self.refused("email-invalid", "`email` must be a string"),
        }
    }
}

/// Whether the text is 8-4-4-4-12 hexadecimal digits (RFC 9562, section 4).
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.chars().all(|c| c.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}
