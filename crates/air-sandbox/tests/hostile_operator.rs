//! Nobody is taken for the operator: no partner, no stranger, no proxy, and none of the platform's
//! own requests.

use std::{num::NonZeroU32, sync::LazyLock, time::Duration};

use air_jwt::PartnerToken;
use air_sandbox::{Clock, Config, Limits, Platform, UnixTime};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    airkit::{AirkitEnv, EMAIL},
    support::{self, CAK, NOW, TestEnv, config_with},
};

/// One route of each kind that is the operator's.
const OPERATORS: [(&str, &str); 6] = [
    ("GET", "/sandbox/v1/clock"),
    ("GET", "/sandbox/v1/faults"),
    ("GET", "/sandbox/v1/events/log"),
    ("GET", "/sandbox/v1/logs"),
    ("GET", "/metrics"),
    ("POST", "/sandbox/v1/reset"),
];
/// The headers by which a proxy may name its caller.
const PROXY_HEADERS: [&str; 8] = [
    "via",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-real-ip",
    "cf-connecting-ip",
];

async fn start(config: Config) -> Platform {
    let mut config = config;
    config.block_time = Duration::from_millis(10);
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    Platform::start(config).await.unwrap()
}

fn call(platform: &Platform, method: &str, path: &str) -> RequestBuilder {
    // One for all tests: no connection outlives its request, nor its test's runtime.
    static CLIENT: LazyLock<Client> =
        LazyLock::new(|| Client::builder().pool_max_idle_per_host(0).build().unwrap());
    let url = format!("http://127.0.0.1:{}{path}", platform.address().port());
    CLIENT.request(method.parse().unwrap(), url)
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

/// The status that nginx 1.28 gets for what it sends by `proxy_pass http://127.0.0.1:8300;` and no
/// other directive.
async fn by_nginx(platform: &Platform, method: &str, path: &str, more: &str) -> String {
    let port = platform.address().port();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let head =
        format!("{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn no_fault_makes_a_token_good() {
    let base = TestEnv::start().await;
    let path = "/v1/credentials/issue-on-behalf";
    let expired = PartnerToken::issue_on_behalf(base.partner_id(), "ada@example.com".parse().unwrap());
    let expired = expired.sign(&base.key, UnixTime::from_secs(NOW - 3_600)).unwrap();
    let early = PartnerToken::issue_on_behalf(base.partner_id(), "ada@example.com".parse().unwrap());
    let early = early.sign(&base.key, UnixTime::from_secs(NOW + 3_600)).unwrap();
    let issue = async |token: &str, fault: Option<String>| {
        let mut request = call(&base.platform, "POST", path)
            .header("x-partner-auth", token)
            .bearer_auth(base.platform.operator_token())
            .json(&base.order());
        if let Some(fault) = fault {
            request = request.header("x-air-fault", fault);
        }
        status(request).await
    };
    for token in [expired.expose_secret(), early.expose_secret()] {
        assert_eq!(issue(token, None).await, StatusCode::UNAUTHORIZED);
        for skew in [
            -86_400, -3_700, -3_600, -3_301, -30, 30, 3_301, 3_600, 3_700, 86_400,
        ] {
            let fault = format!("clock-skew={skew}");
            assert_eq!(
                issue(token, Some(fault)).await,
                StatusCode::UNAUTHORIZED,
                "{skew}"
            );
            let rule = json!({ "rules": [{ "path": "/v1", "kind": "clockSkew", "seconds": skew }] });
            let faults = "/sandbox/v1/faults";
            let set = base.call(Method::PUT, faults, None, Some(&rule)).await;
            assert_eq!(set.0, StatusCode::OK, "{}", set.1);
            assert_eq!(
                issue(token, None).await,
                StatusCode::UNAUTHORIZED,
                "a rule: {skew}"
            );
            base.call(Method::PUT, faults, None, Some(&json!({}))).await;
        }
    }
    // A clock that is wrong refuses a good token, as before.
    let good = base.on_behalf_token("ada@example.com");
    for (skew, expected) in [
        (-20, StatusCode::OK),
        (-600, StatusCode::UNAUTHORIZED),
        (600, StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(
            issue(&good, Some(format!("clock-skew={skew}"))).await,
            expected,
            "{skew}"
        );
    }
}

#[tokio::test]
async fn a_fault_header_is_for_the_operator_alone() {
    let base = TestEnv::start().await;
    let ask = |platform: &Platform| {
        call(platform, "GET", "/v1/catalog/schemas").header("x-air-fault", "status=503")
    };
    assert_eq!(status(ask(&base.platform)).await, StatusCode::SERVICE_UNAVAILABLE);
    let page = ask(&base.platform).header("origin", "https://evil.example");
    assert_eq!(status(page).await, StatusCode::FORBIDDEN, "a page elsewhere");
    let proxied = ask(&base.platform).header("x-forwarded-for", "203.0.113.9");
    assert_eq!(status(proxied).await, StatusCode::FORBIDDEN, "a proxy's caller");

    let open = start(config_with(|config| config.listen = ([0, 0, 0, 0], 0).into())).await;
    assert_eq!(status(ask(&open)).await, StatusCode::FORBIDDEN, "a stranger");
    let partners = ask(&open).header("x-partner-auth", base.token(PartnerToken::issue));
    assert_eq!(status(partners).await, StatusCode::FORBIDDEN, "a partner");
    let operators = ask(&open).bearer_auth(open.operator_token());
    assert_eq!(status(operators).await, StatusCode::SERVICE_UNAVAILABLE);
    let without = call(&open, "GET", "/v1/catalog/schemas");
    assert_eq!(status(without).await, StatusCode::OK);
}

#[tokio::test]
async fn behind_a_proxy_nobody_is_the_operator_without_the_token() {
    let platform = start(Config::default()).await;
    assert_eq!(platform.admin_token(), None, "it is for this machine alone");
    let token = platform.operator_token();
    for (method, path) in OPERATORS {
        assert_eq!(
            status(call(&platform, method, path)).await,
            StatusCode::OK,
            "{path}: this machine"
        );
        for name in PROXY_HEADERS {
            let proxied = || call(&platform, method, path).header(name, "203.0.113.9");
            assert_eq!(status(proxied()).await, StatusCode::FORBIDDEN, "{path}: {name}");
            let operators = proxied().bearer_auth(token);
            assert_eq!(
                status(operators).await,
                StatusCode::OK,
                "{path}: {name}, with the token"
            );
        }
        assert_eq!(by_nginx(&platform, method, path, "").await, "403", "{path}");
        let bearer = format!("Authorization: Bearer {token}\r\n");
        assert_eq!(by_nginx(&platform, method, path, &bearer).await, "200", "{path}");
    }
    // The dashboard and the API ask the same function.
    assert_eq!(status(call(&platform, "GET", "/dashboard")).await, StatusCode::OK);
    for name in PROXY_HEADERS {
        let proxied = call(&platform, "GET", "/dashboard").header(name, "203.0.113.9");
        assert_eq!(status(proxied).await, StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(by_nginx(&platform, "GET", "/dashboard", "").await, "403");
    // Public routes are public by HTTP/1.0, too.
    assert_eq!(by_nginx(&platform, "GET", "/healthz", "").await, "200");
    assert_eq!(by_nginx(&platform, "GET", "/v1/catalog/schemas", "").await, "200");
}

#[tokio::test]
async fn behind_a_proxy_nobody_logs_in_to_the_airkit_by_an_address_alone() {
    let env = AirkitEnv::open().await;
    let ticket = env.ticket(&env.partner()).await;
    let login = |body: Value| {
        let request = env.http.post(format!("{}/airkit/v1/login", env.url));
        request
            .header("sec-fetch-site", "same-origin")
            .header("x-air-page", &ticket)
            .json(&body)
    };
    let (nameless, named) = (env.token(&json!({})), env.token(&json!({ "email": EMAIL })));
    for name in PROXY_HEADERS {
        for body in [
            json!({ "email": EMAIL }),
            json!({ "email": EMAIL, "partnerToken": nameless }),
        ] {
            let refused = login(body).header(name, "203.0.113.9").send().await.unwrap();
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{name}");
            assert!(!refused.headers().contains_key("set-cookie"), "{name}");
        }
        let unasked = login(json!({ "partnerToken": nameless })).header(name, "203.0.113.9");
        assert_eq!(status(unasked).await, StatusCode::BAD_REQUEST, "{name}");
        let vouched = login(json!({ "partnerToken": named })).header(name, "203.0.113.9");
        assert_eq!(status(vouched).await, StatusCode::OK, "{name}");
    }
    assert_eq!(status(login(json!({ "email": EMAIL }))).await, StatusCode::OK);
}

#[tokio::test]
async fn a_public_host_or_a_listener_beyond_loopback_requires_the_token() {
    let loopback: std::net::SocketAddr = ([127, 0, 0, 1], 0).into();
    let everywhere = ([0, 0, 0, 0], 0).into();
    for (what, config) in [
        (
            "a public URL",
            config_with(|config| config.public_url = Some("https://air.example.com".into())),
        ),
        ("a listener", config_with(|config| config.listen = everywhere)),
        (
            "the AIR Kit's listener",
            config_with(|config| config.airkit = Some(everywhere)),
        ),
        ("the setting", config_with(|config| config.require_token = true)),
    ] {
        let platform = start(config).await;
        let token = platform
            .admin_token()
            .unwrap_or_else(|| panic!("{what} requires it"));
        for (method, path) in OPERATORS {
            let request = || call(&platform, method, path);
            assert_eq!(status(request()).await, StatusCode::FORBIDDEN, "{what}: {path}");
            for junk in ["", "junk", &token[1..], &format!("{token}0")] {
                let junk = request().bearer_auth(junk);
                assert_eq!(status(junk).await, StatusCode::FORBIDDEN, "{what}: {path}");
            }
            assert_eq!(
                status(request().bearer_auth(token)).await,
                StatusCode::OK,
                "{what}: {path}"
            );
        }
        let page = call(&platform, "GET", "/dashboard").send().await.unwrap();
        assert_eq!(page.url().path(), "/dashboard/login", "{what}");
    }
    let mut local = Config::default();
    local.listen = loopback;
    local.public_url = Some("http://localhost:8300".into());
    local.airkit = Some(loopback);
    assert_eq!(start(local).await.admin_token(), None);
}

#[tokio::test]
async fn the_ready_lines_link_logs_one_browser_in_once() {
    let platform = start(config_with(|config| config.require_token = true)).await;
    let link = platform.dashboard_url();
    let browser = || {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        client.build().unwrap()
    };
    let first = browser().get(link.replace(&platform.url(), &format!("http://{}", platform.address())));
    let first = first.send().await.unwrap();
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    let cookie = first.headers()["set-cookie"].to_str().unwrap();
    let pair = cookie.split(';').next().unwrap();
    let page = browser()
        .get(format!("{}/dashboard", platform.url()))
        .header("cookie", pair);
    assert_eq!(status(page).await, StatusCode::OK);
    let again = browser().get(&link).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    assert!(again.headers().get("set-cookie").is_none());
    let guess = format!("{}/dashboard/login?once=guess", platform.url());
    assert_eq!(status(browser().get(guess)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_platforms_own_requests_are_never_the_operators() {
    let platform = start(Config::default()).await;
    for (name, value) in [
        ("webhook-id", "id"),
        ("webhook-timestamp", "1"),
        ("webhook-signature", "v1,c2lnbmF0dXJl"),
        ("user-agent", "air-fetch/9.9.9"),
    ] {
        for (method, path) in OPERATORS {
            let request = || call(&platform, method, path).header(name, value);
            assert_eq!(status(request()).await, StatusCode::FORBIDDEN, "{path}: {name}");
            let with_token = request().bearer_auth(platform.operator_token());
            assert_eq!(status(with_token).await, StatusCode::FORBIDDEN, "{path}: {name}");
        }
        let page = call(&platform, "GET", "/dashboard").header(name, value);
        assert_eq!(status(page).await, StatusCode::FORBIDDEN, "{name}");
    }
}

#[tokio::test]
async fn a_flood_stays_out_of_the_log_and_its_preflights_count() {
    let limits = Limits {
        rate: NonZeroU32::new(1),
        ..Limits::default()
    };
    let platform = start(config_with(|config| config.limits = limits)).await;
    let preflight = || {
        call(&platform, "OPTIONS", "/v1/credentials/status")
            .header("origin", "https://unknown.example")
            .header("access-control-request-method", "GET")
    };
    let page = || call(&platform, "GET", "/v1/catalog/schemas");
    for request in [&preflight as &dyn Fn() -> RequestBuilder, &page] {
        // All at once: the machine may be slow.
        let flood: JoinSet<_> = (0..20).map(|_| status(request())).collect();
        let statuses = flood.join_all().await;
        assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    }
    let logged = async {
        loop {
            let answer = call(&platform, "GET", "/sandbox/v1/logs").send().await.unwrap();
            if answer.status() == StatusCode::OK {
                return answer.json::<Value>().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let logged = tokio::time::timeout(Duration::from_mins(1), logged)
        .await
        .unwrap();
    let requests = logged["requests"].as_array().unwrap();
    assert!(
        requests.iter().all(|request| request["status"] != 429),
        "{logged}"
    );
}

/// Names a callback URL as a partner with a token of any scope.
async fn name_callback(base: &TestEnv, url: &str) -> (StatusCode, Value) {
    let token = base.token(PartnerToken::issue);
    let body = json!({ "callbackUrl": url });
    base.call(Method::POST, "/v1/issuer/modify", Some(&token), Some(&body))
        .await
}

#[tokio::test]
async fn a_callback_url_can_not_be_the_platforms_own() {
    let airkit = Some(([127, 0, 0, 1], 0).into());
    let base = TestEnv::start_on(start(config_with(|config| config.airkit = airkit)).await).await;
    let (api, pages) = (
        base.platform.address().port(),
        base.platform.airkit().unwrap().address().port(),
    );
    for port in [api, pages] {
        for host in [
            "127.0.0.1",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "localhost",
            "a.localhost",
            "[::1]",
        ] {
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:{port}/sandbox/v1/reset");
                let (status, answer) = name_callback(&base, &url).await;
                assert_eq!(status, StatusCode::BAD_REQUEST, "{url}: {answer}");
            }
        }
    }
    let (status, answer) = name_callback(&base, "http://127.0.0.1:1/hook").await;
    assert_eq!(
        status,
        StatusCode::OK,
        "another service of this machine: {answer}"
    );
}

#[tokio::test]
async fn callbacks_reach_this_machine_from_a_local_platform_alone() {
    let mut config = Config::default();
    config.public_url = Some("https://air.example.com".into());
    let platform = start(config).await;
    let local = TestEnv::start().await;
    let seed = TestEnv::seed_file(&local.jwks.url);
    let seeded = call(&platform, "POST", "/sandbox/v1/seed").bearer_auth(platform.operator_token());
    let ids: Value = seeded.json(&seed).send().await.unwrap().json().await.unwrap();
    let partner = ids["partnerId"].as_str().unwrap().parse().unwrap();
    let token = support::sign(PartnerToken::issue(partner), &local.key);
    for (url, expected) in [
        ("http://127.0.0.1:2375/containers/create", StatusCode::BAD_REQUEST),
        ("http://localhost:3000/hook", StatusCode::BAD_REQUEST),
        ("https://127.0.0.1/", StatusCode::BAD_REQUEST),
        ("https://10.0.0.1/", StatusCode::BAD_REQUEST),
        ("https://169.254.169.254/", StatusCode::BAD_REQUEST),
        ("https://issuer.example/hook", StatusCode::OK),
    ] {
        let request = call(&platform, "POST", "/v1/issuer/modify").header("x-partner-auth", &token);
        let request = request.json(&json!({ "callbackUrl": url }));
        assert_eq!(status(request).await, expected, "{url}");
    }
}

/// The attack of a partner that has another platform of the machine called: the deliveries come
/// there and change nothing.
#[tokio::test]
async fn a_callback_does_not_reset_another_platform_and_tells_a_partner_nothing() {
    let base = TestEnv::start().await;
    let victim = TestEnv::start().await;
    let target = format!("{}/sandbox/v1/reset", victim.platform.url());
    assert_eq!(name_callback(&base, &target).await.0, StatusCode::OK);
    release(&base).await;

    let token = base.token(PartnerToken::issue);
    let listed = async |token: Option<&str>, path: &str| base.call(Method::GET, path, token, None).await.1;
    let attempted = async {
        loop {
            let callbacks = listed(Some(&token), "/sandbox/v1/callbacks").await;
            if let Some(attempt) = callbacks["callbacks"][0]["attempts"].get(0) {
                return attempt.clone();
            }
        }
    };
    let attempt = tokio::time::timeout(Duration::from_mins(1), attempted)
        .await
        .unwrap();
    let members: Vec<_> = attempt.as_object().unwrap().keys().collect();
    assert_eq!(members, ["at", "delivered"], "{attempt}");
    assert_eq!(attempt["delivered"], false);
    let schemas = victim
        .call(Method::GET, "/v1/catalog/schemas", None, None)
        .await
        .1;
    assert_ne!(schemas["data"]["total"], 0, "nothing is gone: {schemas}");
    assert!(
        schemas.to_string().contains("Adult"),
        "nothing is gone: {schemas}"
    );

    let log = "/sandbox/v1/events/log?type=callback.attempted";
    let partners = listed(Some(&token), log).await["events"][0]["data"].clone();
    assert_eq!(
        partners.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["recordId"]
    );
    let operators = listed(None, log).await["events"][0]["data"].clone();
    assert_eq!(operators["httpStatus"], 403, "{operators}");
}

/// Releases a key by a verification that a user agreed to.
async fn release(base: &TestEnv) {
    let session = base.login("ada@example.com").await;
    let (issue, verify) = (base.token(PartnerToken::issue), base.token(PartnerToken::verify));
    let mut order = base.order();
    order["cakPublicKey"] = json!(CAK);
    let post = async |path: &str, token: &str, body: &Value| {
        let (status, answer) = base
            .call_as_user(Method::POST, path, &session, Some(token), Some(body))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    };
    let issued = post("/sandbox/v1/credentials/issue", &issue, &order).await;
    base.wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let program = json!({ "programId": base.ids["verificationPrograms"]["adult"] });
    let started = post("/sandbox/v1/verifications", &verify, &program).await;
    let consent = format!(
        "/sandbox/v1/verifications/{}/consent",
        started["verificationId"].as_str().unwrap()
    );
    post(&consent, &verify, &json!({ "decision": "agree" })).await;
}
