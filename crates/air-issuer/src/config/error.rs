//! Errors of the configuration. Each message contains the remedy.

use std::{io, path::PathBuf};

/// The rule that the configuration breaks. No message contains a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A required setting is missing.
    #[error("`{name}` is missing; {remedy}")]
    Missing {
        /// The environment variable or the path in `issuer.toml`.
        name: String,
        /// The remedy.
        remedy: &'static str,
    },
    /// A setting is invalid.
    #[error("invalid `{name}`: {rule}")]
    Invalid {
        /// The environment variable or the path in `issuer.toml`.
        name: String,
        /// The rule and the remedy.
        rule: String,
    },
    /// A file can't be read.
    #[error("failed to read {} for `{name}`; check the path and the permissions", path.display())]
    File {
        /// The environment variable or the path in `issuer.toml`.
        name: String,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// `issuer.toml` is not valid.
    #[error("invalid issuer.toml: {reason}")]
    Toml {
        /// The message of the parser, with the line.
        reason: String,
    },
}

impl ConfigError {
    pub(crate) fn missing(name: impl Into<String>, remedy: &'static str) -> Self {
        let name = name.into();
        Self::Missing { name, remedy }
    }

    pub(crate) fn invalid(name: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid {
            name: name.into(),
            rule: rule.into(),
        }
    }
}
