//! Key attestations and certificates in credential requests (OpenID4VCI 1.0, appendices D and F).

use air_jwt::{Jwk, SigningKey};
use air_oid4vc::vci::{KeyAttestationOptions, ProofKey, ProofOptions, prove, prove_attested};
use air_sandbox::{Clock, Config, Platform, UnixTime};
use air_vc::Inspection;
use serde_json::{Value, json};

use super::{
    attested::Provider,
    wallet::{Answer, Wallet, keys},
};
use crate::support::{NOW, TestEnv};

/// The claims of an attestation of these keys.
fn claims(keys: &[SigningKey], nonce: &str) -> KeyAttestationOptions {
    KeyAttestationOptions {
        keys: keys.iter().map(SigningKey::public_jwk).collect(),
        issued_at: UnixTime::from_secs(NOW),
        expires_at: Some(UnixTime::from_secs(NOW + 60)),
        nonce: Some(nonce.to_owned()),
        ..KeyAttestationOptions::default()
    }
}

fn options<'a>(wallet: &'a Wallet<'_>, nonce: &'a str, key: ProofKey<'a>) -> ProofOptions<'a> {
    ProofOptions {
        issuer: &wallet.issuer,
        now: UnixTime::from_secs(NOW),
        nonce: Some(nonce),
        client_id: None,
        key,
    }
}

async fn request(wallet: &Wallet<'_>, token: &str, kind: &str, proofs: &[String]) -> Answer {
    let order = json!({
        "credential_configuration_id": wallet.env.ids["programs"]["adult"], "proofs": { kind: proofs },
    });
    wallet.request(token, &order).await
}

/// Checks that there is a credential for each key, in this order.
#[track_caller]
fn assert_bound(answer: &Answer, keys: &[SigningKey]) {
    answer.assert_ok();
    let credentials = answer.body["credentials"].as_array().unwrap();
    assert_eq!(credentials.len(), keys.len());
    for (credential, key) in credentials.iter().zip(keys) {
        let text = credential["credential"].as_str().unwrap();
        let claims = Inspection::of(text).unwrap().claims;
        let bound = Jwk::from_slice(claims["cnf"]["jwk"].to_string().as_bytes()).unwrap();
        assert_eq!(bound.thumbprint(), key.public_jwk().thumbprint());
    }
}

async fn proof_types(wallet: &Wallet<'_>) -> Value {
    let response = wallet.env.http.get(wallet.issuer.metadata_url()).send().await;
    let metadata: Value = response.unwrap().json().await.unwrap();
    let program = wallet.env.ids["programs"]["adult"].as_str().unwrap();
    metadata["credential_configurations_supported"][program]["proof_types_supported"].clone()
}

/// OpenID4VCI 1.0, F.1: `iss` is the client of the access token, and is absent if the client was anonymous.
#[tokio::test]
async fn the_issuer_of_a_proof_is_the_client_of_a_pre_authorized_code() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    for (client, iss, is_accepted) in [
        (Some("a-wallet"), Some("a-wallet"), true),
        (Some("a-wallet"), None, true),
        (Some("a-wallet"), Some("another"), false),
        (None, Some("a-wallet"), false),
    ] {
        let mut form = wallet.form(&wallet.offered(json!({})).await).await;
        if let Some(client) = client {
            form.push_str("&client_id=");
            form.push_str(client);
        }
        let (nonce, dpop_nonce) = wallet.nonces().await;
        let proof = wallet.proof("token", Some(&dpop_nonce), None);
        let token = wallet.token_with(form, Some(&proof)).await.text("access_token");
        let key = keys(1).remove(0);
        let options = ProofOptions {
            client_id: iss,
            ..options(&wallet, &nonce, ProofKey::Jwk)
        };
        let answer = request(&wallet, &token, "jwt", &[prove(&key, &options)]).await;
        if is_accepted {
            assert_bound(&answer, &[key]);
        } else {
            answer.assert_refused(400, "invalid_proof");
        }
    }
}

#[tokio::test]
async fn the_metadata_lists_attestations_only_if_the_issuer_trusts_wallet_providers() {
    let signed = json!({ "proof_signing_alg_values_supported": ["ES256", "RS256"] });
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    assert_eq!(proof_types(&wallet).await, json!({ "jwt": signed }));
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let (nonce, _) = wallet.nonces().await;
    let provider = Provider::new();
    let attestation = claims(&keys(1), &nonce).sign(&provider.key, Some(&provider.x5c));
    let answer = request(&wallet, &token, "attestation", &[attestation]).await;
    answer.assert_refused(400, "invalid_proof");

    let env = provider.test_env().await;
    let wallet = Wallet::new(&env);
    let attested = json!({
        "proof_signing_alg_values_supported": ["ES256", "RS256"], "key_attestations_required": {},
    });
    let expected = json!({ "jwt": signed, "attestation": attested });
    assert_eq!(proof_types(&wallet).await, expected);
    wallet.metadata().await.check_as_issuer().unwrap();
}

#[tokio::test]
async fn an_attestation_proves_all_its_keys() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let wallet = Wallet::new(&env);
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let held = keys(3);
    let (nonce, _) = wallet.nonces().await;
    let attestation = claims(&held, &nonce).sign(&provider.key, Some(&provider.x5c));
    let answer = request(&wallet, &token, "attestation", std::slice::from_ref(&attestation)).await;
    assert_bound(&answer, &held);
    let again = request(&wallet, &token, "attestation", &[attestation]).await;
    again.assert_refused(400, "invalid_nonce");

    // A plain proof is accepted beside it.
    let (nonce, _) = wallet.nonces().await;
    let plain = wallet.request(&token, &wallet.order(&held[..1], &nonce)).await;
    assert_bound(&plain, &held[..1]);
}

#[tokio::test]
async fn an_attestation_that_breaks_a_rule_is_refused() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let wallet = Wallet::new(&env);
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let held = keys(2);
    let (nonce, _) = wallet.nonces().await;
    let valid = claims(&held, &nonce);
    let sign = |claims: &KeyAttestationOptions| claims.sign(&provider.key, Some(&provider.x5c));
    let other = Provider::new();
    let expired = KeyAttestationOptions {
        expires_at: Some(UnixTime::from_secs(NOW - 600)),
        ..valid.clone()
    };
    let without_nonce = KeyAttestationOptions {
        nonce: None,
        ..valid.clone()
    };
    let foreign_nonce = claims(&held, "another");
    let many = claims(&keys(33), &nonce);
    for (attestation, code) in [
        (valid.sign(&other.key, Some(&other.x5c)), "invalid_proof"),
        (valid.sign(&other.key, Some(&provider.x5c)), "invalid_proof"),
        (valid.sign(&provider.key, None), "invalid_proof"),
        (sign(&expired), "invalid_proof"),
        (sign(&without_nonce), "invalid_proof"),
        (sign(&many), "invalid_credential_request"),
        (sign(&foreign_nonce), "invalid_nonce"),
    ] {
        let answer = request(&wallet, &token, "attestation", &[attestation]).await;
        answer.assert_refused(400, code);
    }
    // Nothing was used up.
    let answer = request(&wallet, &token, "attestation", &[sign(&valid)]).await;
    assert_bound(&answer, &held);
}

#[tokio::test]
async fn a_signed_proof_may_have_an_attestation_of_its_key() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let wallet = Wallet::new(&env);
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let held = keys(2);
    let (nonce, _) = wallet.nonces().await;
    let attestation = claims(&held, &nonce);
    let signed = attestation.sign(&provider.key, Some(&provider.x5c));
    let proved = |key: &SigningKey, attestation: &str| {
        prove_attested(key, &options(&wallet, &nonce, ProofKey::Jwk), attestation)
    };
    let foreign = Provider::new();
    let unattested = keys(1);
    let without_end = KeyAttestationOptions {
        expires_at: None,
        ..attestation.clone()
    };
    for jwt in [
        proved(&held[0], &attestation.sign(&foreign.key, Some(&foreign.x5c))),
        proved(&unattested[0], &signed),
        proved(&held[0], &without_end.sign(&provider.key, Some(&provider.x5c))),
        proved(&held[0], "a.b.c"),
    ] {
        let answer = request(&wallet, &token, "jwt", &[jwt]).await;
        answer.assert_refused(400, "invalid_proof");
    }
    // The second attested key signed the proof, and each attested key gets a credential.
    let answer = request(&wallet, &token, "jwt", &[proved(&held[1], &signed)]).await;
    assert_bound(&answer, &held);
}

#[tokio::test]
async fn a_proof_may_name_its_key_by_a_trusted_certificate() {
    let authority = Provider::new();
    let mut config = Config::default();
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    config.wallet_key_authorities = Some(authority.anchors());
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    let wallet = Wallet::new(&env);
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let (nonce, _) = wallet.nonces().await;
    let foreign = Provider::new();
    let proved = |key: &SigningKey, from: &Provider| {
        prove(key, &options(&wallet, &nonce, ProofKey::Certificates(&from.x5c)))
    };
    for jwt in [proved(&foreign.key, &foreign), proved(&foreign.key, &authority)] {
        let answer = request(&wallet, &token, "jwt", &[jwt]).await;
        answer.assert_refused(400, "invalid_proof");
    }
    let answer = request(&wallet, &token, "jwt", &[proved(&authority.key, &authority)]).await;
    assert_bound(&answer, std::slice::from_ref(&authority.key));
}

/// The key of a wallet must not attest, and the authority of providers certifies no keys of wallets.
#[tokio::test]
async fn a_certificate_of_a_wallet_provider_is_not_one_of_a_wallets_key() {
    let provider = Provider::new();
    let env = provider.test_env().await;
    let wallet = Wallet::new(&env);
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let (nonce, _) = wallet.nonces().await;
    let key = ProofKey::Certificates(&provider.x5c);
    let jwt = prove(&provider.key, &options(&wallet, &nonce, key));
    let answer = request(&wallet, &token, "jwt", &[jwt]).await;
    answer.assert_refused(400, "invalid_proof");
}
