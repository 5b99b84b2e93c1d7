//! The JSON-Schema-Test-Suite, drafts 7 and 2020-12 with all optional tests, with our validator.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]
#![expect(clippy::disallowed_methods, reason = "the tests are in files")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use air_schema::{Draft, JsonSchemaValidator};
use serde_json::Value;

/// A case with another result than in the suite, and the reason. If it begins to pass, the test
/// fails and the exception must be removed.
struct Exception {
    file: &'static str,
    /// A part of the group's description.
    group: &'static str,
    /// A part of the case's description.
    case: &'static str,
    reason: &'static str,
}

const REMOTE: &str = "it refers to another document, and nothing is fetched";

const EXCEPTIONS: &[Exception] = &[
    group("refRemote.json", "", REMOTE),
    group("optional/cross-draft.json", "", REMOTE),
    group("dynamicRef.json", "strict-tree schema", REMOTE),
    group(
        "dynamicRef.json",
        "implementation dynamic anchor and reference link",
        REMOTE,
    ),
    group("dynamicRef.json", "independent of order", REMOTE),
    group("dynamicRef.json", "finds detached $dynamicAnchor", REMOTE),
    Exception {
        case: "no validation: invalid number",
        ..group("vocabulary.json", "no validation vocabulary", REMOTE)
    },
    Exception {
        case: "only an annotation by default",
        ..group("format.json", "", "formats are asserted in every draft")
    },
];

const fn group(file: &'static str, group: &'static str, reason: &'static str) -> Exception {
    Exception {
        file,
        group,
        case: "",
        reason,
    }
}

#[test]
fn draft_7() {
    let run = run("draft7", Draft::Draft7);
    assert_eq!((run.cases, run.excepted), (1721, 25));
}

#[test]
fn draft_2020_12() {
    let run = run("draft2020-12", Draft::Draft202012);
    assert_eq!((run.cases, run.excepted), (2225, 65));
}

/// The number of executed cases, and the number of exceptions among them.
struct Run {
    cases: usize,
    excepted: usize,
}

fn run(folder: &str, draft: Draft) -> Run {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors/json-schema-test-suite/tests")
        .join(folder);
    let mut run = Run {
        cases: 0,
        excepted: 0,
    };
    let mut wrong = Vec::new();
    for path in files(&root) {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let groups: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for group in groups {
            let validator = JsonSchemaValidator::new(&group["schema"], draft);
            for case in group["tests"].as_array().unwrap() {
                let expected = case["valid"].as_bool().unwrap();
                let is_right = validator
                    .as_ref()
                    .is_ok_and(|validator| validator.validate(&case["data"]).is_ok() == expected);
                let exception = find(&file, &group, case);
                run.cases += 1;
                run.excepted += usize::from(exception.is_some());
                match (is_right, exception) {
                    (true, None) | (false, Some(_)) => {}
                    (true, Some(exception)) => wrong.push(format!(
                        "{file}: {} – {}: passes now, though {}",
                        group["description"], case["description"], exception.reason
                    )),
                    (false, None) => wrong.push(format!(
                        "{file}: {} – {}: {:?}",
                        group["description"],
                        case["description"],
                        validator.as_ref().err()
                    )),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    run
}

fn find(file: &str, group: &Value, case: &Value) -> Option<&'static Exception> {
    let contains = |value: &Value, part: &str| value["description"].as_str().unwrap().contains(part);
    EXCEPTIONS.iter().find(|exception| {
        exception.file == file && contains(group, exception.group) && contains(case, exception.case)
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}
