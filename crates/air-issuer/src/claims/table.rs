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

use super::{ClaimError, ClaimFuture, ClaimRequest, ClaimSource, Claims, Validity, response};
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
    loaded: Arc<Mutex<Loaded>>,
}

struct Loaded {
    users: Arc<HashMap<String, Claims>>,
    stamp: Stamp,
}

/// The modification time and the length of a file.
type Stamp = (Option<SystemTime>, u64);

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TableError> {
        let path = path.into();
        let loaded = Loaded {
            stamp: stamp(&path)?,
            users: Arc::new(load(&path)?),
        };
        Ok(Self {
            path,
            loaded: Arc::new(Mutex::new(loaded)),
        })
    }

    async fn find(&self, user_id: &str) -> Result<Option<Claims>, ClaimError> {
        let (path, loaded) = (self.path.clone(), self.loaded.clone());
        let users = tokio::task::spawn_blocking(move || current(&path, &loaded)).await;
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
fn current(path: &Path, loaded: &Mutex<Loaded>) -> Arc<HashMap<String, Claims>> {
    let mut loaded = loaded.lock().unwrap_or_else(PoisonError::into_inner);
    match stamp(path) {
        Ok(new) if new != loaded.stamp => {
            // A file that breaks a rule is not read again until it changes once more.
            loaded.stamp = new;
            match load(path) {
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

fn load(path: &Path) -> Result<HashMap<String, Claims>, TableError> {
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
    if is_ndjson { ndjson(text) } else { csv(text) }
}

fn ndjson(text: &str) -> Result<HashMap<String, Claims>, TableError> {
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
        insert(&mut users, line, user, claims)?;
    }
    Ok(users)
}

fn csv(text: &str) -> Result<HashMap<String, Claims>, TableError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| not_csv(&error))?.clone();
    if !headers.iter().any(|name| name == USER) {
        return Err(broken(1, "it has no column `userId`; add it"));
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
        insert(&mut users, line, user, Claims { subject, validity })?;
    }
    Ok(users)
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
mod tests {
    use air_ids::UnixTime;

    use super::*;
    use crate::claims::Purpose;

    fn request(user_id: &str) -> ClaimRequest<'_> {
        ClaimRequest {
            user_id,
            holder_did: "did:air:id:test:x",
            schema_id: "kyc",
            purpose: Purpose::Issue,
        }
    }

    #[test]
    fn cells_are_json_and_empty_ones_are_no_claims() {
        let users = csv(
            "\u{feff}userId,credentialSubject.name,credentialSubject.age,expiresAt,note\n\
             u1,\"\"\"Ada\"\"\",36,,x\n\
             u2,,4,2030-01-01T00:00:00Z,\n\
             u3,,5,2030-01-01,\n"
                .trim_start_matches('\u{feff}'),
        )
        .unwrap();
        assert_eq!(
            users["u1"].subject,
            *serde_json::json!({"name": "Ada", "age": 36}).as_object().unwrap()
        );
        assert_eq!(users["u2"].subject.len(), 1);
        for user in ["u2", "u3"] {
            let until = Some(Validity::Until(UnixTime::from_secs(1_893_456_000)));
            assert_eq!(users[user].validity, until, "{user}");
        }
    }

    #[test]
    fn a_broken_line_is_named_without_its_content() {
        for (table, line) in [
            ("credentialSubject.name\n1\n", 1),
            ("userId,credentialSubject.name\nu1,secret\n", 2),
            ("userId,credentialSubject.name\nu1,1\nu1,1\n", 3),
            ("userId,credentialSubject.name\nu1,1\n,1\n", 3),
            ("userId,credentialSubject.name\nu1,1\nsecret\n", 3),
        ] {
            match csv(table) {
                Err(error @ TableError::Line { line: found, .. }) => {
                    assert_eq!(found, line, "{table}");
                    assert!(!error.to_string().contains("secret"), "{error}");
                }
                other => panic!("{table}: {:?}", other.map(|users| users.len())),
            }
        }
        let error =
            ndjson("{\"userId\": \"u1\", \"credentialSubject\": {}}\n\n{\"userId\": 1}\n").unwrap_err();
        assert!(matches!(error, TableError::Line { line: 3, .. }), "{error}");
    }

    #[test]
    fn a_wrong_expiration_is_named_by_its_column() {
        for cell in ["1960-01-01", "2031-05-01T00:00:00", "tomorrow"] {
            let error = csv(&format!("userId,expiresAt\nu1,{cell}\n"))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("line 2") && error.contains("`expiresAt`"),
                "{error}"
            );
            assert!(!error.contains(cell), "{error}");
        }
    }

    #[tokio::test]
    async fn a_changed_table_is_read_again_and_a_broken_one_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("claims.csv");
        fs::write(&path, "userId,credentialSubject.age\nu1,1\n").unwrap();
        let table = Table::open(&path).unwrap();
        let age = async |user| {
            let claims = table.claims(request(user)).await.unwrap()?;
            claims.subject.get("age").cloned()
        };
        assert_eq!(age("u1").await, Some(1.into()));
        assert_eq!(age("u2").await, None);
        fs::write(&path, "userId,credentialSubject.age\nu1,10\nu2,22\n").unwrap();
        assert_eq!(
            (age("u1").await, age("u2").await),
            (Some(10.into()), Some(22.into()))
        );
        fs::write(&path, "userId\nbroken,too many\n").unwrap();
        assert_eq!(age("u2").await, Some(22.into()), "the last good table remains");
    }
}
