//! The tests' databases: SQLite's, or PostgreSQL's where `AIR_TEST_DATABASE` names a server
//! (`postgres://user@host/postgres`, with the right to create databases).

use std::path::Path;

use air_sandbox::{Data, DatabaseUrl};
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection, migrate::Migrator, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

/// Whether the tests run on PostgreSQL.
pub(crate) fn is_postgres() -> bool {
    std::env::var_os("AIR_TEST_DATABASE").is_some()
}

/// These data, or a PostgreSQL database in their place: a new one for those in memory, the same again for the same folder.
pub(crate) async fn data(data: Data) -> Data {
    let Ok(server) = std::env::var("AIR_TEST_DATABASE") else {
        return data;
    };
    let name = match &data {
        Data::Memory => format!("air_{:032x}", rand::random::<u128>()),
        Data::Folder(path) => database_name(path),
        _ => return data,
    };
    let options: PgConnectOptions = server.parse().expect("AIR_TEST_DATABASE is a URL");
    let template = TEMPLATE.get_or_init(|| template(&options)).await;
    // One that is there is the same folder's.
    let _ = execute(&options, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    Data::Postgres(url_of(&server, &name))
}

/// A database with all tables and no rows. It is copied for each test, since creating the tables takes longer.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

async fn template(options: &PgConnectOptions) -> String {
    let name = format!("air_template_{:032x}", rand::random::<u128>());
    execute(options, format!("CREATE DATABASE {name}"))
        .await
        .expect("the role may create databases");
    // Not by a store, whose tasks would outlive this function.
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../air-store/migrations/postgres");
    let options = options.clone().database(&name);
    let mut connection = options.connect().await.expect("the database answers");
    let migrator = Migrator::new(migrations).await.expect("migrations");
    migrator
        .run(&mut connection)
        .await
        .expect("the tables are created");
    connection.close().await.expect("it closes");
    name
}

async fn execute(options: &PgConnectOptions, statement: String) -> sqlx::Result<()> {
    let mut connection = options.connect().await.expect("AIR_TEST_DATABASE answers");
    let executed = sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut connection)
        .await;
    connection.close().await.expect("it closes");
    executed.map(drop)
}

/// The URL of a database of the server.
fn url_of(server: &str, name: &str) -> DatabaseUrl {
    let mut url = url::Url::parse(server).expect("AIR_TEST_DATABASE is a URL");
    url.set_path(name);
    url.as_str().parse().expect("a URL of a database")
}

/// The database that stands for a folder.
pub(crate) fn database_name(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    format!("air_{}", &hex::encode(digest)[..32])
}
