//! The contract on a chain: its code, and its state.

use air_fetch::evm::{BlockId, Node};
use air_ledger::{
    evm::{
        Address, KeccakHash,
        contract::{
            self, Call,
            code::{self, Immutables},
        },
        keccak256,
    },
    merkle::Hash,
};

use crate::exit::Failure;

/// The code at an address.
pub(super) enum Code {
    Missing,
    /// Code of something else, or of another version of the contract.
    Unknown(KeccakHash),
    Known(Immutables, KeccakHash),
}

/// The state of the contract: the values that its code does not fix.
pub(super) struct State {
    pub(super) size: u64,
    /// The root of the newest checkpoint; `None` before the first.
    pub(super) root: Option<Hash>,
    pub(super) submitter: Option<Address>,
    pub(super) pending_submitter: Option<Address>,
}

pub(super) async fn code(node: &Node, at: Address, block: BlockId) -> Result<Code, Failure> {
    let found = node.code(at, block).await?;
    if found.is_empty() {
        return Ok(Code::Missing);
    }
    let hash = keccak256(&found);
    Ok(match code::recognize(&found) {
        Some(immutables) => Code::Known(immutables, hash),
        None => Code::Unknown(hash),
    })
}

/// The contract's immutable values.
///
/// # Errors
/// Fails unless the code is that of the contract.
pub(super) async fn require_known(node: &Node, at: Address, block: BlockId) -> Result<Immutables, Failure> {
    match code(node, at, block).await? {
        Code::Known(immutables, _) => Ok(immutables),
        Code::Missing => Err(missing(node, at)),
        Code::Unknown(hash) => Err(unknown(node, at, &hash)),
    }
}

pub(super) fn missing(node: &Node, at: Address) -> Failure {
    Failure::failed(format!("{node} has no contract at {at}"))
        .with_hint("check the address, and that the node serves the right chain")
}

pub(super) fn unknown(node: &Node, at: Address, hash: &KeccakHash) -> Failure {
    Failure::failed(format!(
        "{node} has code at {at} that this version of air does not know as the ledger's contract: {hash}"
    ))
}

pub(super) async fn state(node: &Node, at: Address, block: BlockId) -> Result<State, Failure> {
    let size =
        contract::size(&ask(node, at, &Call::Size, block).await?).map_err(|error| odd(node, &error))?;
    let root = match size {
        0 => None,
        size => {
            let answer = ask(node, at, &Call::Roots { size }, block).await?;
            contract::root(&answer).map_err(|error| odd(node, &error))?
        }
    };
    Ok(State {
        size,
        root,
        submitter: account(node, at, &Call::Submitter, block).await?,
        pending_submitter: account(node, at, &Call::PendingSubmitter, block).await?,
    })
}

async fn account(
    node: &Node,
    at: Address,
    call: &Call<'_>,
    block: BlockId,
) -> Result<Option<Address>, Failure> {
    let answer = ask(node, at, call, block).await?;
    contract::account(&answer).map_err(|error| odd(node, &error))
}

async fn ask(node: &Node, at: Address, call: &Call<'_>, block: BlockId) -> Result<Vec<u8>, Failure> {
    Ok(node.call(at, &call.encode(), block).await?)
}

fn odd(node: &Node, error: &air_ledger::evm::Error) -> Failure {
    Failure::failed(format!("{node}: {error}"))
}
