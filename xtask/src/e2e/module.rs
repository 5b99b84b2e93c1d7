//! Tests the WebAssembly module with one suite in Node and in Chromium, and compares its times with
//! WebCrypto's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{CHROMIUM, FOLDER, PROJECT};
use crate::{
    book::{PERFORMANCE, Part},
    peers::npm_ci,
    shell::{Outcome, Shell, program, root, say},
    wasm,
};

const TESTS: &str = "crates/air-wasm/tests/js";
const TYPES: &str = "crates/air-wasm/tests/types";
const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- browser: `cargo xtask e2e --write` writes what follows -->",
    end: "<!-- end of browser -->",
};

/// The npm package; or without a compiler for it, the copy that the platform embeds, which can only
/// derive, seal and open.
pub(super) fn find() -> Outcome<PathBuf> {
    if let Some(package) = wasm::package()? {
        return Ok(package);
    }
    say("  testing the embedded copy instead of the package, without `validate` and `verify`");
    embedded()
}

/// The copy that the platform embeds, as a package with the module `core` alone.
pub(super) fn embedded() -> Outcome<PathBuf> {
    let package = root().join(FOLDER).join("package");
    let core = package.join("core");
    fs::create_dir_all(&core).map_err(|error| error.to_string())?;
    for name in ["air_wasm.js", "air_wasm_bg.wasm"] {
        let bytes = wasm::unpacked(wasm::COPY, name)?;
        fs::write(core.join(name), bytes).map_err(|error| format!("{name}: {error}"))?;
    }
    let files = [
        ("crates/air-wasm/js", "node.js", &core),
        ("crates/air-wasm/js", "package.json", &package),
    ];
    for (from, name, to) in files {
        fs::copy(root().join(from).join(name), to.join(name))
            .map_err(|error| format!("{from}/{name}: {error}"))?;
    }
    wasm::copy_webcrypto(&package)?;
    Ok(package)
}

pub(super) fn test_in_node(package: &Path) -> Outcome {
    node(package)
        .args(["--test", &format!("{TESTS}/node.test.mjs")])
        .run()
}

/// Compiles a program that uses every function with TypeScript.
pub(super) fn compile_types(package: &Path) -> Outcome {
    if !package.join("core/air_wasm.d.ts").exists() {
        say("  the types are not checked: the embedded copy has none");
        return Ok(());
    }
    npm_ci(TYPES)?;
    let installed = root().join(TYPES).join("node_modules/air-wasm");
    let mut files = vec!["package.json".to_owned()];
    for module in wasm::modules() {
        files.extend(["d.ts", "js"].map(|ending| format!("{module}/air_wasm.{ending}")));
        let folder = installed.join(module);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    wasm::copy_webcrypto(&installed)?;
    for name in files {
        fs::copy(package.join(&name), installed.join(&name)).map_err(|error| format!("{name}: {error}"))?;
    }
    program("node")
        .args([
            &format!("{TYPES}/node_modules/typescript/bin/tsc"),
            "--project",
            TYPES,
        ])
        .run()
}

pub(super) fn test_in_chromium(package: &Path) -> Outcome {
    ["chromium", "files"].iter().try_for_each(|test| {
        node(package)
            .args(["--test", &format!("{TESTS}/{test}.test.mjs")])
            .run()
    })
}

/// Measures the ratios; `write` updates them in the book.
pub(super) fn compare_with_webcrypto(package: &Path, write: bool) -> Outcome {
    let rows = node(package)
        .args([format!("{TESTS}/throughput.mjs")])
        .read()
        .and_then(|json| serde_json::from_str::<Vec<Value>>(&json).ok())
        .ok_or("the comparison with WebCrypto failed")?;
    let mut lines = vec![
        "| job, secp256r1, in Chromium | against | ratio | memory, MiB |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for row in &rows {
        lines.push(line(row).ok_or("unexpected rows of the comparison")?);
    }
    let table = lines.join("\n");
    say(&table);
    if write { FIGURES.write(&table) } else { Ok(()) }
}

fn line(row: &Value) -> Option<String> {
    let (ours, theirs) = (row["milliseconds"].as_f64()?, row["byHand"].as_f64()?);
    // Measured for files alone.
    let memory = match (row["mebibytes"].as_f64(), row["mebibytesByHand"].as_f64()) {
        (Some(ours), Some(theirs)) => format!("{ours:.0} against {theirs:.0}"),
        _ => String::new(),
    };
    Some(format!(
        "| {} | {} | {:.2} | {memory} |",
        row["job"].as_str()?,
        row["against"].as_str()?,
        ours / theirs
    ))
}

fn node(package: &Path) -> Shell {
    program("node")
        .env("AIR_WASM_PACKAGE", package)
        .env("AIR_BROWSER_PROJECT", root().join(PROJECT))
        .env("AIR_CHROMIUM", CHROMIUM)
}
