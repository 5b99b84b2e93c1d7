//! The tests' databases: SQLite's, or PostgreSQL's where `AIR_TEST_DATABASE` names a server
//! (`postgres://user@host/postgres`, with the right to create databases).

use std::path::Path;

use air_sandbox::Data;
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

/// Whether the tests run on PostgreSQL.
pub(crate) fn is_postgres() -> bool {
    std::env::var_os("AIR_TEST_DATABASE").is_some()
}

/// These data, or a PostgreSQL database in their place: a new one for those in memory, the same
/// again for the same folder.
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
    let mut connection = options.connect().await.expect("AIR_TEST_DATABASE answers");
    let create = format!("CREATE DATABASE {name}");
    // One that is there is the same folder's.
    let _ = sqlx::query(sqlx::AssertSqlSafe(create))
        .execute(&mut connection)
        .await;
    connection.close().await.expect("it closes");
    let mut url = url::Url::parse(&server).expect("AIR_TEST_DATABASE is a URL");
    url.set_path(&name);
    Data::Postgres(url.as_str().parse().expect("a URL of a database"))
}

/// The database that stands for a folder.
pub(crate) fn database_name(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    format!("air_{}", &hex::encode(digest)[..32])
}
