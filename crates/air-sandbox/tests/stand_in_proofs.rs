//! A stand-in for the program that makes and checks proofs of W3C credentials: its proofs are digests.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use air_jwt::JwkSet;
use air_sandbox::{
    UnixTime,
    proofs::{Asking, ProofAnswer, ProofCommand, ProofError, ProofProgram},
};
use air_vc::status::{BitstringStatusListEntry, BitstringStatusListVerifier};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

/// The stand-in, and the commands that it got.
#[derive(Debug, Default)]
pub(crate) struct StandInProofs {
    commands: Mutex<Vec<Value>>,
    /// Whether it fails.
    pub(crate) is_broken: AtomicBool,
    /// Whether it holds each command until it is released.
    pub(crate) is_held: AtomicBool,
    /// A held command has begun.
    pub(crate) begun: Notify,
    /// A held command may go on.
    pub(crate) released: Notify,
}

impl StandInProofs {
    /// The commands, without those that try a key out.
    pub(crate) fn commands(&self) -> Vec<Value> {
        let commands = self.commands.lock().unwrap();
        let is_trial = |command: &Value| command["subject"] == json!({ "name": "trial" });
        commands
            .iter()
            .filter(|command| !is_trial(command))
            .cloned()
            .collect()
    }
}

impl ProofProgram for StandInProofs {
    fn ask<'a>(&'a self, command: &'a ProofCommand) -> Asking<'a> {
        Box::pin(async move {
            if self.is_broken.load(Ordering::SeqCst) {
                return Err(ProofError::Failed("/opt/air-ssi crashed".to_owned()));
            }
            if self.is_held.load(Ordering::SeqCst) {
                self.begun.notify_one();
                self.released.notified().await;
            }
            let command = serde_json::to_value(command).unwrap();
            self.commands.lock().unwrap().push(command.clone());
            let (document, exit_code) = if command["command"] == "issue" {
                (issue(&command), 0)
            } else {
                match verify(&command) {
                    Ok(document) => (document, 0),
                    Err(document) => (document, 4),
                }
            };
            let Value::Object(document) = document else {
                panic!("an answer is an object: {document}");
            };
            Ok(ProofAnswer {
                document,
                exit_code: Some(exit_code),
            })
        })
    }
}

/// The claims that a holder shows of a credential, with a proof for them.
pub(crate) fn present(credential: &Value, claims: &[&str]) -> Value {
    let mut shown = credential.as_object().unwrap().clone();
    let subject = shown["credentialSubject"].as_object().unwrap();
    let subject: Map<String, Value> = claims
        .iter()
        .map(|name| ((*name).to_owned(), subject[*name].clone()))
        .collect();
    shown.insert("credentialSubject".to_owned(), Value::Object(subject));
    let proof = shown.remove("proof").unwrap();
    prove(shown, proof)
}

fn prove(document: Map<String, Value>, mut proof: Value) -> Value {
    proof["proofValue"] = digest(&document).into();
    let mut document = Value::Object(document);
    document["proof"] = proof;
    document
}

fn digest(document: &Map<String, Value>) -> String {
    let text = serde_json::to_string(document).unwrap();
    format!("z{}", hex::encode(Sha256::digest(text)))
}

/// A Multikey that depends on the secret only.
fn public_key(command: &Value) -> String {
    let key = command["key"].as_str().unwrap();
    format!("z{}", hex::encode(Sha256::digest(key)))
}

fn issue(command: &Value) -> Value {
    let mut subject = command["subject"].clone();
    if let Some(holder) = command.get("holder") {
        subject["id"] = holder.clone();
    }
    let types = command["types"].as_array().unwrap();
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("@context", command["context"].clone());
    set("type", types.clone().into());
    set("issuer", command["issuer"].clone());
    set("validFrom", command["validFrom"].clone());
    set("credentialSubject", subject);
    for name in ["id", "validUntil"] {
        if let Some(value) = command.get(name) {
            set(name, value.clone());
        }
    }
    if let Some(entry) = command.get("statuses").and_then(|entries| entries.get(0)) {
        let list = entry["list"].as_str().unwrap();
        let index = entry["index"].as_u64().unwrap();
        let purpose = air_vc::status::StatusPurpose::Revocation;
        set(
            "credentialStatus",
            BitstringStatusListEntry::new(purpose, list, index).to_value(),
        );
    }
    let proof =
        json!({ "cryptosuite": command["suite"], "verificationMethod": command["verificationMethod"] });
    json!({ "credential": prove(document, proof), "publicKeyMultibase": public_key(command) })
}

fn refused(check: &str, lists: &[&str]) -> Value {
    let checks = json!([{ "check": check, "outcome": "failed", "reason": check }]);
    json!({ "valid": false, "reason": format!("its {check} is refused"), "checks": checks, "statusLists": lists })
}

fn verify(command: &Value) -> Result<Value, Value> {
    let mut document = command["credential"].as_object().unwrap().clone();
    let proof = document.remove("proof").unwrap();
    let method = proof["verificationMethod"].as_str().unwrap_or_default();
    let is_known = command["keys"].get(method).is_some();
    let suites = command["suites"].as_array().unwrap();
    let is_proven = proof["proofValue"] == digest(&document) && suites.contains(&proof["cryptosuite"]);
    if !is_known || !is_proven {
        return Err(refused("signature", &[]));
    }
    let contexts = document["@context"].as_array().unwrap();
    let pinned = command["contexts"].as_object().unwrap();
    if !contexts
        .iter()
        .all(|url| pinned.contains_key(url.as_str().unwrap()))
    {
        return Err(refused("format", &[]));
    }
    let types = command["types"].as_array().unwrap();
    let own = document["type"].as_array().unwrap();
    if !types.iter().all(|name| own.contains(name)) {
        return Err(refused("type", &[]));
    }
    let at = command["at"].as_u64().unwrap();
    if document
        .get("validUntil")
        .is_some_and(|end| end.as_u64().unwrap() <= at)
    {
        return Err(refused("validity", &[]));
    }
    let mut links = Vec::new();
    if let Some(entry) = document.get("credentialStatus") {
        check_status(command, entry, at)?;
        links.push("status");
    }
    if document["credentialSubject"].get("id").is_some() {
        links.push("subject");
    }
    Ok(json!({
        "valid": true,
        "claims": document,
        "checks": [{ "check": "signature", "outcome": "passed" }],
        "links": links,
    }))
}

/// Checks the status as any verifier does, with the lists of the command.
fn check_status(command: &Value, entry: &Value, at: u64) -> Result<(), Value> {
    let entry = entry.get(0).unwrap_or(entry);
    let entry = BitstringStatusListEntry::parse(entry).unwrap();
    let keys = JwkSet::from_slice(command["issuerJwks"].to_string().as_bytes()).unwrap();
    let url = entry.to_value()["statusListCredential"]
        .as_str()
        .unwrap()
        .to_owned();
    let Some(list) = command.get("statusLists").and_then(|lists| lists.get(0)) else {
        return Err(refused("status", &[&url]));
    };
    let verifier = BitstringStatusListVerifier::new(command["issuer"].as_str().unwrap(), &keys, url.as_str());
    let list = verifier
        .verify(list.as_str().unwrap(), UnixTime::from_secs(at))
        .unwrap();
    if list.status(&entry).unwrap().is_set() {
        return Err(refused("status", &[]));
    }
    Ok(())
}
