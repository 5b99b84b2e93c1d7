//! Checks in Chromium that a credential's page of the dashboard verifies the proof of its anchor.

use std::fs;

use super::{issue, partner};
use crate::{
    anvil::{self, Anvil},
    e2e,
    peers::npm_ci,
    platform::{Seeded, air, write},
    shell::{Outcome, program, root, say},
};

const FOLDER: &str = "target/chain/page";

pub(super) fn check() -> Outcome {
    if !e2e::has_chromium() {
        say("  the check in the dashboard is skipped: Chromium is not installed");
        return Ok(());
    }
    npm_ci(e2e::PROJECT)?;
    let chain = Anvil::start()?;
    let folder = root().join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| format!("{FOLDER}: {error}"))?;
    let key = folder.join("account");
    write(&key, anvil::KEY)?;
    let key = key.display().to_string();
    let options = ["--chain", &chain.url, "--chain-key", &key, "--chain-every", "1s"];
    let seeded = Seeded::start_with(FOLDER, &options)?;
    let hash = issue(&seeded, &folder)?;
    air(&[&["status", "--wait", &hash][..], &partner(&seeded)?].concat())?;
    program("node")
        .args(["--test", "--test-reporter=spec"])
        .args([format!("{}/anchor.test.mjs", e2e::PROJECT)])
        .env("AIR_URL", seeded.url()?)
        .env("AIR_CREDENTIAL", &hash)
        .env("AIR_RPC", &chain.url)
        .env("AIR_CHROMIUM", e2e::CHROMIUM)
        .run()
}
