//! Replaces `trust_lists.rs` in builds without the feature `openid4vc`, which accept no credentials
//! of other issuers.

use serde_json::{Map, Value};

use crate::Refusal;

pub(crate) fn to_stored(list: Option<&Map<String, Value>>) -> Result<Option<String>, Refusal> {
    match list {
        None => Ok(None),
        Some(_) => Err(Refusal::bad_request(
            "this platform has no trust lists; build it with the feature `openid4vc`",
        )),
    }
}
