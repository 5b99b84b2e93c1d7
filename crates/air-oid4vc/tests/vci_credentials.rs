//! Credential requests and responses, deferred ones, and notifications.

use air_oid4vc::{
    Error,
    vci::{
        CredentialRequest, CredentialResponse, DeferredCredentialRequest, ErrorCode, IssuerId,
        IssuerMetadata, NotificationEvent, NotificationRequest, Proofs, RequestedCredential, Rule,
        TokenResponse,
    },
};
use serde_json::{Value, json};

use crate::support::vector;

fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Issuance { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

fn parsed(value: &Value) -> Result<CredentialRequest, Error> {
    CredentialRequest::parse(value.to_string().as_bytes())
}

fn request() -> Value {
    json!({
        "credential_configuration_id": "pid",
        "proofs": { "jwt": ["a.b.c", "d.e.f"] },
        "credential_response_encryption": {
            "jwk": { "kty": "EC", "crv": "P-256", "alg": "ECDH-ES", "x": "x", "y": "y" }, "enc": "A256GCM",
        },
    })
}

#[test]
fn a_request_is_written_as_it_was_read() {
    let read = parsed(&request()).unwrap();
    assert_eq!(read.to_value(), request());
    assert_eq!(
        read.proofs.as_ref().unwrap().texts().collect::<Vec<_>>(),
        ["a.b.c", "d.e.f"]
    );
    assert!(!format!("{read:?}").contains("a.b.c"));
    let identifier = json!({ "credential_identifier": "pid-1" });
    assert_eq!(parsed(&identifier).unwrap().to_value(), identifier);
}

#[test]
fn refuses_each_broken_rule_of_a_request_with_its_code() {
    let invalid = ErrorCode::InvalidCredentialRequest;
    let encryption = ErrorCode::InvalidEncryptionParameters;
    let cases = [
        (
            "credential_identifier",
            json!("pid-1"),
            Rule::EitherIdentifier,
            &invalid,
        ),
        ("credential_configuration_id", json!(1), Rule::Type, &invalid),
        ("proofs", json!({}), Rule::Proofs, &ErrorCode::InvalidProof),
        (
            "proofs",
            json!({ "jwt": [] }),
            Rule::Proofs,
            &ErrorCode::InvalidProof,
        ),
        (
            "proofs",
            json!({ "jwt": [1] }),
            Rule::Proofs,
            &ErrorCode::InvalidProof,
        ),
        (
            "proofs",
            json!({ "jwt": ["a"], "attestation": ["b"] }),
            Rule::Proofs,
            &ErrorCode::InvalidProof,
        ),
        (
            "proofs",
            json!({ "di_vp": ["a"] }),
            Rule::Proofs,
            &ErrorCode::InvalidProof,
        ),
        (
            "credential_response_encryption",
            json!({ "enc": "A256GCM" }),
            Rule::Encryption,
            &encryption,
        ),
        (
            "credential_response_encryption",
            json!({ "jwk": { "alg": "ECDH-ES", "d": "x" }, "enc": "A256GCM" }),
            Rule::Encryption,
            &encryption,
        ),
        (
            "credential_response_encryption",
            json!({ "jwk": { "alg": "ECDH-ES" }, "enc": "A256GCM", "zip": "DEF" }),
            Rule::Encryption,
            &encryption,
        ),
    ];
    for (name, value, expected, code) in cases {
        let mut request = request();
        request[name] = value.clone();
        let found = rule(parsed(&request));
        assert_eq!((found, &found.code()), (expected, code), "{name} {value}");
    }
    assert_eq!(rule(parsed(&json!({}))), Rule::EitherIdentifier);
}

fn metadata() -> IssuerMetadata {
    let issuer: IssuerId = "https://issuer.example".parse().unwrap();
    let json = json!({
        "credential_issuer": "https://issuer.example",
        "credential_endpoint": "https://issuer.example/credential",
        "batch_credential_issuance": { "batch_size": 2 },
        "credential_configurations_supported": {
            "pid": {
                "format": "dc+sd-jwt", "vct": "pid", "cryptographic_binding_methods_supported": ["jwk"],
                "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": ["ES256"] } },
            },
            "ticket": { "format": "dc+sd-jwt", "vct": "ticket" },
        },
    });
    IssuerMetadata::parse(json.to_string().as_bytes(), &issuer).unwrap()
}

#[test]
fn a_request_fits_the_metadata() {
    let proofs = |count: usize| Some(Proofs::jwt(vec!["a.b.c".to_owned(); count]));
    let check = |id: &str, proofs: Option<Proofs>, metadata: &IssuerMetadata| {
        let credential = RequestedCredential::Configuration(id.into());
        let request = CredentialRequest {
            credential,
            proofs,
            response_encryption: None,
        };
        request.check_metadata(id, metadata)
    };
    let metadata = metadata();
    assert_eq!(check("pid", proofs(2), &metadata), Ok(()));
    assert_eq!(check("ticket", None, &metadata), Ok(()));
    assert_eq!(rule(check("pid", proofs(3), &metadata)), Rule::Batch);
    assert_eq!(rule(check("pid", None, &metadata)), Rule::ProofRequired);
    assert_eq!(
        rule(check("unknown", None, &metadata)),
        Rule::UnknownConfiguration
    );
    assert_eq!(
        Rule::UnknownConfiguration.code(),
        ErrorCode::UnknownCredentialConfiguration
    );
    let attested = Proofs {
        kind: "attestation".into(),
        proofs: vec!["a".into()],
    };
    assert_eq!(rule(check("pid", Some(attested), &metadata)), Rule::ProofType);
    // A plain proof does not show that the key is attested.
    let required = json!({
        "proof_signing_alg_values_supported": ["ES256"],
        "key_attestations_required": { "key_storage": ["iso_18045_high"] },
    });
    let mut attesting = metadata.to_value();
    attesting["credential_configurations_supported"]["pid"]["proof_types_supported"] =
        json!({ "jwt": required, "attestation": required });
    let attesting = IssuerMetadata::parse(attesting.to_string().as_bytes(), &metadata.issuer).unwrap();
    let found = rule(check("pid", proofs(1), &attesting));
    assert_eq!(
        (found, found.code()),
        (Rule::KeyAttestation, ErrorCode::InvalidProof)
    );
    let attestation = Proofs {
        kind: "attestation".into(),
        proofs: vec!["a".into()],
    };
    assert_eq!(check("pid", Some(attestation), &attesting), Ok(()));
    let single = IssuerMetadata {
        batch_size: None,
        ..metadata
    };
    assert_eq!(check("pid", proofs(1), &single), Ok(()));
    assert_eq!(rule(check("pid", proofs(2), &single)), Rule::Batch);
}

#[test]
fn an_identifier_is_used_exactly_if_the_token_has_some() {
    let token = |details: Value| {
        let mut token = json!({ "access_token": "a", "token_type": "Bearer" });
        if !details.is_null() {
            token["authorization_details"] = details;
        }
        TokenResponse::parse(token.to_string().as_bytes()).unwrap()
    };
    let plain = token(Value::Null);
    let detailed = token(json!([{
        "type": "openid_credential", "credential_configuration_id": "pid", "credential_identifiers": ["pid-1"],
    }]));
    let by_id = parsed(&json!({ "credential_identifier": "pid-1" })).unwrap();
    let by_configuration = parsed(&json!({ "credential_configuration_id": "pid" })).unwrap();
    assert_eq!(by_configuration.check_token(&plain, &["pid"]), Ok("pid"));
    assert_eq!(by_id.check_token(&detailed, &["pid"]), Ok("pid"));
    assert_eq!(rule(by_id.check_token(&plain, &["pid"])), Rule::UnknownIdentifier);
    assert_eq!(
        rule(by_configuration.check_token(&detailed, &["pid"])),
        Rule::IdentifierOfToken
    );
    // A configuration that nobody authorised, whether or not the token response has identifiers.
    for (request, token) in [(&by_configuration, &plain), (&by_id, &detailed)] {
        for authorized in [&["licence"][..], &[]] {
            let found = rule(request.check_token(token, authorized));
            assert_eq!(
                (found, found.code()),
                (Rule::Authorized, ErrorCode::InsufficientScope)
            );
        }
    }
    let other = parsed(&json!({ "credential_identifier": "pid-2" })).unwrap();
    assert_eq!(
        rule(other.check_token(&detailed, &["pid"])),
        Rule::UnknownIdentifier
    );
}

#[test]
fn responses_are_written_as_they_were_read() {
    let parse = |value: &Value| CredentialResponse::parse(value.to_string().as_bytes());
    let issued = json!({ "credentials": [{ "credential": "a" }, { "credential": { "b": 1 } }], "notification_id": "n" });
    let deferred = json!({ "transaction_id": "t", "interval": 5 });
    for (value, status) in [(&issued, 200), (&deferred, 202)] {
        let read = parse(value).unwrap();
        assert_eq!((&read.to_value(), read.status()), (value, status));
    }
    let cases = [
        (json!({}), Rule::EitherCredentials),
        (
            json!({ "credentials": [{ "credential": "a" }], "transaction_id": "t" }),
            Rule::EitherCredentials,
        ),
        (json!({ "credentials": [] }), Rule::Type),
        (json!({ "credentials": ["a"] }), Rule::Type),
        (json!({ "credentials": [{ "credential": 1 }] }), Rule::Type),
        (
            json!({ "credentials": [{ "credential": "a" }], "interval": 1 }),
            Rule::Excluded,
        ),
        (json!({ "transaction_id": "t" }), Rule::Interval),
        (json!({ "transaction_id": "t", "interval": 0 }), Rule::Interval),
        (
            json!({ "transaction_id": "t", "interval": 1, "notification_id": "n" }),
            Rule::Excluded,
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(rule(parse(&value)), expected, "{value}");
    }
}

#[test]
fn a_deferral_keeps_its_transaction() {
    let request = DeferredCredentialRequest::parse(br#"{"transaction_id":"t"}"#).unwrap();
    assert_eq!(request.to_value(), json!({ "transaction_id": "t" }));
    assert_eq!(
        format!("{request:?}"),
        "DeferredCredentialRequest { response_encryption: None, .. }"
    );
    let answer = |id: &str| CredentialResponse::Deferred {
        transaction_id: id.into(),
        interval: 5,
    };
    assert_eq!(answer("t").check_deferred(&request), Ok(()));
    assert_eq!(rule(answer("u").check_deferred(&request)), Rule::SameTransaction);
    assert_eq!(rule(DeferredCredentialRequest::parse(b"{}")), Rule::Missing);
}

#[test]
fn notifications_are_written_as_they_were_read() {
    let parse = |value: &Value| NotificationRequest::parse(value.to_string().as_bytes());
    let value = json!({ "notification_id": "n", "event": "credential_deleted", "event_description": "No." });
    let read = parse(&value).unwrap();
    assert_eq!(read.event, NotificationEvent::Deleted);
    assert_eq!(read.to_value(), value);
    assert_eq!(
        rule(parse(
            &json!({ "notification_id": "n", "event": "credential_lost" })
        )),
        Rule::Event
    );
    assert_eq!(
        rule(parse(&json!({ "event": "credential_failure" }))),
        Rule::Missing
    );
    let unprintable =
        json!({ "notification_id": "n", "event": "credential_failure", "event_description": "ä" });
    assert_eq!(rule(parse(&unprintable)), Rule::Characters);
}

#[test]
fn examples_of_the_specification() {
    let inline = vector("openid4vci/inline-examples.json");
    let body = |line: u64| {
        let examples = inline["examples"].as_array().unwrap();
        let example = examples.iter().find(|example| example["line"] == line).unwrap();
        example["body_json"].to_string()
    };
    for (line, status) in [(985, 200), (1001, 200), (1020, 202), (1132, 200), (1151, 202)] {
        assert_eq!(
            CredentialResponse::parse(body(line).as_bytes()).unwrap().status(),
            status,
            "{line}"
        );
    }
    assert!(DeferredCredentialRequest::parse(body(1101).as_bytes()).is_ok());
    for line in [1221, 1235] {
        assert!(
            NotificationRequest::parse(body(line).as_bytes()).is_ok(),
            "{line}"
        );
    }
    // An example of a draft, which names the format in place of the configuration.
    let draft = vector("openid4vci/examples/credential_request_iso_mdl.json");
    assert_eq!(rule(parsed(&draft)), Rule::EitherIdentifier);
}
