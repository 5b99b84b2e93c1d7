//! Compares the chain with the ledger: at the start, and after each time without contact.

use air_fetch::evm::BlockId;
use air_ledger::evm::{Address, KeccakHash};
use air_platform::{
    App,
    chain::{self, Anchored, Outbox},
};

use super::{contract::Contract, error::ChainError, link::Link, problem::Problem};

/// The moment of a comparison, which decides what a chain may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Final checkpoints that the chain lost are sent again, since a person started the platform on
    /// this chain.
    Start,
    /// The same, but another process submits. Its handling of lost checkpoints is unknown here.
    Standby,
    /// A lost checkpoint is a contradiction.
    Reconnection,
}

/// Checks that the chain with this id, the contract and its roots are those of the ledger.
pub(super) async fn compare(app: &App, link: &Link, found: u64, moment: Moment) -> Result<(), Problem> {
    let outbox = chain::load(app).await?;
    match outbox.chain_id {
        Some(expected) if expected != found => {
            return Err(Problem::WrongChain(ChainError::WrongChain { expected, found }));
        }
        Some(_) => {}
        None => chain::begin(app, found).await?,
    }
    let Some(address) = address(&outbox, link)? else {
        return Ok(());
    };
    let contract = Contract {
        node: &link.node,
        address,
    };
    let Some(code_hash) = contract.code_hash().await? else {
        // A reorganisation may have removed the contract: its transaction is sent again.
        if outbox.open.iter().any(chain::Attempt::creates_contract) {
            return Ok(());
        }
        let no_contract = ChainError::NoContract {
            contract: address,
            chain_id: found,
        };
        return Err(Problem::Halt(no_contract));
    };
    compare_code(app, &outbox, address, code_hash).await?;
    compare_submitter(&contract, link).await?;
    compare_roots(app, &contract, outbox.newest_final, moment).await
}

/// The contract by the outbox or by the settings.
fn address(outbox: &Outbox, link: &Link) -> Result<Option<Address>, Problem> {
    match (outbox.contract, link.settings.contract) {
        (Some((expected, _)), Some(given)) if expected != given => {
            Err(Problem::Halt(ChainError::OtherContract { expected, given }))
        }
        (Some((address, _)), _) | (None, Some(address)) => Ok(Some(address)),
        (None, None) => Ok(None),
    }
}

async fn compare_code(
    app: &App,
    outbox: &Outbox,
    contract: Address,
    found: KeccakHash,
) -> Result<(), Problem> {
    match outbox.contract {
        Some((_, expected)) if expected != found => Err(Problem::Halt(ChainError::OtherCode {
            contract,
            expected,
            found,
        })),
        Some(_) => Ok(()),
        None => Ok(chain::set_contract(app, contract, found).await?),
    }
}

async fn compare_submitter(contract: &Contract<'_>, link: &Link) -> Result<(), Problem> {
    let found = link.signer.address();
    match contract.submitter().await? {
        Some(submitter) if submitter == found => Ok(()),
        submitter => Err(Problem::from(ChainError::NotSubmitter {
            contract: contract.address,
            expected: submitter.unwrap_or_else(|| Address::new([0; 20])),
            found,
        })),
    }
}

async fn compare_roots(
    app: &App,
    contract: &Contract<'_>,
    newest_final: Option<Anchored>,
    moment: Moment,
) -> Result<(), Problem> {
    let size = agreed_size(app, contract).await?;
    let Some(last) = newest_final else {
        return Ok(());
    };
    let root = contract.root(last.size, BlockId::Latest).await?;
    if root == Some(last.root) {
        return Ok(());
    }
    let is_lost = root.is_none() && size < last.size;
    if is_lost && moment == Moment::Standby {
        return Ok(());
    }
    if is_lost && moment == Moment::Start {
        let reopened = chain::reopen_after(app, size).await?;
        tracing::error!(
            chain_size = size,
            ledger_size = last.size,
            reopened,
            "the chain lost final checkpoints; they are sent again"
        );
        return Ok(());
    }
    Err(Problem::Halt(ChainError::OtherRoot {
        size: last.size,
        chain: root,
        ledger: last.root,
    }))
}

/// The size of the newest checkpoint on the chain, if the ledger has the same root there.
pub(super) async fn agreed_size(app: &App, contract: &Contract<'_>) -> Result<u64, Problem> {
    let size = contract.size().await?;
    if size == 0 {
        return Ok(0);
    }
    let root = contract.root(size, BlockId::Latest).await?;
    let root = root.ok_or(Problem::Contradiction)?;
    match chain::root_at(app, size).await? {
        Some(ledger) if ledger == root => Ok(size),
        Some(ledger) => Err(Problem::Halt(ChainError::OtherRoot {
            size,
            chain: Some(root),
            ledger,
        })),
        None => {
            let ledger_size = chain::load(app).await?.tree_size;
            let ledger_root = chain::root_at(app, ledger_size).await?;
            Err(Problem::Halt(ChainError::Ahead {
                size,
                root,
                ledger_size,
                ledger_root: ledger_root.unwrap_or_else(ChainError::empty_root),
            }))
        }
    }
}
