//! Status lists in commands of the binary.

use air_jwt::{JwkSet, SigningKey};
use air_ssi::command;
use air_vc::{
    did::DidDocument,
    status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListOptions, StatusBits,
        StatusPurpose,
    },
};
use serde_json::{Value, json};

use crate::support::{ISS, METHOD, NOW, schema, subject, uris};

const URL: &str = "https://issuer.example/status/3";
const INDEX: u64 = 94_567;

/// An issuer with a key on P-256, which signs credentials and lists.
struct Setup {
    key: SigningKey,
    set: JwkSet,
    credential: Value,
}

fn run(command: &Value) -> (Value, u8) {
    let answer = command::run(command.to_string().as_bytes(), NOW);
    (answer.document, answer.exit_code)
}

fn contexts() -> Value {
    json!({ uris().json_ld_context(): schema().to_json_ld_context(&uris()) })
}

impl Setup {
    fn new() -> Self {
        let key = SigningKey::generate(&mut rand::rng()).with_kid("key-1".parse().unwrap());
        let (issued, code) = run(&json!({
            "command": "issue",
            "suite": "ecdsa-rdfc-2019",
            "issuer": ISS,
            "verificationMethod": METHOD,
            "key": key.expose_pkcs8_pem().as_str(),
            "subject": subject(),
            "types": ["KycIdentity"],
            "validFrom": NOW.as_secs(),
            "statuses": [{ "list": URL, "index": INDEX }],
            "context": [uris().json_ld_context()],
            "contexts": contexts(),
        }));
        assert_eq!(code, 0, "{issued}");
        Self {
            set: key.public_jwk().into(),
            key,
            credential: issued["credential"].clone(),
        }
    }

    fn list(&self, revoked: u64) -> String {
        let mut list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 0).unwrap();
        list.set(revoked, 1).unwrap();
        let options = BitstringStatusListOptions {
            issuer: ISS.into(),
            valid_from: Some(NOW),
            ..BitstringStatusListOptions::default()
        };
        BitstringStatusListCredential::sign(&self.key, URL, &list, &options).into_string()
    }

    fn verify(&self, lists: &[String]) -> Value {
        json!({
            "command": "verify",
            "credential": self.credential,
            "issuer": ISS,
            "issuerDocument": serde_json::from_str::<Value>(&self.document()).unwrap(),
            "statusLists": lists,
            "contexts": contexts(),
        })
    }

    fn document(&self) -> String {
        DidDocument::for_issuer(&ISS.parse().unwrap(), &self.set).to_json()
    }
}

#[test]
fn an_issued_credential_names_its_entry() {
    let setup = Setup::new();
    let entry = &setup.credential["credentialStatus"][0];
    assert_eq!(entry["statusListCredential"], URL);
    assert_eq!(entry["statusListIndex"], INDEX.to_string());
    assert_eq!(entry["statusPurpose"], "revocation");
}

/// The answer names the lists to fetch, so that a second command can pass them.
#[test]
fn a_missing_list_is_named_and_a_passed_one_decides() {
    let setup = Setup::new();
    let (missing, code) = run(&setup.verify(&[]));
    assert_eq!(code, 4, "{missing}");
    assert_eq!(missing["statusLists"], json!([URL]));

    let unrelated = "not a list".to_owned();
    let (valid, code) = run(&setup.verify(&[unrelated.clone(), setup.list(INDEX + 1)]));
    assert_eq!(code, 0, "{valid}");
    let (revoked, code) = run(&setup.verify(&[setup.list(INDEX)]));
    assert_eq!(code, 4, "{revoked}");
    assert_eq!(revoked["statusLists"], json!([]));
    assert!(
        revoked["reason"].as_str().unwrap().contains("revoked"),
        "{revoked}"
    );
    let (refused, code) = run(&setup.verify(&[unrelated]));
    assert_eq!(code, 4, "{refused}");
    let reason = refused["reason"].as_str().unwrap();
    assert!(reason.starts_with("its status list was refused"), "{reason}");

    let mut command = setup.verify(&[]);
    command["withoutStatus"] = json!(true);
    assert_eq!(run(&command).1, 0);
}

/// Nobody else decides about the issuer's credentials, and a verifier fetches nothing for a forger.
#[test]
fn only_the_issuer_names_and_signs_lists() {
    let (setup, other) = (Setup::new(), Setup::new());
    let (refused, code) = run(&setup.verify(&[other.list(INDEX + 1)]));
    assert_eq!(code, 4, "{refused}");
    assert_eq!(refused["statusLists"], json!([URL]));

    let mut forged = setup.verify(&[]);
    forged["credential"]["credentialStatus"][0]["statusListCredential"] = json!("https://forger.example/1");
    let (refused, code) = run(&forged);
    assert_eq!(code, 4, "{refused}");
    assert_eq!(refused["statusLists"], json!([]));
}

#[test]
fn the_keys_of_lists_also_come_from_a_set() {
    let setup = Setup::new();
    let mut command = setup.verify(&[setup.list(INDEX + 1)]);
    command["issuerJwks"] = serde_json::to_value(&setup.set).unwrap();
    assert_eq!(run(&command).1, 0);
    let foreign: JwkSet = SigningKey::generate(&mut rand::rng()).public_jwk().into();
    command["issuerJwks"] = serde_json::to_value(&foreign).unwrap();
    assert_eq!(run(&command).1, 4);
    command["issuerJwks"] = json!({});
    let (refused, code) = run(&command);
    assert_eq!(code, 2, "{refused}");
}
