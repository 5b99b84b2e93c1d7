//! A ledger that was recorded on anvil.

use std::{fs, path::Path};

use air_ledger::{
    evm::{AnchorProof, KeccakHash, Pinned},
    merkle::Hash,
};
use serde_json::Value;

/// The files of `contracts/test/record.mjs`.
pub(super) struct Recorded {
    pub(super) text: String,
    pub(super) trusted: Value,
    pub(super) calls: Value,
}

impl Recorded {
    /// The files of the repository.
    pub(super) fn stored() -> Self {
        Self {
            text: include_str!("../vectors/anvil/proof.json").to_owned(),
            trusted: json(include_str!("../vectors/anvil/trusted.json")),
            calls: json(include_str!("../vectors/anvil/calls.json")),
        }
    }

    /// The files in a folder.
    #[expect(clippy::disallowed_methods, reason = "a test of files")]
    pub(super) fn read(folder: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        Self {
            text: text("proof.json"),
            trusted: json(&text("trusted.json")),
            calls: json(&text("calls.json")),
        }
    }

    pub(super) fn proof(&self) -> AnchorProof {
        AnchorProof::from_json(&self.text).unwrap()
    }

    pub(super) fn pinned(&self) -> Pinned {
        Pinned {
            chain_id: self.trusted["chainId"].as_u64().unwrap(),
            contract: text(&self.trusted["contract"]).parse().unwrap(),
            code_hash: text(&self.trusted["codeHash"]).parse().unwrap(),
        }
    }

    pub(super) fn block(&self) -> KeccakHash {
        text(&self.trusted["blockHash"]).parse().unwrap()
    }
}

pub(super) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Bytes of `0x…`.
pub(super) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value).strip_prefix("0x").unwrap()).unwrap()
}

pub(super) fn hash(value: &Value) -> Hash {
    bytes(value).try_into().unwrap()
}

pub(super) fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}
