//! What runs in browsers: the dashboard in Chromium (the whole walk by clicking, axe on every page), and the module for pages and Node.

mod module;

use std::{fs, path::Path};

use crate::{
    peers::npm_ci,
    platform::Seeded,
    shell::{Outcome, apt_install, program, root, say},
};

const PROJECT: &str = "crates/air-sandbox/tests/browser";
const FOLDER: &str = "target/e2e";
const CHROMIUM: &str = "/usr/bin/chromium";

/// `cargo xtask e2e [--pictures FOLDER | --write]`: with pictures of every page, light, dark and narrow; or with the module's figures
/// written into the book.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if program("node").args(["--version"]).read().is_none() {
        say("  skipped: Node is not installed");
        return Ok(());
    }
    let package = module::find()?;
    module::test_in_node(&package)?;
    if !has_chromium() {
        say("  skipped: Chromium is not installed (apt-get install chromium)");
        return Ok(());
    }
    npm_ci(PROJECT)?;
    module::test_in_chromium(&package)?;
    module::compare_with_webcrypto(&package, arguments == ["--write"])?;
    walk(arguments)
}

/// Through the dashboard.
fn walk(arguments: &[String]) -> Outcome {
    let seeded = Seeded::start(FOLDER)?;
    let mut walk = program("node")
        .args(["--test", "--test-reporter=spec"])
        .args([format!("{PROJECT}/walk.test.mjs")])
        .env("AIR_URL", seeded.url()?)
        .env("AIR_CHROMIUM", CHROMIUM);
    if let [option, folder] = arguments
        && option == "--pictures"
    {
        let folder = root().join(folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        walk = walk.env("AIR_SCREENSHOTS", folder);
    }
    walk.run()
}

/// Debian's; installs it where apt and the right to use it are there.
fn has_chromium() -> bool {
    let is_there = || Path::new(CHROMIUM).exists();
    if is_there() {
        return true;
    }
    apt_install(&["chromium"]);
    is_there()
}
