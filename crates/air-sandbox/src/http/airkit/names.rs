//! Maps refusals to the SDK's error names.

use axum::{
    Extension, Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::http::error::{ErrorResponse, Remedy};
use air_platform::{Reason, Refusal, RefusalKind};

/// The answer to a page's call.
pub(super) type Answer<T> = Result<Json<T>, Failed>;

/// The error body of a page's call: an error name that the SDK passes on, and the message.
pub(crate) struct Failed(Refusal);

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<ErrorResponse> for Failed {
    fn from(ErrorResponse(refusal): ErrorResponse) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let (status, message) = (air_http::status(self.0.kind()), self.0.message());
        let body = json!({ "errorName": name(&self.0), "errorMessage": message });
        (status, Extension(Remedy(message.into())), Json(body)).into_response()
    }
}

/// Returns the error name. All names are chosen here.
fn name(refusal: &Refusal) -> &'static str {
    match refusal.reason() {
        Some(Reason::TokenMalformed) => "INVALID_TOKEN",
        Some(Reason::Token) => "PARTNER_ACCESS_TOKEN_INVALID",
        Some(Reason::TokenExpired) => "PARTNER_TOKEN_EXPIRED",
        Some(Reason::Scope) => "PERMISSION_NOT_ENABLED",
        Some(Reason::KeysUnreachable | Reason::IssuerBackend) => "CONFIG_ERROR",
        Some(Reason::NoSession) => "UNAUTHORIZED",
        Some(Reason::OtherUser) => "USER_MISMATCH",
        // The pages request another ticket after this error.
        Some(Reason::PageTicket) => "TOKEN_EXPIRED",
        Some(Reason::Denied) => "USER_REJECTED",
        None => by_kind(refusal.kind()),
    }
}

fn by_kind(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Unauthorized => "UNAUTHORIZED",
        // The record belongs to another partner, or has expired.
        RefusalKind::Forbidden => "PERMISSION_NOT_ENABLED",
        // An unknown issuer, program or partner, a draft, or an origin that is not registered.
        RefusalKind::NotFound => "CONFIG_ERROR",
        kind if kind.is_callers() => "INVALID_PARAMETER",
        _ => "INTERNAL_SERVER_ERROR",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_name_of_the_sdks() {
        for (refusal, expected) in [
            (Refusal::bad_request("credentialSubject: …"), "INVALID_PARAMETER"),
            (Refusal::unsupported_media_type("…"), "INVALID_PARAMETER"),
            (Refusal::forbidden("another partner's"), "PERMISSION_NOT_ENABLED"),
            (Refusal::not_found("a draft"), "CONFIG_ERROR"),
            (Refusal::conflict("decided already"), "INVALID_PARAMETER"),
            (Refusal::unauthorized("…"), "UNAUTHORIZED"),
            (Refusal::internal("…"), "INTERNAL_SERVER_ERROR"),
            (Refusal::unavailable("…"), "INTERNAL_SERVER_ERROR"),
            (
                Refusal::unauthorized("…").because(Reason::TokenMalformed),
                "INVALID_TOKEN",
            ),
            (
                Refusal::unauthorized("…").because(Reason::Token),
                "PARTNER_ACCESS_TOKEN_INVALID",
            ),
            (
                Refusal::unauthorized("…").because(Reason::TokenExpired),
                "PARTNER_TOKEN_EXPIRED",
            ),
            (
                Refusal::unauthorized("…").because(Reason::Scope),
                "PERMISSION_NOT_ENABLED",
            ),
            (
                Refusal::unauthorized("…").because(Reason::KeysUnreachable),
                "CONFIG_ERROR",
            ),
            (
                Refusal::unauthorized("…").because(Reason::NoSession),
                "UNAUTHORIZED",
            ),
            (
                Refusal::forbidden("…").because(Reason::OtherUser),
                "USER_MISMATCH",
            ),
            (
                Refusal::unauthorized("…").because(Reason::PageTicket),
                "TOKEN_EXPIRED",
            ),
            (Refusal::conflict("…").because(Reason::Denied), "USER_REJECTED"),
            (
                Refusal::unavailable("…").because(Reason::IssuerBackend),
                "CONFIG_ERROR",
            ),
        ] {
            assert_eq!(name(&refusal), expected, "{refusal:?}");
        }
    }
}
