//! The user's own pages.

use std::net::Ipv4Addr;

use air_jwt::{JwkSet, PartnerToken};
use air_sandbox::{Config, Platform, UnixTime};
use air_vc::{Format, Verifier};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use super::{Browser, text};
use crate::support::{CAK, NOW, TestEnv, config_with, sealed};

pub(super) const ADA: &str = "ada@example.com";

async fn test_env() -> TestEnv {
    TestEnv::start().await
}

/// A browser in which this user is signed in.
pub(crate) async fn signed_in(env: &TestEnv, email: &str) -> Browser {
    let browser = Browser::open_at(&env.platform.url(), "/wallet/sign-in").await;
    assert_eq!(
        browser.make("/wallet/sign-in", &[("email", email)]).await,
        "/wallet"
    );
    browser
}

/// Agrees to the environment's program as this user, who has a key. Returns the verification's id.
async fn agreed(env: &TestEnv) -> String {
    let session = env.login(ADA).await;
    let mut order = env.order();
    order["cakPublicKey"] = json!(CAK);
    let token = env.token(PartnerToken::issue);
    let path = "/sandbox/v1/credentials/issue";
    let (status, issued) = env
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    let hash = text(&issued, "/coreClaimHash");
    env.wait_until_anchored(hash).await;
    run(env, &session).await
}

async fn run(env: &TestEnv, session: &str) -> String {
    let token = env.token(PartnerToken::verify);
    let program = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let path = "/sandbox/v1/verifications";
    let (status, started) = env
        .call_as_user(Method::POST, path, session, Some(&token), Some(&program))
        .await;
    assert_eq!(status, StatusCode::OK, "{started}");
    let id = text(&started, "/verificationId").to_owned();
    let path = format!("/sandbox/v1/verifications/{id}/consent");
    let agree = json!({ "decision": "agree" });
    let (status, result) = env
        .call_as_user(Method::POST, &path, session, None, Some(&agree))
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    id
}

#[tokio::test]
async fn a_user_sees_the_own_credentials_and_no_other_ones() {
    let env = test_env().await;
    let hash = env.issue_on_behalf(ADA, &env.order()).await;
    let other = env.issue_on_behalf("eve@example.com", &env.order()).await;
    let nobody = Browser::open_at(&env.platform.url(), "/wallet/sign-in").await;
    for path in ["/wallet", "/wallet/shared", "/wallet/issuers", "/wallet/notices"] {
        let response = nobody.get(path).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        assert_eq!(response.headers()[header::LOCATION], "/wallet/sign-in");
    }
    let unknown = nobody
        .send("/wallet/sign-in", &[("email", "nobody@example.com")])
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);

    let ada = signed_in(&env, "Ada@Example.com").await;
    let page = ada.page("/wallet").await;
    for shown in ["Adult", "Zenith", "age", "21", "UTO", "valid", &hash] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!page.contains(&other), "{page}");
    let details = ada.page(&format!("/wallet/credentials/{hash}")).await;
    assert!(details.contains("you have not accepted yet"), "{details}");
    for path in [
        format!("/wallet/credentials/{other}"),
        format!("/wallet/credentials/{other}/export?format=w3c"),
    ] {
        assert_eq!(ada.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let deletion = format!("/wallet/credentials/{other}/delete");
    assert_eq!(ada.send(&deletion, &[]).await.status(), StatusCode::NOT_FOUND);
    ada.make("/wallet/sign-out", &[]).await;
    assert_eq!(ada.get("/wallet").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_user_withdraws_a_consent_and_nobody_else_does() {
    let env = test_env().await;
    let run = agreed(&env).await;
    let ada = signed_in(&env, ADA).await;
    let list = ada.page("/wallet/shared").await;
    for shown in ["Zenith", "that the conditions hold", "your key", "given"] {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    let path = format!("/wallet/shared/{run}");
    let page = ada.page(&path).await;
    for shown in [
        &CAK.to_lowercase()[..],
        "the released key stays released",
        "It ends",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let deposit = async || {
        let path = format!("/sandbox/v1/packages?verificationId={run}&name=n");
        let request = env
            .http
            .post(format!("{}{path}", env.platform.url()))
            .header("x-partner-auth", env.token(PartnerToken::issue))
            .body(sealed());
        request.send().await.unwrap().status()
    };
    assert_eq!(deposit().await, StatusCode::OK);
    let withdrawal = format!("{path}/withdraw");
    env.issue_on_behalf("eve@example.com", &env.order()).await;
    let eve = signed_in(&env, "eve@example.com").await;
    assert_eq!(eve.send(&withdrawal, &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(eve.get(&path).await.status(), StatusCode::NOT_FOUND);
    ada.make(&withdrawal, &[]).await;
    assert!(ada.page(&path).await.contains("gets no further data"));
    assert_eq!(deposit().await, StatusCode::NOT_FOUND);
    assert_eq!(ada.send(&withdrawal, &[]).await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn exports_verify_with_the_issuers_published_keys() {
    let env = test_env().await;
    let hash = env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    let issuer = text(&env.ids, "/issuerDid");
    let keys = format!("{}/sandbox/v1/issuers/{issuer}/jwks.json", env.platform.url());
    let keys = env.http.get(keys).send().await.unwrap().text().await.unwrap();
    let keys = JwkSet::from_slice(keys.as_bytes()).unwrap();
    let export = async |format: &str| {
        let path = format!("/wallet/credentials/{hash}/export?format={format}");
        let response = ada.get(&path).await;
        assert_eq!(response.status(), StatusCode::OK, "{format}");
        let disposition = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename=\"credential."));
        response.text().await.unwrap()
    };
    let verifier = || Verifier::new(issuer, &keys).without_status();
    let sd_jwt = export("sd-jwt-vc").await;
    let verified = verifier().verify(&sd_jwt, UnixTime::from_secs(NOW)).unwrap();
    assert_eq!(verified.claims()["age"], 21);
    let status = verified.claims()["status"].clone();

    let w3c = export("w3c").await;
    let verified = verifier()
        .with_format(Format::W3cJwt)
        .verify(&w3c, UnixTime::from_secs(NOW))
        .unwrap();
    assert_eq!(verified.subject()["age"], 21);
    assert_eq!(verified.subject()["country"], "UTO");
    let payload = air_jwt::jws::Unverified::parse(&w3c, 65_536).unwrap();
    assert_eq!(
        payload.dangerous_payload().unwrap()["status"],
        status,
        "a revocation ends the copy"
    );
    let unknown = ada
        .get(&format!("/wallet/credentials/{hash}/export?format=pdf"))
        .await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_deleted_credential_is_gone_from_the_wallet_only() {
    let env = test_env().await;
    let hash = env.issue_on_behalf(ADA, &env.order()).await;
    env.wait_until_anchored(&hash).await;
    let ada = signed_in(&env, ADA).await;
    ada.make(&format!("/wallet/credentials/{hash}/delete"), &[]).await;
    for path in ["/wallet", "/wallet/notices"] {
        assert!(!ada.page(path).await.contains(&hash), "{path}");
    }
    assert_eq!(
        ada.get(&format!("/wallet/credentials/{hash}")).await.status(),
        StatusCode::NOT_FOUND
    );
    let status = env.wait_until_anchored(&hash).await;
    assert_eq!(status["vcStatus"], "ONCHAIN", "it stays valid: {status}");
    let session = env.login(ADA).await;
    run(&env, &session).await;
    let shown = ada.page("/wallet/shared").await;
    assert!(shown.contains("NotFound"), "{shown}");

    let mut order = env.order();
    order["onDuplicate"] = json!("ignore");
    let again = env.issue_on_behalf(ADA, &order).await;
    assert_eq!(again, hash, "the issuer still has it");
    assert!(ada.page("/wallet").await.contains(&hash));
}

#[tokio::test]
async fn a_refused_issuer_can_not_issue_on_behalf_until_it_is_allowed() {
    let env = test_env().await;
    env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    assert!(ada.page("/wallet/issuers").await.contains("Zenith"));
    let choice = format!("/wallet/issuers/{}", text(&env.ids, "/partnerId"));
    let issue = async || {
        let token = env.on_behalf_token(ADA);
        let path = "/v1/credentials/issue-on-behalf";
        let (status, _) = env
            .call(Method::POST, path, Some(&token), Some(&env.order()))
            .await;
        status
    };
    ada.make(&choice, &[("action", "refuse")]).await;
    assert_eq!(issue().await, StatusCode::CONFLICT);
    assert!(ada.page("/wallet/issuers").await.contains("refused"));
    ada.make(&choice, &[("action", "allow")]).await;
    assert_eq!(issue().await, StatusCode::OK);
    let unknown = ada.send("/wallet/issuers/nobody", &[("action", "refuse")]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn notices_report_issuance_expiry_and_revocation() {
    let env = test_env().await;
    let first = env.issue_on_behalf(ADA, &env.order()).await;
    // The second one replaces the first one, which is revoked.
    let second = env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    let count = |page: &str, words: &str| page.matches(&format!(">{words}<")).count();
    let page = ada.page("/wallet/notices").await;
    assert!(page.contains(&first) && page.contains(&second), "{page}");
    assert_eq!(count(&page, "issued to you"), 2, "{page}");
    assert_eq!(count(&page, "revoked by the issuer"), 1, "{page}");
    assert_eq!(count(&page, "expires soon"), 0, "{page}");
    // It is valid for 90 days, so its last quarter begins after 67 days and a half.
    for (days, soon, over) in [("68", 1, 0), ("23", 1, 1)] {
        let operator = Browser::open(&env.platform.url()).await;
        let forward = [("action", "advance"), ("amount", days), ("unit", "86400")];
        operator.make("/dashboard/clock", &forward).await;
        let page = ada.page("/wallet/notices").await;
        assert_eq!(count(&page, "expires soon"), soon, "{page}");
        assert_eq!(count(&page, "expired"), over, "{page}");
    }
}

#[tokio::test]
async fn the_pages_do_not_exist_beyond_loopback_without_codes() {
    pages_are_refused(config_with(|config| {
        config.listen = (Ipv4Addr::UNSPECIFIED, 0).into();
    }))
    .await;
}

/// An operator who requires the token does not trust every program of this machine, and an address
/// is no proof.
#[tokio::test]
async fn the_pages_do_not_exist_without_codes_if_the_operator_token_is_required() {
    pages_are_refused(config_with(|config| config.require_token = true)).await;
}

async fn pages_are_refused(config: Config) {
    let platform = Platform::start(config).await.unwrap();
    let http = super::client();
    let port = platform.address().port();
    for path in ["/wallet", "/wallet/sign-in", "/wallet/nothing"] {
        let response = http
            .get(format!("http://127.0.0.1:{port}{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_proxy_does_not_lead_to_the_pages() {
    let env = test_env().await;
    let url = format!("{}/wallet/sign-in", env.platform.url());
    for (name, value) in [("x-forwarded-for", "192.0.2.1"), ("host", "air.example")] {
        let request = env.http.get(&url).header(name, value);
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{name}"
        );
    }
}
