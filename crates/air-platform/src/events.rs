//! Events. `record` stores each event in the transaction of the change that it reports. Listeners
//! are notified after the commit and read the event from the store. So a rolled-back change
//! delivers no event, and a slow listener uses no memory.

mod event_kind;
mod reader;

use std::{ops::Range, time::Duration};

use air_api::{
    PlatformTime,
    sandbox::{Event, EventId, EventPage, EventQuery},
};
use air_ids::{PartnerId, UnixTime};
use tokio::sync::watch;

pub(crate) use self::event_kind::{EventKind, Revocation};
pub use self::reader::Reader;
use super::{App, Refusal};
use crate::ids;
use air_store::{
    WriteTx, WriterGuard,
    events::{self, OwnedEvent, StoredEvent},
};

/// The type of [`EventKind::CallbackAttempted`].
const CALLBACK_ATTEMPTED: &str = "callback.attempted";
/// The number of events in one read.
const WINDOW: u64 = 500;
/// The maximum number of reads that search for one page's matching events.
const WINDOWS: usize = 20;
const PAGE: u32 = 100;
const LONGEST_PAGE: u32 = 500;
/// The maximum length of a type prefix.
const KIND_LIMIT: usize = 100;
/// The maximum time between reads of a listener, because another process may write without notifying it.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// Stores an event in the transaction of the change that it reports.
pub(crate) async fn record(tx: &mut WriteTx, event: &EventKind<'_>, now: UnixTime) -> sqlx::Result<()> {
    events::append(tx, &owned(event).borrowed(), now).await
}

/// Returns an owned event for a change that the store executes.
pub(crate) fn owned(event: &EventKind<'_>) -> OwnedEvent {
    OwnedEvent {
        nonce: ids::event_nonce(),
        kind: event.kind(),
        partner_id: event.partner_id().cloned(),
        data: event.data().to_string(),
    }
}

/// Stores the events of these credentials in one statement.
pub(crate) async fn record_anchored(tx: &mut WriteTx, leaves: Range<u64>, now: UnixTime) -> sqlx::Result<()> {
    events::append_anchored(tx, &ids::event_nonce(), leaves, now).await
}

/// A reader of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A caller who may set up the platform and sees all events.
    Everything,
    /// A partner, who sees only its own events.
    Partner(String),
}

impl Viewer {
    /// Checks whether the viewer sees an event of this partner, or of none.
    #[must_use]
    pub fn sees(&self, partner_id: Option<&str>) -> bool {
        match self {
            Self::Everything => true,
            Self::Partner(own) => partner_id == Some(own),
        }
    }
}

/// The events that a reader requests and may see.
#[derive(Clone, Debug)]
pub struct Filter {
    viewer: Viewer,
    kind: String,
}

impl Filter {
    /// Creates a filter for events whose type begins with `kind`.
    pub fn new(viewer: Viewer, kind: Option<String>) -> Result<Self, Refusal> {
        let kind = kind.unwrap_or_default();
        if kind.len() > KIND_LIMIT {
            return Err(Refusal::bad_request(
                "type: must be the beginning of an event type, such as `credential.`",
            ));
        }
        Ok(Self { viewer, kind })
    }

    fn fits(&self, event: &StoredEvent) -> bool {
        event.kind.starts_with(&self.kind)
            && self.viewer.sees(event.partner_id.as_ref().map(PartnerId::as_str))
    }
}

/// Notifies listeners of commits and of the platform's shutdown.
#[derive(Clone, Debug)]
pub struct Notifier {
    committed: watch::Sender<()>,
    stopped: watch::Receiver<bool>,
}

impl Notifier {
    pub(crate) fn new(stopped: watch::Receiver<bool>) -> Self {
        Self {
            committed: watch::Sender::new(()),
            stopped,
        }
    }

    pub(crate) async fn commit(&self, tx: WriterGuard) -> sqlx::Result<()> {
        tx.commit().await?;
        self.ring();
        Ok(())
    }

    pub(crate) fn ring(&self) {
        self.committed.send_replace(());
    }

    /// Returns a receiver that is notified of each commit.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<()> {
        self.committed.subscribe()
    }

    /// Waits until the platform stops.
    pub async fn stopped(&self) {
        let _ = self.stopped.clone().wait_for(|stopped| *stopped).await;
    }
}

impl App {
    /// Commits a change that stored events, and notifies the listeners.
    pub(crate) async fn commit(&self, tx: WriterGuard) -> sqlx::Result<()> {
        self.notifier.commit(tx).await
    }
}

/// `GET /sandbox/v1/events/log`.
pub async fn page(app: &App, viewer: Viewer, query: EventQuery) -> Result<EventPage, Refusal> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        return Err(Refusal::bad_request("limit: must be 1 to 500"));
    }
    let limit = limit as usize;
    let filter = Filter::new(viewer, query.kind)?;
    let mut read = app.store.read().await?;
    let mut page = EventPage {
        events: Vec::new(),
        next: query.after.unwrap_or(0),
        head: events::head(&mut read).await?.unwrap_or(0),
    };
    for _ in 0..WINDOWS {
        if page.next >= page.head {
            break;
        }
        for event in events::after(&mut read, page.next, WINDOW).await? {
            page.next = event.sequence;
            if filter.fits(&event) {
                page.events.push(describe_to(&filter.viewer, event)?);
                if page.events.len() == limit {
                    return Ok(page);
                }
            }
        }
    }
    Ok(page)
}

/// Returns the newest events of all partners, newest first.
pub async fn last(app: &App, limit: u64) -> Result<Vec<Event>, Refusal> {
    let last = events::last(&mut *app.store.read().await?, limit).await?;
    last.into_iter().map(describe).collect()
}

/// `GET /sandbox/v1/events/{event}`.
pub async fn find(app: &App, viewer: &Viewer, id: &EventId) -> Result<Event, Refusal> {
    events::find(&mut *app.store.read().await?, id.sequence())
        .await?
        .filter(|event| {
            event.nonce == id.nonce() && viewer.sees(event.partner_id.as_ref().map(PartnerId::as_str))
        })
        .map(|event| describe_to(viewer, event))
        .ok_or_else(|| Refusal::not_found("no such event; list the events to see their ids"))?
}

/// Returns an event as this viewer may see it. For a failed delivery, a partner does not see the
/// response of its URL.
fn describe_to(viewer: &Viewer, event: StoredEvent) -> Result<Event, Refusal> {
    let mut event = describe(event)?;
    if event.kind == CALLBACK_ATTEMPTED && *viewer != Viewer::Everything {
        event.data.retain(|member, _| member == "recordId");
    }
    Ok(event)
}

fn describe(event: StoredEvent) -> Result<Event, Refusal> {
    Ok(Event {
        id: EventId::new(event.sequence, event.nonce).map_err(Refusal::internal)?,
        kind: event.kind,
        partner_id: event.partner_id,
        created_at: PlatformTime::from_unix(event.created_at),
        data: serde_json::from_str(&event.data).map_err(Refusal::internal)?,
    })
}
