//! Errors: `{"error": <HTTP status>, "message": "<sentence>"}` with the documented codes.

use air_jwt::PartnerToken;
use air_sandbox::{TestPartner, TestPlatform, UnixTime};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    forms::{is_error, text},
    support::{ISSUE, TestEnv},
};

/// A token with these members in its header, which are not signed for otherwise.
fn with_header(by: &TestPartner, header: &Value) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = json!({ "partnerId": by.ids().partner_id, "iat": now, "exp": now + 300,
        "scope": "issue on-behalf", "email": "ada@example.com" });
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(by.key().sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

#[tokio::test]
async fn a_400_names_the_field() {
    let env = TestEnv::start().await;
    for (subject, rest, named) in [
        (r#"{"isOver18":true,"nickname":"Ada"}"#, "", "nickname"),
        (r#"{"isOver18":"yes"}"#, "", "isOver18"),
        ("{}", "", "isOver18"),
        ("[]", "", "credentialSubject"),
        (
            r#"{"isOver18":true}"#,
            r#","onDuplicate":"replace""#,
            "onDuplicate",
        ),
    ] {
        let (status, answer) = env.issue(env.body(subject, rest)).await;
        let message = is_error(400, status, &answer);
        assert!(message.contains(named), "{message}");
        assert!(!message.contains("Ada"), "{message}");
    }
    let (status, answer) = env.issue(r#"{"issuerDid":"did:air:id:test:x"}"#.to_owned()).await;
    assert!(is_error(400, status, &answer).contains("credentialId"));
    let (status, answer) = env.issue("not JSON".to_owned()).await;
    is_error(400, status, &answer);

    // `email` of the individual recipient.
    let token = env.platform.issue_token().unwrap();
    let body = env.body(r#"{"isOver18":true}"#, "");
    let message = env
        .refused(400, Method::POST, ISSUE, Some(token.expose_secret()), Some(body))
        .await;
    assert!(message.contains("email"), "{message}");
    for query in ["", "?coreClaimHash=", "?coreClaimHash=xyz"] {
        let path = format!("/v1/credentials/status{query}");
        let message = env
            .refused(400, Method::GET, &path, Some(token.expose_secret()), None)
            .await;
        assert!(message.contains("coreClaimHash"), "{message}");
    }
}

#[tokio::test]
async fn a_401_is_about_the_token() {
    let env = TestEnv::start().await;
    let by = &env.platform;
    let kid = by.key().kid();
    let body = || Some(env.body(r#"{"isOver18":true}"#, ""));
    let good = with_header(by, &json!({ "alg": "ES256", "kid": kid, "typ": "JWT" }));
    let (status, answer) = env.call(Method::POST, ISSUE, Some(&good), body()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let long_ago = PartnerToken::issue(by.partner_id().clone())
        .sign(by.key(), UnixTime::from_secs(1_000_000_000))
        .unwrap();
    let other = with_header(
        by,
        &json!({ "alg": "ES256", "kid": kid, "typ": "JWT", "cty": "x" }),
    );
    let (signed, _) = good.rsplit_once('.').unwrap();
    let (_, other_signature) = other.rsplit_once('.').unwrap();
    let tampered = format!("{signed}.{other_signature}");
    for token in [
        None,
        Some(with_header(by, &json!({ "alg": "ES256", "kid": kid }))),
        Some(with_header(
            by,
            &json!({ "alg": "ES256", "kid": "unknown", "typ": "JWT" }),
        )),
        Some(with_header(
            by,
            &json!({ "alg": "RS256", "kid": kid, "typ": "JWT" }),
        )),
        Some(with_header(
            by,
            &json!({ "alg": "none", "kid": kid, "typ": "JWT" }),
        )),
        Some(long_ago.expose_secret().to_owned()),
        Some(tampered),
    ] {
        env.refused(401, Method::POST, ISSUE, token.as_deref(), body())
            .await;
    }
}

#[tokio::test]
async fn a_403_means_a_feature_is_off_or_an_object_belongs_to_another_partner() {
    let env = TestEnv::start().await;
    let other = env.platform.another_partner("Boreal").await.unwrap();
    let mut order = env.platform.order("adult", json!({ "isOver18": true })).unwrap();
    order.issuer_did = other.issuer_did().clone();
    let token = TestEnv::on_behalf(&other, "ada@example.com");
    let body = serde_json::to_string(&order).unwrap();
    env.refused(403, Method::POST, ISSUE, Some(&token), Some(body))
        .await;

    let off = json!({ "partner": { "name": "Off", "jwksUrl": "http://localhost/jwks.json", "issueOnBehalf": false } });
    let off = env
        .platform
        .partner_of(serde_json::from_value(off).unwrap())
        .await
        .unwrap();
    let token = TestEnv::on_behalf(&off, "ada@example.com");
    let body = env.body(r#"{"isOver18":true}"#, "");
    env.refused(403, Method::POST, ISSUE, Some(&token), Some(body))
        .await;
}

#[tokio::test]
async fn a_404_is_an_unknown_issuer_program_or_hash() {
    let env = TestEnv::start().await;
    let good = env.platform.order("adult", json!({ "isOver18": true })).unwrap();
    let mut cases = vec![good.clone(), good.clone(), good.clone()];
    cases[0].issuer_did = "did:air:id:test:unknown".parse().unwrap();
    cases[1].program = "c21s70g0i54sn0023172Cv".parse().unwrap();
    cases[2].program = env.platform.program("draft").unwrap().clone();
    for order in cases {
        let (status, answer) = env.issue(serde_json::to_string(&order).unwrap()).await;
        is_error(404, status, &answer);
    }
    let token = env.platform.issue_token().unwrap();
    let path = format!("/v1/credentials/status?coreClaimHash={}", "0".repeat(64));
    env.refused(404, Method::GET, &path, Some(token.expose_secret()), None)
        .await;
    for path in ["schemas/x", "credentials/x", "programs/x"] {
        env.refused(404, Method::GET, &format!("/v1/catalog/{path}"), None, None)
            .await;
    }
}

#[tokio::test]
async fn a_409_is_a_consent_that_the_user_refused() {
    let env = TestEnv::start().await;
    let post = async |path: String, token: String, session: Option<String>, body: Value| {
        let url = format!("{}{path}", env.platform.url());
        let request = env.http.post(url).header("x-partner-auth", token).json(&body);
        let request = match session {
            Some(session) => request.bearer_auth(session),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let token = || env.platform.verify_token().unwrap().expose_secret().to_owned();
    let login = json!({ "email": "ada@example.com" });
    let (_, session) = post("/sandbox/v1/sessions".into(), token(), None, login).await;
    let session = Some(text(&session["sessionToken"]).to_owned());
    let program = json!({ "programId": env.platform.ids().verification_programs["adult"] });
    let (_, started) = post(
        "/sandbox/v1/verifications".into(),
        token(),
        session.clone(),
        program,
    )
    .await;
    let consent = format!(
        "/sandbox/v1/verifications/{}/consent",
        text(&started["verificationId"])
    );
    let (status, answer) = post(consent, token(), session, json!({ "decision": "deny" })).await;
    is_error(409, status, &answer);
}

#[tokio::test]
async fn a_429_and_a_500_have_the_same_form() {
    for code in [429, 500] {
        let fault =
            json!({ "rules": [{ "path": "/v1/credentials", "kind": "status", "status": code, "times": 1 }] });
        let faults = serde_json::from_value(fault).unwrap();
        let env = TestEnv::of(TestPlatform::builder().faults(faults).start().await.unwrap());
        let (status, answer) = env.issue(env.body(r#"{"isOver18":true}"#, "")).await;
        is_error(code, status, &answer);
        // Retry with back-off.
        env.issued(env.body(r#"{"isOver18":true}"#, "")).await;
    }
}
