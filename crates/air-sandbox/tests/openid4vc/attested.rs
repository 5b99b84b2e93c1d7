//! Wallets that authenticate by a wallet provider's attestation (HAIP 1.0, section 4.4), in the
//! authorization code flow.

use std::sync::Arc;

use air_jwt::{
    SigningKey,
    client_attestation::Pop,
    jws::{self, X5c},
};
use air_oid4vc::oauth::{AuthorizationAnswer, AuthorizationRequest, CodeRequest, RefreshRequest, Requested};
use air_sandbox::{Clock, Config, Platform, UnixTime};
use air_x509::Anchors;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    code_flow::{ADA, CLIENT, CodeFlow, REDIRECT, redirect},
    wallet::{Answer, Wallet},
};
use crate::support::{NOW, TestEnv};

/// A wallet provider: its authority, and the key that signs attestations.
pub(super) struct Provider {
    pub(super) authority: String,
    /// Another certificate of the same authority.
    renewed: String,
    pub(super) key: SigningKey,
    pub(super) x5c: X5c,
}

impl Provider {
    pub(super) fn new() -> Self {
        let params = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.not_before = date_time_ymd(2026, 1, 1);
            params.not_after = date_time_ymd(2036, 1, 1);
            params
        };
        let mut authority = params("Wallet provider authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority_key = KeyPair::generate().unwrap();
        let certificate = authority.self_signed(&authority_key).unwrap();
        authority.not_after = date_time_ymd(2037, 1, 1);
        let renewed = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let leaf_key = KeyPair::generate().unwrap();
        let mut leaf = params("Wallet provider");
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let leaf = leaf.signed_by(&leaf_key, &issuer).unwrap();
        Self {
            authority: certificate.pem(),
            renewed: renewed.pem(),
            key: SigningKey::from_pem(&leaf_key.serialize_pem()).unwrap(),
            x5c: X5c::new(leaf.der(), []),
        }
    }

    fn attest(&self, client_id: &str, instance: &SigningKey, expires_at: u64) -> String {
        let claims = json!({
            "sub": client_id, "iat": NOW - 60, "exp": expires_at, "cnf": { "jwk": instance.public_jwk() },
        });
        jws::sign_x5c(
            &self.key,
            "oauth-client-attestation+jwt",
            Some(&self.x5c),
            &claims,
        )
    }

    pub(super) fn anchors(&self) -> Arc<Anchors> {
        Arc::new(Anchors::from_pem(self.authority.as_bytes()).unwrap())
    }

    /// A platform that trusts this provider.
    pub(super) async fn test_env(&self) -> TestEnv {
        let mut config = Config::default();
        config.clock = Clock::new(|| UnixTime::from_secs(NOW));
        config.wallet_providers = Some(self.anchors());
        TestEnv::start_on(Platform::start(config).await.unwrap()).await
    }
}

/// Sends a form with an attestation and a proof.
async fn send(flow: &CodeFlow<'_>, endpoint: &str, form: &str, attestation: &str, pop: &str) -> Answer {
    let request = flow.wallet.env.http.post(flow.wallet.url(endpoint));
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("oauth-client-attestation", attestation)
        .header("oauth-client-attestation-pop", pop);
    Answer::of(request.body(form.to_owned())).await
}

#[tokio::test]
async fn an_attested_wallet_receives_and_any_other_one_is_refused() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let flow = CodeFlow::new(&env);
    let server = flow.wallet.issuer.authorization_server_metadata_url();
    let server: Value = env.http.get(server).send().await.unwrap().json().await.unwrap();
    let methods = server["token_endpoint_auth_methods_supported"]
        .as_array()
        .unwrap();
    assert!(methods.contains(&json!("attest_jwt_client_auth")), "{server}");
    assert!(server["client_attestation_signing_alg_values_supported"].is_array());

    let instance = SigningKey::generate(&mut rand::rng());
    let issuer = flow.wallet.issuer.as_str();
    let pop = || Pop::new(issuer).sign(&instance, UnixTime::from_secs(NOW), &mut rand::rng());
    let attestation = provider.attest(CLIENT, &instance, NOW + 3600);
    let (_, state) = flow.offered().await;
    let form = flow.request().with_issuer_state(&state).to_form();
    let invalid = "invalid_client_attestation";

    flow.push(&form).await.assert_refused(400, invalid);
    let other = Provider::new();
    let stranger = other.attest(CLIENT, &instance, NOW + 3600);
    let forged = format!("{}.{}", attestation.rsplit_once('.').unwrap().0, "A".repeat(86));
    let without_chain = jws::sign(
        &provider.key,
        "oauth-client-attestation+jwt",
        &json!({ "sub": CLIENT, "exp": NOW + 3600, "cnf": { "jwk": instance.public_jwk() } }),
    );
    let expired = provider.attest(CLIENT, &instance, NOW - 600);
    let without_client = jws::sign_x5c(
        &provider.key,
        "oauth-client-attestation+jwt",
        Some(&provider.x5c),
        &json!({ "exp": NOW + 3600, "cnf": { "jwk": instance.public_jwk() } }),
    );
    for attestation in [
        &stranger,
        &forged,
        &without_chain,
        &without_client,
        &expired,
        "",
        "a.b.c",
    ] {
        let answer = send(&flow, "par", &form, attestation, &pop()).await;
        answer.assert_refused(400, invalid);
    }
    let elsewhere =
        Pop::new("https://other.example").sign(&instance, UnixTime::from_secs(NOW), &mut rand::rng());
    let old = Pop::new(issuer).sign(&instance, UnixTime::from_secs(NOW - 3600), &mut rand::rng());
    let foreign = Pop::new(issuer).sign(&provider.key, UnixTime::from_secs(NOW), &mut rand::rng());
    for pop in [&elsewhere, &old, &foreign, ""] {
        let answer = send(&flow, "par", &form, &attestation, pop).await;
        answer.assert_refused(400, invalid);
    }
    let requested = Requested::scope(flow.program());
    let named = AuthorizationRequest::new("https://evil.example", REDIRECT, requested, &flow.verifier);
    let answer = send(&flow, "par", &named.to_form(), &attestation, &pop()).await;
    answer.assert_refused(400, "invalid_client");

    let once = pop();
    let answer = send(&flow, "par", &form, &attestation, &once).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let again = send(&flow, "par", &form, &attestation, &once).await;
    again.assert_refused(400, invalid);

    let request_uri = answer.text("request_uri");
    let browser = flow.signed_in(&request_uri, ADA).await;
    let answer = redirect(&flow.decide(&browser, &request_uri, "agree").await);
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    let code = answer.check(Some("s1"), &flow.wallet.issuer).unwrap();
    // Without an attestation, the code is not even looked up.
    flow.redeem(code).await.assert_refused(400, invalid);
    let token = send(&flow, "token", &flow.redemption(code), &attestation, &pop()).await;
    token.assert_ok();

    // A pre-authorized code needs no client.
    let created = flow.wallet.offered(json!({})).await;
    flow.wallet.redeem(&created).await;
}

/// A challenge is optional: a proof without one is recent, and is accepted once.
#[tokio::test]
async fn the_challenge_of_a_proof_is_one_of_the_server() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let flow = CodeFlow::new(&env);
    let server = flow.wallet.issuer.authorization_server_metadata_url();
    let server: Value = env.http.get(server).send().await.unwrap().json().await.unwrap();
    let endpoint = flow.wallet.url("challenge");
    assert_eq!(server["challenge_endpoint"], endpoint, "{server}");
    let answer = Answer::of(env.http.post(&endpoint)).await;
    answer.assert_ok();
    assert_eq!(answer.headers["cache-control"], "no-store");
    let challenge = answer.text("attestation_challenge");

    let instance = SigningKey::generate(&mut rand::rng());
    let attestation = provider.attest(CLIENT, &instance, NOW + 3600);
    let issuer = flow.wallet.issuer.as_str();
    let pop = |challenge: &str| {
        let pop = Pop::new(issuer).with_challenge(challenge);
        pop.sign(&instance, UnixTime::from_secs(NOW), &mut rand::rng())
    };
    let form = flow.request().to_form();
    let (c_nonce, dpop_nonce) = flow.wallet.nonces().await;
    let mut next = String::new();
    for wrong in ["junk", &c_nonce, &dpop_nonce] {
        let answer = send(&flow, "par", &form, &attestation, &pop(wrong)).await;
        answer.assert_refused(400, "use_attestation_challenge");
        let header = &answer.headers["oauth-client-attestation-challenge"];
        next = header.to_str().unwrap().to_owned();
    }
    assert_ne!(next, challenge);
    for challenge in [&challenge, &next] {
        let answer = send(&flow, "par", &form, &attestation, &pop(challenge)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }

    let public = TestEnv::start().await;
    let wallet = Wallet::new(&public);
    let answer = Answer::of(public.http.post(wallet.url("challenge"))).await;
    answer.assert_refused(404, "not_found");
}

/// FAPI2 `EnsureAuthorizationCodeIsBoundToClient`, with two attested clients.
#[tokio::test]
async fn a_code_is_bound_to_the_attested_client() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let flow = CodeFlow::new(&env);
    let issuer = flow.wallet.issuer.as_str();
    let [one, other] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let pop = |key: &SigningKey| Pop::new(issuer).sign(key, UnixTime::from_secs(NOW), &mut rand::rng());
    let attestation = provider.attest(CLIENT, &one, NOW + 3600);
    let (_, state) = flow.offered().await;
    let form = flow.request().with_issuer_state(&state).to_form();
    let pushed = send(&flow, "par", &form, &attestation, &pop(&one)).await;
    let request_uri = pushed.text("request_uri");
    let browser = flow.signed_in(&request_uri, ADA).await;
    let answer = redirect(&flow.decide(&browser, &request_uri, "agree").await);
    let answer = AuthorizationAnswer::parse(&answer).unwrap();
    let code = answer.check(Some("s1"), &flow.wallet.issuer).unwrap();
    let evil = "https://evil.example";
    let stolen = CodeRequest::new(code, REDIRECT, evil, flow.verifier.clone()).to_form();
    let evils = provider.attest(evil, &other, NOW + 3600);
    let answer = send(&flow, "token", &stolen, &evils, &pop(&other)).await;
    answer.assert_refused(400, "invalid_grant");
}

/// The first token has no client, so the wallet may authenticate itself when it replaces the token.
#[tokio::test]
async fn an_attested_wallet_refreshes_a_token_for_a_pre_authorized_code() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let wallet = Wallet::new(&env);
    let form = wallet.form(&wallet.offered(json!({})).await).await;
    let (_, nonce) = wallet.nonces().await;
    let proof = wallet.proof("token", Some(&nonce), None);
    let first = wallet.token_with(form, Some(&proof)).await;
    first.assert_ok();
    let instance = SigningKey::generate(&mut rand::rng());
    let attestation = provider.attest(CLIENT, &instance, NOW + 3600);
    let pop = Pop::new(wallet.issuer.as_str()).sign(&instance, UnixTime::from_secs(NOW), &mut rand::rng());
    let (_, nonce) = wallet.nonces().await;
    let form = RefreshRequest::new(&first.text("refresh_token"), CLIENT).to_form();
    let request = env
        .http
        .post(wallet.url("token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("oauth-client-attestation", attestation)
        .header("oauth-client-attestation-pop", pop)
        .header("dpop", wallet.proof("token", Some(&nonce), None));
    let second = Answer::of(request.body(form)).await;
    second.assert_ok();
    assert_eq!(second.body["token_type"], "DPoP");
}

/// Under the same authority, also with a renewed certificate, the certified key of any wallet could
/// attest others.
#[tokio::test]
async fn a_platform_does_not_start_with_one_authority_for_providers_and_keys() {
    let (provider, other) = (Provider::new(), Provider::new());
    let anchors = |pem: &str| Some(Arc::new(Anchors::from_pem(pem.as_bytes()).unwrap()));
    assert_ne!(provider.renewed, provider.authority);
    for (keys, is_shared) in [
        (&provider.authority, true),
        (&provider.renewed, true),
        (&other.authority, false),
    ] {
        let mut config = Config::default();
        config.wallet_providers = Some(provider.anchors());
        config.wallet_key_authorities = anchors(keys);
        let started = Platform::start(config).await;
        let is_refused = matches!(started, Err(air_sandbox::Error::SharedWalletAuthority));
        assert_eq!(is_refused, is_shared);
        if let Ok(platform) = started {
            platform.stop().await.unwrap();
        }
    }
}
