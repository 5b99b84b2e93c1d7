//! Presentations through the Digital Credentials API, as the page of a request sends them.

use air_mdoc::{DcApiHandover, RedirectHandover, SessionTranscript};
use air_oid4vc::vp::{AuthorizationRequest, AuthorizationResponse, ErrorCode, Presentation, VpToken};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    mdoc_presentations,
    presentations::{Holder, asked, encrypted, request_uri, state, verified},
    wallet::Answer,
};
use crate::support::TestEnv;

const PROTOCOL: &str = "openid4vp-v1-signed";

/// The request that the page passes to the browser, as a wallet reads it.
async fn fetched(env: &TestEnv, created: &Value) -> AuthorizationRequest {
    let url = format!("{}/dc-api", request_uri(created));
    let answer = Answer::of(env.http.get(url)).await;
    answer.assert_ok();
    assert_eq!(answer.headers["cache-control"], "no-store");
    let requests = answer.body["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["protocol"], PROTOCOL);
    let object = requests[0]["data"]["request"].as_str().unwrap();
    let request = verified(object, created, None);
    request.check_origin(&env.platform.url()).unwrap();
    assert!(request.response_mode().is_dc_api());
    request
}

/// `data` of the browser's credential: encrypted if the request says so.
fn data(request: &AuthorizationRequest, response: &AuthorizationResponse) -> Value {
    let members = Value::Object(response.to_members());
    if request.response_mode().is_encrypted() {
        json!({ "response": encrypted(request, &members) })
    } else {
        members
    }
}

async fn post(env: &TestEnv, created: &Value, body: &Value) -> Answer {
    let url = request_uri(created).replace("/requests/", "/responses/");
    Answer::of(env.http.post(format!("{url}/dc-api")).json(body)).await
}

async fn present(env: &TestEnv, created: &Value, request: &AuthorizationRequest, token: VpToken) -> Answer {
    let response = AuthorizationResponse::presented(token, request);
    let body = json!({ "protocol": PROTOCOL, "data": data(request, &response) });
    post(env, created, &body).await
}

/// The presentation of an SD-JWT VC to a page.
fn sd_jwt(holder: &Holder<'_>, request: &AuthorizationRequest, origin: &str) -> VpToken {
    let audience = request.audience(Some(origin)).unwrap();
    let presentation = holder.present(request.nonce().as_str(), &audience);
    VpToken::new().with("credential", Presentation::Text(presentation))
}

/// The presentation of an mdoc to a page.
fn mdoc(holder: &mdoc_presentations::Holder<'_>, request: &AuthorizationRequest, origin: &str) -> VpToken {
    let transcript = SessionTranscript::from(&DcApiHandover {
        origin,
        nonce: request.nonce().as_str(),
        jwk_thumbprint: mdoc_presentations::thumbprint(request),
    });
    let response = holder.present(&transcript).to_base64url();
    VpToken::new().with("mdoc", Presentation::Text(response))
}

#[tokio::test]
async fn a_page_presents_either_format_encrypted_and_plain() {
    let env = TestEnv::start().await;
    let origin = env.platform.url();
    for format in ["mso_mdoc", "dc+sd-jwt"] {
        for encrypted in [true, false] {
            let (by_mdoc, by_sd_jwt) = match format {
                "mso_mdoc" => (Some(mdoc_presentations::Holder::of(&env).await), None),
                _ => (None, Some(Holder::with_credential(&env).await)),
            };
            let created = asked(&env, json!({ "formats": [format], "encrypted": encrypted })).await;
            let request = fetched(&env, &created).await;
            assert_eq!(request.response_mode().is_encrypted(), encrypted);
            let token = match (&by_mdoc, &by_sd_jwt) {
                (Some(holder), _) => mdoc(holder, &request, &origin),
                (_, Some(holder)) => sd_jwt(holder, &request, &origin),
                _ => unreachable!("one of them has a credential"),
            };
            present(&env, &created, &request, token.clone()).await.assert_ok();
            let state = state(&env, &created).await;
            assert_eq!(state["result"]["status"], "Compliant", "{format}: {state}");
            // The response ended the request.
            let again = present(&env, &created, &request, token).await;
            assert_eq!(again.status, StatusCode::NOT_FOUND);
        }
    }
}

#[tokio::test]
async fn a_response_of_another_origin_or_channel_is_refused() {
    let env = TestEnv::start().await;
    let origin = env.platform.url();
    let elsewhere = "https://attacker.example";
    let by_mdoc = mdoc_presentations::Holder::of(&env).await;
    let created = asked(&env, json!({ "formats": ["mso_mdoc"] })).await;
    let request = fetched(&env, &created).await;
    let client_id = request.client_id().unwrap().to_string();
    let redirect = SessionTranscript::from(&RedirectHandover {
        client_id: &client_id,
        nonce: request.nonce().as_str(),
        jwk_thumbprint: mdoc_presentations::thumbprint(&request),
        response_uri: &request_uri(&created).replace("/requests/", "/responses/"),
    });
    let redirect = by_mdoc.present(&redirect).to_base64url();
    let redirect = VpToken::new().with("mdoc", Presentation::Text(redirect));
    for token in [mdoc(&by_mdoc, &request, elsewhere), redirect] {
        let answer = present(&env, &created, &request, token).await;
        answer.assert_refused(400, "invalid_request");
        let said = answer.text("error_description");
        assert!(said.contains("invalid device signature"), "{said}");
    }
    // The response URI accepts no presentation that was made for the page.
    let direct = super::presentations::fetched(&env, &created).await;
    let form = super::presentations::body(&direct, mdoc(&by_mdoc, &request, &origin));
    let answer = super::presentations::post(&env, &direct, form).await;
    answer.assert_refused(400, "invalid_request");
    let token = mdoc(&by_mdoc, &request, &origin);
    present(&env, &created, &request, token).await.assert_ok();

    let by_sd_jwt = Holder::with_credential(&env).await;
    let created = asked(&env, json!({})).await;
    let request = fetched(&env, &created).await;
    let answer = present(&env, &created, &request, sd_jwt(&by_sd_jwt, &request, elsewhere)).await;
    answer.assert_refused(400, "invalid_request");
    let token = sd_jwt(&by_sd_jwt, &request, &origin);
    present(&env, &created, &request, token).await.assert_ok();
}

#[tokio::test]
async fn a_body_that_is_not_the_browsers_credential_is_refused() {
    let env = TestEnv::start().await;
    let created = asked(&env, json!({})).await;
    let request = fetched(&env, &created).await;
    let refusal = AuthorizationResponse::refusal(ErrorCode::AccessDenied, Some(&request));
    let plain = Value::Object(refusal.to_members());
    for body in [
        json!(null),
        json!({ "protocol": PROTOCOL }),
        json!({ "protocol": PROTOCOL, "data": "text" }),
        json!({ "protocol": "openid4vp-v1-unsigned", "data": plain }),
        json!({ "protocol": PROTOCOL, "data": {} }),
        json!({ "protocol": PROTOCOL, "data": { "response": "junk" } }),
        // A response that should be encrypted.
        json!({ "protocol": PROTOCOL, "data": { "vp_token": { "credential": ["a"] } } }),
    ] {
        let answer = post(&env, &created, &body).await;
        assert_eq!(answer.body["error"], "invalid_request", "{body}: {}", answer.body);
    }
    let url = request_uri(&created).replace("/requests/", "/responses/") + "/dc-api";
    let form = env
        .http
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = Answer::of(form.body("response=junk")).await;
    answer.assert_refused(400, "invalid_request");
    // A refusal may be plain.
    let body = json!({ "protocol": PROTOCOL, "data": plain });
    post(&env, &created, &body).await.assert_ok();
    assert_eq!(state(&env, &created).await["state"], "refused");
    let unknown = json!({ "url": created["url"].as_str().unwrap().replace("requests%2F", "requests%2Fx") });
    let answer = Answer::of(env.http.get(format!("{}/dc-api", request_uri(&unknown)))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
