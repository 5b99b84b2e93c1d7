//! The credentials of issuers' backends on their holders' own pages.

use reqwest::StatusCode;
use serde_json::json;

use super::{EMAIL, Fault, HostedEnv};
use crate::dashboard::Browser;

const LIST: &str = "/wallet/envelopes";

impl HostedEnv {
    /// A browser in which this user is signed in.
    async fn signed_in(&self, email: &str) -> Browser {
        let browser = Browser::open_at(&self.env.base.platform.url(), "/wallet/sign-in").await;
        browser.make("/wallet/sign-in", &[("email", email)]).await;
        browser
    }

    /// Has the backend issue, and returns the page of the credential.
    async fn issued(&self) -> String {
        let (status, taken) = self.call("issue").await;
        assert_eq!(status, StatusCode::OK, "{taken}");
        let id = taken["storagePath"].as_str().unwrap().strip_prefix("vcs/");
        format!("{LIST}/{}", id.unwrap())
    }
}

#[tokio::test]
async fn a_holder_reads_what_an_issuers_backend_sealed_and_what_it_says_about_the_status() {
    let hosted = HostedEnv::open().await;
    let browser = hosted.signed_in(EMAIL).await;
    assert!(!browser.page("/wallet").await.contains(LIST), "nothing is there");
    assert!(browser.page(LIST).await.contains("No credential yet"));
    hosted.backend.name_a_list();
    let details = hosted.issued().await;
    let home = browser.page("/wallet").await;
    assert!(home.contains("one credential") && home.contains(LIST), "{home}");
    let list = browser.page(LIST).await;
    for shown in ["Adult", "Zenith", "21", "UTO", "status not checked", &details] {
        assert!(list.contains(shown), "{shown}: {list}");
    }

    let page = browser.page(&details).await;
    assert!(page.contains(">valid<") && page.contains("UTO"), "{page}");
    hosted.backend.revoke();
    let page = browser.page(&details).await;
    assert!(page.contains(">revoked<") && page.contains("UTO"), "{page}");
}

#[tokio::test]
async fn a_status_that_nobody_tells_is_unknown() {
    let hosted = HostedEnv::open().await;
    let browser = hosted.signed_in(EMAIL).await;
    let details = hosted.issued().await;
    let page = browser.page(&details).await;
    assert!(page.contains(">status unknown<"), "{page}");
    assert!(page.contains("publishes no status"), "{page}");

    let mut registration = hosted.backend.registration();
    let url = format!("{}/revocation-status", hosted.backend.url);
    registration["revocationStatusApiUrl"] = json!(url);
    hosted.register(&registration).await;
    assert!(browser.page(&details).await.contains(">valid<"));
    registration["revocationStatusApiUrl"] = json!(format!("{}/nowhere", hosted.backend.url));
    hosted.register(&registration).await;
    let page = browser.page(&details).await;
    assert!(page.contains(">status unknown<"), "{page}");
    assert!(page.contains("answered 404"), "{page}");

    // A credential of another key is not the issuer's.
    hosted.backend.set(Fault::SignsWithAnother);
    let forged = hosted.issued().await;
    let page = browser.page(&forged).await;
    assert!(
        page.contains(">status unknown<") && page.contains("signature"),
        "{page}"
    );
}

#[tokio::test]
async fn a_holder_sees_no_content_without_its_key_and_no_credential_of_others() {
    let hosted = HostedEnv::open().await;
    let details = hosted.issued().await;
    hosted.backend.set(Fault::SealsToAnother);
    let (status, _) = hosted.call("issue").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let browser = hosted.signed_in(EMAIL).await;
    let list = browser.page(LIST).await;
    assert_eq!(list.matches("<article").count(), 2, "{list}");
    assert_eq!(
        list.matches("Only the wallet that has the key").count(),
        1,
        "{list}"
    );

    let nobody = Browser::open_at(&hosted.env.base.platform.url(), "/wallet/sign-in").await;
    for path in [LIST, &details] {
        assert_eq!(nobody.get(path).await.status(), StatusCode::SEE_OTHER, "{path}");
    }
    hosted.env.login("eve@example.com").await;
    let eve = hosted.signed_in("eve@example.com").await;
    assert!(!eve.page(LIST).await.contains("<article"));
    assert_eq!(eve.get(&details).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_deleted_envelope_is_gone_until_the_user_takes_it_again() {
    let hosted = HostedEnv::open().await;
    let details = hosted.issued().await;
    hosted.env.login("eve@example.com").await;
    let eve = hosted.signed_in("eve@example.com").await;
    let deletion = format!("{details}/delete");
    assert_eq!(eve.send(&deletion, &[]).await.status(), StatusCode::NOT_FOUND);
    let browser = hosted.signed_in(EMAIL).await;
    browser.make(&deletion, &[]).await;
    assert!(browser.page(LIST).await.contains("No credential yet"));
    assert!(!browser.page("/wallet").await.contains(LIST));
    assert_eq!(browser.get(&details).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        hosted.held().await,
        0,
        "verifiers and the issuer's sessions get nothing"
    );

    // The issuer need not store again what it stored before.
    hosted.backend.set(Fault::StoresNothing);
    assert_eq!(hosted.issued().await, details);
    assert!(browser.page(LIST).await.contains(&details));
}
