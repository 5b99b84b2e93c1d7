//! Injected faults occur, and nothing else fails.

use std::time::{Duration, Instant};

use air_api::sandbox::{Block, ConsistencyProof, Transaction};
use air_jwt::PartnerToken;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, TestEnv};

const ISSUE: &str = "/v1/credentials/issue-on-behalf";
const FAULTS: &str = "/sandbox/v1/faults";

async fn set(world: &TestEnv, faults: Value) {
    let (status, answer) = world.call(Method::PUT, FAULTS, None, Some(&faults)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// One call to issue, under this key, with this fault of its own.
async fn issue(world: &TestEnv, key: &str, fault: Option<&str>) -> reqwest::Result<Response> {
    let mut request = world
        .http
        .post(format!("{}{ISSUE}", world.platform.url()))
        .header("x-partner-auth", world.on_behalf_token("ada@example.com"))
        .header("idempotency-key", key)
        .json(&world.order());
    if let Some(fault) = fault {
        request = request.header("x-air-fault", fault);
    }
    request.send().await
}

/// How many credentials there are, by what the catalogue counts.
async fn issued(world: &TestEnv) -> u64 {
    let id = world.ids["programs"]["adult"].as_str().unwrap();
    let (_, answer) = world
        .call(Method::GET, &format!("/v1/catalog/credentials/{id}"), None, None)
        .await;
    answer["data"]["traction"]["issuanceCount"].as_u64().unwrap()
}

#[tokio::test]
async fn a_rule_counts_for_so_many_requests_and_the_first_that_fits() {
    let world = TestEnv::start().await;
    set(
        &world,
        json!({ "rules": [
            { "path": "/v1/credentials", "kind": "status", "status": 429, "retryAfter": 7, "times": 2 },
            { "path": "/v1", "kind": "status", "status": 503, "times": 1 },
        ] }),
    )
    .await;
    for (expected, retry_after) in [(429, Some("7")), (429, Some("7")), (503, None)] {
        let response = issue(&world, "k", None).await.unwrap();
        assert_eq!(response.status().as_u16(), expected);
        let asked = response
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap());
        assert_eq!(asked, retry_after);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], expected);
    }
    assert_eq!(issued(&world).await, 0, "no call was made");
    assert_eq!(issue(&world, "k", None).await.unwrap().status(), StatusCode::OK);
    let (_, left) = world.call(Method::GET, FAULTS, None, None).await;
    assert_eq!(left["rules"], json!([]));
}

#[tokio::test]
async fn a_dropped_call_did_nothing_and_a_lost_answer_did() {
    let world = TestEnv::start().await;
    let broken = async |key: &str, fault: &str| match issue(&world, key, Some(fault)).await {
        Ok(response) => assert!(response.bytes().await.is_err(), "{fault}"),
        Err(error) => assert!(!error.is_builder(), "{fault}"),
    };
    broken("k1", "drop").await;
    assert_eq!(issued(&world).await, 0);
    broken("k1", "lose-answer").await;
    assert_eq!(issued(&world).await, 1);
    // A backend then repeats its request with the same key.
    let again = issue(&world, "k1", None).await.unwrap();
    assert!(again.headers().contains_key("idempotent-replayed"));
    assert_eq!(issued(&world).await, 1);
}

#[tokio::test]
async fn a_delay_comes_before_the_call_and_a_slow_body_behind_it() {
    let world = TestEnv::start().await;
    let begun = Instant::now();
    let delayed = issue(&world, "k1", Some("delay=120")).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert_eq!(delayed.status(), StatusCode::OK);
    let begun = Instant::now();
    let slow = issue(&world, "k2", Some("slow-body=150")).await.unwrap();
    let body: Value = slow.json().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert!(body["coreClaimHash"].is_string());
}

#[tokio::test]
async fn a_stuck_chain_anchors_nothing_until_it_moves() {
    let world = TestEnv::start().await;
    set(&world, json!({ "stuckChain": true })).await;
    let hash = world.issue_on_behalf("ada@example.com", &world.order()).await;
    let token = world.token(PartnerToken::issue);
    let path = format!("/v1/credentials/status?coreClaimHash={hash}");
    // Each question is a round trip; together they are many blocks' time.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(100) {
        let (_, status) = world.call(Method::GET, &path, Some(&token), None).await;
        assert_eq!(status["vcStatus"], "WAIT_ONCHAIN");
        let job = &status["sandbox"]["anchoring"];
        assert_eq!(job["state"], "queued");
        assert_eq!(job["reason"], "chainStuck");
        // Blocks are tried every 10 ms: within the second.
        assert_eq!(job["nextAttemptAt"], "2027-01-15 08:00:01");
        assert_eq!(
            job["history"],
            json!([{ "state": "queued", "at": "2027-01-15 08:00:00" }])
        );
    }
    set(&world, json!({})).await;
    let status = world.wait_until_anchored(&hash).await;
    let job = &status["sandbox"]["anchoring"];
    assert_eq!(job["state"], "anchored");
    assert!(
        job.get("reason").is_none() && job.get("nextAttemptAt").is_none(),
        "{job}"
    );
    assert_eq!(job["history"][1]["state"], "anchored");
}

#[tokio::test]
async fn what_is_revoked_while_the_chain_stands_still_need_not_be_waited_for() {
    let world = TestEnv::start().await;
    set(&world, json!({ "stuckChain": true })).await;
    let hash = world.issue_on_behalf("ada@example.com", &world.order()).await;
    let token = world.token(PartnerToken::issue);
    let revoke = json!({ "coreClaimHash": hash });
    let path = "/sandbox/v1/credentials/revoke";
    world.call(Method::POST, path, Some(&token), Some(&revoke)).await;
    let path = format!("/v1/credentials/status?coreClaimHash={hash}");
    let (_, status) = world.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(
        status["vcStatus"], "WAIT_ONCHAIN",
        "the documented status is the ledger's"
    );
    let job = &status["sandbox"]["anchoring"];
    assert_eq!(
        (&job["state"], &job["reason"]),
        (&json!("failed"), &json!("revoked"))
    );
    assert!(job.get("nextAttemptAt").is_none(), "{job}");
}

/// The user agrees to a verification: its status.
async fn verified(world: &TestEnv, session: &str) -> Value {
    let token = world.token(PartnerToken::verify);
    let ask = async |path: &str, body: Value| {
        let (status, answer) = world
            .call_as_user(Method::POST, path, session, Some(&token), Some(&body))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    };
    let path = "/sandbox/v1/verifications";
    let program = json!({ "programId": world.ids["verificationPrograms"]["adult"] });
    let started = ask(path, program).await;
    let consent = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
    ask(&consent, json!({ "decision": "agree" })).await["status"].take()
}

#[tokio::test]
async fn a_revocation_is_under_way_until_a_block_has_it() {
    let world = TestEnv::start().await;
    let hash = world.issue_on_behalf("ada@example.com", &world.order()).await;
    world.wait_until_anchored(&hash).await;
    let session = world.login("ada@example.com").await;
    assert_eq!(verified(&world, &session).await, "Compliant");

    set(&world, json!({ "stuckChain": true })).await;
    let token = world.token(PartnerToken::issue);
    let (path, revoke) = ("/sandbox/v1/credentials/revoke", json!({ "coreClaimHash": hash }));
    world.call(Method::POST, path, Some(&token), Some(&revoke)).await;
    assert_eq!(verified(&world, &session).await, "Revoking");
    set(&world, json!({})).await;
    let moves = async { while verified(&world, &session).await == "Revoking" {} };
    tokio::time::timeout(Duration::from_mins(1), moves).await.unwrap();
    assert_eq!(verified(&world, &session).await, "Revoked");
}

#[tokio::test]
async fn what_is_no_fault_is_refused_and_faults_can_always_be_cleared() {
    let world = TestEnv::start().await;
    for bad in [
        json!({ "rules": [{ "path": "/", "kind": "status", "status": 200 }] }),
        json!({ "rules": [{ "path": "/", "kind": "delay", "milliseconds": 60_001 }] }),
        json!({ "rules": [{ "path": "/", "kind": "drop", "times": 0 }] }),
        json!({ "rules": [{ "path": "/", "kind": "other" }] }),
        json!({ "rules": [{ "path": "/", "kind": "clockSkew", "seconds": 86_401 }] }),
        json!({ "rule": [] }),
        json!({ "reorganiseBlocks": 101 }),
        json!({ "reorganiseBlocks": -1 }),
    ] {
        let (status, _) = world.call(Method::PUT, FAULTS, None, Some(&bad)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let refused = issue(&world, "k", Some("earthquake")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    set(&world, json!({ "rules": [{ "path": "/", "kind": "drop" }] })).await;
    assert!(breaks(&world).await);
    set(&world, json!({})).await;
    assert_eq!(issue(&world, "k", None).await.unwrap().status(), StatusCode::OK);
}

/// Whether an answer breaks off.
async fn breaks(world: &TestEnv) -> bool {
    match issue(world, "k", None).await {
        Ok(response) => response.bytes().await.is_err(),
        Err(_) => true,
    }
}

#[tokio::test]
async fn keys_that_cant_be_fetched_are_401_also_when_some_were_kept() {
    let world = TestEnv::start().await;
    assert_eq!(issue(&world, "k1", None).await.unwrap().status(), StatusCode::OK);
    let fetched = world.jwks.requests();
    let refused = issue(&world, "k2", Some("jwks-outage")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let body: Value = refused.json().await.unwrap();
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("failed to fetch"), "{message}");
    assert_eq!(world.jwks.requests(), fetched);
    assert_eq!(issued(&world).await, 1);
    let rule = json!({ "rules": [{ "path": "/v1/credentials", "kind": "jwksOutage", "times": 1 }] });
    set(&world, rule).await;
    let refused = issue(&world, "k2", None).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(issue(&world, "k2", None).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn by_a_clock_that_is_wrong_a_good_token_is_over_or_has_not_begun() {
    let world = TestEnv::start().await;
    for (skew, reason) in [(3600, "expired"), (-3600, "becomes valid in")] {
        let refused = issue(&world, "k", Some(&format!("clock-skew={skew}")))
            .await
            .unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{skew}");
        let body: Value = refused.json().await.unwrap();
        assert!(
            body["message"].as_str().unwrap().contains(reason),
            "{skew}: {body}"
        );
    }
    let little = issue(&world, "k", Some("clock-skew=-5")).await.unwrap();
    assert_eq!(
        little.status(),
        StatusCode::OK,
        "within the skew that verifiers accept"
    );
    set(
        &world,
        json!({ "rules": [{ "path": "/", "kind": "clockSkew", "seconds": 3600 }] }),
    )
    .await;
    assert_eq!(
        issue(&world, "k", None).await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

/// The ledger's answer at this path.
async fn ledger<T: serde::de::DeserializeOwned>(world: &TestEnv, path: &str) -> T {
    let (status, answer) = world
        .call(Method::GET, &format!("/sandbox/v1/ledger/{path}"), None, None)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn what_a_reorganised_chain_took_back_waits_again_and_who_kept_a_root_sees_the_fork() {
    let world = TestEnv::start().await;
    let token = world.token(PartnerToken::issue);
    let mut hashes = Vec::new();
    let mut heads = Vec::<Block>::new();
    for number in 0..5 {
        let hash = world
            .issue_on_behalf(&format!("user{number}@example.com"), &world.order())
            .await;
        world.wait_until_anchored(&hash).await;
        hashes.push(hash);
        heads.push(ledger(&world, "head").await);
    }
    let status = async |hash: &str| {
        let path = format!("/v1/credentials/status?coreClaimHash={hash}");
        world.call(Method::GET, &path, Some(&token), None).await.1["vcStatus"].clone()
    };
    let refused = json!({ "reorganiseBlocks": 6, "stuckChain": true });
    let (code, _) = world.call(Method::PUT, FAULTS, None, Some(&refused)).await;
    assert_eq!(code, StatusCode::CONFLICT);
    set(&world, json!({ "stuckChain": true, "reorganiseBlocks": 2 })).await;
    let (_, shown) = world.call(Method::GET, FAULTS, None, None).await;
    assert_eq!(
        (&shown["stuckChain"], &shown["reorganiseBlocks"]),
        (&json!(true), &json!(0))
    );
    for (number, hash) in hashes.iter().enumerate() {
        let expected = if number < 3 { "ONCHAIN" } else { "WAIT_ONCHAIN" };
        assert_eq!(status(hash).await, expected, "{number}");
    }
    let transaction = |hash: &str| {
        let leaf = air_ledger::merkle::leaf_hash(&hex::decode(hash).unwrap());
        format!("transactions/0x{}", hex::encode(leaf))
    };
    let waiting: Transaction = ledger(&world, &transaction(&hashes[4])).await;
    assert_eq!(waiting.proof, None);

    set(&world, json!({})).await;
    for hash in &hashes {
        world.wait_until_anchored(hash).await;
    }
    let head: Block = ledger(&world, "head").await;
    assert!(head.number > heads[4].number, "{head:?}");
    for hash in &hashes {
        let proved: Transaction = ledger(&world, &transaction(hash)).await;
        assert!(proved.proof.unwrap().verifies(&hex::decode(hash).unwrap()));
    }
    for kept in &heads {
        let path = format!("consistency?from={}&to={}", kept.number, head.number);
        let mut proof: ConsistencyProof = ledger(&world, &path).await;
        assert!(proof.verifies(), "the ledger as it is now is consistent");
        assert_eq!(proof.to, head);
        let lost = kept.number > heads[2].number;
        assert_eq!(proof.from != *kept, lost, "{kept:?}");
        // A verifier that trusts the root it saw finds that it is no prefix of the current ledger.
        proof.from = kept.clone();
        assert_eq!(proof.verifies(), !lost, "{kept:?}");
    }
}

#[tokio::test]
async fn all_blocks_may_be_taken_back_and_the_ledger_grows_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = || air_sandbox::Data::Folder(folder.path().into());
    let mut world = TestEnv::start_with(data()).await;
    let first = world.issue_on_behalf("ada@example.com", &world.order()).await;
    world.wait_until_anchored(&first).await;
    set(&world, json!({ "reorganiseBlocks": 1 })).await;
    world.wait_until_anchored(&first).await;
    let stopped = std::mem::replace(
        &mut world.platform,
        support::start_platform(air_sandbox::Data::Memory).await,
    );
    stopped.stop().await.unwrap();
    world.platform = support::start_platform(data()).await;
    let second = world.issue_on_behalf("bob@example.com", &world.order()).await;
    world.wait_until_anchored(&second).await;
    let head: Block = ledger(&world, "head").await;
    assert_eq!(
        (head.number, head.tree_size),
        (3, 3),
        "somebody else's, ours, ours"
    );
    for from in 1..=3 {
        let proof: ConsistencyProof = ledger(&world, &format!("consistency?from={from}&to=3")).await;
        assert!(proof.verifies(), "{from}");
    }
}
