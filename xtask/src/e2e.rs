//! End-to-end tests: the module for pages and Node; and in Chromium with playwright-core, the
//! dashboard, the guided tour, the admin pages of the issuer's service, and the AIR Kit SDK from npm
//! with the pages in its frames. axe checks the accessibility of every page.

mod issuer;
mod module;

use std::{fs, path::Path};

use crate::{
    peers::{npm_ci, npm_ci_with},
    platform::{Seeded, Server, binary, text},
    shell::{Outcome, apt_install, program, root, say},
};

pub(crate) const PROJECT: &str = "crates/air-sandbox/tests/browser";
/// The wallet that the browser asks.
const WALLET: &str = "crates/air-oid4vc/tests/node";
const FOLDER: &str = "target/e2e";
pub(crate) const CHROMIUM: &str = "/usr/bin/chromium";
/// Each group runs on a separate platform, since the walk leaves a stuck chain.
const TESTS: [&[&str]; 3] = [
    &["walk"],
    &["present"],
    &[
        "airkit-backend",
        "airkit-keystore",
        "airkit-people",
        "airkit-provider",
        "airkit-versions",
        "airkit",
    ],
];

/// `cargo xtask e2e [--pictures FOLDER | --write]`: `--pictures` saves screenshots of every page,
/// light, dark and narrow; `--write` updates the module's figures in the book.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(());
    }
    let package = module::find()?;
    module::test_in_node(&package)?;
    module::test_in_node(&module::embedded()?)?;
    module::compile_types(&package)?;
    if !has_chromium() {
        say("  skipped: Chromium is not installed (apt-get install chromium)");
        return Ok(());
    }
    npm_ci(PROJECT)?;
    npm_ci_with(WALLET, &["--ignore-scripts"])?;
    module::test_in_chromium(&package)?;
    module::compare_with_webcrypto(&package, arguments == ["--write"])?;
    walk(arguments)
}

/// Tests the dashboard, the SDK's pages, and the issuer's admin pages.
fn walk(arguments: &[String]) -> Outcome {
    let pictures = match arguments {
        [option, folder] if option == "--pictures" => {
            let folder = root().join(folder);
            fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            Some(folder)
        }
        _ => None,
    };
    for tests in TESTS {
        run_on_one_platform(tests, pictures.as_deref())?;
    }
    issuer::walk(pictures.as_deref())
}

/// Runs the tests one by one, since they share the platform and the machine.
fn run_on_one_platform(tests: &[&str], pictures: Option<&Path>) -> Outcome {
    let seeded = Seeded::start(FOLDER)?;
    // Its wallet's pages exist because it could send codes. Nothing is sent to an address that it
    // does not know.
    let mail = [
        "--smtp-url",
        "smtp://127.0.0.1:9",
        "--smtp-from",
        "air@example.com",
    ];
    let beyond = Server::start(&[&["sandbox", "up", "--listen", "0.0.0.0:0"], &mail[..]].concat())?;
    let url = text(&beyond.ready, "/url")?.replace("0.0.0.0", "127.0.0.1");
    for test in tests {
        let mut walk = program("node")
            .args(["--test", "--test-reporter=spec"])
            .args([format!("{PROJECT}/{test}.test.mjs")])
            .env("AIR_URL", seeded.url()?)
            .env("AIRKIT_URL", seeded.airkit_url()?)
            .env("AIR_BEYOND_URL", &url)
            .env("AIR_ADMIN_TOKEN", text(&beyond.ready, "/adminToken")?)
            .env("AIR_BINARY", binary())
            .env("AIR_CHROMIUM", CHROMIUM);
        if let Some(folder) = pictures {
            walk = walk.env("AIR_SCREENSHOTS", folder);
        }
        walk.run()?;
    }
    Ok(())
}

/// Debian's Chromium; installs it if apt is available and this process is root.
pub(crate) fn has_chromium() -> bool {
    let is_there = || Path::new(CHROMIUM).exists();
    if is_there() {
        return true;
    }
    apt_install(&["chromium"]);
    is_there()
}
