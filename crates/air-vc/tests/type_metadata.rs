//! Type metadata: the documents of the draft, chains of `extends`, hashes, and which documents are refused.

use air_vc::{
    ClaimPath, Error, Integrity,
    type_metadata::{CredentialType, DOCUMENT_LIMIT, Disclosability, PathStep, TypeChain, TypeMetadata},
};
use serde_json::{Value, json};

/// The JSON of a section's fragments.
fn fragments(section: &str) -> Vec<Value> {
    let all: Vec<Value> = serde_json::from_str(include_str!("vectors/sd-jwt-vc/fragments.json")).unwrap();
    let of_section = all.into_iter().filter(|fragment| fragment["section"] == section);
    of_section
        .map(|fragment| fragment["json"].clone())
        .filter(|json| !json.is_null())
        .collect()
}

fn parse(document: &Value) -> Result<TypeMetadata, Error> {
    TypeMetadata::parse(document.to_string().as_bytes())
}

/// Joins documents, the extending one first.
fn joined(documents: &[Value]) -> Result<CredentialType, Error> {
    let first = documents[0]["vct"].as_str().unwrap();
    let mut chain = TypeChain::new(first, None);
    for document in documents {
        chain.add(document.to_string().as_bytes())?;
    }
    chain.finish()
}

fn path(text: &str) -> ClaimPath {
    text.parse().unwrap()
}

#[test]
fn the_documents_of_the_draft_are_read() {
    let metadata = parse(&fragments("5.1")[0]).unwrap();
    assert_eq!(
        metadata.extends.as_deref(),
        Some("https://galaxy.example.com/galactic-education-credential/v2")
    );
    let metadata = fragments("A.2")
        .iter()
        .filter_map(|json| parse(json).ok())
        .next_back();
    let metadata = metadata.unwrap();
    assert_eq!(metadata.display.len(), 2);
    let name = &metadata.claims[0];
    assert_eq!(name.path, [PathStep::Name("name".into())]);
    assert_eq!(
        (name.disclosability, name.mandatory),
        (Some(Disclosability::Always), Some(true))
    );
}

#[test]
fn an_extending_type_has_the_claims_of_the_example() {
    let [base, child, result] = &fragments("5.6.5.2")[..] else {
        panic!("three documents");
    };
    let joined = joined(&[child.clone(), base.clone()]).unwrap();
    let expected = parse(&json!({ "vct": "result", "claims": result["claims"] })).unwrap();
    assert_eq!(joined.claims(), expected.claims);
    assert_eq!(joined.label(&path("address.city"), "en"), Some("Town"));
    assert_eq!(joined.label(&path("name"), "en"), Some("Full Name"));
    assert_eq!(joined.label(&path("address"), "en"), None);
}

#[test]
fn labels_are_chosen_by_path_and_language() {
    let label = |locale: &str, label: &str| json!({ "locale": locale, "label": label });
    let joined = joined(&[json!({
        "vct": "v", "name": "internal",
        "display": [{ "locale": "de", "name": "Abschluss" }, { "locale": "en-US", "name": "Degree" }],
        "claims": [
            { "path": ["degrees", null, "type"], "display": [label("fr", "type"), label("de-AT", "Art")] },
            { "path": ["tags", 1], "display": [label("en", "Second tag")] },
            { "path": ["empty"] },
        ],
    })])
    .unwrap();
    for (locale, name) in [
        ("de-CH", "Abschluss"),
        ("EN-us", "Degree"),
        ("en", "Degree"),
        ("fr", "Degree"),
    ] {
        assert_eq!(joined.display_name(locale), Some(name), "{locale}");
    }
    for (claim, locale, expected) in [
        ("degrees.0.type", "de", Some("Art")),
        ("degrees.12.type", "de-AT", Some("Art")),
        ("degrees.0.type", "en", Some("type")),
        ("degrees.x.type", "de", None),
        ("degrees.type", "de", None),
        ("tags.1", "en", Some("Second tag")),
        ("tags.0", "en", None),
        ("empty", "en", None),
    ] {
        assert_eq!(joined.label(&path(claim), locale), expected, "{claim} {locale}");
    }
    let unnamed = joined_name(&json!({ "vct": "v", "name": "internal" }));
    assert_eq!(unnamed.as_deref(), Some("internal"));
}

fn joined_name(document: &Value) -> Option<String> {
    let joined = joined(std::slice::from_ref(document)).unwrap();
    joined.display_name("en").map(str::to_owned)
}

#[test]
fn each_document_has_the_hash_and_the_type_of_its_reference() {
    let base = json!({ "vct": "https://b.example" }).to_string();
    let hash = Integrity::of(base.as_bytes()).to_string();
    let child =
        json!({ "vct": "https://a.example", "extends": "https://b.example", "extends#integrity": hash });
    let child = child.to_string();
    let chain = |integrity: Option<&str>| TypeChain::new("https://a.example", integrity);
    let own = Integrity::of(child.as_bytes()).to_string();

    let mut good = chain(Some(&own));
    assert_eq!(good.missing_type(), Some("https://a.example"));
    good.add(child.as_bytes()).unwrap();
    assert_eq!(good.missing_type(), Some("https://b.example"));
    let mut changed = good.clone();
    let missing = good.clone().finish();
    assert_eq!(
        missing,
        Err(Error::TypeDocumentMissing {
            vct: "https://b.example".into()
        })
    );
    good.add(base.as_bytes()).unwrap();
    assert_eq!(good.missing_type(), None);
    assert!(good.clone().finish().is_ok());
    assert!(matches!(
        good.add(base.as_bytes()),
        Err(Error::TypeMetadata { .. })
    ));

    let vct = "https://b.example".to_owned();
    let refused = changed.add(format!("{base} ").as_bytes());
    assert_eq!(refused, Err(Error::TypeIntegrity { vct }));
    let vct = "https://a.example".to_owned();
    for integrity in ["", "sha256-AAAA", "md5-abc", &format!("{own}x")] {
        let refused = chain(Some(integrity)).add(child.as_bytes());
        assert_eq!(
            refused,
            Err(Error::TypeIntegrity { vct: vct.clone() }),
            "{integrity}"
        );
    }
    let refused = chain(None).add(base.as_bytes());
    assert_eq!(refused, Err(Error::WrongTypeDocument { vct }));
}

#[test]
fn hashes_of_each_algorithm_are_checked() {
    for hash in [
        "sha384-0qI7x4Pjqjj0AeE8dIhQUTfElUp/2IMx8Vl8X/cREdyAfHNwpbKCxtpUHFbt5p8w",
        "sha512-J8dGcK23UHX60FjVzq97IMTneGyDuuijL2Jvl4KvNMmjPCBG72D9Knh403jin+yFGAa72aZ4ePOp8c2kgwdj/Q==",
        "sha256-AAAA sha384-0qI7x4Pjqjj0AeE8dIhQUTfElUp/2IMx8Vl8X/cREdyAfHNwpbKCxtpUHFbt5p8w",
    ] {
        assert!(Integrity::matches(hash, b"{}"), "{hash}");
        assert!(!Integrity::matches(hash, b"{ }"), "{hash}");
    }
}

#[test]
fn a_chain_is_bounded_and_has_no_circle() {
    let extending =
        |number: usize, next: usize| json!({ "vct": format!("v{number}"), "extends": format!("v{next}") });
    let last = |number: usize| json!({ "vct": format!("v{number}") });
    let chain = |length: usize| {
        let mut documents: Vec<Value> = (1..length).map(|number| extending(number, number + 1)).collect();
        documents.push(last(length));
        joined(&documents)
    };
    assert!(chain(8).is_ok());
    assert!(matches!(chain(9), Err(Error::TypeMetadata { .. })));
    for circle in [
        vec![extending(1, 1)],
        vec![extending(1, 2), extending(2, 1)],
        vec![extending(1, 2), extending(2, 3), extending(3, 2)],
    ] {
        let refused = joined(&circle).unwrap_err();
        assert!(refused.to_string().contains("extends itself"), "{refused}");
    }
}

#[test]
fn an_extending_type_keeps_what_is_mandatory_and_disclosable() {
    let claim = |members: Value| {
        let mut claim = members;
        claim["path"] = json!(["a"]);
        claim
    };
    let joined = |base: Value, child: Value| {
        joined(&[
            json!({ "vct": "c", "extends": "b", "claims": [claim(child)] }),
            json!({ "vct": "b", "claims": [claim(base)] }),
        ])
    };
    for (base, child) in [
        (json!({ "sd": "always" }), json!({ "sd": "never" })),
        (json!({ "sd": "never" }), json!({ "sd": "allowed" })),
        (json!({ "mandatory": true }), json!({ "mandatory": false })),
    ] {
        let refused = joined(base.clone(), child.clone());
        assert!(
            matches!(refused, Err(Error::TypeMetadata { .. })),
            "{base} {child}"
        );
    }
    for (base, child, expected) in [
        (
            json!({}),
            json!({ "sd": "never" }),
            (Some(Disclosability::Never), None),
        ),
        (
            json!({ "sd": "allowed" }),
            json!({ "sd": "always", "mandatory": true }),
            (Some(Disclosability::Always), Some(true)),
        ),
        (
            json!({ "sd": "always", "mandatory": true }),
            json!({}),
            (Some(Disclosability::Always), Some(true)),
        ),
    ] {
        let joined = joined(base, child).unwrap();
        let claim = &joined.claims()[0];
        assert_eq!((claim.disclosability, claim.mandatory), expected);
    }
}

#[test]
fn malformed_documents_are_refused() {
    let with = |name: &str, value: Value| {
        let mut document = json!({ "vct": "v" });
        document[name] = value;
        document
    };
    let claim = |members: Value| with("claims", json!([members]));
    for document in [
        json!([]),
        json!({}),
        json!({ "vct": 1 }),
        json!({ "vct": "" }),
        with("extends", json!(1)),
        with("display", json!([{ "name": "without a locale" }])),
        with("display", json!([{ "locale": "en", "name": "x".repeat(4097) }])),
        claim(json!({})),
        claim(json!({ "path": [] })),
        claim(json!({ "path": [-1] })),
        claim(json!({ "path": [1.5] })),
        claim(json!({ "path": [true] })),
        claim(json!({ "path": vec!["a"; 33] })),
        claim(json!({ "path": ["a"], "sd": "maybe" })),
        claim(json!({ "path": ["a"], "mandatory": "yes" })),
        with("claims", json!(vec![json!({ "path": ["a"] }); 513])),
    ] {
        let refused = parse(&document);
        assert!(matches!(refused, Err(Error::TypeMetadata { .. })), "{refused:?}");
    }
    assert!(TypeMetadata::parse(br#"{ "vct": "v", "vct": "v" }"#).is_err());
    let mut large = json!({ "vct": "v" }).to_string();
    large.push_str(&" ".repeat(DOCUMENT_LIMIT - large.len()));
    assert!(TypeMetadata::parse(large.as_bytes()).is_ok());
    large.push(' ');
    assert!(TypeMetadata::parse(large.as_bytes()).is_err());
    // Unknown members are ignored.
    assert!(parse(&with("rendering", json!({ "simple": {} }))).is_ok());
}
