//! The steps of an authorization server: from a pushed request to tokens.

use std::fmt;

use air_ids::UnixTime;
use serde_json::Value;

use super::{
    pkce::CodeVerifier,
    refused,
    request::{AuthorizationRequest, parameters, text},
    requested::Requested,
    rule::Rule,
};
use crate::{Error, form, vci::AUTHORIZATION_CODE};

const REFRESH_TOKEN: &str = "refresh_token";

/// A client that the caller authenticated.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// Its identifier.
    pub id: &'a str,
    /// The thumbprint of the key of its DPoP proof, if there is one.
    pub dpop_key: Option<&'a str>,
}

/// A request that a client pushed (RFC 9126), for a request URI of the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PushedRequest {
    request: AuthorizationRequest,
    expires_at: UnixTime,
}

impl PushedRequest {
    /// Accepts the form of a pushed request, for a request URI that expires at `expires_at`. The code will be
    /// bound to the key of `dpop_jkt` or of the DPoP proof (RFC 9449, 10.1).
    ///
    /// # Errors
    /// As [`AuthorizationRequest::parse`], and [`Error::Authorization`] with [`Rule::NestedRequestUri`],
    /// [`Rule::RequestObject`], [`Rule::Client`] or [`Rule::PushedKey`].
    pub fn accept(form: &[u8], client: &Client<'_>, expires_at: UnixTime) -> Result<Self, Error> {
        let parameters = parameters(form)?;
        if parameters.contains_key("request_uri") {
            return Err(refused("request_uri", Rule::NestedRequestUri));
        }
        if parameters.contains_key("request") {
            return Err(refused("request", Rule::RequestObject));
        }
        let mut request = AuthorizationRequest::parse(form)?;
        if request.client_id != client.id {
            return Err(refused("client_id", Rule::Client));
        }
        match (&request.dpop_jkt, client.dpop_key) {
            (Some(named), Some(proved)) if named != proved => {
                return Err(refused("dpop_jkt", Rule::PushedKey));
            }
            (None, Some(proved)) => request.dpop_jkt = Some(proved.to_owned()),
            _ => {}
        }
        Ok(Self { request, expires_at })
    }

    /// Restores a request that was accepted before and kept as its form ([`AuthorizationRequest::to_form`]).
    ///
    /// # Errors
    /// As [`AuthorizationRequest::parse`].
    pub fn restore(form: &[u8], expires_at: UnixTime) -> Result<Self, Error> {
        let request = AuthorizationRequest::parse(form)?;
        Ok(Self { request, expires_at })
    }

    /// The request. Its form has the key that the code will be bound to.
    #[must_use]
    pub fn request(&self) -> &AuthorizationRequest {
        &self.request
    }

    /// Begins the authorization when the user's browser arrives with the request URI. The value may be kept
    /// until the user has decided, so that a reloaded page begins again.
    ///
    /// # Errors
    /// [`Error::Authorization`] with [`Rule::RequestUriClient`] or [`Rule::RequestUriExpired`].
    pub fn begin(&self, client_id: &str, now: UnixTime) -> Result<AuthorizationSession, Error> {
        if self.request.client_id != client_id {
            return Err(refused("client_id", Rule::RequestUriClient));
        }
        if now >= self.expires_at {
            return Err(refused("request_uri", Rule::RequestUriExpired));
        }
        Ok(AuthorizationSession {
            request: self.request.clone(),
        })
    }
}

/// An authorization that the user decides about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct AuthorizationSession {
    pub(super) request: AuthorizationRequest,
}

impl AuthorizationSession {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &AuthorizationRequest {
        &self.request
    }

    /// Issues a code that expires at `expires_at`, after the user agreed.
    pub fn authorize(self, expires_at: UnixTime) -> IssuedCode {
        IssuedCode {
            request: self.request,
            expires_at,
        }
    }
}

/// A code that can be redeemed once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct IssuedCode {
    request: AuthorizationRequest,
    expires_at: UnixTime,
}

impl IssuedCode {
    /// Restores a code that was issued before, whose request was kept as its form
    /// ([`AuthorizationRequest::to_form`]).
    ///
    /// # Errors
    /// As [`AuthorizationRequest::parse`].
    pub fn restore(form: &[u8], expires_at: UnixTime) -> Result<Self, Error> {
        let request = AuthorizationRequest::parse(form)?;
        Ok(Self { request, expires_at })
    }

    /// Redeems the code. The code is consumed whatever the result is.
    ///
    /// # Errors
    /// [`Error::Authorization`] with [`Rule::CodeClient`], [`Rule::CodeExpired`],
    /// [`Rule::SameRedirectUri`], [`Rule::Verifier`] or [`Rule::BoundKey`].
    pub fn redeem(self, request: &CodeRequest, client: &Client<'_>, now: UnixTime) -> Result<Grant, Error> {
        let issued = self.request;
        let is_named = request.client_id.as_ref().is_none_or(|named| named == client.id);
        if issued.client_id != client.id || !is_named {
            return Err(refused("code", Rule::CodeClient));
        }
        if now >= self.expires_at {
            return Err(refused("code", Rule::CodeExpired));
        }
        if issued.redirect_uri != request.redirect_uri {
            return Err(refused("redirect_uri", Rule::SameRedirectUri));
        }
        if issued.challenge != request.verifier.challenge() {
            return Err(refused("code_verifier", Rule::Verifier));
        }
        check_key(issued.dpop_jkt.as_deref(), client)?;
        Ok(Grant {
            client_id: issued.client_id,
            requested: issued.requested,
            dpop_key: client.dpop_key.map(str::to_owned),
        })
    }
}

/// The authorization of a client: the base of its access tokens, and of refresh tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Grant {
    client_id: String,
    requested: Requested,
    dpop_key: Option<String>,
}

impl Grant {
    /// The client.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The authorised credentials.
    #[must_use]
    pub fn requested(&self) -> &Requested {
        &self.requested
    }

    /// The thumbprint of the key that tokens are bound to (`cnf.jkt`).
    #[must_use]
    pub fn dpop_key(&self) -> Option<&str> {
        self.dpop_key.as_deref()
    }

    /// Checks that the client may get another access token for this grant. A refresh token is bound to its
    /// client; the key stays the same (RFC 9449, 5).
    ///
    /// # Errors
    /// [`Error::Authorization`] with [`Rule::CodeClient`] or [`Rule::BoundKey`].
    pub fn refresh(&self, request: &RefreshRequest, client: &Client<'_>) -> Result<(), Error> {
        let is_named = request.client_id.as_ref().is_none_or(|named| named == client.id);
        if self.client_id != client.id || !is_named {
            return Err(refused("refresh_token", Rule::CodeClient));
        }
        check_key(self.dpop_key.as_deref(), client)
    }
}

fn check_key(bound: Option<&str>, client: &Client<'_>) -> Result<(), Error> {
    if bound.is_some_and(|bound| client.dpop_key != Some(bound)) {
        return Err(refused("dpop_jkt", Rule::BoundKey));
    }
    Ok(())
}

/// A token request with a code (RFC 6749, 4.1.3).
#[derive(Clone, PartialEq, Eq)]
pub struct CodeRequest {
    code: String,
    redirect_uri: String,
    client_id: Option<String>,
    verifier: CodeVerifier,
}

impl CodeRequest {
    /// A client's request.
    #[must_use]
    pub fn new(code: &str, redirect_uri: &str, client_id: &str, verifier: CodeVerifier) -> Self {
        Self {
            code: code.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            client_id: Some(client_id.to_owned()),
            verifier,
        }
    }

    /// Whether a form of the token endpoint is for an authorization code.
    #[must_use]
    pub fn is_of_form(form: &[u8]) -> bool {
        let parameters = parameters(form).ok();
        parameters.is_some_and(|parameters| text(&parameters, "grant_type") == Some(AUTHORIZATION_CODE))
    }

    /// Reads the form.
    ///
    /// # Errors
    /// [`Error::TooLong`], or [`Error::Authorization`] with the rule.
    pub fn parse(form: &[u8]) -> Result<Self, Error> {
        let parameters = parameters(form)?;
        let required = |name: &str| text(&parameters, name).ok_or_else(|| refused(name, Rule::Missing));
        if required("grant_type")? != AUTHORIZATION_CODE {
            return Err(refused("grant_type", Rule::GrantType));
        }
        Ok(Self {
            code: required("code")?.to_owned(),
            redirect_uri: required("redirect_uri")?.to_owned(),
            client_id: text(&parameters, "client_id").map(str::to_owned),
            verifier: CodeVerifier::parse(required("code_verifier")?)?,
        })
    }

    /// The form.
    #[must_use]
    pub fn to_form(&self) -> String {
        let parameters = [
            ("grant_type", Value::from(AUTHORIZATION_CODE)),
            ("code", self.code.as_str().into()),
            ("redirect_uri", self.redirect_uri.as_str().into()),
            ("code_verifier", self.verifier.expose_secret().into()),
        ];
        let client = self.client_id.as_deref().map(|id| ("client_id", Value::from(id)));
        form::write(parameters.into_iter().chain(client))
    }

    /// The code, to find its [`IssuedCode`] with.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// Shows neither code nor verifier.
impl fmt::Debug for CodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeRequest")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// A token request with a refresh token (RFC 6749, 6).
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshRequest {
    refresh_token: String,
    client_id: Option<String>,
}

/// The client and the key that a refresh token is bound to, or those of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The client; absent for an anonymous one, whose token was for a pre-authorized code.
    pub client_id: Option<&'a str>,
    /// The thumbprint of the DPoP key.
    pub dpop_key: Option<&'a str>,
}

impl RefreshRequest {
    /// A client's request.
    #[must_use]
    pub fn new(refresh_token: &str, client_id: &str) -> Self {
        Self {
            client_id: Some(client_id.to_owned()),
            ..Self::anonymous(refresh_token)
        }
    }

    /// The request of an anonymous client.
    #[must_use]
    pub fn anonymous(refresh_token: &str) -> Self {
        Self {
            refresh_token: refresh_token.to_owned(),
            client_id: None,
        }
    }

    /// Whether a form of the token endpoint is for a refresh token.
    #[must_use]
    pub fn is_of_form(form: &[u8]) -> bool {
        let parameters = parameters(form).ok();
        parameters.is_some_and(|parameters| text(&parameters, "grant_type") == Some(REFRESH_TOKEN))
    }

    /// The client that the request names.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Checks that the client and the key of this request are those that the refresh token is bound
    /// to (RFC 6749, 6; RFC 9449, 5). A token that is bound to no client is for a key only, and any
    /// client may name or authenticate itself. The caller authenticated the client and verified its
    /// DPoP proof.
    ///
    /// # Errors
    /// [`Error::Authorization`] with [`Rule::CodeClient`] or [`Rule::BoundKey`].
    pub fn check(&self, presented: Binding<'_>, bound: Binding<'_>) -> Result<(), Error> {
        if let Some(client) = bound.client_id {
            let is_named = self.client_id().is_none_or(|named| named == client);
            if presented.client_id != Some(client) || !is_named {
                return Err(refused("refresh_token", Rule::CodeClient));
            }
        }
        if bound.dpop_key.is_some() && presented.dpop_key != bound.dpop_key {
            return Err(refused("dpop_jkt", Rule::BoundKey));
        }
        Ok(())
    }

    /// Reads the form.
    ///
    /// # Errors
    /// [`Error::TooLong`], or [`Error::Authorization`] with the rule.
    pub fn parse(form: &[u8]) -> Result<Self, Error> {
        let parameters = parameters(form)?;
        let required = |name: &str| text(&parameters, name).ok_or_else(|| refused(name, Rule::Missing));
        if required("grant_type")? != REFRESH_TOKEN {
            return Err(refused("grant_type", Rule::GrantType));
        }
        Ok(Self {
            refresh_token: required("refresh_token")?.to_owned(),
            client_id: text(&parameters, "client_id").map(str::to_owned),
        })
    }

    /// The form.
    #[must_use]
    pub fn to_form(&self) -> String {
        let parameters = [
            ("grant_type", Value::from(REFRESH_TOKEN)),
            ("refresh_token", self.refresh_token.as_str().into()),
        ];
        let client = self.client_id.as_deref().map(|id| ("client_id", Value::from(id)));
        form::write(parameters.into_iter().chain(client))
    }

    /// The refresh token, to find its [`Grant`] with.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.refresh_token
    }
}

/// Shows no token.
impl fmt::Debug for RefreshRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshRequest")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
