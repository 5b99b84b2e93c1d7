//! The contract's answers, from nodes of the verifier.

use air_fetch::evm::{BlockId, Node, RpcError};
use air_ledger::evm::{
    AnchorProof, Check, KeccakHash,
    contract::{self, Call, code},
    keccak256,
};
use air_sandbox::chain::Finality;
use serde::Serialize;

use super::{refused::Refused, trusted::Trusted};

/// The block at which all nodes gave the same answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct NodeBlock {
    pub(super) number: u64,
    pub(super) hash: KeccakHash,
}

/// Asks each node for the root at the proof's size, in a block that is final for all of them, and
/// compares the answers.
pub(super) async fn ask(
    nodes: &[Node],
    proof: &AnchorProof,
    trusted: &Trusted,
) -> Result<NodeBlock, Refused> {
    let anchor = &proof.anchor;
    if anchor.chain_id != trusted.chain_id {
        return Err(Refused::failed(
            Check::ChainId.name(),
            format!(
                "the proof is for chain {}, but chain {} is trusted",
                anchor.chain_id, trusted.chain_id
            ),
        ));
    }
    if anchor.contract != trusted.contract {
        return Err(Refused::failed(
            Check::Contract.name(),
            format!(
                "the proof is for contract {}, but {} is trusted",
                anchor.contract, trusted.contract
            ),
        ));
    }
    let block = common_block(nodes, trusted, anchor.block_number).await?;
    require_known_code(nodes, proof, trusted, block).await?;
    let size = proof.inclusion.tree_size;
    let data = Call::Roots { size }.encode();
    let mut roots = Vec::with_capacity(nodes.len());
    for node in nodes {
        let answer = node.call(trusted.contract, &data, block.id()).await?;
        let root = contract::root(&answer)
            .map_err(|error| Refused::failed(Check::Root.name(), format!("{node}: {error}")))?;
        roots.push(root);
    }
    let root = agreed(nodes, &roots, |root| match root {
        Some(root) => format!("has the root {} at {size} leaves", hex::encode(root)),
        None => format!("has no checkpoint at {size} leaves"),
    })?;
    match root {
        None => Err(Refused::not_yet(format!(
            "the contract has no checkpoint at {size} leaves in the final block {}",
            block.number
        ))),
        Some(root) if root == *proof.inclusion.root.as_bytes() => Ok(block),
        Some(root) => Err(Refused::failed(
            Check::Root.name(),
            format!(
                "the contract has the root {} at {size} leaves, not {}: the ledger was rewritten, or the proof is forged",
                hex::encode(root),
                proof.inclusion.root
            ),
        )),
    }
}

impl NodeBlock {
    fn id(self) -> BlockId {
        BlockId::Number(self.number)
    }
}

/// The block that is final at a node. A development chain on this machine may have no such block
/// for long, and replaces none.
fn newest_final(node: &Node, chain_id: u64) -> BlockId {
    match Finality::usual(chain_id, &node.to_string()) {
        Finality::Depth(1) => BlockId::Latest,
        _ => BlockId::Finalized,
    }
}

/// The newest block that is final for all nodes. It must have the checkpoint, whose block the proof states.
async fn common_block(nodes: &[Node], trusted: &Trusted, checkpoint: u64) -> Result<NodeBlock, Refused> {
    let mut newest = Vec::with_capacity(nodes.len());
    for node in nodes {
        let chain_id = node.chain_id().await?;
        if chain_id != trusted.chain_id {
            return Err(Refused::failed(
                Check::ChainId.name(),
                format!(
                    "{node} serves chain {chain_id}, but chain {} is trusted",
                    trusted.chain_id
                ),
            ));
        }
        let block = node.block(newest_final(node, chain_id)).await?;
        let block = block.ok_or_else(|| Refused::not_yet(format!("{node} has no final block yet")))?;
        newest.push(block.number);
    }
    let number = newest.iter().copied().min().unwrap_or_default();
    let mut hashes = Vec::with_capacity(nodes.len());
    for node in nodes {
        let block = node.block(BlockId::Number(number)).await?;
        hashes.push(block.map(|block| block.hash));
    }
    let hash = agreed(nodes, &hashes, |hash| match hash {
        Some(hash) => format!("has the hash {hash} for the final block {number}"),
        None => format!("does not have the final block {number}"),
    })?;
    if number < checkpoint {
        let heights: Vec<String> = nodes
            .iter()
            .zip(&newest)
            .map(|(node, number)| format!("{node} has the final block {number}"))
            .collect();
        return Err(Refused::not_yet(format!(
            "the checkpoint is in block {checkpoint}, and {}",
            heights.join(", ")
        )));
    }
    hash.map(|hash| NodeBlock { number, hash })
        .ok_or_else(|| Refused::not_yet(format!("no node has block {number} any more")))
}

/// Checks that all nodes have the same code at the address, and that it is that of the contract,
/// and the pinned one.
async fn require_known_code(
    nodes: &[Node],
    proof: &AnchorProof,
    trusted: &Trusted,
    block: NodeBlock,
) -> Result<(), Refused> {
    let at = trusted.contract;
    let mut codes = Vec::with_capacity(nodes.len());
    for node in nodes {
        codes.push(node.code(at, block.id()).await?);
    }
    let hashes: Vec<_> = codes
        .iter()
        .map(|code| (!code.is_empty()).then(|| keccak256(code)))
        .collect();
    let found = agreed(nodes, &hashes, |hash| match hash {
        Some(hash) => format!("has code with the hash {hash} at {at}"),
        None => format!("has no contract at {at}"),
    })?;
    let refused = |reason| Err(Refused::failed(Check::CodeHash.name(), reason));
    let have = names(nodes) + if nodes.len() == 1 { " has" } else { " have" };
    let Some(found) = found else {
        return refused(format!(
            "{have} no contract at {at} in the final block {}",
            block.number
        ));
    };
    if codes.first().and_then(|code| code::recognize(code)).is_none() {
        return refused(format!(
            "{have} code at {at} that this version does not know as the ledger's contract"
        ));
    }
    let expected = trusted.code_hash.unwrap_or(proof.anchor.code_hash);
    if found != expected {
        return refused(format!(
            "{have} code with the hash {found} at {at}, not {expected}"
        ));
    }
    Ok(())
}

fn names(nodes: &[Node]) -> String {
    let names: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// The answer that all nodes gave.
fn agreed<T: Copy + PartialEq>(
    nodes: &[Node],
    answers: &[T],
    describe: impl Fn(&T) -> String,
) -> Result<T, Refused> {
    let mut given = nodes.iter().zip(answers);
    let (first, answer) = given
        .next()
        .ok_or_else(|| Refused::failed("nodes", "no node was asked".to_owned()))?;
    match given.find(|(_, other)| *other != answer) {
        None => Ok(*answer),
        Some((second, other)) => Err(Refused::failed(
            "nodes",
            format!(
                "the nodes disagree: {first} {}, and {second} {}",
                describe(answer),
                describe(other)
            ),
        )),
    }
}

impl From<RpcError> for Refused {
    fn from(error: RpcError) -> Self {
        if error.is_unreachable() {
            Self::unreachable(error.to_string())
        } else {
            Self::failed("nodes", error.to_string())
        }
    }
}
