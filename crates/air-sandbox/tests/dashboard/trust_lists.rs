//! The forms of a verification program: its trust list, and the transactions of a request to a wallet.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{id_of, test_env, text};
use crate::openid4vc::{outsider::Outsider, presentations::fetched};

#[tokio::test]
async fn a_form_sets_shows_and_removes_a_trust_list() {
    let (env, browser) = test_env().await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let page = format!("/dashboard/verification/programs/{program}");
    let form = format!("{page}/trust-list");
    assert!(browser.page(&page).await.contains("Set the trust list"));

    let outsider = Outsider::new();
    let did = json!({ "name": "Registry", "did": "did:web:registry.example", "types": ["urn:a", "urn:b"] });
    let list = json!({ "issuers": [outsider.certified(), outsider.pinned(), did] }).to_string();
    let made = browser.make(&form, &[("trust-list", list.as_str())]).await;
    assert_eq!(made, format!("{page}?done=trusted"));
    let shown = browser.page(&made).await;
    for part in [
        "The trust list is set.",
        "<bdi>University</bdi>",
        "Authority of universities",
        "1 pinned key of",
        "did:web:registry.example",
        "<bdi>urn:b</bdi>",
        "Replace the trust list",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    // A rejected list is shown again, and the registered one stays.
    for (rejected, reason) in [
        ("{", "must be a JSON object"),
        ("[]", "must be a JSON object"),
        ("", "must be a JSON object"),
        (r#"{"issuers":[]}"#, "at least one party"),
        (r#"{"issuers":[{"name":"<b>"}]}"#, "trustList"),
    ] {
        let refused = browser.send(&form, &[("trust-list", rejected)]).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{rejected}");
        let page = refused.text().await.unwrap();
        assert!(page.contains(reason), "{reason}: {page}");
        assert!(
            page.contains("<bdi>University</bdi>") && !page.contains("<b>"),
            "{page}"
        );
    }

    for _ in 0..2 {
        let removed = browser.make(&format!("{form}/remove"), &[]).await;
        assert_eq!(removed, format!("{page}?done=no-trust-list"));
        assert!(browser.page(&removed).await.contains("Set the trust list"));
    }
}

#[tokio::test]
async fn a_request_has_the_transactions_of_the_form() {
    let (env, browser) = test_env().await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let page = format!("/dashboard/verification/programs/{program}");
    let form = format!("{page}/request");
    let transactions = json!([{ "type": "payment", "amount": "12.50" }]);
    let sent = transactions.to_string();
    let path = browser.make(&form, &[("transaction-data", sent.as_str())]).await;
    let shown = browser.page(&path).await;
    let link = super::wallets::fact(&shown, "Link");
    let request = fetched(&env, &json!({ "url": link })).await;
    let data: Vec<Value> = request
        .options()
        .transaction_data
        .iter()
        .map(|data| data.members().clone().into())
        .collect();
    assert_eq!(data.len(), 1, "{data:?}");
    assert_eq!(data[0]["amount"], "12.50");
    assert_eq!(id_of(&path), super::wallets::fact(&shown, "Request id"));

    for (rejected, reason) in [
        ("{}", "must be a JSON array of objects"),
        (r#"[{"amount":"1"}]"#, "must have a `type`"),
    ] {
        let refused = browser.send(&form, &[("transaction-data", rejected)]).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{rejected}");
        let page = refused.text().await.unwrap();
        assert!(page.contains(reason), "{reason}: {page}");
        assert!(page.contains("<details open>"), "{page}");
    }
}

#[tokio::test]
async fn the_forms_of_a_program_need_their_token_and_a_program() {
    let (env, browser) = test_env().await;
    let program = text(&env.ids, "/verificationPrograms/adult");
    let media_type = "application/x-www-form-urlencoded";
    for action in ["trust-list", "trust-list/remove", "request"] {
        let path = format!("/dashboard/verification/programs/{program}/{action}");
        let forged = browser.post(&path, media_type, b"trust-list={}".into());
        assert_eq!(forged.await.status(), StatusCode::FORBIDDEN, "{path}");
        let path = format!("/dashboard/verification/programs/nothing/{action}");
        let unknown = browser.send(&path, &[("trust-list", "{}")]).await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let path = format!("/sandbox/v1/verification-programs/{program}/trust-list");
    let (status, list) = env.call(Method::DELETE, &path, None, None).await;
    assert_eq!((status, &list["issuers"]), (StatusCode::OK, &json!([])));
}
