//! `air status --proof` with a proof file, of the caller or from the platform: verifies that a
//! credential is anchored on an EVM chain, by its evidence or by nodes of the verifier.

mod answer;
mod fetched;
mod nodes;
mod refused;
mod trusted;

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use air_api::CoreClaimHash;
use air_client::AirClient;
use air_fetch::evm::Node;
use air_ledger::evm::{AnchorProof, Check, Error, Header, KeccakHash, MAX_FILE_LENGTH, Pinned};
use clap::Args;

use self::{
    answer::Anchored,
    fetched::SaveArgs,
    nodes::NodeBlock,
    refused::Refused,
    trusted::{Trusted, TrustedArgs},
};
use crate::{chain::node::node, exit::Failure, files, output::Output, profile::Profile};

/// The options for checking a proof file.
#[derive(Args)]
pub(super) struct AnchorArgs {
    /// With --proof: read the credential's anchor on a chain from this file (`air-anchor-proof/1`),
    /// without a platform; `-` is stdin.
    #[arg(long, value_name = "FILE", requires = "proof")]
    offline: Option<PathBuf>,
    /// Check the evidence in the file against this block hash, which a node of your own knows.
    #[arg(long, value_name = "HEX", requires = "offline")]
    block_hash: Option<KeccakHash>,
    /// Ask this node (JSON-RPC) for the root in the contract. May be repeated: all nodes must
    /// agree. Without --offline, the proof comes from the platform.
    #[arg(long, value_name = "URL", requires = "proof")]
    rpc: Vec<String>,
    #[command(flatten)]
    trusted: TrustedArgs,
    #[command(flatten)]
    save: SaveArgs,
}

impl AnchorArgs {
    /// The proof file of the caller.
    pub(super) fn file(&self) -> Option<&Path> {
        self.offline.as_deref()
    }

    /// Whether nodes are asked.
    pub(super) fn asks_nodes(&self) -> bool {
        !self.rpc.is_empty()
    }

    /// Fails early if the proof can't be saved.
    pub(super) fn check_output(&self) -> Result<(), Failure> {
        self.save.check()
    }

    /// Saves the platform's proof, if the caller wants it.
    pub(super) async fn save(
        &self,
        client: &AirClient,
        hash: CoreClaimHash,
        output: Output,
    ) -> Result<(), Failure> {
        if self.save.is_set() {
            let proof = fetched::fetch(client, hash).await?;
            self.save.write(&proof, output)?;
        }
        Ok(())
    }

    /// Verifies the platform's proof with the caller's nodes.
    pub(super) async fn verify_fetched(
        &self,
        client: &AirClient,
        hash: CoreClaimHash,
        profile: Option<&Profile>,
        output: Output,
    ) -> Result<(), Failure> {
        let trusted = self.trusted.trusted(profile)?;
        let nodes = self.nodes()?;
        let proof = fetched::fetch(client, hash).await?;
        self.save.write(&proof, output)?;
        self.verify(&proof, &trusted, &nodes, output).await
    }

    /// Verifies the proof in a file.
    pub(super) async fn verify_file(
        &self,
        file: &Path,
        hash: Option<CoreClaimHash>,
        profile: Option<&Profile>,
        output: Output,
    ) -> Result<(), Failure> {
        if self.block_hash.is_none() && self.rpc.is_empty() {
            return Err(
                Failure::usage("missing --block-hash or --rpc: a proof is checked against a chain")
                    .with_hint("pass the hash of the evidence's block, or the URL of a node of your own"),
            );
        }
        let trusted = self.trusted.trusted(profile)?;
        if self.rpc.is_empty() {
            trusted.require_code_hash()?;
        }
        let nodes = self.nodes()?;
        let proof = read(file)?;
        if let Some(hash) = hash
            && hash.as_bytes() != proof.core_claim_hash.as_bytes()
        {
            return Err(Failure::rejected(format!(
                "{}: the proof is for the credential {}, not for {hash}",
                files::shown(file),
                proof.core_claim_hash
            )));
        }
        self.verify(&proof, &trusted, &nodes, output).await
    }

    async fn verify(
        &self,
        proof: &AnchorProof,
        trusted: &Trusted,
        nodes: &[Node],
        output: Output,
    ) -> Result<(), Failure> {
        match self.check(proof, trusted, nodes).await {
            Ok((evidence, asked)) => {
                if evidence.is_none() && nodes.len() == 1 {
                    output.note(
                        "note: only one node was asked, and a node can lie; pass --rpc again with a node of another operator",
                    );
                }
                Anchored::new(proof, evidence.as_ref(), asked.as_ref(), nodes).print(output)
            }
            Err(refused) => refused.print(output),
        }
    }

    fn nodes(&self) -> Result<Vec<Node>, Failure> {
        self.rpc.iter().map(|url| node(url)).collect()
    }

    /// Makes the checks that the caller asked for.
    async fn check(
        &self,
        proof: &AnchorProof,
        trusted: &Trusted,
        nodes: &[Node],
    ) -> Result<(Option<Header>, Option<NodeBlock>), Refused> {
        let evidence = match &self.block_hash {
            Some(block_hash) => Some(by_evidence(proof, trusted, block_hash)?),
            None => None,
        };
        if nodes.is_empty() {
            return Ok((evidence, None));
        }
        proof
            .verify_inclusion()
            .map_err(|error| Refused::check(Check::Inclusion, &error))?;
        let asked = nodes::ask(nodes, proof, trusted).await?;
        Ok((evidence, Some(asked)))
    }
}

/// Verifies the evidence against the hash of a block. Without a pinned code hash, nodes are asked
/// for the code with the proof's hash.
fn by_evidence(proof: &AnchorProof, trusted: &Trusted, block_hash: &KeccakHash) -> Result<Header, Refused> {
    let pinned = Pinned {
        chain_id: trusted.chain_id,
        contract: trusted.contract,
        code_hash: trusted.code_hash.unwrap_or(proof.anchor.code_hash),
    };
    let report = proof.verify(&pinned, block_hash);
    match (report.failed, report.block) {
        (None, Some(header)) => Ok(header),
        (Some((check, error)), _) => Err(Refused::check(check, &error)),
        (None, None) => Err(Refused::check(Check::BlockHash, &Error::NoEvidence)),
    }
}

fn read(file: &Path) -> Result<AnchorProof, Failure> {
    let mut text = String::new();
    files::open(file)?
        .take(MAX_FILE_LENGTH as u64 + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::failed(format!("failed to read {}: {error}", files::shown(file))))?;
    AnchorProof::from_json(&text)
        .map_err(|error| Failure::rejected(error.to_string()).about(&files::shown(file)))
}
