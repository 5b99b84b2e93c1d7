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

async fn issue_on_behalf(world: &TestEnv, email: &str, order: &Value) -> Value {
    let token = world.on_behalf_token(email);
    let path = "/v1/credentials/issue-on-behalf";
    let (status, issued) = world.call(Method::POST, path, Some(&token), Some(order)).await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    issued
}

/// Issues to the present user with this key.
async fn issue_present(world: &TestEnv, email: &str, key: &str, order: &Value) -> Value {
    let session = world.login(email).await;
    let token = world.token(PartnerToken::issue);
    let mut order = order.clone();
    order["cakPublicKey"] = json!(key);
    let path = "/sandbox/v1/credentials/issue";
    let (status, issued) = world
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    issued
}

async fn status_of(world: &TestEnv, hash: &Value) -> Value {
    let token = world.token(PartnerToken::issue);
    let path = format!("/v1/credentials/status?coreClaimHash={}", hash.as_str().unwrap());
    let (status, answer) = world.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["sandbox"]["cak"].clone()
}

#[tokio::test]
async fn an_issuance_on_behalf_says_that_there_is_no_key_yet() {
    let world = TestEnv::start().await;
    let missing = json!({ "state": "missing", "missing": {
        "reason": "notAccepted", "message": "no CAK yet: the user has not accepted" } });
    // The first is issued alone, the others in a batch.
    for email in ["ada@example.com", "bob@example.com", "eve@example.com"] {
        let issued = issue_on_behalf(&world, email, &world.order()).await;
        assert_eq!(issued["sandbox"]["cak"], missing, "{email}");
        assert_eq!(status_of(&world, &issued["coreClaimHash"]).await, missing);
    }
    let available = json!({ "state": "available", "curve": "secp256r1", "publicKey": CAK });
    let present = issue_present(&world, "joe@example.com", CAK, &world.order()).await;
    assert_eq!(status_of(&world, &present["coreClaimHash"]).await, available);
    // The issuer has the user's key of this schema, so the next credential has it too.
    let issued = issue_on_behalf(&world, "joe@example.com", &world.order()).await;
    assert_eq!(issued["sandbox"]["cak"], available);
}

#[tokio::test]
async fn a_key_given_with_a_duplicate_belongs_to_the_credential_that_is_returned() {
    let world = TestEnv::start().await;
    let mut order = world.order();
    let issued = issue_on_behalf(&world, EMAIL, &order).await;
    order["onDuplicate"] = json!("ignore");
    let same = issue_present(&world, EMAIL, CAK, &order).await;
    assert_eq!(same["coreClaimHash"], issued["coreClaimHash"]);
    assert_eq!(same["duplicate"]["outcome"], "returned");
    let cak = status_of(&world, &issued["coreClaimHash"]).await;
    assert_eq!(cak["publicKey"], CAK);
}

#[tokio::test]
async fn a_program_without_compliance_encryption_has_no_key_to_report() {
    let mut world = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&world.jwks.url);
    seed["programs"][0]["cak"] = json!(false);
    world.ids = world.seed(&seed).await;
    let issued = issue_on_behalf(&world, EMAIL, &world.order()).await;
    assert!(issued.get("sandbox").is_none(), "{issued}");
    assert_eq!(status_of(&world, &issued["coreClaimHash"]).await, Value::Null);
}

#[tokio::test]
async fn a_key_is_its_issuers_alone_and_shows_nobody_who_is_a_user() {
    let world = TestEnv::start().await;
    let other = world.another_partner().await;
    let issued = issue_present(&world, EMAIL, CAK, &world.order()).await;
    let ada = &issued["userUuid"];
    let waiting = issue_on_behalf(&world, "bob@example.com", &world.order()).await;
    let token = world.token(PartnerToken::issue);
    let get = async |path: String, token: String| world.call(Method::GET, &path, Some(&token), None).await;

    let (status, found) = get(path(ada, &world.ids, ""), token.clone()).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    let expected = json!({ "user": ada, "issuer": world.ids["issuerDid"], "schema": world.ids["schemas"]["adult"],
        "curve": "secp256r1", "publicKey": CAK, "recordedAt": "2027-01-15 08:00:00" });
    assert_eq!(found, expected);

    let unknown = get(path(&json!(NOBODY), &world.ids, ""), token.clone()).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    for (case, path, token) in [
        (
            "a user who has not accepted",
            path(&waiting["userUuid"], &world.ids, ""),
            token.clone(),
        ),
        (
            "another curve",
            path(ada, &world.ids, "&curve=secp256k1"),
            token.clone(),
        ),
        ("another partner's issuer", path(ada, &other.1, ""), token.clone()),
        (
            "another partner",
            path(ada, &world.ids, ""),
            token_of(&other, PartnerToken::issue),
        ),
    ] {
        assert_eq!(get(path, token).await, unknown, "{case}");
    }
    for bad in ["&curve=secp521r1", "&curve="] {
        let (status, _) = get(path(ada, &world.ids, bad), token.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let verifier = world.token(PartnerToken::verify);
    let (status, _) = get(path(ada, &world.ids, ""), verifier).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_verification_says_which_key_is_missing() {
    let mut world = TestEnv::start().await;
    for (encryption, reason) in [(true, "notAccepted"), (false, "encryptionOff")] {
        let mut seed = TestEnv::seed_file(&world.jwks.url);
        seed["programs"][0]["cak"] = json!(encryption);
        world.ids = world.seed(&seed).await;
        let hash = world.issue_on_behalf(EMAIL, &world.order()).await;
        world.wait_until_anchored(&hash).await;
        let result = verify(&world).await;
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
    world.ids = world.seed(&TestEnv::seed_file(&world.jwks.url)).await;
    let issued = issue_present(&world, EMAIL, CAK, &world.order()).await;
    world
        .wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let result = verify(&world).await;
    assert_eq!(result["cak"]["publicKey"], CAK);
    assert_eq!(result.get("cakMissing"), None, "{result}");
}

/// The user agrees to a verification.
async fn verify(world: &TestEnv) -> Value {
    let session = world.login(EMAIL).await;
    let token = world.token(PartnerToken::verify);
    let start = json!({ "programId": world.ids["verificationPrograms"]["adult"] });
    let path = "/sandbox/v1/verifications";
    let (status, started) = world
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&start))
        .await;
    assert_eq!(status, StatusCode::OK, "{started}");
    let path = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
    let agree = json!({ "decision": "agree" });
    let (status, result) = world
        .call_as_user(Method::POST, &path, &session, None, Some(&agree))
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    result
}
