//! Parts of the platform and its surroundings fail for a while, and nothing is lost.

use std::time::Duration;

use air_api::{
    VcStatus,
    sandbox::{Faults, VerificationStatus},
};
use air_client::Signed;
use air_crypto::{CakContext, CakPrivateKey, Curve};
use serde_json::{Value, json};

use crate::{
    accounts::{Accounts, Document},
    checks,
    events::issue_to,
    users::verified,
    world::World,
};

/// The length of a document in bytes.
const DOCUMENT: usize = 2000;
/// The attempts of a caller.
const ATTEMPTS: usize = 5;

async fn set(world: &World, faults: Value) {
    let faults: Faults = serde_json::from_value(faults).unwrap();
    world.platform().set_faults(faults).await.unwrap();
}

fn count(world: &mut World) {
    world.figures.outages += 1;
}

/// The connection breaks before the answers of issuance.
pub(crate) async fn answers(world: &mut World) {
    let rule = json!({ "path": "/v1/credentials/issue-on-behalf", "kind": "loseAnswer", "times": 2 });
    set(world, json!({ "rules": [rule] })).await;
    let user = world.accounts.new_user();
    issue_to(world, user).await;
    set(world, json!({})).await;
    count(world);
}

/// Stores a sealed document while dStorage answers with 503.
pub(crate) async fn dstorage(world: &mut World) {
    let user = world.accounts.new_user();
    issue_to(world, user).await;
    let hash = world.accounts.credentials.last().unwrap().hash;
    let bytes = sealed();
    let rule = json!({ "path": "/sandbox/v1/dstorage", "kind": "status", "status": 503, "times": 2 });
    set(world, json!({ "rules": [rule] })).await;
    let local = world.client.local();
    let mut stored = None;
    for _ in 0..ATTEMPTS {
        stored = local
            .store_object(Signed, hash, "passport", bytes.clone())
            .await
            .ok();
        if stored.is_some() {
            break;
        }
    }
    let id = stored.expect("dStorage is back").storage_id;
    world.accounts.documents.push(Document { id, bytes });
    set(world, json!({})).await;
    count(world);
}

fn sealed() -> Vec<u8> {
    let (curve, rng) = (Curve::default(), &mut rand::rng());
    let context = CakContext::new(
        "7f01c42c-02cf-4325-96ed-ba034700f724".parse().unwrap(),
        "did:example:issuer".parse().unwrap(),
        "schema".parse().unwrap(),
        curve,
    );
    let key = CakPrivateKey::generate(curve, rng);
    let sealed = key.public_key().seal(&context, b"passport", &[7; DOCUMENT], rng);
    sealed.unwrap()
}

/// Blocks stop for some hours. A credential that is issued meanwhile waits.
pub(crate) async fn chain(world: &mut World) {
    checks::drain(world).await;
    set(world, json!({ "stuckChain": true })).await;
    let user = world.accounts.new_user();
    issue_to(world, user).await;
    let hours = 1 + world.random.below(24);
    world.advance(Duration::from_hours(hours as u64)).await;
    let hash = world.accounts.credentials.last().unwrap().hash;
    let status = world.client.status(Signed, hash).await.unwrap();
    assert_eq!(status.vc_status, VcStatus::WaitOnchain);
    assert_eq!(verified(world, user).await, VerificationStatus::Pending);
    set(world, json!({})).await;
    world.wait_until_anchored(hash).await;
    count(world);
}

/// The mail server is away for less than the time for which a notice is tried.
pub(crate) async fn mail(world: &mut World) {
    world.mailbox.set_down(true);
    let user = world.accounts.new_user();
    issue_to(world, user).await;
    let address = Accounts::email(user).as_str().to_owned();
    assert!(!world.mailbox.has(&address));
    world.mailbox.set_down(false);
    // The longest delay between attempts is an hour.
    world.advance(Duration::from_hours(1)).await;
    world.mailbox.wait_for(&address).await;
    count(world);
}
