//! All that a platform has can be kept, put back and taken, while it runs.

use air_jwt::PartnerToken;
use air_sandbox::Data;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, TestEnv, sealed};

const SNAPSHOTS: &str = "/sandbox/v1/snapshots";

async fn post(env: &TestEnv, path: &str, body: Value) -> (StatusCode, Value) {
    env.call(Method::POST, path, None, Some(&body)).await
}

async fn save(env: &TestEnv, name: &str) -> (StatusCode, Value) {
    post(env, SNAPSHOTS, json!({ "name": name })).await
}

async fn restore(env: &TestEnv, name: &str) -> (StatusCode, Value) {
    post(env, &format!("{SNAPSHOTS}/{name}/restore"), json!(null)).await
}

async fn status_of(env: &TestEnv, hash: &str) -> StatusCode {
    let token = env.token(PartnerToken::issue);
    let path = format!("/v1/credentials/status?coreClaimHash={hash}");
    env.call(Method::GET, &path, Some(&token), None).await.0
}

/// The story of both kinds of store.
async fn keep_and_put_back(data: Data) {
    let env = TestEnv::start_with(data).await;
    let kept = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&kept).await;
    let token = env.token(PartnerToken::issue);
    let stored = env
        .http
        .post(format!(
            "{}/sandbox/v1/dstorage/objects?coreClaimHash={kept}&name=n",
            env.platform.url()
        ))
        .header("x-partner-auth", &token)
        .body(sealed());
    assert_eq!(stored.send().await.unwrap().status(), StatusCode::OK);
    let (status, saved) = save(&env, "seeded").await;
    assert_eq!(status, StatusCode::OK, "{saved}");
    let (_, head) = env.call(Method::GET, "/sandbox/v1/ledger/head", None, None).await;

    let later = env.issue_on_behalf("bob@example.com", &env.order()).await;
    env.wait_until_anchored(&later).await;
    let other = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    env.call(
        Method::PUT,
        "/sandbox/v1/clock",
        None,
        Some(&json!({ "advanceSeconds": 60 })),
    )
    .await;
    let (_, before) = env
        .call(Method::GET, "/sandbox/v1/events/log?limit=500", None, None)
        .await;

    let (status, restored) = restore(&env, "seeded").await;
    assert_eq!((status, &restored), (StatusCode::OK, &saved));
    assert_eq!(status_of(&env, &kept).await, StatusCode::OK);
    assert_eq!(status_of(&env, &later).await, StatusCode::NOT_FOUND);
    let program = other["programs"]["adult"].as_str().unwrap();
    let (status, _) = env
        .call(
            Method::GET,
            &format!("/sandbox/v1/programs/{program}"),
            None,
            None,
        )
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, now) = env.call(Method::GET, "/sandbox/v1/ledger/head", None, None).await;
    assert_eq!(now, head);
    let (_, clock) = env.call(Method::GET, "/sandbox/v1/clock", None, None).await;
    assert_eq!(clock["offsetSeconds"], 0);
    let (_, found) = env
        .call(Method::GET, "/sandbox/v1/schemas?q=adult", None, None)
        .await;
    assert_eq!(found["total"], 1, "{found}");
    // Events are history: they continued, and report the restore.
    let (_, after) = env
        .call(Method::GET, "/sandbox/v1/events/log?limit=500", None, None)
        .await;
    let (before, after) = (
        before["events"].as_array().unwrap(),
        after["events"].as_array().unwrap(),
    );
    assert_eq!(after[..before.len()], before[..]);
    assert_eq!(after[before.len()]["type"], "snapshot.restored");
    assert_eq!(after[before.len()]["data"]["name"], "seeded");

    // It goes on from there, with the same address, and a tree that grows.
    let again = env.issue_on_behalf("bob@example.com", &env.order()).await;
    env.wait_until_anchored(&again).await;
    let proof = format!(
        "/sandbox/v1/ledger/consistency?from={}&to={}",
        head["number"],
        head["number"].as_u64().unwrap() + 1
    );
    let (status, proof) = env.call(Method::GET, &proof, None, None).await;
    assert_eq!(status, StatusCode::OK, "{proof}");
    let proof: air_api::sandbox::ConsistencyProof = serde_json::from_value(proof).unwrap();
    assert!(proof.verifies());
    env.platform.stop().await.unwrap();
}

#[tokio::test]
async fn a_platform_in_memory_is_put_back() {
    if support::is_postgres() {
        // Snapshots are SQLite's.
        return;
    }
    keep_and_put_back(Data::Memory).await;
}

#[tokio::test]
async fn a_platform_in_a_folder_is_put_back() {
    if support::is_postgres() {
        // Snapshots are SQLite's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    keep_and_put_back(Data::Folder(folder.path().into())).await;
    let file = folder.path().join("snapshots/seeded.sqlite");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // It is there after a restart, and can be put back by the next one.
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    let (_, listed) = env.call(Method::GET, SNAPSHOTS, None, None).await;
    assert_eq!(listed["snapshots"][0]["name"], "seeded");
    assert_eq!(restore(&env, "seeded").await.0, StatusCode::OK);
    let path = format!("{SNAPSHOTS}/seeded");
    let (status, _) = env.call(Method::DELETE, &path, None, None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!file.exists());
    assert_eq!(restore(&env, "seeded").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reset_takes_all_but_snapshots_and_positions_in_the_events_stay_good() {
    if support::is_postgres() {
        // Snapshots are SQLite's.
        return;
    }
    let env = TestEnv::start().await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    save(&env, "before").await;
    let (_, log) = env.call(Method::GET, "/sandbox/v1/events/log", None, None).await;
    let head = log["head"].as_u64().unwrap();
    let (status, _) = post(&env, "/sandbox/v1/reset", json!(null)).await;
    assert_eq!(status, StatusCode::OK);
    // Nobody is known any more, though he was in use a moment ago.
    assert_eq!(status_of(&env, &hash).await, StatusCode::UNAUTHORIZED);
    let (_, found) = env.call(Method::GET, "/sandbox/v1/schemas", None, None).await;
    assert_eq!(found["total"], 0);
    let (status, _) = env.call(Method::GET, "/sandbox/v1/ledger/head", None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, log) = env
        .call(
            Method::GET,
            &format!("/sandbox/v1/events/log?after={head}"),
            None,
            None,
        )
        .await;
    assert_eq!(log["events"].as_array().unwrap().len(), 1, "{log}");
    assert_eq!(log["events"][0]["type"], "platform.reset");
    assert_eq!(restore(&env, "before").await.0, StatusCode::OK);
    assert_eq!(status_of(&env, &hash).await, StatusCode::OK);
}

#[tokio::test]
async fn names_are_checked_and_taken_once_and_strangers_are_refused() {
    if support::is_postgres() {
        // Snapshots are SQLite's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    for bad in ["", "..", "../platform", "a/b", "A", "-a", &"a".repeat(65)] {
        assert_eq!(save(&env, bad).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(save(&env, &"a".repeat(64)).await.0, StatusCode::OK);
    assert_eq!(save(&env, "a").await.0, StatusCode::OK);
    assert_eq!(save(&env, "a").await.0, StatusCode::CONFLICT);
    std::fs::write(folder.path().join("snapshots/damaged.sqlite"), "no database").unwrap();
    let (status, _) = restore(&env, "damaged").await;
    assert_ne!(status, StatusCode::OK);
    env.issue_on_behalf("ada@example.com", &env.order()).await;
    for path in [SNAPSHOTS, "/sandbox/v1/reset"] {
        let url = format!("{}{path}", env.platform.url());
        let strange = env.http.post(url).header("host", "rebound.example");
        assert_eq!(strange.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    }
}

/// PostgreSQL has ways of its own, and says so.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn on_postgres_they_are_refused() {
    let env = TestEnv::start().await;
    let calls = [
        ("/sandbox/v1/snapshots", json!({ "name": "seeded" })),
        ("/sandbox/v1/reset", json!({})),
    ];
    for (path, body) in calls {
        let (status, answer) = env.call(Method::POST, path, None, Some(&body)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{path}: {answer}");
        assert!(
            answer["message"].as_str().unwrap().contains("pg_dump"),
            "{answer}"
        );
    }
}

/// The restored state is younger than the clock was: nothing of it may be told by that clock.
#[tokio::test]
async fn the_clock_is_put_back_with_the_rest() {
    if support::is_postgres() {
        // Snapshots are SQLite's.
        return;
    }
    let env = TestEnv::start().await;
    env.issue_on_behalf("ada@example.com", &env.order()).await;
    let (status, _) = save(&env, "young").await;
    assert_eq!(status, StatusCode::OK);
    for _ in 0..30 {
        let ahead = json!({ "advanceSeconds": 91 * 86_400 });
        let (status, _) = env
            .call(Method::PUT, "/sandbox/v1/clock", None, Some(&ahead))
            .await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = restore(&env, "young").await;
        assert_eq!(status, StatusCode::OK);
    }
    let after = env.issue_on_behalf("bob@example.com", &env.order()).await;
    env.wait_until_anchored(&after).await;
    let (_, page) = env
        .call(Method::GET, "/sandbox/v1/events/log?limit=500", None, None)
        .await;
    let mut is_ahead = false;
    for event in page["events"].as_array().unwrap() {
        match event["type"].as_str().unwrap() {
            "clock.moved" => is_ahead = true,
            "snapshot.restored" => {
                is_ahead = false;
                assert_eq!(event["createdAt"], "2027-01-15 08:00:00");
            }
            "credential.expired" => assert!(is_ahead, "{event}"),
            _ => {}
        }
    }
}
