//! The reasons why a round of the submitter ended early.

use air_fetch::evm::RpcError;
use air_ledger::evm::{Error as LedgerError, fees::FeesTooHigh};
use air_platform::chain::{Alarm, OutboxError};

use super::error::ChainError;

/// The reason why a round ended early. The next round tries again, except after [`Problem::Halt`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The signer at a URL does not respond, or responds with an error.
    #[error("the signer failed: {0}")]
    Signer(RpcError),
    /// The signer at a URL signed another transaction, or with another key.
    #[error(transparent)]
    SignerAnswer(LedgerError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error(transparent)]
    FeesTooHigh(#[from] FeesTooHigh),
    /// The account can't pay.
    #[error("{0}")]
    OutOfFunds(RpcError),
    /// The contract refuses the checkpoint for a reason that may pass.
    #[error("the contract refuses the checkpoint: {0}")]
    ContractRefused(String),
    /// A node's response can't be read, or belongs to another request.
    #[error(transparent)]
    Answer(#[from] LedgerError),
    /// The contract names a checkpoint that it does not have.
    #[error(
        "the node's answers contradict each other; a block was replaced meanwhile, or several nodes answer in turn"
    )]
    Contradiction,
    /// The node has another chain.
    #[error("{0}")]
    WrongChain(ChainError),
    /// Only a person can solve it.
    #[error("{0}")]
    Halt(ChainError),
}

impl Problem {
    /// The alarm that the status shows. Problems of the store are in the log only, since the store
    /// can't hold their alarm.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        Some(match self {
            Self::Outbox(_) => return None,
            Self::Rpc(_) | Self::Answer(_) | Self::Contradiction => Alarm::ChainUnreachable,
            Self::Signer(error) if error.is_unreachable() => Alarm::SignerUnreachable,
            Self::Signer(_) | Self::SignerAnswer(_) => Alarm::SignerRefused,
            Self::FeesTooHigh(_) => Alarm::FeesTooHigh,
            Self::OutOfFunds(_) => Alarm::OutOfFunds,
            Self::WrongChain(_) => Alarm::WrongChain,
            Self::ContractRefused(_) | Self::Halt(_) => Alarm::ContractRefused,
        })
    }
}

impl From<ChainError> for Problem {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::Node(error) => Self::Rpc(error),
            ChainError::Outbox(error) => Self::Outbox(error),
            ChainError::WrongChain { .. } => Self::WrongChain(error),
            ChainError::NotSubmitter { .. } => Self::ContractRefused(error.to_string()),
            error => Self::Halt(error),
        }
    }
}
