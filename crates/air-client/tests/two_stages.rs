//! Against a real platform: a document in two layers. The issuer takes off its own, and the
//! verifier, to whom the user agreed, the rest.

use air_api::{
    CoreClaimHash, OnDuplicate,
    sandbox::{ConsentDecision, DepositPackage, PackageOutcome},
};
use air_client::{Error, IssueCredential, PollSchedule, VerifyCredential};
use air_crypto::{CakPrivateKey, Curve, ManagedContext, RootSecret};
use air_jwt::PartnerToken;
use serde_json::Map;

use crate::support::TestEnv;

const NAME: &str = "passport.jpg";
const DOCUMENT: &[u8] = b"a passport";

#[tokio::test]
async fn the_issuer_opens_its_layer_and_the_verifier_the_users() {
    let env = TestEnv::start().await;
    let (issue, verify) = (env.token(PartnerToken::issue), env.token(PartnerToken::verify));
    let local = env.client.local();
    let session = local
        .login(&issue, &"ada@example.com".parse().unwrap())
        .await
        .unwrap();
    let holder = local.holder(session, RootSecret::from_seed(&[1; 32]).unwrap());
    let parameters = IssueCredential {
        auth: (&issue).into(),
        issuer_did: env.ids.issuer_did.clone(),
        credential_id: env.ids.programs["cak"].clone(),
        credential_subject: Map::from_iter([("age".into(), 21.into())]),
        curve: Curve::Secp256r1,
        on_duplicate: OnDuplicate::Revoke,
    };
    let issued = holder.issue_credential(parameters).await.unwrap();
    let hash: CoreClaimHash = issued.core_claim_hash;

    // Sealed to the user's CAK, and that to a key which the issuer manages.
    let (rng, label) = (&mut rand::rng(), NAME.as_bytes());
    let (cak, context) = (issued.cak_public_key.unwrap(), issued.cak_context.unwrap());
    let inner = cak.seal(&context, label, DOCUMENT, rng).unwrap();
    let managed_key = CakPrivateKey::generate(Curve::Secp256k1, rng);
    let issuer = env.ids.issuer_did.as_str().parse().unwrap();
    let managed = ManagedContext::new(issuer, "vault".parse().unwrap(), Curve::Secp256k1);
    let outer = managed_key
        .public_key()
        .seal(&managed, label, &inner, rng)
        .unwrap();
    let stored = local.store_object(&issue, hash, NAME, outer).await.unwrap();

    env.client
        .wait_until_anchored(&issue, hash, PollSchedule::local())
        .await
        .unwrap();
    let parameters = VerifyCredential {
        auth: (&verify).into(),
        program_id: env.ids.verification_programs["adult"].clone(),
    };
    let verification = holder
        .verify_credential(parameters, |_| ConsentDecision::Agree)
        .await
        .unwrap();
    let key = verification.cak_private_key.unwrap();
    let fetched = local.fetch_object(&verify, &stored.storage_id).await.unwrap();
    assert!(
        key.open(&context, label, &fetched).is_err(),
        "the issuer's layer is still on it"
    );

    // The verifier names the run; the issuer takes its layer off.
    let fetched = local.fetch_object(&issue, &stored.storage_id).await.unwrap();
    let package = managed_key.open(&managed, label, &fetched).unwrap().to_vec();
    let request = DepositPackage {
        verification_id: verification.verification_id,
        name: NAME.to_owned(),
        lifetime: DepositPackage::USUAL,
    };
    let deposited = local
        .deposit_package(&issue, &request, package.clone())
        .await
        .unwrap();
    let received = local.fetch_package(&deposited.url).await.unwrap();
    assert_eq!(received, package);
    assert_eq!(key.open(&context, label, &received).unwrap().as_slice(), DOCUMENT);

    let forged = local.fetch_package(&format!("{}00", deposited.url)).await;
    assert!(matches!(forged, Err(Error::NotAuthorised { .. })), "{forged:?}");
    // A wrong signature is answered before it is recorded.
    let recorded = async {
        loop {
            let log = local.package_log(&verify, &deposited.package_id).await.unwrap();
            let outcomes: Vec<_> = log.accesses.iter().map(|access| access.outcome).collect();
            if outcomes == [PackageOutcome::Granted, PackageOutcome::BadSignature] {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), recorded)
        .await
        .unwrap();
}
