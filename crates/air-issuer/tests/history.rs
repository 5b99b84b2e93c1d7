//! `GET /admin/issuance-history`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Issuer, NOW, TestEnv};

async fn issue_three(env: &TestEnv, issuer: &Issuer) {
    for holder in ["c", "a", "b"] {
        let mut request = env.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        assert_eq!(issuer.issue(&request).await, 201);
        env.pass(10);
    }
}

fn holders(body: &Value) -> Vec<&str> {
    let lines = body["data"].as_array().unwrap().iter();
    lines
        .map(|line| line["holderDid"].as_str().unwrap().rsplit(':').next().unwrap())
        .collect()
}

#[tokio::test]
async fn lines_are_sorted_filtered_and_paged() {
    let (env, issuer) = TestEnv::with_issuer().await;
    issue_three(&env, &issuer).await;
    let body = issuer.get("/admin/issuance-history").await.json();
    assert_eq!(body["pagination"], json!({"page": 1, "limit": 25, "total": 3}));
    let line = &body["data"][0];
    assert_eq!(line["schemaId"], "member");
    assert_eq!(line["createdAt"], "2027-01-15T08:00:00.000Z");
    assert_eq!(line["expiresAt"], "2027-04-15T08:00:00.000Z");
    assert_eq!(
        (&line["revokedAt"], &line["type"]),
        (&Value::Null, &json!("SD_JWT_VC"))
    );
    let nonce = line["revocationNonce"].as_str().unwrap();
    assert_eq!(env.now(), NOW.saturating_add(Duration::from_secs(30)));

    for (query, expected) in [
        ("", vec!["c", "a", "b"]),
        ("?order=id_desc", vec!["b", "a", "c"]),
        ("?order=holderDid_asc", vec!["a", "b", "c"]),
        ("?order=createdAt_desc", vec!["b", "a", "c"]),
        ("?limit=2", vec!["c", "a"]),
        ("?limit=2&page=2", vec!["b"]),
        ("?page=3", vec![]),
        ("?holderDid=did:air:id:test:a", vec!["a"]),
        ("?schemaId=member", vec!["c", "a", "b"]),
        ("?schemaId=badge", vec![]),
        (&format!("?revocationNonce={nonce}"), vec!["c"]),
        ("?revocationNonce=18446744073709551615", vec![]),
        ("?revocationNonce=0", vec![]),
    ] {
        let response = issuer.get(&format!("/admin/issuance-history{query}")).await;
        assert_eq!(response.status, 200, "{query}");
        assert_eq!(holders(&response.json()), expected, "{query}");
    }
}

#[tokio::test]
async fn invalid_queries_are_refused() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for (query, rule) in [
        ("page=0", "page must not be less than 1"),
        ("page=1.5", "page must be an integer number"),
        ("limit=101", "limit must not be greater than 100"),
        ("limit=-1", "limit must be an integer number"),
        (
            "order=holder_did_asc",
            "order must be a field and _asc or _desc, such as createdAt_desc",
        ),
        (
            "order=seq;DROP_asc",
            "order must be a field and _asc or _desc, such as createdAt_desc",
        ),
        (
            "order=id",
            "order must be a field and _asc or _desc, such as createdAt_desc",
        ),
        ("revocationNonce=1.5", "revocationNonce must be a number string"),
        ("holderDid=a%00b", "no parameter may contain the character U+0000"),
    ] {
        let response = issuer.get(&format!("/admin/issuance-history?{query}")).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (400, &json!([rule])),
            "{query}"
        );
    }
}
