//! Issuers hear of each key that was released: once it was, signed, until they answer.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use air_jwt::PartnerToken;
use air_sandbox::{Clock, Config, Data, Platform, Quotas, UnixTime};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{self, CAK, NOW, TestEnv};

/// An issuer's server: answers what it is told, one after the other, then 204.
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
}

impl Receiver {
    #[expect(clippy::disallowed_methods, reason = "the issuer's own server")]
    pub(crate) async fn serve(answers: &[u16]) -> Self {
        let (sender, seen) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(answers.iter().copied().rev().collect::<Vec<_>>()));
        let hear = move |headers: HeaderMap, body: Bytes| {
            let (sender, answers) = (sender.clone(), answers.clone());
            async move {
                let answer = answers.lock().unwrap().pop().unwrap_or(204);
                sender.send((headers, body)).unwrap();
                StatusCode::from_u16(answer).unwrap()
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(hear));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    pub(crate) async fn next(&mut self) -> (HeaderMap, Bytes) {
        let next = tokio::time::timeout(Duration::from_mins(1), self.seen.recv());
        next.await.unwrap().unwrap()
    }
}

pub(crate) struct Setup {
    pub(crate) env: TestEnv,
    pub(crate) time: Arc<AtomicU64>,
}

pub(crate) async fn setup(data: Data) -> Setup {
    setup_with(data, Quotas::default()).await
}

pub(crate) async fn setup_with(data: Data, quotas: Quotas) -> Setup {
    let mut env = TestEnv::start().await;
    let time = Arc::new(AtomicU64::new(NOW));
    env.platform = platform(&time, data, quotas).await;
    env.ids = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    Setup { env, time }
}

async fn platform(time: &Arc<AtomicU64>, data: Data, quotas: Quotas) -> Platform {
    let time = time.clone();
    let mut config = Config::default();
    config.data = support::data(data).await;
    config.block_time = Duration::from_millis(10);
    config.clock = Clock::new(move || UnixTime::from_secs(time.load(Ordering::SeqCst)));
    config.quotas = quotas;
    Platform::start(config).await.unwrap()
}

impl Setup {
    async fn post(
        &self,
        path: &str,
        token: &str,
        session: Option<&str>,
        body: &Value,
    ) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.env.platform.url());
        let mut request = self.env.http.post(url).header("x-partner-auth", token).json(body);
        if let Some(session) = session {
            request = request.bearer_auth(session);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub(crate) async fn set_callback(&self, url: &str) -> String {
        let token = self.env.token(PartnerToken::issue);
        let body = json!({ "callbackUrl": url });
        let (status, record) = self.post("/v1/issuer/modify", &token, None, &body).await;
        assert_eq!(status, StatusCode::OK, "{record}");
        assert_eq!(record["issuerDid"], self.env.ids["issuerDid"]);
        assert_eq!(record["callbackUrl"], url);
        record["callbackSecret"].as_str().unwrap().to_owned()
    }

    /// A user with an anchored credential: its session.
    pub(crate) async fn user(&self, email: &str) -> String {
        let env = &self.env;
        let token = env.token(PartnerToken::issue);
        let (_, session) = self
            .post("/sandbox/v1/sessions", &token, None, &json!({ "email": email }))
            .await;
        let session = session["sessionToken"].as_str().unwrap().to_owned();
        let mut order = env.order();
        order["cakPublicKey"] = json!(CAK);
        let (_, issued) = self
            .post("/sandbox/v1/credentials/issue", &token, Some(&session), &order)
            .await;
        env.wait_until_anchored(issued["coreClaimHash"].as_str().unwrap())
            .await;
        session
    }

    /// A verification that asks the user: its id.
    pub(crate) async fn ask(&self, session: &str) -> String {
        let token = self.env.token(PartnerToken::verify);
        let start = json!({ "programId": self.env.ids["verificationPrograms"]["adult"] });
        let (_, started) = self
            .post("/sandbox/v1/verifications", &token, Some(session), &start)
            .await;
        let id = started["verificationId"].as_str();
        id.unwrap_or_else(|| panic!("{started}")).to_owned()
    }

    /// The user decides on a verification.
    async fn verify(&self, session: &str, decision: &str) -> StatusCode {
        let id = self.ask(session).await;
        self.decide(&id, session, decision).await
    }

    pub(crate) async fn decide(&self, id: &str, session: &str, decision: &str) -> StatusCode {
        let token = self.env.token(PartnerToken::verify);
        let path = format!("/sandbox/v1/verifications/{id}/consent");
        let (status, result) = self
            .post(&path, &token, Some(session), &json!({ "decision": decision }))
            .await;
        if status == StatusCode::OK {
            assert_eq!(result["status"], "Compliant", "{result}");
        }
        status
    }

    async fn callbacks(&self) -> Vec<Value> {
        let token = self.env.token(PartnerToken::issue);
        let path = "/sandbox/v1/callbacks";
        let (status, answer) = self.env.call(Method::GET, path, Some(&token), None).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["callbacks"].as_array().unwrap().clone()
    }

    /// The undelivered attempts, as the operator sees them, oldest first.
    async fn attempted(&self) -> Vec<Value> {
        let path = "/sandbox/v1/events/log?type=callback.attempted";
        let (_, page) = self.env.call(Method::GET, path, None, None).await;
        let events = page["events"].as_array().unwrap();
        events.iter().map(|event| event["data"].clone()).collect()
    }

    /// Asks until the newest record has this status; each question is a round trip.
    async fn newest_with(&self, status: i64) -> Value {
        let asking = async {
            loop {
                let newest = self.callbacks().await.swap_remove(0);
                if newest["status"] == status {
                    return newest;
                }
            }
        };
        tokio::time::timeout(Duration::from_mins(1), asking)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn an_event_is_signed_and_delivered_once_it_is_answered() {
    let setup = setup(Data::Memory).await;
    let mut receiver = Receiver::serve(&[]).await;
    let secret = setup.set_callback(&receiver.url).await;
    let ada = setup.user("ada@example.com").await;
    assert_eq!(setup.verify(&ada, "agree").await, StatusCode::OK);
    let (headers, body) = receiver.next().await;
    let event: Value = serde_json::from_slice(&body).unwrap();
    let mut names: Vec<_> = event.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["schemaId", "userId", "verifierDid"], "no data and no key");
    assert_eq!(event["verifierDid"], setup.env.ids["verifierDid"]);
    assert_eq!(event["schemaId"], setup.env.ids["schemas"]["adult"]);

    let header = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(header("webhook-timestamp"), NOW.to_string());
    let webhook = standardwebhooks::Webhook::new(&secret).unwrap();
    let timestamp = i64::try_from(NOW).unwrap();
    let signature = webhook.sign(header("webhook-id"), timestamp, &body).unwrap();
    assert_eq!(header("webhook-signature"), signature);

    let delivered = setup.newest_with(1).await;
    assert_eq!(delivered["recordId"], header("webhook-id"));
    assert_eq!(
        delivered["attempts"],
        json!([{ "at": "2027-01-15 08:00:00", "delivered": true }])
    );
    assert!(delivered.get("nextAttemptAt").is_none());
}

#[tokio::test]
async fn a_secret_is_shown_once_and_can_be_rotated() {
    let setup = setup(Data::Memory).await;
    let mut receiver = Receiver::serve(&[]).await;
    let token = setup.env.token(PartnerToken::issue);
    let rotate = async |token: &str| {
        setup
            .post("/sandbox/v1/callbacks/secret", token, None, &Value::Null)
            .await
    };
    let (status, refused) = rotate(&token).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "there is no URL yet: {refused}");
    let first = setup.set_callback(&receiver.url).await;
    let again = json!({ "callbackUrl": receiver.url });
    let (status, record) = setup.post("/v1/issuer/modify", &token, None, &again).await;
    assert_eq!(status, StatusCode::OK, "{record}");
    assert!(
        record.get("callbackSecret").is_none(),
        "it was shown before: {record}"
    );
    let (status, _) = rotate(&setup.env.token(PartnerToken::verify)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, record) = rotate(&token).await;
    assert_eq!(status, StatusCode::OK, "{record}");
    assert_eq!(record["callbackUrl"], receiver.url);
    let second = record["callbackSecret"].as_str().unwrap();
    assert_ne!(second, first);

    let ada = setup.user("ada@example.com").await;
    assert_eq!(setup.verify(&ada, "agree").await, StatusCode::OK);
    let (headers, body) = receiver.next().await;
    let id = headers["webhook-id"].to_str().unwrap();
    let webhook = standardwebhooks::Webhook::new(second).unwrap();
    let signature = webhook.sign(id, i64::try_from(NOW).unwrap(), &body).unwrap();
    assert_eq!(headers["webhook-signature"].to_str().unwrap(), signature);
}

#[tokio::test]
async fn it_is_tried_again_until_it_is_answered_with_2xx() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let mut setup = setup(data()).await;
    let mut receiver = Receiver::serve(&[500, 302, 404]).await;
    setup.set_callback(&receiver.url).await;
    let ada = setup.user("ada@example.com").await;
    setup.verify(&ada, "agree").await;
    let (first, _) = receiver.next().await;
    for wait in [1, 2, 4] {
        setup.time.fetch_add(wait, Ordering::SeqCst);
        let (again, _) = receiver.next().await;
        assert_eq!(again["webhook-id"], first["webhook-id"], "a stable id");
        // A restart forgets nothing.
        let stopped = std::mem::replace(
            &mut setup.env.platform,
            Platform::start(Config::default()).await.unwrap(),
        );
        stopped.stop().await.unwrap();
        setup.env.platform = platform(&setup.time, data(), Quotas::default()).await;
        // A delivery that was in flight at the stop is due again after its lease.
        setup.time.fetch_add(60, Ordering::SeqCst);
    }
    let delivered = setup.newest_with(1).await;
    let attempts = delivered["attempts"].as_array().unwrap();
    let (last, earlier) = attempts.split_last().unwrap();
    assert_eq!(last["delivered"], true);
    assert!(
        earlier.iter().all(|attempt| attempt["delivered"] == false),
        "{attempts:?}"
    );
    let seen: Vec<_> = setup
        .attempted()
        .await
        .iter()
        .map(|attempted| attempted["httpStatus"].as_u64().unwrap())
        .collect();
    assert!(
        !seen.is_empty() && seen.iter().all(|status| [500, 302, 404].contains(status)),
        "{seen:?}"
    );
}

#[tokio::test]
async fn in_an_outage_attempts_fail_and_are_made_again_behind_it() {
    let setup = setup(Data::Memory).await;
    let mut receiver = Receiver::serve(&[]).await;
    setup.set_callback(&receiver.url).await;
    let ada = setup.user("ada@example.com").await;
    let set = async |faults: Value| {
        let path = "/sandbox/v1/faults";
        let (status, answer) = setup.env.call(Method::PUT, path, None, Some(&faults)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    };
    set(json!({ "callbackOutage": true })).await;
    setup.verify(&ada, "agree").await;
    let attempted = async {
        loop {
            let newest = setup.newest_with(0).await;
            if let Some(attempt) = newest["attempts"].get(0) {
                return attempt.clone();
            }
        }
    };
    let attempt = tokio::time::timeout(Duration::from_mins(1), attempted)
        .await
        .unwrap();
    assert_eq!(attempt["delivered"], false);
    let seen = setup.attempted().await.swap_remove(0);
    assert!(
        seen["failure"]
            .as_str()
            .unwrap()
            .contains("the connection failed"),
        "{seen}"
    );
    set(json!({})).await;
    setup.time.fetch_add(300, Ordering::SeqCst);
    receiver.next().await;
    let delivered = setup.newest_with(1).await;
    let attempts = delivered["attempts"].as_array().unwrap();
    assert!(attempts.len() >= 2, "{attempts:?}");
    assert!(
        receiver.seen.try_recv().is_err(),
        "once it was answered, it is not sent again"
    );
}

#[tokio::test]
async fn a_clock_that_is_reset_strands_no_callback() {
    let setup = setup(Data::Memory).await;
    let mut receiver = Receiver::serve(&[]).await;
    setup.set_callback(&receiver.url).await;
    let ada = setup.user("ada@example.com").await;
    let set = async |path: &str, request: Value| {
        let (status, answer) = setup.env.call(Method::PUT, path, None, Some(&request)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    };
    set("/sandbox/v1/clock", json!({ "advanceSeconds": 30 * 86_400 })).await;
    set("/sandbox/v1/faults", json!({ "callbackOutage": true })).await;
    assert_eq!(setup.verify(&ada, "agree").await, StatusCode::OK);
    let attempted = async { while setup.newest_with(0).await["attempts"] == json!([]) {} };
    tokio::time::timeout(Duration::from_mins(1), attempted)
        .await
        .unwrap();
    // In this order: another failed attempt after the reset would wait for a clock that stands still.
    set("/sandbox/v1/faults", json!({})).await;
    set("/sandbox/v1/clock", json!({ "reset": {} })).await;
    receiver.next().await;
    setup.newest_with(1).await;
}

#[tokio::test]
async fn an_open_record_is_filled_and_a_refused_consent_tells_nobody() {
    let setup = setup(Data::Memory).await;
    let token = setup.env.token(PartnerToken::verify);
    let body = json!({ "issuerDid": setup.env.ids["issuerDid"] });
    let (status, opened) = setup
        .post("/v1/verifier/verify/initialize", &token, None, &body)
        .await;
    assert_eq!(status, StatusCode::OK, "{opened}");
    assert_eq!(opened["status"], -1, "NOT_SEND");
    assert_eq!(opened["verifierDid"], setup.env.ids["verifierDid"]);
    let ada = setup.user("ada@example.com").await;
    assert_eq!(setup.verify(&ada, "deny").await, StatusCode::CONFLICT);
    assert_eq!(setup.newest_with(-1).await["recordId"], opened["recordId"]);
    // Nobody listens yet: it waits.
    setup.verify(&ada, "agree").await;
    let pending = setup.newest_with(0).await;
    assert_eq!(pending["recordId"], opened["recordId"]);
    let mut receiver = Receiver::serve(&[]).await;
    setup.set_callback(&receiver.url).await;
    assert_eq!(
        receiver.next().await.0["webhook-id"],
        opened["recordId"].as_str().unwrap()
    );
    assert_eq!(setup.newest_with(1).await["recordId"], opened["recordId"]);

    // Again, on demand.
    let path = format!(
        "/sandbox/v1/callbacks/{}/replay",
        opened["recordId"].as_str().unwrap()
    );
    let token = setup.env.token(PartnerToken::issue);
    assert_eq!(
        setup.post(&path, &token, None, &json!({})).await.0,
        StatusCode::OK
    );
    assert_eq!(
        receiver.next().await.0["webhook-id"],
        opened["recordId"].as_str().unwrap()
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_recorded_with_the_reason() {
    let setup = setup(Data::Memory).await;
    // No server listens on port 1.
    setup.set_callback("http://127.0.0.1:1/hook").await;
    let ada = setup.user("ada@example.com").await;
    setup.verify(&ada, "agree").await;
    let tried = async {
        loop {
            let newest = setup.callbacks().await.swap_remove(0);
            if newest["attempts"] != json!([]) {
                return newest;
            }
        }
    };
    let tried = tokio::time::timeout(Duration::from_mins(1), tried).await.unwrap();
    assert_eq!(tried["attempts"][0]["delivered"], false);
    let seen = setup.attempted().await.swap_remove(0);
    let failure = seen["failure"].as_str().unwrap();
    assert!(failure.contains("the connection failed"), "{failure}");
    assert_eq!(tried["status"], 0);
}

#[tokio::test]
async fn callbacks_lead_to_the_public_or_to_this_machine_and_are_the_issuers_own() {
    let setup = setup(Data::Memory).await;
    let token = setup.env.token(PartnerToken::issue);
    for url in [
        "http://example.com/",
        "https://10.0.0.1/",
        "https://user@example.com/",
        "ftp://example.com/",
        "",
    ] {
        let body = json!({ "callbackUrl": url });
        let (status, answer) = setup.post("/v1/issuer/modify", &token, None, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{url}");
        assert!(
            answer["message"].as_str().unwrap().contains("callbackUrl"),
            "{answer}"
        );
    }
    let ada = setup.user("ada@example.com").await;
    setup.verify(&ada, "agree").await;
    let record = setup.newest_with(0).await["recordId"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = setup.env.seed(&TestEnv::seed_file(&setup.env.jwks.url)).await;
    let other: air_jwt::PartnerId = other["partnerId"].as_str().unwrap().parse().unwrap();
    let other = support::sign(PartnerToken::issue(other), &setup.env.key);
    let (_, theirs) = setup
        .env
        .call(Method::GET, "/sandbox/v1/callbacks", Some(&other), None)
        .await;
    assert_eq!(theirs["callbacks"], json!([]));
    let path = format!("/sandbox/v1/callbacks/{record}/replay");
    assert_eq!(
        setup.post(&path, &other, None, &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    for path in [
        "/v1/issuer/modify",
        "/v1/verifier/verify/initialize",
        "/sandbox/v1/callbacks/x/replay",
    ] {
        let body = json!({ "callbackUrl": "https://e.org/", "issuerDid": setup.env.ids["issuerDid"] });
        assert_eq!(
            setup.post(path, "no token", None, &body).await.0,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

/// Several processes look for what is due; one of them delivers.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn of_two_platforms_on_one_postgres_database_one_delivers() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let mut receiver = Receiver::serve(&[]).await;
    let setup = setup(data()).await;
    let second = platform(&setup.time, data(), Quotas::default()).await;
    setup.set_callback(&receiver.url).await;
    let rounds = 8;
    for number in 0..rounds {
        let session = setup.user(&format!("user{number}@example.com")).await;
        setup.verify(&session, "agree").await;
    }
    let mut heard = std::collections::BTreeSet::new();
    for _ in 0..rounds {
        let (headers, _) = receiver.next().await;
        heard.insert(headers["webhook-id"].to_str().unwrap().to_owned());
    }
    assert_eq!(heard.len(), rounds);
    let all_told = async { while !setup.callbacks().await.iter().all(|record| record["status"] == 1) {} };
    tokio::time::timeout(Duration::from_mins(1), all_told)
        .await
        .unwrap();
    second.stop().await.unwrap();
    assert!(receiver.seen.try_recv().is_err(), "one was delivered twice");
}
