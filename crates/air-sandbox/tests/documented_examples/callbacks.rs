//! The calls around the callback of a released key.

use reqwest::{Method, StatusCode};

use super::{forms::has_exactly, support::TestEnv};

#[tokio::test]
async fn the_calls_around_a_callback_return_the_record() {
    let env = TestEnv::start().await;
    let issue = env.platform.issue_token().unwrap();
    let verify = env.platform.verify_token().unwrap();
    let call = async |token: &air_jwt::PartnerJwt, path: &str, body: String| {
        let answer = env
            .call(Method::POST, path, Some(token.expose_secret()), Some(body))
            .await;
        assert_eq!(answer.0, StatusCode::OK, "{}", answer.1);
        answer.1
    };
    let url = "https://issuer.example/callback";
    let record = call(
        &issue,
        "/v1/issuer/modify",
        format!(r#"{{"callbackUrl": "{url}"}}"#),
    )
    .await;
    has_exactly(&record, &["issuerDid", "callbackUrl", "callbackSecret"]);
    assert_eq!(record["callbackUrl"], url);
    let issuer = env.platform.issuer_did();
    let opened = call(
        &verify,
        "/v1/verifier/verify/initialize",
        format!(r#"{{"issuerDid": "{issuer}"}}"#),
    )
    .await;
    has_exactly(&opened, &["recordId", "issuerDid", "verifierDid", "status"]);
    // NOT_SEND.
    assert_eq!(opened["status"], -1);
}
