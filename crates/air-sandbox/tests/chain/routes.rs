//! The routes that only a platform with a chain has, and who may call them.

use std::collections::BTreeSet;

use air_jwt::PartnerToken;
use air_sandbox::{Clock, Config, Platform, UnixTime};
use reqwest::{StatusCode, header::AUTHORIZATION};
use serde_json::Value;

use super::{
    fake::FakeNode,
    test_env::{account, issue, settings, test_env},
};
use crate::support::{self, NOW, TestEnv};

const REPORT: &str = "/sandbox/v1/chain";
const PROOFS: &str = "/sandbox/v1/ledger/anchor-proofs/{coreClaimHash}";

async fn paths(env: &TestEnv) -> BTreeSet<String> {
    let url = format!("{}/openapi.json", env.platform.url());
    let document: Value = env.http.get(url).send().await.unwrap().json().await.unwrap();
    document["paths"].as_object().unwrap().keys().cloned().collect()
}

/// No other route escapes the table of `authorization`, whose platform has no chain.
#[tokio::test]
async fn a_chain_adds_two_routes() {
    let without = paths(&TestEnv::start().await).await;
    let (env, _, _) = test_env(|_| {}).await;
    let with = paths(&env).await;
    let added: Vec<&String> = with.difference(&without).collect();
    assert_eq!(added, [REPORT, PROOFS]);
    assert!(without.is_subset(&with));
}

#[tokio::test]
async fn the_report_is_for_the_operator_and_proofs_are_for_everyone() {
    let node = FakeNode::serve(account()).await;
    let mut config = Config::default();
    config.data = support::data(air_sandbox::Data::Memory).await;
    config.require_token = true;
    config.block_time = std::time::Duration::from_millis(10);
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    let platform = Platform::start(config.chain(settings(&node.url))).await.unwrap();
    let env = TestEnv::start_on(platform).await;
    let ask = async |path: &str, header: Option<(&str, &str)>| {
        let mut request = env.http.get(format!("{}{path}", env.platform.url()));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        request.send().await.unwrap().status()
    };
    let authorization = AUTHORIZATION.as_str();
    let partner = env.token(PartnerToken::issue);
    let partner_as_bearer = format!("Bearer {partner}");
    let refused = [
        None,
        Some(("x-partner-auth", &*partner)),
        Some((authorization, &*partner_as_bearer)),
        Some((authorization, "Bearer wrong")),
    ];
    for header in refused {
        let status = ask(REPORT, header).await;
        assert!(status.is_client_error(), "{status}");
        assert_eq!(status, ask("/sandbox/v1/clock", header).await);
    }
    let operator = format!("Bearer {}", env.platform.operator_token());
    let status = ask(REPORT, Some((authorization, &operator))).await;
    assert_eq!(status, StatusCode::OK);

    let hash = issue(&env, 1).await.remove(0);
    env.wait_until_anchored(&hash).await;
    let status = ask(&PROOFS.replace("{coreClaimHash}", &hash), None).await;
    assert_eq!(status, StatusCode::OK);
}

/// Anyone may ask for proofs, so their number must not be that of the requests to the node.
#[tokio::test]
async fn callers_of_proofs_share_the_nodes_answer() {
    let (env, node, _) = test_env(|_| {}).await;
    let hashes = issue(&env, 2).await;
    for hash in &hashes {
        env.wait_until_anchored(hash).await;
    }
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let path = PROOFS.replace("{coreClaimHash}", &hashes[1]);
            let request = env.http.get(format!("{}{path}", env.platform.url()));
            tokio::spawn(async move { request.send().await.unwrap().status() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), StatusCode::OK);
    }
    let state = node.state();
    let asked = state.calls.iter().filter(|call| *call == "eth_getProof").count();
    assert_eq!(asked, 1);
}
