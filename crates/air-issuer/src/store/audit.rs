//! The audit log: append-only, and chained by hashes for each instance, so that a removed or
//! changed entry is detected.

pub(super) mod export;
mod list;

use air_ids::UnixTime;
use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

pub(crate) use self::{
    export::{Chained, after, ends, next_instance, of_instance},
    list::{Recorded, list, of_credential},
};
use super::{Store, WriteTx, placeholders, time_column};

/// The `previous` of an instance's first entry.
const FIRST: &str = "";
/// The entries that are read at once.
const PAGE: i64 = 1_000;

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Prepared,
    Stored,
    Abandoned,
    Revoked,
    /// The database was restored from a backup.
    Restored,
    /// A credential was offered to a wallet. The entry names the offer.
    #[cfg(feature = "openid4vc")]
    Offered,
    /// An offer to a wallet was withdrawn. The entry names the offer.
    #[cfg(feature = "openid4vc")]
    Withdrawn,
    /// A wallet received a credential.
    #[cfg(feature = "openid4vc")]
    Received,
    /// It is from the database of another service.
    #[cfg(feature = "postgres")]
    Imported,
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Stored => "stored",
            Self::Abandoned => "abandoned",
            Self::Revoked => "revoked",
            Self::Restored => "restored",
            #[cfg(feature = "openid4vc")]
            Self::Offered => "offered",
            #[cfg(feature = "openid4vc")]
            Self::Withdrawn => "withdrawn",
            #[cfg(feature = "openid4vc")]
            Self::Received => "received",
            #[cfg(feature = "postgres")]
            Self::Imported => "imported",
        }
    }
}

/// An entry to append.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) at: UnixTime,
    pub(crate) action: Action,
    pub(crate) external_id: &'a str,
    /// The API key by the start of its digest, `worker`, `import`, or `restore`.
    pub(crate) actor: &'a str,
}

/// Appends an entry to the chain of this instance.
pub(crate) async fn append(tx: &mut WriteTx, instance: &str, entry: &Entry<'_>) -> sqlx::Result<()> {
    append_all(tx, instance, std::slice::from_ref(entry)).await
}

/// Appends an entry with the operator's reason.
pub(crate) async fn append_with_detail(
    tx: &mut WriteTx,
    instance: &str,
    entry: &Entry<'_>,
    detail: Option<&str>,
) -> sqlx::Result<()> {
    insert(tx, instance, &[(entry, detail)]).await
}

/// Appends entries in their order.
pub(crate) async fn append_all(tx: &mut WriteTx, instance: &str, entries: &[Entry<'_>]) -> sqlx::Result<()> {
    append_all_with_detail(tx, instance, entries, None).await
}

/// Appends entries in their order, each with the operator's reason. There are at most 1,000, since a statement has at most
/// 32,766 parameters.
pub(crate) async fn append_all_with_detail(
    tx: &mut WriteTx,
    instance: &str,
    entries: &[Entry<'_>],
    detail: Option<&str>,
) -> sqlx::Result<()> {
    let entries: Vec<_> = entries.iter().map(|entry| (entry, detail)).collect();
    insert(tx, instance, &entries).await
}

async fn insert(
    tx: &mut WriteTx,
    instance: &str,
    entries: &[(&Entry<'_>, Option<&str>)],
) -> sqlx::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    tx.lock(&format!("audit {instance}")).await?;
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT seq, hash FROM audit WHERE instance = $1 ORDER BY seq DESC LIMIT 1")
            .bind(instance)
            .fetch_optional(tx.connection())
            .await?;
    let (mut seq, mut previous) = last.unwrap_or((0, FIRST.to_owned()));
    let rows = placeholders(entries.len(), 9);
    let mut query = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO audit (instance, seq, at, action, external_id, actor, previous, hash, detail) VALUES {rows}"
    )));
    for (entry, detail) in entries {
        seq += 1;
        let (at, action) = (time_column(entry.at), entry.action.name());
        let mut fields = vec![action, entry.external_id, entry.actor, previous.as_str()];
        fields.extend(detail);
        let hash = hash(instance, seq, at, &fields);
        query = query
            .bind(instance)
            .bind(seq)
            .bind(at)
            .bind(action)
            .bind(entry.external_id)
            .bind(entry.actor)
            .bind(std::mem::replace(&mut previous, hash.clone()))
            .bind(hash)
            .bind(detail.map(str::to_owned));
    }
    query.execute(tx.connection()).await.map(drop)
}

/// Checks each chain. Returns the number of entries, or `None` if an entry was changed or removed,
/// other than at the end of a chain.
pub(crate) async fn verify(store: &Store) -> sqlx::Result<Option<u64>> {
    type Row = (
        String,
        i64,
        i64,
        String,
        String,
        String,
        String,
        String,
        Option<String>,
    );
    let (mut instance, mut seq, mut head, mut count) = (String::new(), 0, FIRST.to_owned(), 0);
    loop {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT instance, seq, at, action, external_id, actor, previous, hash, detail FROM audit \
             WHERE instance > $1 OR (instance = $1 AND seq > $2) ORDER BY instance, seq LIMIT $3",
        )
        .bind(instance.clone())
        .bind(seq)
        .bind(PAGE)
        .fetch_all(store.reader())
        .await?;
        if rows.is_empty() {
            return Ok(Some(count));
        }
        for (of, number, at, action, external_id, actor, previous, stored, detail) in rows {
            if of != instance {
                (instance, seq, head) = (of, 0, FIRST.to_owned());
            }
            let mut fields = vec![&*action, &*external_id, &*actor, &*previous];
            fields.extend(detail.as_deref());
            let computed = hash(&instance, number, at, &fields);
            if number != seq + 1 || previous != head || computed != stored {
                return Ok(None);
            }
            (seq, head, count) = (number, stored, count + 1);
        }
    }
}

/// SHA-256 over the fields, each after its length. A detail is the last one, if there is one.
fn hash(instance: &str, seq: i64, at: i64, fields: &[&str]) -> String {
    let (seq, at) = (seq.to_string(), at.to_string());
    let mut hasher = Sha256::new();
    for field in [instance, &seq, &at].iter().chain(fields) {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DatabaseConfig;

    async fn log_of_two_instances() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseConfig::Sqlite(folder.path().to_owned()))
            .await
            .unwrap();
        let mut tx = store.write().await.unwrap();
        for (instance, at) in [("a", 1), ("b", 2), ("a", 3), ("a", 4)] {
            let entry = Entry {
                at: UnixTime::from_secs(at),
                action: Action::Prepared,
                external_id: "urn:uuid:1",
                actor: "worker",
            };
            append(&mut tx, instance, &entry).await.unwrap();
        }
        tx.commit().await.unwrap();
        (folder, store)
    }

    #[tokio::test]
    async fn the_entries_of_the_largest_revocation_are_appended_together() {
        let (_folder, store) = log_of_two_instances().await;
        let ids: Vec<_> = (0..1_000).map(|number| format!("urn:uuid:{number}")).collect();
        let entries: Vec<_> = ids
            .iter()
            .map(|id| Entry {
                at: UnixTime::from_secs(5),
                action: Action::Revoked,
                external_id: id,
                actor: "admin",
            })
            .collect();
        let mut tx = store.write().await.unwrap();
        append_all_with_detail(&mut tx, "a", &entries, Some("left"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(verify(&store).await.unwrap(), Some(1_004));
        let last = of_credential(&store, "urn:uuid:999").await.unwrap();
        assert_eq!(last[0].detail.as_deref(), Some("left"));
    }

    #[tokio::test]
    async fn a_changed_or_removed_entry_shows() {
        let (_folder, store) = log_of_two_instances().await;
        assert_eq!(verify(&store).await.unwrap(), Some(4));
        for change in [
            "UPDATE audit SET actor = 'x' WHERE seq = 2",
            "UPDATE audit SET detail = 'x' WHERE seq = 2",
            "UPDATE audit SET at = 9 WHERE instance = 'b'",
            "UPDATE audit SET previous = '' WHERE seq = 3",
            "UPDATE audit SET instance = 'c' WHERE seq = 3",
            "DELETE FROM audit WHERE instance = 'a' AND seq = 1",
            "DELETE FROM audit WHERE instance = 'a' AND seq = 2",
        ] {
            let (_folder, store) = log_of_two_instances().await;
            let done = sqlx::query(change).execute(store.reader()).await.unwrap();
            assert_eq!(done.rows_affected(), 1, "{change}");
            assert_eq!(verify(&store).await.unwrap(), None, "{change}");
        }
    }
}
