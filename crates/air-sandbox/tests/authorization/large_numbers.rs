//! Numbers in paths, queries and bodies that no database can hold.

use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use super::{
    document,
    fixture::{Credentials, Fixture},
    row::{Body, Call, Row, method, send},
    table::TABLE,
};

/// A column holds at most 2⁶³ − 1.
const LARGE: [u64; 2] = [1 << 63, u64::MAX];

/// A number of an operation, by its place and name.
#[derive(Debug, PartialEq)]
enum Number {
    Path(String),
    Query(String),
    Body(String),
}

fn is_integer(schema: &Value) -> bool {
    let kind = &schema["type"];
    kind == "integer"
        || kind
            .as_array()
            .is_some_and(|kinds| kinds.contains(&json!("integer")))
}

/// The names of the integers of a body. A body may be one of several objects.
fn members(document: &Value, schema: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return members(document, document.pointer(&reference[1..]).unwrap());
    }
    let choices = ["oneOf", "anyOf"].map(|keyword| schema[keyword].as_array());
    let choices = choices.into_iter().flatten().flatten();
    let of_choices = choices.flat_map(|choice| members(document, choice));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let integers = properties.filter(|(_, schema)| is_integer(schema));
    integers.map(|(name, _)| name.clone()).chain(of_choices).collect()
}

fn numbers(document: &Value, row: &Row) -> Vec<Number> {
    let (method, path) = row.route.split_once(' ').unwrap();
    let operation = &document["paths"][path][method.to_lowercase()];
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.filter(|parameter| is_integer(&parameter["schema"]));
    let parameters = parameters.map(|parameter| {
        let name = parameter["name"].as_str().unwrap().to_owned();
        match parameter["in"].as_str().unwrap() {
            "path" => Number::Path(name),
            "query" => Number::Query(name),
            other => panic!("{}: a number in the {other}", row.route),
        }
    });
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let members = members(document, body).into_iter().map(Number::Body);
    parameters.chain(members).collect()
}

/// The call with this value of the number, which replaces the call's own.
fn with(row: &Row, call: Call, number: &Number, value: u64) -> Call {
    let Call { path, body } = call;
    match number {
        Number::Path(name) => {
            let placeholder = format!("{{{name}}}");
            let (_, template) = row.route.split_once(' ').unwrap();
            let parts = template.split('/').zip(path.split('/'));
            let parts = parts.map(|(template, part)| {
                if template == placeholder {
                    value.to_string()
                } else {
                    part.to_owned()
                }
            });
            let path = parts.collect::<Vec<_>>().join("/");
            Call { path, body }
        }
        Number::Query(name) => {
            let mut url = Url::parse("http://platform").unwrap().join(&path).unwrap();
            let others: Vec<_> = url
                .query_pairs()
                .into_owned()
                .filter(|(other, _)| other != name)
                .collect();
            let mut query = url.query_pairs_mut();
            query
                .clear()
                .extend_pairs(others)
                .append_pair(name, &value.to_string());
            drop(query);
            let path = format!("{}?{}", url.path(), url.query().unwrap());
            Call { path, body }
        }
        Number::Body(name) => {
            let Body::Json(mut json) = body else {
                panic!("{}: the call has no JSON body", row.route)
            };
            json[name] = value.into();
            send(path, json)
        }
    }
}

#[tokio::test]
async fn a_number_that_no_database_holds_is_refused_on_every_route() {
    let fixture = Fixture::set().await;
    let document = document(&fixture.platform.url()).await;
    let mut tried = Vec::new();
    for row in TABLE {
        for number in numbers(&document, row) {
            for value in LARGE {
                let call = with(row, (row.call)(&fixture), &number, value);
                let (status, answer) = fixture
                    .send(&method(row), &call, &fixture.rightful(row.access))
                    .await;
                let case = format!("{}: {number:?} = {value}: {status}: {answer}", row.route);
                assert!(status.is_client_error(), "{case}");
            }
            tried.push((row.route, number));
        }
    }
    for expected in [
        (
            "GET /sandbox/v1/ledger/blocks/{number}",
            Number::Path("number".to_owned()),
        ),
        (
            "GET /sandbox/v1/ledger/consistency",
            Number::Query("to".to_owned()),
        ),
        (
            "GET /sandbox/v1/issuers/{issuer}/statuslist/{number}",
            Number::Path("number".to_owned()),
        ),
        (
            "POST /sandbox/v1/programs",
            Number::Body("maximumIssuance".to_owned()),
        ),
        ("GET /sandbox/v1/logs", Number::Query("after".to_owned())),
        ("PUT /sandbox/v1/clock", Number::Body("advanceSeconds".to_owned())),
    ] {
        assert!(tried.contains(&expected), "{expected:?} is not in {tried:?}");
    }
}

#[tokio::test]
async fn a_program_in_a_seed_may_not_issue_more_than_a_database_counts() {
    let fixture = Fixture::set().await;
    for (most, expected) in [
        (i64::MAX.unsigned_abs(), StatusCode::OK),
        (LARGE[0], StatusCode::BAD_REQUEST),
        (LARGE[1], StatusCode::BAD_REQUEST),
    ] {
        let seed = json!({
            "partner": { "name": format!("New {most}"), "jwksUrl": "http://127.0.0.1:9/jwks.json" },
            "schemas": [{ "key": "a", "title": "A", "attributes": [{ "name": "a", "type": "string" }] }],
            "programs": [{ "key": "a", "schema": "a", "publish": true, "maximumIssuance": most }],
        });
        let call = send("/sandbox/v1/seed", seed);
        let (status, answer) = fixture.send(&Method::POST, &call, &Credentials::default()).await;
        assert_eq!(status, expected, "{most}: {answer}");
    }
}
