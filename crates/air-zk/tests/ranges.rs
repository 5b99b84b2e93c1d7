//! Conditions at the limits of their ranges, on hidden and on disclosed attributes.

use air_schema::CredentialSchema;
use air_zk::{Condition, Error, Predicate, Request};
use serde_json::{Map, Value, json};

use crate::support::{Issuer, Wallet, proving, request};

fn numbers() -> Issuer {
    let form = json!({
        "title": "Numbers",
        "attributes": [
            { "name": "whole", "type": "integer" },
            { "name": "scaled", "type": "number" },
            { "name": "text", "type": "string" },
            { "name": "flag", "type": "boolean" },
            { "name": "day", "type": "date" },
        ],
    });
    let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
    Issuer::of("numbers", &schema, &[("scaled", 2)])
}

fn of(issuer: &Issuer, subject: &Value) -> Wallet {
    issuer.issue(subject.as_object().unwrap())
}

/// Whether the condition holds. A condition that does not hold has no proof.
fn holds(issuer: &Issuer, wallet: &Wallet, request: &Request) -> bool {
    match issuer.run(wallet, request) {
        Ok(_) => true,
        Err(Error::NotSatisfied { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn both_sides_of_each_limit() {
    let issuer = numbers();
    let wallet = of(
        &issuer,
        &json!({ "whole": -5, "scaled": 0.25, "day": "1970-01-01" }),
    );
    let cases = [
        ("whole", Predicate::Greater(json!(-6)), true),
        ("whole", Predicate::Greater(json!(-5)), false),
        ("whole", Predicate::Less(json!(-4)), true),
        ("whole", Predicate::Less(json!(-5)), false),
        ("whole", Predicate::Between(json!(-5), json!(-5)), true),
        ("whole", Predicate::Between(json!(-4), json!(0)), false),
        ("whole", Predicate::Between(json!(-9), json!(-6)), false),
        ("scaled", Predicate::Greater(json!(0.24)), true),
        ("scaled", Predicate::Greater(json!(0.25)), false),
        ("scaled", Predicate::Less(json!(1)), true),
        ("day", Predicate::Greater(json!("1969-12-31")), true),
        ("day", Predicate::Less(json!("1970-01-01")), false),
        ("whole", Predicate::Equals(json!(-5.0)), true),
        ("whole", Predicate::NotEquals(json!(-5)), false),
        ("whole", Predicate::In(vec![json!(1), json!(-5)]), true),
        ("whole", Predicate::In(vec![json!(-5)]), true),
        ("whole", Predicate::In(vec![json!(5)]), false),
        ("whole", Predicate::NotIn(vec![json!(5), json!(6)]), true),
        ("whole", Predicate::NotIn(vec![json!(5), json!(-5)]), false),
    ];
    for (attribute, predicate, expected) in cases {
        let hidden = proving(attribute, predicate.clone());
        assert_eq!(
            holds(&issuer, &wallet, &hidden),
            expected,
            "{attribute} {predicate:?}"
        );
        let shown = proving(attribute, predicate.clone()).disclose(attribute);
        assert_eq!(
            holds(&issuer, &wallet, &shown),
            expected,
            "{attribute} {predicate:?}, disclosed"
        );
    }
}

#[test]
fn the_ends_of_64_bits_do_not_overflow() {
    let issuer = numbers();
    let (least, most) = (i64::MIN, i64::MAX);
    for (value, predicate, expected) in [
        (least, Predicate::Less(json!(least + 1)), true),
        (least, Predicate::Greater(json!(least)), false),
        (least, Predicate::Less(json!(most)), true),
        (least, Predicate::Greater(json!(most - 1)), false),
        (most, Predicate::Greater(json!(most - 1)), true),
        (most, Predicate::Greater(json!(least)), true),
        (most, Predicate::Less(json!(most)), false),
        (most, Predicate::Between(json!(least), json!(most)), true),
        (least, Predicate::Between(json!(least), json!(most)), true),
    ] {
        let wallet = of(&issuer, &json!({ "whole": value }));
        let request = proving("whole", predicate.clone());
        assert_eq!(
            holds(&issuer, &wallet, &request),
            expected,
            "{value} {predicate:?}"
        );
    }
    let wallet = of(&issuer, &json!({ "whole": 1 }));
    for predicate in [
        Predicate::Greater(json!(most)),
        Predicate::Less(json!(least)),
        Predicate::Between(json!(2), json!(1)),
        Predicate::Greater(json!(u64::MAX)),
        Predicate::Less(json!(0.5)),
    ] {
        let result = issuer.present(&wallet, &proving("whole", predicate.clone()));
        assert!(matches!(result, Err(Error::Condition { .. })), "{predicate:?}");
    }
}

#[test]
fn no_condition_holds_for_an_absent_attribute() {
    let issuer = numbers();
    let wallet = of(&issuer, &json!({ "whole": 1 }));
    for (attribute, predicate) in [
        ("scaled", Predicate::Greater(json!(0))),
        ("scaled", Predicate::Less(json!(0))),
        ("scaled", Predicate::NotEquals(json!(0))),
        ("text", Predicate::NotEquals(json!("a"))),
        ("text", Predicate::NotIn(vec![json!("a")])),
        ("text", Predicate::In(vec![json!("")])),
        ("flag", Predicate::Equals(json!(false))),
        ("flag", Predicate::NotEquals(json!(false))),
    ] {
        let asked = proving(attribute, predicate.clone());
        assert!(!holds(&issuer, &wallet, &asked), "{attribute} {predicate:?}");
        assert!(
            !holds(&issuer, &wallet, &asked.disclose(attribute)),
            "{attribute} {predicate:?}"
        );
    }
    let shown = issuer
        .run(&wallet, &request().disclose("text").disclose("whole"))
        .unwrap();
    let expected: Map<String, Value> = json!({ "whole": 1 }).as_object().unwrap().clone();
    assert_eq!(shown.disclosed(), &expected);
}

#[test]
fn conditions_without_a_proof_are_refused() {
    let issuer = numbers();
    let wallet = of(&issuer, &json!({ "whole": 1, "text": "a", "flag": true }));
    let many = |count: i64| (0..count).map(Value::from).collect::<Vec<_>>();
    for (attribute, predicate) in [
        ("text", Predicate::Greater(json!("A"))),
        ("flag", Predicate::Less(json!(true))),
        ("text", Predicate::Equals(json!(1))),
        ("text", Predicate::NotEquals(Value::Null)),
        // The platform compares such texts by time.
        ("text", Predicate::Equals(json!("1990-05-01"))),
        (
            "text",
            Predicate::In(vec![json!("b"), json!("1990-05-01T12:00:00Z")]),
        ),
        ("day", Predicate::Less(json!("1990-05-01T12:00:00Z"))),
        ("whole", Predicate::In(vec![])),
        ("whole", Predicate::NotIn(many(65))),
        ("scaled", Predicate::Equals(json!(0.001))),
    ] {
        let result = issuer.present(&wallet, &proving(attribute, predicate.clone()));
        assert!(
            matches!(result, Err(Error::Condition { .. })),
            "{attribute} {predicate:?}"
        );
    }
    let unknown = issuer.present(&wallet, &proving("nickname", Predicate::Equals(json!("a"))));
    assert!(matches!(unknown, Err(Error::UnknownAttribute { .. })));
    assert!(holds(
        &issuer,
        &wallet,
        &proving("whole", Predicate::In(many(64)))
    ));
    let sixteen = (0..16).fold(request(), |request, number| {
        request.prove(Condition::new("whole", Predicate::NotEquals(json!(number + 100))))
    });
    assert!(holds(&issuer, &wallet, &sixteen));
    let seventeen = sixteen.prove(Condition::new("whole", Predicate::NotEquals(json!(0))));
    assert!(matches!(
        issuer.present(&wallet, &seventeen),
        Err(Error::Size { .. })
    ));
}

#[test]
fn disclosed_values_are_the_subjects() {
    let issuer = numbers();
    let subject = json!({ "whole": -7, "scaled": -0.07, "text": "é \"", "flag": false, "day": "2024-02-29" });
    let wallet = of(&issuer, &subject);
    let asked = ["day", "flag", "scaled", "text", "whole"]
        .into_iter()
        .fold(request(), Request::disclose);
    let shown = issuer.run(&wallet, &asked).unwrap();
    assert_eq!(Value::from(shown.disclosed().clone()), subject);
}
