//! Events for the operator's endpoint (`[webhook]`): the entries of the audit log about credentials, in the order of each
//! instance. An event may be sent more than once, with the same id.

use std::time::Duration;

use air_ids::UnixTime;
use futures_util::future::join_all;
use serde::Serialize;

use crate::{
    Error,
    issue::iso_time,
    signed_post::{NotSent, SignedPost},
    state::State,
    store::{
        Store,
        audit::{self, Recorded},
        settings,
    },
};

/// The entries that are read at once. The place is recorded after them.
const BATCH: u64 = 64;
/// The events that are sent at once.
const CONCURRENT: usize = 8;
/// The maximum size of a response.
const LIMIT: usize = 64 * 1024;
/// Entries of another instance are its own to send for this time. After it, the instance may have crashed.
const OWN: Duration = Duration::from_mins(1);
/// The setting that exists once events were on.
const BEGUN: &str = "events";

/// The result of sending events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The number of events that the endpoint has confirmed.
    pub(crate) confirmed: usize,
    /// Whether an event is not confirmed, so that it and the later ones of its instance are sent again.
    pub(crate) has_failed: bool,
}

/// An event on the wire.
#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    external_id: &'a str,
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// `None` for an entry that is about no credential.
    fn of(entry: &'a Recorded) -> Option<Self> {
        let kind = match entry.action.as_str() {
            "prepared" => "credential.issued",
            "received" => "credential.received",
            "stored" => "credential.stored",
            "abandoned" => "credential.failed",
            "revoked" => "credential.revoked",
            _ => return None,
        };
        Some(Self {
            kind,
            timestamp: iso_time(entry.at),
            data: Data {
                external_id: &entry.external_id,
                actor: &entry.actor,
                reason: entry.detail.as_deref(),
            },
        })
    }
}

/// Begins with the next entry, when events are on for the first time: earlier ones are not sent.
pub(crate) async fn begin(store: &Store) -> Result<(), Error> {
    let mut tx = store.write().await?;
    tx.lock(BEGUN).await?;
    if settings::find(&mut tx, BEGUN).await?.is_some() {
        return Ok(());
    }
    for (instance, seq) in audit::ends(&mut tx).await? {
        settings::set(&mut tx, &place_of(&instance), &seq.to_string()).await?;
    }
    settings::set(&mut tx, BEGUN, "begun").await?;
    tx.commit().await?;
    Ok(())
}

/// The setting with the place of the last sent entry of an instance.
fn place_of(instance: &str) -> String {
    format!("events of {instance}")
}

impl State {
    /// Sends the new events of this instance.
    pub(crate) async fn send_own_events(&self) -> Result<Sent, Error> {
        match &self.config.webhook {
            Some(endpoint) => self.send_chain(endpoint, &self.instance, None).await,
            None => Ok(Sent::default()),
        }
    }

    /// Sends the events that other instances have not sent for a minute.
    pub(crate) async fn send_left_events(&self) -> Result<Sent, Error> {
        let mut sent = Sent::default();
        let Some(endpoint) = &self.config.webhook else {
            return Ok(sent);
        };
        let until = self.clock.now().saturating_sub(OWN);
        let mut instance = String::new();
        while let Some(next) = audit::next_instance(&self.store, &instance).await? {
            instance = next;
            if instance != self.instance {
                let of_instance = self.send_chain(endpoint, &instance, Some(until)).await?;
                sent.confirmed += of_instance.confirmed;
                sent.has_failed |= of_instance.has_failed;
            }
        }
        Ok(sent)
    }

    /// Sends the new events of an instance, up to a time.
    async fn send_chain(
        &self,
        endpoint: &SignedPost,
        instance: &str,
        until: Option<UnixTime>,
    ) -> Result<Sent, Error> {
        let name = place_of(instance);
        let place = settings::read(&self.store, &name).await?;
        let mut place: u64 = place.and_then(|place| place.parse().ok()).unwrap_or_default();
        let mut sent = Sent::default();
        loop {
            let mut entries = audit::of_instance(&self.store, instance, place, BATCH).await?;
            let is_due = |entry: &Recorded| until.is_none_or(|until| entry.at <= until);
            let due = entries.iter().take_while(|entry| is_due(entry)).count();
            entries.truncate(due);
            let Some(last) = entries.last() else {
                return Ok(sent);
            };
            for entries in entries.chunks(CONCURRENT) {
                let outcomes = join_all(entries.iter().map(|entry| send(endpoint, entry))).await;
                for outcome in outcomes {
                    match outcome {
                        Ok(is_event) => sent.confirmed += usize::from(is_event),
                        Err(reason) => {
                            tracing::warn!(%reason, "an event is sent again");
                            sent.has_failed = true;
                        }
                    }
                }
                if sent.has_failed {
                    return Ok(sent);
                }
            }
            place = last.seq;
            let mut tx = self.store.write().await?;
            settings::set(&mut tx, &name, &place.to_string()).await?;
            tx.commit().await?;
        }
    }
}

/// Sends the event of an entry. Returns false for an entry without an event.
async fn send(endpoint: &SignedPost, entry: &Recorded) -> Result<bool, String> {
    let Some(event) = Event::of(entry) else {
        return Ok(false);
    };
    let id = format!("{}.{}", entry.instance, entry.seq);
    let body = serde_json::to_vec(&event).map_err(|error| error.to_string())?;
    match endpoint.send(&id, body, LIMIT).await {
        Ok(response) if response.is_success() => Ok(true),
        Ok(response) => Err(format!("the endpoint responded with {}", response.status)),
        Err(NotSent::Fetch(error)) => Err(format!("the endpoint: {error}")),
        Err(error @ NotSent::Unsigned) => Err(error.to_string()),
    }
}
