//! Interoperability in both directions with `@sd-jwt/sd-jwt-vc`, the library that the platform
//! uses, and `jose`: credentials, presentations, status lists and W3C credentials. The packages are
//! in `node/`; `cargo xtask test` installs them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::SigningKey;
use air_vc::{
    Credential, Format, IssueOptions, Issuer,
    status::{Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusListVerifier},
    w3c::W3cIssueOptions,
};
use serde_json::{Value, json};

use crate::support::{ISS, NOW, STATUS_URI, Setup, VCT, after, challenge, node::ask, object, paths, subject};

fn pair(key: &SigningKey) -> Value {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    json!({ "private": parse(&key.expose_jwk()), "public": key.public_jwk() })
}

fn our_list(setup: &Setup) -> String {
    let mut list = StatusList::new(StatusBits::Two, 1000).unwrap();
    list.set(1, Status::Invalid).unwrap();
    list.set(2, Status::Suspended).unwrap();
    let options = StatusListOptions {
        issued_at: NOW,
        expires_at: Some(after(600)),
        ttl: Some(60),
        ..StatusListOptions::default()
    };
    let token = StatusListToken::sign(&setup.key, STATUS_URI, &list, &options);
    token.as_str().to_owned()
}

#[test]
#[ignore = "needs Node and its packages: cargo xtask test installs them"]
#[expect(
    clippy::too_many_lines,
    reason = "one question and its answer: Node starts once"
)]
fn node_verifies_ours_and_we_verify_theirs() {
    let setup = Setup::new();
    let challenge = challenge();
    let issue = |options: &IssueOptions| setup.issue(options, &subject()).unwrap();
    let bound = issue(&IssueOptions {
        decoys: 3,
        always_visible: paths(&["riskScore"]),
        ..setup.bound()
    });
    let chosen = bound
        .present(&paths(&["isOver18", "address.city", "visas.1"]))
        .unwrap();
    let proven = chosen.clone().bind(&setup.holder, &challenge, NOW).unwrap();
    let no_disclosure = bound.present(&[]).unwrap();
    let (listed, revoked) = (issue(&setup.listed(0)), issue(&setup.listed(1)));
    let their_claims = json!({
        "iss": ISS, "vct": VCT, "iat": NOW, "exp": after(500),
        "name": "Ada", "address": { "city": "Utopia", "zip": "1" }, "tags": ["a", "b"],
        "cnf": { "jwk": setup.holder.public_jwk() },
    });
    let nonce = json!({ "keyBindingNonce": challenge.nonce });
    let w3c_terms = W3cIssueOptions {
        types: vec!["KycIdentity".into()],
        valid_from: NOW,
        ..W3cIssueOptions::default()
    };
    let w3c = Issuer::new(ISS, &setup.key)
        .issue_w3c(&w3c_terms, &subject())
        .unwrap();
    let their_w3c = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
        "issuer": { "id": ISS }, "validFrom": "2027-01-15T08:00:00Z",
        "credentialSubject": { "id": "did:example:holder", "isOver18": true },
    });
    let answer = ask(
        "peer.mjs",
        &json!({
            "now": NOW,
            "issuer": pair(&setup.key),
            "holder": pair(&setup.holder),
            "challenge": { "nonce": challenge.nonce, "audience": challenge.audience },
            "lists": { STATUS_URI: our_list(&setup) },
            "indices": [0, 1, 2, 999],
            "verify": [
                { "token": bound.as_str() },
                { "token": no_disclosure.as_str() },
                { "token": proven.as_str(), "options": nonce },
                { "token": chosen.as_str(), "options": nonce },
                { "token": listed.as_str() },
                { "token": revoked.as_str() },
            ],
            "present": {
                "token": bound.as_str(),
                "frame": { "isOver18": true, "address": { "city": true }, "visas": { "1": { "country": true } } },
            },
            "issue": {
                "claims": their_claims,
                "frame": {
                    "_sd": ["name", "address", "tags"],
                    "_sd_decoy": 2,
                    "address": { "_sd": ["city", "zip"] },
                    "tags": { "_sd": [0, 1] },
                },
            },
            "theirList": { "uri": "https://issuer.example/statuslist/2", "bits": 1, "values": [0, 1, 0, 0, 1, 0, 0, 0, 1] },
            "w3c": w3c.as_str(),
            "theirW3c": their_w3c,
        }),
    );

    let verified = &answer["verified"];
    for (name, value) in &subject() {
        assert_eq!(verified[0].get(name), Some(value), "{name}");
    }
    assert_eq!(verified[1]["riskScore"], 12);
    assert_eq!(verified[1].get("isOver18"), None);
    assert_eq!(verified[2]["isOver18"], true);
    assert_eq!(verified[2]["address"], json!({ "city": "Utopia" }));
    assert_eq!(
        verified[2]["visas"],
        json!([{ "country": "FR", "until": "2032-02-02" }])
    );
    assert!(
        verified[3]["refused"].is_string(),
        "without a proof: {}",
        verified[3]
    );
    assert_eq!(verified[4]["isOver18"], true);
    assert!(verified[5]["refused"].is_string(), "revoked: {}", verified[5]);

    // Their holder presents our credential.
    let required = setup.verifier().requiring_key_binding(challenge.clone());
    let presented = required
        .verify(answer["presented"].as_str().unwrap(), NOW)
        .unwrap();
    assert_eq!(
        Value::Object(presented.subject().clone()),
        json!({ "isOver18": true, "riskScore": 12, "address": { "city": "Utopia" }, "visas": [{ "country": "FR" }] })
    );

    // Their issuer issues a credential, and our holder presents it.
    let issued: Credential = answer["issued"].as_str().unwrap().parse().unwrap();
    let claims = setup.claims(issued.as_str()).unwrap();
    assert_eq!(Value::Object(claims), their_claims);
    let shown = issued
        .present(&paths(&["address.city", "tags.1"]))
        .and_then(|shown| shown.bind(&setup.holder, &challenge, NOW))
        .unwrap();
    let shown = required.verify(shown.as_str(), NOW).unwrap();
    assert_eq!(
        Value::Object(shown.subject().clone()),
        json!({ "address": { "city": "Utopia" }, "tags": ["b"] })
    );

    check_lists(&setup, &answer);
    assert_eq!(answer["w3c"]["credentialSubject"], Value::Object(subject()));
    let theirs = setup
        .verifier()
        .with_format(Format::W3cJwt)
        .verify(answer["theirW3c"].as_str().unwrap(), NOW)
        .unwrap();
    assert_eq!(theirs.subject(), &object(&json!({ "isOver18": true })));
}

fn check_lists(setup: &Setup, answer: &Value) {
    assert_eq!(
        answer["statuses"][STATUS_URI],
        json!({ "bits": 2, "values": [0, 1, 2, 0] })
    );
    let uri = "https://issuer.example/statuslist/2";
    let list = StatusListVerifier::new("https://issuer.example", &setup.keys, uri)
        .verify(answer["theirList"].as_str().unwrap(), NOW)
        .unwrap();
    for (index, expected) in [0, 1, 0, 0, 1, 0, 0, 0, 1].into_iter().enumerate() {
        let index = u64::try_from(index).unwrap();
        assert_eq!(list.list().status(index).unwrap().value(), expected, "{index}");
    }
}
