use std::time::Duration;

use tokio::sync::oneshot::Receiver;

use super::*;
use crate::{config::DatabaseConfig, store::outbox};

const INSTANCE: &str = "this-instance";
const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const LATER: UnixTime = UnixTime::from_secs(1_900_000_000);

type Outcome = Receiver<Result<Recorded, Error>>;

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&DatabaseConfig::Sqlite(folder.path().to_owned()))
        .await
        .unwrap();
    (folder, store)
}

fn record(external_id: &str, request: &str, nonce: u64) -> (Change, Outcome) {
    let issuance = NewIssuance {
        external_id: external_id.to_owned(),
        holder_did: "did:air:id:test:holder".to_owned(),
        schema_id: "schema".to_owned(),
        vct: "urn:schema".to_owned(),
        user_ref: "user".to_owned(),
        subject_ref: "subject".to_owned(),
        request_ref: request.to_owned(),
        cnf_thumbprint: None,
        nonce,
        entry: None,
        kid: "key".to_owned(),
        issued_at: NOW,
        expires_at: LATER,
        is_stored: false,
    };
    let record = Record {
        issuance,
        body: external_id.as_bytes().to_vec(),
        next_at: NOW,
        actor: "caller".to_owned(),
    };
    let (sender, outcome) = oneshot::channel();
    (Change::Record(Box::new(record), sender), outcome)
}

/// The record with another validity in seconds.
fn valid_for(change: Change, seconds: u64) -> Change {
    let Change::Record(mut record, sender) = change else {
        unreachable!()
    };
    record.issuance.expires_at = NOW.saturating_add(Duration::from_secs(seconds));
    Change::Record(record, sender)
}

fn confirmation(external_id: &str) -> (Change, Receiver<Result<(), Error>>) {
    let confirmation = Confirmation {
        external_id: external_id.to_owned(),
        at: NOW,
        actor: "caller".to_owned(),
    };
    let (sender, outcome) = oneshot::channel();
    (Change::Confirm(confirmation, sender), outcome)
}

/// The upload of a new credential, or the id of an earlier one.
async fn outcome(outcome: Outcome) -> Result<String, String> {
    match outcome.await.unwrap().unwrap() {
        Recorded::New(body) => Ok(String::from_utf8(body).unwrap()),
        Recorded::Earlier(earlier) => Err(earlier.external_id),
    }
}

async fn uploads(store: &Store) -> Vec<String> {
    let rows = outbox::list(store, 0, 100).await.unwrap();
    rows.into_iter().map(|row| row.external_id).collect()
}

#[tokio::test]
async fn records_and_confirmations_share_a_transaction() {
    let (_folder, store) = store().await;
    let (first, recorded) = record("a", "one", 1);
    make(&store, INSTANCE, vec![first]).await;
    assert_eq!(outcome(recorded).await, Ok("a".to_owned()));

    let (confirm, confirmed) = confirmation("a");
    let (unknown, also_confirmed) = confirmation("unknown");
    let (second, recorded) = record("b", "two", 2);
    let (third, also_recorded) = record("c", "three", 3);
    let changes = vec![second, confirm, third, unknown];
    let earlier = commit(&store, INSTANCE, &changes).await.unwrap();
    answer(changes, earlier);
    confirmed.await.unwrap().unwrap();
    also_confirmed.await.unwrap().unwrap();
    assert_eq!(outcome(recorded).await, Ok("b".to_owned()));
    assert_eq!(outcome(also_recorded).await, Ok("c".to_owned()));
    assert!(issuances::is_stored(&store, "a").await.unwrap());
    assert_eq!(uploads(&store).await, ["b", "c"]);
    // Three were prepared and one was stored.
    assert_eq!(audit::verify(&store).await.unwrap(), Some(4));
}

#[tokio::test]
async fn equal_requests_get_one_credential_even_at_once() {
    let (_folder, store) = store().await;
    let (first, one) = record("a", "same", 1);
    let (second, two) = record("b", "same", 2);
    make(&store, INSTANCE, vec![first, second]).await;
    assert_eq!(outcome(one).await, Ok("a".to_owned()));
    assert_eq!(outcome(two).await, Err("a".to_owned()));
    let (third, three) = record("c", "same", 3);
    make(&store, INSTANCE, vec![third]).await;
    assert_eq!(outcome(three).await, Err("a".to_owned()));
    assert_eq!(uploads(&store).await, ["a"]);
}

#[tokio::test]
async fn an_equal_request_gets_no_credential_that_is_not_recorded() {
    let (_folder, store) = store().await;
    let (first, one) = record("a", "same", 1);
    make(&store, INSTANCE, vec![valid_for(first, 100)]).await;
    assert_eq!(outcome(one).await, Ok("a".to_owned()));
    // The first credential is valid for long enough for one of two equal requests.
    let (second, two) = record("b", "same", 2);
    let (third, three) = record("c", "same", 3);
    make(&store, INSTANCE, vec![valid_for(second, 10), third]).await;
    assert_eq!(outcome(two).await, Err("a".to_owned()));
    assert_eq!(outcome(three).await, Ok("c".to_owned()));
    assert_eq!(uploads(&store).await, ["a", "c"]);
}

#[tokio::test]
async fn a_change_that_fails_does_not_affect_the_others() {
    let (_folder, store) = store().await;
    let (first, one) = record("a", "one", 1);
    // Two credentials can't have one nonce.
    let (second, two) = record("b", "two", 1);
    let (third, three) = record("c", "three", 3);
    make(&store, INSTANCE, vec![first, second, third]).await;
    assert_eq!(outcome(one).await, Ok("a".to_owned()));
    assert!(matches!(two.await.unwrap(), Err(Error::Database(_))));
    assert_eq!(outcome(three).await, Ok("c".to_owned()));
    assert_eq!(uploads(&store).await, ["a", "c"]);
    assert_eq!(audit::verify(&store).await.unwrap(), Some(2));
}

#[tokio::test]
async fn changes_without_a_connection_fail_together_instead_of_one_after_another() {
    let (_folder, store) = store().await;
    let mut taken = Vec::new();
    while taken.len() < 16 {
        taken.push(store.reader().acquire().await.unwrap());
    }
    let (changes, outcomes): (Vec<_>, Vec<_>) = ["a", "b", "c", "d"]
        .iter()
        .zip(1..)
        .map(|(name, nonce)| record(name, name, nonce))
        .unzip();
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    make(&store, INSTANCE, changes).await;
    // The time limit of one connection is 5 s.
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    for outcome in outcomes {
        let error = outcome.await.unwrap().unwrap_err();
        assert!(error.transient().is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn a_change_is_made_though_its_caller_left() {
    let (_folder, store) = store().await;
    let group = GroupCommit::start(store.clone(), INSTANCE.to_owned());
    let (Change::Record(first, _), _) = record("a", "one", 1) else {
        unreachable!()
    };
    let left = group.clone();
    let caller = tokio::spawn(async move { left.record(*first).await });
    tokio::task::yield_now().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    group
        .confirm("a".to_owned(), NOW, "caller".to_owned())
        .await
        .unwrap();
    assert!(issuances::is_stored(&store, "a").await.unwrap());
}
