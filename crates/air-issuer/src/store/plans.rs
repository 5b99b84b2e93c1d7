//! Tests of SQLite's plans: a query that runs often reads the rows that it returns, and no others.

use sqlx::{AssertSqlSafe, Connection, Sqlite, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    Store, audit,
    issuances::{
        Search, SignedBy,
        history::{HistoryOrder, HistoryQuery},
        references,
    },
    outbox, sqlite_file,
};
use crate::config::DatabaseConfig;

async fn connection() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let config = DatabaseConfig::Sqlite(folder.path().to_owned());
    Store::open(&config).await.unwrap().close().await;
    let options = SqliteConnectOptions::new().filename(sqlite_file(folder.path()));
    let connection = SqliteConnection::connect_with(&options).await.unwrap();
    (folder, connection)
}

/// The steps of a statement.
async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let statement = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps = sqlx::query_as::<Sqlite, (i64, i64, i64, String)>(statement)
        .fetch_all(connection)
        .await
        .unwrap();
    steps.into_iter().map(|(_, _, _, detail)| detail).collect()
}

/// Checks that a statement finds its issuances by an index.
async fn assert_search(connection: &mut SqliteConnection, statement: &str) {
    let steps = plan(connection, statement).await;
    let is_search = steps
        .first()
        .is_some_and(|step| step.starts_with("SEARCH issuances USING"));
    assert!(is_search, "{statement}: {steps:?}");
}

fn filtered(holder_did: Option<&str>, schema_id: Option<&str>, nonce: Option<i64>) -> HistoryQuery {
    HistoryQuery {
        holder_did: holder_did.map(str::to_owned),
        schema_id: schema_id.map(str::to_owned),
        nonce,
        order: HistoryOrder::Id,
        is_descending: true,
        page: 1,
        limit: 25,
    }
}

#[tokio::test]
async fn a_filtered_history_is_found_by_an_index() {
    let (_folder, mut connection) = connection().await;
    let holder = Some("did:air:id:test:x");
    for query in [
        filtered(holder, None, None),
        filtered(None, Some("member"), None),
        filtered(None, None, Some(1)),
        filtered(holder, Some("member"), Some(1)),
    ] {
        let (count, page) = query.statements();
        for statement in [count, page] {
            assert_search(&mut connection, &statement).await;
        }
    }
}

fn search<'a>(
    holder_did: &'a str,
    schema_id: &'a str,
    external_id: &'a str,
    nonce: Option<i64>,
) -> Search<'a> {
    Search {
        holder_did,
        schema_id,
        external_id,
        nonce,
        page: 1,
        limit: 25,
    }
}

#[tokio::test]
async fn a_search_of_an_operator_is_found_by_an_index() {
    let (_folder, mut connection) = connection().await;
    let (holder, schema, id) = ("did:air:id:test:x", "member", "urn:uuid:x");
    for query in [
        search(holder, "", "", None),
        search("", schema, "", None),
        search("", "", id, None),
        search("", "", "", Some(1)),
        search(holder, schema, id, Some(1)),
    ] {
        let (count, page) = query.statements();
        for statement in [count, page] {
            assert_search(&mut connection, &statement).await;
        }
    }
}

#[tokio::test]
async fn a_page_of_all_issuances_is_in_the_order_of_the_table() {
    let (_folder, mut connection) = connection().await;
    let (_, page) = search("", "", "", None).statements();
    // A step for the order would read and sort all rows.
    let steps = plan(&mut connection, &page).await;
    assert_eq!(steps, ["SCAN issuances"], "{page}");
}

#[tokio::test]
async fn a_list_of_the_outbox_reads_no_other_issuances() {
    let (_folder, mut connection) = connection().await;
    for statement in [outbox::BACKLOG, outbox::LIST] {
        let steps = plan(&mut connection, statement).await;
        assert!(
            matches!(steps.as_slice(), [first, second, ..]
                if first.starts_with("SCAN outbox") && second.starts_with("SEARCH issuances USING")),
            "{statement}: {steps:?}"
        );
    }
}

#[tokio::test]
async fn a_page_of_the_audit_log_begins_at_its_place() {
    let (_folder, mut connection) = connection().await;
    let steps = plan(&mut connection, audit::export::AFTER).await;
    assert!(
        matches!(steps.as_slice(), [only] if only.starts_with("SEARCH audit USING INDEX")),
        "{steps:?}"
    );
}

#[tokio::test]
async fn ended_credentials_with_references_are_found_by_an_index() {
    let (_folder, mut connection) = connection().await;
    let steps = plan(&mut connection, &references::statement("")).await;
    assert!(
        matches!(steps.as_slice(), [first, _, third, ..]
            if first.starts_with("SEARCH issuances USING INTEGER PRIMARY KEY")
                && third.starts_with("SEARCH issuances USING INDEX issuances_with_user")),
        "{steps:?}"
    );
}

#[tokio::test]
async fn the_credentials_of_a_key_are_found_by_its_index() {
    let (_folder, mut connection) = connection().await;
    let steps = plan(&mut connection, &SignedBy::statement("")).await;
    let has = |start: &str| steps.iter().any(|step| step.starts_with(start));
    assert!(has("SEARCH issuances USING INDEX issuances_by_key"), "{steps:?}");
    // The outer query sorts one batch, and not all credentials of the key.
    assert!(has("SEARCH issuances USING INTEGER PRIMARY KEY"), "{steps:?}");
}
