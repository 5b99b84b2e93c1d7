//! The metadata for wallets when the next key signs credentials.

use air_jwt::{JwkSet, RsaSize, SigningKey, jws::Unverified};
use air_oid4vc::vci::IssuerMetadata;
use serde_json::{Value, json};

use crate::support::{Issuer, TestEnv, Wallet, keys, verify};

/// `new.pem` signs an hour after the start of the test.
const ROTATED: &str =
    "credentials = [{ file = \"old.pem\" }, { file = \"new.pem\", signs-from = \"2027-01-15T09:00:00Z\" }]";

async fn start(env: &TestEnv, next: &SigningKey) -> Issuer {
    let old = SigningKey::generate(&mut rand::rng());
    for (name, key) in [("old.pem", &old), ("new.pem", next)] {
        std::fs::write(env.path().join(name), key.expose_pkcs8_pem().as_bytes()).unwrap();
    }
    env.start_for_wallets_with_keys(&[], ROTATED).await
}

/// The signed metadata, whose key is published.
async fn signed(env: &TestEnv, wallet: &Wallet<'_>) -> (String, IssuerMetadata) {
    let response = wallet.signed_metadata().await;
    assert_eq!(response.status, 200, "{response:?}");
    let published = wallet.issuer.get("/.well-known/jwt-vc-issuer").await.json();
    let set = JwkSet::from_slice(published["jwks"].to_string().as_bytes()).unwrap();
    let unverified = Unverified::parse(&response.body, 1 << 20).unwrap();
    let kid = unverified.header()["kid"].as_str().unwrap();
    let kid = kid.strip_prefix("did:web:issuer.example#").unwrap();
    let key = set.find(kid).unwrap();
    let read = IssuerMetadata::verify(&response.body, key, &wallet.id, env.now(), 0).unwrap();
    (kid.to_owned(), read)
}

/// The algorithms of credentials in plain metadata.
async fn algorithms(wallet: &Wallet<'_>) -> Value {
    let url = wallet.id.metadata_url();
    let path = url.strip_prefix("https://issuer.example").unwrap();
    let metadata = wallet.issuer.get(path).await.json();
    let member = &metadata["credential_configurations_supported"]["member"];
    member["credential_signing_alg_values_supported"].clone()
}

#[tokio::test]
async fn the_metadata_names_the_algorithm_of_the_key_that_signs() {
    let env = TestEnv::new().await;
    let next = SigningKey::generate_rs256(RsaSize::Bits2048, &mut rand::rng());
    let issuer = start(&env, &next).await;
    let wallet = Wallet::new(&env, &issuer);
    env.pass(3_599);
    let (first, _) = signed(&env, &wallet).await;
    assert_eq!(algorithms(&wallet).await, json!(["ES256"]));
    env.pass(1);
    assert_eq!(algorithms(&wallet).await, json!(["RS256"]));
    let (second, read) = signed(&env, &wallet).await;
    assert_ne!(second, first);
    assert_eq!(second, next.kid().as_str());
    let member = &read.configurations["member"].other;
    assert_eq!(
        member["credential_signing_alg_values_supported"],
        json!(["RS256"])
    );
    let token = wallet.redeem(&issuer.offered(&json!({})).await).await;
    let credentials = wallet.request(&token, &keys(1)).await.credentials();
    verify(&env, &issuer, &credentials[0]).await;
}

#[tokio::test]
async fn the_metadata_is_signed_again_by_the_next_key() {
    let env = TestEnv::new().await;
    let next = SigningKey::generate(&mut rand::rng());
    let issuer = start(&env, &next).await;
    let wallet = Wallet::new(&env, &issuer);
    let (first, _) = signed(&env, &wallet).await;
    env.pass(3_599);
    assert_eq!(signed(&env, &wallet).await.0, first);
    env.pass(1);
    let (second, _) = signed(&env, &wallet).await;
    assert_eq!(second, next.kid().as_str());
}
