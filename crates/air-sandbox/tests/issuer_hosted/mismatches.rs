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
fn token(env: &TestEnv, header: &Value, claims: &Value) -> String {
    let mut all = json!({ "alg": "ES256", "kid": env.key.kid().as_str() });
    let members = all.as_object_mut().unwrap();
    members.extend(header.as_object().cloned().unwrap_or_default());
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&all), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(env.key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The claims of the vendor's issuer service: 15 minutes, no scope.
fn claims(env: &TestEnv) -> Value {
    json!({ "partnerId": env.partner_id().as_str(), "iss": "issuer", "iat": NOW, "exp": NOW + 900 })
}

async fn messages(env: &TestEnv, path: &str) -> Vec<Value> {
    let (_, log) = env.call(Method::GET, "/sandbox/v1/logs", None, None).await;
    let requests = log["requests"].as_array().unwrap().iter();
    let of_path = requests.filter(|request| request["path"] == path);
    of_path.map(|request| request["message"].clone()).collect()
}

#[tokio::test]
async fn mismatches_1_and_2_a_token_without_type_and_scope_is_accepted_from_an_issuers_backend_with_a_note() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let token = token(&env, &json!({}), &claims(&env));
    let body = json!({ "email": "ada@example.com" });
    let (status, answer) = env
        .call(Method::POST, INITIALIZE, Some(&token), Some(&body))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let sealed = sealed_for(&env, &user, "urn:6f0d4b7e-5a0e-4a35-9a1c-3f7d2f6d5a10");
    let (status, answer) = env.call(Method::POST, VCS, Some(&token), Some(&sealed)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    for (path, expected) in [(INITIALIZE, 2), (VCS, 1)] {
        let messages = messages(&env, path).await;
        assert_eq!(messages.len(), expected);
        let note = messages.last().unwrap().as_str().unwrap();
        assert!(note.contains("`typ` and the scope `issue`"), "{note}");
        assert!(!note.contains(&token), "{note}");
    }
    let first = &messages(&env, INITIALIZE).await[0];
    assert!(first.is_null(), "a full token needs no note: {first}");
    // Other calls need a scope.
    let (status, answer) = env
        .call(Method::GET, "/sandbox/v1/callbacks", Some(&token), None)
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
}

#[tokio::test]
async fn mismatch_1_another_type_and_an_untyped_token_on_behalf_are_refused() {
    let env = TestEnv::start().await;
    let body = json!({ "email": "ada@example.com" });
    let mut on_behalf = claims(&env);
    on_behalf["scope"] = json!("issue on-behalf");
    on_behalf["email"] = json!("ada@example.com");
    for (header, claims) in [
        (json!({ "typ": "statuslist+jwt" }), claims(&env)),
        (json!({}), on_behalf),
    ] {
        let token = token(&env, &header, &claims);
        let (status, answer) = env
            .call(Method::POST, INITIALIZE, Some(&token), Some(&body))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{header}: {answer}");
    }
}

async fn by_token(env: &TestEnv, partner: Option<&str>, token: &str) -> (StatusCode, Value) {
    let url = format!("{}{BY_TOKEN}", env.platform.url());
    let mut request = env.http.post(url).json(&json!({ "partnerJwt": token }));
    if let Some(partner) = partner {
        request = request.header("x-partner-id", partner);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn mismatch_3_a_user_is_initialized_by_the_address_in_the_token() {
    let env = TestEnv::start().await;
    let partner = env.partner_id().to_string();
    let mut addressed = claims(&env);
    addressed["email"] = json!("ada@example.com");
    let addressed = token(&env, &json!({}), &addressed);
    let (status, user) = by_token(&env, Some(&partner), &addressed).await;
    assert_eq!(status, StatusCode::OK, "{user}");
    let by_header = initialize(&env, "ada@example.com").await;
    for field in ["userId", "did", "publicKey"] {
        assert_eq!(user[field], by_header[field], "{field}");
    }
    let note = &messages(&env, BY_TOKEN).await[0];
    assert!(note.as_str().unwrap().contains("`typ`"), "{note}");

    let (status, answer) = by_token(&env, Some(&partner), &token(&env, &json!({}), &claims(&env))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("email"), "{answer}");
    let mut invalid = claims(&env);
    invalid["email"] = json!("nobody");
    let (status, answer) = by_token(&env, Some(&partner), &token(&env, &json!({}), &invalid)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");

    let other = env.another_partner().await.1;
    for (named, token) in [
        (None, addressed.as_str()),
        (Some("nobody"), addressed.as_str()),
        (other["partnerId"].as_str(), addressed.as_str()),
        (Some(partner.as_str()), "junk"),
    ] {
        let (status, answer) = by_token(&env, named, token).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{named:?}: {answer}");
        assert!(!answer.to_string().contains(&addressed), "{answer}");
    }
}

#[tokio::test]
async fn mismatch_4_the_answer_has_a_status_and_a_signing_key() {
    let env = TestEnv::start().await;
    for status in ["new", "existing"] {
        let user = initialize(&env, "ada@example.com").await;
        assert_eq!(user["status"], status, "{user}");
        let members = user.as_object().unwrap();
        assert_eq!(members.get("signingKey"), Some(&Value::Null), "{user}");
    }
}

/// `urn:<uuid>` is not a URN, but the issuer's name for an envelope may have any form.
#[tokio::test]
async fn mismatch_9_an_external_id_is_opaque() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    for id in [
        "urn:6f0d4b7e-5a0e-4a35-9a1c-3f7d2f6d5a10",
        "urn:uuid:6f0d4b7e-5a0e-4a35-9a1c-3f7d2f6d5a10",
    ] {
        let (status, answer) = store(&env, &sealed_for(&env, &user, id)).await;
        assert_eq!(status, StatusCode::CREATED, "{id}: {answer}");
    }
}

#[tokio::test]
async fn mismatch_13_a_credential_without_a_proof_type_is_an_sd_jwt_vc() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let mut request = sealed_for(&env, &user, "order-1");
    request.as_object_mut().unwrap().remove("proofType");
    let (_, stored) = store(&env, &request).await;
    let session = env.login("ada@example.com").await;
    let (_, held) = env
        .call_as_user(Method::GET, "/sandbox/v1/users/me/vcs", &session, None, None)
        .await;
    assert_eq!(held["vcs"][0]["storagePath"], stored["storagePath"]);
    assert_eq!(held["vcs"][0]["proofType"], "SD_JWT_VC");
}

#[tokio::test]
async fn mismatch_15_another_envelope_under_the_same_external_id_is_a_conflict() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let first = sealed_for(&env, &user, "order-1");
    assert_eq!(store(&env, &first).await.0, StatusCode::CREATED);
    let resealed = sealed_for(&env, &user, "order-1");
    assert_eq!(store(&env, &resealed).await.0, StatusCode::CONFLICT);
    assert_eq!(store(&env, &first).await.0, StatusCode::CREATED);
}

/// A token of the platform's own form needs no note either.
#[tokio::test]
async fn mismatch_2_a_token_with_the_scope_is_not_noted() {
    let env = TestEnv::start().await;
    let token = env.token(PartnerToken::issue);
    let (status, _) = by_token(&env, Some(env.partner_id().as_str()), &token).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "it has no address");
    let mut addressed = claims(&env);
    addressed["email"] = json!("ada@example.com");
    addressed["scope"] = json!("issue");
    let token = jws::sign(&env.key, "JWT", &addressed);
    let (status, answer) = by_token(&env, Some(env.partner_id().as_str()), &token).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let messages = messages(&env, BY_TOKEN).await;
    assert!(messages.last().unwrap().is_null(), "{messages:?}");
}
