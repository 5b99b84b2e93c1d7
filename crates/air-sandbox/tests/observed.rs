//! What the platform tells of itself: metrics whose labels are its own, and a log without anybody's secrets.

mod support;

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use support::{CAK, World};
use tracing_subscriber::EnvFilter;

type Texts = HashMap<String, String>;

/// The samples by name and labels, and the types, of the text format (0.0.4).
fn parse(text: &str) -> (Texts, Texts) {
    let (mut samples, mut types) = (HashMap::new(), HashMap::new());
    for line in text.lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').expect(line);
            assert!(
                types.insert(name.to_owned(), kind.to_owned()).is_none(),
                "twice: {line}"
            );
        } else if !line.starts_with('#') && !line.is_empty() {
            let (series, value) = line.rsplit_once(' ').expect(line);
            let name = series.split('{').next().unwrap();
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
                "{line}"
            );
            value.parse::<f64>().expect(line);
            assert!(
                samples.insert(series.to_owned(), value.to_owned()).is_none(),
                "twice: {line}"
            );
        }
    }
    (samples, types)
}

async fn scrape(world: &World) -> (Texts, Texts) {
    let answer = world
        .http
        .get(format!("{}/metrics", world.platform.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let media_type = answer.headers()[header::CONTENT_TYPE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        media_type.starts_with("text/plain; version=0.0.4"),
        "{media_type}"
    );
    let text = answer.text().await.unwrap();
    parse(&text)
}

#[tokio::test]
async fn metrics_count_calls_by_template_and_what_the_store_has() {
    let world = World::start().await;
    let hash = world.issue_on_behalf("ada@example.com", &world.order()).await;
    world.wait_until_anchored(&hash).await;
    for number in 0..20 {
        let path = format!("/sandbox/v1/programs/nothing{number}");
        world.call(Method::GET, &path, None, None).await;
        let made_up = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        world
            .call(made_up, &format!("/nowhere/{number}"), None, None)
            .await;
    }
    let (samples, types) = scrape(&world).await;
    let sample = |series: &str| {
        samples
            .get(series)
            .map(String::as_str)
            .unwrap_or_else(|| panic!("no {series} in {:?}", samples.keys()))
    };
    let counted = |labels: &str| sample(&format!("air_http_requests_total{{{labels}}}"));
    assert_eq!(
        counted(r#"method="POST",route="/v1/credentials/issue-on-behalf",status="200""#),
        "1"
    );
    assert_eq!(
        counted(r#"method="GET",route="/sandbox/v1/programs/{program}",status="404""#),
        "20"
    );
    assert_eq!(counted(r#"method="other",route="unmatched",status="404""#), "20");
    assert_eq!(sample("air_credentials"), "1");
    assert_eq!(sample("air_ledger_anchored_entries"), "1");
    assert_eq!(sample("air_ledger_pending_entries"), "0");
    assert_eq!(sample("air_ledger_blocks"), "1");
    assert!(sample("air_uptime_seconds").parse::<f64>().unwrap() > 0.0);
    assert_eq!(
        sample(concat!(
            "air_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"}"
        )),
        "1"
    );
    assert_eq!(types["air_http_request_duration_seconds"], "histogram");
    let series = r#"method="GET",route="/sandbox/v1/programs/{program}""#;
    let bucket = format!("air_http_request_duration_seconds_bucket{{{series},le=\"");
    let mut buckets: Vec<(f64, u64)> = samples
        .iter()
        .filter_map(|(name, count)| {
            let bound = name.strip_prefix(&bucket)?.trim_end_matches("\"}");
            Some((bound.parse().unwrap(), count.parse().unwrap()))
        })
        .collect();
    buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    assert_eq!(buckets.len(), 13);
    assert!(buckets.is_sorted_by_key(|(_, count)| *count), "{buckets:?}");
    assert_eq!(buckets.last(), Some(&(f64::INFINITY, 20)));
    assert_eq!(
        sample(&format!("air_http_request_duration_seconds_count{{{series}}}")),
        "20"
    );
    for name in samples.keys() {
        assert!(!name.contains("nothing1") && !name.contains("nowhere"), "{name}");
    }
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_the_bearer_of_the_admin_token() {
    let world = World::start().await;
    let elsewhere = world
        .http
        .get(format!("{}/metrics", world.platform.url()))
        .header(header::ORIGIN, "https://evil.example");
    assert_eq!(elsewhere.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let config = air_sandbox::Config {
        listen: ([0, 0, 0, 0], 0).into(),
        ..air_sandbox::Config::default()
    };
    let open = air_sandbox::Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}/metrics", open.address().port());
    assert_eq!(
        world.http.get(&url).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let bearer = world.http.get(&url).bearer_auth(open.admin_token().unwrap());
    assert_eq!(bearer.send().await.unwrap().status(), StatusCode::OK);
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In a process of its own, as each test here: the log is the process's.
#[tokio::test]
async fn at_its_most_talkative_the_log_has_no_secret_and_nothing_personal() {
    let log = Log::default();
    let writer = log.clone();
    let ours = "air_sandbox=trace,air_fetch=trace,air_jwt=trace,air_vc=trace,air_api=trace,air_schema=trace,air_crypto=trace";
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(ours))
        .with_writer(move || writer.clone())
        .init();
    let world = World::start().await;
    let mut secrets: Vec<String> = [
        "ada@example.com",
        "bob-secret@example.com",
        "hook-secret",
        "query-secret",
        "key-secret",
        "fragment-secret",
    ]
    .map(str::to_owned)
    .into();
    let calls = AtomicUsize::new(0);
    let call = async |path: &str, token: &str, session: Option<&str>, body: Value| {
        let key = format!("key-secret-{}", calls.fetch_add(1, Ordering::Relaxed));
        let mut request = world
            .http
            .post(format!("{}{path}", world.platform.url()))
            .header("x-partner-auth", token)
            .header("idempotency-key", key)
            .json(&body);
        if let Some(session) = session {
            request = request.bearer_auth(session);
        }
        let answer = request.send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        (answer.status(), id, answer.json::<Value>().await.unwrap())
    };
    let issue = world.token(PartnerToken::issue);
    let on_behalf = world.on_behalf_token("bob-secret@example.com");
    secrets.extend([issue.clone(), on_behalf.clone()]);
    // The signatures alone, too.
    secrets.extend([&issue, &on_behalf].map(|token| token.rsplit_once('.').unwrap().1.to_owned()));

    let (_, login_id, session) = call(
        "/sandbox/v1/sessions",
        &issue,
        None,
        json!({ "email": "ada@example.com" }),
    )
    .await;
    let session = session["sessionToken"].as_str().unwrap().to_owned();
    secrets.push(session.clone());
    let mut order = world.order();
    order["credentialSubject"]["country"] = json!("UTO");
    order["cakPublicKey"] = json!(CAK);
    secrets.push(CAK[4..].to_owned());
    let (status, issue_id, issued) = call(
        "/sandbox/v1/credentials/issue",
        &issue,
        Some(&session),
        order.clone(),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    secrets.push(issued["credential"].as_str().unwrap().to_owned());
    // What is refused, by its token and by its subject.
    let expired = format!("{on_behalf}fragment-secret");
    let path = "/v1/credentials/issue-on-behalf";
    let (status, denied_id, _) = call(path, &expired, None, world.order()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let mut wrong = world.order();
    wrong["credentialSubject"]["country"] = json!("query-secret");
    wrong["credentialSubject"]["query-secret"] = json!(1);
    let (status, ..) = call(path, &on_behalf, None, wrong).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    // A callback to a URL with a secret in it, which nobody answers.
    let hook = json!({ "callbackUrl": "http://127.0.0.1:1/hook-secret?query-secret" });
    let (status, _, record) = call("/v1/issuer/modify", &issue, None, hook).await;
    assert_eq!(status, StatusCode::OK, "{record}");
    secrets.push(record["callbackSecret"].as_str().unwrap().to_owned());
    world
        .wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let verify = world.token(PartnerToken::verify);
    let program = json!({ "programId": world.ids["verificationPrograms"]["adult"] });
    let (_, _, started) = call("/sandbox/v1/verifications", &verify, Some(&session), program).await;
    let consent = format!(
        "/sandbox/v1/verifications/{}/consent",
        started["verificationId"].as_str().unwrap()
    );
    let (_, _, result) = call(&consent, &verify, Some(&session), json!({ "decision": "agree" })).await;
    assert_eq!(result["status"], "Compliant", "{result}");
    let attempted = async {
        loop {
            let listed = world
                .call(Method::GET, "/sandbox/v1/callbacks", Some(&issue), None)
                .await
                .1;
            if listed["callbacks"][0]["attempts"].get(0).is_some() {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), attempted)
        .await
        .unwrap();
    for query in [
        "/v1/catalog/search?q=query-secret",
        "/query-secret",
        "/v1/credentials/status?coreClaimHash=query-secret",
    ] {
        world.call(Method::GET, query, Some(&issue), None).await;
    }

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for told in [
        &login_id,
        &issue_id,
        &denied_id,
        "answered",
        "callback",
        "anchored",
        "/v1/issuer/modify",
        "/sandbox/v1/verifications/{verification}/consent",
    ] {
        assert!(text.contains(told), "{told} is not told of");
    }
    for line in text.lines() {
        serde_json::from_str::<Value>(line).expect("a line is JSON");
    }
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "the log has {secret}");
    }
}
