//! The public half of a CAK: whether it exists, and who can read it.

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{CAK, TestEnv, token_of};

const EMAIL: &str = "ada@example.com";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// The path of a key.
fn path(user: &Value, ids: &Value, more: &str) -> String {
    let [user, issuer, schema] =
        [user, &ids["issuerDid"], &ids["schemas"]["adult"]].map(|id| id.as_str().unwrap());
    format!("/sandbox/v1/cak?user={user}&issuer={issuer}&schema={schema}{more}")
}

async fn issue_on_behalf(env: &TestEnv, email: &str, order: &Value) -> Value {
    let token = env.on_behalf_token(email);
    let path = "/v1/credentials/issue-on-behalf";
    let (status, issued) = env.call(Method::POST, path, Some(&token), Some(order)).await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    issued
}

/// Issues to the present user with this key.
async fn issue_present(env: &TestEnv, email: &str, key: &str, order: &Value) -> Value {
    let session = env.login(email).await;
    let token = env.token(PartnerToken::issue);
    let mut order = order.clone();
    order["cakPublicKey"] = json!(key);
    let path = "/sandbox/v1/credentials/issue";
    let (status, issued) = env
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    issued
}

async fn status_of(env: &TestEnv, hash: &Value) -> Value {
    let token = env.token(PartnerToken::issue);
    let path = format!("/v1/credentials/status?coreClaimHash={}", hash.as_str().unwrap());
    let (status, answer) = env.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["sandbox"]["cak"].clone()
}

#[tokio::test]
async fn an_issuance_on_behalf_says_that_there_is_no_key_yet() {
    let env = TestEnv::start().await;
    let missing = json!({ "state": "missing", "missing": {
        "reason": "notAccepted", "message": "no CAK yet: the user has not accepted" } });
    // The first is issued alone, the others in a batch.
    for email in ["ada@example.com", "bob@example.com", "eve@example.com"] {
        let issued = issue_on_behalf(&env, email, &env.order()).await;
        assert_eq!(issued["sandbox"]["cak"], missing, "{email}");
        assert_eq!(status_of(&env, &issued["coreClaimHash"]).await, missing);
    }
    let available = json!({ "state": "available", "curve": "secp256r1", "publicKey": CAK });
    let present = issue_present(&env, "joe@example.com", CAK, &env.order()).await;
    assert_eq!(status_of(&env, &present["coreClaimHash"]).await, available);
    // The issuer has the user's key of this schema, so the next credential has it too.
    let issued = issue_on_behalf(&env, "joe@example.com", &env.order()).await;
    assert_eq!(issued["sandbox"]["cak"], available);
}

#[tokio::test]
async fn a_key_given_with_a_duplicate_belongs_to_the_credential_that_is_returned() {
    let env = TestEnv::start().await;
    let mut order = env.order();
    let issued = issue_on_behalf(&env, EMAIL, &order).await;
    order["onDuplicate"] = json!("ignore");
    let same = issue_present(&env, EMAIL, CAK, &order).await;
    assert_eq!(same["coreClaimHash"], issued["coreClaimHash"]);
    assert_eq!(same["duplicate"]["outcome"], "returned");
    let cak = status_of(&env, &issued["coreClaimHash"]).await;
    assert_eq!(cak["publicKey"], CAK);
}

#[tokio::test]
async fn a_program_without_compliance_encryption_has_no_key_to_report() {
    let mut env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["programs"][0]["cak"] = json!(false);
    env.ids = env.seed(&seed).await;
    let issued = issue_on_behalf(&env, EMAIL, &env.order()).await;
    assert!(issued.get("sandbox").is_none(), "{issued}");
    assert_eq!(status_of(&env, &issued["coreClaimHash"]).await, Value::Null);
}

#[tokio::test]
async fn a_key_is_its_issuers_alone_and_shows_nobody_who_is_a_user() {
    let env = TestEnv::start().await;
    let other = env.another_partner().await;
    let issued = issue_present(&env, EMAIL, CAK, &env.order()).await;
    let ada = &issued["userUuid"];
    let waiting = issue_on_behalf(&env, "bob@example.com", &env.order()).await;
    let token = env.token(PartnerToken::issue);
    let get = async |path: String, token: String| env.call(Method::GET, &path, Some(&token), None).await;

    let (status, found) = get(path(ada, &env.ids, ""), token.clone()).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let expected = json!({ "user": ada, "issuer": env.ids["issuerDid"], "schema": env.ids["schemas"]["adult"],
        "curve": "secp256r1", "publicKey": CAK, "recordedAt": "2027-01-15 08:00:00" });
    assert_eq!(found, expected);

    let unknown = get(path(&json!(NOBODY), &env.ids, ""), token.clone()).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    for (case, path, token) in [
        (
            "a user who has not accepted",
            path(&waiting["userUuid"], &env.ids, ""),
            token.clone(),
        ),
        (
            "another curve",
            path(ada, &env.ids, "&curve=secp256k1"),
            token.clone(),
        ),
        ("another partner's issuer", path(ada, &other.1, ""), token.clone()),
        (
            "another partner",
            path(ada, &env.ids, ""),
            token_of(&other, PartnerToken::issue),
        ),
    ] {
        assert_eq!(get(path, token).await, unknown, "{case}");
    }
    for bad in ["&curve=secp521r1", "&curve="] {
        let (status, _) = get(path(ada, &env.ids, bad), token.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let verifier = env.token(PartnerToken::verify);
    let (status, _) = get(path(ada, &env.ids, ""), verifier).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_verification_says_which_key_is_missing() {
    let mut env = TestEnv::start().await;
    for (encryption, reason) in [(true, "notAccepted"), (false, "encryptionOff")] {
        let mut seed = TestEnv::seed_file(&env.jwks.url);
        seed["programs"][0]["cak"] = json!(encryption);
        env.ids = env.seed(&seed).await;
        let hash = env.issue_on_behalf(EMAIL, &env.order()).await;
        env.wait_until_anchored(&hash).await;
        let result = verify(&env).await;
        assert_eq!(result["status"], "Compliant");
        assert_eq!(result.get("cak"), None);
        assert_eq!(result["cakMissing"]["reason"], reason, "{result}");
        assert!(
            result["cakMissing"]["message"]
                .as_str()
                .unwrap()
                .starts_with("no CAK")
        );
    }
    env.ids = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let issued = issue_present(&env, EMAIL, CAK, &env.order()).await;
    env.wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let result = verify(&env).await;
    assert_eq!(result["cak"]["publicKey"], CAK);
    assert_eq!(result.get("cakMissing"), None, "{result}");
}

/// The user agrees to a verification.
async fn verify(env: &TestEnv) -> Value {
    let session = env.login(EMAIL).await;
    let token = env.token(PartnerToken::verify);
    let start = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let path = "/sandbox/v1/verifications";
    let (status, started) = env
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&start))
        .await;
    assert_eq!(status, StatusCode::OK, "{started}");
    let path = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
    let agree = json!({ "decision": "agree" });
    let (status, result) = env
        .call_as_user(Method::POST, &path, &session, None, Some(&agree))
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    result
}
