//! Contexts are pinned, and nothing else is loaded.

use air_schema::CredentialSchema;
use air_ssi::{Contexts, Error, Suite, Verifier};
use air_vc::w3c::W3cIssueOptions;
use serde_json::{Map, Value, json};

use crate::support::{ISS, NOW, Setup, append, contexts, object, options, paths, subject, uris};

#[test]
fn a_context_that_is_not_pinned_is_refused_without_loading_it() {
    let mut setup = Setup::new(Suite::EddsaRdfc2022);
    let shown = setup.shown();
    setup.contexts = Contexts::new();
    assert!(matches!(setup.issue(&subject()), Err(Error::ContextNotPinned)));
    assert!(matches!(
        setup.examine(&shown).result,
        Err(Error::ContextNotPinned)
    ));
}

/// The loader of the library has dozens of contexts, which ours must not fall back to.
#[test]
fn a_context_that_the_library_has_is_not_pinned() {
    let mut terms = options();
    terms.contexts.push("https://w3id.org/security/v2".to_owned());
    let setup = Setup::new(Suite::EddsaRdfc2022);
    let issued = setup.issuer().issue(&setup.terms(), &terms, &subject());
    assert!(matches!(issued, Err(Error::ContextNotPinned)));
}

/// A pinned context may name others, which are loaded from the pinned ones only.
#[test]
fn a_pinned_context_can_not_load_another() {
    for foreign in [
        "https://elsewhere.example/context.jsonld",
        "https://w3id.org/security/v2",
    ] {
        let document = json!({ "@context": [foreign, { "nickName": "urn:nick" }] });
        let mut setup = Setup::new(Suite::EddsaRdfc2022);
        setup.contexts = contexts()
            .with("https://issuer.example/more.jsonld", &document)
            .unwrap();
        let mut terms = options();
        terms
            .contexts
            .push("https://issuer.example/more.jsonld".to_owned());
        let issued = setup.issuer().issue(&setup.terms(), &terms, &subject());
        assert!(matches!(issued, Err(Error::Expansion)), "{foreign}");
    }
}

#[test]
fn documents_that_are_no_contexts_are_not_pinned() {
    let url = uris().json_ld_context().to_owned();
    let large = json!({ "@context": { "x": "y".repeat(64 * 1024) } });
    for document in [json!({}), json!([]), json!("x"), large] {
        assert!(matches!(
            Contexts::new().with(&url, &document),
            Err(Error::InvalidContext)
        ));
    }
    let relative = Contexts::new().with("context.jsonld", &json!({ "@context": {} }));
    assert!(matches!(relative, Err(Error::InvalidContext)));
}

/// A proof does not cover the names of members, but the properties that contexts give them.
#[test]
fn an_inline_context_can_not_rename_a_claim() {
    let setup = Setup::new(Suite::EddsaRdfc2022);
    let mut shown = setup.shown();
    let vocabulary = format!("{}#", uris().json_ld_context());
    append(
        &mut shown["@context"],
        json!({ "isOver21": format!("{vocabulary}isOver18") }),
    );
    let claims = shown["credentialSubject"].as_object_mut().unwrap();
    let value = claims.remove("isOver18").unwrap();
    claims.insert("isOver21".to_owned(), value);
    assert!(matches!(
        setup.examine(&shown).result,
        Err(Error::ContextNotPinned)
    ));
    assert!(object(&shown).contains_key("proof"));
}

/// JSON-LD 1.1 API, 5.1.2: contexts of types are applied in alphabetical order. That of
/// `VerifiableCredential` ends at the subject, and with it those that come after it.
#[test]
fn a_type_on_either_side_of_verifiable_credential_is_signed() {
    for name in ["VerifiableAge", "VisaIdentity", "WorkPermit", "workPermit"] {
        let (schema, subject) = permit(name);
        let mut setup = Setup::new(Suite::EcdsaSd2023);
        setup.contexts = Contexts::new().with_schema(&schema, &uris()).unwrap();
        let credential = setup.issuer().issue(&setup.terms(), &of_type(name), &subject);
        let credential = credential.unwrap_or_else(|error| panic!("{name}: {error}"));
        let presented = credential.present(&setup.contexts, setup.key.public(), &paths(&["givenName"]));
        let verifier = Verifier::new(ISS, &setup.keys, &setup.contexts)
            .with_checks(|checks| checks.requiring_type(name));
        let verified = verifier.verify(presented.unwrap().as_str(), NOW).unwrap();
        assert_eq!(verified.subject(), &subject, "{name}");
    }
}

/// Contexts that were published before: the attributes are defined within the type.
#[test]
fn a_context_that_defines_the_attributes_within_a_late_type_is_refused() {
    for (name, is_good) in [("VerifiableAge", true), ("WorkPermit", false)] {
        let url = uris().json_ld_context().to_owned();
        let document = json!({ "@context": {
            "@version": 1.1,
            name: {
                "@id": format!("{url}#{name}"),
                "@context": { "@propagate": true, "givenName": format!("{url}#givenName") },
            },
        } });
        let mut setup = Setup::new(Suite::EddsaRdfc2022);
        setup.contexts = Contexts::new().with(&url, &document).unwrap();
        let (_, subject) = permit(name);
        let issued = setup.issuer().issue(&setup.terms(), &of_type(name), &subject);
        assert_eq!(issued.is_ok(), is_good, "{name}");
    }
}

fn permit(name: &str) -> (CredentialSchema, Map<String, Value>) {
    let form = json!({
        "title": "Permit",
        "type": name,
        "attributes": [{ "name": "givenName", "type": "string", "required": true }],
    });
    let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
    (schema, object(&json!({ "givenName": "Ada" })))
}

fn of_type(name: &str) -> W3cIssueOptions {
    W3cIssueOptions {
        types: vec![name.to_owned()],
        ..options()
    }
}
