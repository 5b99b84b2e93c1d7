use std::{collections::HashSet, ops::Deref};

use air_api::{IssueOnBehalf, OnDuplicate};
use air_ids::UnixTime;
use serde_json::json;
use tokio::task::JoinHandle;

use super::{super::issue_to, *};
use crate::test_platform::{NOW, TestPlatform, make_distinct, until};

/// The end of the issuance of one program.
const UNTIL: &str = "2027-01-15 09:00:00";

type Answer = Result<IdempotentResponse<IssuedOnBehalf>, Refusal>;

/// A platform that has issued from both programs, so everything is cached.
struct TestEnv {
    platform: TestPlatform,
    program: String,
    short: String,
}

impl Deref for TestEnv {
    type Target = TestPlatform;

    fn deref(&self) -> &TestPlatform {
        &self.platform
    }
}

impl TestEnv {
    async fn up() -> Self {
        let platform = TestPlatform::with_programs(json!([
            { "key": "long", "schema": "adult", "expiration": "90d", "publish": true },
            { "key": "short", "schema": "adult", "accessibleUntil": UNTIL, "publish": true },
        ]));
        let platform = platform.await;
        let env = Self {
            program: platform.program("long"),
            short: platform.program("short"),
            platform,
        };
        for (program, email) in [
            (&env.program, "long@example.com"),
            (&env.short, "short@example.com"),
        ] {
            let issued = env.issue(program, email, None, OnDuplicate::Revoke);
            issued.await.unwrap().unwrap();
        }
        assert_eq!(env.batched(), 0, "nothing was cached");
        env
    }

    fn issue(
        &self,
        program: &str,
        email: &str,
        key: Option<&str>,
        on_duplicate: OnDuplicate,
    ) -> JoinHandle<Answer> {
        let (app, partner, email) = (self.app.clone(), self.partner.clone(), email.to_owned());
        let request = IssueOnBehalf {
            issuer_did: partner.issuer_did.clone(),
            program: program.parse().unwrap(),
            credential_subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
            on_duplicate,
        };
        let request_key = key.map(|key| RequestKey::new(key.parse().unwrap(), &[program.as_bytes()]));
        tokio::spawn(async move { issue_to(&app, &partner, &email, request, request_key).await })
    }

    /// Issues to all addresses concurrently. Requests that can be batched are queued together.
    async fn together<'a>(&self, emails: impl IntoIterator<Item = &'a str>) -> Vec<Answer> {
        let held = self.app.store.write().await.unwrap();
        let mut calls = Vec::new();
        for email in emails {
            calls.push(self.issue(&self.program, email, None, OnDuplicate::Revoke));
        }
        self.until_waiting(calls.len()).await;
        drop(held);
        all(calls).await
    }

    /// Waits until so many requests are queued. A request that drew the entry of another one draws
    /// again: otherwise, one of the two would be issued alone.
    async fn until_waiting(&self, queued: usize) {
        until(|| self.app.batcher.queued() == queued).await;
        let mut drawn = HashSet::new();
        self.app.batcher.change_queued(|request| {
            if make_distinct(&mut request.entries[0], &mut drawn) {
                // The draft has the former entry.
                request.drafted_at = UnixTime::EPOCH;
            }
        });
    }
}

async fn all(calls: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

fn hash(answer: &Answer) -> String {
    answer.as_ref().unwrap().body().core_claim_hash.to_string()
}

#[tokio::test]
async fn those_who_wait_are_stored_together() {
    let env = TestEnv::up().await;
    let emails: Vec<_> = (0..QueuedIssuance::MAX_BATCH + 4)
        .map(|n| format!("user{n}@example.com"))
        .collect();
    let answers = env.together(emails.iter().map(String::as_str)).await;
    assert_eq!(env.batched(), 20);
    let hashes: HashSet<_> = answers.iter().map(hash).collect();
    assert_eq!(hashes.len(), 20);
    let users: HashSet<_> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().body().user_uuid.to_string())
        .collect();
    assert_eq!(users.len(), 20);
    assert_eq!(env.number("SELECT count(*) FROM credentials").await, 22);
    assert_eq!(env.number("SELECT taken FROM status_lists").await, 22);
    assert_eq!(env.number("SELECT count(*) FROM ledger_entries").await, 22);
    // For each request, the user's event precedes the credential's.
    let told = env.texts(
        "SELECT type FROM events WHERE type LIKE 'user.%' OR type LIKE 'credential.%' ORDER BY sequence",
    );
    assert!(
        told.await
            .chunks(2)
            .all(|pair| pair == ["user.created", "credential.issued"])
    );
    // A credential matches the stored holder and status entry.
    let stored = env.texts(
        "SELECT holder_did || ' ' || status_entry || ' ' || credential FROM credentials JOIN users USING (user_uuid)",
    );
    for stored in stored.await {
        let [holder, entry, credential] = stored.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("three columns");
        };
        let payload = credential.split('.').nth(1).unwrap();
        let payload = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, payload);
        let payload: serde_json::Value = serde_json::from_slice(&payload.unwrap()).unwrap();
        assert_eq!(payload["sub"], holder);
        assert_eq!(payload["status"]["status_list"]["idx"].to_string(), entry);
        assert_eq!(payload["iat"], NOW);
    }
}

#[tokio::test]
async fn what_is_not_plain_goes_alone_and_ends_as_alone() {
    let env = TestEnv::up().await;
    let app = &env.app;
    // A known user without a credential.
    let mut tx = app.store.write().await.unwrap();
    let by = "p".parse().unwrap();
    let known = users::find_or_create(&mut tx, "known@example.com", &by, UnixTime::from_secs(NOW));
    let known = known.await.unwrap().user;
    tx.commit().await.unwrap();
    let answered = env.issue(
        &env.program,
        "answered@example.com",
        Some("k1"),
        OnDuplicate::Revoke,
    );
    let answered = hash(&answered.await.unwrap());
    let finalized = env.batched();

    let held = app.store.write().await.unwrap();
    let calls = [
        ("known@example.com", None, OnDuplicate::Revoke),
        ("long@example.com", None, OnDuplicate::Revoke),
        ("short@example.com", None, OnDuplicate::Ignore),
        ("twice@example.com", None, OnDuplicate::Ignore),
        ("twice@example.com", None, OnDuplicate::Ignore),
        ("twin@example.com", Some("k2"), OnDuplicate::Revoke),
        ("twin@example.com", Some("k2"), OnDuplicate::Revoke),
        ("answered@example.com", Some("k1"), OnDuplicate::Revoke),
        ("other@example.com", Some("k1"), OnDuplicate::Revoke),
    ];
    let calls: Vec<_> = calls
        .into_iter()
        .map(|(email, key, on_duplicate)| env.issue(&env.program, email, key, on_duplicate))
        .collect();
    env.until_waiting(calls.len()).await;
    drop(held);
    let answers = all(calls).await;
    assert_eq!(answers[0].as_ref().unwrap().body().user_uuid, known.user_uuid);
    let first = "SELECT core_claim_hash FROM credentials ORDER BY rowid LIMIT 2";
    let first = env.texts(first).await;
    assert_ne!(hash(&answers[1]), first[0]);
    let revoked = env.texts("SELECT core_claim_hash FROM credentials WHERE revoked_at IS NOT NULL");
    assert_eq!(revoked.await, first[..1]);
    assert_eq!(hash(&answers[2]), first[1]);
    assert_eq!(hash(&answers[3]), hash(&answers[4]));
    assert_eq!(hash(&answers[5]), hash(&answers[6]));
    let replayed = answers[5..7]
        .iter()
        .map(|answer| answer.as_ref().unwrap().is_replayed());
    assert_eq!(replayed.filter(|replayed| *replayed).count(), 1);
    assert_eq!(hash(&answers[7]), answered);
    let refused = answers[8].as_ref().unwrap_err();
    assert!(refused.message().contains("was used for another call"));
    // The known user, and one request of either pair.
    assert_eq!(env.batched(), finalized + 3);
    assert_eq!(
        env.number("SELECT taken FROM status_lists").await,
        env.number("SELECT count(*) FROM credentials").await
    );
}

#[tokio::test]
async fn when_the_store_refuses_one_the_others_are_issued() {
    let env = TestEnv::up().await;
    env.run(
        "CREATE TRIGGER refuse BEFORE INSERT ON users WHEN NEW.email = 'bad@example.com'
         BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    )
    .await;
    let answers = env
        .together(["ada@example.com", "bad@example.com", "bob@example.com"])
        .await;
    assert!(answers[0].is_ok() && answers[1].is_err() && answers[2].is_ok());
    assert_eq!(env.number("SELECT count(*) FROM credentials").await, 4);
    assert_eq!(env.number("SELECT count(*) FROM users").await, 4);
    assert_eq!(env.batched(), 0);
}

#[tokio::test]
async fn when_the_commit_fails_all_hear_of_it_and_nobody_is_issued_another() {
    let env = TestEnv::up().await;
    // The foreign key is checked at the commit.
    env.run("CREATE TABLE promises (id INTEGER REFERENCES kept DEFERRABLE INITIALLY DEFERRED)")
        .await;
    env.run("CREATE TABLE kept (id INTEGER PRIMARY KEY)").await;
    env.run(
        "CREATE TRIGGER promise AFTER INSERT ON users WHEN NEW.email = 'bad@example.com'
         BEGIN INSERT INTO promises VALUES (7); END",
    )
    .await;
    let answers = env
        .together(["ada@example.com", "bad@example.com", "bob@example.com"])
        .await;
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(env.number("SELECT count(*) FROM credentials").await, 2);
    assert_eq!(env.batched(), 0);
    // The failure does not affect the next requests.
    hash(&env.together(["ada@example.com"]).await[0]);
    assert_eq!(env.batched(), 1);
}

#[tokio::test]
async fn nobody_waits_for_a_store_that_is_closed() {
    let env = TestEnv::up().await;
    env.app.store.close().await;
    for email in ["ada@example.com", "bob@example.com"] {
        let refused = env.issue(&env.program, email, None, OnDuplicate::Revoke).await;
        assert!(refused.unwrap().is_err());
        assert_eq!(env.app.batcher.queued(), 0);
    }
}

#[tokio::test]
async fn a_full_list_is_replaced_and_forgotten_entries_are_read_again() {
    let env = TestEnv::up().await;
    env.run("UPDATE status_lists SET taken = size / 2").await;
    env.together(["ada@example.com", "bob@example.com"])
        .await
        .iter()
        .for_each(|answer| drop(hash(answer)));
    assert_eq!(env.batched(), 0, "they went alone");
    assert_eq!(
        env.number("SELECT taken FROM status_lists WHERE number = 2")
            .await,
        2
    );
    // From now on, the next list is cached.
    env.together(["eve@example.com"])
        .await
        .iter()
        .for_each(|answer| drop(hash(answer)));
    assert_eq!(env.batched(), 1);

    let held = env.app.store.write().await.unwrap();
    let call = env.issue(&env.program, "late@example.com", None, OnDuplicate::Revoke);
    env.until_waiting(1).await;
    env.app.cache.clear();
    drop(held);
    hash(&call.await.unwrap());
    assert_eq!(env.batched(), 1, "it was drafted from what is forgotten");
}

#[tokio::test]
async fn a_credential_is_of_the_time_of_its_turn() {
    let env = TestEnv::up().await;
    let held = env.app.store.write().await.unwrap();
    let long = env.issue(&env.program, "ada@example.com", None, OnDuplicate::Revoke);
    let short = env.issue(&env.short, "bob@example.com", None, OnDuplicate::Revoke);
    env.until_waiting(2).await;
    env.pass(3601);
    drop(held);
    hash(&long.await.unwrap());
    let refused = short.await.unwrap().unwrap_err();
    assert!(refused.message().contains("has ended"));
    let issued = "SELECT max(issued_at) FROM credentials";
    assert_eq!(env.number(issued).await, 1_800_003_601);
    assert_eq!(env.batched(), 1);
}

#[tokio::test]
async fn who_went_away_is_not_issued_to() {
    let env = TestEnv::up().await;
    let held = env.app.store.write().await.unwrap();
    let gone = env.issue(&env.program, "gone@example.com", None, OnDuplicate::Revoke);
    let stays = env.issue(&env.program, "stays@example.com", None, OnDuplicate::Revoke);
    env.until_waiting(2).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    drop(held);
    hash(&stays.await.unwrap());
    assert_eq!(
        env.number("SELECT count(*) FROM users WHERE email = 'gone@example.com'")
            .await,
        0
    );
}
