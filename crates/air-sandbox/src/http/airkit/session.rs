//! Extracts a call's body and its session cookie. A browser that blocks third-party storage may give pages in
//! a frame no storage, but it stores a partitioned cookie (CHIPS). The cookie's name contains the partner's
//! id, so that the pages of two partners on one site do not log each other out.

use std::convert::Infallible;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{Extensions, HeaderMap, HeaderValue, header, request::Parts},
};
use serde::de::DeserializeOwned;

use super::{AirkitState, gate::Environment, names::Failed};
use crate::http::input::Body;
use air_http::relay;
use air_ids::PartnerId;
use air_platform::{
    Refusal,
    airkit::{PageOrigin, PageSession},
    request_log::RequestCaller,
};

const PREFIX: &str = "__Host-air-session-";
/// The ticket that identifies the embedding partner.
const PAGE: &str = "x-air-page";
/// The user that the page considers logged in.
const USER: &str = "x-air-user";
const ID_LIMIT: usize = 64;

impl FromRequestParts<AirkitState> for PageSession {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &AirkitState) -> Result<Self, Failed> {
        let page = text(&parts.headers, PAGE).unwrap_or_default();
        let now = state.app.machine_clock.now();
        let partner_id = state.page_tokens.partner_id(page, now)?;
        let partner_id: PartnerId = partner_id.parse().map_err(Refusal::internal)?;
        Ok(Self {
            session: session(&parts.headers, partner_id.as_str()),
            user_uuid: text(&parts.headers, USER)
                .filter(|id| is_id(id))
                .and_then(|id| id.parse().ok()),
            partner_id,
            caller: request_caller(&parts.extensions),
        })
    }
}

impl FromRequestParts<AirkitState> for PageOrigin {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &AirkitState) -> Result<Self, Failed> {
        let environment = parts.extensions.get::<Environment>();
        Ok(Self {
            // The gate sets the environment of every call.
            is_production: environment.is_none_or(|environment| *environment == Environment::Production),
            is_on_loopback: state.is_on_loopback && !relay::is_proxied(parts.version, &parts.headers),
        })
    }
}

/// Returns the session of a page's first call, after the platform has checked the embedding partner.
pub(super) fn opened(headers: &HeaderMap, partner_id: &PartnerId, caller: RequestCaller) -> PageSession {
    PageSession {
        partner_id: partner_id.clone(),
        session: session(headers, partner_id.as_str()),
        user_uuid: None,
        caller,
    }
}

/// Extracts the caller of a page's first call, for the request log.
pub(super) struct FirstCall(pub(super) RequestCaller);

impl FromRequestParts<AirkitState> for FirstCall {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AirkitState) -> Result<Self, Infallible> {
        Ok(Self(request_caller(&parts.extensions)))
    }
}

/// Returns the caller that the request log reads after the response.
fn request_caller(extensions: &Extensions) -> RequestCaller {
    extensions.get().cloned().unwrap_or_default()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value: &HeaderValue| value.to_str().ok())
}

/// The body of a call.
pub(super) struct Sent<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        let Body(sent) = Body::from_request(request, state).await?;
        Ok(Self(sent))
    }
}

/// Checks whether a text is allowed in a cookie's name. The platform's ids are UUIDs.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= ID_LIMIT
        && text
            .bytes()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
}

fn session(headers: &HeaderMap, partner_id: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let pairs = cookies.filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = pairs.flat_map(|cookies| cookies.split(';'));
    let name = format!("{PREFIX}{partner_id}=");
    pairs
        .find_map(|pair| pair.trim().strip_prefix(&name))
        .map(ToOwned::to_owned)
}

/// Returns a cookie that stores a session for a number of seconds.
pub(super) fn cookie(partner_id: &str, token: &str, seconds: u64) -> Result<HeaderValue, Refusal> {
    let cookie = format!(
        "{PREFIX}{partner_id}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=None; Partitioned"
    );
    HeaderValue::from_str(&cookie).map_err(Refusal::internal)
}
