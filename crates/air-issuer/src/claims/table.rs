//! Claims from a CSV or NDJSON file, which is read again after it has changed.

use std::{
    collections::HashMap,
    fmt, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use serde_json::{Map, Value};

use super::{
    ClaimError, ClaimFuture, ClaimRequest, ClaimSource, Claims, Validity, response, rules::ClaimRules,
};
use crate::clock::parse_date_or_time;

/// The maximum size of a file.
const LIMIT: u64 = 64 * 1024 * 1024;
const USER: &str = "userId";
const EXPIRES_AT: &str = "expiresAt";
const EXPIRES_AT_FORM: &str = "column `expiresAt` must be a date (midnight in UTC) or a time with its offset, from 1970 on, \
                               such as 2030-01-01 or 2030-01-01T00:00:00Z";
const SUBJECT_PREFIX: &str = "credentialSubject.";

/// The reason why a table can't be used. No message contains a claim.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file can't be read.
    #[error("failed to read the table {}; check the path and the permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The file is too large.
    #[error("the table is longer than 64 MiB; use a hook")]
    TooLong,
    /// A line breaks a rule.
    #[error("line {line} of the table: {reason}")]
    Line {
        /// The line, counted from 1.
        line: u64,
        /// The rule and the remedy.
        reason: String,
    },
}

/// A file with a line for each user.
///
/// * NDJSON (`.ndjson`, `.jsonl`):
///   `{"userId": "…", "credentialSubject": {…}, "expiresAt"?: "…", "validFor"?: seconds}`.
/// * CSV (any other name): the columns `userId`, `credentialSubject.<attribute>`, whose cells are
///   JSON (`"text"`, `4`, `true`; an empty cell is no claim), and if needed `expiresAt`: a date
///   (midnight in UTC) or a time with its offset. Other columns are ignored.
///
/// A changed file that breaks a rule is not used: the last good one remains, and a warning is logged.
pub struct Table {
    path: PathBuf,
    /// The schema that each line is validated against.
    rules: Option<Arc<ClaimRules>>,
    loaded: Arc<Mutex<Loaded>>,
}

struct Loaded {
    users: Arc<HashMap<String, Claims>>,
    stamp: Stamp,
}

/// The modification time and the length of a file.
type Stamp = (Option<SystemTime>, u64);

impl Table {
    /// Reads a table. Its claims are validated against the schema when a user requests them. The tables of
    /// `issuer.toml` are validated when they are read, too.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TableError> {
        Self::read(path.into(), None)
    }

    /// Reads a table whose lines have to conform to a schema.
    pub(crate) fn open_conforming(path: PathBuf, rules: Arc<ClaimRules>) -> Result<Self, TableError> {
        Self::read(path, Some(rules))
    }

    fn read(path: PathBuf, rules: Option<Arc<ClaimRules>>) -> Result<Self, TableError> {
        let loaded = Loaded {
            stamp: stamp(&path)?,
            users: Arc::new(load(&path, rules.as_deref())?),
        };
        Ok(Self {
            path,
            rules,
            loaded: Arc::new(Mutex::new(loaded)),
        })
    }

    async fn find(&self, user_id: &str) -> Result<Option<Claims>, ClaimError> {
        let (path, rules, loaded) = (self.path.clone(), self.rules.clone(), self.loaded.clone());
        let users = tokio::task::spawn_blocking(move || current(&path, rules.as_deref(), &loaded)).await;
        let users = users.map_err(|_| ClaimError::Unavailable {
            reason: "the table can't be read now".to_owned(),
        })?;
        Ok(users.get(user_id).cloned())
    }
}

impl ClaimSource for Table {
    fn claims<'a>(&'a self, request: ClaimRequest<'a>) -> ClaimFuture<'a> {
        Box::pin(self.find(request.user_id))
    }
}

/// Returns the users, after reading the file again if it has changed.
fn current(path: &Path, rules: Option<&ClaimRules>, loaded: &Mutex<Loaded>) -> Arc<HashMap<String, Claims>> {
    let mut loaded = loaded.lock().unwrap_or_else(PoisonError::into_inner);
    match stamp(path) {
        Ok(new) if new != loaded.stamp => {
            // A file that breaks a rule is not read again until it changes once more.
            loaded.stamp = new;
            match load(path, rules) {
                Ok(users) => loaded.users = Arc::new(users),
                Err(error) => tracing::warn!(%error, "the changed table of claims is not used"),
            }
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the table of claims is not checked for changes"),
    }
    loaded.users.clone()
}

fn stamp(path: &Path) -> Result<Stamp, TableError> {
    let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    Ok((metadata.modified().ok(), metadata.len()))
}

fn load(path: &Path, rules: Option<&ClaimRules>) -> Result<HashMap<String, Claims>, TableError> {
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(LIMIT + 1).read_to_string(&mut text))
        .map_err(|source| unreadable(path, source))?;
    if text.len() as u64 > LIMIT {
        return Err(TableError::TooLong);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let is_ndjson = path
        .extension()
        .is_some_and(|extension| extension == "ndjson" || extension == "jsonl");
    if is_ndjson {
        ndjson(text, rules)
    } else {
        csv(text, rules)
    }
}

fn ndjson(text: &str, rules: Option<&ClaimRules>) -> Result<HashMap<String, Claims>, TableError> {
    let mut users = HashMap::new();
    for (line, json) in (1..)
        .zip(text.lines())
        .filter(|(_, json)| !json.trim().is_empty())
    {
        let mut members =
            air_json::read_object(json.as_bytes()).map_err(|error| broken(line, error.to_string()))?;
        let Some(Value::String(user)) = members.remove(USER) else {
            return Err(broken(line, "it has no text `userId`; add it"));
        };
        let claims = response::claims(members).map_err(|error| broken(line, error.to_string()))?;
        validate(&claims, line, rules)?;
        insert(&mut users, line, user, claims)?;
    }
    Ok(users)
}

fn csv(text: &str, rules: Option<&ClaimRules>) -> Result<HashMap<String, Claims>, TableError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| not_csv(&error))?.clone();
    if !headers.iter().any(|name| name == USER) {
        return Err(broken(1, "it has no column `userId`; add it"));
    }
    if let Some(name) = rules.and_then(|rules| unknown_column(&headers, rules)) {
        return Err(broken(
            1,
            format!(
                "the schema has no attribute for the column `{name}`; correct the name or remove the column"
            ),
        ));
    }
    let mut users = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| not_csv(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (mut user, mut subject, mut validity) = (String::new(), Map::new(), None);
        for (name, cell) in headers.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            match name {
                USER => cell.clone_into(&mut user),
                EXPIRES_AT => {
                    let time = parse_date_or_time(cell).ok_or_else(|| broken(line, EXPIRES_AT_FORM))?;
                    validity = Some(Validity::Until(time));
                }
                _ => {
                    if let Some(attribute) = name.strip_prefix(SUBJECT_PREFIX) {
                        let value = air_json::read(cell.as_bytes()).map_err(|_| {
                            broken(line, format!("column `{name}` is not JSON; put texts in quotes"))
                        })?;
                        subject.insert(attribute.to_owned(), value);
                    }
                }
            }
        }
        let claims = Claims { subject, validity };
        validate(&claims, line, rules)?;
        insert(&mut users, line, user, claims)?;
    }
    Ok(users)
}

/// The first column of claims without an attribute.
fn unknown_column<'a>(headers: &'a csv::StringRecord, rules: &ClaimRules) -> Option<&'a str> {
    headers.iter().find(|name| {
        name.strip_prefix(SUBJECT_PREFIX)
            .is_some_and(|attribute| !rules.has(attribute))
    })
}

/// Validates the claims of a line, if the table has a schema. A violation contains no value.
fn validate(claims: &Claims, line: u64, rules: Option<&ClaimRules>) -> Result<(), TableError> {
    rules.map_or(Ok(()), |rules| {
        let validated = rules.validate(&claims.subject);
        validated.map_err(|violations| broken(line, violations.to_string()))
    })
}

fn insert(
    users: &mut HashMap<String, Claims>,
    line: u64,
    user: String,
    claims: Claims,
) -> Result<(), TableError> {
    if user.is_empty() {
        return Err(broken(line, "its `userId` is empty; set it"));
    }
    match users.insert(user, claims) {
        None => Ok(()),
        Some(_) => Err(broken(
            line,
            "another line has the same `userId`; remove one of them",
        )),
    }
}

fn unreadable(path: &Path, source: io::Error) -> TableError {
    TableError::Read {
        path: path.to_owned(),
        source,
    }
}

fn broken(line: u64, reason: impl Into<String>) -> TableError {
    let reason = reason.into();
    TableError::Line { line, reason }
}

/// Replaces the parser's message, which could quote a cell.
fn not_csv(error: &csv::Error) -> TableError {
    let line = error.position().map_or(1, csv::Position::line);
    broken(
        line,
        "it is not CSV with as many cells as the header has; correct it",
    )
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
