//! `--chain`: the ledger's checkpoints on an EVM chain, and the credential's anchor there.

use std::{path::PathBuf, time::Duration};

use air_api::{
    CoreClaimHash,
    sandbox::{ChainAnchor, StatusDetails},
};
use air_client::AirClient;
use air_fetch::evm::{BlockId, Node};
use air_ledger::evm::{
    AnchorProof,
    contract::{self, Call},
};
use air_sandbox::chain::{ChainSettings, ChainSigner, Finality};
use clap::Args;

use super::folder::Folder;
use crate::{
    chain::{account, finality::rule, node::node},
    count::counted,
    exit::Failure,
    output::Output,
    sandbox::span,
};

/// The proof file of the credential's anchor.
pub(super) const ANCHOR_PROOF: &str = "anchor-proof.json";
/// The credential's checkpoint should not wait.
const EVERY: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct ChainArgs {
    /// Also send the ledger's checkpoints to a contract on an EVM chain, by this node (JSON-RPC).
    #[arg(long, value_name = "URL", requires = "chain_key")]
    chain: Option<String>,
    /// The private key of the account that pays for the contract and its checkpoints: hex, a JWK or
    /// PEM, on secp256k1.
    #[arg(long, value_name = "FILE", requires = "chain")]
    chain_key: Option<PathBuf>,
    /// The passphrase of the account's encrypted key [default: ask on the terminal].
    #[arg(long, value_name = "FILE", requires = "chain_key")]
    chain_passphrase_file: Option<PathBuf>,
    /// Wait at most this long until the block of a credential's checkpoint is final.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "30m", requires = "chain")]
    chain_wait: u64,
}

/// A chain for the run.
pub(super) struct Chain {
    pub(super) settings: ChainSettings,
    pub(super) node: Node,
    /// The longest wait for a final block.
    pub(super) wait: Duration,
    id: u64,
}

impl ChainArgs {
    /// Reads the key and asks the node for its chain.
    pub(super) async fn connect(&self, output: Output) -> Result<Option<Chain>, Failure> {
        let (Some(rpc), Some(file)) = (&self.chain, &self.chain_key) else {
            return Ok(None);
        };
        let key = account::read(file, self.chain_passphrase_file.as_deref(), output)?;
        let node = node(rpc)?;
        let id = node.chain_id().await?;
        Ok(Some(Chain {
            settings: ChainSettings {
                rpc: rpc.clone(),
                signer: ChainSigner::Key(key),
                contract: None,
                every: EVERY,
                finality: Finality::usual(id, rpc),
                max_fee: None,
            },
            node,
            wait: Duration::from_secs(self.chain_wait),
            id,
        }))
    }
}

impl Chain {
    /// Where checkpoints go, and when they are final.
    pub(super) fn line(&self) -> String {
        let finality = match self.settings.finality {
            finality @ Finality::Depth(1) => rule(finality),
            finality => format!("{}, which can take minutes", rule(finality)),
        };
        format!(
            "checkpoints go to chain {} at {}, paid by {}; {finality}",
            self.id,
            self.node,
            self.settings.signer.address()
        )
    }
}

/// The credential's checkpoint on the chain, with the proof in the folder; `None` without a chain.
pub(super) async fn anchor(
    client: &AirClient,
    node: Option<&Node>,
    hash: CoreClaimHash,
    details: Option<&StatusDetails>,
    folder: &Folder,
) -> Result<Option<(ChainAnchor, Vec<String>)>, Failure> {
    let (Some(node), Some(anchor)) = (node, details.and_then(|details| details.anchoring.chain.clone()))
    else {
        return Ok(None);
    };
    let file = client.local().anchor_proof(hash).await?;
    let proof = AnchorProof::from_json(&file.to_string())
        .map_err(|error| Failure::failed(format!("the platform's proof can't be read: {error}")))?;
    check(node, &proof).await?;
    folder.write_json(ANCHOR_PROOF, &proof)?;
    let lines = vec![
        format!(
            "checkpoint of {}: transaction {}, in block {}",
            counted(proof.inclusion.tree_size, "entry", "entries"),
            proof.anchor.transaction_hash,
            proof.anchor.block_number
        ),
        format!(
            "the contract {} has the root that the proof leads to",
            proof.anchor.contract
        ),
    ];
    Ok(Some((anchor, lines)))
}

/// Compares the proof's root with the contract's.
async fn check(node: &Node, proof: &AnchorProof) -> Result<(), Failure> {
    let failed =
        |error: air_ledger::evm::Error| Failure::failed(format!("the anchor is not verified: {error}"));
    proof.verify_inclusion().map_err(failed)?;
    let size = proof.inclusion.tree_size;
    let data = Call::Roots { size }.encode();
    let answer = node.call(proof.anchor.contract, &data, BlockId::Latest).await?;
    if contract::root(&answer).map_err(failed)? == Some(*proof.inclusion.root.as_bytes()) {
        Ok(())
    } else {
        Err(Failure::failed(format!(
            "the anchor is not verified: the contract has another root at {size} leaves"
        )))
    }
}
