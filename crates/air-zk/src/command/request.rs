//! `request`: a verifier's request with a new nonce.

use air_ids::UnixTime;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Failure,
    documents::{ConditionDocument, RequestDocument, SchemeDocument},
    done,
};
use crate::statement::Statement;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    scheme: SchemeDocument,
    verifier: String,
    program: String,
    /// The lifetime of the request.
    expires_in: u64,
    #[serde(default)]
    conditions: Vec<ConditionDocument>,
    #[serde(default)]
    disclose: Vec<String>,
}

#[derive(Serialize)]
struct Requested {
    request: RequestDocument,
}

pub(super) fn run(command: Command, now: UnixTime, rng: &mut impl CryptoRng) -> Result<Answer, Failure> {
    let scheme = command.scheme.scheme()?;
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let request = RequestDocument {
        verifier: command.verifier,
        program: command.program,
        nonce: hex::encode(nonce),
        expires_at: now.as_secs().saturating_add(command.expires_in),
        conditions: command.conditions,
        disclose: command.disclose,
    };
    // A condition that can't be proved is refused here, and not by each holder.
    Statement::new(&scheme, &request.request()?)?;
    done(&Requested { request })
}
