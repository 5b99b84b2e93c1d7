//! The partner of a page, the user who is logged in there, and the claims of access tokens.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{AirkitEnv, EMAIL, wallet};
use crate::support;

/// How long an access token may live, in seconds.
const ACCESS_TOKEN_LIFETIME: u64 = 15 * 60;

/// The page does not say whose it is: the platform does, and only after it checked the origin.
#[tokio::test]
async fn every_call_but_the_first_needs_the_platforms_ticket() {
    let env = AirkitEnv::open().await;
    let good = env.ticket(&env.partner()).await;
    let (page, mac) = good.split_once('.').unwrap();
    let elsewhere = AirkitEnv::open().await;
    let foreign = elsewhere.ticket(&elsewhere.partner()).await;
    for path in [
        "login",
        "logout",
        "user",
        "wallet",
        "wallet/keep",
        "credentials",
        "credentials/claims",
        "consents",
        "consents/accept",
        "consents/refuse",
        "prove/ask",
        "prove",
        "issue/preview",
        "issue",
        "issue/anchored",
        "provable",
        "provable/challenge",
        "provable/sign",
        "provable/token",
        "verify/start",
        "verify/decide",
        "verify/request",
        "verify/prove",
    ] {
        for bad in [
            None,
            Some(""),
            Some("junk"),
            Some(page),
            Some(foreign.as_str()),
            Some(&format!("A{page}.{mac}")),
            Some(env.partner().as_str()),
        ] {
            let (status, cookie, answer) = env.send(path, bad, None, &json!({ "email": EMAIL })).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {answer}");
            assert_eq!(answer["errorName"], "TOKEN_EXPIRED", "{path}");
            assert_eq!(cookie, None);
        }
    }
}

#[tokio::test]
async fn an_access_token_has_the_documented_claims_and_lives_fifteen_minutes() {
    let env = AirkitEnv::open().await;
    let claims_of = |login: &Value| -> Value {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
        let token = login["partnerAccessToken"].as_str().unwrap();
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    };
    let named = env.token(&json!({ "email": EMAIL, "partnerUserId": "user-7" }));
    let (_, cookie, login) = env.call("login", None, &json!({ "partnerToken": named })).await;
    assert_eq!(login["partnerUserId"], "user-7");
    let cookie = cookie.unwrap();
    let session = cookie.split(';').next();
    let claims = claims_of(&login);
    assert_eq!(claims["sub"], login["id"]);
    assert_eq!(claims["partnerId"], env.partner());
    assert_eq!(claims["partnerUserId"], "user-7");
    assert_eq!(claims.get("abstractAccountAddress"), None, "no wallet yet");
    assert_eq!(claims["exp"], support::NOW + ACCESS_TOKEN_LIFETIME);
    let kept = wallet(login["id"].as_str().unwrap());
    let (status, _, answer) = env.call("wallet/keep", session, &kept).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, _, user) = env.call("user", session, &json!({})).await;
    let renewed = claims_of(&user);
    assert_eq!(renewed["abstractAccountAddress"], kept["address"]);
    assert_eq!(renewed["partnerUserId"], "user-7", "the session keeps it");
    assert_ne!(renewed["jti"], claims["jti"]);
    env.call("logout", session, &json!({})).await;
    assert_eq!(
        env.refusal("user", session, &json!({})).await,
        "UNAUTHORIZED",
        "nothing is renewed"
    );
    for bad in [json!(""), json!(7), json!("x".repeat(256)), json!("a\u{7}")] {
        let token = env.token(&json!({ "email": EMAIL, "partnerUserId": bad }));
        let refused = env
            .refusal("login", None, &json!({ "partnerToken": token }))
            .await;
        assert_eq!(refused, "INVALID_PARAMETER", "{bad}");
    }
}

#[tokio::test]
async fn a_reset_ends_sessions_and_access_tokens() {
    if support::is_postgres() {
        return;
    }
    let env = AirkitEnv::open().await;
    let keys = async || {
        let keys = env.get("/.well-known/jwks.json").await;
        keys.json::<Value>().await.unwrap()
    };
    let (session, _) = env.login(EMAIL).await;
    let ticket = env.ticket(&env.partner()).await;
    let earlier = keys().await;
    let reset = "/sandbox/v1/reset";
    let (status, _) = env.base.call(Method::POST, reset, None, None).await;
    assert!(status.is_success());
    let (status, _, answer) = env.send("user", Some(&ticket), Some(&session), &json!({})).await;
    assert!(status.is_client_error(), "{status}: {answer}");
    let later = keys().await;
    assert_eq!(later["keys"].as_array().unwrap().len(), 1);
    assert_ne!(later, earlier, "no earlier token verifies");
}

#[tokio::test]
async fn a_token_that_names_nobody_has_the_page_ask() {
    let env = AirkitEnv::open().await;
    let nameless = env.token(&json!({ "partnerUserId": "user-7" }));
    let (status, cookie, asked) = env
        .call("login", None, &json!({ "partnerToken": nameless }))
        .await;
    assert_eq!((status, cookie), (StatusCode::OK, None));
    assert_eq!(asked, json!({ "asksForAddress": true }));
    let both = json!({ "partnerToken": nameless, "email": EMAIL });
    let (_, cookie, login) = env.call("login", None, &both).await;
    assert!(cookie.is_some());
    assert_eq!(
        (&login["email"], &login["partnerUserId"]),
        (&json!(EMAIL), &json!("user-7"))
    );
    // The partner's signed address counts, not the typed one.
    let named = env.token(&json!({ "email": EMAIL }));
    let both = json!({ "partnerToken": named, "email": "eve@example.com" });
    let (_, _, login) = env.call("login", None, &both).await;
    assert_eq!(login["email"], EMAIL);
    assert_eq!(env.refusal("login", None, &json!({})).await, "INVALID_PARAMETER");
    assert_eq!(
        env.refusal("login", None, &json!({ "partnerToken": "junk", "email": EMAIL }))
            .await,
        "INVALID_TOKEN"
    );
}

#[tokio::test]
async fn hosts_for_keys_have_the_keys_alone() {
    let env = AirkitEnv::open().await;
    let get = async |host: &str, path: &str| {
        let request = env
            .http
            .get(format!("{}{path}", env.url))
            .header(header::HOST, host);
        request.send().await.unwrap()
    };
    for host in [
        "static.air3.com",
        "static.sandbox.air3.com",
        "static.development.air3.com",
    ] {
        let keys = get(host, "/.well-known/jwks.json").await;
        assert_eq!(keys.status(), StatusCode::OK, "{host}");
        for path in [
            "/",
            "/auth/",
            "/airkit/assets/auth.js",
            "/ca.pem",
            "/.well-known/jwks.json/",
        ] {
            assert_eq!(
                get(host, path).await.status(),
                StatusCode::FORBIDDEN,
                "{host}{path}"
            );
        }
    }
    // A backend may read the keys before anybody has logged in.
    let keys = async || {
        get("localhost", "/.well-known/jwks.json")
            .await
            .json::<Value>()
            .await
            .unwrap()
    };
    let first = keys().await;
    assert_eq!(first["keys"].as_array().unwrap().len(), 1);
    env.login(EMAIL).await;
    assert_eq!(keys().await, first);
}
