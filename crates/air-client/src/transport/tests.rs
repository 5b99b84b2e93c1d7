//! Tests of retries, with paused time.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use air_api::{CoreClaimHash, IDEMPOTENCY_KEY_HEADER, IdempotencyKey, IssueOnBehalf, OnDuplicate};
use tokio::time::Instant;

use super::{Answer, NoResponse, Wire, fake_transport::FakeTransport};
use crate::{AirClient, AirClientBuilder, Environment, Error};

const ISSUED: &str = r#"{"coreClaimHash":"abababababababababababababababababababababababababababababababab",
    "credentialId":"c21","userUuid":"u"}"#;

/// A scripted behaviour. The last one is repeated.
#[derive(Clone, Copy)]
enum Reply {
    Status(u16, Option<&'static str>),
    Lost(NoResponse),
    Never,
}

struct TestEnv {
    client: AirClient,
    sent: Arc<AtomicUsize>,
    keys: Arc<Mutex<Vec<String>>>,
}

fn test_env(
    replies: &'static [Reply],
    settings: impl FnOnce(AirClientBuilder) -> AirClientBuilder,
) -> TestEnv {
    let sent = Arc::new(AtomicUsize::new(0));
    let keys = Arc::new(Mutex::new(Vec::new()));
    let (count, seen) = (sent.clone(), keys.clone());
    let fake = FakeTransport::new(move |request| {
        if let Some(key) = request.headers().get(IDEMPOTENCY_KEY_HEADER) {
            seen.lock().unwrap().push(key.to_str().unwrap().to_owned());
        }
        let reply = replies[count.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1)];
        async move {
            match reply {
                Reply::Status(200, _) => Ok(Answer::new(200, &[], ISSUED)),
                Reply::Status(status, after) => {
                    let mut headers = vec![("x-request-id", "r-1")];
                    headers.extend(after.map(|after| ("retry-after", after)));
                    Ok(Answer::new(status, &headers, "{}"))
                }
                Reply::Lost(loss) => Err(loss),
                Reply::Never => std::future::pending().await,
            }
        }
    });
    let environment = Environment::at("https://platform.example").unwrap();
    TestEnv {
        client: settings(AirClient::builder(environment)).over(Wire::Fake(fake)),
        sent,
        keys,
    }
}

impl TestEnv {
    async fn issue(&self, on_duplicate: OnDuplicate) -> Result<(), Error> {
        self.client
            .issue_on_behalf("token", &order(on_duplicate))
            .await
            .map(drop)
    }

    async fn issue_once(&self, key: &str) -> Result<(), Error> {
        let key: IdempotencyKey = key.parse().unwrap();
        let order = order(OnDuplicate::Revoke);
        self.client
            .issue_on_behalf_once("token", &order, &key)
            .await
            .map(drop)
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

fn order(on_duplicate: OnDuplicate) -> IssueOnBehalf {
    IssueOnBehalf {
        issuer_did: "did:air:id:test:x".parse().unwrap(),
        program: "c21".parse().unwrap(),
        credential_subject: serde_json::Map::new(),
        on_duplicate,
    }
}

fn as_it_is(builder: AirClientBuilder) -> AirClientBuilder {
    builder
}

fn keeps_keys(builder: AirClientBuilder) -> AirClientBuilder {
    builder.keeps_idempotency_keys(true)
}

const DOUBTFUL: [&[Reply]; 5] = [
    &[Reply::Lost(NoResponse::Broken), Reply::Status(200, None)],
    &[Reply::Lost(NoResponse::TimedOut), Reply::Status(200, None)],
    &[Reply::Status(500, None), Reply::Status(200, None)],
    &[Reply::Status(503, None), Reply::Status(200, None)],
    &[Reply::Status(408, None), Reply::Status(200, None)],
];

#[tokio::test(start_paused = true)]
async fn what_might_issue_twice_is_sent_once() {
    for replies in DOUBTFUL {
        let env = test_env(replies, as_it_is);
        let error = env.issue(OnDuplicate::Revoke).await.unwrap_err();
        assert!(error.is_retryable() && !error.is_safe_to_repeat(), "{error:?}");
        assert_eq!(env.sent(), 1, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_ignores_duplicates_or_is_known_by_its_key_is_sent_again() {
    for replies in DOUBTFUL {
        let ignoring = test_env(replies, as_it_is);
        ignoring.issue(OnDuplicate::Ignore).await.unwrap();
        assert_eq!(ignoring.sent(), 2);
        let keeping = test_env(replies, keeps_keys);
        keeping.issue(OnDuplicate::Revoke).await.unwrap();
        let keys = keeping.keys.lock().unwrap();
        assert!(
            keys.len() == 2 && keys[0] == keys[1],
            "one call, one key: {keys:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_done_is_always_sent_again() {
    const REFUSED: [&[Reply]; 4] = [
        &[Reply::Lost(NoResponse::NotConnected), Reply::Status(200, None)],
        &[Reply::Status(429, None), Reply::Status(200, None)],
        &[Reply::Status(503, Some("1")), Reply::Status(200, None)],
        &[Reply::Status(409, Some("1")), Reply::Status(200, None)],
    ];
    for replies in REFUSED {
        let env = test_env(replies, as_it_is);
        env.issue(OnDuplicate::Revoke).await.unwrap();
        assert_eq!(env.sent(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_key_makes_a_second_call_unsafe_and_a_kept_one_does_not() {
    let env = test_env(&[Reply::Status(500, None)], keeps_keys);
    let error = env.issue(OnDuplicate::Revoke).await.unwrap_err();
    assert_eq!(env.sent(), 4);
    assert!(!error.is_safe_to_repeat());
    let error = env.issue_once("mine").await.unwrap_err();
    assert!(error.is_safe_to_repeat());
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(env.keys.lock().unwrap()[4..], ["mine"; 4]);
}

#[tokio::test(start_paused = true)]
async fn waits_as_long_as_it_is_told_and_no_longer_than_the_deadline() {
    let patient = test_env(
        &[Reply::Status(429, Some("20")), Reply::Status(200, None)],
        as_it_is,
    );
    let started = Instant::now();
    patient.issue(OnDuplicate::Revoke).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 20);

    let hurried = test_env(&[Reply::Status(429, Some("20"))], |builder| {
        builder.deadline(Duration::from_secs(19))
    });
    let started = Instant::now();
    let error = hurried.issue(OnDuplicate::Revoke).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(20)));
    assert_eq!((hurried.sent(), started.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_silent_is_left_at_the_deadline() {
    let env = test_env(&[Reply::Never], as_it_is);
    let started = Instant::now();
    let error = env.issue(OnDuplicate::Ignore).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TimedOut {
                safe_to_repeat: true,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(started.elapsed(), Duration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted() {
    for attempts in [0, 1, 3] {
        let env = test_env(&[Reply::Status(429, None)], |builder| builder.attempts(attempts));
        assert!(env.issue(OnDuplicate::Ignore).await.is_err());
        assert_eq!(env.sent(), attempts.max(1) as usize);
    }
}

#[tokio::test(start_paused = true)]
async fn after_many_failures_nothing_is_sent_until_a_probe_succeeds() {
    const FAILS_TWELVE_TIMES: [Reply; 12] = {
        let mut replies = [Reply::Status(500, None); 12];
        replies[11] = Reply::Status(200, None);
        replies
    };
    let env = test_env(&FAILS_TWELVE_TIMES, |builder| builder.attempts(1));
    for _ in 0..10 {
        assert!(matches!(
            env.issue(OnDuplicate::Ignore).await,
            Err(Error::PlatformFailed { .. })
        ));
    }
    let open = env.issue(OnDuplicate::Ignore).await.unwrap_err();
    assert!(matches!(open, Error::CircuitOpen { .. }), "{open:?}");
    assert!(open.is_retryable() && open.is_safe_to_repeat());
    assert_eq!(env.sent(), 10);
    tokio::time::advance(open.retry_after().unwrap()).await;
    assert!(env.issue(OnDuplicate::Ignore).await.is_err());
    assert_eq!(env.sent(), 11);
    let again = env
        .issue(OnDuplicate::Ignore)
        .await
        .unwrap_err()
        .retry_after()
        .unwrap();
    assert!(again > Duration::from_secs(1));
    tokio::time::advance(again).await;
    env.issue(OnDuplicate::Ignore).await.unwrap();
    env.issue(OnDuplicate::Ignore).await.unwrap();
    let hash = CoreClaimHash::from_bytes([0; 32]);
    assert!(!matches!(
        env.client.status("token", hash).await,
        Err(Error::CircuitOpen { .. })
    ));
}

fn signing(builder: AirClientBuilder) -> AirClientBuilder {
    builder
        .partner("f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11".parse().unwrap())
        .signing_key(air_jwt::SigningKey::generate(&mut rand::rng()))
}

/// Issues to the same recipient until the replies end. Returns the number of requests after each call.
async fn issue_signed(replies: &'static [Reply], calls: usize) -> Vec<(bool, usize)> {
    let env = test_env(replies, signing);
    let ada: air_jwt::EmailAddress = "ada@example.com".parse().unwrap();
    let order = order(OnDuplicate::Revoke);
    let mut outcomes = Vec::new();
    for _ in 0..calls {
        let issued = env.client.issue_on_behalf(&ada, &order).await;
        outcomes.push((issued.is_ok(), env.sent()));
    }
    outcomes
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_that_was_used_before_is_signed_again_once() {
    const ONE_REFUSAL: &[Reply] = &[
        Reply::Status(200, None),
        Reply::Status(401, None),
        Reply::Status(200, None),
    ];
    const REFUSALS: &[Reply] = &[Reply::Status(200, None), Reply::Status(401, None)];
    assert_eq!(issue_signed(ONE_REFUSAL, 2).await, [(true, 1), (true, 3)]);
    assert_eq!(
        issue_signed(REFUSALS, 3).await,
        [(true, 1), (false, 3), (false, 4)]
    );
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_named_and_not_shown() {
    let env = test_env(&[Reply::Status(200, None)], as_it_is);
    let order = order(OnDuplicate::Ignore);
    let error = env.client.issue_on_behalf("secret\n", &order).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::InvalidRequest {
                header: "x-partner-auth"
            }
        ),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains("secret"));
}
