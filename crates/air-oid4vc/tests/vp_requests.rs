//! Presentation requests: what a verifier writes and what a wallet accepts.

use air_jwt::SigningKey;
use air_oid4vc::{
    Error,
    dcql::Query,
    vp::{
        AuthorizationRequest, ClientId, ClientMetadata, ErrorCode, Expected, Invocation, Nonce, OPENID4VP,
        RequestObject, RequestOptions, RequestUriMethod, RequestUriPost, Rule, Signature, TransactionData,
    },
};
use serde_json::{Map, Value, json};

use crate::support::{object, vector};
use crate::times::{NOW, after};

pub(crate) const RESPONSE_URI: &str = "https://verifier.example/post";

fn query() -> Query {
    Query::from_value(&json!({ "credentials": [
        { "id": "id", "format": "dc+sd-jwt", "meta": { "vct_values": ["https://example.com/id"] } },
    ] }))
    .unwrap()
}

pub(crate) fn nonce() -> Nonce {
    Nonce::from_random(&[7; 16]).unwrap()
}

pub(crate) fn did() -> ClientId {
    "decentralized_identifier:did:web:verifier.example"
        .parse()
        .unwrap()
}

fn key() -> SigningKey {
    let kid = "did:web:verifier.example#1".parse().unwrap();
    SigningKey::generate(&mut rand::rng()).with_kid(kid)
}

pub(crate) fn request(options: RequestOptions) -> Result<AuthorizationRequest, Error> {
    AuthorizationRequest::direct_post(did(), RESPONSE_URI, nonce(), query(), options)
}

/// Metadata with a key for the encrypted response.
fn encryption() -> ClientMetadata {
    let key = json!({ "kty": "EC", "crv": "P-256", "kid": "1", "alg": "ECDH-ES", "use": "enc", "x": "a", "y": "b" });
    ClientMetadata {
        keys: vec![object(&key).clone()],
        ..ClientMetadata::for_query(&query())
    }
}

pub(crate) fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Presentation { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

fn expected() -> Expected<'static> {
    Expected {
        now: NOW,
        ..Expected::default()
    }
}

#[test]
fn a_wallet_reads_what_a_verifier_signed() {
    let options = RequestOptions {
        encrypted: true,
        state: Some(Nonce::from_random(&[9; 32]).unwrap()),
        client_metadata: Some(encryption()),
        transaction_data: vec![TransactionData::new("payment", &["id"], Map::new()).unwrap()],
        wallet_nonce: Some(nonce()),
        verifier_info: vec![json!({ "format": "jwt", "data": "x" })],
    };
    let request = request(options).unwrap();
    let key = key();
    let jwt = request.sign(&key).unwrap();
    let object = RequestObject::parse(&jwt).unwrap();
    assert_eq!(object.client_id(), &did());
    assert_eq!(object.kid(), Some("did:web:verifier.example#1"));
    assert_eq!(
        format!("{object:?}"),
        r#"RequestObject(Unverified { alg: Some("ES256"), typ: Some("oauth-authz-req+jwt"), kid: Some("did:web:verifier.example#1"), .. })"#
    );
    let (nonce, did) = (nonce(), did());
    let expected = Expected {
        client_id: Some(&did),
        wallet_nonce: Some(nonce.as_str()),
        ..expected()
    };
    assert_eq!(object.verify(&key.public_jwk(), &expected).unwrap(), request);
    assert_eq!(
        request.audience(None).unwrap(),
        "decentralized_identifier:did:web:verifier.example"
    );
}

#[test]
fn a_request_object_for_another_wallet_or_time_is_refused() {
    let key = key();
    let signed = |change: &dyn Fn(&mut Map<String, Value>)| {
        let mut claims = request(RequestOptions::default()).unwrap().to_members();
        change(&mut claims);
        air_jwt::jws::sign(&key, "oauth-authz-req+jwt", &claims)
    };
    let verify = |jwt: &str, expected: Expected<'_>| {
        RequestObject::parse(jwt).and_then(|object| object.verify(&key.public_jwk(), &expected))
    };
    let plain = signed(&|_| {});
    assert!(verify(&plain, expected()).is_ok());
    let other = "x509_san_dns:verifier.example".parse().unwrap();
    let linked = Expected {
        client_id: Some(&other),
        ..expected()
    };
    assert_eq!(rule(verify(&plain, linked)), Rule::SameClientId);
    let with_nonce = Expected {
        wallet_nonce: Some("n"),
        ..expected()
    };
    assert_eq!(rule(verify(&plain, with_nonce)), Rule::WalletNonce);
    let cases: [(&str, Value, Option<Rule>); 8] = [
        ("aud", json!("https://wallet.example"), Some(Rule::Audience)),
        ("aud", json!(["https://self-issued.me/v2"]), None),
        ("exp", json!(NOW), Some(Rule::Validity)),
        ("exp", json!(after(1)), None),
        ("nbf", json!(after(1)), Some(Rule::Validity)),
        ("iat", json!(after(1)), Some(Rule::Validity)),
        ("iat", json!("now"), Some(Rule::Type)),
        ("iss", json!("https://ignored.example"), None),
    ];
    for (name, value, broken) in cases {
        let jwt = signed(&|claims| drop(claims.insert(name.into(), value.clone())));
        let found = verify(&jwt, expected())
            .err()
            .map(|error| rule(Err::<(), _>(error)));
        assert_eq!(found, broken, "{name} {value}");
    }
    let theirs = Expected {
        audience: Some("https://wallet.example"),
        ..expected()
    };
    let jwt = signed(&|claims| drop(claims.insert("aud".into(), "https://wallet.example".into())));
    assert!(verify(&jwt, theirs).is_ok());
}

#[test]
fn a_request_object_needs_its_type_and_its_key() {
    let key = key();
    let claims = request(RequestOptions::default()).unwrap().to_members();
    let untyped = air_jwt::jws::sign(&key, "JWT", &claims);
    assert_eq!(rule(RequestObject::parse(&untyped)), Rule::ObjectType);
    let jwt = air_jwt::jws::sign(&key, "oauth-authz-req+jwt", &claims);
    let other = SigningKey::generate(&mut rand::rng()).public_jwk();
    let refused = RequestObject::parse(&jwt).unwrap().verify(&other, &expected());
    assert!(matches!(refused, Err(Error::Token { .. })), "{refused:?}");
    // A key of another DID.
    let stranger =
        SigningKey::generate(&mut rand::rng()).with_kid("did:web:other.example#1".parse().unwrap());
    assert_eq!(
        rule(request(RequestOptions::default()).unwrap().sign(&stranger)),
        Rule::PrefixedId
    );
    let jwt = air_jwt::jws::sign(&stranger, "oauth-authz-req+jwt", &claims);
    let object = RequestObject::parse(&jwt).unwrap();
    assert_eq!(
        rule(object.verify(&stranger.public_jwk(), &expected())),
        Rule::PrefixedId
    );
}

#[test]
fn a_request_names_the_certificate_that_signed_it() {
    use base64::{Engine, engine::general_purpose::STANDARD};

    let (key, leaf) = (SigningKey::generate(&mut rand::rng()), b"leaf".to_vec());
    let client = ClientId::x509_hash(&leaf);
    let options = RequestOptions::default();
    let request = AuthorizationRequest::direct_post(client.clone(), RESPONSE_URI, nonce(), query(), options);
    let request = request.unwrap();
    let jwt = request
        .sign_with_certificates(&key, &[leaf, b"intermediate".to_vec()])
        .unwrap();
    let object = RequestObject::parse(&jwt).unwrap();
    let certificates = object.certificates();
    assert_eq!(certificates.len(), 2);
    let leaf = STANDARD.decode(certificates[0]).unwrap();
    assert_eq!(object.client_id().check_certificate(&leaf, &[]), Ok(()));
    assert_eq!(object.verify(&key.public_jwk(), &expected()).unwrap(), request);
    let other = request.sign_with_certificates(&key, &[b"other".to_vec()]);
    assert_eq!(rule(other), Rule::Certificate);
    assert_eq!(rule(request.sign_with_certificates(&key, &[])), Rule::Certificate);
    assert_eq!(request.audience(None), Some(client.to_string()));
}

/// The parameters of a valid unsigned request.
fn members() -> Map<String, Value> {
    object(&json!({
        "response_type": "vp_token", "response_mode": "direct_post",
        "client_id": format!("redirect_uri:{RESPONSE_URI}"), "response_uri": RESPONSE_URI,
        "nonce": "n-0S6_WzA2Mj", "dcql_query": query().to_value(), "unknown": [1],
    }))
    .clone()
}

#[test]
fn refuses_each_broken_rule_of_a_request_by_name() {
    let unbound = json!({ "credentials": [
        { "id": "id", "format": "dc+sd-jwt", "meta": {}, "require_cryptographic_holder_binding": false },
    ] });
    let other_id = TransactionData::new("payment", &["other"], Map::new()).unwrap();
    let unsigned: [(&str, Value, Rule); 24] = [
        ("response_type", Value::Null, Rule::Missing),
        ("response_type", json!(1), Rule::Type),
        ("response_type", json!("code"), Rule::ResponseType),
        ("response_mode", Value::Null, Rule::Missing),
        ("response_mode", json!("fragment"), Rule::ResponseMode),
        ("response_mode", json!("direct_post.jwt"), Rule::EncryptionKey),
        ("client_id", Value::Null, Rule::Missing),
        ("client_id", json!(""), Rule::ClientId),
        ("client_id", json!("origin:https://a.example"), Rule::OriginPrefix),
        ("client_id", json!("x509_hash:abc"), Rule::PrefixedId),
        (
            "client_id",
            json!("x509_san_dns:verifier.example"),
            Rule::SignatureRequired,
        ),
        (
            "client_id",
            json!("redirect_uri:https://other.example/"),
            Rule::ResponseUriOfClient,
        ),
        ("response_uri", json!("http://verifier.example/post"), Rule::Url),
        ("redirect_uri", json!(RESPONSE_URI), Rule::RedirectUri),
        ("nonce", Value::Null, Rule::Missing),
        ("nonce", json!("a b"), Rule::UrlSafe),
        ("nonce", json!("n".repeat(1025)), Rule::Limit { most: 1024 }),
        ("state", json!("ä"), Rule::UrlSafe),
        ("dcql_query", Value::Null, Rule::Missing),
        ("dcql_query", unbound, Rule::StateRequired),
        ("scope", json!("com.example"), Rule::Scope),
        (
            "client_metadata",
            json!({ "jwks": { "keys": [{ "kty": "EC" }] } }),
            Rule::KeyMembers,
        ),
        ("transaction_data", json!([]), Rule::TransactionData),
        (
            "transaction_data",
            json!([other_id.as_str()]),
            Rule::TransactionCredential,
        ),
    ];
    assert!(AuthorizationRequest::from_members(&members(), Signature::Absent).is_ok());
    for (name, value, expected) in unsigned {
        let mut members = members();
        match value.clone() {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.into(), value)),
        }
        let found = AuthorizationRequest::from_members(&members, Signature::Absent);
        assert_eq!(rule(found), expected, "{name} {value}");
    }
    let found = AuthorizationRequest::from_members(&members(), Signature::Present);
    assert_eq!(rule(found), Rule::SignatureForbidden);
}

#[test]
fn errors_have_the_codes_of_the_specification() {
    let code = |name: &str, value: Value| {
        let mut members = members();
        members.insert(name.into(), value);
        AuthorizationRequest::from_members(&members, Signature::Absent)
            .unwrap_err()
            .code()
    };
    assert_eq!(code("nonce", json!("")), ErrorCode::InvalidRequest);
    assert_eq!(code("dcql_query", json!({})), ErrorCode::InvalidRequest);
    assert_eq!(
        code("response_type", json!("code")),
        ErrorCode::UnsupportedResponseType
    );
    assert_eq!(
        code("transaction_data", json!(["e30"])),
        ErrorCode::InvalidTransactionData
    );
    let link = "openid4vp://?client_id=a&request_uri=https%3A%2F%2Fa.example&request_uri_method=PUT";
    assert_eq!(
        Invocation::parse(link).unwrap_err().code(),
        ErrorCode::InvalidRequestUriMethod
    );
    assert_eq!(
        Error::NoMatch { query: "id".into() }.code(),
        ErrorCode::AccessDenied
    );
}

#[test]
fn the_response_uri_belongs_to_the_client() {
    let made = |client: &str, uri: &str| {
        let client = client.parse().unwrap();
        AuthorizationRequest::direct_post(client, uri, nonce(), query(), RequestOptions::default())
    };
    assert!(made("x509_san_dns:Verifier.example", RESPONSE_URI).is_ok());
    assert_eq!(
        rule(made("x509_san_dns:other.example", RESPONSE_URI)),
        Rule::ResponseHostOfClient
    );
    let mut members = members();
    members.remove("response_uri");
    let request = AuthorizationRequest::from_members(&members, Signature::Absent).unwrap();
    assert_eq!(
        request.response_uri(),
        Some(RESPONSE_URI),
        "the identifier names it"
    );
}

#[test]
fn a_client_identifier_keeps_its_prefix() {
    let hash = ClientId::x509_hash(b"certificate");
    for text in [
        "redirect_uri:https://client.example.org/cb",
        "openid_federation:https://federation-verifier.example.com",
        "decentralized_identifier:did:example:123",
        "verifier_attestation:verifier.example",
        "x509_san_dns:client.example.org",
        "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
        "example-client",
        "unknown:prefix",
        &hash.to_string(),
    ] {
        assert_eq!(text.parse::<ClientId>().unwrap().to_string(), text);
    }
    assert_eq!(hash.check_certificate(b"certificate", &[]), Ok(()));
    assert_eq!(rule(hash.check_certificate(b"other", &[])), Rule::Certificate);
    let dns: ClientId = "x509_san_dns:client.example.org".parse().unwrap();
    assert_eq!(
        dns.check_certificate(b"", &["a.example", "client.example.org"]),
        Ok(())
    );
    assert_eq!(
        rule(dns.check_certificate(b"", &["a.example"])),
        Rule::Certificate
    );
    assert_eq!(rule(did().check_certificate(b"", &[])), Rule::Certificate);
    for bad in [
        "x509_san_dns:a..b",
        "decentralized_identifier:web:a",
        "redirect_uri:a",
    ] {
        assert_eq!(rule(bad.parse::<ClientId>()), Rule::PrefixedId, "{bad}");
    }
}

#[test]
fn a_new_nonce_has_128_bits() {
    assert_eq!(rule(Nonce::from_random(&[1; 15])), Rule::Entropy);
    assert_eq!(Nonce::from_random(&[1; 16]).unwrap().as_str().len(), 22);
}

#[test]
fn the_digital_credentials_api_has_origins_in_place_of_uris() {
    let plain = || RequestOptions::default();
    let unsigned = AuthorizationRequest::dc_api(None, nonce(), query(), plain()).unwrap();
    let read = AuthorizationRequest::from_members(&unsigned.to_members(), Signature::Absent).unwrap();
    assert_eq!(read, unsigned);
    assert_eq!(
        read.audience(Some("https://a.example")).unwrap(),
        "origin:https://a.example"
    );
    assert_eq!(read.audience(None), None);
    assert_eq!(read.check_origin("https://any.example"), Ok(()));

    let mut members = unsigned.to_members();
    members.insert("client_id".into(), "x509_san_dns:a.example".into());
    members.insert("expected_origins".into(), json!(["https://b.example"]));
    let read = AuthorizationRequest::from_members(&members, Signature::Absent).unwrap();
    assert_eq!(read, unsigned, "the wallet ignores both in an unsigned request");

    let origins = vec!["https://a.example".to_owned()];
    let signed = AuthorizationRequest::dc_api(Some((did(), origins)), nonce(), query(), plain()).unwrap();
    assert_eq!(signed.check_origin("https://a.example"), Ok(()));
    assert_eq!(rule(signed.check_origin("https://A.example")), Rule::Origin);
    let none = AuthorizationRequest::dc_api(Some((did(), Vec::new())), nonce(), query(), plain());
    assert_eq!(rule(none), Rule::Missing);
    let mut members = signed.to_members();
    members.remove("expected_origins");
    assert_eq!(
        rule(AuthorizationRequest::from_members(&members, Signature::Present)),
        Rule::Missing
    );
}

#[test]
fn links_are_read_as_they_were_written() {
    let reference = Invocation::ByReference {
        client_id: did(),
        request_uri: "https://verifier.example/request/1".into(),
        method: RequestUriMethod::Post,
    };
    let link = reference.to_link(OPENID4VP);
    assert_eq!(
        link,
        "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Averifier.example\
         &request_uri=https%3A%2F%2Fverifier.example%2Frequest%2F1&request_uri_method=post"
    );
    assert_eq!(Invocation::parse(&link).unwrap(), reference);
    assert_eq!(
        Invocation::parse(&reference.to_link("https://wallet.example/a?b=c")).unwrap(),
        reference
    );
    let value = Invocation::ByValue {
        client_id: did(),
        request: "a.b.c".into(),
    };
    assert_eq!(Invocation::parse(&value.to_link("haip-vp://")).unwrap(), value);
    assert!(!format!("{value:?}").contains("a.b.c"));
    let request = AuthorizationRequest::from_members(&members(), Signature::Absent).unwrap();
    let unsigned = Invocation::Unsigned(Box::new(request));
    assert_eq!(Invocation::parse(&unsigned.to_link(OPENID4VP)).unwrap(), unsigned);
}

#[test]
fn links_that_break_a_rule_are_refused() {
    let uri = "request_uri=https%3A%2F%2Fa.example%2F1";
    let cases = [
        (format!("http://?client_id=a&{uri}"), Rule::Scheme),
        ("not a link".into(), Rule::Scheme),
        (format!("openid4vp://?{uri}"), Rule::Missing),
        (format!("openid4vp://?client_id=a&{uri}&{uri}"), Rule::Repeated),
        (
            format!("openid4vp://?client_id=a&{uri}&request=a.b.c"),
            Rule::OneRequest,
        ),
        (
            format!("openid4vp://?client_id=a&{uri}&request_uri_method=POST"),
            Rule::RequestUriMethod,
        ),
        (
            "openid4vp://?client_id=a&request=a.b.c&request_uri_method=get".into(),
            Rule::RequestUriMethod,
        ),
        (
            "openid4vp://?client_id=a&request_uri=http%3A%2F%2Fa.example%2F1".into(),
            Rule::Url,
        ),
    ];
    for (link, expected) in cases {
        assert_eq!(rule(Invocation::parse(&link)), expected, "{link}");
    }
    let long = format!("openid4vp://?client_id={}", "a".repeat(64 * 1024));
    assert!(matches!(Invocation::parse(&long), Err(Error::TooLong { .. })));
}

#[test]
fn the_post_to_a_request_uri_is_read_as_it_was_written() {
    let post = RequestUriPost {
        wallet_metadata: Some(object(&json!({ "vp_formats_supported": {} })).clone()),
        wallet_nonce: Some(nonce()),
    };
    assert_eq!(RequestUriPost::parse(post.to_form().as_bytes()).unwrap(), post);
    assert_eq!(RequestUriPost::parse(b"").unwrap(), RequestUriPost::default());
    assert_eq!(rule(RequestUriPost::parse(b"wallet_metadata=1")), Rule::Type);
    assert_eq!(rule(RequestUriPost::parse(b"wallet_nonce=%20")), Rule::UrlSafe);
}

#[test]
fn examples_of_the_specification() {
    let inline = vector("openid4vp/inline-examples.json");
    let examples = inline["examples"].as_array().unwrap();
    let example = |line: u64| examples.iter().find(|example| example["line"] == line).unwrap();
    // An encrypted request of the Digital Credentials API.
    let encrypted =
        AuthorizationRequest::from_members(object(&example(1330)["json"]), Signature::Absent).unwrap();
    assert!(encrypted.response_mode().is_encrypted());
    let metadata = encrypted.options().client_metadata.clone().unwrap();
    let curves = metadata.encryption_keys().map(|key| key["crv"].as_str().unwrap());
    assert_eq!(curves.collect::<Vec<_>>(), ["P-256", "X25519", "P-384", "X448"]);
    assert_eq!(
        metadata.accepted_enc_values().collect::<Vec<_>>(),
        ["A128GCM", "A128CBC-HS256"]
    );
    // A request by reference, folded over lines.
    let text = example(473)["text"].as_str().unwrap();
    let folded: String = text
        .trim_start_matches("GET /authorize")
        .lines()
        .map(str::trim)
        .collect();
    let parameters = folded.trim_end_matches(" HTTP/1.1");
    let link = format!("https://wallet.example/authorize{parameters}");
    assert!(matches!(
        Invocation::parse(&link).unwrap(),
        Invocation::ByReference { client_id: ClientId::X509SanDns(name), method: RequestUriMethod::Post, .. }
            if name == "client.example.org"
    ));
    for name in ["mso_mdoc", "sd_jwt_vc", "w3c_jwt", "w3c_ldp"] {
        let metadata = vector(&format!(
            "openid4vp/examples/client_metadata/{name}_verifier_metadata.json"
        ));
        let mut members = members();
        members.insert("client_metadata".into(), metadata);
        let request = AuthorizationRequest::from_members(&members, Signature::Absent);
        assert_eq!(
            request
                .unwrap()
                .options()
                .client_metadata
                .as_ref()
                .unwrap()
                .formats
                .len(),
            1,
            "{name}"
        );
    }
}
