//! Numbers and names that two readers would parse differently are neither issued nor accepted.

use air_ids::UnixTime;
use air_jwt::jws;
use air_vc::{Check, Error, IssueOptions, Issuer};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{self, ISS, NOW, STATUS_URI, Setup, VCT, object};

fn inexact(pointer: &str) -> Error {
    Error::InexactNumber {
        pointer: pointer.to_owned(),
    }
}

/// A JWT whose payload is exactly this text.
fn signed_text(setup: &Setup, typ: &str, payload: &str) -> String {
    let header = json!({ "alg": "ES256", "kid": setup.key.kid(), "typ": typ });
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(&header.to_string()), encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(setup.key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn sd_jwt(setup: &Setup, claims: &str) -> String {
    let payload = format!(r#"{{"iss":"{ISS}","vct":"{VCT}",{claims}}}"#);
    signed_text(setup, "dc+sd-jwt", &payload) + "~"
}

/// Subjects with an inexact number, and its pointer.
fn inexact_subjects() -> [(Value, &'static str); 3] {
    [
        (json!({ "taxId": 1.234_567_890_123_456_8e22 }), "/taxId"),
        (json!({ "taxId": 9_007_199_254_740_992_u64 }), "/taxId"),
        (json!({ "deep": { "list": [0, i64::MIN] } }), "/deep/list/1"),
    ]
}

#[test]
fn issues_no_number_that_a_reader_may_round() {
    let setup = Setup::new();
    let issuer = Issuer::new(ISS, &setup.key);
    for (subject, pointer) in inexact_subjects() {
        let subject = object(&subject);
        let sd_jwt = issuer.issue(&setup.options(), &subject, &mut rand::rng());
        assert_eq!(sd_jwt.unwrap_err(), inexact(pointer));
    }
    let exact = object(&json!({ "a": 0.1, "b": 9_007_199_254_740_991_u64, "c": -1e-7, "d": 6.022e23 }));
    let issued = setup.issue(&setup.options(), &exact).unwrap();
    let verified = setup.verifier().verify(issued.as_str(), NOW).unwrap();
    assert_eq!(*verified.subject(), exact);
}

#[test]
fn issues_no_registered_claim_that_verifiers_refuse() {
    let setup = Setup::new();
    let options = IssueOptions {
        expires_at: Some(UnixTime::from_secs(u64::MAX)),
        ..setup.options()
    };
    assert_eq!(
        setup.issue(&options, &object(&json!({}))).unwrap_err(),
        inexact("/exp")
    );
}

#[test]
fn a_verifier_names_the_place_of_a_number_that_it_would_show_as_another() {
    let setup = Setup::new();
    for (claims, pointer) in [
        (r#""n":12345678901234567890123"#, "/n"),
        (r#""n":9007199254740992"#, "/n"),
        (r#""a":[{"b":0.123456789012345678}]"#, "/a/0/b"),
        (r#""n":1e400"#, "/n"),
        (r#""n":1e-400"#, "/n"),
        (r#""exp":1e400"#, "/exp"),
    ] {
        let refused = setup.claims(&sd_jwt(&setup, claims)).unwrap_err();
        assert_eq!(refused, inexact(pointer), "{claims}");
        assert_eq!(refused.check(), Some(Check::Format));
    }
    let shown = setup.claims(&sd_jwt(&setup, r#""n":[0.1,1.0,-2e3,0.30000000000000004]"#));
    let shown = shown.unwrap();
    let numbers: Vec<f64> = shown["n"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    assert_eq!(numbers, [0.1, 1.0, -2000.0, 0.300_000_000_000_000_04]);
}

/// `serde_json` would read the first as an object with a member twice, because this crate enables
/// its feature `raw_value`, and the second as a number with `arbitrary_precision`.
#[test]
fn refuses_a_name_that_serde_json_reserves() {
    let setup = Setup::new();
    for member in [
        r#""$serde_json::private::RawValue":"{\"b\":1,\"b\":2}""#,
        r#""$serde_json::private::Number":"1e400""#,
    ] {
        let refused = setup
            .claims(&sd_jwt(&setup, &format!(r#""a":{{{member}}}"#)))
            .unwrap_err();
        assert!(matches!(refused, Error::Format { .. }), "{refused}");
    }
    let mut subject = object(&json!({}));
    subject.insert("$serde_json::private::Number".into(), "1".into());
    let refused = setup.issue(&setup.options(), &subject).unwrap_err();
    assert!(matches!(refused, Error::Format { .. }), "{refused}");
}

#[test]
fn a_number_within_a_disclosure_is_named_by_its_place_in_the_credential() {
    let setup = Setup::new();
    let item = r#"["salt",{"n":9007199254740993}]"#;
    let digest = |text: &str| support::digest_of(&URL_SAFE_NO_PAD.encode(text));
    let member = format!(r#"["salt","list",["x",{{"...":"{}"}}]]"#, digest(item));
    let jwt = signed_text(
        &setup,
        "dc+sd-jwt",
        &format!(
            r#"{{"iss":"{ISS}","vct":"{VCT}","in":{{"_sd":["{}"]}}}}"#,
            digest(&member)
        ),
    );
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let compact = format!("{jwt}~{}~{}~", encode(&member), encode(item));
    assert_eq!(setup.claims(&compact).unwrap_err(), inexact("/in/list/1/n"));
}

#[test]
fn a_verifier_refuses_members_that_occur_twice() {
    let setup = Setup::new();
    let duplicate = |pointer: &str| Error::DuplicateMember {
        pointer: pointer.to_owned(),
    };
    for (claims, pointer) in [
        (r#""vct":"urn:air:Another""#, "/vct"),
        (r#""a":{"b":1,"b":2}"#, "/a/b"),
        (r#""a":[{"b":1,"\u0062":2}]"#, "/a/0/b"),
    ] {
        let refused = setup.claims(&sd_jwt(&setup, claims)).unwrap_err();
        assert_eq!(refused, duplicate(pointer), "{claims}");
    }
    let list = format!(
        r#"{{"sub":"{STATUS_URI}","iat":{},"status_list":{{"bits":1,"lst":"eNrbuRgAAhcBXQ","bits":2}}}}"#,
        NOW.as_secs()
    );
    let refused = air_vc::status::StatusListVerifier::new(ISS, &setup.keys, STATUS_URI)
        .verify(&signed_text(&setup, "statuslist+jwt", &list), NOW);
    assert_eq!(refused.unwrap_err(), duplicate("/status_list/bits"));
}

/// A disclosed claim can't have the name `_sd_alg`, or a name that `serde_json` reserves, at any level.
#[test]
fn refuses_a_disclosure_that_brings_a_reserved_name() {
    let setup = Setup::new();
    for disclosure in [
        json!(["salt", "_sd_alg", "sha-256"]),
        json!(["salt", "$serde_json::private::Number", "1e400"]),
    ] {
        let nested = json!({ "iss": ISS, "vct": VCT, "a": { "_sd": [support::digest(&disclosure)] } });
        let compact = jws::sign(&setup.key, "dc+sd-jwt", &nested) + "~" + &support::encode(&disclosure) + "~";
        assert!(
            matches!(setup.claims(&compact), Err(Error::Disclosure { .. })),
            "{disclosure}"
        );
    }
}

#[cfg(feature = "w3c")]
mod w3c {
    use air_vc::{Format, w3c::W3cIssueOptions};

    use super::*;

    #[test]
    fn issues_no_number_that_a_reader_may_round() {
        let setup = Setup::new();
        let issuer = Issuer::new(ISS, &setup.key);
        let jwt = W3cIssueOptions::default();
        let proof = support::with_proof(&jwt, "k");
        for (subject, pointer) in inexact_subjects() {
            for options in [&jwt, &proof] {
                let refused = issuer.issue_w3c(options, &object(&subject));
                assert_eq!(refused.unwrap_err(), inexact(pointer));
            }
        }
    }

    #[test]
    fn a_verifier_refuses_members_that_occur_twice() {
        let setup = Setup::new();
        let w3c = format!(
            r#"{{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"{ISS}","credentialSubject":{{"a":1,"a":2}}}}"#
        );
        let refused = setup
            .verifier()
            .with_format(Format::W3cJwt)
            .verify(&signed_text(&setup, "vc+jwt", &w3c), NOW);
        let duplicate = Error::DuplicateMember {
            pointer: "/credentialSubject/a".into(),
        };
        assert_eq!(refused.unwrap_err(), duplicate);
    }

    #[test]
    fn a_proof_over_ambiguous_json_is_not_looked_at() {
        let setup = Setup::new();
        for text in [
            r#"{"proof":{},"a":1,"a":2}"#,
            r#"{"proof":{},"a":9007199254740993}"#,
        ] {
            let refused = setup
                .verifier()
                .with_format(Format::W3cDataIntegrity)
                .verify(text, NOW)
                .unwrap_err();
            assert_eq!(refused.check(), Some(Check::Format));
            assert!(refused.to_string().contains("/a"), "{refused}");
        }
    }
}
