//! Who may call each route. A new route fails `every_route_is_in_the_table` until it has a row.

use std::collections::BTreeSet;

use super::{issue, refuse};
use crate::support::{Browser, HOST, Issuer, TestEnv};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Everyone who reaches the listener.
    Open,
    /// An operator who signed in.
    Operator,
}

use Access::{Open, Operator};

const TABLE: &[(&str, &str, Access)] = &[
    ("GET", "/", Operator),
    ("GET", "/style.css", Open),
    ("GET", "/sign-in", Open),
    ("POST", "/sign-in", Open),
    ("POST", "/sign-out", Operator),
    ("GET", "/issuances", Operator),
    ("GET", "/issuances/{id}", Operator),
    ("GET", "/issuances/{id}/revoke", Operator),
    ("POST", "/issuances/{id}/revoke", Operator),
    ("GET", "/outbox", Operator),
    ("POST", "/outbox/{id}/try", Operator),
    ("GET", "/keys", Operator),
    ("GET", "/status-lists", Operator),
    ("GET", "/audit", Operator),
    #[cfg(feature = "openid4vc")]
    ("GET", "/offers", Operator),
];

/// An issuer whose pages are all on.
#[cfg(feature = "openid4vc")]
async fn start(env: &TestEnv) -> Issuer {
    env.start_for_wallets("").await
}

#[cfg(not(feature = "openid4vc"))]
async fn start(env: &TestEnv) -> Issuer {
    env.start().await
}

#[tokio::test]
async fn every_route_is_in_the_table() {
    let env = TestEnv::new().await;
    let issuer = start(&env).await;
    let routes: BTreeSet<_> = issuer.service.admin_routes().into_iter().collect();
    let rows: BTreeSet<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(rows.len(), TABLE.len());
    let missing: Vec<_> = routes.difference(&rows).collect();
    assert!(missing.is_empty(), "state in TABLE who may call {missing:?}");
    let gone: Vec<_> = rows.difference(&routes).collect();
    assert!(gone.is_empty(), "TABLE has routes that do not exist: {gone:?}");
}

#[tokio::test]
async fn a_browser_without_a_session_is_sent_to_the_sign_in() {
    let env = TestEnv::new().await;
    let issuer = start(&env).await;
    let id = refuse(&env, &issuer, "did:air:id:test:a").await;
    let operator = Browser::signed_in(&issuer).await;
    let mut visitor = operator.stranger();
    visitor.page("/sign-in").await;
    let mut forged = operator.stranger();
    forged
        .cookies
        .insert("air_issuer_session_0".to_owned(), "0".repeat(64));
    let mut former = operator.clone();
    let mut signed_out = operator.clone();
    assert_eq!(signed_out.post("/sign-out", &[]).await.status, 303);
    former.page("/sign-in").await;

    for browser in [operator.stranger(), visitor, forged, former] {
        for (method, path, access) in TABLE {
            let mut browser = browser.clone();
            let path = path.replace("{id}", &id);
            let case = format!("{method} {path}");
            if *access == Open {
                continue;
            }
            if *method == "GET" {
                let response = browser.get(&path).await;
                assert_eq!(
                    (response.status, response.header("location")),
                    (303, "/sign-in"),
                    "{case}"
                );
                assert_eq!(response.body, "", "{case}");
            } else {
                let response = browser.post(&path, &[("reason", "x")]).await;
                assert_eq!(response.status, 401, "{case}");
                assert!(!response.body.contains(&id), "{case}");
            }
        }
    }
    assert_eq!(issuer.history().await[0]["revokedAt"], serde_json::Value::Null);
    assert_eq!(env.platform.stored().len(), 0, "no upload was tried");
}

#[tokio::test]
async fn a_form_needs_its_token_and_a_page_of_this_origin() {
    let env = TestEnv::new().await;
    let issuer = start(&env).await;
    let id = refuse(&env, &issuer, "did:air:id:test:a").await;
    let visitor = Browser::open(&issuer).await;
    let mut other = visitor.stranger();
    other.sign_in().await;
    let here = [("sec-fetch-site", "same-origin")];
    let own_origin = format!("http://{HOST}");
    for (method, path, access) in TABLE {
        if *method != "POST" {
            continue;
        }
        let mut browser = visitor.clone();
        if *access == Operator {
            browser.sign_in().await;
        }
        let path = path.replace("{id}", &id);
        let token = browser.token.clone();
        assert_eq!(token.len(), 64);
        for (token, headers) in [
            ("", &here[..]),
            ("00", &here),
            (other.token.as_str(), &here),
            (token.as_str(), &[]),
            (token.as_str(), &[("sec-fetch-site", "same-site")]),
            (token.as_str(), &[("sec-fetch-site", "cross-site")]),
            (token.as_str(), &[("origin", "https://evil.example")]),
            (token.as_str(), &[("origin", "null")]),
        ] {
            let response = browser
                .clone()
                .post_as(&path, &[("reason", "x")], token, headers)
                .await;
            assert_eq!(response.status, 403, "{path} {headers:?}");
        }
        let origin = [("origin", own_origin.as_str())];
        let response = browser.post_as(&path, &[], &token, &origin).await;
        assert_ne!(response.status, 403, "{path}");
    }
    assert_eq!(issuer.history().await[0]["revokedAt"], serde_json::Value::Null);
}

#[tokio::test]
async fn each_page_has_its_policy_and_labels() {
    let env = TestEnv::new().await;
    let issuer = start(&env).await;
    let id = issue(&env, &issuer, "did:air:id:test:a").await;
    let mut browser = Browser::signed_in(&issuer).await;
    for (method, path, _) in TABLE {
        if *method != "GET" || *path == "/" {
            continue;
        }
        let path = path.replace("{id}", &id);
        let response = browser.get(&path).await;
        assert_eq!(response.status, 200, "{path}");
        let policy = response.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"));
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(response.header(name), value, "{path}");
        }
        assert!(response.headers.get("access-control-allow-origin").is_none());
        if path == "/style.css" {
            assert_eq!(response.header("content-type"), "text/css; charset=utf-8");
            continue;
        }
        assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
        let page = &response.body;
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{path}");
        assert_eq!(page.matches("<h1>").count(), 1, "{path}");
        assert_eq!(page.matches("<main ").count(), 1, "{path}");
        for inline in [" style=", " onclick=", "<style", "<script"] {
            assert!(!page.contains(inline), "{path}: {inline}");
        }
        let inputs = page.matches("<input").count() - page.matches("type=\"hidden\"").count();
        assert_eq!(page.matches("<label").count(), inputs, "{path}");
        let forms = page.matches("method=\"post\"").count();
        assert_eq!(page.matches("name=\"token\"").count(), forms, "{path}");
    }
    for path in ["/nothing", "/issuances/nothing", "/issuances/a%00b/revoke"] {
        let response = browser.get(path).await;
        assert_eq!(response.status, 404, "{path}");
        assert!(response.body.contains("role=\"alert\""), "{path}");
    }
}

#[tokio::test]
async fn no_text_of_an_address_breaks_a_page() {
    let env = TestEnv::new().await;
    let issuer = start(&env).await;
    let mut browser = Browser::signed_in(&issuer).await;
    let names = ["holder", "schema", "id", "nonce", "page", "after", "done"];
    // A lone byte of UTF-8, and the character that PostgreSQL can't store.
    for text in ["%00", "a%00b", "%ff", "%ED%A0%80"] {
        let query: Vec<_> = names.iter().map(|name| format!("{name}={text}")).collect();
        for (method, path, _) in TABLE {
            if *path == "/sign-out" {
                continue;
            }
            let path = format!("{}?{}", path.replace("{id}", text), query.join("&"));
            let response = if *method == "GET" {
                browser.get(&path).await
            } else {
                browser
                    .clone()
                    .post(&path, &[("reason", "a\0b"), ("key", "\0")])
                    .await
            };
            assert!(response.status < 500, "{method} {path}: {response:?}");
        }
        for name in names {
            let response = browser.get(&format!("/issuances?{name}={text}")).await;
            assert!(response.status < 500, "{name}={text}: {response:?}");
        }
    }
}

#[tokio::test]
async fn other_names_than_those_of_this_machine_are_refused() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    let mut browser = Browser::signed_in(&issuer).await;
    for host in ["localhost:9101", "127.0.0.1", "[::1]:9101", "LOCALHOST"] {
        assert_eq!(browser.get_at(host, "/issuances").await.status, 200, "{host}");
    }
    for host in ["evil.example:9101", "issuer.example", "192.0.2.1:9101", ""] {
        let response = browser.get_at(host, "/issuances").await;
        assert_eq!(response.status, 403, "{host}");
    }
}

#[tokio::test]
async fn the_pages_have_the_style_sheet_that_the_dashboard_has() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    let style = Browser::open(&issuer).await.page("/style.css").await;
    let own = style.strip_prefix(air_pages::STYLE);
    assert!(
        own.is_some_and(|own| own.contains("nav[aria-label=\"Main\"] ul {")),
        "{style}"
    );
}
