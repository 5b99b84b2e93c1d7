//! Events: as a stream (server-sent events), in pages, and one by one.

use std::{convert::Infallible, time::Duration};

use air_api::sandbox::{Event, EventId, EventPage, EventQuery};
use axum::{
    Extension, Json,
    extract::{FromRequestParts, Query, State, rejection::QueryRejection},
    http::request::Parts,
    response::sse::{Event as ServerSent, KeepAlive, Sse},
};
use futures_util::stream;
use serde_json::json;

use super::position;
use crate::http::{
    answer::{Answer, EventStream},
    api::{Api, Description, Input, Tag, get},
    error::ErrorResponse,
    input::Path,
};
use air_platform::{
    App, Refusal,
    events::{self, Filter, Reader, Viewer},
};

/// The interval of the keep-alive comments in a stream.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::Events;
    api.add(
        get(
            "/sandbox/v1/events",
            "events",
            tag,
            "Stream events, as server-sent events",
        )
        .watched(),
        stream,
    );
    api.add(
        get(
            "/sandbox/v1/events/log",
            "eventLog",
            tag,
            "List events, oldest first",
        )
        .watched(),
        list,
    );
    api.add(
        get("/sandbox/v1/events/{event}", "event", tag, "Show one event")
            .watched()
            .refuses(&[404]),
        show,
    );
}

type EventsQuery = Result<Query<EventQuery>, QueryRejection>;

async fn stream(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    LastEvent(last): LastEvent,
    query: EventsQuery,
) -> Result<EventStream, Refusal> {
    let query = read(query)?;
    // A client that reconnects sends the id of the last event that it received, which overrides `after`.
    let after = last.or(query.after);
    let filter = Filter::new(viewer, query.kind)?;
    let reader = Reader::new(app, filter, after).await?;
    let events = stream::unfold(reader, async |mut reader| {
        let event = reader.next().await?;
        Some((Ok::<_, Infallible>(server_sent(&event)), reader))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    Ok(EventStream::new(events))
}

async fn list(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    query: EventsQuery,
) -> Answer<EventPage> {
    events::page(&app, viewer, read(query)?).await.map(Json)
}

async fn show(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    Path(event): Path<EventId>,
) -> Answer<Event> {
    events::find(&app, &viewer, &event).await.map(Json)
}

fn read(query: EventsQuery) -> Result<EventQuery, Refusal> {
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request(
            "invalid query: it may have after, limit and type; after and limit must be numbers",
        )
    })?;
    position::check(query.after)?;
    Ok(query)
}

/// The position of the event in the header `Last-Event-ID`, if present.
struct LastEvent(Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for LastEvent {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ErrorResponse> {
        let Some(id) = parts.headers.get("last-event-id") else {
            return Ok(Self(None));
        };
        let id: Result<EventId, _> = id.to_str().unwrap_or_default().parse();
        id.map(|id| Self(Some(id.sequence())))
            .map_err(|error| Refusal::bad_request(format!("Last-Event-ID: {error}")).into())
    }
}

impl Input for LastEvent {
    fn describe(description: &mut Description<'_>) {
        let schema = json!({ "type": "string", "pattern": "^evt_[0-9a-f]{24}$" });
        description.header(
            "Last-Event-ID",
            "The last event that the client received. The stream continues after it.",
            &schema,
        );
        description.refuses(400);
    }
}

fn server_sent(event: &Event) -> ServerSent {
    // Names, numbers and text always serialise.
    let data = serde_json::to_string(event).unwrap_or_default();
    ServerSent::default()
        .id(event.id.to_string())
        .event(&event.kind)
        .data(data)
}
