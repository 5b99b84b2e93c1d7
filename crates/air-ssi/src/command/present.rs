//! `present`: chosen claims of a credential.

use air_vc::ClaimPath;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, Failure, contexts, done, parsed};
use crate::{Link, PublicKey, W3cCredential};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    credential: Map<String, Value>,
    /// The issuer's key, as a Multikey.
    key: String,
    claims: Vec<String>,
    /// The verifier's challenge, as text.
    challenge: Option<String>,
    #[serde(default)]
    contexts: Map<String, Value>,
    #[serde(default)]
    inline_contexts: Vec<Value>,
}

pub(super) fn run(command: Command) -> Result<Answer, Failure> {
    let pinned = contexts(&command.contexts, command.inline_contexts)?;
    let key = PublicKey::from_multibase(&command.key)?;
    let claims: Vec<ClaimPath> = command
        .claims
        .iter()
        .map(|path| path.parse())
        .collect::<Result<_, air_vc::Error>>()?;
    let credential = W3cCredential::parse(&Value::Object(command.credential).to_string())?;
    let presented = match &command.challenge {
        Some(challenge) => credential.present_for(&pinned, &key, &claims, challenge.as_bytes()),
        None => credential.present(&pinned, &key, &claims),
    }?;
    Ok(done(json!({
        "presentation": parsed(presented.as_str()),
        "links": presented.links().iter().map(|link: &Link| link.name()).collect::<Vec<_>>(),
    })))
}
