//! Files as people have them: typed by the schema, with a results file and a report that says what
//! to do next.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, seeded_env::SeededEnv};

struct PeopleEnv(SeededEnv);

impl Deref for PeopleEnv {
    type Target = SeededEnv;

    fn deref(&self) -> &SeededEnv {
        &self.0
    }
}

impl PeopleEnv {
    fn start() -> Self {
        let cli = TestEnv::new();
        let schema = json!({ "title": "Member", "attributes": [
            { "name": "givenName", "type": "string", "required": true },
            { "name": "isOver18", "type": "boolean", "required": true },
            { "name": "level", "type": "integer", "maximum": 9 },
            { "name": "postcode", "type": "string" },
            { "name": "birthDate", "type": "date" },
        ] });
        let mut keyed = schema.clone();
        keyed["key"] = "member".into();
        let seed = json!({
            "partner": { "name": "Bulk for people", "issueOnBehalf": true },
            "schemas": [keyed],
            "programs": [{ "key": "member", "schema": "member", "publish": true }],
        });
        cli.write("schema.json", schema.to_string());
        for case in ["people_semicolon.csv", "people_vendor.csv", "people_wrong.csv"] {
            let file = format!("{}/tests/cases/{case}", env!("CARGO_MANIFEST_DIR"));
            cli.write(case, std::fs::read(file).unwrap());
        }
        let env = Self(SeededEnv::start_in(cli, seed));
        let init = [
            "init",
            "--from-sandbox",
            "--url",
            env.platform.url(),
            "--key",
            "key.pem",
        ];
        env.cli.air(&init).succeeded();
        env
    }

    fn bulk(&self, more: &[&str]) -> Run {
        self.cli
            .air(&[&["bulk", "--schema", "schema.json"], more].concat())
    }

    /// The rows of a results file, each with its cells.
    fn results(&self, name: &str) -> Vec<Vec<String>> {
        let text = String::from_utf8(self.cli.read(name)).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        assert_eq!(header, "row,line,email,outcome,coreClaimHash,reason");
        let cells = |row: &str| row.splitn(6, ',').map(str::to_owned).collect();
        rows.lines().map(cells).collect()
    }

    /// The claims of the user's credential, which a verifier receives.
    fn event_count(&self, kind: &str) -> usize {
        let list = ["events", "--type", kind, "--json"];
        let page: Value = self.cli.air(&list).succeeded().json();
        page["events"].as_array().unwrap().len()
    }
}

#[test]
fn an_export_of_a_spreadsheet_is_issued_and_each_address_gets_its_hash() {
    let env = PeopleEnv::start();
    let run = env
        .bulk(&["--results", "results.csv", "people_semicolon.csv"])
        .succeeded();
    assert!(run.text().starts_with("Issued 2 of 2 rows"), "{run:?}");
    assert!(run.text().contains("Next: wait for a credential"), "{run:?}");
    let results = env.results("results.csv");
    assert_eq!(results.len(), 2, "{results:?}");
    for (row, (line, email)) in results
        .iter()
        .zip([("2", "ada@example.com"), ("3", "zoe@example.com")])
    {
        assert_eq!(row[1..4], [line, email, "issued"], "{row:?}");
        let status = env.cli.air(&["status", "--wait", "--json", &row[4]]).succeeded();
        assert_eq!(status.json()["coreClaimHash"], *row[4]);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = env.cli.path("results.csv").metadata().unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    // The vendor's file has the same rows in JSON: their users have the credentials already.
    let vendor = ["--results", "vendor.csv", "people_vendor.csv"];
    let again = env.bulk(&vendor).succeeded();
    assert!(again.text().starts_with("Issued 2 of 2 rows"), "{again:?}");
    let hashes = |rows: &[Vec<String>]| rows.iter().map(|row| row[4].clone()).collect::<Vec<_>>();
    assert_eq!(hashes(&env.results("vendor.csv")), hashes(&results));
    assert_eq!(env.event_count("credential.issued"), 2);

    // An existing file is replaced by its own run only.
    env.bulk(&[
        "--journal",
        "other",
        "--results",
        "results.csv",
        "people_vendor.csv",
    ])
    .failed_with(1, "results.csv already exists");
    env.bulk(&["--resume", "--results", "results.csv", "people_semicolon.csv"])
        .succeeded();
    assert_eq!(env.results("results.csv"), results);
}

#[test]
fn a_row_that_breaks_a_rule_is_named_with_the_rule() {
    let env = PeopleEnv::start();
    let run = env.bulk(&["--results", "results.csv", "people_wrong.csv"]);
    run.failed_with(3, "4 of 5 rows of people_wrong.csv were refused");
    for line in [
        "line 3  /isOver18   is neither true nor false",
        "line 4  /level      is not a number",
        "line 5  /birthDate  is not a date",
        "line 6  /givenName  is missing",
        "(format)",
        "(required)",
        "hint: fix these rows in a separate file, and run `air bulk` with it",
    ] {
        assert!(run.stderr.contains(line), "lacks `{line}`: {}", run.stderr);
    }
    let report = env.bulk(&["--dry-run", "--json", "people_wrong.csv"]).json();
    let refused = report["refusedRows"].as_array().unwrap();
    let rules: Vec<_> = refused
        .iter()
        .map(|row| (&row["line"], &row["reason"], &row["rule"]))
        .collect();
    assert_eq!(
        json!(rules),
        json!([
            [3, "not_a_boolean", null],
            [4, "not_a_number", null],
            [5, "does_not_fit", "format"],
            [6, "does_not_fit", "required"],
        ])
    );
    let results = env.results("results.csv");
    let outcomes: Vec<_> = results.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(outcomes, ["issued", "refused", "refused", "refused", "refused"]);
    assert!(results[3][5].contains("/birthDate is not a date"), "{results:?}");
    assert_eq!(results[3][2], "joe@example.com");
}

#[test]
fn without_a_schema_cells_are_json_and_the_hint_says_so() {
    let env = PeopleEnv::start();
    env.cli.write(
        "plain.csv",
        "Email;credentialSubject.givenName\nada@example.com;Ada\n",
    );
    let run = env.cli.air(&["bulk", "--dry-run", "plain.csv"]);
    run.failed_with(3, "line 2  /givenName  is not JSON");
    assert!(
        run.stderr.contains("with `--schema FILE`, cells are typed"),
        "{run:?}"
    );
    let names = env.cli.air(&["bulk", "--dry-run", "people_wrong.csv"]);
    names.failed_with(3, "unknown column 2 in the header");
    assert!(names.stderr.contains("need `--schema FILE`"), "{names:?}");
}
