//! The parts of a report that depend on the command.

use air_client::Error;

use crate::exit::{Exit, Failure};

/// The texts and the exit code of a command.
#[derive(Debug)]
pub(crate) struct Wording {
    pub(crate) command: &'static str,
    service: &'static str,
    /// The name of the column of a credential's hash or id.
    pub(crate) credential: &'static str,
    /// The exit code for refused rows.
    pub(crate) refused: Exit,
    /// Whether the command works without a schema, with cells in JSON.
    pub(crate) has_optional_schema: bool,
    /// The next step after a run with a results file, and after one without.
    next: [&'static str; 2],
}

impl Wording {
    pub(crate) const PLATFORM: Self = Self {
        command: "air bulk",
        service: "the platform",
        credential: "coreClaimHash",
        refused: Exit::InputRejected,
        has_optional_schema: true,
        next: [
            "Next: wait for a credential with `air status --wait HASH`; the results have the\n\
             hash of each address",
            "Next: repeat the command with `--resume --results FILE.csv`, which sends nothing\n\
             and writes the hash of each address",
        ],
    };

    pub(crate) const OWN_SERVICE: Self = Self {
        command: "air issuer bulk",
        service: "the issuer's service",
        credential: "externalId",
        refused: Exit::Failed,
        has_optional_schema: false,
        next: [
            "Next: `GET /admin/issuances/<externalId>` of the service has the record of a\n\
             credential; the results have the id of each address",
            "Next: repeat the command with `--resume --results FILE.csv`, which sends nothing\n\
             and writes the id of each address",
        ],
    };

    /// The failure of a call. The errors of the client name the platform.
    pub(crate) fn failure(&self, error: Error) -> Failure {
        match &error {
            Error::Unreachable { host } => Failure::unreachable(format!(
                "failed to connect to {} at {host}; check that it is running, and its URL",
                self.service
            )),
            _ => Failure::from(error),
        }
    }

    /// The next step after all rows are issued.
    pub(crate) fn next(&self, has_results: bool) -> &'static str {
        let [with_results, without_results] = self.next;
        if has_results {
            with_results
        } else {
            without_results
        }
    }
}
