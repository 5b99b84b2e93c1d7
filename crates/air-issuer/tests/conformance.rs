//! The conformance suite against our service, over HTTP, with the local platform as the AIR side.

#[path = "../examples/conformance/suite.rs"]
mod suite;

use air_client::AirClient;
use air_issuer::Clock;
use air_jwt::PartnerToken;
use air_sandbox::TestPlatform;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot};

use self::suite::{Holder, Report, Subject, Target, Verdict};
use crate::{
    local_platform::{EMAIL, start},
    support::{ADMIN_KEY, API_KEY},
};

/// The reports of our service.
async fn run(lists: Option<&str>) -> Vec<Report> {
    let platform = TestPlatform::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let service = start(&platform, folder.path(), lists).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (end, ended) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let end = async move { drop(ended.await) };
        service.serve(listener, end).await
    });

    let token = PartnerToken::issue(platform.partner_id().clone())
        .sign(platform.key(), Clock::system().now())
        .unwrap();
    let client = AirClient::at(&platform.url()).unwrap();
    let user = client
        .initialize_user(&token, &EMAIL.parse().unwrap())
        .await
        .unwrap();
    let schema = platform.ids().schemas["adult"].to_string();
    let target = Target {
        url,
        api_key: API_KEY.to_owned(),
        admin_api_key: Some(ADMIN_KEY.to_owned()),
        holder: Some(Holder {
            did: user.did,
            user_id: "user-1".to_owned(),
            schema_id: schema.clone(),
            encryption_key: user.public_key,
        }),
        subject: Some(Subject {
            email: EMAIL.to_owned(),
            vct: schema.clone(),
            schema_id: schema,
            claims: json!({ "isOver18": true }).as_object().unwrap().clone(),
        }),
    };
    let reports = suite::run(&target).await.unwrap();
    drop(end);
    serving.await.unwrap().unwrap();
    reports
}

fn broken(reports: &[Report]) -> Vec<&Report> {
    reports
        .iter()
        .filter(|report| matches!(report.verdict, Verdict::Broken { .. }))
        .collect()
}

fn not_run(reports: &[Report]) -> Vec<&str> {
    reports
        .iter()
        .filter(|report| matches!(report.verdict, Verdict::NotRun(_)))
        .map(|report| report.case.as_str())
        .collect()
}

#[tokio::test]
async fn our_service_meets_every_case() {
    let reports = Box::pin(run(Some("16"))).await;
    assert!(broken(&reports).is_empty(), "{:#?}", broken(&reports));
    assert!(not_run(&reports).is_empty(), "{:?}", not_run(&reports));
    assert!(reports.len() > 60, "{}", reports.len());
}

#[tokio::test]
async fn without_lists_their_routes_are_a_501() {
    let reports = Box::pin(run(None)).await;
    assert!(broken(&reports).is_empty(), "{:#?}", broken(&reports));
    assert_eq!(not_run(&reports), ["status lists"]);
}

/// A service that responds with 200 to everything has no route right.
#[tokio::test]
async fn another_service_is_found_out() {
    let router = axum::Router::new().fallback(|| async { "Welcome" });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let target = Target {
        url,
        api_key: API_KEY.to_owned(),
        admin_api_key: Some(ADMIN_KEY.to_owned()),
        holder: None,
        subject: None,
    };
    let reports = suite::run(&target).await.unwrap();
    serving.abort();
    let met: Vec<&Report> = reports
        .iter()
        .filter(|report| report.verdict == Verdict::Met)
        .collect();
    assert!(met.is_empty(), "{met:#?}");
    assert_eq!(
        not_run(&reports),
        [
            "a preview for the holder",
            "issuance to the holder",
            "issuance by the operator",
            "revocation of a credential"
        ]
    );
}
