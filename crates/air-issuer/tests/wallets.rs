//! A wallet outside AIR receives the issuer's credentials (OpenID4VCI).

use std::collections::HashSet;

use air_oid4vc::vci::ProofKey;
use air_vc::did::{DidJwk, DidKey};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{TestEnv, Wallet, keys, verify, verify_with_status};

#[tokio::test]
async fn an_offered_credential_is_bound_listed_and_revocable() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let created = issuer.offered(&json!({ "txCode": true })).await;
    assert_eq!(created["txCode"].as_str().unwrap().len(), 6);
    assert_eq!(created["expiresAt"], "2027-01-15T08:10:00.000Z");
    let token = wallet.redeem(&created).await;
    let holder = keys(1);
    let response = wallet.request(&token, &holder).await;
    let credentials = response.credentials();
    let [credential] = credentials.as_slice() else {
        panic!("{credentials:?}")
    };

    let verified = verify_with_status(&env, &issuer, credential).await.unwrap();
    assert_eq!(
        Value::Object(verified.subject().clone()),
        json!({"givenName": "Ada", "level": 3})
    );
    let claims = verified.claims();
    let jwk = serde_json::to_value(holder[0].public_jwk()).unwrap();
    assert_eq!(claims["cnf"]["jwk"]["x"], jwk["x"]);
    assert_eq!(
        claims["sub"],
        DidJwk::new(holder[0].verifying_key()).did().as_str()
    );
    assert_eq!(claims["vct"], "https://issuer.example/types/member");
    assert_eq!(claims["exp"].as_u64(), Some(env.now().as_secs() + 90 * 86_400));
    assert!(env.platform.tries().is_empty(), "nothing is uploaded");
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 0);

    let notification = json!({
        "notification_id": response.json()["notification_id"],
        "event": "credential_accepted",
    });
    let notified = wallet.ask("notification", &token, &notification).await;
    assert_eq!(notified.status, 204, "{notified:?}");
    let state = issuer.offer_state(&created).await;
    assert_eq!(state["state"], "issued");
    assert_eq!(state["credentials"], 1);
    assert_eq!(state["notification"], "credential_accepted");

    let history = issuer.history().await;
    assert_eq!(history[0]["holderDid"], claims["sub"]);
    assert_eq!(history[0]["schemaId"], "member");
    issuer.revoke(&history[0]["revocationNonce"]).await;
    let error = verify_with_status(&env, &issuer, credential).await.unwrap_err();
    assert!(error.to_string().contains("revoked"), "{error}");
    let again = wallet.request(&token, &keys(1)).await;
    again.assert_refused(401, "invalid_token");
    // Offered, received, revoked.
    assert_eq!(issuer.service.verify_audit_log().await.unwrap(), Some(3));
}

#[tokio::test]
async fn each_key_of_a_request_gets_a_credential_with_its_own_index() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let refused = wallet.request(&token, &keys(17)).await;
    refused.assert_refused(400, "invalid_credential_request");
    let mut entries = HashSet::new();
    for _ in 0..4 {
        let response = wallet.request(&token, &keys(16)).await;
        for credential in response.credentials() {
            let verified = verify(&env, &issuer, &credential).await;
            let entry = verified.status_reference().unwrap();
            assert!(entries.insert((entry.uri.clone(), entry.index)), "{entry:?}");
        }
    }
    assert_eq!(entries.len(), 64);
    let refused = wallet.request(&token, &keys(1)).await;
    refused.assert_refused(400, "credential_request_denied");
}

#[tokio::test]
async fn the_offer_may_name_the_holder() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let offer = json!({ "holderDID": "did:air:id:test:holder" });
    let token = wallet.redeem(&issuer.offered(&offer).await).await;
    for credential in wallet.request(&token, &keys(2)).await.credentials() {
        let verified = verify(&env, &issuer, &credential).await;
        assert_eq!(verified.claims()["sub"], "did:air:id:test:holder");
    }
}

#[tokio::test]
async fn a_holder_whose_did_has_a_key_proves_this_key() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let holder = keys(1);
    let did = DidKey::new(holder[0].verifying_key()).did().to_string();
    let token = wallet
        .redeem(&issuer.offered(&json!({ "holderDID": did })).await)
        .await;
    let refused = wallet.request(&token, &keys(1)).await;
    refused.assert_refused(400, "credential_request_denied");
    let credentials = wallet.request(&token, &holder).await.credentials();
    let verified = verify(&env, &issuer, &credentials[0]).await;
    assert_eq!(verified.claims()["sub"], did.as_str());
    assert_eq!(issuer.history().await.len(), 1);
}

#[tokio::test]
async fn a_proof_may_name_its_key_by_a_did() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let wallet = Wallet::new(&env, &issuer);
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let holder = keys(1).remove(0);
    let jwk = DidJwk::new(holder.verifying_key()).did().to_string();
    let multikey = DidKey::new(holder.verifying_key()).did().to_string();
    let fragment = multikey.strip_prefix("did:key:").unwrap();
    for url in [format!("{jwk}#0"), format!("{multikey}#{fragment}")] {
        let (nonce, _) = wallet.nonces().await;
        let proof = wallet.key_proof(&holder, &nonce, ProofKey::DidUrl(&url));
        let order = json!({ "credential_configuration_id": "member", "proofs": { "jwt": [proof] } });
        let credentials = wallet.ask("credential", &token, &order).await.credentials();
        let verified = verify(&env, &issuer, &credentials[0]).await;
        let x = serde_json::to_value(holder.public_jwk()).unwrap()["x"].clone();
        assert_eq!(verified.claims()["cnf"]["jwk"]["x"], x, "{url}");
    }
    let (nonce, _) = wallet.nonces().await;
    let proof = wallet.key_proof(&holder, &nonce, ProofKey::DidUrl("did:web:holder.example#0"));
    let order = json!({ "credential_configuration_id": "member", "proofs": { "jwt": [proof] } });
    let refused = wallet.ask("credential", &token, &order).await;
    refused.assert_refused(400, "invalid_proof");
}

#[tokio::test]
async fn claims_decide_whether_a_credential_is_issued() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets_with_broken_claims().await;
    let wallet = Wallet::new(&env, &issuer);
    for (user, status, code) in [
        ("nobody", 400, "credential_request_denied"),
        ("broken", 500, "server_error"),
    ] {
        let token = wallet
            .redeem(&issuer.offered(&json!({ "userId": user })).await)
            .await;
        let refused = wallet.request(&token, &keys(1)).await;
        refused.assert_refused(status, code);
        assert!(!refused.body.contains("No level"), "{refused:?}");
    }
    assert!(issuer.history().await.is_empty());
}

#[tokio::test]
async fn instances_share_offers_tokens_and_nonces() {
    let env = TestEnv::new().await;
    let first = env.start_for_wallets("").await;
    let second = env.start_for_wallets("").await;
    let here = Wallet::new(&env, &first);
    let there = here.at(&second);
    let token = there.redeem(&first.offered(&json!({})).await).await;
    let holder = keys(1);
    // The nonces of one instance are valid at the other, once.
    let order = there.order(&holder).await;
    let credentials = here.ask("credential", &token, &order).await.credentials();
    verify_with_status(&env, &second, &credentials[0]).await.unwrap();
    let again = there.ask("credential", &token, &order).await;
    again.assert_refused(400, "invalid_nonce");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_redeemed_once_by_all_instances() {
    let env = TestEnv::new().await;
    let first = env.start_for_wallets("").await;
    let second = env.start_for_wallets("").await;
    let here = Wallet::new(&env, &first);
    let there = here.at(&second);
    let form = here.form(&first.offered(&json!({})).await).await;
    let calls = (0..8).map(|call| {
        let wallet = if call % 2 == 0 { &here } else { &there };
        wallet.token(form.clone())
    });
    let responses = join_all(calls).await;
    let redeemed = responses.iter().filter(|response| response.status == 200);
    assert_eq!(redeemed.count(), 1, "{responses:?}");
    for refused in responses.iter().filter(|response| response.status != 200) {
        refused.assert_refused(400, "invalid_grant");
    }
}
