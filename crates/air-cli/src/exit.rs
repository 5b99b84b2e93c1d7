//! The outcome of a command: an exit code for scripts, a message and a hint.

use std::process::ExitCode;

/// The exit codes. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    WrongUsage = 2,
    InputRejected = 3,
    NotAuthorised = 4,
    Unreachable = 5,
}

impl Exit {
    /// The name in the document of an error. The names are stable.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::WrongUsage => "wrongUsage",
            Self::InputRejected => "inputRejected",
            Self::NotAuthorised => "notAuthorised",
            Self::Unreachable => "unreachable",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The reason why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    details: Vec<String>,
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            details: Vec::new(),
            hint: None,
        }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// A failure with the error's message, and with its cause as a detail below.
    pub(crate) fn failed_by(error: &dyn std::error::Error) -> Self {
        let cause = error.source().map(ToString::to_string);
        Self::failed(error.to_string()).with_details(cause.into_iter().collect())
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::WrongUsage, message)
    }

    pub(crate) fn rejected(message: impl Into<String>) -> Self {
        Self::new(Exit::InputRejected, message)
    }

    pub(crate) fn not_authorised(message: impl Into<String>) -> Self {
        Self::new(Exit::NotAuthorised, message)
    }

    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, message)
    }

    /// Lines below the message, one for each problem.
    pub(crate) fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Sets the hint: the user's next step.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Replaces the message.
    pub(crate) fn with_message(mut self, message: String) -> Self {
        self.message = message;
        self
    }

    /// Prefixes the message with the file or argument.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn details(&self) -> &[String] {
        &self.details
    }

    /// Removes the hint of another command.
    pub(crate) fn without_hint(mut self) -> Self {
        self.hint = None;
        self
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<air_crypto::Error> for Failure {
    fn from(error: air_crypto::Error) -> Self {
        match &error {
            air_crypto::Error::Read(source) | air_crypto::Error::Write(source) => {
                Self::failed(format!("{error}: {source}"))
            }
            air_crypto::Error::WrongPassphrase | air_crypto::Error::WrongSharePassphrase { .. } => {
                Self::not_authorised(error.to_string())
            }
            _ => Self::rejected(error.to_string()),
        }
    }
}

/// A part of the platform's message for a partner without keys.
const NO_KEYS: &str = "no registered key verifies the token";
/// A part of the local platform's message for a partner that it does not have.
const NO_PARTNER: &str = "no such partner here";
/// The beginning of the platform's message for a subject that breaks rules of its schema.
const BROKEN_RULES: &str = "credentialSubject: /";

impl From<air_client::Error> for Failure {
    fn from(error: air_client::Error) -> Self {
        use air_client::Error;
        let exit = match &error {
            Error::InvalidUrl | Error::InvalidPackageUrl | Error::LocalOnly { .. } => Exit::WrongUsage,
            Error::InvalidRequest { .. }
            | Error::Rejected { .. }
            | Error::NotFound { .. }
            | Error::Cak(_)
            | Error::WrongWallet => Exit::InputRejected,
            Error::NotAuthorised { .. } => Exit::NotAuthorised,
            Error::Unreachable { .. }
            | Error::UntrustedCertificate { .. }
            | Error::TimedOut { .. }
            | Error::AnswerLost { .. }
            | Error::CircuitOpen { .. }
            | Error::NotAnchored { .. } => Exit::Unreachable,
            _ => Exit::Failed,
        };
        let mut failure = Self::new(exit, error.to_string());
        if matches!(&error, Error::NotAuthorised { message, .. } if message.contains(NO_KEYS)) {
            failure = failure.with_hint("register the profile's key with `air init --from-sandbox`");
        }
        if matches!(&error, Error::NotAuthorised { message, .. } if message.contains(NO_PARTNER)) {
            failure = failure.with_hint(
                "a platform in memory has new IDs after each start: run `air init --from-sandbox --force`",
            );
        }
        if matches!(&error, Error::Rejected { message, .. } if message.starts_with(BROKEN_RULES)) {
            failure = failure.with_hint(
                "`air schema validate --schema SCHEMA.json SUBJECT.json` shows each place in the file",
            );
        }
        if matches!(&error, Error::LocalOnly { .. }) {
            failure = failure.with_hint("pass --url with a local platform");
        }
        match error.request_id() {
            Some(id) => failure.with_details(vec![format!("request {id}")]),
            None => failure,
        }
    }
}

impl From<&air_signers::Error> for Failure {
    fn from(error: &air_signers::Error) -> Self {
        use air_signers::Error;
        let exit = match error {
            error if error.is_retryable() => Exit::Unreachable,
            Error::InvalidUri { .. } | Error::ForbiddenUrl | Error::MissingPin => Exit::WrongUsage,
            Error::WrongPin | Error::UnusablePin | Error::Unauthorised { .. } => Exit::NotAuthorised,
            Error::InvalidSecret { .. }
            | Error::AmbiguousToken { .. }
            | Error::AmbiguousKey { .. }
            | Error::KeyNotFound { .. }
            | Error::PublicKeyNotFound { .. }
            | Error::UnknownKey { .. }
            | Error::UnsupportedKey
            | Error::ExtractableKey => Exit::InputRejected,
            _ => Exit::Failed,
        };
        let cause = std::error::Error::source(error).map(ToString::to_string);
        Self::new(exit, error.to_string()).with_details(cause.into_iter().collect())
    }
}

impl From<air_signers::Error> for Failure {
    fn from(error: air_signers::Error) -> Self {
        Self::from(&error)
    }
}

impl From<air_jwt::SignerError> for Failure {
    fn from(error: air_jwt::SignerError) -> Self {
        let cause: Option<&air_signers::Error> =
            std::error::Error::source(&error).and_then(|cause| cause.downcast_ref());
        cause.map_or_else(|| Self::failed(error.to_string()), Self::from)
    }
}

impl From<air_fetch::SetupError> for Failure {
    fn from(error: air_fetch::SetupError) -> Self {
        Self::failed_by(&error)
    }
}

impl From<air_issuer::ConfigError> for Failure {
    fn from(error: air_issuer::ConfigError) -> Self {
        let exit = match &error {
            air_issuer::ConfigError::File { .. } => Exit::Failed,
            _ => Exit::InputRejected,
        };
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(exit, error.to_string()).with_details(cause.into_iter().collect())
    }
}

impl From<air_issuer::Error> for Failure {
    fn from(error: air_issuer::Error) -> Self {
        use air_issuer::Error;
        let exit = match &error {
            Error::Open(_) => Exit::Unreachable,
            Error::Frozen { .. } | Error::KeyRemoved { .. } | Error::KeyReplaced { .. } => {
                Exit::InputRejected
            }
            _ => Exit::Failed,
        };
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(exit, error.to_string()).with_details(cause.into_iter().collect())
    }
}

impl From<air_issuer::BackupError> for Failure {
    fn from(error: air_issuer::BackupError) -> Self {
        use air_issuer::BackupError;
        let exit = match error {
            BackupError::Database(error) => return error.into(),
            BackupError::NotABackup
            | BackupError::Version { .. }
            | BackupError::NewerBackup { .. }
            | BackupError::OtherIssuer { .. }
            | BackupError::Damaged { .. } => Exit::InputRejected,
            BackupError::Read(ref cause) if cause.kind() == std::io::ErrorKind::InvalidData => {
                Exit::InputRejected
            }
            _ => Exit::Failed,
        };
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(exit, error.to_string()).with_details(cause.into_iter().collect())
    }
}

impl From<air_issuer::ImportError> for Failure {
    fn from(error: air_issuer::ImportError) -> Self {
        use air_issuer::ImportError;
        let is_not_authorised = error.is_not_authorised();
        let exit = match error {
            ImportError::Target(error) => return error.into(),
            ImportError::SourceUrl => Exit::WrongUsage,
            ImportError::Connect(_) if is_not_authorised => Exit::NotAuthorised,
            ImportError::Connect(_) | ImportError::ConnectTimedOut { .. } => Exit::Unreachable,
            ImportError::ForeignIssuer { .. }
            | ImportError::IssForm { .. }
            | ImportError::ListsOff { .. }
            | ImportError::ListSize { .. }
            | ImportError::SameDatabase => Exit::InputRejected,
            _ => Exit::Failed,
        };
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(exit, error.to_string()).with_details(cause.into_iter().collect())
    }
}

impl From<air_issuer::ShadowError> for Failure {
    fn from(error: air_issuer::ShadowError) -> Self {
        match error {
            air_issuer::ShadowError::Database(error) => error.into(),
            air_issuer::ShadowError::Url { .. } => Self::usage(error.to_string()),
            air_issuer::ShadowError::Unreachable { .. } | air_issuer::ShadowError::Silent { .. } => {
                Self::unreachable(error.to_string())
            }
            _ => Self::failed_by(&error),
        }
    }
}

impl From<air_sandbox::folder_backup::FolderBackupError> for Failure {
    fn from(error: air_sandbox::folder_backup::FolderBackupError) -> Self {
        use air_sandbox::folder_backup::FolderBackupError;
        let exit = match &error {
            FolderBackupError::Damaged | FolderBackupError::Newer => Exit::InputRejected,
            _ => Exit::Failed,
        };
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(exit, error.to_string()).with_details(cause.into_iter().collect())
    }
}

impl From<air_sandbox::postgres_backup::PostgresBackupError> for Failure {
    fn from(error: air_sandbox::postgres_backup::PostgresBackupError) -> Self {
        use air_sandbox::postgres_backup::PostgresBackupError;
        let exit = match error {
            PostgresBackupError::Store(error) => return error.into(),
            PostgresBackupError::NotABackup
            | PostgresBackupError::Version { .. }
            | PostgresBackupError::NewerBackup { .. }
            | PostgresBackupError::Damaged { .. } => Exit::InputRejected,
            PostgresBackupError::Read(ref cause) if cause.kind() == std::io::ErrorKind::InvalidData => {
                Exit::InputRejected
            }
            _ => Exit::Failed,
        };
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Self::new(exit, error.to_string()).with_details(cause.into_iter().collect())
    }
}

impl From<air_sandbox::StoreError> for Failure {
    fn from(error: air_sandbox::StoreError) -> Self {
        air_sandbox::Error::from(error).into()
    }
}

impl From<air_sandbox::Error> for Failure {
    fn from(error: air_sandbox::Error) -> Self {
        let exit = match &error {
            air_sandbox::Error::TrustedProxies(error) => return Self::usage(error.to_string()),
            air_sandbox::Error::Store(air_sandbox::StoreError::DatabaseUrl { .. }) => Exit::WrongUsage,
            air_sandbox::Error::Store(error) if error.is_not_authorised() => Exit::NotAuthorised,
            air_sandbox::Error::Store(error) if error.is_unreachable() => Exit::Unreachable,
            air_sandbox::Error::Store(store) if store.is_missing_database() => {
                return missing_database(store);
            }
            _ => return Self::failed_by(&error),
        };
        let failure = match exit {
            Exit::NotAuthorised => Self::new(exit, "the database refused the user name or the password")
                .with_hint("the password comes from --database, AIR_DATABASE, PGPASSWORD or ~/.pgpass"),
            Exit::Unreachable => Self::new(exit, "failed to connect to the database").with_hint(
                "check the host and the port in --database or AIR_DATABASE, and that the server is running",
            ),
            _ => Self::new(exit, error.to_string()),
        };
        failure.with_details(
            std::error::Error::source(&error)
                .map(ToString::to_string)
                .into_iter()
                .collect(),
        )
    }
}

/// The server's message, which is a detail, names the database.
fn missing_database(error: &air_sandbox::StoreError) -> Failure {
    let said = std::error::Error::source(error).map(ToString::to_string);
    Failure::failed("the database server has no database of this name")
        .with_details(said.into_iter().collect())
        .with_hint("create it with `createdb NAME`, or correct the name in --database or AIR_DATABASE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_without_keys_or_from_an_earlier_start_is_told_what_to_run() {
        let refused = |message: &str| {
            Failure::from(air_client::Error::NotAuthorised {
                status: 401,
                message: message.to_owned(),
                request_id: None,
            })
        };
        let without_keys = "Partner JWT refused: the partner publishes no keys, and no registered key verifies the token; register its key";
        let hint = refused(without_keys).hint().map(ToOwned::to_owned);
        assert!(hint.is_some_and(|hint| hint.contains("air init --from-sandbox")));
        let elsewhere =
            "Partner JWT refused: no such partner here; `partnerId` must be an id that this platform issued";
        let hint = refused(elsewhere).hint().map(ToOwned::to_owned);
        assert!(hint.is_some_and(|hint| hint.contains("--force")));
        assert_eq!(refused("Partner JWT refused: it expired").hint(), None);
    }

    #[test]
    fn a_subject_that_breaks_rules_is_pointed_to_its_places() {
        let rejected = |message: &str| {
            Failure::from(air_client::Error::Rejected {
                message: message.to_owned(),
                request_id: None,
            })
        };
        let broken = rejected("credentialSubject: /birthDate is not a date; write it as 1990-05-01");
        assert!(
            broken
                .hint()
                .is_some_and(|hint| hint.contains("air schema validate"))
        );
        assert_eq!(rejected("the program is a draft").hint(), None);
    }
}
