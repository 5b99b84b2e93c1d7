//! Proofs that a credential is anchored on an EVM chain.

use std::str::FromStr;

use air_ledger::evm::{AnchorProof, Check, Evidence, InvalidHex, KeccakHash, Pinned, contract::code};
use serde_json::{Map, Value};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    AirError,
    argument::{self, Members},
    json,
};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The contract and the block that a verifier trusts. Take them from your configuration and your own node, never from the proof. */
export interface AnchorOptions {
  /** The chain's id (EIP-155). */
  chainId: number;
  /** The address of the contract, whose creation transaction you checked: `0x` and 40 hex digits. */
  contract: string;
  /** Keccak-256 of the contract's code: `0x` and 64 hex digits. Either this, or `ledgerId` and `owner`. */
  codeHash?: string;
  /** The ledger's name in the contract: `0x` and 64 hex digits. */
  ledgerId?: string;
  /** The contract's owner: `0x` and 40 hex digits. */
  owner?: string;
  /** The hash of the block of the evidence, from your own node: `0x` and 64 hex digits. */
  blockHash: string;
}

/** What a proof shows: the credential's entry was in the log at this block, and the log was not rewritten since. */
export interface VerifiedAnchor {
  /** The credential's hash. Compare it with that of the credential that you verified. */
  coreClaimHash: string;
  leafIndex: number;
  treeSize: number;
  /** The log's root, which the contract stores. 64 hex digits. */
  root: string;
  /** The block of the evidence: the entry was anchored by then. */
  block: { number: number; hash: string; /** Seconds since 1970. */ timestamp: number };
  checks: string[];
}

/** What the inclusion path shows. The root is not yet compared with the chain. */
export interface AnchorStatement {
  coreClaimHash: string;
  leafIndex: number;
  treeSize: number;
  /** Compare it with the answer of your own nodes to the contract's `roots(treeSize)`. 64 hex digits. */
  root: string;
  /** Whether `verifyAnchor` can check the proof against a block hash. */
  hasEvidence: boolean;
  /** The number of the block of the evidence, whose hash `verifyAnchor` needs. */
  evidenceBlock?: number;
}
"#;

const OPTIONS: [&str; 6] = [
    "chainId",
    "contract",
    "codeHash",
    "ledgerId",
    "owner",
    "blockHash",
];

/// Verifies a proof file (`air-anchor-proof/1`) against a contract and the hash of a block, offline.
///
/// # Errors
/// `ANCHOR_REJECTED` with the `check` that failed; `INVALID_ARGUMENT` or `TOO_LARGE` for a file or
/// options that can't be read.
#[wasm_bindgen(js_name = verifyAnchor, unchecked_return_type = "VerifiedAnchor")]
pub fn verify_anchor(
    #[wasm_bindgen(unchecked_param_type = "string | object")] proof: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "AnchorOptions")] options: &JsValue,
) -> Result<JsValue, AirError> {
    let proof = read(proof)?;
    let options = Members::of("options", options, &OPTIONS)?;
    let trusted_block = hex(&options, "blockHash")?;
    let report = proof.verify(&pinned(&options)?, &trusted_block);
    if let Some((check, error)) = &report.failed {
        return Err(AirError::anchor(*check, error));
    }
    let checks: Value = report.passed.iter().map(|check| check.name()).collect();
    let block = report.into_result()?;
    let mut plain = statement(&proof);
    plain.extend([
        (
            "block".to_owned(),
            Map::from_iter([
                ("number".to_owned(), block.number.into()),
                ("hash".to_owned(), block.hash.to_string().into()),
                ("timestamp".to_owned(), block.timestamp.as_secs().into()),
            ])
            .into(),
        ),
        ("checks".to_owned(), checks),
    ]);
    json::to_js(&plain.into())
}

/// Verifies the inclusion path of a proof file alone, and returns the root. For chains without
/// Merkle Patricia proofs: the caller compares the root with the answer of nodes that it trusts.
///
/// # Errors
/// `ANCHOR_REJECTED` with the check `inclusion`; `INVALID_ARGUMENT` or `TOO_LARGE` for a file that
/// can't be read.
#[wasm_bindgen(js_name = verifyInclusion, unchecked_return_type = "AnchorStatement")]
pub fn verify_inclusion(
    #[wasm_bindgen(unchecked_param_type = "string | object")] proof: &JsValue,
) -> Result<JsValue, AirError> {
    let proof = read(proof)?;
    proof
        .verify_inclusion()
        .map_err(|error| AirError::anchor(Check::Inclusion, &error))?;
    let mut plain = statement(&proof);
    plain.insert("hasEvidence".to_owned(), proof.evidence.is_some().into());
    if let Some(Evidence::Mpt(evidence)) = &proof.evidence {
        plain.insert("evidenceBlock".to_owned(), evidence.block.into());
    }
    json::to_js(&plain.into())
}

fn read(proof: &JsValue) -> Result<AnchorProof, AirError> {
    AnchorProof::from_json(&json::text("proof", proof)?).map_err(AirError::from)
}

/// The contract, with its code's hash or what determines it.
fn pinned(options: &Members<'_>) -> Result<Pinned, AirError> {
    let chain_id = options
        .get("chainId")?
        .ok_or_else(|| AirError::argument("options.chainId", "a number"))?;
    let determined = options.text("ledgerId")?.is_some() || options.text("owner")?.is_some();
    let code_hash = match (options.text("codeHash")?, determined) {
        (Some(_), false) => hex(options, "codeHash")?,
        (None, true) => code::hash(&code::Immutables {
            ledger_id: *hex::<KeccakHash>(options, "ledgerId")?.as_bytes(),
            owner: hex(options, "owner")?,
        }),
        _ => {
            let needed = "given alone, or `ledgerId` and `owner` in its place";
            return Err(AirError::argument("options.codeHash", needed));
        }
    };
    Ok(Pinned {
        chain_id: argument::whole_number("options.chainId", &chain_id)?,
        contract: hex(options, "contract")?,
        code_hash,
    })
}

/// A required member in hex.
fn hex<T: FromStr<Err = InvalidHex>>(options: &Members<'_>, member: &str) -> Result<T, AirError> {
    let text = options.required_text(member)?;
    text.parse()
        .map_err(|error: InvalidHex| AirError::argument(&options.path(member), error.form()))
}

/// Describes the inclusion path.
fn statement(proof: &AnchorProof) -> Map<String, Value> {
    let inclusion = &proof.inclusion;
    Map::from_iter([
        (
            "coreClaimHash".to_owned(),
            proof.core_claim_hash.to_string().into(),
        ),
        ("leafIndex".to_owned(), inclusion.leaf_index.into()),
        ("treeSize".to_owned(), inclusion.tree_size.into()),
        ("root".to_owned(), inclusion.root.to_string().into()),
    ])
}
