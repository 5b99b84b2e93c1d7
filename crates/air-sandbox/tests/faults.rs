//! Injected faults occur, and nothing else fails.

use std::time::{Duration, Instant};

use air_api::sandbox::{Block, ConsistencyProof, Transaction};
use air_jwt::PartnerToken;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, TestEnv};

const ISSUE: &str = "/v1/credentials/issue-on-behalf";
const FAULTS: &str = "/sandbox/v1/faults";

async fn set(env: &TestEnv, faults: Value) {
    let (status, answer) = env.call(Method::PUT, FAULTS, None, Some(&faults)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// One call to issue, under this key, with this fault of its own.
async fn issue(env: &TestEnv, key: &str, fault: Option<&str>) -> reqwest::Result<Response> {
    let mut request = env
        .http
        .post(format!("{}{ISSUE}", env.platform.url()))
        .header("x-partner-auth", env.on_behalf_token("ada@example.com"))
        .header("idempotency-key", key)
        .json(&env.order());
    if let Some(fault) = fault {
        request = request.header("x-air-fault", fault);
    }
    request.send().await
}

/// How many credentials there are, by what the catalogue counts.
async fn issued(env: &TestEnv) -> u64 {
    let id = env.ids["programs"]["adult"].as_str().unwrap();
    let (_, answer) = env
        .call(Method::GET, &format!("/v1/catalog/credentials/{id}"), None, None)
        .await;
    answer["data"]["traction"]["issuanceCount"].as_u64().unwrap()
}

#[tokio::test]
async fn a_rule_counts_for_so_many_requests_and_the_first_that_fits() {
    let env = TestEnv::start().await;
    set(
        &env,
        json!({ "rules": [
            { "path": "/v1/credentials", "kind": "status", "status": 429, "retryAfter": 7, "times": 2 },
            { "path": "/v1", "kind": "status", "status": 503, "times": 1 },
        ] }),
    )
    .await;
    for (expected, retry_after) in [(429, Some("7")), (429, Some("7")), (503, None)] {
        let response = issue(&env, "k", None).await.unwrap();
        assert_eq!(response.status().as_u16(), expected);
        let asked = response
            .headers()
            .get("retry-after")
            .map(|value| value.to_str().unwrap());
        assert_eq!(asked, retry_after);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], expected);
    }
    assert_eq!(issued(&env).await, 0, "no call was made");
    assert_eq!(issue(&env, "k", None).await.unwrap().status(), StatusCode::OK);
    let (_, left) = env.call(Method::GET, FAULTS, None, None).await;
    assert_eq!(left["rules"], json!([]));
}

#[tokio::test]
async fn a_dropped_call_did_nothing_and_a_lost_answer_did() {
    let env = TestEnv::start().await;
    let broken = async |key: &str, fault: &str| match issue(&env, key, Some(fault)).await {
        Ok(response) => assert!(response.bytes().await.is_err(), "{fault}"),
        Err(error) => assert!(!error.is_builder(), "{fault}"),
    };
    broken("k1", "drop").await;
    assert_eq!(issued(&env).await, 0);
    broken("k1", "lose-answer").await;
    assert_eq!(issued(&env).await, 1);
    // A backend then repeats its request with the same key.
    let again = issue(&env, "k1", None).await.unwrap();
    assert!(again.headers().contains_key("idempotent-replayed"));
    assert_eq!(issued(&env).await, 1);
}

#[tokio::test]
async fn a_delay_comes_before_the_call_and_a_slow_body_behind_it() {
    let env = TestEnv::start().await;
    let begun = Instant::now();
    let delayed = issue(&env, "k1", Some("delay=120")).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert_eq!(delayed.status(), StatusCode::OK);
    let begun = Instant::now();
    let slow = issue(&env, "k2", Some("slow-body=150")).await.unwrap();
    let body: Value = slow.json().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert!(body["coreClaimHash"].is_string());
}

#[tokio::test]
async fn a_stuck_chain_anchors_nothing_until_it_moves() {
    let env = TestEnv::start().await;
    set(&env, json!({ "stuckChain": true })).await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    let token = env.token(PartnerToken::issue);
    let path = format!("/v1/credentials/status?coreClaimHash={hash}");
    // Each question is a round trip; together they are many blocks' time.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(100) {
        let (_, status) = env.call(Method::GET, &path, Some(&token), None).await;
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
    set(&env, json!({})).await;
    let status = env.wait_until_anchored(&hash).await;
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
    let env = TestEnv::start().await;
    set(&env, json!({ "stuckChain": true })).await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    let token = env.token(PartnerToken::issue);
    let revoke = json!({ "coreClaimHash": hash });
    let path = "/sandbox/v1/credentials/revoke";
    env.call(Method::POST, path, Some(&token), Some(&revoke)).await;
    let path = format!("/v1/credentials/status?coreClaimHash={hash}");
    let (_, status) = env.call(Method::GET, &path, Some(&token), None).await;
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
async fn verified(env: &TestEnv, session: &str) -> Value {
    let token = env.token(PartnerToken::verify);
    let ask = async |path: &str, body: Value| {
        let (status, answer) = env
            .call_as_user(Method::POST, path, session, Some(&token), Some(&body))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    };
    let path = "/sandbox/v1/verifications";
    let program = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let started = ask(path, program).await;
    let consent = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
    ask(&consent, json!({ "decision": "agree" })).await["status"].take()
}

#[tokio::test]
async fn a_revocation_is_under_way_until_a_block_has_it() {
    let env = TestEnv::start().await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    let session = env.login("ada@example.com").await;
    assert_eq!(verified(&env, &session).await, "Compliant");

    set(&env, json!({ "stuckChain": true })).await;
    let token = env.token(PartnerToken::issue);
    let (path, revoke) = ("/sandbox/v1/credentials/revoke", json!({ "coreClaimHash": hash }));
    env.call(Method::POST, path, Some(&token), Some(&revoke)).await;
    assert_eq!(verified(&env, &session).await, "Revoking");
    set(&env, json!({})).await;
    let moves = async { while verified(&env, &session).await == "Revoking" {} };
    tokio::time::timeout(Duration::from_mins(1), moves).await.unwrap();
    assert_eq!(verified(&env, &session).await, "Revoked");
}

#[tokio::test]
async fn what_is_no_fault_is_refused_and_faults_can_always_be_cleared() {
    let env = TestEnv::start().await;
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
        let (status, _) = env.call(Method::PUT, FAULTS, None, Some(&bad)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let refused = issue(&env, "k", Some("earthquake")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    set(&env, json!({ "rules": [{ "path": "/", "kind": "drop" }] })).await;
    assert!(breaks(&env).await);
    set(&env, json!({})).await;
    assert_eq!(issue(&env, "k", None).await.unwrap().status(), StatusCode::OK);
}

/// Whether an answer breaks off.
async fn breaks(env: &TestEnv) -> bool {
    match issue(env, "k", None).await {
        Ok(response) => response.bytes().await.is_err(),
        Err(_) => true,
    }
}

#[tokio::test]
async fn keys_that_cant_be_fetched_are_401_also_when_some_were_kept() {
    let env = TestEnv::start().await;
    assert_eq!(issue(&env, "k1", None).await.unwrap().status(), StatusCode::OK);
    let fetched = env.jwks.requests();
    let refused = issue(&env, "k2", Some("jwks-outage")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let body: Value = refused.json().await.unwrap();
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("failed to fetch"), "{message}");
    assert_eq!(env.jwks.requests(), fetched);
    assert_eq!(issued(&env).await, 1);
    let rule = json!({ "rules": [{ "path": "/v1/credentials", "kind": "jwksOutage", "times": 1 }] });
    set(&env, rule).await;
    let refused = issue(&env, "k2", None).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(issue(&env, "k2", None).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn by_a_clock_that_is_wrong_a_good_token_is_over_or_has_not_begun() {
    let env = TestEnv::start().await;
    for (skew, reason) in [(3600, "expired"), (-3600, "becomes valid in")] {
        let refused = issue(&env, "k", Some(&format!("clock-skew={skew}")))
            .await
            .unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{skew}");
        let body: Value = refused.json().await.unwrap();
        assert!(
            body["message"].as_str().unwrap().contains(reason),
            "{skew}: {body}"
        );
    }
    let little = issue(&env, "k", Some("clock-skew=-5")).await.unwrap();
    assert_eq!(
        little.status(),
        StatusCode::OK,
        "within the skew that verifiers accept"
    );
    set(
        &env,
        json!({ "rules": [{ "path": "/", "kind": "clockSkew", "seconds": 3600 }] }),
    )
    .await;
    assert_eq!(
        issue(&env, "k", None).await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

/// The ledger's answer at this path.
async fn ledger<T: serde::de::DeserializeOwned>(env: &TestEnv, path: &str) -> T {
    let (status, answer) = env
        .call(Method::GET, &format!("/sandbox/v1/ledger/{path}"), None, None)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    serde_json::from_value(answer).unwrap()
}

#[tokio::test]
async fn what_a_reorganised_chain_took_back_waits_again_and_who_kept_a_root_sees_the_fork() {
    let env = TestEnv::start().await;
    let token = env.token(PartnerToken::issue);
    let mut hashes = Vec::new();
    let mut heads = Vec::<Block>::new();
    for number in 0..5 {
        let hash = env
            .issue_on_behalf(&format!("user{number}@example.com"), &env.order())
            .await;
        env.wait_until_anchored(&hash).await;
        hashes.push(hash);
        heads.push(ledger(&env, "head").await);
    }
    let status = async |hash: &str| {
        let path = format!("/v1/credentials/status?coreClaimHash={hash}");
        env.call(Method::GET, &path, Some(&token), None).await.1["vcStatus"].clone()
    };
    let refused = json!({ "reorganiseBlocks": 6, "stuckChain": true });
    let (code, _) = env.call(Method::PUT, FAULTS, None, Some(&refused)).await;
    assert_eq!(code, StatusCode::CONFLICT);
    set(&env, json!({ "stuckChain": true, "reorganiseBlocks": 2 })).await;
    let (_, shown) = env.call(Method::GET, FAULTS, None, None).await;
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
    let waiting: Transaction = ledger(&env, &transaction(&hashes[4])).await;
    assert_eq!(waiting.proof, None);

    set(&env, json!({})).await;
    for hash in &hashes {
        env.wait_until_anchored(hash).await;
    }
    let head: Block = ledger(&env, "head").await;
    assert!(head.number > heads[4].number, "{head:?}");
    for hash in &hashes {
        let proved: Transaction = ledger(&env, &transaction(hash)).await;
        assert!(proved.proof.unwrap().verifies(&hex::decode(hash).unwrap()));
    }
    for kept in &heads {
        let path = format!("consistency?from={}&to={}", kept.number, head.number);
        let mut proof: ConsistencyProof = ledger(&env, &path).await;
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
    let mut env = TestEnv::start_with(data()).await;
    let first = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&first).await;
    set(&env, json!({ "reorganiseBlocks": 1 })).await;
    env.wait_until_anchored(&first).await;
    let stopped = std::mem::replace(
        &mut env.platform,
        support::start_platform(air_sandbox::Data::Memory).await,
    );
    stopped.stop().await.unwrap();
    env.platform = support::start_platform(data()).await;
    let second = env.issue_on_behalf("bob@example.com", &env.order()).await;
    env.wait_until_anchored(&second).await;
    let head: Block = ledger(&env, "head").await;
    assert_eq!(
        (head.number, head.tree_size),
        (3, 3),
        "somebody else's, ours, ours"
    );
    for from in 1..=3 {
        let proof: ConsistencyProof = ledger(&env, &format!("consistency?from={from}&to=3")).await;
        assert!(proof.verifies(), "{from}");
    }
}
