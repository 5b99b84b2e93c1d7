//! The platform's clock. Users move it forward to test how credentials, programs and callbacks
//! depend on time.

mod source;

use std::time::Duration;

use air_api::{
    PlatformTime,
    sandbox::{MoveClock, PlatformClock},
};

pub use self::source::{Clock, VirtualClock};
use super::{
    App, Refusal,
    events::EventKind,
    idempotency::{Caller, IdempotentResponse, RequestKey},
};
use air_store::clock;

/// The maximum offset in seconds: 100 years.
const FURTHEST: u64 = 100 * 365 * 86_400;

/// `GET /sandbox/v1/clock`.
#[must_use]
pub fn read(app: &App) -> PlatformClock {
    reading(app, app.platform_clock.offset())
}

/// `PUT /sandbox/v1/clock`.
pub async fn set(
    app: &App,
    request: MoveClock,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<PlatformClock>, Refusal> {
    let moved = app.idempotent(Caller::SET_UP, request_key, async |tx| {
        let current = clock::offset(tx).await?;
        let offset = match request {
            MoveClock::Reset {} => 0,
            MoveClock::AdvanceSeconds(seconds) => current.saturating_add(seconds),
            MoveClock::Now(time) => {
                let ahead = time
                    .to_unix()
                    .checked_duration_since(app.machine_clock.now())
                    .map(|ahead| ahead.as_secs());
                ahead.filter(|ahead| *ahead >= current).ok_or_else(|| {
                    Refusal::bad_request(
                        "now: this time has passed on the platform; move its clock forward, or reset it",
                    )
                })?
            }
            _ => {
                return Err(Refusal::bad_request("pass one of now, advanceSeconds and reset"));
            }
        };
        if offset > FURTHEST {
            return Err(Refusal::bad_request(
                "the platform's clock can be at most 100 years ahead of the machine's",
            ));
        }
        clock::set_offset(tx, offset).await?;
        let moved = reading(app, offset);
        tx.now = moved.now.to_unix();
        tx.record(&EventKind::ClockMoved(moved)).await?;
        Ok(moved)
    });
    let moved = moved.await?;
    if !moved.is_replayed() {
        app.platform_clock.set_offset(moved.body().offset_seconds);
    }
    Ok(moved)
}

/// Loads the stored offset when the platform starts.
pub(crate) async fn reload(app: &App) -> sqlx::Result<()> {
    let mut read = app.store.read().await?;
    let offset = clock::offset(&mut read).await?;
    app.platform_clock.set_offset(offset);
    Ok(())
}

/// Loads the offset that another process has stored.
pub(crate) async fn follow(app: &App) -> sqlx::Result<()> {
    let before = app.platform_clock.offset();
    let mut read = app.store.read().await?;
    let offset = clock::offset(&mut read).await?;
    app.platform_clock.follow(before, offset);
    Ok(())
}

fn reading(app: &App, offset_seconds: u64) -> PlatformClock {
    let now = app
        .machine_clock
        .now()
        .saturating_add(Duration::from_secs(offset_seconds));
    PlatformClock {
        now: PlatformTime::from_unix(now),
        offset_seconds,
    }
}
