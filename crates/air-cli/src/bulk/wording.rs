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

    /// The failure of a call. The errors of the client name the platform, and the message of a server may do so, too.
    pub(crate) fn failure(&self, error: Error) -> Failure {
        let message = match &error {
            Error::NotAuthorised { .. } | Error::NotFound { .. } | Error::Conflict { .. } => None,
            error => Some(error.to_string().replacen("the platform", self.service, 1)),
        };
        let failure = Failure::from(error);
        match message {
            Some(message) => failure.with_message(message),
            None => failure,
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn host() -> String {
        "issuer.example".to_owned()
    }

    /// Errors of a bulk run whose messages name the platform.
    fn errors() -> Vec<Error> {
        vec![
            Error::Unreachable { host: host() },
            Error::UntrustedCertificate { host: host() },
            Error::TimedOut {
                host: host(),
                safe_to_repeat: true,
                request_id: None,
            },
            Error::AnswerLost {
                host: host(),
                safe_to_repeat: true,
                request_id: None,
            },
            Error::CircuitOpen {
                retry_after: Duration::from_secs(2),
            },
            Error::Rejected {
                message: "the platform has no such user".to_owned(),
                request_id: None,
            },
        ]
    }

    /// The text of a message before that of the server.
    fn own_text(message: &str) -> &str {
        message.split(": ").next().unwrap_or_default()
    }

    #[test]
    fn errors_of_the_issuers_service_do_not_name_the_platform() {
        for error in errors() {
            let message = error.to_string();
            assert!(own_text(&message).contains("the platform"), "{message}");
            assert_eq!(Wording::PLATFORM.failure(error).message(), message);
        }
        for error in errors() {
            let failure = Wording::OWN_SERVICE.failure(error);
            let text = own_text(failure.message());
            assert!(!text.contains("the platform"), "{text}");
            assert!(text.contains("the issuer's service"), "{text}");
        }
    }

    #[test]
    fn the_message_of_a_server_is_not_changed() {
        let refused = Error::Conflict {
            message: "the platform has it".to_owned(),
            request_id: None,
        };
        let failure = Wording::OWN_SERVICE.failure(refused);
        assert_eq!(failure.message(), "conflict: the platform has it");
    }
}
