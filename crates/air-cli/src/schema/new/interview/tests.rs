use serde_json::{Value, json};

use super::{super::dialogue::script::Script, *};

/// The form that results from the answers, and the output; no form when the person declines it.
#[track_caller]
fn hold_with(draft: Draft, answers: &[&'static str]) -> (Result<Option<Value>, Stopped>, Script) {
    let mut prompter = Script::new(answers);
    let answered = hold(&mut prompter, draft, Destination::Stdout);
    let form = answered.map(|answered| answered.map(|answered| json!(answered.schema)));
    assert_eq!(
        prompter.left(),
        0,
        "answers that nobody asked for: {:#?}",
        prompter.heard
    );
    (form, prompter)
}

#[track_caller]
fn form_of(answers: &[&'static str]) -> (Value, Script) {
    let (form, prompter) = hold_with(empty(), answers);
    let form = form.unwrap_or_else(|Stopped| panic!("asks on: {:#?}", prompter.heard));
    (form.unwrap(), prompter)
}

fn empty() -> Draft {
    Draft::new(std::iter::empty())
}

/// Answers about the schema. All except the title accept the default.
const SCHEMA: [&str; 4] = ["Proof of age", "", "", "Attests an age."];
const AGE: [&str; 4] = ["isOver18", "boolean", "y", "Whether of age."];

#[test]
fn answers_become_a_form() {
    let level = ["level", "1", "n", "How sure.", "y", "basic | full"];
    let (form, prompter) = form_of(&[&SCHEMA[..], &AGE, &level, &["", "y"]].concat());
    assert_eq!(
        form,
        json!({
            "title": "Proof of age", "type": "ProofOfAge", "version": "1.0", "description": "Attests an age.",
            "attributes": [
                { "name": "isOver18", "description": "Whether of age.", "type": "boolean", "required": true },
                { "name": "level", "description": "How sure.", "type": "string", "required": false,
                  "enum": ["basic", "full"] },
            ]
        })
    );
    prompter.heard("Type [ProofOfAge]");
    prompter.heard("ProofOfAge 1.0");
}

#[test]
fn each_type_has_the_limits_that_it_can_have() {
    let text = [
        "code", "string", "", "A code.", "", "", "email", "^a", "2", "80", "",
    ];
    let whole = ["score", "integer", "", "A score.", "y", "", "0", "100"];
    let ratio = ["ratio", "number", "", "A ratio.", "y", "0.5|1"];
    let day = ["checkedOn", "date", "", "A day.", ""];
    let (form, prompter) = form_of(&[&SCHEMA[..], &text, &whole, &ratio, &day, &AGE, &["", ""]].concat());
    let attributes = form["attributes"].as_array().unwrap();
    let limits: Vec<Value> = attributes
        .iter()
        .map(|attribute| {
            let mut limits = attribute.as_object().unwrap().clone();
            for member in ["name", "type", "description", "required"] {
                limits.remove(member);
            }
            Value::Object(limits)
        })
        .collect();
    assert_eq!(
        limits,
        [
            json!({ "format": "email", "pattern": "^a", "minLength": 2, "maxLength": 80 }),
            json!({ "minimum": 0, "maximum": 100 }),
            json!({ "enum": [0.5, 1] }),
            json!({}),
            json!({}),
        ]
    );
    prompter.heard("hint: `code`");
}

#[test]
fn what_a_form_may_not_say_is_asked_again_with_the_reason() {
    let long: &'static str = "x".repeat(201).leak();
    let answers = [
        &["", long, "Ages", "Verifiable Credential", "Age", "", ""][..],
        &[
            "", "1st", "exp", "age", "years", "integer", "maybe", "y", "An age.", "y",
        ],
        &["1|1", "0.5", "1|2"],
        &[
            "age", "code", "string", "y", "A code.", "y", "", "none", "(", "^a$", "-1", "5", "4", "9",
        ],
        &["", "y"],
    ];
    let (form, prompter) = form_of(&answers.concat());
    assert_eq!(form["attributes"][0]["enum"], json!([1, 2]));
    assert_eq!(form["attributes"][1]["minLength"], 5);
    for reason in [
        "`title` must be 1 to 200 characters long",
        "invalid `type`: must be letters",
        "invalid attribute name `1st`",
        "attribute `exp`: the name is reserved",
        "attribute `age` occurs twice",
        "write a number from 1 to 6",
        "write y or n",
        "enum has a value twice",
        "enum has a value of another type",
        "failed to compile",
        "write a whole number",
        "minLength exceeds maxLength",
    ] {
        prompter.heard(reason);
    }
}

#[test]
fn findings_follow_each_attribute_and_it_can_be_written_again() {
    let birth_date = ["birthDate", "date", "y", "When born.", "n", "n"];
    let (form, prompter) = form_of(&[&SCHEMA[..], &birth_date, &AGE, &["", "y"]].concat());
    assert_eq!(form["attributes"].as_array().unwrap().len(), 1);
    assert_eq!(form["attributes"][0]["name"], "isOver18");
    prompter.heard("hint: `birthDate` looks like a date of birth; attest `isOver18`");
    let (form, _) = form_of(&[&SCHEMA[..], &birth_date[..5], &["y", "", "y"]].concat());
    assert_eq!(form["attributes"][0]["name"], "birthDate");
}

#[test]
fn what_flags_said_is_not_asked() {
    let mut draft =
        Draft::new([json!({ "name": "isOver18", "type": "boolean", "required": true })].into_iter());
    draft.take("title", json!("Adult"));
    draft.take("version", json!("2.0"));
    let (form, prompter) = hold_with(draft, &["Grown", "", "", "y"]);
    let form = form.unwrap().unwrap();
    assert_eq!(
        (&form["title"], &form["type"]),
        (&json!("Adult"), &json!("Grown"))
    );
    assert_eq!(form["version"], "2.0");
    assert!(
        !prompter.heard.iter().any(|line| line.starts_with("Title")),
        "{:?}",
        prompter.heard
    );
    prompter.heard("Attribute 2");
}

#[test]
fn without_a_yes_there_is_no_form() {
    let (form, _) = hold_with(empty(), &[&SCHEMA[..], &AGE, &["", "n"]].concat());
    assert_eq!(form, Ok(None));
}

#[test]
fn leaving_at_any_question_writes_no_form() {
    let answers = [&SCHEMA[..], &AGE, &["", "y"]].concat();
    for count in 0..answers.len() {
        let (form, _) = hold_with(empty(), &answers[..count]);
        assert_eq!(form, Err(Stopped), "after {count} answers");
    }
}

#[test]
fn a_file_gets_the_types_name_and_takes_no_other_files_place() {
    let folder = tempfile::tempdir().unwrap();
    let taken: &'static str = folder.path().to_str().unwrap().to_owned().leak();
    let elsewhere: &'static str = format!("{taken}/none/age.json").leak();
    for (answers, out) in [
        (&[""][..], Some("proof-of-age.json")),
        (&["-"], None),
        (&[taken, elsewhere, "age.json"], Some("age.json")),
    ] {
        let answers = [&SCHEMA[..], &AGE, &[""], answers, &["y"]].concat();
        let mut prompter = Script::new(&answers);
        let answered = hold(&mut prompter, empty(), Destination::Asked).unwrap().unwrap();
        assert_eq!(answered.out, out.map(PathBuf::from));
        if out == Some("age.json") {
            prompter.heard("exists; choose another name");
            prompter.heard("does not exist; choose another name");
        }
    }
}
