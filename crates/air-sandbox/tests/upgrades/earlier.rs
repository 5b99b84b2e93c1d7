//! A database of an earlier build, on SQLite or PostgreSQL.

use std::{fs, path::Path};

use air_jwt::SigningKey;
use air_sandbox::Data;
use serde_json::json;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};

use crate::support::{self, Jwks, TestEnv, start_platform};

/// PostgreSQL's numbers go on after those of the rows.
const ADVANCE: &str = "DO $$ DECLARE found RECORD; BEGIN
    FOR found IN SELECT table_name, column_name FROM information_schema.columns
        WHERE is_identity = 'YES' AND table_schema = 'public' LOOP
        EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), GREATEST(1, (SELECT MAX(%I) FROM %I)))',
            found.table_name, found.column_name, found.column_name, found.table_name);
    END LOOP; END $$";

/// The database, in a folder or in PostgreSQL.
pub(super) struct Earlier(tempfile::TempDir);

impl Earlier {
    /// The dates of all files.
    pub(super) fn all() -> Vec<String> {
        let names = fs::read_dir(folder()).unwrap().map(|entry| {
            let name = entry.unwrap().file_name();
            name.into_string().unwrap()
        });
        let mut dates: Vec<_> = names
            .filter_map(|name| Some(name.strip_suffix(".sql")?.to_owned()))
            .collect();
        dates.sort();
        dates
    }

    /// Makes the database of this date.
    pub(super) async fn load(date: &str) -> Self {
        let earlier = Self(tempfile::tempdir().unwrap());
        support::data(earlier.data()).await;
        let file = fs::read_to_string(folder().join(format!("{date}.sql"))).unwrap();
        if support::is_postgres() {
            earlier.migrate(&file, "postgres", "BYTEA").await;
            earlier.run(&in_dialect_of_postgres(&file)).await;
            earlier.run(ADVANCE).await;
        } else {
            earlier.migrate(&file, "sqlite", "BLOB").await;
            earlier.run(&file).await;
        }
        earlier
    }

    pub(super) fn data(&self) -> Data {
        Data::Folder(self.0.path().into())
    }

    /// Starts this build's platform on the database, whose partner publishes a new key.
    pub(super) async fn start(&self) -> TestEnv {
        let key = SigningKey::generate(&mut rand::rng());
        let jwks = Jwks::serve(&key).await;
        self.run(&format!("UPDATE partners SET jwks_url = '{}'", jwks.url))
            .await;
        let platform = start_platform(self.data()).await;
        let text = async |statement: &str| self.text(statement.to_owned()).await;
        TestEnv {
            platform,
            http: reqwest::Client::new(),
            jwks,
            key,
            ids: json!({
                "partnerId": text("SELECT partner_id FROM partners").await,
                "issuerDid": text("SELECT issuer_did FROM partners").await,
                "programs": { "adult": text("SELECT program_id FROM programs").await },
            }),
        }
    }

    /// The hashes of the credentials of Ada, Bob, Cyd and Eve, whose credential is revoked.
    pub(super) async fn hashes(&self) -> [String; 4] {
        let of = async |user: &str| {
            let hash = "SELECT core_claim_hash FROM credentials JOIN users ON users.user_uuid = credentials.user_uuid";
            self.text(format!("{hash} WHERE email = '{user}@example.com'"))
                .await
        };
        [of("ada").await, of("bob").await, of("cyd").await, of("eve").await]
    }

    pub(super) async fn has_table(&self, name: &str) -> bool {
        let tables = if support::is_postgres() {
            "information_schema.tables WHERE table_name"
        } else {
            "sqlite_schema WHERE name"
        };
        let count = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {tables} = '{name}'");
        self.text(count).await != "0"
    }

    /// Runs statements.
    pub(super) async fn run(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        if support::is_postgres() {
            let mut connection = self.postgres().connect().await.unwrap();
            let done = sqlx::raw_sql(statements).execute(&mut connection).await;
            done.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = self.sqlite().connect().await.unwrap();
            let done = sqlx::raw_sql(statements).execute(&mut connection).await;
            done.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// The one text that a statement finds.
    pub(super) async fn text(&self, statement: String) -> String {
        let query = AssertSqlSafe(statement);
        if support::is_postgres() {
            let mut connection = self.postgres().connect().await.unwrap();
            let text = sqlx::query_scalar(query).fetch_one(&mut connection).await;
            connection.close().await.unwrap();
            text.unwrap()
        } else {
            let mut connection = self.sqlite().connect().await.unwrap();
            let text = sqlx::query_scalar(query).fetch_one(&mut connection).await;
            connection.close().await.unwrap();
            text.unwrap()
        }
    }

    fn postgres(&self) -> PgConnectOptions {
        let server: PgConnectOptions = std::env::var("AIR_TEST_DATABASE").unwrap().parse().unwrap();
        server.database(&support::database_name(self.0.path()))
    }

    fn sqlite(&self) -> SqliteConnectOptions {
        let file = SqliteConnectOptions::new().filename(self.0.path().join("platform.sqlite"));
        file.create_if_missing(true).foreign_keys(true)
    }

    /// Makes the tables by the migrations that the file lists, and records the checksums in it, as
    /// that build did.
    async fn migrate(&self, file: &str, kind: &str, bytes: &str) {
        self.run(&format!(
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
             installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
             checksum {bytes} NOT NULL, execution_time BIGINT NOT NULL)"
        ))
        .await;
        let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../air-store/migrations");
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
            self.run(&fs::read_to_string(texts.join(kind).join(name)).unwrap())
                .await;
            let (version, description) = name.split_once('_').unwrap();
            let version: i64 = version.parse().unwrap();
            let checksum = if kind == "postgres" {
                format!("'\\x{checksum}'")
            } else {
                format!("X'{checksum}'")
            };
            self.run(&format!(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES ({version}, '{description}', TRUE, {checksum}, 0)"
            ))
            .await;
        }
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/upgrades"))
}

/// PostgreSQL writes bytes in another form, and has identity columns where SQLite has numbers of rows.
fn in_dialect_of_postgres(rows: &str) -> String {
    rows.replace(") VALUES (", ") OVERRIDING SYSTEM VALUE VALUES (")
        .replace(", X'", ", '\\x")
        .replace("(X'", "('\\x")
}
