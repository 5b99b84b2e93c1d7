//! What was asked and answered: kept behind each call, shown to whom it concerns.

use std::{collections::VecDeque, convert::Infallible, time::Instant};

use air_api::{
    PlatformTime,
    sandbox::{LogQuery, LoggedRequest, RequestLog},
};
use axum::{
    Extension, Json,
    extract::{MatchedPath, Query, Request, State, rejection::QueryRejection},
    http::{Method, header},
    middleware::Next,
    response::{
        Response,
        sse::{Event as ServerSent, KeepAlive, Sse},
    },
};
use futures_util::stream;

use super::{
    answer::{Answer, EventStream, Remedy},
    events::HEARTBEAT,
    method,
    rate::Limited,
};
use crate::{
    domain::{App, Refusal, events::Viewer},
    request_log,
};

/// Looking at the log leaves it as it is; so do the dashboard's pages, which are no API requests.
const OWN_PATH: &str = "/sandbox/v1/logs";

/// The name of a request.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) String);

/// Keeps what was answered: no token, no body, and of the path its template alone. What costs its caller nothing is left out, so that nobody
/// can push the rest out: preflights, and requests beyond the limit of an address.
pub(crate) async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = method::name(request.method()).unwrap_or(method::OTHER);
    let is_preflight = is_preflight(&request);
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map(|path| path.as_str().to_owned());
    let id = request.extensions().get::<RequestId>();
    let id = id.map_or_else(String::new, |RequestId(id)| id.clone());
    let (response, caller) = request_log::with_caller(next.run(request)).await;
    let is_looked_at = |path: &str| path.starts_with(OWN_PATH) || super::is_page(path);
    let is_left_out = is_preflight || response.extensions().get::<Limited>().is_some();
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
        partner_id: caller.and_then(|caller| caller.parse().ok()),
        message: remedy.map(|Remedy(message)| message.to_string()),
    });
    response
}

/// A browser's question before a request (Fetch, 3.2.2).
fn is_preflight(request: &Request) -> bool {
    let asks = request
        .headers()
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    request.method() == Method::OPTIONS && asks
}

pub(crate) async fn list(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Answer<RequestLog> {
    let query = read(query)?;
    let fits = |request: &LoggedRequest| fits(request, &viewer, query.failed);
    let requests = app.requests.after(query.after.unwrap_or(0), fits);
    Ok(Json(RequestLog { requests }))
}

pub(crate) async fn follow(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Result<EventStream, Refusal> {
    let query = read(query)?;
    let mut follower = Follower {
        added: app.requests.listen(),
        position: query.after.unwrap_or_else(|| app.requests.last_number()),
        is_failed: query.failed,
        ready: VecDeque::new(),
        viewer,
        app,
    };
    if follower.position > follower.app.requests.last_number() {
        // The number is of a start before this one.
        follower.position = 0;
    }
    let requests = stream::unfold(follower, async |mut follower| {
        let request = follower.next().await?;
        // Names, numbers and text always serialise.
        let data = serde_json::to_string(&request).unwrap_or_default();
        Some((Ok::<_, Infallible>(ServerSent::default().data(data)), follower))
    });
    let requests = Sse::new(requests).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(EventStream::new(requests))
}

/// One listener's place in the log. Who is slower than a thousand requests misses some.
struct Follower {
    app: App,
    viewer: Viewer,
    is_failed: bool,
    position: u64,
    ready: VecDeque<LoggedRequest>,
    added: tokio::sync::watch::Receiver<()>,
}

impl Follower {
    async fn next(&mut self) -> Option<LoggedRequest> {
        loop {
            if let Some(request) = self.ready.pop_front() {
                return Some(request);
            }
            self.added.borrow_and_update();
            let last = self.app.requests.last_number();
            let fits = |request: &LoggedRequest| fits(request, &self.viewer, self.is_failed);
            let later = self.app.requests.after(self.position, fits);
            self.position = later.last().map_or(last, |request| request.number.max(last));
            self.ready = later.into();
            if self.ready.is_empty() {
                tokio::select! {
                    () = self.app.notifier.stopped() => return None,
                    changed = self.added.changed() => changed.ok()?,
                }
            }
        }
    }
}

fn fits(request: &LoggedRequest, viewer: &Viewer, is_failed: bool) -> bool {
    let partner_id = request.partner_id.as_ref().map(air_api::PartnerId::as_str);
    viewer.sees(partner_id) && (!is_failed || request.status >= 400)
}

fn read(query: Result<Query<LogQuery>, QueryRejection>) -> Result<LogQuery, Refusal> {
    query.map(|Query(query)| query).map_err(|_| {
        Refusal::bad_request("the query takes after (a request's number) and failed (true or false)")
    })
}
