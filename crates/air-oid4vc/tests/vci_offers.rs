//! Metadata, offers and tokens: what an issuer writes and what a wallet accepts.

use air_oid4vc::{
    Error,
    vci::{
        AuthorizationCodeGrant, AuthorizationServerMetadata, CredentialOffer, ErrorCode, ErrorResponse,
        FormatMetadata, HAIP_VCI, InputMode, IssuerId, IssuerMetadata, METADATA_TYPE, NonceResponse,
        OPENID_CREDENTIAL_OFFER, OfferLink, PreAuthorizedCodeGrant, Rule, TokenRequest, TokenResponse,
        TransactionCode,
    },
};
use serde_json::{Map, Value, json};

use crate::support::{object, vector};
use crate::times::{NOW, after};

const ISSUER: &str = "https://issuer.example/tenant";

fn issuer() -> IssuerId {
    ISSUER.parse().unwrap()
}

fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Issuance { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

fn metadata() -> Value {
    json!({
        "credential_issuer": ISSUER,
        "authorization_servers": ["https://as.example", "https://as.example/2"],
        "credential_endpoint": "https://issuer.example/credential",
        "nonce_endpoint": "https://issuer.example/nonce",
        "deferred_credential_endpoint": "https://issuer.example/deferred",
        "notification_endpoint": "https://issuer.example/notification",
        "batch_credential_issuance": { "batch_size": 10 },
        "display": [{ "name": "Issuer" }],
        "credential_configurations_supported": {
            "pid": {
                "format": "dc+sd-jwt", "vct": "https://issuer.example/pid", "scope": "pid",
                "cryptographic_binding_methods_supported": ["jwk"],
                "proof_types_supported": {
                    "jwt": {
                        "proof_signing_alg_values_supported": ["ES256"],
                        "key_attestations_required": { "key_storage": ["iso_18045_moderate"] },
                    },
                },
                "credential_metadata": { "display": [{ "name": "PID" }] },
            },
            "mdl": { "format": "mso_mdoc", "doctype": "org.iso.18013.5.1.mDL" },
            "degree": { "format": "ldp_vc", "credential_definition": { "@context": [], "type": ["Degree"] } },
            "other": { "format": "com.example", "anything": 1 },
        },
    })
}

fn parsed(value: &Value) -> Result<IssuerMetadata, Error> {
    IssuerMetadata::parse(value.to_string().as_bytes(), &issuer())
}

#[test]
fn the_well_known_path_is_between_host_and_path() {
    let cases = [
        (
            "https://issuer.example.com",
            "https://issuer.example.com/.well-known/openid-credential-issuer",
        ),
        (
            "https://issuer.example.com/",
            "https://issuer.example.com/.well-known/openid-credential-issuer",
        ),
        (
            "https://issuer.example.com/tenant",
            "https://issuer.example.com/.well-known/openid-credential-issuer/tenant",
        ),
        (
            "https://issuer.example.com:8443/a/b",
            "https://issuer.example.com:8443/.well-known/openid-credential-issuer/a/b",
        ),
    ];
    for (id, expected) in cases {
        assert_eq!(id.parse::<IssuerId>().unwrap().metadata_url(), expected);
    }
    assert_eq!(
        issuer().authorization_server_metadata_url(),
        "https://issuer.example/.well-known/oauth-authorization-server/tenant"
    );
}

#[test]
fn an_issuer_is_an_https_url_without_query_and_fragment() {
    for bad in [
        "http://issuer.example",
        "https://issuer.example?a=b",
        "https://issuer.example?",
        "https://issuer.example#a",
        "https://user@issuer.example",
        " https://issuer.example",
        "https:issuer.example",
        "https://issuer.example\\a",
        "issuer.example",
        "",
    ] {
        assert_eq!(rule(bad.parse::<IssuerId>()), Rule::IssuerId, "{bad}");
    }
    assert!("http://localhost:3000/a".parse::<IssuerId>().is_ok());
}

#[test]
fn metadata_is_written_as_it_was_read() {
    let read = parsed(&metadata()).unwrap();
    assert_eq!(read.to_value(), metadata());
    assert_eq!(read.batch_size, Some(10));
    assert_eq!(read.token_issuers().len(), 2);
    let pid = &read.configurations["pid"];
    assert_eq!(
        pid.format,
        FormatMetadata::SdJwtVc {
            vct: "https://issuer.example/pid".into()
        }
    );
    assert_eq!(pid.proof_types["jwt"].algorithms, ["ES256"]);
    assert_eq!(read.check_as_issuer(), Ok(()));
    let mut alone = metadata();
    alone.as_object_mut().unwrap().remove("authorization_servers");
    assert_eq!(parsed(&alone).unwrap().token_issuers(), [issuer()]);
}

#[test]
fn refuses_each_broken_rule_of_metadata_by_name() {
    let cases = [
        (
            "/credential_issuer",
            json!("https://issuer.example/Tenant"),
            Rule::SameIssuer,
        ),
        (
            "/credential_issuer",
            json!("https://issuer.example/tenant/"),
            Rule::SameIssuer,
        ),
        (
            "/credential_endpoint",
            json!("http://issuer.example/credential"),
            Rule::Endpoint,
        ),
        ("/nonce_endpoint", json!(1), Rule::Type),
        ("/authorization_servers", json!([]), Rule::Type),
        (
            "/authorization_servers/0",
            json!("as.example"),
            Rule::AuthorizationServers,
        ),
        ("/batch_credential_issuance/batch_size", json!(1), Rule::BatchSize),
        ("/credential_configurations_supported", json!([]), Rule::Type),
        ("/credential_configurations_supported/pid", json!([]), Rule::Type),
        (
            "/credential_configurations_supported/pid/format",
            json!(""),
            Rule::Type,
        ),
        (
            "/credential_configurations_supported/pid/vct",
            json!(1),
            Rule::FormatType,
        ),
        (
            "/credential_configurations_supported/mdl/doctype",
            json!(""),
            Rule::FormatType,
        ),
        (
            "/credential_configurations_supported/degree/credential_definition",
            json!({}),
            Rule::FormatType,
        ),
        (
            "/credential_configurations_supported/pid/proof_types_supported/jwt",
            json!({}),
            Rule::Missing,
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut metadata = metadata();
        *metadata.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(rule(parsed(&metadata)), expected, "{pointer} {value}");
    }
    let mut without = metadata();
    without.as_object_mut().unwrap().remove("credential_endpoint");
    assert_eq!(rule(parsed(&without)), Rule::Missing);
    let mut unbound = parsed(&metadata()).unwrap();
    unbound.configurations.get_mut("pid").unwrap().proof_types.clear();
    assert_eq!(rule(unbound.check_as_issuer()), Rule::BindingMethods);
}

#[test]
fn signed_metadata_is_typed_current_and_of_the_issuer() {
    let key = air_jwt::SigningKey::generate(&mut rand::rng());
    let signed = |typ: &str, name: &str, value: Value| {
        let mut claims = object(&metadata()).clone();
        claims.insert("sub".into(), ISSUER.into());
        claims.insert("iat".into(), json!(NOW));
        claims.insert(name.into(), value);
        air_jwt::jws::sign(&key, typ, &claims)
    };
    let verify = |jwt: &str| IssuerMetadata::verify(jwt, &key.public_jwk(), &issuer(), NOW, 0);
    let read = verify(&signed(METADATA_TYPE, "exp", json!(after(1)))).unwrap();
    assert_eq!(read.configurations.len(), 4);
    assert_eq!(
        rule(verify(&signed("JWT", "exp", json!(after(1))))),
        Rule::MetadataType
    );
    assert_eq!(
        rule(verify(&signed(METADATA_TYPE, "exp", json!(NOW)))),
        Rule::Validity
    );
    assert_eq!(
        rule(verify(&signed(METADATA_TYPE, "exp", json!("never")))),
        Rule::Validity
    );
    assert_eq!(
        rule(verify(&signed(METADATA_TYPE, "iat", json!(after(1))))),
        Rule::Validity
    );
    assert_eq!(
        rule(verify(&signed(METADATA_TYPE, "iat", json!("now")))),
        Rule::Missing
    );
    assert_eq!(
        rule(verify(&signed(
            METADATA_TYPE,
            "sub",
            json!("https://other.example")
        ))),
        Rule::SameIssuer
    );
    let other = air_jwt::SigningKey::generate(&mut rand::rng()).public_jwk();
    let jwt = signed(METADATA_TYPE, "exp", json!(after(1)));
    let refused = IssuerMetadata::verify(&jwt, &other, &issuer(), NOW, 0);
    assert!(matches!(refused, Err(Error::Token { .. })));
}

#[test]
fn metadata_of_an_authorization_server() {
    let value = json!({
        "issuer": ISSUER, "token_endpoint": "https://issuer.example/token",
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:pre-authorized_code"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "pre-authorized_grant_anonymous_access_supported": true, "jwks_uri": "https://issuer.example/jwks",
    });
    let parse = |value: &Value| AuthorizationServerMetadata::parse(value.to_string().as_bytes(), &issuer());
    let read = parse(&value).unwrap();
    assert!(read.anonymous_pre_authorized);
    assert_eq!(read.to_value(), value);
    assert_eq!(
        rule(parse(&json!({ "issuer": "https://other.example" }))),
        Rule::SameIssuer
    );
    assert!(
        !parse(&json!({ "issuer": ISSUER }))
            .unwrap()
            .anonymous_pre_authorized
    );
}

fn offer() -> CredentialOffer {
    CredentialOffer {
        issuer: issuer(),
        configuration_ids: vec!["pid".into()],
        authorization_code: Some(AuthorizationCodeGrant {
            issuer_state: Some("state".into()),
            authorization_server: Some("https://as.example".into()),
        }),
        pre_authorized_code: Some(PreAuthorizedCodeGrant {
            code: "secret-code".into(),
            transaction_code: Some(TransactionCode {
                input_mode: InputMode::Text,
                length: Some(6),
                description: Some("See the letter".into()),
            }),
            authorization_server: None,
        }),
    }
}

#[test]
fn a_wallet_reads_the_offer_that_an_issuer_wrote() {
    let link = OfferLink::Offer(Box::new(offer()));
    for wallet in [
        OPENID_CREDENTIAL_OFFER,
        HAIP_VCI,
        "https://wallet.example/offer?lang=en",
    ] {
        assert_eq!(OfferLink::parse(&link.to_link(wallet)).unwrap(), link, "{wallet}");
    }
    let uri = OfferLink::Uri("https://issuer.example/offers/1".into());
    assert_eq!(
        uri.to_link(OPENID_CREDENTIAL_OFFER),
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffers%2F1"
    );
    assert_eq!(OfferLink::parse(&uri.to_link(HAIP_VCI)).unwrap(), uri);
    assert_eq!(offer().check_metadata(&parsed(&metadata()).unwrap()), Ok(()));
    assert!(!format!("{:?}", offer()).contains("secret-code"));
}

#[test]
fn refuses_each_broken_rule_of_an_offer_by_name() {
    let parse = |pointer: &str, value: Value| {
        let mut offer = offer().to_value();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        offer
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert(name.into(), value);
        CredentialOffer::parse(offer.to_string().as_bytes())
    };
    let grant = "/grants/urn:ietf:params:oauth:grant-type:pre-authorized_code";
    let cases = [
        (
            "/credential_issuer".to_owned(),
            json!("http://issuer.example"),
            Rule::IssuerId,
        ),
        ("/credential_configuration_ids".into(), json!([]), Rule::Type),
        (
            "/credential_configuration_ids".into(),
            json!(["a", "a"]),
            Rule::ConfigurationIds,
        ),
        (
            "/credential_configuration_ids".into(),
            json!([""]),
            Rule::ConfigurationIds,
        ),
        ("/credential_configuration_ids".into(), json!([1]), Rule::Type),
        ("/grants".into(), json!([]), Rule::Type),
        (format!("{grant}/pre-authorized_code"), json!(1), Rule::Type),
        (format!("{grant}/tx_code"), json!(true), Rule::Type),
        (
            format!("{grant}/tx_code/input_mode"),
            json!("letters"),
            Rule::InputMode,
        ),
        (format!("{grant}/tx_code/length"), json!("6"), Rule::Type),
        (
            format!("{grant}/tx_code/description"),
            json!("x".repeat(301)),
            Rule::Description,
        ),
    ];
    for (pointer, value, expected) in cases {
        assert_eq!(
            rule(parse(&pointer, value.clone())),
            expected,
            "{pointer} {value}"
        );
    }
    assert!(parse(&format!("{grant}/tx_code/description"), json!("ä".repeat(300))).is_ok());
    let mut unknown = offer();
    unknown.configuration_ids = vec!["unknown".into()];
    let metadata = parsed(&metadata()).unwrap();
    assert_eq!(
        rule(unknown.check_metadata(&metadata)),
        Rule::UnknownConfiguration
    );
    let mut other = offer();
    other.authorization_code.as_mut().unwrap().authorization_server = Some("https://x.example".into());
    assert_eq!(rule(other.check_metadata(&metadata)), Rule::AuthorizationServer);
    other.issuer = "https://other.example".parse().unwrap();
    assert_eq!(rule(other.check_metadata(&metadata)), Rule::SameIssuer);
    let mut single = metadata.clone();
    single.authorization_servers.truncate(1);
    assert_eq!(rule(offer().check_metadata(&single)), Rule::AuthorizationServer);
}

#[test]
fn links_that_break_a_rule_are_refused() {
    let cases = [
        ("http://?credential_offer=%7B%7D", Rule::OfferLink),
        ("openid-credential-offer://", Rule::OfferLink),
        (
            "openid-credential-offer://?credential_offer=a&credential_offer_uri=b",
            Rule::OfferLink,
        ),
        (
            "openid-credential-offer://?credential_offer=a&credential_offer=b",
            Rule::Repeated,
        ),
        (
            "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fa.example",
            Rule::Endpoint,
        ),
        ("nothing", Rule::OfferLink),
    ];
    for (link, expected) in cases {
        assert_eq!(rule(OfferLink::parse(link)), expected, "{link}");
    }
    let malformed = OfferLink::parse("openid-credential-offer://?credential_offer=%7B");
    assert!(matches!(malformed, Err(Error::Json { .. })));
}

#[test]
fn a_token_request_has_the_transaction_code_that_the_offer_requires() {
    let grant = offer().pre_authorized_code.unwrap();
    let request = TokenRequest::for_grant(&grant, Some("123 456")).unwrap();
    assert_eq!(
        TokenRequest::parse(request.to_form().as_bytes()).unwrap(),
        request
    );
    assert!(!format!("{request:?}").contains("123"));
    assert_eq!(rule(TokenRequest::for_grant(&grant, None)), Rule::TransactionCode);
    let free = PreAuthorizedCodeGrant {
        transaction_code: None,
        ..grant
    };
    assert_eq!(
        rule(TokenRequest::for_grant(&free, Some("1"))),
        Rule::TransactionCode
    );
    assert_eq!(Rule::TransactionCode.code(), ErrorCode::InvalidRequest);
    let cases = [
        ("grant_type=authorization_code&code=a", Rule::GrantType),
        ("pre-authorized_code=a", Rule::Missing),
        (
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code",
            Rule::Missing,
        ),
        ("grant_type=a&grant_type=a", Rule::Repeated),
    ];
    for (body, expected) in cases {
        assert_eq!(rule(TokenRequest::parse(body.as_bytes())), expected, "{body}");
    }
}

#[test]
fn a_token_response_is_written_as_it_was_read() {
    let value = json!({
        "access_token": "secret", "token_type": "DPoP", "expires_in": 600,
        "authorization_details": [{
            "type": "openid_credential", "credential_configuration_id": "pid",
            "credential_identifiers": ["pid-1"],
        }],
    });
    let read = TokenResponse::parse(value.to_string().as_bytes()).unwrap();
    assert_eq!(read.to_value(), value);
    assert!(read.has_identifiers() && !format!("{read:?}").contains("secret"));
    let parse = |value: Value| TokenResponse::parse(value.to_string().as_bytes());
    assert_eq!(rule(parse(json!({ "token_type": "Bearer" }))), Rule::Missing);
    let empty = json!({ "access_token": "a", "token_type": "Bearer", "authorization_details": [{
        "type": "openid_credential", "credential_configuration_id": "pid" }] });
    assert_eq!(rule(parse(empty)), Rule::Missing);
    let nonce = NonceResponse { c_nonce: "n".into() };
    assert_eq!(
        NonceResponse::parse(nonce.to_value().to_string().as_bytes()).unwrap(),
        nonce
    );
    assert_eq!(rule(NonceResponse::parse(b"{}")), Rule::Missing);
}

#[test]
fn an_error_response_names_the_rule() {
    let error = CredentialOffer::parse(b"{}").unwrap_err();
    let response = ErrorResponse::from(&error);
    assert_eq!(
        ErrorResponse::parse(response.to_value().to_string().as_bytes()).unwrap(),
        response
    );
    assert!(
        response
            .description()
            .unwrap()
            .contains("/credential_issuer must be present")
    );
    let described = ErrorResponse::from(ErrorCode::InvalidGrant).with_description("expired");
    assert_eq!(
        described.unwrap().to_value(),
        json!({ "error": "invalid_grant", "error_description": "expired" })
    );
    let described = ErrorResponse::from(ErrorCode::InvalidGrant).with_description("\"");
    assert_eq!(rule(described), Rule::Characters);
    let unknown = ErrorResponse::parse(br#"{"error":"my_error"}"#).unwrap();
    assert_eq!(unknown.code(), &ErrorCode::Unknown("my_error".into()));
}

#[test]
fn examples_of_the_specification() {
    for name in ["by_reference", "multiple_credentials", "pre-authz_code"] {
        let example = vector(&format!("openid4vci/examples/credential_offer_{name}.json"));
        let offer = CredentialOffer::parse(example.to_string().as_bytes()).unwrap();
        let mut written = offer.to_value();
        // `numeric` is the default and is not written.
        let mut expected = example.clone();
        for value in [&mut written, &mut expected] {
            if let Some(code) =
                value.pointer_mut("/grants/urn:ietf:params:oauth:grant-type:pre-authorized_code/tx_code")
            {
                code.as_object_mut().unwrap().remove("input_mode");
            }
        }
        assert_eq!(written, expected, "{name}");
    }
    // Fragments of metadata, to which the required members are added.
    for name in ["jwt_vc_json", "ldp_vc", "mso_mdoc", "sd_jwt_vc"] {
        let mut example = vector(&format!("openid4vci/examples/credential_metadata_{name}.json"));
        let members: &mut Map<String, Value> = example.as_object_mut().unwrap();
        members.insert("credential_issuer".into(), ISSUER.into());
        members.insert(
            "credential_endpoint".into(),
            "https://issuer.example/credential".into(),
        );
        let read = parsed(&example).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.to_value(), example, "{name}");
    }
    let long = vector("openid4vci/examples/credential_issuer_metadata_sd_jwt_long.json");
    let id: IssuerId = long["credential_issuer"].as_str().unwrap().parse().unwrap();
    let read = IssuerMetadata::parse(long.to_string().as_bytes(), &id).unwrap();
    assert_eq!(read.to_value(), long);
    let inline = vector("openid4vci/inline-examples.json");
    let body = |line: u64| {
        let examples = inline["examples"].as_array().unwrap();
        let example = examples.iter().find(|example| example["line"] == line).unwrap();
        example["body_json"].to_string()
    };
    assert!(
        TokenResponse::parse(body(728).as_bytes())
            .unwrap()
            .has_identifiers()
    );
    assert_eq!(
        NonceResponse::parse(body(813).as_bytes()).unwrap().c_nonce,
        "wKI4LT17ac15ES9bw8ac4"
    );
    for (line, code) in [
        (772, ErrorCode::InvalidRequest),
        (1061, ErrorCode::UnknownCredentialConfiguration),
        (1171, ErrorCode::InvalidTransactionId),
        (1272, ErrorCode::InvalidNotificationId),
    ] {
        assert_eq!(
            ErrorResponse::parse(body(line).as_bytes()).unwrap().code(),
            &code,
            "{line}"
        );
    }
}

#[test]
fn debug_shows_nothing_that_gives_access() {
    let grant = AuthorizationCodeGrant {
        issuer_state: Some("secret".into()),
        authorization_server: Some("https://as.example".into()),
    };
    assert_eq!(
        format!("{grant:?}"),
        r#"AuthorizationCodeGrant { authorization_server: Some("https://as.example"), .. }"#
    );
    let link = OfferLink::Uri("https://issuer.example/offers/secret".into());
    assert_eq!(format!("{link:?}"), "Uri(..)");
}
