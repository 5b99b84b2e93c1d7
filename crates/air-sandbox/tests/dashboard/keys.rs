//! The registered keys and the issuer backend on a partner's page.

use air_jwt::SigningKey;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{text, world};

#[tokio::test]
async fn a_partners_page_lists_its_registered_keys() {
    let (world, browser) = world().await;
    let partner = text(&world.ids, "/partnerId");
    let page = format!("/dashboard/accounts/{partner}");
    assert!(browser.page(&page).await.contains("air init --from-sandbox"));
    let key = SigningKey::generate(&mut rand::rng());
    let keys = format!("/sandbox/v1/partners/{partner}/keys");
    let body = json!({ "keys": [key.public_jwk()] });
    let (status, answer) = world.call(Method::POST, &keys, None, Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(browser.page(&page).await.contains(key.kid().as_str()));
    let registered = format!("{keys}/{}", key.kid());
    world.call(Method::DELETE, &registered, None, None).await;
    assert!(!browser.page(&page).await.contains(key.kid().as_str()));
}

#[tokio::test]
async fn a_partners_page_shows_its_issuer_backend_without_the_key() {
    let (world, browser) = world().await;
    let partner = text(&world.ids, "/partnerId");
    let page = format!("/dashboard/accounts/{partner}");
    assert!(browser.page(&page).await.contains("air partner issuer set"));
    let backend = json!({
        "did": "did:web:localhost%3A3000", "availableVcApiUrl": "http://localhost:3000/available-vc",
        "issueVcApiUrl": "http://localhost:3000/issue-vc", "apiKey": "a-secret-of-the-backend",
    });
    let path = format!("/sandbox/v1/partners/{partner}/issuer-backend");
    let (status, answer) = world.call(Method::PUT, &path, None, Some(&backend)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let shown = browser.page(&page).await;
    assert!(shown.contains("http://localhost:3000/available-vc"), "{shown}");
    assert!(shown.contains("did:web:localhost%3A3000"), "{shown}");
    assert!(!shown.contains("a-secret"), "{shown}");
}
