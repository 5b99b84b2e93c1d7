//! The example `examples/issuer-behind-nginx` under load: two instances of `air issuer serve` on one PostgreSQL
//! database, behind nginx. `cargo xtask issuer-deploy` runs it.

mod deployment;
mod dstorage;
mod load;

use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use reqwest::Client;
use serde_json::Value;

use self::{
    deployment::{Deployment, Instance, example},
    dstorage::Dstorage,
    load::{CALLERS, Load},
};
use crate::support::TestEnv;

/// The path of an offer to a wallet, apart from its reference.
const OFFERS: &str = "/oid4vc/issuer/offers/";
/// The reference of an offer that does not exist.
const REFERENCE: &str = "secret-reference";
const API_KEY: &str = "0123456789abcdef0123456789abcdef";
const ADMIN_KEY: &str = "fedcba9876543210fedcba9876543210";
/// The time limit of a step.
const PATIENCE: Duration = Duration::from_secs(30);
/// The number of bytes that the service accepts in a body.
const BODY: usize = 100 * 1024;

/// Waits until a condition holds.
fn until(step: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{step}: not in time");
        thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs nginx and PostgreSQL"]
async fn restarts_and_a_kill_fail_no_request_and_issue_each_credential_once() {
    let env = TestEnv::new();
    let dstorage = Dstorage::start().await;
    let mut deployment = Deployment::start(&env, &dstorage.origin).await;
    let client = deployment.client.clone();
    only_public_routes_are_reachable(&deployment).await;

    let load = Load::start(&client, &deployment.url);
    for instance in &mut deployment.instances {
        // Each caller has a request in flight when the instance gets SIGTERM, and when it no longer listens.
        dstorage.hold();
        dstorage.wait_for(CALLERS).await;
        let server = instance.take();
        let ended = tokio::task::spawn_blocking(move || server.terminate());
        let address = instance.address();
        until("the instance stops listening", || {
            TcpStream::connect(address).is_err()
        });
        dstorage.release();
        ended.await.unwrap();
        instance.start();
        takes_requests(instance, &client).await;
    }

    let [first, _] = &mut deployment.instances;
    dstorage.hold();
    dstorage.wait_for(CALLERS).await;
    first.take().kill();
    dstorage.release();
    first.start();
    takes_requests(first, &client).await;

    let calls = load.end().await;
    assert_eq!(calls.failed, [""; 0], "of {} credentials", calls.issued);
    let stored = dstorage.stored();
    assert_eq!(stored.conflicts, 0, "each try has the same bytes");
    assert_eq!(stored.credentials, calls.issued);
    assert_eq!(
        stored.holders, calls.issued,
        "each holder has one credential, and asked for one"
    );
    assert_eq!(recorded(&deployment).await, calls.issued);
    let log = String::from_utf8(env.read("nginx/access.log")).unwrap();
    assert!(log.contains(&format!(" GET {OFFERS}- 404 ")), "{log}");
    let errors = String::from_utf8(env.read("nginx/error.log")).unwrap();
    assert!(!log.contains(REFERENCE) && !errors.contains(REFERENCE));
}

/// Waits until nginx sends requests to an instance again.
async fn takes_requests(instance: &Instance, client: &Client) {
    let begun = Instant::now();
    let counts = |line: &str| line.starts_with("air_issuer_issuances_total{") && !line.ends_with(" 0");
    loop {
        let response = client.get(instance.metrics_url()).send().await.unwrap();
        if response.text().await.unwrap().lines().any(counts) {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "nginx leaves the instance out: {}",
            instance.address()
        );
    }
}

/// The number of credentials in the issuer's history.
async fn recorded(deployment: &Deployment) -> usize {
    let [_, second] = &deployment.instances;
    let url = format!("http://{}/admin/issuance-history?limit=1", second.address());
    let request = deployment.client.get(url).header("x-admin-api-key", ADMIN_KEY);
    let history: Value = request.send().await.unwrap().json().await.unwrap();
    usize::try_from(history["pagination"]["total"].as_u64().unwrap()).unwrap()
}

/// nginx hides the operator's routes, health and metrics, limits bodies, and redirects to https.
async fn only_public_routes_are_reachable(deployment: &Deployment) {
    let Deployment { client, url, .. } = deployment;
    let get = async |path: &str| {
        let request = client
            .get(format!("{url}{path}"))
            .header("x-admin-api-key", ADMIN_KEY);
        request.send().await.unwrap()
    };
    for path in [
        "/admin/issuance-history",
        "/healthz",
        "/readyz",
        "/metrics",
        "/statuslist/0/admin",
    ] {
        assert_eq!(get(path).await.status(), 404, "{path}");
    }
    for path in [
        "/statuslist/0",
        "/revocation-status/1",
        "/.well-known/did.json",
        "/.well-known/jwt-vc-issuer",
        "/.well-known/air-partner-info",
    ] {
        assert_eq!(get(path).await.status(), 200, "{path}");
    }
    let offer = get(&format!("{OFFERS}{REFERENCE}")).await;
    assert_eq!(offer.status(), 404, "the example makes no offers");
    let document = get("/.well-known/did.json").await;
    assert!(document.headers().contains_key("strict-transport-security"));

    let post = async |length: usize| {
        let request = client
            .post(format!("{url}/issue-vc"))
            .header("x-api-key", API_KEY);
        request.body(" ".repeat(length)).send().await.unwrap().status()
    };
    assert_eq!(post(BODY).await, 400, "the service sees it");
    assert_eq!(post(BODY + 1).await, 413);

    let plain = client
        .get(format!("{}/issue-vc?x=1", deployment.plain_url))
        .send();
    let redirect = plain.await.unwrap();
    assert_eq!(redirect.status(), 301);
    assert_eq!(
        redirect.headers()["location"],
        "https://issuer.example/issue-vc?x=1"
    );
}

#[test]
fn the_instances_differ_in_their_addresses_only() {
    let [one, two] = ["issuer-1.toml", "issuer-2.toml"].map(example);
    let differ = one.lines().zip(two.lines()).filter(|(one, two)| one != two);
    let names: Vec<&str> = differ
        .map(|(one, _)| one.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(names, ["#", "listen", "metrics-listen"]);
    assert_eq!(one.lines().count(), two.lines().count());
}
