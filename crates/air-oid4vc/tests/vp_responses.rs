//! Presentation responses: what a wallet writes and what a verifier accepts.

use air_oid4vc::{
    Error,
    dcql::{AnswerRule, Query},
    vp::{
        AuthorizationRequest, AuthorizationResponse, ErrorCode, Nonce, Presentation, RequestOptions,
        ResponseBody, Rule, Signature, VpToken,
    },
};
use serde_json::{Value, json};

use crate::support::{object, vector};

fn query() -> Query {
    Query::from_value(&json!({ "credentials": [
        { "id": "one", "format": "dc+sd-jwt", "meta": {} },
        { "id": "many", "format": "ldp_vc", "meta": {}, "multiple": true },
    ] }))
    .unwrap()
}

fn request(state: Option<&[u8]>) -> AuthorizationRequest {
    let options = RequestOptions {
        state: state.map(|bytes| Nonce::from_random(bytes).unwrap()),
        ..RequestOptions::default()
    };
    let client = "x509_san_dns:verifier.example".parse().unwrap();
    let nonce = Nonce::from_random(&[7; 16]).unwrap();
    AuthorizationRequest::direct_post(client, "https://verifier.example/post", nonce, query(), options)
        .unwrap()
}

fn token() -> VpToken {
    let object = object(&json!({ "type": ["VerifiablePresentation"] })).clone();
    VpToken::new()
        .with("one", Presentation::Text("a.b.c~".into()))
        .with("many", Presentation::Object(object.clone()))
        .with("many", Presentation::Object(object))
}

fn rule<T: std::fmt::Debug>(result: Result<T, Error>) -> Rule {
    match result {
        Err(Error::Presentation { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_verifier_reads_what_a_wallet_posted() {
    let request = request(Some(&[1; 16]));
    let response = AuthorizationResponse::presented(token(), &request);
    let body = ResponseBody::Plain(response.clone());
    assert_eq!(ResponseBody::parse(body.to_form().as_bytes()).unwrap(), body);
    let json = Value::Object(response.to_members()).to_string();
    assert_eq!(
        AuthorizationResponse::parse_json(json.as_bytes()).unwrap(),
        response
    );
    assert_eq!(response.check_state(&request), Ok(()));
    let encrypted = ResponseBody::Encrypted("a.b.c.d.e".into());
    assert_eq!(encrypted.to_form(), "response=a.b.c.d.e");
    assert_eq!(format!("{encrypted:?}"), "Encrypted(..)");
    assert_eq!(ResponseBody::parse(b"response=a.b.c.d.e").unwrap(), encrypted);
}

#[test]
fn a_body_has_the_form_of_the_response_mode() {
    let key = json!({ "kty": "EC", "crv": "P-256", "use": "enc", "alg": "ECDH-ES", "kid": "1", "x": "x", "y": "y" });
    let metadata = json!({ "jwks": { "keys": [key] }, "vp_formats_supported": { "dc+sd-jwt": {} } });
    let request = |mode: &str| {
        let request = json!({
            "response_type": "vp_token", "response_mode": mode, "nonce": "n",
            "client_id": "x509_san_dns:verifier.example", "response_uri": "https://verifier.example/post",
            "client_metadata": metadata, "dcql_query": query().to_value(),
        });
        AuthorizationRequest::from_members(object(&request), Signature::Present).unwrap()
    };
    let (plain, encrypted) = (request("direct_post"), request("direct_post.jwt"));
    let presented = ResponseBody::Plain(AuthorizationResponse::presented(token(), &plain));
    let jwe = ResponseBody::Encrypted("a.b.c.d.e".into());
    let refusal = ResponseBody::Plain(AuthorizationResponse::refusal(ErrorCode::AccessDenied, None));
    assert_eq!(presented.check_mode(&plain), Ok(()));
    assert_eq!(rule(presented.check_mode(&encrypted)), Rule::Encrypted);
    assert_eq!(jwe.check_mode(&encrypted), Ok(()));
    assert_eq!(rule(jwe.check_mode(&plain)), Rule::NotEncrypted);
    for request in [&plain, &encrypted] {
        assert_eq!(refusal.check_mode(request), Ok(()));
    }
}

#[test]
fn a_refusal_has_its_code_and_state() {
    let with_state = request(Some(&[1; 16]));
    let refusal = AuthorizationResponse::refusal(ErrorCode::AccessDenied, Some(&with_state));
    let body = ResponseBody::Plain(refusal.clone());
    assert_eq!(body.to_form(), "error=access_denied&state=AQEBAQEBAQEBAQEBAQEBAQ");
    assert_eq!(ResponseBody::parse(body.to_form().as_bytes()).unwrap(), body);
    let unknown = ResponseBody::parse(b"error=my_error&error_description=why").unwrap();
    assert_eq!(
        unknown,
        ResponseBody::Plain(AuthorizationResponse::Refused {
            error: ErrorCode::Unknown("my_error".into()),
            description: Some("why".into()),
            state: None,
        })
    );
}

#[test]
fn a_response_of_another_session_is_refused() {
    let ours = request(Some(&[1; 16]));
    for other in [request(Some(&[2; 16])), request(None)] {
        let response = AuthorizationResponse::presented(token(), &other);
        assert_eq!(rule(response.check_state(&ours)), Rule::State);
    }
}

#[test]
fn bodies_that_break_a_rule_are_refused() {
    let cases: [(&[u8], Rule); 9] = [
        (b"", Rule::Missing),
        (b"vp_token=%5B%5D", Rule::VpToken),
        (b"vp_token=%7B%22a%22%3A%5B%5D%7D", Rule::VpToken),
        (b"vp_token=%7B%22a%22%3A%22b%22%7D", Rule::VpToken),
        (b"vp_token=%7B%22a%22%3A%5B1%5D%7D", Rule::VpToken),
        (b"vp_token=%7B%7D&vp_token=%7B%7D", Rule::Repeated),
        (b"vp_token=%7B%7D&error=a", Rule::Excluded),
        (b"vp_token=%7B%7D&response=a", Rule::Excluded),
        (b"error=%22", Rule::Type),
    ];
    for (body, expected) in cases {
        assert_eq!(
            rule(ResponseBody::parse(body)),
            expected,
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    assert!(matches!(
        ResponseBody::parse(b"vp_token=%7B"),
        Err(Error::Json { .. })
    ));
    let many: Value = (0..65).map(|_| json!("x")).collect();
    assert_eq!(
        rule(VpToken::from_value(&json!({ "a": many }))),
        Rule::Limit { most: 64 }
    );
}

#[test]
fn the_shape_of_a_token_follows_the_query() {
    assert_eq!(token().check_shape(&query()), Ok(()));
    let refused = |token: VpToken| match token.check_shape(&query()) {
        Err(Error::Answer { query, rule }) => (query, rule),
        other => panic!("{other:?}"),
    };
    let text = || Presentation::Text("a".into());
    assert_eq!(
        refused(VpToken::new().with("x", text())),
        ("x".into(), AnswerRule::Unknown)
    );
    let twice = VpToken::new().with("one", text()).with("one", text());
    assert_eq!(refused(twice), ("one".into(), AnswerRule::Multiple));
}

#[test]
fn a_presentation_is_not_shown() {
    let shown = format!("{:?}", token());
    assert!(
        !shown.contains("a.b.c") && !shown.contains("VerifiablePresentation"),
        "{shown}"
    );
}

#[test]
fn examples_of_the_specification() {
    let error = vector("openid4vp/examples/digital_credentials_api/error_invalid_request.json");
    let response = AuthorizationResponse::parse_json(error.to_string().as_bytes()).unwrap();
    assert_eq!(
        response,
        AuthorizationResponse::refusal(ErrorCode::InvalidRequest, None)
    );
    let inline = vector("openid4vp/inline-examples.json");
    let examples = inline["examples"].as_array().unwrap();
    for line in [1421, 1451] {
        let example = examples.iter().find(|example| example["line"] == line).unwrap();
        let json = example["json"].to_string();
        let response = AuthorizationResponse::parse_json(json.as_bytes()).unwrap();
        assert!(
            matches!(response, AuthorizationResponse::Presented { .. }),
            "{line}"
        );
    }
}
