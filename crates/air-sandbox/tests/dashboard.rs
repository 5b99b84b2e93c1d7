//! The dashboard: every page, whom it lets in, and whose forms count.

mod copies;
mod finding;
mod guards;
pub(crate) mod holder;
mod keys;
mod lists;
mod logo;
mod names;
mod presentations;
mod sessions;
mod sorting;
mod trust_lists;
mod wallets;
mod withdrawal;

use std::time::Duration;

use air_jwt::PartnerToken;
use reqwest::{Method, Response, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};

use crate::support::{self, TestEnv};

/// A browser's part: its cookie, and that a page of ours sent the form.
pub(crate) struct Browser {
    pub(crate) http: reqwest::Client,
    url: String,
    pub(crate) cookie: String,
    pub(crate) token: String,
}

impl Browser {
    async fn open(url: &str) -> Self {
        Self::open_at(url, "/dashboard/clock").await
    }

    /// Opens a page that has a form.
    pub(crate) async fn open_at(url: &str, path: &str) -> Self {
        let http = client();
        let page = http.get(format!("{url}{path}")).send().await.unwrap();
        let cookie = page.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let token = token_of(&page.text().await.unwrap());
        Self {
            http,
            url: url.to_owned(),
            cookie,
            token,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        let request = self.http.get(format!("{}{path}", self.url));
        request.header("cookie", &self.cookie).send().await.unwrap()
    }

    pub(crate) async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }

    pub(crate) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let proof = [("token", self.token.as_str())];
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.iter().chain(&proof))
            .finish();
        self.post(path, "application/x-www-form-urlencoded", body.into())
            .await
    }

    async fn post(&self, path: &str, media_type: &str, body: Vec<u8>) -> Response {
        self.http
            .post(format!("{}{path}", self.url))
            .header("cookie", &self.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", media_type)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Where the page that was made is.
    pub(crate) async fn make(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let response = self.send(path, fields).await;
        let status = response.status();
        let to = response.headers().get(header::LOCATION).cloned();
        let text = response.text().await.unwrap();
        assert_eq!(status, StatusCode::SEE_OTHER, "{path}: {text}");
        to.unwrap().to_str().unwrap().to_owned()
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

fn token_of(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn id_of(location: &str) -> String {
    let path = location.split('?').next().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}

async fn test_env() -> (TestEnv, Browser) {
    let env = TestEnv::start().await;
    let browser = Browser::open(&env.platform.url()).await;
    (env, browser)
}

fn text<'a>(ids: &'a Value, pointer: &str) -> &'a str {
    ids.pointer(pointer).and_then(Value::as_str).unwrap()
}

#[tokio::test]
async fn the_root_leads_browsers_there_and_tells_clients_what_it_did() {
    let (env, browser) = test_env().await;
    let root = format!("{}/", env.platform.url());
    let asked = browser.http.get(&root).header("accept", "text/html,*/*");
    let led = asked.send().await.unwrap();
    assert_eq!(led.status(), StatusCode::SEE_OTHER);
    assert_eq!(led.headers()["location"], "/dashboard");
    for method in [Method::GET, Method::POST] {
        let answer = browser.http.request(method, &root).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"], 404);
    }
}

#[tokio::test]
async fn the_walk_from_a_schema_to_a_revoked_credential() {
    let (env, browser) = test_env().await;
    let partner = text(&env.ids, "/partnerId");
    let schema = [
        ("partner", partner),
        ("title", "Membership"),
        ("rows", "2"),
        ("name-0", "isMember"),
        ("type-0", "boolean"),
        ("required-0", "yes"),
        ("name-1", "level"),
        ("type-1", "integer"),
        ("minimum-1", "1"),
        ("action", "publish"),
    ];
    let schema = id_of(&browser.make("/dashboard/schemas/new", &schema).await);

    let program = [
        ("schema", schema.as_str()),
        ("expiration", "90d"),
        ("action", "draft"),
    ];
    let program = id_of(&browser.make("/dashboard/programs/new", &program).await);
    let order = [
        ("program", program.as_str()),
        ("email", "ada@example.com"),
        ("claim.isMember", "true"),
        ("claim.level", "3"),
        ("action", "issue"),
    ];
    let refused = browser.send("/dashboard/issue", &order).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND, "it is a draft");
    browser
        .make(&format!("/dashboard/programs/{program}/publish"), &[])
        .await;
    let hash = id_of(&browser.make("/dashboard/issue", &order).await);
    env.wait_until_anchored(&hash).await;
    let shown = browser.page(&format!("/dashboard/credentials/{hash}")).await;
    assert!(shown.contains("on-chain") && shown.contains("Leaf "), "{shown}");

    let query = [
        ("schema", schema.as_str()),
        ("rows", "2"),
        ("attribute-0", "isMember"),
        ("operator-0", "equals"),
        ("value-0", "true"),
        ("attribute-1", "level"),
        ("operator-1", "in"),
        ("value-1", "2, 3"),
        ("action", "publish"),
    ];
    let checked = id_of(&browser.make("/dashboard/verification/new", &query).await);
    let asking = format!("/dashboard/verification/programs/{checked}/ask");
    for (decision, expected) in [("agree", "Compliant"), ("deny", "consent refused")] {
        let run = browser.make(&asking, &[("email", "ada@example.com")]).await;
        let run = run.split('?').next().unwrap();
        browser.make(run, &[("action", decision)]).await;
        assert!(browser.page(run).await.contains(expected), "{decision}");
        if decision == "agree" {
            browser.make(run, &[("action", "withdraw")]).await;
            assert!(browser.page(run).await.contains("consent withdrawn"));
            let again = browser.send(run, &[("action", "withdraw")]).await;
            assert_eq!(again.status(), StatusCode::CONFLICT);
        }
    }

    browser
        .make(&format!("/dashboard/credentials/{hash}/revoke"), &[])
        .await;
    let token = env.token(PartnerToken::issue);
    let path = format!("/dashboard/credentials/{hash}");
    assert!(browser.page(&path).await.contains("revoked"));
    let told = async {
        loop {
            let run = id_of(&browser.make(&asking, &[("email", "ada@example.com")]).await);
            let run = format!("/dashboard/verification/records/{run}");
            browser.make(&run, &[("action", "agree")]).await;
            let page = browser.page(&run).await;
            if !page.contains("Revoking") {
                return page;
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_mins(1), told).await.unwrap();
    assert!(told.contains("Revoked"));
    let status = format!("/v1/credentials/status?coreClaimHash={hash}");
    let (found, _) = env.call(Method::GET, &status, Some(&token), None).await;
    assert_eq!(found, StatusCode::OK);
}

#[tokio::test]
async fn a_withdrawn_consent_opens_no_document() {
    let (env, browser) = test_env().await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let asking = format!("/dashboard/verification/programs/{program}/ask");
    let run = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let run = run.split('?').next().unwrap().to_owned();
    let stored = env
        .http
        .post(format!(
            "{}/sandbox/v1/dstorage/objects?coreClaimHash={hash}&name=n",
            env.platform.url()
        ))
        .header("x-partner-auth", env.token(PartnerToken::issue))
        .body(support::sealed())
        .send()
        .await
        .unwrap();
    let stored: Value = stored.json().await.unwrap();
    browser.make(&run, &[("action", "agree")]).await;
    let read = async || {
        let object = stored["storageId"].as_str().unwrap();
        let path = format!("{}/sandbox/v1/dstorage/objects/{object}", env.platform.url());
        let request = env
            .http
            .get(path)
            .header("x-partner-auth", env.token(PartnerToken::verify));
        request.send().await.unwrap().status()
    };
    assert_eq!(read().await, StatusCode::OK, "{stored}");
    browser.make(&run, &[("action", "withdraw")]).await;
    assert_ne!(read().await, StatusCode::OK);
}

#[tokio::test]
async fn a_callback_is_sent_again_by_its_issuer_alone() {
    let (env, browser) = test_env().await;
    let session = env.login("ada@example.com").await;
    let mut order = env.order();
    order["cakPublicKey"] = json!(support::CAK);
    let (token, path) = (env.token(PartnerToken::issue), "/sandbox/v1/credentials/issue");
    let (status, issued) = env
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    env.wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let asking = format!("/dashboard/verification/programs/{program}/ask");
    let run = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let run = run.split('?').next().unwrap();
    browser.make(run, &[("action", "agree")]).await;

    let page = browser.page("/dashboard/callbacks").await;
    let (_, action) = page.split_once("action=\"/dashboard/callbacks/").unwrap();
    let replay = format!("/dashboard/callbacks/{}", action.split('"').next().unwrap());
    let stranger = browser.send(&replay, &[("partner", "nobody")]).await;
    assert_eq!(stranger.status(), StatusCode::NOT_FOUND);
    let partner = text(&env.ids, "/partnerId");
    browser.make(&replay, &[("partner", partner)]).await;
}

#[tokio::test]
async fn a_form_that_is_refused_keeps_what_was_typed() {
    let (env, browser) = test_env().await;
    let typed = [
        ("partner", text(&env.ids, "/partnerId")),
        ("title", "Half \"done\""),
        ("rows", "1"),
        ("name-0", "not a name"),
        ("action", "publish"),
    ];
    let refused = browser.send("/dashboard/schemas/new", &typed).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let page = refused.text().await.unwrap();
    assert!(page.contains("role=\"alert\""), "{page}");
    assert!(
        page.contains("Half &quot;done&quot;") && page.contains("value=\"not a name\""),
        "{page}"
    );
}

#[tokio::test]
async fn a_new_version_is_judged_against_the_old_one() {
    let (env, browser) = test_env().await;
    let old = text(&env.ids, "/schemas/adult");
    let version = |required: &'static str| {
        [
            ("from", old),
            ("title", "Adult"),
            ("version", "1.1"),
            ("rows", "3"),
            ("name-0", "age"),
            ("type-0", "integer"),
            ("required-0", "yes"),
            ("minimum-0", "0"),
            ("name-1", "country"),
            ("required-1", "yes"),
            ("values-1", "UTO, XYZ"),
            ("name-2", "city"),
            ("required-2", required),
        ]
    };
    for (required, verdict) in [("", "compatible"), ("yes", "breaking")] {
        let preview = browser
            .send("/dashboard/schemas/preview", &version(required))
            .await;
        let preview = preview.text().await.unwrap();
        assert!(preview.contains(&format!(">{verdict}<")), "{preview}");
    }
}

#[tokio::test]
async fn an_account_says_what_is_wrong_with_its_keys() {
    let (env, browser) = test_env().await;
    let account = format!("/dashboard/accounts/{}", text(&env.ids, "/partnerId"));
    let kid = env.key.public_jwk().kid().as_str().to_owned();
    assert!(browser.page(&account).await.contains(&kid));
    env.jwks.publish(&[]);
    assert!(browser.page(&account).await.contains("No usable key"));
    let seed = json!({ "partner": { "name": "Gone", "jwksUrl": "http://127.0.0.1:9/jwks.json" } });
    let gone = env.seed(&seed).await;
    let page = browser
        .page(&format!("/dashboard/accounts/{}", text(&gone, "/partnerId")))
        .await;
    assert!(
        page.contains("Not usable") && page.contains("failed to fetch"),
        "{page}"
    );
}

#[tokio::test]
async fn the_log_has_the_remedy_and_no_page() {
    let (env, browser) = test_env().await;
    env.call(Method::GET, "/sandbox/v1/callbacks", None, None).await;
    let log = browser.page("/dashboard/logs?status=failed").await;
    assert!(log.contains("send a Partner JWT"), "{log}");
    assert!(!log.contains("GET /dashboard"), "{log}");
}

#[tokio::test]
async fn faults_spare_the_pages_that_clear_them() {
    let (env, browser) = test_env().await;
    let rule = [
        ("path", "/"),
        ("kind", "status"),
        ("value", "503"),
        ("action", "add"),
    ];
    browser.make("/dashboard/faults", &rule).await;
    let (status, _) = env.call(Method::GET, "/readyz", None, None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(browser.page("/dashboard/faults").await.contains("503"));
    let wrong = [("kind", "status"), ("value", "200"), ("action", "add")];
    assert_eq!(
        browser.send("/dashboard/faults", &wrong).await.status(),
        StatusCode::BAD_REQUEST
    );
    browser.make("/dashboard/faults", &[("action", "clear")]).await;
    let (status, _) = env.call(Method::GET, "/readyz", None, None).await;
    assert_eq!(status, StatusCode::OK);
}
