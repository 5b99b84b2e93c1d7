//! The guards against others' pages, names and people.

use std::net::Ipv4Addr;

use air_sandbox::{Config, Platform};
use reqwest::StatusCode;
use serde_json::json;

use super::{Browser, client, test_env, text};
use crate::support::TestEnv;

#[tokio::test]
async fn each_page_answers_with_its_policy() {
    let (env, browser) = test_env().await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    let asking = format!(
        "/dashboard/verification/programs/{}/ask",
        text(&env.ids, "/verificationPrograms/adult")
    );
    let record = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let users = browser.page("/dashboard/users").await;
    let (_, user) = users.split_once("href=\"/dashboard/users/").unwrap();
    let user = user.split('"').next().unwrap();
    let (schema, program) = (
        text(&env.ids, "/schemas/adult"),
        text(&env.ids, "/programs/adult"),
    );
    let pages = [
        "/dashboard".to_owned(),
        "/dashboard/accounts".to_owned(),
        format!("/dashboard/accounts/{}", text(&env.ids, "/partnerId")),
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
        "/dashboard/checkpoints".to_owned(),
        "/dashboard/logs?status=failed".to_owned(),
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
        let choices = page.matches("<select").count() + page.matches("<textarea").count();
        assert_eq!(page.matches("<label").count(), inputs + choices, "{path}");
    }
    for (path, media_type) in [
        ("style.css", "text/css"),
        ("page.js", "text/javascript"),
        ("builder.js", "text/javascript"),
        ("present.js", "text/javascript"),
        ("anchor.js", "text/javascript"),
        ("anchor/air_wasm.js", "text/javascript"),
        ("anchor/air_wasm_bg.wasm", "application/wasm"),
    ] {
        let file = browser.get(&format!("/dashboard/{path}")).await;
        assert_eq!(file.headers()["content-type"], media_type);
    }
    let style = browser.get("/dashboard/style.css").await.text().await.unwrap();
    // The rules of all pages come before those of the dashboard.
    let [shared, own] = [".scroll {", ".consent {"].map(|rule| style.find(rule).expect(rule));
    assert!(shared < own);
    assert_eq!(
        browser.get("/dashboard/nothing").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_form_needs_its_token_and_a_page_of_ours() {
    let (env, browser) = test_env().await;
    let url = format!("{}/dashboard/clock", env.platform.url());
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
    let other = Browser::open(&env.platform.url()).await;
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
    let own = env.platform.url();
    assert_eq!(
        send(cookie, token, &[("origin", &own)]).await,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_name_that_is_bent_to_this_machine_shows_nothing() {
    let (env, browser) = test_env().await;
    for host in ["rebound.example", "192.0.2.1:8300", "localhost.rebound.example"] {
        let url = format!("{}/dashboard", env.platform.url());
        let request = browser.http.get(url).header("host", host);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{host}");
        assert!(!answer.text().await.unwrap().contains("Zenith"));
    }
}

#[tokio::test]
async fn hostile_names_are_text() {
    let (env, browser) = test_env().await;
    let name = "<script>alert(1)</script>\"'&gpj";
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["name"] = json!(name);
    seed["schemas"][0]["title"] = json!(name);
    seed["schemas"][0]["attributes"][0]["description"] = json!(format!("{name}\u{202e}"));
    let ids = env.seed(&seed).await;
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
async fn a_name_written_from_right_to_left_moves_no_text_around_it() {
    let (env, browser) = test_env().await;
    let (issuer, title, claim) = ("זהות", "אישור", "גיל");
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["name"] = json!(issuer);
    seed["schemas"][0]["title"] = json!(title);
    seed["schemas"][0]["attributes"][0]["title"] = json!(claim);
    let ids = env.seed(&seed).await;
    let program = text(&ids, "/programs/adult");
    let issue = browser.page(&format!("/dashboard/issue?program={program}")).await;
    for isolated in [
        format!("\u{2068}{title}\u{2069} by \u{2068}{issuer}\u{2069} ({program})"),
        format!("<bdi>{claim}</bdi><span class=\"needed\">"),
    ] {
        assert!(issue.contains(&isolated), "{isolated}: {issue}");
    }
    let programs = browser.page("/dashboard/programs/new").await;
    assert!(
        programs.contains(&format!("\u{2068}{title}\u{2069} ")),
        "{programs}"
    );
}

#[tokio::test]
async fn beyond_loopback_there_is_nothing_without_the_token() {
    let mut config = Config::default();
    config.listen = (Ipv4Addr::UNSPECIFIED, 0).into();
    let platform = Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}", platform.address().port());
    let http = client();
    for path in [
        "/dashboard",
        "/dashboard/users",
        "/dashboard/builder.js",
        "/dashboard/anchor/air_wasm.js",
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
