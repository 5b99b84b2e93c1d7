//! Checks in Chromium that a credential's page of the dashboard verifies the proof of its anchor.

use super::anchored::Anchored;
use crate::{
    e2e,
    peers::npm_ci,
    shell::{Outcome, program, say},
};

pub(super) fn check(anchored: &Anchored) -> Outcome {
    if !e2e::has_chromium() {
        say("  the check in the dashboard is skipped: Chromium is not installed");
        return Ok(());
    }
    npm_ci(e2e::PROJECT)?;
    program("node")
        .args(["--test", "--test-reporter=spec"])
        .args([format!("{}/anchor.test.mjs", e2e::PROJECT)])
        .env("AIR_URL", anchored.seeded.url()?)
        .env("AIR_CREDENTIAL", &anchored.hash)
        .env("AIR_RPC", &anchored.chain.url)
        .env("AIR_CHROMIUM", e2e::CHROMIUM)
        .run()
}
