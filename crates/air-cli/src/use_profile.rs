//! `air use`.

use clap::Args;
use serde_json::json;

use crate::{
    exit::Failure,
    output::Output,
    profile::{Document, FILE, ProfileName},
};

#[derive(Args)]
#[command(after_help = "Example:\n  air use production")]
pub(crate) struct UseArgs {
    /// The profile's name.
    #[arg(value_name = "PROFILE")]
    profile: ProfileName,
}

impl UseArgs {
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let mut document = Document::load()?.ok_or_else(|| {
            Failure::failed(format!("the current folder has no {FILE}"))
                .with_hint("run `air init` to create it")
        })?;
        // The profile must be valid before commands use it.
        let profile = document.profile(Some(&self.profile))?;
        document.select(&self.profile);
        document.save()?;
        let summary = json!({ "file": FILE, "profile": self.profile.as_str(), "url": profile.url });
        output.result(&summary, |_| {
            format!(
                "Commands in this folder use the profile {} ({}).",
                self.profile, profile.url
            )
        })
    }
}
