//! One command to the program `air-zk`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    exit::Failure,
    helper::{Helper, HelperKind},
};

pub(crate) static AIR_ZK: HelperKind = HelperKind {
    name: "air-zk",
    variable: "AIR_ZK",
    protocol: 1,
    needed: "predicate proofs need",
    install: "install it from the sources of air with `cargo install --path crates/air-zk --locked --force`, \
              or set AIR_ZK to its path; nothing of it was audited",
};

/// A command with its members.
#[derive(Serialize)]
struct Command<'a, T> {
    protocol: u64,
    command: &'static str,
    #[serde(flatten)]
    members: &'a T,
}

/// The document of an answer, and the program's exit code.
pub(super) struct Reply {
    helper: Helper,
    document: Map<String, Value>,
    exit_code: Option<i32>,
}

/// Runs a command, whose answer may be negative.
pub(super) async fn ask(command: &'static str, members: &impl Serialize) -> Result<Reply, Failure> {
    let helper = Helper::find(&AIR_ZK)?;
    let answer = helper
        .ask(&Command {
            protocol: AIR_ZK.protocol,
            command,
            members,
        })
        .await?;
    Ok(Reply {
        helper,
        document: answer.document,
        exit_code: answer.exit_code,
    })
}

/// Runs a command that succeeds or fails.
pub(super) async fn run(command: &'static str, members: &impl Serialize) -> Result<Reply, Failure> {
    let reply = ask(command, members).await?;
    match reply.exit_code {
        Some(0) => Ok(reply),
        _ => Err(reply.unexpected()),
    }
}

impl Reply {
    pub(super) fn exit_code(&self) -> Option<i32> {
        self.exit_code
    }

    /// A member, whatever its type.
    pub(super) fn member(&self, name: &str) -> Result<&Value, Failure> {
        self.document.get(name).ok_or_else(|| self.unexpected())
    }

    /// A member that is an object.
    pub(super) fn object(&self, name: &str) -> Result<&Map<String, Value>, Failure> {
        self.member(name)?.as_object().ok_or_else(|| self.unexpected())
    }

    /// A member that is a text.
    pub(super) fn text(&self, name: &str) -> Result<&str, Failure> {
        self.member(name)?.as_str().ok_or_else(|| self.unexpected())
    }

    /// The answer is not one to the command.
    pub(super) fn unexpected(&self) -> Failure {
        self.helper.unexpected()
    }
}
