//! The documented API: exact paths, names and codes.

use air_jwt::{PartnerToken, RsaSize, SigningKey};
use air_sandbox::{Data, Error, StoreError, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{NOW, TestEnv, sign, start_platform};

const ISSUE: &str = "/v1/credentials/issue-on-behalf";

#[tokio::test]
async fn issues_on_behalf_and_anchors() {
    let env = TestEnv::start().await;
    let token = env.on_behalf_token("ada@example.com");
    let (status, issued) = env
        .call(Method::POST, ISSUE, Some(&token), Some(&env.order()))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    assert_eq!(
        issued.as_object().unwrap().keys().collect::<Vec<_>>(),
        // `sandbox` is the local platform's own.
        ["coreClaimHash", "credentialId", "userUuid", "sandbox"]
    );
    let hash = issued["coreClaimHash"].as_str().unwrap();
    let status = env.wait_until_anchored(hash).await;
    assert_eq!(status["issuanceDate"], "2027-01-15 08:00:00");
    assert_eq!(status["expirationDate"], "2027-04-15 08:00:00");
    assert_eq!(status["schemeId"], env.ids["schemas"]["adult"]);
    assert_eq!(status["issuerDid"], env.ids["issuerDid"]);
}

/// The platform's pages disagree on the scope: `issue` with an address is taken too,
/// `issue on-behalf` is what `air` signs. And RS256 is as good as ES256.
#[tokio::test]
async fn issues_on_behalf_with_either_scope_and_algorithm() {
    let env = TestEnv::start().await;
    let ada = || "ada@example.com".parse().unwrap();
    let plain = sign(PartnerToken::issue(env.partner_id()).with_email(ada()), &env.key);
    let rsa = SigningKey::generate_rs256(RsaSize::default(), &mut rand::rng());
    env.jwks.publish(&[&env.key, &rsa]);
    let rs256 = sign(PartnerToken::issue_on_behalf(env.partner_id(), ada()), &rsa);
    for token in [plain, rs256] {
        let (status, issued) = env
            .call(Method::POST, ISSUE, Some(&token), Some(&env.order()))
            .await;
        assert_eq!(status, StatusCode::OK, "{issued}");
    }
    let verify = sign(PartnerToken::verify(env.partner_id()).with_email(ada()), &env.key);
    let (status, _) = env
        .call(Method::POST, ISSUE, Some(&verify), Some(&env.order()))
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_duplicate_is_revoked_or_returned() {
    let env = TestEnv::start().await;
    let first = env.issue_on_behalf("ada@example.com", &env.order()).await;
    let mut order = env.order();
    order["onDuplicate"] = json!("ignore");
    assert_eq!(env.issue_on_behalf("Ada@Example.com", &order).await, first);
    let other_user = env.issue_on_behalf("bob@example.com", &order).await;
    assert_ne!(other_user, first);
    let second = env.issue_on_behalf("ada@example.com", &env.order()).await;
    assert_ne!(second, first);
    // The second holds now.
    assert_eq!(env.issue_on_behalf("ada@example.com", &order).await, second);
}

/// A schema is one partner's to issue by (403), so nobody else's credential stands in the way of its own.
#[tokio::test]
async fn a_schema_is_its_partners() {
    let env = TestEnv::start().await;
    let other = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let program = json!({ "partnerId": other["partnerId"], "schemaId": env.ids["schemas"]["adult"],
        "cak": false, "expiration": "90d", "publish": true });
    let (status, answer) = env
        .call(Method::POST, "/sandbox/v1/programs", None, Some(&program))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
}

#[tokio::test]
async fn a_program_issues_in_its_time_and_no_more_than_it_may() {
    let env = TestEnv::start().await;
    let program = async |more: Value| {
        let mut program = json!({ "partnerId": env.ids["partnerId"], "schemaId": env.ids["schemas"]["adult"], "publish": true });
        program
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let path = "/sandbox/v1/programs";
        let (status, created) = env.call(Method::POST, path, None, Some(&program)).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        let mut order = env.order();
        order["credentialId"] = created["credentialId"].clone();
        order
    };
    let issue = async |email: &str, order: &Value| {
        let token = env.on_behalf_token(email);
        let (status, answer) = env.call(Method::POST, ISSUE, Some(&token), Some(order)).await;
        (status, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    // The clock says 2027-01-15 08:00:00.
    let open = program(json!({ "accessibleUntil": "2027-01-15 08:00:00" })).await;
    assert_eq!(issue("ada@example.com", &open).await.0, StatusCode::OK);
    let over = program(json!({ "accessibleUntil": "2027-01-15 07:59:59" })).await;
    let (status, message) = issue("ada@example.com", &over).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(message.contains("accessibleUntil"), "{message}");

    let mut two = program(json!({ "maximumIssuance": 2 })).await;
    assert_eq!(issue("ada@example.com", &two).await.0, StatusCode::OK);
    // An existing record is returned again and counts once. A refused request doesn't count.
    two["onDuplicate"] = json!("ignore");
    assert_eq!(issue("ada@example.com", &two).await.0, StatusCode::OK);
    let mut wrong = two.clone();
    wrong["credentialSubject"]["age"] = json!("old");
    assert_eq!(issue("bob@example.com", &wrong).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(issue("bob@example.com", &two).await.0, StatusCode::OK);
    let (status, message) = issue("cyd@example.com", &two).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(message.contains("its maximum number of credentials"), "{message}");
}

#[tokio::test]
async fn a_wrong_subject_gets_every_violation_and_no_value() {
    let env = TestEnv::start().await;
    let mut order = env.order();
    order["credentialSubject"] = json!({ "age": "21-secret", "nickname": "A" });
    let token = env.on_behalf_token("ada@example.com");
    let (status, answer) = env.call(Method::POST, ISSUE, Some(&token), Some(&order)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"], 400);
    let message = answer["message"].as_str().unwrap();
    for part in ["/age", "/country is missing", "/nickname is not an attribute"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("21-secret"), "{message}");
}

#[tokio::test]
async fn a_number_that_readers_round_is_refused_by_its_place() {
    let env = TestEnv::start().await;
    let token = env.on_behalf_token("ada@example.com");
    for number in [
        json!(9_007_199_254_740_993_u64),
        json!(1.234_567_890_123_456_8e22),
    ] {
        let mut order = env.order();
        order["credentialSubject"]["age"] = number;
        let (status, answer) = env.call(Method::POST, ISSUE, Some(&token), Some(&order)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains("/credentialSubject/age"), "{message}");
        assert!(message.contains("write it as a string"), "{message}");
        assert!(!message.contains("9007199254740993"), "{message}");
    }
}

#[tokio::test]
async fn each_rule_of_the_token_has_its_401() {
    let env = TestEnv::start().await;
    let partner = || env.partner_id();
    let to_ada = || PartnerToken::issue_on_behalf(partner(), "ada@example.com".parse().unwrap());
    let stranger = SigningKey::generate(&mut rand::rng());
    let impostor = SigningKey::generate(&mut rand::rng()).with_kid(env.key.kid().clone());
    let expired = to_ada().sign(&env.key, UnixTime::from_secs(NOW - 1000)).unwrap();
    let unknown = PartnerToken::issue("f0a2c1de-0000-4a7a-9d55-0f1f4f6f9a11".parse().unwrap());
    let cases = [
        (None, "x-partner-auth is missing"),
        (Some("garbage".to_owned()), "malformed token"),
        (
            Some(expired.expose_secret().to_owned()),
            "token expired 700 s ago",
        ),
        (Some(sign(to_ada(), &stranger)), "no key `"),
        (Some(sign(to_ada(), &impostor)), "invalid signature for key"),
        (Some(env.token(PartnerToken::verify)), "does not grant `issue`"),
        (Some(sign(unknown, &env.key)), "no such partner here"),
    ];
    for (token, reason) in cases {
        let (status, answer) = env
            .call(Method::POST, ISSUE, token.as_deref(), Some(&env.order()))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{reason}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message} should say {reason}");
        assert!(token.is_none_or(|token| !message.contains(&token)), "{message}");
    }
}

#[tokio::test]
async fn a_flood_of_unknown_kids_fetches_the_set_once() {
    let env = TestEnv::start().await;
    let stranger = SigningKey::generate(&mut rand::rng());
    let token = sign(PartnerToken::issue(env.partner_id()), &stranger);
    for _ in 0..20 {
        let (status, _) = env
            .call(Method::POST, ISSUE, Some(&token), Some(&env.order()))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(env.jwks.requests(), 1);
    // The set is cached: what is published now is seen at the next refresh, not before.
    env.jwks.publish(&[&env.key, &stranger]);
    env.issue_on_behalf("ada@example.com", &env.order()).await;
    assert_eq!(env.jwks.requests(), 1);
}

#[tokio::test]
async fn each_wrong_call_has_its_code() {
    let env = TestEnv::start().await;
    let nowhere = TestEnv::seed_file("http://127.0.0.1:1/jwks.json");
    let unreachable = env.seed(&nowhere).await;
    let with = |member: &str, value: Value| {
        let mut order = env.order();
        order[member] = value;
        order
    };
    let own = env.on_behalf_token("ada@example.com");
    let no_email = env.token(PartnerToken::issue);
    let other = PartnerToken::issue(unreachable["partnerId"].as_str().unwrap().parse().unwrap());
    let other = sign(other, &env.key);
    let draft = env.ids["programs"]["draft"].clone();
    let foreign = unreachable["programs"]["adult"].clone();
    let cases = [
        (
            &own,
            with("credentialId", json!("nothing")),
            404,
            "no such issuance program",
        ),
        (&own, with("credentialId", draft), 404, "is a draft"),
        (&own, with("credentialId", foreign), 403, "another partner"),
        (
            &own,
            with("issuerDid", json!("did:air:id:test:x")),
            404,
            "no such issuer",
        ),
        (&own, with("onDuplicate", json!("perhaps")), 400, "onDuplicate"),
        (
            &own,
            json!({ "issuerDid": "x" }),
            400,
            "missing field `credentialId`",
        ),
        (&own, json!([]), 400, "not valid"),
        (&no_email, env.order(), 400, "`email` is missing"),
        (&other, env.order(), 401, "failed to fetch"),
    ];
    for (token, body, code, reason) in cases {
        let (status, answer) = env.call(Method::POST, ISSUE, Some(token), Some(&body)).await;
        assert_eq!(status.as_u16(), code, "{reason}: {answer}");
        assert_eq!(answer["error"], code, "{reason}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message} should say {reason}");
    }
    let zeros = "0".repeat(64);
    for (path, code) in [
        (format!("/v1/credentials/status?coreClaimHash={zeros}"), 404),
        ("/v1/credentials/status?coreClaimHash=xyz".into(), 400),
        ("/v1/credentials/status".into(), 400),
        ("/v1/nothing".into(), 404),
        (ISSUE.into(), 405),
    ] {
        let (status, answer) = env.call(Method::GET, &path, Some(&own), None).await;
        assert_eq!(status.as_u16(), code, "{path}: {answer}");
        assert_eq!(answer["error"], code, "{path}");
    }
}

#[tokio::test]
async fn a_partner_that_may_not_is_refused() {
    let env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["issueOnBehalf"] = json!(false);
    let ids = env.seed(&seed).await;
    let email = "ada@example.com".parse().unwrap();
    let token = PartnerToken::issue_on_behalf(ids["partnerId"].as_str().unwrap().parse().unwrap(), email);
    let (status, answer) = env
        .call(
            Method::POST,
            ISSUE,
            Some(&sign(token, &env.key)),
            Some(&env.order()),
        )
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
}

#[tokio::test]
async fn a_folder_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Folder(folder.path().join("platform"));
    let mut env = TestEnv::start_with(data.clone()).await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;

    let stopped = std::mem::replace(&mut env.platform, start_platform(Data::Memory).await);
    stopped.stop().await.unwrap();
    let resumed = start_platform(data).await;
    std::mem::replace(&mut env.platform, resumed)
        .stop()
        .await
        .unwrap();

    assert_eq!(
        env.wait_until_anchored(&hash).await["coreClaimHash"],
        hash.as_str()
    );
    let next = env.issue_on_behalf("bob@example.com", &env.order()).await;
    env.wait_until_anchored(&next).await;
}

#[tokio::test]
async fn a_used_port_and_an_unusable_folder_are_named() {
    let platform = start_platform(Data::Memory).await;
    let mut config = air_sandbox::Config::default();
    config.listen = platform.address();
    let refused = air_sandbox::Platform::start(config).await;
    assert!(matches!(refused, Err(Error::Listen { address, .. }) if address == platform.address()));

    let file = tempfile::NamedTempFile::new().unwrap();
    let mut config = air_sandbox::Config::default();
    config.data = Data::Folder(file.path().to_owned());
    let refused = air_sandbox::Platform::start(config).await;
    assert!(
        matches!(refused, Err(Error::Store(StoreError::DataFolder { .. }))),
        "{refused:?}"
    );
}
