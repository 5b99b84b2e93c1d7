//! `air explain`: what a text is, and the rule that it breaks.

use air_ids::UnixTime;
use air_jwt::{SigningKey, jws};
use air_mdoc::{
    Elements, IssueOptions, Issuer, IssuerSigned, KeyAuthorizations, RedirectHandover, SessionTranscript,
    ValidityInfo, X5Chain,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::support::TestEnv;

#[test]
fn an_offer_is_explained_from_an_argument_a_file_and_stdin() {
    let env = TestEnv::new();
    let offer =
        json!({ "credential_issuer": "https://issuer.example", "credential_configuration_ids": ["pid"] });
    env.write("offer.json", offer.to_string());
    let by_argument = env.air(&["explain", &offer.to_string()]).succeeded();
    assert!(
        by_argument.text().starts_with("This is a credential offer"),
        "{}",
        by_argument.text()
    );
    let by_file = env.air(&["explain", "offer.json"]).succeeded();
    let by_stdin = env.air_with(&["explain", "-"], offer.to_string()).succeeded();
    assert_eq!(by_file.text(), by_argument.text());
    assert_eq!(by_stdin.text(), by_argument.text());
}

#[test]
fn a_broken_rule_has_its_section_and_exit_code_4() {
    let env = TestEnv::new();
    let offer =
        json!({ "credential_issuer": "http://issuer.example", "credential_configuration_ids": ["pid"] });
    let run = env.air(&["explain", "--json", &offer.to_string()]);
    assert_eq!(run.code, 4, "{run:?}");
    let document = run.json();
    assert_eq!(document["kind"], "credentialOffer");
    assert_eq!(document["broken"][0]["specification"], "OpenID4VCI 1.0");
    assert_eq!(document["broken"][0]["section"], "12.2.1");
    let run = env.air(&["explain", &offer.to_string()]);
    run.failed_with(4, "1 rule is broken");
    assert!(
        run.text().contains("OpenID4VCI 1.0, section 12.2.1"),
        "{}",
        run.text()
    );
}

#[test]
fn a_credential_a_status_list_and_a_proof_are_told_apart() {
    let env = TestEnv::new();
    let key = SigningKey::generate(&mut rand::rng());
    let explain = |text: &str| env.air(&["explain", "--at", "1800000000", "--json", text]).json();

    let claims =
        json!({ "iss": "https://issuer.example", "vct": "v", "iat": 1_799_999_000, "exp": 1_799_999_900 });
    let credential = explain(&(jws::sign(&key, "dc+sd-jwt", &claims) + "~"));
    assert_eq!(
        (&credential["kind"], &credential["broken"][0]["section"]),
        (&json!("credential"), &json!("4.1.4"))
    );

    let list = explain(&jws::sign(
        &key,
        "statuslist+jwt",
        &json!({ "sub": "https://issuer.example/1", "iat": 1 }),
    ));
    assert_eq!(list["kind"], "statusList");
    assert_eq!(list["broken"][0]["specification"], "Token Status List");

    let proof = explain(&jws::sign(&key, "openid4vci-proof+jwt", &json!({})));
    assert_eq!(
        (&proof["kind"], proof["broken"].as_array().unwrap().is_empty()),
        (&json!("keyProof"), false)
    );
    let self_signed = json!({ "a": 1 });
    let other = explain(&jws::sign(&key, "JWT", &self_signed));
    assert_eq!(other["kind"], "token");
    env.air(&["explain", "hello"]).failed_with(3, "this is no offer");
}

/// An mdoc that the test issuer of air-mdoc signed, valid for a day from `NOW`, and the key of its device.
fn mdoc(device: &SigningKey) -> IssuerSigned {
    const TEST_ISSUER: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../air-mdoc/tests/vectors/test-issuer"
    );
    let signer = std::fs::read(format!("{TEST_ISSUER}/signer.der")).unwrap();
    let signer_key = std::fs::read_to_string(format!("{TEST_ISSUER}/signer-key.pem")).unwrap();
    let key = SigningKey::from_pem(&signer_key).unwrap();
    let elements = Elements::new()
        .with("org.iso.18013.5.1", "family_name", "Lovelace")
        .unwrap();
    let options = IssueOptions {
        doc_type: "org.iso.18013.5.1.mDL".parse().unwrap(),
        validity: ValidityInfo {
            signed: UnixTime::from_secs(NOW),
            valid_from: UnixTime::from_secs(NOW),
            valid_until: UnixTime::from_secs(NOW + 86_400),
            expected_update: None,
        },
        device_key: device.verifying_key().clone(),
        key_authorizations: KeyAuthorizations::default(),
        status: None,
    };
    let issuer = Issuer::new(&key, X5Chain::new(vec![signer]).unwrap());
    issuer.issue(&options, &elements, &mut rand::rng()).unwrap()
}

const NOW: u64 = 1_800_000_000;

#[test]
fn messages_with_credentials_are_not_taken_for_credentials() {
    let env = TestEnv::new();
    let vp_token = json!({ "pid": ["a.b.c~d~"] });
    for (text, kind) in [
        (
            json!({ "vp_token": vp_token }).to_string(),
            "presentationResponse",
        ),
        (format!("vp_token={vp_token}&state=s"), "presentationResponse"),
        (
            json!({ "credentials": [{ "credential": "a.b.c~d~" }] }).to_string(),
            "credentialResponse",
        ),
        (
            json!({ "access_token": "a", "token_type": "DPoP" }).to_string(),
            "tokenResponse",
        ),
    ] {
        let run = env.air(&["explain", "--json", &text]).succeeded();
        assert_eq!(run.json()["kind"], kind, "{text}");
    }
}

#[test]
fn a_chain_is_checked_under_the_anchors() {
    let env = TestEnv::new();
    let pem = |der: &[u8]| {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    };
    // The authority of air-mdoc's test issuer.
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../air-mdoc/tests/vectors/test-issuer/ca.der"
    );
    env.write("root.pem", pem(&std::fs::read(root).unwrap()));
    let other = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::default();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    env.write("other.pem", authority.self_signed(&other).unwrap().pem());
    let credential = mdoc(&SigningKey::generate(&mut rand::rng())).to_base64url();
    let at = (NOW + 1).to_string();
    let explain = |anchors: &str| {
        env.air(&[
            "explain",
            "--at",
            &at,
            "--anchors",
            anchors,
            "--json",
            &credential,
        ])
    };
    let trusted = explain("root.pem").succeeded().json();
    let named = |document: &serde_json::Value| document["parts"].to_string().contains("trusted by");
    assert!(named(&trusted), "{trusted}");
    assert!(
        !trusted["unchecked"].to_string().contains("trust anchors"),
        "{trusted}"
    );
    let run = explain("other.pem");
    assert_eq!(run.code, 4, "{run:?}");
    let refused = run.json();
    assert_eq!(refused["broken"][0]["specification"], "RFC 5280");
    assert_eq!(refused["broken"][0]["section"], "6.1");
    assert!(!named(&refused), "{refused}");
    env.write("junk.pem", "junk");
    explain("junk.pem").failed_with(3, "junk.pem");
}

#[test]
fn an_mdoc_and_its_presentation_are_explained() {
    let env = TestEnv::new();
    let device = SigningKey::generate(&mut rand::rng());
    let credential = mdoc(&device);
    let session = SessionTranscript::from(&RedirectHandover {
        client_id: "x509_san_dns:verifier.example",
        nonce: "fresh-and-random",
        jwk_thumbprint: None,
        response_uri: "https://verifier.example/response",
    });
    let response = credential
        .present(&[("org.iso.18013.5.1", "family_name")])
        .and_then(|chosen| chosen.sign(&device, &session))
        .unwrap();
    for (text, kind, unchecked) in [
        (credential.to_base64url(), "mdoc", "trust anchors"),
        (
            response.to_base64url(),
            "mdocPresentation",
            "the device's signature",
        ),
    ] {
        let at = |time: u64| {
            let time = time.to_string();
            env.air(&["explain", "--at", &time, "--json", &text])
        };
        let run = at(NOW + 1);
        assert_eq!(run.code, 0, "{run:?}");
        let document = run.json();
        assert_eq!(document["kind"], kind);
        assert_eq!(document["parts"][0], json!(["type", "org.iso.18013.5.1.mDL"]));
        assert_eq!(
            document["parts"][1],
            json!(["elements", "org.iso.18013.5.1: family_name"])
        );
        assert!(
            document["unchecked"].to_string().contains(unchecked),
            "{document}"
        );
        assert!(!document.to_string().contains("Lovelace"), "{document}");
        let run = at(NOW + 90_000);
        assert_eq!(run.code, 4, "{run:?}");
        assert_eq!(run.json()["broken"][0]["specification"], "ISO/IEC 18013-5");
        assert_eq!(run.json()["broken"][0]["section"], "9.1.2.4");
    }
}
