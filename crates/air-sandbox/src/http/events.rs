//! What happened: as a stream (server-sent events), in pages, one by one.

use std::{convert::Infallible, time::Duration};

use air_api::sandbox::{Event, EventId, EventPage, EventQuery};
use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::HeaderMap,
    response::{
        IntoResponse,
        sse::{Event as ServerSent, KeepAlive, Sse},
    },
};
use futures_util::stream;

use super::answer::Answer;
use crate::domain::{
    App, Refusal,
    events::{self, Filter, Reader, Viewer},
};

/// How often a stream says that it is there.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

type EventsQuery = Result<Query<EventQuery>, QueryRejection>;

pub(crate) async fn stream(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
    query: EventsQuery,
) -> Result<impl IntoResponse, Refusal> {
    let query = read(query)?;
    // Who comes again says what it saw last; that counts, and not where it once began.
    let after = last_event(&headers)?.or(query.after);
    let filter = Filter::new(viewer, query.kind)?;
    let reader = Reader::new(app, filter, after).await?;
    let events = stream::unfold(reader, async |mut reader| {
        let event = reader.next().await?;
        Some((Ok::<_, Infallible>(server_sent(&event)), reader))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

pub(crate) async fn log(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    query: EventsQuery,
) -> Answer<EventPage> {
    events::page(&app, viewer, read(query)?).await.map(Json)
}

pub(crate) async fn event(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    Path(event): Path<String>,
) -> Answer<Event> {
    events::find(&app, &viewer, &event).await.map(Json)
}

fn read(query: EventsQuery) -> Result<EventQuery, Refusal> {
    query.map(|Query(query)| query).map_err(|_| {
        Refusal::bad_request(
            "the query takes after (a place in the order), limit and type; the first two are numbers",
        )
    })
}

fn last_event(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(id) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let id: Result<EventId, _> = id.to_str().unwrap_or_default().parse();
    id.map(|id| Some(id.sequence()))
        .map_err(|error| Refusal::bad_request(format!("Last-Event-ID: {error}")))
}

fn server_sent(event: &Event) -> ServerSent {
    // Names, numbers and text always serialise.
    let data = serde_json::to_string(event).unwrap_or_default();
    ServerSent::default()
        .id(event.id.to_string())
        .event(&event.kind)
        .data(data)
}
