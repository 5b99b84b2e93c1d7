//! Many rows through the binary, against a real platform: killed, interrupted, resumed, refused.

use std::{
    collections::HashSet,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use sqlx::{Row, sqlite::SqliteConnectOptions};

use crate::support::{
    Run, TestEnv, binary,
    server::{Server, interrupt, seeded},
};

const ROWS: usize = 200;

struct BulkEnv {
    cli: TestEnv,
    platform: Server,
    _jwks: Server,
    ids: Value,
}

impl BulkEnv {
    fn start() -> Self {
        let cli = TestEnv::new();
        let schema = json!({ "title": "Adult",
            "attributes": [{ "name": "age", "type": "integer", "required": true, "minimum": 18 }] });
        let mut keyed = schema.clone();
        keyed["key"] = "adult".into();
        let seed = json!({
            "partner": { "name": "Zenith", "issueOnBehalf": true },
            "schemas": [keyed],
            "programs": [{ "key": "adult", "schema": "adult", "publish": true }],
        });
        cli.write("schema.json", schema.to_string());
        let (platform, jwks) = seeded(&cli, seed);
        let ids = platform.ready["seeded"].clone();
        Self {
            cli,
            platform,
            _jwks: jwks,
            ids,
        }
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let id = |member: &str| self.ids.pointer(member).and_then(Value::as_str).unwrap();
        let common = [
            "bulk",
            "--url",
            self.platform.url(),
            "--key",
            "key.pem",
            "--partner-id",
            id("/partnerId"),
            "--issuer",
            id("/issuerDid"),
            "--program",
            id("/programs/adult"),
        ];
        [&common, more].concat()
    }

    fn bulk(&self, more: &[&str]) -> Run {
        self.cli.air(&self.arguments(more))
    }

    /// A run that goes on until it ends or is ended.
    fn begin(&self, more: &[&str]) -> Child {
        Command::new(binary())
            .args(self.arguments(more))
            .current_dir(self.cli.path(""))
            .env_remove("AIR_URL")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn set_faults(&self, faults: &Value) {
        let set = ["sandbox", "faults", "--url", self.platform.url(), "-"];
        self.cli.air_with(&set, faults.to_string()).succeeded();
    }

    /// Delays each issuance, so that a run is ended before its last row.
    fn slow_down(&self) {
        let delay = json!({ "path": "/v1/credentials", "kind": "delay", "milliseconds": 200 });
        self.set_faults(&json!({ "rules": [delay] }));
    }

    fn speed_up(&self) {
        self.set_faults(&json!({}));
    }

    fn journal_lines(&self, name: &str) -> usize {
        let text = std::fs::read(self.cli.path(name)).unwrap_or_default();
        text.split(|byte| *byte == b'\n').count() - 1
    }

    /// Returns once so many rows are done.
    fn wait_for_rows(&self, child: &mut Child, journal: &str, rows: usize) {
        while self.journal_lines(journal) <= rows {
            assert!(child.try_wait().unwrap().is_none(), "it ended before");
            std::thread::yield_now();
        }
    }

    /// How many credentials there are, and of how many users.
    fn credentials(self) -> (i64, i64) {
        self.platform.interrupt();
        let database = self.cli.path("data/platform.sqlite");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(database);
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let count = "SELECT COUNT(*), COUNT(DISTINCT user_uuid) FROM credentials";
            let row = sqlx::query(count).fetch_one(&mut connection).await.unwrap();
            (row.get(0), row.get(1))
        })
    }
}

fn csv(rows: usize) -> String {
    let rows = (0..rows).map(|row| format!("user{row}@secret.example,{}\n", 18 + row));
    format!("email,credentialSubject.age\n{}", rows.collect::<String>())
}

fn hashes(journal: &[u8]) -> HashSet<String> {
    let text = std::str::from_utf8(journal).unwrap();
    text.lines()
        .filter_map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["issued"]
                .as_str()
                .map(str::to_owned)
        })
        .collect()
}

#[test]
fn a_killed_run_is_resumed_and_each_row_is_issued_once() {
    let env = BulkEnv::start();
    env.cli.write("people.csv", csv(ROWS));
    env.slow_down();
    let mut child = env.begin(&["--concurrency", "4", "people.csv"]);
    env.wait_for_rows(&mut child, "people.csv.journal", 20);
    child.kill().unwrap();
    child.wait().unwrap();
    let done = env.journal_lines("people.csv.journal");
    assert!(done < ROWS, "{done} lines: it was too fast to be killed");
    env.speed_up();

    env.bulk(&["people.csv"]).failed_with(1, "--resume");
    let report = env.bulk(&["--resume", "--json", "people.csv"]).succeeded().json();
    assert_eq!(
        (&report["complete"], &report["issued"]),
        (&json!(true), &json!(ROWS))
    );
    assert_eq!(report["left"], 0);
    let journal = env.cli.read("people.csv.journal");
    assert_eq!(hashes(&journal).len(), ROWS);
    assert!(!String::from_utf8(journal).unwrap().contains("secret.example"));
    let rows = i64::try_from(ROWS).unwrap();
    assert_eq!(env.credentials(), (rows, rows));
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_ends_what_is_under_way_and_says_how_to_go_on() {
    let env = BulkEnv::start();
    env.cli.write("people.csv", csv(ROWS));
    env.slow_down();
    let mut child = env.begin(&["--concurrency", "2", "--json", "people.csv"]);
    env.wait_for_rows(&mut child, "people.csv.journal", 5);
    interrupt(child.id());
    let run = Run::from(child.wait_with_output().unwrap());
    run.failed_with(1, "--resume");
    env.speed_up();
    let report = run.json();
    let done = env.journal_lines("people.csv.journal") - 1;
    assert_eq!(report["issued"], done);
    assert_eq!(report["left"], ROWS - done);
    assert_eq!(report["complete"], false);
    let report = env.bulk(&["--resume", "--json", "people.csv"]).succeeded().json();
    assert_eq!(report["issued"], ROWS);
    let rows = i64::try_from(ROWS).unwrap();
    assert_eq!(env.credentials(), (rows, rows));
}

const MIXED: &str = "{\"email\":\"ada@secret.example\",\"credentialSubject\":{\"age\":21}}\n\
                     {\"email\":\"nobody\",\"credentialSubject\":{\"age\":22}}\n\n\
                     {\"email\":\"bob@secret.example\",\"credentialSubject\":{\"age\":7}}\n\
                     {\"credentialSubject\":{\"age\":21},\"email\":\"ada@secret.example\"}\n\
                     {\"email\":\"eve@secret.example\",\"credentialSubject\":{\"age\":30}}\n";

#[test]
fn refused_rows_are_named_by_line_and_place_and_never_shown() {
    let env = BulkEnv::start();
    env.cli.write("people.ndjson", MIXED);
    let expected = |schema_reason: &str| {
        json!([
            { "row": 2, "line": 2, "reason": "not_an_email", "pointer": "/email" },
            { "row": 3, "line": 4, "reason": schema_reason, "pointer": "/credentialSubject/age" },
            { "row": 4, "line": 5, "reason": "duplicate", "pointer": "" },
        ])
    };
    let sorted = |report: &Value| {
        let mut rows = report["refusedRows"].as_array().unwrap().clone();
        for row in &mut rows {
            let row = row.as_object_mut().unwrap();
            let is_the_schemas = row["reason"] == "does_not_fit";
            assert_eq!(row.remove("rule").unwrap() == "range", is_the_schemas);
            assert_eq!(row.remove("message").unwrap().is_string(), is_the_schemas);
        }
        rows.sort_by_key(|row| row["row"].as_u64());
        Value::Array(rows)
    };

    let dry = env.bulk(&["--dry-run", "--schema", "schema.json", "--json", "people.ndjson"]);
    dry.failed_with(3, "3 of 5 rows");
    assert_eq!(sorted(&dry.json()), expected("does_not_fit"));
    assert!(!env.cli.path("people.ndjson.journal").exists());

    let told = env.bulk(&["--dry-run", "--schema", "schema.json", "people.ndjson"]);
    told.failed_with(3, "line 4  /age     is less than 18 (range)");
    assert_eq!(told.text(), "2 of 5 rows can be sent; nothing was sent");

    let run = env.bulk(&["--json", "people.ndjson"]);
    run.failed_with(3, "3 of 5 rows");
    let report = run.json();
    assert_eq!(sorted(&report), expected("rejected"));
    assert_eq!((&report["issued"], &report["refused"]), (&json!(2), &json!(3)));
    let journal = String::from_utf8(env.cli.read("people.ndjson.journal")).unwrap();
    for shown in [
        &dry.stderr,
        &told.stderr,
        &run.stderr,
        dry.text(),
        run.text(),
        &journal,
    ] {
        for value in ["secret.example", "nobody"] {
            assert!(!shown.contains(value), "{value} in {shown}");
        }
    }
    // Resumed, it has nothing to do and says the same.
    let again = env.bulk(&["--resume", "--json", "people.ndjson"]);
    again.failed_with(3, "3 of 5 rows");
    assert_eq!(sorted(&again.json()), expected("rejected"));
    assert_eq!(env.credentials(), (2, 2));
}

#[test]
fn a_journal_belongs_to_its_run() {
    let env = BulkEnv::start();
    env.cli.write("people.csv", csv(3));
    env.bulk(&["--resume", "people.csv"])
        .failed_with(1, "no journal to resume");
    env.bulk(&["people.csv"]).succeeded();
    env.bulk(&["people.csv"])
        .failed_with(1, "the journal already exists");
    let other_way = ["--resume", "--on-duplicate", "revoke", "people.csv"];
    env.bulk(&other_way).failed_with(3, "another onDuplicate");
    env.cli.write("people.csv", csv(4));
    env.bulk(&["--resume", "people.csv"])
        .failed_with(3, "another input");
    let mut journal = env.cli.read("people.csv.journal");
    journal[200] ^= 1;
    env.cli.write("people.csv.journal", journal);
    env.bulk(&["--resume", "people.csv"])
        .failed_with(3, "people.csv.journal: line ");
}

#[test]
fn results_never_replace_the_journal_or_the_rows() {
    let env = BulkEnv::start();
    env.cli.write("people.csv", csv(3));
    let refused = |more: &[&str]| env.bulk(more).failed_with(2, "would replace another file");
    refused(&["--journal", "j", "--results", "./j", "people.csv"]);
    refused(&["--journal", "people.csv", "people.csv"]);
    env.bulk(&["people.csv"]).succeeded();
    refused(&["--resume", "--results", "people.csv", "people.csv"]);
    refused(&["--resume", "--results", "people.csv.journal", "people.csv"]);
    assert_eq!(env.cli.read("people.csv"), csv(3).into_bytes());
    env.bulk(&["--resume", "people.csv"]).succeeded();
}

#[test]
fn wrong_files_and_keys_are_told_at_once() {
    let env = BulkEnv::start();
    env.cli.write("flat.ndjson", r#"{ "email": "ada@example.com" }"#);
    env.bulk(&["--dry-run", "flat.ndjson"])
        .failed_with(3, "/credentialSubject  is missing");
    env.cli.write("people.txt", "");
    env.bulk(&["people.txt"])
        .failed_with(2, "must end in .csv, .ndjson or .jsonl");
    env.bulk(&["people.csv"])
        .failed_with(1, "failed to read people.csv");
    env.cli.write("people.csv", "name,email\n");
    env.bulk(&["people.csv"]).failed_with(3, "column 1");
    env.cli.write("people.csv", csv(3));
    env.cli
        .air(&["keys", "generate", "--out", "other.pem"])
        .succeeded();
    let mut stranger = env.arguments(&["people.csv"]);
    stranger[4] = "other.pem";
    env.cli
        .air(&stranger)
        .failed_with(4, "after 0 of 3 rows: not authorised");
    let mut away = env.arguments(&["--journal", "other.journal", "people.csv"]);
    away[2] = "http://127.0.0.1:1";
    env.cli.air(&away).failed_with(5, "failed to connect");
    assert!(!env.cli.path("other.journal").exists());
}

/// `air bulk --dry-run` of an input from `tests/cases`, which needs no platform.
fn reviewed(case: &str) -> Run {
    let cli = TestEnv::new();
    cli.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let file = format!("{}/tests/cases/{case}", env!("CARGO_MANIFEST_DIR"));
    let issuer = "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB";
    let partner = [
        "bulk",
        "--key",
        "key.pem",
        "--partner-id",
        "p",
        "--issuer",
        issuer,
        "--program",
        "p",
    ];
    cli.air(&[&partner[..], &["--dry-run", "--json", &file]].concat())
}

#[test]
fn an_open_quotation_mark_is_named_by_the_line_where_it_opens() {
    let run = reviewed("open_quote.csv");
    run.failed_with(3, "line 2");
    assert_eq!(run.json()["refusedRows"][0]["line"], 2);
    assert_eq!(run.json()["refusedRows"][0]["reason"], "open_quote");
}

#[test]
fn exports_of_spreadsheets_are_read() {
    for case in ["blank_commas.csv", "upper_ext.CSV"] {
        let reviewed = reviewed(case).succeeded().json();
        assert_eq!(
            (&reviewed["rows"], &reviewed["refused"]),
            (&json!(1), &json!(0)),
            "{case}"
        );
    }
}

#[test]
fn invisible_characters_in_addresses_are_refused_by_row() {
    let run = reviewed("zw.csv");
    run.failed_with(3, "4 of 4 rows");
    let report = run.json();
    let refused: Vec<Value> = (1..=4)
        .map(|row| {
            json!({ "row": row, "line": row + 1, "reason": "not_an_email", "pointer": "/email",
                "rule": null, "message": null })
        })
        .collect();
    assert_eq!(report["refusedRows"], json!(refused));
    for shown in [run.text(), &run.stderr] {
        assert!(
            !shown.contains(['\u{200b}', '\u{202e}', '\u{feff}']) && !shown.contains("example.com"),
            "{shown:?}"
        );
    }
}
