//! Modules of the OpenID Foundation's conformance suite that need HTTP, under their names. The variant is the pre-authorized code with DPoP,
//! an anonymous client, `dc+sd-jwt`, immediate and plain. docs/book/src/conformance.md lists all modules.

use air_jwt::SigningKey;
use air_oid4vc::vci::OfferLink;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    verify,
    wallet::{Answer, Wallet, keys},
};
use crate::support::{NOW, TestEnv};

/// Receives a credential for a new offer, and checks it like a verifier. Returns the access token and the response.
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
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
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
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
    let (token, _) = received(&wallet).await;
    for (name, value) in [
        ("x-fapi-customer-ip-address", "2001:db8::1893:25c8:1946"),
        ("x-fapi-auth-date", "Sun, 10 Sep 2017 19:43:31 UTC"),
        ("x-fapi-interaction-id", "c770aef3-6784-41f7-8e0e-ff5f97bddb3a"),
        ("accept", "application/json;charset=utf-8"),
        ("accept", "application/json; charset=UTF-8"),
    ] {
        let (c_nonce, nonce) = wallet.nonces().await;
        let request = world
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
    let world = TestEnv::start().await;
    let (first, second) = (Wallet::new(&world), Wallet::new(&world));
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
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
    let (token, _) = received(&wallet).await;
    let response = next(&wallet, &token).await;
    assert!(!response.text("notification_id").is_empty());
}

/// OAuth 2.1, section 5.1.1: the request is refused, also beside the header.
#[tokio::test]
async fn vci_issuer_fail_on_request_with_access_token_in_query() {
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
    let (token, _) = received(&wallet).await;
    let (nonce, dpop_nonce) = wallet.nonces().await;
    let order = wallet.order(&keys(1), &nonce);
    let url = format!("{}?access_token={token}", wallet.url("credential"));
    let answer = Answer::of(world.http.post(&url).json(&order)).await;
    answer.assert_refused(400, "invalid_request");
    let proof = wallet.proof("credential", Some(&dpop_nonce), Some(&token));
    let request = world
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
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
    let (token, _) = received(&wallet).await;
    for scheme in ["dPOP", "dpop", "DPOP"] {
        let (c_nonce, nonce) = wallet.nonces().await;
        let request = world
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

/// RFC 9449 defines no `nbf` and `exp`; as claims of a JWT they are respected (RFC 7519, sections 4.1.4 and 4.1.5).
#[tokio::test]
async fn fapi2_check_dpop_proof_nbf_exp() {
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
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
