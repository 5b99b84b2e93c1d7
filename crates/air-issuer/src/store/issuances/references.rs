//! The keyed hashes of a credential's user, subject and request, and the thumbprint of the holder's key. They find equal
//! requests while the credential is valid.

use air_ids::UnixTime;
use sqlx::AssertSqlSafe;

use crate::store::{Store, column, time_column};

/// The maximum number of credentials of one transaction.
pub(crate) const BATCH: u64 = 1_000;

/// The statement. Its parameters are the time and the maximum number. `lock` locks the rows, and leaves out those that
/// another instance has locked.
pub(in crate::store) fn statement(lock: &str) -> String {
    format!(
        "UPDATE issuances SET user_ref = '', subject_ref = '', request_ref = '', cnf_thumbprint = NULL \
         WHERE seq IN (SELECT seq FROM issuances WHERE user_ref <> '' AND expires_at <= $1 \
         ORDER BY expires_at LIMIT $2{lock})"
    )
}

/// Erases them for at most [`BATCH`] credentials whose validity is over. Returns the number of these credentials.
pub(crate) async fn erase(store: &Store, now: UnixTime) -> sqlx::Result<u64> {
    let mut tx = store.write().await?;
    let done = sqlx::query(AssertSqlSafe(statement(tx.skip_locked())))
        .bind(time_column(now))
        .bind(column(BATCH))
        .execute(tx.connection())
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DatabaseConfig;

    type Row = (String, String, String, String, Option<String>);

    async fn insert(store: &Store, nonce: i64, expires_at: i64) {
        sqlx::query(
            "INSERT INTO issuances (external_id, holder_did, schema_id, vct, user_ref, subject_ref, request_ref, \
             cnf_thumbprint, nonce, kid, issued_at, expires_at, state) \
             VALUES ($1, 'did:air:id:test:holder', 'member', 'member', 'user', 'subject', 'request', 'key', $2, 'k', \
             1, $3, 'stored')",
        )
        .bind(format!("urn:uuid:{nonce}"))
        .bind(nonce)
        .bind(expires_at)
        .execute(store.reader())
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn a_credential_keeps_its_references_while_it_is_valid() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        insert(&store, 1, 100).await;
        insert(&store, 2, 101).await;
        let now = UnixTime::from_secs(100);
        assert_eq!(erase(&store, now).await.unwrap(), 1);
        assert_eq!(erase(&store, now).await.unwrap(), 0);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT holder_did, user_ref, subject_ref, request_ref, cnf_thumbprint FROM issuances ORDER BY seq",
        )
        .fetch_all(store.reader())
        .await
        .unwrap();
        let row = |texts: [&str; 4], key: Option<&str>| -> Row {
            let [holder, user, subject, request] = texts.map(str::to_owned);
            (holder, user, subject, request, key.map(str::to_owned))
        };
        let holder = "did:air:id:test:holder";
        assert_eq!(
            rows,
            [
                row([holder, "", "", ""], None),
                row([holder, "user", "subject", "request"], Some("key")),
            ]
        );
        store.close().await;
    }
}
