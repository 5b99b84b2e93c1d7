//! Interoperability in both directions with Digital Bazaar's libraries for Data Integrity proofs
//! and Bitstring Status Lists. The packages are in `node/`; `cargo xtask test` installs them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_vc::{
    Format, Issuer,
    status::{BitstringStatusList, MINIMUM_ENTRIES, StatusBits, StatusPurpose},
    w3c::W3cIssueOptions,
};
use serde_json::{Value, json};

use crate::support::{self, NOW, Setup, node::ask, object, subject};

const ISSUER: &str = "https://issuer.example/issuers/1";
const METHOD: &str = "https://issuer.example/issuers/1#k1";

#[test]
#[ignore = "needs Node and its packages: cargo xtask test installs them"]
fn node_verifies_our_proofs_and_lists_and_we_verify_theirs() {
    let setup = Setup::new();
    let key = setup.key.with_kid(METHOD.parse().unwrap());
    let keys = key.public_jwk().into();
    let options = W3cIssueOptions {
        types: vec!["KycIdentity".into()],
        valid_from: NOW,
        ..W3cIssueOptions::default()
    };
    let issued = Issuer::new(ISSUER, &key)
        .issue_w3c(&support::with_proof(&options, METHOD), &subject())
        .unwrap();
    let ours: Value = serde_json::from_str(issued.as_str()).unwrap();
    let mut changed = ours.clone();
    changed["credentialSubject"]["isOver18"] = json!(false);
    let mut list =
        BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, MINIMUM_ENTRIES).unwrap();
    list.set(7, 1).unwrap();
    list.set(MINIMUM_ENTRIES - 1, 1).unwrap();
    let jwk: Value = serde_json::from_str(&key.expose_jwk()).unwrap();
    let answer = ask(
        "peer-w3c.mjs",
        &json!({
            "jwk": jwk,
            "verificationMethod": METHOD,
            "controller": ISSUER,
            "date": "2027-01-15T08:00:00Z",
            "verify": [ours, changed],
            "sign": {
                "@context": ["https://www.w3.org/ns/credentials/v2"],
                "type": ["VerifiableCredential", "KycIdentity"],
                "issuer": ISSUER,
                "validFrom": "2027-01-15T08:00:00Z",
                "credentialSubject": { "id": "did:example:holder", "isOver18": true, "ratio": 0.25, "name": "Zoë €" },
            },
            "list": { "encodedList": list.to_encoded_list(), "indices": [0, 7, 8, MINIMUM_ENTRIES - 1] },
            "theirList": { "id": "https://issuer.example/lists/1", "length": MINIMUM_ENTRIES, "set": [3, 131_000] },
        }),
    );

    assert_eq!(answer["verified"][0], "verified");
    assert_ne!(answer["verified"][1], "verified");
    let theirs = air_vc::Verifier::new(ISSUER, &keys)
        .requiring_type("KycIdentity")
        .with_format(Format::W3cDataIntegrity)
        .verify(&answer["signed"].to_string(), NOW)
        .unwrap();
    assert_eq!(
        theirs.subject(),
        &object(&json!({ "isOver18": true, "ratio": 0.25, "name": "Zoë €" }))
    );

    assert_eq!(answer["statuses"], json!([false, true, false, true]));
    let theirs = object(&answer["theirList"]["credentialSubject"]);
    let theirs = BitstringStatusList::from_subject(&theirs).unwrap();
    for (index, expected) in [(0, 0), (3, 1), (4, 0), (131_000, 1), (131_001, 0)] {
        assert_eq!(theirs.value(index).unwrap(), expected, "{index}");
    }
}
