//! Names of programs.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{id_of, test_env, text};

#[tokio::test]
async fn a_programs_name_is_in_its_heading_the_lists_and_the_searches() {
    let (env, browser) = test_env().await;
    let schema = text(&env.ids, "/schemas/adult");
    for (form, list, action) in [
        ("/dashboard/programs/new", "/dashboard/programs", "publish"),
        (
            "/dashboard/verification/new",
            "/dashboard/verification",
            "publish",
        ),
    ] {
        let fields = [("schema", schema), ("name", "Grown <ups>"), ("action", action)];
        let made = browser.make(form, &fields).await;
        let shown = browser.page(&made).await;
        assert!(shown.contains("<h1>Grown &lt;ups&gt;</h1>"), "{shown}");
        let link = made.split('?').next().unwrap();
        for page in [list, &format!("{list}?q=grown"), "/dashboard/search?q=GROWN"] {
            let page = browser.page(page).await;
            assert!(
                page.contains(link) && page.contains("Grown &lt;ups&gt;"),
                "{link}: {page}"
            );
        }
        let long = "n".repeat(201);
        let refused = browser
            .send(form, &[("schema", schema), ("name", &long), ("action", action)])
            .await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        let page = refused.text().await.unwrap();
        assert!(page.contains("name must be 1 to 200 characters"), "{page}");
    }
}

#[tokio::test]
async fn a_program_without_a_name_has_the_title_of_its_schema() {
    let (env, browser) = test_env().await;
    let fields = [("schema", text(&env.ids, "/schemas/adult")), ("action", "draft")];
    let made = browser.make("/dashboard/programs/new", &fields).await;
    let id = id_of(&made);
    let (status, listed) = env
        .call(Method::GET, &format!("/sandbox/v1/programs?q={id}"), None, None)
        .await;
    assert_eq!(status, StatusCode::OK, "{listed}");
    let record = &listed["records"][0];
    assert_eq!(record.get("name"), None, "{record}");
    let title = record["title"].as_str().unwrap();
    let page = browser.page(&made).await;
    assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");

    let named = json!({
        "partnerId": text(&env.ids, "/partnerId"),
        "schemaId": text(&env.ids, "/schemas/adult"),
        "name": "Grown-ups",
        "publish": false,
    });
    let path = "/sandbox/v1/programs";
    let (_, created) = env.call(Method::POST, path, None, Some(&named)).await;
    let path = format!("{path}?q={}", text(&created, "/credentialId"));
    let (_, listed) = env.call(Method::GET, &path, None, None).await;
    assert_eq!(listed["records"][0]["name"], "Grown-ups", "{listed}");
}
