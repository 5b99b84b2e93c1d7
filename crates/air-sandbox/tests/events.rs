//! Every change stores one event, in order, for those whom it concerns.

use std::time::Duration;

use air_jwt::PartnerToken;
use air_sandbox::Data;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::support::{self, TestEnv, sign};

const LOG: &str = "/sandbox/v1/events/log";

/// All events, as who sets the platform up sees them.
async fn all(env: &TestEnv) -> Vec<Value> {
    let (status, page) = env
        .call(Method::GET, &format!("{LOG}?limit=500"), None, None)
        .await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert_eq!(page["next"], page["head"]);
    page["events"].as_array().unwrap().clone()
}

fn members<'v>(events: &'v [Value], member: &str) -> Vec<&'v str> {
    events
        .iter()
        .map(|event| event[member].as_str().unwrap())
        .collect()
}

/// An open stream of events.
struct Stream {
    response: Response,
    text: String,
}

impl Stream {
    async fn open(env: &TestEnv, query: &str, headers: &[(&str, &str)]) -> Self {
        let url = format!("{}/sandbox/v1/events{query}", env.platform.url());
        let mut request = env.http.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event; none at the end. A minute without one is a failure.
    async fn next(&mut self) -> Option<Value> {
        let next = async {
            loop {
                if let Some((event, rest)) = self.text.split_once("\n\n") {
                    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                    let id = event.lines().find_map(|line| line.strip_prefix("id: "));
                    let event: Option<Value> = data.map(|data| serde_json::from_str(data).unwrap());
                    if let Some(event) = &event {
                        assert_eq!(event["id"].as_str(), id);
                    }
                    self.text = rest.to_string();
                    if event.is_some() {
                        return event;
                    }
                    continue;
                }
                let chunk = self.response.chunk().await.unwrap()?;
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_mins(1), next).await.unwrap()
    }
}

#[tokio::test]
async fn each_change_is_told_in_order_and_without_personal_values() {
    let env = TestEnv::start().await;
    let first = env.issue_on_behalf("ada@example.com", &env.order()).await;
    let second = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&second).await;
    let events = all(&env).await;
    let told: Vec<&Value> = events
        .iter()
        .filter(|event| !event["type"].as_str().unwrap().starts_with("block."))
        .filter(|event| event["type"] != "credential.anchored")
        .collect();
    let kinds: Vec<&str> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "partner.created",
            "schema.published",
            "program.created",
            "program.created",
            "verification_program.created",
            "user.created",
            "credential.issued",
            "credential.revoked",
            "credential.issued",
        ]
    );
    for event in &told {
        assert_eq!(event["partnerId"], env.ids["partnerId"], "{event}");
        assert_eq!(event["createdAt"], "2027-01-15 08:00:00");
    }
    assert_eq!(told[7]["data"]["coreClaimHash"], first.as_str());
    assert_eq!(told[7]["data"]["reason"], "replaced");
    assert_eq!(told[8]["data"]["coreClaimHash"], second.as_str());
    assert_eq!(told[8]["data"]["expirationDate"], "2027-04-15 08:00:00");
    let anchored: Vec<&str> = events
        .iter()
        .filter(|event| event["type"] == "credential.anchored")
        .map(|event| event["data"]["coreClaimHash"].as_str().unwrap())
        .collect();
    assert_eq!(anchored, [&first, &second]);
    let mut ids = members(&events, "id");
    assert!(ids.is_sorted(), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), events.len());
    let text = serde_json::to_string(&events).unwrap();
    for personal in ["ada@", "country", "\"UTO\"", "Zenith", "://"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_goes_on_where_it_was() {
    let env = TestEnv::start().await;
    let mut seen = Vec::new();
    let mut stream = Stream::open(&env, "?after=0", &[]).await;
    for _ in 0..3 {
        seen.push(stream.next().await.unwrap());
    }
    drop(stream);
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    let expected = all(&env).await;
    let last = seen[2]["id"].as_str().unwrap().to_owned();
    // The header counts, and not where the stream once began.
    let mut stream = Stream::open(&env, "?after=0", &[("last-event-id", &last)]).await;
    while seen.len() < expected.len() {
        seen.push(stream.next().await.unwrap());
    }
    assert_eq!(seen, expected);
    let order = env.order();
    let (later, _) = tokio::join!(stream.next(), env.issue_on_behalf("bob@example.com", &order));
    assert_eq!(
        later.unwrap()["type"],
        "user.created",
        "what comes next is woken for"
    );
}

#[tokio::test]
async fn a_new_stream_begins_with_what_comes_next_and_takes_a_type() {
    let env = TestEnv::start().await;
    let mut stream = Stream::open(&env, "?type=credential.", &[]).await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    for kind in ["credential.issued", "credential.anchored"] {
        let event = stream.next().await.unwrap();
        assert_eq!(event["type"], kind);
        assert_eq!(event["data"]["coreClaimHash"], hash.as_str());
    }
    let bad = [("last-event-id", "4711")];
    let url = format!("{}/sandbox/v1/events", env.platform.url());
    let refused = env
        .http
        .get(&url)
        .header(bad[0].0, bad[0].1)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn events_outlive_the_platform_and_open_streams_end_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    let before = all(&env).await;
    let mut stream = Stream::open(&env, "", &[]).await;
    let TestEnv {
        platform,
        http,
        jwks,
        key,
        ids,
    } = env;
    platform.stop().await.unwrap();
    assert_eq!(stream.next().await, None);
    let platform = support::start_platform(Data::Folder(folder.path().into())).await;
    let env = TestEnv {
        platform,
        http,
        jwks,
        key,
        ids,
    };
    assert_eq!(all(&env).await, before);
    env.issue_on_behalf("bob@example.com", &env.order()).await;
    let after = all(&env).await;
    assert_eq!(after[..before.len()], before);
    assert!(after.len() > before.len());
}

#[tokio::test]
async fn a_partner_sees_its_own_events_and_nobody_elses() {
    let env = TestEnv::start().await;
    let mine = env.ids["partnerId"].as_str().unwrap();
    let other = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let other = other["partnerId"].as_str().unwrap();
    let token = sign(PartnerToken::issue(other.parse().unwrap()), &env.key);
    let (_, page) = env.call(Method::GET, LOG, Some(&token), None).await;
    let events = page["events"].as_array().unwrap();
    assert_eq!(events.len(), 5);
    for partner in members(events, "partnerId") {
        assert_eq!(partner, other);
    }
    let foreign = all(&env).await;
    let foreign = foreign.iter().find(|event| event["partnerId"] == mine).unwrap();
    let path = format!("/sandbox/v1/events/{}", foreign["id"].as_str().unwrap());
    let (status, _) = env.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let own = env.token(PartnerToken::issue);
    let (status, event) = env.call(Method::GET, &path, Some(&own), None).await;
    assert_eq!((status, &event), (StatusCode::OK, foreign));
    // The stream, too: the first event that it gives is the other's own, behind those of the first partner.
    let mut stream = Stream::open(&env, "?after=0", &[("x-partner-auth", &token)]).await;
    assert_eq!(stream.next().await.unwrap(), events[0]);

    for path in ["/sandbox/v1/events", LOG, &path] {
        let url = format!("{}{path}", env.platform.url());
        let strange = env.http.get(&url).header("host", "rebound.example");
        assert_eq!(strange.send().await.unwrap().status(), StatusCode::FORBIDDEN);
        let (status, _) = env.call(Method::GET, path, Some("no.token.here"), None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_have_limits() {
    let env = TestEnv::start().await;
    let expected = all(&env).await;
    let (mut seen, mut next) = (Vec::new(), 0);
    while seen.len() < expected.len() {
        let path = format!("{LOG}?limit=2&after={next}");
        let (_, page) = env.call(Method::GET, &path, None, None).await;
        seen.extend(page["events"].as_array().unwrap().clone());
        next = page["next"].as_u64().unwrap();
    }
    assert_eq!(seen, expected);
    let (_, programs) = env
        .call(Method::GET, &format!("{LOG}?type=program."), None, None)
        .await;
    assert_eq!(programs["events"].as_array().unwrap().len(), 2);
    for bad in [
        "limit=0",
        "limit=501",
        "after=-1",
        &format!("type={}", "x".repeat(101)),
    ] {
        let (status, _) = env.call(Method::GET, &format!("{LOG}?{bad}"), None, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}
