//! The invariants: nothing acknowledged is lost or doubled, the ledger only grows, and each status is true.

use air_api::{
    CoreClaimHash,
    sandbox::{EventQuery, Transaction},
};
use air_client::{Error, Signed};
use air_jwt::JwkSet;
use air_ledger::merkle;
use air_sandbox::UnixTime;
use air_vc::{
    Verifier,
    status::{Status, StatusListVerifier, VerifiedStatusList},
};

use crate::{
    accounts::{Credential, Document},
    figures::{Sample, resident_bytes},
    platform::{PATIENCE, PUBLIC_URL},
    users::verify_user,
    world::World,
};

/// The number of credentials, users and documents that a check draws.
const DRAWN: usize = 12;
/// The largest event page.
const PAGE: u32 = 500;

/// Waits until each entry of the ledger is in a block. There must be no other entry.
pub(crate) async fn drain(world: &World) {
    let expected = u64::try_from(world.accounts.entries()).unwrap();
    let drained = async {
        loop {
            let size = tree_size(world).await;
            assert!(size <= expected, "{size} entries of {expected} in the ledger");
            if size == expected {
                return;
            }
        }
    };
    let waited = tokio::time::timeout(PATIENCE, drained).await;
    waited.unwrap_or_else(|_| panic!("the ledger has fewer than {expected} entries"));
}

async fn tree_size(world: &World) -> u64 {
    match world.client.local().ledger_head().await {
        Ok(head) => head.tree_size,
        Err(Error::NotFound { .. }) => 0,
        Err(error) => panic!("{error}"),
    }
}

/// Checks the whole, and some of the credentials.
pub(crate) async fn check(world: &mut World) {
    drain(world).await;
    let copy = world.new_path("copy");
    let count = world.storage.credentials(&copy).await;
    assert_eq!(
        count,
        world.accounts.credentials.len(),
        "credentials in the database"
    );
    check_ledger(world).await;
    let lists = status_lists(world).await;
    check_lists(world, &lists).await;
    check_expiries(world).await;
    for _ in 0..DRAWN {
        if let Some(credential) = world.random.choose(&world.accounts.credentials).cloned() {
            check_credential(world, &credential).await;
        }
        if let Some(document) = world.random.choose(&world.accounts.documents) {
            check_document(world, &document.clone()).await;
        }
    }
    world.figures.checks += 1;
}

/// Checks the whole, and each credential.
pub(crate) async fn check_all(world: &mut World) {
    check(world).await;
    for credential in world.accounts.credentials.clone() {
        check_credential(world, &credential).await;
    }
    for document in world.accounts.documents.clone() {
        check_document(world, &document).await;
    }
    let now = world.now().await;
    for user in 1..=world.accounts.users {
        if world.accounts.is_settled(user, now) {
            verify_user(world, user).await;
        }
    }
    drain(world).await;
}

/// The newest block continues each earlier one that is drawn, and no earlier one has changed.
async fn check_ledger(world: &mut World) {
    let local = world.client.local();
    let Ok(head) = local.ledger_head().await else {
        return;
    };
    let heads = &world.accounts.heads;
    let drawn = world.random.choose(heads);
    for known in heads.first().into_iter().chain(heads.last()).chain(drawn) {
        let proof = local.consistency(known.number, head.number).await.unwrap();
        assert_eq!((&proof.from, &proof.to), (known, &head), "a block has changed");
        assert!(proof.verifies(), "{} and {}", known.number, head.number);
    }
    world.accounts.heads.push(head);
}

/// The status lists of the issuer, verified.
async fn status_lists(world: &World) -> Vec<VerifiedStatusList> {
    let issuer = world.partner.ids.issuer_did.as_str();
    let keys = issuer_keys(world).await;
    let mut lists = Vec::new();
    if world.accounts.credentials.is_empty() {
        return lists;
    }
    for number in &world.accounts.lists {
        let path = format!("/sandbox/v1/issuers/{issuer}/statuslist/{number}");
        let response = reqwest::get(format!("{}{path}", world.url())).await.unwrap();
        let token = response.error_for_status().unwrap().text().await.unwrap();
        // Lists are signed by the machine's time.
        let now = UnixTime::from_system_time(std::time::SystemTime::now());
        let uri = format!("{PUBLIC_URL}{path}");
        lists.push(
            StatusListVerifier::new(issuer, &keys, uri)
                .verify(&token, now)
                .unwrap(),
        );
    }
    lists
}

async fn issuer_keys(world: &World) -> JwkSet {
    let issuer = world.partner.ids.issuer_did.as_str();
    let keys = world.client.local().issuer_keys(issuer).await.unwrap();
    JwkSet::from_slice(keys.to_string().as_bytes()).unwrap()
}

/// The lists have as many revoked entries as there are revoked credentials, and those of the received credentials.
async fn check_lists(world: &World, lists: &[VerifiedStatusList]) {
    let revoked: u32 = lists
        .iter()
        .flat_map(|list| list.list().as_bytes())
        .map(|byte| byte.count_ones())
        .sum();
    assert_eq!(
        usize::try_from(revoked).unwrap(),
        world.accounts.revoked(),
        "revoked entries"
    );
    let (keys, now) = (issuer_keys(world).await, world.now().await);
    let issuer = world.partner.ids.issuer_did.as_str();
    // The lists are of the machine's time, and credentials of the platform's.
    let verifier = Verifier::new(issuer, &keys).without_status();
    for credential in &world.accounts.credentials {
        let Some(text) = &credential.text else { continue };
        let verified = match verifier.verify(text, now) {
            Ok(verified) => verified,
            Err(air_vc::Error::Expired { .. }) if credential.is_expired(now) => continue,
            Err(error) => panic!("{}: {error}", credential.hash),
        };
        // A verifier accepts a credential for some seconds more.
        let is_valid = !credential.is_expired(now) || !credential.is_settled(now);
        assert!(is_valid, "{} has expired", credential.hash);
        let reference = verified.status_reference().unwrap();
        let list = lists.iter().find(|list| list.uri() == reference.uri);
        let status = list
            .expect("the issuer publishes the list")
            .status(reference)
            .unwrap();
        let expected = match credential.revoked_at {
            Some(_) => Status::Invalid,
            None => Status::Valid,
        };
        assert_eq!(status, expected, "{}", credential.hash);
    }
}

/// Each expiry is reported once.
async fn check_expiries(world: &World) {
    let now = world.now().await;
    let expected = world.accounts.expired(now);
    let reported = async {
        loop {
            let reported = expiry_events(world).await;
            if reported >= expected {
                return reported;
            }
        }
    };
    let reported = tokio::time::timeout(PATIENCE, reported).await;
    let reported = reported.unwrap_or_else(|_| panic!("fewer than {expected} expiries were reported"));
    let by_now = world.accounts.expired(world.now().await);
    assert!(reported <= by_now, "{reported} events of {by_now} expiries");
}

async fn expiry_events(world: &World) -> usize {
    let mut query = EventQuery {
        after: None,
        limit: Some(PAGE),
        kind: Some("credential.expired".to_owned()),
    };
    let mut count = 0;
    loop {
        let page = world.client.local().events(&query).await.unwrap();
        count += page.events.len();
        if page.next >= page.head || query.after == Some(page.next) {
            return count;
        }
        query.after = Some(page.next);
    }
}

/// The platform has the credential with its times, and proves its place in the ledger.
async fn check_credential(world: &World, credential: &Credential) {
    let hash: CoreClaimHash = credential.hash;
    let status = world.client.status(Signed, hash).await.unwrap();
    assert_eq!(status.core_claim_hash, hash);
    assert_eq!(status.issuance_date.to_unix(), credential.issued_at);
    assert_eq!(
        status.expiration_date.map(air_api::PlatformTime::to_unix),
        credential.expires_at
    );
    let leaf = format!("0x{}", hex::encode(merkle::leaf_hash(hash.as_bytes())));
    let entry: Transaction = world.client.local().transaction(&leaf).await.unwrap();
    let proof = entry.proof.expect("each entry is in a block");
    assert!(proof.verifies(hash.as_bytes()), "{hash}");
}

async fn check_document(world: &World, document: &Document) {
    let local = world.client.local();
    let fetched = local
        .fetch_object(air_client::Auth::as_issuer(), &document.id)
        .await;
    assert!(fetched.unwrap() == document.bytes, "{} has changed", document.id);
}

/// Records the sizes, and checks their bounds.
pub(crate) async fn measure(world: &mut World, day: u32) {
    let (database, log) = world.storage.sizes().await;
    let sample = Sample {
        day,
        credentials: world.accounts.credentials.len(),
        database,
        log,
        memory: resident_bytes(),
    };
    world.figures.record(sample);
}
