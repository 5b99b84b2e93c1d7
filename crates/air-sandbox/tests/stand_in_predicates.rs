//! A stand-in for the program that signs for predicate proofs and verifies them: its signatures are digests, and its presentations are JSON
//! in hex digits.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use air_sandbox::proofs::{Asking, PredicateCommand, PredicateProgram, ProofAnswer, ProofError};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::support::NOW;

const DAY: u64 = 24 * 60 * 60;

/// The stand-in, and the commands that it got.
#[derive(Debug, Default)]
pub(crate) struct StandInPredicates {
    commands: Mutex<Vec<Value>>,
    number: AtomicU64,
    /// Whether it fails.
    pub(crate) is_broken: AtomicBool,
    /// Where the next command waits.
    pub(crate) gate: Mutex<Option<Arc<Gate>>>,
}

/// Holds a command until it is released.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Has a permit once the command has begun.
    pub(crate) begun: Semaphore,
    /// Has a permit once the command may end.
    pub(crate) released: Semaphore,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self {
            begun: Semaphore::new(0),
            released: Semaphore::new(0),
        }
    }
}

impl StandInPredicates {
    pub(crate) fn commands(&self) -> Vec<Value> {
        self.commands.lock().unwrap().clone()
    }

    /// A text that it has not made before.
    fn unique(&self, what: &str) -> String {
        digest(&json!([what, self.number.fetch_add(1, Ordering::SeqCst)]))
    }

    fn answer(&self, command: &Value) -> Result<(Value, i32), String> {
        match command["command"].as_str().unwrap() {
            "keys" => keys(&command["terms"], &self.unique("key")),
            "issue" => issue(command),
            "token" => token(command),
            "request" => request(command, &self.unique("nonce")),
            "verify" => Ok(verify(command)),
            other => panic!("no command {other}"),
        }
    }
}

impl PredicateProgram for StandInPredicates {
    fn ask<'a>(&'a self, command: &'a PredicateCommand) -> Asking<'a> {
        Box::pin(async move {
            if self.is_broken.load(Ordering::SeqCst) {
                return Err(ProofError::Failed("/opt/air-zk crashed".to_owned()));
            }
            let gate = self.gate.lock().unwrap().take();
            if let Some(gate) = gate {
                gate.begun.add_permits(1);
                gate.released.acquire().await.unwrap().forget();
            }
            let command = serde_json::to_value(command).unwrap();
            self.commands.lock().unwrap().push(command.clone());
            let (document, exit_code) = self.answer(&command).map_err(ProofError::Rejected)?;
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

/// A presentation of a credential: of the attributes that the request discloses, and another at each call.
pub(crate) fn present(scheme: &Value, request: &Value, credential: &Value) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let conditions = request["conditions"].as_array().unwrap().iter();
    let equals = conditions.filter(|condition| condition["operator"] == "equals");
    let names = equals.map(|condition| &condition["attribute"]);
    let names = names.chain(request["disclose"].as_array().unwrap());
    let disclosed: Map<String, Value> = names
        .map(|name| name.as_str().unwrap())
        .map(|name| (name.to_owned(), credential["subject"][name].clone()))
        .collect();
    let statement = digest(&json!([scheme, request]));
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let blinding = digest(&json!(["blinding", number]));
    hex::encode(json!({ "blinding": blinding, "disclosed": disclosed, "statement": statement }).to_string())
}

fn digest(value: &Value) -> String {
    hex::encode(Sha256::digest(value.to_string()))
}

fn public_key(key: &str) -> String {
    format!("z{}", digest(&Value::from(key)))
}

fn attributes(scheme: &Value) -> impl Iterator<Item = (&str, &str)> {
    let attributes = scheme["schema"]["attributes"].as_array().unwrap().iter();
    attributes.map(|attribute| {
        (
            attribute["name"].as_str().unwrap(),
            attribute["type"].as_str().unwrap(),
        )
    })
}

fn keys(terms: &Value, key: &str) -> Result<(Value, i32), String> {
    for (name, kind) in attributes(terms) {
        if kind == "number" && terms["scales"].get(name).is_none() {
            return Err(format!("the attribute `{name}` needs a scale"));
        }
    }
    let mut scheme = terms.clone();
    scheme["publicKey"] = public_key(key).into();
    Ok((json!({ "protocol": 1, "key": key, "scheme": scheme }), 0))
}

fn require_key(command: &Value) -> Result<(), String> {
    if command["scheme"]["publicKey"] == public_key(command["key"].as_str().unwrap()) {
        return Ok(());
    }
    Err("the key is another issuer's".to_owned())
}

fn issue(command: &Value) -> Result<(Value, i32), String> {
    require_key(command)?;
    let nonce = digest(&json!(["nonce", command["id"]]));
    let signed = ["scheme", "commitment", "challenge", "id", "subject"].map(|name| &command[name]);
    let signature = format!("{}{nonce}", digest(&json!(signed)));
    let answer = json!({
        "protocol": 1,
        "credential": { "id": command["id"], "subject": command["subject"], "signature": signature },
        "record": { "id": command["id"], "revocationNonce": nonce },
    });
    Ok((answer, 0))
}

fn token(command: &Value) -> Result<(Value, i32), String> {
    require_key(command)?;
    let epoch = NOW / DAY;
    let token = digest(&json!([command["record"]["revocationNonce"], epoch]));
    let answer = json!({ "protocol": 1, "token": token, "epoch": epoch, "validUntil": (epoch + 1) * DAY });
    Ok((answer, 0))
}

fn request(command: &Value, nonce: &str) -> Result<(Value, i32), String> {
    for condition in command["conditions"].as_array().unwrap() {
        let name = condition["attribute"].as_str().unwrap();
        let (_, kind) = attributes(&command["scheme"])
            .find(|(known, _)| *known == name)
            .unwrap();
        let is_ordered = !matches!(kind, "string" | "boolean");
        if !is_ordered && ["less", "greater"].contains(&condition["operator"].as_str().unwrap()) {
            return Err(format!("the attribute `{name}` has no order"));
        }
    }
    let request = json!({
        "verifier": command["verifier"],
        "program": command["program"],
        "nonce": nonce,
        "expiresAt": NOW + command["expiresIn"].as_u64().unwrap(),
        "conditions": command["conditions"],
        "disclose": command["disclose"],
    });
    Ok((json!({ "protocol": 1, "request": request }), 0))
}

fn verify(command: &Value) -> (Value, i32) {
    let presentation = hex::decode(command["presentation"].as_str().unwrap());
    let presentation: Value = presentation
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default();
    let statement = digest(&json!([command["scheme"], command["request"]]));
    if presentation["statement"] == statement {
        let answer = json!({ "protocol": 1, "valid": true, "disclosed": presentation["disclosed"], "epoch": NOW / DAY });
        return (answer, 0);
    }
    let answer = json!({ "protocol": 1, "valid": false, "failed": "proof", "reason": "the proof is not one for this request" });
    (answer, 4)
}
