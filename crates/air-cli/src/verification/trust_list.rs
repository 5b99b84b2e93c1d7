//! `air verification trust-list`.

use std::path::{Path, PathBuf};

use air_api::{VerificationProgramId, sandbox::ReplaceTrustList};
use air_x509::TrustList;
use clap::{ArgGroup, Args};
use serde_json::{Map, Value};

use crate::{
    exit::Failure,
    files::read,
    output::Output,
    partner::{Named, SetUpArgs},
    terminal::printable,
};

#[derive(Args)]
#[command(
    group = ArgGroup::new("change").required(true),
    after_help = "Open presentation requests of the program are checked with the new list. Without a list, the program accepts the \
                  issuers of the platform.\n\
                  \n\
                  Examples:\n  \
                  air verification trust-list adult --set trust.json\n  \
                  air verification trust-list adult --remove"
)]
pub(crate) struct ChangeTrustList {
    #[command(flatten)]
    platform: SetUpArgs,
    /// Accept the issuers of this list, in place of an earlier one (JSON).
    #[arg(long, value_name = "FILE", group = "change")]
    set: Option<PathBuf>,
    /// Remove the list.
    #[arg(long, group = "change")]
    remove: bool,
    /// The verification program: a name of the profile, or an id.
    #[arg(value_name = "NAME|ID")]
    program: String,
}

impl ChangeTrustList {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let origin = self.platform.origin()?;
        let id: VerificationProgramId =
            Named::verification_programs(origin.profile())?.resolve(Some(&self.program))?;
        let list = self.set.as_deref().map(trust_list).transpose()?;
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let trusted = if self.remove {
            local.remove_trust_list(&id).await?
        } else {
            // clap requires one of both.
            let trust_list = list.unwrap_or_default();
            let list = ReplaceTrustList { trust_list };
            local.replace_trust_list(&id, &list).await?
        };
        output.result(&trusted, |trusted| {
            let names: Vec<String> = trusted.issuers.iter().map(|name| printable(name)).collect();
            if names.is_empty() {
                format!(
                    "Verification program {} accepts the issuers of the platform",
                    trusted.program_id
                )
            } else {
                format!(
                    "Verification program {} accepts the issuers of its list: {}",
                    trusted.program_id,
                    names.join(", ")
                )
            }
        })
    }
}

/// Reads a trust list, and checks it as the platform does.
pub(super) fn trust_list(path: &Path) -> Result<Map<String, Value>, Failure> {
    let json = read(path)?;
    let refused = |error: &dyn std::fmt::Display| Failure::rejected(format!("{}: {error}", path.display()));
    TrustList::from_json(&json).map_err(|error| refused(&error))?;
    serde_json::from_slice(&json).map_err(|error| refused(&error))
}
