//! Anchoring of a credential as a job: its states, reason codes, history and next attempt.

use serde::{Deserialize, Serialize};

use super::CakDetails;
use crate::PlatformTime;

/// The local platform's additions to `GET /v1/credentials/status`, in a field of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusDetails {
    /// The job that takes the credential to the chain.
    pub anchoring: AnchoringJob,
    /// Since when it is revoked: `vcStatus` says nothing of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<PlatformTime>,
    /// Since when it is expired, by the platform's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_at: Option<PlatformTime>,
    /// The CAK, if compliance encryption is on for the credential's program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cak: Option<CakDetails>,
}

/// One credential's way to the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AnchoringJob {
    /// The state, which is also the last one of the history.
    pub state: AnchoringState,
    /// The reason why it waits longer than a block's time, or why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<AnchoringReason>,
    /// When a block is next tried, at the latest; while it is queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<PlatformTime>,
    /// All states that it was in, oldest first: the first is `queued`, at issuance.
    pub history: Vec<AnchoringEvent>,
    /// The checkpoint on an EVM chain that has it, if the platform runs with one: it is `anchored`
    /// as soon as the checkpoint is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainAnchor>,
}

/// A checkpoint of the ledger in a contract on an EVM chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChainAnchor {
    /// The state of the checkpoint.
    pub state: ChainState,
    /// The chain's id (EIP-155).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_id: Option<u64>,
    /// The contract's address, once it is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// The number of entries at the checkpoint. This and what follows is absent while there is no checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger_size: Option<u64>,
    /// The ledger's root there, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The newest transaction with the checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_hash: Option<String>,
    /// The number of the block that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_number: Option<u64>,
    /// The hash of that block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<String>,
    /// The newest final block: when its block was seen to be final, or until then the newest that
    /// the platform knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finalized_block: Option<u64>,
    /// The number of transactions that were made for it: more than 1 if it was replaced with higher
    /// fees. Absent for old checkpoints, whose replaced transactions are forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u64>,
    /// The most that the transaction pays for each gas, in wei.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_fee_per_gas: Option<String>,
    /// The gas that the transaction used, once it is in a block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gas_used: Option<u64>,
    /// The price that it paid for each gas, in wei.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_gas_price: Option<String>,
}

/// The state of a checkpoint. A reorganisation of the chain can take it from `included` back to `sent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ChainState {
    /// No checkpoint has the entry yet.
    Waiting,
    /// Its transaction waits for a block.
    Sent,
    /// Its transaction is in a block that may still be replaced.
    Included,
    /// Its block is final.
    Final,
}

/// A state that the job entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AnchoringEvent {
    /// The state.
    pub state: AnchoringState,
    /// When it entered it.
    pub at: PlatformTime,
    /// Why, where it is not the usual way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<AnchoringReason>,
}

/// The state of a job. A job is `queued`, and ends `anchored` or `failed`; a reorganisation queues
/// it again. It is `anchored` exactly when the documented status is `ONCHAIN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum AnchoringState {
    /// Issued: it waits for a block.
    Queued,
    /// A block has it.
    Anchored,
    /// There is nothing left to wait for; the reason says what to do. A block that comes late still
    /// takes the entry, and the job is `anchored` then: a ledger that only grows takes nothing
    /// back.
    Failed,
}

/// The reason why a job waits or failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum AnchoringReason {
    /// Blocks have stopped: wait.
    ChainStuck,
    /// The block that had it is no longer part of the chain: wait for the next.
    Reorganised,
    /// It was revoked before a block had it: nothing needs it any more.
    Revoked,
    /// It expired before a block had it: issue a new one.
    Expired,
    /// No block had it within [`AnchoringJob::LONGEST_WAIT`]: the chain needs a look, then issue a new one.
    TimedOut,
    /// The next checkpoint on the chain will have it: wait.
    AwaitingCheckpoint,
    /// Its checkpoint is on the chain, and not final yet: wait.
    AwaitingFinality,
    /// The chain's node does not respond: the operator must fix it.
    ChainUnreachable,
    /// The node serves another chain: the operator has to look.
    WrongChain,
    /// The signer of the account that pays for checkpoints does not respond: the operator must fix it.
    SignerUnreachable,
    /// The signer of the account that pays for checkpoints refuses to sign, or signs another
    /// transaction: the operator must fix it.
    SignerRefused,
    /// The account that pays for checkpoints has no funds: the operator has to add some.
    OutOfFunds,
    /// The chain's fees are above the operator's limit: wait, or the operator raises it.
    FeesTooHigh,
    /// The contract refuses the checkpoint, or contradicts the ledger: the operator has to look.
    ContractRefused,
}

impl AnchoringJob {
    /// The longest time for which a job is queued, in seconds: a day.
    pub const LONGEST_WAIT: u64 = 24 * 3600;
}

impl AnchoringState {
    /// Whether the job has ended. A reorganisation can still queue an anchored job again.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued => false,
            Self::Anchored | Self::Failed => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_is_written_in_camel_case_without_what_is_not_there() {
        let at = PlatformTime::from_unix(crate::UnixTime::from_secs(1_800_000_000));
        let queued = AnchoringEvent {
            state: AnchoringState::Queued,
            at,
            reason: None,
        };
        let job = AnchoringJob {
            state: AnchoringState::Queued,
            reason: Some(AnchoringReason::ChainStuck),
            next_attempt_at: Some(at),
            history: vec![queued],
            chain: None,
        };
        let written = json!({ "state": "queued", "reason": "chainStuck", "nextAttemptAt": "2027-01-15 08:00:00",
            "history": [{ "state": "queued", "at": "2027-01-15 08:00:00" }] });
        assert_eq!(serde_json::to_value(&job).unwrap(), written);
        assert_eq!(serde_json::from_value::<AnchoringJob>(written).unwrap(), job);
    }
}
