//! Each refusal names in `error_description` the specification and the section of the broken rule, so that
//! the developers of a wallet know what to read.

use air_oid4vc::vp::{Presentation, VpToken};
use serde_json::json;

use super::{
    code_flow::CodeFlow,
    presentations::{Holder, asked, body, fetched, post},
    wallet::{Answer, Wallet, keys},
};
use crate::support::TestEnv;

/// Checks the code of a refusal, and the section at the end of its description.
#[track_caller]
fn assert_cites(answer: &Answer, code: &str, section: &str) {
    assert_eq!(answer.body["error"], code, "{}", answer.body);
    let said = answer.text("error_description");
    assert!(said.ends_with(&format!("({section})")), "{said}");
}

#[tokio::test]
async fn refusals_of_the_token_endpoint_name_their_section() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let unknown =
        "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code=unknown";
    for (form, code, section) in [
        ("", "invalid_request", "OpenID4VCI 1.0, section 6.1"),
        (
            "grant_type=password",
            "unsupported_grant_type",
            "OpenID4VCI 1.0, section 6.1",
        ),
        (unknown, "invalid_grant", "OpenID4VCI 1.0, section 6.3"),
    ] {
        let answer = wallet.token_with(form.to_owned(), None).await;
        assert_cites(&answer, code, section);
    }
    let answer = wallet.token_with(unknown.to_owned(), Some("junk")).await;
    assert_cites(&answer, "invalid_dpop_proof", "RFC 9449, section 4.3");
    let proof = wallet.proof("token", None, None);
    let answer = wallet.token_with(unknown.to_owned(), Some(&proof)).await;
    assert_cites(&answer, "use_dpop_nonce", "RFC 9449, section 8");

    let url = wallet.url("token");
    let answer = Answer::of(env.http.post(&url).json(&json!({}))).await;
    assert_cites(&answer, "invalid_request", "RFC 6749, appendix B");
    let answer = Answer::of(env.http.post(format!("{url}?access_token=a"))).await;
    assert_cites(&answer, "invalid_request", "RFC 9700, section 4.3.2");

    let answer = CodeFlow::new(&env).push("a=b").await;
    assert_cites(&answer, "invalid_request", "RFC 6749, section 4.1.1");
}

#[tokio::test]
async fn refusals_of_protected_endpoints_name_their_section() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let answer = wallet.request("unknown", &json!({})).await;
    assert_cites(&answer, "invalid_token", "RFC 6750, section 3.1");
    let bearer = env.http.post(wallet.url("credential")).bearer_auth(&token);
    let answer = Answer::of(bearer.json(&json!({}))).await;
    assert_cites(&answer, "invalid_token", "RFC 9449, section 7.2");

    let order = |proof: &str| {
        let program = &env.ids["programs"]["adult"];
        json!({ "credential_configuration_id": program, "proofs": { "jwt": [proof] } })
    };
    let unknown = json!({ "credential_configuration_id": "unknown" });
    for (request, code, section) in [
        (json!([]), "invalid_credential_request", "8.2"),
        (json!({}), "invalid_credential_request", "8.2"),
        (unknown, "unknown_credential_configuration", "8.2"),
        (order("junk"), "invalid_proof", "F.4"),
        (wallet.order(&keys(1), "junk"), "invalid_nonce", "F.4"),
    ] {
        let answer = wallet.request(&token, &request).await;
        assert_cites(&answer, code, &format!("OpenID4VCI 1.0, section {section}"));
    }

    let nonce = wallet.nonces().await.1;
    let proof = wallet.proof("credential", Some(&nonce), Some(&token));
    wallet.ask("credential", &token, &proof, &json!({})).await;
    let answer = wallet.ask("credential", &token, &proof, &json!({})).await;
    assert_cites(&answer, "invalid_dpop_proof", "RFC 9449, section 11.1");

    let event = |event: &str| json!({ "notification_id": "1.a", "event": event });
    for (name, request, code, section) in [
        (
            "notification",
            event("credential_deleted"),
            "invalid_notification_id",
            "11.3",
        ),
        (
            "notification",
            event("other"),
            "invalid_notification_request",
            "11.1",
        ),
        (
            "deferred",
            json!({ "transaction_id": "unknown" }),
            "invalid_transaction_id",
            "9.3",
        ),
        ("deferred", json!({}), "invalid_credential_request", "9.1"),
    ] {
        let proof = wallet.proof(name, Some(&nonce), Some(&token));
        let answer = wallet.ask(name, &token, &proof, &request).await;
        assert_cites(&answer, code, &format!("OpenID4VCI 1.0, section {section}"));
    }
}

#[tokio::test]
async fn refusals_of_presentations_name_their_section() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let created = asked(&env, json!({ "encrypted": false })).await;
    let request = fetched(&env, &created).await;
    let of_another_session = holder.present("another-nonce-of-16-bytes", "x509_hash:another");
    let token = VpToken::new().with("credential", Presentation::Text(of_another_session));
    let answer = post(&env, &request, body(&request, token)).await;
    assert_cites(&answer, "invalid_request", "OpenID4VP 1.0, section 8.6");
    let twice = "vp_token=a&vp_token=b".to_owned();
    let answer = post(&env, &request, twice).await;
    assert_cites(&answer, "invalid_request", "OpenID4VP 1.0, section 8.2");

    let page = request.response_uri().unwrap().to_owned() + "/dc-api";
    let unsigned = json!({ "protocol": "openid4vp-v1-unsigned", "data": {} });
    for (credential, section) in [(json!({}), "A.4"), (unsigned, "A.1")] {
        let answer = Answer::of(env.http.post(&page).json(&credential)).await;
        let section = format!("OpenID4VP 1.0, section {section}");
        assert_cites(&answer, "invalid_request", &section);
    }
}
