//! The keys that decrypt credential requests: a new one each day, and the one of the day before,
//! which a wallet may have read in the metadata. They are made at their first use, stored, and
//! deleted after their second day.

use std::{sync::Arc, time::Duration};

use air_ids::UnixTime;
use air_jwt::jwe::DecryptionKey;

use crate::{App, Refusal};
use air_store::{ReadTx, WriteTx, secrets};

/// The time for which the metadata has a key.
const PERIOD: Duration = Duration::from_hours(24);
/// The beginning of the names of the stored keys.
const PREFIX: &str = "openid4vc-requests-";

/// Returns the keys that decrypt requests now. The first one is that of the metadata.
pub async fn request_keys(app: &App) -> Result<Arc<Vec<DecryptionKey>>, Refusal> {
    let now = app.machine_clock.now();
    let period = number(now);
    if let Some(keys) = app.cache.wallets.request_keys(period) {
        return Ok(keys);
    }
    let mut read = app.store.read().await?;
    let mut current = secrets::find(&mut read, &name(period)).await?;
    let previous = secrets::find(&mut read, &name(period.saturating_sub(1))).await?;
    drop(read);
    if current.is_none() {
        let new = DecryptionKey::generate(&mut rand::rng()).expose_jwk();
        let mut tx = app.store.write().await?;
        current = Some(secrets::find_or_insert(&mut tx, &name(period), new.as_bytes(), now).await?);
        tx.commit().await?;
    }
    let stored = current.into_iter().chain(previous);
    let keys = stored.map(|jwk| DecryptionKey::from_jwk(&jwk).map_err(Refusal::internal));
    let keys = keys.collect::<Result<Vec<_>, Refusal>>()?;
    Ok(app.cache.wallets.keep_request_keys(period, keys))
}

/// The number of the period since 1970.
fn number(now: UnixTime) -> u64 {
    now.as_secs() / PERIOD.as_secs()
}

fn name(period: u64) -> String {
    format!("{PREFIX}{period}")
}

/// The time before which the deleted keys were made: the beginning of the day before.
fn oldest(now: UnixTime) -> UnixTime {
    now.floor(PERIOD).saturating_sub(PERIOD)
}

/// Checks whether any key is too old.
pub(super) async fn any_old(tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
    secrets::any_before(tx, PREFIX, oldest(now)).await
}

/// Deletes the keys that are too old.
pub(super) async fn forget_old(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
    secrets::forget_before(tx, PREFIX, oldest(now)).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::Clock;

    #[tokio::test]
    async fn a_key_is_replaced_each_day_and_deleted_after_its_second_day() {
        let time = Arc::new(AtomicU64::new(1000 * PERIOD.as_secs() + 5));
        let now = time.clone();
        let app = App::for_tests(Clock::new(move || {
            UnixTime::from_secs(now.load(Ordering::SeqCst))
        }))
        .await;
        let kids = async || -> Vec<String> {
            let keys = request_keys(&app).await.unwrap();
            keys.iter().map(|key| key.kid().to_string()).collect()
        };
        let first = kids().await;
        assert_eq!(first.len(), 1);
        assert_eq!(kids().await, first);
        time.fetch_add(PERIOD.as_secs(), Ordering::SeqCst);
        let second = kids().await;
        assert_eq!(second.len(), 2);
        assert_eq!(second[1], first[0]);
        assert_ne!(second[0], first[0]);
        let mut tx = app.store.write().await.unwrap();
        forget_old(&mut tx, app.machine_clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        // The keys of today and yesterday are still stored.
        app.cache.clear();
        assert_eq!(kids().await, second);
        time.fetch_add(PERIOD.as_secs(), Ordering::SeqCst);
        let mut read = app.store.read().await.unwrap();
        assert!(any_old(&mut read, app.machine_clock.now()).await.unwrap());
        drop(read);
        let mut tx = app.store.write().await.unwrap();
        forget_old(&mut tx, app.machine_clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let third = kids().await;
        assert_eq!(third[1], second[0]);
        assert!(!third.contains(&first[0]));
    }
}
