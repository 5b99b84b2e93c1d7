//! The records that the pages show, and the operator's actions.

use serde_json::{Value, json};

use super::{fingerprint, issue, refuse};
use crate::support::{ADMIN_KEY, Behaviour, Browser, TestEnv};

#[tokio::test]
async fn credentials_are_found_by_each_filter_and_in_pages() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let a = issue(&env, &issuer, "did:air:id:test:a").await;
    let mut badge = env.request();
    badge["holderDID"] = json!("did:air:id:test:b");
    badge["schemaId"] = json!("badge");
    assert_eq!(issuer.issue(&badge).await, 201);
    let b = env.platform.stored()[1]["externalId"]
        .as_str()
        .unwrap()
        .to_owned();
    let nonce = issuer.history().await[0]["revocationNonce"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut browser = Browser::signed_in(&issuer).await;
    for (query, has_a, has_b) in [
        (String::new(), true, true),
        ("?holder=did:air:id:test:a".to_owned(), true, false),
        ("?schema=badge".to_owned(), false, true),
        (format!("?id={b}"), false, true),
        (format!("?nonce={nonce}"), true, false),
        (format!("?nonce={nonce}&schema=badge"), false, false),
        ("?holder=did:air:id:test:x".to_owned(), false, false),
        ("?page=2".to_owned(), false, false),
    ] {
        let page = browser.page(&format!("/issuances{query}")).await;
        let link = |id: &str| format!("href=\"/issuances/{id}\"");
        assert_eq!(page.contains(&link(&a)), has_a, "{query}: {page}");
        assert_eq!(page.contains(&link(&b)), has_b, "{query}: {page}");
    }
    for nonce in ["x", "0", "-1", "9223372036854775808"] {
        let response = browser.get(&format!("/issuances?nonce={nonce}")).await;
        assert_eq!(response.status, 400, "{nonce}");
    }
    let page = browser.page(&format!("/issuances/{a}")).await;
    assert!(
        page.contains(&nonce) && page.contains("2027-01-15 08:00:00"),
        "{page}"
    );
    assert!(page.contains("prepared") && page.contains("stored"), "{page}");
    assert!(!page.contains("Ada"), "the page has no claim: {page}");
}

#[tokio::test]
async fn a_credential_is_revoked_with_a_reason_by_the_operator() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let id = issue(&env, &issuer, "did:air:id:test:a").await;
    let mut browser = Browser::signed_in(&issuer).await;
    let path = format!("/issuances/{id}");
    let revoke = format!("{path}/revoke");
    assert!(browser.page(&path).await.contains(&format!("href=\"{revoke}\"")));
    assert!(browser.page(&revoke).await.contains("name=\"reason\""));
    for reason in ["", "  ", &"r".repeat(501)] {
        let response = browser.post(&revoke, &[("reason", reason)]).await;
        assert_eq!(response.status, 400, "{reason}");
        assert!(response.body.contains("role=\"alert\""));
    }
    assert_eq!(issuer.history().await[0]["revokedAt"], Value::Null);

    let response = browser.post(&revoke, &[("reason", "left the company")]).await;
    let location = response.header("location").to_owned();
    assert_eq!(
        (response.status, location.as_str()),
        (303, &*format!("{path}?done=revoked"))
    );
    let page = browser.page(&location).await;
    for text in [
        "The credential is revoked.",
        "left the company",
        &fingerprint(ADMIN_KEY),
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains(ADMIN_KEY) && !page.contains(&revoke), "{page}");
    let record = issuer.get(&format!("/admin/issuances/{id}")).await.json();
    assert_eq!(record["reason"], "left the company");
    let nonce = record["revocationNonce"].as_str().unwrap();
    let status = issuer.get(&format!("/revocation-status/{nonce}")).await;
    assert_eq!(status.json(), json!({"isRevoked": true}));

    let again = browser.post(&revoke, &[("reason", "another")]).await;
    assert_eq!((again.status, browser.get(&revoke).await.status), (409, 409));
    let audit = browser.page("/audit").await;
    for text in [
        "chains verified",
        "3 entries",
        "left the company",
        &fingerprint(ADMIN_KEY),
    ] {
        assert!(audit.contains(text), "{text}: {audit}");
    }
    assert!(!audit.contains("another"), "{audit}");
}

#[tokio::test]
async fn texts_from_outside_are_escaped() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let script = "<script>alert(1)</script>\"'&";
    let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;";
    let holder = format!("did:air:{script}");
    let id = issue(&env, &issuer, &holder).await;
    let mut browser = Browser::signed_in(&issuer).await;
    let path = format!("/issuances/{id}");
    let refused = browser
        .post(&format!("{path}/revoke"), &[("reason", &script.repeat(30))])
        .await;
    assert_eq!(refused.status, 400);
    let mut pages = vec![refused.body];
    let revoked = browser
        .post(&format!("{path}/revoke"), &[("reason", script)])
        .await;
    assert_eq!(revoked.status, 303);
    let query = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        path.as_str(),
        "/issuances",
        "/audit",
        &format!("/issuances?holder={query}"),
        &format!("/issuances?id={query}&done={query}"),
    ] {
        pages.push(browser.page(path).await);
    }
    pages.push(browser.get(&format!("/issuances?nonce={query}")).await.body);
    for page in pages {
        assert!(page.contains(escaped), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
}

#[tokio::test]
async fn the_outbox_shows_uploads_and_tries_one_now() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let id = refuse(&env, &issuer, "did:air:id:test:a").await;
    env.pass(90);
    let mut browser = Browser::signed_in(&issuer).await;
    let page = browser.page("/outbox").await;
    for text in [id.as_str(), "status_400", "1 min", "2027-01-15 09:00:00"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let action = format!("/outbox/{id}/try");
    assert!(page.contains(&format!("action=\"{action}\"")), "{page}");

    env.platform.set(Behaviour::Refuses(400));
    let response = browser.post(&action, &[]).await;
    assert_eq!(
        (response.status, response.header("location")),
        (303, "/outbox?done=refused")
    );
    assert!(
        browser
            .page("/outbox?done=refused")
            .await
            .contains("dStorage refused")
    );
    env.platform.set(Behaviour::Responds);
    let response = browser.post(&action, &[]).await;
    assert_eq!(
        (response.status, response.header("location")),
        (303, "/outbox?done=stored")
    );
    assert_eq!(env.platform.stored()[0]["externalId"], id.as_str());
    assert!(!browser.page("/outbox").await.contains(&action));
    let audit = browser.page(&format!("/issuances/{id}")).await;
    assert!(audit.contains(&fingerprint(ADMIN_KEY)), "{audit}");
    assert_eq!(browser.post("/outbox/unknown/try", &[]).await.status, 404);
}

#[tokio::test]
async fn status_lists_have_their_sizes_versions_and_ends() {
    let (env, issuer) = TestEnv::with_issuer().await;
    for holder in ["a", "b", "c"] {
        issue(&env, &issuer, &format!("did:air:id:test:{holder}")).await;
    }
    let mut browser = Browser::signed_in(&issuer).await;
    let cells = |page: &str| -> Vec<String> {
        let row = page.split_once("<tbody>").unwrap().1;
        let row = row.split_once("</tr>").unwrap().0;
        row.split("</td>").map(str::to_owned).collect()
    };
    let page = browser.page("/status-lists").await;
    let row = cells(&page);
    assert!(row[0].contains(">0</th>") && row[0].ends_with(">16"), "{page}");
    assert!(row[1].ends_with(">3") && row[2].ends_with(">1"), "{page}");
    assert!(page.contains("not signed yet"), "{page}");

    assert_eq!(issuer.get("/statuslist/0").await.status, 200);
    let page = browser.page("/status-lists").await;
    for text in [
        "shows this version",
        "did:web:issuer.example#",
        "2027-01-15 08:00:00",
        "2027-01-16 08:00:00",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    issuer.revoke(&nonce).await;
    let page = browser.page("/status-lists").await;
    assert!(cells(&page)[2].ends_with(">2"), "{page}");
}

#[tokio::test]
async fn keys_have_their_times() {
    let env = TestEnv::new().await;
    for name in ["old", "new"] {
        let key = air_jwt::SigningKey::generate(&mut rand::rng());
        let path = env.path().join(format!("{name}.pem"));
        std::fs::write(path, key.expose_pkcs8_pem().as_bytes()).unwrap();
    }
    let keys = "credentials = [{ file = \"old.pem\" }, { file = \"new.pem\", signs-from = \"2027-01-15T09:00:00Z\" }]";
    let issuer = env.try_start(env.config_with_keys(&[], keys)).await.unwrap();
    issue(&env, &issuer, "did:air:id:test:a").await;
    let mut browser = Browser::signed_in(&issuer).await;
    let page = browser.page("/keys").await;
    for text in [
        "Keys that sign credentials",
        "signs now",
        "signs later",
        "2027-01-15 09:00:00",
        "at least until",
        "Published set",
        // The credential is valid for 90 days.
        "2027-04-15 08:00:00",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("signs no more"), "{page}");

    env.pass(3_600);
    let mut browser = Browser::signed_in(&issuer).await;
    let page = browser.page("/keys").await;
    assert!(page.contains("signs no more"), "{page}");
    assert!(page.contains("until <time"), "{page}");
    assert!(!page.contains("signs later"), "{page}");
    assert!(!page.contains("PRIVATE"), "{page}");
}

#[cfg(feature = "openid4vc")]
#[tokio::test]
async fn offers_are_listed_by_state_without_links_and_users() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let created = issuer.offered(&json!({})).await;
    let id = created["id"].as_str().unwrap();
    let mut browser = Browser::signed_in(&issuer).await;
    let page = browser.page("/offers").await;
    for text in [id, "offered", "member", "2027-01-15 08:10:00"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("openid-credential-offer"), "{page}");
    assert!(browser.page("/audit").await.contains(id));
    env.pass(600);
    assert!(browser.page("/offers").await.contains("expired"));
}

#[cfg(feature = "openid4vc")]
#[tokio::test]
async fn entries_of_offers_in_the_audit_log_link_to_no_issuance() {
    let env = TestEnv::new().await;
    let issuer = env.start_for_wallets("").await;
    let created = issuer.offered(&json!({})).await;
    assert_eq!(issuer.withdraw(&created).await, 204);
    let mut browser = Browser::signed_in(&issuer).await;
    let audit = browser.page("/audit").await;
    assert!(audit.contains("withdrawn"), "{audit}");
    let id = created["id"].as_str().unwrap();
    assert!(audit.contains(id), "{audit}");
    assert!(!audit.contains(&format!("/issuances/{id}")), "{audit}");
}

#[tokio::test]
async fn without_offers_there_is_no_page_of_them() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    let mut browser = Browser::signed_in(&issuer).await;
    assert_eq!(browser.get("/offers").await.status, 404);
    assert!(!browser.page("/issuances").await.contains("/offers"));
}
