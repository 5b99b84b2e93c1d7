//! The dashboard: every page, whom it lets in, and whose forms count.

mod lists;
mod logo;
mod sessions;

use std::{net::Ipv4Addr, time::Duration};

use air_jwt::PartnerToken;
use air_sandbox::{Config, Platform};
use reqwest::{Method, Response, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};

use crate::support::{self, World};

/// A browser's part: its cookie, and that a page of ours sent the form.
struct Browser {
    http: reqwest::Client,
    url: String,
    cookie: String,
    token: String,
}

impl Browser {
    async fn open(url: &str) -> Self {
        let http = client();
        let page = http.get(format!("{url}/dashboard/clock")).send().await.unwrap();
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

    async fn get(&self, path: &str) -> Response {
        let request = self.http.get(format!("{}{path}", self.url));
        request.header("cookie", &self.cookie).send().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.text().await.unwrap()
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
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
    async fn make(&self, path: &str, fields: &[(&str, &str)]) -> String {
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

async fn world() -> (World, Browser) {
    let world = World::start().await;
    let browser = Browser::open(&world.platform.url()).await;
    (world, browser)
}

fn text<'a>(ids: &'a Value, pointer: &str) -> &'a str {
    ids.pointer(pointer).and_then(Value::as_str).unwrap()
}

#[tokio::test]
async fn each_page_answers_with_its_policy() {
    let (world, browser) = world().await;
    let hash = world.issue_on_behalf("ada@example.com", &world.order()).await;
    let asking = format!(
        "/dashboard/verification/programs/{}/ask",
        text(&world.ids, "/verificationPrograms/adult")
    );
    let record = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let users = browser.page("/dashboard/users").await;
    let (_, user) = users.split_once("href=\"/dashboard/users/").unwrap();
    let user = user.split('"').next().unwrap();
    let (schema, program) = (
        text(&world.ids, "/schemas/adult"),
        text(&world.ids, "/programs/adult"),
    );
    let pages = [
        "/dashboard".to_owned(),
        "/dashboard/accounts".to_owned(),
        format!("/dashboard/accounts/{}", text(&world.ids, "/partnerId")),
        "/dashboard/schemas".to_owned(),
        "/dashboard/schemas?q=adult&page=1".to_owned(),
        format!("/dashboard/schemas/{schema}"),
        "/dashboard/schemas/new".to_owned(),
        format!("/dashboard/schemas/new?from={schema}"),
        "/dashboard/programs".to_owned(),
        "/dashboard/programs/new".to_owned(),
        format!("/dashboard/programs/{program}"),
        "/dashboard/credentials".to_owned(),
        "/dashboard/credentials?q=ADA&state=valid".to_owned(),
        format!("/dashboard/credentials/{hash}"),
        "/dashboard/issue".to_owned(),
        format!("/dashboard/issue?program={program}"),
        "/dashboard/callbacks".to_owned(),
        "/dashboard/verification".to_owned(),
        "/dashboard/verification/new".to_owned(),
        format!("/dashboard/verification/new?schema={schema}"),
        asking.trim_end_matches("/ask").to_owned(),
        "/dashboard/verification/records".to_owned(),
        record,
        "/dashboard/users".to_owned(),
        format!("/dashboard/users/{user}"),
        "/dashboard/ledger".to_owned(),
        "/dashboard/logs?failed=yes".to_owned(),
        "/dashboard/faults".to_owned(),
        "/dashboard/clock".to_owned(),
        "/dashboard/login".to_owned(),
    ];
    for path in pages {
        let response = browser.get(&path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self' data:",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert!(response.headers().get("access-control-allow-origin").is_none());
        let page = response.text().await.unwrap();
        assert_eq!(page.matches("<h1>").count(), 1, "{path}");
        for inline in [" style=", " onclick=", "<style", "<script>"] {
            assert!(!page.contains(inline), "{path}: {inline}");
        }
        let inputs = page.matches("<input").count() - page.matches("type=\"hidden\"").count();
        let choices = page.matches("<select").count();
        assert_eq!(page.matches("<label").count(), inputs + choices, "{path}");
    }
    for (path, media_type) in [("style.css", "text/css"), ("builder.js", "text/javascript")] {
        let file = browser.get(&format!("/dashboard/{path}")).await;
        assert_eq!(file.headers()["content-type"], media_type);
    }
    assert_eq!(
        browser.get("/dashboard/nothing").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn the_root_leads_browsers_there_and_tells_clients_what_it_did() {
    let (world, browser) = world().await;
    let root = format!("{}/", world.platform.url());
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
    let (world, browser) = world().await;
    let partner = text(&world.ids, "/partnerId");
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
    world.wait_until_anchored(&hash).await;
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
    let token = world.token(PartnerToken::issue);
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
    let (found, _) = world.call(Method::GET, &status, Some(&token), None).await;
    assert_eq!(found, StatusCode::OK);
}

#[tokio::test]
async fn a_withdrawn_consent_opens_no_document() {
    let (world, browser) = world().await;
    let hash = world.issue_on_behalf("ada@example.com", &world.order()).await;
    world.wait_until_anchored(&hash).await;
    let program = text(&world.ids, "/verificationPrograms/adult");
    let asking = format!("/dashboard/verification/programs/{program}/ask");
    let run = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let run = run.split('?').next().unwrap().to_owned();
    browser.make(&run, &[("action", "agree")]).await;
    let stored = world
        .http
        .post(format!(
            "{}/sandbox/v1/dstorage/objects?coreClaimHash={hash}&name=n",
            world.platform.url()
        ))
        .header("x-partner-auth", world.token(PartnerToken::issue))
        .body(support::sealed())
        .send()
        .await
        .unwrap();
    let stored: Value = stored.json().await.unwrap();
    let read = async || {
        let object = stored["storageId"].as_str().unwrap();
        let path = format!("{}/sandbox/v1/dstorage/objects/{object}", world.platform.url());
        let request = world
            .http
            .get(path)
            .header("x-partner-auth", world.token(PartnerToken::verify));
        request.send().await.unwrap().status()
    };
    assert_eq!(read().await, StatusCode::OK, "{stored}");
    browser.make(&run, &[("action", "withdraw")]).await;
    assert_ne!(read().await, StatusCode::OK);
}

#[tokio::test]
async fn a_callback_is_sent_again_by_its_issuer_alone() {
    let (world, browser) = world().await;
    let session = world.login("ada@example.com").await;
    let mut order = world.order();
    order["cakPublicKey"] = json!(support::CAK);
    let (token, path) = (world.token(PartnerToken::issue), "/sandbox/v1/credentials/issue");
    let (status, issued) = world
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    world
        .wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let program = text(&world.ids, "/verificationPrograms/adult");
    let asking = format!("/dashboard/verification/programs/{program}/ask");
    let run = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let run = run.split('?').next().unwrap();
    browser.make(run, &[("action", "agree")]).await;

    let page = browser.page("/dashboard/callbacks").await;
    let (_, action) = page.split_once("action=\"/dashboard/callbacks/").unwrap();
    let replay = format!("/dashboard/callbacks/{}", action.split('"').next().unwrap());
    let stranger = browser.send(&replay, &[("partner", "nobody")]).await;
    assert_eq!(stranger.status(), StatusCode::NOT_FOUND);
    let partner = text(&world.ids, "/partnerId");
    browser.make(&replay, &[("partner", partner)]).await;
}

#[tokio::test]
async fn a_form_needs_its_token_and_a_page_of_ours() {
    let (world, browser) = world().await;
    let url = format!("{}/dashboard/clock", world.platform.url());
    let send = async |cookie: &str, token: &str, sent_by: &[(&str, &str)]| {
        let mut request = browser.http.post(&url).header("cookie", cookie);
        for (name, value) in sent_by {
            request = request.header(*name, *value);
        }
        let body = format!("amount=1&unit=1&action=advance&token={token}");
        request.body(body).send().await.unwrap().status()
    };
    let (cookie, token) = (browser.cookie.as_str(), browser.token.as_str());
    let ours = [("sec-fetch-site", "same-origin")];
    let other = Browser::open(&world.platform.url()).await;
    for (cookie, token, sent_by) in [
        (cookie, "", &ours[..]),
        (cookie, "00", &ours),
        (cookie, other.token.as_str(), &ours),
        ("", token, &ours),
        (cookie, token, &[]),
        (cookie, token, &[("sec-fetch-site", "same-site")]),
        (cookie, token, &[("sec-fetch-site", "cross-site")]),
        (cookie, token, &[("origin", "https://evil.example")]),
        (cookie, token, &[("origin", "null")]),
    ] {
        assert_eq!(
            send(cookie, token, sent_by).await,
            StatusCode::FORBIDDEN,
            "{sent_by:?}"
        );
    }
    let clock = browser.page("/dashboard/clock").await;
    assert!(clock.contains("<dd>nothing</dd>"), "{clock}");
    assert_eq!(send(cookie, token, &ours).await, StatusCode::SEE_OTHER);
    let own = world.platform.url();
    assert_eq!(
        send(cookie, token, &[("origin", &own)]).await,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_name_that_is_bent_to_this_machine_shows_nothing() {
    let (world, browser) = world().await;
    for host in ["rebound.example", "192.0.2.1:8300", "localhost.rebound.example"] {
        let url = format!("{}/dashboard", world.platform.url());
        let request = browser.http.get(url).header("host", host);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{host}");
        assert!(!answer.text().await.unwrap().contains("Zenith"));
    }
}

#[tokio::test]
async fn hostile_names_are_text() {
    let (world, browser) = world().await;
    let name = "<script>alert(1)</script>\"'&\u{202e}gpj";
    let mut seed = World::seed_file(&world.jwks.url);
    seed["partner"]["name"] = json!(name);
    seed["schemas"][0]["title"] = json!(name);
    seed["schemas"][0]["attributes"][0]["description"] = json!(name);
    let ids = world.seed(&seed).await;
    let schema = text(&ids, "/schemas/adult");
    for path in [
        "/dashboard".to_owned(),
        "/dashboard/accounts".to_owned(),
        format!("/dashboard/accounts/{}", text(&ids, "/partnerId")),
        "/dashboard/schemas".to_owned(),
        format!("/dashboard/schemas/{schema}"),
        format!("/dashboard/schemas/new?from={schema}"),
        "/dashboard/programs".to_owned(),
        format!("/dashboard/issue?program={}", text(&ids, "/programs/adult")),
        "/dashboard/verification".to_owned(),
        "/dashboard/users?q=%3Cscript%3Ealert(1)%3C/script%3E".to_owned(),
        "/dashboard/schemas?done=%3Cscript%3Ealert(1)".to_owned(),
    ] {
        let page = browser.page(&path).await;
        assert!(!page.contains("<script>"), "{path}");
    }
    let accounts = browser.page("/dashboard/accounts").await;
    assert!(
        accounts.contains("<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;"),
        "{accounts}"
    );
}

#[tokio::test]
async fn a_form_that_is_refused_keeps_what_was_typed() {
    let (world, browser) = world().await;
    let typed = [
        ("partner", text(&world.ids, "/partnerId")),
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
    let (world, browser) = world().await;
    let old = text(&world.ids, "/schemas/adult");
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
    let (world, browser) = world().await;
    let account = format!("/dashboard/accounts/{}", text(&world.ids, "/partnerId"));
    let kid = world.key.public_jwk().kid().as_str().to_owned();
    assert!(browser.page(&account).await.contains(&kid));
    world.jwks.publish(&[]);
    assert!(browser.page(&account).await.contains("No usable key"));
    let seed = json!({ "partner": { "name": "Gone", "jwksUrl": "http://127.0.0.1:9/jwks.json" } });
    let gone = world.seed(&seed).await;
    let page = browser
        .page(&format!("/dashboard/accounts/{}", text(&gone, "/partnerId")))
        .await;
    assert!(
        page.contains("Not usable") && page.contains("could not be fetched"),
        "{page}"
    );
}

#[tokio::test]
async fn the_log_has_the_remedy_and_no_page() {
    let (world, browser) = world().await;
    world.call(Method::GET, "/sandbox/v1/callbacks", None, None).await;
    let log = browser.page("/dashboard/logs?failed=yes").await;
    assert!(log.contains("send a Partner JWT"), "{log}");
    assert!(!log.contains("GET /dashboard"), "{log}");
}

#[tokio::test]
async fn faults_spare_the_pages_that_clear_them() {
    let (world, browser) = world().await;
    let rule = [
        ("path", "/"),
        ("kind", "status"),
        ("value", "503"),
        ("action", "add"),
    ];
    browser.make("/dashboard/faults", &rule).await;
    let (status, _) = world.call(Method::GET, "/readyz", None, None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(browser.page("/dashboard/faults").await.contains("503"));
    let wrong = [("kind", "status"), ("value", "200"), ("action", "add")];
    assert_eq!(
        browser.send("/dashboard/faults", &wrong).await.status(),
        StatusCode::BAD_REQUEST
    );
    browser.make("/dashboard/faults", &[("action", "clear")]).await;
    let (status, _) = world.call(Method::GET, "/readyz", None, None).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn beyond_loopback_there_is_nothing_without_the_token() {
    let config = Config {
        listen: (Ipv4Addr::UNSPECIFIED, 0).into(),
        ..Config::default()
    };
    let platform = Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}", platform.address().port());
    let http = client();
    for path in [
        "/dashboard",
        "/dashboard/users",
        "/dashboard/builder.js",
        "/dashboard/nothing",
    ] {
        let answer = http.get(format!("{url}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.headers()["location"], "/dashboard/login");
        assert!(answer.headers().get("set-cookie").is_none(), "{path}");
    }
    let post = http
        .post(format!("{url}/dashboard/clock"))
        .header("sec-fetch-site", "same-origin");
    assert_eq!(post.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let log_in = async |token: &str, site: &str| {
        let request = http
            .post(format!("{url}/dashboard/login"))
            .header("sec-fetch-site", site);
        request.body(format!("login={token}")).send().await.unwrap()
    };
    let token = platform.admin_token().unwrap();
    assert_eq!(
        log_in("wrong", "same-origin").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(log_in(token, "cross-site").await.status(), StatusCode::FORBIDDEN);
    let done = log_in(token, "same-origin").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let cookie = done.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert!(!cookie.contains(token));
    let pair = cookie.split(';').next().unwrap();
    let page = http
        .get(format!("{url}/dashboard"))
        .header("cookie", pair)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::OK);
}
