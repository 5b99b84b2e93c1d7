//! The caller of a request, identified by the request's head alone. Arguments of a handler are extracted in
//! order, and the body is last, so no body is read for an unidentified caller.
//! [`Api::add`](super::api::Api::add) does not compile for a handler that reads a body without one of these
//! extractors.

use std::marker::PhantomData;

use air_api::{PARTNER_ID_HEADER, PartnerId};
use air_jwt::Scope;
use axum::{extract::FromRequestParts, http::request::Parts};

use super::{
    api::{Description, Input},
    budget::BodyCaller,
    error::ErrorResponse,
    tokens::{bearer, partner_token, request_context},
};
use air_platform::{App, Refusal, partner_auth::Authenticated, request_log::RequestContext, users};
use air_store::users::OpenSession;

/// The scope that a call requires of its Partner JWT.
pub(crate) trait Need: Send {
    /// The name of the security scheme in the OpenAPI document.
    const SCHEME: &'static str;

    fn authenticate(
        app: &App,
        token: Option<&str>,
        context: &RequestContext,
    ) -> impl Future<Output = Result<Authenticated, Refusal>> + Send;
}

/// Scope `issue`, which `issue on-behalf` contains.
pub(crate) struct Issue;

impl Need for Issue {
    const SCHEME: &'static str = "PartnerJwt";

    async fn authenticate(
        app: &App,
        token: Option<&str>,
        context: &RequestContext,
    ) -> Result<Authenticated, Refusal> {
        app.authenticate(token, Some(Scope::Issue), context).await
    }
}

/// Scope `verify`.
pub(crate) struct Verify;

impl Need for Verify {
    const SCHEME: &'static str = "VerifierJwt";

    async fn authenticate(
        app: &App,
        token: Option<&str>,
        context: &RequestContext,
    ) -> Result<Authenticated, Refusal> {
        app.authenticate(token, Some(Scope::Verify), context).await
    }
}

/// Scope `issue` or `verify`.
pub(crate) struct IssueOrVerify;

impl Need for IssueOrVerify {
    const SCHEME: &'static str = "PartnerJwt";

    async fn authenticate(
        app: &App,
        token: Option<&str>,
        context: &RequestContext,
    ) -> Result<Authenticated, Refusal> {
        app.authenticate(token, None, context).await
    }
}

/// Any scope. The documentation requires none for the calls of an issuer's backend, which neither
/// issue nor read nor reveal.
pub(crate) struct AnyScope;

impl Need for AnyScope {
    const SCHEME: &'static str = "PartnerJwt";

    async fn authenticate(
        app: &App,
        token: Option<&str>,
        context: &RequestContext,
    ) -> Result<Authenticated, Refusal> {
        app.identify_backend(token, context).await
    }
}

/// The partner that the header `x-partner-id` names, for a call whose Partner JWT is in the body.
/// The partner's ID is public, so it proves nothing: it limits the bodies that are read to callers
/// that know a partner of this platform. The handler verifies the token.
pub(crate) struct NamedPartner {
    pub(crate) partner_id: PartnerId,
    pub(crate) context: RequestContext,
}

impl FromRequestParts<App> for NamedPartner {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ErrorResponse> {
        let unknown = || {
            Refusal::unauthorized(
                "the header x-partner-id is missing or names no partner of this platform; send your `partnerId` in it",
            )
        };
        let named = parts
            .headers
            .get(PARTNER_ID_HEADER)
            .and_then(|id| id.to_str().ok());
        let partner_id: PartnerId = named.and_then(|id| id.parse().ok()).ok_or_else(unknown)?;
        if !app.knows_partner(&partner_id).await? {
            return Err(unknown().into());
        }
        Ok(Self {
            partner_id,
            context: request_context(&parts.extensions),
        })
    }
}

impl Input for NamedPartner {
    const IDENTIFIES: bool = true;

    fn describe(description: &mut Description<'_>) {
        description.needs("PartnerId");
    }
}

/// The partner whose Partner JWT in `x-partner-auth` was verified and grants the scope of `N`.
pub(crate) struct Partner<N> {
    pub(crate) caller: Authenticated,
    need: PhantomData<N>,
}

impl<N: Need> FromRequestParts<App> for Partner<N> {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ErrorResponse> {
        let context = request_context(&parts.extensions);
        let caller = N::authenticate(app, partner_token(&parts.headers), &context).await?;
        parts
            .extensions
            .insert(BodyCaller::partner(caller.partner.partner_id.as_str()));
        Ok(Self {
            caller,
            need: PhantomData,
        })
    }
}

impl<N: Need> Input for Partner<N> {
    const IDENTIFIES: bool = true;

    fn describe(description: &mut Description<'_>) {
        description.needs(N::SCHEME);
    }
}

/// The session of a logged-in user, by the token of `Authorization: Bearer …`.
pub(crate) struct UserSession(pub(crate) OpenSession);

impl FromRequestParts<App> for UserSession {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ErrorResponse> {
        Ok(Self(users::present(app, bearer(&parts.headers)).await?))
    }
}

impl Input for UserSession {
    const IDENTIFIES: bool = true;

    fn describe(description: &mut Description<'_>) {
        description.needs("UserSession");
    }
}
