//! Against a real platform over HTTP: issue, anchor, seal, consent, open.

use air_api::{
    OnDuplicate, VcStatus,
    sandbox::{ConsentDecision, VerificationStatus},
};
use air_client::{Error, IssueCredential, IssuedCredential, PollSchedule, VerifyCredential};
use air_crypto::{Curve, RootSecret};
use air_jwt::PartnerToken;
use serde_json::{Map, Value, json};

use crate::support::TestEnv;

impl TestEnv {
    async fn holder(&self, seed: u8) -> air_client::Holder<'_> {
        let session = self
            .client
            .local()
            .login(
                &self.token(PartnerToken::issue),
                &"ada@example.com".parse().unwrap(),
            )
            .await
            .unwrap();
        self.client
            .local()
            .holder(session, RootSecret::from_seed(&[seed; 32]).unwrap())
    }

    async fn issue(&self, program: &str, age: u32, curve: Curve) -> Result<IssuedCredential, Error> {
        let holder = self.holder(1).await;
        let token = self.token(PartnerToken::issue);
        let parameters = IssueCredential {
            auth: (&token).into(),
            issuer_did: self.ids.issuer_did.clone(),
            credential_id: self.ids.programs[program].clone(),
            credential_subject: Map::from_iter([("age".into(), age.into())]),
            curve,
            on_duplicate: OnDuplicate::Revoke,
        };
        holder.issue_credential(parameters).await
    }

    async fn anchored(&self, issued: &IssuedCredential) {
        let token = self.token(PartnerToken::issue);
        let status = self
            .client
            .wait_until_anchored(&token, issued.core_claim_hash, PollSchedule::local())
            .await
            .unwrap();
        assert_eq!(status.vc_status, VcStatus::Onchain);
    }

    async fn verify(&self, wallet: u8, decision: ConsentDecision) -> Result<air_client::Verification, Error> {
        let token = self.token(PartnerToken::verify);
        let parameters = VerifyCredential {
            auth: (&token).into(),
            program_id: self.ids.verification_programs["adult"].clone(),
        };
        self.holder(wallet)
            .await
            .verify_credential(parameters, |request| {
                assert_eq!(request.verifier, "Zenith");
                assert!(request.asks_for_cak);
                decision
            })
            .await
    }
}

#[tokio::test]
async fn a_document_goes_from_issuer_to_verifier() {
    for curve in [Curve::Secp256r1, Curve::Secp256k1] {
        let env = TestEnv::start().await;
        let issued = env.issue("cak", 21, curve).await.unwrap();
        let (key, context) = (
            issued.cak_public_key.clone().unwrap(),
            issued.cak_context.clone().unwrap(),
        );
        let document = b"a passport";
        let sealed = key
            .seal(&context, b"passport.jpg", document, &mut rand::rng())
            .unwrap();
        let local = env.client.local();
        let issue_token = env.token(PartnerToken::issue);
        let stored = local
            .store_object(&issue_token, issued.core_claim_hash, "passport.jpg", sealed)
            .await
            .unwrap();
        env.anchored(&issued).await;

        // Before the user agrees a verifier gets nothing.
        let verify_token = env.token(PartnerToken::verify);
        let early = local.fetch_object(&verify_token, &stored.storage_id).await;
        assert!(matches!(early, Err(Error::NotFound { .. })), "{early:?}");

        let verification = env.verify(1, ConsentDecision::Agree).await.unwrap();
        assert_eq!(verification.status, VerificationStatus::Compliant);
        let private_key = verification.cak_private_key.unwrap();
        assert_eq!(*private_key.public_key(), key);
        let disclosed = verification.disclosed_data.unwrap().credential_subject;
        assert_eq!(Value::Object(disclosed), json!({ "age": 21 }));
        assert_eq!(verification.documents, std::slice::from_ref(&stored));
        let fetched = local
            .fetch_object(&verify_token, &stored.storage_id)
            .await
            .unwrap();
        let opened = private_key.open(&verification.cak_context.unwrap(), b"passport.jpg", &fetched);
        assert_eq!(opened.unwrap().as_slice(), document);

        let hash = format!(
            "0x{}",
            hex::encode(air_ledger::merkle::leaf_hash(issued.core_claim_hash.as_bytes()))
        );
        let proof = local.transaction(&hash).await.unwrap().proof.unwrap();
        assert!(proof.verifies(issued.core_claim_hash.as_bytes()));
        assert!(!proof.verifies(b"another"));
        let transaction = verification.transaction_hash.unwrap();
        assert_eq!(
            local.transaction(&transaction).await.unwrap().transaction_hash,
            transaction
        );
    }
}

#[tokio::test]
async fn the_key_is_the_same_each_time() {
    let env = TestEnv::start().await;
    let first = env.issue("cak", 21, Curve::Secp256r1).await.unwrap();
    let second = env.issue("cak", 22, Curve::Secp256r1).await.unwrap();
    assert_eq!(first.cak_public_key, second.cak_public_key);
    assert_ne!(first.core_claim_hash, second.core_claim_hash);
}

#[tokio::test]
async fn without_compliance_encryption_there_is_no_key() {
    let env = TestEnv::start().await;
    let issued = env.issue("plain", 21, Curve::Secp256r1).await.unwrap();
    assert!(issued.cak_public_key.is_none());
    env.anchored(&issued).await;
    let verification = env.verify(1, ConsentDecision::Agree).await.unwrap();
    assert_eq!(verification.status, VerificationStatus::Compliant);
    assert!(verification.cak_private_key.is_none());
}

#[tokio::test]
async fn denied_consent_releases_nothing() {
    let env = TestEnv::start().await;
    let issued = env.issue("cak", 21, Curve::Secp256r1).await.unwrap();
    env.anchored(&issued).await;
    let denied = env.verify(1, ConsentDecision::Deny).await;
    assert!(matches!(denied, Err(Error::ConsentDenied)), "{denied:?}");
}

#[tokio::test]
async fn a_condition_that_does_not_hold_releases_nothing() {
    let env = TestEnv::start().await;
    let issued = env.issue("cak", 17, Curve::Secp256r1).await.unwrap();
    env.anchored(&issued).await;
    let verification = env.verify(1, ConsentDecision::Agree).await.unwrap();
    assert_eq!(verification.status, VerificationStatus::NonCompliant);
    assert!(verification.cak_private_key.is_none() && verification.disclosed_data.is_none());
    assert!(verification.documents.is_empty() && verification.transaction_hash.is_none());
}

#[tokio::test]
async fn a_user_without_a_credential_is_not_found() {
    let env = TestEnv::start().await;
    let verification = env.verify(1, ConsentDecision::Agree).await.unwrap();
    assert_eq!(verification.status, VerificationStatus::NotFound);
}

#[tokio::test]
async fn another_wallet_is_noticed() {
    let env = TestEnv::start().await;
    let issued = env.issue("cak", 21, Curve::Secp256r1).await.unwrap();
    env.anchored(&issued).await;
    let verification = env.verify(2, ConsentDecision::Agree).await;
    assert!(
        matches!(verification, Err(Error::WrongWallet)),
        "{verification:?}"
    );
}

#[tokio::test]
async fn only_sealed_bytes_are_stored() {
    let env = TestEnv::start().await;
    let issued = env.issue("cak", 21, Curve::Secp256r1).await.unwrap();
    let token = env.token(PartnerToken::issue);
    let scan = b"\xff\xd8\xff\xe0 not sealed".to_vec();
    let local = env.client.local();
    let refused = local
        .store_object(&token, issued.core_claim_hash, "scan", scan)
        .await;
    assert!(matches!(refused, Err(Error::Rejected { .. })), "{refused:?}");
}
