//! Claims from a query of a database of the issuer, which is only read.

#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{
    ClaimError, ClaimFuture, ClaimRequest, ClaimSource, Claims, SourceCheck, Validity, response::malformed,
    rules::ClaimRules,
};
use crate::clock::parse_rfc3339;

const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTIONS: NonZeroU32 = NonZeroU32::new(8).expect("8 is not zero");
/// The maximum size of a row as JSON.
const LIMIT: usize = 256 * 1024;
/// The column of the credential's expiration.
const EXPIRES_AT: &str = "expires_at";
/// The parameter of a query.
const USER: &str = "$1";
/// Classes of `SQLSTATE` after which a retry may succeed: connection failures, rollbacks, insufficient resources,
/// and interventions of the operator, of which one is the time limit of a statement.
const TRANSIENT_CLASSES: [&str; 4] = ["08", "40", "53", "57"];
/// The same for SQLite: busy, locked, interrupted (the time limit), and a file that can't be opened.
const TRANSIENT_SQLITE: [&str; 4] = ["5", "6", "9", "14"];

/// The reason why a query can't be used. No message contains the URL, which may have a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The URL has another form.
    #[error(
        "the database's URL must be postgres://user:password@host:5432/database or sqlite:///path/to/file"
    )]
    Url,
    /// This build has no driver for PostgreSQL.
    #[error("this build does not support PostgreSQL; enable the Cargo feature `postgres`, or use SQLite")]
    WithoutPostgres,
    /// The query does not select by user.
    #[error(
        "the query must select the claims of the user $1, such as SELECT level FROM members WHERE id = $1"
    )]
    Query,
}

/// A query with one parameter, `$1`: the user's id as a text. Each column of the row is a claim of the column's
/// name. A column without a value is no claim, and `expires_at` is the end of the credential's validity. No row
/// means that the user is not eligible, and several are an error.
///
/// The transaction is read-only, and the time of the query is limited in the database. Connections are opened at
/// the first request.
pub struct Sql {
    database: Database,
    timeout: Duration,
    /// The schema that the check compares the columns with.
    rules: Option<Arc<ClaimRules>>,
}

enum Database {
    Sqlite(sqlite::Source),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Source),
}

impl Sql {
    /// A query of a PostgreSQL or SQLite database.
    ///
    /// # Errors
    /// [`SqlError`].
    pub fn new(url: &str, query: &str) -> Result<Self, SqlError> {
        let query = query.trim_end().trim_end_matches(';');
        if !query.contains(USER) {
            return Err(SqlError::Query);
        }
        let database = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres(url, query)?
        } else if url.starts_with("sqlite:") {
            Database::Sqlite(sqlite::Source::new(url, query).ok_or(SqlError::Url)?)
        } else {
            return Err(SqlError::Url);
        };
        Ok(Self {
            database,
            timeout: TIMEOUT,
            rules: None,
        })
    }

    /// Sets the schema that the check compares the columns with.
    pub(crate) fn with_rules(mut self, rules: Arc<ClaimRules>) -> Self {
        self.rules = Some(rules);
        self
    }

    /// Sets the time limit, with the time to wait for a connection. Defaults to 5 s.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum number of connections. Defaults to 8.
    #[must_use]
    pub fn with_connections(mut self, connections: NonZeroU32) -> Self {
        match &mut self.database {
            Database::Sqlite(source) => source.connections = connections,
            #[cfg(feature = "postgres")]
            Database::Postgres(source) => source.connections = connections,
        }
        self
    }

    async fn find(&self, user_id: &str) -> Result<Option<Claims>, ClaimError> {
        let rows = async {
            match &self.database {
                Database::Sqlite(source) => source.rows(user_id, self.timeout).await,
                #[cfg(feature = "postgres")]
                Database::Postgres(source) => source.rows(user_id, self.timeout).await,
            }
        };
        let rows = tokio::time::timeout(self.timeout, rows).await;
        let mut rows = rows.map_err(|_| late())??;
        match (rows.pop(), rows.pop()) {
            (None, _) => Ok(None),
            (Some(json), None) => claims(&json).map(Some),
            (Some(_), Some(_)) => Err(malformed(
                "the query has more than one row for the user; add a condition to it",
            )),
        }
    }

    /// Prepares the query, and compares its columns with the schema.
    async fn prepare(&self) -> Result<(), ClaimError> {
        let prepared = async {
            match &self.database {
                Database::Sqlite(source) => source.prepare(self.timeout).await,
                #[cfg(feature = "postgres")]
                Database::Postgres(source) => source.prepare(self.timeout).await,
            }
        };
        let prepared = tokio::time::timeout(self.timeout, prepared).await;
        let columns = prepared.map_err(|_| late())?.map_err(|error| match &error {
            // Nothing was bound, so the text names the query's own parts only.
            sqlx::Error::Database(cause) if !is_transient(&error) => malformed(&format!(
                "the database refuses the query: {}; correct it, and cast `$1`, which is a text, where a column \
                 is not",
                cause.message()
            )),
            _ => failed(error),
        })?;
        self.rules
            .as_ref()
            .map_or(Ok(()), |rules| compare(&columns, rules))
    }
}

/// Compares the columns of a query with the schema.
fn compare(columns: &[String], rules: &ClaimRules) -> Result<(), ClaimError> {
    let claims = || {
        let names = columns.iter().map(String::as_str);
        names.filter(|name| *name != EXPIRES_AT)
    };
    if let Some(name) = claims().find(|name| !rules.has(name)) {
        return Err(malformed(&format!(
            "the schema has no attribute for the query's column `{name}`; rename it with AS, or remove it"
        )));
    }
    match rules
        .required()
        .find(|required| claims().all(|name| name != *required))
    {
        Some(name) => Err(malformed(&format!(
            "the query has no column for the attribute `{name}`, which the schema requires; add it"
        ))),
        None => Ok(()),
    }
}

impl ClaimSource for Sql {
    fn claims<'a>(&'a self, request: ClaimRequest<'a>) -> ClaimFuture<'a> {
        Box::pin(self.find(request.user_id))
    }

    fn check(&self) -> Option<SourceCheck<'_>> {
        Some(Box::pin(self.prepare()))
    }
}

#[cfg(feature = "postgres")]
fn postgres(url: &str, query: &str) -> Result<Database, SqlError> {
    let source = postgres::Source::new(url, query).ok_or(SqlError::Url)?;
    Ok(Database::Postgres(source))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: &str) -> Result<Database, SqlError> {
    Err(SqlError::WithoutPostgres)
}

/// Reads a row as JSON. Numbers that a JSON reader could round, and repeated columns, are refused.
fn claims(json: &str) -> Result<Claims, ClaimError> {
    if json.len() > LIMIT {
        return Err(malformed("the row is longer than 256 KiB; select fewer columns"));
    }
    let members = air_json::read_object(json.as_bytes()).map_err(|error| malformed(&error.to_string()))?;
    let mut subject: Map<String, Value> = members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    let validity = subject
        .remove(EXPIRES_AT)
        .map(|value| expiration(&value))
        .transpose()?;
    Ok(Claims { subject, validity })
}

fn expiration(value: &Value) -> Result<Validity, ClaimError> {
    const FORM: &str = "`expires_at` must be a time with an offset from 1970 on: a timestamptz of PostgreSQL, or a \
                        text such as 2030-01-01T00:00:00Z";
    let time = value.as_str().and_then(parse_rfc3339);
    let time = time.ok_or_else(|| malformed(FORM))?;
    Ok(Validity::Until(time))
}

fn late() -> ClaimError {
    ClaimError::Unavailable {
        reason: "the query took longer than its time limit".to_owned(),
    }
}

/// Maps an error of the database. Its text could quote a value.
fn failed(error: sqlx::Error) -> ClaimError {
    let is_transient = is_transient(&error);
    let reason = match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default().into_owned();
            format!("the database failed with the code {code}; check the query with this configuration")
        }
        sqlx::Error::ColumnDecode { index, .. } => {
            format!("the column {index} can't be read; cast it to a text or a number")
        }
        _ => "the database can't be used; check its URL, and that it can be reached".to_owned(),
    };
    if is_transient {
        ClaimError::Unavailable { reason }
    } else {
        malformed(&reason)
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            let class = code.get(..2).filter(|_| code.len() == 5);
            class.is_some_and(|class| TRANSIENT_CLASSES.contains(&class))
                || TRANSIENT_SQLITE.contains(&&*code)
        }),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_) => false,
        _ => true,
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sql")
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use air_ids::UnixTime;

    use super::*;

    const QUERY: &str = "SELECT level FROM members WHERE id = $1;";

    #[test]
    fn a_query_has_a_database_and_a_user() {
        assert!(Sql::new("sqlite:///tmp/members.sqlite", QUERY).is_ok());
        for url in ["", "members.sqlite", "mysql://host/members"] {
            assert!(matches!(Sql::new(url, QUERY), Err(SqlError::Url)), "{url}");
        }
        for query in ["", "SELECT level FROM members"] {
            let refused = Sql::new("sqlite:///tmp/members.sqlite", query);
            assert!(matches!(refused, Err(SqlError::Query)), "{query}");
        }
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn debug_output_and_errors_show_no_password() {
        let url = "postgres://reader:hunter2@db.example:5432/members";
        let shown = format!("{:?}", Sql::new(url, QUERY).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
        let refused = Sql::new("postgres://reader:hunter2@db.example:port/members", QUERY).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    }

    #[test]
    fn a_row_has_claims_and_an_expiration() {
        let read =
            claims(r#"{"level": 3, "nickname": null, "expires_at": "2030-01-01T00:00:00+00:00"}"#).unwrap();
        assert_eq!(Value::Object(read.subject), serde_json::json!({ "level": 3 }));
        assert_eq!(
            read.validity,
            Some(Validity::Until(UnixTime::from_secs(1_893_456_000)))
        );
        assert_eq!(claims(r#"{"expires_at": null}"#).unwrap().validity, None);
        for bad in [
            r#"{"expires_at": "2030-01-01"}"#,
            r#"{"expires_at": "1960-01-01T00:00:00Z"}"#,
            r#"{"expires_at": 1893456000}"#,
            r#"{"level": 1, "level": 2}"#,
            r#"{"level": 9007199254740993}"#,
        ] {
            assert!(matches!(claims(bad), Err(ClaimError::Malformed { .. })), "{bad}");
        }
    }
}
