//! Subjects against schemas; credentials with keys of one's own.

use serde_json::{Value, json};

use crate::support::{TestEnv, example, server::Server};

#[test]
fn a_subject_that_fits() {
    let (schema, subject) = (example("schema.json"), example("subject.json"));
    let env = TestEnv::new();
    let run = env
        .air(&["schema", "validate", "--schema", &schema, &subject])
        .succeeded();
    assert!(
        run.text().contains("conforms to schema \"KYC Identity\""),
        "{run:?}"
    );
    let run = env.air(&["schema", "validate", "--schema", &schema, &subject, "--json"]);
    assert_eq!(
        run.succeeded().json(),
        serde_json::json!({ "valid": true, "violations": [] })
    );
}

#[test]
fn every_violation_is_shown_and_no_value() {
    let (schema, subject) = (example("schema.json"), example("subject-wrong.json"));
    let env = TestEnv::new();
    let run = env.air(&["schema", "validate", "--schema", &schema, &subject]);
    run.failed_with(3, "5 rules broken");
    for pointer in [
        "/birthDate",
        "/documentNumber",
        "/favouriteColour",
        "/kycLevel",
        "/riskScore",
    ] {
        assert!(run.stderr.contains(pointer), "{}", run.stderr);
    }
    for value in ["1991-02-30", "green", "platinum", "Nordheim"] {
        assert!(!run.stderr.contains(value), "{}", run.stderr);
    }
    let run = env.air(&["schema", "validate", "--schema", &schema, &subject, "--json"]);
    run.failed_with(3, "5 rules broken");
    let report = run.json();
    assert_eq!(report["valid"], false);
    let rules: Vec<&str> = report["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["format", "required", "unknownAttribute", "enum", "type"]);
}

#[test]
fn what_is_not_a_subject_or_schema_is_rejected() {
    let schema = example("schema.json");
    let env = TestEnv::new();
    let validate =
        |schema: &str, stdin: &str| env.air_with(&["schema", "validate", "--schema", schema, "-"], stdin);
    validate(&schema, "{").failed_with(3, "not JSON");
    validate(&schema, "[]").failed_with(3, "must be a JSON object");
    env.write("empty.json", "{}");
    validate("empty.json", "{}").failed_with(3, "empty.json");
    env.write("none.json", r#"{"title":"x","attributes":[]}"#);
    validate("none.json", "{}").failed_with(3, "1 to ");
    validate("-", "{}").failed_with(2, "can't both be read from stdin");
}

#[test]
fn a_violation_points_into_the_file() {
    let env = TestEnv::new();
    let (schema, marker) = (example("schema.json"), "personal-marker");
    env.write(
        "subject.json",
        format!("{{\n  \"nickname\": \"{marker}\",\n  \"birthDate\": \"{marker}\"\n}}"),
    );
    let run = env.air(&["schema", "validate", "--schema", &schema, "subject.json"]);
    run.failed_with(3, "subject.json:3:16");
    assert!(run.stderr.contains("subject.json:2:3"), "{}", run.stderr);
    let told = env.air(&[
        "schema",
        "validate",
        "--schema",
        &schema,
        "subject.json",
        "--json",
    ]);
    let report = told.json();
    let at = |pointer: &str| {
        let list = report["violations"].as_array().unwrap();
        let found = list
            .iter()
            .find(|violation| violation["pointer"] == pointer)
            .unwrap();
        (found["line"].clone(), found["column"].clone())
    };
    assert_eq!(at("/birthDate"), (json!(3), json!(16)));
    assert_eq!(at("/nickname"), (json!(2), json!(3)));
    assert_eq!(
        at("/kycLevel"),
        (json!(1), json!(1)),
        "what is missing stands at its object"
    );
    for text in [&run.stderr, &told.stderr, told.text()] {
        assert!(!text.contains(marker), "{text}");
    }
}

#[test]
fn the_line_is_quoted_and_nothing_of_the_person_in_it() {
    let env = TestEnv::new();
    let schema = example("schema.json");
    let personal = [
        "Nordheim", "nordheim", "1991", "Talvi", "platinum", "green", "Bogomil", "nick", "77",
    ];
    let line = "\"kycLevel\": \"platinum\", \"nickBogomil\": \"green\", \"familyName\": \"Nordheim\", \"riskScore\": \"77\"";
    for (text, quoted) in [
        (
            format!("{{\r\n\t\"birthDate\": \"1991-02-30\",\r\n\t{line}\r\n}}"),
            "2 |     \"birthDate\": \"••••••••••\",\n      |                  ^^^^^^^^^^^^\n",
        ),
        (
            format!("{{\"isOver18\": true, {line}, \"givenName\": {{\"Talvi\": [\"Nordheim\"]}}}}"),
            "\"kycLevel\": \"••••••••\",",
        ),
    ] {
        env.write("subject.json", text);
        let run = env.air(&["schema", "validate", "--schema", &schema, "subject.json"]);
        run.failed_with(3, quoted);
        run.failed_with(3, "\"familyName\": \"••••••••\"");
        assert!(
            !run.stderr.contains('\u{1b}'),
            "colour goes to a terminal only: {}",
            run.stderr
        );
        for line in run
            .stderr
            .lines()
            .filter(|line| line.contains('|') || line.contains('^'))
        {
            assert!(line.chars().count() <= 100, "{line}");
            for word in personal {
                assert!(!line.contains(word), "{word} in {line}");
            }
        }
        // The name of an attribute that the schema doesn't have is in its pointer, and nowhere else.
        let without_pointer = run.stderr.replace("/nickBogomil", "");
        for word in personal {
            assert!(!without_pointer.contains(word), "{word} in {without_pointer}");
        }
        let told = env.air(&[
            "schema",
            "validate",
            "--json",
            "--schema",
            &schema,
            "subject.json",
        ]);
        for text in [told.text(), &told.stderr] {
            assert!(!text.contains('|'), "a script gets no quotation: {text}");
        }
    }
    env.write("subject.json", b"{ \"familyName\": \"Nordheim\xff\" }");
    let run = env.air(&["schema", "validate", "--schema", &schema, "subject.json"]);
    run.failed_with(3, "subject.json is not text");
    assert!(!run.stderr.contains("Nordheim"), "{}", run.stderr);
}

#[test]
fn a_schemas_line_is_quoted_as_it_stands() {
    let env = TestEnv::new();
    let told = env.air(&["schema", "lint", &example("schema.json")]).succeeded();
    let quoted = "26 |       \"name\": \"birthDate\",\n     |               ^^^^^^^^^^^";
    assert!(told.text().contains(quoted), "{}", told.text());
    env.write(
        "list.json",
        "{\n \"type\": \"object\", \"title\": \"x\",\n \"properties\": { \"a\": { \"type\": \"array\" } }\n}",
    );
    env.air(&["schema", "from-json", "list.json"])
        .failed_with(3, "3 |  \"properties\": { \"a\": { \"type\": \"array\" } }\n");
}

#[test]
fn lint_points_into_the_file_and_denies_on_demand() {
    let env = TestEnv::new();
    let schema = example("schema.json");
    let told = env.air(&["schema", "lint", &schema]).succeeded();
    assert!(told.text().contains("schema.json:26:15"), "{}", told.text());
    let findings = env.air(&["schema", "lint", "--json", &schema]).succeeded().json();
    let birth_date = &findings["findings"][2];
    assert_eq!(birth_date["code"], "personal-data");
    assert_eq!(birth_date["claims"][0], "isOver18");
    assert_eq!(
        (&birth_date["line"], &birth_date["column"]),
        (&json!(26), &json!(15))
    );
    env.air(&["schema", "lint", "--deny", &schema])
        .failed_with(3, "6 denied findings");

    let clean = [
        "schema",
        "new",
        "--title",
        "Age",
        "--description",
        "An age.",
        "--out",
        "age.json",
    ];
    let attribute = [
        "--attribute",
        "isOver18:boolean:required:description=Whether of age.",
    ];
    env.air(&[&clean[..], &attribute].concat()).succeeded();
    let told = env
        .air(&["schema", "lint", "--deny=note", "age.json"])
        .succeeded();
    assert!(told.text().contains("no findings"), "{}", told.text());
}

#[test]
fn new_writes_a_form_and_overwrites_nothing() {
    let env = TestEnv::new();
    let start = [
        "schema",
        "new",
        "--title",
        "Proof of age",
        "--attribute",
        "isOver18:boolean:required",
    ];
    let printed = env.air(&start).succeeded().json();
    assert_eq!(printed["type"], "ProofOfAge");
    assert_eq!(printed["attributes"][0]["required"], true);
    let out = [&start[..], &["--out", "age.json"]].concat();
    env.air(&out).succeeded();
    env.air(&out).failed_with(1, "age.json already exists");
    let wrong = ["schema", "new", "--title", "x", "--attribute"];
    env.air(&[&wrong[..], &["1st:integer"]].concat())
        .failed_with(2, "camelCase");
    env.air(&[&wrong[..], &["age:years"]].concat())
        .failed_with(2, "unknown variant");
    env.air(&[&wrong[..], &["age"]].concat())
        .failed_with(2, "NAME:TYPE");
}

#[test]
fn compare_names_who_is_affected_and_the_next_version() {
    let env = TestEnv::new();
    let mut schema: Value = serde_json::from_slice(&std::fs::read(example("schema.json")).unwrap()).unwrap();
    let old = example("schema.json");
    schema["attributes"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "isMember", "type": "boolean" }));
    env.write("wider.json", schema.to_string());
    let told = env.air(&[
        "schema",
        "compare",
        "--json",
        "--deny-breaking",
        &old,
        "wider.json",
    ]);
    let told = told.succeeded().json();
    assert_eq!(told["compatibility"], "compatible");
    assert_eq!(told["suggestedVersion"], "1.1");
    assert_eq!(told["changes"][0]["attribute"], "isMember");

    schema["attributes"].as_array_mut().unwrap().remove(0);
    env.write("broken.json", schema.to_string());
    let told = env.air(&["schema", "compare", &old, "broken.json"]).succeeded();
    assert!(told.text().contains("should be 2.0"), "{}", told.text());
    let denied = env.air(&[
        "schema",
        "compare",
        "--json",
        "--deny-breaking",
        &old,
        "broken.json",
    ]);
    denied.failed_with(3, "has breaking changes");
    assert_eq!(
        denied.json()["breaks"],
        json!(["issuedCredentials", "verificationPrograms"])
    );
}

#[test]
fn a_form_goes_to_each_document_and_back() {
    let env = TestEnv::new();
    let schema = example("schema.json");
    let form = env
        .air(&["schema", "show", "--format", "form", &schema])
        .succeeded()
        .json();
    for (format, draft) in [("document", "draft-07"), ("document", "2020-12")] {
        let shown = ["schema", "show", "--format", format, "--draft", draft, &schema];
        env.write("other.json", env.air(&shown).succeeded().stdout);
        let back = env.air(&["schema", "from-json", "other.json"]).succeeded().json();
        assert_eq!(back, form, "{format} {draft}");
    }
    let context = env
        .air(&["schema", "show", "--format", "context", &schema])
        .succeeded()
        .json();
    assert_eq!(context["@context"][0]["@protected"], true);
    env.write(
        "list.json",
        "{\n \"type\": \"object\", \"title\": \"x\",\n \"properties\": { \"a\": { \"type\": \"array\" } }\n}",
    );
    env.air(&["schema", "from-json", "list.json"])
        .failed_with(3, "list.json:3:");
    let drawn = env.air(&["schema", "show", &schema]).succeeded();
    assert!(drawn.text().contains("riskScore"), "{}", drawn.text());
}

#[test]
fn a_document_without_a_title_takes_one_from_the_command_line() {
    let env = TestEnv::new();
    env.write(
        "untitled.json",
        "\u{feff}{\"type\":\"object\",\"properties\":{\"total_volume\":{\"type\":\"integer\"}}}",
    );
    env.air(&["schema", "from-json", "untitled.json"])
        .failed_with(3, "--title");
    let form = env
        .air(&["schema", "from-json", "untitled.json", "--title", "Trading"])
        .succeeded()
        .json();
    assert_eq!(form["title"], "Trading");
    assert_eq!(form["attributes"][0]["name"], "total_volume");
}

#[test]
fn what_is_published_is_found_and_shown() {
    let env = TestEnv::new();
    let server = Server::start(
        &env.path(""),
        &[
            "sandbox",
            "up",
            "--listen",
            "127.0.0.1:0",
            "--data",
            ":memory:",
            "--seed",
            &example("seed.json"),
        ],
    );
    let (url, partner) = (
        server.url(),
        server.ready["seeded"]["partnerId"].as_str().unwrap(),
    );
    let new = [
        "schema",
        "new",
        "--title",
        "Beekeeper licence",
        "--attribute",
        "mayKeepBees:boolean:required",
        "--out",
        "bees.json",
    ];
    env.air(&new).succeeded();
    let publish = [
        "schema",
        "publish",
        "--url",
        url,
        "--partner-id",
        partner,
        "bees.json",
        "--json",
    ];
    let published = env.air(&publish).succeeded().json();
    let id = published["schemaId"].as_str().unwrap();
    let found = env
        .air(&["schema", "search", "--url", url, "--json", "keep", "bee"])
        .succeeded()
        .json();
    assert_eq!(found["total"], 1);
    assert_eq!(found["records"][0]["schemaId"], id);
    let drawn = env.air(&["schema", "show", "--url", url, id]).succeeded();
    assert!(drawn.text().contains("mayKeepBees"), "{}", drawn.text());
    let none = env
        .air(&["schema", "search", "--url", url, "spaceship"])
        .succeeded();
    assert!(none.text().contains("no schema matches"), "{}", none.text());
    env.air(&["schema", "show", "--url", url, "01KKX3Q7DEK0GM2TCKMMHA"])
        .failed_with(3, "not found");
    env.air(&["schema", "search", "--url", "http://127.0.0.1:1", "x"])
        .failed_with(5, "failed to connect");
}

/// PowerShell and some editors write a byte order mark before JSON (RFC 8259, 8.1).
#[test]
fn a_byte_order_mark_before_json_is_ignored() {
    let env = TestEnv::new();
    let bom = |json: &str| format!("\u{feff}{json}");
    let schema =
        r#"{"title":"Age","attributes":[{"name":"age","type":"integer","required":true,"description":"d"}]}"#;
    env.write("schema.json", bom(schema));
    env.write("subject.json", bom(r#"{"age":21}"#));
    env.air(&["schema", "validate", "--schema", "schema.json", "subject.json"])
        .succeeded();
    env.air_with(
        &["schema", "validate", "--schema", "schema.json", "-"],
        bom(r#"{"age":21}"#),
    )
    .succeeded();
    env.air(&["schema", "lint", "schema.json"]).succeeded();
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let set = env.air(&["jwks", "export", "--key", "key.pem"]).succeeded();
    env.write("set.json", bom(set.text()));
    let token = [
        "token",
        "sign",
        "--key",
        "key.pem",
        "--partner-id",
        "p",
        "--scope",
        "issue",
    ];
    let token = env.air(&token).succeeded().text().to_owned();
    env.air(&["token", "verify", "--jwks", "set.json", &token])
        .succeeded();
}
