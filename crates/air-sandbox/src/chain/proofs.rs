//! Proof files, with evidence from the node.

use std::sync::Arc;

use air_api::CoreClaimHash;
use air_fetch::evm::{BlockId, RpcError};
use air_ledger::evm::{AnchorProof, Evidence, MptEvidence, Node, contract::root_slot};
use air_platform::{App, Refusal, chain};

use super::{
    error::ChainError,
    link::Link,
    recent_evidence::{NoAnswer, Outcome, RecentEvidence},
    settings::ChainSettings,
};

/// Makes proof files. Clones share the node.
#[derive(Clone)]
pub(crate) struct AnchorProofs(Arc<Parts>);

struct Parts {
    link: Link,
    recent: RecentEvidence,
}

impl AnchorProofs {
    pub(crate) fn new(settings: Arc<ChainSettings>) -> Result<Self, ChainError> {
        Ok(Self(Arc::new(Parts {
            link: Link::new(settings)?,
            recent: RecentEvidence::default(),
        })))
    }

    pub(super) fn link(&self) -> &Link {
        &self.0.link
    }

    /// The proof file of a credential. It has evidence if the chain has Merkle Patricia proofs, and
    /// the node returns them.
    pub(crate) async fn prove(&self, app: &App, hash: &CoreClaimHash) -> Result<AnchorProof, Refusal> {
        let mut proof = chain::prove(app, hash).await?;
        let size = proof.inclusion.tree_size;
        let evidence = self.0.recent.get(size, self.ask(&proof)).await;
        proof.evidence = evidence.map_err(|NoAnswer| {
            Refusal::unavailable("the platform's node does not answer; try again later")
        })?;
        Ok(proof)
    }

    async fn ask(&self, proof: &AnchorProof) -> Outcome {
        match self.evidence(proof).await {
            Ok(evidence) => Ok(evidence),
            Err(RpcError::NoSuchMethod { .. }) => Ok(None),
            Err(error) => {
                tracing::warn!(%error, "a proof has no evidence");
                Err(NoAnswer)
            }
        }
    }

    /// The proofs of the contract's storage in the newest final block.
    async fn evidence(&self, proof: &AnchorProof) -> Result<Option<Evidence>, RpcError> {
        let (link, anchor) = (&self.0.link, &proof.anchor);
        let node = &link.node;
        let newest = node.block(BlockId::Latest).await?.map_or(0, |block| block.number);
        let number = link.newest_final(newest).await?.max(anchor.block_number);
        let Some(block) = node.block(BlockId::Number(number)).await? else {
            return Ok(None);
        };
        let slot = root_slot(proof.inclusion.tree_size);
        let found = node
            .proof(anchor.contract, &[slot], BlockId::Number(number))
            .await?;
        if !found.is_merkle_patricia() {
            return Ok(None);
        }
        let header = block.header_rlp().and_then(|header| Node::new(header.to_vec()));
        let storage = found.storage_proof.into_iter().next();
        let storage = storage.and_then(|slot| nodes(slot.proof));
        Ok(match (header, nodes(found.account_proof), storage) {
            (Some(header_rlp), Some(account_proof), Some(storage_proof)) => {
                Some(Evidence::Mpt(MptEvidence {
                    block: number,
                    header_rlp,
                    account_proof,
                    storage_proof,
                }))
            }
            _ => None,
        })
    }
}

/// The nodes of a proof; `None` if one is too long.
fn nodes(nodes: Vec<Vec<u8>>) -> Option<Vec<Node>> {
    nodes.into_iter().map(Node::new).collect()
}
