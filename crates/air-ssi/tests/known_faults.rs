//! Forms that the library signs differently from others. When a release fixes one, the test fails:
//! then allow the form, and remove the test.

use air_ssi::{Error, Suite};
use serde_json::{Value, json};
use ssi::{
    json_ld::{CompactJsonLd, ContextLoader, Expandable, syntax::Parse},
    rdf::{AnyLdEnvironment, LdEnvironment},
};

use crate::support::{Setup, contexts, options, subject};

/// The canonical form that the library signs.
async fn canonical(document: &Value) -> String {
    let (value, _) = ssi::json_ld::syntax::Value::parse_str(&document.to_string()).unwrap();
    let mut environment = LdEnvironment::default();
    let document = CompactJsonLd(value);
    let expanded = document
        .expand_with(&mut environment, &ContextLoader::empty())
        .await
        .unwrap();
    environment.canonical_form_of(&expanded).unwrap().concat()
}

fn of_type(datatype: &str, value: &Value) -> Value {
    json!({
        "@context": { "p": { "@id": "urn:p", "@type": datatype } },
        "@id": "urn:s",
        "p": value,
    })
}

/// Issues a subject with a member `p` of this definition.
fn issue_with_term(definition: &Value, value: &Value) -> Result<(), Error> {
    let context = json!({ "@context": { "p": definition } });
    let mut setup = Setup::new(Suite::EddsaRdfc2022);
    setup.contexts = contexts()
        .with("https://issuer.example/p.jsonld", &context)
        .unwrap();
    let mut terms = options();
    terms.contexts.push("https://issuer.example/p.jsonld".to_owned());
    let mut subject = subject();
    subject.insert("p".to_owned(), value.clone());
    setup.issuer().issue(&setup.terms(), &terms, &subject).map(drop)
}

fn assert_refused(definition: &Value, value: &Value) {
    let issued = issue_with_term(definition, value);
    assert!(
        matches!(issued, Err(Error::KnownFault { .. })),
        "{definition} {value} {issued:?}"
    );
}

/// JSON-LD 1.1 API, 8.4: each node of a list has an item, and the last node has `rdf:nil` as its rest.
#[tokio::test]
async fn a_list_has_no_end_and_loses_its_texts() {
    let list = json!({ "@id": "urn:p", "@container": "@list" });
    let document = json!({ "@context": { "p": list }, "@id": "urn:s", "p": ["a"] });
    let canonical = canonical(&document).await;
    assert!(!canonical.contains("rdf-syntax-ns#nil"), "{canonical}");
    assert!(!canonical.contains("\"a\""), "{canonical}");
    assert_refused(&list, &json!(["a"]));
    assert_refused(&list, &json!([{ "id": "urn:x" }]));
}

/// JSON-LD 1.1 API, 8.6: a number with a fraction is a canonical double of any datatype, and a boolean
/// keeps its datatype.
#[tokio::test]
async fn some_datatypes_are_written_otherwise() {
    const XSD: &str = "http://www.w3.org/2001/XMLSchema#";
    for (datatype, value, expected) in [
        (
            "decimal",
            json!(1.5),
            "\"1.5E0\"^^<http://www.w3.org/2001/XMLSchema#decimal>",
        ),
        ("string", json!(true), "\"true\" ."),
    ] {
        let datatype = format!("{XSD}{datatype}");
        let canonical = canonical(&of_type(&datatype, &value)).await;
        assert!(!canonical.contains(expected), "{canonical}");
        assert_refused(&json!({ "@id": "urn:p", "@type": datatype }), &value);
    }
}

/// JSON-LD 1.1 API, 8.6: a double has at most 15 digits after the point.
#[tokio::test]
async fn a_double_has_more_digits() {
    let document = of_type("http://www.w3.org/2001/XMLSchema#double", &json!(0.1));
    assert!(canonical(&document).await.contains("\"1.0E-1\""));
    let long: Value = serde_json::from_str("0.30000000000000004").unwrap();
    let document = of_type("http://www.w3.org/2001/XMLSchema#double", &long);
    let canonical = canonical(&document).await;
    assert!(!canonical.contains("\"3.0E-1\""), "{canonical}");
    assert_refused(&json!("urn:p"), &long);
}

/// RDF Dataset Canonicalization, 4.3: a tab is `\t`, and other control characters have a code.
#[tokio::test]
async fn control_characters_are_written_as_they_are() {
    let document = json!({ "@context": { "p": "urn:p" }, "@id": "urn:s", "p": "a\tb" });
    let canonical = canonical(&document).await;
    assert!(!canonical.contains("a\\tb"), "{canonical}");
    for text in ["a\tb", "\u{0}", "\u{8}", "\u{c}", "\u{1f}", "\u{7f}", "\u{ffff}"] {
        assert_refused(&json!("urn:p"), &json!(text));
    }
    for text in ["a\nb", "a\r\nb", "\u{85}", "\u{e4}", "\"", "\\"] {
        issue_with_term(&json!("urn:p"), &json!(text)).unwrap();
    }
}

/// `jsonld` writes the text of a double as a number in its canonical form.
#[test]
fn a_text_of_a_double_is_refused() {
    let double = "http://www.w3.org/2001/XMLSchema#double";
    for text in ["1", "1.0E0", "abc"] {
        assert_refused(&json!({ "@id": "urn:p", "@type": double }), &json!(text));
    }
    issue_with_term(&json!({ "@id": "urn:p", "@type": double }), &json!(1.5)).unwrap();
}

/// The library panics, which is an error without a reason.
#[test]
fn small_numbers_of_one_digit_are_refused() {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for text in ["1e-6", "0.000009", "-3e-9"] {
        assert_refused(&json!("urn:p"), &number(text));
    }
    for text in ["0.00001", "1.5e-6", "0.5"] {
        issue_with_term(&json!("urn:p"), &number(text)).unwrap();
    }
}

/// Two objects that differ only in the objects within them: the addresses look the same.
#[test]
fn objects_that_look_the_same_are_refused() {
    let node = json!({ "@id": "urn:p", "@context": { "city": "urn:city", "name": "urn:name" } });
    let value = json!([{ "city": { "name": "Utopia" } }, { "city": { "name": "Erewhon" } }]);
    assert_refused(&node, &value);
    let flat = json!([{ "city": "Utopia" }, { "city": "Erewhon" }]);
    issue_with_term(&node, &flat).unwrap();
}
