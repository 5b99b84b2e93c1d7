//! Contexts are pinned, and nothing else is loaded.

use air_ssi::{Contexts, Error, Suite};
use serde_json::json;

use crate::support::{Setup, append, contexts, object, options, subject, uris};

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
