//! The newest final block, which every process on the ledger shows.

use air_jwt::PartnerToken;
use air_sandbox::{Data, Platform};
use serde_json::Value;

use super::{
    fake::FakeNode,
    status::{chain, reason, until},
    test_env::{Time, account, issue, settings, try_start},
};
use crate::support::{self, TestEnv};

/// The status of a credential at another platform on the same data.
async fn status_at(platform: &Platform, env: &TestEnv, hash: &str) -> Value {
    let url = format!("{}/v1/credentials/status?coreClaimHash={hash}", platform.url());
    let token = env.token(PartnerToken::issue);
    let request = env.http.get(url).header("x-partner-auth", token);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn the_newest_final_block_is_known_after_a_restart_and_to_a_standby() {
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::serve(account()).await;
    let time = Time::new();
    let start = async || {
        let mut settings = settings(&node.url);
        settings.finality = "finalized".parse().unwrap();
        let data = Data::Folder(folder.path().into());
        try_start(data, &time, settings).await.unwrap()
    };
    let env = TestEnv::start_on(start().await).await;
    node.until(|state| state.ledger().is_some()).await;
    {
        let mut state = node.state();
        state.finality = 2;
        (0..5).for_each(|_| state.mine());
    }
    let hash = issue(&env, 1).await.remove(0);
    let included = until(&env, &hash, |status| chain(status)["state"] == "included").await;
    let final_block = |status: &Value| chain(status)["finalizedBlock"].as_u64().unwrap();
    let waits_for = chain(&included)["blockNumber"].as_u64().unwrap();
    assert_eq!(final_block(&included), waits_for - 2);

    if support::is_postgres() {
        let standby = start().await;
        assert_eq!(
            final_block(&status_at(&standby, &env, &hash).await),
            waits_for - 2
        );
        standby.stop().await.unwrap();
    }

    // The process that starts can't ask the node.
    env.platform.stop().await.unwrap();
    node.take_down().await;
    let env = TestEnv {
        platform: start().await,
        http: env.http,
        jwks: env.jwks,
        key: env.key,
        ids: env.ids,
    };
    let told = until(&env, &hash, |status| *reason(status) == "chainUnreachable").await;
    assert_eq!(chain(&told)["state"], "included");
    assert_eq!(final_block(&told), waits_for - 2);
    node.bring_up();
    {
        let mut state = node.state();
        (0..2).for_each(|_| state.mine());
    }
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}
