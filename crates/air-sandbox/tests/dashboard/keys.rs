//! The registered keys on a partner's page.

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
