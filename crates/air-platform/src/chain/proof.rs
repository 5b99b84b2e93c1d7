//! The part of a proof file that the ledger has: from the entry to the root of a final checkpoint.

use air_api::CoreClaimHash;
use air_ledger::{
    evm::{Address, Anchor, AnchorProof, Digest, Format, Inclusion, KeccakHash},
    merkle::{inclusion_ranges, leaf_hash},
};
use air_store::{
    ReadTx,
    chain::{self, Transaction},
    ledger,
};

use super::attempt::fixed;
use crate::{App, Refusal, anchoring};

/// The seconds after which a caller may ask again for a checkpoint that is not final.
const ASK_AGAIN: u64 = 5;

/// Proves that a credential is in a final checkpoint. The proof has no evidence yet.
///
/// # Errors
/// If the ledger does not have the credential, or if no final checkpoint whose block is known has it.
pub async fn prove(app: &App, hash: &CoreClaimHash) -> Result<AnchorProof, Refusal> {
    let mut read = app.store.read().await?;
    let entry = ledger::find(&mut read, &leaf_hash(hash.as_bytes()))
        .await?
        .ok_or_else(|| Refusal::not_found("the ledger has no credential with this coreClaimHash"))?;
    let not_yet = || {
        Refusal::conflict("no checkpoint with this credential is final on the chain yet; ask again later")
            .retry_after(ASK_AGAIN)
    };
    let leaf_index = entry.leaf_index.ok_or_else(not_yet)?;
    let checkpoint = chain::provable(&mut read, leaf_index).await?;
    let checkpoint = checkpoint.ok_or_else(not_yet)?;
    let anchor = anchor(&mut read, &checkpoint).await?;
    let ranges = inclusion_ranges(leaf_index, checkpoint.ledger_size)
        .ok_or_else(|| Refusal::internal("a leaf outside of its checkpoint"))?;
    let path = anchoring::nodes(&mut read, ranges).await?;
    Ok(AnchorProof {
        format: Format::V1,
        core_claim_hash: Digest::new(*hash.as_bytes()),
        inclusion: Inclusion {
            leaf_index,
            tree_size: checkpoint.ledger_size,
            root: Digest::new(fixed(&checkpoint.root)?),
            path: path.into_iter().map(Digest::from).collect(),
        },
        anchor,
        evidence: None,
    })
}

async fn anchor(tx: &mut ReadTx, checkpoint: &Transaction) -> Result<Anchor, Refusal> {
    let unknown = || Refusal::internal("a checkpoint without its contract or block");
    let chain = chain::find(tx).await?.ok_or_else(unknown)?;
    let contract = chain.contract.as_deref().ok_or_else(unknown)?;
    let code_hash = chain.code_hash.as_deref().ok_or_else(unknown)?;
    let block_hash = checkpoint.block_hash.as_deref().ok_or_else(unknown)?;
    Ok(Anchor {
        chain_id: chain.chain_id,
        contract: Address::new(fixed(contract)?),
        code_hash: KeccakHash::new(fixed(code_hash)?),
        transaction_hash: KeccakHash::new(fixed(&checkpoint.hash)?),
        block_number: checkpoint.block_number.ok_or_else(unknown)?,
        block_hash: KeccakHash::new(fixed(block_hash)?),
    })
}
