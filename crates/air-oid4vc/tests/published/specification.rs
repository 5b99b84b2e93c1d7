//! The example files of the two specifications that are HTTP messages, tokens or fragments.

use std::time::Duration;

use air_jwt::{
    JwkSet,
    client_attestation::{Attestation, AttesterKeys},
    jws::Unverified,
};
use air_mdoc::IssuerSigned;
use air_oid4vc::{
    oauth,
    vci::{CredentialOffer, CredentialResponse, FormatMetadata, IssuerMetadata, Rule},
    vp::{self, AuthorizationRequest, Expected, REQUEST_OBJECT_TYPE, RequestObject, Signature},
};
use air_vc::Inspection;
use air_x509::{Anchors, Certificate, CertificateChain, Error, UnixTime, Validator};
use serde_json::{Value, json};

use super::{broken, joined, text};
use crate::support::{object, vector};

/// 2025-08-13, when the wallet's attestation is valid.
const NOW: UnixTime = UnixTime::from_secs(1_755_100_000);

/// The JSON body of a message. Strings that the example folds are joined, as its README says.
fn body(name: &str) -> Value {
    let message = text(&format!("openid4vci/examples/{name}.txt"));
    let start = message.find('{').unwrap();
    let unfolded: String = message[start..].lines().map(str::trim).collect();
    serde_json::from_str(&unfolded).unwrap()
}

/// A folded token, and the leaf of its chain. The certificates are self-signed, which HAIP forbids.
fn signed(name: &str) -> (String, Certificate) {
    let token = joined(&text(&format!("openid4vci/examples/{name}.txt")));
    let header = Unverified::parse(&token, 1 << 20).unwrap().header()["x5c"].clone();
    let chain = CertificateChain::from_x5c(&header).unwrap();
    let leaf = chain.leaf().clone();
    let refused = Validator::haip(&Anchors::default())
        .validate(chain, NOW)
        .unwrap_err();
    assert!(
        matches!(refused, Error::LeafSelfSigned | Error::LeafIsAuthority),
        "{name}: {refused}"
    );
    (token, leaf)
}

#[test]
fn signed_metadata_verify_with_the_certificate_that_they_carry() {
    let (token, leaf) = signed("credential_issuer_metadata_sd_jwt_jwt");
    let issuer = "https://credential-issuer.example.com".parse().unwrap();
    let key = leaf.jwk().unwrap();
    let metadata = IssuerMetadata::verify(&token, &key, &issuer, NOW, 0).unwrap();
    metadata.check_as_issuer().unwrap();
    let id = "SD_JWT_VC_example_in_OpenID4VCI";
    assert_eq!(
        metadata.configurations[id].format,
        FormatMetadata::SdJwtVc { vct: id.into() }
    );
    let other = "https://server.example.com".parse().unwrap();
    assert_eq!(
        broken(IssuerMetadata::verify(&token, &key, &other, NOW, 0)),
        ("/sub".into(), Rule::SameIssuer)
    );
}

#[test]
fn the_wallet_attestation_verifies_with_the_certificate_that_it_carries() {
    let (token, leaf) = signed("wallet_attestation.jwt");
    let key = leaf.jwk().unwrap();
    let verify = |now| Attestation::verify([token.as_str()], AttesterKeys::Key(&key), now);
    let attestation = verify(NOW).unwrap();
    assert_eq!(attestation.claims()["sub"], "https://wallet.example.com");
    let late = verify(NOW.saturating_add(Duration::from_hours(24))).unwrap_err();
    assert!(matches!(late, air_jwt::Error::Expired { .. }), "{late}");
}

/// The issuer's key is named by its thumbprint (RFC 9278), and signed the example of a `jwt_vc_json`.
#[test]
fn the_key_set_verifies_the_credential_of_a_response() {
    let keys = body("issuer_jwks.json")["jwks"].clone();
    let keys = JwkSet::from_slice(keys.to_string().as_bytes()).unwrap();
    let response = body("credential_response_jwt_vc_json");
    let token = response["credentials"][0]["credential"].as_str().unwrap();
    let token = Unverified::parse(token, 1 << 20).unwrap();
    let key = token.key_in(&keys).unwrap();
    let (_, thumbprint) = key.kid().as_str().rsplit_once(':').unwrap();
    assert_eq!(key.thumbprint().as_str(), thumbprint);
    token.verify_signature(key).unwrap();
}

#[test]
fn credential_responses_of_each_format() {
    let credential = |format: &str| {
        let body = body(&format!("credential_response_{format}"));
        let response = CredentialResponse::parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(response.status(), 200, "{format}");
        assert_eq!(response.to_value(), body, "{format}");
        body["credentials"][0]["credential"].clone()
    };
    assert!(credential("jwt_vc_json").is_string());
    assert_eq!(
        credential("ldp_vc")["issuer"],
        "https://example.edu/issuers/565049"
    );
    let sd_jwt = Inspection::of(credential("sd_jwt_vc").as_str().unwrap()).unwrap();
    assert_eq!(sd_jwt.claims["given_name"], "John");
    // The example is shortened, so that nobody can read its CBOR.
    let mdoc = credential("mso_mdoc");
    assert!(IssuerSigned::from_base64url(mdoc.as_str().unwrap()).is_err());
}

#[test]
fn the_offer_of_an_authorization_code() {
    let offer = body("credential_offer_authz_code");
    let read = CredentialOffer::parse(offer.to_string().as_bytes()).unwrap();
    assert!(read.pre_authorized_code.is_none());
    assert_eq!(read.to_value(), offer);
}

#[test]
fn authorization_details_name_their_configurations() {
    for (name, expected) in [
        ("authorization_details", &["UniversityDegreeCredential"][..]),
        (
            "authorization_details_jwt_vc_json",
            &["UniversityDegreeCredential"],
        ),
        ("authorization_details_ldp_vc", &["UniversityDegree_LDP_VC"]),
        ("authorization_details_mso_doc", &["org.iso.18013.5.1.mDL"]),
        (
            "authorization_details_multiple_credentials",
            &["UniversityDegreeCredential", "org.iso.18013.5.1.mDL"],
        ),
        ("authorization_details_sd_jwt_vc", &["PID_SD_JWT_VC"]),
        ("authorization_details_with_as", &["UniversityDegreeCredential"]),
    ] {
        let details = vector(&format!("openid4vci/examples/{name}.json")).to_string();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", "s6BhdRkqt3")
            .append_pair("redirect_uri", "https://client.example.org/cb")
            .append_pair("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
            .append_pair("code_challenge_method", "S256")
            .append_pair("authorization_details", &details)
            .finish();
        let read = oauth::AuthorizationRequest::parse(form.as_bytes()).unwrap();
        assert_eq!(read.requested().configuration_ids(), expected, "{name}");
    }
}

/// An example of a request, with a query in the place of `{...}`.
fn request(name: &str) -> Value {
    let query = vector("openid4vp/examples/query_lang/simple.json").to_string();
    let template = text(&format!("openid4vp/examples/{name}.json.txt"));
    let filled = template.replace("{ ... }", &query).replace("{...}", &query);
    serde_json::from_str(&filled).unwrap()
}

fn rule<T: std::fmt::Debug>(result: Result<T, air_oid4vc::Error>) -> (String, vp::Rule) {
    match result {
        Err(air_oid4vc::Error::Presentation { place, rule }) => (place, rule),
        other => panic!("{other:?}"),
    }
}

/// The example answers by redirect in the URL's fragment, which neither HAIP nor this crate has.
/// With `direct_post`, it is a request that a wallet reads, signed by the key that the example's
/// header names.
#[test]
fn a_request_of_a_verifier_with_a_did() {
    let mut claims = request("request/request_object_client_id_did");
    assert_eq!(
        rule(AuthorizationRequest::from_members(
            object(&claims),
            Signature::Present
        )),
        ("/response_mode".into(), vp::Rule::Missing)
    );
    let members = claims.as_object_mut().unwrap();
    let uri = members.remove("redirect_uri").unwrap();
    members.insert("response_uri".into(), uri);
    members.insert("response_mode".into(), "direct_post".into());
    let header = vector("openid4vp/examples/request/request_header_client_id_did.json");
    assert_eq!(header["typ"], REQUEST_OBJECT_TYPE);
    let kid = header["kid"].as_str().unwrap();
    let key = air_jwt::SigningKey::generate(&mut rand::rng()).with_kid(kid.parse().unwrap());
    let jwt = air_jwt::jws::sign(&key, REQUEST_OBJECT_TYPE, &claims);
    let object = RequestObject::parse(&jwt).unwrap();
    assert_eq!(
        object.client_id().to_string(),
        "decentralized_identifier:did:example:123"
    );
    let expected = Expected {
        now: NOW,
        ..Expected::default()
    };
    let read = object.verify(&key.public_jwk(), &expected).unwrap();
    assert_eq!(read.nonce().as_str(), "n-0S6_WzA2Mj");
    assert!(
        read.options()
            .client_metadata
            .as_ref()
            .unwrap()
            .formats
            .contains_key("dc+sd-jwt")
    );
}

/// Appendix A.3.2.1: the compact form has its client in the payload.
#[test]
fn a_signed_request_of_the_digital_credentials_api() {
    let members = request("digital_credentials_api/signed_request_payload_compact");
    let read = AuthorizationRequest::from_members(object(&members), Signature::Present).unwrap();
    assert_eq!(
        read.client_id().unwrap().to_string(),
        "x509_san_dns:rp.example.com"
    );
    assert!(read.check_origin("https://origin2.example.com").is_ok());
    assert_eq!(
        rule(read.check_origin("https://origin3.example.com")),
        ("/expected_origins".into(), vp::Rule::Origin)
    );
    assert_eq!(
        read.audience(Some("https://origin1.example.com")).as_deref(),
        Some("origin:https://origin1.example.com")
    );
}

/// Appendix A.3.2.2: in the form with several signatures, the client is in each signature's header.
/// This crate reads the compact form only, so that the payload alone is a request of nobody.
#[test]
fn the_payload_of_a_request_with_several_signatures_names_no_client() {
    let members = request("digital_credentials_api/signed_request_payload");
    let signed = AuthorizationRequest::from_members(object(&members), Signature::Present);
    assert_eq!(rule(signed), ("/client_id".into(), vp::Rule::Missing));
    let unsigned = AuthorizationRequest::from_members(object(&members), Signature::Absent).unwrap();
    assert_eq!(unsigned.client_id(), None);
    assert_eq!(
        unsigned.options().client_metadata.as_ref().unwrap().keys[0],
        *object(&json!({
            "kty": "EC", "crv": "P-256", "use": "enc", "kid": "1",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        }))
    );
}
