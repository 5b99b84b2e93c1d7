//! The data of one user in PostgreSQL: an export, and an erasure after which no table has a value of the user.
//! (`air-store` and `air-cli` test the files of a data folder.)

use air_jwt::PartnerToken;
use air_sandbox::{
    Data, UnixTime,
    user_data::{self, UserKey},
};
use reqwest::StatusCode;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use crate::support::{self, NOW, TestEnv, sealed, start_platform};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// The tables that have a text in UTF-8 or, for bytes, in hex.
async fn tables_with(database: &mut PgConnection, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
    )
    .fetch_all(&mut *database)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        let rows = format!("SELECT CAST(rows AS TEXT) FROM {table} AS rows");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_all(&mut *database)
            .await
            .unwrap();
        let hex = hex::encode(text);
        if rows.iter().any(|row| row.contains(text) || row.contains(&hex)) {
            found.push(table);
        }
    }
    found
}

/// Issues a credential to a user, opens a session, and stores an object with the user's name.
async fn use_everything(env: &TestEnv, email: &str) -> String {
    let hash = env.issue_on_behalf(email, &env.order()).await;
    env.wait_until_anchored(&hash).await;
    env.login(email).await;
    let url = format!(
        "{}/sandbox/v1/dstorage/objects?coreClaimHash={hash}&name=passport-of-{}",
        env.platform.url(),
        email.split('@').next().unwrap()
    );
    let token = env.token(PartnerToken::issue);
    let stored = env.http.post(url).header("x-partner-auth", &token).body(sealed());
    assert_eq!(stored.send().await.unwrap().status(), StatusCode::OK);
    hash
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn after_an_erasure_no_postgres_table_has_a_value_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let env = TestEnv::start_with(data()).await;
    let ada = use_everything(&env, ADA).await;
    let bob = use_everything(&env, BOB).await;
    let TestEnv {
        platform,
        http,
        jwks,
        key,
        ids,
    } = env;
    platform.stop().await.unwrap();

    let stored = support::data(data()).await;
    let user = UserKey::Email(ADA.parse().unwrap());
    let export = user_data::export(&stored, &user).await.unwrap();
    let exported = |name: &str| {
        let table = export.tables.iter().find(|table| table.name == name);
        serde_json::from_str::<serde_json::Value>(&table.unwrap().rows[0]).unwrap()
    };
    let uuid = exported("users")["user_uuid"].as_str().unwrap().to_owned();
    assert_eq!(exported("credentials")["core_claim_hash"], ada.as_str());
    let digest = exported("objects")["bytes"].as_str().unwrap().to_owned();
    assert!(hex::decode(digest).is_ok(), "bytes are in hex");

    let server: PgConnectOptions = std::env::var("AIR_TEST_DATABASE").unwrap().parse().unwrap();
    let server = server.database(&support::database_name(folder.path()));
    let mut database = server.connect().await.unwrap();
    let values = [ADA, uuid.as_str(), ada.as_str(), "passport-of-ada"];
    for value in values {
        // The control: the search finds each value before the erasure.
        assert!(!tables_with(&mut database, value).await.is_empty(), "{value}");
    }
    let before = tables_with(&mut database, BOB).await;

    let erasure = user_data::erase(&stored, &user, UnixTime::from_secs(NOW))
        .await
        .unwrap();
    assert_eq!(erasure.revoked, 1);
    assert!(erasure.rows.contains(&("users", 1)), "{erasure:?}");
    for value in values {
        assert_eq!(tables_with(&mut database, value).await, [""; 0], "{value}");
    }
    assert_eq!(tables_with(&mut database, BOB).await, before);
    assert!(user_data::export(&stored, &user).await.unwrap().tables.is_empty());
    database.close().await.unwrap();

    let env = TestEnv {
        platform: start_platform(data()).await,
        http,
        jwks,
        key,
        ids,
    };
    env.wait_until_anchored(&bob).await;
    assert_ne!(use_everything(&env, ADA).await, ada);
}
