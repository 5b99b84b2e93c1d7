//! What the local platform's ledger proves, checked on this side.

use air_api::{
    CoreClaimHash,
    sandbox::{ConsistencyProof, InclusionProof},
};
use air_client::AirClient;
use air_ledger::merkle;

use crate::exit::Failure;

/// That the ledger has a credential: its transaction's hash, and the proof.
pub(crate) async fn inclusion(
    client: &AirClient,
    hash: CoreClaimHash,
) -> Result<(String, InclusionProof), Failure> {
    let transaction_hash = format!("0x{}", hex::encode(merkle::leaf_hash(hash.as_bytes())));
    let transaction = client.local().transaction(&transaction_hash).await?;
    match transaction.proof {
        Some(proof) if proof.verifies(hash.as_bytes()) => Ok((transaction_hash, proof)),
        Some(_) => Err(Failure::failed(
            "the ledger does not prove that it has the credential",
        )),
        None => Err(
            Failure::unreachable("the credential is not anchored yet, so there is no proof")
                .with_hint("`air status --wait --proof` waits for it"),
        ),
    }
}

/// That the tree of the proof's block is the beginning of the ledger's tree now: nothing was taken out or changed since.
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
            "the ledger does not prove that it only grew since the credential was anchored",
        ))
    }
}
