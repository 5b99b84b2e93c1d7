//! Refresh tokens (RFC 6749, section 6): replaced at each use, and bound to the client and its key.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use air_jwt::{SigningKey, dpop};
use air_oid4vc::oauth::RefreshRequest;
use air_sandbox::{Clock, Data, UnixTime};
use serde_json::{Value, json};

use super::{
    code_flow::{CLIENT, CodeFlow},
    hash, mdoc,
    wallet::{Answer, Wallet, keys},
};
use crate::support::{NOW, TestEnv, start_platform, start_platform_at};

const FAMILY_LIFETIME: u64 = 24 * 3600;

/// Sends a refresh request with a proof of this key at this time.
async fn refresh_at(wallet: &Wallet<'_>, request: &RefreshRequest, key: &SigningKey, now: u64) -> Answer {
    let (_, nonce) = wallet.nonces().await;
    let proof = dpop::Proof::new("POST", &wallet.url("token")).unwrap();
    let proof = proof
        .with_nonce(&nonce)
        .sign(key, UnixTime::from_secs(now), &mut rand::rng());
    wallet.token_with(request.to_form(), Some(&proof)).await
}

async fn refresh(wallet: &Wallet<'_>, request: &RefreshRequest) -> Answer {
    refresh_at(wallet, request, &wallet.key, NOW).await
}

/// Whether an access token is accepted for a credential.
async fn is_accepted(wallet: &Wallet<'_>, token: &str) -> bool {
    let (nonce, _) = wallet.nonces().await;
    let answer = wallet.request(token, &wallet.order(&keys(1), &nonce)).await;
    let is_accepted = answer.status == 200;
    if !is_accepted {
        answer.assert_refused(401, "invalid_token");
    }
    is_accepted
}

/// The token response for a new offer with a pre-authorized code.
async fn redeemed(wallet: &Wallet<'_>) -> Answer {
    redeemed_with(wallet, json!({})).await
}

/// The token response for a new offer with these members.
async fn redeemed_with(wallet: &Wallet<'_>, members: Value) -> Answer {
    let form = wallet.form(&wallet.offered(members).await).await;
    let (_, nonce) = wallet.nonces().await;
    let proof = wallet.proof("token", Some(&nonce), None);
    let answer = wallet.token_with(form, Some(&proof)).await;
    answer.assert_ok();
    answer
}

/// `FAPI2SPFinalRefreshToken`: a refresh token is bound to its client and key.
#[tokio::test]
async fn fapi2_refresh_token() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let wallet = &flow.wallet;
    let server = wallet.issuer.authorization_server_metadata_url();
    let server: Value = env.http.get(server).send().await.unwrap().json().await.unwrap();
    let grants = server["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("refresh_token")), "{server}");

    let first = flow.redeem(&flow.code().await).await;
    first.assert_ok();
    let token = first.text("refresh_token");
    let request = RefreshRequest::new(&token, CLIENT);
    // None of these uses the token up.
    let other_key = SigningKey::generate(&mut rand::rng());
    let foreign = refresh_at(wallet, &request, &other_key, NOW).await;
    foreign.assert_refused(400, "invalid_grant");
    let without_proof = wallet.token_with(request.to_form(), None).await;
    without_proof.assert_refused(400, "invalid_grant");
    for request in [
        RefreshRequest::anonymous(&token),
        RefreshRequest::new(&token, "https://evil.example"),
        RefreshRequest::new("unknown", CLIENT),
    ] {
        refresh(wallet, &request)
            .await
            .assert_refused(400, "invalid_grant");
    }

    let second = refresh(wallet, &request).await;
    second.assert_ok();
    assert_eq!(second.headers["cache-control"], "no-store");
    assert_eq!(second.body["token_type"], "DPoP");
    assert_ne!(second.text("refresh_token"), token);
    assert!(!is_accepted(wallet, &first.text("access_token")).await);
    assert!(is_accepted(wallet, &second.text("access_token")).await);
    let request = RefreshRequest::new(&second.text("refresh_token"), CLIENT);
    let third = refresh(wallet, &request).await;
    third.assert_ok();
    assert!(is_accepted(wallet, &third.text("access_token")).await);
}

/// The token of an anonymous client is bound to a key only, so its wallet may name itself later.
#[tokio::test]
async fn a_token_for_a_pre_authorized_code_is_refreshed_by_a_named_client() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let first = redeemed(&wallet).await;
    let request = RefreshRequest::new(&first.text("refresh_token"), CLIENT);
    let other_key = SigningKey::generate(&mut rand::rng());
    let foreign = refresh_at(&wallet, &request, &other_key, NOW).await;
    foreign.assert_refused(400, "invalid_grant");
    let second = refresh(&wallet, &request).await;
    second.assert_ok();
    assert!(is_accepted(&wallet, &second.text("access_token")).await);
}

/// RFC 9700, section 4.14.2: the server can't know which of two uses is the thief's.
/// A client that named itself with the pre-authorized code must name itself again (RFC 6749, section 6).
#[tokio::test]
async fn a_token_for_a_pre_authorized_code_is_bound_to_a_client_that_names_itself() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let form = wallet.form(&wallet.offered(json!({})).await).await;
    let proof = wallet.proof("token", Some(&wallet.nonces().await.1), None);
    let answer = wallet
        .token_with(format!("{form}&client_id={CLIENT}"), Some(&proof))
        .await;
    answer.assert_ok();
    let token = answer.text("refresh_token");
    for request in [
        RefreshRequest::anonymous(&token),
        RefreshRequest::new(&token, "another"),
    ] {
        refresh(&wallet, &request)
            .await
            .assert_refused(400, "invalid_grant");
    }
    refresh(&wallet, &RefreshRequest::new(&token, CLIENT))
        .await
        .assert_ok();
}

#[tokio::test]
async fn a_second_use_of_a_refresh_token_ends_all_tokens_of_its_family() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let first = redeemed(&wallet).await;
    let untouched = redeemed(&wallet).await;
    let used = RefreshRequest::anonymous(&first.text("refresh_token"));
    let second = refresh(&wallet, &used).await;
    second.assert_ok();
    refresh(&wallet, &used).await.assert_refused(400, "invalid_grant");
    assert!(!is_accepted(&wallet, &second.text("access_token")).await);
    let newest = RefreshRequest::anonymous(&second.text("refresh_token"));
    refresh(&wallet, &newest)
        .await
        .assert_refused(400, "invalid_grant");
    // Another offer's family is another one.
    assert!(is_accepted(&wallet, &untouched.text("access_token")).await);
    let other = RefreshRequest::anonymous(&untouched.text("refresh_token"));
    refresh(&wallet, &other).await.assert_ok();
}

#[tokio::test]
async fn a_second_use_of_a_code_ends_its_refresh_tokens() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let code = flow.code().await;
    let first = flow.redeem(&code).await;
    first.assert_ok();
    flow.redeem(&code).await.assert_refused(400, "invalid_grant");
    let request = RefreshRequest::new(&first.text("refresh_token"), CLIENT);
    let answer = refresh(&flow.wallet, &request).await;
    answer.assert_refused(400, "invalid_grant");
}

/// Two codes of one offer: the second use of a code ends the tokens that this code returned, and no others.
#[tokio::test]
async fn a_second_use_of_a_code_without_tokens_ends_none() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let request = flow.request().with_issuer_state(&state);
    let one = flow.agreed(&request, Some("s1")).await;
    let other = flow.agreed(&request, Some("s1")).await;
    let first = flow.redeem(&one).await;
    first.assert_ok();
    // The offer is redeemed, so that neither use of the other code returns tokens.
    for _ in 0..2 {
        flow.redeem(&other).await.assert_refused(400, "invalid_grant");
    }
    assert!(is_accepted(&flow.wallet, &first.text("access_token")).await);
    let request = RefreshRequest::new(&first.text("refresh_token"), CLIENT);
    let second = refresh(&flow.wallet, &request).await;
    second.assert_ok();

    flow.redeem(&one).await.assert_refused(400, "invalid_grant");
    assert!(!is_accepted(&flow.wallet, &second.text("access_token")).await);
    let request = RefreshRequest::new(&second.text("refresh_token"), CLIENT);
    let ended = refresh(&flow.wallet, &request).await;
    ended.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_bearer_token_has_no_refresh_token() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let form = wallet.form(&wallet.offered(json!({})).await).await;
    let answer = wallet.token_with(form, None).await;
    answer.assert_ok();
    assert!(answer.body.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_family_ends_a_day_after_its_first_token() {
    let time = Arc::new(AtomicU64::new(NOW));
    let now = time.clone();
    let clock = Clock::new(move || UnixTime::from_secs(now.load(Ordering::SeqCst)));
    let env = TestEnv::start_on(start_platform_at(Data::Memory, clock).await).await;
    let wallet = Wallet::new(&env);
    let first = redeemed(&wallet).await;
    let last = NOW + FAMILY_LIFETIME - 1;
    time.store(last, Ordering::SeqCst);
    let request = RefreshRequest::anonymous(&first.text("refresh_token"));
    let second = refresh_at(&wallet, &request, &wallet.key, last).await;
    second.assert_ok();
    time.store(last + 1, Ordering::SeqCst);
    let request = RefreshRequest::anonymous(&second.text("refresh_token"));
    let third = refresh_at(&wallet, &request, &wallet.key, last + 1).await;
    third.assert_refused(400, "invalid_grant");
}

/// Otherwise the wallet would replace a revoked credential by a valid one.
#[tokio::test]
async fn a_revocation_ends_the_tokens_of_the_offer() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let beside = || redeemed_with(&wallet, json!({ "onDuplicate": "ignore" }));
    let (revoked, other) = (beside().await, beside().await);
    let received = async |tokens: &Answer| {
        let (nonce, _) = wallet.nonces().await;
        let order = wallet.order(&keys(2), &nonce);
        let answer = wallet.request(&tokens.text("access_token"), &order).await;
        answer.assert_ok();
        answer.body["credentials"][1]["credential"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let credential = received(&revoked).await;
    received(&other).await;
    mdoc::revoke(&env, &hash(&credential)).await;
    assert!(!is_accepted(&wallet, &revoked.text("access_token")).await);
    let request = RefreshRequest::new(&revoked.text("refresh_token"), CLIENT);
    let refused = refresh(&wallet, &request).await;
    refused.assert_refused(400, "invalid_grant");
    assert!(is_accepted(&wallet, &other.text("access_token")).await);
}

/// The platform that has the token in memory reads what the other one changed.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_token_that_another_platform_on_the_postgresql_database_replaced_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let env = TestEnv::start_with(data()).await;
    let second = start_platform(data()).await;
    let mut wallet = Wallet::new(&env);
    let here = wallet.issuer.clone();
    let there = format!("{}/oid4vc/{}", second.url(), env.partner_id());
    let first = redeemed(&wallet).await;
    let token = first.text("access_token");
    assert!(is_accepted(&wallet, &token).await);
    wallet.issuer = there.parse().unwrap();
    let request = RefreshRequest::anonymous(&first.text("refresh_token"));
    let renewed = refresh(&wallet, &request).await;
    renewed.assert_ok();
    wallet.issuer = here;
    assert!(!is_accepted(&wallet, &token).await);
    assert!(is_accepted(&wallet, &renewed.text("access_token")).await);
}
