//! The chain that holds the ledger's checkpoints, for the operator.

use serde::{Deserialize, Serialize};

/// The chain as the platform knows it, and as its node answers now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChainReport {
    /// The chain's id (EIP-155); absent until the platform reached it once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_id: Option<u64>,
    /// The contract's address, once it is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// The account that pays for checkpoints.
    pub account: String,
    /// The reason why checkpoints don't reach the chain now, as in the status of a credential: `outOfFunds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<String>,
    /// The number of entries at the newest final checkpoint.
    pub final_entries: u64,
    /// The number of entries in blocks that no final checkpoint has.
    pub lag_entries: u64,
    /// The age in seconds of the oldest of them.
    pub lag_seconds: u64,
    /// The node's answers; absent if it does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<ChainNode>,
}

/// The answers of the platform's node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChainNode {
    /// The id of the chain that it serves.
    pub chain_id: u64,
    /// Whether the contract's code is one that the platform knows; absent without a contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_code_known: Option<bool>,
    /// The account's balance in wei.
    pub balance_wei: String,
    /// The price of gas in the next block, in wei.
    pub gas_price_wei: String,
    /// About how many checkpoints the balance pays for; absent if gas is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoints_left: Option<u64>,
}
