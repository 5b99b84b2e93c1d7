//! Deferred issuance after the user's sign-in: the authorization code flow with an offer that
//! defers its credentials.

use std::sync::atomic::Ordering;

use air_oid4vc::oauth::RefreshRequest;
use serde_json::{Value, json};

use super::{
    code_flow::{CLIENT, CodeFlow},
    deferred::{ask_again, ask_as_bearer, assert_deferred, test_env},
    verify,
    wallet::{Answer, keys},
};
use crate::support::NOW;

/// An offer that defers its credential for this number of seconds, and the code for which Ada agreed.
async fn agreed(flow: &CodeFlow<'_>, seconds: u64) -> (Value, String) {
    let members = json!({ "signIn": true, "defersFor": seconds });
    let created = flow.wallet.offered(members).await;
    let grant = flow.wallet.read_offer(&created).await.authorization_code.unwrap();
    let request = flow.request().with_issuer_state(&grant.issuer_state.unwrap());
    let code = flow.agreed(&request, Some("s1")).await;
    (created, code)
}

/// The answer to a credential request for one key.
async fn requested(flow: &CodeFlow<'_>, token: &str) -> Answer {
    let (nonce, _) = flow.wallet.nonces().await;
    let order = flow.wallet.order(&keys(1), &nonce);
    flow.wallet.request(token, &order).await
}

#[tokio::test]
async fn a_user_agrees_and_the_wallet_collects_the_credential_later() {
    let (env, time) = test_env().await;
    let flow = CodeFlow::new(&env);
    let (created, code) = agreed(&flow, 5).await;
    let answer = flow.redeem(&code).await;
    answer.assert_ok();
    assert_eq!(answer.body["expires_in"], 605);
    let token = answer.text("access_token");
    let again = assert_deferred(&requested(&flow, &token).await, 5);
    let state = flow.wallet.state(&created).await;
    assert_eq!(
        (&state["state"], &state["credentials"]),
        (&json!("redeemed"), &json!(0))
    );

    time.fetch_add(4, Ordering::SeqCst);
    let early = ask_again(&flow.wallet, &token, &again).await;
    assert_eq!(assert_deferred(&early, 1), again);
    time.fetch_add(1, Ordering::SeqCst);
    let ready = ask_again(&flow.wallet, &token, &again).await;
    ready.assert_ok();
    let credential = ready.body["credentials"][0]["credential"].as_str().unwrap();
    assert_eq!(verify(&flow.wallet, credential).await, Ok(()));
    assert_eq!(flow.wallet.state(&created).await["state"], "issued");
    let used = ask_again(&flow.wallet, &token, &again).await;
    used.assert_refused(400, "invalid_transaction_id");
}

#[tokio::test]
async fn a_bearer_token_of_a_code_is_valid_until_its_credential_is_ready() {
    let (env, time) = test_env().await;
    let flow = CodeFlow::new(&env);
    let (_, code) = agreed(&flow, 3600).await;
    let answer = flow.wallet.token_with(flow.redemption(&code), None).await;
    answer.assert_ok();
    assert_eq!(
        (&answer.body["token_type"], &answer.body["expires_in"]),
        (&json!("Bearer"), &json!(4200))
    );
    let token = answer.text("access_token");
    let (nonce, _) = flow.wallet.nonces().await;
    let order = flow.wallet.order(&keys(1), &nonce);
    let first = ask_as_bearer(&flow.wallet, "credential", &token, &order).await;
    let again = assert_deferred(&first, 3600);
    time.store(NOW + 3600, Ordering::SeqCst);
    let ready = ask_as_bearer(&flow.wallet, "deferred", &token, &again).await;
    ready.assert_ok();
    time.store(NOW + 4200, Ordering::SeqCst);
    let ended = ask_as_bearer(&flow.wallet, "deferred", &token, &again).await;
    ended.assert_refused(401, "invalid_token");
}

/// The transaction belongs to the offer, whose newest access token collects the credential.
#[tokio::test]
async fn a_refreshed_token_collects_the_credential() {
    let (env, time) = test_env().await;
    let flow = CodeFlow::new(&env);
    let wallet = &flow.wallet;
    let (_, code) = agreed(&flow, 5).await;
    let first = flow.redeem(&code).await;
    first.assert_ok();
    let token = first.text("access_token");
    let again = assert_deferred(&requested(&flow, &token).await, 5);
    let refresh = RefreshRequest::new(&first.text("refresh_token"), CLIENT);
    let (_, nonce) = wallet.nonces().await;
    let proof = wallet.proof("token", Some(&nonce), None);
    let second = wallet.token_with(refresh.to_form(), Some(&proof)).await;
    second.assert_ok();
    assert_eq!(second.body["expires_in"], 605);
    time.fetch_add(5, Ordering::SeqCst);
    let ended = ask_again(wallet, &token, &again).await;
    ended.assert_refused(401, "invalid_token");
    let newest = second.text("access_token");
    ask_again(wallet, &newest, &again).await.assert_ok();
}

#[tokio::test]
async fn a_second_use_of_the_code_ends_a_credential_that_waits() {
    let (env, time) = test_env().await;
    let flow = CodeFlow::new(&env);
    let (created, code) = agreed(&flow, 5).await;
    let first = flow.redeem(&code).await;
    first.assert_ok();
    let token = first.text("access_token");
    let again = assert_deferred(&requested(&flow, &token).await, 5);
    flow.redeem(&code).await.assert_refused(400, "invalid_grant");
    time.fetch_add(5, Ordering::SeqCst);
    let ended = ask_again(&flow.wallet, &token, &again).await;
    ended.assert_refused(401, "invalid_token");
    assert_eq!(flow.wallet.state(&created).await["credentials"], 0);
}
