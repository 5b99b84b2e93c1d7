//! The platform's documentation, word for word: each URL and body as it stands there, and of each answer the exact members, spellings,
//! forms and codes. What an answer has beyond the documentation is named where it is allowed.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{collections::BTreeSet, time::Duration};

use air_jwt::PartnerToken;
use air_sandbox::{TestPartner, TestPlatform};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const ISSUE: &str = "/v1/credentials/issue-on-behalf";

struct TestEnv {
    platform: TestPlatform,
    http: reqwest::Client,
}

impl TestEnv {
    async fn start() -> Self {
        Self::of(TestPlatform::start().await.unwrap())
    }

    fn of(platform: TestPlatform) -> Self {
        let http = reqwest::Client::new();
        Self { platform, http }
    }

    /// As a program in any language sends it: a URL, a header, a text.
    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.platform.url());
        let mut request = self.http.request(method, url);
        if let Some(token) = token {
            request = request.header("x-partner-auth", token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/json", "{path}");
        (response.status(), response.json().await.unwrap())
    }

    async fn issue(&self, body: String) -> (StatusCode, Value) {
        let token = Self::on_behalf(&self.platform, "ada@example.com");
        self.call(Method::POST, ISSUE, Some(&token), Some(body)).await
    }

    async fn issued(&self, body: String) -> Value {
        let (status, answer) = self.issue(body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    async fn status(&self, hash: &Value) -> Value {
        let path = format!("/v1/credentials/status?coreClaimHash={}", text(hash));
        let token = self.platform.issue_token().unwrap();
        let (status, answer) = self
            .call(Method::GET, &path, Some(token.expose_secret()), None)
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// `GET /catalog/…`: public, no token.
    async fn catalogue(&self, path: &str) -> Value {
        let (status, answer) = self
            .call(Method::GET, &format!("/v1/catalog/{path}"), None, None)
            .await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        has_exactly(&answer, &["code", "msg", "data", "timestamp"]);
        assert_eq!(
            (&answer["code"], &answer["msg"]),
            (&json!(80_000_000), &json!("success"))
        );
        // Milliseconds, and not seconds: after 2001 in the one, after 33658 in the other.
        assert!((1_000_000_000_000..1_000_000_000_000_000).contains(&answer["timestamp"].as_u64().unwrap()));
        answer["data"].clone()
    }

    async fn refused(
        &self,
        code: u16,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<String>,
    ) -> String {
        let (status, answer) = self.call(method, path, token, body).await;
        is_error(code, status, &answer)
    }

    fn on_behalf(by: &TestPartner, email: &str) -> String {
        by.on_behalf_token(email).unwrap().expose_secret().to_owned()
    }

    /// The documented body, with a subject and what comes after it.
    fn body(&self, subject: &str, rest: &str) -> String {
        let (issuer, program) = (
            self.platform.issuer_did(),
            self.platform.program("sealed").unwrap(),
        );
        format!(
            r#"{{"issuerDid":"{issuer}","credentialId":"{program}","credentialSubject":{subject}{rest}}}"#
        )
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

fn members(value: &Value) -> BTreeSet<&str> {
    let members = value
        .as_object()
        .unwrap_or_else(|| panic!("not an object: {value}"));
    members.keys().map(String::as_str).collect()
}

#[track_caller]
fn has_exactly(value: &Value, documented: &[&str]) {
    assert_eq!(members(value), documented.iter().copied().collect(), "{value}");
}

/// All that is documented, and of the rest no more than what is said to be ours.
#[track_caller]
fn has(value: &Value, documented: &[&str], ours: &[&str]) {
    let all: BTreeSet<&str> = documented.iter().chain(ours).copied().collect();
    assert_eq!(members(value), all, "{value}");
}

/// Errors are `{"error": <HTTP status>, "message": "<sentence>"}`.
#[track_caller]
fn is_error(code: u16, status: StatusCode, answer: &Value) -> String {
    assert_eq!(status.as_u16(), code, "{answer}");
    has_exactly(answer, &["error", "message"]);
    assert_eq!(answer["error"], code);
    let message = text(&answer["message"]);
    assert!(!message.is_empty());
    message.to_owned()
}

/// `2026-01-19 07:18:45`.
#[track_caller]
fn is_time(value: &Value) {
    let form: String = text(value)
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '9'
            } else {
                character
            }
        })
        .collect();
    assert_eq!(form, "9999-99-99 99:99:99", "{value}");
}

#[track_caller]
fn is_uuid(value: &Value) {
    let lengths: Vec<usize> = text(value).split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{value}");
}

#[tokio::test]
async fn issuing_on_behalf_is_as_documented() {
    let world = TestEnv::start().await;
    let issued = world.issued(world.body(r#"{"isOver18":true}"#, "")).await;
    has(
        &issued,
        &["coreClaimHash", "credentialId", "userUuid"],
        &["sandbox"],
    );
    let hash = text(&issued["coreClaimHash"]);
    assert!(
        hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{hash}"
    );
    assert_eq!(
        issued["credentialId"],
        json!(world.platform.program("sealed").unwrap())
    );
    is_uuid(&issued["userUuid"]);

    // `ignore` returns the existing credential, `revoke` (the default) revokes it and issues a new one.
    let ignored = world
        .issued(world.body(r#"{"isOver18":true}"#, r#","onDuplicate":"ignore""#))
        .await;
    for member in ["coreClaimHash", "credentialId", "userUuid"] {
        assert_eq!(ignored[member], issued[member], "{member}");
    }
    let default = world.issued(world.body(r#"{"isOver18":true}"#, "")).await;
    assert_ne!(default["coreClaimHash"], issued["coreClaimHash"]);
    let reissued = world
        .issued(world.body(r#"{"isOver18":true}"#, r#","onDuplicate":"revoke""#))
        .await;
    assert_ne!(reissued["coreClaimHash"], default["coreClaimHash"]);
    assert_eq!(reissued["userUuid"], issued["userUuid"]);
}

#[tokio::test]
async fn a_status_is_as_documented_and_goes_from_waiting_to_the_chain() {
    let world = TestEnv::start().await;
    let stuck = serde_json::from_value(json!({ "stuckChain": true })).unwrap();
    world.platform.set_faults(stuck).await.unwrap();
    let issued = world.issued(world.body(r#"{"isOver18":true}"#, "")).await;
    let waiting = world.status(&issued["coreClaimHash"]).await;
    let members = [
        "coreClaimHash",
        "issuanceDate",
        "expirationDate",
        "issuerDid",
        "issuerId",
        "schemeId",
        "vcId",
        "vcStatus",
    ];
    has(&waiting, &members, &["sandbox"]);
    assert_eq!(waiting["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(waiting["coreClaimHash"], issued["coreClaimHash"]);
    assert_eq!(waiting["issuerDid"], json!(world.platform.issuer_did()));
    assert_eq!(waiting["schemeId"], json!(world.platform.ids().schemas["adult"]));
    is_time(&waiting["issuanceDate"]);
    is_time(&waiting["expirationDate"]);

    world
        .platform
        .set_faults(air_api::sandbox::Faults::default())
        .await
        .unwrap();
    let poll = async {
        loop {
            let status = world.status(&issued["coreClaimHash"]).await;
            match text(&status["vcStatus"]) {
                "ONCHAIN" => return status,
                waiting => assert_eq!(waiting, "WAIT_ONCHAIN"),
            }
        }
    };
    let anchored = tokio::time::timeout(Duration::from_mins(1), poll).await.unwrap();
    has(&anchored, &members, &["sandbox"]);
    for member in members.into_iter().filter(|member| *member != "vcStatus") {
        assert_eq!(anchored[member], waiting[member], "{member}");
    }

    // `expirationDate?`: one that never expires has none.
    let order = world
        .platform
        .order("adult", json!({ "isOver18": true }))
        .unwrap();
    let permanent = world.issued(serde_json::to_string(&order).unwrap()).await;
    assert!(
        world
            .status(&permanent["coreClaimHash"])
            .await
            .get("expirationDate")
            .is_none()
    );
}

#[tokio::test]
async fn a_400_names_the_field() {
    let world = TestEnv::start().await;
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
        let (status, answer) = world.issue(world.body(subject, rest)).await;
        let message = is_error(400, status, &answer);
        assert!(message.contains(named), "{message}");
        assert!(!message.contains("Ada"), "{message}");
    }
    let (status, answer) = world
        .issue(r#"{"issuerDid":"did:air:id:test:x"}"#.to_owned())
        .await;
    assert!(is_error(400, status, &answer).contains("credentialId"));
    let (status, answer) = world.issue("not JSON".to_owned()).await;
    is_error(400, status, &answer);

    // `email` of the individual recipient.
    let token = world.platform.issue_token().unwrap();
    let body = world.body(r#"{"isOver18":true}"#, "");
    let message = world
        .refused(400, Method::POST, ISSUE, Some(token.expose_secret()), Some(body))
        .await;
    assert!(message.contains("email"), "{message}");
    for query in ["", "?coreClaimHash=", "?coreClaimHash=xyz"] {
        let path = format!("/v1/credentials/status{query}");
        let message = world
            .refused(400, Method::GET, &path, Some(token.expose_secret()), None)
            .await;
        assert!(message.contains("coreClaimHash"), "{message}");
    }
}

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
async fn a_401_is_about_the_token() {
    let world = TestEnv::start().await;
    let by = &world.platform;
    let kid = by.key().kid();
    let body = || Some(world.body(r#"{"isOver18":true}"#, ""));
    let good = with_header(by, &json!({ "alg": "ES256", "kid": kid, "typ": "JWT" }));
    let (status, answer) = world.call(Method::POST, ISSUE, Some(&good), body()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let long_ago = PartnerToken::issue(by.partner_id().clone())
        .sign(by.key(), 1_000_000_000)
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
        world
            .refused(401, Method::POST, ISSUE, token.as_deref(), body())
            .await;
    }
}

#[tokio::test]
async fn a_403_means_a_feature_is_off_or_an_object_belongs_to_another_partner() {
    let world = TestEnv::start().await;
    let other = world.platform.another_partner("Boreal").await.unwrap();
    let mut order = world
        .platform
        .order("adult", json!({ "isOver18": true }))
        .unwrap();
    order.issuer_did = other.issuer_did().clone();
    let token = TestEnv::on_behalf(&other, "ada@example.com");
    let body = serde_json::to_string(&order).unwrap();
    world
        .refused(403, Method::POST, ISSUE, Some(&token), Some(body))
        .await;

    let off = json!({ "partner": { "name": "Off", "jwksUrl": "http://localhost/jwks.json", "issueOnBehalf": false } });
    let off = world
        .platform
        .partner_of(serde_json::from_value(off).unwrap())
        .await
        .unwrap();
    let token = TestEnv::on_behalf(&off, "ada@example.com");
    let body = world.body(r#"{"isOver18":true}"#, "");
    world
        .refused(403, Method::POST, ISSUE, Some(&token), Some(body))
        .await;
}

#[tokio::test]
async fn a_404_is_an_unknown_issuer_program_or_hash() {
    let world = TestEnv::start().await;
    let good = world
        .platform
        .order("adult", json!({ "isOver18": true }))
        .unwrap();
    let mut cases = vec![good.clone(), good.clone(), good.clone()];
    cases[0].issuer_did = "did:air:id:test:unknown".parse().unwrap();
    cases[1].program = "c21s70g0i54sn0023172Cv".parse().unwrap();
    cases[2].program = world.platform.program("draft").unwrap().clone();
    for order in cases {
        let (status, answer) = world.issue(serde_json::to_string(&order).unwrap()).await;
        is_error(404, status, &answer);
    }
    let token = world.platform.issue_token().unwrap();
    let path = format!("/v1/credentials/status?coreClaimHash={}", "0".repeat(64));
    world
        .refused(404, Method::GET, &path, Some(token.expose_secret()), None)
        .await;
    for path in ["schemas/x", "credentials/x", "programs/x"] {
        world
            .refused(404, Method::GET, &format!("/v1/catalog/{path}"), None, None)
            .await;
    }
}

#[tokio::test]
async fn a_409_is_a_consent_that_the_user_refused() {
    let world = TestEnv::start().await;
    let post = async |path: String, token: String, session: Option<String>, body: Value| {
        let url = format!("{}{path}", world.platform.url());
        let request = world.http.post(url).header("x-partner-auth", token).json(&body);
        let request = match session {
            Some(session) => request.bearer_auth(session),
            None => request,
        };
        let response = request.send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let token = || world.platform.verify_token().unwrap().expose_secret().to_owned();
    let login = json!({ "email": "ada@example.com" });
    let (_, session) = post("/sandbox/v1/sessions".into(), token(), None, login).await;
    let session = Some(text(&session["sessionToken"]).to_owned());
    let program = json!({ "programId": world.platform.ids().verification_programs["adult"] });
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
        let world = TestEnv::of(TestPlatform::builder().faults(faults).start().await.unwrap());
        let (status, answer) = world.issue(world.body(r#"{"isOver18":true}"#, "")).await;
        is_error(code, status, &answer);
        // Retry with back-off.
        world.issued(world.body(r#"{"isOver18":true}"#, "")).await;
    }
}

#[tokio::test]
async fn the_catalogue_is_as_documented() {
    let world = TestEnv::start().await;
    world.issued(world.body(r#"{"isOver18":true}"#, "")).await;
    let ids = world.platform.ids();
    let in_list = [
        "credentialId",
        "name",
        "category",
        "issuer",
        "traction",
        "createdAt",
    ];
    for list in ["schemas", "programs"] {
        let page = world
            .catalogue(&format!("{list}?page=1&limit=10&sortBy=createdAt&sortOrder=DESC"))
            .await;
        has_exactly(&page, &["current", "pages", "size", "total", "records"]);
        assert_eq!(page, world.catalogue(list).await, "these are the defaults");
        let numbers = ["current", "pages", "size", "total"].map(|name| page[name].as_u64().unwrap());
        assert_eq!(numbers, [1, 1, 10, 1]);
        let beyond = world.catalogue(&format!("{list}?page=2")).await;
        assert_eq!(beyond["records"], json!([]));
    }
    let program_members = ["programId", "name", "verifierName", "verificationCount"];
    let program = format!("programs/{}", ids.verification_programs["adult"]);
    has(
        &world.catalogue(&program).await,
        &program_members,
        &["schemaId", "createdAt"],
    );

    let schema = world
        .catalogue(&format!("schemas/{}", ids.schemas["adult"]))
        .await;
    has(
        &schema,
        &["schemaId", "title", "description", "credentials"],
        &["createdAt"],
    );
    for credential in schema["credentials"].as_array().unwrap() {
        has_exactly(credential, &in_list);
        has_exactly(&credential["issuer"], &["issuerId", "name"]);
        has_exactly(
            &credential["traction"],
            &["holderCount", "issuanceCount", "demandCount"],
        );
        is_time(&credential["createdAt"]);
    }

    let credential = world
        .catalogue(&format!("credentials/{}", ids.programs["sealed"]))
        .await;
    let also = ["dataPoints", "schema", "programs"];
    has(&credential, &in_list, &also);
    has_exactly(
        &credential["issuer"],
        &["issuerId", "name", "issuerDid", "issuerFrom"],
    );
    assert_eq!(credential["traction"]["issuanceCount"], 1);
    for point in credential["dataPoints"].as_array().unwrap() {
        has_exactly(point, &["title", "type", "name", "isRequired", "description"]);
    }
    for program in credential["programs"].as_array().unwrap() {
        has(program, &program_members, &["schemaId", "createdAt"]);
    }

    let found = world.catalogue("search?q=adult").await;
    has_exactly(&found, &["credentials", "issuers", "programs", "meta"]);
    for group in ["credentials", "issuers", "programs"] {
        has_exactly(&found[group], &["items", "total"]);
    }
    assert!(found["credentials"]["items"][0]["relevance"].is_number());
    assert_eq!(found["meta"], json!({ "query": "adult", "totalResults": 3 }));
}

#[tokio::test]
async fn pages_and_words_have_the_documented_bounds() {
    let world = TestEnv::start().await;
    let (longest, too_long) = ("a".repeat(200), "a".repeat(201));
    for good in [
        "schemas?limit=100",
        "schemas?limit=1",
        "programs?limit=100",
        "schemas?sortOrder=ASC",
        "search?q=a&limit=50",
        &format!("search?q={longest}"),
    ] {
        world.catalogue(good).await;
    }
    for bad in [
        "schemas?limit=101",
        "schemas?limit=0",
        "schemas?limit=-1",
        "schemas?page=0",
        "schemas?sortOrder=asc",
        "programs?limit=101",
        "search",
        "search?q=a&limit=51",
        &format!("search?q={too_long}"),
    ] {
        world
            .refused(400, Method::GET, &format!("/v1/catalog/{bad}"), None, None)
            .await;
    }
}

#[tokio::test]
async fn the_calls_around_a_callback_return_the_record() {
    let world = TestEnv::start().await;
    let issue = world.platform.issue_token().unwrap();
    let verify = world.platform.verify_token().unwrap();
    let call = async |token: &air_jwt::PartnerJwt, path: &str, body: String| {
        let answer = world
            .call(Method::POST, path, Some(token.expose_secret()), Some(body))
            .await;
        assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
        answer.1
    };
    let url = "https://issuer.example/callback";
    let record = call(
        &issue,
        "/v1/issuer/modify",
        format!(r#"{{"callbackUrl": "{url}"}}"#),
    )
    .await;
    has_exactly(&record, &["issuerDid", "callbackUrl", "callbackSecret"]);
    assert_eq!(record["callbackUrl"], url);
    let issuer = world.platform.issuer_did();
    let opened = call(
        &verify,
        "/v1/verifier/verify/initialize",
        format!(r#"{{"issuerDid": "{issuer}"}}"#),
    )
    .await;
    has_exactly(&opened, &["recordId", "issuerDid", "verifierDid", "status"]);
    // NOT_SEND.
    assert_eq!(opened["status"], -1);
}
