//! The documented catalogue: paths, names, envelope and limits.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{NOW, TestEnv};

/// The content of the envelope, without a token.
async fn get(env: &TestEnv, path: &str) -> Value {
    let (status, answer) = env
        .call(Method::GET, &format!("/v1/catalog/{path}"), None, None)
        .await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    assert_eq!(answer["code"], 80_000_000);
    assert_eq!(answer["msg"], "success");
    assert_eq!(answer["timestamp"], NOW * 1000);
    assert_eq!(answer.as_object().unwrap().len(), 4);
    answer["data"].clone()
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

async fn test_env() -> (TestEnv, Value) {
    let env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["name"] = json!("Boreal Bank");
    seed["schemas"] = json!([
        { "key": "income", "title": "Income Proof", "description": "What somebody earns.", "attributes": [
            { "name": "bracket", "type": "string", "title": "Bracket", "description": "From A to F.", "required": true },
            { "name": "since", "type": "date" } ] },
        { "key": "adult", "title": "Grown-up", "attributes": [{ "name": "age", "type": "integer" }] },
    ]);
    seed["programs"] = json!([
        { "key": "income", "schema": "income", "publish": true },
        { "key": "draft", "schema": "income", "publish": false },
    ]);
    seed["verificationPrograms"] = json!([{ "key": "income", "schema": "income", "conditions":
        [{ "attribute": "bracket", "operator": "equals", "value": "A" }] }]);
    let ids = env.seed(&seed).await;
    (env, ids)
}

#[tokio::test]
async fn lists_have_pages_in_the_order_that_is_asked_for() {
    let (env, ids) = test_env().await;
    let newest = get(&env, "schemas").await;
    assert_eq!(names(&newest), ["current", "pages", "records", "size", "total"]);
    assert_eq!((&newest["current"], &newest["size"]), (&json!(1), &json!(10)));
    assert_eq!(newest["total"], 3);
    assert_eq!(newest["records"][0]["title"], "Grown-up");
    let titles = |page: &Value| -> Vec<String> {
        let records = page["records"].as_array().unwrap().iter();
        records
            .map(|record| record["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let by_name = get(&env, "schemas?sortBy=name&sortOrder=ASC&limit=2").await;
    assert_eq!(titles(&by_name), ["Adult", "Grown-up"]);
    assert_eq!(by_name["pages"], 2);
    let rest = get(&env, "schemas?sortBy=name&sortOrder=ASC&limit=2&page=2").await;
    assert_eq!(titles(&rest), ["Income Proof"]);

    let programs = get(&env, "programs?sortOrder=DESC").await;
    assert_eq!(programs["total"], 2);
    let program = &programs["records"][0];
    assert_eq!(program["programId"], ids["verificationPrograms"]["income"]);
    assert_eq!(program["verifierName"], "Boreal Bank");
    let alone = get(
        &env,
        &format!(
            "programs/{}",
            ids["verificationPrograms"]["income"].as_str().unwrap()
        ),
    )
    .await;
    assert_eq!(alone, *program);
}

#[tokio::test]
async fn a_schema_and_a_credential_say_who_issues_and_who_asks() {
    let (env, ids) = test_env().await;
    let schema = get(
        &env,
        &format!("schemas/{}", ids["schemas"]["income"].as_str().unwrap()),
    )
    .await;
    assert_eq!(schema["title"], "Income Proof");
    assert_eq!(schema["description"], "What somebody earns.");
    let credentials = schema["credentials"].as_array().unwrap();
    assert_eq!(credentials.len(), 1, "drafts are not listed");
    let credential = &credentials[0];
    assert_eq!(
        names(credential),
        [
            "category",
            "createdAt",
            "credentialId",
            "issuer",
            "name",
            "traction"
        ]
    );
    assert_eq!(names(&credential["issuer"]), ["issuerId", "name"]);
    assert_eq!(
        credential["traction"],
        json!({ "holderCount": 0, "issuanceCount": 0, "demandCount": 1 })
    );

    let details = get(
        &env,
        &format!("credentials/{}", ids["programs"]["income"].as_str().unwrap()),
    )
    .await;
    assert_eq!(details["name"], "Income Proof");
    assert_eq!(details["issuer"]["issuerDid"], ids["issuerDid"]);
    assert_eq!(details["issuer"]["issuerFrom"], "2027-01-15 08:00:00");
    assert_eq!(
        details["dataPoints"],
        json!([
            { "title": "Bracket", "type": "string", "name": "bracket", "isRequired": true, "description": "From A to F." },
            { "title": "since", "type": "date", "name": "since", "isRequired": false, "description": "" },
        ])
    );
    assert_eq!(details["schema"]["schemaId"], ids["schemas"]["income"]);
    assert_eq!(details["programs"][0]["verifierName"], "Boreal Bank");
    assert_eq!(details["programs"][0]["verificationCount"], 0);
    let draft = format!(
        "/v1/catalog/credentials/{}",
        ids["programs"]["draft"].as_str().unwrap()
    );
    let (status, answer) = env.call(Method::GET, &draft, None, None).await;
    assert_eq!((status, &answer["error"]), (StatusCode::NOT_FOUND, &json!(404)));
}

#[tokio::test]
async fn traction_counts_holders_and_issuances() {
    let env = TestEnv::start().await;
    for email in ["ada@example.com", "bob@example.com", "ada@example.com"] {
        env.issue_on_behalf(email, &env.order()).await;
    }
    let id = env.ids["programs"]["adult"].as_str().unwrap();
    let details = get(&env, &format!("credentials/{id}")).await;
    assert_eq!(
        details["traction"],
        json!({ "holderCount": 2, "issuanceCount": 3, "demandCount": 1 })
    );
}

#[tokio::test]
async fn a_search_finds_credentials_issuers_and_programs() {
    let (env, ids) = test_env().await;
    let found = get(&env, "search?q=income").await;
    assert_eq!(names(&found), ["credentials", "issuers", "meta", "programs"]);
    assert_eq!(found["meta"], json!({ "query": "income", "totalResults": 2 }));
    assert_eq!(found["credentials"]["total"], 1);
    assert_eq!(
        found["credentials"]["items"][0]["credentialId"],
        ids["programs"]["income"]
    );
    assert!(found["credentials"]["items"][0]["relevance"].as_f64().unwrap() > 0.0);
    assert_eq!(
        found["programs"]["items"][0]["programId"],
        ids["verificationPrograms"]["income"]
    );
    assert_eq!(found["issuers"], json!({ "items": [], "total": 0 }));

    let found = get(&env, "search?q=boreal").await;
    assert_eq!(found["issuers"]["items"][0]["name"], "Boreal Bank");
    assert_eq!(found["meta"]["totalResults"], 1);
}

#[tokio::test]
async fn what_is_out_of_range_is_a_400_that_says_so() {
    let (env, _) = test_env().await;
    let long = "a".repeat(201);
    for (query, says) in [
        ("schemas?page=0", "at least 1"),
        ("schemas?limit=101", "1 to 100"),
        ("schemas?limit=0", "1 to 100"),
        ("schemas?limit=many", "numbers"),
        ("schemas?sortOrder=UP", "ASC or DESC"),
        ("schemas?sortBy=form", "createdAt or name"),
        ("programs?page=0", "at least 1"),
        ("search", "it must have q"),
        ("search?q=", "q is missing"),
        ("search?q=%25", "a letter or a digit"),
        ("search?q=a&limit=51", "1 to 50"),
        (&format!("search?q={long}"), "at most 200"),
    ] {
        let path = format!("/v1/catalog/{query}");
        let (status, answer) = env.call(Method::GET, &path, None, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(says), "{query}: {message}");
    }
    for path in ["schemas/none", "credentials/none", "programs/none"] {
        let (status, _) = env
            .call(Method::GET, &format!("/v1/catalog/{path}"), None, None)
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
