//! The examples of the Bitstring Status List v1.0. They have no proofs, so the tests sign them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::jws;
use air_vc::{
    Error, Format, Verifier,
    status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListEntry,
        BitstringStatusListOptions, BitstringStatusListVerifier, MINIMUM_ENTRIES, StatusBits, StatusPurpose,
        VerifiedBitstringStatusList,
    },
};
use serde_json::{Value, json};

use crate::support::{NOW, Setup};

const ISSUER: &str = "did:example:12345";

/// The indices of the examples that are credentials, with the lists that determine their status.
const CREDENTIALS: [(usize, &[&str]); 4] = [(0, &["3", "4"]), (3, &["3"]), (5, &["3", "4"]), (6, &["5"])];
/// The indices of the examples that are lists.
const LISTS: [usize; 2] = [2, 4];
/// The index of the example with shortened text.
const CUT_SHORT: usize = 1;

fn examples() -> Vec<Value> {
    let mut examples: Vec<Value> =
        serde_json::from_str(include_str!("vectors/bitstring-status-list/examples.json")).unwrap();
    assert_eq!(examples.len(), CREDENTIALS.len() + LISTS.len() + 1);
    let text = examples[CUT_SHORT]["text"].as_str().unwrap().trim();
    // A value of two bits needs four messages.
    let text = text.replacen("...", r#"{"status":"0x3", "message":"undefined"}"#, 1);
    let text = text.replacen("\"BillOfLading\",\n    ...", "\"BillOfLading\"", 1);
    examples[CUT_SHORT]["json"] = serde_json::from_str(&text).unwrap();
    examples
}

fn entries(credential: &Value) -> Vec<BitstringStatusListEntry> {
    let status = &credential["credentialStatus"];
    let values = status
        .as_array()
        .map_or(std::slice::from_ref(status), Vec::as_slice);
    let read = values.iter().map(|value| {
        let entry = BitstringStatusListEntry::parse(value).unwrap();
        assert_eq!(&entry.to_value(), value, "an entry is written as it was read");
        entry
    });
    read.collect()
}

fn verified(setup: &Setup, url: &str, document: &Value) -> Result<VerifiedBitstringStatusList, Error> {
    let token = jws::sign(&setup.key, "vc+jwt", document);
    BitstringStatusListVerifier::new(ISSUER, &setup.keys, url).verify(&token, NOW)
}

/// A list with this URL and both purposes, and with these indices set.
fn published(setup: &Setup, url: &str, set: &[u64]) -> VerifiedBitstringStatusList {
    let mut list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 0).unwrap();
    for index in set {
        list.set(*index, 1).unwrap();
    }
    let options = BitstringStatusListOptions {
        issuer: ISSUER.into(),
        valid_from: Some(NOW),
        ..BitstringStatusListOptions::default()
    };
    let mut document = json!(BitstringStatusListCredential::document(url, &list, &options));
    document["credentialSubject"]["statusPurpose"] = json!(["revocation", "suspension"]);
    verified(setup, url, &document).unwrap()
}

#[test]
fn each_credential_names_its_lists_and_depends_on_every_entry() {
    let (setup, examples) = (Setup::new(), examples());
    for (number, lists) in CREDENTIALS {
        let (title, credential) = (&examples[number]["title"], &examples[number]["json"]);
        let token = jws::sign(&setup.key, "vc+jwt", credential);
        let verifier = Verifier::new(ISSUER, &setup.keys).with_format(Format::W3cJwt);
        let named = verifier.named_lists(&token).unwrap();
        let urls: Vec<&str> = named
            .bitstring
            .iter()
            .map(BitstringStatusListVerifier::url)
            .collect();
        let expected = lists
            .iter()
            .map(|list| format!("https://example.com/credentials/status/{list}"));
        assert_eq!(urls, expected.collect::<Vec<_>>(), "{title}");

        let verify = |lists: &[VerifiedBitstringStatusList]| {
            let verifier = Verifier::new(ISSUER, &setup.keys)
                .with_format(Format::W3cJwt)
                .with_bitstring_status_lists(lists);
            verifier.verify(&token, NOW).map(drop)
        };
        let clear = || {
            urls.iter()
                .map(|url| published(&setup, url, &[]))
                .collect::<Vec<_>>()
        };
        assert_eq!(verify(&clear()), Ok(()), "{title}");
        assert!(
            matches!(verify(&[]), Err(Error::StatusNotKnown { .. })),
            "{title}"
        );
        let some = &clear()[1..];
        assert!(
            matches!(verify(some), Err(Error::StatusNotKnown { .. })),
            "{title}"
        );
        for entry in entries(credential) {
            let set = |index| {
                let of = |url: &&str| {
                    if **url == entry.list {
                        vec![index]
                    } else {
                        Vec::new()
                    }
                };
                let lists = urls.iter().map(|url| published(&setup, url, &of(url)));
                verify(&lists.collect::<Vec<_>>())
            };
            let refusal = match entry.purpose {
                StatusPurpose::Suspension => Error::Suspended,
                _ => Error::Revoked,
            };
            assert_eq!(set(entry.index), Err(refusal), "{title}: {}", entry.index);
            assert_eq!(set(entry.index + 1), Ok(()), "{title}: {}", entry.index);
            assert_eq!(set(entry.index - 1), Ok(()), "{title}: {}", entry.index);
        }
    }
}

#[test]
fn each_list_is_all_valid_and_answers_the_examples_that_name_it() {
    let (setup, examples) = (Setup::new(), examples());
    for number in LISTS {
        let (title, document) = (&examples[number]["title"], &examples[number]["json"]);
        let url = document["id"].as_str().unwrap();
        let list = verified(&setup, url, document).unwrap();
        assert_eq!(list.list().entries(), MINIMUM_ENTRIES, "{title}");
        assert_eq!(list.list().purposes(), [StatusPurpose::Revocation], "{title}");
        assert!(list.list().as_bytes().iter().all(|byte| *byte == 0), "{title}");
        let mut answered = 0;
        for (example, _) in CREDENTIALS {
            for entry in entries(&examples[example]["json"]) {
                if entry.list == url {
                    assert!(!list.status(&entry).unwrap().is_set(), "{title}: {}", entry.index);
                    answered += 1;
                } else {
                    assert_eq!(list.status(&entry), Err(Error::StatusListWrongUri), "{title}");
                }
            }
        }
        assert_eq!(answered, 3, "{title}");

        // The first credential whose only list is this one, by the same issuer.
        let token = jws::sign(&setup.key, "vc+jwt", &examples[3]["json"]);
        let lists = [list];
        let verifier = Verifier::new(ISSUER, &setup.keys)
            .with_format(Format::W3cJwt)
            .with_bitstring_status_lists(&lists);
        assert!(verifier.verify(&token, NOW).is_ok(), "{title}");
    }
}

#[test]
fn each_list_is_refused_under_another_url_issuer_or_key() {
    let (setup, other, examples) = (Setup::new(), Setup::new(), examples());
    for number in LISTS {
        let (title, document) = (&examples[number]["title"], &examples[number]["json"]);
        let url = document["id"].as_str().unwrap();
        let elsewhere = verified(&setup, "https://example.com/credentials/status/4", document);
        assert_eq!(elsewhere, Err(Error::StatusListWrongUri), "{title}");
        let token = jws::sign(&setup.key, "vc+jwt", document);
        let by = |issuer, keys| BitstringStatusListVerifier::new(issuer, keys, url).verify(&token, NOW);
        assert_eq!(
            by("did:example:other", &setup.keys),
            Err(Error::StatusListWrongIssuer),
            "{title}"
        );
        assert!(
            matches!(by(ISSUER, &other.keys), Err(Error::StatusListToken(_))),
            "{title}"
        );
        for (pointer, value) in [
            ("/credentialSubject/encodedList", json!("uH4sIAAAAAAAAAA")),
            ("/credentialSubject/type", json!("BitstringStatusListEntry")),
            ("/type", json!(["VerifiableCredential"])),
        ] {
            let mut changed = document.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            let outcome = verified(&setup, url, &changed);
            assert!(
                matches!(outcome, Err(Error::MalformedStatus { .. })),
                "{title}: {pointer}"
            );
        }
    }
}

/// Messages only inform, so verification needs no list. The list determines the message.
#[test]
fn the_example_with_messages_is_accepted_and_says_them() {
    let (setup, examples) = (Setup::new(), examples());
    let credential = &examples[CUT_SHORT]["json"];
    let token = jws::sign(&setup.key, "vc+jwt", credential);
    let verifier = Verifier::new(ISSUER, &setup.keys).with_format(Format::W3cJwt);
    assert!(verifier.verify(&token, NOW).is_ok());
    assert!(verifier.named_lists(&token).unwrap().bitstring.is_empty());

    let entry = &entries(credential)[0];
    assert_eq!((entry.index, entry.bits()), (492_847, StatusBits::Two));
    assert_eq!(entry.references(), ["https://example.org/status-dictionary/"]);
    for (value, message) in (0..).zip(["pending_review", "accepted", "rejected", "undefined"]) {
        let mut list = BitstringStatusList::new(StatusPurpose::Message, StatusBits::Two, 500_000).unwrap();
        list.set(entry.index, value).unwrap();
        let options = BitstringStatusListOptions {
            issuer: ISSUER.into(),
            ..BitstringStatusListOptions::default()
        };
        let list = list.with_messages(entry.messages().to_vec()).unwrap();
        let document = json!(BitstringStatusListCredential::document(
            &entry.list,
            &list,
            &options
        ));
        let status = verified(&setup, &entry.list, &document)
            .unwrap()
            .status(entry)
            .unwrap();
        assert_eq!((status.value, status.message.as_deref()), (value, Some(message)));
    }
}
