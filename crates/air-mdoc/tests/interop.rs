//! Interoperability with `@owf/mdoc` of the OpenWallet Foundation, in both directions, and with
//! `pymdoccbor`, which reads our responses. `cargo xtask mdoc` installs the packages and runs this.
#![allow(clippy::indexing_slicing, reason = "tests fail by panic")]

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use air_jwt::{SigningKey, VerifyingKey};
use air_mdoc::{
    DcApiHandover, DeviceResponse, Error, IssuerClaim, IssuerSigned, RedirectHandover, SessionTranscript,
    StatusListClaims, StatusListCwt, UntrustedIssuer, Value as Cbor, Verifier, full_date,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::{
    DOC_TYPE, ELSEWHERE, NAMESPACE, NOW, ROOT, SIGNER, Setup, certificate_key, change_item,
};

const THUMBPRINT: [u8; 32] = [7; 32];

/// Sends a question to a program of `tests/` and returns its answer.
fn ask(program: &str, script: &str, question: &Value) -> Value {
    let mut peer = Command::new(program)
        .arg(script)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = peer.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = peer.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn redirect() -> RedirectHandover<'static> {
    RedirectHandover {
        jwk_thumbprint: Some(THUMBPRINT),
        ..crate::support::handover()
    }
}

fn dc_api() -> DcApiHandover<'static> {
    DcApiHandover {
        origin: "https://verifier.example",
        nonce: "fresh-and-random",
        jwk_thumbprint: Some(THUMBPRINT),
    }
}

/// Trusts the test issuer's certificate.
fn signer(claim: &IssuerClaim<'_>) -> Result<VerifyingKey, UntrustedIssuer> {
    if claim.certificates.leaf() == SIGNER {
        Ok(certificate_key(SIGNER))
    } else {
        Err(UntrustedIssuer::new("another certificate"))
    }
}

#[test]
#[ignore = "needs Node and the package of tests/node: `cargo xtask mdoc` runs it"]
fn owf_mdoc_verifies_ours_and_we_verify_theirs() {
    let setup = Setup::new();
    let (redirect, dc_api) = (redirect(), dc_api());
    let sessions = [
        SessionTranscript::from(&redirect),
        SessionTranscript::from(&dc_api),
    ];
    let credential = setup.credential();
    let present = |identifiers: &[&str], session| {
        let chosen: Vec<_> = identifiers
            .iter()
            .map(|identifier| (NAMESPACE, *identifier))
            .collect();
        let presentation = credential.present(&chosen).unwrap();
        presentation.sign(&setup.device, session).unwrap().to_base64url()
    };
    let private = |key: &SigningKey| -> Value { serde_json::from_str(&key.expose_jwk()).unwrap() };
    let answer = ask(
        "node",
        "node/peer.mjs",
        &json!({
            "now": NOW,
            "docType": DOC_TYPE,
            "namespace": NAMESPACE,
            "signerKey": private(&setup.issuer),
            "deviceKey": private(&setup.device),
            "certificate": STANDARD.encode(SIGNER),
            "root": STANDARD.encode(ROOT),
            "thumbprint": STANDARD.encode(THUMBPRINT),
            "redirect": {
                "clientId": redirect.client_id, "nonce": redirect.nonce, "responseUri": redirect.response_uri,
            },
            "dcApi": { "origin": dc_api.origin, "nonce": dc_api.nonce },
            "credential": credential.to_base64url(),
            "responses": {
                "redirect": present(&["family_name", "birth_date", "issuing_country"], &sessions[0]),
                "dcApi": present(&["age_over_18"], &sessions[1]),
            },
        }),
    );

    for (name, session) in ["redirect", "dcApi"].iter().zip(&sessions) {
        assert_eq!(
            answer["transcripts"][name],
            hex::encode(session.as_bytes()),
            "{name}"
        );
    }
    let verified = &answer["verified"];
    let disclosed = json!({ "family_name": "Lovelace", "birth_date": "1815-12-10", "issuing_country": "UT" });
    assert_eq!(verified["redirect"]["claims"], disclosed, "{verified}");
    assert_eq!(
        verified["dcApi"]["claims"],
        json!({ "age_over_18": true }),
        "{verified}"
    );
    assert!(verified["mixedUp"]["error"].is_string(), "{verified}");

    // Theirs, with the key of the certificate.
    let verifier = Verifier::new(&signer);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let theirs = IssuerSigned::from_base64url(&text(&answer["theirCredential"])).unwrap();
    let held = verifier.verify_issuer_signed(&theirs, NOW).unwrap();
    assert_eq!(held.elements().values().next().unwrap().len(), 5);
    let responses = &answer["theirResponses"];
    let read = |value: &Value| DeviceResponse::from_base64url(&text(value)).unwrap();
    let (by_redirect, by_dc_api) = (read(&responses["redirect"]), read(&responses["dcApi"]));
    let document = verifier
        .verify(&by_redirect, &sessions[0], NOW)
        .unwrap()
        .remove(0);
    assert_eq!(
        document.element(NAMESPACE, "family_name"),
        Some(&Cbor::from("Hopper"))
    );
    assert_eq!(
        document.element(NAMESPACE, "birth_date"),
        Some(&full_date("1906-12-09").unwrap())
    );
    assert_eq!(document.element(NAMESPACE, "portrait"), None);
    assert!(verifier.verify(&by_dc_api, &sessions[1], NOW).is_ok());
    let mixed_up = verifier.verify(&by_dc_api, &sessions[0], NOW);
    assert_eq!(mixed_up.unwrap_err(), Error::DeviceSignature);

    // Our wallet presents their credential, and theirs presents ours.
    let chosen = theirs.present(&[(NAMESPACE, "age_over_18")]).unwrap();
    let response = chosen.sign(&setup.device, &sessions[0]).unwrap();
    assert!(verifier.verify(&response, &sessions[0], NOW).is_ok());
    let ours = read(&answer["oursPresented"]);
    let document = verifier.verify(&ours, &sessions[0], NOW).unwrap().remove(0);
    assert_eq!(
        document.element(NAMESPACE, "age_over_18"),
        Some(&Cbor::Bool(true))
    );
    assert_eq!(document.element(NAMESPACE, "family_name"), None);
}

#[test]
#[ignore = "needs Node and the packages of tests/node: `cargo xtask mdoc` runs it"]
fn owf_token_status_list_verifies_ours_and_we_verify_theirs() {
    let key = SigningKey::generate(&mut rand::rng());
    let private: Value = serde_json::from_str(&key.expose_jwk()).unwrap();
    let claims = StatusListClaims {
        issuer: None,
        uri: "https://issuer.example/statuslist/1".into(),
        issued_at: NOW,
        not_before: None,
        expires_at: None,
        ttl: Some(300),
        bits: 2,
        // The statuses 0, 1, 2 and 3 in one byte.
        compressed: hex::decode("78da7b020000e500e5").unwrap(),
    };
    let ours = StatusListCwt::sign(&key, &claims, None).unwrap();
    let answer = ask(
        "node",
        "node/status_list.mjs",
        &json!({
            "now": NOW,
            "key": private,
            "uri": claims.uri,
            "statuses": [0, 1, 2, 3],
            "token": STANDARD.encode(ours.to_bytes()),
        }),
    );
    assert_eq!(answer["verifies"], true, "{answer}");
    assert_eq!(answer["hasType"], true, "{answer}");
    assert_eq!(answer["subject"], claims.uri);
    assert_eq!(answer["issuedAt"], json!(NOW));
    assert_eq!(answer["timeToLive"], 300);
    assert_eq!(answer["statuses"], json!([0, 1, 2, 3]));

    let theirs = STANDARD.decode(answer["token"].as_str().unwrap()).unwrap();
    let read = StatusListCwt::from_slice(&theirs)
        .and_then(|token| token.verify(key.verifying_key()))
        .unwrap();
    let expected = StatusListClaims {
        expires_at: Some(NOW.saturating_add(Duration::from_hours(1))),
        ..claims
    };
    assert_eq!(read, expected);
}

#[test]
#[ignore = "needs Python and the package of tests/python: `cargo xtask mdoc` runs it"]
fn pymdoccbor_reads_ours() {
    let setup = Setup::new();
    let changed = setup.with_document(|document| {
        change_item(document, |item| {
            *crate::support::member(item, "elementValue") = "Byron".into();
        });
    });
    let answer = ask(
        "python3",
        "python/peer.py",
        &json!({
            "root": hex::encode(ROOT),
            "responses": {
                "ours": hex::encode(setup.response().as_bytes()),
                "changed": hex::encode(changed),
            },
        }),
    );
    let ours = &answer["ours"];
    assert_eq!(ours["isValid"], true, "{answer}");
    assert_eq!(ours["docType"], DOC_TYPE);
    assert_eq!(ours["hashes"]["verified"], 2, "{answer}");
    assert_eq!(
        ours["elements"][NAMESPACE],
        json!({ "family_name": "'Lovelace'" })
    );
    assert_eq!(ours["elements"][ELSEWHERE], json!({ "visits": "3" }));
    assert_eq!(ours["status"]["status_list"]["idx"], 412);
    assert_eq!(answer["changed"]["isValid"], false, "{answer}");
}
