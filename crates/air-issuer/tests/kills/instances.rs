//! Two processes on one database under one load, one of which is killed.

use std::collections::{BTreeSet, HashSet};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::LATER;
use crate::support::{Process, Service, TestEnv, open, verify};

/// The concurrent callers.
const CALLERS: usize = 16;
/// The holders of each caller.
const EACH: usize = 6;
const HOLDERS: usize = CALLERS * EACH;
/// The answers after which one process is killed.
const KILLED_AFTER: u32 = 40;

fn request(env: &TestEnv, holder: usize) -> Value {
    let mut request = env.request();
    request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
    request
}

/// Asks one process, and the other one if the first has no answer.
async fn issue(services: [&Service; 2], request: &Value) -> Option<u16> {
    let status = services[0].issue(request).await;
    if status == Some(201) {
        return status;
    }
    services[1].issue(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_killed_instance_on_postgresql_leaves_each_credential_once() {
    let env = TestEnv::new().await;
    assert!(env.is_on_postgresql(), "AIR_TEST_DATABASE names a server");
    let (mut first, second) = (Process::start(&env, None).await, Process::start(&env, None).await);
    let (one, other) = (first.service(), second.service());
    let answered = Semaphore::new(0);
    let callers = (0..CALLERS).map(|caller| {
        let (env, one, other, answered) = (&env, &one, &other, &answered);
        async move {
            for holder in caller * EACH..(caller + 1) * EACH {
                let request = request(env, holder);
                // The second process survives.
                let services = if holder % 2 == 0 {
                    [one, other]
                } else {
                    [other, other]
                };
                let status = issue(services, &request).await;
                assert_eq!(status, Some(201), "{holder}");
                answered.add_permits(1);
            }
        }
    });
    let killed = async {
        let _enough = answered.acquire_many(KILLED_AFTER).await.unwrap();
        first.kill();
    };
    tokio::join!(join_all(callers), killed);

    let issuer = env.start().await;
    env.pass(LATER);
    issuer.service.deliver_due().await.unwrap();
    let (mut nonces, mut entries) = (BTreeSet::new(), HashSet::new());
    let stored = env.platform.stored();
    assert_eq!(stored.len(), HOLDERS);
    for upload in &stored {
        let verified = verify(&env, &issuer, &open(&env, upload)).await;
        let entry = verified.status_reference().unwrap();
        assert!(
            entries.insert((entry.uri.clone(), entry.index)),
            "{entry:?} was taken twice"
        );
        nonces.insert(verified.claims()["nonce"].as_str().unwrap().to_owned());
    }
    let recorded: BTreeSet<String> = issuer
        .history()
        .await
        .iter()
        .map(|line| line["revocationNonce"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(nonces.len(), HOLDERS);
    assert_eq!(
        nonces, recorded,
        "each credential has a record, and can be revoked"
    );
    assert!(issuer.service.verify_audit_log().await.unwrap().is_some());
}
