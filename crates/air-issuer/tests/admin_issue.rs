//! `POST /admin/issue-vc`.

use air_jwt::jws::Unverified;
use serde_json::{Value, json};

use crate::support::{NOW, TestEnv, open, verify};

const EXPIRATION: &str = "2027-06-01T16:00:00Z";

fn request() -> Value {
    json!({
        "userId": "ada@example.com",
        "schemaId": "member",
        "vct": "https://issuer.example/types/member",
        "expiration": EXPIRATION,
        "credentialSubject": { "givenName": "Ada", "level": 5, "nickname": "A" },
    })
}

#[tokio::test]
async fn a_user_is_found_by_address_and_gets_the_credential() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let response = issuer.post("/admin/issue-vc", &request()).await;
    assert_eq!(
        (response.status, response.body.as_str()),
        (201, ""),
        "{response:?}"
    );
    let stored = env.platform.stored();
    let credential = open(&env, &stored[0]);
    let verified = verify(&env, &issuer, &credential).await;
    assert_eq!(
        verified.claims()["exp"],
        1_811_865_600,
        "exactly the time that was asked for"
    );
    assert_eq!(verified.subject()["level"], 5);
    assert_eq!(credential.matches('~').count(), 4, "all claims can be withheld");
    assert_eq!(issuer.post("/admin/issue-vc", &request()).await.status, 201);
    assert_eq!(
        env.platform.tries().len(),
        1,
        "an equal request gives nothing new"
    );
    let mut later = request();
    later["expiration"] = json!("2028-01-01");
    assert_eq!(issuer.post("/admin/issue-vc", &later).await.status, 201);
    assert_eq!(env.platform.stored()[1]["expiresAt"], "2028-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn the_user_is_found_by_the_newer_call_where_its_origin_is_known() {
    let env = TestEnv::new().await;
    let origin = env.platform.origin.clone();
    let issuer = env.start_with(&[("AIR_API_ORIGIN", &origin)]).await;
    assert_eq!(issuer.post("/admin/issue-vc", &request()).await.status, 201);
    assert_eq!(env.platform.stored()[0]["holderDid"], "did:air:id:test:holder");
}

#[tokio::test]
async fn a_frame_names_what_can_be_withheld() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut request = request();
    request["disclosureFrame"] = json!({ "_sd": ["givenName"], "_sd_decoy": 3 });
    assert_eq!(issuer.post("/admin/issue-vc", &request).await.status, 201);
    let credential = open(&env, &env.platform.stored()[0]);
    let token = Unverified::parse(credential.split('~').next().unwrap(), 100_000).unwrap();
    let payload = token.dangerous_payload().unwrap();
    assert_eq!(
        (&payload["level"], &payload["nickname"]),
        (&json!(5), &json!("A"))
    );
    assert_eq!(credential.matches('~').count(), 2);
}

#[tokio::test]
async fn a_user_whom_the_platform_does_not_know_is_422() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for address in ["nobody@example.com", "no address"] {
        let mut request = request();
        request["userId"] = json!(address);
        let response = issuer.post("/admin/issue-vc", &request).await;
        assert_eq!(response.status, 422);
        let message = format!("Unable to resolve user: {address}");
        let name = "Unprocessable Entity";
        assert_eq!(
            response.json(),
            json!({"message": message, "error": name, "statusCode": 422})
        );
    }
}

#[tokio::test]
async fn a_platform_that_is_down_is_a_503() {
    let env = TestEnv::new().await;
    // No server listens on port 1.
    let issuer = env.start_with(&[("AIR_API_ORIGIN", "http://localhost:1")]).await;
    let response = issuer.post("/admin/issue-vc", &request()).await;
    assert_eq!(
        (response.status, &response.json()["code"]),
        (503, &json!("platform_unavailable"))
    );
    assert_eq!(response.header("retry-after"), "10");
}

#[tokio::test]
async fn invalid_requests_are_refused() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for (name, value, rule) in [
        ("vct", json!(""), "vct should not be empty"),
        (
            "expiration",
            json!("tomorrow"),
            "expiration must be a valid ISO 8601 date string",
        ),
        (
            "expiration",
            json!("2027-06-01T16:00:00"),
            "expiration must be a valid ISO 8601 date string",
        ),
        (
            "expiration",
            json!("2027-01-15T08:00:00Z"),
            "expiration must be in the future",
        ),
        (
            "credentialSubject",
            json!([]),
            "credentialSubject must be an object",
        ),
        (
            "credentialSubject",
            json!({"givenName": "Ada", "level": 1, "iss": "x"}),
            "credentialSubject must not have iss; the service sets it",
        ),
        (
            "credentialSubject",
            json!({"givenName": "Ada"}),
            "credentialSubject/level is missing; the schema requires it",
        ),
        (
            "disclosureFrame",
            json!({"_sd": ["other"]}),
            "disclosureFrame._sd must be a list of names of claims in credentialSubject",
        ),
        (
            "disclosureFrame",
            json!({"_sd": [], "address": {}}),
            "disclosureFrame must not be nested: the attributes of a schema have no members",
        ),
        (
            "disclosureFrame",
            json!({"_sd": [], "_sd_decoy": -1}),
            "disclosureFrame._sd_decoy must be a number from 0 to 255",
        ),
    ] {
        let mut request = request();
        request[name] = value;
        let response = issuer.post("/admin/issue-vc", &request).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (400, &json!([rule])),
            "{name}"
        );
    }
    let mut unknown = request();
    unknown["schemaId"] = json!("other");
    let response = issuer.post("/admin/issue-vc", &unknown).await;
    assert_eq!(
        (response.status, &response.json()["message"]),
        (404, &json!("Invalid Schema: other"))
    );
    assert_eq!(env.now(), NOW);
    assert!(env.platform.tries().is_empty());
}
