//! The parameters of requests, and the answers of nodes.

use air_ledger::evm::{Address, KeccakHash};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::quantity::{Bytes, Number, Wei, in_hex};

/// A call or a transaction whose gas is to be estimated.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The sender.
    pub from: Option<Address>,
    /// The contract; `None` to create one.
    pub to: Option<Address>,
    /// The call's data, or the code that creates the contract.
    pub data: &'a [u8],
}

impl Serialize for Request<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = json!({ "data": in_hex(self.data) });
        for (name, address) in [("from", self.from), ("to", self.to)] {
            if let Some(address) = address {
                members[name] = address.to_string().into();
            }
        }
        members.serialize(serializer)
    }
}

/// The position of a transaction in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Receipt {
    /// The transaction's hash.
    pub transaction_hash: KeccakHash,
    /// The block's number.
    #[serde(deserialize_with = "number")]
    pub block_number: u64,
    /// The block's hash.
    pub block_hash: KeccakHash,
    /// Whether the call succeeded. If it did not, the contract refused it, and the fee was paid.
    #[serde(rename = "status", deserialize_with = "success")]
    pub is_success: bool,
    /// The gas that it used.
    #[serde(deserialize_with = "number")]
    pub gas_used: u64,
    /// The fee in wei for each gas; `None` if the node does not say.
    #[serde(default, deserialize_with = "optional_wei")]
    pub effective_gas_price: Option<u128>,
    /// The contract that it created.
    #[serde(default)]
    pub contract_address: Option<Address>,
}

/// The fees of the newest blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeeHistory {
    /// The base fee of the next block in wei for each gas; `None` if the chain has none.
    pub next_base_fee: Option<u128>,
    /// The tips in wei for each gas at the percentile that was asked for, one for each block, the
    /// oldest first. Blocks without transactions have 0.
    pub tips: Vec<u128>,
}

impl<'de> Deserialize<'de> for FeeHistory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            #[serde(default)]
            base_fee_per_gas: Option<Vec<Wei>>,
            #[serde(default)]
            reward: Option<Vec<Vec<Wei>>>,
        }
        let wire = Wire::deserialize(deserializer)?;
        Ok(Self {
            next_base_fee: wire
                .base_fee_per_gas
                .and_then(|fees| fees.last().map(|wei| wei.0)),
            tips: wire
                .reward
                .unwrap_or_default()
                .iter()
                .filter_map(|of_block| of_block.first().map(|wei| wei.0))
                .collect(),
        })
    }
}

/// An account and slots of its storage, with Merkle Patricia proofs (EIP-1186). Nothing in it is checked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Proof {
    /// The nodes from the block's state root to the account.
    #[serde(deserialize_with = "list_of_bytes")]
    pub account_proof: Vec<Vec<u8>>,
    /// Keccak-256 of the account's code.
    pub code_hash: KeccakHash,
    /// The root of the account's storage trie. Zero on chains that have no such trie.
    pub storage_hash: KeccakHash,
    /// The slots, in the order that they were asked for.
    pub storage_proof: Vec<SlotProof>,
}

impl Proof {
    /// Whether the chain has Merkle Patricia tries. Chains of the Cosmos family answer with other
    /// proofs, and zero as the storage root.
    #[must_use]
    pub fn is_merkle_patricia(&self) -> bool {
        *self.storage_hash.as_bytes() != [0; 32]
    }
}

/// A slot of a contract's storage.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SlotProof {
    /// The nodes from the storage root to the slot.
    #[serde(deserialize_with = "list_of_bytes")]
    pub proof: Vec<Vec<u8>>,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Number::deserialize(deserializer).map(|number| number.0)
}

fn success<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    number(deserializer).map(|status| status == 1)
}

fn optional_wei<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u128>, D::Error> {
    Ok(Option::<Wei>::deserialize(deserializer)?.map(|wei| wei.0))
}

/// On chains of the Cosmos family a node may be text that is not hex. Such proofs are of no use
/// here, and are left out.
fn list_of_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
    let texts = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(texts
        .into_iter()
        .map_while(|text| Bytes::try_from(text).ok())
        .map(|bytes| bytes.0)
        .collect())
}
