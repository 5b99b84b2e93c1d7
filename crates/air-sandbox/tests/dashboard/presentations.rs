//! The presentations of a user's wallets, on the user's own pages.

use reqwest::StatusCode;
use serde_json::json;

use super::holder::{ADA, signed_in};
use crate::{
    openid4vc::presentations::{Holder, asked, body, fetched, post},
    support::TestEnv,
};

/// The path of the first presentation in a list.
fn first(list: &str) -> String {
    let (_, rest) = list.split_once("href=\"/wallet/presentations/").unwrap();
    format!("/wallet/presentations/{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn a_presentation_is_listed_with_the_names_of_claims_and_without_values() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let ada = signed_in(&env, ADA).await;
    assert!(
        ada.page("/wallet/shared")
            .await
            .contains("No verifier has requested")
    );
    let request = fetched(&env, &asked(&env, json!({})).await).await;
    post(&env, &request, body(&request, holder.answer(&request)))
        .await
        .assert_ok();

    let list = ada.page("/wallet/shared").await;
    for shown in [
        "Zenith",
        "Adult",
        "a wallet (OpenID4VP)",
        "given",
        "<bdi>age</bdi>",
    ] {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    let path = first(&list);
    let page = ada.page(&path).await;
    for shown in ["Disclosed by the wallet", "<bdi>age</bdi>", "Compliant"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    for text in [&list, &page] {
        assert!(
            !text.contains("<bdi>country</bdi>"),
            "it was not disclosed: {text}"
        );
        assert!(!text.contains("<bdi>21</bdi>"), "{text}");
        assert!(!text.contains("/withdraw\""), "{text}");
    }

    env.issue_on_behalf("eve@example.com", &env.order()).await;
    let eve = signed_in(&env, "eve@example.com").await;
    assert_eq!(eve.get(&path).await.status(), StatusCode::NOT_FOUND);
    assert!(
        !eve.page("/wallet/shared")
            .await
            .contains("/wallet/presentations/")
    );
}

#[tokio::test]
async fn a_refused_request_is_no_presentation_and_each_answered_one_is() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let ada = signed_in(&env, ADA).await;
    let refused = fetched(&env, &asked(&env, json!({ "encrypted": false })).await).await;
    let form = format!(
        "error=access_denied&state={}",
        refused.options().state.as_ref().unwrap().as_str()
    );
    post(&env, &refused, form).await.assert_ok();
    assert!(
        ada.page("/wallet/shared")
            .await
            .contains("No verifier has requested")
    );

    for count in 1..=2 {
        let request = fetched(&env, &asked(&env, json!({})).await).await;
        let form = body(&request, holder.answer(&request));
        post(&env, &request, form.clone()).await.assert_ok();
        // The second response is refused, and is not recorded.
        let again = post(&env, &request, form).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        let list = ada.page("/wallet/shared").await;
        assert_eq!(
            list.matches("href=\"/wallet/presentations/").count(),
            count,
            "{list}"
        );
    }
}
