//! The ledger is not cut below a checkpoint that anvil has, or may get.

use air_sandbox::{Data, chain::Finality};

use super::{Anvil, test_env};
use crate::{
    chain::{
        cuts::{expect_no_cut, save},
        status::{chain, until},
        test_env::{Time, issue},
    },
    support,
};

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_has_a_checkpoint_below_which_nothing_is_cut() {
    if support::is_postgres() {
        return; // PostgreSQL has no snapshots.
    }
    let anvil = Anvil::start(&[]);
    let env = test_env(&anvil, Data::Memory, &Time::new(), Finality::Depth(1)).await;
    let first = issue(&env, 1).await.remove(0);
    until(&env, &first, |status| status["vcStatus"] == "ONCHAIN").await;
    save(&env, "before").await;
    anvil.set_automine(false).await;
    let hash = issue(&env, 1).await.remove(0);
    anvil.until_pooled(None).await;
    expect_no_cut(&env, "before", 2).await;
    anvil.mine(1).await;
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
    assert_eq!(chain(&anchored)["ledgerSize"], 2);
    expect_no_cut(&env, "before", 2).await;
    anvil.until_anchored(2).await;
}
