//! Sign-in with an admin API key, sessions, and the listener.

use std::net::IpAddr;

use air_fetch::{Fetcher, NetworkPolicy, Request};
use tokio::net::TcpListener;

use crate::support::{ADMIN_KEY, API_KEY, Browser, TestEnv};

#[tokio::test]
async fn only_an_admin_key_signs_in() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for key in ["", API_KEY, &ADMIN_KEY[1..], "sha256-00"] {
        let mut browser = Browser::open(&issuer).await;
        let response = browser.post("/sign-in", &[("key", key)]).await;
        assert_eq!(response.status, 401, "{key}");
        assert!(response.headers.get("set-cookie").is_none());
        assert!(
            key.is_empty() || !response.body.contains(key),
            "the page has no key"
        );
        assert_eq!(browser.get("/issuances").await.status, 303, "{key}");
    }
    let mut browser = Browser::open(&issuer).await;
    let visitor = browser.cookies.clone();
    let response = browser.post("/sign-in", &[("key", ADMIN_KEY)]).await;
    assert_eq!((response.status, response.header("location")), (303, "/"));
    let cookie = response.header("set-cookie");
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(
        attributes, "Path=/; HttpOnly; SameSite=Strict",
        "http on loopback"
    );
    let (name, value) = pair.split_once('=').unwrap();
    assert_eq!((name, value.len()), ("air_issuer_session_0", 64));
    assert!(visitor.values().all(|other| other != value), "the value is new");
    let response = browser.get("/").await;
    assert_eq!(
        (response.status, response.header("location")),
        (303, "/issuances")
    );
    assert!(browser.page("/issuances").await.contains("Sign out"));
}

#[tokio::test]
async fn attempts_are_limited_for_each_address() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut browser = Browser::open(&issuer).await;
    for _ in 0..10 {
        assert_eq!(browser.post("/sign-in", &[("key", "wrong")]).await.status, 401);
    }
    env.pass(60);
    let response = browser.post("/sign-in", &[("key", ADMIN_KEY)]).await;
    assert_eq!((response.status, response.header("retry-after")), (429, "540"));
    assert_eq!(browser.get("/issuances").await.status, 303);

    let mut elsewhere = browser.clone();
    elsewhere.address = IpAddr::from([192, 0, 2, 1]);
    assert_eq!(
        elsewhere.post("/sign-in", &[("key", ADMIN_KEY)]).await.status,
        303
    );
    env.pass(540);
    assert_eq!(browser.post("/sign-in", &[("key", ADMIN_KEY)]).await.status, 303);
}

#[tokio::test]
async fn attempts_behind_a_trusted_proxy_count_for_its_client() {
    let env = TestEnv::new().await;
    let toml = "http.trusted-proxies = [\"10.0.0.0/8\"]";
    let issuer = env.start_with_toml(toml).await;
    let mut browser = Browser::open(&issuer).await;
    browser.address = IpAddr::from([10, 0, 0, 1]);
    let token = browser.token.clone();
    let mut statuses = Vec::new();
    for (key, client) in [("wrong", "192.0.2.7"); 10]
        .into_iter()
        .chain([(ADMIN_KEY, "203.0.113.9, 192.0.2.7"), (ADMIN_KEY, "192.0.2.8")])
    {
        let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", client)];
        let response = browser
            .post_as("/sign-in", &[("key", key)], &token, &headers)
            .await;
        statuses.push(response.status);
    }
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429, 303], "the other client may sign in");
}

#[tokio::test]
async fn a_session_ends_without_use_and_after_eight_hours() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let mut idle = Browser::signed_in(&issuer).await;
    env.pass(29 * 60);
    idle.page("/keys").await;
    env.pass(30 * 60);
    assert_eq!(idle.get("/keys").await.status, 303);

    let mut busy = Browser::signed_in(&issuer).await;
    for _ in 0..23 {
        env.pass(20 * 60);
        busy.page("/keys").await;
    }
    env.pass(20 * 60);
    assert_eq!(busy.get("/keys").await.status, 303);
}

#[tokio::test]
async fn a_copy_of_the_cookie_is_useless_after_the_sign_out() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    let mut browser = Browser::signed_in(&issuer).await;
    let mut copy = browser.clone();
    let response = browser.post("/sign-out", &[]).await;
    assert_eq!(
        (response.status, response.header("location")),
        (303, "/sign-in?done=signed-out")
    );
    assert!(response.header("set-cookie").ends_with("; Max-Age=0"));
    let page = browser.page("/sign-in?done=signed-out").await;
    assert!(page.contains("You are signed out.") && !page.contains("Sign out"));
    assert_eq!(copy.get("/issuances").await.status, 303);
}

#[tokio::test]
async fn behind_a_proxy_with_tls_the_cookie_is_secure() {
    let env = TestEnv::new().await;
    let toml = "admin-listen = \"0.0.0.0:9101\"\nadmin-origin = \"https://admin.example\"\n";
    let config = env.config(&[], toml);
    assert_eq!(config.admin_address(), Some("0.0.0.0:9101".parse().unwrap()));
    let is_reported = |warning: &String| warning.contains("admin pages listen on 0.0.0.0:9101");
    assert!(
        config.warnings().iter().any(is_reported),
        "{:?}",
        config.warnings()
    );
    let issuer = env.try_start(config).await.unwrap();
    let mut browser = Browser::open(&issuer).await;
    let token = browser.token.clone();
    let from_proxy = [("origin", "https://admin.example")];
    let response = browser
        .post_as("/sign-in", &[("key", ADMIN_KEY)], &token, &from_proxy)
        .await;
    assert_eq!(response.status, 303);
    let cookie = response.header("set-cookie");
    assert!(cookie.starts_with("__Host-air_issuer_session="), "{cookie}");
    assert!(cookie.ends_with("; SameSite=Strict; Secure"), "{cookie}");
    assert_eq!(browser.get_at("admin.example", "/keys").await.status, 200);
    assert_eq!(browser.get_at("issuer.example", "/keys").await.status, 403);
}

#[tokio::test]
async fn the_public_listener_has_no_admin_pages() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for path in ["/sign-in", "/issuances", "/keys", "/audit", "/style.css"] {
        assert_eq!(issuer.get(path).await.status, 404, "{path}");
    }
    assert_eq!(env.config(&[], "").admin_address(), None);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sign-in", listener.local_addr().unwrap());
    let service = issuer.service.clone();
    let server = tokio::spawn(async move { service.serve_admin(listener).await });
    let fetcher = Fetcher::new(NetworkPolicy::Any).unwrap();
    let response = fetcher.exchange(&Request::get(&url), 1 << 20).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    server.abort();
}
