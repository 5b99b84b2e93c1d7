//! The registered keys and the issuer backend on a partner's page.

use air_jwt::SigningKey;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{test_env, text};

#[tokio::test]
async fn a_partners_page_lists_its_registered_keys() {
    let (env, browser) = test_env().await;
    let partner = text(&env.ids, "/partnerId");
    let page = format!("/dashboard/accounts/{partner}");
    assert!(browser.page(&page).await.contains("air init --from-sandbox"));
    let key = SigningKey::generate(&mut rand::rng());
    let keys = format!("/sandbox/v1/partners/{partner}/keys");
    let body = json!({ "keys": [key.public_jwk()] });
    let (status, answer) = env.call(Method::POST, &keys, None, Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(browser.page(&page).await.contains(key.kid().as_str()));
    let registered = format!("{keys}/{}", key.kid());
    env.call(Method::DELETE, &registered, None, None).await;
    assert!(!browser.page(&page).await.contains(key.kid().as_str()));
}

#[tokio::test]
async fn a_partners_page_shows_its_issuer_backend_without_the_key() {
    let (env, browser) = test_env().await;
    let partner = text(&env.ids, "/partnerId");
    let page = format!("/dashboard/accounts/{partner}");
    assert!(browser.page(&page).await.contains("air partner issuer set"));
    let backend = json!({
        "did": "did:web:localhost%3A3000", "availableVcApiUrl": "http://localhost:3000/available-vc",
        "issueVcApiUrl": "http://localhost:3000/issue-vc", "apiKey": "a-secret-of-the-backend",
    });
    let path = format!("/sandbox/v1/partners/{partner}/issuer-backend");
    let (status, answer) = env.call(Method::PUT, &path, None, Some(&backend)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let shown = browser.page(&page).await;
    assert!(shown.contains("http://localhost:3000/available-vc"), "{shown}");
    assert!(shown.contains("did:web:localhost%3A3000"), "{shown}");
    assert!(!shown.contains("a-secret"), "{shown}");
}

#[tokio::test]
async fn a_form_registers_replaces_and_removes_an_issuer_backend() {
    let (env, browser) = test_env().await;
    let partner = text(&env.ids, "/partnerId");
    let page = format!("/dashboard/accounts/{partner}");
    let form = format!("{page}/issuer-backend");
    let registered = format!("/sandbox/v1/partners/{partner}/issuer-backend");
    let mut fields = [
        ("did", "did:web:localhost%3A3000"),
        ("available-vc", "http://localhost:3000/available-vc"),
        ("issue-vc", "http://localhost:3000/issue-vc"),
        ("revocation-status", ""),
        ("api-key", "a-secret-of-the-backend"),
    ];
    let made = browser.make(&form, &fields).await;
    assert_eq!(made, format!("{page}?done=backend"));
    let shown = browser.page(&made).await;
    assert!(shown.contains("The issuer backend is registered."), "{shown}");
    assert!(
        shown.contains("value=\"http://localhost:3000/issue-vc\""),
        "{shown}"
    );
    assert!(!shown.contains("a-secret"), "{shown}");
    let (_, before) = env.call(Method::GET, &registered, None, None).await;
    assert_eq!(before["did"], "did:web:localhost%3A3000");
    assert_eq!(before.get("revocationStatusApiUrl"), None);

    // A rejected form keeps what was registered, and is shown again without its key.
    fields[3].1 = "http://localhost:3000/revocation-status";
    for (key, url, reason) in [
        ("", fields[2].1, "apiKey"),
        ("another secret", fields[2].1, "apiKey"),
        ("another-secret", "ftp://localhost/issue-vc", "URL of issue-vc"),
    ] {
        (fields[2].1, fields[4].1) = (url, key);
        let refused = browser.send(&form, &fields).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{reason}");
        let shown = refused.text().await.unwrap();
        assert!(
            shown.contains(reason) && !shown.contains("another secret") && !shown.contains("another-secret"),
            "{shown}"
        );
        assert!(
            shown.contains("value=\"http://localhost:3000/revocation-status\""),
            "{shown}"
        );
        let (_, after) = env.call(Method::GET, &registered, None, None).await;
        assert_eq!(after, before);
    }
    (fields[2].1, fields[4].1) = ("http://localhost:3000/issue", "another-secret");
    browser.make(&form, &fields).await;
    let (_, after) = env.call(Method::GET, &registered, None, None).await;
    assert_eq!(after["issueVcApiUrl"], "http://localhost:3000/issue");
    assert_eq!(
        after["revocationStatusApiUrl"],
        "http://localhost:3000/revocation-status"
    );

    for _ in 0..2 {
        let removed = browser.make(&format!("{form}/remove"), &[]).await;
        assert_eq!(removed, format!("{page}?done=no-backend"));
        let (status, _) = env.call(Method::GET, &registered, None, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_forms_of_a_backend_need_their_token_and_an_account() {
    let (env, browser) = test_env().await;
    let partner = text(&env.ids, "/partnerId");
    let form = format!("/dashboard/accounts/{partner}/issuer-backend");
    let media_type = "application/x-www-form-urlencoded";
    for path in [form.clone(), format!("{form}/remove")] {
        let forged = browser.post(&path, media_type, b"did=did:web:a.example".into());
        assert_eq!(forged.await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["issuer-backend", "issuer-backend/remove"] {
        let path = format!("/dashboard/accounts/nobody/{path}");
        let unknown = browser.send(&path, &[]).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
