//! Explanations: what a text is, and the rule that it breaks.

use air_jwt::{Jwk, SigningKey, dpop::Proof, jws};
use air_oid4vc::{
    explain::{CertificateKey, Context, Explanation, Kind, explain},
    vci::{IssuerId, ProofKey, ProofOptions, prove},
};
use serde_json::{Value, json};

use crate::times::{NOW, after, before};

fn explained(text: &str) -> Explanation {
    explain(text, &Context::at(NOW)).unwrap_or_else(|| panic!("unknown: {text}"))
}

/// The specification and the section of each broken rule.
fn broken(text: &str) -> Vec<(Option<&'static str>, Option<&'static str>)> {
    let broken = explained(text).broken;
    broken
        .iter()
        .map(|rule| (rule.specification, rule.section))
        .collect()
}

fn offer(issuer: &str) -> String {
    let grant = json!({ "pre-authorized_code": "code-secret", "tx_code": { "length": 6 } });
    let grants = json!({ "urn:ietf:params:oauth:grant-type:pre-authorized_code": grant });
    json!({ "credential_issuer": issuer, "credential_configuration_ids": ["pid"], "grants": grants })
        .to_string()
}

#[test]
fn an_offer_says_what_it_offers_and_not_its_code() {
    let explanation = explained(&offer("https://issuer.example"));
    assert_eq!(
        (explanation.kind, explanation.broken.len()),
        (Kind::CredentialOffer, 0)
    );
    let shown = format!("{explanation:?}");
    assert!(
        shown.contains("of 6 characters") && shown.contains("pid"),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");
    let vci = Some("OpenID4VCI 1.0");
    assert_eq!(broken(&offer("http://issuer.example")), [(vci, Some("12.2.1"))]);
    assert_eq!(
        broken("openid-credential-offer://?credential_offer=1&credential_offer_uri=2"),
        [(vci, Some("4.1"))]
    );
}

#[test]
fn a_query_and_a_request_name_the_section() {
    let query = json!({ "credentials": [{ "id": "a b", "format": "dc+sd-jwt", "meta": {} }] });
    assert_eq!(explained(&query.to_string()).kind, Kind::Query);
    assert_eq!(broken(&query.to_string()), [(Some("OpenID4VP 1.0"), Some("6.1"))]);
    let link = "openid4vp://?client_id=x509_hash%3Ax&request_uri=https%3A%2F%2Fv.example";
    assert_eq!(explained(link).kind, Kind::PresentationRequest);
    assert_eq!(broken(link), [(Some("OpenID4VP 1.0"), Some("5.9.3"))]);
}

#[test]
fn a_key_proof_is_verified_with_its_own_key() {
    let (key, issuer) = (
        SigningKey::generate(&mut rand::rng()),
        "https://issuer.example".parse::<IssuerId>(),
    );
    let issuer = issuer.unwrap();
    let options = ProofOptions {
        issuer: &issuer,
        now: NOW,
        nonce: Some("nonce-secret"),
        client_id: None,
        key: ProofKey::Jwk,
    };
    let proof = prove(&key, &options);
    let explanation = explained(&proof);
    assert_eq!(
        (explanation.kind, explanation.broken),
        (Kind::KeyProof, Vec::new())
    );
    assert!(!format!("{:?}", explanation.parts).contains("secret"));
    let (input, _) = proof.rsplit_once('.').unwrap();
    let changed = format!("{input}.{}", "A".repeat(86));
    assert_eq!(broken(&changed), [(Some("RFC 7515"), Some("5.2"))]);
    let late = explain(&proof, &Context::at(after(3_600))).unwrap().broken;
    assert_eq!(late[0].section, Some("F.4"));
}

#[test]
fn a_dpop_proof_and_an_access_token_name_their_rules() {
    let key = SigningKey::generate(&mut rand::rng());
    let proof = Proof::new("POST", "https://issuer.example/token").unwrap();
    let proof = proof.sign(&key, NOW, &mut rand::rng());
    let explanation = explained(&proof);
    assert_eq!((explanation.kind, explanation.broken.len()), (Kind::DpopProof, 0));
    let rfc9449 = Some("RFC 9449");
    assert_eq!(
        explain(&proof, &Context::at(after(3_600))).unwrap().broken[0].specification,
        rfc9449
    );
    let without = jws::sign(
        &key,
        "dpop+jwt",
        &json!({ "iat": NOW, "jti": "1", "htm": "POST" }),
    );
    assert_eq!(broken(&without), [(rfc9449, Some("4.2")), (rfc9449, Some("4.2"))]);

    let claims = json!({
        "iss": "https://issuer.example", "exp": before(100), "iat": before(200), "aud": "a", "sub": "s",
        "client_id": "wallet", "cnf": { "jkt": "x" },
    });
    let token = jws::sign(&key, "at+jwt", &claims);
    assert_eq!(explained(&token).kind, Kind::AccessToken);
    let expected = [(Some("RFC 7519"), Some("4.1.4")), (Some("RFC 9068"), Some("2.2"))];
    assert_eq!(broken(&token), expected);
}

#[test]
fn a_private_key_in_a_header_is_a_broken_rule_and_not_shown() {
    let key = SigningKey::generate(&mut rand::rng());
    let jwk: Value = serde_json::from_str(&key.expose_jwk()).unwrap();
    let encode = |value: &Value| {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        URL_SAFE_NO_PAD.encode(value.to_string())
    };
    let header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": jwk });
    let token = format!("{}.{}.AA", encode(&header), encode(&json!({})));
    let explanation = explained(&token);
    assert!(
        explanation
            .broken
            .iter()
            .any(|rule| rule.section == Some("4.1.3"))
    );
    assert!(!format!("{explanation:?}").contains(jwk["d"].as_str().unwrap()));
}

fn with<'a>(der: &'a [u8], key: &'a Jwk) -> Context<'a> {
    Context {
        certificate: Some(CertificateKey {
            der,
            dns_names: &[],
            key,
            is_chain_checked: false,
        }),
        ..Context::at(NOW)
    }
}

#[test]
fn a_request_object_is_verified_with_the_certificate_that_it_names() {
    use air_oid4vc::{
        dcql::Query,
        vp::{AuthorizationRequest, ClientId, ClientMetadata, Nonce, RequestOptions},
    };
    let key = SigningKey::generate(&mut rand::rng());
    let query =
        json!({ "credentials": [{ "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": ["v"] } }] });
    let query = Query::from_value(&query).unwrap();
    let options = RequestOptions {
        client_metadata: Some(ClientMetadata::for_query(&query)),
        ..RequestOptions::default()
    };
    let (client, nonce) = (
        ClientId::x509_hash(b"leaf"),
        Nonce::from_random(&[2; 16]).unwrap(),
    );
    let request =
        AuthorizationRequest::direct_post(client, "https://v.example/r", nonce, query, options).unwrap();
    let jwt = request.sign_with_certificates(&key, &[b"leaf".to_vec()]).unwrap();
    let public = key.public_jwk();
    let explanation = explain(&jwt, &with(b"leaf", &public)).unwrap();
    assert_eq!(
        (explanation.kind, explanation.broken),
        (Kind::RequestObject, Vec::new())
    );
    let other = explain(&jwt, &with(b"other", &public)).unwrap().broken;
    assert_eq!(other[0].section, Some("5.9.3"));
    let stranger = SigningKey::generate(&mut rand::rng()).public_jwk();
    let foreign = explain(&jwt, &with(b"leaf", &stranger)).unwrap().broken;
    assert_eq!(foreign[0].section, Some("5.2"));
    assert!(
        explained(&jwt)
            .unchecked
            .iter()
            .any(|one| one.contains("signature"))
    );
}

#[test]
fn other_texts_are_not_explained() {
    for text in ["", "hello", "https://a.example", "{}", "a.b.c", r#"{"a":1}"#] {
        assert_eq!(explain(text, &Context::at(NOW)), None, "{text}");
    }
}
