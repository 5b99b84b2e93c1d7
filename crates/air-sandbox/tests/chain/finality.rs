//! The newest final block, which every process on the ledger shows.

use air_jwt::PartnerToken;
use air_sandbox::{Data, Platform};
use serde_json::Value;

use super::{
    fake::FakeNode,
    status::{chain, reason, until},
    world::{Time, account, issue, settings, try_start},
};
use crate::support::{self, TestEnv};

/// The status of a credential at another platform on the same data.
async fn status_at(platform: &Platform, world: &TestEnv, hash: &str) -> Value {
    let url = format!("{}/v1/credentials/status?coreClaimHash={hash}", platform.url());
    let token = world.token(PartnerToken::issue);
    let request = world.http.get(url).header("x-partner-auth", token);
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
    let world = TestEnv::start_on(start().await).await;
    node.until(|state| state.ledger().is_some()).await;
    {
        let mut state = node.state();
        state.finality = 2;
        (0..5).for_each(|_| state.mine());
    }
    let hash = issue(&world, 1).await.remove(0);
    let included = until(&world, &hash, |status| chain(status)["state"] == "included").await;
    let final_block = |status: &Value| chain(status)["finalizedBlock"].as_u64().unwrap();
    let waits_for = chain(&included)["blockNumber"].as_u64().unwrap();
    assert_eq!(final_block(&included), waits_for - 2);

    if support::is_postgres() {
        let standby = start().await;
        assert_eq!(
            final_block(&status_at(&standby, &world, &hash).await),
            waits_for - 2
        );
        standby.stop().await.unwrap();
    }

    // The process that starts can't ask the node.
    world.platform.stop().await.unwrap();
    node.take_down().await;
    let world = TestEnv {
        platform: start().await,
        http: world.http,
        jwks: world.jwks,
        key: world.key,
        ids: world.ids,
    };
    let told = until(&world, &hash, |status| *reason(status) == "chainUnreachable").await;
    assert_eq!(chain(&told)["state"], "included");
    assert_eq!(final_block(&told), waits_for - 2);
    node.bring_up();
    {
        let mut state = node.state();
        (0..2).for_each(|_| state.mine());
    }
    until(&world, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}
