//! The spans that a collector receives: by OpenTelemetry's conventions, in the caller's trace,
//! without anybody's secrets.

#[allow(dead_code, unused_imports, reason = "`all` uses the rest")]
mod support;

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use air_jwt::PartnerToken;
use air_sandbox::traces_from_environment;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::{Span, span::SpanKind, status::StatusCode as SpanStatus},
};
use prost::Message;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use support::{CAK, TestEnv};
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT_ID: &str = "b7ad6b7169203331";
const EMAIL: &str = "ada-secret@example.com";
const ISSUE: &str = "/v1/credentials/issue-on-behalf";

/// Takes what is exported: headers and bodies.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Collector {
    /// Gives its URL.
    #[expect(clippy::disallowed_methods, reason = "the collector's own server")]
    async fn serve(&self) -> String {
        let take = async |State(Self(exports)): State<Self>, headers: HeaderMap, body: Bytes| {
            exports.lock().unwrap().push((headers, body));
        };
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }
}

/// The string or number of an attribute.
fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    Some(match found.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => text.clone(),
        any_value::Value::IntValue(number) => number.to_string(),
        other => panic!("{key} is {other:?}"),
    })
}

fn of_trace<'s>(spans: &'s [Span], id: &[u8]) -> Vec<&'s Span> {
    spans.iter().filter(|span| span.trace_id == id).collect()
}

/// This test's other half, as a process whose environment asks for traces: the secrets that it has
/// used, one a line.
fn run_traced(endpoint: &str) -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_traced_platform", "--ignored", "--nocapture"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=zenith")
        .env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging")
        .env("OTEL_SERVICE_NAME", "platform-under-test")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let secrets = text.lines().filter_map(|line| line.split_once("secret: "));
    secrets.map(|(_, secret)| secret.to_owned()).collect()
}

#[tokio::test]
#[ignore = "run by the other one, in a process of its own"]
async fn a_traced_platform() {
    let traces = traces_from_environment().unwrap().expect("an endpoint is named");
    tracing_subscriber::registry().with(traces.layer()).init();
    let env = TestEnv::start().await;
    let token = env.on_behalf_token(EMAIL);
    let issue = async |fault: Option<&str>, parent: Option<String>| {
        let mut request = env
            .http
            .post(format!("{}{ISSUE}", env.platform.url()))
            .query(&[("query-secret", "1")])
            .header("x-partner-auth", &token)
            .json(&env.order());
        if let Some(fault) = fault {
            request = request.header("x-air-fault", fault);
        }
        if let Some(parent) = parent {
            request = request.header("traceparent", parent);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let sampled = format!("00-{TRACE_ID}-{PARENT_ID}-01");
    assert_eq!(issue(None, Some(sampled)).await, 200);
    // A caller that is not sampled is left out; one that writes nonsense has a trace of its own.
    let unsampled = format!("00-{}-{PARENT_ID}-00", "d".repeat(32));
    assert_eq!(issue(None, Some(unsampled)).await, 200);
    assert_eq!(
        issue(Some("status=503"), Some("00-nonsense".to_owned())).await,
        503
    );
    let (status, _) = env.call(Method::GET, "/v1/path-secret", None, None).await;
    assert_eq!(status, 404);

    let partner = env.token(PartnerToken::issue);
    let session = env.login(EMAIL).await;
    release(&env, &partner, &session).await;
    env.platform.stop().await.unwrap();
    assert!(traces.stop().await, "the collector takes what is left");

    let mut stdout = std::io::stdout().lock();
    for secret in [
        &token,
        &partner,
        &session,
        EMAIL,
        "query-secret",
        "path-secret",
        "hook-secret",
    ] {
        writeln!(stdout, "\nsecret: {secret}").unwrap();
    }
}

/// Releases a key, of which a server that is not there is told: until that was tried.
async fn release(env: &TestEnv, partner: &str, session: &str) {
    let hook = json!({ "callbackUrl": "http://127.0.0.1:1/hook-secret?query-secret" });
    env.call(Method::POST, "/v1/issuer/modify", Some(partner), Some(&hook))
        .await;
    let as_user = async |path: &str, token: &str, body: Value| {
        let (status, answer) = env
            .call_as_user(Method::POST, path, session, Some(token), Some(&body))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    };
    let mut order = env.order();
    order["cakPublicKey"] = json!(CAK);
    let issued = as_user("/sandbox/v1/credentials/issue", partner, order).await;
    env.wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
        .await;
    let verifier = env.token(PartnerToken::verify);
    let path = "/sandbox/v1/verifications";
    let program = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    let started = as_user(path, &verifier, program).await;
    let consent = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
    let result = as_user(&consent, &verifier, json!({ "decision": "agree" })).await;
    assert_eq!(result["status"], "Compliant", "{result}");
    let attempted = async {
        let path = "/sandbox/v1/callbacks";
        let list = async || env.call(Method::GET, path, Some(partner), None).await.1;
        while list().await["callbacks"][0]["attempts"].get(0).is_none() {}
    };
    tokio::time::timeout(Duration::from_mins(1), attempted)
        .await
        .unwrap();
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario and its spans")]
async fn spans_follow_the_conventions_and_the_callers_trace_without_a_secret() {
    let collector = Collector::default();
    let url = collector.serve().await;
    let run = tokio::task::spawn_blocking(move || run_traced(&url));
    let secrets = tokio::time::timeout(Duration::from_mins(2), run)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(secrets.len(), 7, "{secrets:?}");

    let exports = collector.0.lock().unwrap().clone();
    let mut spans: Vec<Span> = Vec::new();
    for (headers, body) in &exports {
        assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
        assert_eq!(headers["x-tenant"], "zenith");
        let text = String::from_utf8_lossy(body);
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is exported");
        }
        for of_resource in ExportTraceServiceRequest::decode(body.clone())
            .unwrap()
            .resource_spans
        {
            let resource = of_resource.resource.unwrap().attributes;
            for (key, value) in [
                ("service.name", "platform-under-test"),
                ("service.version", env!("CARGO_PKG_VERSION")),
                ("deployment.environment.name", "staging"),
            ] {
                assert_eq!(attribute(&resource, key).as_deref(), Some(value));
            }
            spans.extend(of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    let has = |span: &Span, key: &str, value: &str| {
        assert_eq!(
            attribute(&span.attributes, key).as_deref(),
            Some(value),
            "{span:?}"
        );
    };

    // The caller's trace: the request, and within it the issuer's keys and the store.
    let trace_id = hex::decode(TRACE_ID).unwrap();
    let trace = of_trace(&spans, &trace_id);
    let (served, inner): (Vec<&Span>, Vec<&Span>) = trace
        .into_iter()
        .partition(|span| span.kind() == SpanKind::Server);
    let [issued] = served[..] else {
        panic!("one request was sent in this trace: {served:?}")
    };
    assert_eq!(issued.name, format!("POST {ISSUE}"));
    assert_eq!(hex::encode(&issued.parent_span_id), PARENT_ID);
    assert!(
        issued
            .status
            .as_ref()
            .is_none_or(|status| status.code() == SpanStatus::Unset)
    );
    has(issued, "http.request.method", "POST");
    has(issued, "http.route", ISSUE);
    has(issued, "http.response.status_code", "200");
    assert!(issued.end_time_unix_nano > issued.start_time_unix_nano);
    for span in &inner {
        assert_eq!(span.parent_span_id, issued.span_id, "{span:?}");
    }
    let fetched = inner
        .iter()
        .find(|span| span.name == "GET")
        .expect("keys are fetched");
    assert_eq!(fetched.kind(), SpanKind::Client);
    has(fetched, "server.address", "127.0.0.1");
    has(fetched, "http.response.status_code", "200");
    for step in ["store.acquire", "store.commit"] {
        assert!(inner.iter().any(|span| span.name == step), "no {step}: {inner:?}");
    }
    assert!(of_trace(&spans, &[0xdd; 16]).is_empty(), "it is not sampled");

    // A server's fault is an error, a caller's fault is not.
    let failed = spans
        .iter()
        .find(|span| attribute(&span.attributes, "error.type").is_some())
        .unwrap();
    assert_eq!(failed.name, format!("POST {ISSUE}"));
    assert_eq!(failed.status.as_ref().unwrap().code(), SpanStatus::Error);
    has(failed, "http.response.status_code", "503");
    has(failed, "error.type", "503");
    assert_ne!(failed.trace_id, trace_id);
    assert!(failed.parent_span_id.is_empty(), "nonsense has no child");
    let missed = spans
        .iter()
        .find(|span| attribute(&span.attributes, "http.response.status_code").as_deref() == Some("404"))
        .expect("the call that no route takes is exported");
    assert_eq!(missed.name, "GET");
    assert_eq!(attribute(&missed.attributes, "http.route"), None);
    assert!(
        missed
            .status
            .as_ref()
            .is_none_or(|status| status.code() == SpanStatus::Unset)
    );

    // A delivery is a trace of its own; work that looks each moment whether there is some makes none.
    let delivered = spans.iter().find(|span| span.name == "callback.deliver").unwrap();
    let delivery = of_trace(&spans, &delivered.trace_id);
    let sent = delivery
        .iter()
        .find(|span| span.kind() == SpanKind::Client)
        .unwrap();
    assert_eq!(sent.parent_span_id, delivered.span_id);
    assert_eq!(sent.name, "POST");
    has(sent, "server.port", "1");
    assert_eq!(sent.status.as_ref().unwrap().code(), SpanStatus::Error);
    for root in spans.iter().filter(|span| span.parent_span_id.is_empty()) {
        let is_expected = root.kind() == SpanKind::Server || root.name == "callback.deliver";
        assert!(is_expected, "{root:?}");
    }
}
