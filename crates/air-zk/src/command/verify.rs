//! `verify`: whether a presentation answers a request.

use air_ids::UnixTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Answer, Failure,
    documents::{RequestDocument, SchemeDocument},
    done, respond,
};
use crate::{Error, Presentation};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    scheme: SchemeDocument,
    request: RequestDocument,
    presentation: String,
    /// Seconds since 1970; the current time if absent.
    at: Option<u64>,
}

#[derive(Serialize)]
struct Accepted {
    valid: bool,
    disclosed: Map<String, Value>,
    epoch: u64,
}

#[derive(Serialize)]
struct Refused {
    valid: bool,
    failed: &'static str,
    reason: String,
}

pub(super) fn run(command: &Command, now: UnixTime) -> Result<Answer, Failure> {
    let scheme = command.scheme.scheme()?;
    let request = command.request.request()?;
    let now = command.at.map_or(now, UnixTime::from_secs);
    let verified = hex::decode(command.presentation.trim())
        .map_err(|_| Error::Malformed)
        .and_then(Presentation::from_bytes)
        .and_then(|presentation| presentation.verify(&scheme, &request, now));
    match verified {
        Ok(verified) => done(&Accepted {
            valid: true,
            disclosed: verified.disclosed().clone(),
            epoch: verified.epoch().number(),
        }),
        Err(error) => match failed(&error) {
            Some(failed) => respond(
                &Refused {
                    valid: false,
                    failed,
                    reason: error.to_string(),
                },
                4,
            ),
            None => Err(error.into()),
        },
    }
}

/// The name of the check that failed; `None` if the request or the scheme is wrong.
fn failed(error: &Error) -> Option<&'static str> {
    match error {
        Error::Expired { .. } => Some("expiry"),
        Error::Epoch { .. } => Some("epoch"),
        Error::Malformed => Some("format"),
        Error::NotSatisfied { .. } => Some("condition"),
        Error::Proof | Error::Arithmetic => Some("proof"),
        Error::Layout { .. }
        | Error::UnknownAttribute { .. }
        | Error::Value { .. }
        | Error::Condition { .. }
        | Error::Size { .. }
        | Error::Key
        | Error::Commitment
        | Error::Signature
        | Error::Token => None,
    }
}
