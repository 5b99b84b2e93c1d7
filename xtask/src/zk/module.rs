//! The module for browsers: its size, its tests in Chromium by itself and in the platform's pages, and its times beside the program's.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use super::target_folder;
use crate::{
    book::{PERFORMANCE, Part},
    e2e::{CHROMIUM, PROJECT, has_chromium},
    peers::npm_ci,
    platform::{Server, binary, text},
    shell::{Outcome, Shell, program, root, say},
    wasm::OtherModule,
};

const MODULE: OtherModule = OtherModule {
    workspace: "crates/air-zk",
    package: "air-zk-browser",
    name: "air_zk",
    limit: 1536 * 1024,
};
const TESTS: &str = "crates/air-zk/browser/tests";
const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- zk: `cargo xtask zk --times --write` writes what follows -->",
    end: "<!-- end of zk -->",
};

/// The folder beside the program where a platform finds the module, and its files.
const INSTALLED: &str = "air-zk-browser";
const FILES: [&str; 2] = ["air_zk.js", "air_zk_bg.wasm"];

/// Builds the module, checks its size, installs it beside the program, and tests it in Chromium.
pub(super) fn test(helper: &Path) -> Outcome {
    let Some(built) = MODULE.build(&target_folder())? else {
        return Ok(());
    };
    install(&built.folder, helper)?;
    if !has_browser()? {
        return Ok(());
    }
    node(&built.folder, helper)
        .args(["--test", &format!("{TESTS}/chromium.test.mjs")])
        .run()?;
    walk(helper)
}

/// Copies the module to where a platform with this program reads it.
fn install(module: &Path, helper: &Path) -> Outcome {
    let folder = helper.with_file_name(INSTALLED);
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(failed)?;
    for file in FILES {
        fs::copy(module.join(file), folder.join(file)).map_err(failed)?;
    }
    say(&format!("  installed {}", folder.display()));
    Ok(())
}

/// Proves in the pages of the AIR Kit, on a platform with the real program and module.
fn walk(helper: &Path) -> Outcome {
    let mut command = Command::new(binary());
    command
        .args(["sandbox", "up", "--listen", "127.0.0.1:0", "--airkit=127.0.0.1:0"])
        .arg("--experimental-proofs")
        .env("AIR_ZK", helper);
    let platform = Server::spawn(command, "air sandbox up --experimental-proofs")?;
    program("node")
        .args(["--test", "--test-reporter=spec"])
        .args([format!("{PROJECT}/predicate-proofs.test.mjs")])
        .env("AIR_URL", text(&platform.ready, "/url")?)
        .env("AIRKIT_URL", text(&platform.ready, "/airkitUrl")?)
        .env("AIR_CHROMIUM", CHROMIUM)
        .run()
}

/// Measures the module in Chromium by turns with the program, and prints the table or writes it into the book.
pub(super) fn measure(helper: &Path, write: bool) -> Outcome {
    let built = MODULE
        .build(&target_folder())?
        .ok_or("no compiler for wasm32 is available")?;
    if !has_browser()? {
        return Err("the times need Node and Chromium".into());
    }
    let rows = node(&built.folder, helper)
        .args([format!("{TESTS}/times.mjs")])
        .read()
        .and_then(|json| serde_json::from_str::<Vec<Value>>(&json).ok())
        .ok_or("the measurement in Chromium failed")?;
    let mut lines = vec![
        "| conditions | job | Chromium, ms | native, ms | ratio | proof, bytes |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for row in &rows {
        lines.push(line(row).ok_or("unexpected rows of the measurement")?);
    }
    lines.push(format!(
        "\nThe module has {} KiB with gzip.",
        built.size.div_ceil(1024)
    ));
    let table = lines.join("\n");
    say(&table);
    if write { FIGURES.write(&table) } else { Ok(()) }
}

fn line(row: &Value) -> Option<String> {
    let (browser, native) = (row["browser"].as_f64()?, row["native"].as_f64()?);
    Some(format!(
        "| {} | {} | {browser:.0} | {native:.0} | {:.1} | {} |",
        row["conditions"].as_u64()?,
        row["job"].as_str()?,
        browser / native,
        row["bytes"].as_u64()?,
    ))
}

fn has_browser() -> Outcome<bool> {
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(false);
    }
    if !has_chromium() {
        say("  skipped: Chromium is not installed (apt-get install chromium)");
        return Ok(false);
    }
    npm_ci(PROJECT)?;
    Ok(true)
}

fn node(module: &Path, helper: &Path) -> Shell {
    program("node")
        .env("AIR_WASM_PACKAGE", module)
        .env("AIR_BROWSER_PROJECT", root().join(PROJECT))
        .env("AIR_CHROMIUM", CHROMIUM)
        .env("AIR_ZK", helper)
}
