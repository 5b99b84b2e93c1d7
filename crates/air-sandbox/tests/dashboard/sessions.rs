//! Logging out, beyond loopback.

use std::net::Ipv4Addr;

use air_sandbox::{Config, Platform};
use reqwest::StatusCode;

use super::{Browser, client, test_env, token_of};

async fn logged_in() -> (Platform, Browser) {
    let mut config = Config::default();
    config.listen = (Ipv4Addr::UNSPECIFIED, 0).into();
    let platform = Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}", platform.address().port());
    let browser = log_in(&url, platform.admin_token().unwrap()).await;
    (platform, browser)
}

async fn log_in(url: &str, token: &str) -> Browser {
    let http = client();
    let login = http
        .post(format!("{url}/dashboard/login"))
        .header("sec-fetch-site", "same-origin");
    let done = login.body(format!("login={token}")).send().await.unwrap();
    let cookie = done.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let mut browser = Browser {
        http,
        url: url.to_owned(),
        cookie,
        token: String::new(),
    };
    browser.token = token_of(&browser.page("/dashboard").await);
    browser
}

#[tokio::test]
async fn who_logs_out_leaves_a_cookie_that_opens_nothing() {
    let (platform, browser) = logged_in().await;
    let other = log_in(&browser.url, platform.admin_token().unwrap()).await;
    assert!(browser.page("/dashboard").await.contains("Log out"));

    let done = browser.send("/dashboard/logout", &[]).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let header = |name: &str| done.headers()[name].to_str().unwrap();
    assert_eq!(header("location"), "/dashboard/login?done=logged-out");
    assert_eq!(header("clear-site-data"), "\"cache\"");
    let name = browser.cookie.split('=').next().unwrap();
    assert!(header("set-cookie").starts_with(&format!("{name}=; Path=/;")));
    assert!(header("set-cookie").ends_with("; Max-Age=0"));

    let replayed = browser.get("/dashboard/users").await;
    assert_eq!(replayed.status(), StatusCode::SEE_OTHER);
    assert_eq!(replayed.headers()["location"], "/dashboard/login");
    let form = browser.send("/dashboard/clock", &[("action", "reset")]).await;
    assert_eq!(form.status(), StatusCode::FORBIDDEN);
    let page = browser.page("/dashboard/login?done=logged-out").await;
    assert!(
        page.contains("You are logged out.") && !page.contains("Log out"),
        "{page}"
    );
    assert!(
        other.page("/dashboard").await.contains("Log out"),
        "another's session goes on"
    );
}

#[tokio::test]
async fn nobody_is_logged_out_by_a_page_of_others() {
    let (_platform, browser) = logged_in().await;
    let url = format!("{}/dashboard/logout", browser.url);
    for (site, token) in [("cross-site", browser.token.as_str()), ("same-origin", "")] {
        let form = browser.http.post(&url).header("cookie", &browser.cookie);
        let form = form.header("sec-fetch-site", site).body(format!("token={token}"));
        assert_eq!(
            form.send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{site}"
        );
    }
    let asked = browser.get("/dashboard/logout").await;
    assert_eq!(asked.status(), StatusCode::METHOD_NOT_ALLOWED);
    browser.page("/dashboard").await;
}

#[tokio::test]
async fn on_loopback_nobody_logs_out() {
    let (_env, browser) = test_env().await;
    assert!(!browser.page("/dashboard").await.contains("Log out"));
    let done = browser.send("/dashboard/logout", &[]).await;
    assert_eq!(done.status(), StatusCode::NOT_FOUND);
}
