//! The authorization code flow: a wallet pushes its request, the user signs in and agrees, and the
//! wallet redeems the code. Then the attacks. Those on its pages are in `authorization_pages`.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use air_jwt::{PartnerToken, SigningKey};
use air_oid4vc::{
    oauth::{AuthorizationAnswer, AuthorizationRequest, CodeRequest, CodeVerifier, Requested},
    vci::{AuthorizationServerMetadata, ProofKey, ProofOptions, prove},
};
use air_sandbox::{Clock, Config, Data, Platform, UnixTime};
use air_vc::Inspection;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{
    authorization_pages::refused_page,
    code_flow::{ADA, CLIENT, CodeFlow, REDIRECT, redirect},
    verify,
    wallet::{Answer, keys},
};
use crate::support::{NOW, TestEnv, start_platform_at};

/// The value of the claim and the button of a page. The references in the page are base64url, so
/// they never contain these characters.
const COUNTRY: &str = ">UTO<";
const AGREE: &str = ">Agree<";

async fn credential(flow: &CodeFlow<'_>, token: &str) -> Answer {
    let (nonce, _) = flow.wallet.nonces().await;
    let order = flow.wallet.order(&keys(1), &nonce);
    flow.wallet.request(token, &order).await
}

fn first(answer: &Answer) -> &str {
    answer.assert_ok();
    answer.body["credentials"][0]["credential"].as_str().unwrap()
}

#[tokio::test]
async fn a_user_signs_in_and_agrees_and_the_wallet_receives_the_offer() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (created, state) = flow.offered().await;
    let request_uri = flow.pushed(&flow.request().with_issuer_state(&state)).await;
    assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    let page = flow.page(&request_uri).await;
    let anyone = crate::dashboard::Browser::open_at(&env.platform.url(), &page).await;
    let shown = anyone.page(&page).await;
    for text in [CLIENT, "Zenith", "Adult", "e-mail address", "Refuse"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(!shown.contains(COUNTRY) && !shown.contains(AGREE), "{shown}");
    let unsigned = flow.decide(&anyone, &request_uri, "agree").await;
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);

    let browser = flow.signed_in(&request_uri, "Ada@Example.com").await;
    let shown = browser.page(&page).await;
    for text in [
        "ada@example.com",
        "age",
        "21",
        "country",
        COUNTRY,
        "wallet.example",
        AGREE,
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let answer = redirect(&flow.decide(&browser, &request_uri, "agree").await);
    let issuer = url::form_urlencoded::byte_serialize(flow.wallet.issuer.as_str().as_bytes());
    assert!(answer.starts_with(&format!("{REDIRECT}?code=")), "{answer}");
    assert!(
        answer.ends_with(&format!("&state=s1&iss={}", issuer.collect::<String>())),
        "{answer}"
    );
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    let code = answer.check(Some("s1"), &flow.wallet.issuer).unwrap();

    let token = flow.redeem(code).await;
    token.assert_ok();
    assert_eq!(token.body["token_type"], "DPoP");
    assert!(
        token.body.get("authorization_details").is_none(),
        "by scope: {}",
        token.body
    );
    let issued = credential(&flow, &token.text("access_token")).await;
    assert_eq!(verify(&flow.wallet, first(&issued)).await, Ok(()));
    assert_eq!(Inspection::of(first(&issued)).unwrap().claims["country"], "UTO");
    assert_eq!(flow.wallet.state(&created).await["state"], "issued");
    // It is Ada's, like one that was issued without a wallet.
    assert!(browser.page("/wallet").await.contains("UTO"));
}

#[tokio::test]
async fn an_offer_for_anyone_belongs_to_the_user_who_agrees() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let mut order = env.order();
    order["signIn"] = true.into();
    let token = env.token(PartnerToken::issue);
    let (status, created) = env
        .call(Method::POST, "/sandbox/v1/offers", Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{created}");
    let grant = flow.wallet.read_offer(&created).await.authorization_code.unwrap();
    let state = grant.issuer_state.unwrap();
    let request_uri = flow.pushed(&flow.request().with_issuer_state(&state)).await;
    // The address is new to the platform.
    let browser = flow.signed_in(&request_uri, "new@example.com").await;
    let answer = redirect(&flow.decide(&browser, &request_uri, "agree").await);
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    let code = answer.check(Some("s1"), &flow.wallet.issuer).unwrap();
    let token = flow.redeem(code).await.text("access_token");
    credential(&flow, &token).await.assert_ok();
    assert!(browser.page("/wallet").await.contains("UTO"));
}

/// Without an offer there is no new data about the user: the wallet receives the claims that the
/// platform holds for this user.
#[tokio::test]
async fn without_an_offer_a_wallet_receives_what_the_user_has() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let request_uri = flow.pushed(&flow.request()).await;
    let browser = flow.signed_in(&request_uri, ADA).await;
    let page = flow.page(&request_uri).await;
    let shown = browser.page(&page).await;
    assert!(shown.contains("no valid credential of this kind"), "{shown}");
    assert!(!shown.contains(AGREE), "{shown}");
    let agreed = flow.decide(&browser, &request_uri, "agree").await;
    assert_eq!(agreed.status(), StatusCode::CONFLICT);
    let refused = redirect(&flow.decide(&browser, &request_uri, "refuse").await);
    assert!(
        refused.starts_with(&format!("{REDIRECT}?error=access_denied&state=s1&iss=")),
        "{refused}"
    );

    let hash = env.issue_on_behalf(ADA, &env.order()).await;
    let code = flow.agreed(&flow.request(), Some("s1")).await;
    let token = flow.redeem(&code).await.text("access_token");
    let issued = credential(&flow, &token).await;
    assert_eq!(Inspection::of(first(&issued)).unwrap().claims["age"], 21);
    // The one that the user has stays valid.
    env.wait_until_anchored(&hash).await;
    // A credential of another user, or a revoked one, is nobody's source.
    let other = flow.pushed(&flow.request()).await;
    let eve = flow.signed_in(&other, "eve@example.com").await;
    assert_eq!(
        flow.decide(&eve, &other, "agree").await.status(),
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn an_offer_is_for_its_own_user() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let request_uri = flow.pushed(&flow.request().with_issuer_state(&state)).await;
    let eve = flow.signed_in(&request_uri, "eve@example.com").await;
    let shown = eve.page(&flow.page(&request_uri).await).await;
    assert!(shown.contains("for another user"), "{shown}");
    assert!(!shown.contains(COUNTRY) && !shown.contains(AGREE), "{shown}");
    let agreed = flow.decide(&eve, &request_uri, "agree").await;
    assert_eq!(agreed.status(), StatusCode::CONFLICT);
    assert!(agreed.headers().get(header::LOCATION).is_none());
}

#[tokio::test]
async fn a_token_for_authorization_details_names_the_credential() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let requested = Requested::configurations([flow.program()]);
    let request = AuthorizationRequest::new(CLIENT, REDIRECT, requested, &flow.verifier);
    let code = flow.agreed(&request.with_issuer_state(&state), None).await;
    let token = flow.redeem(&code).await;
    token.assert_ok();
    let detail = &token.body["authorization_details"][0];
    assert_eq!(detail["type"], "openid_credential");
    assert_eq!(detail["credential_configuration_id"], flow.program());
    let identifier = detail["credential_identifiers"][0].as_str().unwrap();
    let token = token.text("access_token");
    // A proof may name the client.
    let proof = async |client_id: &str| {
        let (nonce, _) = flow.wallet.nonces().await;
        let options = ProofOptions {
            issuer: &flow.wallet.issuer,
            now: UnixTime::from_secs(NOW),
            nonce: Some(&nonce),
            client_id: Some(client_id),
            key: ProofKey::Jwk,
        };
        let proof = prove(&keys(1)[0], &options);
        let order = json!({ "credential_identifier": identifier, "proofs": { "jwt": [proof] } });
        flow.wallet.request(&token, &order).await
    };
    proof("https://evil.example")
        .await
        .assert_refused(400, "invalid_proof");
    proof(CLIENT).await.assert_ok();
    let order = async |name: &str, id: &str| {
        let (nonce, _) = flow.wallet.nonces().await;
        let mut order = flow.wallet.order(&keys(1), &nonce);
        order
            .as_object_mut()
            .unwrap()
            .remove("credential_configuration_id");
        order[name] = id.into();
        flow.wallet.request(&token, &order).await
    };
    order("credential_configuration_id", flow.program())
        .await
        .assert_refused(400, "invalid_credential_request");
    order("credential_identifier", "other")
        .await
        .assert_refused(400, "unknown_credential_identifier");
    order("credential_identifier", identifier).await.assert_ok();
}

#[tokio::test]
async fn pushed_requests_are_refused_with_their_code() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let form = flow.request().to_form();
    let with_scope =
        |scope: &str| form.replace(&format!("scope={}", flow.program()), &format!("scope={scope}"));
    let details = |id: &str| {
        let details = json!([{ "type": "openid_credential", "credential_configuration_id": id }]).to_string();
        let details: String = url::form_urlencoded::byte_serialize(details.as_bytes()).collect();
        format!("{form}&authorization_details={details}")
    };
    let redirect_to = |uri: &str| {
        let known: String = url::form_urlencoded::byte_serialize(REDIRECT.as_bytes()).collect();
        let other: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
        form.replace(&known, &other)
    };
    let (_, other) = env.another_partner().await;
    let foreign = other["programs"]["adult"].as_str().unwrap();
    let draft = env.ids["programs"]["draft"].as_str().unwrap();
    for (form, code) in [
        (with_scope("unknown"), "invalid_scope"),
        (with_scope(foreign), "invalid_scope"),
        (with_scope(draft), "invalid_scope"),
        (details("unknown"), "invalid_authorization_details"),
        (details(foreign), "invalid_authorization_details"),
        (format!("{form}&issuer_state=unknown"), "invalid_request"),
        (
            format!("{form}&request=eyJhbGciOiJub25lIn0.e30."),
            "invalid_request",
        ),
        (redirect_to("javascript:alert(1)"), "invalid_request"),
        (redirect_to("http://wallet.example/cb"), "invalid_request"),
        (redirect_to("/cb"), "invalid_request"),
        (redirect_to("https://wallet.example/cb#x"), "invalid_request"),
        (String::new(), "invalid_request"),
        ("client_id=%00".to_owned(), "invalid_request"),
    ] {
        flow.push(&form).await.assert_refused(400, code);
    }
    // Of two published programs, a request and its offer are for one.
    let publish = format!("{}/sandbox/v1/programs/{draft}/publish", env.platform.url());
    let publish = env.http.post(publish).bearer_auth(env.platform.operator_token());
    assert_eq!(publish.send().await.unwrap().status(), StatusCode::OK);
    let both = with_scope(&format!("{}+{draft}", flow.program()));
    flow.push(&both).await.assert_refused(400, "invalid_scope");
    let (_, state) = flow.offered().await;
    let other = format!("{}&issuer_state={state}", with_scope(draft));
    flow.push(&other).await.assert_refused(400, "invalid_scope");
    let json = env.http.post(flow.wallet.url("par")).json(&json!({}));
    Answer::of(json).await.assert_refused(400, "invalid_request");
    let large = format!("{form}&x={}", "x".repeat(20_000));
    flow.push(&large).await.assert_refused(413, "invalid_request");
    // Other scopes are ignored beside that of the credential.
    let answer = flow
        .push(&with_scope(&format!("openid+{}", flow.program())))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
}

/// A code is bound to the client, the redirect URI, the verifier and the key, and is consumed by a
/// wrong attempt.
#[tokio::test]
async fn a_code_is_bound_to_its_request() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let other_verifier = CodeVerifier::from_random(&[9; 32]);
    let known = || flow.verifier.clone();
    for (redirect_uri, client_id, verifier) in [
        ("https://wallet.example/cb/", CLIENT, known()),
        ("https://wallet.example/cb?x=1", CLIENT, known()),
        ("https://evil.example/cb", CLIENT, known()),
        (REDIRECT, "https://evil.example", known()),
        (REDIRECT, CLIENT, other_verifier),
    ] {
        let code = flow.code().await;
        let form = CodeRequest::new(&code, redirect_uri, client_id, verifier).to_form();
        flow.wallet
            .token_with(form, None)
            .await
            .assert_refused(400, "invalid_grant");
        flow.redeem(&code).await.assert_refused(400, "invalid_grant");
    }
    // PKCE can't be left out.
    let code = flow.code().await;
    let form = flow.redemption(&code);
    let (without, _) = form.split_once("&code_verifier").unwrap();
    let form = format!("{without}&client_id={CLIENT}");
    flow.wallet
        .token_with(form, None)
        .await
        .assert_refused(400, "invalid_request");
    flow.redeem(&code).await.assert_ok();

    // A key that was named in the pushed request is the only one.
    for named in [true, false] {
        let (_, state) = flow.offered().await;
        let key = if named {
            flow.wallet.key.public_jwk()
        } else {
            SigningKey::generate(&mut rand::rng()).public_jwk()
        };
        let request = flow.request().with_issuer_state(&state);
        let request = request.with_dpop_key(key.thumbprint().as_str());
        let code = flow.agreed(&request, Some("s1")).await;
        if named {
            flow.redeem(&code).await.assert_ok();
        } else {
            flow.redeem(&code).await.assert_refused(400, "invalid_grant");
        }
    }
}

/// A proof at the endpoint for pushed requests binds the code to its key, and is accepted once.
#[tokio::test]
async fn a_proof_of_a_pushed_request_binds_the_code() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let form = flow.request().with_issuer_state(&state).to_form();
    let push = async |proof: &str| {
        let request = env.http.post(flow.wallet.url("par"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::of(request.header("dpop", proof).body(form.clone())).await
    };
    push(&flow.wallet.proof("par", None, None))
        .await
        .assert_refused(400, "use_dpop_nonce");
    let (_, nonce) = flow.wallet.nonces().await;
    push(&flow.wallet.proof("token", Some(&nonce), None))
        .await
        .assert_refused(400, "invalid_dpop_proof");
    let proof = flow.wallet.proof("par", Some(&nonce), None);
    let answer = push(&proof).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    push(&proof).await.assert_refused(400, "invalid_dpop_proof");
    let request_uri = answer.text("request_uri");
    let browser = flow.signed_in(&request_uri, ADA).await;
    let answer = redirect(&flow.decide(&browser, &request_uri, "agree").await);
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    let code = answer.check(Some("s1"), &flow.wallet.issuer).unwrap();
    // Without the key, the code is worth nothing.
    flow.wallet
        .token_with(flow.redemption(code), None)
        .await
        .assert_refused(400, "invalid_grant");
}

/// Neither kind of code is accepted as the other.
#[tokio::test]
async fn an_issuer_state_is_no_pre_authorized_code() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let grant = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
    let form = format!("grant_type={grant}&pre-authorized_code={state}");
    flow.wallet
        .token_with(form, None)
        .await
        .assert_refused(400, "invalid_grant");
    let created = flow.wallet.offered(json!({})).await;
    let code = flow.wallet.read_offer(&created).await;
    let code = code.pre_authorized_code.unwrap().code;
    let form = flow.request().with_issuer_state(&code).to_form();
    flow.push(&form).await.assert_refused(400, "invalid_request");
    let mut order = env.order();
    order["signIn"] = true.into();
    order["txCode"] = true.into();
    let token = env.token(PartnerToken::issue);
    let path = "/sandbox/v1/offers";
    let (status, answer) = env.call(Method::POST, path, Some(&token), Some(&order)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}

#[tokio::test]
async fn two_wallets_with_one_offer_receive_one_credential() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let request = flow.request().with_issuer_state(&state);
    let (one, other) = (
        flow.agreed(&request, Some("s1")).await,
        flow.agreed(&request, Some("s1")).await,
    );
    flow.redeem(&one).await.assert_ok();
    flow.redeem(&other).await.assert_refused(400, "invalid_grant");
    let late = flow.push(&request.to_form()).await;
    late.assert_refused(400, "invalid_request");
}

/// A code of one issuer is unknown to another one of the platform, and does not end by the attempt.
#[tokio::test]
async fn a_code_is_for_its_own_issuer() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let code = flow.code().await;
    let (_, other) = env.another_partner().await;
    let url = format!(
        "{}/oid4vc/{}/token",
        env.platform.url(),
        other["partnerId"].as_str().unwrap()
    );
    let request = env
        .http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(flow.redemption(&code));
    Answer::of(request).await.assert_refused(400, "invalid_grant");
    flow.redeem(&code).await.assert_ok();
}

/// A platform whose clock the test moves.
async fn timed() -> (TestEnv, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(NOW));
    let now = time.clone();
    let clock = Clock::new(move || UnixTime::from_secs(now.load(Ordering::SeqCst)));
    let platform = start_platform_at(Data::Memory, clock).await;
    (TestEnv::start_on(platform).await, time)
}

#[tokio::test]
async fn request_uris_pages_and_codes_expire() {
    let (env, time) = timed().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let request = flow.request().with_issuer_state(&state);
    let (late, in_time) = (flow.pushed(&request).await, flow.pushed(&request).await);
    let third = flow.pushed(&request).await;
    let query = |uri: &str| [("client_id", CLIENT.to_owned()), ("request_uri", uri.to_owned())];
    let arrive = async |uri: &str| {
        let query = query(uri);
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        flow.arrive(&query).await
    };
    time.fetch_add(89, Ordering::SeqCst);
    let browser = flow.signed_in(&in_time, ADA).await;
    let slow = flow.signed_in(&third, ADA).await;
    time.fetch_add(1, Ordering::SeqCst);
    refused_page(arrive(&late).await, "invalid_request_uri").await;
    // The user who arrived in time has time to read.
    let answer = redirect(&flow.decide(&browser, &in_time, "agree").await);
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    let code = answer.check(Some("s1"), &flow.wallet.issuer).unwrap().to_owned();
    time.fetch_add(60, Ordering::SeqCst);
    let expired = flow.wallet.token_with(flow.redemption(&code), None).await;
    expired.assert_refused(400, "invalid_grant");
    time.fetch_add(539, Ordering::SeqCst);
    assert_eq!(
        flow.decide(&slow, &third, "agree").await.status(),
        StatusCode::GONE
    );
}

/// Where users can't sign in, the issuer offers no authorization code.
#[tokio::test]
async fn a_platform_without_the_wallets_pages_has_no_authorization_endpoint() {
    let mut config = Config::default();
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    config.require_token = true;
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    let flow = CodeFlow::new(&env);
    let url = flow.wallet.issuer.authorization_server_metadata_url();
    let server = env.http.get(url).send().await.unwrap().bytes().await.unwrap();
    let server = AuthorizationServerMetadata::parse(&server, &flow.wallet.issuer).unwrap();
    assert_eq!(server.authorization_endpoint, None);
    assert_eq!(server.pushed_authorization_request_endpoint, None);
    assert!(!server.grant_types.contains(&"authorization_code".to_owned()));
    let answer = flow.push(&flow.request().to_form()).await;
    answer.assert_refused(404, "not_found");
    let form = flow.redemption("c1");
    flow.wallet
        .token_with(form, None)
        .await
        .assert_refused(400, "unsupported_grant_type");
    let mut order = env.order();
    order["signIn"] = true.into();
    let token = env.token(PartnerToken::issue);
    let path = "/sandbox/v1/offers";
    let (status, answer): (_, Value) = env.call(Method::POST, path, Some(&token), Some(&order)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
}
