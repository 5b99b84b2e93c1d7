//! Several platforms on one PostgreSQL database, and a database that goes away. They need a server:
//! `cargo xtask postgres` starts one.

use std::collections::BTreeSet;

use air_api::sandbox::{Block, ConsistencyProof};
use air_sandbox::{Config, Data, Platform};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

use crate::support::{self, TestEnv, start_platform};

/// A platform, and another on its database.
async fn two() -> (TestEnv, Platform, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let env = TestEnv::start_with(data()).await;
    let second = start_platform(data()).await;
    (env, second, folder)
}

async fn issue(
    http: &reqwest::Client,
    url: &str,
    token: &str,
    key: &str,
    order: &Value,
) -> (StatusCode, Value) {
    let answer = http
        .post(format!("{url}/v1/credentials/issue-on-behalf"))
        .header("x-partner-auth", token)
        .header("idempotency-key", key)
        .json(order)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_same_call_to_both_counts_once() {
    let (env, second, _folder) = two().await;
    let urls = [env.platform.url(), second.url()];
    let order = env.order();
    for number in 0..20 {
        let token = env.on_behalf_token(&format!("user{number}@example.com"));
        let key = format!("order-{number}");
        let twins = urls.each_ref().map(|url| {
            let (http, url, order) = (env.http.clone(), url.clone(), order.clone());
            let (token, key) = (token.clone(), key.clone());
            tokio::spawn(async move { issue(&http, &url, &token, &key, &order).await })
        });
        let mut answers = Vec::new();
        for twin in twins {
            let (status, answer) = twin.await.unwrap();
            assert_eq!(status, StatusCode::OK, "{answer}");
            answers.push(answer);
        }
        assert_eq!(answers[0], answers[1]);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn both_anchor_into_one_ledger() {
    let (env, second, _folder) = two().await;
    let urls = [env.platform.url(), second.url()];
    let mut issuing = Vec::new();
    for number in 0..120 {
        let token = env.on_behalf_token(&format!("user{number}@example.com"));
        let (http, url, order) = (env.http.clone(), urls[number % 2].clone(), env.order());
        issuing.push(tokio::spawn(async move {
            issue(&http, &url, &token, &format!("order-{number}"), &order).await
        }));
    }
    let mut hashes = BTreeSet::new();
    for issued in issuing {
        let (status, answer) = issued.await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
        hashes.insert(answer["coreClaimHash"].as_str().unwrap().to_owned());
    }
    assert_eq!(hashes.len(), 120);
    for hash in &hashes {
        env.wait_until_anchored(hash).await;
    }
    let get = async |path: String| {
        let (status, answer) = env.call(Method::GET, &path, None, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    };
    let head: Block = serde_json::from_value(get("/sandbox/v1/ledger/head".into()).await).unwrap();
    assert_eq!(head.tree_size, 120);
    for number in 1..head.number {
        let path = format!("/sandbox/v1/ledger/consistency?from={number}&to={}", head.number);
        let proof: ConsistencyProof = serde_json::from_value(get(path).await).unwrap();
        assert!(proof.verifies(), "block {number}");
    }
}

/// The writer's transaction states its isolation level: with a snapshot that is older than its
/// lock, it would fail on what the other platform wrote meanwhile.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn the_servers_default_isolation_changes_nothing() {
    for isolation in ["repeatable read", "serializable"] {
        let folder = tempfile::tempdir().unwrap();
        let data = || Data::Folder(folder.path().into());
        support::data(data()).await;
        set_default_isolation(&support::database_name(folder.path()), isolation).await;
        let env = TestEnv::start_with(data()).await;
        let second = start_platform(data()).await;
        let urls = [env.platform.url(), second.url()];
        let mut issuing = Vec::new();
        for number in 0..100 {
            let token = env.on_behalf_token(&format!("user{number}@example.com"));
            let (http, url, order) = (env.http.clone(), urls[number % 2].clone(), env.order());
            issuing.push(tokio::spawn(async move {
                issue(&http, &url, &token, &format!("order-{number}"), &order).await
            }));
        }
        for issued in issuing {
            let (status, answer) = issued.await.unwrap();
            assert_eq!(status, StatusCode::OK, "{isolation}: {answer}");
            env.wait_until_anchored(answer["coreClaimHash"].as_str().unwrap())
                .await;
        }
    }
}

async fn set_default_isolation(database: &str, isolation: &str) {
    let server: PgConnectOptions = std::env::var("AIR_TEST_DATABASE").unwrap().parse().unwrap();
    let mut admin = server.connect().await.unwrap();
    let set = format!("ALTER DATABASE {database} SET default_transaction_isolation = '{isolation}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(set))
        .execute(&mut admin)
        .await
        .unwrap();
    admin.close().await.unwrap();
}

/// PostgreSQL aborts a transaction in which a statement failed: only the batch's savepoint is
/// rolled back, and the other requests are issued.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn one_whom_the_store_refuses_stops_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    env.issue_on_behalf("first@example.com", &env.order()).await;
    let server: PgConnectOptions = std::env::var("AIR_TEST_DATABASE").unwrap().parse().unwrap();
    let database = server.database(&support::database_name(folder.path()));
    let mut admin = database.connect().await.unwrap();
    sqlx::raw_sql("ALTER TABLE users ADD CHECK (email <> 'user7@example.com')")
        .execute(&mut admin)
        .await
        .unwrap();
    admin.close().await.unwrap();
    let mut issuing = Vec::new();
    for number in 0..40 {
        let token = env.on_behalf_token(&format!("user{number}@example.com"));
        let (http, url, order) = (env.http.clone(), env.platform.url(), env.order());
        issuing.push(tokio::spawn(async move {
            issue(&http, &url, &token, &format!("order-{number}"), &order).await
        }));
    }
    for (number, issued) in issuing.into_iter().enumerate() {
        let (status, answer) = issued.await.unwrap();
        let expected = if number == 7 {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        };
        assert_eq!(status, expected, "{number}: {answer}");
    }
}

/// As when the server restarts: every connection is ended. What was acknowledged is there, and
/// calls are answered again.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_goes_away_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    let before = env.issue_on_behalf("ada@example.com", &env.order()).await;
    let server: PgConnectOptions = std::env::var("AIR_TEST_DATABASE").unwrap().parse().unwrap();
    let mut admin = server.connect().await.unwrap();
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'air sandbox' AND datname = $1",
    )
    .bind(support::database_name(folder.path()))
    .execute(&mut admin)
    .await
    .unwrap();
    admin.close().await.unwrap();
    env.wait_until_anchored(&before).await;
    let after = env.issue_on_behalf("bob@example.com", &env.order()).await;
    env.wait_until_anchored(&after).await;
}

#[tokio::test]
async fn what_is_no_url_of_a_database_is_refused_and_none_is_shown() {
    for wrong in [
        "mysql://root@localhost/x",
        "postgres",
        "postgres://host:notaport/x",
    ] {
        assert!(wrong.parse::<air_sandbox::DatabaseUrl>().is_err(), "{wrong}");
    }
    let url = "postgres://air:secret@127.0.0.1:1/x";
    let mut config = Config::default();
    config.data = Data::Postgres(url.parse().unwrap());
    assert!(!format!("{config:?}").contains("secret"));
    let refused = Platform::start(config).await.unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("secret"));
}
