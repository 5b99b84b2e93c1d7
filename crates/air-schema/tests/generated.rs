//! Forms, subjects and new versions generated from a seed, for property tests.
#![allow(dead_code, reason = "each test uses some of it")]

use air_schema::CredentialSchema;
use serde_json::{Map, Value, json};

const NAMES: &[&str] = &[
    "givenName",
    "birthDate",
    "level",
    "country",
    "email",
    "riskScore",
    "ratio",
    "isOver18",
    "verifiedAt",
    "note",
];
/// Patterns, with texts that match and one that does not.
const PATTERNS: &[(&str, &[&str], &str)] = &[
    ("^[A-Z]{3}$", &["UTO", "ABC"], "Utopia"),
    (r"^\d{2,4}$", &["12", "1234"], "1"),
    (r"^\p{L}+$", &["Zoë", "Ада"], "4"),
    ("a|b", &["xax", "b"], "c"),
];
const FORMATS: &[(&str, &[&str], &str)] = &[
    ("email", &["ada@example.org", "a.b+c@d.example"], "nobody"),
    ("uri", &["https://example.org/a?b#c", "urn:uuid:1"], "no uri"),
    ("uuid", &["7f01c42c-02cf-4325-96ed-ba034700f724"], "7f01"),
    ("hostname", &["example.org"], "-"),
    ("ipv4", &["192.0.2.1"], "192.0.2.256"),
    ("ipv6", &["2001:db8::1"], "2001:db8"),
];
const DATES: &[&str] = &["1990-05-01", "2000-02-29", "2026-12-31"];
const MOMENTS: &[&str] = &["1990-05-01T12:00:00Z", "2026-01-19T07:18:45.123+02:00"];

/// SplitMix64: the same numbers for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

pub(crate) fn schema(form: &Value) -> CredentialSchema {
    CredentialSchema::from_slice(form.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {form}"))
}

/// A form with one to eight attributes of any type and limits.
pub(crate) fn form(dice: &mut Dice) -> Value {
    let mut names = NAMES.to_vec();
    let count = 1 + dice.below(8);
    let attributes: Vec<Value> = (0..count)
        .map(|_| {
            let name = names.remove(dice.below(names.len()));
            attribute(dice, name)
        })
        .collect();
    let mut form = json!({ "title": "A schema / for tests", "attributes": attributes });
    if dice.one_in(2) {
        form["description"] = json!("Made \"up\",\nfor tests.");
        form["version"] = json!(*dice.pick(&["1.0", "2.7", "1.2.3", "beta"]));
        form["type"] = json!(*dice.pick(&["Tested", "KYC-2_Größe"]));
    }
    form
}

fn attribute(dice: &mut Dice, name: &str) -> Value {
    let kind = *dice.pick(&[
        "string",
        "string",
        "string",
        "number",
        "integer",
        "boolean",
        "date",
        "date-time",
    ]);
    let mut attribute = json!({ "name": name, "type": kind, "required": dice.one_in(2) });
    limit(dice, &mut attribute);
    if dice.one_in(3) {
        attribute["title"] = json!(format!("The {name}"));
        attribute["description"] = json!("What it means.");
    }
    attribute
}

/// Gives an attribute limits, none of which excludes all values.
fn limit(dice: &mut Dice, attribute: &mut Value) {
    let kind = attribute["type"].as_str().unwrap().to_owned();
    match (kind.as_str(), dice.below(6)) {
        ("string", 0) => attribute["pattern"] = json!(dice.pick(PATTERNS).0),
        ("string", 1) => attribute["format"] = json!(dice.pick(FORMATS).0),
        ("string", 2) => attribute["enum"] = json!(["a", "b", "cé", "a/~b\n"][..=dice.below(4)]),
        ("string", 3) => {
            let least = dice.below(4);
            attribute["minLength"] = json!(least);
            attribute["maxLength"] = json!(least + dice.below(4));
        }
        ("string", 4) => attribute["maxLength"] = json!(dice.below(5)),
        ("integer" | "number", 0) => {
            let least = i64::try_from(dice.below(20)).unwrap() - 10;
            attribute["minimum"] = json!(least);
            attribute["maximum"] = json!(least + i64::try_from(dice.below(10)).unwrap());
        }
        ("integer" | "number", 1) => attribute["maximum"] = json!(dice.below(20)),
        ("integer" | "number", 2) => attribute["enum"] = json!([1, 2, 3, 5][..=dice.below(4)]),
        ("number", 3) => {
            attribute["minimum"] = json!(-0.25);
            attribute["maximum"] = json!(1e3);
        }
        ("number", 4) => attribute["enum"] = json!([0.5, 1.25]),
        ("boolean", 0) => attribute["enum"] = json!([true]),
        ("date", 0) => attribute["enum"] = json!(DATES[..2]),
        _ => {}
    }
}

/// A subject that satisfies every rule of a form.
pub(crate) fn subject(dice: &mut Dice, form: &Value) -> Value {
    let mut members = Map::new();
    for attribute in form["attributes"].as_array().unwrap() {
        if attribute["required"] == true || dice.one_in(2) {
            let name = attribute["name"].as_str().unwrap().to_owned();
            members.insert(name, fitting(dice, attribute));
        }
    }
    Value::Object(members)
}

fn fitting(dice: &mut Dice, attribute: &Value) -> Value {
    if let Some(values) = attribute["enum"].as_array() {
        return dice.pick(values).clone();
    }
    let row = |rows: &[(&str, &'static [&'static str], &str)], name: &Value| {
        rows.iter().find(|row| *name == row.0).map(|row| row.1)
    };
    let texts = row(PATTERNS, &attribute["pattern"]).or_else(|| row(FORMATS, &attribute["format"]));
    let least = attribute["minimum"].as_f64();
    let greatest = attribute["maximum"].as_f64();
    match attribute["type"].as_str().unwrap() {
        "string" if texts.is_some() => json!(*dice.pick(texts.unwrap())),
        "string" => {
            let least = attribute["minLength"].as_u64().unwrap_or(0);
            let greatest = attribute["maxLength"].as_u64().unwrap_or(least + 5);
            let length = least + dice.below(usize::try_from(greatest - least).unwrap() + 1) as u64;
            json!(
                (0..length)
                    .map(|_| *dice.pick(&['a', 'é', '😀', '"']))
                    .collect::<String>()
            )
        }
        "boolean" => json!(dice.one_in(2)),
        "date" => json!(*dice.pick(DATES)),
        "date-time" => json!(*dice.pick(MOMENTS)),
        "integer" => {
            let least = least.unwrap_or_else(|| greatest.unwrap_or(0.0) - 5.0);
            let greatest = greatest.unwrap_or(least + 5.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small whole numbers"
            )]
            let (least, steps) = (least as i64, (greatest - least) as usize);
            json!(least + i64::try_from(dice.below(steps + 1)).unwrap())
        }
        _ => {
            let least = least.unwrap_or_else(|| greatest.unwrap_or(0.0) - 5.0);
            let greatest = greatest.unwrap_or(least + 5.0);
            let quarters = f64::from(u32::try_from(dice.below(5)).unwrap()) / 4.0;
            json!(least + (greatest - least) * quarters)
        }
    }
}

/// A subject that may violate a rule: with another attribute's value, or with one attribute more or
/// less.
pub(crate) fn wrong_subject(dice: &mut Dice, form: &Value) -> Value {
    let mut subject = subject(dice, form);
    let members = subject.as_object_mut().unwrap();
    let name = dice.pick(form["attributes"].as_array().unwrap())["name"]
        .as_str()
        .unwrap()
        .to_owned();
    match dice.below(4) {
        0 => drop(members.remove(&name)),
        1 => drop(members.insert("unheardOf".to_owned(), json!(1))),
        _ => {
            let texts = PATTERNS
                .iter()
                .map(|row| row.2)
                .chain(FORMATS.iter().map(|row| row.2));
            let mut values: Vec<Value> = texts
                .chain(["1990-02-30", "", "aaaaaaaaaa"])
                .map(Value::from)
                .collect();
            values.extend([
                json!(null),
                json!(7.5),
                json!(-100),
                json!(1e6),
                json!(true),
                json!([]),
                json!({ "a": 1 }),
            ]);
            members.insert(name, dice.pick(&values).clone());
        }
    }
    subject
}

/// A new version of a form, with up to three changes.
pub(crate) fn changed(dice: &mut Dice, form: &Value) -> Value {
    let mut form = form.clone();
    for _ in 0..dice.below(4) {
        change(dice, &mut form);
    }
    form
}

fn change(dice: &mut Dice, form: &mut Value) {
    let attributes = form["attributes"].as_array_mut().unwrap();
    let at = dice.below(attributes.len());
    let limits = [
        "enum",
        "pattern",
        "format",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
    ];
    match dice.below(12) {
        0 | 1 => {
            let unused = NAMES
                .iter()
                .find(|name| attributes.iter().all(|attribute| attribute["name"] != **name));
            if let Some(name) = unused {
                let mut new = attribute(dice, name);
                new["required"] = json!(dice.one_in(3));
                attributes.push(new);
            }
        }
        2 if attributes.len() > 1 => drop(attributes.remove(at)),
        3 => attributes[at]["required"] = json!(true),
        4 => attributes[at]["required"] = json!(false),
        5 => {
            let limit = *dice.pick(&limits);
            attributes[at].as_object_mut().unwrap().remove(limit);
        }
        6 => shift(&mut attributes[at], &["maxLength", "maximum"], 1.0),
        7 => shift(&mut attributes[at], &["minLength", "minimum"], 1.0),
        8 => attributes[at]["description"] = json!("What it means, in other words."),
        9 => attributes.reverse(),
        10 => {
            let wider = match attributes[at]["type"].as_str().unwrap() {
                "integer" => "number",
                "date" | "date-time" => "string",
                other => other,
            };
            attributes[at]["type"] = json!(wider);
        }
        11 => {
            let name = attributes[at]["name"].as_str().unwrap().to_owned();
            attributes[at] = attribute(dice, &name);
        }
        _ => {}
    }
}

/// Raises limits: upper limits allow more and lower limits allow less, and none excludes all
/// values.
fn shift(attribute: &mut Value, limits: &[&str], by: f64) {
    for limit in limits {
        if let Some(value) = attribute[*limit].as_f64() {
            let other = if limit.ends_with("Length") {
                "maxLength"
            } else {
                "maximum"
            };
            let moved = value + by;
            if limit.starts_with("max") || attribute[other].as_f64().is_none_or(|greatest| moved <= greatest)
            {
                #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
                let whole = moved as i64;
                attribute[*limit] = if moved.fract() == 0.0 {
                    json!(whole)
                } else {
                    json!(moved)
                };
            }
        }
    }
    let leftovers: Vec<String> = attribute
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| value.is_null())
        .map(|(name, _)| name.clone())
        .collect();
    for name in leftovers {
        attribute.as_object_mut().unwrap().remove(&name);
    }
}
