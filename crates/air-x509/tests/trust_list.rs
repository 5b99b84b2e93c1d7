//! Trust lists: who is found by what, and which files are refused.

use air_jwt::{Jwk, JwkSet, SigningKey};
use air_x509::{
    Anchors, Error, TrustList, ValidChain, Validator,
    trust_list::{Identity, IssuerClaims, IssuerKeys, Party, Trust},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::authority::{Authority, NOW, chain};

const DEGREE: &str = "urn:example:degree";
const LICENCE: &str = "org.iso.18013.5.1.mDL";

fn key() -> SigningKey {
    SigningKey::from_jwk(br#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#).unwrap()
}

fn other_key() -> SigningKey {
    SigningKey::from_jwk(br#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}"#).unwrap()
}

pub(crate) fn pem(authority: &Authority) -> String {
    let text = STANDARD.encode(authority.certificate.der());
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

fn read(value: &Value) -> Result<TrustList, Error> {
    TrustList::from_json(value.to_string().as_bytes())
}

fn valid(anchors: &Anchors, authority: &Authority) -> ValidChain {
    Validator::haip(anchors)
        .validate(chain(authority.leaf(), &[]), NOW)
        .unwrap()
}

#[test]
fn a_did_is_found_by_its_name() {
    let list = read(&json!({
        "issuers": [{ "name": "University", "did": "did:web:university.example", "types": [DEGREE] }],
        "verifiers": [{ "name": "Employer", "did": "did:web:employer.example", "types": "*" }],
    }))
    .unwrap();
    let university = Identity::Did("did:web:university.example");
    assert_eq!(list.issuer(university, DEGREE).unwrap().name(), "University");
    let party = "University".to_owned();
    assert_eq!(
        list.issuer(university, LICENCE).unwrap_err(),
        Error::TypeNotPermitted { party }
    );
    // An issuer is not a verifier.
    assert_eq!(list.verifier(university, DEGREE).unwrap_err(), Error::NotTrusted);
    for did in [
        "did:web:employer.example:a",
        "did:web:EMPLOYER.example",
        "did:web:employer",
        "",
    ] {
        assert_eq!(
            list.verifier(Identity::Did(did), DEGREE).unwrap_err(),
            Error::NotTrusted
        );
    }
    assert!(
        list.verifier(Identity::Did("did:web:employer.example"), LICENCE)
            .is_ok()
    );
}

#[test]
fn pinned_keys_are_found_by_identifier_and_key() {
    let id = "https://bank.example";
    let (key, jwks) = (key().public_jwk(), JwkSet::from(key().public_jwk()));
    let (shop, of_shop) = ("https://shop.example", JwkSet::from(other_key().public_jwk()));
    let list = read(&json!({
        "issuers": [{ "name": "Bank", "keys": { "id": id, "jwks": jwks }, "types": [DEGREE] }],
        "verifiers": [{ "name": "Shop", "keys": { "id": shop, "jwks": of_shop }, "types": "*" }],
    }))
    .unwrap();
    assert!(list.issuer_keys(id).eq(&jwks));
    assert!(list.verifier_keys(shop).eq(&of_shop));
    assert_eq!(list.verifier_keys(id).count(), 0);
    assert_eq!(list.issuer_keys("https://other.example").count(), 0);
    let party = list.issuer(Identity::Key { id, key: &key }, DEGREE).unwrap();
    assert!(matches!(party.trust(), Trust::Keys { id: own, .. } if own == id));
    let other = other_key().public_jwk();
    for identity in [
        Identity::Key { id, key: &other },
        Identity::Key {
            id: "https://other.example",
            key: &key,
        },
        Identity::Did(id),
    ] {
        assert_eq!(list.issuer(identity, DEGREE).unwrap_err(), Error::NotTrusted);
    }
}

/// An issuer may occur more than once, with other keys for other types.
#[test]
fn a_pinned_key_is_for_the_types_of_its_entry() {
    let id = "https://bank.example";
    let (degrees, licences) = (key().public_jwk(), other_key().public_jwk());
    let entry = |key: &Jwk, kind: &str| {
        let jwks = JwkSet::from(key.clone());
        json!({ "name": kind, "keys": { "id": id, "jwks": jwks }, "types": [kind] })
    };
    let entries = [entry(&degrees, DEGREE), entry(&licences, LICENCE)];
    let list = read(&json!({ "issuers": entries })).unwrap();
    assert!(list.issuer_keys(id).eq([&degrees, &licences]));
    for (key, own, other) in [(&degrees, DEGREE, LICENCE), (&licences, LICENCE, DEGREE)] {
        let identity = Identity::Key { id, key };
        assert_eq!(list.issuer(identity, own).unwrap().name(), own);
        let party = own.to_owned();
        assert_eq!(
            list.issuer(identity, other).unwrap_err(),
            Error::TypeNotPermitted { party }
        );
    }
}

/// A credential of an issuer with several entries names its key by `kid`.
#[test]
fn a_credential_is_of_the_entry_with_its_key() {
    let id = "https://bank.example";
    let (first, second) = (key().public_jwk(), other_key().public_jwk());
    let entry = |name: &str, key: &Jwk, types: &[&str]| {
        let jwks = JwkSet::from(key.clone());
        json!({ "name": name, "keys": { "id": id, "jwks": jwks }, "types": types })
    };
    let list = read(&json!({ "issuers": [
        entry("First", &first, &[DEGREE]),
        entry("Second", &second, &[DEGREE, LICENCE]),
        entry("Again", &first, &[DEGREE]),
    ] }))
    .unwrap();
    let named = |kid, credential_type| {
        let claims = IssuerClaims {
            iss: Some(id),
            x5c: None,
            kid,
            credential_type,
        };
        let (party, keys) = list.named_issuer(claims, NOW).unwrap();
        let IssuerKeys::Pinned(keys) = keys else {
            panic!("{keys:?}");
        };
        (party.name(), keys)
    };
    let both = JwkSet::new([first.clone(), second.clone()]).unwrap();
    for (kid, name) in [
        (Some(first.kid().as_str()), "First"),
        (Some(second.kid().as_str()), "Second"),
        (None, "First"),
    ] {
        assert_eq!(named(kid, DEGREE), (name, both.clone()));
    }
    // The entry of the other key does not permit this type.
    assert_eq!(named(None, LICENCE), ("Second", JwkSet::from(second)));
}

#[test]
fn a_chain_is_found_by_its_anchor_and_name() {
    let (transport, bank, stranger) = (
        Authority::root("Transport"),
        Authority::root("Bank"),
        Authority::root("Stranger"),
    );
    let list = read(&json!({ "issuers": [
        { "name": "Transport", "x509": { "anchors": [pem(&transport)] }, "types": [LICENCE] },
        { "name": "Named", "x509": { "anchors": [pem(&bank), pem(&transport)], "names": ["verifier.example"] }, "types": [DEGREE] },
        { "name": "Other", "x509": { "anchors": [pem(&bank)], "names": ["other.example"] }, "types": [LICENCE] },
    ]}))
    .unwrap();
    let anchors = list.issuer_anchors().unwrap();
    assert_eq!((anchors.len(), list.verifier_anchors().unwrap().len()), (2, 0));

    let (from_transport, from_bank) = (valid(&anchors, &transport), valid(&anchors, &bank));
    let name = |chain: &ValidChain, credential_type| {
        list.issuer(Identity::Certificate(chain), credential_type)
            .map(|party| party.name().to_owned())
    };
    assert_eq!(name(&from_transport, LICENCE).unwrap(), "Transport");
    assert_eq!(name(&from_transport, DEGREE).unwrap(), "Named");
    assert_eq!(name(&from_bank, DEGREE).unwrap(), "Named");
    let party = "Named".to_owned();
    assert_eq!(
        name(&from_bank, LICENCE).unwrap_err(),
        Error::TypeNotPermitted { party }
    );
    // A chain that is valid under other anchors only.
    let foreign = valid(&stranger.anchors(), &stranger);
    assert_eq!(name(&foreign, LICENCE).unwrap_err(), Error::NotTrusted);

    let ids: Vec<&[u8]> = list.authority_key_ids(DEGREE).collect();
    assert_eq!(
        ids,
        [
            bank.certificate.subject_key_id().unwrap(),
            transport.certificate.subject_key_id().unwrap()
        ]
    );
}

#[test]
fn a_query_demands_authorities_only_if_no_other_issuer_is_excluded() {
    let (transport, bank) = (Authority::root("Transport"), Authority::root("Bank"));
    let list = read(&json!({ "issuers": [
        { "name": "Transport", "x509": { "anchors": [pem(&transport)] }, "types": [LICENCE, DEGREE] },
        { "name": "Bank", "x509": { "anchors": [pem(&bank), pem(&transport)] }, "types": [LICENCE] },
        { "name": "University", "did": "did:web:university.example", "types": [DEGREE] },
    ]}))
    .unwrap();
    let ids = [&transport, &bank].map(|authority| authority.certificate.subject_key_id().unwrap());
    assert_eq!(list.exclusive_authority_key_ids(LICENCE), Some(ids.to_vec()));
    // A credential of the university has no certificate.
    assert_eq!(list.exclusive_authority_key_ids(DEGREE), None);
    assert_eq!(list.exclusive_authority_key_ids("urn:example:other"), None);
    let names: Vec<&str> = list.issuers_of(DEGREE).map(Party::name).collect();
    assert_eq!(names, ["Transport", "University"]);
    assert_eq!(list.issuers_of("urn:example:other").count(), 0);
    assert_eq!(list.issuers().count(), 3);
}

#[test]
fn a_credential_names_its_issuer_by_certificate_pinned_keys_or_did() {
    let (root, stranger) = (Authority::root("Root"), Authority::root("Stranger"));
    let (bank, did) = ("https://bank.example", "did:web:university.example");
    let jwks = JwkSet::from(key().public_jwk());
    let list = read(&json!({ "issuers": [
        { "name": "Agency", "x509": { "anchors": [pem(&root)] }, "types": [LICENCE] },
        { "name": "Bank", "keys": { "id": bank, "jwks": jwks }, "types": [LICENCE] },
        { "name": "University", "did": did, "types": [DEGREE] },
    ]}))
    .unwrap();
    let x5c = |authority: &Authority| chain(authority.leaf(), &[]).to_x5c();
    let (own, foreign) = (x5c(&root), x5c(&stranger));
    let found = |iss: Option<&str>, x5c, credential_type| {
        let claims = IssuerClaims {
            iss,
            x5c,
            kid: None,
            credential_type,
        };
        let found = list.named_issuer(claims, NOW);
        found.map(|(party, keys)| (party.name(), keys))
    };
    let named = |iss, x5c, credential_type| found(Some(iss), x5c, credential_type);

    // The leaf has the DNS name and a URI of its verifier.
    for iss in ["https://verifier.example", "https://verifier.example/metadata"] {
        let (name, keys) = named(iss, Some(&own), LICENCE).unwrap();
        assert_eq!(name, "Agency");
        assert!(matches!(keys, IssuerKeys::Certificate(chain) if *chain.anchor() == root.certificate));
    }
    // Without `iss`, the certificate is the issuer's identity.
    let (name, keys) = found(None, Some(&own), LICENCE).unwrap();
    assert_eq!(name, "Agency");
    assert!(matches!(keys, IssuerKeys::Certificate(chain) if chain.leaf().alternative_name().is_some()));
    let (name, keys) = named(bank, None, LICENCE).unwrap();
    assert_eq!(name, "Bank");
    assert!(matches!(keys, IssuerKeys::Pinned(keys) if keys == jwks));
    let (name, keys) = named(did, None, DEGREE).unwrap();
    assert_eq!(name, "University");
    assert!(matches!(keys, IssuerKeys::Did));

    let refused = |iss, x5c, credential_type| named(iss, x5c, credential_type).unwrap_err();
    let verifier = "https://verifier.example";
    assert_eq!(
        refused(verifier, Some(&foreign), LICENCE),
        Error::UnknownAuthority
    );
    // Certificates that are not accepted are not replaced by pinned keys.
    assert_eq!(refused(bank, Some(&foreign), LICENCE), Error::UnknownAuthority);
    assert_eq!(refused(bank, Some(&own), LICENCE), Error::IssuerNotNamed);
    assert_eq!(refused(verifier, None, LICENCE), Error::NotTrusted);
    assert_eq!(found(None, None, LICENCE).unwrap_err(), Error::NoIssuer);
    assert_eq!(
        found(None, Some(&foreign), LICENCE).unwrap_err(),
        Error::UnknownAuthority
    );
    for (iss, x5c, party) in [(verifier, Some(&own), "Agency"), (bank, None, "Bank")] {
        let party = party.to_owned();
        assert_eq!(refused(iss, x5c, DEGREE), Error::TypeNotPermitted { party });
    }
    assert_eq!(refused("", None, LICENCE), Error::NotTrusted);
}

#[test]
fn a_renewed_certificate_is_the_same_authority() {
    let old = Authority::root("Transport");
    let (old_pem, old_certificate) = (pem(&old), old.certificate.clone());
    let renewed = old.renewed();
    assert_ne!(renewed.certificate, old_certificate);
    let list = read(&json!({ "issuers": [
        { "name": "Old", "x509": { "anchors": [old_pem] }, "types": [LICENCE] },
        { "name": "Renewed", "x509": { "anchors": [pem(&renewed)] }, "types": [DEGREE] },
    ]}))
    .unwrap();
    let chain = valid(&list.issuer_anchors().unwrap(), &renewed);
    for (credential_type, party) in [(LICENCE, "Old"), (DEGREE, "Renewed")] {
        let found = list
            .issuer(Identity::Certificate(&chain), credential_type)
            .unwrap();
        assert_eq!(found.name(), party);
    }
}

#[test]
fn a_misspelt_or_incomplete_list_is_refused() {
    let root = Authority::root("Root");
    let did = || json!({ "name": "A", "did": "did:web:a.example", "types": "*" });
    let changed = |change: fn(&mut Value)| {
        let mut party = did();
        change(&mut party);
        json!({ "issuers": [party] })
    };
    let jwks = |jwk: Value| json!({ "issuers": [{ "name": "A", "keys": { "id": "a", "jwks": { "keys": [jwk] } }, "types": "*" }] });
    let private: Value = serde_json::from_str(&key().expose_jwk()).unwrap();
    assert!(read(&json!({ "issuers": [did()] })).is_ok());
    for (list, reason) in [
        (json!([]), "invalid type"),
        (json!({ "issuers": [["A", "did:web:a.example"]] }), "invalid type"),
        (json!({ "issuer": [did()] }), "unknown field `issuer`"),
        (
            changed(|party| party["type"] = json!("*")),
            "unknown field `type`",
        ),
        (
            changed(|party| drop(party.as_object_mut().unwrap().remove("types"))),
            "missing field `types`",
        ),
        (changed(|party| party["types"] = json!([])), "`types` must be"),
        (
            changed(|party| party["types"] = json!("urn:a")),
            "`types` must be",
        ),
        (changed(|party| party["types"] = json!([""])), "`types` must be"),
        (changed(|party| party["name"] = json!("")), "empty `name`"),
        (
            changed(|party| party["did"] = json!("web:a")),
            "`did` must be a DID",
        ),
        (
            changed(|party| party["did"] = json!("did:web:a#key")),
            "`did` must be a DID",
        ),
        (
            changed(|party| party["did"] = json!("did:web:")),
            "`did` must be a DID",
        ),
        (
            changed(|party| party["did"] = json!("did::a")),
            "`did` must be a DID",
        ),
        (
            changed(|party| drop(party.as_object_mut().unwrap().remove("did"))),
            "exactly one of",
        ),
        (
            changed(|party| party["x509"] = json!({ "anchors": [] })),
            "exactly one of",
        ),
        (
            json!({ "issuers": [{ "name": "A", "x509": { "anchors": [] }, "types": "*" }] }),
            "party `A`",
        ),
        (
            json!({ "issuers": [{ "name": "A", "x509": { "anchors": ["x"] }, "types": "*" }] }),
            "party `A`",
        ),
        (
            json!({ "issuers": [{ "name": "A", "x509": { "anchors": [pem(&root)], "names": [""] }, "types": "*" }] }),
            "a name is empty",
        ),
        (jwks(private), "publishes its private half"),
        (jwks(json!({ "kty": "oct", "k": "AAAA" })), "is not usable"),
        (
            json!({ "issuers": [{ "name": "A", "keys": { "id": "a", "jwks": { "keys": [] } }, "types": "*" }] }),
            "at least one key",
        ),
    ] {
        let error = read(&list).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}: {reason}");
    }
    let large = vec![b' '; 1024 * 1024 + 1];
    assert!(
        TrustList::from_json(&large)
            .unwrap_err()
            .to_string()
            .contains("1 MiB")
    );
    let many: Vec<Value> = (0..1025).map(|_| did()).collect();
    assert!(
        read(&json!({ "verifiers": many }))
            .unwrap_err()
            .to_string()
            .contains("1024")
    );
    let twice = br#"{"issuers": [], "issuers": []}"#;
    assert!(
        TrustList::from_json(twice)
            .unwrap_err()
            .to_string()
            .contains("duplicate field")
    );
}

#[test]
fn a_party_lists_its_types() {
    let list = json!({ "issuers": [
        { "name": "All", "did": "did:web:a.example", "types": "*" },
        { "name": "Two", "did": "did:web:b.example", "types": ["urn:b", "urn:a"] },
    ] });
    let list = TrustList::from_json(list.to_string().as_bytes()).unwrap();
    let types: Vec<Option<Vec<&str>>> = list
        .issuers()
        .map(|party| party.types().map(Iterator::collect))
        .collect();
    assert_eq!(types, [None, Some(vec!["urn:a", "urn:b"])]);
}
