//! Laws of the parsers: no input panics, and what was read is written so that it reads back as equal.

use air_oid4vc::{
    dcql::Query,
    vci::{
        CredentialOffer, CredentialRequest, CredentialResponse, IssuerId, IssuerMetadata,
        NotificationRequest, OfferLink, Proof, TokenRequest, TokenResponse,
    },
    vp::{AuthorizationRequest, AuthorizationResponse, Invocation, RequestObject, ResponseBody, Signature},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{object, vector};

/// Messages that mutations start from.
fn messages() -> Vec<String> {
    let request = json!({
        "response_type": "vp_token", "response_mode": "direct_post",
        "client_id": "redirect_uri:https://a.example/", "nonce": "n", "state": "s",
        "dcql_query": vector("openid4vp/examples/query_lang/claims_alternatives.json"),
        "client_metadata": vector("openid4vp/examples/client_metadata/sd_jwt_vc_verifier_metadata.json"),
    });
    let files = [
        "openid4vp/examples/query_lang/complex_mdoc.json",
        "openid4vp/examples/query_lang/credentials_alternatives.json",
        "openid4vp/examples/query_lang/value_matching_simple.json",
        "openid4vci/examples/credential_offer_multiple_credentials.json",
        "openid4vci/examples/credential_issuer_metadata_sd_jwt_long.json",
    ];
    let inline = [
        json!({ "credential_configuration_id": "a", "proofs": { "jwt": ["a"] } }),
        json!({ "credentials": [{ "credential": "a" }], "notification_id": "n" }),
        json!({ "transaction_id": "a", "interval": 1 }),
        json!({ "notification_id": "a", "event": "credential_accepted" }),
        json!({ "vp_token": { "a": ["b", { "c": 1 }] }, "state": "s" }),
        json!({ "access_token": "a", "token_type": "DPoP", "authorization_details": [{
            "type": "openid_credential", "credential_configuration_id": "a", "credential_identifiers": ["b"] }] }),
        request,
    ];
    let texts = [
        "openid4vp://?client_id=x509_san_dns%3Aa.example&request_uri=https%3A%2F%2Fa.example%2F1",
        "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fa.example%2F1",
        "vp_token=%7B%22a%22%3A%5B%22b%22%5D%7D&state=s",
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=a",
        "eyJhbGciOiJFUzI1NiIsInR5cCI6Im9wZW5pZDR2Y2ktcHJvb2Yrand0Iiwia2lkIjoiYSJ9.e30.AA",
    ];
    let files = files.iter().map(|file| vector(file).to_string());
    let inline = inline.iter().map(Value::to_string);
    files.chain(inline).chain(texts.map(str::to_owned)).collect()
}

/// Reads the bytes as every kind of message.
fn read_as_everything(bytes: &[u8]) {
    if let Ok(query) = Query::parse(bytes) {
        assert_eq!(Query::from_value(&query.to_value()), Ok(query));
    }
    if let Ok(offer) = CredentialOffer::parse(bytes) {
        assert_eq!(
            CredentialOffer::parse(offer.to_value().to_string().as_bytes()),
            Ok(offer)
        );
    }
    let issuer: IssuerId = "https://credential-issuer.example.com".parse().unwrap();
    if let Ok(metadata) = IssuerMetadata::parse(bytes, &issuer) {
        assert_eq!(
            IssuerMetadata::parse(metadata.to_value().to_string().as_bytes(), &issuer),
            Ok(metadata)
        );
    }
    if let Ok(request) = CredentialRequest::parse(bytes) {
        assert_eq!(
            CredentialRequest::parse(request.to_value().to_string().as_bytes()),
            Ok(request)
        );
    }
    if let Ok(response) = CredentialResponse::parse(bytes) {
        assert_eq!(
            CredentialResponse::parse(response.to_value().to_string().as_bytes()),
            Ok(response)
        );
    }
    if let Ok(notification) = NotificationRequest::parse(bytes) {
        assert_eq!(
            NotificationRequest::parse(notification.to_value().to_string().as_bytes()),
            Ok(notification)
        );
    }
    if let Ok(token) = TokenResponse::parse(bytes) {
        assert_eq!(
            TokenResponse::parse(token.to_value().to_string().as_bytes()),
            Ok(token)
        );
    }
    if let Ok(request) = TokenRequest::parse(bytes) {
        assert_eq!(TokenRequest::parse(request.to_form().as_bytes()), Ok(request));
    }
    if let Ok(response) = AuthorizationResponse::parse_json(bytes) {
        let json = Value::Object(response.to_members()).to_string();
        assert_eq!(AuthorizationResponse::parse_json(json.as_bytes()), Ok(response));
    }
    if let Ok(body) = ResponseBody::parse(bytes) {
        assert_eq!(ResponseBody::parse(body.to_form().as_bytes()), Ok(body));
    }
    if let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(bytes)
        && let Ok(request) = AuthorizationRequest::from_members(object(&value), Signature::Absent)
    {
        let again = AuthorizationRequest::from_members(&request.to_members(), Signature::Absent);
        assert_eq!(again, Ok(request));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(link) = Invocation::parse(text) {
            assert_eq!(Invocation::parse(&link.to_link("openid4vp://")), Ok(link));
        }
        if let Ok(link) = OfferLink::parse(text) {
            assert_eq!(OfferLink::parse(&link.to_link("haip-vci://")), Ok(link));
        }
        let _ = (RequestObject::parse(text).is_ok(), Proof::parse(text).is_ok());
    }
}

/// The replacement for a part of a message.
fn replacement() -> impl Strategy<Value = &'static str> {
    let parts = [
        "", "\"", "[]", "{}", "null", "0", "-1", "1e400", "\"\"", "\\u0000", "%00", "&", "=", "é", "#",
    ];
    prop::sample::select(parts.to_vec())
}

proptest! {
    #[test]
    fn changed_messages_do_not_panic_and_read_back(
        message in prop::sample::select(messages()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..12_usize, replacement()), 0..4),
    ) {
        let mut bytes = message.into_bytes();
        for (place, length, replacement) in changes {
            let start = place.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, replacement.bytes());
        }
        read_as_everything(&bytes);
    }
}

#[test]
fn the_messages_are_read() {
    for message in messages() {
        read_as_everything(message.as_bytes());
    }
}
