//! Verifies the proof file of an anchor offline, and measures how long that takes.
//!
//! `cargo run --release -p air-ledger --features evm --example verify_anchor -- FOLDER` reads
//! `proof.json`, and `trusted.json` with what the verifier knows from elsewhere. It prints the
//! median time in milliseconds, from the file's text to the verified block.

#![allow(clippy::disallowed_methods, reason = "it reads files and measures time")]

use std::{
    error::Error,
    fs,
    hint::black_box,
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use air_ledger::evm::{AnchorProof, KeccakHash, Pinned};
use serde_json::{Value, json};

const ROUNDS: usize = 15;
const CALLS: u32 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("missing the folder")?);
    let file = fs::read_to_string(folder.join("proof.json"))?;
    let trusted: Value = serde_json::from_str(&fs::read_to_string(folder.join("trusted.json"))?)?;
    let text = |member: &str| trusted.get(member).and_then(Value::as_str).unwrap_or_default();
    let chain_id = trusted.get("chainId").and_then(Value::as_u64);
    let pinned = Pinned {
        chain_id: chain_id.ok_or("trusted.json has no chainId")?,
        contract: text("contract").parse()?,
        code_hash: text("codeHash").parse()?,
    };
    let block: KeccakHash = text("blockHash").parse()?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for _ in 0..CALLS {
            let proof = AnchorProof::from_json(black_box(&file))?;
            proof.verify(&pinned, &block).into_result()?;
        }
        rounds.push(begin.elapsed() / CALLS);
    }
    rounds.sort_unstable();
    let median = rounds.get(ROUNDS / 2).map(Duration::as_secs_f64);
    let report = json!({ "milliseconds": median.map(|seconds| seconds * 1e3) });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
