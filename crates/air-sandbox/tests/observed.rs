//! Observability: metrics with labels from a fixed set, and a log without secrets.

#[allow(dead_code, unused_imports, reason = "`all` uses the rest")]
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
use support::{CAK, TestEnv};
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

async fn scrape(env: &TestEnv) -> (Texts, Texts) {
    let answer = env
        .http
        .get(format!("{}/metrics", env.platform.url()))
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
    let env = TestEnv::start().await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    for number in 0..20 {
        let path = format!("/sandbox/v1/programs/nothing{number}");
        env.call(Method::GET, &path, None, None).await;
        let made_up = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        env.call(made_up, &format!("/nowhere/{number}"), None, None).await;
    }
    let (samples, types) = scrape(&env).await;
    let sample = |series: &str| {
        samples
            .get(series)
            .map_or_else(|| panic!("no {series} in {:?}", samples.keys()), String::as_str)
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
    // Blocks and callbacks are looked for in between.
    assert!(sample("air_store_changes_waiting").parse::<u8>().unwrap() <= 2);
    assert!(sample("air_uptime_seconds").parse::<f64>().unwrap() > 0.0);
    assert_eq!(
        sample(concat!(
            "air_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"}"
        )),
        "1"
    );
    // A failure is an increase only if its series existed before.
    for series in [
        "air_callbacks_waiting",
        "air_callback_attempts_total{outcome=\"unreachable\"}",
        "air_message_attempts_total{outcome=\"refused\"}",
        "air_store_errors_total{during=\"issuance_batch\"}",
    ] {
        assert_eq!(sample(series), "0");
    }
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
    let env = TestEnv::start().await;
    let elsewhere = env
        .http
        .get(format!("{}/metrics", env.platform.url()))
        .header(header::ORIGIN, "https://evil.example");
    assert_eq!(elsewhere.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let mut config = air_sandbox::Config::default();
    config.listen = ([0, 0, 0, 0], 0).into();
    let open = air_sandbox::Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}/metrics", open.address().port());
    assert_eq!(
        env.http.get(&url).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let bearer = env.http.get(&url).bearer_auth(open.admin_token().unwrap());
    assert_eq!(bearer.send().await.unwrap().status(), StatusCode::OK);
}

/// The logged lines.
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

/// An environment whose calls bring secrets, and answer some.
struct Talk {
    env: TestEnv,
    calls: AtomicUsize,
    secrets: Vec<String>,
}

impl Talk {
    /// One call under a key of its own; its status, its id and its answer.
    async fn post(
        &self,
        path: &str,
        token: &str,
        session: Option<&str>,
        body: Value,
    ) -> (StatusCode, String, Value) {
        let key = format!("key-secret-{}", self.calls.fetch_add(1, Ordering::Relaxed));
        let mut request = self
            .env
            .http
            .post(format!("{}{path}", self.env.platform.url()))
            .header("x-partner-auth", token)
            .header("idempotency-key", key)
            .json(&body);
        if let Some(session) = session {
            request = request.bearer_auth(session);
        }
        let answer = request.send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        (answer.status(), id, answer.json().await.unwrap())
    }

    /// Logs a user in and issues; the session, and the ids of both calls.
    async fn issue(&mut self, token: &str) -> (String, [String; 2]) {
        let login = json!({ "email": "ada@example.com" });
        let (_, login_id, session) = self.post("/sandbox/v1/sessions", token, None, login).await;
        let session = session["sessionToken"].as_str().unwrap().to_owned();
        let mut order = self.env.order();
        order["cakPublicKey"] = json!(CAK);
        let path = "/sandbox/v1/credentials/issue";
        let (status, issue_id, issued) = self.post(path, token, Some(&session), order).await;
        assert_eq!(status, StatusCode::OK, "{issued}");
        self.env
            .wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
            .await;
        self.secrets.extend([
            session.clone(),
            CAK[4..].to_owned(),
            issued["credential"].as_str().unwrap().to_owned(),
        ]);
        (session, [login_id, issue_id])
    }

    /// Sends requests that are refused for their token, subject and query. Returns the first one's id.
    async fn be_refused(&self, token: &str) -> String {
        let path = "/v1/credentials/issue-on-behalf";
        let forged = format!("{token}forged-secret");
        let (status, id, _) = self.post(path, &forged, None, self.env.order()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let mut wrong = self.env.order();
        wrong["credentialSubject"]["country"] = json!("subject-secret");
        wrong["credentialSubject"]["subject-secret"] = json!(1);
        let (status, _, answer) = self.post(path, token, None, wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        for query in [
            "/v1/catalog/search?q=query-secret",
            "/query-secret",
            "/v1/credentials/status?coreClaimHash=query-secret",
        ] {
            self.env.call(Method::GET, query, Some(token), None).await;
        }
        id
    }

    /// A released key, of which nobody at a URL with a secret in it hears.
    async fn release(&mut self, token: &str, session: &str) {
        let hook = json!({ "callbackUrl": "http://127.0.0.1:1/hook-secret?query-secret" });
        let (_, _, record) = self.post("/v1/issuer/modify", token, None, hook).await;
        self.secrets
            .push(record["callbackSecret"].as_str().unwrap().to_owned());
        let verify = self.env.token(PartnerToken::verify);
        let program = json!({ "programId": self.env.ids["verificationPrograms"]["adult"] });
        let path = "/sandbox/v1/verifications";
        let (_, _, started) = self.post(path, &verify, Some(session), program).await;
        let consent = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
        let agree = json!({ "decision": "agree" });
        let (_, _, result) = self.post(&consent, &verify, Some(session), agree).await;
        assert_eq!(result["status"], "Compliant", "{result}");
        let attempted = async {
            let path = "/sandbox/v1/callbacks";
            let list = async || self.env.call(Method::GET, path, Some(token), None).await.1;
            while list().await["callbacks"][0]["attempts"].get(0).is_none() {}
        };
        tokio::time::timeout(std::time::Duration::from_mins(1), attempted)
            .await
            .unwrap();
        let (samples, _) = scrape(&self.env).await;
        assert_eq!(samples["air_callbacks_waiting"], "1");
    }
}

/// In a process of its own: the log is the process's.
#[tokio::test]
async fn at_its_most_talkative_the_log_has_no_secret_and_nothing_personal() {
    let log = Log::default();
    let writer = log.clone();
    let ours = "air_sandbox=trace,air_platform=trace,air_store=trace,air_fetch=trace,air_jwt=trace,air_vc=trace,air_api=trace,air_schema=trace,air_crypto=trace";
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(ours))
        .with_writer(move || writer.clone())
        .init();
    let mut talk = Talk {
        env: TestEnv::start().await,
        calls: AtomicUsize::new(0),
        secrets: [
            "ada@example.com",
            "bob-secret",
            "UTO",
            "hook-secret",
            "query-secret",
        ]
        .into_iter()
        .chain(["key-secret", "forged-secret", "subject-secret"])
        .map(str::to_owned)
        .collect(),
    };
    let issue = talk.env.token(PartnerToken::issue);
    let on_behalf = talk.env.on_behalf_token("bob-secret@example.com");
    for token in [&issue, &on_behalf] {
        // The signature alone, too.
        let (_, signature) = token.rsplit_once('.').unwrap();
        talk.secrets.extend([token.clone(), signature.to_owned()]);
    }
    let (session, ids) = talk.issue(&issue).await;
    let refused = talk.be_refused(&on_behalf).await;
    talk.release(&issue, &session).await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let routes = [
        "/v1/issuer/modify",
        "/sandbox/v1/verifications/{verification}/consent",
    ];
    for told in [&ids[0], &ids[1], &refused, "answered", "callback", "anchored"]
        .into_iter()
        .chain(routes)
    {
        assert!(text.contains(told), "{told} is missing");
    }
    for line in text.lines() {
        serde_json::from_str::<Value>(line).expect("a line is JSON");
    }
    for secret in &talk.secrets {
        assert!(!text.contains(secret.as_str()), "the log has {secret}");
    }
}
