//! The Merkle ledger: its blocks and proofs.

use air_api::sandbox::{Block, ConsistencyProof, Transaction};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;

use crate::http::{
    answer::Answer,
    api::{Api, Tag, get},
    input::Path,
};
use air_platform::{App, Refusal, anchoring};

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::Ledger;
    api.add(
        get(
            "/sandbox/v1/ledger/transactions/{transaction}",
            "transaction",
            tag,
            "Prove that a transaction is in the ledger",
        )
        .refuses(&[404]),
        transaction,
    );
    api.add(
        get(
            "/sandbox/v1/ledger/head",
            "ledgerHead",
            tag,
            "Show the newest block",
        )
        .refuses(&[404]),
        head,
    );
    api.add(
        get(
            "/sandbox/v1/ledger/blocks/{number}",
            "ledgerBlock",
            tag,
            "Show a block",
        )
        .refuses(&[404]),
        block,
    );
    api.add(
        get(
            "/sandbox/v1/ledger/consistency",
            "ledgerConsistency",
            tag,
            "Prove that the tree of one block is the beginning of another's",
        )
        .refuses(&[404]),
        consistency,
    );
}

async fn transaction(State(app): State<App>, Path(transaction): Path<String>) -> Answer<Transaction> {
    anchoring::transaction(&app, &transaction).await.map(Json)
}

async fn head(State(app): State<App>) -> Answer<Block> {
    anchoring::head(&app).await.map(Json)
}

async fn block(State(app): State<App>, Path(number): Path<u64>) -> Answer<Block> {
    anchoring::block(&app, number).await.map(Json)
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ConsistencyQuery {
    /// The earlier block's number.
    #[cfg_attr(test, schemars(range(min = 1)))]
    from: u64,
    /// The later one's.
    #[cfg_attr(test, schemars(range(min = 1)))]
    to: u64,
}

async fn consistency(
    State(app): State<App>,
    query: Result<Query<ConsistencyQuery>, QueryRejection>,
) -> Answer<ConsistencyProof> {
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request("invalid query: it must have from and to, the numbers of two blocks")
    })?;
    anchoring::consistency(&app, query.from, query.to).await.map(Json)
}
