//! A connection to a chain's node.

use air_fetch::{
    Fetcher, NetworkPolicy,
    evm::{BlockId, Node, RpcError},
};
use air_ledger::evm::contract::Refusal;
use clap::Args;

use crate::exit::Failure;

/// A chain, by one of its nodes.
#[derive(Args)]
pub(super) struct NodeArgs {
    /// A node of the chain (JSON-RPC).
    #[arg(long, value_name = "URL")]
    rpc: String,
    /// The id of the chain that the node must serve [default: any].
    #[arg(long, value_name = "N")]
    chain_id: Option<u64>,
}

/// A node whose chain is known.
pub(super) struct Connection {
    pub(super) node: Node,
    pub(super) chain_id: u64,
}

impl NodeArgs {
    /// Connects, and checks the chain's id: the given one, or else `expected`.
    pub(super) async fn connect(&self, expected: Option<u64>) -> Result<Connection, Failure> {
        let node = node(&self.rpc)?;
        let chain_id = node.chain_id().await?;
        match self.chain_id.or(expected) {
            Some(expected) if expected != chain_id => Err(Failure::failed(format!(
                "{node} serves chain {chain_id}, not {expected}"
            ))
            .with_hint("pass the URL of a node of the right chain with --rpc")),
            _ => Ok(Connection { node, chain_id }),
        }
    }
}

impl Connection {
    /// The newest block, for requests that belong together.
    pub(super) async fn newest_block(&self) -> Result<BlockId, Failure> {
        let newest = self.node.block(BlockId::Latest).await?;
        let newest = newest.ok_or_else(|| Failure::failed(format!("{} has no blocks", self.node)))?;
        Ok(BlockId::Number(newest.number))
    }
}

/// A node by its URL.
pub(crate) fn node(url: &str) -> Result<Node, Failure> {
    Node::new(Fetcher::new(NetworkPolicy::Any)?, url)
        .map_err(|error| Failure::usage(format!("invalid --rpc: {error}")))
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        if error.is_unreachable() {
            return Self::unreachable(error.to_string());
        }
        let refusal = error.revert_data().and_then(Refusal::decode);
        Self::failed(error.to_string()).with_details(refusal.map(described).into_iter().collect())
    }
}

/// The contract's reason.
fn described(refusal: Refusal) -> String {
    match refusal {
        Refusal::NotSubmitter => "the account is not the contract's submitter".to_owned(),
        Refusal::NotOwner => "the account is not the contract's owner".to_owned(),
        Refusal::NotProposed => "the owner did not propose the account as submitter".to_owned(),
        Refusal::NotNewer { size } => format!("the contract has a checkpoint at {size} leaves already"),
        Refusal::NotAnExtension => "the root does not extend the newest checkpoint".to_owned(),
        _ => "another reason".to_owned(),
    }
}
