//! Why a credential is not anchored, in words.

use air_api::sandbox::AnchoringReason;

pub(crate) fn explain(reason: AnchoringReason) -> &'static str {
    match reason {
        AnchoringReason::ChainStuck => "the chain is stuck",
        AnchoringReason::Reorganised => "its block is no longer part of the chain; wait for the next one",
        AnchoringReason::Revoked => "it was revoked before it was anchored; nothing to do",
        AnchoringReason::Expired => "it expired before it was anchored; issue a new one",
        AnchoringReason::TimedOut => {
            "it was not anchored within a day; check the chain, then issue a new one"
        }
        AnchoringReason::AwaitingCheckpoint => "the next checkpoint on the chain will have it",
        AnchoringReason::AwaitingFinality => "its checkpoint is on the chain, and not final yet",
        AnchoringReason::ChainUnreachable => "the platform can't reach its chain",
        AnchoringReason::WrongChain => "the platform's node serves another chain",
        AnchoringReason::OutOfFunds => "the account that pays for checkpoints has no funds",
        AnchoringReason::FeesTooHigh => "the chain's fees are above the platform's limit",
        AnchoringReason::ContractRefused => "the contract on the chain refuses the platform's checkpoints",
        _ => "unknown reason",
    }
}
