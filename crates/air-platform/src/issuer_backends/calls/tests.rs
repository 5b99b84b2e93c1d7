//! Backends that do not respond, or send an unexpected response.

use std::time::Duration;

use axum::{Router, http::StatusCode, response::IntoResponse, routing::post};
use tokio::net::TcpListener;

use super::*;
use crate::{Clock, RefusalKind};
use air_ids::UnixTime;

const SECRET: &str = "the-key-of-the-backend";

fn holder() -> Holder<'static> {
    Holder {
        did: "did:air:id:test:x",
        pub_key: "0x00",
        user_id: "ada@example.com",
        schema_id: "schema",
        proof_type: ProofType::SdJwtVc,
        signing_key: None,
    }
}

fn backend(url: &str) -> IssuerBackend {
    IssuerBackend {
        partner_id: "7f01c42c-02cf-4325-96ed-ba034700f724".parse().unwrap(),
        did: "did:web:localhost".parse().unwrap(),
        available_vc_url: url.to_owned(),
        issue_vc_url: url.to_owned(),
        revocation_status_url: None,
        api_key: SECRET.to_owned(),
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn app() -> App {
    App::for_tests(Clock::new(|| UnixTime::from_secs(1_800_000_000))).await
}

#[tokio::test]
async fn each_status_says_what_to_do_and_whether_it_may_have_been_done() {
    let app = app().await;
    for (status, expected, is_unclear) in [
        (StatusCode::FORBIDDEN, "register the backend again", false),
        (StatusCode::NOT_FOUND, "no such schema", false),
        (StatusCode::BAD_REQUEST, "it responded with 400", false),
        (StatusCode::TOO_MANY_REQUESTS, "try again later", false),
        (StatusCode::SERVICE_UNAVAILABLE, "try again later", true),
        (StatusCode::INTERNAL_SERVER_ERROR, "it responded with 500", true),
        (StatusCode::FOUND, "it responded with 302", false),
    ] {
        let answer = move || async move { (status, [("retry-after", "7")], "ada@example.com") };
        let url = serve(Router::new().route("/", post(answer))).await;
        let failure = issue_vc(&app, &backend(&url), &holder()).await.unwrap_err();
        let message = failure.refusal.message();
        assert!(
            message.starts_with("issuer backend unavailable: issue-vc: "),
            "{message}"
        );
        assert!(message.contains(expected), "{status}: {message}");
        assert!(
            !message.contains("ada@") && !message.contains(SECRET),
            "{message}"
        );
        assert_eq!(failure.is_unclear, is_unclear, "{status}");
        assert_eq!(failure.refusal.kind(), RefusalKind::Unavailable);
        let is_busy = matches!(status.as_u16(), 429 | 503);
        assert_eq!(
            failure.refusal.seconds_to_wait(),
            is_busy.then_some(7),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_response_that_is_late_or_too_long_leaves_it_unclear() {
    let app = app().await;
    let never = || async { std::future::pending::<()>().await };
    let url = serve(Router::new().route("/", post(never))).await;
    let hasty = Call {
        time: Duration::from_millis(50),
        ..ISSUE_VC
    };
    let failure = hasty
        .send(&app, &backend(&url), &url, &holder())
        .await
        .unwrap_err();
    assert!(failure.is_unclear);
    assert!(failure.refusal.message().contains("did not respond within"));

    let long = || async { vec![b'a'; ISSUE_VC.limit + 1].into_response() };
    let url = serve(Router::new().route("/", post(long))).await;
    let failure = issue_vc(&app, &backend(&url), &holder()).await.unwrap_err();
    assert!(failure.is_unclear && failure.refusal.message().contains("longer than"));
}

#[tokio::test]
async fn a_backend_that_is_not_there_was_not_called() {
    let app = app().await;
    // No server listens on port 1.
    for url in ["http://127.0.0.1:1", "https://10.0.0.1/issue-vc"] {
        let failure = issue_vc(&app, &backend(url), &holder()).await.unwrap_err();
        assert!(!failure.is_unclear, "{url}");
        assert_eq!(failure.refusal.reason(), Some(Reason::IssuerBackend));
    }
}

#[tokio::test]
async fn a_preview_of_another_form_is_refused() {
    let app = app().await;
    let key = HolderPrivateKey::generate(&mut rand::rng());
    let foreign = HolderPrivateKey::generate(&mut rand::rng()).public_key();
    let sealed = |plaintext: &str, to: &air_crypto::holder::HolderPublicKey| {
        let envelope = to.seal(plaintext.as_bytes(), &mut rand::rng()).unwrap();
        serde_json::json!({ "data": [{ "holderDID": "did:air:id:test:x", "schemaId": "schema", "proofType": "SD_JWT_VC",
            "credentialSubject": {
                "encryptedData": STANDARD.encode(envelope.data()), "iv": STANDARD.encode(envelope.iv()),
                "authTag": STANDARD.encode(envelope.auth_tag()),
                "dataEncPublicKey": STANDARD.encode(envelope.ephemeral_key().to_spki_der()) } }] })
        .to_string()
    };
    for (answer, expected) in [
        ("{}".to_owned(), "as documented"),
        ("[".to_owned(), "as documented"),
        (r#"{"data":[]}"#.to_owned(), "offers no SD_JWT_VC"),
        (sealed("{}", &foreign), "does not open"),
        (sealed("\"a.b.c~\"", &key.public_key()), "as a JSON object"),
        (
            sealed("{}", &key.public_key()).replace("\"iv\":\"", "\"iv\":\"*"),
            "base64",
        ),
        (
            sealed("{}", &key.public_key()).replace("SD_JWT_VC", "BJJ_SIG_2021"),
            "offers no",
        ),
    ] {
        let body = answer.clone();
        let route = post(move || async move { (StatusCode::CREATED, body) });
        let url = serve(Router::new().route("/", route)).await;
        let refused = available_vc(&app, &backend(&url), &holder(), &key)
            .await
            .unwrap_err();
        assert!(
            refused.message().contains(expected),
            "{answer}: {}",
            refused.message()
        );
        assert_eq!(refused.reason(), Some(Reason::IssuerBackend));
    }
    // Mismatch 8: the documents name no status, and the vendor's service responds with 201.
    for status in [StatusCode::OK, StatusCode::CREATED] {
        let good = sealed(r#"{"age":21}"#, &key.public_key());
        let route = post(move || async move { (status, good) });
        let url = serve(Router::new().route("/", route)).await;
        let subject = available_vc(&app, &backend(&url), &holder(), &key).await.unwrap();
        assert_eq!(subject["age"], 21, "{status}");
    }
}

#[tokio::test]
async fn mismatch_8_each_2xx_is_a_success() {
    let app = app().await;
    for status in [
        StatusCode::OK,
        StatusCode::CREATED,
        StatusCode::ACCEPTED,
        StatusCode::NO_CONTENT,
    ] {
        let url = serve(Router::new().route("/", post(move || async move { status }))).await;
        let issued = issue_vc(&app, &backend(&url), &holder()).await;
        assert!(issued.is_ok(), "{status}: {issued:?}");
    }
}
