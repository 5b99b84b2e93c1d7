//! Sends notices of the changes of credentials to their holders by the platform's channel. The log
//! of events fills an outbox, from which a background task sends, so a slow or dead mail server
//! delays no request.

use std::{sync::Arc, time::Duration};

use air_api::PlatformTime;
use air_ids::UnixTime;
use air_store::notice_outbox::{self, DueNotice, DueTime};
use rand::RngExt;
use tokio::task::JoinSet;

use super::{App, text::bounded};
use crate::channel::{self, Channel, Message};

/// The number of notices that are sent at once.
const LIMIT: u64 = 16;
/// The number of events in one read.
const WINDOW: u64 = 500;
/// The lease of a notice, after which it is sent again. It is longer than an attempt.
const LEASE: Duration = Duration::from_mins(1);
/// The number of attempts. With the delays between them, they take about eight hours.
const ATTEMPTS: u64 = 16;
/// The first delay between attempts, in seconds. Each one is twice as long.
const FIRST_WAIT: u64 = 5;
/// The maximum delay between attempts, in seconds.
const LONGEST_WAIT: u64 = 3600;
/// The maximum length of a partner's name or a title in a message, in bytes.
const NAME_LIMIT: usize = 200;

/// Prepares the outbox for a start with or without a channel: before the first request, so that no event is missed.
pub(crate) async fn begin(app: &App) -> sqlx::Result<()> {
    match &app.channel {
        Some(_) => collect(app).await,
        None => turn_off(app).await,
    }
}

/// Reads new events, and sends the notices that are due.
pub(crate) async fn run(app: &App, channel: &Arc<dyn Channel>) -> sqlx::Result<()> {
    collect(app).await?;
    while send_due(app, channel).await? {}
    Ok(())
}

/// Reads new events into the outbox.
async fn collect(app: &App) -> sqlx::Result<()> {
    loop {
        // The connection is free again before the outbox is written.
        let unread = notice_outbox::unread(&mut *app.store.read().await?, WINDOW).await?;
        let Some(unread) = unread else { break };
        let is_full = unread.events == WINDOW;
        // Without a notice, the position is stored once for many events.
        if !unread.has_notices && !is_full {
            return Ok(());
        }
        let mut tx = app.store.write().await?;
        notice_outbox::store(&mut tx, &unread).await?;
        tx.commit().await?;
        if !is_full {
            return Ok(());
        }
    }
    let mut tx = app.store.write().await?;
    let now = app.stored_time(&mut tx).await?;
    notice_outbox::turn_on(&mut tx, now).await?;
    tx.commit().await
}

/// Deletes the outbox of an earlier start that had a channel.
async fn turn_off(app: &App) -> sqlx::Result<()> {
    if !notice_outbox::is_on(&mut *app.store.read().await?).await? {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    notice_outbox::turn_off(&mut tx).await?;
    tx.commit().await
}

/// Sends some due notices concurrently. Returns whether there may be more.
async fn send_due(app: &App, channel: &Arc<dyn Channel>) -> sqlx::Result<bool> {
    let now = app.platform_clock.now();
    if !notice_outbox::is_due(&mut *app.store.read().await?, due_time(now)).await? {
        return Ok(false);
    }
    let mut tx = app.store.write().await?;
    // The stored clock applies, because it may have been moved since.
    let now = app.stored_time(&mut tx).await?;
    let due = notice_outbox::lease(&mut tx, due_time(now), now.saturating_add(LEASE), LIMIT).await?;
    tx.commit().await?;
    let may_be_more = due.len() as u64 == LIMIT;
    // No transaction is open while the messages wait for the mail server.
    let mut attempts = JoinSet::new();
    for notice in due {
        let (app, channel) = (app.clone(), channel.clone());
        attempts.spawn(async move { send(&app, &*channel, &notice, now).await });
    }
    while let Some(attempted) = attempts.join_next().await {
        attempted.unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
    }
    Ok(may_be_more)
}

fn due_time(now: UnixTime) -> DueTime {
    DueTime {
        now,
        latest: now.saturating_add(Duration::from_secs(LONGEST_WAIT)),
    }
}

#[tracing::instrument(name = "notice.send", skip_all, fields(credential = %notice.core_claim_hash, kind = notice.kind))]
async fn send(app: &App, channel: &dyn Channel, notice: &DueNotice, now: UnixTime) -> sqlx::Result<()> {
    let wait = match message(notice, &app.public_url, now) {
        Some(message) => attempt(app, channel, &message, notice.attempts).await,
        None => None,
    };
    let mut tx = app.store.write().await?;
    match wait {
        Some(wait) => {
            let at = app.stored_time(&mut tx).await?.saturating_add(wait);
            notice_outbox::postpone(&mut tx, notice, at).await?;
        }
        None => notice_outbox::delete(&mut tx, notice).await?,
    }
    tx.commit().await
}

/// Returns the delay before the next attempt, or `None` if there is none.
async fn attempt(app: &App, channel: &dyn Channel, message: &Message, before: u64) -> Option<Duration> {
    let outcome = channel::send(channel, message).await;
    app.metrics.message_attempted(outcome);
    let error = outcome.err()?;
    let is_last = before.saturating_add(1) >= ATTEMPTS;
    if error.is_retryable() && !is_last {
        tracing::info!(%error, attempts = before + 1, "a notice could not be sent; it is sent again later");
        return Some(wait(before));
    }
    tracing::warn!(%error, attempts = before + 1, "a notice could not be sent; it stays in the wallet's page");
    None
}

/// Writes the message of a notice. Returns `None` if the notice is no longer true, or if the user
/// deleted the credential.
fn message(notice: &DueNotice, public_url: &str, now: UnixTime) -> Option<Message> {
    if notice.is_deleted {
        return None;
    }
    let is_expired = notice.expires_at.is_some_and(|at| at <= now);
    let is_valid = notice.revoked_at.is_none() && !is_expired;
    let (is_true, subject, change) = match notice.kind.as_str() {
        "issued" => (is_valid, "A credential was issued to you", "was issued to you"),
        "expiring" => (is_valid, "A credential of yours expires soon", "expires soon"),
        "expired" => (
            is_expired && notice.revoked_at.is_none_or(|at| Some(at) >= notice.expires_at),
            "A credential of yours has expired",
            "has expired",
        ),
        _ => (
            notice.revoked_at.is_some(),
            "A credential of yours was revoked",
            "was revoked by its issuer",
        ),
    };
    is_true.then(|| Message {
        to: notice.email.as_str().to_owned(),
        subject,
        text: text(notice, change, public_url),
    })
}

fn text(notice: &DueNotice, change: &str, public_url: &str) -> String {
    let time = |seconds| format!("{} UTC", PlatformTime::from_unix(seconds));
    let mut lines = vec![
        format!("This credential {change}:"),
        String::new(),
        format!("  Credential: {}", bounded(&notice.title, NAME_LIMIT)),
        format!("  Issuer:     {}", bounded(&notice.issuer_name, NAME_LIMIT)),
        format!("  Issued:     {}", time(notice.issued_at)),
    ];
    lines.extend(notice.expires_at.map(|at| format!("  Expires:    {}", time(at))));
    lines.extend(notice.revoked_at.map(|at| format!("  Revoked:    {}", time(at))));
    lines.extend([
        String::new(),
        format!("Your wallet shows it: {public_url}/wallet"),
        String::new(),
        "You get this message because the credential was issued to this".to_owned(),
        "e-mail address. The issuer chose its own name and the title of the".to_owned(),
        "credential. This message asks you for no password and no code.".to_owned(),
        String::new(),
    ]);
    lines.join("\n")
}

/// Returns the delay before the next attempt, with a random part that spreads the retries.
fn wait(attempts: u64) -> Duration {
    let doubled = u32::try_from(attempts)
        .ok()
        .and_then(|attempts| FIRST_WAIT.checked_shl(attempts));
    let longest = doubled
        .filter(|wait| *wait >= FIRST_WAIT)
        .unwrap_or(LONGEST_WAIT)
        .min(LONGEST_WAIT);
    Duration::from_secs(rand::rng().random_range(longest.div_ceil(2)..=longest))
}

#[cfg(test)]
mod tests {
    use air_ids::CoreClaimHash;

    use super::*;

    const ISSUED_AT: UnixTime = UnixTime::from_secs(1_800_000_000);
    const EXPIRES_AT: UnixTime = UnixTime::from_secs(1_800_001_000);

    fn notice(kind: &str) -> DueNotice {
        DueNotice {
            core_claim_hash: CoreClaimHash::from_bytes([1; 32]),
            kind: kind.to_owned(),
            attempts: 0,
            email: "ada@example.com".parse().unwrap(),
            title: "Adult".to_owned(),
            issuer_name: "Zenith".to_owned(),
            issued_at: ISSUED_AT,
            expires_at: Some(EXPIRES_AT),
            revoked_at: None,
            is_deleted: false,
        }
    }

    #[test]
    fn a_notice_is_sent_only_while_it_is_true() {
        let before = |at: UnixTime| at.saturating_sub(Duration::from_secs(1));
        for (kind, revoked_at, now, is_sent) in [
            ("issued", None, ISSUED_AT, true),
            ("issued", None, EXPIRES_AT, false),
            ("issued", Some(ISSUED_AT), ISSUED_AT, false),
            ("expiring", None, before(EXPIRES_AT), true),
            ("expiring", None, EXPIRES_AT, false),
            ("expiring", Some(ISSUED_AT), before(EXPIRES_AT), false),
            ("expired", None, before(EXPIRES_AT), false),
            ("expired", None, EXPIRES_AT, true),
            ("expired", Some(before(EXPIRES_AT)), EXPIRES_AT, false),
            ("expired", Some(EXPIRES_AT), EXPIRES_AT, true),
            ("revoked", None, ISSUED_AT, false),
            ("revoked", Some(ISSUED_AT), ISSUED_AT, true),
        ] {
            let mut notice = notice(kind);
            notice.revoked_at = revoked_at;
            let message = message(&notice, "https://air.example", now);
            assert_eq!(message.is_some(), is_sent, "{kind} {revoked_at:?} {now:?}");
            notice.is_deleted = true;
            assert!(
                super::message(&notice, "https://air.example", now).is_none(),
                "{kind}"
            );
        }
    }

    #[test]
    fn a_message_has_dates_and_names_and_no_values() {
        let message = message(&notice("issued"), "https://air.example", ISSUED_AT).unwrap();
        assert_eq!(
            (message.to.as_str(), message.subject),
            ("ada@example.com", "A credential was issued to you")
        );
        for shown in [
            "Adult",
            "Zenith",
            "2027-01-15 08:00:00 UTC",
            "2027-01-15 08:16:40 UTC",
            "https://air.example/wallet",
        ] {
            assert!(message.text.contains(shown), "{shown}: {}", message.text);
        }
        assert!(
            !message.text.contains("ada@example.com") && !message.text.contains("0x01"),
            "{}",
            message.text
        );
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        for (attempts, shortest, longest) in [
            (0, 3, 5),
            (1, 5, 10),
            (9, 1280, 2560),
            (10, 1800, 3600),
            (63, 1800, 3600),
            (u64::MAX, 1800, 3600),
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
