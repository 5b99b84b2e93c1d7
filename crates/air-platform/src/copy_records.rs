//! Records of the copies of a credential for other wallets.

use air_ids::CoreClaimHash;
use air_store::{WriteTx, wallet_exports};

use crate::{App, Refusal};

/// The maximum number of offers of copies of a credential, with those that a wallet began to redeem.
const COPIES: u64 = 20;

/// The maximum number of offers of copies of one holder's credentials that a wallet can redeem.
const OPEN: u64 = 100;

/// Records an offer of copies of a credential, unless there are too many that a wallet redeemed or can redeem.
pub(crate) async fn record(
    app: &App,
    tx: &mut WriteTx,
    offer_id: &str,
    core_claim_hash: &CoreClaimHash,
) -> Result<(), Refusal> {
    wallet_exports::forget_unused(tx, core_claim_hash, app.machine_clock.now()).await?;
    if wallet_exports::count(tx, core_claim_hash).await? >= COPIES {
        return Err(Refusal::conflict(format!(
            "{COPIES} wallets have copies of this credential, the maximum; ask the issuer for another credential"
        )));
    }
    if wallet_exports::count_open(tx, core_claim_hash, app.machine_clock.now(), OPEN).await? >= OPEN {
        return Err(Refusal::conflict(format!(
            "there are {OPEN} open offers of copies of your credentials, the maximum; wait until one expires"
        )));
    }
    let now = app.platform_clock.now();
    Ok(wallet_exports::insert(tx, offer_id, core_claim_hash, now).await?)
}
