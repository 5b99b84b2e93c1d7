//! `verify`: a credential or presentation.

use std::collections::BTreeMap;

use air_vc::{ClaimPath, UnixTime};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Answer, Failure, contexts,
    keys::{issuer_keys, list_keys},
    lists::Lists,
};
use crate::{Link, Suite, Verifier};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    credential: Map<String, Value>,
    issuer: String,
    /// The issuer's keys as Multikeys, by the URLs with which proofs name them.
    #[serde(default)]
    keys: BTreeMap<String, String>,
    /// The issuer's DID document.
    issuer_document: Option<Map<String, Value>>,
    /// The issuer's JWK set, which signs its status lists.
    issuer_jwks: Option<Map<String, Value>>,
    /// Seconds since 1970; defaults to now.
    at: Option<u64>,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    claims: Vec<String>,
    suites: Option<Vec<String>>,
    /// The challenge that the presentation must be for, as text.
    challenge: Option<String>,
    /// Whether a credential with a status is accepted without its list. The report says so.
    #[serde(default)]
    without_status: bool,
    /// Signed status lists, in any order.
    #[serde(default)]
    status_lists: Vec<String>,
    #[serde(default)]
    contexts: Map<String, Value>,
    #[serde(default)]
    inline_contexts: Vec<Value>,
}

pub(super) fn run(command: &Command, now: UnixTime) -> Result<Answer, Failure> {
    let pinned = contexts(&command.contexts, command.inline_contexts.clone())?;
    let keys = issuer_keys(&command.issuer, command.issuer_document.as_ref(), &command.keys)?;
    let claims: Vec<ClaimPath> = command
        .claims
        .iter()
        .map(|path| path.parse())
        .collect::<Result<_, air_vc::Error>>()?;
    let document = command.issuer_document.as_ref();
    let list_keys = list_keys(&command.issuer, command.issuer_jwks.as_ref(), document)?;
    let mut verifier = Verifier::new(&command.issuer, &keys, &pinned).with_checks(|mut checks| {
        checks = checks.trusting(&command.issuer, &list_keys);
        for name in &command.types {
            checks = checks.requiring_type(name);
        }
        checks.requiring_claims(claims)
    });
    if let Some(names) = &command.suites {
        let suites: Vec<Suite> = names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        verifier = verifier.accepting(&suites);
    }
    if let Some(challenge) = &command.challenge {
        verifier = verifier.requiring_challenge(challenge.as_bytes());
    }
    let at = command.at.map_or(now, UnixTime::from_secs);
    let text = Value::Object(command.credential.clone()).to_string();
    // Finding the lists verifies the proof once more.
    let needs_lists = !command.without_status && command.credential.contains_key("credentialStatus");
    let lists = if needs_lists {
        Lists::read(&verifier, &text, &command.status_lists, at)
    } else {
        Lists::default()
    };
    let verifier = verifier.with_checks(|checks| {
        if command.without_status {
            checks.without_status()
        } else {
            checks.with_bitstring_status_lists(&lists.verified)
        }
    });
    let examined = verifier.examine(&text, at);
    let checks: Vec<Value> = examined
        .report
        .iter()
        .map(|(check, outcome)| {
            let mut entry = Map::new();
            entry.insert("check".to_owned(), json!(check.name()));
            entry.insert("outcome".to_owned(), json!(outcome.name()));
            if let Some(reason) = outcome.reason() {
                entry.insert("reason".to_owned(), json!(reason));
            }
            Value::Object(entry)
        })
        .collect();
    Ok(match examined.result {
        Ok(verified) => Answer {
            document: json!({
                "valid": true,
                "claims": verified.claims(),
                "checks": checks,
                "links": examined.links.iter().map(|link: &Link| link.name()).collect::<Vec<_>>(),
            }),
            exit_code: 0,
        },
        Err(error) => Answer {
            document: json!({
                "valid": false,
                "reason": lists.reason(&error),
                "checks": checks,
                "statusLists": lists.missing,
            }),
            exit_code: 4,
        },
    })
}
