//! Attacks of callers on the store: others' objects, all its room, and addresses that look alike.

use air_jwt::{PartnerToken, SigningKey};
use air_sandbox::{Clock, Config, Data, Platform, Quotas, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, CAK, NOW, TestEnv, config_with, sealed, token_of};

async fn test_env_with(quotas: Quotas) -> TestEnv {
    let mut config = Config::default();
    config.data = support::data(Data::Memory).await;
    config.block_time = std::time::Duration::from_millis(10);
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    config.quotas = quotas;
    TestEnv::start_on(Platform::start(config).await.unwrap()).await
}

async fn store_object(env: &TestEnv, hash: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
    let path = format!("/sandbox/v1/dstorage/objects?coreClaimHash={hash}&name=n");
    let request = env
        .http
        .post(format!("{}{path}", env.platform.url()))
        .header("x-partner-auth", env.token(PartnerToken::issue))
        .body(bytes);
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn fetch_object(env: &TestEnv, object: &Value, token: &str) -> StatusCode {
    let path = format!(
        "/sandbox/v1/dstorage/objects/{}",
        object["storageId"].as_str().unwrap()
    );
    let request = env.http.get(format!("{}{path}", env.platform.url()));
    let response = request.header("x-partner-auth", token).send().await.unwrap();
    response.status()
}

/// The user agrees to a program of a verifier's: the run and its result.
async fn verify(env: &TestEnv, verifier: &(SigningKey, Value), require_cak: bool) -> (String, Value) {
    let program = json!({ "partnerId": verifier.1["partnerId"], "schemaId": env.ids["schemas"]["adult"],
        "requireCak": require_cak, "conditions": [{ "attribute": "age", "operator": "greater", "value": 17 }] });
    let path = "/sandbox/v1/verification-programs";
    let (status, program) = env.call(Method::POST, path, None, Some(&program)).await;
    assert_eq!(status, StatusCode::OK, "{program}");
    let token = token_of(verifier, PartnerToken::verify);
    let session = env.login_with(&token, "ada@example.com").await;
    let path = "/sandbox/v1/verifications";
    let start = json!({ "programId": program["programId"] });
    let (status, run) = env
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&start))
        .await;
    assert_eq!(status, StatusCode::OK, "{run}");
    let id = run["verificationId"].as_str().unwrap().to_owned();
    let path = format!("{path}/{id}/consent");
    let agree = json!({ "decision": "agree" });
    let (status, result) = env
        .call_as_user(Method::POST, &path, &session, None, Some(&agree))
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["status"], "Compliant", "{result}");
    (id, result)
}

async fn issue(env: &TestEnv) -> String {
    let session = env.login("ada@example.com").await;
    let mut order = env.order();
    order["cakPublicKey"] = json!(CAK);
    let (token, path) = (env.token(PartnerToken::issue), "/sandbox/v1/credentials/issue");
    let (status, issued) = env
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    let hash = issued["coreClaimHash"].as_str().unwrap().to_owned();
    env.wait_until_anchored(&hash).await;
    hash
}

async fn open_callback(env: &TestEnv, verifier: &str) -> (StatusCode, Value) {
    let body = json!({ "issuerDid": env.ids["issuerDid"] });
    let path = "/v1/verifier/verify/initialize";
    env.call(Method::POST, path, Some(verifier), Some(&body)).await
}

async fn callbacks(env: &TestEnv, page: u32) -> Value {
    let (path, token) = (
        format!("/sandbox/v1/callbacks?page={page}"),
        env.token(PartnerToken::issue),
    );
    let (status, answer) = env.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn a_verifier_gets_the_objects_that_the_user_released_and_no_others() {
    let env = TestEnv::start().await;
    let hash = issue(&env).await;
    let (_, before) = store_object(&env, &hash, sealed()).await;
    let (with_key, without_key) = (env.another_partner().await, env.another_partner().await);
    let (_, released) = verify(&env, &with_key, true).await;
    let (_, verdict) = verify(&env, &without_key, false).await;
    assert_eq!(released["documents"].as_array().unwrap().len(), 1, "{released}");
    assert_eq!(
        verdict["documents"].as_array().map_or(0, Vec::len),
        0,
        "{verdict}"
    );
    let (_, after) = store_object(&env, &hash, sealed()).await;

    let with_key = token_of(&with_key, PartnerToken::verify);
    let without_key = token_of(&without_key, PartnerToken::verify);
    assert_eq!(fetch_object(&env, &before, &with_key).await, StatusCode::OK);
    assert_eq!(
        fetch_object(&env, &after, &with_key).await,
        StatusCode::NOT_FOUND,
        "it was stored after the verification"
    );
    assert_eq!(
        fetch_object(&env, &before, &without_key).await,
        StatusCode::NOT_FOUND,
        "its program asked for no key"
    );
}

#[tokio::test]
async fn guessed_signatures_neither_lock_a_package_nor_tell_that_it_exists() {
    let env = TestEnv::start().await;
    issue(&env).await;
    let verifier = env.another_partner().await;
    let (run, _) = verify(&env, &verifier, true).await;
    let path = format!("/sandbox/v1/packages?verificationId={run}&name=n");
    let deposit = env
        .http
        .post(format!("{}{path}", env.platform.url()))
        .header("x-partner-auth", env.token(PartnerToken::issue))
        .body(sealed());
    let package: Value = deposit.send().await.unwrap().json().await.unwrap();
    let url = package["url"].as_str().unwrap();
    let get = async |url: &str| {
        let response = env.http.get(url).send().await.unwrap();
        (response.status(), response.bytes().await.unwrap())
    };
    let (bare, _) = url.split_once('?').unwrap();
    let unknown = get(&format!("{bare}0?expires=1&signature=00")).await;
    assert_eq!(unknown.0, StatusCode::FORBIDDEN);
    for guess in 0..150 {
        let guessed = get(&format!("{bare}?expires=1&signature={guess:064x}")).await;
        assert_eq!(guessed, unknown, "guess {guess}");
    }
    assert_eq!(get(url).await.0, StatusCode::OK);
    let path = format!(
        "/sandbox/v1/packages/{}/accesses",
        package["packageId"].as_str().unwrap()
    );
    let token = env.token(PartnerToken::issue);
    let (_, log) = env.call(Method::GET, &path, Some(&token), None).await;
    let accesses = log["accesses"].as_array().unwrap();
    assert!(accesses.len() <= 101, "{} are recorded", accesses.len());
}

#[tokio::test]
async fn a_partner_stores_no_more_than_its_quota() {
    let size = sealed().len() as u64;
    let env = test_env_with(Quotas {
        stored_bytes: 2 * size,
        ..Quotas::default()
    })
    .await;
    let hash = issue(&env).await;
    let (run, _) = verify(&env, &env.another_partner().await, true).await;
    let deposit = async || {
        let path = format!("/sandbox/v1/packages?verificationId={run}&name=n&lifetime=60");
        let request = env
            .http
            .post(format!("{}{path}", env.platform.url()))
            .header("x-partner-auth", env.token(PartnerToken::issue))
            .body(sealed());
        request.send().await.unwrap().status()
    };
    assert_eq!(store_object(&env, &hash, sealed()).await.0, StatusCode::OK);
    assert_eq!(deposit().await, StatusCode::OK);
    let (status, answer) = store_object(&env, &hash, sealed()).await;
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("quota") && message.contains("has 0 left"),
        "{message}"
    );
    assert_eq!(deposit().await, StatusCode::INSUFFICIENT_STORAGE);

    // A package whose time is over takes no room.
    let ahead = json!({ "advanceSeconds": 60 });
    let (status, _) = env
        .call(Method::PUT, "/sandbox/v1/clock", None, Some(&ahead))
        .await;
    assert_eq!(status, StatusCode::OK);
    let freed = async { while deposit().await != StatusCode::OK {} };
    tokio::time::timeout(std::time::Duration::from_mins(1), freed)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_verifier_opens_no_more_callback_records_than_its_quota() {
    let env = test_env_with(Quotas {
        open_callbacks: 3,
        ..Quotas::default()
    })
    .await;
    let verifier = token_of(&env.another_partner().await, PartnerToken::verify);
    for _ in 0..3 {
        assert_eq!(open_callback(&env, &verifier).await.0, StatusCode::OK);
    }
    let (status, answer) = open_callback(&env, &verifier).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let other = token_of(&env.another_partner().await, PartnerToken::verify);
    assert_eq!(open_callback(&env, &other).await.0, StatusCode::OK);
}

#[tokio::test]
async fn open_records_hide_no_released_key_from_the_issuer() {
    let env = TestEnv::start().await;
    issue(&env).await;
    let verifier = env.another_partner().await;
    verify(&env, &verifier, true).await;
    let hostile = token_of(&env.another_partner().await, PartnerToken::verify);
    for _ in 0..100 {
        assert_eq!(open_callback(&env, &hostile).await.0, StatusCode::OK);
    }
    let (status, answer) = open_callback(&env, &hostile).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");

    let first = callbacks(&env, 1).await;
    assert_eq!(first["callbacks"].as_array().unwrap().len(), 100);
    assert_ne!(
        first["callbacks"][0]["status"], -1,
        "the released key comes first"
    );
    assert_eq!(first["nextPage"], 2);
    let second = callbacks(&env, 2).await;
    assert_eq!(second["callbacks"].as_array().unwrap().len(), 1);
    assert!(second.get("nextPage").is_none(), "{second}");
    let token = env.token(PartnerToken::issue);
    let (status, _) = env
        .call(Method::GET, "/sandbox/v1/callbacks?page=0", Some(&token), None)
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_address_that_unicode_folds_to_another_address_is_another_account() {
    let env = TestEnv::start().await;
    let token = env.token(PartnerToken::issue);
    let user = async |email: &str| {
        let login = json!({ "email": email });
        let (status, session) = env
            .call(Method::POST, "/sandbox/v1/sessions", Some(&token), Some(&login))
            .await;
        assert_eq!(status, StatusCode::OK, "{session}");
        session["userUuid"].as_str().unwrap().to_owned()
    };
    let kate = user("kate@example.com").await;
    assert_eq!(user("KATE@Example.com").await, kate);
    assert_ne!(user("\u{212A}ate@example.com").await, kate, "KELVIN SIGN");
    assert_ne!(user("\u{FF4B}ate@example.com").await, kate, "FULLWIDTH K");
    let composed = user("r\u{E9}my@example.com").await;
    assert_ne!(user("re\u{301}my@example.com").await, composed, "NFD");
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_others_may_read_is_closed_to_them_and_a_link_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let start = || Platform::start(config_with(|config| config.data = Data::Folder(data.clone())));
    let mode = |name: &str| {
        let metadata = std::fs::metadata(data.join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    start().await.unwrap().stop().await.unwrap();
    assert_eq!(mode(""), 0o700);
    let open_to_all = |name: &str| {
        let permissions = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(data.join(name), permissions).unwrap();
    };
    open_to_all("platform.sqlite");
    std::fs::write(data.join("platform.sqlite-wal"), "").unwrap();
    open_to_all("platform.sqlite-wal");
    let platform = start().await.unwrap();
    for name in ["platform.sqlite", "platform.sqlite-wal", "platform.sqlite-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    platform.stop().await.unwrap();

    let (database, elsewhere) = (data.join("platform.sqlite"), folder.path().join("elsewhere"));
    std::fs::rename(&database, &elsewhere).unwrap();
    symlink(&elsewhere, &database).unwrap();
    assert!(start().await.is_err());
}
