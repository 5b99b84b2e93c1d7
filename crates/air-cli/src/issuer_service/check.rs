//! `air issuer check`: whether the service can work with its configuration, before it starts and while it runs.

use air_issuer::{CheckLevel, Clock, check};
use clap::Args;

use super::ConfigArgs;
use crate::{
    exit::Failure,
    finding::{self, Finding, Level},
    output::Output,
};

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air issuer check --config issuer.toml\n\
                  \n\
                  The check changes nothing: it neither creates nor migrates the database. It exits with 1 if a check failed.")]
pub(crate) struct Check {
    #[command(flatten)]
    config: ConfigArgs,
}

impl Check {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let findings: Vec<Finding> = match self.config.load() {
            Ok(config) => {
                let checks = check(&config, &Clock::system()).await?;
                checks.into_iter().map(Finding::from).collect()
            }
            Err(failure) => {
                let causes = failure.details().iter().map(String::as_str);
                let message: Vec<&str> = std::iter::once(failure.message()).chain(causes).collect();
                let message = message.join(": ");
                vec![
                    Finding::new(
                        "config",
                        Level::Failed,
                        Some("config-invalid"),
                        message,
                        failure.hint().map(ToOwned::to_owned),
                    ),
                    Finding::skipped("others", "they need a valid configuration"),
                ]
            }
        };
        finding::report(&findings, output)
    }
}

impl From<air_issuer::Check> for Finding {
    fn from(check: air_issuer::Check) -> Self {
        let level = match check.level {
            CheckLevel::Good => Level::Good,
            CheckLevel::Warning => Level::Warning,
            CheckLevel::Skipped => Level::Skipped,
            _ => Level::Failed,
        };
        Self::new(check.name, level, check.code, check.message, check.remedy)
    }
}
