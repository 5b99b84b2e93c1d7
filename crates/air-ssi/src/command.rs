//! The binary `air-ssi`: one command as JSON on stdin, one answer as JSON on stdout.

mod issue;
mod keys;
mod lists;
mod present;
mod verify;

use air_vc::UnixTime;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{Contexts, Error};

/// The version of commands and answers. It changes if an old program would misread them.
pub const PROTOCOL: u64 = 1;

/// The maximum size of a command in bytes: a credential with its contexts, and a status list.
const LIMIT: usize = 8 * 1024 * 1024;

/// The answer to a command.
#[derive(Debug)]
pub struct Answer {
    /// The document for stdout.
    pub document: Value,
    /// 0: done, 2: the command is not one, 3: the input was rejected, 4: the credential is not accepted.
    pub exit_code: u8,
}

/// Runs a command at `now`: `issue`, `present` or `verify`, named by its member `command`. The README
/// has the members of each. The answer names the [`PROTOCOL`].
#[must_use]
pub fn run(input: &[u8], now: UnixTime) -> Answer {
    let mut answer = answer(input, now).unwrap_or_else(|Failure { code, message }| Answer {
        exit_code: if code == "usage" { 2 } else { 3 },
        document: json!({ "error": { "code": code, "message": message } }),
    });
    if let Value::Object(members) = &mut answer.document {
        members.insert("protocol".to_owned(), PROTOCOL.into());
    }
    answer
}

/// A command that was not run.
struct Failure {
    code: &'static str,
    message: String,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            code: "rejected",
            message: error.to_string(),
        }
    }
}

impl From<air_vc::Error> for Failure {
    fn from(error: air_vc::Error) -> Self {
        Error::Credential(error).into()
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure {
        code: "usage",
        message: message.into(),
    }
}

fn answer(input: &[u8], now: UnixTime) -> Result<Answer, Failure> {
    if input.len() > LIMIT {
        return Err(usage("the command is longer than 8 MiB"));
    }
    let mut members = air_json::read_object(input).map_err(|error| usage(error.to_string()))?;
    if let Some(protocol) = members.remove("protocol")
        && protocol != PROTOCOL
    {
        return Err(usage(format!(
            "unsupported protocol: this program speaks version {PROTOCOL}"
        )));
    }
    let name = members.remove("command");
    match name.as_ref().and_then(Value::as_str) {
        Some("issue") => issue::run(read(members)?),
        Some("present") => present::run(&read(members)?),
        Some("verify") => verify::run(&read(members)?, now),
        _ => Err(usage("`command` must be issue, present or verify")),
    }
}

/// Reads the members of a command. The messages of serde show names, and values of members that have
/// another type than expected, so only the place of the fault is passed on.
fn read<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, Failure> {
    serde_json::from_value(Value::Object(members)).map_err(|error| {
        let text = error.to_string();
        let named = text
            .strip_prefix("missing field ")
            .or_else(|| text.strip_prefix("unknown field "));
        usage(match named {
            Some(rest) => format!(
                "missing or unknown member {}",
                rest.split(',').next().unwrap_or_default()
            ),
            None => "a member of the command has the wrong type".to_owned(),
        })
    })
}

/// The pinned contexts: those of credentials 2.0, and these documents by their URLs.
fn contexts(documents: &Map<String, Value>, inline: Vec<Value>) -> Result<Contexts, Failure> {
    let pinned = documents
        .iter()
        .try_fold(Contexts::new(), |contexts, (url, document)| {
            contexts.with(url, document)
        })?;
    Ok(inline.into_iter().fold(pinned, Contexts::with_inline))
}

fn done(document: Value) -> Answer {
    Answer {
        document,
        exit_code: 0,
    }
}

/// A credential or presentation as JSON.
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
