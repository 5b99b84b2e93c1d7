//! `--name`: adds a new program to the profile.

use clap::Args;

use super::{Document, FILE, Profile};
use crate::exit::Failure;

/// The name of a new program.
#[derive(Args)]
pub(crate) struct NewName {
    /// The program's name on the platform and in the profile.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// A place in a profile, which exists.
pub(crate) struct Place<'a> {
    profile: &'a str,
    name: &'a str,
}

impl NewName {
    /// The name for the platform.
    pub(crate) fn text(&self) -> Option<String> {
        self.name.clone()
    }

    /// Checks that there is a profile, before anything is created.
    pub(crate) fn check<'a>(&'a self, profile: Option<&'a Profile>) -> Result<Option<Place<'a>>, Failure> {
        let Some(name) = &self.name else {
            return Ok(None);
        };
        let Some(profile) = profile else {
            return Err(Failure::usage(format!(
                "--name adds to a profile, and the URL is not from one of {FILE}"
            ))
            .with_hint("run `air init` to create a profile, or omit --name"));
        };
        Ok(Some(Place {
            profile: &profile.name,
            name,
        }))
    }
}

impl Place<'_> {
    /// Writes the id. A name that exists is replaced.
    pub(crate) fn save(&self, section: &str, id: &str) -> Result<(), Failure> {
        let mut document =
            Document::load()?.ok_or_else(|| Failure::failed(format!("{FILE} was removed meanwhile")))?;
        document.name(self.profile, section, self.name, id)?;
        document.save()
    }
}
