//! `air verification create --trust-list` and `air verification trust-list`: a wallet presents the credential of an issuer that the list has.

use std::time::Duration;

use air_jwt::SigningKey;
use air_vc::{IssueOptions, Issuer};
use air_x509::{Certificate, CertificateChain};
use rcgen::SanType;
use serde_json::{Value, json};

use super::issuer::now;
use crate::support::{certificates::Certified, seeded_env::SeededEnv};

const ISSUER: &str = "https://university.example";

fn certified() -> Certified {
    Certified::named(SanType::URI(ISSUER.try_into().unwrap()))
}

/// Stores a credential of the platform's type that an issuer outside the platform signed.
fn hold(env: &SeededEnv, file: &str, certified: &Certified, received_at: u64) {
    let leaf = Certificate::from_der(&certified.leaf).unwrap();
    let x5c = CertificateChain::new(leaf, Vec::new())
        .signing_x5c(&certified.key.public_jwk())
        .unwrap();
    let holder = SigningKey::generate(&mut rand::rng());
    let options = IssueOptions {
        vct: format!(
            "{}/credential-types/{}",
            env.platform.url(),
            env.id("/schemas/kyc")
        ),
        issued_at: now().saturating_sub(Duration::from_mins(1)),
        holder_key: Some(holder.public_jwk()),
        ..IssueOptions::default()
    };
    let subject = json!({ "isOver18": true });
    let credential = Issuer::new(ISSUER, &certified.key)
        .with_x5c(&x5c)
        .issue(&options, subject.as_object().unwrap(), &mut rand::rng())
        .unwrap();
    let stored = json!({
        "format": "dc+sd-jwt", "issuer": ISSUER, "configuration": "kyc", "credential": credential.as_str(),
        "key": holder.expose_pkcs8_pem().as_str(), "receivedAt": received_at,
    });
    env.cli.write(&format!("wallet/{file}"), stored.to_string());
}

#[test]
fn a_wallet_selects_the_credential_of_a_listed_authority() {
    let env = SeededEnv::of_examples();
    let (listed, other) = (certified(), certified());
    let party = json!({ "name": "University", "x509": { "anchors": [listed.anchor] }, "types": "*" });
    env.cli
        .write("trust.json", json!({ "issuers": [party] }).to_string());
    let create = [
        "verification",
        "create",
        "--url",
        env.platform.url(),
        "--partner-id",
        env.id("/partnerId"),
        "--schema",
        env.id("/schemas/kyc"),
        "--condition",
        "isOver18 equals true",
        "--trust-list",
        "trust.json",
        "--json",
    ];
    let created = env.cli.air(&create).succeeded().json();
    let program = created["programId"].as_str().unwrap();
    let ask = || {
        let request = env.air(&["request"], &["--verification-program", program, "--json"]);
        request.succeeded().json()["url"].as_str().unwrap().to_owned()
    };
    std::fs::create_dir(env.cli.path("wallet")).unwrap();
    hold(&env, "other.json", &other, 2);
    env.cli
        .air(&["wallet", "present", "--yes", &ask()])
        .failed_with(3, "no certificate has an accepted authority key identifier");

    // The other credential is newer, and was never presented.
    hold(&env, "listed.json", &listed, 1);
    let run = env
        .cli
        .air(&["wallet", "present", "--yes", "--json", &ask()])
        .succeeded();
    let presented = run.json()["presented"].clone();
    let file = presented[0]["file"].as_str().unwrap();
    assert!(file.ends_with("listed.json"), "{presented}");
    let stored: Value = serde_json::from_slice(&env.cli.read("wallet/listed.json")).unwrap();
    assert_eq!(stored["presented"], 1);

    let show = [
        "verification",
        "show",
        program,
        "--url",
        env.platform.url(),
        "--json",
    ];
    let has_list = || env.cli.air(&show).succeeded().json()["hasTrustList"] == true;
    assert!(has_list());

    let change = |change: &[&str]| {
        let command = ["verification", "trust-list", program, "--url", env.platform.url()];
        env.cli.air(&[&command[..], change].concat())
    };
    let run = change(&["--remove", "--json"]).succeeded();
    assert_eq!(run.json(), json!({ "programId": program, "issuers": [] }));
    assert!(!has_list());
    let run = change(&["--set", "trust.json"]).succeeded();
    assert!(run.text().ends_with("its list: University"), "{}", run.text());
    assert!(has_list());
    change(&[]).failed_with(2, "--set");
    change(&["--remove", "--set", "trust.json"]).failed_with(2, "--set");
    env.cli.write("empty.json", "{}");
    change(&["--set", "empty.json"]).failed_with(3, "must have at least one party");
    assert!(has_list());
    env.cli.write("trust.json", "{\"issuer\": []}");
    env.cli.air(&create).failed_with(3, "unknown field `issuer`");
}
