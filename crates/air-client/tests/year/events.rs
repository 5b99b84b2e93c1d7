//! The events of a platform: those of its users, its partner and its operator.

use std::{io::Cursor, time::Duration};

use air_api::OnDuplicate;
use air_client::{
    Error, IssueCredential, Signed,
    bulk::{Bulk, BulkError, InputDigest, Journal, NdjsonRows, RowOutcome, RunOutcome},
};
use air_crypto::Curve;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{
    accounts::Accounts,
    checks,
    platform::PATIENCE,
    process::Process,
    users::{log_in, verify_user},
    world::{World, subject},
};

/// The rows of a bulk issuance that is killed.
const KILLED_ROWS: usize = 40;

/// Issues on behalf of a new user, or again of a known one, whose earlier credentials are then revoked.
pub(crate) async fn issue(world: &mut World) {
    let now = world.now().await;
    let known = 1 + world.random.below(world.accounts.users.max(1));
    let is_again =
        world.random.below(6) == 0 && known <= world.accounts.users && world.accounts.is_settled(known, now);
    let user = if is_again {
        known
    } else {
        world.accounts.new_user()
    };
    issue_to(world, user).await;
}

pub(crate) async fn issue_to(world: &mut World, user: usize) {
    let (program, days) = world.draw_program();
    let order = world.order(program);
    let issued = world
        .client
        .issue_on_behalf(&Accounts::email(user), &order)
        .await
        .unwrap();
    world.acknowledge(user, issued.core_claim_hash, days, None).await;
    world.figures.issued += 1;
}

/// Issues to a user who is present, and receives the credential.
pub(crate) async fn issue_to_present(world: &mut World) {
    let user = world.accounts.new_user();
    let (program, days) = world.draw_program();
    let order = world.order(program);
    let parameters = IssueCredential {
        auth: Signed.into(),
        issuer_did: order.issuer_did,
        credential_id: order.program,
        credential_subject: subject(),
        curve: Curve::default(),
        on_duplicate: OnDuplicate::Revoke,
    };
    let issued = {
        let holder = log_in(&world.client, user).await;
        holder.issue_credential(parameters).await.unwrap()
    };
    world
        .acknowledge(user, issued.core_claim_hash, days, Some(issued.credential))
        .await;
    world.figures.issued += 1;
}

pub(crate) async fn revoke(world: &mut World) {
    let valid = world.accounts.valid(world.now().await);
    let Some(place) = world.random.choose(&valid).copied() else {
        return;
    };
    let hash = world.accounts.credentials[place].hash;
    world.client.local().revoke(Signed, hash).await.unwrap();
    world.accounts.credentials[place].revoked_at = Some(world.now().await);
    world.figures.revoked += 1;
}

/// Verifies a user's credential, once each entry is in a block.
pub(crate) async fn verify(world: &mut World) {
    let users = world.accounts.users + 1;
    let user = 1 + world.random.below(users);
    if world.accounts.is_settled(user, world.now().await) {
        checks::drain(world).await;
        verify_user(world, user).await;
    }
}

/// A bulk issuance to new users, and its input.
struct Rows {
    users: Vec<usize>,
    text: String,
    program: &'static str,
    days: Option<u32>,
    journal: std::path::PathBuf,
}

impl Rows {
    fn new(world: &mut World, count: usize) -> Self {
        let (program, days) = world.draw_program();
        let users: Vec<usize> = (0..count).map(|_| world.accounts.new_user()).collect();
        let lines = users.iter().map(|user| {
            let email = Accounts::email(*user);
            let row = json!({ "email": email.as_str(), "credentialSubject": subject() });
            format!("{row}\n")
        });
        Self {
            text: lines.collect(),
            users,
            program,
            days,
            journal: world.new_path("journal"),
        }
    }

    fn digest(&self) -> InputDigest {
        InputDigest::of(self.text.as_bytes()).unwrap()
    }

    fn rows(&self) -> NdjsonRows<Cursor<&[u8]>> {
        NdjsonRows::new(Cursor::new(self.text.as_bytes()))
    }

    /// Runs to the end, and records each row.
    async fn complete(&self, world: &mut World, bulk: &Bulk, mut journal: Journal) {
        let ended = bulk
            .run_signed(&mut journal, self.rows(), std::future::pending(), |_| ())
            .await;
        assert!(matches!(ended, Ok(RunOutcome::Complete)), "{ended:?}");
        let end = self.users.len() as u64 + 1;
        let outcomes = journal.outcomes(1..end).unwrap();
        for (user, outcome) in self.users.iter().zip(outcomes) {
            let Some(RowOutcome::Issued(hash)) = outcome else {
                panic!("{user}: {outcome:?}");
            };
            world.acknowledge(*user, hash, self.days, None).await;
            world.figures.issued += 1;
        }
        std::fs::remove_file(&self.journal).unwrap();
    }
}

pub(crate) async fn bulk(world: &mut World) {
    let count = 5 + world.random.below(16);
    let rows = Rows::new(world, count);
    let bulk = world.client.bulk(world.bulk_order(rows.program));
    let journal = bulk.begin(&rows.journal, rows.digest()).unwrap();
    rows.complete(world, &bulk, journal).await;
}

/// Kills the platform and the run in the middle of a bulk issuance. Both go on afterwards.
pub(crate) async fn kill(world: &mut World) {
    let rows = Rows::new(world, KILLED_ROWS);
    let after = u32::try_from(world.random.below(KILLED_ROWS)).unwrap();
    world.stop().await;
    let mut process = Process::start(&world.storage).await;
    let order = world.bulk_order(rows.program);
    let bulk = world
        .partner
        .client(&process.url)
        .bulk(order.clone())
        .concurrency(8);
    let mut journal = bulk.begin(&rows.journal, rows.digest()).unwrap();
    let answered = Semaphore::new(0);
    let run = bulk.run_signed(&mut journal, rows.rows(), std::future::pending(), |_| {
        answered.add_permits(1);
    });
    tokio::select! {
        enough = answered.acquire_many(after) => drop(enough.unwrap()),
        ended = run => assert!(matches!(ended, Ok(RunOutcome::Complete)), "{ended:?}"),
    }
    process.kill();
    drop(journal);
    world.start().await;
    let bulk = world.client.bulk(order);
    let journal = resume(&bulk, &rows).await;
    rows.complete(world, &bulk, journal).await;
    world.figures.kills += 1;
}

/// Opens the journal, once the run that was dropped has synced it.
async fn resume(bulk: &Bulk, rows: &Rows) -> Journal {
    let opened = async {
        loop {
            match bulk.resume(&rows.journal, rows.digest()) {
                Err(BulkError::JournalInUse) => tokio::task::yield_now().await,
                journal => return journal.unwrap(),
            }
        }
    };
    let waited = tokio::time::timeout(PATIENCE, opened).await;
    waited.expect("the journal is closed")
}

/// Rotates the key that signs the partner's tokens. Tokens of the earlier key are refused.
pub(crate) async fn rotate(world: &mut World) {
    let earlier = world.partner.client(&world.url());
    world.partner.rotate(&world.client).await;
    world.client = world.partner.client(&world.url());
    let refused = earlier.local().login(Signed, &Accounts::email(1)).await;
    assert!(matches!(refused, Err(Error::NotAuthorised { .. })), "{refused:?}");
    world.figures.rotations += 1;
}

pub(crate) async fn restart(world: &mut World) {
    world.stop().await;
    world.start().await;
    world.figures.restarts += 1;
}

/// Backs up the running platform, and restores the backup in another storage, on which the platform goes on.
pub(crate) async fn restore(world: &mut World) {
    let path = world.new_path("data");
    let now = world.now().await;
    let restored = world.storage.restore_backup(path, now).await;
    assert_eq!(restored.credentials, world.accounts.credentials.len());
    if !world.accounts.credentials.is_empty() {
        world.accounts.lists.insert(restored.list);
    }
    world.stop().await;
    let earlier = std::mem::replace(&mut world.storage, restored.storage);
    earlier.remove().await;
    world.start().await;
    // Two restores in one second would have one list.
    world.advance(Duration::from_mins(1)).await;
    checks::check(world).await;
    world.figures.restores += 1;
}
