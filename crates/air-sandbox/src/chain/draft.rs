//! Makes the next transaction: a checkpoint, or the contract's creation.

use air_fetch::evm::{self, Request, RpcError};
use air_ids::UnixTime;
use air_ledger::{
    evm::{
        Address,
        contract::{Call, Refusal, code},
        fees::{self, Fees},
        transaction::Transaction,
    },
    merkle::Hash,
};
use air_platform::{
    App,
    chain::{self, Anchored, Attempt, Outbox, Progress},
    ids,
};

use super::{compare::agreed_size, contract::Contract, error::ChainError, link::Link, problem::Problem};

/// A transaction without its nonce and fees.
pub(super) struct Draft {
    to: Option<Address>,
    data: Vec<u8>,
    gas_limit: u64,
    size: u64,
    root: Hash,
}

impl Draft {
    /// Drafts the checkpoint of the ledger's newest block, or the creation of the contract if there is none.
    pub(super) async fn new(app: &App, link: &Link, outbox: &Outbox) -> Result<Self, Problem> {
        match outbox.contract {
            Some((address, _)) => Self::checkpoint(app, link, address, outbox.newest_final).await,
            None => Self::creation(link).await,
        }
    }

    async fn creation(link: &Link) -> Result<Self, Problem> {
        let submitter = link.signer.address();
        let immutables = code::Immutables {
            ledger_id: ids::secret(),
            owner: submitter,
        };
        let data = code::creation(&immutables, submitter);
        let gas_limit = gas_limit(link, None, &data, None).await?;
        Ok(Self {
            to: None,
            data,
            gas_limit,
            size: 0,
            root: [0; 32],
        })
    }

    async fn checkpoint(
        app: &App,
        link: &Link,
        address: Address,
        newest_final: Option<Anchored>,
    ) -> Result<Self, Problem> {
        let contract = Contract {
            node: &link.node,
            address,
        };
        let previous = agreed_size(app, &contract).await?;
        if let Some(lost) = newest_final.filter(|last| last.size > previous) {
            return Err(Problem::Halt(ChainError::OtherRoot {
                size: lost.size,
                chain: None,
                ledger: lost.root,
            }));
        }
        let checkpoint = chain::next_checkpoint(app, previous).await?;
        // The ledger has the chain's newest root, so it is not shorter.
        let checkpoint = checkpoint.ok_or(Problem::Contradiction)?;
        let (size, root) = (checkpoint.size, checkpoint.root);
        let call = Call::Checkpoint {
            size,
            root,
            path: &checkpoint.path,
        };
        let data = call.encode();
        let gas_limit = gas_limit(link, Some(address), &data, Some((size, root))).await?;
        Ok(Self {
            to: Some(address),
            data,
            gas_limit,
            size,
            root,
        })
    }

    /// Signs the draft.
    pub(super) async fn sign(
        self,
        link: &Link,
        chain_id: u64,
        nonce: u64,
        fees: Fees,
        now: UnixTime,
    ) -> Result<Attempt, Problem> {
        let transaction = Transaction {
            chain_id,
            nonce,
            to: self.to,
            value: 0,
            data: self.data,
            gas_limit: self.gas_limit,
            fees,
        };
        Ok(Attempt {
            nonce,
            size: self.size,
            root: self.root,
            sender: link.signer.address(),
            fees,
            signed: link.signer.sign(&transaction).await?,
            progress: Progress::Sent,
            stored_at: now,
            sent: None,
        })
    }
}

/// The gas of a transaction, and a fifth more. A refusal of the contract is seen here, before
/// anything is paid.
async fn gas_limit(
    link: &Link,
    to: Option<Address>,
    data: &[u8],
    checkpoint: Option<(u64, Hash)>,
) -> Result<u64, Problem> {
    let request = Request {
        from: Some(link.signer.address()),
        to,
        data,
    };
    let gas = link
        .node
        .estimate_gas(&request)
        .await
        .map_err(|error| refused(error, checkpoint))?;
    Ok(gas.saturating_add(gas / 5))
}

fn refused(error: RpcError, checkpoint: Option<(u64, Hash)>) -> Problem {
    let Some(data) = error.revert_data() else {
        return match error.refusal() {
            Some(evm::Refusal::OutOfFunds) => Problem::OutOfFunds(error),
            _ => Problem::Rpc(error),
        };
    };
    match (Refusal::decode(data), checkpoint) {
        (Some(Refusal::NotAnExtension), Some((size, root))) => {
            Problem::Halt(ChainError::NotAnExtension { size, root })
        }
        (Some(Refusal::NotSubmitter), _) => {
            Problem::ContractRefused("this account is not its submitter; use the submitter's key".to_owned())
        }
        (Some(Refusal::NotNewer { size }), _) => {
            Problem::ContractRefused(format!("it has a checkpoint at size {size} by now"))
        }
        _ => Problem::ContractRefused(error.to_string()),
    }
}

/// The fees of a new transaction.
pub(super) async fn first_fees(link: &Link) -> Result<Fees, Problem> {
    Ok(fees::first_fees(
        &link.node.quote().await?,
        link.settings.max_fee,
    )?)
}

/// The fees of a replacement.
pub(super) async fn raised_fees(link: &Link, old: Fees) -> Result<Fees, Problem> {
    Ok(fees::raised_fees(
        old,
        &link.node.quote().await?,
        link.settings.max_fee,
    )?)
}
