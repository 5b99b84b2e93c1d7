//! Accepted and rejected tokens and sets of partners, against a set that is served here.

use air_jwt::{PartnerToken, SigningKey, SkipReason};
use axum::{Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;

const NOW: u64 = 1_800_000_000;
fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds)
}

static NONE: std::sync::LazyLock<JwkSet> = std::sync::LazyLock::new(JwkSet::default);

/// Serves a set on this machine, and says where.
async fn serve(set: Value) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let router = Router::new().route("/jwks.json", get(move || async move { set.to_string() }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn serve_public(key: &SigningKey) -> String {
    serve(json!({ "keys": [key.public_jwk()] })).await
}

/// A partner's keys if none are registered.
fn published_at(jwks_url: &str) -> PartnerKeys<'_> {
    PartnerKeys {
        registered: &NONE,
        jwks_url: Some(jwks_url),
    }
}

/// A token with this header, as some other library makes it.
fn token(key: &SigningKey, header: &Value, exp: u64) -> String {
    let payload = json!({ "partnerId": "p", "scope": "issue", "iat": NOW, "exp": exp });
    sign(key, header, &payload)
}

fn sign(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

async fn verify_on(is_on_loopback: bool, url: &str, token: &str) -> Result<(), air_jwt::Error> {
    let trust = Trust::new(is_on_loopback).unwrap();
    match trust
        .verify(published_at(url), token, Some(Scope::Issue), at(NOW))
        .await
    {
        Ok(_) => Ok(()),
        Err(TrustError::Token(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn accepts_tokens_as_jose_makes_them() {
    let key = SigningKey::generate(&mut rand::rng());
    let url = serve_public(&key).await;
    for header in [
        json!({ "alg": "ES256", "kid": key.kid() }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "ES256", "typ": "JWT" }),
    ] {
        assert_eq!(
            verify_on(false, &url, &token(&key, &header, NOW + 900)).await,
            Ok(()),
            "{header}"
        );
    }
    let wrong = token(&key, &json!({ "alg": "ES256", "typ": "vc+jwt" }), NOW + 300);
    assert_eq!(
        verify_on(false, &url, &wrong).await,
        Err(air_jwt::Error::WrongType)
    );
}

#[tokio::test]
async fn refuses_a_token_that_lives_longer_than_fifteen_minutes_and_the_skew() {
    let key = SigningKey::generate(&mut rand::rng());
    let url = serve_public(&key).await;
    let header = json!({ "alg": "ES256", "kid": key.kid(), "typ": "JWT" });
    assert_eq!(
        verify_on(false, &url, &token(&key, &header, NOW + 930)).await,
        Ok(())
    );
    let ten_years = token(&key, &header, NOW + 315_360_000);
    for long in [token(&key, &header, NOW + 931), ten_years] {
        assert!(matches!(
            verify_on(false, &url, &long).await,
            Err(air_jwt::Error::LivesTooLong { limit: 900, .. })
        ));
    }
}

#[tokio::test]
async fn a_login_by_token_may_live_for_an_hour_on_loopback() {
    let key = SigningKey::generate(&mut rand::rng());
    let url = serve_public(&key).await;
    let token = |scope: Option<&str>, lifetime: u64| {
        let mut payload = json!({ "partnerId": "p", "iat": NOW, "exp": NOW + lifetime });
        if let Some(scope) = scope {
            payload["scope"] = scope.into();
        }
        sign(&key, &json!({ "alg": "ES256" }), &payload)
    };
    let login = token(None, 3600);
    for (is_on_loopback, token, needed, is_accepted) in [
        (true, &login, None, true),
        (false, &login, None, false),
        (true, &login, Some(Scope::Issue), false),
        (true, &token(None, 3631), None, false),
        (true, &token(Some("issue"), 3600), None, false),
        (true, &token(Some("issue"), 3600), Some(Scope::Issue), false),
        (true, &token(Some("unknown"), 3600), None, false),
    ] {
        let trust = Trust::new(is_on_loopback).unwrap();
        let verdict = trust.verify(published_at(&url), token, needed, at(NOW)).await;
        assert_eq!(
            verdict.is_ok(),
            is_accepted,
            "{is_on_loopback} {token} {needed:?}"
        );
    }
}

#[tokio::test]
async fn uses_a_set_that_publishes_private_keys_on_loopback_only() {
    let key = SigningKey::generate(&mut rand::rng());
    let private: Value = serde_json::from_str(&key.expose_jwk()).unwrap();
    let url = serve(json!({ "keys": [private] })).await;
    let token = PartnerToken::issue("p".parse().unwrap())
        .sign(&key, at(NOW))
        .unwrap();
    assert_eq!(verify_on(true, &url, token.expose_secret()).await, Ok(()));
    let refused = verify_on(false, &url, token.expose_secret()).await.unwrap_err();
    let expected = air_jwt::Error::KeyNotUsed {
        kid: key.kid().to_string(),
        reason: SkipReason::Private,
    };
    assert_eq!(refused, expected);
    for (is_on_loopback, leaked, skipped) in [(true, 1, 0), (false, 0, 1)] {
        let fetched = Trust::new(is_on_loopback).unwrap().inspect(&url).await.unwrap();
        assert_eq!(
            (fetched.set.leaked().len(), fetched.skipped.len()),
            (leaked, skipped)
        );
    }
}

#[tokio::test]
async fn registered_keys_come_before_those_of_the_url() {
    let (ours, other) = (
        SigningKey::generate(&mut rand::rng()),
        SigningKey::generate(&mut rand::rng()),
    );
    let trust = Trust::new(true).unwrap();
    let registered = JwkSet::new([ours.public_jwk()]).unwrap();
    let header = |key: &SigningKey| json!({ "alg": "ES256", "kid": key.kid() });
    // Nothing listens at this URL, so a registered key needs no fetch.
    let keys = PartnerKeys {
        registered: &registered,
        jwks_url: Some("http://127.0.0.1:1/jwks.json"),
    };
    let signed = token(&ours, &header(&ours), NOW + 60);
    assert!(
        trust
            .verify(keys, &signed, Some(Scope::Issue), at(NOW))
            .await
            .is_ok()
    );
    let forged = token(&other, &header(&ours), NOW + 60);
    let refused = trust.verify(keys, &forged, Some(Scope::Issue), at(NOW)).await;
    assert!(matches!(refused, Err(TrustError::Unreachable { .. })));
    // The set at the URL may have another key with the same `kid`.
    let namesake = SigningKey::generate(&mut rand::rng()).with_kid(ours.kid().clone());
    let url = serve_public(&namesake).await;
    let both = PartnerKeys {
        jwks_url: Some(&url),
        ..keys
    };
    let signed = token(&namesake, &header(&namesake), NOW + 60);
    assert!(
        trust
            .verify(both, &signed, Some(Scope::Issue), at(NOW))
            .await
            .is_ok()
    );
    let refused = trust.verify(both, &forged, Some(Scope::Issue), at(NOW)).await;
    assert!(matches!(
        refused,
        Err(TrustError::Token(air_jwt::Error::BadSignature { .. }))
    ));
    let published = token(&other, &header(&other), NOW + 60);
    let refused = trust.verify(keys, &published, Some(Scope::Issue), at(NOW)).await;
    assert!(matches!(refused, Err(TrustError::Unreachable { .. })));
    let url = serve_public(&other).await;
    let keys = PartnerKeys {
        jwks_url: Some(&url),
        ..keys
    };
    assert!(
        trust
            .verify(keys, &published, Some(Scope::Issue), at(NOW))
            .await
            .is_ok()
    );
}

/// `air` adds its hint by a part of this text.
#[test]
fn the_error_without_keys_names_no_program() {
    let message = TrustError::NoKeys.to_string();
    assert!(
        message.contains("no registered key verifies the token"),
        "{message}"
    );
    assert!(!message.contains('`'), "{message}");
}
