//! Metadata and JSON Schemas of the OpenID Foundation's conformance suite.

use air_oid4vc::{
    dcql::Query,
    vci::{
        AuthorizationCodeGrant, AuthorizationServerMetadata, CredentialOffer, CredentialRequest, InputMode,
        PreAuthorizedCodeGrant, Proofs, RequestedCredential, ResponseEncryption, Rule, TransactionCode,
    },
    vp::{AuthorizationRequest, ClientId, Nonce, RequestOptions},
};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::{broken, checked};
use crate::support::{object, vector};

fn schema(name: &str) -> Validator {
    let schema = vector(&format!("openid-conformance/schemas/{name}.json"));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

fn metadata(name: &str) -> Value {
    vector(&format!("openid-conformance/metadata/{name}.json"))
}

/// Asserts that a message of this crate is valid by a schema.
#[track_caller]
fn assert_valid(schema: &Validator, message: &Value) {
    let errors: Vec<String> = schema
        .iter_errors(message)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}: {message}");
}

const CONFIGURATIONS: &str = "/credential_configurations_supported";

/// The files for issuers: the place and the rule that is broken. Those whose verdict here is not
/// the one of the file's name follow in [`OTHER_VERDICTS`].
const ISSUERS: [(&str, Option<(&str, Rule)>); 10] = [
    (
        "valid-openid-credential-issuer-metadata-claims-path-pointer-null",
        None,
    ),
    ("valid-openid-credential-issuer-metadata-mock-full", None),
    ("valid-openid-credential-issuer-metadata-mock-minimal", None),
    (
        "valid-openid-credential-issuer-metadata-spec-DcSdJwt-claims-example",
        None,
    ),
    (
        "valid-openid-credential-issuer-metadata-spec-appendix-example",
        None,
    ),
    (
        "invalid-openid-credential-issuer-metadata-ebsi",
        Some((CONFIGURATIONS, Rule::Missing)),
    ),
    (
        "invalid-openid-credential-issuer-metadata-invalid-type-for-authorization-servers",
        Some(("/authorization_servers", Rule::Type)),
    ),
    (
        "invalid-openid-credential-issuer-metadata-missing-required-property",
        Some(("/credential_endpoint", Rule::Missing)),
    ),
    (
        "invalid-openid-credential-issuer-metadata-missing-required-property-in-optional-property",
        Some((
            "/credential_response_encryption/enc_values_supported",
            Rule::Missing,
        )),
    ),
    (
        "invalid-openid-credential-issuer-metadata-request-encryption-jwks-as-array",
        Some(("/credential_request_encryption/jwks", Rule::Type)),
    ),
];

/// The other files for issuers, with the reason.
const OTHER_VERDICTS: [(&str, Option<(&str, Rule)>); 3] = [
    // `claims` and `batch_credential_endpoint` are members of drafts. Wallets ignore unknown
    // members (section 12.2.4).
    ("invalid-openid-credential-issuer-metadata-bdr-example1", None),
    // Captured from an issuer, without a verdict. Its descriptions of claims have members of its own.
    ("credential-issuer-metadata-dresden-komm-pass", None),
    // `vct` is required (appendix A.3.2). The suite reports it in another test than the one of the schema.
    (
        "valid-openid-credential-issuer-metadata-spec-DcSdJwt-claims-missing-vct-example",
        Some(("/credential_configurations_supported/vct", Rule::FormatType)),
    ),
];

#[test]
fn metadata_of_issuers_have_the_verdict_of_their_name() {
    for (name, expected) in ISSUERS.into_iter().chain(OTHER_VERDICTS) {
        let read = checked(&metadata(name));
        let broken = read.is_err().then(|| broken(read));
        let expected = expected.map(|(place, rule)| (place.to_owned(), rule));
        assert_eq!(broken, expected, "{name}");
    }
    for (name, broken) in ISSUERS {
        assert_eq!(broken.is_none(), name.starts_with("valid-"), "{name}");
    }
}

/// The suite ignores unknown members, which its schema reports, so that `mock-full` is valid for
/// the suite only.
#[test]
fn the_schema_agrees_about_issuers() {
    let schema = schema("oid4vci-credential_issuer_metadata-1_0");
    for (name, broken) in ISSUERS {
        if !name.ends_with("mock-full") {
            assert_eq!(schema.is_valid(&metadata(name)), broken.is_none(), "{name}");
        }
    }
}

#[test]
fn metadata_of_authorization_servers_have_the_verdict_of_their_name() {
    let schema = schema("rfc8414-oauth_authorization_server_metadata");
    let issuer = "https://auth.example.com".parse().unwrap();
    let parse = |value: &Value| AuthorizationServerMetadata::parse(value.to_string().as_bytes(), &issuer);
    for name in [
        "valid-oauth-authorization-server-metadata-mock",
        "valid-oauth-authorization-server-metadata-mock-full",
    ] {
        let value = metadata(name);
        assert_valid(&schema, &value);
        let read = parse(&value).unwrap();
        // `grant_types_supported` has a default, and a parameter that is false may be absent.
        assert_eq!(read.other.get("jwks_uri"), value.get("jwks_uri"), "{name}");
        assert!(!read.anonymous_pre_authorized, "{name}");
        assert_valid(&schema, &read.to_value());
    }
    let mut value = metadata("invalid-oauth-authorization-server-metadata-multiple-errors");
    assert!(!schema.is_valid(&value));
    // Each error that a wallet depends on, one after the other.
    assert_eq!(broken(parse(&value)), ("/issuer".into(), Rule::Type));
    value["issuer"] = issuer.as_str().into();
    assert_eq!(broken(parse(&value)), ("/token_endpoint".into(), Rule::Endpoint));
    value["token_endpoint"] = "https://auth.example.com/token".into();
    let anonymous = "pre-authorized_grant_anonymous_access_supported";
    assert_eq!(broken(parse(&value)), (format!("/{anonymous}"), Rule::Type));
    value[anonymous] = true.into();
    // The wallet uses the code flow with S256 whatever `code_challenge_methods_supported` has.
    assert!(parse(&value).is_ok());
    assert!(!schema.is_valid(&value));
}

#[test]
fn offers_are_valid_by_the_schema() {
    let schema = schema("oid4vci-credential_offer-1_0");
    let server = || Some("https://as.example".to_owned());
    let code = PreAuthorizedCodeGrant {
        code: "oaKazRN8I0IbtZ0C7JuMn5".into(),
        transaction_code: Some(TransactionCode {
            input_mode: InputMode::Text,
            length: Some(6),
            description: Some("Enter the code of the letter".into()),
        }),
        authorization_server: server(),
    };
    let offer = CredentialOffer {
        issuer: "https://issuer.example".parse().unwrap(),
        configuration_ids: vec!["pid".into(), "mdl".into()],
        authorization_code: Some(AuthorizationCodeGrant {
            issuer_state: Some("state".into()),
            authorization_server: server(),
        }),
        pre_authorized_code: Some(code),
    };
    assert_valid(&schema, &offer.to_value());
    let bare = CredentialOffer {
        authorization_code: None,
        pre_authorized_code: None,
        ..offer
    };
    assert_valid(&schema, &bare.to_value());
}

#[test]
fn metadata_are_valid_by_the_schema() {
    let schema = schema("oid4vci-credential_issuer_metadata-1_0");
    let metadata = crate::conformance::issuer_metadata();
    metadata.check_as_issuer().unwrap();
    assert_valid(&schema, &metadata.to_value());
}

#[test]
fn credential_requests_are_valid_by_the_schema() {
    let schema = schema("oid4vci-credential_request-1_0");
    let by_configuration = CredentialRequest {
        credential: RequestedCredential::Configuration("pid".into()),
        proofs: Some(Proofs::jwt(["a.b.c".into(), "d.e.f".into()])),
        response_encryption: Some(ResponseEncryption {
            jwk: object(&json!({ "kty": "EC", "crv": "P-256", "alg": "ECDH-ES", "x": "a", "y": "b" }))
                .clone(),
            enc: "A256GCM".into(),
        }),
    };
    assert_valid(&schema, &by_configuration.to_value());
    let by_identifier = CredentialRequest {
        credential: RequestedCredential::Identifier("one".into()),
        proofs: None,
        response_encryption: None,
    };
    assert_valid(&schema, &by_identifier.to_value());
}

/// The schema knows the formats of HAIP alone.
#[test]
fn queries_are_valid_by_the_schema() {
    let schema = schema("oid4vp-dcql_request");
    for name in [
        "claims_alternatives",
        "complex_mdoc",
        "credentials_alternatives",
        "multi_credentials",
        "simple",
        "simple_mdoc",
        "value_matching_simple",
    ] {
        let example = vector(&format!("openid4vp/examples/query_lang/{name}.json"));
        let query = Query::from_value(&example).unwrap();
        assert_valid(&schema, &query.to_value());
    }
}

#[test]
fn verifier_info_is_valid_by_the_schema() {
    let schema = schema("oid4vp-verifier_info");
    let query = json!({ "credentials": [
        { "id": "id", "format": "dc+sd-jwt", "meta": { "vct_values": ["https://example.com/id"] } },
    ] });
    let options = RequestOptions {
        verifier_info: vec![
            json!({ "format": "jwt", "data": "a.b.c", "credential_ids": ["id"] }),
            json!({ "format": "registration_cert", "data": {} }),
        ],
        ..RequestOptions::default()
    };
    let request = AuthorizationRequest::direct_post(
        ClientId::x509_hash(b"leaf"),
        "https://verifier.example/post",
        Nonce::from_random(&[7; 16]).unwrap(),
        Query::from_value(&query).unwrap(),
        options,
    )
    .unwrap();
    let written = request.to_members()["verifier_info"].clone();
    let wrapped = Map::from_iter([("verifier_info".to_owned(), written)]);
    assert_valid(&schema, &Value::Object(wrapped));
}
