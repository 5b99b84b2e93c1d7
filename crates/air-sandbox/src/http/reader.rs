//! Serves the document at `/openapi.json` and Swagger UI at `/docs`. All assets are embedded in this binary.

use axum::{
    Router,
    body::Bytes,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use serde_json::Value;

use air_platform::App;

/// Scripts and the document have this origin, and no other origin is allowed. Swagger UI uses inline styles
/// and small inline images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const PAGE: &str = include_str!("../../assets/docs/index.html");
const START: &str = include_str!("../../assets/docs/start.js");
/// `swagger-ui-dist`, compressed. `assets/docs/README.md` states its origin.
const SCRIPT: &[u8] = include_bytes!("../../assets/docs/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../../assets/docs/swagger-ui.css.gz");

#[expect(
    clippy::disallowed_methods,
    reason = "pages for people are not in the document"
)]
pub(super) fn router(document: &Value) -> Router<App> {
    let document = Bytes::from(document.to_string());
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Router::new()
        .route("/openapi.json", get(move || async move { (json, document) }))
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async || page()))
        .route("/docs/start.js", get(async || plain("text/javascript", START)))
        .route(
            "/docs/swagger-ui-bundle.js",
            get(async || compressed("text/javascript", SCRIPT)),
        )
        .route(
            "/docs/swagger-ui.css",
            get(async || compressed("text/css", STYLE)),
        )
}

fn page() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, PAGE)
}

fn plain(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, media_type),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
        text,
    )
}

/// Returns a compressed asset. All browsers support gzip.
fn compressed(media_type: &'static str, bytes: &'static [u8]) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "max-age=86400"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, bytes)
}
