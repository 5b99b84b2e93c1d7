//! On SQLite, since the rules are the same on both databases.

use std::path::Path;

use air_ids::UnixTime;
use air_jwt::{KeyForm, SigningKey};
use air_vc::status::{Status, StatusBits, StatusList};
use base64::{Engine, engine::general_purpose::STANDARD};
use rand::{SeedableRng, rngs::StdRng};

use super::*;
use crate::{Environment, store::status_lists};

const SIZE: u64 = 16;

fn config(folder: &Path) -> Config {
    let key = SigningKey::generate(&mut rand::rng()).expose_der(KeyForm::Pkcs8);
    let (key, api_key, admin_key) = (STANDARD.encode(key), "k".repeat(32), "a".repeat(32));
    let environment = Environment::new([
        ("ISSUER_ORIGIN", "https://issuer.example"),
        ("PARTNER_ID", "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"),
        ("PARTNER_PRIVATE_KEY_DER", key.as_str()),
        ("API_KEY", api_key.as_str()),
        ("ADMIN_API_KEY", admin_key.as_str()),
        ("SD_JWT_TSL_PARTITION_SIZE", "16"),
    ]);
    Config::read(&environment, Some("sqlite = \"data\""), folder).unwrap()
}

async fn target(config: &Config, is_dry_run: bool) -> Target {
    let options = ImportOptions {
        is_dry_run,
        clock: Clock::from_fn(|| UnixTime::from_secs(1_000)),
    };
    Target::open(config, &options).await.unwrap()
}

/// The credential with this id, whose nonce is 1,000 and its id.
fn record(id: u64, revoked_at: Option<u64>) -> Record {
    Record {
        table: "sd_jwt_vc",
        row: id,
        external_id: format!("urn:uuid:{id}"),
        holder_did: "did:air:id:test:holder".to_owned(),
        schema_id: "member".to_owned(),
        vct: "member".to_owned(),
        nonce: 1_000 + id,
        entry: Some(((id - 1) / SIZE, (id - 1) % SIZE)),
        names_entry: true,
        kid: "vendor-1".to_owned(),
        issued_at: UnixTime::from_secs(1),
        expires_at: UnixTime::from_secs(2),
        revoked_at: revoked_at.map(UnixTime::from_secs),
    }
}

const fn known(is_newly_revoked: bool) -> Written {
    Written::Known { is_newly_revoked }
}

fn nonces<const N: usize>(nonces: [u64; N]) -> BTreeSet<u64> {
    nonces.into()
}

async fn status_of(store: &Store, list: u64, index: u64) -> Status {
    let (_, statuses) = status_lists::find_statuses(store, list).await.unwrap().unwrap();
    let statuses = StatusList::from_zlib(StatusBits::One, &statuses).unwrap();
    statuses.status(index).unwrap()
}

async fn allocate(store: &Store) -> (u64, u64) {
    let mut tx = store.write().await.unwrap();
    let mut rng = StdRng::from_rng(&mut rand::rng());
    let entry = status::allocate(&mut tx, SIZE, 1, &mut rng).await.unwrap()[0];
    tx.commit().await.unwrap();
    (entry.list, entry.index)
}

#[tokio::test]
async fn records_are_written_once_and_their_revocations_are_in_the_lists() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&config(folder.path()), false).await;
    target.adopt_lists(SIZE, 20).await.unwrap();
    let records = [record(1, None), record(20, Some(5))];
    let first = target.write(&records).await.unwrap();
    assert_eq!(first, [Written::Imported, Written::Imported]);
    let again = target.write(&records).await.unwrap();
    assert_eq!(again, [known(false), known(false)]);
    // A revocation is added, and one that the vendor no longer has stays.
    let later = [record(1, Some(9)), record(20, None)];
    let later = target.write(&later).await.unwrap();
    assert_eq!(later, [known(true), known(false)]);

    let store = target.store.as_ref().unwrap();
    for nonce in [1_001, 1_020] {
        assert!(issuances::is_revoked(store, nonce).await.unwrap(), "{nonce}");
    }
    assert_eq!(status_of(store, 0, 0).await, Status::Invalid);
    assert_eq!(status_of(store, 0, 1).await, Status::Valid);
    assert_eq!(status_of(store, 1, 3).await, Status::Invalid);
    assert_eq!(audit::verify(store).await.unwrap(), Some(3));
    target.close().await;
}

#[tokio::test]
async fn a_record_that_contradicts_another_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&config(folder.path()), false).await;
    target.adopt_lists(SIZE, 2).await.unwrap();
    target.write(&[record(1, None)]).await.unwrap();
    let same_entry = Record {
        entry: Some((0, 0)),
        ..record(2, None)
    };
    let same_nonce = Record {
        nonce: 1_001,
        ..record(2, None)
    };
    let written = target.write(&[same_entry, same_nonce]).await.unwrap();
    assert_eq!(
        written,
        [
            Written::Refused(RefusalReason::EntryTaken),
            Written::Refused(RefusalReason::NonceTaken)
        ]
    );
    target.close().await;
}

#[tokio::test]
async fn an_entry_without_a_record_is_revoked_once() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&config(folder.path()), false).await;
    target.adopt_lists(SIZE, 3).await.unwrap();
    let store = target.store.as_ref().unwrap();
    for _ in 0..2 {
        target.revoke_entries(&[((0, 1), None)]).await.unwrap();
        assert_eq!(status_of(store, 0, 1).await, Status::Invalid);
        let (version, _) = status_lists::find_statuses(store, 0).await.unwrap().unwrap();
        assert_eq!(version, 2, "the second time changes nothing");
    }
    target.close().await;
}

#[tokio::test]
async fn a_refused_row_revokes_its_own_entry_and_no_other_credential() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&config(folder.path()), false).await;
    target.adopt_lists(SIZE, 4).await.unwrap();
    let own = target.write(&[record(1, None), record(4, None)]).await.unwrap();
    assert_eq!(own, [Written::Imported, Written::Imported]);
    let refused = [
        // Its identifier is taken, and its entry is not.
        Record {
            external_id: "urn:uuid:1".to_owned(),
            ..record(2, Some(5))
        },
        // Its entry is taken.
        Record {
            entry: Some((0, 0)),
            ..record(3, Some(5))
        },
    ];
    for outcome in target.write(&refused).await.unwrap() {
        assert!(matches!(outcome, Written::Refused(_)), "{outcome:?}");
    }
    // The first entry is of another credential; the last one is of the credential with this nonce.
    let entries = [((0, 0), None), ((0, 0), Some(7)), ((0, 3), Some(1_004))];
    target.revoke_entries(&entries).await.unwrap();
    let store = target.store.as_ref().unwrap();
    let mut statuses = Vec::new();
    for index in 0..4 {
        statuses.push(status_of(store, 0, index).await);
    }
    let expected = [Status::Valid, Status::Invalid, Status::Valid, Status::Invalid];
    assert_eq!(statuses, expected);
    target.close().await;
}

#[tokio::test]
async fn a_dry_run_creates_no_database_and_changes_none() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let dry = target(&config, true).await;
    assert_eq!(dry.write(&[record(1, None)]).await.unwrap(), [Written::Imported]);
    assert_eq!(dry.write_revoked(&nonces([7])).await.unwrap(), nonces([7]));
    assert!(!folder.path().join("data").exists());
    dry.close().await;

    let real = target(&config, false).await;
    real.adopt_lists(SIZE, 2).await.unwrap();
    real.write(&[record(1, None)]).await.unwrap();
    real.close().await;
    for _ in 0..2 {
        let dry = target(&config, true).await;
        let records = [record(1, Some(5)), record(2, Some(5))];
        let written = dry.write(&records).await.unwrap();
        assert_eq!(written, [known(true), Written::Imported]);
        assert_eq!(dry.write_revoked(&nonces([7, 1_001])).await.unwrap(), nonces([7]));
        dry.close().await;
    }
}

#[tokio::test]
async fn new_indices_follow_the_taken_ones_and_are_random_in_the_next_list() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&config(folder.path()), false).await;
    target.adopt_lists(SIZE, 30).await.unwrap();
    let store = target.store.as_ref().unwrap();
    assert_eq!(allocate(store).await, (1, 14));
    // A later import does not go back.
    target.adopt_lists(SIZE, 30).await.unwrap();
    assert_eq!(allocate(store).await, (1, 15));
    let mut next = Vec::new();
    for _ in 0..SIZE {
        next.push(allocate(store).await);
    }
    assert!(next.iter().all(|(list, _)| *list == 2), "{next:?}");
    assert!(
        !next.is_sorted(),
        "16 random indices in order: once in 10^13 runs"
    );
    assert_eq!(allocate(store).await.0, 3);
    target.close().await;
}

#[tokio::test]
async fn a_revoked_nonce_is_recorded_once_and_only_without_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&config(folder.path()), false).await;
    target.adopt_lists(SIZE, 1).await.unwrap();
    target.write(&[record(1, None)]).await.unwrap();
    let revoked = nonces([1_001, 7]);
    assert_eq!(target.write_revoked(&revoked).await.unwrap(), nonces([7]));
    assert_eq!(target.write_revoked(&revoked).await.unwrap(), nonces([]));
    let store = target.store.as_ref().unwrap();
    assert!(revoked_nonces::contains(store, 7).await.unwrap());
    assert!(!revoked_nonces::contains(store, 1_001).await.unwrap());
    target.close().await;
}
