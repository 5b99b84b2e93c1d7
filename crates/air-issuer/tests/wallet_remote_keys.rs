//! Credentials and metadata for wallets, with a key that is slow or fails.

use std::collections::HashSet;

use air_jwt::SigningKey;
use serde_json::json;

use crate::support::{
    Issuer, Response, Signing, SigningService, TestEnv, Wallet, keys, verify, verify_with_status,
};

async fn start(env: &TestEnv, signer: &SigningService) -> Issuer {
    let keys = signer.line("credentials");
    env.start_for_wallets_with_keys(&[SigningService::environment()], &keys)
        .await
}

async fn started() -> (TestEnv, SigningService, Issuer) {
    let env = TestEnv::new().await;
    let signer = SigningService::start().await;
    let issuer = start(&env, &signer).await;
    (env, signer, issuer)
}

/// Checks the answer while the key is away.
#[track_caller]
fn assert_unavailable(response: &Response) {
    response.assert_refused(503, "temporarily_unavailable");
    assert_eq!(response.header("retry-after"), "5", "{response:?}");
    assert_eq!(response.header("cache-control"), "no-store", "{response:?}");
}

#[tokio::test]
async fn a_slow_key_holds_up_no_other_route() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let first = wallet.request(&token, &keys(1)).await.credentials();
    verify_with_status(&env, &issuer, &first[0]).await.unwrap();

    signer.set(Signing::Waits);
    let holder = keys(1);
    let others = async {
        signer.wait_for_requests(2).await;
        // Each of these writes, or reads what a writer changes.
        wallet.redeem(&issuer.offered(&json!({})).await).await;
        assert_eq!(issuer.get("/statuslist/0").await.status, 200);
        let history = issuer.history().await;
        assert_eq!(history.len(), 1, "nothing is recorded unsigned");
        signer.set(Signing::Signs);
    };
    let (response, ()) = tokio::join!(wallet.request(&token, &holder), others);
    verify_with_status(&env, &issuer, &response.credentials()[0])
        .await
        .unwrap();
    assert_eq!(issuer.history().await.len(), 2);
}

#[tokio::test]
async fn the_keys_of_a_request_are_signed_for_at_the_same_time() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({})).await;
    let token = wallet.redeem(&created).await;
    signer.set(Signing::Waits);
    let holder = keys(16);
    let release = async {
        signer.wait_for_requests(16).await;
        signer.set(Signing::Signs);
    };
    let (response, ()) = tokio::join!(wallet.request(&token, &holder), release);
    let mut entries = HashSet::new();
    for (credential, key) in response.credentials().iter().zip(&holder) {
        let verified = verify(&env, &issuer, credential).await;
        let x = serde_json::to_value(key.public_jwk()).unwrap()["x"].clone();
        assert_eq!(verified.claims()["cnf"]["jwk"]["x"], x);
        assert!(entries.insert(verified.status_reference().unwrap().index));
    }
    assert_eq!(entries.len(), 16);
    assert_eq!(issuer.offer_state(&created).await["credentials"], 16);
}

#[tokio::test]
async fn a_failed_signature_leaves_nothing_and_loses_no_index() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({})).await;
    let token = wallet.redeem(&created).await;
    let order = wallet.order(&keys(16)).await;
    signer.set(Signing::Fails);
    // A list has 16 entries.
    for _ in 0..3 {
        assert_unavailable(&wallet.ask("credential", &token, &order).await);
    }
    assert!(issuer.history().await.is_empty());
    let state = issuer.offer_state(&created).await;
    assert_eq!(
        (&state["state"], &state["credentials"]),
        (&json!("redeemed"), &json!(0))
    );

    // The nonce was not used. The DPoP proof of each request was.
    signer.set(Signing::Signs);
    let credentials = wallet.ask("credential", &token, &order).await.credentials();
    let mut entries = HashSet::new();
    for credential in &credentials {
        let entry = verify(&env, &issuer, credential).await;
        let entry = entry.status_reference().unwrap().clone();
        assert!(entry.uri.ends_with("/statuslist/0"), "{entry:?}");
        assert!(entries.insert(entry.index), "{entry:?} was taken twice");
    }
    assert_eq!(credentials.len(), 16);
    // Each credential can be revoked.
    for line in issuer.history().await {
        issuer.revoke(&line["revocationNonce"]).await;
    }
    let last = verify_with_status(&env, &issuer, &credentials[15]).await;
    assert!(last.is_err());
}

#[tokio::test]
async fn a_dpop_proof_is_used_by_a_request_without_signature() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let body = wallet.order(&keys(1)).await.to_string();
    let authorization = format!("DPoP {token}");
    let proof = wallet.proof("credential", Some(&token)).await;
    let headers = [
        ("authorization", authorization.as_str()),
        ("dpop", proof.as_str()),
        ("content-type", "application/json"),
    ];
    signer.set(Signing::Fails);
    assert_unavailable(&wallet.send("credential", &headers, body.clone()).await);
    signer.set(Signing::Signs);
    let replayed = wallet.send("credential", &headers, body).await;
    replayed.assert_refused(401, "invalid_dpop_proof");
    assert!(issuer.history().await.is_empty());
}

#[tokio::test]
async fn a_request_that_is_sent_twice_is_signed_once() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let order = wallet.order(&keys(1)).await;
    signer.set(Signing::Waits);
    let release = async {
        signer.wait_for_requests(1).await;
        signer.set(Signing::Signs);
    };
    let (one, other, ()) = tokio::join!(
        wallet.ask("credential", &token, &order),
        wallet.ask("credential", &token, &order),
        release
    );
    assert_one_answer(&[one, other]);
    assert_eq!(signer.requests(), 1);
    assert_eq!(issuer.history().await.len(), 1);
}

/// One response has a credential, and the nonce of the others was used.
#[track_caller]
fn assert_one_answer(responses: &[Response]) {
    let (issued, refused): (Vec<_>, Vec<_>) = responses.iter().partition(|response| response.status == 200);
    assert_eq!(issued.len(), 1, "{responses:?}");
    for response in refused {
        response.assert_refused(400, "invalid_nonce");
    }
}

#[tokio::test]
async fn a_request_to_two_instances_is_recorded_once() {
    let (env, signer, first) = started().await;
    let second = start(&env, &signer).await;
    let here = Wallet::new(&env, &first);
    let there = here.at(&second);
    let token = here.redeem(&first.offered(&json!({})).await).await;
    let order = here.order(&keys(1)).await;
    signer.set(Signing::Waits);
    let release = async {
        signer.wait_for_requests(2).await;
        signer.set(Signing::Signs);
    };
    let (one, other, ()) = tokio::join!(
        here.ask("credential", &token, &order),
        there.ask("credential", &token, &order),
        release
    );
    assert_one_answer(&[one, other]);
    assert_eq!(first.history().await.len(), 1);
}

#[tokio::test]
async fn the_limit_of_a_token_holds_for_two_instances() {
    let (env, signer, first) = started().await;
    let second = start(&env, &signer).await;
    let here = Wallet::new(&env, &first);
    let there = here.at(&second);
    let token = here.redeem(&first.offered(&json!({})).await).await;
    for _ in 0..3 {
        assert_eq!(here.request(&token, &keys(16)).await.credentials().len(), 16);
    }
    signer.set(Signing::Waits);
    let (some, more) = (keys(16), keys(16));
    let release = async {
        signer.wait_for_requests(48 + 32).await;
        signer.set(Signing::Signs);
    };
    let (one, other, ()) = tokio::join!(here.request(&token, &some), there.request(&token, &more), release);
    let refused = if one.status == 200 { &other } else { &one };
    refused.assert_refused(400, "credential_request_denied");
    assert_eq!(first.history().await.len(), 64);
}

#[tokio::test]
async fn the_offer_is_checked_again_after_the_signature() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    assert_eq!(wallet.request(&token, &keys(1)).await.status, 200);
    signer.set(Signing::Waits);
    let holder = keys(1);
    let revoke = async {
        signer.wait_for_requests(2).await;
        issuer.revoke(&issuer.history().await[0]["revocationNonce"]).await;
        signer.set(Signing::Signs);
    };
    let (response, ()) = tokio::join!(wallet.request(&token, &holder), revoke);
    response.assert_refused(401, "invalid_token");

    let created = issuer.offered(&json!({})).await;
    let token = wallet.redeem(&created).await;
    signer.set(Signing::Waits);
    let withdraw = async {
        signer.wait_for_requests(3).await;
        assert_eq!(issuer.withdraw(&created).await, 204);
        signer.set(Signing::Signs);
    };
    let (response, ()) = tokio::join!(wallet.request(&token, &holder), withdraw);
    response.assert_refused(401, "invalid_token");

    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    signer.set(Signing::Waits);
    let end = async {
        signer.wait_for_requests(4).await;
        env.pass(600);
        signer.set(Signing::Signs);
    };
    let (response, ()) = tokio::join!(wallet.request(&token, &holder), end);
    response.assert_refused(401, "invalid_token");
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn a_slow_signature_of_the_metadata_holds_up_no_other_route() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({})).await;
    signer.set(Signing::Waits);
    let others = async {
        signer.wait_for_requests(1).await;
        let metadata = wallet.id.metadata_url();
        let path = metadata.strip_prefix("https://issuer.example").unwrap();
        assert_eq!(issuer.get(path).await.status, 200);
        assert_eq!(issuer.get("/.well-known/did.json").await.status, 200);
        wallet.redeem(&created).await;
        signer.set(Signing::Signs);
    };
    let (one, other, ()) = tokio::join!(wallet.signed_metadata(), wallet.signed_metadata(), others);
    assert_eq!((one.status, other.status), (200, 200));
    assert_eq!(one.body, other.body);
    assert_eq!(signer.requests(), 1, "both callers share the signature");
}

#[tokio::test]
async fn a_caller_that_disconnects_does_not_waste_a_signature() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    signer.set(Signing::Waits);
    tokio::select! {
        response = wallet.signed_metadata() => panic!("{response:?}"),
        () = signer.wait_for_requests(1) => {}
    }
    signer.set(Signing::Signs);
    assert_eq!(wallet.signed_metadata().await.status, 200);
    assert_eq!(signer.requests(), 1);

    signer.set(Signing::Waits);
    tokio::select! {
        response = issuer.get("/readyz") => panic!("{response:?}"),
        () = signer.wait_for_requests(2) => {}
    }
    signer.set(Signing::Signs);
    assert_eq!(issuer.get("/readyz").await.status, 200);
    assert_eq!(signer.requests(), 2);
}

#[tokio::test]
async fn signed_metadata_survives_the_failure_of_its_key() {
    let (env, signer, issuer) = started().await;
    let wallet = Wallet::new(&env, &issuer);
    signer.set(Signing::Fails);
    for _ in 0..3 {
        assert_unavailable(&wallet.signed_metadata().await);
    }
    assert_eq!(signer.requests(), 1, "the key has a pause of 5 s");
    signer.set(Signing::Signs);
    env.pass(5);
    let first = wallet.signed_metadata().await;
    assert_eq!(first.status, 200, "{first:?}");

    // It is due for another signature after half of its lifetime.
    signer.set(Signing::Fails);
    env.pass(43_199);
    assert_eq!(wallet.signed_metadata().await.body, first.body);
    assert_eq!(signer.requests(), 2);
    env.pass(1);
    assert_eq!(wallet.signed_metadata().await.body, first.body);
    assert_eq!(signer.requests(), 3);
    env.pass(43_200 - 301);
    assert_eq!(wallet.signed_metadata().await.body, first.body);
    env.pass(1);
    assert_unavailable(&wallet.signed_metadata().await);
    signer.set(Signing::Signs);
    env.pass(5);
    let second = wallet.signed_metadata().await;
    assert_eq!(second.status, 200, "{second:?}");
    assert_ne!(second.body, first.body);
}

#[tokio::test]
async fn readiness_and_wallets_follow_the_key_that_signs_at_its_time() {
    let env = TestEnv::new().await;
    let signer = SigningService::start().await;
    let old = SigningKey::generate(&mut rand::rng());
    let path = env.path().join("old.pem");
    std::fs::write(path, old.expose_pkcs8_pem().as_bytes()).unwrap();
    let url = &signer.url;
    let keys_of_credentials = format!(
        "credentials = [{{ file = \"old.pem\" }}, {{ url = \"{url}\", signs-from = \"2027-01-15T09:00:00Z\" }}]"
    );
    let issuer = env
        .start_for_wallets_with_keys(&[SigningService::environment()], &keys_of_credentials)
        .await;
    let wallet = Wallet::new(&env, &issuer);
    signer.set(Signing::Fails);
    env.pass(3_599);
    assert_eq!(issuer.get("/readyz").await.status, 200);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let first = wallet.request(&token, &keys(1)).await.credentials();

    env.pass(5);
    let response = issuer.get("/readyz").await;
    assert_eq!(response.status, 503, "{response:?}");
    assert_eq!(response.json()["code"], "key_unavailable");
    assert_unavailable(&wallet.request(&token, &keys(1)).await);
    signer.set(Signing::Signs);
    env.pass(5);
    assert_eq!(issuer.get("/readyz").await.status, 200);
    let second = wallet.request(&token, &keys(1)).await.credentials();
    for credential in [&first[0], &second[0]] {
        verify_with_status(&env, &issuer, credential).await.unwrap();
    }
}
