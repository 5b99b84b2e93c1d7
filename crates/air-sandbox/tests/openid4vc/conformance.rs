//! Modules of the OpenID Foundation's conformance suite that need HTTP, under their names. The
//! variant of the issuer's modules is the pre-authorized code with DPoP, an anonymous client,
//! `dc+sd-jwt`, immediate and plain; that of FAPI2's is the authorization code with pushed unsigned
//! requests and DPoP. docs/book/src/conformance.md lists all modules.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use air_jwt::SigningKey;
use air_oid4vc::{
    oauth::{AuthorizationAnswer, AuthorizationRequest, Requested},
    vci::OfferLink,
};
use air_sandbox::{Clock, Data, UnixTime};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    authorization_pages::refused_page,
    code_flow::{ADA, CLIENT, CodeFlow, REDIRECT, redirect},
    verify,
    wallet::{Answer, Wallet, keys},
};
use crate::support::{NOW, TestEnv, start_platform_at};

/// Receives a credential for a new offer, and checks it like a verifier. Returns the access token
/// and the response.
async fn received(wallet: &Wallet<'_>) -> (String, Answer) {
    let created = wallet.offered(json!({})).await;
    let token = wallet.redeem(&created).await;
    let answer = next(wallet, &token).await;
    (token, answer)
}

/// Requests one more credential with a fresh nonce, and checks it.
async fn next(wallet: &Wallet<'_>, token: &str) -> Answer {
    let (nonce, _) = wallet.nonces().await;
    let answer = wallet.request(token, &wallet.order(&keys(1), &nonce)).await;
    check(wallet, &answer).await;
    answer
}

async fn check(wallet: &Wallet<'_>, answer: &Answer) {
    answer.assert_ok();
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
    let credential = answer.body["credentials"][0]["credential"].as_str().unwrap();
    assert_eq!(verify(wallet, credential).await, Ok(()));
}

async fn notify(wallet: &Wallet<'_>, token: &str, response: &Answer) {
    let notification = json!({
        "notification_id": response.text("notification_id"), "event": "credential_accepted",
    });
    let (_, nonce) = wallet.nonces().await;
    let proof = wallet.proof("notification", Some(&nonce), Some(token));
    let answer = wallet.ask("notification", token, &proof, &notification).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.body);
}

/// Issuer-initiated, with the offer by reference and by value.
#[tokio::test]
async fn vci_issuer_happy_flow() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let metadata = wallet.metadata().await;
    metadata.check_as_issuer().unwrap();
    let created = wallet.offered(json!({ "txCode": true })).await;
    for link in ["url", "urlByValue"] {
        let offer = match OfferLink::parse(created[link].as_str().unwrap()).unwrap() {
            OfferLink::Offer(offer) => *offer,
            OfferLink::Uri(_) => wallet.read_offer(&created).await,
        };
        offer.check_metadata(&metadata).unwrap();
    }
    let token = wallet.redeem(&created).await;
    let response = next(&wallet, &token).await;
    notify(&wallet, &token, &response).await;
}

/// Headers that a FAPI client may send, and a media type with a parameter, change nothing.
#[tokio::test]
async fn vci_issuer_happy_flow_additional_requests() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let (token, _) = received(&wallet).await;
    for (name, value) in [
        ("x-fapi-customer-ip-address", "2001:db8::1893:25c8:1946"),
        ("x-fapi-auth-date", "Sun, 10 Sep 2017 19:43:31 UTC"),
        ("x-fapi-interaction-id", "c770aef3-6784-41f7-8e0e-ff5f97bddb3a"),
        ("accept", "application/json;charset=utf-8"),
        ("accept", "application/json; charset=UTF-8"),
    ] {
        let (c_nonce, nonce) = wallet.nonces().await;
        let request = env
            .http
            .post(wallet.url("credential"))
            .header("authorization", format!("DPoP {token}"))
            .header("dpop", wallet.proof("credential", Some(&nonce), Some(&token)))
            .header(name, value);
        let answer = Answer::of(request.json(&wallet.order(&keys(1), &c_nonce))).await;
        check(&wallet, &answer).await;
    }
}

/// Two clients at once. The token of one is nothing without its key.
#[tokio::test]
async fn vci_issuer_happy_flow_multiple_clients() {
    let env = TestEnv::start().await;
    let (first, second) = (Wallet::new(&env), Wallet::new(&env));
    let (first_token, first_response) = received(&first).await;
    let (second_token, second_response) = received(&second).await;
    let (nonce, _) = second.nonces().await;
    let stolen = second
        .request(&first_token, &second.order(&keys(1), &nonce))
        .await;
    stolen.assert_refused(401, "invalid_dpop_proof");
    notify(&second, &second_token, &second_response).await;
    notify(&first, &first_token, &first_response).await;
}

/// A notification is the wallet's choice.
#[tokio::test]
async fn vci_issuer_happy_flow_with_skip_notification() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let (token, _) = received(&wallet).await;
    let response = next(&wallet, &token).await;
    assert!(!response.text("notification_id").is_empty());
}

/// OAuth 2.1, section 5.1.1: the request is refused, also beside the header.
#[tokio::test]
async fn vci_issuer_fail_on_request_with_access_token_in_query() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let (token, _) = received(&wallet).await;
    let (nonce, dpop_nonce) = wallet.nonces().await;
    let order = wallet.order(&keys(1), &nonce);
    let url = format!("{}?access_token={token}", wallet.url("credential"));
    let answer = Answer::of(env.http.post(&url).json(&order)).await;
    answer.assert_refused(400, "invalid_request");
    let proof = wallet.proof("credential", Some(&dpop_nonce), Some(&token));
    let request = env
        .http
        .post(&url)
        .header("authorization", format!("DPoP {token}"))
        .header("dpop", proof);
    let answer = Answer::of(request.json(&order)).await;
    answer.assert_refused(400, "invalid_request");
    assert!(!answer.body.to_string().contains(&token));
}

/// RFC 9110, section 11.1: the name of a scheme has no case.
#[tokio::test]
async fn fapi2_access_token_type_header_case_sensitivity() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let (token, _) = received(&wallet).await;
    for scheme in ["dPOP", "dpop", "DPOP"] {
        let (c_nonce, nonce) = wallet.nonces().await;
        let request = env
            .http
            .post(wallet.url("credential"))
            .header("authorization", format!("{scheme} {token}"))
            .header("dpop", wallet.proof("credential", Some(&nonce), Some(&token)));
        let answer = Answer::of(request.json(&wallet.order(&keys(1), &c_nonce))).await;
        check(&wallet, &answer).await;
    }
}

/// A DPoP proof with additional claims.
fn proof_with(key: &SigningKey, proof: &str, claims: &[(&str, u64)]) -> String {
    let parts: Vec<&str> = proof.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let mut payload: Value = serde_json::from_slice(&payload).unwrap();
    for (name, time) in claims {
        payload[*name] = (*time).into();
    }
    let input = format!("{}.{}", parts[0], URL_SAFE_NO_PAD.encode(payload.to_string()));
    let signature = key.sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// RFC 9449 defines no `nbf` and `exp`; as claims of a JWT they are respected (RFC 7519, sections
/// 4.1.4 and 4.1.5).
#[tokio::test]
async fn fapi2_check_dpop_proof_nbf_exp() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let token_proof = async |claims: &[(&str, u64)]| {
        let (_, nonce) = wallet.nonces().await;
        let form = wallet.form(&wallet.offered(json!({})).await).await;
        let proof = wallet.proof("token", Some(&nonce), None);
        let proof = proof_with(&wallet.key, &proof, claims);
        wallet.token_with(form, Some(&proof)).await
    };
    let answer = token_proof(&[("nbf", NOW), ("exp", NOW + 300)]).await;
    answer.assert_ok();
    let token = answer.text("access_token");
    for claims in [[("exp", NOW - 3600)], [("nbf", NOW + 3600)]] {
        token_proof(&claims)
            .await
            .assert_refused(400, "invalid_dpop_proof");
    }
    for (claims, is_valid) in [
        (&[("nbf", NOW), ("exp", NOW + 300)][..], true),
        (&[("exp", NOW - 3600)], false),
        (&[("nbf", NOW + 3600)], false),
    ] {
        let (c_nonce, nonce) = wallet.nonces().await;
        let proof = wallet.proof("credential", Some(&nonce), Some(&token));
        let proof = proof_with(&wallet.key, &proof, claims);
        let answer = wallet
            .ask("credential", &token, &proof, &wallet.order(&keys(1), &c_nonce))
            .await;
        if is_valid {
            check(&wallet, &answer).await;
        } else {
            answer.assert_refused(401, "invalid_dpop_proof");
        }
    }
}

/// `state` in the answer to an authorization whose browser arrived with these parameters beside
/// `client_id` and `request_uri`.
async fn state_of_answer(pushed: Option<&str>, outside: &str) -> Option<String> {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, issuer_state) = flow.offered().await;
    let requested = Requested::scope(flow.program());
    let mut request = AuthorizationRequest::new(CLIENT, REDIRECT, requested, &flow.verifier);
    if let Some(state) = pushed {
        request = request.with_state(state);
    }
    let request_uri = flow.pushed(&request.with_issuer_state(&issuer_state)).await;
    let query = [
        ("client_id", CLIENT),
        ("request_uri", &request_uri),
        ("state", outside),
    ];
    let arrived = flow.arrive(&query).await;
    assert_eq!(arrived.status(), StatusCode::OK);
    let page = arrived.headers()["refresh"].to_str().unwrap();
    assert!(!page.contains(outside), "{page}");
    let browser = flow.signed_in(&request_uri, ADA).await;
    let answer = redirect(&flow.decide(&browser, &request_uri, "agree").await);
    let url = url::Url::parse(&answer).unwrap();
    let answer: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(answer["iss"], flow.wallet.issuer.as_str());
    flow.redeem(&answer["code"]).await.assert_ok();
    answer.get("state").cloned()
}

/// The pushed request alone counts.
#[tokio::test]
async fn fapi2_ensure_different_state_inside_and_outside_request_object() {
    assert_eq!(
        state_of_answer(Some("inside"), "outside").await.as_deref(),
        Some("inside")
    );
}

#[tokio::test]
async fn fapi2_state_only_outside_request_object_not_used() {
    assert_eq!(state_of_answer(None, "outside").await, None);
}

/// The module's variant for signed requests needs JAR, which this server refuses; a request without
/// `redirect_uri` is refused in both.
#[tokio::test]
async fn fapi2_ensure_request_object_without_redirect_uri_fails() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let form = flow.request().to_form();
    let kept: Vec<&str> = form
        .split('&')
        .filter(|one| !one.starts_with("redirect_uri="))
        .collect();
    let unsigned = kept.join("&");
    flow.push(&unsigned).await.assert_refused(400, "invalid_request");
    let claims = json!({
        "iss": CLIENT, "aud": flow.wallet.issuer.as_str(), "client_id": CLIENT, "response_type": "code",
        "scope": flow.program(), "code_challenge": flow.verifier.challenge().as_str(), "code_challenge_method": "S256",
    });
    let object = air_jwt::jws::sign(&flow.wallet.key, "oauth-authz-req+jwt", &claims);
    let signed = format!("client_id={CLIENT}&request={object}");
    flow.push(&signed).await.assert_refused(400, "invalid_request");
}

/// `require_pushed_authorization_requests`: the parameters in the URL are no request.
#[tokio::test]
async fn fapi2_ensure_unsigned_authorization_request_without_using_par_fails() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let url = format!("{}?{}", flow.wallet.url("authorize"), flow.request().to_form());
    refused_page(env.http.get(url).send().await.unwrap(), "invalid_request").await;
}

#[tokio::test]
async fn fapi2_par_attempt_reuse_request_uri() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    for decision in ["agree", "refuse"] {
        let request_uri = flow.pushed(&flow.request().with_issuer_state(&state)).await;
        let browser = flow.signed_in(&request_uri, ADA).await;
        redirect(&flow.decide(&browser, &request_uri, decision).await);
        let query = [("client_id", CLIENT), ("request_uri", request_uri.as_str())];
        refused_page(flow.arrive(&query).await, "invalid_request_uri").await;
        let again = flow.decide(&browser, &request_uri, "agree").await;
        assert_eq!(again.status(), StatusCode::GONE);
    }
}

/// RFC 9126, section 2.3: another method than POST gets 405.
#[tokio::test]
async fn fapi2_par_reject_invalid_http_verb() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    for method in [Method::PUT, Method::GET, Method::PATCH, Method::DELETE] {
        let request = env
            .http
            .request(method.clone(), flow.wallet.url("par"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(flow.request().to_form());
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert!(answer.body.get("request_uri").is_none(), "{method}");
    }
}

/// RFC 9126, section 2.4: no redirect URI is registered, and the one of the pushed request counts.
/// The answer goes there and nowhere else.
#[tokio::test]
async fn fapi2_tolerate_unregistered_redirect_uri() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let other = format!("{REDIRECT}/unregistered?dummy=1");
    let requested = Requested::scope(flow.program());
    let request = AuthorizationRequest::new(CLIENT, &other, requested, &flow.verifier);
    let request_uri = flow.pushed(&request.with_issuer_state(&state)).await;
    let browser = flow.signed_in(&request_uri, ADA).await;
    let answer = redirect(&flow.decide(&browser, &request_uri, "agree").await);
    assert!(answer.starts_with(&format!("{other}&code=")), "{answer}");
    let code = AuthorizationAnswer::parse(&answer).unwrap();
    let code = code.check(None, &flow.wallet.issuer).unwrap();
    // The token request names exactly the same one.
    flow.redeem(code).await.assert_refused(400, "invalid_grant");
}

/// RFC 6749, section 4.1.2: the second use is refused, and ends the token of the first one.
#[tokio::test]
async fn fapi2_attempt_reuse_authorization_code_after_one_second() {
    let time = Arc::new(AtomicU64::new(NOW));
    let now = time.clone();
    let clock = Clock::new(move || UnixTime::from_secs(now.load(Ordering::SeqCst)));
    let env = TestEnv::start_on(start_platform_at(Data::Memory, clock).await).await;
    let flow = CodeFlow::new(&env);
    let code = flow.code().await;
    let token = flow.redeem(&code).await;
    token.assert_ok();
    let token = token.text("access_token");
    next(&flow.wallet, &token).await;
    time.fetch_add(1, Ordering::SeqCst);
    flow.redeem(&code).await.assert_refused(400, "invalid_grant");
    let (nonce, _) = flow.wallet.nonces().await;
    let order = flow.wallet.order(&keys(1), &nonce);
    let answer = flow.wallet.request(&token, &order).await;
    answer.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn fapi2_discovery_endpoint_verification() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let issuer = &flow.wallet.issuer;
    let url = issuer.authorization_server_metadata_url();
    let response = env.http.get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let server: Value = response.json().await.unwrap();
    assert_eq!(server["issuer"], issuer.as_str());
    for (name, endpoint) in [
        ("authorization_endpoint", "authorize"),
        ("pushed_authorization_request_endpoint", "par"),
        ("token_endpoint", "token"),
    ] {
        assert_eq!(server[name], flow.wallet.url(endpoint), "{name}");
    }
    assert_eq!(server["response_types_supported"], json!(["code"]));
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(server["require_pushed_authorization_requests"], true);
    assert_eq!(server["authorization_response_iss_parameter_supported"], true);
    let algorithms = server["dpop_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("ES256")), "{server}");
    let grants = server["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("authorization_code")), "{server}");
    assert!(
        server
            .get("request_object_signing_alg_values_supported")
            .is_none()
    );
    // Each credential of the metadata has a scope, by which it can be requested.
    let metadata = flow.wallet.metadata().await;
    for (id, configuration) in &metadata.configurations {
        assert_eq!(configuration.scope.as_ref(), Some(id));
    }
}
