//! Several instances on one database.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Behaviour, TestEnv, open, verify};

#[tokio::test]
async fn two_instances_do_not_double_an_upload() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::Refuses(500));
    // Fewer than pause the uploads.
    for holder in 0..8 {
        let mut request = env.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        assert_eq!(issuer.issue(&request).await, 503);
    }
    env.platform.set(Behaviour::Responds);
    env.pass(10);
    let second = env.start().await;
    let (one, other) = tokio::join!(issuer.service.deliver_due(), second.service.deliver_due());
    assert_eq!(
        one.unwrap() + other.unwrap(),
        8,
        "each is tried by one of the two"
    );
    assert_eq!(env.platform.tries().len(), 16);
    assert_eq!(env.platform.stored().len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_requests_to_two_instances_give_one_credential() {
    let (env, first) = TestEnv::with_issuer().await;
    let second = env.start().await;
    let requests: Vec<_> = (0..4)
        .map(|holder| {
            let mut request = env.request();
            request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
            request
        })
        .collect();
    let calls = (0..48).map(|call| {
        let issuer = if call % 2 == 0 { &first } else { &second };
        issuer.issue(&requests[call % requests.len()])
    });
    assert_eq!(join_all(calls).await, [201; 48]);
    assert_eq!(env.platform.stored().len(), 4);
    assert_eq!(first.history().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_under_one_load_take_each_index_once() {
    let (env, first) = TestEnv::with_issuer().await;
    let second = env.start().await;
    let requests: Vec<_> = (0..40)
        .map(|holder| {
            let mut request = env.request();
            request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
            request
        })
        .collect();
    let calls = requests.iter().enumerate().map(|(call, request)| {
        let issuer = if call % 2 == 0 { &first } else { &second };
        issuer.issue(request)
    });
    assert_eq!(join_all(calls).await, [201; 40]);
    let mut entries = HashSet::new();
    for upload in env.platform.stored() {
        let verified = verify(&env, &first, &open(&env, &upload)).await;
        let entry = verified.status_reference().unwrap();
        assert!(
            entries.insert((entry.uri.clone(), entry.index)),
            "{entry:?} was taken twice"
        );
    }
    assert_eq!(entries.len(), 40);
    // Each instance has a chain of its own.
    assert_eq!(second.service.verify_audit_log().await.unwrap(), Some(80));
}
