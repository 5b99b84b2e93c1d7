//! `present`: chosen claims of a credential.

use std::collections::BTreeMap;

use air_vc::ClaimPath;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, Failure, contexts, done, keys::issuer_keys, parsed};
use crate::{Error, Link, PublicKey, W3cCredential};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    credential: Map<String, Value>,
    /// The issuer's key, as a Multikey; or else the key that the proof names is looked up below.
    key: Option<String>,
    /// The issuer's keys as Multikeys, by the URLs with which proofs name them.
    #[serde(default)]
    keys: BTreeMap<String, String>,
    /// The issuer's DID document.
    issuer_document: Option<Map<String, Value>>,
    claims: Vec<String>,
    /// The verifier's challenge, as text.
    challenge: Option<String>,
    #[serde(default)]
    contexts: Map<String, Value>,
    #[serde(default)]
    inline_contexts: Vec<Value>,
}

pub(super) fn run(command: &Command) -> Result<Answer, Failure> {
    let pinned = contexts(&command.contexts, command.inline_contexts.clone())?;
    let key = command.issuer_key()?;
    let claims: Vec<ClaimPath> = command
        .claims
        .iter()
        .map(|path| path.parse())
        .collect::<Result<_, air_vc::Error>>()?;
    let credential = W3cCredential::parse(&Value::Object(command.credential.clone()).to_string())?;
    let presented = match &command.challenge {
        Some(challenge) => credential.present_for(&pinned, &key, &claims, challenge.as_bytes()),
        None => credential.present(&pinned, &key, &claims),
    }?;
    Ok(done(json!({
        "presentation": parsed(presented.as_str()),
        "links": presented.links().iter().map(|link: &Link| link.name()).collect::<Vec<_>>(),
    })))
}

impl Command {
    fn issuer_key(&self) -> Result<PublicKey, Failure> {
        if let Some(key) = &self.key {
            return Ok(PublicKey::from_multibase(key)?);
        }
        let issuer = self.credential.get("issuer");
        let issuer = issuer.map(|issuer| issuer.get("id").unwrap_or(issuer));
        let issuer = issuer.and_then(Value::as_str).unwrap_or_default();
        let keys = issuer_keys(issuer, self.issuer_document.as_ref(), &self.keys)?;
        let proof = self.credential.get("proof");
        let method = proof.and_then(|proof| proof.get("verificationMethod"));
        let key = method.and_then(Value::as_str).and_then(|method| keys.get(method));
        Ok(key.cloned().ok_or(Error::UnknownKey)?)
    }
}
