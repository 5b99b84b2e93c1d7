//! Users who log in, and the verifications of their credentials.

use air_api::sandbox::{ConsentDecision, VerificationStatus};
use air_client::{AirClient, Holder, RootSecret, Signed, VerifyCredential};

use crate::{
    accounts::{Accounts, Expected},
    world::World,
};

pub(crate) async fn log_in(client: &AirClient, user: usize) -> Holder<'_> {
    let local = client.local();
    let session = local.login(Signed, &Accounts::email(user)).await.unwrap();
    local.holder(session, RootSecret::from_seed(&[1; 32]).unwrap())
}

/// Verifies a user's credential. Each entry of the ledger is in a block.
pub(crate) async fn verify_user(world: &mut World, user: usize) {
    let expected = world.accounts.expected(user, world.now().await);
    let found = verified(world, user).await;
    let found = match found {
        VerificationStatus::Compliant => Expected::Compliant,
        VerificationStatus::Expired => Expected::Expired,
        VerificationStatus::Revoked => Expected::Revoked,
        VerificationStatus::NotFound => Expected::NotFound,
        other => panic!("{user}: {other:?}"),
    };
    assert_eq!(found, expected, "the status of {user}");
    world.accounts.compliant += usize::from(found == Expected::Compliant);
    world.figures.verified += 1;
}

/// The result of a verification with the user's consent.
pub(crate) async fn verified(world: &World, user: usize) -> VerificationStatus {
    let parameters = VerifyCredential {
        auth: Signed.into(),
        program_id: world.partner.ids.verification_programs["adult"].clone(),
    };
    let holder = log_in(&world.client, user).await;
    let verification = holder
        .verify_credential(parameters, |_| ConsentDecision::Agree)
        .await;
    verification.unwrap().status
}
