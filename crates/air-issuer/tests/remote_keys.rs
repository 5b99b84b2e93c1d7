//! Keys behind a signing service that is slow or fails.

use std::collections::HashSet;

use air_issuer::{CheckLevel, Clock, Error, check};
use serde_json::{Value, json};

use crate::support::{Issuer, Signing, SigningService, TestEnv, open, verify, verify_with_status};

/// An issuer whose key for credentials is behind a service.
async fn started(keys: impl FnOnce(&SigningService) -> String) -> (TestEnv, SigningService, Issuer) {
    let env = TestEnv::new().await;
    let signer = SigningService::start().await;
    let config = env.config_with_keys(&[SigningService::environment()], &keys(&signer));
    let issuer = env.try_start(config).await.unwrap();
    (env, signer, issuer)
}

async fn with_credentials() -> (TestEnv, SigningService, Issuer) {
    started(|signer| signer.line("credentials")).await
}

fn request(env: &TestEnv, holder: usize) -> Value {
    let mut request = env.request();
    request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
    request
}

#[tokio::test]
async fn a_credential_of_a_remote_key_is_verified() {
    let (env, signer, issuer) = with_credentials().await;
    let document = issuer.get("/.well-known/did.json").await.body;
    assert!(document.contains(signer.kid()), "{document}");
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let credential = open(&env, &env.platform.stored()[0]);
    verify(&env, &issuer, &credential).await;
    verify_with_status(&env, &issuer, &credential).await.unwrap();
    assert_eq!(signer.requests(), 1);
}

#[tokio::test]
async fn a_slow_key_holds_up_no_other_route() {
    let (env, signer, issuer) = with_credentials().await;
    assert_eq!(issuer.issue(&request(&env, 0)).await, 201);
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    signer.set(Signing::Waits);
    let slow = request(&env, 1);
    let others = async {
        signer.wait_for_requests(2).await;
        // Each of these writes, or reads what a writer changes.
        issuer.revoke(&nonce).await;
        assert_eq!(issuer.get("/statuslist/0").await.status, 200);
        assert_eq!(issuer.history().await.len(), 1, "nothing is recorded unsigned");
        assert_eq!(issuer.get("/.well-known/did.json").await.status, 200);
        signer.set(Signing::Signs);
    };
    let (issued, ()) = tokio::join!(issuer.issue(&slow), others);
    assert_eq!(issued, 201);
    assert_eq!(env.platform.stored().len(), 2);
}

#[tokio::test]
async fn equal_requests_share_the_signature_of_a_slow_key() {
    let (env, signer, issuer) = with_credentials().await;
    signer.set(Signing::Waits);
    let same = env.request();
    let calls = futures_util::future::join_all((0..4).map(|_| issuer.issue(&same)));
    let release = async {
        signer.wait_for_requests(1).await;
        signer.set(Signing::Signs);
    };
    let (statuses, ()) = tokio::join!(calls, release);
    assert_eq!(statuses, [201; 4]);
    assert_eq!((signer.requests(), env.platform.stored().len()), (1, 1));
}

#[tokio::test]
async fn two_instances_that_sign_at_once_record_one_credential() {
    let (env, signer, first) = with_credentials().await;
    let keys = signer.line("credentials");
    let config = env.config_with_keys(&[SigningService::environment()], &keys);
    let second = env.try_start(config).await.unwrap();
    signer.set(Signing::Waits);
    let same = env.request();
    let release = async {
        signer.wait_for_requests(2).await;
        signer.set(Signing::Signs);
    };
    let (one, other, ()) = tokio::join!(first.issue(&same), second.issue(&same), release);
    assert_eq!((one, other), (201, 201));
    assert_eq!(env.platform.stored().len(), 1);
    assert_eq!(first.history().await.len(), 1);
}

#[tokio::test]
async fn a_failed_signature_leaves_nothing_and_loses_no_index() {
    let (env, signer, issuer) = with_credentials().await;
    signer.set(Signing::Fails);
    // More than a list has entries.
    for holder in 0..20 {
        let response = issuer.post("/issue-vc", &request(&env, holder)).await;
        assert_eq!(response.status, 503, "{response:?}");
        assert_eq!(response.json()["code"], "key_unavailable");
        assert_eq!(response.header("retry-after"), "5");
    }
    assert!(issuer.history().await.is_empty());
    assert!(env.platform.tries().is_empty());

    signer.set(Signing::Signs);
    let mut entries = HashSet::new();
    for holder in 0..16 {
        assert_eq!(issuer.issue(&request(&env, holder)).await, 201);
        let credential = open(&env, env.platform.stored().last().unwrap());
        let verified = verify(&env, &issuer, &credential).await;
        let entry = verified.status_reference().unwrap();
        assert!(entry.uri.ends_with("/statuslist/0"), "{entry:?}");
        assert!(entries.insert(entry.index), "{entry:?} was taken twice");
    }
    // Each credential can be revoked.
    for line in issuer.history().await {
        issuer.revoke(&line["revocationNonce"]).await;
    }
    let last = open(&env, env.platform.stored().last().unwrap());
    assert!(verify_with_status(&env, &issuer, &last).await.is_err());
}

#[tokio::test]
async fn readiness_follows_the_key() {
    let (env, signer, issuer) = with_credentials().await;
    assert_eq!(issuer.get("/readyz").await.status, 200);
    signer.set(Signing::Fails);
    let before = signer.requests();
    assert_eq!(
        issuer.get("/readyz").await.status,
        200,
        "the result is kept for 5 s"
    );
    assert_eq!(signer.requests(), before);
    env.pass(5);
    let response = issuer.get("/readyz").await;
    assert_eq!(response.status, 503, "{response:?}");
    let message = "the key of credentials can't be used now";
    assert_eq!(response.json()["message"], message);
    assert_eq!(issuer.get("/healthz").await.status, 200);
    signer.set(Signing::Signs);
    env.pass(5);
    assert_eq!(issuer.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_list_that_can_not_be_renewed_is_served_while_it_is_valid() {
    let (env, signer, issuer) = started(|signer| signer.line("status-lists")).await;
    let first = issuer.get("/statuslist/0").await;
    assert_eq!(first.status, 200);
    signer.set(Signing::Fails);
    env.pass(86_399 - 300);
    assert_eq!(issuer.get("/statuslist/0").await.body, first.body);
    env.pass(1);
    // A cached copy would expire.
    let response = issuer.get("/statuslist/0").await;
    assert_eq!(response.status, 503, "{response:?}");
    signer.set(Signing::Signs);
    // The pause after the failed signature.
    env.pass(4);
    assert_eq!(issuer.get("/statuslist/0").await.status, 200);
}

#[tokio::test]
async fn requests_for_a_list_do_not_repeat_a_failed_signature() {
    let (env, signer, issuer) = started(|signer| signer.line("status-lists")).await;
    signer.set(Signing::Fails);
    for _ in 0..5 {
        let response = issuer.get("/statuslist/0").await;
        assert_eq!(response.status, 503, "{response:?}");
        assert!(!response.header("retry-after").is_empty());
    }
    assert_eq!(signer.requests(), 1);
    env.pass(4);
    assert_eq!(issuer.get("/statuslist/0").await.status, 503);
    assert_eq!(signer.requests(), 1);
    env.pass(1);
    assert_eq!(issuer.get("/statuslist/0").await.status, 503);
    assert_eq!(signer.requests(), 2);
    signer.set(Signing::Signs);
    env.pass(5);
    assert_eq!(issuer.get("/statuslist/0").await.status, 200);

    // An earlier list is served during the pause.
    signer.set(Signing::Fails);
    env.pass(43_200);
    for _ in 0..5 {
        assert_eq!(issuer.get("/statuslist/0").await.status, 200);
    }
    assert_eq!(signer.requests(), 4);
}

#[tokio::test]
async fn a_changed_list_is_never_served_as_it_was() {
    let (env, signer, issuer) = started(|signer| signer.line("status-lists")).await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    assert_eq!(issuer.get("/statuslist/0").await.status, 200);
    signer.set(Signing::Fails);
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    issuer.revoke(&nonce).await;
    assert_eq!(issuer.get("/statuslist/0").await.status, 503);
}

#[tokio::test]
async fn a_caller_that_disconnects_does_not_waste_the_signature_of_a_list() {
    let (_env, signer, issuer) = started(|signer| signer.line("status-lists")).await;
    signer.set(Signing::Waits);
    tokio::select! {
        response = issuer.get("/statuslist/0") => panic!("{response:?}"),
        () = signer.wait_for_requests(1) => {}
    }
    signer.set(Signing::Signs);
    assert_eq!(issuer.get("/statuslist/0").await.status, 200);
    assert_eq!(signer.requests(), 1);
}

#[tokio::test]
async fn a_partner_jwt_without_signature_is_retried_later() {
    let (env, signer, issuer) = started(|signer| signer.line("tokens")).await;
    signer.set(Signing::Fails);
    assert_eq!(issuer.issue(&env.request()).await, 503);
    assert_eq!(issuer.history().await.len(), 1, "the credential is recorded");
    assert!(env.platform.tries().is_empty());
}

#[tokio::test]
async fn a_service_that_is_away_at_the_start_is_named() {
    let env = TestEnv::new().await;
    // Nothing listens at these ports.
    let variables = [
        SigningService::environment(),
        ("ISSUER_ORIGIN", "http://localhost:9"),
    ];
    let keys = "credentials = { url = \"http://127.0.0.1:9/#k\" }";
    let config = || env.config_with_keys(&variables, keys);
    let error = env.try_start(config()).await.err().unwrap();
    assert!(
        matches!(&error, Error::Key { name, reason } if name == "keys.credentials" && reason.contains("not reachable")),
        "{error:?}"
    );
    let checks = check(&config(), &Clock::system()).await.unwrap();
    let failed = checks
        .iter()
        .find(|check| check.name == "keys" && check.level == CheckLevel::Failed)
        .unwrap();
    assert_eq!(failed.code, Some("key-unusable"));
    assert!(failed.message.contains("not reachable"), "{failed:?}");
}
