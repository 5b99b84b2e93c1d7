//! The client of a signing service, against services that misbehave.

use std::{
    collections::VecDeque,
    fmt::Write,
    future::pending,
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use air_jwt::{JwkSet, PartnerToken, RsaSize, Signer, SignerError, SigningKey, UnixTime, Verifier};
use air_signers::{Error, RemoteSigner, RemoteUrl, Secret, remote::RemoteSignerBuilder};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{future::join_all, stream};
use serde_json::{Value, json};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const BEARER: &str = "hunter2-hunter2";
/// Long enough for a slow machine, where no test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// A time limit that a test waits for. A slow machine connects within it.
const SHORT: Duration = Duration::from_secs(5);

/// How the service answers a request to sign.
enum Answer {
    Signature,
    /// A signature of another message.
    OfAnotherMessage,
    Text(StatusCode, String),
    Busy(&'static str),
    BreaksOff,
    Never,
}

/// A signing service that answers as it is told, and with signatures after that.
struct Service {
    key: SigningKey,
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<(HeaderMap, Value)>>,
}

impl Service {
    fn new(key: SigningKey, answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self {
            key,
            answers: Mutex::new(answers.into_iter().collect()),
            requests: Mutex::default(),
        })
    }

    fn es256(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Self::new(SigningKey::generate(&mut rand::rng()), answers)
    }

    async fn start(self: &Arc<Self>) -> RemoteUrl {
        let router = Router::new().fallback(answer).with_state(Arc::clone(self));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/team#{}", self.key.kid())
            .parse()
            .unwrap()
    }

    /// A signer with time limits that no test reaches.
    async fn signer(self: &Arc<Self>) -> RemoteSigner {
        patient(self.start().await).connect().await.unwrap()
    }

    fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

fn patient(url: RemoteUrl) -> RemoteSignerBuilder {
    RemoteSigner::builder(url, Secret::new(BEARER).unwrap())
        .attempt_timeout(PATIENCE)
        .deadline(PATIENCE)
}

async fn answer(State(service): State<Arc<Service>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if headers.get("authorization").unwrap() != &format!("Bearer {BEARER}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match uri.path() {
        "/team/v1/keys" => return JwkSet::from(service.key.public_jwk()).to_json().into_response(),
        "/team/v1/sign" => {}
        _ => return StatusCode::NOT_FOUND.into_response(),
    }
    let request: Value = serde_json::from_slice(&body).unwrap();
    let message = URL_SAFE_NO_PAD
        .decode(request["message"].as_str().unwrap())
        .unwrap();
    service.requests.lock().unwrap().push((headers, request));
    let answer = service.answers.lock().unwrap().pop_front();
    let signed = |message: &[u8]| {
        let signature = URL_SAFE_NO_PAD.encode(service.key.sign(message));
        json!({ "signature": signature, "unknown": 1 })
            .to_string()
            .into_response()
    };
    match answer.unwrap_or(Answer::Signature) {
        Answer::Signature => signed(&message),
        Answer::OfAnotherMessage => signed(b"another message"),
        Answer::Text(status, text) => (status, text).into_response(),
        Answer::Busy(seconds) => {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", seconds)]).into_response()
        }
        Answer::BreaksOff => {
            let broken = Err::<Bytes, _>(io::Error::other("closed"));
            Body::from_stream(stream::once(async { broken })).into_response()
        }
        Answer::Never => pending().await,
    }
}

fn cause(error: &SignerError) -> &Error {
    std::error::Error::source(error)
        .and_then(|cause| cause.downcast_ref())
        .unwrap()
}

#[tokio::test]
async fn signs_with_each_algorithm() {
    let rsa = SigningKey::generate_rs256(RsaSize::Bits2048, &mut rand::rng());
    for service in [Service::es256([]), Service::new(rsa, [])] {
        let signer = service.signer().await;
        assert_eq!(signer.algorithm(), service.key.algorithm());
        assert_eq!(signer.kid(), service.key.kid());
        assert_eq!(signer.public_jwk(), service.key.public_jwk());
        let token = PartnerToken::issue("partner".parse().unwrap())
            .sign_with(&signer, NOW)
            .await
            .unwrap();
        let published = JwkSet::from(signer.public_jwk());
        assert!(
            Verifier::new(&published)
                .verify(token.expose_secret(), NOW)
                .is_ok()
        );
    }
}

#[tokio::test]
async fn sends_what_the_protocol_says() {
    let service = Service::es256([]);
    service.signer().await.sign(b"a message\xff").await.unwrap();
    let requests = service.requests.lock().unwrap();
    let [(headers, body)] = requests.as_slice() else {
        panic!("there is one request");
    };
    assert_eq!(headers["content-type"], "application/json");
    let expected = json!({
        "kid": service.key.kid(),
        "algorithm": "ES256",
        "message": URL_SAFE_NO_PAD.encode(b"a message\xff"),
    });
    assert_eq!(*body, expected);
}

#[tokio::test]
async fn statuses_are_errors_and_only_passing_ones_are_repeated() {
    for (status, expected, attempts) in [
        (400, "Refused", 1),
        (401, "Unauthorised", 1),
        (403, "Unauthorised", 1),
        (404, "UnknownKey", 1),
        (413, "Refused", 1),
        (422, "Refused", 1),
        (302, "Refused", 1),
        (204, "Refused", 1),
        (500, "Unavailable", 1),
        (429, "Unavailable", 2),
        (502, "Unavailable", 2),
        (503, "Unavailable", 2),
        (504, "Unavailable", 2),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let service = Service::es256((0..2).map(|_| Answer::Text(status, String::new())));
        let signer = patient(service.start().await)
            .attempts(2)
            .connect()
            .await
            .unwrap();
        let error = signer.sign(b"message").await.unwrap_err();
        let shown = format!("{:?}", cause(&error));
        assert!(shown.starts_with(expected), "{status}: {shown}");
        assert_eq!(service.requests(), attempts, "{status}");
        assert_eq!(
            cause(&error).is_retryable(),
            expected == "Unavailable",
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_is_repeated() {
    let service = Service::es256([Answer::BreaksOff, Answer::Busy("0")]);
    service.signer().await.sign(b"message").await.unwrap();
    assert_eq!(service.requests(), 3);

    let service = Service::es256([Answer::BreaksOff, Answer::BreaksOff, Answer::BreaksOff]);
    let error = service.signer().await.sign(b"message").await.unwrap_err();
    assert!(matches!(cause(&error), Error::Interrupted), "{:?}", cause(&error));
    assert_eq!(service.requests(), 3);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up() {
    let service = Service::es256([Answer::Never]);
    let signer = patient(service.start().await)
        .attempts(1)
        .attempt_timeout(SHORT)
        .connect()
        .await
        .unwrap();
    let error = signer.sign(b"message").await.unwrap_err();
    assert!(
        matches!(cause(&error), Error::TimedOut { limit } if *limit == SHORT),
        "{:?}",
        cause(&error)
    );
}

#[tokio::test]
async fn an_attempt_without_a_response_is_repeated() {
    let service = Service::es256([Answer::Never]);
    let signer = patient(service.start().await)
        .attempt_timeout(SHORT)
        .connect()
        .await
        .unwrap();
    signer.sign(b"message").await.unwrap();
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn the_deadline_ends_all_attempts() {
    let service = Service::es256([Answer::Busy("3600")]);
    let signer = patient(service.start().await)
        .deadline(SHORT)
        .connect()
        .await
        .unwrap();
    let started = Instant::now();
    let error = signer.sign(b"message").await.unwrap_err();
    assert!(
        matches!(cause(&error), Error::TimedOut { .. }),
        "{:?}",
        cause(&error)
    );
    assert!(started.elapsed() < PATIENCE);
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn waiting_for_other_requests_counts() {
    let service = Service::es256([Answer::Never]);
    let signer = patient(service.start().await)
        .concurrency(1)
        .deadline(SHORT)
        .connect()
        .await
        .unwrap();
    let began = Instant::now();
    let outcomes = join_all([signer.sign(b"one"), signer.sign(b"two")]).await;
    // One after the other, each with its own time, they would take longer.
    assert!(began.elapsed() < 2 * SHORT, "{:?}", began.elapsed());
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(
            matches!(cause(&error), Error::TimedOut { .. }),
            "{:?}",
            cause(&error)
        );
    }
}

#[tokio::test]
async fn no_more_requests_than_allowed_run_at_once() {
    let service = Service::es256([]);
    let signer = patient(service.start().await)
        .concurrency(2)
        .connect()
        .await
        .unwrap();
    let signatures = (0..20).map(|_| signer.sign(b"message"));
    assert!(join_all(signatures).await.iter().all(Result::is_ok));
    assert_eq!(service.requests(), 20);
}

#[tokio::test]
async fn answers_that_do_not_follow_the_protocol_are_refused() {
    let encoded = |bytes: &[u8]| json!({ "signature": URL_SAFE_NO_PAD.encode(bytes) }).to_string();
    let padded = json!({ "signature": "AAA=" }).to_string();
    for (text, expected) in [
        (String::new(), "InvalidResponse"),
        ("[]".to_owned(), "InvalidResponse"),
        ("{}".to_owned(), "InvalidResponse"),
        (json!({ "signature": 7 }).to_string(), "InvalidResponse"),
        (json!({ "signature": "%%" }).to_string(), "InvalidResponse"),
        (padded, "InvalidResponse"),
        (encoded(&[]), "SignatureLength { length: 0, expected: 64 }"),
        (encoded(&[1; 63]), "SignatureLength { length: 63, expected: 64 }"),
        (encoded(&[1; 65]), "SignatureLength { length: 65, expected: 64 }"),
        (
            encoded(&[0x30; 70]),
            "SignatureLength { length: 70, expected: 64 }",
        ),
        (encoded(&[1; 64]), "InvalidSignature"),
        ("x".repeat(64 * 1024 + 1), "ResponseTooLong { limit: 65536 }"),
        ("x".repeat(64 * 1024), "InvalidResponse"),
    ] {
        let service = Service::es256([Answer::Text(StatusCode::OK, text.clone())]);
        let error = service.signer().await.sign(b"message").await.unwrap_err();
        let shown = format!("{:?}", cause(&error));
        assert!(shown.starts_with(expected), "{text:.80}: {shown}");
        assert_eq!(service.requests(), 1, "{text:.80}");
    }
}

#[tokio::test]
async fn a_signature_by_another_key_or_of_another_message_is_refused() {
    let service = Service::es256([Answer::OfAnotherMessage]);
    let error = service.signer().await.sign(b"message").await.unwrap_err();
    assert!(
        matches!(cause(&error), Error::InvalidSignature),
        "{:?}",
        cause(&error)
    );
}

#[tokio::test]
async fn messages_have_a_limit() {
    let service = Service::es256([]);
    let signer = service.signer().await;
    let error = signer.sign(&vec![0; 1024 * 1024 + 1]).await.unwrap_err();
    let expected = matches!(cause(&error), Error::MessageTooLong { limit: 1_048_576, .. });
    assert!(expected, "{:?}", cause(&error));
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn connecting_names_the_problem() {
    let service = Service::es256([]);
    let url = service.start().await;
    let other_key: RemoteUrl = url
        .to_string()
        .replace(service.key.kid().as_str(), "other")
        .parse()
        .unwrap();
    let error = patient(other_key).connect().await.unwrap_err();
    assert!(
        matches!(&error, Error::UnknownKey { kid } if kid == "other"),
        "{error:?}"
    );

    let wrong = RemoteSigner::builder(url, Secret::new("wrong").unwrap());
    let error = wrong.connect().await.unwrap_err();
    assert!(matches!(error, Error::Unauthorised { status: 401 }), "{error:?}");

    // No server listens on port 1.
    let closed = "http://127.0.0.1:1/#k".parse().unwrap();
    let error = patient(closed).attempts(1).connect().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn nothing_shows_the_bearer_token_or_an_answer() {
    let secret = "a-secret-in-an-answer";
    let service = Service::es256([
        Answer::Text(StatusCode::FORBIDDEN, secret.to_owned()),
        Answer::Text(StatusCode::OK, secret.to_owned()),
    ]);
    let url = service.start().await;
    let builder = patient(url);
    let mut shown = format!("{builder:?}");
    let signer = builder.connect().await.unwrap();
    let _ = write!(shown, "{signer:?}");
    for _ in 0..2 {
        let error = signer.sign(b"message").await.unwrap_err();
        let _ = write!(shown, "{error} {error:?} {}", cause(&error));
    }
    assert!(!shown.contains(BEARER), "{shown}");
    assert!(!shown.contains(secret), "{shown}");
}
