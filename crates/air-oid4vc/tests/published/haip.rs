//! The examples of HAIP 1.0. All six come from drafts whose forms the final specifications
//! replaced, so each is refused or means nothing: none of them may be read as the message that it
//! was.

use air_oid4vc::{
    Error, dcql, oauth,
    vci::{CredentialOffer, CredentialRequest, Rule},
    vp::{AuthorizationRequest, Signature},
};
use serde_json::{Value, json};

use super::{broken, checked, text};
use crate::support::vector;

fn example(name: &str) -> Value {
    vector(&format!("openid4vc-haip/examples/{name}.json"))
}

/// `credentials` was renamed to `credential_configuration_ids`.
#[test]
fn the_offer_names_no_configuration() {
    let offer = example("credential_offer_sd_jwt_vc").to_string();
    assert_eq!(
        broken(CredentialOffer::parse(offer.as_bytes())),
        ("/credential_configuration_ids".into(), Rule::ConfigurationIds)
    );
}

/// `vc+sd-jwt` was renamed to `dc+sd-jwt`, so that it is a format of another specification, without
/// rules for `vct`.
#[test]
fn the_configuration_has_an_unknown_format_and_no_proof_types() {
    let metadata = json!({
        "credential_issuer": "https://issuer.example",
        "credential_endpoint": "https://issuer.example/credential",
        "credential_configurations_supported": { "one": example("credential_metadata_sd_jwt_vc") },
    });
    // The draft's `proof_types_supported` was optional beside `cryptographic_binding_methods_supported`.
    assert_eq!(broken(checked(&metadata)).1, Rule::BindingMethods);
}

/// `format` was removed in favour of `credential_configuration_id`.
#[test]
fn authorization_details_name_no_configuration() {
    let form = format!(
        "response_type=code&client_id=wallet&redirect_uri=https%3A%2F%2Fwallet.example%2Fcb&state=s1\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
         &authorization_details={}",
        urlencoded(&example("authorization_details_sd_jwt_vc").to_string())
    );
    let read = oauth::AuthorizationRequest::parse(form.as_bytes());
    let expected = Error::Authorization {
        place: "/authorization_details".into(),
        rule: oauth::Rule::AuthorizationDetails,
    };
    assert_eq!(read.err(), Some(expected));
}

/// The original has line breaks in a string, and `proof` with `format` in place of `proofs`.
#[test]
fn the_credential_request_is_not_json_and_names_no_configuration() {
    let original = text("openid4vc-haip/examples/credential_request_sd_jwt_vc.json.txt");
    let refused = CredentialRequest::parse(original.as_bytes()).unwrap_err();
    assert!(matches!(refused, Error::Json { .. }), "{refused:?}");
    let joined: String = original.lines().map(str::trim).collect();
    assert_eq!(
        broken(CredentialRequest::parse(joined.as_bytes())).1,
        Rule::EitherIdentifier
    );
}

/// Presentation Exchange was replaced by DCQL.
#[test]
fn the_presentation_definition_is_not_a_query() {
    let definition = example("presentation_definition_sd_jwt_vc");
    let refused = dcql::Query::from_value(&definition).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Query {
                rule: dcql::Rule::Credentials,
                ..
            }
        ),
        "{refused:?}"
    );
}

/// `vp_formats` was renamed to `vp_formats_supported`; an unknown member is ignored (OpenID4VP 1.0,
/// section 5.1).
#[test]
fn the_client_metadata_support_no_format() {
    let request = json!({
        "client_id": "redirect_uri:https://verifier.example/post", "response_type": "vp_token",
        "response_mode": "direct_post", "response_uri": "https://verifier.example/post",
        "nonce": "n-0S6_WzA2MjbGciOiJSUzI1NiJ9",
        "dcql_query": { "credentials": [
            { "id": "id", "format": "dc+sd-jwt", "meta": { "vct_values": ["IdentityCredential"] } },
        ] },
        "client_metadata": example("client_metadata_sd_jwt_vc"),
    });
    let read = AuthorizationRequest::from_members(request.as_object().unwrap(), Signature::Absent).unwrap();
    let metadata = read.options().client_metadata.as_ref().unwrap();
    assert!(metadata.formats.is_empty());
}

fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
