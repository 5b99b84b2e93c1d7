//! The data of one person: an export, and an erasure after which no file and no table has a value of the person.

use std::fs;

use air_issuer::{ExportedTable, Person, UserDataError, erase_user, export_user};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, postgres::PgConnectOptions};

use crate::support::{Issuer, TestEnv, open, verify_with_status};

const ADA: &str = "did:air:id:test:ada-lovelace";
const BOB: &str = "did:air:id:test:bob-underhill";

/// A credential for each of two holders, who are different users.
async fn issue(env: &TestEnv, issuer: &Issuer) {
    for (holder, user) in [(ADA, json!(12)), (BOB, json!("user-2"))] {
        let mut request = env.request();
        request["holderDID"] = json!(holder);
        request["userId"] = user;
        assert_eq!(issuer.issue(&request).await, 201);
    }
}

/// Everything that the database stores: its files, or the rows of its tables.
async fn stored(env: &TestEnv) -> Vec<Vec<u8>> {
    let Some(url) = env.database() else {
        let files = fs::read_dir(env.path().join("data")).unwrap();
        return files
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect();
    };
    let options: PgConnectOptions = url.parse().unwrap();
    let mut database = options.connect().await.unwrap();
    let tables = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.unwrap();
    let mut stored = Vec::new();
    for table in tables {
        let rows = format!("SELECT CAST(rows AS TEXT) FROM {table} AS rows");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_all(&mut database)
            .await
            .unwrap();
        stored.extend(rows.into_iter().map(String::into_bytes));
    }
    database.close().await.unwrap();
    stored
}

/// Whether anything that is stored has a text, in UTF-8 or in hex.
fn has(stored: &[Vec<u8>], text: &str) -> bool {
    let hex = hex::encode(text);
    stored.iter().any(|bytes| {
        [text, &hex]
            .iter()
            .any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    })
}

fn holder(did: &str) -> Person {
    Person::Holder(did.to_owned())
}

fn row<'t>(tables: &'t [ExportedTable], name: &str) -> &'t serde_json::Map<String, Value> {
    let table = tables.iter().find(|table| table.name == name);
    &table.unwrap_or_else(|| panic!("no rows of {name}")).rows[0]
}

#[tokio::test]
async fn an_erasure_leaves_the_status_and_nothing_of_the_person() {
    let (env, issuer) = TestEnv::with_issuer().await;
    issue(&env, &issuer).await;
    issuer.service.close().await;
    let config = env.plain_config();

    let exported = export_user(&config, &holder(ADA)).await.unwrap();
    let record = row(&exported, "issuances");
    assert_eq!(record["holder_did"], ADA);
    assert_eq!(row(&exported, "audit")["external_id"], record["external_id"]);
    let mut values = vec![ADA.to_owned()];
    for name in ["user_ref", "subject_ref", "request_ref"] {
        values.push(record[name].as_str().unwrap().to_owned());
    }
    // The control: each value is found before the erasure.
    let before = stored(&env).await;
    for value in &values {
        assert!(has(&before, value), "{value}");
    }

    let report = erase_user(&config, &env.clock(), &holder(ADA)).await.unwrap();
    assert_eq!((report.revoked, report.rows["issuances"]), (1, 1));
    let after = stored(&env).await;
    for value in &values {
        assert!(!has(&after, value), "{value}");
    }
    assert!(has(&after, BOB));
    assert!(export_user(&config, &holder(ADA)).await.unwrap().is_empty());
    let again = erase_user(&config, &env.clock(), &holder(ADA)).await.unwrap();
    assert!(again.revoked == 0 && again.rows.is_empty(), "{again:?}");

    let issuer = env.try_start(config).await.unwrap();
    assert!(issuer.service.verify_audit_log().await.unwrap().is_some());
    let history = issuer.history().await;
    let mut holders: Vec<&str> = history
        .iter()
        .map(|row| row["holderDid"].as_str().unwrap())
        .collect();
    holders.sort_unstable();
    assert_eq!(holders, ["", BOB]);
    for upload in env.platform.stored() {
        let credential = open(&env, &upload);
        let is_valid = verify_with_status(&env, &issuer, &credential).await.is_ok();
        assert_eq!(is_valid, upload["holderDid"] == BOB, "{upload}");
    }
    // An equal request gives a new credential.
    issue(&env, &issuer).await;
    assert_eq!(env.platform.stored().len(), 3);
}

#[tokio::test]
async fn a_user_is_found_by_the_id_of_the_calls() {
    let (env, issuer) = TestEnv::with_issuer().await;
    issue(&env, &issuer).await;
    issuer.service.close().await;
    let config = env.plain_config();
    let user = |id: &str| Person::User(id.to_owned());
    let exported = export_user(&config, &user("user-2")).await.unwrap();
    assert_eq!(row(&exported, "issuances")["holder_did"], BOB);
    for unknown in ["", "user", "user-2\0"] {
        assert!(export_user(&config, &user(unknown)).await.unwrap().is_empty());
        assert!(export_user(&config, &holder(unknown)).await.unwrap().is_empty());
    }
    let report = erase_user(&config, &env.clock(), &user("user-2")).await.unwrap();
    assert_eq!(report.revoked, 1);
    let after = stored(&env).await;
    assert!(!has(&after, BOB) && has(&after, ADA));
    assert!(!format!("{:?}", user("user-2")).contains("user-2"));
}

#[cfg(feature = "openid4vc")]
#[tokio::test]
async fn the_offers_to_a_person_are_erased() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    issue(&env, &issuer).await;
    issuer.offered(&json!({ "userId": "user-2" })).await;
    let theirs = issuer
        .offered(&json!({ "userId": "user-2", "holderDID": BOB }))
        .await;
    let other = issuer.offered(&json!({ "userId": "12" })).await;
    issuer.service.close().await;
    let config = env.plain_config();
    let exported = export_user(&config, &holder(BOB)).await.unwrap();
    let offers = exported.iter().find(|table| table.name == "credential_offers");
    assert_eq!(offers.unwrap().rows.len(), 2, "{exported:?}");

    let report = erase_user(&config, &env.clock(), &holder(BOB)).await.unwrap();
    assert_eq!(report.rows["credential_offers"], 2);
    let after = stored(&env).await;
    assert!(!has(&after, "user-2") && !has(&after, BOB));
    let issuer = env.start_for_wallets("").await;
    let state = |offer: &Value| format!("/admin/credential-offers/{}", offer["id"].as_str().unwrap());
    assert_eq!(issuer.get(&state(&theirs)).await.status, 404);
    assert_eq!(issuer.get(&state(&other)).await.status, 200);
}

#[tokio::test]
async fn an_instance_that_runs_is_noticed() {
    let (env, issuer) = TestEnv::with_issuer().await;
    issue(&env, &issuer).await;
    let config = env.plain_config();
    let erased = erase_user(&config, &env.clock(), &holder(ADA)).await;
    if env.is_on_postgresql() {
        let report = erased.unwrap();
        assert_eq!(report.revoked, 1);
        assert!(report.other_sessions > 0, "{report:?}");
        return;
    }
    assert!(matches!(erased, Err(UserDataError::InUse)), "{erased:?}");
    issuer.service.close().await;
    let report = erase_user(&config, &env.clock(), &holder(ADA)).await.unwrap();
    assert_eq!((report.revoked, report.other_sessions), (1, 0));
}

#[tokio::test]
async fn a_folder_without_a_database_is_refused() {
    let env = TestEnv::new().await;
    if env.is_on_postgresql() {
        return;
    }
    let refused = erase_user(&env.plain_config(), &env.clock(), &holder(ADA)).await;
    assert!(matches!(refused, Err(UserDataError::NoDatabase)), "{refused:?}");
    assert!(!env.path().join("data").exists());
}
