//! Against a real platform: an issuer that signs itself, and a holder who fetches and opens.

use air_api::{IsoTime, ProofType, UserUuid};
use air_client::{Error, SealedCredential};
use air_crypto::holder::{HolderPrivateKey, HolderPublicKey};
use air_jwt::PartnerToken;

use crate::support::{self, TestEnv};

const CREDENTIAL: &[u8] = b"eyJ0eXAiOiJkYytzZC1qd3QifQ.e30.c2ln~";

async fn sealed_for_ada(env: &TestEnv, external_id: &str) -> (SealedCredential, UserUuid) {
    let token = env.token(PartnerToken::issue);
    let user = env
        .client
        .initialize_user(&token, &"ada@example.com".parse().unwrap())
        .await
        .unwrap();
    let key: HolderPublicKey = user.public_key.parse().unwrap();
    let credential = SealedCredential {
        holder_did: user.did,
        proof_type: ProofType::SdJwtVc,
        schema_id: env.ids.schemas["adult"].clone(),
        expires_at: IsoTime::from_unix(air_api::UnixTime::from_secs(support::now() + 3600)),
        envelope: key.seal(CREDENTIAL, &mut rand::rng()).unwrap(),
        external_id: external_id.to_owned(),
    };
    (credential, user.user_id)
}

#[tokio::test]
async fn a_credential_goes_from_issuer_to_holder() {
    let env = TestEnv::start().await;
    let token = env.token(PartnerToken::issue);
    let (credential, user) = sealed_for_ada(&env, "order-1").await;
    let stored = env.client.store_credential(&token, &credential).await.unwrap();
    let again = env.client.store_credential(&token, &credential).await.unwrap();
    assert_eq!(again, stored);
    let (resealed, _) = sealed_for_ada(&env, "order-1").await;
    let refused = env.client.store_credential(&token, &resealed).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");

    let local = env.client.local();
    let session = local
        .login(&token, &"ada@example.com".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(session.user_uuid, user);
    let held = local.held_credentials(&session.session_token).await.unwrap();
    assert_eq!(held.vcs[0].storage_path, stored.storage_path);
    let keys = local.holder_keys(&session.session_token).await.unwrap();
    let key = keys.custodial.unwrap();
    assert_eq!(key.public_key(), keys.public_key);
    let received = local
        .fetch_credential(&session.session_token, &stored.storage_path)
        .await
        .unwrap();
    assert_eq!(received.envelope, credential.envelope);
    assert_eq!(received.schema_id, credential.schema_id);
    assert_eq!(key.open(&received.envelope).unwrap().as_slice(), CREDENTIAL);

    local
        .set_holder_key(&session.session_token, &keys.public_key)
        .await
        .unwrap();
    let keys = local.holder_keys(&session.session_token).await.unwrap();
    assert!(keys.custodial.is_none());
    let own = HolderPrivateKey::generate(&mut rand::rng()).public_key();
    local.set_holder_key(&session.session_token, &own).await.unwrap();
    let (credential, _) = sealed_for_ada(&env, "order-2").await;
    let user = env
        .client
        .initialize_user(&token, &"ada@example.com".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(user.public_key, own.to_string());
    env.client.store_credential(&token, &credential).await.unwrap();

    let stranger = local
        .login(&token, &"bo@example.com".parse().unwrap())
        .await
        .unwrap();
    let refused = local
        .fetch_credential(&stranger.session_token, &stored.storage_path)
        .await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
}
