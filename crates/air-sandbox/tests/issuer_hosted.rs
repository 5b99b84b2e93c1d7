//! Issuers that sign themselves (G2): the holder's key, and credentials sealed to it.

mod backends;
mod mismatches;

use air_crypto::holder::{HolderEnvelope, HolderPrivateKey, HolderPublicKey};
use air_jwt::PartnerToken;
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestEnv, token_of};

const INITIALIZE: &str = "/v1/auth/initialize-user";
const VCS: &str = "/v1/dstorage/vcs";
const KEY: &str = "/sandbox/v1/users/me/encryption-key";
const CREDENTIAL: &[u8] = b"eyJ0eXAiOiJkYytzZC1qd3QifQ.e30.c2ln~";

async fn initialize(env: &TestEnv, email: &str) -> Value {
    let token = env.token(PartnerToken::issue);
    let (status, user) = env
        .call(
            Method::POST,
            INITIALIZE,
            Some(&token),
            Some(&json!({ "email": email })),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{user}");
    user
}

/// A request to store, for the user that `initialize-user` answered.
fn sealed_for(env: &TestEnv, user: &Value, external_id: &str) -> Value {
    let key: HolderPublicKey = user["publicKey"].as_str().unwrap().parse().unwrap();
    let envelope = key.seal(CREDENTIAL, &mut rand::rng()).unwrap();
    json!({
        "holderDid": user["did"],
        "proofType": "SD_JWT_VC",
        "schemaId": env.ids["schemas"]["adult"],
        "expiresAt": "2028-01-15T08:00:00.000Z",
        "data": STANDARD.encode(envelope.data()),
        "iv": STANDARD.encode(envelope.iv()),
        "authTag": STANDARD.encode(envelope.auth_tag()),
        "encryptedKey": STANDARD.encode(envelope.ephemeral_key().to_spki_der()),
        "externalId": external_id,
    })
}

async fn store(env: &TestEnv, request: &Value) -> (StatusCode, Value) {
    let token = env.token(PartnerToken::issue);
    env.call(Method::POST, VCS, Some(&token), Some(request)).await
}

fn open(key: &HolderPrivateKey, fetched: &Value) -> Vec<u8> {
    let field = |name: &str| STANDARD.decode(fetched[name].as_str().unwrap()).unwrap();
    let envelope = HolderEnvelope::from_parts(
        &field("data"),
        &field("iv"),
        &field("authTag"),
        &field("encryptedKey"),
    );
    key.open(&envelope.unwrap()).unwrap().to_vec()
}

fn custodial(held: &Value) -> HolderPrivateKey {
    let text = held["custodialPrivateKey"].as_str().unwrap();
    HolderPrivateKey::from_pkcs8_der(&hex::decode(text.strip_prefix("0x").unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_user_has_one_key_for_each_issuer_however_often_it_asks() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    assert!(
        user["publicKey"].as_str().unwrap().starts_with("0x302a"),
        "{user}"
    );
    let again = initialize(&env, "Ada@example.com").await;
    for field in ["userId", "did", "publicKey"] {
        assert_eq!(again[field], user[field], "{field}");
    }
    let other = env.another_partner().await;
    let token = token_of(&other, PartnerToken::issue);
    let body = json!({ "email": "ada@example.com" });
    let (_, asked) = env
        .call(Method::POST, INITIALIZE, Some(&token), Some(&body))
        .await;
    assert_eq!((&asked["userId"], &asked["did"]), (&user["userId"], &user["did"]));
    assert_ne!(
        asked["publicKey"], user["publicKey"],
        "each issuer seals to a key of its own"
    );
    assert_ne!(
        initialize(&env, "bo@example.com").await["publicKey"],
        user["publicKey"]
    );

    let verify = env.token(PartnerToken::verify);
    for (token, body, expected) in [
        (
            None,
            json!({ "email": "ada@example.com" }),
            StatusCode::UNAUTHORIZED,
        ),
        // The documentation asks for no scope.
        (
            Some(&verify),
            json!({ "email": "ada@example.com" }),
            StatusCode::OK,
        ),
        (
            Some(&token),
            json!({ "email": "nobody" }),
            StatusCode::BAD_REQUEST,
        ),
        (Some(&token), json!({}), StatusCode::BAD_REQUEST),
    ] {
        let token = token.map(String::as_str);
        let (status, answer) = env.call(Method::POST, INITIALIZE, token, Some(&body)).await;
        assert_eq!(status, expected, "{answer}");
    }
}

#[tokio::test]
async fn a_credential_waits_for_its_holder_who_takes_the_key_over() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let (status, stored) = store(&env, &sealed_for(&env, &user, "order-1")).await;
    assert_eq!(status, StatusCode::CREATED, "{stored}");
    assert_eq!(stored["state"], "STORED");
    assert_eq!(stored["envelopeVersion"], "1");
    assert_eq!(stored["createdAt"], "2027-01-15T08:00:00Z");

    let session = env.login("ada@example.com").await;
    let get = async |path: &str| env.call_as_user(Method::GET, path, &session, None, None).await;
    let (_, held) = get("/sandbox/v1/users/me/vcs").await;
    assert_eq!(held["vcs"][0]["storagePath"], stored["storagePath"]);
    let path = format!("/v1/dstorage/{}", stored["storagePath"].as_str().unwrap());
    let (status, fetched) = get(&path).await;
    assert_eq!(status, StatusCode::OK, "{fetched}");
    assert_eq!(fetched["storagePath"], stored["storagePath"]);
    assert_eq!(fetched["expiresAt"], "2028-01-15T08:00:00Z");
    assert_eq!(fetched["proofType"], "SD_JWT_VC");
    assert!(fetched.get("externalId").is_none(), "that is the issuer's own");

    let (_, held) = get(KEY).await;
    assert_eq!(held["publicKey"], user["publicKey"]);
    let key = custodial(&held);
    assert_eq!(open(&key, &fetched), CREDENTIAL);

    let taken = json!({ "publicKey": user["publicKey"] });
    let (status, _) = env
        .call_as_user(Method::PUT, KEY, &session, None, Some(&taken))
        .await;
    assert_eq!(status, StatusCode::OK);
    let (_, held) = get(KEY).await;
    assert_eq!(held, taken, "the platform forgot the private half");
}

#[tokio::test]
async fn a_wallets_own_key_counts_from_then_on_and_the_old_one_is_not_lost() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let session = env.login("ada@example.com").await;
    let set = async |key: &str| {
        let body = json!({ "publicKey": key });
        env.call_as_user(Method::PUT, KEY, &session, None, Some(&body))
            .await
    };
    let own = HolderPrivateKey::generate(&mut rand::rng())
        .public_key()
        .to_string();
    assert_eq!(set(&own).await.0, StatusCode::OK);
    assert_eq!(
        initialize(&env, "ada@example.com").await["publicKey"],
        own.as_str()
    );
    let (_, held) = env.call_as_user(Method::GET, KEY, &session, None, None).await;
    assert_eq!(held["publicKey"], own.as_str());
    let kept = custodial(&held).public_key().to_string();
    assert_eq!(kept, user["publicKey"].as_str().unwrap());

    let zero = format!("0x302a300506032b656e032100{}", "00".repeat(32));
    for bad in ["", "0x00", &zero] {
        let (status, answer) = set(bad).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        assert!(
            answer["message"].as_str().unwrap().contains("publicKey"),
            "{answer}"
        );
    }
    assert_eq!(
        initialize(&env, "ada@example.com").await["publicKey"],
        own.as_str()
    );

    // A user who has a key of their own before the first request never gets one of the platform.
    let session = env.login("bo@example.com").await;
    let (status, _) = env.call_as_user(Method::GET, KEY, &session, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let body = json!({ "publicKey": own });
    env.call_as_user(Method::PUT, KEY, &session, None, Some(&body))
        .await;
    assert_eq!(
        initialize(&env, "bo@example.com").await["publicKey"],
        own.as_str()
    );
    let (_, held) = env.call_as_user(Method::GET, KEY, &session, None, None).await;
    assert_eq!(held, body);
    for session in ["", "stolen"] {
        let (status, _) = env.call_as_user(Method::GET, KEY, session, None, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn every_field_is_checked() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let good = sealed_for(&env, &user, "order-1");
    let limit = 128 * 1024;
    let zero_key =
        STANDARD.encode(hex::decode(format!("302a300506032b656e032100{}", "00".repeat(32))).unwrap());
    for (field, value) in [
        ("holderDid", json!("ada@example.com")),
        ("proofType", json!("RSA")),
        ("schemaId", json!("")),
        ("expiresAt", json!("2028-01-15")),
        ("expiresAt", json!("2027-01-15T08:00:00Z")),
        ("data", json!("AA")),
        ("data", json!("")),
        ("data", json!(STANDARD.encode(vec![7; limit + 1]))),
        ("iv", json!(STANDARD.encode([7; 11]))),
        ("iv", json!(STANDARD.encode([7; 13]))),
        ("iv", json!("7Q==*")),
        ("authTag", json!(STANDARD.encode([7; 15]))),
        ("authTag", json!(STANDARD.encode([7; 17]))),
        ("encryptedKey", json!(STANDARD.encode([7; 32]))),
        ("encryptedKey", json!(zero_key)),
        ("externalId", json!("")),
        ("externalId", json!("x".repeat(256))),
        ("externalId", json!("order 1")),
        ("externalId", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let (status, answer) = store(&env, &bad).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field}: {answer}");
        assert!(
            answer["message"].as_str().unwrap().contains(field),
            "{field}: {answer}"
        );
    }
    for field in good
        .as_object()
        .unwrap()
        .keys()
        .filter(|field| *field != "proofType")
    {
        let mut without = good.clone();
        without.as_object_mut().unwrap().remove(field);
        let (status, answer) = store(&env, &without).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(field), "{answer}");
    }
    let mut usual = good.clone();
    usual.as_object_mut().unwrap().remove("proofType");
    let (status, answer) = store(&env, &usual).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let mut largest = good;
    largest["data"] = json!(STANDARD.encode(vec![7; limit]));
    largest["externalId"] = json!("x".repeat(255));
    let (status, answer) = store(&env, &largest).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

#[tokio::test]
async fn an_external_id_counts_once() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let request = sealed_for(&env, &user, "order-1");
    let (_, stored) = store(&env, &request).await;
    let again = store(&env, &request).await;
    assert_eq!(again, (StatusCode::CREATED, stored.clone()));
    // Sealed again, it is another envelope.
    let (status, answer) = store(&env, &sealed_for(&env, &user, "order-1")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (_, second) = store(&env, &sealed_for(&env, &user, "order-2")).await;
    assert_ne!(second["storagePath"], stored["storagePath"]);

    // Another partner's names are its own.
    let other = env.another_partner().await;
    let mut request = request;
    request["schemaId"] = other.1["schemas"]["adult"].clone();
    let token = token_of(&other, PartnerToken::issue);
    let (status, third) = env.call(Method::POST, VCS, Some(&token), Some(&request)).await;
    assert_eq!(status, StatusCode::CREATED, "{third}");
    assert_ne!(third["storagePath"], stored["storagePath"]);
}

#[tokio::test]
async fn only_the_issuer_stores_and_only_the_holder_fetches() {
    let env = TestEnv::start().await;
    let user = initialize(&env, "ada@example.com").await;
    let request = sealed_for(&env, &user, "order-1");
    let other = env.another_partner().await;
    let foreign = token_of(&other, PartnerToken::issue);
    for (token, expected) in [
        (None, StatusCode::UNAUTHORIZED),
        // The schema is another partner's.
        (Some(&foreign), StatusCode::FORBIDDEN),
    ] {
        let token = token.map(String::as_str);
        let (status, answer) = env.call(Method::POST, VCS, token, Some(&request)).await;
        assert_eq!(status, expected, "{answer}");
    }
    for (field, value) in [
        ("holderDid", "did:air:id:test:nobody"),
        ("schemaId", "01KKX3Q7DEK0GM2TCKMMHA"),
    ] {
        let mut unknown = request.clone();
        unknown[field] = json!(value);
        let (status, answer) = store(&env, &unknown).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{field}: {answer}");
    }

    let (_, stored) = store(&env, &request).await;
    let path = format!("/v1/dstorage/{}", stored["storagePath"].as_str().unwrap());
    let stranger = env.login("bo@example.com").await;
    let (status, answer) = env.call_as_user(Method::GET, &path, &stranger, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    let (_, held) = env
        .call_as_user(Method::GET, "/sandbox/v1/users/me/vcs", &stranger, None, None)
        .await;
    assert_eq!(held, json!({ "vcs": [] }));
    // No partner's token is a session.
    let token = env.token(PartnerToken::issue);
    for path in [&path, "/sandbox/v1/users/me/vcs", KEY] {
        let (status, answer) = env.call(Method::GET, path, Some(&token), None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
    }
}
