//! The redirect from `/` to the dashboard.

use air_platform::App;
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::{PAGES, error};

#[expect(
    clippy::disallowed_methods,
    reason = "pages for people are not in the document"
)]
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/", get(home).fallback(error::no_such_route))
}

/// Redirects a browser to the dashboard. A client of the API receives the API's response.
async fn home(headers: HeaderMap, _: Request) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        Redirect::to(PAGES).into_response()
    } else {
        error::no_such_route().await
    }
}
