//! `air keys rotate`.

use std::{path::PathBuf, time::Duration};

use air_jwt::{
    Error,
    rotation::{PUBLISH_LEAD_TIME, RETIREMENT_PERIOD},
};
use clap::Args;
use serde_json::json;

use super::{KeyFolder, NewKeyArgs};
use crate::{exit::Failure, output::Output, time};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air keys rotate --dir keys\n  \
                  # removes the old keys from the set at once\n  \
                  air keys rotate --dir keys --compromised")]
pub(crate) struct Rotate {
    #[command(flatten)]
    key: NewKeyArgs,
    /// The folder.
    #[arg(long, value_name = "DIR", default_value = "keys")]
    dir: PathBuf,
    /// Replace all keys at once, because a private key was compromised. Tokens are refused until
    /// the platform fetches the set again.
    #[arg(long)]
    compromised: bool,
}

impl Rotate {
    pub(super) fn run(&self, output: Output) -> Result<(), Failure> {
        let (mut folder, _lock) = KeyFolder::open_to_change(&self.dir)?;
        let now = time::now();
        let key = self.key.generate();
        folder.timetable().prune(now);
        let changed = if self.compromised {
            folder.timetable().replace_compromised(key.kid().clone(), now)
        } else {
            folder.timetable().rotate(key.kid().clone(), now)
        };
        changed.map_err(|error| self.refused(&error))?;
        folder.add(&key)?;
        let destroyed = folder.save()?;
        let wait = if self.compromised {
            Duration::ZERO
        } else {
            PUBLISH_LEAD_TIME
        };
        let document =
            json!({ "kid": key.kid(), "signsAt": now.saturating_add(wait), "destroyed": destroyed });
        output.result(&document, |_| {
            let mut lines = vec![format!("kid  {}", key.kid())];
            if self.compromised {
                lines.push("The new key signs now. All other keys were removed from the set and destroyed.".to_owned());
                lines.push("Publish the set now: tokens are refused until the platform has fetched it.".to_owned());
            } else {
                lines.push(format!(
                    "Published from now on, signs in {}. The current key retires then, and leaves the set {} later.",
                    time::span(wait.as_secs()),
                    time::span(RETIREMENT_PERIOD.as_secs())
                ));
            }
            for kid in &destroyed {
                lines.push(format!("Destroyed the private half of {kid}."));
            }
            lines.push(format!(
                "Next: publish the set with `air jwks export --key {}` (`air jwks serve` updates by itself)",
                self.dir.display()
            ));
            lines.join("\n")
        })
    }

    fn refused(&self, error: &Error) -> Failure {
        let failure = Failure::failed(format!("{}: {error}", self.dir.display()));
        match error {
            Error::RotationUnderWay { .. } => {
                failure.with_hint("run `air keys list` to see when; --compromised does not wait")
            }
            _ => failure,
        }
    }
}
