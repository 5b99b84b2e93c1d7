use std::{collections::HashSet, ops::Deref};

use air_jwt::SigningKey;
use air_oid4vc::vci::OfferLink;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{
    super::{
        credentials::{self, Outcome},
        offers, tokens,
    },
    *,
};
use crate::test_platform::{NOW, TestPlatform, make_distinct, until};
use air_store::sql;

type Answer = Result<Outcome, NotIssued>;

/// A platform that has issued one credential to a wallet, so everything is cached.
struct TestEnv {
    platform: TestPlatform,
    program: String,
}

/// A wallet that has redeemed an offer.
struct Wallet {
    offer: Arc<Offer>,
    token_digest: Vec<u8>,
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
            { "key": "adult", "schema": "adult", "expiration": "90d", "publish": true },
        ]));
        let platform = platform.await;
        let env = Self {
            program: platform.program("adult"),
            platform,
        };
        let first = env.wallet("first@example.com").await;
        delivered(&env.request(&first, 1, 1).await.unwrap());
        assert_eq!(env.batched(), 0, "nothing was cached");
        env
    }

    /// Returns a wallet that has redeemed a new offer.
    async fn wallet(&self, email: &str) -> Wallet {
        let order = json!({
            "issuerDid": self.partner.issuer_did,
            "credentialId": self.program,
            "credentialSubject": { "isOver18": true },
            "onDuplicate": "revoke",
        });
        let order = serde_json::from_value(order).unwrap();
        let created = offers::create_for(&self.app, &self.partner, Some(email), order).await;
        let link = created.unwrap().url_by_value;
        let OfferLink::Offer(offer) = OfferLink::parse(&link).unwrap() else {
            panic!("an offer by value");
        };
        let exchange = tokens::Exchange {
            code: &offer.pre_authorized_code.unwrap().code,
            transaction_code: None,
            client_id: None,
            jkt: None,
            proof: None,
        };
        let partner_id = self.partner.partner_id.as_str();
        let tokens = tokens::exchange(&self.app, partner_id, &exchange).await.unwrap();
        let offer = tokens::grant_to_issue(&self.app, partner_id, &tokens.access_token).await;
        let offer = offer.unwrap().unwrap();
        let token_digest = offer.token_digest.clone().unwrap();
        Wallet { offer, token_digest }
    }

    /// Requests credentials for so many new keys with a DPoP proof and a nonce of this number.
    fn request(&self, wallet: &Wallet, keys: usize, number: u8) -> JoinHandle<Answer> {
        let (app, partner) = (self.app.clone(), self.partner.clone());
        let value = |kind: u8| {
            let mut digest = [number; 32];
            digest[0] = kind;
            OnceOnly {
                digest,
                expires_at: UnixTime::from_secs(NOW + 300),
            }
        };
        let request = CheckedRequest {
            offer_id: wallet.offer.offer_id.clone(),
            token_digest: wallet.token_digest.clone(),
            keys: (0..keys)
                .map(|_| SigningKey::generate(&mut rand::rng()).public_jwk())
                .collect(),
            nonces: vec![value(1)],
            proof: Some(value(0)),
        };
        tokio::spawn(async move { credentials::issue(&app, &partner, &request).await })
    }

    /// Sends the requests while the writer is busy, so that they are queued together.
    async fn together(&self, requests: &[(&Wallet, usize, u8)]) -> Vec<Answer> {
        self.after(requests, "SELECT 1").await
    }

    /// As [`Self::together`], and executes a statement before the batch, as another process on the same database could.
    async fn after(&self, requests: &[(&Wallet, usize, u8)], statement: &'static str) -> Vec<Answer> {
        let mut held = self.app.store.write().await.unwrap();
        let calls: Vec<_> = requests
            .iter()
            .map(|(wallet, keys, number)| self.request(wallet, *keys, *number))
            .collect();
        self.until_queued(calls.len()).await;
        sql::query(statement).execute(&mut held).await.unwrap();
        held.commit().await.unwrap();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap());
        }
        answers
    }

    /// Waits until so many requests are queued. A request that drew an entry of another one draws again: otherwise, one of
    /// the two would be issued alone.
    async fn until_queued(&self, count: usize) {
        until(|| self.app.wallet_batcher.queued() == count).await;
        let mut drawn = HashSet::new();
        self.app.wallet_batcher.change_queued(|request| {
            for entries in &mut request.order.entries {
                if make_distinct(&mut entries[0], &mut drawn) {
                    // The drafts have the former entry.
                    request.drafts.times.issued_at = UnixTime::EPOCH;
                }
            }
        });
    }
}

fn delivered(answer: &Answer) -> &Delivered {
    match answer {
        Ok(Outcome::Delivered(delivered)) => delivered,
        other => panic!("no credentials: {other:?}"),
    }
}

/// The payload of a credential.
fn payload(credential: &str) -> Value {
    let payload = credential.split('.').nth(1).unwrap();
    let payload = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, payload);
    serde_json::from_slice(&payload.unwrap()).unwrap()
}

#[tokio::test]
async fn requests_that_wait_are_stored_together() {
    let env = TestEnv::up().await;
    let (ada, bob) = (
        env.wallet("ada@example.com").await,
        env.wallet("bob@example.com").await,
    );
    let answers = env
        .together(&[(&ada, 1, 2), (&ada, 1, 3), (&bob, 3, 4), (&ada, 2, 5)])
        .await;
    assert_eq!(env.batched(), 7);
    let numbers: HashSet<_> = [0, 1, 3].map(|index| delivered(&answers[index]).number).into();
    assert_eq!(numbers, HashSet::from([1, 2, 3]));
    assert_eq!(delivered(&answers[2]).number, 1);
    let counts = answers
        .iter()
        .map(|answer| delivered(answer).credentials.len())
        .collect::<Vec<_>>();
    assert_eq!(counts, [1, 1, 3, 2]);
    assert_eq!(env.number("SELECT count(*) FROM credentials").await, 8);
    assert_eq!(env.number("SELECT taken FROM status_lists").await, 8);
    assert_eq!(env.number("SELECT count(*) FROM ledger_entries").await, 8);
    assert_eq!(env.number("SELECT count(*) FROM offer_credentials").await, 8);
    assert_eq!(env.number("SELECT count(*) FROM single_use").await, 10);
    assert_eq!(env.number("SELECT count(*) FROM users").await, 3);
    let offers = env.texts(
        "SELECT email || ' ' || responses || ' ' || issued FROM credential_offers WHERE issued > 0 ORDER BY email",
    );
    assert_eq!(
        offers.await,
        [
            "ada@example.com 3 4",
            "bob@example.com 1 3",
            "first@example.com 1 1"
        ]
    );
    // A credential has the stored entry of its list.
    for answer in &answers {
        for credential in &delivered(answer).credentials {
            let index = payload(credential)["status"]["status_list"]["idx"].to_string();
            let entries = env
                .texts("SELECT CAST(status_entry AS TEXT) FROM credentials")
                .await;
            assert!(entries.contains(&index));
        }
    }
}

#[tokio::test]
async fn a_value_is_accepted_once_within_a_batch_and_after_it() {
    let env = TestEnv::up().await;
    let ada = env.wallet("ada@example.com").await;
    let answers = env.together(&[(&ada, 1, 2), (&ada, 1, 2)]).await;
    let issued = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(issued, 1, "{answers:?}");
    assert!(
        answers
            .iter()
            .any(|answer| matches!(answer, Err(NotIssued::ProofUsed)))
    );
    let again = env.together(&[(&ada, 1, 2)]).await;
    assert!(matches!(again[0], Err(NotIssued::ProofUsed)), "{again:?}");
    assert_eq!(
        env.number("SELECT issued FROM credential_offers WHERE email = 'ada@example.com'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_token_that_another_process_replaced_or_ended_receives_nothing() {
    for statement in [
        "UPDATE credential_offers SET token_digest = randomblob(32) WHERE email = 'ada@example.com'",
        "UPDATE credential_offers SET token_expires_at = 1800000000 WHERE email = 'ada@example.com'",
        "DELETE FROM credential_offers WHERE email = 'ada@example.com'",
        "UPDATE credentials SET revoked_at = 1800000000 WHERE user_uuid IN (SELECT user_uuid FROM users WHERE email = 'ada@example.com')",
    ] {
        let env = TestEnv::up().await;
        let (ada, bob) = (
            env.wallet("ada@example.com").await,
            env.wallet("bob@example.com").await,
        );
        delivered(&env.request(&ada, 1, 2).await.unwrap());
        let answers = env.after(&[(&ada, 1, 3), (&bob, 1, 4)], statement).await;
        assert!(
            matches!(answers[0], Err(NotIssued::TokenEnded)),
            "{statement}: {answers:?}"
        );
        delivered(&answers[1]);
        let grant = |wallet: &Wallet| env.app.cache.wallets.grant(&wallet.token_digest);
        assert!(grant(&ada).is_none() && grant(&bob).is_some(), "{statement}");
        // The next request finds the same, and the values of a refused one are not stored.
        let again = env.request(&ada, 1, 3).await.unwrap();
        assert!(
            matches!(again, Err(NotIssued::TokenEnded)),
            "{statement}: {again:?}"
        );
    }
}

#[tokio::test]
async fn a_token_receives_at_most_its_number_of_credentials() {
    let env = TestEnv::up().await;
    let ada = env.wallet("ada@example.com").await;
    let nearly = "UPDATE credential_offers SET issued = 126, responses = 1 WHERE email = 'ada@example.com'";
    let answers = env
        .after(&[(&ada, 1, 2), (&ada, 1, 3), (&ada, 1, 4)], nearly)
        .await;
    let issued = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(issued, 2, "{answers:?}");
    assert_eq!(env.number("SELECT max(issued) FROM credential_offers").await, 128);
}

#[tokio::test]
async fn a_request_that_is_not_plain_is_issued_or_refused_alone() {
    let env = TestEnv::up().await;
    // The first response replaces the credential that the holder has.
    let again = env.wallet("first@example.com").await;
    let refused = env.wallet("refused@example.com").await;
    delivered(&env.request(&refused, 1, 2).await.unwrap());
    let before = env.batched();
    let answers = env
        .after(
            &[(&again, 1, 3), (&refused, 1, 4)],
            "INSERT INTO on_behalf_refusals (user_uuid, partner_id, refused_at)
             SELECT user_uuid, (SELECT partner_id FROM partners), 1800000000 FROM users WHERE email = 'refused@example.com'",
        )
        .await;
    delivered(&answers[0]);
    let Err(NotIssued::Refused(refusal)) = &answers[1] else {
        panic!("the user refused: {answers:?}");
    };
    assert!(refusal.message().contains("refused consent"));
    assert_eq!(env.batched(), before);
    let revoked = env.number("SELECT count(*) FROM credentials WHERE revoked_at IS NOT NULL");
    assert_eq!(revoked.await, 1);
}

#[tokio::test]
async fn a_credential_has_the_time_of_its_batch() {
    let env = TestEnv::up().await;
    let ada = env.wallet("ada@example.com").await;
    let held = env.app.store.write().await.unwrap();
    let call = env.request(&ada, 1, 2);
    env.until_queued(1).await;
    env.pass(400);
    drop(held);
    delivered(&call.await.unwrap());
    assert_eq!(
        env.number("SELECT max(issued_at) FROM credentials").await,
        1_800_000_400
    );
    assert_eq!(env.batched(), 1);
    // The next one is drafted before the token ends.
    let held = env.app.store.write().await.unwrap();
    let call = env.request(&ada, 1, 3);
    env.until_queued(1).await;
    env.pass(200);
    drop(held);
    assert!(matches!(call.await.unwrap(), Err(NotIssued::TokenEnded)));
}

#[tokio::test]
async fn a_credential_whose_entry_was_taken_is_signed_again_and_no_other() {
    let env = TestEnv::up().await;
    let ada = env.wallet("ada@example.com").await;
    // Entries that no credential has.
    let taken = env.number("SELECT status_entry FROM credentials").await;
    let free = if taken < 100 { 100 } else { 0 };
    let mut held = env.app.store.write().await.unwrap();
    let call = env.request(&ada, 3, 2);
    until(|| env.app.wallet_batcher.queued() == 1).await;
    let mut drafts = Vec::new();
    env.app.wallet_batcher.change_queued(|request| {
        let order = &mut request.order;
        order.entries = vec![[free, 0, 0, 0], [free + 1, free + 2, 0, 0], [free + 3, 0, 0, 0]];
        let keys: Vec<_> = order.keys.iter().zip([free, free + 1, free + 3]).collect();
        request.drafts = order.sign(&env.app, &keys, UnixTime::from_secs(NOW)).unwrap();
        let credentials = request.drafts.credentials.iter();
        drafts = credentials.map(|draft| draft.credential.clone()).collect();
    });
    sql::query("INSERT INTO erased_credentials SELECT list_id, $1, 0 FROM status_lists")
        .bind(free + 1)
        .execute(&mut held)
        .await
        .unwrap();
    held.commit().await.unwrap();
    let answer = call.await.unwrap();
    assert_eq!(env.batched(), 3);
    let credentials = &delivered(&answer).credentials;
    assert_eq!((&credentials[0], &credentials[2]), (&drafts[0], &drafts[2]));
    assert_ne!(credentials[1], drafts[1]);
    let entry = &payload(&credentials[1])["status"]["status_list"]["idx"];
    assert_eq!(*entry, json!(free + 2));
    let stored = env.number("SELECT count(*) FROM credentials WHERE status_entry IN (SELECT status_entry FROM erased_credentials)");
    assert_eq!(stored.await, 0);
}

#[tokio::test]
async fn a_batch_that_the_store_rejects_is_issued_one_by_one() {
    let env = TestEnv::up().await;
    let (ada, bad) = (
        env.wallet("ada@example.com").await,
        env.wallet("bad@example.com").await,
    );
    let trigger = "CREATE TRIGGER refuse BEFORE INSERT ON users WHEN NEW.email = 'bad@example.com'
         BEGIN SELECT RAISE(ABORT, 'not this one'); END";
    let answers = env.after(&[(&ada, 1, 2), (&bad, 1, 3)], trigger).await;
    delivered(&answers[0]);
    assert!(answers[1].is_err());
    assert_eq!(env.batched(), 0);
    assert_eq!(env.number("SELECT count(*) FROM credentials").await, 2);
}

#[tokio::test]
async fn a_full_list_is_replaced() {
    let env = TestEnv::up().await;
    let ada = env.wallet("ada@example.com").await;
    let answers = env
        .after(&[(&ada, 1, 2)], "UPDATE status_lists SET taken = size / 2")
        .await;
    delivered(&answers[0]);
    assert_eq!(env.batched(), 0, "it was issued alone");
    assert_eq!(
        env.number("SELECT taken FROM status_lists WHERE number = 2")
            .await,
        1
    );
}

#[tokio::test]
async fn a_full_queue_takes_no_more_requests_and_those_of_absent_callers_issue_nothing() {
    let env = TestEnv::up().await;
    let (ada, bob) = (
        env.wallet("ada@example.com").await,
        env.wallet("bob@example.com").await,
    );
    let held = env.app.store.write().await.unwrap();
    let absent = env.request(&ada, MAX_QUEUED, 2);
    until(|| env.app.wallet_batcher.queued() == 1).await;
    absent.abort();
    assert!(absent.await.unwrap_err().is_cancelled());
    let call = env.request(&bob, 1, 3);
    // The leader waits for the writer, and so does a request that is issued alone.
    until(|| env.app.wallet_batcher.queued() == 2 || env.app.store.waiting() == 2).await;
    assert_eq!(env.app.wallet_batcher.queued(), 1);
    drop(held);
    delivered(&call.await.unwrap());
    assert_eq!(env.batched(), 0);
    assert_eq!(env.number("SELECT count(*) FROM credentials").await, 2);
}
