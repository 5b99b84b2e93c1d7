//! Tokens cross between the two worlds.

use air_jwt::{JwkSet, SigningKey, jws::Unverified};
use air_ssi::jose::{TokenKey, TokenKeys};
use serde_json::json;
use ssi::claims::{
    JwsPayload, ProofValidationError,
    jws::{JwsBuf, JwsSigner},
};

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(&mut rand::rng()).with_kid(kid.parse().unwrap())
}

#[tokio::test]
async fn the_library_signs_with_our_key_and_we_verify() {
    let key = key("key-1");
    let keys = JwkSet::from(key.public_jwk());
    let token = json!({ "amount": 12 }).sign(TokenKey::new(key)).await.unwrap();
    let claims = Unverified::parse(token.as_str(), 4096)
        .unwrap()
        .verify(&keys)
        .unwrap();
    assert_eq!(claims["amount"], 12);
}

#[tokio::test]
async fn we_sign_and_the_library_verifies_with_our_set() {
    let (signer, other) = (key("key-1"), key("key-2"));
    let token = air_jwt::jws::sign(&signer, "JWT", &json!({ "amount": 12 }));
    let token = JwsBuf::new(token).unwrap();
    let both = JwkSet::new([other.public_jwk(), signer.public_jwk()]).unwrap();
    assert!(token.verify(TokenKeys::new(both)).await.unwrap().is_ok());
    let wrong = JwkSet::from(other.public_jwk());
    assert!(matches!(
        token.verify(TokenKeys::new(wrong)).await,
        Err(ProofValidationError::UnknownKey)
    ));
    let foreign = JwkSet::from(key("key-1").public_jwk());
    let refused = token.verify(TokenKeys::new(foreign)).await;
    assert!(!matches!(refused, Ok(Ok(()))));
}

#[tokio::test]
async fn a_set_of_several_keys_needs_a_name() {
    use ssi::jwk::JWKResolver;

    let (one, two) = (key("key-1"), key("key-2"));
    let keys =
        |of: &[&SigningKey]| TokenKeys::new(JwkSet::new(of.iter().map(|key| key.public_jwk())).unwrap());
    assert!(keys(&[&one]).fetch_public_jwk(None).await.is_ok());
    assert!(matches!(
        keys(&[&one, &two]).fetch_public_jwk(None).await,
        Err(ProofValidationError::AmbiguousPublicKey)
    ));
    let info = TokenKey::new(one).fetch_info().await.unwrap();
    assert_eq!(info.kid.as_deref(), Some("key-1"));
}
