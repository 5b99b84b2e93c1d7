//! The differences between the vendor's issuer service and this platform, by the numbers of the table in
//! `docs/book/src/guide/issuer-backends.md`.

use air_jwt::{PartnerToken, jws};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{INITIALIZE, VCS, initialize, sealed_for, store};
use crate::support::{NOW, TestEnv};

const BY_TOKEN: &str = "/v2/auth/initialize-user";

/// Signs a token with these members in its header besides `alg` and `kid`, and these claims.
fn token(world: &TestEnv, header: &Value, claims: &Value) -> String {
    let mut all = json!({ "alg": "ES256", "kid": world.key.kid().as_str() });
    let members = all.as_object_mut().unwrap();
    members.extend(header.as_object().cloned().unwrap_or_default());
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&all), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(world.key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The claims of the vendor's issuer service: 15 minutes, no scope.
fn claims(world: &TestEnv) -> Value {
    json!({ "partnerId": world.partner_id().as_str(), "iss": "issuer", "iat": NOW, "exp": NOW + 900 })
}

async fn messages(world: &TestEnv, path: &str) -> Vec<Value> {
    let (_, log) = world.call(Method::GET, "/sandbox/v1/logs", None, None).await;
    let requests = log["requests"].as_array().unwrap().iter();
    let of_path = requests.filter(|request| request["path"] == path);
    of_path.map(|request| request["message"].clone()).collect()
}

#[tokio::test]
async fn mismatches_1_and_2_a_token_without_type_and_scope_is_accepted_from_an_issuers_backend_with_a_note() {
    let world = TestEnv::start().await;
    let user = initialize(&world, "ada@example.com").await;
    let token = token(&world, &json!({}), &claims(&world));
    let body = json!({ "email": "ada@example.com" });
    let (status, answer) = world
        .call(Method::POST, INITIALIZE, Some(&token), Some(&body))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let sealed = sealed_for(&world, &user, "urn:6f0d4b7e-5a0e-4a35-9a1c-3f7d2f6d5a10");
    let (status, answer) = world.call(Method::POST, VCS, Some(&token), Some(&sealed)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    for (path, expected) in [(INITIALIZE, 2), (VCS, 1)] {
        let messages = messages(&world, path).await;
        assert_eq!(messages.len(), expected);
        let note = messages.last().unwrap().as_str().unwrap();
        assert!(note.contains("`typ` and the scope `issue`"), "{note}");
        assert!(!note.contains(&token), "{note}");
    }
    let first = &messages(&world, INITIALIZE).await[0];
    assert!(first.is_null(), "a full token needs no note: {first}");
    // Other calls need a scope.
    let (status, answer) = world
        .call(Method::GET, "/sandbox/v1/callbacks", Some(&token), None)
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
}

#[tokio::test]
async fn mismatch_1_another_type_and_an_untyped_token_on_behalf_are_refused() {
    let world = TestEnv::start().await;
    let body = json!({ "email": "ada@example.com" });
    let mut on_behalf = claims(&world);
    on_behalf["scope"] = json!("issue on-behalf");
    on_behalf["email"] = json!("ada@example.com");
    for (header, claims) in [
        (json!({ "typ": "statuslist+jwt" }), claims(&world)),
        (json!({}), on_behalf),
    ] {
        let token = token(&world, &header, &claims);
        let (status, answer) = world
            .call(Method::POST, INITIALIZE, Some(&token), Some(&body))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{header}: {answer}");
    }
}

async fn by_token(world: &TestEnv, partner: Option<&str>, token: &str) -> (StatusCode, Value) {
    let url = format!("{}{BY_TOKEN}", world.platform.url());
    let mut request = world.http.post(url).json(&json!({ "partnerJwt": token }));
    if let Some(partner) = partner {
        request = request.header("x-partner-id", partner);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn mismatch_3_a_user_is_initialized_by_the_address_in_the_token() {
    let world = TestEnv::start().await;
    let partner = world.partner_id().to_string();
    let mut addressed = claims(&world);
    addressed["email"] = json!("ada@example.com");
    let addressed = token(&world, &json!({}), &addressed);
    let (status, user) = by_token(&world, Some(&partner), &addressed).await;
    assert_eq!(status, StatusCode::OK, "{user}");
    let by_header = initialize(&world, "ada@example.com").await;
    for field in ["userId", "did", "publicKey"] {
        assert_eq!(user[field], by_header[field], "{field}");
    }
    let note = &messages(&world, BY_TOKEN).await[0];
    assert!(note.as_str().unwrap().contains("`typ`"), "{note}");

    let (status, answer) = by_token(
        &world,
        Some(&partner),
        &token(&world, &json!({}), &claims(&world)),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("email"), "{answer}");
    let mut invalid = claims(&world);
    invalid["email"] = json!("nobody");
    let (status, answer) = by_token(&world, Some(&partner), &token(&world, &json!({}), &invalid)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");

    let other = world.another_partner().await.1;
    for (named, token) in [
        (None, addressed.as_str()),
        (Some("nobody"), addressed.as_str()),
        (other["partnerId"].as_str(), addressed.as_str()),
        (Some(partner.as_str()), "junk"),
    ] {
        let (status, answer) = by_token(&world, named, token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{named:?}: {answer}");
        assert!(!answer.to_string().contains(&addressed), "{answer}");
    }
}

#[tokio::test]
async fn mismatch_4_the_answer_has_a_status_and_a_signing_key() {
    let world = TestEnv::start().await;
    for status in ["new", "existing"] {
        let user = initialize(&world, "ada@example.com").await;
        assert_eq!(user["status"], status, "{user}");
        let members = user.as_object().unwrap();
        assert_eq!(members.get("signingKey"), Some(&Value::Null), "{user}");
    }
}

/// `urn:<uuid>` is not a URN, but the issuer's name for an envelope may have any form.
#[tokio::test]
async fn mismatch_9_an_external_id_is_opaque() {
    let world = TestEnv::start().await;
    let user = initialize(&world, "ada@example.com").await;
    for id in [
        "urn:6f0d4b7e-5a0e-4a35-9a1c-3f7d2f6d5a10",
        "urn:uuid:6f0d4b7e-5a0e-4a35-9a1c-3f7d2f6d5a10",
    ] {
        let (status, answer) = store(&world, &sealed_for(&world, &user, id)).await;
        assert_eq!(status, StatusCode::CREATED, "{id}: {answer}");
    }
}

#[tokio::test]
async fn mismatch_13_a_credential_without_a_proof_type_is_an_sd_jwt_vc() {
    let world = TestEnv::start().await;
    let user = initialize(&world, "ada@example.com").await;
    let mut request = sealed_for(&world, &user, "order-1");
    request.as_object_mut().unwrap().remove("proofType");
    let (_, stored) = store(&world, &request).await;
    let session = world.login("ada@example.com").await;
    let (_, held) = world
        .call_as_user(Method::GET, "/sandbox/v1/users/me/vcs", &session, None, None)
        .await;
    assert_eq!(held["vcs"][0]["storagePath"], stored["storagePath"]);
    assert_eq!(held["vcs"][0]["proofType"], "SD_JWT_VC");
}

#[tokio::test]
async fn mismatch_15_another_envelope_under_the_same_external_id_is_a_conflict() {
    let world = TestEnv::start().await;
    let user = initialize(&world, "ada@example.com").await;
    let first = sealed_for(&world, &user, "order-1");
    assert_eq!(store(&world, &first).await.0, StatusCode::CREATED);
    let resealed = sealed_for(&world, &user, "order-1");
    assert_eq!(store(&world, &resealed).await.0, StatusCode::CONFLICT);
    assert_eq!(store(&world, &first).await.0, StatusCode::CREATED);
}

/// A token of the platform's own form needs no note either.
#[tokio::test]
async fn mismatch_2_a_token_with_the_scope_is_not_noted() {
    let world = TestEnv::start().await;
    let token = world.token(PartnerToken::issue);
    let (status, _) = by_token(&world, Some(world.partner_id().as_str()), &token).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "it has no address");
    let mut addressed = claims(&world);
    addressed["email"] = json!("ada@example.com");
    addressed["scope"] = json!("issue");
    let token = jws::sign(&world.key, "JWT", &addressed);
    let (status, answer) = by_token(&world, Some(world.partner_id().as_str()), &token).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let messages = messages(&world, BY_TOKEN).await;
    assert!(messages.last().unwrap().is_null(), "{messages:?}");
}
