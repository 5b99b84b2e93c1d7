//! A process of the service is killed (`kill -9`) between each pair of its steps, while dStorage is slow, loses
//! responses or returns false ones. Another process finds each credential once, with its record, and revocable.
//!
//! A scenario runs once to its end, which shows its places: the statements of the database. Then a process is
//! killed after each of them.

mod instances;
mod process;

use crate::support::{
    Behaviour, Process, Service, Statement, TestEnv, check_whole, nonce, open, verify_with_status,
};

/// Longer than the lease of an upload, and than the time until a refused one is tried again.
const LATER: u64 = 3_610;
/// The statement that completes the first transaction.
const PREPARED: &str = "INSERT INTO audit";
/// Responses after which dStorage may have the credential.
const UNSURE: [Behaviour; 5] = [
    Behaviour::LosesResponses,
    Behaviour::Lies,
    Behaviour::StoresAndRefuses(500),
    Behaviour::StoresAndRefuses(409),
    Behaviour::StoresElsewhere,
];

/// The calls of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calls {
    Issue,
    IssueAndRevoke,
}

/// Makes the calls, until the process is killed.
async fn call(service: &Service, env: &TestEnv, calls: Calls) -> Option<()> {
    service.issue(&env.request()).await?;
    if calls == Calls::IssueAndRevoke {
        service.revoke().await?;
    }
    service.mark().await
}

/// The statements of a scenario: of the last call only.
async fn places(behaviour: Behaviour, calls: Calls) -> Vec<Statement> {
    let env = TestEnv::new().await;
    env.platform.set(behaviour);
    let mut process = Process::start(&env, None).await;
    call(&process.service(), &env, calls).await.unwrap();
    let issued = process.statements_until_mark().await;
    match calls {
        Calls::Issue => issued,
        Calls::IssueAndRevoke => process.statements_until_mark().await,
    }
}

/// The statements after the upload.
async fn places_after_upload(behaviour: Behaviour) -> Vec<Statement> {
    let statements = places(behaviour, Calls::Issue).await;
    let prepared = statements
        .iter()
        .position(|statement| statement.text.starts_with(PREPARED))
        .unwrap();
    statements[prepared + 1..].to_vec()
}

/// Kills a process after a statement.
async fn kill_at(behaviour: Behaviour, calls: Calls, place: &Statement) -> TestEnv {
    let env = TestEnv::new().await;
    env.platform.set(behaviour);
    let mut process = Process::start(&env, Some(place.number)).await;
    let service = process.service();
    let (answered, ()) = tokio::join!(call(&service, &env, calls), process.kill_at(place.number));
    assert_eq!(answered, None, "{place:?} of {behaviour:?} has an answer");
    env
}

/// Another process delivers the rest, and the caller comes back.
async fn check_issued(env: &TestEnv) {
    let issuer = env.start().await;
    env.platform.set(Behaviour::Responds);
    env.pass(LATER);
    issuer.service.deliver_due().await.unwrap();
    assert_eq!(issuer.issue(&env.request()).await, 201);
    check_whole(env, &issuer).await;
}

/// The record and the list agree after a revocation that may be complete. The operator revokes again.
async fn check_revoked(env: &TestEnv) {
    let issuer = env.start().await;
    let nonce = nonce(&issuer.history().await);
    let credential = open(env, &env.platform.stored()[0]);
    let status = format!("/revocation-status/{}", nonce.as_str().unwrap());
    let is_revoked = issuer.get(&status).await.json()["isRevoked"] == true;
    let verified = verify_with_status(env, &issuer, &credential).await;
    assert_eq!(verified.is_err(), is_revoked, "the list differs from the record");

    env.platform.set(Behaviour::Responds);
    issuer.revoke(&nonce).await;
    assert!(verify_with_status(env, &issuer, &credential).await.is_err());
    env.pass(LATER);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 0);
    assert_eq!(env.platform.stored().len(), 1);
    assert!(issuer.service.verify_audit_log().await.unwrap().is_some());
}

#[tokio::test]
async fn at_each_statement_of_an_issuance() {
    let places = places(Behaviour::Responds, Calls::Issue).await;
    for required in [
        "INSERT INTO issuances",
        "INSERT INTO outbox",
        PREPARED,
        "DELETE FROM outbox",
    ] {
        let is_there = places.iter().any(|place| place.text.starts_with(required));
        assert!(is_there, "{required}: {places:#?}");
    }
    for place in &places {
        let env = kill_at(Behaviour::Responds, Calls::Issue, place).await;
        check_issued(&env).await;
    }
}

#[tokio::test]
async fn at_each_statement_after_a_response_that_is_lost_or_false() {
    for behaviour in UNSURE {
        let places = places_after_upload(behaviour).await;
        assert!(!places.is_empty(), "{behaviour:?}");
        for place in &places {
            let env = kill_at(behaviour, Calls::Issue, place).await;
            check_issued(&env).await;
        }
    }
}

#[tokio::test]
async fn at_each_statement_after_dstorage_was_too_slow() {
    for behaviour in [Behaviour::Hangs, Behaviour::StoresAndHangs] {
        let places = places_after_upload(behaviour).await;
        assert!(!places.is_empty(), "{behaviour:?}");
        for place in &places {
            let env = kill_at(behaviour, Calls::Issue, place).await;
            check_issued(&env).await;
        }
    }
}

#[tokio::test]
async fn while_dstorage_has_the_upload() {
    for behaviour in [Behaviour::Hangs, Behaviour::StoresAndHangs] {
        let env = TestEnv::new().await;
        env.platform.set(behaviour);
        let mut process = Process::start(&env, None).await;
        let service = process.service();
        let killed = async {
            env.platform.wait_for_tries(1).await;
            process.kill();
        };
        let (answered, ()) = tokio::join!(call(&service, &env, Calls::Issue), killed);
        assert_eq!(answered, None, "{behaviour:?}");
        check_issued(&env).await;
    }
}

#[tokio::test]
async fn after_the_answer() {
    for behaviour in [&[Behaviour::Responds, Behaviour::Hangs][..], &UNSURE].concat() {
        let env = TestEnv::new().await;
        env.platform.set(behaviour);
        let mut process = Process::start(&env, None).await;
        let answered = process.service().issue(&env.request()).await;
        let is_stored = matches!(behaviour, Behaviour::Responds | Behaviour::StoresElsewhere);
        assert_eq!(answered == Some(201), is_stored, "{behaviour:?}: {answered:?}");
        process.kill();
        check_issued(&env).await;
    }
}

#[tokio::test]
async fn at_each_statement_of_the_revocation_of_a_stored_credential() {
    revoke_with(Behaviour::Responds).await;
}

#[tokio::test]
async fn at_each_statement_of_the_revocation_of_a_prepared_credential() {
    revoke_with(Behaviour::LosesResponses).await;
}

async fn revoke_with(behaviour: Behaviour) {
    let places = places(behaviour, Calls::IssueAndRevoke).await;
    for required in [
        "UPDATE issuances",
        "UPDATE status_lists",
        "DELETE FROM outbox",
        PREPARED,
    ] {
        let is_there = places.iter().any(|place| place.text.starts_with(required));
        assert!(is_there, "{required}: {places:#?}");
    }
    for place in &places {
        let env = kill_at(behaviour, Calls::IssueAndRevoke, place).await;
        check_revoked(&env).await;
    }
}
