//! The client without a runtime, against a platform that runs on another thread.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    ops::ControlFlow,
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use air_api::{VcStatus, catalogue::CatalogueSearch};
use air_client::{
    AirClient, Environment, Error, PollSchedule,
    blocking::Client,
    bulk::{BulkOrder, InputDigest, NdjsonRows, RunOutcome},
    catalogue::everything,
};
use air_sandbox::TestPlatform;
use serde_json::json;
use tokio::sync::oneshot;

/// A platform with a runtime of its own.
struct Served {
    platform: std::sync::Arc<TestPlatform>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn start() -> Self {
        let (ready, started) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let platform = std::sync::Arc::new(TestPlatform::start().await.unwrap());
                ready.send(platform).unwrap();
                let _ = stopped.await;
            });
        });
        Self {
            platform: started.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn client(&self) -> Client {
        Client::at(&self.platform.url()).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn issues_and_waits_without_a_runtime() {
    let served = Served::start();
    let (platform, client) = (&served.platform, served.client());
    let token = platform.on_behalf_token("ada@example.com").unwrap();
    let order = platform.order("adult", json!({ "isOver18": true })).unwrap();
    let issued = client.issue_on_behalf(token.expose_secret(), &order).unwrap();
    let anchored = client.wait_until_anchored(
        token.expose_secret(),
        issued.core_claim_hash,
        PollSchedule::local(),
    );
    assert_eq!(anchored.unwrap().vc_status, VcStatus::Onchain);
    assert!(
        client
            .is_in_catalogue(platform.program("adult").unwrap())
            .unwrap()
    );
    let record = client.modify_issuer(token.expose_secret(), &"http://127.0.0.1:9/".parse().unwrap());
    assert_eq!(record.unwrap().issuer_did, *platform.issuer_did());
    let verify = platform.verify_token().unwrap();
    let opened = client.initialize_verification(verify.expose_secret(), platform.issuer_did());
    assert_eq!(opened.unwrap().issuer_did, *platform.issuer_did());
    // Any other call.
    client.wait(client.as_async().local().ready()).unwrap();
    let refused = client.issue_on_behalf("junk", &order);
    assert!(matches!(refused, Err(Error::NotAuthorised { .. })), "{refused:?}");
}

#[test]
fn lists_are_iterators_that_end_with_an_error() {
    let served = Served::start();
    let client = served.client();
    let catalogue = client.catalogue();
    let schemas: Vec<_> = catalogue.schemas(everything()).map(Result::unwrap).collect();
    assert_eq!(schemas.len(), 1);
    let alone = catalogue.schema(&schemas[0].schema_id).unwrap();
    assert_eq!(alone.title, schemas[0].title);
    assert_eq!(catalogue.programs(everything()).count(), 1);
    assert_eq!(catalogue.find("adult").map(Result::unwrap).count(), 3);
    let search = CatalogueSearch {
        q: "adult".to_owned(),
        page: 1,
        limit: 1,
    };
    assert_eq!(catalogue.search(&search).unwrap().credentials.total, 2);
    let mut wrong = everything();
    wrong.limit = 0;
    let items: Vec<_> = catalogue.programs(wrong).collect();
    assert!(matches!(items.as_slice(), [Err(Error::Rejected { .. })]));
}

#[test]
fn many_threads_share_a_client() {
    let served = Served::start();
    let client = served.client();
    thread::scope(|scope| {
        for number in 0..8 {
            let (client, platform) = (client.clone(), &served.platform);
            scope.spawn(move || {
                let token = platform
                    .on_behalf_token(&format!("user{number}@example.com"))
                    .unwrap();
                let order = platform.order("adult", json!({ "isOver18": true })).unwrap();
                client.issue_on_behalf(token.expose_secret(), &order).unwrap();
            });
        }
    });
    let details = client
        .catalogue()
        .credential(served.platform.program("adult").unwrap());
    assert_eq!(details.unwrap().credential.traction.issuance_count, 8);
}

#[test]
fn a_bulk_run_issues_and_stops_when_it_is_told_to() {
    const ROWS: usize = 40;
    let served = Served::start();
    let (platform, client) = (&served.platform, served.client());
    let row =
        |number| format!(r#"{{"email":"user{number}@example.com","credentialSubject":{{"isOver18":true}}}}"#);
    let input = (0..ROWS).map(row).collect::<Vec<_>>().join("\n");
    let digest = || InputDigest::of(input.as_bytes()).unwrap();
    let rows = || NdjsonRows::new(input.as_bytes());
    let order = BulkOrder::new(
        platform.issuer_did().clone(),
        platform.program("adult").unwrap().clone(),
    );
    let bulk = client.bulk(order).concurrency(2);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    let mut journal = bulk.begin(&file, digest()).unwrap();
    let (partner, key) = (platform.partner_id(), platform.key());
    let stopped = client.run(&bulk, partner, key, &mut journal, rows(), |progress| {
        if progress.issued >= 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert!(matches!(stopped, Ok(RunOutcome::WithRowsLeft)), "{stopped:?}");
    let issued = journal.summary().issued;
    assert!((3..10).contains(&issued), "{issued}");
    drop(journal);
    let mut journal = bulk.resume(&file, digest()).unwrap();
    let ended = client.run(&bulk, partner, key, &mut journal, rows(), |_| {
        ControlFlow::Continue(())
    });
    assert!(matches!(ended, Ok(RunOutcome::Complete)), "{ended:?}");
    assert_eq!(journal.summary().issued, ROWS as u64);
}

/// Neither panics nor blocks a worker; and it can be dropped there.
#[test]
fn within_a_runtime_it_refuses_and_says_so() {
    let served = Served::start();
    let client = served.client();
    let token = served.platform.issue_token().unwrap();
    let hash = air_api::CoreClaimHash::from_bytes([7; 32]);
    let builders: [fn() -> tokio::runtime::Builder; 2] = [
        tokio::runtime::Builder::new_current_thread,
        tokio::runtime::Builder::new_multi_thread,
    ];
    for builder in builders {
        let runtime = builder().enable_all().build().unwrap();
        let (client, token) = (client.clone(), token.expose_secret().to_owned());
        runtime.block_on(async move {
            let refused = client.status(&token, hash).unwrap_err();
            assert!(matches!(refused, Error::WithinRuntime), "{refused:?}");
            assert!(refused.to_string().contains("AirClient"));
            assert!(refused.is_safe_to_repeat() && !refused.is_retryable());
            let items: Vec<_> = client.catalogue().schemas(everything()).collect();
            assert!(matches!(items.as_slice(), [Err(Error::WithinRuntime)]));
            let made = Client::new(client.as_async().clone());
            assert!(matches!(made, Err(Error::WithinRuntime)));
            drop(client);
        });
    }
    // And it still works without.
    assert!(matches!(
        client.status(token.expose_secret(), hash),
        Err(Error::NotFound { .. })
    ));
}

#[test]
fn a_deadline_holds() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let client = AirClient::builder(Environment::at(&url).unwrap())
        .deadline(Duration::from_millis(50))
        .build_blocking()
        .unwrap();
    let hash = air_api::CoreClaimHash::from_bytes([7; 32]);
    let late = client.status("token", hash);
    assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
}
