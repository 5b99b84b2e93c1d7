//! Two instances on one PostgreSQL database are upgraded one by one under load, and no request is refused.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, Mutex},
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio::sync::Semaphore;

use super::{Database, ENTRIES, load, start};
use crate::support::{Issuer, TestEnv, open, verify_with_status};

/// The state of the earlier build.
const STATE: &str = "2026-11-30-2";
/// Reverses the migrations since that build. A new migration needs its reverse here. Both instances have
/// the code of this build, so the test shows that a migration does not disturb a running instance, and not
/// that the code of the earlier build can use the new tables.
const UNDO: &str = "DROP INDEX issuances_with_user; \
    ALTER TABLE credential_offers DROP COLUMN refused; \
    DELETE FROM _sqlx_migrations WHERE version > 7";
/// The concurrent callers.
const CALLERS: usize = 8;
/// The holders of each caller.
const EACH: usize = 12;
/// The holders of the callers.
const HOLDERS: usize = CALLERS * EACH;
/// The credentials of the file, of which one is revoked.
const EARLIER: usize = 4;
/// The answers between two steps of the upgrade.
const ANSWERS: u32 = 24;

/// The instances that receive requests, like the servers of a proxy.
#[derive(Default)]
struct Servers(Mutex<Vec<Arc<Issuer>>>);

impl Servers {
    fn add(&self, issuer: Issuer) {
        self.0.lock().unwrap().push(Arc::new(issuer));
    }

    /// An instance for this request.
    fn choose(&self, request: usize) -> Arc<Issuer> {
        let servers = self.0.lock().unwrap();
        servers[request % servers.len()].clone()
    }

    /// Sends no further requests to the oldest instance. It ends after those in flight.
    fn remove_first(&self) {
        self.0.lock().unwrap().remove(0);
    }
}

fn request(env: &TestEnv, holder: usize) -> Value {
    let mut request = env.request();
    request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
    request
}

/// Issues, and sends the requests of verifiers.
async fn call(env: &TestEnv, servers: &Servers, status: &str, holder: usize) {
    let issued = servers.choose(holder).issue(&request(env, holder)).await;
    assert_eq!(issued, 201, "{holder}");
    for path in ["/statuslist/0", status, "/.well-known/did.json"] {
        let response = servers.choose(holder + 1).get(path).await;
        assert_eq!(response.status, 200, "{path}: {response:?}");
    }
}

/// Upgrades both instances, with some answers between the steps.
async fn upgrade(env: &TestEnv, servers: &Servers, answered: &Semaphore) {
    let some_answers = async || answered.acquire_many(ANSWERS).await.unwrap().forget();
    some_answers().await;
    servers.add(start(env).await.unwrap());
    some_answers().await;
    servers.remove_first();
    some_answers().await;
    servers.add(start(env).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn instances_on_postgresql_are_upgraded_one_by_one_without_a_refused_request() {
    let env = TestEnv::new().await;
    assert!(env.is_on_postgresql(), "AIR_TEST_DATABASE names a server");
    load(&env, STATE).await;
    let mut database = Database::connect(&env).await;
    let before = database.count("_sqlx_migrations").await;
    let servers = Servers::default();
    for _ in 0..2 {
        servers.add(start(&env).await.unwrap());
    }
    let history = servers.choose(0).history().await;
    let status = format!(
        "/revocation-status/{}",
        history[0]["revocationNonce"].as_str().unwrap()
    );
    let after = database.count("_sqlx_migrations").await;
    assert!(after > before, "{STATE} has all migrations");
    database.run(UNDO.to_owned()).await;
    assert_eq!(database.count("_sqlx_migrations").await, before);

    let answered = Semaphore::new(0);
    let callers = (0..CALLERS).map(|caller| {
        let (env, servers, status, answered) = (&env, &servers, &status, &answered);
        async move {
            for holder in caller * EACH..(caller + 1) * EACH {
                call(env, servers, status, holder).await;
                answered.add_permits(1);
            }
        }
    });
    tokio::join!(join_all(callers), upgrade(&env, &servers, &answered));

    assert_eq!(database.count("_sqlx_migrations").await, after);
    let issued = i64::try_from(HOLDERS + EARLIER).unwrap();
    assert_eq!(database.count("issuances").await, issued);
    database.0.close().await.unwrap();
    let issuer = start(&env).await.unwrap();
    let mut entries = HashSet::new();
    let mut nonces = BTreeSet::new();
    for upload in env.platform.stored() {
        let verified = verify_with_status(&env, &issuer, &open(&env, &upload))
            .await
            .unwrap();
        let entry = verified.status_reference().unwrap();
        assert!(
            entries.insert((entry.uri.clone(), entry.index)),
            "{entry:?} was taken twice"
        );
        nonces.insert(verified.claims()["nonce"].as_str().unwrap().to_owned());
    }
    assert_eq!((entries.len(), nonces.len()), (HOLDERS, HOLDERS));
    let verified = issuer.service.verify_audit_log().await.unwrap();
    assert!(verified > Some(ENTRIES), "{verified:?}");
}
