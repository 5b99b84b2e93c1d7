//! Explanations of messages: each kind, its rules, and what it must not show.

use air_jwt::{
    SigningKey,
    jwe::{ContentEncryption, DecryptionKey},
    jws,
};
use air_oid4vc::{
    explain::{Context, Explanation, Kind, explain},
    vci::IssuerMetadata,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::times::{NOW, after};

const VCI: Option<&str> = Some("OpenID4VCI 1.0");

fn explained(text: &str) -> Explanation {
    explain(text, &Context::at(NOW)).unwrap_or_else(|| panic!("unknown: {text}"))
}

/// The specification and the section of each broken rule.
fn broken(text: &str) -> Vec<(Option<&'static str>, Option<&'static str>)> {
    let rules = explained(text).broken;
    rules
        .iter()
        .map(|rule| (rule.specification, rule.section))
        .collect()
}

/// Checks the kind of a text that breaks no rule. Returns its explanation as text.
#[track_caller]
fn assert_good(text: &str, kind: Kind) -> String {
    let explanation = explained(text);
    assert_eq!((explanation.kind, &explanation.broken), (kind, &Vec::new()));
    let shown = format!("{explanation:?}");
    assert!(!shown.contains("secret"), "{shown}");
    shown
}

fn part(text: &str, name: &str) -> Vec<String> {
    let parts = explained(text).parts.into_iter();
    parts
        .filter(|part| part.name == name)
        .map(|part| part.text)
        .collect()
}

fn metadata() -> IssuerMetadata {
    crate::conformance::issuer_metadata()
}

#[test]
fn metadata_of_an_authorization_server() {
    let mut server = json!({
        "issuer": "https://as.example", "token_endpoint": "https://as.example/token",
        "response_types_supported": ["code"], "grant_types_supported": ["authorization_code"],
        "dpop_signing_alg_values_supported": ["ES256"],
    });
    let shown = assert_good(&server.to_string(), Kind::AuthorizationServerMetadata);
    assert!(
        shown.contains("https://as.example/.well-known/oauth-authorization-server"),
        "{shown}"
    );
    let members = server.as_object_mut().unwrap();
    members.remove("response_types_supported");
    assert_eq!(broken(&server.to_string()), [(Some("RFC 8414"), Some("2"))]);
    server["token_endpoint"] = "http://as.example/token".into();
    assert_eq!(broken(&server.to_string()), [(VCI, Some("12.2.4"))]);
}

#[test]
fn token_requests_of_each_grant() {
    let pre_authorized = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code&pre-authorized_code=code-secret&tx_code=secret";
    let shown = assert_good(pre_authorized, Kind::TokenRequest);
    assert!(shown.contains("pre-authorized_code"), "{shown}");
    assert_eq!(part(pre_authorized, "transaction code"), ["present"]);
    let code = "grant_type=authorization_code&code=secret&client_id=wallet&redirect_uri=https%3A%2F%2Fwallet.example%2Fcb&code_verifier=secret-secret-secret-secret-secret-secret-secret";
    assert_good(code, Kind::TokenRequest);
    let refresh = "grant_type=refresh_token&refresh_token=secret&client_id=wallet";
    assert_good(refresh, Kind::TokenRequest);
    assert_eq!(
        broken("grant_type=password&password=secret"),
        [(VCI, Some("6.1"))]
    );
    assert!(!broken("grant_type=authorization_code&code=secret").is_empty());
}

#[test]
fn a_token_response_says_whether_anyone_can_use_the_token() {
    let response = |kind: &str| {
        json!({
            "access_token": "secret", "token_type": kind, "expires_in": 60, "refresh_token": "secret",
            "authorization_details": [{
                "type": "openid_credential", "credential_configuration_id": "pid", "credential_identifiers": ["a", "b"],
            }],
        })
        .to_string()
    };
    assert_good(&response("DPoP"), Kind::TokenResponse);
    assert_eq!(part(&response("DPoP"), "credential"), ["pid (2)"]);
    assert!(part(&response("DPoP"), "security").is_empty());
    assert_eq!(part(&response("bearer"), "security").len(), 1);
    let without_type = json!({ "access_token": "secret" }).to_string();
    assert_eq!(explained(&without_type).broken.len(), 1);
}

#[test]
fn a_credential_request_counts_its_proofs() {
    let request = json!({
        "credential_configuration_id": "pid", "proofs": { "jwt": ["a.secret.c", "d.secret.f"] },
        "credential_response_encryption": { "jwk": { "kty": "EC", "alg": "ECDH-ES" }, "enc": "A256GCM" },
    })
    .to_string();
    assert_good(&request, Kind::CredentialRequest);
    assert_eq!(part(&request, "proofs"), ["2 of the type jwt"]);
    assert_eq!(part(&request, "response"), ["encrypted with A256GCM"]);
    let both = json!({ "credential_configuration_id": "pid", "credential_identifier": "one" });
    assert_eq!(broken(&both.to_string()), [(VCI, Some("8.2"))]);
    // The form of drafts, which has `proof_type` beside the proofs.
    let draft =
        json!({ "credential_configuration_id": "pid", "proofs": { "proof_type": "jwt", "jwt": ["a.b.c"] } });
    assert_eq!(broken(&draft.to_string()), [(VCI, Some("8.2"))]);
}

#[test]
fn a_deferred_request_has_its_own_encryption() {
    let mut deferred = json!({ "transaction_id": "secret" });
    assert_good(&deferred.to_string(), Kind::DeferredCredentialRequest);
    assert_eq!(part(&deferred.to_string(), "response"), ["not encrypted"]);
    deferred["credential_response_encryption"] =
        json!({ "jwk": { "kty": "EC", "alg": "ECDH-ES" }, "enc": "A128GCM" });
    assert_good(&deferred.to_string(), Kind::DeferredCredentialRequest);
    assert_eq!(
        part(&deferred.to_string(), "response"),
        ["encrypted with A128GCM"]
    );
    let empty = json!({ "transaction_id": "" });
    assert_eq!(broken(&empty.to_string()), [(VCI, Some("9.1"))]);
}

#[test]
fn a_notification_names_its_event() {
    let mut notification = json!({ "notification_id": "secret", "event": "credential_accepted" });
    assert_good(&notification.to_string(), Kind::Notification);
    assert_eq!(part(&notification.to_string(), "event"), ["credential_accepted"]);
    notification["event"] = "credential_deleted".into();
    notification["event_description"] = "the user refused".into();
    assert_good(&notification.to_string(), Kind::Notification);
    assert_eq!(
        part(&notification.to_string(), "description"),
        ["the user refused"]
    );
    notification["event"] = "credential_lost".into();
    assert_eq!(broken(&notification.to_string()), [(VCI, Some("11.1"))]);
    let without_id = json!({ "event": "credential_accepted" }).to_string();
    assert_eq!(explained(&without_id).kind, Kind::Notification);
    assert_eq!(broken(&without_id), [(VCI, Some("11.1"))]);
}

#[test]
fn a_nonce_response_does_not_show_its_nonce() {
    let response = json!({ "c_nonce": "secret" }).to_string();
    assert_good(&response, Kind::NonceResponse);
    assert_eq!(part(&response, "nonce").len(), 1);
    let empty = json!({ "c_nonce": "" }).to_string();
    assert_eq!(explained(&empty).kind, Kind::NonceResponse);
    assert_eq!(broken(&empty), [(VCI, Some("7.2"))]);
    // A token response of drafts has a nonce, too.
    let token = json!({ "access_token": "secret", "token_type": "DPoP", "c_nonce": "secret" });
    assert_good(&token.to_string(), Kind::TokenResponse);
}

#[test]
fn credential_responses() {
    let issued = json!({ "credentials": [{ "credential": "secret~" }], "notification_id": "secret" });
    assert_good(&issued.to_string(), Kind::CredentialResponse);
    let deferred = json!({ "transaction_id": "secret", "interval": 5 }).to_string();
    assert_good(&deferred, Kind::CredentialResponse);
    assert_eq!(
        part(&deferred, "credentials"),
        ["later: the wallet asks again after 5 s"]
    );
    let wrong = json!({ "credentials": [{ "credential": "secret~" }], "interval": 5 });
    assert_eq!(explained(&wrong.to_string()).broken.len(), 1);
    // A query has the same member.
    let query =
        json!({ "credentials": [{ "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": ["v"] } }] });
    assert_good(&query.to_string(), Kind::Query);
}

#[test]
fn an_error_response_has_its_code() {
    let error = json!({ "error": "invalid_proof", "error_description": "the nonce is old" }).to_string();
    assert_good(&error, Kind::ErrorResponse);
    assert_eq!(part(&error, "code"), ["invalid_proof"]);
}

#[test]
fn responses_to_presentation_requests() {
    let vp_token = json!({ "pid": ["secret.secret.secret~secret~"], "mdl": ["secret"] });
    let json = json!({ "vp_token": vp_token, "state": "secret" }).to_string();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("vp_token", &vp_token.to_string())
        .append_pair("state", "secret")
        .finish();
    let api = json!({ "protocol": "openid4vp-v1-signed", "data": { "vp_token": vp_token } }).to_string();
    for text in [&json, &form, &api] {
        assert_good(text, Kind::PresentationResponse);
        assert_eq!(
            part(text, "presented"),
            ["mdl: a DeviceResponse", "pid: an SD-JWT VC"]
        );
    }
    let refusal = "error=access_denied&vp_token=%7B%7D";
    assert_eq!(
        explained(refusal).broken.len(),
        1,
        "either is excluded by the other"
    );
    let unknown = json!({ "protocol": "openid4vp", "data": { "vp_token": vp_token } }).to_string();
    assert_eq!(broken(&unknown), [(Some("OpenID4VP 1.0"), Some("A.1"))]);
    let wrong = json!({ "vp_token": ["secret"] }).to_string();
    assert_eq!(explained(&wrong).broken.len(), 1);
}

#[test]
fn requests_of_the_digital_credentials_api() {
    let query =
        json!({ "credentials": [{ "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": ["v"] } }] });
    let unsigned = json!({ "protocol": "openid4vp-v1-unsigned", "data": {
        "response_type": "vp_token", "response_mode": "dc_api", "nonce": "n-0S6_WzA2Mj", "dcql_query": query,
    } });
    assert_good(&unsigned.to_string(), Kind::PresentationRequest);
    let signed = json!({ "protocol": "openid4vp-v1-signed", "data": { "request": "a.b.c" } }).to_string();
    assert_good(&signed, Kind::PresentationRequest);
    assert!(
        explained(&signed)
            .unchecked
            .contains(&"the request object in `data`")
    );
}

type Change = fn(&mut Value);

fn with_header(change: impl FnOnce(&mut Value)) -> String {
    let key = DecryptionKey::generate(&mut rand::rng());
    let jwe = key
        .encryption_key()
        .encrypt(ContentEncryption::A256Gcm, b"secret", &mut rand::rng());
    let (header, rest) = jwe.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn an_encrypted_message_shows_its_header_and_breaks_its_rules() {
    let jwe = with_header(|_| ());
    assert_good(&jwe, Kind::EncryptedMessage);
    assert_eq!(part(&jwe, "content encryption"), ["A256GCM"]);
    let form = format!("response={jwe}");
    assert_good(&form, Kind::PresentationResponse);
    let api = json!({ "protocol": "openid4vp-v1-signed", "data": { "response": jwe } }).to_string();
    assert_good(&api, Kind::PresentationResponse);
    let cases: [(Change, (&str, &str)); 6] = [
        (|header| header["alg"] = "RSA-OAEP".into(), ("HAIP 1.0", "5")),
        (|header| header["enc"] = "A128CBC-HS256".into(), ("HAIP 1.0", "5")),
        (
            |header| header["epk"]["crv"] = "P-521".into(),
            ("RFC 7518", "4.6.1.1"),
        ),
        (
            |header| header["epk"]["d"] = "secret".into(),
            ("RFC 7518", "4.6.1.1"),
        ),
        (|header| header["zip"] = "DEF".into(), ("RFC 8725", "3.6")),
        (|header| header["crit"] = json!(["x"]), ("RFC 7516", "4.1.13")),
    ];
    for (change, (specification, section)) in cases {
        let changed = with_header(change);
        let found = explained(&changed).broken;
        let found: Vec<_> = found
            .iter()
            .map(|rule| (rule.specification, rule.section))
            .collect();
        assert_eq!(found, [(Some(specification), Some(section))]);
        assert!(!format!("{:?}", explained(&changed)).contains("secret"));
    }
    assert_eq!(broken("response=junk"), [(Some("RFC 7516"), Some("3.1"))]);
}

#[test]
fn signed_metadata_of_an_issuer() {
    let key = SigningKey::generate(&mut rand::rng());
    let signed = metadata().sign(&key, None, NOW, Some(after(60)));
    assert_good(&signed, Kind::SignedIssuerMetadata);
    assert_eq!(part(&signed, "issuer"), ["https://issuer.example"]);
    let late = explain(&signed, &Context::at(after(3_600))).unwrap();
    assert_eq!(late.broken[0].section, Some("4.1.4"));
    let mut claims = metadata().to_value();
    claims["iat"] = json!(NOW);
    let typ = "openidvci-issuer-metadata+jwt";
    let without_subject = jws::sign(&key, typ, &claims);
    assert_eq!(explained(&without_subject).broken.len(), 1);
    claims["sub"] = "https://other.example".into();
    assert_eq!(broken(&jws::sign(&key, typ, &claims)), [(VCI, Some("12.2.4"))]);
}
