//! The OpenAPI document: valid, complete, and with examples that fit.

use jsonschema::{Draft, Validator};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::TestEnv;

/// The OpenAPI Initiative's own schema; `tests/openapi/README.md` says from where.
const OAS: &str = include_str!("openapi/oas-3.1-schema.json");
const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

async fn document(env: &TestEnv) -> Value {
    let url = format!("{}/openapi.json", env.platform.url());
    let response = env.http.get(url).send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    response.json().await.unwrap()
}

/// `(path, method, operation)` of all.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    operations.collect()
}

/// A schema of the document, compiled with all that it refers to.
fn compile(document: &Value, schema: &Value) -> Validator {
    let whole = json!({ "components": document["components"], "allOf": [schema] });
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .build(&whole)
        .unwrap()
}

fn assert_fits(document: &Value, schema: &Value, example: &Value, what: &str) {
    if let Err(error) = compile(document, schema).validate(example) {
        panic!("{what}: {error} at {}", error.instance_path());
    }
}

#[tokio::test]
async fn is_openapi_3_1_with_json_schemas_of_2020_12() {
    let env = TestEnv::start().await;
    let document = document(&env).await;
    let oas = jsonschema::validator_for(&serde_json::from_str(OAS).unwrap()).unwrap();
    let broken: Vec<String> = oas
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
        compile(&document, schema);
    }
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own_a_summary_a_tag_and_its_statuses() {
    let env = TestEnv::start().await;
    let document = document(&env).await;
    let tags: Vec<&Value> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    let operations = operations(&document);
    let mut ids: Vec<&str> = Vec::new();
    for (path, method, operation) in &operations {
        assert!(METHODS.contains(method), "{method} {path}");
        ids.push(operation["operationId"].as_str().unwrap());
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{path}");
        assert!(tags.contains(&&operation["tags"][0]), "{path}");
        let named: Vec<&str> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let described: Vec<&str> = parameters
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(described, named, "{method} {path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            if let Some(reference) = response["$ref"].as_str() {
                assert!(document.pointer(&reference[1..]).is_some(), "{path} {status}");
            }
        }
    }
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

/// A program for W3C proofs can be missing, and a trust list excludes W3C credentials.
#[tokio::test]
async fn calls_about_w3c_credentials_have_their_conflict() {
    let env = TestEnv::start().await;
    let document = document(&env).await;
    let operations = operations(&document);
    for id in ["createProgram", "publishProgram", "seed", "replaceTrustList"] {
        let operation = operations
            .iter()
            .find(|(_, _, operation)| operation["operationId"] == id);
        let (path, _, operation) = operation.unwrap_or_else(|| panic!("no operation {id}"));
        assert!(operation["responses"].get("409").is_some(), "{path}");
    }
}

/// `Api::add` is the only way to a route (a lint says so), so what is served is described; and what
/// is described is served, by no other method than it says.
#[tokio::test]
async fn what_is_described_is_served_and_nothing_else() {
    let env = TestEnv::start().await;
    let document = document(&env).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let mut described: Vec<String> = item
            .as_object()
            .unwrap()
            .keys()
            .map(|name| name.to_uppercase())
            .collect();
        if described.contains(&"GET".to_owned()) {
            described.push("HEAD".to_owned());
        }
        let url = format!("{}{}", env.platform.url(), path.replace(['{', '}'], ""));
        let response = env.http.request(Method::PATCH, url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allow = response.headers()[header::ALLOW].to_str().unwrap();
        let mut allowed: Vec<String> = allow.split(',').map(|method| method.trim().to_owned()).collect();
        described.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(allowed, described, "{path}");
    }
}

#[tokio::test]
async fn every_json_body_has_an_example_and_every_example_fits() {
    let env = TestEnv::start().await;
    let document = document(&env).await;
    let mut examples = 0;
    for (path, method, operation) in operations(&document) {
        let json = &operation["requestBody"]["content"]["application/json"];
        if !json.is_null() {
            let example = json
                .get("example")
                .unwrap_or_else(|| panic!("{method} {path} has no example"));
            assert_fits(&document, &json["schema"], example, path);
            examples += 1;
        }
        let answer = &operation["responses"]["200"]["content"]["application/json"];
        if let Some(example) = answer.get("example") {
            assert_fits(&document, &answer["schema"], example, path);
            examples += 1;
        }
    }
    assert!(examples > 10, "{examples}");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            assert_fits(&document, schema, example, name);
        }
    }
    for (status, response) in document["components"]["responses"].as_object().unwrap() {
        let json = &response["content"]["application/json"];
        assert_fits(&document, &json["schema"], &json["example"], status);
    }
}

/// The description of a credential schema's form is written by hand: it agrees with who reads it.
#[tokio::test]
async fn the_form_of_a_schema_is_described_as_it_is_read() {
    let env = TestEnv::start().await;
    let document = document(&env).await;
    let validator = compile(
        &document,
        &document["components"]["schemas"]["CreateSchema"]["properties"]["schema"],
    );
    let form = |attribute: Value| json!({ "title": "T", "attributes": [attribute] });
    let good = [
        form(json!({ "name": "a", "type": "string", "minLength": 1, "format": "email", "title": null })),
        form(json!({ "name": "a", "type": "integer", "minimum": 0, "enum": [1, 2] })),
        form(json!({ "name": "a", "type": "date-time", "required": true })),
        form(json!({ "name": "total_volume", "type": "number" })),
    ];
    let bad = [
        json!({ "title": "T", "attributes": [] }),
        json!({ "title": " ", "attributes": [{ "name": "a", "type": "string" }] }),
        form(json!({ "name": "1a", "type": "string" })),
        form(json!({ "name": "a-b", "type": "string" })),
        form(json!({ "name": "iss", "type": "string" })),
        form(json!({ "name": "a", "type": "text" })),
        form(json!({ "name": "a", "type": "boolean", "minimum": 0 })),
        form(json!({ "name": "a", "type": "integer", "pattern": "x" })),
        form(json!({ "name": "a", "type": "integer", "enum": [1, 1] })),
        form(json!({ "name": "a", "type": "string", "extra": 1 })),
    ];
    let cases = good
        .iter()
        .map(|form| (form, true))
        .chain(bad.iter().map(|form| (form, false)));
    for (form, expected) in cases {
        assert_eq!(validator.is_valid(form), expected, "{form}");
        let body = json!({ "partnerId": env.ids["partnerId"], "schema": form });
        let (status, answer) = env
            .call(Method::POST, "/sandbox/v1/schemas", None, Some(&body))
            .await;
        assert_eq!(status.is_success(), expected, "{form}: {answer}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_than_json_is_refused() {
    let env = TestEnv::start().await;
    let url = format!("{}/sandbox/v1/partners", env.platform.url());
    let body = r#"{"name":"Zenith","jwksUrl":"https://a.example/jwks.json"}"#;
    let status = async |content_type: Option<&'static str>| {
        let mut request = env.http.post(&url).body(body);
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        request.send().await.unwrap().status()
    };
    for good in [
        None,
        Some("application/json"),
        Some("Application/JSON; charset=utf-8"),
    ] {
        assert_eq!(status(good).await, StatusCode::OK, "{good:?}");
    }
    for bad in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        assert_eq!(
            status(Some(bad)).await,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{bad}"
        );
    }
}

/// The reader needs nothing from elsewhere, and its policy allows nothing from there.
#[tokio::test]
async fn the_reader_comes_whole_from_here() {
    let env = TestEnv::start().await;
    let get = async |path: &str| {
        let url = format!("{}{path}", env.platform.url());
        env.http.get(url).send().await.unwrap()
    };
    let page = get("/docs").await;
    assert_eq!(page.url().path(), "/docs/");
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    assert!(!policy.contains("http"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(!html.contains("//"), "{html}");
    let sources = html
        .split(['"', '\''])
        .filter(|text| [".js", ".css"].iter().any(|end| text.ends_with(end)));
    let mut count = 0;
    for source in sources {
        let file = get(&format!("/docs/{source}")).await;
        assert_eq!(file.status(), StatusCode::OK, "{source}");
        assert!(!file.bytes().await.unwrap().is_empty(), "{source}");
        count += 1;
    }
    assert_eq!(count, 3);
}
