//! Partner JWTs. Each scope has its own constructor.

use std::{fmt, time::Duration};

use air_ids::UnixTime;
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{EmailAddress, Error, Kid, PartnerId, Scope, Signer, SigningKey, jws};

/// The lifetime that the platform recommends.
const USUAL_LIFETIME: Duration = Duration::from_mins(5);
/// The maximum lifetime that this crate signs.
const LIFETIME_LIMIT: Duration = Duration::from_mins(15);
/// The `typ` that the platform requires (RFC 7519, 5.1; RFC 8725, 3.11).
const TYPE: &str = "JWT";
/// The claims that the builder sets.
const RESERVED: &[&str] = &["partnerId", "scope", "email", "iat", "exp", "nbf"];

/// Builds a Partner JWT.
#[derive(Debug)]
#[must_use = "a token counts once it is signed"]
pub struct PartnerToken {
    partner: PartnerId,
    scope: Option<Scope>,
    email: Option<EmailAddress>,
    lifetime: Duration,
    custom: Map<String, Value>,
}

impl PartnerToken {
    /// A token for the SDK's `issueCredential`, with the user present.
    pub fn issue(partner: PartnerId) -> Self {
        Self::new(partner, Some(Scope::Issue), None)
    }

    /// A token for a verification program.
    pub fn verify(partner: PartnerId) -> Self {
        Self::new(partner, Some(Scope::Verify), None)
    }

    /// A token to issue a credential without the user. The platform routes the credential by the
    /// address, so it must be the recipient's own.
    pub fn issue_on_behalf(partner: PartnerId, recipient: EmailAddress) -> Self {
        Self::new(partner, Some(Scope::IssueOnBehalf), Some(recipient))
    }

    /// A token to log in a user whom the partner has authenticated. It names the user and has no
    /// scope.
    pub fn login(partner: PartnerId, user: EmailAddress) -> Self {
        Self::new(partner, None, Some(user))
    }

    /// Adds the user's address to a token of another scope, for a login.
    pub fn with_email(mut self, email: EmailAddress) -> Self {
        self.email = Some(email);
        self
    }

    /// Sets the lifetime in whole seconds, at most 900. Defaults to 300.
    pub fn valid_for(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Adds a custom claim.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`] for the name of a claim that the builder sets.
    pub fn with_claim(mut self, name: &str, value: Value) -> Result<Self, Error> {
        if RESERVED.contains(&name) {
            return Err(Error::ReservedClaim {
                name: name.to_owned(),
            });
        }
        self.custom.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Signs the token. `alg` and `kid` are those of the key.
    ///
    /// # Errors
    /// [`Error::LifetimeOutOfRange`] for a lifetime under one second or over fifteen minutes.
    pub fn sign(self, key: &SigningKey, now: UnixTime) -> Result<PartnerJwt, Error> {
        let scope = self.scope;
        let token = jws::sign(key, TYPE, &self.claims(now)?);
        Ok(PartnerJwt::new(token, scope, key.kid()))
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// [`Error::LifetimeOutOfRange`], and [`Error::Signer`] when the key did not sign.
    pub async fn sign_with(self, signer: &impl Signer, now: UnixTime) -> Result<PartnerJwt, Error> {
        let scope = self.scope;
        let token = jws::sign_with(signer, TYPE, &self.claims(now)?)
            .await
            .map_err(Error::Signer)?;
        Ok(PartnerJwt::new(token, scope, signer.kid()))
    }

    fn claims(&self, now: UnixTime) -> Result<SignedClaims<'_>, Error> {
        let seconds = self.lifetime.as_secs();
        if !(1..=LIFETIME_LIMIT.as_secs()).contains(&seconds) {
            return Err(Error::LifetimeOutOfRange {
                seconds,
                limit: LIFETIME_LIMIT.as_secs(),
            });
        }
        Ok(SignedClaims {
            partner_id: self.partner.as_str(),
            scope: self.scope.map(Scope::as_str),
            email: self.email.as_ref().map(EmailAddress::as_str),
            iat: now,
            exp: now.saturating_add(self.lifetime),
            custom: &self.custom,
        })
    }

    fn new(partner: PartnerId, scope: Option<Scope>, email: Option<EmailAddress>) -> Self {
        Self {
            partner,
            scope,
            email,
            lifetime: USUAL_LIFETIME,
            custom: Map::new(),
        }
    }
}

/// The payload of the token.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedClaims<'a> {
    partner_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    iat: UnixTime,
    exp: UnixTime,
    #[serde(flatten)]
    custom: &'a Map<String, Value>,
}

/// A signed token. It is a bearer secret until it expires. `Debug` shows only its scope and the
/// key's id.
pub struct PartnerJwt {
    token: Zeroizing<String>,
    scope: Option<Scope>,
    kid: Kid,
}

impl PartnerJwt {
    fn new(token: String, scope: Option<Scope>, kid: &Kid) -> Self {
        Self {
            token: Zeroizing::new(token),
            scope,
            kid: kid.clone(),
        }
    }

    /// The token, for the header `x-partner-auth`. Security reviews can search for the name
    /// `expose_secret`.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.token
    }
}

impl fmt::Debug for PartnerJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartnerJwt")
            .field("scope", &self.scope)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
