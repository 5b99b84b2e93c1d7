//! Databases of earlier builds, as SQL: each is migrated, and has everything that it had. The folder
//! `upgrades` has the files; the page on testing says how a release adds one.

mod rolling;

use std::{
    fs,
    path::{Path, PathBuf},
};

use air_issuer::Error;
use air_jwt::jws::Unverified;
use air_vc::status::{Status, StatusBits, StatusList};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, any::install_default_drivers};

use crate::support::{Issuer, TestEnv, open, verify_with_status};

/// The key that signed the credentials and the status list of the files.
const KEYS: &str = "credentials = { file = \"earlier.pem\" }";
/// The upload that dStorage had not confirmed.
const WAITING: &str = "urn:uuid:6f47118b-798e-4a45-ba5f-536bcd3f5efa";
/// The entry of the revoked credential in the status list.
const REVOKED: u64 = 8;
/// The entries of the audit log: four credentials, of which three were stored and one was revoked.
const ENTRIES: u64 = 8;

/// PostgreSQL's numbers of issuances go on after those of the rows.
const ADVANCE: &str =
    "SELECT setval(pg_get_serial_sequence('issuances', 'seq'), (SELECT MAX(seq) FROM issuances))";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrades")
}

/// The names of all files.
fn states() -> Vec<String> {
    let names = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut states: Vec<_> = names
        .filter_map(|name| Some(name.strip_suffix(".sql")?.to_owned()))
        .collect();
    states.sort();
    states
}

/// The database of an environment.
struct Database(AnyConnection);

impl Database {
    async fn connect(env: &TestEnv) -> Self {
        install_default_drivers();
        let url = env.database().map_or_else(
            || {
                let folder = env.path().join("data");
                fs::create_dir_all(&folder).unwrap();
                format!("sqlite://{}?mode=rwc", folder.join("issuer.sqlite").display())
            },
            ToOwned::to_owned,
        );
        Self(AnyConnection::connect(&url).await.unwrap())
    }

    async fn run(&mut self, statements: String) {
        self.0.execute(AssertSqlSafe(statements)).await.unwrap();
    }

    async fn count(&mut self, rows: &str) -> i64 {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {rows}"));
        sqlx::query_scalar(count).fetch_one(&mut self.0).await.unwrap()
    }
}

/// Makes the tables by the migrations that the file lists, records the checksums in it as that build did, and inserts
/// the rows.
async fn load(env: &TestEnv, state: &str) {
    let file = fs::read_to_string(folder().join(format!("{state}.sql"))).unwrap();
    let (kind, bytes, quote) = if env.is_on_postgresql() {
        ("postgres", "BYTEA", "'\\x")
    } else {
        ("sqlite", "BLOB", "X'")
    };
    let mut database = Database::connect(env).await;
    let migrations = format!(
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
         checksum {bytes} NOT NULL, execution_time BIGINT NOT NULL)"
    );
    database.run(migrations).await;
    let texts = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(kind);
    for line in file.lines() {
        let Some(listed) = line.strip_prefix("-- migration ") else {
            continue;
        };
        let [of, name, checksum] = listed.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        if of != kind {
            continue;
        }
        database.run(fs::read_to_string(texts.join(name)).unwrap()).await;
        let (version, description) = name.split_once('_').unwrap();
        let version: i64 = version.parse().unwrap();
        let applied = format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES ({version}, '{description}', TRUE, {quote}{checksum}', 0)"
        );
        database.run(applied).await;
    }
    if env.is_on_postgresql() {
        // It writes bytes in another form, and has an identity column where SQLite has the number of the row.
        let rows = file
            .replace(") VALUES (", ") OVERRIDING SYSTEM VALUE VALUES (")
            .replace(", X'", ", '\\x");
        database.run(rows).await;
        database.run(ADVANCE.to_owned()).await;
    } else {
        database.run(file).await;
    }
    database.0.close().await.unwrap();
    fs::copy(folder().join("key.pem"), env.path().join("earlier.pem")).unwrap();
}

async fn start(env: &TestEnv) -> Result<Issuer, Error> {
    env.try_start(env.config_with_keys(&[], KEYS)).await
}

/// The status at this entry of the first list.
async fn status(issuer: &Issuer, index: u64) -> Status {
    let response = issuer.get("/statuslist/0").await;
    let token = Unverified::parse(&response.body, 100_000).unwrap();
    let claims: serde_json::Map<String, Value> = token.dangerous_payload().unwrap();
    let list = claims["status_list"]["lst"].as_str().unwrap();
    let compressed = URL_SAFE_NO_PAD.decode(list).unwrap();
    let list = StatusList::from_zlib(StatusBits::One, &compressed).unwrap();
    list.status(index).unwrap()
}

/// Checks the records of the earlier build, then issues and revokes.
async fn check(env: &TestEnv, issuer: &Issuer, state: &str) {
    let verified = issuer.service.verify_audit_log().await.unwrap();
    assert_eq!(verified, Some(ENTRIES), "{state}");
    let history = issuer.history().await;
    let revoked: Vec<bool> = history.iter().map(|line| !line["revokedAt"].is_null()).collect();
    assert_eq!(revoked, [false, false, true, false], "{state}");
    for line in &history {
        let path = format!("/revocation-status/{}", line["revocationNonce"].as_str().unwrap());
        let status = issuer.get(&path).await.json();
        assert_eq!(status["isRevoked"], !line["revokedAt"].is_null(), "{state}");
    }
    assert_eq!(status(issuer, REVOKED).await, Status::Invalid, "{state}");

    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1, "{state}");
    assert_eq!(env.platform.stored()[0]["externalId"], WAITING, "{state}");
    assert_eq!(issuer.issue(&env.request()).await, 201, "{state}");
    let credential = open(env, &env.platform.stored()[1]);
    assert!(verify_with_status(env, issuer, &credential).await.is_ok());
    issuer.revoke(&history[0]["revocationNonce"]).await;
    assert!(!issuer.history().await[0]["revokedAt"].is_null(), "{state}");
    let verified = issuer.service.verify_audit_log().await.unwrap();
    assert!(verified > Some(ENTRIES), "{state}: {verified:?}");
}

#[tokio::test]
async fn databases_of_earlier_builds_keep_credentials_statuses_uploads_and_the_audit_log() {
    let states = states();
    assert!(states.len() >= 2, "{states:?}");
    for state in states {
        let env = TestEnv::new().await;
        load(&env, &state).await;
        let issuer = start(&env).await.unwrap();
        check(&env, &issuer, &state).await;
    }
}

/// The table is in the way of the third one of a migration.
#[tokio::test]
async fn a_migration_that_fails_in_the_middle_leaves_the_rows_and_goes_on_later() {
    let env = TestEnv::new().await;
    load(&env, "2026-11-30-1").await;
    let mut database = Database::connect(&env).await;
    database.run("CREATE TABLE single_use (id TEXT)".to_owned()).await;
    for _ in 0..2 {
        let refused = start(&env).await.err();
        assert!(matches!(refused, Some(Error::Migrate(_))), "{refused:?}");
        // All statements of the failed migration are rolled back.
        assert_eq!(database.count("_sqlx_migrations").await, 1);
        assert_eq!(database.count("issuances").await, 4);
        let offers = AssertSqlSafe("SELECT 1 FROM credential_offers".to_owned());
        assert!(database.0.execute(offers).await.is_err());
    }
    database.run("DROP TABLE single_use".to_owned()).await;
    database.0.close().await.unwrap();
    let issuer = start(&env).await.unwrap();
    check(&env, &issuer, "2026-11-30-1").await;
}
