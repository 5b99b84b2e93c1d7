//! The pages' documents: shells that scripts fill within a partner's page, and a page for people who open the
//! address directly.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::AirkitState;
use crate::http::{error::ErrorResponse, input::Path};
use air_http::logo;
use air_platform::{App, logos};

/// Everything comes from this origin; the wallet uses WebAssembly. There is no `frame-ancestors`: a
/// browser that blocks a frame does not report that to the SDK, which then waits forever. The
/// script checks the embedding page itself and refuses by message.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
img-src 'self' data:; base-uri 'none'; form-action 'none'";

/// Adds missing security headers.
pub(super) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let defaults: [(HeaderName, &'static str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        let headers = response.headers_mut();
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Returns a page for a frame. Outside a frame, the page describes itself.
pub(super) fn shell(page: &str, title: &str) -> Response {
    let body = html! {
        main #panel {}
        div #alone {
            h1 { "A page of the AIR Kit" }
            p { "A web app that uses the AIR Kit shows this page inside its own. There is nothing to do here: go back to the app." }
            p { a href="/" { "About this server" } }
        }
        script type="module" src={ "/airkit/assets/" (page) ".js" } {}
    };
    document(title, &body)
}

/// Serves `GET /`, where a person can also accept the certificate.
pub(super) async fn about(State(state): State<AirkitState>) -> Response {
    let body = html! {
        div #about {
            h1 { "The AIR Kit's pages, on this machine" }
            p { "A web app with the AIR Kit SDK can log in, issue and verify here. In the app:" }
            pre { code { "await airService.init({ buildEnv: \"development\" });" } }
            p { "The SDK then looks for its pages at https://localhost:8200. These are at " code { (state.url) } "." }
            h2 { "The certificate" }
            p { "You see this page, so your browser takes the certificate now. To be asked no more, trust the platform's own authority: "
                a href="/ca.pem" { "ca.pem" } ". It can vouch for localhost and for the SDK's hosts, and for nobody else." }
        }
    };
    document("AIR Kit", &body)
}

pub(super) async fn ca_certificate(State(state): State<AirkitState>) -> impl IntoResponse {
    let media_type = [(header::CONTENT_TYPE, "application/x-pem-file")];
    (media_type, state.ca_certificate.to_string())
}

/// Serves a partner's logo for the pages that name the partner. Anyone who knows the partner's id can fetch
/// it.
pub(super) async fn logo(
    State(app): State<App>,
    Path(partner_id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, ErrorResponse> {
    Ok(logo::answer(logos::find(&app, &partner_id).await?, &asked)?)
}

fn document(title: &str, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " – AIR local platform" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/airkit/assets/style.css";
            }
            body { (body) }
        }
    };
    let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
    (policy, Html(page.into_string())).into_response()
}
