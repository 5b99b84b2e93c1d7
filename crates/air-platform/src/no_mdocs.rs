//! Replaces `mdocs.rs` in builds without the feature `openid4vc`, which issue no mdocs. A store
//! that another build filled may have some.

use air_ids::UnixTime;
use air_jwt::SigningKey;
use serde_json::{Map, Value};

use crate::Refusal;

pub(crate) fn claims_of(_credential: &str) -> Result<Map<String, Value>, Refusal> {
    Err(unreadable())
}

pub(crate) fn verified_claims(
    _credential: &str,
    _doc_type: &str,
    _key: &SigningKey,
    _now: UnixTime,
) -> Result<Map<String, Value>, Refusal> {
    Err(unreadable())
}

fn unreadable() -> Refusal {
    Refusal::internal(
        "the store has an mdoc, and this build cannot read it; build it with the feature `openid4vc`",
    )
}
