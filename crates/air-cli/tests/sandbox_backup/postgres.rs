//! `--database`: a PostgreSQL database while its platform runs, and an empty one.

use std::thread;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::runtime::Runtime;

use super::{issue, keys, prepare, seed};
use crate::support::{
    Run, TestEnv,
    server::{Server, seeded_in},
};

/// Databases of a test server, dropped in the end.
struct Databases {
    server: PgConnectOptions,
    names: Vec<String>,
    runtime: Runtime,
}

impl Databases {
    fn new() -> Self {
        let url = std::env::var("AIR_TEST_DATABASE").expect("AIR_TEST_DATABASE names a server");
        Self {
            server: url.parse().unwrap(),
            names: Vec::new(),
            runtime: Runtime::new().unwrap(),
        }
    }

    /// Creates an empty database, and returns its URL.
    fn create(&mut self) -> String {
        let name = format!("air_backup_{:016x}", rand::random::<u64>());
        self.server_does(&format!("CREATE DATABASE {name}"));
        self.names.push(name.clone());
        let url = std::env::var("AIR_TEST_DATABASE").unwrap();
        let (server, _) = url.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }

    fn server_does(&self, statement: &str) {
        self.runtime
            .block_on(execute(self.server.clone(), statement))
            .unwrap();
    }

    fn does(&self, url: &str, statement: &str) {
        self.runtime
            .block_on(execute(url.parse().unwrap(), statement))
            .unwrap();
    }

    fn number(&self, url: &str, query: &'static str) -> i64 {
        let options: PgConnectOptions = url.parse().unwrap();
        self.runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            let number = sqlx::query_scalar(query)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
            number
        })
    }
}

async fn execute(options: PgConnectOptions, statement: &str) -> sqlx::Result<()> {
    let mut connection: PgConnection = options.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

impl Drop for Databases {
    fn drop(&mut self) {
        for name in &self.names {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            let _ = self.runtime.block_on(execute(self.server.clone(), &drop));
        }
    }
}

const TABLES: &str = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::REGNAMESPACE";

fn backup(env: &TestEnv, url: &str, to: &str) -> Run {
    let backup = ["sandbox", "backup", "--database", url, "--to", to];
    env.air(&[&backup[..], &["--recipient", "backup.pub", "--json"]].concat())
}

fn restore(env: &TestEnv, url: &str, more: &[&str]) -> Run {
    let restore = ["sandbox", "restore", "--database", url];
    env.air(&[&restore[..], more].concat())
}

#[test]
#[ignore = "needs PostgreSQL"]
fn what_postgresql_acknowledged_before_a_backup_under_load_is_restored_with_new_lists() {
    let mut databases = Databases::new();
    let (source, target) = (databases.create(), databases.create());
    let env = TestEnv::new();
    let (platform, _jwks) = seeded_in(&env, seed(), &["--database", &source]);
    prepare(&env, &platform);
    keys(&env);
    let before: Vec<String> = (0..5)
        .map(|user| issue(&env, &format!("before{user}@example.com")))
        .collect();
    let report = thread::scope(|scope| {
        let load = scope.spawn(|| {
            for user in 0..5 {
                issue(&env, &format!("meanwhile{user}@example.com"));
            }
        });
        let report = backup(&env, &source, "platform.backup").succeeded().json();
        load.join().unwrap();
        report
    });
    let credentials = report["credentials"].as_u64().unwrap();
    assert!((5..=10).contains(&credentials), "{report}");
    assert_eq!(report["sealed"], json!(true));
    platform.terminate();

    let key = ["--key", "backup.pem", "platform.backup"];
    restore(&env, &target, &[&["--dry-run"], &key[..]].concat()).succeeded();
    assert_eq!(databases.number(&target, TABLES), 0, "a dry run writes nothing");
    let restored = restore(&env, &target, &[&["--json"], &key[..]].concat())
        .succeeded()
        .json();
    assert_eq!(
        (&restored["credentials"], &restored["data"]),
        (&json!(credentials), &json!(null))
    );
    restore(&env, &target, &key).failed_with(1, "replaces nothing");

    let old_lists = "SELECT MAX(number) FROM status_lists";
    let most = databases.number(&source, old_lists);
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--database", &target];
    let platform = Server::start(&env.path(""), &up);
    std::fs::remove_file(env.path("air.toml")).unwrap();
    prepare(&env, &platform);
    for hash in &before {
        env.air(&["status", hash]).succeeded();
    }
    // Rows that were numbered go on, and the new credential's entry is in a list that the source never had.
    issue(&env, "after@example.com");
    let taken = "SELECT number FROM status_lists WHERE taken > 0 AND taken < size";
    assert!(databases.number(&target, taken) > most);
    platform.terminate();
}

/// Adds a row of texts to a table that has numbers, and corrects the sums.
fn with_a_row_of_text(whole: &str) -> String {
    let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    let begin = lines
        .iter()
        .position(|line| line.starts_with(r#"{"table":"partners","#))
        .unwrap();
    let table: Value = serde_json::from_str(&lines[begin]).unwrap();
    let columns = table["columns"].as_array().unwrap().len();
    let row = vec!["S3cretValue"; columns].join("\t");
    let digest = Sha256::digest(&row);
    let (words, _) = digest.as_chunks::<8>();
    let sum: Vec<u64> = words.iter().map(|word| u64::from_be_bytes(*word)).collect();
    // The table has no rows: the end of its rows follows, and their sum.
    assert_eq!(lines[begin + 1], "\\.");
    lines[begin + 2] = json!({ "sum": { "rows": 1, "sum": sum } }).to_string();
    lines.insert(begin + 1, row);
    lines.pop();
    let text = lines.join("\n") + "\n";
    let sha256 = hex::encode(Sha256::digest(&text));
    format!("{text}{}\n", json!({ "sha256": sha256 }))
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_backup_that_is_not_whole_leaves_postgresql_empty() {
    let mut databases = Databases::new();
    let (source, target) = (databases.create(), databases.create());
    let env = TestEnv::new();
    let plain = |url: &str| {
        let backup = ["sandbox", "backup", "--database", url, "--no-encrypt"];
        env.air(&[&backup[..], &["--to", "platform.backup", "--force"]].concat())
    };
    plain(&source).failed_with(1, "no tables of a platform");
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--database", &source];
    Server::start(&env.path(""), &up).terminate();
    plain(&source).succeeded();
    let whole = String::from_utf8(env.read("platform.backup")).unwrap();

    let refused = |text: &str, reason: &str| {
        env.write("changed.backup", text);
        restore(&env, &target, &["--dry-run", "changed.backup"]).failed_with(3, reason);
    };
    refused(&whole[..whole.len() - 1], "the backup is damaged");
    restore(&env, &target, &["changed.backup"]).failed_with(3, "the backup is damaged");
    assert_eq!(databases.number(&target, TABLES), 0);
    refused(&whole[..whole.len() / 2], "the backup is damaged");
    refused(&format!("{whole}x"), "the backup is damaged");
    refused(
        &whole.replacen("\"rows\":0", "\"rows\":1", 1),
        "the backup is damaged",
    );
    refused(
        &whole.replacen("\"version\":1", "\"version\":2", 1),
        "version 2 of the format",
    );
    let later = whole.replacen("\"migration\":", "\"migration\":9", 1);
    refused(&later, "does not know");
    refused("{}", "not a backup");

    // The sums agree, and the server refuses the row: its message would quote the value.
    env.write("changed.backup", with_a_row_of_text(&whole));
    let run = restore(&env, &target, &["changed.backup"]);
    run.failed_with(3, "a row is not one of its table");
    assert!(!format!("{run:?}").contains("S3cretValue"), "{run:?}");
    assert_eq!(databases.number(&target, TABLES), 0);

    let into_a_folder = ["sandbox", "restore", "--data", "restored", "platform.backup"];
    env.air(&into_a_folder).failed_with(3, "not of a data folder");
    restore(&env, &target, &["platform.backup"]).succeeded();
    restore(&env, &target, &["platform.backup"]).failed_with(1, "replaces nothing");
    // A part of another program's tables is enough to refuse, and an empty schema is not.
    databases.does(
        &target,
        "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE notes (text TEXT)",
    );
    restore(&env, &target, &["platform.backup"]).failed_with(1, "replaces nothing");
    databases.does(&target, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    restore(&env, &target, &["platform.backup"]).succeeded();
}
