//! The refusal of a hosted platform, before a key is opened and anything is sent.

use crate::exit::Failure;

/// A command or an option that works on a local platform only.
#[derive(Clone, Copy)]
pub(crate) struct LocalOnly {
    subject: &'static str,
    hint: &'static str,
}

impl LocalOnly {
    /// A command that does what the hosted platform's dashboard does.
    pub(crate) const DASHBOARD: Self = Self {
        subject: "this command",
        hint: "use the hosted platform's dashboard, or pass --url with a local platform",
    };
    /// A command that has no counterpart on the hosted platform.
    pub(crate) const COMMAND: Self = Self {
        subject: "this command",
        hint: "pass --url with a local platform",
    };
    /// `air did resolve` of a did:air.
    pub(crate) const RESOLUTION: Self = Self {
        subject: "resolving a did:air",
        hint: "pass --url with a local platform; there is no public resolver",
    };
    /// `air verify`.
    pub(crate) const VERIFICATION: Self = Self {
        subject: "this command",
        hint: "on a hosted platform, the AIR Kit SDK's pages verify; or pass --url with a local platform",
    };
    /// `air issue` without `--on-behalf`.
    pub(crate) const ISSUANCE: Self = Self {
        subject: "issuing to a user who is present",
        hint: "pass --on-behalf; on a hosted platform, the AIR Kit SDK's pages issue to a user who is present",
    };
    /// `air status --proof` without `--offline`.
    pub(crate) const PROOF: Self = Self {
        subject: "--proof",
        hint: "omit --proof, or pass --offline with the file of a saved proof",
    };

    pub(super) fn refusal(self) -> Failure {
        let subject = self.subject;
        Failure::usage(format!(
            "{subject} works on a local platform only, and the URL is a hosted platform's"
        ))
        .with_hint(self.hint)
    }
}
