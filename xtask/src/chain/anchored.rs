//! The whole way on a chain: a platform issues, its submitter anchors, and Python verifies the
//! proof that the platform serves.

use std::fs;

use super::{check_with_python, issue, partner, script};
use crate::{
    anvil::{self, Anvil},
    platform::{Seeded, air, write},
    shell::{Outcome, root},
};

const FOLDER: &str = "target/chain/anchored";

/// A platform that sent two checkpoints or more to anvil. The platform ends before its chain.
pub(super) struct Anchored {
    pub(super) seeded: Seeded,
    pub(super) chain: Anvil,
    /// A credential of the newest checkpoint.
    pub(super) hash: String,
}

impl Anchored {
    pub(super) fn start() -> Outcome<Self> {
        let chain = Anvil::start()?;
        let folder = root().join(FOLDER);
        fs::create_dir_all(&folder).map_err(|error| format!("{FOLDER}: {error}"))?;
        let key = folder.join("account");
        write(&key, anvil::KEY)?;
        let key = key.display().to_string();
        let options = ["--chain", &chain.url, "--chain-key", &key, "--chain-every", "1s"];
        let seeded = Seeded::start_with(FOLDER, &options)?;
        let anchor = |emails: &[&str]| -> Outcome<String> {
            let mut last = String::new();
            for email in emails {
                last = issue(&seeded, &folder, email)?;
            }
            air(&[&["status", "--wait", &last][..], &partner(&seeded)?].concat())?;
            Ok(last)
        };
        // The first checkpoint is final before the others are issued, so they are in later ones.
        anchor(&["ada@example.com"])?;
        let hash = anchor(&["bob@example.com", "eve@example.com"])?;
        Ok(Self { seeded, chain, hash })
    }

    /// Fetches the proof of the credential, and checks it with Python.
    pub(super) fn check_proof(&self) -> Outcome {
        let folder = root().join(FOLDER);
        let shown = folder.display().to_string();
        let arguments = [shown.as_str(), self.seeded.url()?, &self.chain.url, &self.hash];
        script("test/anchored.mjs", &arguments)?;
        check_with_python(&folder)
    }
}
