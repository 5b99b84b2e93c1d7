//! Published schemas, found by their words.

use std::time::{Duration, Instant};

use air_sandbox::Data;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, TestEnv, start_platform};

impl TestEnv {
    async fn publish(&self, schemas: Value) -> Value {
        let mut seed = TestEnv::seed_file(&self.jwks.url);
        for part in ["programs", "verificationPrograms"] {
            seed[part] = json!([]);
        }
        seed["schemas"] = schemas;
        self.seed(&seed).await["schemas"].clone()
    }

    async fn search(&self, query: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut path = reqwest::Url::parse("http://x/sandbox/v1/schemas").unwrap();
        path.query_pairs_mut().extend_pairs(query);
        let path = format!("{}?{}", path.path(), path.query().unwrap_or_default());
        self.call(Method::GET, &path, None, None).await
    }

    async fn titles(&self, words: &str) -> Vec<String> {
        let (status, page) = self.search(&[("q", words), ("limit", "50")]).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let records = page["records"].as_array().unwrap();
        assert_eq!(page["total"], records.len(), "{page}");
        records
            .iter()
            .map(|record| record["title"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn schema(key: &str, title: &str, attribute: &str, description: &str) -> Value {
    json!({ "key": key, "title": title, "description": description, "attributes": [
        { "name": attribute, "type": "boolean", "required": true },
    ]})
}

#[tokio::test]
async fn a_title_counts_more_than_a_name_and_a_name_more_than_a_description() {
    let env = TestEnv::start().await;
    env.publish(json!([
        schema("a", "Student card", "isEnrolled", "For the library and the gym."),
        schema("b", "Gym visitor", "libraryMember", "May come in the evening."),
        schema("c", "Library card", "mayBorrow", "For readers."),
    ]))
    .await;
    assert_eq!(
        env.titles("library").await,
        ["Library card", "Gym visitor", "Student card"]
    );
    assert_eq!(env.titles("gym").await, ["Gym visitor", "Student card"]);
    assert_eq!(env.titles("library gym").await, ["Gym visitor", "Student card"]);
    assert_eq!(env.titles("library spaceship").await, Vec::<String>::new());
}

#[tokio::test]
async fn words_are_found_by_their_beginning_within_camel_case_and_without_accents() {
    let env = TestEnv::start().await;
    env.publish(json!([
        schema("a", "Führerschein der Klasse B", "isOver18", "Darf Auto fahren."),
        schema(
            "b",
            "KYCBasic2 Check",
            "residenceCountryVerified",
            "Wohnsitz geprüft."
        ),
        schema("c", "Kycera Printer", "hasToner", "A printer."),
    ]))
    .await;
    for (words, titles) in [
        ("fuhrerschein", &["Führerschein der Klasse B"][..]),
        ("FÜHR", &["Führerschein der Klasse B"]),
        ("isOver18", &["Führerschein der Klasse B"]),
        ("isover18", &["Führerschein der Klasse B"]),
        ("residence", &["KYCBasic2 Check"]),
        ("residencecountry", &["KYCBasic2 Check"]),
        ("kycbasic2", &["KYCBasic2 Check"]),
        ("kyc", &["KYCBasic2 Check", "Kycera Printer"]),
        ("ntry", &[]),
    ] {
        assert_eq!(env.titles(words).await, titles, "{words}");
    }
}

#[tokio::test]
async fn all_schemas_come_newest_first_in_pages() {
    let env = TestEnv::start().await;
    let many = (1..=24).map(|n| schema(&format!("s{n}"), &format!("Number {n}"), "isRead", "x"));
    env.publish(many.collect()).await;
    let (_, first) = env.search(&[]).await;
    assert_eq!(
        (
            &first["current"],
            &first["pages"],
            &first["size"],
            &first["total"]
        ),
        (&json!(1), &json!(3), &json!(10), &json!(25))
    );
    assert_eq!(first["records"][0]["title"], "Number 24");
    assert_eq!(first["records"][0].get("relevance"), None);
    let (_, last) = env.search(&[("page", "3")]).await;
    let records = last["records"].as_array().unwrap();
    assert_eq!(records.len(), 5);
    assert_eq!(records[4]["title"], "Adult");
    let (_, beyond) = env.search(&[("page", "4")]).await;
    assert_eq!(beyond["records"], json!([]));
    let (_, second) = env
        .search(&[("q", "number"), ("page", "2"), ("limit", "20")])
        .await;
    assert_eq!(second["total"], 24);
    assert_eq!(second["records"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn limits_of_a_search_have_their_400() {
    let env = TestEnv::start().await;
    let long = "a".repeat(200);
    for query in [
        [("limit", "50")],
        [("page", "4294967295")],
        [("q", long.as_str())],
        [("q", r#"" OR title:* NEAR("#)],
    ] {
        assert_eq!(env.search(&query).await.0, StatusCode::OK, "{query:?}");
    }
    let too_long = "a".repeat(201);
    for (query, reason) in [
        ([("limit", "51")], "1 to 50"),
        ([("limit", "0")], "1 to 50"),
        ([("page", "0")], "at least 1"),
        ([("page", "-1")], "numbers"),
        ([("q", too_long.as_str())], "200 characters"),
        ([("q", "?!")], "a letter or a digit"),
        ([("order", "x")], "q, page and limit"),
    ] {
        let (status, answer) = env.search(&query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query:?}");
        assert!(answer["message"].as_str().unwrap().contains(reason), "{answer}");
    }
}

#[tokio::test]
async fn a_schema_is_read_as_it_was_published() {
    let env = TestEnv::start().await;
    let id = env.ids["schemas"]["adult"].as_str().unwrap();
    let path = format!("/sandbox/v1/schemas/{id}");
    let (status, schema) = env.call(Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{schema}");
    assert_eq!(schema["schemaId"], id);
    assert_eq!(schema["partnerId"], env.ids["partnerId"]);
    assert_eq!(schema["createdAt"], "2027-01-15 08:00:00");
    assert_eq!(schema["schema"]["attributes"][0]["name"], "age");
    let (status, answer) = env
        .call(Method::GET, "/sandbox/v1/schemas/none", None, None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(answer["message"].as_str().unwrap().contains("no such schema"));
}

#[tokio::test]
async fn schemas_that_are_older_than_the_index_are_found_after_a_start() {
    if support::is_postgres() {
        // There the index came with the tables.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut env = TestEnv::start_with(Data::Folder(folder.path().to_owned())).await;
    env.platform.stop().await.unwrap();
    let database = sqlx::SqlitePool::connect(&format!(
        "sqlite://{}",
        folder.path().join("platform.sqlite").display()
    ))
    .await
    .unwrap();
    for table in ["schema_numbers", "schema_texts"] {
        let emptied = sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
            .execute(&database)
            .await;
        assert_eq!(emptied.unwrap().rows_affected(), 1, "{table}");
    }
    database.close().await;
    env.platform = start_platform(Data::Folder(folder.path().to_owned())).await;
    assert_eq!(env.titles("adult").await, ["Adult"]);
}

/// Words of which schemas are made up, so that many share each of them.
const SUBJECTS: [&str; 12] = [
    "Passport",
    "Student",
    "Driver",
    "Investor",
    "Doctor",
    "Member",
    "Resident",
    "Employee",
    "Volunteer",
    "Athlete",
    "Supplier",
    "Tenant",
];
const QUALITIES: [&str; 10] = [
    "basic",
    "enhanced",
    "regional",
    "annual",
    "digital",
    "provisional",
    "verified",
    "premium",
    "junior",
    "senior",
];
const PLACES: [&str; 25] = [
    "Utopia",
    "Arcadia",
    "Ruritania",
    "Laputa",
    "Erewhon",
    "Cimmeria",
    "Atlantis",
    "Avalon",
    "Camelot",
    "Brigadoon",
    "Shangri",
    "Xanadu",
    "Lemuria",
    "Thule",
    "Ys",
    "Cockaigne",
    "Lyonesse",
    "Elbonia",
    "Freedonia",
    "Grandfenwick",
    "Sylvania",
    "Zubrowka",
    "Syldavia",
    "Borduria",
    "Zenda",
];

#[tokio::test]
async fn among_three_thousand_schemas_the_right_ones_come_first() {
    let env = TestEnv::start().await;
    for place in PLACES {
        let mut schemas = Vec::new();
        for subject in SUBJECTS {
            for quality in QUALITIES {
                let mut schema = schema(
                    &format!("{subject}-{quality}"),
                    &format!("{subject} {quality} of {place}"),
                    &format!("is{subject}Checked"),
                    &format!(
                        "Says that somebody is a {quality} {} in {place}.",
                        subject.to_lowercase()
                    ),
                );
                schema["attributes"].as_array_mut().unwrap().push(json!({
                    "name": "issuedUnder", "type": "string", "maxLength": 40,
                    "description": "The regulation, unlike that of Utopia, for a passport or a student." }));
                schemas.push(schema);
            }
        }
        env.publish(schemas.into()).await;
    }
    let needle = schema(
        "needle",
        "Beekeeper licence",
        "mayKeepBees",
        "Keeping bees in Utopia.",
    );
    env.publish(json!([needle])).await;

    let mut slowest = Duration::ZERO;
    for (words, first, total) in [
        ("investor premium xanadu", "Investor premium of Xanadu", 1),
        ("xanadu invest prem", "Investor premium of Xanadu", 1),
        ("isInvestorChecked ys senior", "Investor senior of Ys", 1),
        ("beekeeper", "Beekeeper licence", 1),
        ("keep bees utopia", "Beekeeper licence", 1),
        ("passport annual utopia", "Passport annual of Utopia", 300),
        ("student", "Student", 3000),
        ("a", "A", 3001),
    ] {
        let began = Instant::now();
        let (status, page) = env.search(&[("q", words)]).await;
        slowest = slowest.max(began.elapsed());
        assert_eq!(status, StatusCode::OK, "{page}");
        let found = page["records"][0]["title"].as_str().unwrap();
        assert!(found.starts_with(first), "{words}: {found}");
        assert_eq!(page["total"], total, "{words}");
    }
    let (_, students) = env
        .search(&[("q", "student"), ("limit", "50"), ("page", "5")])
        .await;
    for record in students["records"].as_array().unwrap() {
        assert!(
            record["title"].as_str().unwrap().starts_with("Student"),
            "{record}"
        );
    }
    // Milliseconds here; generous, for slow machines.
    assert!(slowest < Duration::from_secs(30), "{slowest:?}");
}
