//! Lists that are longer than a page, and than what a form offers.

use std::collections::BTreeSet;

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Browser, test_env, text};
use crate::support::TestEnv;

const ROWS: usize = 450;

/// The address behind a link between pages.
fn link(page: &str, rel: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("\" rel=\"{rel}\""))?;
    let (_, address) = before.rsplit_once("href=\"")?;
    Some(address.replace("&amp;", "&"))
}

fn rows(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("<tbody>").unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap();
    let rows = body.split("<tr>").skip(1);
    rows.map(ToOwned::to_owned).collect()
}

/// All rows of all pages, there and back.
async fn walk(browser: &Browser, path: &str) -> Vec<String> {
    let mut page = browser.page(path).await;
    let (mut all, mut pages) = (rows(&page), 1);
    assert!(link(&page, "prev").is_none(), "{path}");
    while let Some(next) = link(&page, "next") {
        page = browser.page(&next).await;
        all.extend(rows(&page));
        pages += 1;
    }
    while let Some(previous) = link(&page, "prev") {
        page = browser.page(&previous).await;
        pages -= 1;
    }
    assert_eq!(pages, 1, "{path}");
    all
}

/// 450 of everything: schemas, programs of both kinds, partners, users, credentials, blocks, runs
/// and callbacks.
async fn fill(env: &TestEnv, browser: &Browser) -> Value {
    let many = |make: &dyn Fn(usize) -> Value| (0..ROWS).map(make).collect::<Vec<_>>();
    let attributes = json!([{ "name": "a", "type": "string" }]);
    let seed = json!({
        "partner": { "name": "Many", "jwksUrl": env.jwks.url, "issueOnBehalf": true },
        "schemas": many(&|n| json!({ "key": format!("s{n}"), "title": format!("Many {n}"), "attributes": attributes })),
        "programs": many(&|n| json!({ "key": format!("p{n}"), "schema": format!("s{n}"), "publish": true })),
        "verificationPrograms": many(&|n| json!({ "key": format!("v{n}"), "schema": format!("s{n}"), "conditions": [] })),
    });
    let ids = env.seed(&seed).await;
    let token = env.token(PartnerToken::verify);
    let asking = format!(
        "/dashboard/verification/programs/{}/ask",
        text(&env.ids, "/verificationPrograms/adult")
    );
    for number in 0..ROWS {
        let partner = json!({ "partner": { "name": format!("P{number}"), "jwksUrl": env.jwks.url } });
        let issuer = env.seed(&partner).await;
        let email = format!("user{number}@example.com");
        env.issue_on_behalf(&email, &env.order()).await;
        browser.make("/dashboard/ledger", &[]).await;
        browser.make(&asking, &[("email", "ada@example.com")]).await;
        let path = "/v1/verifier/verify/initialize";
        let opening = json!({ "issuerDid": issuer["issuerDid"] });
        let (status, opened) = env.call(Method::POST, path, Some(&token), Some(&opening)).await;
        assert_eq!(status, StatusCode::OK, "{opened}");
    }
    ids
}

#[tokio::test]
async fn every_list_leads_to_all_of_its_rows() {
    let (env, browser) = test_env().await;
    let ids = fill(&env, &browser).await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let users = browser.page("/dashboard/users?q=ada@").await;
    let (_, user) = users.split_once("href=\"/dashboard/users/").unwrap();
    let user = user.split('"').next().unwrap();
    for path in [
        "/dashboard/accounts",
        "/dashboard/accounts?q=P",
        "/dashboard/schemas",
        "/dashboard/programs",
        "/dashboard/programs?q=many",
        "/dashboard/verification",
        "/dashboard/verification?q=MANY",
        "/dashboard/verification/records",
        &format!("/dashboard/verification/records?user={user}"),
        &format!("/dashboard/verification/programs/{program}"),
        "/dashboard/credentials",
        "/dashboard/credentials?q=example.com&state=valid",
        "/dashboard/users",
        "/dashboard/callbacks",
        "/dashboard/ledger",
    ] {
        let all = walk(&browser, path).await;
        let different: BTreeSet<_> = all.iter().collect();
        assert!((ROWS..ROWS + 10).contains(&all.len()), "{path}: {}", all.len());
        // Callbacks of one issuer differ by the addresses of their forms alone, which those with
        // nothing to tell do not have.
        assert!(
            path.ends_with("callbacks") || different.len() == all.len(),
            "{path}"
        );
    }
    assert_eq!(walk(&browser, "/dashboard/logs").await.len(), 1000);
    let page = browser.page(&format!("/dashboard/users/{user}")).await;
    assert!(page.contains("All consents of this user"), "{page}");
    choices(&browser, &ids).await;
}

/// Nothing that is older than what a form offers is out of its reach.
async fn choices(browser: &Browser, ids: &Value) {
    let (schema, program) = (text(ids, "/schemas/s0"), text(ids, "/programs/p0"));
    let partner = text(ids, "/partnerId");
    for (path, field, oldest) in [
        ("/dashboard/schemas/new".to_owned(), "partner", partner),
        ("/dashboard/programs/new".to_owned(), "schema", schema),
        ("/dashboard/issue".to_owned(), "program", program),
        (
            format!("/dashboard/verification/new?schema={schema}"),
            "partner",
            partner,
        ),
    ] {
        let page = browser.page(&path).await;
        assert!(!page.contains(&format!("<select id=\"{field}\"")), "{path}");
        let (_, list) = page
            .split_once(&format!("<datalist id=\"{field}-offered\">"))
            .unwrap();
        let list = list.split("</datalist>").next().unwrap();
        assert_eq!(list.matches("<option").count(), 200, "{path}");
        // Partners of the same second are in no order.
        assert!(field == "partner" || !list.contains(oldest), "{path}");
    }
    let form = browser.page(&format!("/dashboard/issue?program={program}")).await;
    assert!(form.contains("Recipient"), "{form}");
    let unknown = browser.page("/dashboard/issue?program=nothing").await;
    assert!(unknown.contains("no published program has this id"), "{unknown}");
    let made = [("schema", schema), ("action", "draft")];
    browser.make("/dashboard/programs/new", &made).await;
}

/// The addresses of a list of credentials, in its order.
fn addresses(page: &str) -> Vec<String> {
    let address = |row: &String| {
        let (_, user) = row.split_once("href=\"/dashboard/users/").unwrap();
        let (_, bdi) = user.split_once("<bdi>").unwrap();
        bdi.split('<').next().unwrap().to_owned()
    };
    rows(page).iter().map(address).collect()
}

#[tokio::test]
async fn credentials_are_filtered_and_sorted_and_counted() {
    let (env, browser) = test_env().await;
    for email in ["bob@example.com", "ada@example.com", "eve@example.com"] {
        env.issue_on_behalf(email, &env.order()).await;
    }
    let program = text(&env.ids, "/programs/adult");
    let day = "2020-01-01";
    let (ada, bob, eve) = ("ada@example.com", "bob@example.com", "eve@example.com");
    for (query, expected) in [
        ("", vec![eve, ada, bob]),
        ("?sort=issued", vec![bob, ada, eve]),
        ("?sort=email", vec![ada, bob, eve]),
        ("?sort=-email", vec![eve, bob, ada]),
        ("?sort=nothing", vec![eve, ada, bob]),
        ("?q=BOB", vec![bob]),
        (&format!("?program={program}"), vec![eve, ada, bob]),
        ("?program=nothing", vec![]),
        (&format!("?from={day}"), vec![eve, ada, bob]),
        (&format!("?until={day}"), vec![]),
        ("?state=revoked", vec![]),
    ] {
        let page = browser.page(&format!("/dashboard/credentials{query}")).await;
        assert_eq!(addresses(&page), expected, "{query}");
        let has_none = page.contains("Nothing matches.");
        assert_eq!(has_none, expected.is_empty(), "{query}: {page}");
        let total = format!("<span class=\"total\">{}</span>", expected.len());
        assert!(has_none || page.contains(&total), "{query}: {page}");
    }
    let sorted = browser.page("/dashboard/credentials?q=example&sort=email").await;
    assert!(sorted.contains("aria-sort=\"ascending\""), "{sorted}");
    assert!(
        sorted.contains("/dashboard/credentials?q=example&amp;sort=-email"),
        "{sorted}"
    );
    let wrong = browser.get("/dashboard/credentials?from=yesterday").await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn requests_are_filtered_and_each_has_a_page() {
    let (env, browser) = test_env().await;
    env.call(Method::GET, "/sandbox/v1/callbacks", None, None).await;
    let token = env.token(PartnerToken::issue);
    let path = "/v1/credentials/status?coreClaimHash=00";
    env.call(Method::GET, path, Some(&token), None).await;
    for (query, shown) in [
        ("status=failed&q=callbacks", true),
        ("status=4xx&q=callbacks", true),
        ("status=5xx&q=callbacks", false),
        ("status=ok&q=callbacks", false),
        ("method=GET&q=callbacks", true),
        ("method=PUT&q=callbacks", false),
        ("sort=-took&q=callbacks", true),
    ] {
        let page = browser.page(&format!("/dashboard/logs?{query}")).await;
        let has_row = page.contains("GET /sandbox/v1/callbacks</code>");
        assert_eq!(has_row, shown, "{query}: {page}");
    }
    let log = browser.page("/dashboard/logs?q=status").await;
    let (_, link) = log.split_once("href=\"/dashboard/logs/").unwrap();
    let request = format!("/dashboard/logs/{}", link.split('"').next().unwrap());
    let page = browser.page(&request).await;
    let partner = text(&env.ids, "/partnerId");
    for shown in ["GET /v1/credentials/status", "not stored", "What to do", partner] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(
        !page.contains(&token) && !page.contains("coreClaimHash=00"),
        "{page}"
    );
    for unknown in ["0", "x", "999999", "18446744073709551615"] {
        let answer = browser.get(&format!("/dashboard/logs/{unknown}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
}
