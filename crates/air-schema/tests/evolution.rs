//! The changes of a new version, and whom they break.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_schema::{
    ChangeKind, Comparison, Compatibility,
    Impact::{self, IssuedCredentials, VerificationPrograms},
    Validator, compare,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generated::{Dice, changed, form, schema, subject};

fn of(old: Value, new: Value) -> Comparison {
    let with = |attributes: Value| {
        schema(&json!({ "title": "KYC", "type": "Kyc", "version": "1.4", "attributes": attributes }))
    };
    compare(&with(old), &with(new))
}

/// The changes between two forms of one attribute, and whom they break.
fn change(old: &Value, new: &Value) -> Vec<(ChangeKind, Vec<Impact>)> {
    let named = |attribute: &Value| {
        let mut attribute = attribute.clone();
        attribute["name"] = json!("a");
        json!([attribute])
    };
    let comparison = of(named(old), named(new));
    let changes = comparison.changes().iter();
    changes
        .map(|change| (change.kind(), change.breaks().to_vec()))
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_kind_of_change_of_an_attribute() {
    let nobody = || Vec::new();
    let issued = || vec![IssuedCredentials];
    let programs = || vec![VerificationPrograms];
    let both = || vec![IssuedCredentials, VerificationPrograms];
    let text = |limits: Value| merged(json!({ "type": "string" }), limits);
    let number = |limits: Value| merged(json!({ "type": "number" }), limits);
    for (old, new, kind, breaks) in [
        (
            text(json!({})),
            text(json!({ "required": true })),
            ChangeKind::Required,
            issued(),
        ),
        (
            text(json!({ "required": true })),
            text(json!({})),
            ChangeKind::Required,
            programs(),
        ),
        (
            text(json!({})),
            json!({ "type": "boolean" }),
            ChangeKind::Type,
            both(),
        ),
        (
            json!({ "type": "integer" }),
            number(json!({})),
            ChangeKind::Type,
            programs(),
        ),
        (
            number(json!({})),
            json!({ "type": "integer" }),
            ChangeKind::Type,
            both(),
        ),
        (
            json!({ "type": "date" }),
            text(json!({})),
            ChangeKind::Type,
            programs(),
        ),
        (
            json!({ "type": "date-time" }),
            text(json!({})),
            ChangeKind::Type,
            programs(),
        ),
        (
            text(json!({})),
            json!({ "type": "date" }),
            ChangeKind::Type,
            both(),
        ),
        (
            json!({ "type": "date" }),
            json!({ "type": "date-time" }),
            ChangeKind::Type,
            both(),
        ),
        (
            text(json!({ "enum": ["x"] })),
            text(json!({ "enum": ["y", "x"] })),
            ChangeKind::Enum,
            nobody(),
        ),
        (
            text(json!({ "enum": ["x", "y"] })),
            text(json!({ "enum": ["x"] })),
            ChangeKind::Enum,
            issued(),
        ),
        (
            text(json!({ "enum": ["x"] })),
            text(json!({})),
            ChangeKind::Enum,
            nobody(),
        ),
        (
            text(json!({})),
            text(json!({ "enum": ["x"] })),
            ChangeKind::Enum,
            issued(),
        ),
        (
            text(json!({ "pattern": "x" })),
            text(json!({ "pattern": "x|y" })),
            ChangeKind::Pattern,
            issued(),
        ),
        (
            text(json!({ "pattern": "x" })),
            text(json!({})),
            ChangeKind::Pattern,
            nobody(),
        ),
        (
            text(json!({ "format": "uri" })),
            text(json!({ "format": "email" })),
            ChangeKind::Format,
            issued(),
        ),
        (
            text(json!({ "format": "uri" })),
            text(json!({})),
            ChangeKind::Format,
            nobody(),
        ),
        (
            text(json!({ "maxLength": 5 })),
            text(json!({ "maxLength": 6 })),
            ChangeKind::Length,
            nobody(),
        ),
        (
            text(json!({ "maxLength": 5 })),
            text(json!({ "maxLength": 4 })),
            ChangeKind::Length,
            issued(),
        ),
        (
            text(json!({ "minLength": 5 })),
            text(json!({ "minLength": 6 })),
            ChangeKind::Length,
            issued(),
        ),
        (
            text(json!({ "minLength": 5 })),
            text(json!({})),
            ChangeKind::Length,
            nobody(),
        ),
        (
            number(json!({ "minimum": 0 })),
            number(json!({ "minimum": -0.5 })),
            ChangeKind::Range,
            nobody(),
        ),
        (
            number(json!({ "minimum": 0 })),
            number(json!({ "minimum": 0.5 })),
            ChangeKind::Range,
            issued(),
        ),
        (
            number(json!({ "maximum": 9 })),
            number(json!({})),
            ChangeKind::Range,
            nobody(),
        ),
        (
            number(json!({})),
            number(json!({ "maximum": 9 })),
            ChangeKind::Range,
            issued(),
        ),
        (
            text(json!({})),
            text(json!({ "description": "d" })),
            ChangeKind::Wording,
            nobody(),
        ),
    ] {
        assert_eq!(change(&old, &new), [(kind, breaks)], "{old} → {new}");
    }
}

#[test]
fn what_says_the_same_is_no_change() {
    for (old, new) in [
        (
            json!({ "type": "string" }),
            json!({ "type": "string", "minLength": 0 }),
        ),
        (
            json!({ "type": "number", "minimum": 1 }),
            json!({ "type": "number", "minimum": 1.0 }),
        ),
        (
            json!({ "type": "string", "enum": ["x", "y"] }),
            json!({ "type": "string", "enum": ["y", "x"] }),
        ),
        (
            json!({ "type": "number", "enum": [1, 2.5] }),
            json!({ "type": "number", "enum": [2.5, 1.0] }),
        ),
    ] {
        assert_eq!(change(&old, &new), [], "{old} → {new}");
    }
}

#[test]
fn attributes_that_come_and_go() {
    let attribute =
        |name: &str, required: bool| json!({ "name": name, "type": "string", "required": required });
    let (a, b, c) = (attribute("a", true), attribute("b", false), attribute("c", true));
    let summary = |comparison: &Comparison| -> Vec<String> {
        let changes = comparison.changes().iter();
        changes
            .map(|change| format!("{} {:?}", change, change.breaks()))
            .collect()
    };
    let comparison = of(json!([a, b]), json!([b, a, c]));
    assert_eq!(
        summary(&comparison),
        [
            "c is new and required, but existing credentials lack it; make it optional [IssuedCredentials]",
            "the schema: its attributes have a new order []",
        ]
    );
    assert_eq!(comparison.suggested_version(), Some("2.0"));
    let comparison = of(json!([a]), json!([a, b]));
    assert_eq!(summary(&comparison), ["b is new and optional []"]);
    assert_eq!(comparison.suggested_version(), Some("1.5"));
    let comparison = of(json!([a, b]), json!([a]));
    assert!(comparison.breaks(IssuedCredentials) && comparison.breaks(VerificationPrograms));
    assert_eq!(comparison.compatibility(), Compatibility::Breaking);
}

#[test]
fn the_suggested_version_follows_the_gravest_change() {
    let with = |version: &str, attribute: Value| {
        let mut attribute = attribute;
        attribute["name"] = json!("a");
        schema(&json!({ "title": "t", "version": version, "attributes": [attribute] }))
    };
    let text = json!({ "type": "string" });
    let reworded = json!({ "type": "string", "title": "A" });
    let wider = json!({ "type": "string", "required": false, "title": "A" });
    let other = json!({ "type": "boolean" });
    let limited = json!({ "type": "string", "maxLength": 3 });
    for (version, old, new, expected) in [
        ("1.0", &text, &text, Some("1.0")),
        ("1.0", &text, &reworded, Some("1.1")),
        ("1.0.7", &text, &reworded, Some("1.0.8")),
        ("1.9", &limited, &wider, Some("1.10")),
        ("1.9.3", &limited, &wider, Some("1.10.0")),
        ("1.9", &text, &other, Some("2.0")),
        ("1.9.3", &text, &other, Some("2.0.0")),
        ("beta", &text, &other, None),
        ("1", &text, &other, None),
        ("18446744073709551615.0", &text, &other, None),
    ] {
        let comparison = compare(&with(version, old.clone()), &with("9.9", new.clone()));
        assert_eq!(
            comparison.suggested_version(),
            expected,
            "{version}: {old} → {new}"
        );
    }
}

#[test]
fn another_type_breaks_the_programs_that_ask_for_it() {
    let with = |kind: &str| {
        schema(&json!({ "title": "t", "type": kind, "attributes": [{ "name": "a", "type": "string" }] }))
    };
    let comparison = compare(&with("Kyc"), &with("KycIdentity"));
    assert_eq!(comparison.changes().len(), 1);
    assert!(comparison.breaks(VerificationPrograms) && !comparison.breaks(IssuedCredentials));
}

/// The changes between a form and a new version of it. If they break no issued credentials,
/// subjects of the old version stay valid.
fn compatible_pair_keeps_its_subjects(seed: u64) -> Comparison {
    let mut dice = Dice(seed);
    let old = form(&mut dice);
    let new = changed(&mut dice, &old);
    let comparison = compare(&schema(&old), &schema(&new));
    let (before, after) = (
        Validator::new(&schema(&old)).unwrap(),
        Validator::new(&schema(&new)).unwrap(),
    );
    let compatible = !comparison.breaks(IssuedCredentials);
    for _ in 0..8 {
        let subject = subject(&mut dice, &old);
        assert_eq!(before.validate_value(&subject), Ok(()), "{subject} {old}");
        if compatible {
            assert_eq!(
                after.validate_value(&subject),
                Ok(()),
                "{subject}\nold {old}\nnew {new}"
            );
        }
    }
    comparison
}

#[test]
fn a_subject_stays_valid_under_a_compatible_version_and_both_kinds_of_pairs_are_tried() {
    let (mut compatible, mut breaking) = (0, 0);
    for seed in 0..2000 {
        let comparison = compatible_pair_keeps_its_subjects(seed);
        if comparison.breaks(IssuedCredentials) {
            breaking += 1;
        } else if !comparison.changes().is_empty() {
            compatible += 1;
        }
    }
    assert!(
        compatible >= 400 && breaking >= 400,
        "{compatible} compatible changes and {breaking} breaking ones of 2000"
    );
}

/// For most versions reported as breaking, one of 40 subjects is valid before and invalid after.
#[test]
fn breaking_pairs_have_a_subject_that_breaks() {
    let mut witnessed = 0;
    let mut breaking = 0;
    for seed in 0..1000 {
        let mut dice = Dice(seed);
        let old = form(&mut dice);
        let new = changed(&mut dice, &old);
        if !compare(&schema(&old), &schema(&new)).breaks(IssuedCredentials) {
            continue;
        }
        breaking += 1;
        let after = Validator::new(&schema(&new)).unwrap();
        witnessed += usize::from((0..40).any(|_| after.validate_value(&subject(&mut dice, &old)).is_err()));
    }
    assert!(
        witnessed * 10 >= breaking * 8,
        "{witnessed} of {breaking} breaking pairs break one of 40 subjects"
    );
}

proptest! {
    #[test]
    fn a_subject_stays_valid_under_a_compatible_version(seed: u64) {
        compatible_pair_keeps_its_subjects(seed);
    }

    #[test]
    fn nothing_changes_between_a_schema_and_itself(seed: u64) {
        let schema = schema(&form(&mut Dice(seed)));
        let comparison = compare(&schema, &schema);
        prop_assert_eq!(comparison.changes(), &[]);
        prop_assert_eq!(comparison.compatibility(), Compatibility::Compatible);
    }
}

fn merged(mut attribute: Value, limits: Value) -> Value {
    let Value::Object(limits) = limits else {
        return attribute;
    };
    attribute.as_object_mut().unwrap().extend(limits);
    attribute
}
