//! Installs the programs that later steps need while the first ones compile: downloads wait for the
//! network, and compilers for the processor.

use std::thread::{self, JoinHandle};

use crate::{
    e2e, postgres,
    shell::{Outcome, say},
    softhsm, wasm,
};

/// An installation in the background.
pub(crate) struct Prepared(JoinHandle<()>);

/// Starts the installation. Each step still installs what it finds missing, so that it works alone too.
pub(crate) fn start() -> Prepared {
    Prepared(thread::spawn(|| {
        let is_there = [
            // The first, since the tests need it next.
            ("SoftHSM", softhsm::is_available()),
            ("PostgreSQL", postgres::is_available()),
            ("a compiler for wasm32", wasm::has_compiler()),
            ("Chromium", e2e::has_chromium()),
        ];
        for (name, _) in is_there.iter().filter(|(_, is_there)| !is_there) {
            say(&format!("  {name} is missing"));
        }
    }))
}

impl Prepared {
    /// Waits for the end: two installers at a time would lock each other out.
    pub(crate) fn wait(self) -> Outcome {
        self.0
            .join()
            .map_err(|_| "the installation in the background panicked".into())
    }
}
