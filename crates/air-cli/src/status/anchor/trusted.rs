//! The contract that the verifier trusts.

use air_ledger::evm::{
    Address, KeccakHash,
    contract::code::{self, Immutables},
};
use clap::Args;

use crate::{
    exit::Failure,
    profile::{FILE, Profile},
};

#[derive(Args)]
pub(super) struct TrustedArgs {
    /// The ledger's contract, which you trust [default: the profile's].
    #[arg(long, value_name = "HEX", requires_all = ["proof", "chain_id"])]
    contract: Option<Address>,
    /// The contract's chain [default: the profile's].
    #[arg(long, value_name = "N", requires_all = ["proof", "contract"])]
    chain_id: Option<u64>,
    /// Keccak-256 of the contract's code [default: the profile's; with --rpc, any code of the
    /// contract that this version knows].
    #[arg(long, value_name = "HEX", requires = "contract")]
    code_hash: Option<KeccakHash>,
    /// The ledger's id in the contract: with --owner, it replaces --code-hash.
    #[arg(long, value_name = "HEX", requires_all = ["contract", "owner"], conflicts_with = "code_hash")]
    ledger_id: Option<KeccakHash>,
    /// The contract's owner.
    #[arg(long, value_name = "HEX", requires = "ledger_id")]
    owner: Option<Address>,
}

/// The contract that the verifier trusts.
pub(super) struct Trusted {
    pub(super) chain_id: u64,
    pub(super) contract: Address,
    pub(super) code_hash: Option<KeccakHash>,
}

impl TrustedArgs {
    /// The trusted contract: all of it from the caller, or all of it from the profile. Never from the proof.
    pub(super) fn trusted(&self, profile: Option<&Profile>) -> Result<Trusted, Failure> {
        if let (Some(chain_id), Some(contract)) = (self.chain_id, self.contract) {
            return Ok(Trusted {
                chain_id,
                contract,
                code_hash: self.code_hash.or_else(|| self.computed_hash()),
            });
        }
        let chain = profile.and_then(|profile| profile.chain.as_ref());
        chain
            .map(|chain| Trusted {
                chain_id: chain.id,
                contract: chain.contract,
                code_hash: chain.code_hash,
            })
            .ok_or_else(|| {
                Failure::usage("missing --contract and --chain-id: a proof does not show which contract is the right one").with_hint(
                    format!("pass the contract that you trust, or add `chain-id` and `contract` to the profile in {FILE}"),
                )
            })
    }

    /// The hash of the code that this version knows, for the ledger's id and owner.
    fn computed_hash(&self) -> Option<KeccakHash> {
        Some(code::hash(&Immutables {
            ledger_id: *self.ledger_id?.as_bytes(),
            owner: self.owner?,
        }))
    }
}

impl Trusted {
    /// Checks that the code is pinned. The evidence has only the code's hash, so without nodes
    /// nothing shows which code it is of.
    pub(super) fn require_code_hash(&self) -> Result<(), Failure> {
        match self.code_hash {
            Some(_) => Ok(()),
            None => Err(
                Failure::usage("missing --code-hash: a proof does not show that the code is that of the ledger's contract")
                    .with_hint(format!(
                        "pass --code-hash, or --ledger-id and --owner, add `code-hash` to the profile in {FILE}, or pass --rpc with a node \
                         that has the code; `air chain status` prints all three"
                    )),
            ),
        }
    }
}
