//! Callbacks notify issuers of each released key and of each key that a user accepted, and
//! subscribed verifiers of new statuses of credentials that they accepted. Each is stored with the
//! change that it reports and then delivered at least once, signed (Standard Webhooks), until the
//! partner's server responds with a 2XX status.

use std::time::Duration;

use air_api::{
    CallbackEvent, CallbackRecord, CallbackStatus, InitializeVerification, IssuerRecord, ModifyIssuer,
    PlatformTime,
    sandbox::{CakAvailable, Callback, CallbackAttempt, CallbackKind, Callbacks, CredentialStatusChanged},
};
use air_fetch::{FetchError, NetworkPolicy};
use air_ids::{PartnerId, UnixTime};
use base64::{Engine, engine::general_purpose::STANDARD};
use rand::RngExt;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use tokio::task::JoinSet;

use super::{
    App, Refusal,
    events::{self, EventKind},
    idempotency::{Caller, IdempotentResponse, RequestKey},
    partner_auth::Authenticated,
    quotas,
};
use crate::ids;
use air_store::{
    ReadTx, WriteTx,
    callbacks::{
        self, AVAILABLE, Attempt, Available, CallbackFilter, Due, DueTime, Record, Release, STATUS_CHANGED,
        StatusChange,
    },
    dashboard::Order,
    partners,
    schema_index::Window,
};

/// Returns the network policy of callbacks, whose URLs come from partners. A local platform allows
/// loopback for development. Private networks are never allowed.
pub(crate) fn reach(is_local: bool) -> NetworkPolicy {
    if is_local {
        NetworkPolicy::PublicAndLoopback
    } else {
        NetworkPolicy::Public
    }
}
/// The lease of a delivery in seconds, after which it is retried. It is longer than a request's timeout.
const LEASE: Duration = Duration::from_mins(1);
/// The maximum delay between attempts, in seconds.
const LONGEST_WAIT: u64 = 300;
/// The number of callbacks on a page.
const PAGE: u32 = 100;

/// `POST /issuer/modify`.
pub async fn modify_issuer(
    app: &App,
    caller: &Authenticated,
    request: ModifyIssuer,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<IssuerRecord>, Refusal> {
    let partner = &caller.partner;
    if let Err(reason) = app.fetcher.check(request.callback_url.as_str()) {
        return Err(Refusal::bad_request(format!("callbackUrl: {reason}")));
    }
    app.idempotent(
        Caller::new(partner.partner_id.as_str(), ""),
        request_key,
        async |tx| {
            let new = new_secret();
            let url = request.callback_url.as_str();
            let secret = callbacks::set_url(tx, &partner.partner_id, url, &new).await?;
            tx.record(&EventKind::IssuerModified(partner)).await?;
            Ok(IssuerRecord {
                issuer_did: partner.issuer_did.clone(),
                callback_url: request.callback_url.into(),
                // An existing secret was already returned when it was created.
                callback_secret: (secret == new).then_some(secret),
            })
        },
    )
    .await
}

/// `POST /sandbox/v1/callbacks/secret`: replaces the secret that signs callbacks.
pub async fn rotate_secret(app: &App, caller: &Authenticated) -> Result<IssuerRecord, Refusal> {
    let partner = &caller.partner;
    let secret = new_secret();
    let mut tx = app.store.write().await?;
    let callback_url = callbacks::set_secret(&mut tx, &partner.partner_id, &secret)
        .await?
        .ok_or_else(|| {
            Refusal::not_found("this issuer has no callback URL yet; set one by POST /v1/issuer/modify")
        })?;
    let now = app.platform_clock.now();
    events::record(&mut tx, &EventKind::IssuerModified(partner), now).await?;
    app.commit(tx).await?;
    Ok(IssuerRecord {
        issuer_did: partner.issuer_did.clone(),
        callback_url,
        callback_secret: Some(secret),
    })
}

/// Returns a new secret in the format of Standard Webhooks.
fn new_secret() -> String {
    format!("whsec_{}", STANDARD.encode(ids::secret()))
}

/// `POST /verifier/verify/initialize`.
pub async fn initialize(
    app: &App,
    caller: &Authenticated,
    request: InitializeVerification,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<CallbackRecord>, Refusal> {
    let verifier = &caller.partner;
    app.idempotent(
        Caller::new(verifier.partner_id.as_str(), ""),
        request_key,
        async |tx| {
            let issuer = partners::find_by_issuer(tx, request.issuer_did.as_str())
                .await?
                .ok_or_else(|| Refusal::not_found("no such issuer"))?;
            quotas::check_open_callbacks(app, tx, &issuer.partner_id, &verifier.partner_id).await?;
            let (record_id, now) = (ids::uuid(), tx.now);
            callbacks::open(tx, &record_id, &issuer.partner_id, &verifier.partner_id, now).await?;
            let event = EventKind::CallbackOpened {
                issuer_id: &issuer.partner_id,
                record_id: &record_id,
            };
            tx.record(&event).await?;
            Ok(CallbackRecord {
                record_id,
                issuer_did: request.issuer_did,
                verifier_did: verifier.verifier_did.clone(),
                status: CallbackStatus::NotSend,
            })
        },
    )
    .await
}

/// Stores the event of a released key and fills an open callback record in the same transaction.
/// Opens a record if none is open.
pub(crate) async fn released(tx: &mut WriteTx, release: Release<'_>, now: UnixTime) -> sqlx::Result<()> {
    events::record(tx, &EventKind::CakReleased(release), now).await?;
    if callbacks::fill(tx, release, now).await? {
        return Ok(());
    }
    let record_id = ids::uuid();
    callbacks::open(tx, &record_id, release.issuer_id, release.verifier_id, now).await?;
    let event = EventKind::CallbackOpened {
        issuer_id: release.issuer_id,
        record_id: &record_id,
    };
    events::record(tx, &event, now).await?;
    callbacks::fill(tx, release, now).await.map(drop)
}

/// Stores the event of a key that a user accepted, and a record that reports it, in the same transaction.
pub(crate) async fn available(tx: &mut WriteTx, available: Available<'_>, now: UnixTime) -> sqlx::Result<()> {
    events::record(tx, &EventKind::CakAvailable(available), now).await?;
    let record_id = ids::uuid();
    callbacks::insert_available(tx, &record_id, available, now).await?;
    let event = EventKind::CallbackOpened {
        issuer_id: available.issuer_id,
        record_id: &record_id,
    };
    events::record(tx, &event, now).await
}

/// Stores a record that tells a subscribed verifier about a new status.
pub(crate) async fn status_changed(
    tx: &mut WriteTx,
    change: StatusChange<'_>,
    now: UnixTime,
) -> sqlx::Result<()> {
    let record_id = ids::uuid();
    callbacks::insert_status_change(tx, &record_id, change, now).await?;
    let event = EventKind::CallbackOpened {
        issuer_id: &change.verification.partner_id,
        record_id: &record_id,
    };
    events::record(tx, &event, now).await
}

/// `GET /sandbox/v1/callbacks`.
pub async fn list(app: &App, caller: &Authenticated, page: u32) -> Result<Callbacks, Refusal> {
    list_of(app, &caller.partner.partner_id, page).await
}

/// Returns a page of an issuer's callbacks. The caller must have identified the issuer.
async fn list_of(app: &App, issuer_id: &PartnerId, page: u32) -> Result<Callbacks, Refusal> {
    let earlier = page
        .checked_sub(1)
        .ok_or_else(|| Refusal::bad_request("page: must be at least 1"))?;
    let window = Window {
        offset: u64::from(earlier) * u64::from(PAGE),
        // One more than a page shows whether there is a next page.
        limit: u64::from(PAGE) + 1,
    };
    let mut read = app.store.read().await?;
    let mut records = callbacks::of_issuer(&mut read, issuer_id, window).await?;
    let is_last = records.len() <= PAGE as usize;
    records.truncate(PAGE as usize);
    let mut listed = with_attempts(&mut read, records).await?;
    let attempts = listed.iter_mut().flat_map(|callback| &mut callback.attempts);
    attempts.for_each(hide_details);
    Ok(Callbacks {
        callbacks: listed,
        next_page: if is_last { None } else { page.checked_add(1) },
    })
}

/// Returns the callbacks of all issuers that match, each with its issuer's ID and name. Only for
/// viewers who may see everything.
pub(crate) async fn newest(
    app: &App,
    filter: CallbackFilter<'_>,
    order: Option<Order<'_>>,
    window: Window,
) -> Result<Vec<(String, String, Callback)>, Refusal> {
    let mut read = app.store.read().await?;
    let (mut issuers, mut records) = (Vec::new(), Vec::new());
    for found in callbacks::newest(&mut read, filter, order, window).await? {
        issuers.push((found.issuer_id.into(), found.issuer_name));
        records.push(found.record);
    }
    let listed = with_attempts(&mut read, records).await?;
    let pairs = issuers.into_iter().zip(listed);
    Ok(pairs.map(|((id, name), callback)| (id, name, callback)).collect())
}

/// Describes records with their attempts, in the same order.
async fn with_attempts(read: &mut ReadTx, records: Vec<Record>) -> Result<Vec<Callback>, Refusal> {
    let ids: Vec<&str> = records.iter().map(|record| record.record_id.as_str()).collect();
    let mut attempts = callbacks::attempts(read, &ids).await?;
    let describe_one = |record: Record| {
        let attempts = attempts.remove(&record.record_id).unwrap_or_default();
        describe_record(record, attempts)
    };
    records.into_iter().map(describe_one).collect()
}

fn describe_record(record: Record, attempts: Vec<Attempt>) -> Result<Callback, Refusal> {
    Ok(Callback {
        record_id: record.record_id,
        event: kind(&record.event),
        verifier_did: record.verifier_did,
        status: i8::try_from(record.status)
            .ok()
            .and_then(|number| CallbackStatus::try_from(number).ok())
            .ok_or_else(|| Refusal::internal("a callback of an unknown status"))?,
        created_at: time(record.created_at),
        next_attempt_at: record.next_attempt_at.map(time),
        attempts: attempts.into_iter().map(describe).collect(),
    })
}

/// `POST /sandbox/v1/callbacks/{id}/replay`.
pub async fn replay(app: &App, caller: &Authenticated, record_id: &str) -> Result<Callbacks, Refusal> {
    let partner = &caller.partner;
    replay_of(app, &partner.partner_id, record_id).await?;
    list_of(app, &partner.partner_id, 1).await
}

/// Schedules an issuer's callback for delivery again. The caller must have identified the issuer.
pub async fn replay_of(app: &App, issuer_id: &PartnerId, record_id: &str) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    let now = app.platform_clock.now();
    if !callbacks::replay(&mut tx, record_id, issuer_id, now).await? {
        return Err(Refusal::not_found(
            "this issuer has no such callback, or the callback has no content yet",
        ));
    }
    let event = EventKind::CallbackReplayed { issuer_id, record_id };
    events::record(&mut tx, &event, now).await?;
    app.commit(tx).await.map_err(Refusal::from)
}

fn kind(event: &str) -> CallbackKind {
    match event {
        AVAILABLE => CallbackKind::Available,
        STATUS_CHANGED => CallbackKind::StatusChanged,
        _ => CallbackKind::Released,
    }
}

fn time(time: UnixTime) -> PlatformTime {
    PlatformTime::from_unix(time)
}

/// Hides the response from the partner. The partner chooses the URL and could otherwise scan the
/// platform's network.
fn hide_details(attempt: &mut CallbackAttempt) {
    attempt.http_status = None;
    attempt.failure = None;
}

fn describe(attempt: Attempt) -> CallbackAttempt {
    CallbackAttempt {
        at: time(attempt.at),
        delivered: attempt
            .http_status
            .is_some_and(|status| (200..300).contains(&status)),
        http_status: attempt.http_status.and_then(|status| u16::try_from(status).ok()),
        failure: attempt.failure,
    }
}

/// Delivers some due callbacks concurrently.
pub(crate) async fn deliver_due(app: &App) -> sqlx::Result<()> {
    let now = app.platform_clock.now();
    if !callbacks::is_due(&mut *app.store.read().await?, due_time(now)).await? {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    // The stored clock applies, because it may have been moved since.
    let now = app.stored_time(&mut tx).await?;
    let due = callbacks::lease(&mut tx, due_time(now), now.saturating_add(LEASE)).await?;
    tx.commit().await?;
    // No transaction is open while the deliveries wait for other servers.
    let mut deliveries = JoinSet::new();
    for one in due {
        let app = app.clone();
        deliveries.spawn(async move { deliver(&app, &one).await });
    }
    while let Some(delivered) = deliveries.join_next().await {
        delivered.unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
    }
    Ok(())
}

fn due_time(now: UnixTime) -> DueTime {
    DueTime {
        now,
        latest: now.saturating_add(Duration::from_secs(LONGEST_WAIT)),
    }
}

#[tracing::instrument(name = "callback.deliver", skip_all, fields(record = due.record_id))]
async fn deliver(app: &App, due: &Due) -> sqlx::Result<()> {
    let at = app.platform_clock.now();
    let answer = post(app, due).await;
    let wait = match answer {
        Ok(200..300) => None,
        _ => Some(wait(due.attempts)),
    };
    app.metrics.callback_attempted(answer.ok());
    let attempt = Attempt {
        at,
        http_status: answer.ok().map(u64::from),
        failure: answer.err().map(|error| error.to_string()),
    };
    tracing::info!(record = due.record_id, status = ?attempt.http_status, failure = ?attempt.failure, "callback");
    let mut tx = app.store.write().await?;
    let next = wait.map(|wait| at.saturating_add(wait));
    callbacks::record(&mut tx, &due.record_id, &attempt, next).await?;
    let (issuer_id, record_id) = (&due.issuer_id, &due.record_id);
    let event = match next {
        None => EventKind::CallbackDelivered { issuer_id, record_id },
        Some(_) => EventKind::CallbackAttempted {
            issuer_id,
            record_id,
            http_status: answer.ok(),
            failure: attempt.failure.as_deref(),
        },
    };
    events::record(&mut tx, &event, at).await?;
    app.commit(tx).await
}

async fn post(app: &App, due: &Due) -> Result<u16, FetchError> {
    // Receivers verify the signature with their own clock.
    let at = app.machine_clock.now();
    let unsendable = FetchError::Unreadable {
        expected: "an event of this version",
    };
    let body = body(due).map_err(|_| unsendable)?;
    let signed_at = i64::try_from(at.as_secs()).map_err(|_| unsendable)?;
    let signature = Webhook::new(&due.secret)
        .and_then(|webhook| webhook.sign(&due.record_id, signed_at, &body))
        .map_err(|_| unsendable)?;
    let timestamp = at.as_secs().to_string();
    let headers = [
        (HEADER_WEBHOOK_ID, due.record_id.as_str()),
        (HEADER_WEBHOOK_TIMESTAMP, &timestamp),
        (HEADER_WEBHOOK_SIGNATURE, &signature),
    ];
    if app.faults.is_callback_outage() {
        return Err(FetchError::Connect);
    }
    app.fetcher.post_json(&due.url, &headers, body).await
}

fn body(due: &Due) -> Result<Vec<u8>, Refusal> {
    let missing = || Refusal::internal("a callback without its content");
    let (user_id, schema_id) = (due.user_uuid.clone(), due.schema_id.clone());
    let body = match kind(&due.event) {
        CallbackKind::Available => serde_json::to_vec(&CakAvailable {
            kind: CallbackKind::Available,
            user_id,
            issuer_did: due.issuer_did.clone(),
            schema_id,
            curve: due.curve.ok_or_else(missing)?,
        }),
        CallbackKind::StatusChanged => serde_json::to_vec(&CredentialStatusChanged {
            kind: CallbackKind::StatusChanged,
            verification_id: due.verification_id.clone().ok_or_else(missing)?,
            program_id: due.program_id.clone().ok_or_else(missing)?,
            user_id,
            status: due.credential_status.ok_or_else(missing)?,
        }),
        _ => serde_json::to_vec(&CallbackEvent {
            user_id,
            verifier_did: due.verifier_did.clone().ok_or_else(missing)?,
            schema_id,
        }),
    };
    body.map_err(Refusal::internal)
}

/// Returns the delay before the next attempt: 1 s, doubled each time up to five minutes, with a
/// random part that spreads the retries.
fn wait(attempts: u64) -> Duration {
    let longest = 1_u64
        .checked_shl(u32::try_from(attempts).unwrap_or(u32::MAX))
        .unwrap_or(LONGEST_WAIT)
        .min(LONGEST_WAIT);
    Duration::from_secs(rand::rng().random_range(longest.div_ceil(2)..=longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        for (attempts, shortest, longest) in [
            (0, 1, 1),
            (1, 1, 2),
            (4, 8, 16),
            (9, 150, 300),
            (64, 150, 300),
            (u64::MAX, 150, 300),
        ] {
            for _ in 0..50 {
                assert!(
                    (shortest..=longest).contains(&wait(attempts).as_secs()),
                    "{attempts}"
                );
            }
        }
    }
}
