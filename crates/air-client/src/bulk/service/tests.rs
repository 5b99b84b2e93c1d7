//! Runs against a service that refuses, postpones and repeats. Time is paused.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use air_api::IDEMPOTENCY_KEY_HEADER;

use super::*;
use crate::{
    Environment,
    bulk::{NdjsonRows, RowOutcome},
    transport::{Answer, NoResponse, Wire, fake_transport::FakeTransport},
};

const INPUT: InputDigest = InputDigest([7; 32]);
const ADMIN_HEADER: &str = "x-admin-api-key";
const ADMIN_KEY: &str = "fedcba9876543210fedcba9876543210";

/// The keys of the calls for each user, in order.
type Calls = Arc<Mutex<HashMap<String, Vec<String>>>>;

fn client(calls: &Calls) -> AirClient {
    client_at("https://issuer.example", calls)
}

fn client_at(url: &str, calls: &Calls) -> AirClient {
    let calls = calls.clone();
    let fake = FakeTransport::new(move |request| {
        let answer = answer(&calls, &request);
        async move { answer }
    });
    AirClient::builder(Environment::at(url).unwrap())
        .keeps_idempotency_keys(true)
        .over(Wire::Fake(fake))
}

fn answer(calls: &Calls, request: &reqwest::Request) -> Result<Answer, NoResponse> {
    assert_eq!(request.url().path(), "/admin/issue-vc");
    assert_eq!(request.headers()[ADMIN_HEADER], ADMIN_KEY);
    let key = request.headers()[IDEMPOTENCY_KEY_HEADER].to_str().unwrap();
    let body: Value = serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
    assert_eq!(
        (&body["schemaId"], &body["vct"], &body["expiration"]),
        (&json!("member"), &json!("type"), &json!("2030-05-01T00:00:00Z"))
    );
    let user = body["userId"].as_str().unwrap();
    let mut calls = calls.lock().unwrap();
    let earlier = calls.entry(user.to_owned()).or_default();
    earlier.push(key.to_owned());
    let created = || Answer::new(201, &[("location", "/admin/issuances/urn:uuid:1")], "");
    match (user, earlier.len()) {
        ("slow@a.bc", 1) => Ok(Answer::new(503, &[("retry-after", "1")], "{}")),
        ("lost@a.bc", 1) => Err(NoResponse::Broken),
        ("unknown@a.bc", _) => {
            let text = r#"{"message":"Unable to resolve user: unknown@a.bc","error":"x","statusCode":422}"#;
            Ok(Answer::new(422, &[], text))
        }
        ("late@a.bc", _) => {
            let text = r#"{"message":["expiration must be in the future"],"error":"x","statusCode":400}"#;
            Ok(Answer::new(400, &[], text))
        }
        ("refused@a.bc", _) => Ok(Answer::new(502, &[("retry-after", "3600")], "{}")),
        _ => Ok(created()),
    }
}

fn rows(users: &[&str]) -> String {
    let row = |user: &&str| {
        format!(r#"{{"email":"{user}@a.bc","expiration":"2030-05-01","credentialSubject":{{"level":1}}}}"#)
            + "\n"
    };
    users.iter().map(row).collect()
}

fn bulk(client: &AirClient) -> ServiceBulk {
    client.service_bulk(ServiceOrder::new("member").vct("type"))
}

#[tokio::test(start_paused = true)]
async fn each_row_has_one_key_and_an_outcome() {
    let calls = Calls::default();
    let client = client(&calls);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let mut journal = bulk(&client).begin(&path, INPUT).unwrap();
    let text = rows(&["ada", "slow", "lost", "unknown", "late", "refused"]);
    let rows = NdjsonRows::for_service(text.as_bytes());
    let ended = bulk(&client)
        .run(ADMIN_KEY, &mut journal, rows, std::future::pending(), |_| ())
        .await
        .unwrap();
    assert!(matches!(ended, RunOutcome::Complete), "{ended:?}");

    let stored = Some(RowOutcome::Stored {
        external_id: Some("urn:uuid:1".to_owned()),
    });
    let refused = |reason, place: &str| Some(RowOutcome::Refused(Refusal::new(reason, place)));
    let expected = [
        stored.clone(),
        stored.clone(),
        stored,
        refused(Reason::Rejected, "/email"),
        refused(Reason::Rejected, "/expiration"),
        refused(Reason::NotStored, ""),
    ];
    assert_eq!(journal.outcomes(1..7).unwrap(), expected);
    let summary = journal.summary();
    assert_eq!((summary.issued, summary.refused), (3, 3));
    let calls = calls.lock().unwrap();
    for user in ["slow@a.bc", "lost@a.bc"] {
        let keys = &calls[user];
        assert_eq!(keys.len(), 2, "{user}");
        assert_eq!(keys[0], keys[1], "{user}");
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("a.bc") && !text.contains(ADMIN_KEY), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_journal_belongs_to_its_service_schema_and_type() {
    let client = client(&Calls::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    drop(bulk(&client).begin(&path, INPUT).unwrap());
    assert!(bulk(&client).resume(&path, INPUT).is_ok());
    let other = |bulk: ServiceBulk| match bulk.resume(&path, INPUT) {
        Err(BulkError::JournalOfAnother { what }) => what,
        other => panic!("{other:?}"),
    };
    let elsewhere = client_at("https://other.example", &Calls::default());
    assert_eq!(other(bulk(&elsewhere)), "service");
    assert_eq!(
        other(client.service_bulk(ServiceOrder::new("badge").vct("type"))),
        "schema"
    );
    assert_eq!(other(client.service_bulk(ServiceOrder::new("member"))), "vct");
    let order = crate::bulk::BulkOrder::new("did:air:id:test:x".parse().unwrap(), "c21".parse().unwrap());
    let platform = client.bulk(order).resume(&path, INPUT);
    assert!(matches!(
        platform,
        Err(BulkError::JournalOfAnother { what: "service" })
    ));
}
