//! The request log: in pages, and as a stream (server-sent events).

use std::{collections::VecDeque, convert::Infallible};

use air_api::sandbox::{LogQuery, LoggedRequest, RequestLog};
use axum::{
    Extension, Json,
    extract::{Query, State, rejection::QueryRejection},
    response::sse::{Event as ServerSent, KeepAlive, Sse},
};
use futures_util::stream;

use super::{events::HEARTBEAT, position};
use crate::http::{
    answer::{Answer, EventStream},
    api::{Api, Tag, get},
};
use air_platform::{App, Refusal, events::Viewer};

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::Events;
    api.add(
        get("/sandbox/v1/logs", "requests", tag, "List the latest requests").watched(),
        list,
    );
    api.add(
        get(
            "/sandbox/v1/logs/follow",
            "followRequests",
            tag,
            "Stream requests with their responses, as server-sent events",
        )
        .watched(),
        follow,
    );
}

async fn list(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Answer<RequestLog> {
    let query = read(query)?;
    let fits = |request: &LoggedRequest| fits(request, &viewer, query.failed);
    let requests = app.requests.after(query.after.unwrap_or(0), fits);
    Ok(Json(RequestLog { requests }))
}

async fn follow(
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
        // The number belongs to an earlier process.
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

/// A client's position in the log. A client that is a thousand requests behind misses some.
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
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request(
            "invalid query: it may have after (a request's number) and failed (true or false)",
        )
    })?;
    position::check(query.after)?;
    Ok(query)
}
