//! Offers and presentation requests to wallets.

use air_oid4vc::vci::{CredentialOffer, OfferLink, TokenRequest};
use reqwest::{StatusCode, header};
use serde_json::json;

use super::{id_of, test_env, text};
use crate::openid4vc::{
    presentations::{Holder, asked, body, fetched, post},
    wallet::Wallet,
};

/// The text of the first element of code after a term, unescaped.
pub(super) fn fact(page: &str, term: &str) -> String {
    let (_, rest) = page.split_once(&format!("<dt>{term}</dt>")).unwrap();
    let (_, rest) = rest.split_once("<code class=\"id\">").unwrap();
    rest.split('<').next().unwrap().replace("&amp;", "&")
}

/// The address of the first link with this text.
fn address(page: &str, text: &str) -> String {
    let (before, _) = page.split_once(&format!("\">{text}</a>")).unwrap();
    before.rsplit_once("href=\"").unwrap().1.to_owned()
}

#[track_caller]
fn assert_drawn(page: &str) {
    let (_, code) = page.split_once("<div class=\"qr-code\">").unwrap();
    assert!(
        code.starts_with("<svg") && code.contains("role=\"img\""),
        "{page}"
    );
    assert!(!page.contains("style=\""), "the policy forbids it: {page}");
}

#[tokio::test]
async fn an_offer_is_shown_once_as_a_code_and_a_link_and_its_page_follows_the_wallet() {
    let (env, browser) = test_env().await;
    let program = text(&env.ids, "/programs/adult");
    let path = format!("/dashboard/programs/{program}/offer");
    let shown = browser.page(&format!("/dashboard/programs/{program}")).await;
    assert!(shown.contains(&format!("href=\"{path}\"")), "{shown}");
    assert!(browser.page(&path).await.contains("claim.age"));

    let claims = [("claim.age", "21"), ("claim.country", "UTO"), ("code", "yes")];
    let answer = browser.send(&path, &claims).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let page = answer.text().await.unwrap();
    assert_drawn(&page);
    let OfferLink::Uri(uri) = OfferLink::parse(&fact(&page, "Link")).unwrap() else {
        panic!("not by reference");
    };
    let (_, code) = page
        .split_once("<dt>Transaction code</dt> <dd><strong>")
        .unwrap_or_else(|| page.split_once("<dt>Transaction code</dt><dd><strong>").unwrap());
    let code = code.split('<').next().unwrap();

    let state = address(&page, "Show what the wallet did");
    assert!(browser.page(&state).await.contains("no wallet has opened it"));
    let offer = env.http.get(uri).send().await.unwrap().bytes().await.unwrap();
    let offer = CredentialOffer::parse(&offer).unwrap();
    assert_eq!(offer.configuration_ids, [program]);
    let grant = offer.pre_authorized_code.unwrap();
    let form = TokenRequest::for_grant(&grant, Some(code)).unwrap().to_form();
    Wallet::new(&env).token_with(form, None).await.assert_ok();
    assert!(browser.page(&state).await.contains("a wallet has opened it"));

    // A subject that does not fit gets the form again.
    let wrong = browser.send(&path, &[("claim.age", "old")]).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert!(wrong.text().await.unwrap().contains("claim.country"));
    let draft = text(&env.ids, "/programs/draft");
    let refused = browser
        .send(&format!("/dashboard/programs/{draft}/offer"), &claims)
        .await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        browser.get("/dashboard/offers/unknown").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_request_is_shown_as_a_code_and_its_page_shows_the_result() {
    let (env, browser) = test_env().await;
    let holder = Holder::with_credential(&env).await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let program = format!("/dashboard/verification/programs/{program}");
    assert!(browser.page(&program).await.contains("Ask a wallet"));
    let path = browser.make(&format!("{program}/request"), &[]).await;
    let page = browser.page(&path).await;
    assert_drawn(&page);
    assert!(
        page.contains("no answer yet") && page.contains("data-watched=\"open\""),
        "{page}"
    );
    assert_eq!(fact(&page, "Request id"), id_of(&path));

    let request = fetched(&env, &json!({ "url": fact(&page, "Link") })).await;
    post(&env, &request, body(&request, holder.answer(&request)))
        .await
        .assert_ok();
    let page = browser.page(&path).await;
    assert!(page.contains("presented") && page.contains("Compliant"), "{page}");
    assert!(
        page.contains("<bdi>21</bdi>") && !page.contains("qr-code"),
        "{page}"
    );
    assert!(!page.contains("data-watched"), "{page}");

    let refused = browser.make(&format!("{program}/request"), &[]).await;
    let page = browser.page(&refused).await;
    let request = fetched(&env, &json!({ "url": fact(&page, "Link") })).await;
    let form = format!(
        "error=access_denied&state={}",
        request.options().state.as_ref().unwrap().as_str()
    );
    post(&env, &request, form).await.assert_ok();
    assert!(browser.page(&refused).await.contains("refused by the user"));
    let unknown = browser.get("/dashboard/verification/requests/unknown").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

/// The page shows requests of all partners, and the result of this one is for the browser that
/// brings its code.
#[tokio::test]
async fn the_page_of_a_request_with_a_redirect_withholds_the_result() {
    let (env, browser) = test_env().await;
    let holder = Holder::with_credential(&env).await;
    let created = asked(&env, json!({ "redirectUri": "https://shop.example/" })).await;
    let request = fetched(&env, &created).await;
    post(&env, &request, body(&request, holder.answer(&request)))
        .await
        .assert_ok();
    let id = text(&created, "/requestId");
    let page = browser
        .page(&format!("/dashboard/verification/requests/{id}"))
        .await;
    assert!(page.contains("presented"), "{page}");
    assert!(
        !page.contains("Compliant") && !page.contains("<bdi>21</bdi>"),
        "{page}"
    );
}
