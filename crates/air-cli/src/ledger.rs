//! Fetches and verifies the proofs of the local platform's ledger.

use air_api::{
    CoreClaimHash,
    sandbox::{ConsistencyProof, InclusionProof},
};
use air_client::AirClient;
use air_ledger::merkle;

use crate::exit::Failure;

/// Verifies that the ledger has a credential. Returns the transaction's hash and the proof.
pub(crate) async fn inclusion(
    client: &AirClient,
    hash: CoreClaimHash,
) -> Result<(String, InclusionProof), Failure> {
    let transaction_hash = format!("0x{}", hex::encode(merkle::leaf_hash(hash.as_bytes())));
    let transaction = client.local().transaction(&transaction_hash).await?;
    match transaction.proof {
        Some(proof) if proof.verifies(hash.as_bytes()) => Ok((transaction_hash, proof)),
        Some(_) => Err(Failure::failed(
            "the inclusion proof is invalid: the ledger does not prove that it has the credential",
        )),
        None => Err(
            Failure::unreachable("the credential is not anchored yet, so there is no proof")
                .with_hint("run `air status --wait --proof` to wait for it"),
        ),
    }
}

/// Verifies that the tree of the proof's block is a prefix of the current tree: no entry was
/// removed or changed since.
pub(crate) async fn consistency(
    client: &AirClient,
    since: &InclusionProof,
) -> Result<ConsistencyProof, Failure> {
    let head = client.local().ledger_head().await?;
    let proof = client.local().consistency(since.block, head.number).await?;
    let is_ours =
        proof.from.root == since.root && proof.from.tree_size == since.tree_size && proof.to == head;
    if is_ours && proof.verifies() {
        Ok(proof)
    } else {
        Err(Failure::failed(
            "the consistency proof is invalid: the ledger changed earlier entries after the credential was anchored",
        ))
    }
}
