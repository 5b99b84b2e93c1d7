//! Saves the whole state of the platform under a name, restores it, or resets it.

use air_api::{PlatformTime, sandbox};
use air_ids::UnixTime;

use super::{
    App, Refusal, airkit, catalogue,
    events::{self, EventKind},
};
use air_store::snapshots::{Snapshot, SnapshotError};

/// `POST /sandbox/v1/snapshots`.
pub async fn save(app: &App, name: &str) -> Result<sandbox::Snapshot, Refusal> {
    let saved = app.store.save_snapshot(name).await?;
    record(app, &EventKind::SnapshotSaved(name)).await?;
    Ok(describe(saved))
}

/// `GET /sandbox/v1/snapshots`.
pub fn list(app: &App) -> Result<sandbox::Snapshots, Refusal> {
    let snapshots = app.store.list_snapshots()?;
    Ok(sandbox::Snapshots {
        snapshots: snapshots.into_iter().map(describe).collect(),
    })
}

/// `POST /sandbox/v1/snapshots/{name}/restore`.
pub async fn restore(app: &App, name: &str) -> Result<sandbox::Snapshot, Refusal> {
    let event = events::owned(&EventKind::SnapshotRestored(name));
    let now = app.machine_clock.now();
    let has_key = airkit::has_key(app).await?;
    let restored = app.store.restore_snapshot(name, event, now, take_over(app));
    let restored = restored.await?;
    rebuild_derived_state(app, has_key).await?;
    Ok(describe(restored))
}

/// `DELETE /sandbox/v1/snapshots/{name}`.
pub async fn delete(app: &App, name: &str) -> Result<sandbox::Snapshot, Refusal> {
    let deleted = app.store.delete_snapshot(name)?;
    record(app, &EventKind::SnapshotDeleted(name)).await?;
    Ok(describe(deleted))
}

/// `POST /sandbox/v1/reset`.
pub async fn reset(app: &App) -> Result<(), Refusal> {
    let event = events::owned(&EventKind::PlatformReset);
    let now = app.machine_clock.now();
    let has_key = airkit::has_key(app).await?;
    app.store.reset(event, now, take_over(app)).await?;
    app.faults
        .set(sandbox::Faults::default())
        .map_err(Refusal::internal)?;
    rebuild_derived_state(app, has_key).await
}

/// Clears the cache and sets the clock of the restored snapshot, both before the next change begins.
pub(crate) fn take_over(app: &App) -> impl Fn(u64) + Send + Sync + 'static {
    let (cache, clock) = (app.cache.clone(), app.platform_clock.clone());
    move |offset| {
        clock.set_offset(offset);
        cache.clear();
    }
}

/// Rebuilds the state that is derived from stored rows. A platform that published a key of access tokens publishes one
/// again, which may be new.
async fn rebuild_derived_state(app: &App, has_key: bool) -> Result<(), Refusal> {
    catalogue::index_missing(&app.store).await?;
    if has_key {
        airkit::find_or_generate_key(app).await?;
    }
    app.notifier.ring();
    Ok(())
}

async fn record(app: &App, event: &EventKind<'_>) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    events::record(&mut tx, event, app.platform_clock.now()).await?;
    Ok(app.commit(tx).await?)
}

fn describe(snapshot: Snapshot) -> sandbox::Snapshot {
    sandbox::Snapshot {
        name: snapshot.name,
        saved_at: PlatformTime::from_unix(UnixTime::from_system_time(snapshot.saved_at)),
        size: snapshot.size,
    }
}

impl From<SnapshotError> for Refusal {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::Name => Self::bad_request(error.to_string()),
            SnapshotError::Unknown => Self::not_found(error.to_string()),
            SnapshotError::Anchored { .. }
            | SnapshotError::Postgres
            | SnapshotError::Taken
            | SnapshotError::TooMany
            | SnapshotError::OtherVersion => Self::conflict(error.to_string()),
            _ => Self::internal(error),
        }
    }
}
