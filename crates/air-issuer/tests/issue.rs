//! `POST /issue-vc`.

use air_jwt::{SigningKey, jws::Unverified};
use air_vc::Integrity;
use serde_json::{Value, json};

use crate::support::{Behaviour, TestEnv, open, verify};

#[tokio::test]
async fn a_credential_is_issued_sealed_and_stored() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let holder_key = SigningKey::generate(&mut rand::rng());
    let jwk = serde_json::to_value(holder_key.public_jwk()).unwrap();
    let mut request = env.request();
    request["signingKey"] = json!({ "jwk": jwk });
    let response = issuer.post("/issue-vc", &request).await;
    assert_eq!(
        (response.status, response.body.as_str()),
        (201, ""),
        "{response:?}"
    );

    let stored = env.platform.stored();
    let [upload] = stored.as_slice() else {
        panic!("{stored:?}")
    };
    assert_eq!(upload["holderDid"], "did:air:id:test:holder");
    assert_eq!(upload["proofType"], "SD_JWT_VC");
    assert_eq!(upload["schemaId"], "member");
    let credential = open(&env, upload);
    let token = Unverified::parse(credential.split('~').next().unwrap(), 100_000).unwrap();
    let kid = token.header()["kid"].as_str().unwrap();
    assert!(kid.starts_with("did:web:issuer.example#"), "{kid}");
    assert_eq!(token.header()["typ"], "dc+sd-jwt");
    assert!(!token.header().contains_key("x5c"));

    let verified = verify(&env, &issuer, &credential).await;
    assert_eq!(
        Value::Object(verified.subject().clone()),
        json!({"givenName": "Ada", "level": 3})
    );
    let claims = verified.claims();
    assert_eq!(claims["iss"], "did:web:issuer.example");
    assert_eq!(claims["vct"], "https://issuer.example/types/member");
    assert_eq!(claims["sub"], "did:air:id:test:holder");
    assert_eq!(claims["id"], upload["externalId"]);
    assert!(claims["id"].as_str().unwrap().starts_with("urn:uuid:"));
    let nonce: u64 = claims["nonce"].as_str().unwrap().parse().unwrap();
    assert!((1..1 << 63).contains(&nonce));
    assert_eq!(claims["cnf"]["jwk"]["x"], jwk["x"]);
    assert_eq!(claims["exp"].as_u64(), Some(env.now().as_secs() + 90 * 86_400));
    assert_eq!(upload["expiresAt"], "2027-04-15T08:00:00.000Z");

    let payload = token.dangerous_payload().unwrap();
    assert_eq!(payload["level"], 3, "a visible claim is bare");
    assert!(
        !payload.contains_key("givenName"),
        "the other one is a disclosure"
    );
}

#[tokio::test]
async fn the_hash_of_the_types_document_is_in_the_credential() {
    let env = TestEnv::new().await;
    let document = br#"{"vct": "https://issuer.example/types/member"}"#;
    std::fs::write(env.path().join("type.json"), document).unwrap();
    let toml = "schemas = [{ id = \"member\", vct-document = \"type.json\", valid-for = \"1d\", \
                document = \"member.json\", claims = { table = \"members.csv\" } }]";
    let issuer = env.try_start(env.config(&[], toml)).await.unwrap();
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let credential = open(&env, &env.platform.stored()[0]);
    let verified = verify(&env, &issuer, &credential).await;
    let integrity = verified.claims()["vct#integrity"].as_str().unwrap();
    assert!(Integrity::matches(integrity, document), "{integrity}");
}

#[tokio::test]
async fn an_equal_request_gives_nothing_new() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for _ in 0..3 {
        assert_eq!(issuer.issue(&env.request()).await, 201);
    }
    assert_eq!(env.platform.tries().len(), 1);
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn equal_requests_at_once_give_one_credential() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let request = env.request();
    let calls = (0..8).map(|_| issuer.issue(&request));
    let statuses = futures_util::future::join_all(calls).await;
    assert_eq!(statuses, [201; 8]);
    assert_eq!(env.platform.stored().len(), 1);
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn mismatch_5_a_holder_of_any_network_gets_a_credential() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let holders = [
        "did:air:id:test:a",
        "did:air:id:testnet:a",
        "did:air:id:main:a",
        "did:key:zDnaea",
    ];
    for holder in holders {
        let mut request = env.request();
        request["holderDID"] = json!(holder);
        assert_eq!(issuer.issue(&request).await, 201, "{holder}");
    }
    let stored = env.platform.stored();
    let stored: Vec<&str> = stored
        .iter()
        .map(|body| body["holderDid"].as_str().unwrap())
        .collect();
    assert_eq!(stored, holders);
}

#[tokio::test]
async fn each_part_of_a_request_distinguishes_it() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut key = TestEnv::new().await.request()["pubKey"].clone();
    let jwk = serde_json::to_value(SigningKey::generate(&mut rand::rng()).public_jwk()).unwrap();
    assert_eq!(issuer.issue(&env.request()).await, 201);
    for (name, value) in [
        ("holderDID", json!("did:air:id:test:other")),
        ("schemaId", json!("badge")),
        ("userId", json!("user-2")),
        ("signingKey", json!({ "jwk": jwk })),
        ("encryptionKey", key.take()),
    ] {
        let mut request = env.request();
        request[name] = value;
        assert_eq!(issuer.issue(&request).await, 201, "{name}");
    }
    assert_eq!(env.platform.stored().len(), 6);
}

#[tokio::test]
async fn a_credential_that_is_nearly_over_is_issued_again() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut request = env.request();
    request["schemaId"] = json!("badge");
    assert_eq!(issuer.issue(&request).await, 201);
    env.pass(1_799);
    assert_eq!(issuer.issue(&request).await, 201);
    assert_eq!(
        env.platform.stored().len(),
        1,
        "it is valid for more than half of its hour"
    );
    env.pass(1);
    assert_eq!(issuer.issue(&request).await, 201);
    assert_eq!(env.platform.stored().len(), 2);
}

#[tokio::test]
async fn invalid_requests_are_refused_with_all_broken_rules() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let response = issuer.post("/issue-vc", &json!({})).await;
    assert_eq!(response.status, 400);
    assert_eq!(
        response.json(),
        json!({
            "message": [
                "holderDID should not be empty",
                "pubKey should not be empty",
                "userId should not be empty",
                "schemaId should not be empty",
            ],
            "error": "Bad Request",
            "statusCode": 400,
        })
    );
    let point = json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"});
    for (name, value, rule) in [
        ("holderDID", json!("air:id"), "Invalid holderDID Format"),
        (
            "pubKey",
            json!("0x00"),
            "pubKey must be an X25519 public key: SPKI DER in hex",
        ),
        (
            "pubKey",
            json!("0".repeat(93)),
            "pubKey must be shorter than or equal to 92 characters",
        ),
        (
            "encryptionKey",
            json!("zz"),
            "encryptionKey must be an X25519 public key: SPKI DER in hex",
        ),
        (
            "signingKey",
            json!({"jwk": point}),
            "signingKey.jwk must be a point on P-256",
        ),
        ("signingKey", json!("key"), "signingKey.jwk must be an object"),
        (
            "proofType",
            json!("BJJ_SIG_2021"),
            "proofType must be one of the following values: SD_JWT_VC",
        ),
        ("userId", json!({}), "userId must be a string"),
    ] {
        let mut request = env.request();
        request[name] = value;
        let response = issuer.post("/issue-vc", &request).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (400, &json!([rule])),
            "{name}"
        );
    }
    // A point of low order: anyone could open the envelope.
    for path in ["/issue-vc", "/available-vc"] {
        for name in ["encryptionKey", "pubKey"] {
            let mut request = env.request();
            request[name] = json!(format!("302a300506032b656e032100{}", "00".repeat(32)));
            let response = issuer.post(path, &request).await;
            let rule = format!("{name} must be an X25519 public key that is not of low order");
            assert_eq!(
                (response.status, &response.json()["message"]),
                (400, &json!([rule])),
                "{path}"
            );
        }
    }
    assert!(env.platform.tries().is_empty());
    assert!(
        issuer.history().await.is_empty(),
        "a refused request leaves nothing"
    );
}

#[tokio::test]
async fn an_unknown_schema_and_a_user_who_is_not_eligible_are_404() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for (name, value, schema) in [("schemaId", "other", "other"), ("userId", "nobody", "member")] {
        let mut request = env.request();
        request[name] = json!(value);
        let response = issuer.post("/issue-vc", &request).await;
        assert_eq!(response.status, 404);
        let message = format!("Invalid Schema: {schema}");
        assert_eq!(
            response.json(),
            json!({"message": message, "error": "Not Found", "statusCode": 404})
        );
    }
}

#[tokio::test]
async fn claims_that_break_the_schema_are_never_signed() {
    let env = TestEnv::new().await;
    let issuer = env.start_with_broken_claims().await;
    let mut request = env.request();
    request["userId"] = json!("broken");
    let response = issuer.post("/issue-vc", &request).await;
    assert_eq!(response.status, 500);
    let body = response.json();
    assert_eq!(
        (&body["message"], &body["code"]),
        (&json!("Internal server error"), &json!("claims_unusable"))
    );
    assert!(body["requestId"].is_string());
    assert!(!response.body.contains("No level"));
    assert!(env.platform.tries().is_empty());
}

#[tokio::test]
async fn neither_claims_nor_credentials_are_kept() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut request = env.request();
    request["userId"] = json!("long-name");
    env.platform.set(Behaviour::Lies);
    assert_eq!(issuer.issue(&request).await, 503);
    env.platform.set(Behaviour::Responds);
    assert_eq!(issuer.issue(&request).await, 201);
    let credential = open(&env, &env.platform.stored()[0]);
    issuer.service.close().await;
    let Ok(files) = std::fs::read_dir(env.path().join("data")) else {
        return; // On PostgreSQL.
    };
    let disclosure = credential.split('~').nth(1).unwrap();
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!has("Adelheid") && !has(disclosure) && !has("givenName"));
    }
}
