//! Copies of a user's credential for other wallets.

use air_oid4vc::vci::{CredentialOffer, OfferLink, TokenRequest};
use air_vc::{Error, Inspection};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    Browser,
    holder::{ADA, signed_in},
    wallets::fact,
};
use crate::{
    openid4vc::{
        code_flow::CodeFlow,
        hash, verify,
        wallet::{Answer, Wallet, keys},
    },
    support::TestEnv,
};

/// An offer as its page shows it.
struct Shown {
    offer: CredentialOffer,
    /// The transaction code.
    code: String,
    /// Where the offer is.
    uri: String,
}

/// Presses the button on the page of a credential, and reads the offer as a wallet does.
async fn offered(env: &TestEnv, browser: &Browser, core_claim_hash: &str) -> Shown {
    let path = format!("/wallet/credentials/{core_claim_hash}/offer");
    let answer = browser.send(&path, &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let page = answer.text().await.unwrap();
    assert!(page.contains("<div class=\"qr-code\"><svg"), "{page}");
    let OfferLink::Uri(uri) = OfferLink::parse(&fact(&page, "Link")).unwrap() else {
        panic!("not by reference");
    };
    let (_, code) = page
        .split_once("<dt>Transaction code</dt><dd><strong>")
        .unwrap_or_else(|| panic!("{page}"));
    let offer = env.http.get(&uri).send().await.unwrap().bytes().await.unwrap();
    Shown {
        offer: CredentialOffer::parse(&offer).unwrap(),
        code: code.split('<').next().unwrap().to_owned(),
        uri,
    }
}

/// Redeems an offer with a transaction code.
async fn redeemed(wallet: &Wallet<'_>, shown: &Shown, code: Option<&str>) -> Answer {
    let grant = shown.offer.pre_authorized_code.as_ref().unwrap();
    let form = TokenRequest::for_grant(grant, code).unwrap().to_form();
    let (_, nonce) = wallet.nonces().await;
    let proof = wallet.proof("token", Some(&nonce), None);
    wallet.token_with(form, Some(&proof)).await
}

/// Asks for the credential with this number of keys.
async fn asked(wallet: &Wallet<'_>, token: &str, count: usize) -> Answer {
    let (nonce, _) = wallet.nonces().await;
    wallet.request(token, &wallet.order(&keys(count), &nonce)).await
}

async fn received(wallet: &Wallet<'_>, shown: &Shown) -> String {
    let token = redeemed(wallet, shown, Some(&shown.code)).await;
    token.assert_ok();
    let answer = asked(wallet, &token.text("access_token"), 1).await;
    answer.assert_ok();
    answer.body["credentials"][0]["credential"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn revoke(env: &TestEnv, core_claim_hash: &str) {
    let operator = Browser::open(&env.platform.url()).await;
    let path = format!("/dashboard/credentials/{core_claim_hash}/revoke");
    operator.make(&path, &[]).await;
}

/// The claims of the credential as its holder exports it.
async fn exported(browser: &Browser, core_claim_hash: &str) -> Value {
    let path = format!("/wallet/credentials/{core_claim_hash}/export?format=sd-jwt-vc");
    Value::Object(Inspection::of(&browser.page(&path).await).unwrap().claims)
}

#[tokio::test]
async fn another_wallet_receives_one_equal_credential_and_both_are_listed() {
    let env = TestEnv::start().await;
    let first = env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    let shown = offered(&env, &ada, &first).await;
    assert_eq!(
        shown.offer.configuration_ids,
        [env.ids["programs"]["adult"].as_str().unwrap()]
    );
    assert_eq!(shown.code.len(), 6);
    let details = format!("/wallet/credentials/{first}");
    assert!(ada.page(&details).await.contains("not received"));

    let wallet = Wallet::new(&env);
    let token = redeemed(&wallet, &shown, Some(&shown.code)).await;
    token.assert_ok();
    let token = token.text("access_token");
    let answer = asked(&wallet, &token, 2).await;
    answer.assert_ok();
    let issued = answer.body["credentials"].as_array().unwrap();
    assert_eq!(issued.len(), 1, "one for the first key");
    let copy = issued[0]["credential"].as_str().unwrap();
    assert_eq!(verify(&wallet, copy).await, Ok(()));
    let again = asked(&wallet, &token, 1).await;
    again.assert_refused(400, "credential_request_denied");
    let again = redeemed(&wallet, &shown, Some(&shown.code)).await;
    again.assert_refused(400, "invalid_grant");

    let (own, claims) = (exported(&ada, &first).await, Inspection::of(copy).unwrap().claims);
    for name in ["age", "country"] {
        assert_eq!(claims[name], own[name], "{name}");
    }
    assert!(claims["exp"].as_u64() <= own["exp"].as_u64(), "{claims:?} {own}");
    let list = ada.page("/wallet").await;
    assert!(list.contains(&first) && list.contains(&hash(copy)), "{list}");
    assert_eq!(list.matches(">copy<").count(), 1, "{list}");
    assert_eq!(list.matches(">valid<").count(), 2, "{list}");
    let page = ada.page(&details).await;
    assert!(page.contains("received") && page.contains(&hash(copy)), "{page}");

    // The copy is the other wallet's, and is no source of further copies.
    let path = format!("/wallet/credentials/{}", hash(copy));
    assert!(ada.page(&path).await.contains("only that wallet can present it"));
    let refused = ada.send(&format!("{path}/offer"), &[]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    // The issuer still finds the first one.
    let mut order = env.order();
    order["onDuplicate"] = json!("ignore");
    assert_eq!(env.issue_on_behalf(ADA, &order).await, first);
}

#[tokio::test]
async fn only_its_holder_offers_a_credential_and_only_with_the_code_it_is_received() {
    let env = TestEnv::start().await;
    let first = env.issue_on_behalf(ADA, &env.order()).await;
    env.issue_on_behalf("eve@example.com", &env.order()).await;
    let path = format!("/wallet/credentials/{first}/offer");
    let nobody = Browser::open_at(&env.platform.url(), "/wallet/sign-in").await;
    let answer = nobody.send(&path, &[]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()[header::LOCATION], "/wallet/sign-in");
    let eve = signed_in(&env, "eve@example.com").await;
    assert_eq!(eve.send(&path, &[]).await.status(), StatusCode::NOT_FOUND);

    let ada = signed_in(&env, ADA).await;
    let shown = offered(&env, &ada, &first).await;
    let wallet = Wallet::new(&env);
    let wrong = if shown.code == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..5 {
        let refused = redeemed(&wallet, &shown, Some(wrong)).await;
        refused.assert_refused(400, "invalid_grant");
    }
    let void = redeemed(&wallet, &shown, Some(&shown.code)).await;
    void.assert_refused(400, "invalid_grant");
    let details = ada.page(&format!("/wallet/credentials/{first}")).await;
    assert!(details.contains("not received"), "{details}");
}

#[tokio::test]
async fn a_new_offer_ends_the_earlier_one() {
    let env = TestEnv::start().await;
    let first = env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    let earlier = offered(&env, &ada, &first).await;
    let later = offered(&env, &ada, &first).await;
    let gone = env.http.get(&earlier.uri).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let wallet = Wallet::new(&env);
    let refused = redeemed(&wallet, &earlier, Some(&earlier.code)).await;
    refused.assert_refused(400, "invalid_grant");
    received(&wallet, &later).await;
    let details = ada.page(&format!("/wallet/credentials/{first}")).await;
    assert!(!details.contains("not received"), "{details}");
}

#[tokio::test]
async fn a_revocation_ends_the_copies_and_the_offers() {
    let env = TestEnv::start().await;
    let first = env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    let wallet = Wallet::new(&env);
    let copy = received(&wallet, &offered(&env, &ada, &first).await).await;
    let open = offered(&env, &ada, &first).await;
    let token = redeemed(&wallet, &open, Some(&open.code)).await;
    token.assert_ok();

    revoke(&env, &first).await;
    assert_eq!(verify(&wallet, &copy).await, Err(Error::Revoked));
    let page = ada.page(&format!("/wallet/credentials/{}", hash(&copy))).await;
    assert!(page.contains(">revoked<"), "{page}");
    let refused = asked(&wallet, &token.text("access_token"), 1).await;
    refused.assert_refused(400, "credential_request_denied");
    let path = format!("/wallet/credentials/{first}");
    assert!(ada.page(&path).await.contains("Only a valid credential"));
    let refused = ada.send(&format!("{path}/offer"), &[]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_copy_ends_with_its_credential_and_the_programs_maximum_does_not_count_it() {
    let mut env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["programs"][0]["maximumIssuance"] = json!(1);
    env.ids = env.seed(&seed).await;
    let first = env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    let operator = Browser::open(&env.platform.url()).await;
    let forward = [("action", "advance"), ("amount", "80"), ("unit", "86400")];
    operator.make("/dashboard/clock", &forward).await;
    let wallet = Wallet::new(&env);
    let copy = received(&wallet, &offered(&env, &ada, &first).await).await;
    let (own, claims) = (
        exported(&ada, &first).await,
        Inspection::of(&copy).unwrap().claims,
    );
    let ends = |claims: &Value| claims["exp"].as_u64().unwrap();
    let copied = ends(&Value::Object(claims));
    assert!(copied <= ends(&own), "{copied} {own}");
    assert!(copied + 86_400 > ends(&own), "{copied} {own}");
}

/// A wallet that begins without an offer receives copies: they end with the credential that the user has, and are revoked with it.
#[tokio::test]
async fn copies_of_an_authorization_end_with_their_credential_too() {
    let mut env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["programs"][0]["maximumIssuance"] = json!(1);
    env.ids = env.seed(&seed).await;
    let first = env.issue_on_behalf(ADA, &env.order()).await;
    let ada = signed_in(&env, ADA).await;
    let operator = Browser::open(&env.platform.url()).await;
    let forward = [("action", "advance"), ("amount", "80"), ("unit", "86400")];
    operator.make("/dashboard/clock", &forward).await;

    let flow = CodeFlow::new(&env);
    let code = flow.agreed(&flow.request(), Some("s1")).await;
    let token = flow.redeem(&code).await;
    token.assert_ok();
    let token = token.text("access_token");
    let answer = asked(&flow.wallet, &token, 2).await;
    answer.assert_ok();
    let issued = answer.body["credentials"].as_array().unwrap();
    let later = asked(&flow.wallet, &token, 1).await;
    later.assert_ok();
    let later = later.body["credentials"].as_array().unwrap();
    let copies: Vec<&str> = issued
        .iter()
        .chain(later)
        .map(|issued| issued["credential"].as_str().unwrap())
        .collect();
    assert_eq!(copies.len(), 3);
    let ends = exported(&ada, &first).await["exp"].as_u64().unwrap();
    let page = ada.page(&format!("/wallet/credentials/{first}")).await;
    for copy in &copies {
        let copied = Inspection::of(copy).unwrap().claims["exp"].as_u64().unwrap();
        assert!(copied <= ends, "{copied} {ends}");
        assert!(page.contains(&hash(copy)), "{page}");
    }
    assert!(!page.contains("not received"), "{page}");

    revoke(&env, &first).await;
    for copy in &copies {
        let page = ada.page(&format!("/wallet/credentials/{}", hash(copy))).await;
        assert!(page.contains(">revoked<"), "{page}");
    }
    let refused = asked(&flow.wallet, &token, 1).await;
    refused.assert_refused(401, "invalid_token");
}
