//! Behaviour that all routes share: keys, bodies, unknown paths, health.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::{ADMIN_KEY, API_KEY, Issuer, Response, TestEnv};

const GUARDED: [(&str, &str, &str); 9] = [
    ("POST", "/available-vc", "x-api-key"),
    ("POST", "/issue-vc", "x-api-key"),
    ("POST", "/admin/issue-vc", "x-admin-api-key"),
    ("GET", "/admin/issuance-history", "x-admin-api-key"),
    ("GET", "/admin/issuances/x", "x-admin-api-key"),
    ("GET", "/admin/outbox", "x-admin-api-key"),
    ("GET", "/admin/audit", "x-admin-api-key"),
    ("POST", "/admin/revoke", "x-admin-api-key"),
    ("POST", "/admin/publish-token-status-list", "x-admin-api-key"),
];

async fn call(issuer: &Issuer, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let method: Method = method.parse().unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    issuer
        .send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

#[tokio::test]
async fn no_text_of_an_address_breaks_a_route() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    let names = [
        "holderDid",
        "schemaId",
        "revocationNonce",
        "order",
        "limit",
        "cursor",
    ];
    for text in ["%00", "a%00b", "%ff"] {
        let mut addresses = Vec::new();
        for name in names {
            for path in ["issuance-history", "outbox", "audit"] {
                addresses.push(format!("/admin/{path}?{name}={text}"));
            }
        }
        for path in [
            "/admin/issuances",
            "/admin/credential-offers",
            "/revocation-status",
            "/statuslist",
        ] {
            addresses.push(format!("{path}/{text}"));
        }
        for address in addresses {
            let response = call(&issuer, "GET", &address, &[("x-admin-api-key", ADMIN_KEY)], "").await;
            assert!(response.status < 500, "{address}: {response:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_or_missing_key_is_a_403() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for (method, path, header) in GUARDED {
        let (key, other) = if header == "x-api-key" {
            (API_KEY, ADMIN_KEY)
        } else {
            (ADMIN_KEY, API_KEY)
        };
        for headers in [
            vec![],
            vec![(header, "")],
            vec![(header, other)],
            vec![(header, &key[1..])],
            vec![(header, key), (header, key)],
            vec![("authorization", key)],
        ] {
            let response = call(&issuer, method, path, &headers, "").await;
            assert_eq!(response.status, 403, "{path} {headers:?}");
            assert_eq!(
                response.json(),
                json!({"message": "Forbidden", "statusCode": 403})
            );
        }
        let response = call(&issuer, method, path, &[(header, key)], "").await;
        assert_ne!(response.status, 403, "{path}");
    }
}

#[tokio::test]
async fn keys_of_a_file_and_hashes_are_valid_together() {
    let env = TestEnv::new().await;
    let (old, new, hashed) = ("o".repeat(32), "n".repeat(32), "h".repeat(32));
    let file = env.path().join("keys");
    std::fs::write(&file, format!("{old}\n{new}\n")).unwrap();
    let more = [("API_KEY_FILE", file.to_str().unwrap())];
    let toml = format!("api-keys = [\"sha256-{}\"]", hex::encode(Sha256::digest(&hashed)));
    let config = env.config_of(&env.environment_without("API_KEY", &more), &toml);
    let issuer = env.try_start(config).await.unwrap();
    for (key, expected) in [(old.as_str(), 400), (&new, 400), (&hashed, 400), (API_KEY, 403)] {
        let response = call(&issuer, "POST", "/issue-vc", &[("x-api-key", key)], "").await;
        assert_eq!(response.status, expected, "{key}");
    }
}

#[tokio::test]
async fn bodies_have_a_limit_and_a_type() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let json = [
        ("x-api-key", API_KEY),
        ("content-type", "application/json; charset=utf-8"),
    ];
    let mut request = env.request();
    request["padding"] = json!("x".repeat(110_000));
    let response = call(&issuer, "POST", "/issue-vc", &json, &request.to_string()).await;
    assert_eq!(response.status, 413);
    assert_eq!(
        response.json(),
        json!({"message": "request entity too large", "statusCode": 413})
    );
    request["padding"] = json!("x".repeat(90_000));
    let response = call(&issuer, "POST", "/issue-vc", &json, &request.to_string()).await;
    assert_eq!(response.status, 201, "an unknown member is dropped");

    for broken in ["{", "[]", "1", "{\"a\": 1, \"a\": 2}"] {
        let response = call(&issuer, "POST", "/issue-vc", &json, broken).await;
        assert_eq!(
            (response.status, &response.json()["error"]),
            (400, &json!("Bad Request")),
            "{broken}"
        );
    }
    let text = [("x-api-key", API_KEY), ("content-type", "text/plain")];
    let response = call(&issuer, "POST", "/issue-vc", &text, &env.request().to_string()).await;
    assert_eq!(response.status, 400, "it counts as an empty object");
}

#[tokio::test]
async fn an_unknown_path_or_method_is_a_404() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for (method, path) in [
        ("GET", "/x"),
        ("GET", "/issue-vc"),
        ("DELETE", "/admin/revoke"),
        ("POST", "/statuslist/0"),
        ("GET", "/credential-status/1"),
    ] {
        let response = call(&issuer, method, path, &[], "").await;
        assert_eq!(response.status, 404);
        let message = format!("Cannot {method} {path}");
        assert_eq!(
            response.json(),
            json!({"message": message, "error": "Not Found", "statusCode": 404})
        );
    }
}

#[tokio::test]
async fn health_is_that_of_the_process_and_readiness_that_of_the_database() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.get("/healthz").await.json(), json!({"status": "ok"}));
    assert_eq!(issuer.get("/readyz").await.json(), json!({"status": "ready"}));
    issuer.service.close().await;
    assert_eq!(issuer.get("/healthz").await.status, 200);
    let response = issuer.get("/readyz").await;
    assert_eq!(
        (response.status, &response.json()["code"]),
        (503, &json!("not_ready"))
    );
    assert_eq!(response.header("retry-after"), "5");
    let response = issuer.get("/revocation-status/1").await;
    assert_eq!(
        (response.status, &response.json()["code"]),
        (503, &json!("database_unavailable"))
    );
}
