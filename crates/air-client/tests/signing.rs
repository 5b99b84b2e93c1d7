//! A client that signs its partner's tokens, against a real platform.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use air_client::{
    AirClient, Auth, EmailAddress, Environment, Error, PollSchedule, Signed, SigningKey,
    api::{CoreClaimHash, VcStatus},
    bulk::{BulkOrder, InputDigest, NdjsonRows, RunOutcome},
    jwt::{Algorithm, Kid, Signer, SignerError},
};
use air_sandbox::TestPlatform;
use serde_json::json;

/// The partner's key in another process, which counts its signatures.
#[derive(Clone)]
struct Remote {
    key: Arc<SigningKey>,
    signatures: Arc<AtomicUsize>,
}

impl Remote {
    fn of(platform: &TestPlatform) -> Self {
        let key = SigningKey::from_text(&platform.key().expose_pkcs8_pem()).unwrap();
        Self {
            key: Arc::new(key.with_kid(platform.key().kid().clone())),
            signatures: Arc::default(),
        }
    }

    fn signatures(&self) -> usize {
        self.signatures.load(Ordering::SeqCst)
    }
}

impl Signer for Remote {
    fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.key.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.signatures.fetch_add(1, Ordering::SeqCst);
        Ok(self.key.sign(message))
    }
}

fn client(platform: &TestPlatform, signer: impl Signer + Send + 'static) -> AirClient {
    AirClient::builder(Environment::at(&platform.url()).unwrap())
        .partner(platform.partner_id().clone())
        .signer(signer)
        .build()
        .unwrap()
}

fn ada() -> EmailAddress {
    "ada@example.com".parse().unwrap()
}

#[tokio::test]
async fn calls_with_the_same_scope_share_a_token_of_a_remote_key() {
    let platform = TestPlatform::start().await.unwrap();
    let remote = Remote::of(&platform);
    let client = client(&platform, remote.clone());
    let order = platform.order("adult", json!({ "isOver18": true })).unwrap();
    let issued = client.issue_on_behalf(&ada(), &order).await.unwrap();
    assert_eq!(remote.signatures(), 1);
    let status = client
        .wait_until_anchored(Signed, issued.core_claim_hash, PollSchedule::local())
        .await
        .unwrap();
    assert_eq!(status.vc_status, VcStatus::Onchain);
    client
        .local()
        .login(Signed, &"ada@example.com".parse().unwrap())
        .await
        .unwrap();
    client
        .local()
        .revoke(Signed, issued.core_claim_hash)
        .await
        .unwrap();
    assert_eq!(remote.signatures(), 2, "one more, of the scope `issue`");
    client
        .initialize_verification(Signed, platform.issuer_did())
        .await
        .unwrap();
    assert_eq!(remote.signatures(), 3, "one more, of the scope `verify`");
    let events = client.local().with_partner_token(Auth::as_verifier());
    assert!(
        !events
            .events(&serde_json::from_value(json!({})).unwrap())
            .await
            .unwrap()
            .events
            .is_empty()
    );
    assert_eq!(remote.signatures(), 3);
}

#[tokio::test]
async fn the_recipient_of_the_token_is_the_recipient_of_the_call() {
    let platform = TestPlatform::start().await.unwrap();
    let client = client(&platform, Remote::of(&platform));
    let order = platform.order("adult", json!({ "isOver18": true })).unwrap();
    let first = client.issue_on_behalf(&ada(), &order).await.unwrap();
    let other: EmailAddress = "bo@example.com".parse().unwrap();
    let second = client.issue_on_behalf(&other, &order).await.unwrap();
    assert_ne!(first.user_uuid, second.user_uuid);
    let again = client.issue_on_behalf(&ada(), &order).await.unwrap();
    assert_eq!(again.user_uuid, first.user_uuid);
}

#[tokio::test]
async fn a_bulk_run_signs_with_the_clients_key() {
    let platform = TestPlatform::start().await.unwrap();
    let client = client(&platform, Remote::of(&platform));
    let input = r#"{"email":"ada@example.com","credentialSubject":{"isOver18":true}}"#;
    let order = BulkOrder::new(
        platform.issuer_did().clone(),
        platform.program("adult").unwrap().clone(),
    );
    let bulk = client.bulk(order.clone());
    let folder = tempfile::tempdir().unwrap();
    let digest = InputDigest::of(input.as_bytes()).unwrap();
    let mut journal = bulk.begin(&folder.path().join("journal"), digest).unwrap();
    let rows = || NdjsonRows::new(input.as_bytes());
    let ended = bulk.run_signed(&mut journal, rows(), std::future::pending(), |_| ());
    assert!(matches!(ended.await, Ok(RunOutcome::Complete)));
    assert_eq!(journal.summary().issued, 1);

    let unsigned = AirClient::at(&platform.url()).unwrap().bulk(order);
    let ended = unsigned.run_signed(&mut journal, rows(), std::future::pending(), |_| ());
    assert!(matches!(ended.await, Ok(RunOutcome::Failed(Error::NoSigningKey))));
}

#[tokio::test]
async fn what_can_not_be_signed_is_not_sent() {
    let hash = CoreClaimHash::from_bytes([7; 32]);
    let nowhere = AirClient::at("http://127.0.0.1:9").unwrap();
    let refused = nowhere.status(Signed, hash).await;
    assert!(matches!(refused, Err(Error::NoSigningKey)), "{refused:?}");
    let refused = nowhere.status("ada@example.com", hash).await.unwrap_err();
    assert!(matches!(refused, Error::NotAToken), "{refused:?}");
    assert!(!format!("{refused} {refused:?}").contains("ada@"));

    let builder = || AirClient::builder(Environment::Local);
    let key = SigningKey::generate(&mut rand::rng());
    let no_partner = builder().signing_key(key).build();
    assert!(matches!(no_partner, Err(Error::NoPartner)), "{no_partner:?}");
    let partner = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11".parse().unwrap();
    let no_key = builder().partner(partner).build();
    assert!(matches!(no_key, Err(Error::NoSigningKey)), "{no_key:?}");
}

#[tokio::test]
async fn a_call_of_the_local_platform_is_not_sent_to_a_hosted_one() {
    for environment in [Environment::Sandbox, Environment::Production] {
        let client = AirClient::builder(environment).build().unwrap();
        let local = client.local();
        let refused = [
            local.faults().await.map(drop),
            local
                .login("token", &"ada@example.com".parse().unwrap())
                .await
                .map(drop),
            local.rotate_callback_secret("token").await.map(drop),
            local.ledger_head().await.map(drop),
        ];
        for refused in refused {
            assert!(matches!(refused, Err(Error::LocalOnly { .. })), "{refused:?}");
        }
        let mut events = local.follow_events(0, None);
        let refused = events.next().await;
        assert!(matches!(refused, Err(Error::LocalOnly { .. })), "{refused:?}");
    }
}
