//! The URL of a PostgreSQL database. It may contain a password, so neither the URL nor a part of it
//! is ever shown.

use std::{fmt, str::FromStr};

use crate::{
    Error,
    sql::postgres::{Options, Parameters},
};

/// A database URL: `postgres://user:password@host:5432/database`, with the syntax of `psql`: an
/// IPv6 address in brackets, the folder of a Unix socket as `?host=/…`, every part as a parameter.
/// It is never shown, because it may contain a password.
///
/// Without the feature `postgres`, every such URL is refused ([`Error::WithoutPostgres`]).
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Parameters);

impl DatabaseUrl {
    pub(crate) fn options(&self) -> Result<Options, Error> {
        self.0.options()
    }
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self, Error> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or(Error::DatabaseUrl {
                rule: "does not begin with postgres:// or postgresql://",
            })?;
        Parameters::parse(rest).map(Self)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(postgres://…)")
    }
}

#[cfg(all(test, not(feature = "postgres")))]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_refused_by_the_feature_that_is_missing() {
        let error = "postgres://air:S3cr3t@host/air"
            .parse::<DatabaseUrl>()
            .unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("feature `postgres`"), "{said}");
        assert!(!said.contains("S3cr3t"), "{said}");
        let error = "mysql://host/air".parse::<DatabaseUrl>().unwrap_err();
        assert!(matches!(error, Error::DatabaseUrl { .. }), "{error}");
    }
}
