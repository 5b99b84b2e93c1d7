//! The checks of a configuration and its surroundings.

use std::time::Duration;

use air_ids::UnixTime;
use air_issuer::{Check, CheckLevel, Clock, Config, IssuerService, check};
use axum::{Router, routing::any_service};
use tokio::{net::TcpListener, sync::oneshot};

use crate::support::TestEnv;

/// No server listens on port 1.
const CLOSED: &str = "http://localhost:1";

/// The subject, the outcome and the code of each check, apart from good ones.
fn problems(checks: &[Check]) -> Vec<(&str, CheckLevel, Option<&str>)> {
    let problems = checks.iter().filter(|check| check.level != CheckLevel::Good);
    problems
        .map(|check| (check.name, check.level, check.code))
        .collect()
}

fn ahead(seconds: u64) -> Clock {
    Clock::from_fn(move || Clock::system().now().saturating_add(Duration::from_secs(seconds)))
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    (listener, origin)
}

fn config(env: &TestEnv, origin: &str) -> Config {
    env.config(&[("ISSUER_ORIGIN", origin)], "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_service_has_no_problems_apart_from_one_key_for_all() {
    let env = TestEnv::new().await;
    let (listener, origin) = listen().await;
    // With the machine's clock, as the check.
    let service = IssuerService::start(config(&env, &origin)).await.unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let ended = async { ended.await.expect("the test ends the server") };
        service.serve(listener, ended).await
    });
    let checks = check(&config(&env, &origin), &Clock::system()).await.unwrap();
    assert_eq!(
        problems(&checks),
        [
            ("config", CheckLevel::Warning, Some("config-warning")),
            ("api", CheckLevel::Skipped, None)
        ],
        "{checks:?}"
    );
    for (seconds, level, code) in [
        (15, CheckLevel::Warning, "clock-drift"),
        (60, CheckLevel::Failed, "clock-skew"),
    ] {
        let checks = check(&config(&env, &origin), &ahead(seconds)).await.unwrap();
        assert!(
            problems(&checks).contains(&("clock", level, Some(code))),
            "{checks:?}"
        );
    }

    // The service still publishes the old key.
    let other = TestEnv::new().await;
    let checks = check(&config(&other, &origin), &Clock::system()).await.unwrap();
    for (name, code) in [("did", "did-keys"), ("status-list", "status-list-invalid")] {
        let found = (name, CheckLevel::Failed, Some(code));
        assert!(problems(&checks).contains(&found), "{checks:?}");
    }
    end.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn missing_parts_are_named_and_nothing_is_created() {
    let env = TestEnv::new().await;
    let origins = ["ISSUER_ORIGIN", "MOCA_CHAIN_API_ORIGIN", "AIR_API_ORIGIN"].map(|name| (name, CLOSED));
    let checks = check(&env.config(&origins, ""), &Clock::system()).await.unwrap();
    assert_eq!(
        problems(&checks),
        [
            ("config", CheckLevel::Warning, Some("config-warning")),
            ("database", CheckLevel::Warning, Some("database-new")),
            ("dstorage", CheckLevel::Failed, Some("dstorage-unreachable")),
            ("clock", CheckLevel::Skipped, None),
            ("api", CheckLevel::Failed, Some("api-unreachable")),
            ("did", CheckLevel::Warning, Some("did-unreachable")),
            ("status-list", CheckLevel::Skipped, None),
        ],
        "{checks:?}"
    );
    assert!(!env.path().join("data").exists());
    let settings = checks.iter().find(|check| check.name == "config").unwrap();
    assert!(settings.message.ends_with(" with 0 schemas"), "{settings:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_forwards_no_status_list_is_named() {
    let env = TestEnv::new().await;
    let (listener, origin) = listen().await;
    let service = IssuerService::start(config(&env, &origin)).await.unwrap();
    let proxy = Router::new().route("/.well-known/did.json", any_service(service.router()));
    tokio::spawn(async move { axum::serve(listener, proxy).await });
    let checks = check(&config(&env, &origin), &Clock::system()).await.unwrap();
    let found = ("status-list", CheckLevel::Failed, Some("status-list-unreachable"));
    assert!(problems(&checks).contains(&found), "{checks:?}");
    assert!(!problems(&checks).iter().any(|(name, ..)| *name == "did"));
}

#[tokio::test]
async fn settings_of_issued_credentials_are_compared() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    issuer.service.close().await;
    let checks = check(&config(&env, CLOSED), &Clock::from_fn(|| UnixTime::EPOCH))
        .await
        .unwrap();
    let database = checks.iter().find(|check| check.name == "database").unwrap();
    assert_eq!(
        (database.level, database.code),
        (CheckLevel::Failed, Some("settings-frozen"))
    );
    assert!(
        database.message.contains("https://issuer.example"),
        "{database:?}"
    );
}

#[cfg(feature = "openid4vc")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_metadata_for_wallets_is_compared_with_the_schemas() {
    const SCHEMA: &str = "[[schemas]]\nid = \"member\"\nvalid-for = \"1d\"\ndocument = \"member.json\"\n\
                          claims = { table = \"members.csv\" }\n[openid4vc]\n";
    let env = TestEnv::new().await;
    let (listener, origin) = listen().await;
    let config = |toml: &str| env.config(&[("ISSUER_ORIGIN", origin.as_str())], toml);
    let found = async |toml: &str| {
        let checks = check(&config(toml), &Clock::system()).await.unwrap();
        let found = checks.into_iter().find(|check| check.name == "openid4vc");
        found.map(|check| (check.level, check.code))
    };
    let issuer = env.try_start(config(SCHEMA)).await.unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let ended = async { ended.await.expect("the test ends the server") };
        issuer.service.serve(listener, ended).await
    });
    assert_eq!(found("").await, None);
    assert_eq!(found(SCHEMA).await, Some((CheckLevel::Good, None)));
    let other = SCHEMA.replace("\"member\"", "\"other\"");
    assert_eq!(
        found(other.as_str()).await,
        Some((CheckLevel::Failed, Some("openid4vc-schemas")))
    );
    end.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert_eq!(
        found(SCHEMA).await,
        Some((CheckLevel::Warning, Some("openid4vc-unreachable")))
    );
}
