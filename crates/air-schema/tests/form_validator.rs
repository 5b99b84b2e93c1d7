//! The form's own validator and the one for any JSON Schema give exactly the same result for the
//! form's JSON Schema of either draft.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]
#![expect(clippy::disallowed_methods, reason = "the suite is in files")]

use std::{collections::BTreeSet, fs, path::Path};

use air_schema::{AttributeType, CredentialSchema, Draft, Format, JsonSchemaValidator, Validator};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generated::{self, Dice};

const DRAFTS: [Draft; 2] = [Draft::Draft7, Draft::Draft202012];

struct Both {
    form: Validator,
    json_schemas: Vec<JsonSchemaValidator>,
}

impl Both {
    fn of(form: &Value) -> Self {
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
        // Draft 7 has no format `uuid`, so it is not checked there.
        let has_uuid = form.to_string().contains("\"uuid\"");
        let drafts = DRAFTS
            .iter()
            .filter(|draft| **draft != Draft::Draft7 || !has_uuid);
        let json_schema =
            |draft: &Draft| JsonSchemaValidator::new(&schema.to_json_schema(*draft), *draft).unwrap();
        Self {
            form: Validator::new(&schema).unwrap(),
            json_schemas: drafts.map(json_schema).collect(),
        }
    }

    /// Whether the subject is valid. All three validators must agree.
    fn fits(&self, subject: &Value) -> bool {
        let ours = self.form.validate_value(subject);
        for theirs in &self.json_schemas {
            assert_eq!(ours, theirs.validate(subject), "{subject}");
        }
        ours.is_ok()
    }
}

fn attribute(limits: &Value) -> Value {
    let mut attribute = limits.clone();
    attribute["name"] = json!("a");
    json!({ "title": "t", "attributes": [attribute] })
}

/// Values of every kind, and numbers at the limits of JSON readers.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(""),
        json!("a"),
        json!("1"),
        json!([]),
        json!([1]),
        json!({}),
        json!({ "a": 1 }),
        json!(0),
        json!(-0.0),
        json!(1),
        json!(1.0),
        json!(-1),
        json!(1.5),
        json!(2),
        json!(0.1),
        json!(3.0e0),
        json!(1e300),
        json!(-1e300),
        json!(5e-324),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(9_007_199_254_740_991_u64),
        json!(9_007_199_254_740_993_u64),
        json!(9.223_372_036_854_776e18),
        json!(1.844_674_407_370_955_2e19),
        json!(9_007_199_254_740_992.0),
    ]
}

#[test]
fn every_type_with_every_value() {
    let kinds = AttributeType::ALL
        .iter()
        .map(|kind| json!({ "type": kind.name(), "required": true }));
    let limited = [
        json!({ "type": "string", "enum": ["a"] }),
        json!({ "type": "string", "enum": ["a", "1", "true"] }),
        json!({ "type": "string", "enum": ["a", "b", "c", "d", "e", "f", "g"] }),
        json!({ "type": "string", "enum": ["x".repeat(60)] }),
        json!({ "type": "boolean", "enum": [true] }),
        json!({ "type": "integer", "enum": [1] }),
        json!({ "type": "number", "enum": [1.0, 2] }),
        json!({ "type": "number", "enum": [0] }),
        json!({ "type": "number", "enum": [0.1, 1e300] }),
        json!({ "type": "date", "enum": ["a"] }),
        json!({ "type": "integer", "minimum": 1, "maximum": 2 }),
        json!({ "type": "integer", "minimum": 1.5 }),
        json!({ "type": "number", "minimum": 0.1, "maximum": 1e300 }),
        json!({ "type": "number", "maximum": -0.0 }),
        json!({ "type": "number", "minimum": 9_007_199_254_740_991_u64 }),
        json!({ "type": "number", "minimum": 9.223_372_036_854_77e18 }),
        json!({ "type": "number", "maximum": 1.844_674_407_370_95e19 }),
        json!({ "type": "number", "maximum": 9.007_199_254_740_99e15 }),
        json!({ "type": "integer", "enum": [3], "minimum": 4 }),
        json!({ "type": "string", "minLength": 1, "maxLength": 1, "pattern": "^b$" }),
        json!({ "type": "string", "format": "email", "minLength": 2, "enum": ["a"], "pattern": "@" }),
    ];
    for limits in kinds.chain(limited) {
        let both = Both::of(&attribute(&limits));
        assert!(!both.fits(&json!({ "b": 1 })));
        both.fits(&json!({}));
        for value in values() {
            both.fits(&json!({ "a": value }));
            both.fits(&value);
        }
    }
}

/// All texts in the test suite's files about formats, for whichever format.
fn suite_texts() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/json-schema-test-suite/tests");
    let mut texts = BTreeSet::new();
    for draft in ["draft7", "draft2020-12"] {
        for entry in fs::read_dir(root.join(draft).join("optional/format")).unwrap() {
            let groups: Vec<Value> =
                serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
            let cases = groups.iter().flat_map(|group| group["tests"].as_array().unwrap());
            texts.extend(cases.filter_map(|case| case["data"].as_str().map(str::to_owned)));
        }
    }
    texts
}

/// More edge cases than the suite has.
const TEXTS: &[&str] = &[
    // Dates and times.
    "1990-05-01",
    "0000-01-01",
    "1900-02-29",
    "2000-02-29",
    "2024-02-30",
    "2024-13-01",
    "2024-00-01",
    "2024-01-00",
    "2024-04-31",
    "2024-1-01",
    "1990-05-01T12:00:00Z",
    "1990-05-01t12:00:00z",
    "1990-05-01 12:00:00Z",
    "1990-05-01T24:00:00Z",
    "1990-05-01T23:59:60Z",
    "1990-05-01T22:59:60Z",
    "1998-12-31T15:59:60.123-08:00",
    "1998-12-31T15:59:60-07:00",
    "1999-01-01T00:29:60+00:30",
    "1999-01-01T05:29:60+05:30",
    "1990-05-01T12:00:00",
    "1990-05-01T12:00:00.Z",
    "1990-05-01T12:00:00.1Z",
    "1990-05-01T12:00:00,1Z",
    "1990-05-01T12:00Z",
    "1990-05-01T12:00:00+24:00",
    "1990-05-01T12:00:00+23:59",
    "1990-05-01T12:00:00-00:00",
    "1990-05-01T12:00:00+0100",
    "1990-05-01T12:00:00ZZ",
    "1990-05-01T12:00:00é",
    "1990-05-0١",
    "1990-05-01T12:00:0١Z",
    "T",
    "t12:00:00Z",
    "1990-05-01T1990-05-01T12:00:00Z",
    // E-mail.
    "a@b",
    "a@b.c",
    "a@",
    "@b",
    "a",
    "a@@b",
    "a@b@c",
    "\"a@b\"@c",
    "\"\"@b",
    "\"a\\\"b\"@c",
    "\"a\"b\"@c",
    "a b@c",
    "a..b@c",
    ".a@b",
    "a.@b",
    "a@[127.0.0.1]",
    "a@[127.0.0.256]",
    "a@[IPv6:::1]",
    "a@[ipv6:::1]",
    "a@[::1]",
    "a@[]",
    "a@b.",
    "a@.b",
    "a@-b",
    "a@b-",
    "a@b_c",
    "é@b",
    "a@é",
    "a@xn--mnchen-3ya.de",
    "a@xn--a",
    "Ada <ada@example.org>",
    "<ada@example.org>",
    "Ada <ada@example.org",
    "a+b@c",
    "!#$%&'*+-/=?^_`{|}~@b",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b",
    " a@b",
    "a@b ",
    "a@b\n",
    "a\n@b",
    // URIs.
    "a:",
    "a:b",
    ":",
    "1:a",
    "a",
    "A+-.1:x",
    "a_b:c",
    "http://",
    "http:///p",
    "http://h",
    "http://h:",
    "http://h:80",
    "http://h:8a",
    "http://h:1:2",
    "http://u@h",
    "http://u:p@h:1/p?q#f",
    "http://u@v@h",
    "http://u:p:q@h",
    "http://[::1]",
    "http://[::1]:80/p",
    "http://u@[::1]",
    "http://[::1]x",
    "http://[::1",
    "http://::1]",
    "http://[]",
    "http://[1::2:3:4:5:6:7:8]",
    "http://[::ffff:1.2.3.4]",
    "http://[::ffff:01.2.3.4]",
    "http://[::1%25eth0]",
    "http://[v1.a]",
    "http://[V1F.a:b]",
    "http://[v.a]",
    "http://[v1.]",
    "http://[vg.a]",
    "http://[v1.%41]",
    "http://[v1.a@b]",
    "http://[a]",
    "http://[::1]]",
    "http://h/[",
    "http://h?[",
    "http://h#[",
    "http://h/%41",
    "http://h/%4",
    "http://h/%4g",
    "http://h/%",
    "http://%41",
    "http://h/a b",
    "http://h/é",
    "http://h/p?q?r",
    "http://h#f#g",
    "http://h/\\",
    "http://h/{a}",
    "http://h/^",
    "http://h/|",
    "http://h/\"",
    "urn:uuid:1",
    "mailto:a@b",
    "a://b//c",
    "a:?",
    "a:#",
    "a:/b",
    "a://?q",
    "a://#f",
    "//h",
    "/p",
    "http://h@",
    "http://@h",
    "http://u%40@h",
    "http://u[@h",
    "a:b:c@d/e",
    // UUIDs.
    "7f01c42c-02cf-4325-96ed-ba034700f724",
    "7F01C42C-02CF-4325-96ED-BA034700F724",
    "7f01c42c02cf432596edba034700f724",
    "7f01c42c-02cf-4325-96ed-ba034700f72",
    "7f01c42c-02cf-4325-96ed-ba034700f7240",
    "7g01c42c-02cf-4325-96ed-ba034700f724",
    "7f01c42c-02cf-4325-96edba034700f724-",
    "{7f01c42c-02cf-4325-96ed-ba034700f724}",
    "00000000-0000-0000-0000-000000000000",
    "7f01c42c_02cf_4325_96ed_ba034700f724",
    "é01c42c-02cf-4325-96ed-ba034700f724",
    // Hosts.
    "a",
    "a.b",
    "a..b",
    ".a",
    "a.",
    ".",
    "-",
    "a-",
    "-a",
    "a-b",
    "ab--c",
    "xn--",
    "xn--a",
    "xn---",
    "xn--a-",
    "xn--mnchen-3ya",
    "XN--mnchen-3ya",
    "xn--nxasmq6b",
    "xn--fiqs8s",
    "xn--X",
    "xn--99zzzz",
    "xn--zzzzzzzzzzzzzzzzz",
    "xn--ls8h",
    "xn--ll-0ea",
    "xn--l-fda",
    "xn--11b2er09f02j",
    "a_b",
    "a b",
    "münchen",
    "1",
    "1.2.3.4",
    "256",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    // IP addresses.
    "1.2.3.4",
    "01.2.3.4",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.4 ",
    "1.2.3.256",
    "0x1.2.3.4",
    "1.2.3.٤",
    "::",
    "::1",
    "1::",
    "1:2:3:4:5:6:7:8",
    "1::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::",
    "::1.2.3.4",
    "::1%eth0",
    "12345::",
    "1:::2",
    "g::",
    "[::1]",
    "1:2:3:4:5:6:7:8:9",
    "::ffff:1.2.3.4:1",
];

fn formats() -> impl Iterator<Item = (&'static str, Both)> {
    let texts = Format::ALL.iter().map(|format| {
        (
            format.name(),
            json!({ "type": "string", "format": format.name() }),
        )
    });
    let own = ["date", "date-time"].map(|kind| (kind, json!({ "type": kind })));
    texts
        .chain(own)
        .map(|(name, limits)| (name, Both::of(&attribute(&limits))))
}

#[test]
fn every_format_with_the_texts_of_the_test_suite_and_more() {
    let mut texts = suite_texts();
    assert!(texts.len() > 500, "{}", texts.len());
    texts.extend(TEXTS.iter().map(|text| (*text).to_owned()));
    let label = "a".repeat(63);
    for last in [60, 61, 62] {
        texts.insert(format!("{label}.{label}.{label}.{}", "a".repeat(last)));
        texts.insert(format!("a@{label}.{label}.{label}.{}", "a".repeat(last)));
    }
    for (name, both) in formats() {
        let fitting = texts
            .iter()
            .filter(|text| both.fits(&json!({ "a": text })))
            .count();
        assert!((3..texts.len() / 2).contains(&fitting), "{name}: {fitting}");
    }
}

/// The text with one to three characters removed, added or replaced.
fn mutated(dice: &mut Dice, text: &str) -> String {
    const CHARS: &[char] = &[
        'a', 'Z', '0', '9', '.', '-', '@', ':', '/', '?', '#', '[', ']', '%', '"', '\\', '+', 'T', 'é', '٣',
        ' ', '<', '>', '_', '~', 'x', 'n',
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(chars.len() + 1);
        match dice.below(3) {
            0 => chars.insert(at, *dice.pick(CHARS)),
            1 if at < chars.len() => drop(chars.remove(at)),
            _ if at < chars.len() => chars[at] = *dice.pick(CHARS),
            _ => {}
        }
    }
    chars.into_iter().collect()
}

#[test]
fn every_format_with_what_is_nearly_right() {
    let suite = suite_texts();
    let texts: Vec<&str> = suite
        .iter()
        .map(String::as_str)
        .chain(TEXTS.iter().copied())
        .collect();
    for (_, both) in formats() {
        let mut dice = Dice(7);
        for _ in 0..3_000 {
            let text = *dice.pick(&texts);
            both.fits(&json!({ "a": mutated(&mut dice, text) }));
        }
    }
}

#[test]
fn patterns_are_refused_and_understood_alike() {
    for pattern in [
        "(?i:a)",
        r"\p{Script=Latin}",
        r"^\p{L}{1,10000}$",
        "a{1,100000}",
        r"\d",
        r"[\w-]",
        r"\cA",
        "^(a|b)$",
        "^prefix-",
        r"[a-z&&b]",
        r"\<a",
        "(",
        "(?=a)",
        r"(a)\1",
        r"\a",
        "a{2,1}",
        r"\p{Nope}",
        "(?i)a",
        "[]",
        "}",
        r"\p{L}{1000}",
        "^(?:[a-z]{1,200}){100}$",
    ] {
        let form = attribute(&json!({ "type": "string", "pattern": pattern }));
        let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
        let ours = Validator::new(&schema);
        // The meta-schema of draft 7 rejects some patterns that ECMA-262 does not allow. Forms
        // follow the later draft.
        let draft = Draft::Draft202012;
        let theirs = JsonSchemaValidator::new(&schema.to_json_schema(draft), draft);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{pattern}");
        let earlier = JsonSchemaValidator::new(&schema.to_json_schema(Draft::Draft7), Draft::Draft7);
        if ours.is_ok() && earlier.is_ok() {
            let both = Both::of(&form);
            for text in ["", "a", "A", "é", "ab", "prefix-1", "&", "\u{1}", "5", "a a", "٣"] {
                both.fits(&json!({ "a": text }));
            }
        }
    }
}

/// The form with one more or a changed limit of an attribute, which may exclude all values.
fn tightened(dice: &mut Dice, form: &Value) -> Value {
    let mut form = form.clone();
    for attribute in form["attributes"].as_array_mut().unwrap() {
        match (attribute["type"].as_str().unwrap(), dice.below(3)) {
            ("string", 0) => {
                attribute["pattern"] = json!(*dice.pick(&["é", r"^\p{Lu}", r"^\w*$", ".", "^$"]));
            }
            ("string", 1) => attribute["minLength"] = json!(0),
            ("integer" | "number", 0) if attribute["maximum"].is_null() => attribute["minimum"] = json!(2.5),
            _ => {}
        }
    }
    form
}

proptest! {
    #[test]
    fn any_form_and_any_subject(seed: u64) {
        let mut dice = Dice(seed);
        let form = generated::form(&mut dice);
        let form = tightened(&mut dice, &form);
        let both = Both::of(&form);
        let others = values();
        for _ in 0..20 {
            both.fits(&generated::subject(&mut dice, &form));
            let mut subject = generated::wrong_subject(&mut dice, &form);
            both.fits(&subject);
            for value in subject.as_object_mut().unwrap().values_mut() {
                if dice.one_in(3) {
                    *value = match value.as_str() {
                        Some(text) if dice.one_in(2) => json!(mutated(&mut dice, text)),
                        _ => dice.pick(&others).clone(),
                    };
                }
            }
            both.fits(&subject);
        }
    }
}

#[test]
fn limits_of_subjects_are_the_same() {
    let form = json!({ "title": "t", "attributes": [
        { "name": "a", "type": "string", "required": true, "pattern": "^a+$" }, { "name": "b", "type": "date", "required": true },
    ] });
    let both = Both::of(&form);
    let unknown = |count: usize| {
        (0..count)
            .map(|index| (format!("x~/\n{index}"), json!(1)))
            .collect::<Value>()
    };
    for subject in [
        unknown(99),
        unknown(101),
        unknown(9_998),
        unknown(9_999),
        unknown(10_000),
        json!({ "a": "a".repeat(262_000) }),
        json!({ "a": "a".repeat(262_144) }),
        json!({ "x".repeat(1000): 1 }),
        json!({ "é\u{7f}~": [[[[1]]]] }),
    ] {
        both.fits(&subject);
    }
}
