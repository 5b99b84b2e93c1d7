//! The first steps on an empty platform, and the search over everything.

use reqwest::StatusCode;
use serde_json::json;

use super::{Browser, id_of, test_env, text};
use crate::support;

#[tokio::test]
async fn an_empty_platform_leads_to_its_first_partner() {
    let platform = support::start_platform(air_sandbox::Data::Memory).await;
    let browser = Browser::open(&platform.url()).await;
    let overview = browser.page("/dashboard").await;
    assert!(
        overview.contains("href=\"/dashboard/accounts/new\""),
        "{overview}"
    );
    let partner = [
        ("name", "Zenith"),
        ("jwks", "http://127.0.0.1:8311/jwks.json"),
        ("origins", "https://shop.example, http://localhost:3000"),
        ("on-behalf", "yes"),
    ];
    let made = browser.make("/dashboard/accounts/new", &partner).await;
    let page = browser.page(&made).await;
    for shown in [
        "The partner is created.",
        "Zenith",
        "https://shop.example",
        "http://localhost:3000",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let overview = browser.page("/dashboard").await;
    assert!(overview.contains("href=\"/dashboard/schemas/new\""), "{overview}");
}

#[tokio::test]
async fn a_partner_that_can_not_be_is_refused_with_its_form() {
    let (_env, browser) = test_env().await;
    for (name, jwks, origins, reason) in [
        (
            "",
            "https://zenith.example/jwks.json",
            "",
            "name must be 1 to 200 characters",
        ),
        (
            "Zenith",
            "http://zenith.example/jwks.json",
            "",
            "URL of the JWK set: ",
        ),
        ("Zenith", "jwks.json", "", "URL of the JWK set: "),
        (
            "Zenith",
            "https://zenith.example/jwks.json",
            "shop",
            "allowed origins: ",
        ),
    ] {
        let fields = [("name", name), ("jwks", jwks), ("origins", origins)];
        let refused = browser.send("/dashboard/accounts/new", &fields).await;
        assert_eq!(
            refused.status(),
            StatusCode::BAD_REQUEST,
            "{name} {jwks} {origins}"
        );
        let page = refused.text().await.unwrap();
        assert!(
            page.contains(reason) && page.contains("URL of the JWK set"),
            "{reason}: {page}"
        );
    }
}

#[tokio::test]
async fn a_search_finds_each_kind_by_its_words_and_ids() {
    let (env, browser) = test_env().await;
    let program = text(&env.ids, "/programs/adult");
    let schema = text(&env.ids, "/schemas/adult");
    for (words, found) in [
        (
            "zenith",
            format!("/dashboard/accounts/{}", text(&env.ids, "/partnerId")),
        ),
        (program, format!("/dashboard/programs/{program}")),
        ("adult", format!("/dashboard/schemas/{schema}")),
    ] {
        let page = browser.page(&format!("/dashboard/search?q={words}")).await;
        assert!(page.contains(&format!("href=\"{found}\"")), "{words}: {page}");
    }
    let nothing = browser.page("/dashboard/search?q=%3Cb%3Enobody%3C%2Fb%3E").await;
    assert!(
        nothing.contains("Nothing has these words.") && !nothing.contains("<b>nobody"),
        "{nothing}"
    );
    assert!(
        browser
            .page("/dashboard/search")
            .await
            .contains("Nothing has these words.")
    );
}

#[tokio::test]
async fn the_page_of_a_credential_shows_its_claims() {
    let (env, browser) = test_env().await;
    let seed = json!({
        "partner": { "name": "Names", "jwksUrl": env.jwks.url, "issueOnBehalf": true },
        "schemas": [{ "key": "name", "title": "Name", "attributes": [
            { "name": "firstName", "title": "First name", "type": "string", "required": true },
            { "name": "isOver18", "type": "boolean" },
            { "name": "town", "type": "string" },
        ]}],
        "programs": [{ "key": "name", "schema": "name", "publish": true }],
    });
    let ids = env.seed(&seed).await;
    let fields = [
        ("program", text(&ids, "/programs/name")),
        ("email", "ada@example.com"),
        ("claim.firstName", "<i>Ada</i>"),
        ("claim.isOver18", "true"),
        ("action", "issue"),
    ];
    let issued = browser.make("/dashboard/issue", &fields).await;
    assert_eq!(id_of(&issued).len(), 64);
    let page = browser.page(&issued).await;
    assert!(
        page.contains("&lt;i&gt;Ada&lt;/i&gt;") && page.contains("isOver18"),
        "{page}"
    );
}

#[tokio::test]
async fn the_notice_says_what_happened_to_an_earlier_credential() {
    let (env, browser) = test_env().await;
    let seed = json!({
        "partner": { "name": "Twice", "jwksUrl": env.jwks.url, "issueOnBehalf": true },
        "schemas": [{ "key": "club", "title": "Club", "attributes": [{ "name": "isMember", "type": "boolean" }]}],
        "programs": [{ "key": "club", "schema": "club", "publish": true }],
    });
    let ids = env.seed(&seed).await;
    let mut order = vec![
        ("program", text(&ids, "/programs/club")),
        ("email", "ada@example.com"),
        ("claim.isMember", "true"),
        ("action", "issue"),
    ];
    let first = browser.make("/dashboard/issue", &order).await;
    assert!(first.ends_with("?done=issued"), "{first}");
    let kept = browser.make("/dashboard/issue", &order).await;
    assert_eq!(
        (id_of(&kept), kept.ends_with("?done=kept")),
        (id_of(&first), true)
    );
    order.push(("duplicate", "revoke"));
    let new = browser.make("/dashboard/issue", &order).await;
    assert!(
        new.ends_with("?done=replaced") && id_of(&new) != id_of(&first),
        "{new}"
    );
    let page = browser.page(&new).await;
    assert!(page.contains("earlier one is revoked"), "{page}");
}

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_overview() {
    let (_env, browser) = test_env().await;
    let led = browser.get("/dashboard/").await;
    assert_eq!(led.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(led.headers()["location"], "/dashboard");
}
