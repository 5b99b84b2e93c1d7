//! The order in which transactions lock records on PostgreSQL.

use air_ids::UnixTime;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions};

use super::{NewIssuance, find_revocable, insert_all, set_stored};
use crate::{config::DatabaseConfig, store::Store};

/// A store in a new database of the server that `AIR_TEST_DATABASE` names.
async fn store() -> Store {
    let server = std::env::var("AIR_TEST_DATABASE").expect("AIR_TEST_DATABASE names a server");
    let name = format!("air_issuer_{:032x}", rand::random::<u128>());
    let options: PgConnectOptions = server.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&name);
    Store::open(&DatabaseConfig::Postgres(url.to_string()))
        .await
        .unwrap()
}

fn issuance(external_id: &str, nonce: u64) -> NewIssuance {
    NewIssuance {
        external_id: external_id.to_owned(),
        holder_did: "did:air:id:test:holder".to_owned(),
        schema_id: "member".to_owned(),
        vct: "member".to_owned(),
        user_ref: "user".to_owned(),
        subject_ref: "subject".to_owned(),
        request_ref: external_id.to_owned(),
        cnf_thumbprint: None,
        nonce,
        entry: None,
        kid: "key".to_owned(),
        issued_at: UnixTime::from_secs(1),
        expires_at: UnixTime::from_secs(100),
        is_stored: false,
    }
}

/// Waits until a transaction of this database waits for a lock.
async fn wait_for_a_waiting_transaction(store: &Store) {
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(store.reader())
        .await
        .unwrap();
        if waiting > 0 {
            return;
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn on_postgres_a_confirmation_and_a_revocation_do_not_wait_for_each_other() {
    let store = store().await;
    let mut tx = store.write().await.unwrap();
    // By its id and by its place in the table, the first record has the higher nonce.
    insert_all(&mut tx, &[&issuance("a", 2), &issuance("b", 1)])
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mut revocation = store.write().await.unwrap();
    assert!(find_revocable(&mut revocation, 1).await.unwrap().is_some());
    let mut confirmation = store.write().await.unwrap();
    let confirmed = tokio::spawn(async move { set_stored(&mut confirmation, &["a", "b"]).await });
    wait_for_a_waiting_transaction(&store).await;
    assert!(find_revocable(&mut revocation, 2).await.unwrap().is_some());
    drop(revocation);
    let mut stored = confirmed.await.unwrap().unwrap();
    stored.sort();
    assert_eq!(stored, ["a", "b"]);
    store.close().await;
}
