//! The order and the filters of the lists, and the search by whole ids.

use reqwest::{Method, StatusCode};

use super::{Browser, id_of, test_env, text};

/// The texts of the links of the rows' heads.
fn names(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("<tbody>").unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap();
    let heads = body.split("<th scope=\"row\">").skip(1);
    heads
        .map(|head| {
            let (_, name) = head.split_once("<bdi>").unwrap();
            name.split('<').next().unwrap().to_owned()
        })
        .collect()
}

async fn named(browser: &Browser, path: &str) -> Vec<String> {
    names(&browser.page(path).await)
}

#[tokio::test]
async fn a_list_is_sorted_by_each_column_whose_head_is_a_link() {
    let (env, browser) = test_env().await;
    for email in ["bob@example.com", "ada@example.com"] {
        env.issue_on_behalf(email, &env.order()).await;
    }
    let asking = format!(
        "/dashboard/verification/programs/{}/ask",
        text(&env.ids, "/verificationPrograms/adult")
    );
    browser.make(&asking, &[("email", "ada@example.com")]).await;
    browser.make("/dashboard/ledger", &[]).await;
    for path in [
        "/dashboard/accounts",
        "/dashboard/schemas",
        "/dashboard/schemas?q=adult",
        "/dashboard/programs",
        "/dashboard/verification",
        "/dashboard/verification/records",
        asking.trim_end_matches("/ask"),
        "/dashboard/users",
        "/dashboard/ledger",
    ] {
        let page = browser.page(path).await;
        let links = page.split("class=\"sort\" href=\"").skip(1);
        let links: Vec<String> = links
            .map(|link| link.split('"').next().unwrap().replace("&amp;", "&"))
            .collect();
        assert!(!links.is_empty(), "{path}: {page}");
        for link in links {
            let sorted = browser.page(&link).await;
            assert!(sorted.contains("aria-sort=\"ascending\""), "{link}: {sorted}");
            let turned = browser.page(&link.replace("sort=", "sort=-")).await;
            assert!(turned.contains("aria-sort=\"descending\""), "{link}: {turned}");
        }
    }
    let users = ["ada@example.com", "bob@example.com"];
    assert_eq!(named(&browser, "/dashboard/users?sort=email").await, users);
    let turned = named(&browser, "/dashboard/users?sort=-email").await;
    assert_eq!(turned, [users[1], users[0]]);
}

#[tokio::test]
async fn programs_are_filtered_by_their_state_and_their_issuer() {
    let (env, browser) = test_env().await;
    let schema = text(&env.ids, "/schemas/adult");
    for (name, action) in [("Draft one", "draft"), ("Public one", "publish")] {
        let fields = [("schema", schema), ("name", name), ("action", action)];
        browser.make("/dashboard/programs/new", &fields).await;
    }
    let list = "/dashboard/programs?q=one&sort=name";
    let partner = text(&env.ids, "/partnerId");
    for (query, expected) in [
        ("", &["Draft one", "Public one"][..]),
        ("&state=draft", &["Draft one"]),
        ("&state=published", &["Public one"]),
        (&format!("&partner={partner}"), &["Draft one", "Public one"]),
        ("&partner=nobody", &[]),
    ] {
        assert_eq!(
            named(&browser, &format!("{list}{query}")).await,
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn records_and_callbacks_are_filtered_by_their_state() {
    let (env, browser) = test_env().await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let asking = format!("/dashboard/verification/programs/{program}/ask");
    let record = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let id = id_of(&record);
    for (query, is_shown) in [
        ("consent=asked", true),
        ("consent=agreed", false),
        ("result=none", true),
        ("result=Compliant", false),
        (&format!("q={id}"), true),
        ("q=nothing", false),
    ] {
        let page = browser
            .page(&format!("/dashboard/verification/records?{query}"))
            .await;
        assert_eq!(page.contains(&id), is_shown, "{query}: {page}");
    }
    for query in ["state=pending", "state=open&event=cak.released", "q=nothing"] {
        let page = browser.page(&format!("/dashboard/callbacks?{query}")).await;
        assert!(page.contains("Nothing matches."), "{query}: {page}");
    }
}

#[tokio::test]
async fn a_search_finds_records_by_their_whole_ids() {
    let (env, browser) = test_env().await;
    env.issue_on_behalf("ada@example.com", &env.order()).await;
    browser.make("/dashboard/ledger", &[]).await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let asking = format!("/dashboard/verification/programs/{program}/ask");
    let record = browser.make(&asking, &[("email", "ada@example.com")]).await;
    let verification = id_of(&record);
    let asked = browser.make(&asking.replace("/ask", "/request"), &[]).await;
    let (_, events) = env.call(Method::GET, "/sandbox/v1/events/log", None, None).await;
    let event = text(&events, "/events/0/id");
    let (status, logged) = env.call(Method::GET, "/sandbox/v1/logs", None, None).await;
    assert_eq!(status, StatusCode::OK, "{logged}");
    let request = text(&logged, "/requests/0/requestId");
    for (id, path) in [
        (
            verification.as_str(),
            format!("/dashboard/verification/records/{verification}"),
        ),
        (
            &id_of(&asked),
            format!("/dashboard/verification/requests/{}", id_of(&asked)),
        ),
        (event, format!("/dashboard/events/{event}")),
        (request, "/dashboard/logs/".to_owned()),
        ("1", "/dashboard/ledger?page=1".to_owned()),
    ] {
        let page = browser.page(&format!("/dashboard/search?q={id}")).await;
        assert!(page.contains(&format!("href=\"{path}")), "{id}: {page}");
    }
    let page = browser.page(&format!("/dashboard/events/{event}")).await;
    assert!(page.contains(event), "{page}");
    for unknown in ["evt_1", "evt_000000000000000000000000"] {
        let answer = browser.get(&format!("/dashboard/events/{unknown}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
}
