//! The check of the audit log's chains. It reads the whole log, so its result is kept for a minute.

use std::time::Duration;

use air_ids::UnixTime;
use tokio::{sync::Mutex, time::timeout};

use crate::store::{Store, audit};

const KEPT: Duration = Duration::from_mins(1);
/// The time limit of a check.
const LIMIT: Duration = Duration::from_secs(5);

/// The result of the last check.
#[derive(Default)]
pub(super) struct ChainCheck(Mutex<Option<Checked>>);

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) at: UnixTime,
    pub(super) chains: Chains,
}

/// The state of the chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chains {
    /// Each entry follows from the one before it.
    Intact { entries: u64 },
    /// An entry was changed or removed.
    Broken,
    /// The log is too long to be checked in time.
    TooLong,
}

impl ChainCheck {
    /// Returns a result that is at most a minute old. Concurrent callers share one check.
    pub(super) async fn result(&self, store: &Store, now: UnixTime) -> sqlx::Result<Checked> {
        let mut last = self.0.lock().await;
        if let Some(checked) = *last
            && now.abs_diff(checked.at) < KEPT
        {
            return Ok(checked);
        }
        let chains = match timeout(LIMIT, audit::verify(store)).await {
            Ok(verified) => match verified? {
                Some(entries) => Chains::Intact { entries },
                None => Chains::Broken,
            },
            Err(_) => Chains::TooLong,
        };
        let checked = Checked { at: now, chains };
        *last = Some(checked);
        Ok(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::DatabaseConfig,
        store::audit::{Action, Entry},
    };

    #[tokio::test]
    async fn a_result_is_kept_for_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for external_id in ["urn:uuid:1", "urn:uuid:2"] {
            let entry = Entry {
                at: UnixTime::from_secs(1),
                action: Action::Prepared,
                external_id,
                actor: "worker",
            };
            audit::append(&mut tx, "a", &entry).await.unwrap();
        }
        tx.commit().await.unwrap();
        let check = ChainCheck::default();
        let at = |seconds: u64| UnixTime::from_secs(1_000 + seconds);
        let intact = Checked {
            at: at(0),
            chains: Chains::Intact { entries: 2 },
        };
        assert_eq!(check.result(&store, at(0)).await.unwrap(), intact);
        sqlx::query("UPDATE audit SET actor = 'x' WHERE seq = 1")
            .execute(store.reader())
            .await
            .unwrap();
        assert_eq!(check.result(&store, at(59)).await.unwrap(), intact);
        let broken = Checked {
            at: at(60),
            chains: Chains::Broken,
        };
        assert_eq!(check.result(&store, at(60)).await.unwrap(), broken);
        store.close().await;
    }
}
