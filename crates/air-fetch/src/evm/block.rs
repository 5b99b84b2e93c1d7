//! Blocks, and how a request names one.

use std::fmt;

use air_ids::UnixTime;
use air_ledger::evm::{Header, KeccakHash, keccak256};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use super::quantity::{Bytes, Number, Wei};

/// A block by its number or by a tag. A hash is for [`Node::block_by_hash`](super::Node::block_by_hash).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockId {
    /// The block of this number on the node's current chain.
    Number(u64),
    /// The newest block.
    Latest,
    /// The newest block that is unlikely to be replaced. Chains of the Cosmos family do not know
    /// this tag: use `Finalized`.
    Safe,
    /// The newest block that is final.
    Finalized,
    /// The state after the transactions that wait in the node.
    Pending,
}

impl fmt::Display for BlockId {
    /// As JSON-RPC has it: `0x2a`, `latest`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number:#x}"),
            Self::Latest => f.write_str("latest"),
            Self::Safe => f.write_str("safe"),
            Self::Finalized => f.write_str("finalized"),
            Self::Pending => f.write_str("pending"),
        }
    }
}

/// A block without its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: KeccakHash,
    /// The hash of the block before.
    pub parent_hash: KeccakHash,
    /// Its time.
    pub timestamp: UnixTime,
    /// The base fee in wei for each gas (EIP-1559); `None` if the chain has none.
    pub base_fee: Option<u128>,
    header: Option<Vec<u8>>,
}

impl Block {
    /// The header in RLP, whose Keccak-256 is the block's hash. `None` if the hash is another one:
    /// on chains of the Cosmos family, and if a fork added members that this version does not know.
    #[must_use]
    pub fn header_rlp(&self) -> Option<&[u8]> {
        self.header.as_deref()
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        let hash = required(&members, "hash").map_err(D::Error::custom)?;
        Ok(Self {
            number: required::<Number>(&members, "number")
                .map_err(D::Error::custom)?
                .0,
            hash,
            parent_hash: required(&members, "parentHash").map_err(D::Error::custom)?,
            timestamp: required::<Number>(&members, "timestamp")
                .map(|number| UnixTime::from_secs(number.0))
                .map_err(D::Error::custom)?,
            base_fee: optional::<Wei>(&members, "baseFeePerGas")
                .map_err(D::Error::custom)?
                .map(|wei| wei.0),
            header: header(&members).filter(|header| keccak256(header) == hash),
        })
    }
}

fn required<T: for<'de> Deserialize<'de>>(members: &Map<String, Value>, name: &str) -> serde_json::Result<T> {
    T::deserialize(members.get(name).unwrap_or(&Value::Null))
}

fn optional<T: for<'de> Deserialize<'de>>(
    members: &Map<String, Value>,
    name: &str,
) -> serde_json::Result<Option<T>> {
    Option::deserialize(members.get(name).unwrap_or(&Value::Null))
}

/// How a header's member is written in RLP.
#[derive(Clone, Copy)]
enum Form {
    Bytes,
    Number,
}

/// The members of a header in the order of its RLP (Yellow Paper, 4.4; EIP-1559, EIP-4895,
/// EIP-4844, EIP-4788, EIP-7685). Those from the sixteenth on came with a fork each.
const MEMBERS: [(&str, Form); 21] = [
    ("parentHash", Form::Bytes),
    ("sha3Uncles", Form::Bytes),
    ("miner", Form::Bytes),
    ("stateRoot", Form::Bytes),
    ("transactionsRoot", Form::Bytes),
    ("receiptsRoot", Form::Bytes),
    ("logsBloom", Form::Bytes),
    ("difficulty", Form::Number),
    ("number", Form::Number),
    ("gasLimit", Form::Number),
    ("gasUsed", Form::Number),
    ("timestamp", Form::Number),
    ("extraData", Form::Bytes),
    ("mixHash", Form::Bytes),
    ("nonce", Form::Bytes),
    ("baseFeePerGas", Form::Number),
    ("withdrawalsRoot", Form::Bytes),
    ("blobGasUsed", Form::Number),
    ("excessBlobGas", Form::Number),
    ("parentBeaconBlockRoot", Form::Bytes),
    ("requestsHash", Form::Bytes),
];

/// The header in RLP, from its members in JSON.
fn header(members: &Map<String, Value>) -> Option<Vec<u8>> {
    let mut strings = Vec::with_capacity(MEMBERS.len());
    for (name, form) in MEMBERS {
        match members.get(name) {
            None | Some(Value::Null) => {}
            Some(value) => strings.push(string(value.as_str()?, form)?),
        }
    }
    Some(Header::encode(strings.iter().map(Vec::as_slice)))
}

fn string(text: &str, form: Form) -> Option<Vec<u8>> {
    match form {
        Form::Bytes => Bytes::try_from(text.to_owned()).ok().map(|bytes| bytes.0),
        Form::Number => {
            let digits = text.strip_prefix("0x")?.trim_start_matches('0');
            let padding = if digits.len() % 2 == 1 { "0" } else { "" };
            hex::decode(format!("{padding}{digits}")).ok()
        }
    }
}
