//! Records each request and its response in the request log.

use std::time::Instant;

use air_api::{
    PlatformTime,
    sandbox::{LoggedRequest, PROBE_HEADER},
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, header},
    middleware::Next,
    response::Response,
};

use super::{error::Remedy, guard, method, rate::Limited};
use air_platform::{App, request_log::RequestCaller};

/// The path of the request log. Reads of the log and dashboard pages are not logged.
const OWN_PATH: &str = "/sandbox/v1/logs";

/// The name of a request.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) String);

/// Records a request and its response, without tokens and bodies, and with the path's template
/// only. Preflights and rate-limited requests are not recorded, because a caller could flood the
/// log with them at no cost. Probes of `air doctor` on this machine are not either, because most of
/// them are refused on purpose.
pub(crate) async fn record(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = method::name(request.method()).unwrap_or(method::OTHER);
    let is_preflight = is_preflight(&request);
    // An untrusted party must not hide requests.
    let is_probe = request.method() == Method::GET
        && request.headers().contains_key(PROBE_HEADER)
        && app.is_local
        && guard::comes_from_here(request.version(), request.headers());
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map(|path| path.as_str().to_owned());
    let id = request.extensions().get::<RequestId>();
    let id = id.map_or_else(String::new, |RequestId(id)| id.clone());
    let caller = RequestCaller::default();
    request.extensions_mut().insert(caller.clone());
    let response = next.run(request).await;
    let is_looked_at = |path: &str| path.starts_with(OWN_PATH) || super::is_page(path);
    let is_left_out = is_preflight || is_probe || response.extensions().get::<Limited>().is_some();
    if is_left_out || path.as_deref().is_some_and(is_looked_at) {
        return response;
    }
    let remedy = response.extensions().get::<Remedy>();
    app.requests.push(LoggedRequest {
        number: 0,
        at: PlatformTime::from_unix(app.machine_clock.now()),
        request_id: id,
        method: method.to_owned(),
        path,
        status: response.status().as_u16(),
        duration_milliseconds: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        partner_id: caller.partner_id(),
        message: remedy
            .map(|Remedy(message)| message.to_string())
            .or_else(|| caller.noted()),
    });
    response
}

/// Checks for a preflight request (Fetch, 3.2.2).
fn is_preflight(request: &Request) -> bool {
    let asks = request
        .headers()
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    request.method() == Method::OPTIONS && asks
}
