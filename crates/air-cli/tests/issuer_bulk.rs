//! Many rows through an issuer's own service: killed, interrupted, resumed, refused.

use std::{
    collections::HashSet,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Row, sqlite::SqliteConnectOptions};

use crate::{
    issuer_service,
    support::{
        Run, TestEnv, binary,
        server::{Server, interrupt, seeded},
    },
};

const ROWS: usize = 120;
const ADMIN_KEY: &str = "fedcba9876543210fedcba9876543210";
const SCHEMA: &str = r#"{ "title": "Member", "attributes": [
    { "name": "level", "type": "integer", "required": true, "maximum": 9 },
    { "name": "nickname", "type": "string" }
] }"#;

/// A platform, and an issuer's service that stores credentials there.
pub(crate) struct IssuerBulkEnv {
    pub(crate) cli: TestEnv,
    schema: String,
    pub(crate) issuer: Server,
    platform: Server,
    _jwks: Server,
}

impl IssuerBulkEnv {
    pub(crate) fn start() -> Self {
        let cli = TestEnv::new();
        let mut keyed: Value = serde_json::from_str(SCHEMA).unwrap();
        keyed["key"] = "member".into();
        let seed = json!({ "partner": { "name": "Members", "issueOnBehalf": true }, "schemas": [keyed] });
        let (platform, jwks) = seeded(&cli, seed);
        let seeded = &platform.ready["seeded"];
        let schema = seeded["schemas"]["member"].as_str().unwrap().to_owned();
        cli.write("member.json", SCHEMA);
        cli.write("admin-key", ADMIN_KEY);
        cli.air(&["keys", "generate", "--out", "credentials.pem"])
            .succeeded();
        let admin_hash = hex::encode(Sha256::digest(ADMIN_KEY));
        cli.write(
            "issuer.toml",
            format!(
                "origin = \"http://localhost:1\"\nlisten = \"127.0.0.1\"\nport = 0\nsqlite = \"issuer\"\n\
                 api-keys = [\"sha256-{}\"]\nadmin-api-keys = [\"sha256-{admin_hash}\"]\n\
                 [air]\npartner-id = {}\nchain-origin = \"{}\"\n\
                 [keys]\ntokens = {{ file = \"key.pem\" }}\ncredentials = {{ file = \"credentials.pem\" }}\n\
                 status-lists = {{ file = \"credentials.pem\" }}\n\
                 [status-list]\npartition-size = 1024\n\
                 [[schemas]]\nid = \"{schema}\"\nvalid-for = \"90d\"\ndocument = \"member.json\"\n",
                "0".repeat(64),
                seeded["partnerId"],
                platform.url(),
            ),
        );
        let serve = ["issuer", "serve", "--config", "issuer.toml"];
        let issuer = Server::start(&cli.path(""), &serve);
        Self {
            cli,
            schema,
            issuer,
            platform,
            _jwks: jwks,
        }
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let common = [
            "issuer",
            "bulk",
            "--url",
            self.issuer.url(),
            "--admin-api-key-file",
            "admin-key",
            "--schema",
            &self.schema,
            "--schema-file",
            "member.json",
        ];
        [&common, more].concat()
    }

    pub(crate) fn bulk(&self, more: &[&str]) -> Run {
        self.cli.air(&self.arguments(more))
    }

    /// A run that goes on until it ends or is ended.
    fn begin(&self, more: &[&str]) -> Child {
        Command::new(binary())
            .args(self.arguments(more))
            .current_dir(self.cli.path(""))
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

    /// Delays each upload, so that a run is ended before its last row.
    fn slow_down(&self) {
        let delay = json!({ "path": "/v1/dstorage", "kind": "delay", "milliseconds": 200 });
        self.set_faults(&json!({ "rules": [delay] }));
    }

    fn speed_up(&self) {
        self.set_faults(&json!({}));
    }

    fn journal_lines(&self) -> usize {
        let text = std::fs::read(self.cli.path("members.csv.journal")).unwrap_or_default();
        text.split(|byte| *byte == b'\n').count() - 1
    }

    /// Returns once so many rows are done.
    fn wait_for_rows(&self, child: &mut Child, rows: usize) {
        while self.journal_lines() <= rows {
            assert!(child.try_wait().unwrap().is_none(), "it ended before");
            std::thread::yield_now();
        }
    }

    /// The number of credentials, of their holders, and of those that dStorage has.
    fn credentials(self) -> (i64, i64, i64) {
        self.issuer.terminate();
        let database = self.cli.path("issuer/issuer.sqlite");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(database);
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            let count = "SELECT COUNT(*), COUNT(DISTINCT holder_did), \
                         COUNT(CASE WHEN state = 'stored' THEN 1 END) FROM issuances";
            let row = sqlx::query(count).fetch_one(&mut connection).await.unwrap();
            (row.get(0), row.get(1), row.get(2))
        })
    }
}

pub(crate) fn csv(rows: usize) -> String {
    let row = |row: usize| format!("user{row}@secret.example,2099-01-01,{}\n", row % 10);
    let rows: String = (0..rows).map(row).collect();
    format!("email,expiration,credentialSubject.level\n{rows}")
}

/// The cells of a results file, which have no commas.
fn results(cli: &TestEnv) -> Vec<Vec<String>> {
    let text = String::from_utf8(cli.read("results.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    assert_eq!(header, "row,line,email,outcome,externalId,reason");
    let cells = |row: &str| row.splitn(6, ',').map(str::to_owned).collect();
    rows.lines().map(cells).collect()
}

#[test]
fn a_killed_run_is_resumed_and_each_row_is_issued_once() {
    let env = IssuerBulkEnv::start();
    env.cli.write("members.csv", csv(ROWS));
    env.slow_down();
    let mut child = env.begin(&["--concurrency", "2", "members.csv"]);
    env.wait_for_rows(&mut child, 10);
    child.kill().unwrap();
    child.wait().unwrap();
    let done = env.journal_lines();
    assert!(done < ROWS, "{done} lines: it was too fast to be killed");
    env.speed_up();

    env.bulk(&["members.csv"])
        .failed_with(1, "run `air issuer bulk --resume");
    env.bulk(&["--resume", "--vct", "other", "members.csv"])
        .failed_with(3, "another vct");
    let resume = ["--resume", "--json", "--results", "results.csv", "members.csv"];
    let report = env.bulk(&resume).succeeded().json();
    assert_eq!(
        (&report["complete"], &report["issued"], &report["left"]),
        (&json!(true), &json!(ROWS), &json!(0))
    );
    let results = results(&env.cli);
    assert_eq!(results[0][2..4], ["user0@secret.example", "issued"]);
    let ids: HashSet<&str> = results.iter().map(|row| row[4].as_str()).collect();
    assert_eq!(ids.len(), ROWS);
    assert!(ids.iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
    let journal = String::from_utf8(env.cli.read("members.csv.journal")).unwrap();
    assert!(!journal.contains("secret.example") && !journal.contains(ADMIN_KEY));
    let rows = i64::try_from(ROWS).unwrap();
    assert_eq!(env.credentials(), (rows, rows, rows));
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_completes_its_calls_and_is_resumed() {
    let env = IssuerBulkEnv::start();
    env.cli.write("members.csv", csv(ROWS));
    env.slow_down();
    let mut child = env.begin(&["--concurrency", "2", "--json", "members.csv"]);
    env.wait_for_rows(&mut child, 5);
    interrupt(child.id());
    let run = Run::from(child.wait_with_output().unwrap());
    run.failed_with(1, "run `air issuer bulk --resume`");
    env.speed_up();
    let report = run.json();
    let done = env.journal_lines() - 1;
    assert_eq!(
        (&report["issued"], &report["left"]),
        (&json!(done), &json!(ROWS - done))
    );
    let report = env
        .bulk(&["--resume", "--json", "members.csv"])
        .succeeded()
        .json();
    assert_eq!(report["issued"], ROWS);
    let rows = i64::try_from(ROWS).unwrap();
    assert_eq!(env.credentials(), (rows, rows, rows));
}

#[test]
fn an_unknown_schema_is_not_resumed_and_a_complete_run_has_nothing_to_resume() {
    let env = IssuerBulkEnv::start();
    env.cli.write("members.csv", csv(2));
    let mut unknown = env.arguments(&["--journal", "other.journal", "members.csv"]);
    let place = unknown
        .iter()
        .position(|argument| *argument == "--schema")
        .unwrap();
    unknown[place + 1] = "unknown";
    let run = env.cli.air(&unknown);
    run.failed_with(3, "Invalid Schema: unknown");
    assert!(!run.stderr.contains("--resume"), "{run:?}");

    env.bulk(&["members.csv"]).succeeded();
    let again = env.bulk(&["--resume", "members.csv"]).succeeded();
    assert!(
        again.text().starts_with("All rows were issued earlier (2 of 2)"),
        "{again:?}"
    );
}

const MIXED: &str = "\u{feff}id,email,expiration,credentialSubject.level,credentialSubject.nickname\n\
    1,ada@secret.example,2099-01-01,3,Ada\n\
    2,\"\"\"bob@secret.example\"\"\",\"\"\"2099-01-01T12:00:00+02:00\"\"\",4,\"\"\"Bob\"\"\"\n\
    3,eve@secret.example,2001-01-01,3,\n\
    4,joe@secret.example,soon,3,\n\
    5,zoe@secret.example,,3,\n\
    6,max@secret.example,2099-01-01,10,\n";

#[test]
fn rows_are_refused_before_they_are_sent_and_the_others_are_issued() {
    let env = IssuerBulkEnv::start();
    env.cli.write("members.csv", MIXED);
    let dry = env.bulk(&["--dry-run", "--json", "members.csv"]);
    dry.failed_with(1, "4 of 6 rows");
    let expected = [
        (4, "expired", "/expiration"),
        (5, "not_a_time", "/expiration"),
        (6, "missing", "/expiration"),
        (7, "does_not_fit", "/credentialSubject/level"),
    ];
    let refused = |report: &Value| {
        let rows = report["refusedRows"].as_array().unwrap();
        let mut rows: Vec<_> = rows
            .iter()
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                (row["line"].as_u64().unwrap(), text("reason"), text("pointer"))
            })
            .collect();
        rows.sort();
        rows
    };
    let expected = expected.map(|(line, reason, place)| (line, reason.to_owned(), place.to_owned()));
    assert_eq!(refused(&dry.json()), expected);
    assert!(!env.cli.path("members.csv.journal").exists());

    let run = env.bulk(&["--json", "--results", "results.csv", "members.csv"]);
    run.failed_with(1, "4 of 6 rows of members.csv were refused");
    let report = run.json();
    assert_eq!(refused(&report), expected);
    assert_eq!((&report["issued"], &report["refused"]), (&json!(2), &json!(4)));
    for shown in [&dry, &run] {
        assert!(shown.stderr.contains("columns are ignored, counted from 1: 1"));
        assert!(!shown.stderr.contains("secret.example"), "{}", shown.stderr);
    }
    let results = results(&env.cli);
    let outcomes: Vec<&str> = results.iter().map(|row| row[3].as_str()).collect();
    assert_eq!(
        outcomes,
        ["issued", "issued", "refused", "refused", "refused", "refused"]
    );
    assert_eq!(results[1][2], "bob@secret.example");
    assert_eq!(env.credentials(), (2, 2, 2));
}

#[test]
fn a_dry_run_needs_no_service_and_a_run_needs_its_key() {
    let cli = TestEnv::new();
    cli.write("member.json", SCHEMA);
    cli.write("members.csv", csv(3));
    let bulk = |more: &[&str]| {
        let common = [
            "issuer",
            "bulk",
            "--schema",
            "member",
            "--schema-file",
            "member.json",
        ];
        cli.air(&[&common[..], more, &["members.csv"]].concat())
    };
    let dry = bulk(&["--dry-run"]).succeeded();
    assert_eq!(dry.text(), "3 of 3 rows can be sent; nothing was sent");
    // The service takes a JSON Schema, too.
    let json_schema = r#"{ "title": "Member", "properties": { "level": { "type": "integer" } } }"#;
    cli.write("member.json", json_schema);
    bulk(&["--dry-run"]).succeeded();
    bulk(&[]).failed_with(2, "--url <URL>");
    let long = "v".repeat(2_049);
    bulk(&["--dry-run", "--vct", &long]).failed_with(2, "must be 1 to 2048 bytes long");

    cli.write("members.csv", csv(0));
    let empty = bulk(&["--dry-run"]).succeeded();
    assert!(
        empty.stderr.contains("warning: members.csv has no rows"),
        "{empty:?}"
    );
    cli.write("members.csv", csv(3));

    cli.write("key", ADMIN_KEY);
    let closed = ["--url", "http://127.0.0.1:1", "--admin-api-key-file", "key"];
    bulk(&closed).failed_with(
        5,
        "error: failed to connect to the issuer's service at 127.0.0.1:1",
    );
    assert!(!cli.path("members.csv.journal").exists());

    issuer_service::configure(&cli, "http://127.0.0.1:1", 0);
    let serve = ["issuer", "serve", "--config", "issuer.toml"];
    let issuer = Server::start(&cli.path(""), &serve);
    let run = bulk(&["--url", issuer.url(), "--admin-api-key-file", "key"]);
    run.failed_with(4, "after 0 of 3 rows: not authorised: Forbidden");
    assert!(!run.stderr.contains(ADMIN_KEY), "{}", run.stderr);
    cli.write("key", "\n");
    bulk(&["--url", issuer.url(), "--admin-api-key-file", "key"]).failed_with(3, "key is empty");
}
