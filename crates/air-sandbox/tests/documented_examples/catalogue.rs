//! The public catalogue.

use reqwest::Method;
use serde_json::json;

use super::{
    forms::{has, has_exactly, is_time},
    support::TestEnv,
};

#[tokio::test]
async fn the_catalogue_is_as_documented() {
    let env = TestEnv::start().await;
    env.issued(env.body(r#"{"isOver18":true}"#, "")).await;
    let ids = env.platform.ids();
    let in_list = [
        "credentialId",
        "name",
        "category",
        "issuer",
        "traction",
        "createdAt",
    ];
    for list in ["schemas", "programs"] {
        let page = env
            .catalogue(&format!("{list}?page=1&limit=10&sortBy=createdAt&sortOrder=DESC"))
            .await;
        has_exactly(&page, &["current", "pages", "size", "total", "records"]);
        assert_eq!(page, env.catalogue(list).await, "these are the defaults");
        let numbers = ["current", "pages", "size", "total"].map(|name| page[name].as_u64().unwrap());
        assert_eq!(numbers, [1, 1, 10, 1]);
        let beyond = env.catalogue(&format!("{list}?page=2")).await;
        assert_eq!(beyond["records"], json!([]));
    }
    let program_members = ["programId", "name", "verifierName", "verificationCount"];
    let program = format!("programs/{}", ids.verification_programs["adult"]);
    has(
        &env.catalogue(&program).await,
        &program_members,
        &["schemaId", "createdAt"],
    );

    let schema = env.catalogue(&format!("schemas/{}", ids.schemas["adult"])).await;
    has(
        &schema,
        &["schemaId", "title", "description", "credentials"],
        &["createdAt"],
    );
    for credential in schema["credentials"].as_array().unwrap() {
        has_exactly(credential, &in_list);
        has_exactly(&credential["issuer"], &["issuerId", "name"]);
        has_exactly(
            &credential["traction"],
            &["holderCount", "issuanceCount", "demandCount"],
        );
        is_time(&credential["createdAt"]);
    }

    let credential = env
        .catalogue(&format!("credentials/{}", ids.programs["sealed"]))
        .await;
    let also = ["dataPoints", "schema", "programs"];
    has(&credential, &in_list, &also);
    has_exactly(
        &credential["issuer"],
        &["issuerId", "name", "issuerDid", "issuerFrom"],
    );
    assert_eq!(credential["traction"]["issuanceCount"], 1);
    for point in credential["dataPoints"].as_array().unwrap() {
        has_exactly(point, &["title", "type", "name", "isRequired", "description"]);
    }
    for program in credential["programs"].as_array().unwrap() {
        has(program, &program_members, &["schemaId", "createdAt"]);
    }

    let found = env.catalogue("search?q=adult").await;
    has_exactly(&found, &["credentials", "issuers", "programs", "meta"]);
    for group in ["credentials", "issuers", "programs"] {
        has_exactly(&found[group], &["items", "total"]);
    }
    assert!(found["credentials"]["items"][0]["relevance"].is_number());
    assert_eq!(found["meta"], json!({ "query": "adult", "totalResults": 3 }));
}

#[tokio::test]
async fn pages_and_words_have_the_documented_bounds() {
    let env = TestEnv::start().await;
    let (longest, too_long) = ("a".repeat(200), "a".repeat(201));
    for good in [
        "schemas?limit=100",
        "schemas?limit=1",
        "programs?limit=100",
        "schemas?sortOrder=ASC",
        "search?q=a&limit=50",
        &format!("search?q={longest}"),
    ] {
        env.catalogue(good).await;
    }
    for bad in [
        "schemas?limit=101",
        "schemas?limit=0",
        "schemas?limit=-1",
        "schemas?page=0",
        "schemas?sortOrder=asc",
        "programs?limit=101",
        "search",
        "search?q=a&limit=51",
        &format!("search?q={too_long}"),
    ] {
        env.refused(400, Method::GET, &format!("/v1/catalog/{bad}"), None, None)
            .await;
    }
}
