//! The chain, for the operator. A platform without a chain does not have this route.

use air_api::sandbox::ChainReport;
use axum::{Extension, Json, extract::State};

use crate::{
    chain::AnchorProofs,
    http::{
        answer::Answer,
        api::{Api, Tag, get},
    },
};
use air_platform::App;

pub(in crate::http) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/chain",
            "chain",
            Tag::Operation,
            "Show the chain that holds the ledger's checkpoints, and ask its node for the contract's code and the account's balance",
        )
        .set_up(),
        show,
    );
}

async fn show(State(app): State<App>, Extension(chain): Extension<AnchorProofs>) -> Answer<ChainReport> {
    chain.inspect(&app).await.map(Json)
}
