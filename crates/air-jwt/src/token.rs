//! Partner JWTs: each scope has its constructor and its rules.

use std::{fmt, time::Duration};

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::{EmailAddress, Error, PartnerId, Scope, SigningKey, jws};

/// What the platform recommends.
const USUAL_LIFETIME: Duration = Duration::from_mins(5);
/// What nothing should need to exceed.
const LIFETIME_LIMIT: Duration = Duration::from_mins(15);
/// Claims that the builder writes itself.
const RESERVED: &[&str] = &["partnerId", "scope", "email", "iat", "exp"];

/// A Partner JWT to be signed.
#[derive(Debug)]
#[must_use = "a token counts once it is signed"]
pub struct PartnerToken {
    partner: PartnerId,
    scope: Scope,
    email: Option<EmailAddress>,
    lifetime: Duration,
    custom: Map<String, Value>,
}

impl PartnerToken {
    /// For the SDK's `issueCredential`, with the user present.
    pub fn issue(partner: PartnerId) -> Self {
        Self::new(partner, Scope::Issue, None)
    }

    /// For a verification program.
    pub fn verify(partner: PartnerId) -> Self {
        Self::new(partner, Scope::Verify, None)
    }

    /// For issuance without the user. The address routes the credential: it must be the recipient's own.
    pub fn issue_on_behalf(partner: PartnerId, recipient: EmailAddress) -> Self {
        Self::new(partner, Scope::IssueOnBehalf, Some(recipient))
    }

    /// Adds the user's address to a token of another scope, where a login needs it.
    pub fn with_email(mut self, email: EmailAddress) -> Self {
        self.email = Some(email);
        self
    }

    /// How long it is valid: 300 s unless said, whole seconds, 1 to 900.
    pub fn valid_for(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Adds a claim of the partner's own.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`] for a name that the token sets itself.
    pub fn with_claim(mut self, name: &str, value: Value) -> Result<Self, Error> {
        if RESERVED.contains(&name) {
            return Err(Error::ReservedClaim {
                name: name.to_owned(),
            });
        }
        self.custom.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Signs it. `now` is in seconds since 1970; the `kid` is the key's.
    ///
    /// # Errors
    /// [`Error::LifetimeOutOfRange`] for a lifetime under one second or over fifteen minutes.
    pub fn sign(self, key: &SigningKey, now: u64) -> Result<PartnerJwt, Error> {
        let seconds = self.lifetime.as_secs();
        if !(1..=LIFETIME_LIMIT.as_secs()).contains(&seconds) {
            return Err(Error::LifetimeOutOfRange {
                seconds,
                limit: LIFETIME_LIMIT.as_secs(),
            });
        }
        let mut claims = self.custom;
        claims.insert("partnerId".into(), json!(self.partner.as_str()));
        claims.insert("scope".into(), json!(self.scope.as_str()));
        if let Some(email) = &self.email {
            claims.insert("email".into(), json!(email.as_str()));
        }
        claims.insert("iat".into(), json!(now));
        claims.insert("exp".into(), json!(now.saturating_add(seconds)));
        let header = json!({ "alg": "ES256", "kid": key.kid(), "typ": "JWT" });
        let token = jws::sign(key, &header, &Value::Object(claims));
        Ok(PartnerJwt {
            token: Zeroizing::new(token),
            scope: self.scope,
        })
    }

    fn new(partner: PartnerId, scope: Scope, email: Option<EmailAddress>) -> Self {
        Self {
            partner,
            scope,
            email,
            lifetime: USUAL_LIFETIME,
            custom: Map::new(),
        }
    }
}

/// A signed token: a bearer secret while it lives. `Debug` shows its scope alone.
pub struct PartnerJwt {
    token: Zeroizing<String>,
    scope: Scope,
}

impl PartnerJwt {
    /// The token, for the header `x-partner-auth`. A name that reviews can search for.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.token
    }
}

impl fmt::Debug for PartnerJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartnerJwt")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
