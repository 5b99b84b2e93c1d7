//! Authorization of every route: no caller sees or changes another owner's data.
//!
//! A new route fails `every_route_is_in_the_table` until it has a row in [`table::TABLE`]. A row
//! says who may call ([`row::Access`]), a call of the owner's that succeeds, and what another
//! partner with a good token of its own gets ([`row::Foreign`]). All else follows from that.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod fixture;
mod large_numbers;
mod predicate;
mod row;
mod table;

use std::{collections::BTreeSet, time::Duration};

use air_sandbox::{Config, Platform, TestPlatform};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use self::{
    fixture::{Credentials, Fixture, deliver, request},
    row::{
        Access::{Holder, Partner, Public, SetUp, TokenInBody, User, Watched},
        Body, Call,
        Foreign::OwnView,
        Kind::{self, Issue, OnBehalf},
        method, send,
    },
    table::TABLE,
};

/// No route is without its description (`Api::add`), so the description has them all.
async fn routes() -> BTreeSet<String> {
    routes_that(|_| true).await
}

async fn document(url: &str) -> Value {
    let response = reqwest::get(format!("{url}/openapi.json")).await.unwrap();
    response.json().await.unwrap()
}

/// The routes whose description is so.
async fn routes_that(is_so: fn(&Value) -> bool) -> BTreeSet<String> {
    let platform = TestPlatform::start().await.unwrap();
    let document = document(&platform.url()).await;
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().iter();
        let operations = operations.filter(move |(_, operation)| is_so(operation));
        operations.map(move |(method, _)| format!("{} {path}", method.to_uppercase()))
    });
    routes.collect()
}

#[tokio::test]
async fn every_route_is_in_the_table() {
    let routes = routes().await;
    let rows: BTreeSet<String> = TABLE.iter().map(|row| row.route.to_owned()).collect();
    let missing: Vec<_> = routes.difference(&rows).collect();
    assert!(missing.is_empty(), "say in TABLE who may call {missing:?}");
    let gone: Vec<_> = rows.difference(&routes).collect();
    assert!(gone.is_empty(), "TABLE has routes that are not there: {gone:?}");
    for row in TABLE.iter().filter(|row| row.access == Public) {
        assert_eq!(
            method(row),
            Method::GET,
            "{} changes something for everyone",
            row.route
        );
    }
}

#[tokio::test]
async fn no_partner_sees_or_changes_another_partners_objects() {
    let fixture = Fixture::set().await;
    let before = fixture.state().await;
    for row in TABLE {
        let call = (row.call)(&fixture);
        for (who, with, code) in fixture.refused(row) {
            let (status, answer) = fixture.send(&method(row), &call, &with).await;
            let case = format!("{}: {who}", row.route);
            assert_eq!(status.as_u16(), code, "{case}: {answer}");
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer["error"], code, "{case}: {answer}");
            assert_eq!(fixture.state().await, before, "{case} changed something");
        }
    }
    // The calls that other partners may make show nothing of the owner's data.
    let owners = [
        fixture.owner.partner_id().as_str(),
        fixture.owner.issuer_did().as_str(),
        &fixture.hash,
        &fixture.record,
        &fixture.sealed_credential,
    ];
    for row in TABLE.iter().filter(|row| row.foreign == OwnView) {
        let token = |kind| Some(Fixture::token(&fixture.stranger, kind));
        let (token, session) = match row.access {
            Partner(kind) => (token(kind), None),
            Watched => (token(Kind::Either), None),
            User => (None, Some(fixture.foreign_session.clone())),
            _ => panic!("{}: only partners and users have a view of their own", row.route),
        };
        let with = Credentials {
            token,
            session,
            ..Credentials::default()
        };
        let (status, answer) = fixture.send(&method(row), &(row.call)(&fixture), &with).await;
        assert_eq!(status, StatusCode::OK, "{}: {answer}", row.route);
        for id in owners {
            assert!(!answer.contains(id), "{} shows {id}: {answer}", row.route);
        }
        assert_eq!(
            fixture.state().await,
            before,
            "{} changed something of the owner's",
            row.route
        );
    }
    // And every call above failed for who called, and nothing else: the owner's own succeeds. Its
    // answer is its own, even to who knows the key that it is kept under.
    for (number, row) in TABLE.iter().enumerate() {
        let call = (row.call)(&fixture);
        let key = Some(format!("call-{number}"));
        let rightful = Credentials {
            key: key.clone(),
            ..fixture.rightful(row.access)
        };
        let (status, answer) = fixture.send(&method(row), &call, &rightful).await;
        assert!(status.is_success(), "{}: {status}: {answer}", row.route);
        if let Partner(kind) | Holder(kind) = row.access {
            for (who, token) in fixture.scoped(|scope| kind.is_granted_by(scope)) {
                let with = Credentials {
                    token: Some(token),
                    ..fixture.rightful(row.access)
                };
                let (status, answer) = fixture.send(&method(row), &call, &with).await;
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{}: {who}: {answer}", row.route);
            }
        }
        for (who, with, code) in fixture.refused(row) {
            let with = Credentials {
                key: key.clone(),
                ..with
            };
            let (status, answer) = fixture.send(&method(row), &call, &with).await;
            assert_eq!(
                status.as_u16(),
                code,
                "{}: {who}, with the key: {answer}",
                row.route
            );
        }
    }
}

/// On each route whose description offers `Idempotency-Key`, a repeated request gets the response of
/// the first, marked as a replay.
#[tokio::test]
async fn every_route_that_offers_an_idempotency_key_replays() {
    let offers_key = |operation: &Value| {
        let parameters = operation["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        parameters.any(|parameter| parameter["name"] == "Idempotency-Key")
    };
    let routes = routes_that(offers_key).await;
    assert!(routes.len() > 15, "{routes:?}");
    let fixture = Fixture::set().await;
    let rows = TABLE.iter().filter(|row| routes.contains(row.route));
    for (number, row) in rows.enumerate() {
        let call = (row.call)(&fixture);
        let with = Credentials {
            key: Some(format!("call-{number}")),
            ..fixture.rightful(row.access)
        };
        let mut answers = Vec::new();
        for is_replay in [false, true] {
            let url = fixture.platform.url();
            let response = request(&fixture.http, &url, &method(row), &call, &with).await;
            let is_marked = response.headers().contains_key("idempotent-replayed");
            assert_eq!(is_marked, is_replay, "{}: {}", row.route, response.status());
            answers.push((response.status(), response.text().await.unwrap()));
        }
        assert!(answers[0].0.is_success(), "{}: {answers:?}", row.route);
        assert_eq!(answers[0], answers[1], "{}", row.route);
    }
}

/// A head that announces a body of which nothing comes is answered at once: a caller who is not
/// known can't have a body kept in memory.
#[tokio::test]
async fn a_caller_who_is_not_known_is_refused_before_the_body() {
    let fixture = Fixture::set().await;
    for row in TABLE.iter().filter(|row| row.access != Public) {
        let mut heads = vec![String::new()];
        match row.access {
            SetUp | Watched => heads = vec!["origin: https://evil.example\r\n".to_owned()],
            Holder(kind) => heads.push(format!(
                "x-partner-auth: {}\r\n",
                Fixture::token(&fixture.owner, kind)
            )),
            Partner(_) | TokenInBody | User | Public => {}
        }
        for head in heads {
            let path = (row.call)(&fixture).path;
            let head = format!(
                "{} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 200000\r\n{head}\r\n",
                method(row)
            );
            let mut stream = TcpStream::connect(fixture.platform.platform().address())
                .await
                .unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = [0; 12];
            timeout(Duration::from_secs(30), stream.read_exact(&mut answer))
                .await
                .unwrap_or_else(|_| panic!("{} waits for the body", row.route))
                .unwrap();
            let answer = String::from_utf8_lossy(&answer).into_owned();
            let refusals = ["HTTP/1.1 401", "HTTP/1.1 403"];
            assert!(refusals.contains(&answer.as_str()), "{}: {answer}", row.route);
        }
    }
}

/// U+0000 in a path, a query or a JSON text never reaches a database: PostgreSQL has no text with it.
#[tokio::test]
async fn refuses_the_character_nul_on_every_route() {
    let fixture = Fixture::set().await;
    for row in TABLE {
        let (call, with) = ((row.call)(&fixture), fixture.rightful(row.access));
        let (path, _) = call.path.split_once('?').unwrap_or((&call.path, ""));
        let (folder, _) = path.rsplit_once('/').unwrap();
        let paths = [
            format!(
                "{}{}q=a%00b",
                call.path,
                if call.path.contains('?') { '&' } else { '?' }
            ),
            format!("{folder}/a%00b"),
        ];
        for path in paths {
            let call = Call {
                path: path.clone(),
                body: call.body.clone(),
            };
            let (status, answer) = fixture.send(&method(row), &call, &with).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{} {path}: {answer}", row.route);
            assert!(answer.contains("U+0000"), "{} {path}: {answer}", row.route);
        }
        if let Body::Json(Value::Object(mut members)) = call.body {
            members.insert("note".to_owned(), "a\0b".into());
            let call = send(call.path, Value::Object(members));
            let (status, answer) = fixture.send(&method(row), &call, &with).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{}: {answer}", row.route);
            assert!(answer.contains("U+0000"), "{}: {answer}", row.route);
        }
    }
}

/// An issuer of one's own does not open another's program.
#[tokio::test]
async fn no_partner_uses_another_partners_program() {
    let fixture = Fixture::set().await;
    let before = fixture.state().await;
    let order = fixture.order("adult", fixture.stranger.issuer_did().as_str());
    let session = Some(fixture.foreign_session.clone());
    for (path, kind, session) in [
        ("/v1/credentials/issue-on-behalf", OnBehalf, None),
        ("/sandbox/v1/credentials/issue", Issue, session),
    ] {
        let with = Credentials {
            token: Some(Fixture::token(&fixture.stranger, kind)),
            session,
            ..Credentials::default()
        };
        let (status, answer) = fixture
            .send(&Method::POST, &send(path, order.clone()), &with)
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {answer}");
        assert_eq!(fixture.state().await, before, "{path}");
    }
}

#[tokio::test]
async fn beyond_loopback_set_up_takes_the_admin_token() {
    let fixture = Fixture::set().await;
    let mut config = Config::default();
    config.listen = ([0, 0, 0, 0], 0).into();
    let platform = Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}", platform.address().port());
    for row in TABLE.iter().filter(|row| matches!(row.access, SetUp | Watched)) {
        let call = (row.call)(&fixture);
        for session in [None, Some("junk".to_owned())] {
            let with = Credentials {
                session,
                ..Credentials::default()
            };
            let (status, answer) = deliver(&fixture.http, &url, &method(row), &call, &with).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{}: {answer}", row.route);
        }
        let with = Credentials {
            session: platform.admin_token().map(str::to_owned),
            ..Credentials::default()
        };
        let (status, answer) = deliver(&fixture.http, &url, &method(row), &call, &with).await;
        // The ids are another platform's.
        assert!(matches!(status.as_u16(), 200 | 404), "{}: {answer}", row.route);
    }
}
