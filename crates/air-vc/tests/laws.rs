//! Properties that hold for any subject.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_vc::{ClaimPath, Inspection, IssueOptions};
use proptest::{collection, prelude::*};
use serde_json::{Map, Value};

use crate::support::{NOW, Setup, challenge, paths};

/// Any JSON except `null` members, floats that don't print exactly, and names that SD-JWT reserves.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-((1_i64 << 53) - 1)..1 << 53).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(Value::Null),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::btree_map(name(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    "[a-z.*\\\\é]{1,3}".prop_filter("SD-JWT's own", |name| {
        name != "..." && !RESERVED.contains(&name.as_str())
    })
}

const RESERVED: &[&str] = &[
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "vct", "cnf", "id",
];

fn any_subject() -> impl Strategy<Value = Map<String, Value>> {
    collection::btree_map(name(), value(), 0..6).prop_map(|members| members.into_iter().collect())
}

/// A path to some claim of the subject.
fn path_in(subject: &Map<String, Value>, picks: &[usize]) -> Option<ClaimPath> {
    let mut here = Value::Object(subject.clone());
    let mut steps: Vec<String> = Vec::new();
    for pick in picks {
        let (step, below) = match &here {
            Value::Object(members) if !members.is_empty() => {
                let (name, below) = members.iter().nth(pick % members.len()).unwrap();
                (escaped(name), below.clone())
            }
            Value::Array(items) if !items.is_empty() => {
                let index = pick % items.len();
                (index.to_string(), items[index].clone())
            }
            _ => break,
        };
        steps.push(step);
        here = below;
    }
    (!steps.is_empty()).then(|| steps.join(".").parse().unwrap())
}

fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('.', "\\.").replace('*', "\\*")
}

/// The value at a path.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut steps = vec![String::new()];
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => steps.last_mut().unwrap().push(characters.next().unwrap()),
            '.' => steps.push(String::new()),
            _ => steps.last_mut().unwrap().push(character),
        }
    }
    steps.iter().try_fold(value, |here, step| match here {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => here.get(step),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_issued_is_what_is_verified(subject in any_subject(), decoys in 0u8..4) {
        let setup = Setup::new();
        let credential = setup.issue(&IssueOptions { decoys, ..setup.options() }, &subject).unwrap();
        let verified = setup.verifier().verify(credential.as_str(), NOW).unwrap();
        prop_assert_eq!(verified.subject(), &subject);
    }

    #[test]
    fn nothing_is_shown_unless_it_is_chosen(subject in any_subject()) {
        let setup = Setup::new();
        let credential = setup.issue(&setup.options(), &subject).unwrap();
        let bare = setup.verifier().verify(credential.present(&[]).unwrap().as_str(), NOW).unwrap();
        prop_assert!(bare.subject().is_empty());
        let whole = credential.present(&paths(&["*"])).unwrap();
        let whole = setup.verifier().verify(whole.as_str(), NOW).unwrap();
        prop_assert_eq!(whole.subject(), &subject);
    }

    #[test]
    fn a_chosen_claim_is_shown_whole_and_so_is_a_visible_one(
        subject in any_subject(),
        picks in collection::vec(any::<usize>(), 1..4),
    ) {
        let setup = Setup::new();
        let Some(path) = path_in(&subject, &picks) else { return Ok(()) };
        let text = path.to_string();
        let whole = Value::Object(subject.clone());

        let credential = setup.issue(&setup.bound(), &subject).unwrap();
        let shown = credential.present(std::slice::from_ref(&path)).unwrap();
        let bound = shown.bind(&setup.holder, &challenge(), NOW).unwrap();
        let verifier = setup.verifier().requiring_key_binding(challenge());
        let verified = verifier.verify(bound.as_str(), NOW).unwrap();
        let found = Value::Object(verified.subject().clone());
        // Withheld items are removed, which changes the indices of others. Paths with an index are
        // therefore not compared.
        if !text.contains(|c: char| c.is_ascii_digit()) {
            prop_assert_eq!(at(&found, &text), at(&whole, &text));
        }

        let options = IssueOptions { always_visible: vec![path], ..setup.options() };
        let bare = setup.issue(&options, &subject).unwrap().present(&[]).unwrap();
        let verified = setup.verifier().verify(bare.as_str(), NOW).unwrap();
        prop_assert_eq!(Value::Object(verified.subject().clone()), found);
    }

    #[test]
    fn any_flipped_character_is_refused_or_changes_nothing(at in any::<prop::sample::Index>(), with in "[A-Za-z0-9_~.-]") {
        let setup = Setup::new();
        let compact = setup.credential().as_str().to_owned();
        let index = at.index(compact.len());
        let spoiled = format!("{}{with}{}", &compact[..index], &compact[index + 1..]);
        let whole = setup.claims(&compact).unwrap();
        if let Ok(claims) = setup.claims(&spoiled) {
            prop_assert_eq!(claims, whole);
        }
    }

    #[test]
    fn inspecting_never_panics(text in "[A-Za-z0-9_~.=-]{0,200}") {
        let _ = Inspection::of(&text);
    }
}
