//! Claims from an SQL query: of the SQLite or PostgreSQL database of the tests.

use air_issuer::{
    CheckLevel, ClaimError, ClaimRequest, ClaimSource, Claims, Clock, Purpose, Sql, Validity, check,
};
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, any::install_default_drivers};

use crate::support::{Issuer, TestEnv};

const ROWS: &str = "INSERT INTO members VALUES \
    ('12', 'Ada', 3, TRUE, 1.5, NULL, '2030-01-01T00:00:00Z'), \
    ('twice', 'Grace', 4, FALSE, 2.5, 'G', NULL), \
    ('twice', 'Grace', 5, FALSE, 2.5, 'G', NULL)";
const COLUMNS: &str = "SELECT given_name AS \"givenName\", level, nickname, expires_at FROM members";

/// Creates the table in a database, and writes its URL to `claims-url`.
async fn members(env: &TestEnv) -> String {
    install_default_drivers();
    let (url, time) = match env.database() {
        Some(url) => (url.to_owned(), "TIMESTAMPTZ"),
        None => (
            format!("sqlite://{}", env.path().join("members.sqlite").display()),
            "TEXT",
        ),
    };
    let mut connection =
        AnyConnection::connect(&format!("{url}{}", if time == "TEXT" { "?mode=rwc" } else { "" }))
            .await
            .unwrap();
    let table = format!(
        "CREATE TABLE members (id TEXT, given_name TEXT, level INTEGER, active BOOLEAN, score DOUBLE PRECISION, \
         nickname TEXT, expires_at {time})"
    );
    connection.execute(AssertSqlSafe(table)).await.unwrap();
    connection.execute(ROWS).await.unwrap();
    connection.close().await.unwrap();
    std::fs::write(env.path().join("claims-url"), &url).unwrap();
    url
}

async fn ask(source: &Sql, user_id: &str) -> Result<Option<Claims>, ClaimError> {
    let request: ClaimRequest<'_> = request(user_id);
    source.claims(request).await
}

fn request(user_id: &str) -> ClaimRequest<'_> {
    ClaimRequest {
        user_id,
        holder_did: "did:air:id:test:holder",
        schema_id: "member",
        purpose: Purpose::Issue,
    }
}

fn schema(query: &str) -> String {
    let query = json!(query);
    format!(
        "[[schemas]]\nid = \"member\"\nvalid-for = \"90d\"\ndocument = \"member.json\"\n\
         claims = {{ sql = {{ url-file = \"claims-url\", query = {query} }} }}\n"
    )
}

#[tokio::test]
async fn a_row_is_the_claims_of_its_user() {
    let env = TestEnv::new().await;
    let url = members(&env).await;
    let query = "SELECT level, active, score, nickname, given_name AS \"givenName\", expires_at -- all\n\
                 FROM members WHERE id = $1;";
    let source = Sql::new(&url, query).unwrap();
    let claims = ask(&source, "12").await.unwrap().unwrap();
    assert_eq!(
        Value::Object(claims.subject),
        json!({ "level": 3, "active": true, "score": 1.5, "givenName": "Ada" })
    );
    let Some(Validity::Until(time)) = claims.validity else {
        panic!("{:?}", claims.validity)
    };
    assert_eq!(time.as_secs(), 1_893_456_000);
    assert_eq!(ask(&source, "absent").await.unwrap(), None);
    assert_eq!(ask(&source, "' OR '1' = '1").await.unwrap(), None);
    let twice = ask(&source, "twice").await.unwrap_err();
    assert!(matches!(twice, ClaimError::Malformed { .. }), "{twice}");
    assert!(!twice.to_string().contains("Grace"), "{twice}");
}

#[tokio::test]
async fn a_query_can_only_read_and_ends_in_time() {
    let env = TestEnv::new().await;
    let url = members(&env).await;
    for query in [
        "DELETE FROM members WHERE id = $1 RETURNING level",
        "SELECT level FROM members WHERE id = $1) AS q; DELETE FROM members; SELECT 1 FROM (SELECT 1",
    ] {
        let source = Sql::new(&url, query).unwrap();
        let refused = ask(&source, "12").await;
        assert!(!matches!(refused, Ok(Some(_))), "{query}: {refused:?}");
        let source = Sql::new(&url, &format!("{COLUMNS} WHERE id = $1")).unwrap();
        assert!(ask(&source, "12").await.unwrap().is_some(), "{query}");
    }
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                   SELECT count(*) AS level FROM n WHERE CAST(i AS TEXT) <> $1";
    let source = Sql::new(&url, endless)
        .unwrap()
        .with_timeout(std::time::Duration::from_secs(1));
    let late = ask(&source, "12").await.unwrap_err();
    assert!(matches!(late, ClaimError::Unavailable { .. }), "{late}");
}

async fn issuer(env: &TestEnv, query: &str) -> Issuer {
    env.try_start(env.config(&[], &schema(query))).await.unwrap()
}

#[tokio::test]
async fn the_service_issues_from_a_query() {
    let env = TestEnv::new().await;
    members(&env).await;
    let issuer = issuer(&env, &format!("{COLUMNS} WHERE id = $1")).await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let line = issuer.history().await.remove(0);
    assert_eq!(line["expiresAt"], "2030-01-01T00:00:00.000Z");
    let mut body = env.request();
    body["userId"] = json!("absent");
    assert_eq!(issuer.issue(&body).await, 404);
    body["userId"] = json!("twice");
    let failed = issuer.post("/issue-vc", &body).await;
    assert_eq!(
        (failed.status, &failed.json()["code"]),
        (500, &json!("claims_unusable"))
    );
}

#[tokio::test]
async fn the_check_prepares_the_query_and_compares_its_columns() {
    let env = TestEnv::new().await;
    members(&env).await;
    let refused = |columns: &str| format!("SELECT {columns} FROM members WHERE id = $1");
    for (query, level, code, place) in [
        (
            format!("{COLUMNS} WHERE id = $1"),
            CheckLevel::Good,
            None,
            "responds",
        ),
        (
            refused("absent"),
            CheckLevel::Failed,
            Some("claims-query"),
            "absent",
        ),
        (
            refused("given_name AS \"givenName\", level, active, expires_at"),
            CheckLevel::Failed,
            Some("claims-query"),
            "the query's column `active`",
        ),
        (
            refused("level, nickname"),
            CheckLevel::Failed,
            Some("claims-query"),
            "the attribute `givenName`",
        ),
    ] {
        // The check of the DID document fails at once.
        let config = env.config(&[("ISSUER_ORIGIN", "http://localhost:1")], &schema(&query));
        let checks = check(&config, &Clock::system()).await.unwrap();
        let found = checks.iter().find(|check| check.name == "claims").unwrap();
        assert_eq!((found.level, found.code), (level, code), "{found:?}");
        assert!(found.message.contains(place), "{found:?}");
    }
}
