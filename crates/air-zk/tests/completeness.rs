//! Whatever holds for the platform has a proof that verifies, and whatever does not hold has none.

use std::cmp::Ordering;

use air_schema::CredentialSchema;
use air_zk::{Condition, Error, Predicate, Request};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::Config,
};
use serde_json::{Map, Value, json};

use crate::support::{Issuer, request};

const KINDS: [&str; 6] = ["string", "boolean", "integer", "number", "date", "date-time"];

/// A value of a type, from few, so that conditions often meet it.
fn value(kind: &'static str) -> BoxedStrategy<Value> {
    match kind {
        "string" => select(vec!["", "a", "b", "Ä", "PT"])
            .prop_map(Value::from)
            .boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => prop_oneof![-3_i64..3, Just(1 - (1 << 53)), any::<i32>().prop_map(i64::from)]
            .prop_map(Value::from)
            .boxed(),
        "number" => (-300_i32..300)
            .prop_map(|cents| json!(f64::from(cents) / 100.0))
            .boxed(),
        "date" => select(vec!["1969-12-31", "1970-01-01", "2000-02-29", "2026-11-30"])
            .prop_map(Value::from)
            .boxed(),
        _ => select(vec![
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00Z",
            "1970-01-01T02:00:00+02:00",
            "2026-11-30T12:00:00.25Z",
        ])
        .prop_map(Value::from)
        .boxed(),
    }
}

fn predicate(kind: &'static str) -> BoxedStrategy<Predicate> {
    let one = || value(kind);
    let list = || vec(value(kind), 1..5);
    let any_type = prop_oneof![
        one().prop_map(Predicate::Equals),
        one().prop_map(Predicate::NotEquals),
        list().prop_map(Predicate::In),
        list().prop_map(Predicate::NotIn),
    ];
    if ["string", "boolean"].contains(&kind) {
        return any_type.boxed();
    }
    let ordered = prop_oneof![
        one().prop_map(Predicate::Greater),
        one().prop_map(Predicate::Less),
        (one(), one()).prop_map(|(a, b)| {
            if compare(&a, &b) == Some(Ordering::Greater) {
                Predicate::Between(b, a)
            } else {
                Predicate::Between(a, b)
            }
        }),
    ];
    prop_oneof![any_type, ordered].boxed()
}

#[derive(Debug)]
struct Attribute {
    kind: &'static str,
    value: Option<Value>,
    predicates: Vec<Predicate>,
    is_disclosed: bool,
}

fn attribute() -> impl Strategy<Value = Attribute> {
    select(KINDS.to_vec()).prop_flat_map(|kind| {
        let value = prop_oneof![4 => value(kind).prop_map(Some), 1 => Just(None)];
        let is_disclosed = prop_oneof![3 => Just(false), 1 => Just(true)];
        (value, vec(predicate(kind), 0..2), is_disclosed).prop_map(
            move |(value, predicates, is_disclosed)| Attribute {
                kind,
                value,
                predicates,
                is_disclosed,
            },
        )
    })
}

/// The comparison of verification programs: numbers by value, dates and times by time.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a.partial_cmp(&b);
    }
    let (a, b) = (a.as_str()?, b.as_str()?);
    let times = || Some(a.parse::<jiff::Timestamp>().ok()?.cmp(&b.parse().ok()?));
    let dates = || Some(a.parse::<jiff::civil::Date>().ok()?.cmp(&b.parse().ok()?));
    times().or_else(dates)
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || compare(a, b) == Some(Ordering::Equal)
}

fn holds(predicate: &Predicate, value: &Value) -> bool {
    let is = |to: &Value, ordering| compare(value, to) == Some(ordering);
    match predicate {
        Predicate::Equals(to) => same(value, to),
        Predicate::NotEquals(to) => !same(value, to),
        Predicate::Greater(to) => is(to, Ordering::Greater),
        Predicate::Less(to) => is(to, Ordering::Less),
        Predicate::Between(from, to) => !is(from, Ordering::Less) && !is(to, Ordering::Greater),
        Predicate::In(list) => list.iter().any(|each| same(value, each)),
        Predicate::NotIn(list) => !list.iter().any(|each| same(value, each)),
        other => panic!("{other:?} is not in this test"),
    }
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn proofs_say_what_the_platform_says(attributes in vec(attribute(), 1..6), swapped in any::<Index>()) {
        let name = |index: usize| format!("a{index}");
        let mut forms = Vec::new();
        let mut scales = Vec::new();
        let mut subject = Map::new();
        let names: Vec<String> = (0..attributes.len()).map(name).collect();
        for (name, attribute) in names.iter().zip(&attributes) {
            forms.push(json!({ "name": name, "type": attribute.kind }));
            if attribute.kind == "number" {
                scales.push((name.as_str(), 2));
            }
            if let Some(value) = &attribute.value {
                subject.insert(name.clone(), value.clone());
            }
        }
        let form = json!({ "title": "Random", "attributes": forms });
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
        let issuer = Issuer::of("random", &schema, &scales);
        let wallet = issuer.issue(&subject);
        let conditions: Vec<Condition> = names
            .iter()
            .zip(&attributes)
            .flat_map(|(name, attribute)| attribute.predicates.iter().map(move |each| Condition::new(name, each.clone())))
            .collect();
        let mut asked = conditions.iter().cloned().fold(request(), Request::prove);
        for (name, attribute) in names.iter().zip(&attributes) {
            if attribute.is_disclosed {
                asked = asked.disclose(name);
            }
        }
        let all_hold = conditions.iter().all(|condition| {
            subject.get(condition.attribute()).is_some_and(|value| holds(condition.predicate(), value))
        });

        match issuer.run(&wallet, &asked) {
            Ok(verified) => {
                prop_assert!(all_hold);
                for (name, value) in verified.disclosed() {
                    prop_assert!(same(value, &subject[name]), "{name}");
                }
            }
            Err(Error::NotSatisfied { .. }) => prop_assert!(!all_hold),
            Err(error) => prop_assert!(false, "{error}"),
        }
        // The proof of one condition does not prove another.
        if all_hold && conditions.len() > 1 {
            let presentation = issuer.present(&wallet, &asked).unwrap();
            let mut others = conditions.clone();
            let at = swapped.index(others.len() - 1);
            others.swap(at, at + 1);
            let mut other = others.iter().cloned().fold(request(), Request::prove);
            for (name, attribute) in names.iter().zip(&attributes) {
                if attribute.is_disclosed {
                    other = other.disclose(name);
                }
            }
            let result = presentation.verify(&issuer.scheme, &other, crate::support::NOW);
            prop_assert_eq!(result.is_ok(), others == conditions);
        }
    }
}
