//! Commands as JSON: the program `air-zk` and the module for browsers run them. The book's page on predicate proofs
//! has the members of each.

mod commit;
mod documents;
mod issue;
mod keys;
mod members;
mod present;
mod request;
mod token;
mod verify;

use std::fmt;

use air_ids::UnixTime;
use rand_core::CryptoRng;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::Error;

/// The version of commands and answers. It changes if an old program would misread them.
pub const PROTOCOL: u64 = 1;

/// The maximum size of a command in bytes.
const LIMIT: usize = 8 * 1024 * 1024;
/// Room for an answer with a key, so that growing leaves no copy of the key behind.
const ROOM: usize = 256 * 1024;

/// The answer to a command, which may contain a key.
pub struct Answer {
    /// One JSON object, without a line break.
    pub text: Zeroizing<String>,
    /// 0: done, 2: the command is not one, 3: the input was rejected, 4: the presentation is not accepted.
    pub exit_code: u8,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("exit_code", &self.exit_code)
            .finish_non_exhaustive()
    }
}

/// Runs a command at `now`, named by its member `command`: `keys`, `commit`, `issue`, `token`, `request`, `present`
/// or `verify`. The answer names the [`PROTOCOL`].
#[must_use]
pub fn run(input: &[u8], now: UnixTime, rng: &mut impl CryptoRng) -> Answer {
    let answer = read(input).and_then(|(name, members)| dispatch(&name, members, now, rng));
    answer.unwrap_or_else(|Failure { code, message }| {
        let exit_code = if code == USAGE { 2 } else { 3 };
        let document = json!({ "error": { "code": code, "message": message } });
        respond(&document, exit_code).unwrap_or_else(|_| Answer {
            text: Zeroizing::new(String::new()),
            exit_code,
        })
    })
}

const USAGE: &str = "usage";

/// A command that was not run.
struct Failure {
    code: &'static str,
    message: String,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        rejected(error.to_string())
    }
}

fn rejected(message: impl Into<String>) -> Failure {
    Failure {
        code: "rejected",
        message: message.into(),
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure {
        code: USAGE,
        message: message.into(),
    }
}

/// The name of a command, and its other members.
fn read(input: &[u8]) -> Result<(String, Map<String, Value>), Failure> {
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
    match members.remove("command") {
        Some(Value::String(name)) => Ok((name, members)),
        _ => Err(usage(NAMES)),
    }
}

const NAMES: &str = "`command` must be keys, commit, issue, token, request, present or verify";

fn dispatch(
    name: &str,
    members: Map<String, Value>,
    now: UnixTime,
    rng: &mut impl CryptoRng,
) -> Result<Answer, Failure> {
    match name {
        "keys" => keys::run(parse(members)?, rng),
        "commit" => commit::run(&parse(members)?, rng),
        "issue" => issue::run(parse(members)?, rng),
        "token" => token::run(&parse(members)?, now, rng),
        "request" => request::run(parse(members)?, now, rng),
        "present" => present::run(&parse(members)?, now, rng),
        "verify" => verify::run(&parse(members)?, now),
        _ => Err(usage(NAMES)),
    }
}

/// Reads the members of a command. The messages of serde show names, and values of members that have another type
/// than expected, so only names are passed on.
fn parse<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, Failure> {
    serde_json::from_value(Value::Object(members)).map_err(|error| {
        let text = error.to_string();
        let name = ["missing field ", "unknown field "]
            .iter()
            .find_map(|start| text.strip_prefix(start)?.split(',').next());
        usage(match name {
            Some(name) => format!("missing or unknown member {name}"),
            None => "a member of the command has the wrong type".to_owned(),
        })
    })
}

/// An answer after its protocol.
#[derive(Serialize)]
struct Response<'a, T> {
    protocol: u64,
    #[serde(flatten)]
    answer: &'a T,
}

fn done(answer: &impl Serialize) -> Result<Answer, Failure> {
    respond(answer, 0)
}

fn respond(answer: &impl Serialize, exit_code: u8) -> Result<Answer, Failure> {
    let response = Response {
        protocol: PROTOCOL,
        answer,
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
    let written = serde_json::to_writer(&mut *bytes, &response);
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new);
    match (written, text) {
        (Ok(()), Ok(text)) => Ok(Answer { text, exit_code }),
        _ => Err(rejected("the answer could not be written")),
    }
}
